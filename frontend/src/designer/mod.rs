//! The flow designer: administrators draw what a voice portal says and asks, try it, test it and publish it.
//!
//! The core is pure and knows no DOM: `doc` and `editor` (what is edited, commands, undo), `geometry` and `layout`
//! (shapes), `form` and `rows` (forms as data), `clip`, `templates`, `trial` (a call that is tried). Around it `studio`
//! holds the signals, `draft` saves, and the components under `list` and `page` paint and send commands.
//!
//! It is a program of its own, shown by the administration's page, which loads it when it is wanted.

mod acts;
mod around;
mod clip;
mod doc;
mod draft;
mod editor;
mod exchange;
mod form;
mod geometry;
mod history;
mod kinds;
mod known;
mod layout;
mod list;
mod page;
mod rows;
mod sound;
mod studio;
mod templates;
mod trial;

use crate::api::ApiError;
use crate::clock::Clock;
use crate::language::{I18n, Locale};
use hark_shared::ids::FlowId;
use hark_shared::wire::WireError;
use leptos::prelude::*;
use std::any::Any;
use std::cell::{Cell, RefCell};
use web_sys::HtmlElement;

thread_local! {
    /// What is shown; dropping it takes it away.
    static SHOWN: RefCell<Option<Box<dyn Any>>> = const { RefCell::new(None) };
    static LANGUAGE: Cell<Option<I18n>> = const { Cell::new(None) };
    /// Ticks as long as the program lives, whatever is shown.
    static CLOCK: (Owner, Clock) = {
        let owner = Owner::new();
        let clock = owner.with(Clock::start);
        (owner, clock)
    };
}

/// Shows the list of flows, or the flow of this id, within an element.
pub fn mount(host: HtmlElement, flow: &str) {
    unmount();
    let flow = flow.parse::<FlowId>().ok();
    // Made out here: within what is mounted it would go with that.
    let clock = CLOCK.with(|(_, clock)| *clock);
    let shown = leptos::mount::mount_to(host, move || {
        let i18n = I18n::start();
        LANGUAGE.set(Some(i18n));
        provide_context(i18n);
        provide_context(clock);
        match flow {
            Some(flow) => view! { <page::FlowPage flow /> }.into_any(),
            None => view! { <list::FlowList /> }.into_any(),
        }
    });
    SHOWN.set(Some(Box::new(shown)));
}

/// Takes it away.
pub fn unmount() {
    LANGUAGE.set(None);
    SHOWN.take();
}

/// Follows the page's language, `en` or `zh`, with or without a region.
pub fn speak(language: &str) {
    let locale = if language.starts_with("zh") { Locale::Zh } else { Locale::En };
    if let Some(i18n) = LANGUAGE.get()
        && i18n.get_locale_untracked() != locale
    {
        i18n.set_locale(locale);
    }
}

/// What to say of a call that failed; the page around is told when the session is over.
fn told(failed: ApiError) -> WireError {
    if failed.is_signed_out()
        && let Ok(event) = web_sys::Event::new("hark-lapsed")
    {
        let _ = window().dispatch_event(&event);
    }
    failed.error
}

/// Goes to a page of the application: the page around follows the browser's history.
fn go(path: &str) {
    if let Ok(history) = window().history()
        && history.push_state_with_url(&wasm_bindgen::JsValue::NULL, "", Some(path)).is_ok()
        && let Ok(event) = web_sys::Event::new("popstate")
    {
        let _ = window().dispatch_event(&event);
    }
}
