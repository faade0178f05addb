//! Buttons of the call bar, and texts that count.

use crate::clock::use_clock;
use crate::components::icon::{Glyph, Icon};
use crate::text;
use hark_shared::time::Timestamp;
use leptos::prelude::*;

/// A control of the call: icon, word and key.
#[component]
pub fn Control(
    /// The icon.
    #[prop(into)]
    icon: Signal<Icon>,
    /// The word.
    #[prop(into)]
    label: Signal<String>,
    /// The key that does the same.
    key: &'static str,
    /// For the stories.
    testid: &'static str,
    /// Looks: `danger`, `go`, or nothing.
    #[prop(optional)]
    look: &'static str,
    /// Whether it is switched on, for controls that are switches.
    #[prop(optional, into)]
    pressed: Option<Signal<bool>>,
    /// Not now.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// What it does.
    act: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button
            type="button"
            class=format!("control {look}")
            data-testid=testid
            aria-pressed=move || pressed.map(|pressed| pressed.get().to_string())
            aria-keyshortcuts=key
            disabled=disabled
            on:click=move |_| act()
        >
            <Glyph icon />
            <span class="control-word">{label}</span>
            <kbd aria-hidden="true">{key}</kbd>
        </button>
    }
}

/// The time since a moment, counting.
#[component]
pub fn Elapsed(#[prop(into)] since: Signal<Timestamp>) -> impl IntoView {
    let clock = use_clock();
    let text = Memo::new(move |_| text::duration(clock.elapsed(since.get())));
    // Not announced: a screen reader would read every second.
    view! { <time class="elapsed" aria-live="off">{text}</time> }
}

/// The time until a moment, counting down.
#[component]
pub fn Remaining(#[prop(into)] until: Signal<Timestamp>) -> impl IntoView {
    let clock = use_clock();
    let text = Memo::new(move |_| text::duration(until.get().since(clock.ticking())));
    view! { <time class="elapsed" aria-live="off">{text}</time> }
}
