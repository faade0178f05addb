//! The agent's state, how long, and the menu to change it.

use crate::components::controls::Elapsed;
use crate::components::icon::{Glyph, Icon};
use crate::desk::keys::{self, KeyAction};
use crate::desk::phone::use_phone;
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::text::{self, *};
use hark_shared::time::Timestamp;
use hark_shared::wire::desk::{AgentState, BusyReason, WantedState};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

const fn reason_id(reason: BusyReason) -> &'static str {
    match reason {
        BusyReason::Break => "state-busy-break",
        BusyReason::Meal => "state-busy-meal",
        BusyReason::Meeting => "state-busy-meeting",
        BusyReason::Training => "state-busy-training",
        BusyReason::BackOffice => "state-busy-back-office",
    }
}

/// State and menu.
#[component]
pub fn StateMenu() -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let status = desk.status();
    let open = RwSignal::new(false);
    let button = NodeRef::<html::Button>::new();
    let state =
        Memo::new(move |_| status.with(|status| status.as_ref().map_or(AgentState::Offline, |status| status.state)));
    let since = Memo::new(move |_| status.with(|status| status.as_ref().map_or(Timestamp(0), |status| status.since)));
    view! {
        <div
            class="state"
            data-testid="agent-state"
            data-state=move || state.get().name()
            on:keydown=move |event| {
                if event.key() == "Escape" && open.get_untracked() {
                    // A dialog under the menu must not close with it.
                    event.prevent_default();
                    open.set(false);
                    if let Some(button) = button.get_untracked() {
                        let _ = button.focus();
                    }
                }
            }
        >
            <button
                node_ref=button
                type="button"
                class="state-button"
                data-testid="state-menu"
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                <span class="shape" aria-hidden="true"></span>
                <span class="state-name">{move || text::state(i18n.get_locale(), state.get())}</span>
                <Show when=move || since.get().0 != 0>
                    <Elapsed since />
                </Show>
                <Glyph icon=Icon::Down />
            </button>
            <NextState />
            <Show when=move || open.get()>
                <div class="scrim" on:click=move |_| open.set(false)></div>
                <Choices open />
            </Show>
        </div>
    }
}

/// What follows the contact at hand.
#[component]
fn NextState() -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let status = desk.status();
    let next = Memo::new(move |_| status.with(|status| status.as_ref().and_then(|status| status.next.clone())));
    view! {
        <span class="next-state" data-testid="next-state">
            {move || {
                next.get()
                    .map(|next| {
                        let locale = i18n.get_locale();
                        let next = match next {
                            WantedState::Ready => text::state(locale, AgentState::Ready),
                            WantedState::Busy { reason } => text::reason(locale, reason),
                        };
                        t_string!(i18n, desk.next_state, next = next)
                    })
            }}
        </span>
    }
}

/// Arrows, Home and End go through a menu's entries (ARIA Authoring Practices, *menu*).
fn move_focus(event: &KeyboardEvent) {
    let menu = event.current_target().and_then(|menu| menu.dyn_into::<Element>().ok());
    let (Some(menu), Some(now)) = (menu, document().active_element()) else { return };
    let (first, last) = (menu.first_element_child(), menu.last_element_child());
    let to = match event.key().as_str() {
        "ArrowDown" => now.next_element_sibling().or(first),
        "ArrowUp" => now.previous_element_sibling().or(last),
        "Home" => first,
        "End" => last,
        _ => return,
    };
    event.prevent_default();
    if let Some(to) = to.and_then(|entry| entry.dyn_into::<HtmlElement>().ok()) {
        let _ = to.focus();
    }
}

#[component]
fn Choices(open: RwSignal<bool>) -> impl IntoView {
    let (actions, phone, i18n) = (use_actions(), use_phone(), use_i18n());
    let menu = NodeRef::<html::Div>::new();
    Effect::new(move |_| {
        let first = menu.get().and_then(|menu| menu.first_element_child());
        if let Some(first) = first.and_then(|first| first.dyn_into::<HtmlElement>().ok()) {
            let _ = first.focus();
        }
    });
    let choose = move |state: WantedState| {
        open.set(false);
        if state == WantedState::Ready {
            // A click is the best moment for the browser's question; at the first ring it would cost the caller time.
            phone.try_microphone();
        }
        actions.set_state(state);
    };
    view! {
        <div
            node_ref=menu
            class="menu"
            role="menu"
            aria-label=t!(i18n, desk.state_menu)
            on:keydown=move |event| move_focus(&event)
        >
            <button
                type="button"
                role="menuitem"
                data-testid="state-ready"
                on:click=move |_| choose(WantedState::Ready)
            >
                <span class="shape" data-state="ready" aria-hidden="true"></span>
                <span>{move || text::state(i18n.get_locale(), AgentState::Ready)}</span>
                <kbd aria-hidden="true">{keys::label(KeyAction::Ready)}</kbd>
            </button>
            {BusyReason::ALL
                .into_iter()
                .map(|reason| {
                    view! {
                        <button
                            type="button"
                            role="menuitem"
                            data-testid=reason_id(reason)
                            on:click=move |_| choose(WantedState::Busy { reason })
                        >
                            <span class="shape" data-state="busy" aria-hidden="true"></span>
                            <span>{move || text::reason(i18n.get_locale(), reason)}</span>
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}
