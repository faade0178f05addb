//! The administration as a program of its own: most people who sign in never need it, and it is larger than the desk.
//!
//! The page around it (`pages::office`) loads it and gives it an element. It shares nothing with that page but the
//! browser: the address, the stored language, the session's cookie, and an event that says the session is over.

use crate::clock::Clock;
use crate::language::{I18n, Locale};
use crate::pages::admin::AdminPage;
use crate::route::Route;
use crate::session::{Session, SessionStore, tell_lapsed};
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

/// Shows the administration within an element; `offset` as in [`Clock::offset`].
pub fn mount(host: HtmlElement, offset: f64) {
    unmount();
    // Made out here: within what is mounted it would go with that.
    let clock = CLOCK.with(|(_, clock)| *clock);
    clock.set_offset(offset);
    let shown = leptos::mount::mount_to(host, move || {
        let i18n = I18n::start();
        LANGUAGE.set(Some(i18n));
        let session = SessionStore::restore();
        provide_context(i18n);
        provide_context(clock);
        provide_context(Route::beside());
        provide_context(session);
        Effect::new(move |_| {
            if session.lapsed() {
                tell_lapsed();
            }
        });
        let inside = Memo::new(move |_| matches!(session.get(), Session::In(_)));
        move || inside.get().then(|| view! { <AdminPage /> })
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
