//! The agent's desk: the contact at hand with its customer, or what there is to do while none is.

pub mod actions;
pub mod around;
pub mod call_bar;
pub mod contact;
pub mod dial;
pub mod explanation;
pub mod identified;
pub mod offer;
pub mod party;
pub mod reach;
pub mod sounds;
pub mod state_menu;
pub mod tasks;
pub mod telephone;
pub mod together;
pub mod trouble;

use crate::desk::keys::{self, KeyAction};
use crate::desk::phone::use_phone;
use crate::desk::store::{Stage, use_desk};
use crate::pages::contacts::list::RecentContacts;
use crate::session::use_session;
use crate::text::*;
use actions::use_actions;
use contact::ContactPanel;
use dial::DialPad;
use hark_shared::wire::desk::{AgentState, WantedState};
use leptos::prelude::*;

/// The page.
#[component]
pub fn DeskPage() -> impl IntoView {
    let desk = use_desk();
    let contact = desk.contact();
    // Keyed by the contact: its form must not be made anew with every change of phase.
    let at_hand = Memo::new(move |_| contact.with(|contact| contact.as_ref().map(|contact| contact.contact)));
    view! {
        <div class="desk">
            <trouble::Trouble />
            <div class="desk-main">
                {move || match at_hand.get() {
                    Some(id) => view! { <ContactPanel id /> }.into_any(),
                    None => view! { <Idle /> }.into_any(),
                }}
                <RecentContacts />
            </div>
            <aside class="desk-side">
                <tasks::Tasks />
                <around::Around />
                <DialPad />
                <telephone::Telephone />
            </aside>
        </div>
    }
}

/// What to do while there is no contact.
#[component]
fn Idle() -> impl IntoView {
    let (desk, phone, actions, i18n) = (use_desk(), use_phone(), use_actions(), use_i18n());
    let status = desk.status();
    let state = Memo::new(move |_| status.with(|status| status.as_ref().map(|status| status.state)));
    let title = move || match state.get() {
        Some(AgentState::Ready) => t_string!(i18n, desk.idle_ready_title),
        Some(AgentState::Missed) => t_string!(i18n, desk.idle_missed_title),
        Some(AgentState::Busy(_)) => t_string!(i18n, desk.idle_busy_title),
        _ => t_string!(i18n, desk.idle_title),
    };
    let text = move || match state.get() {
        Some(AgentState::Ready) => t_string!(i18n, desk.idle_ready_text),
        Some(AgentState::Missed) => t_string!(i18n, desk.idle_missed_text),
        Some(AgentState::Busy(_)) => t_string!(i18n, desk.idle_busy_text),
        _ => t_string!(i18n, desk.idle_text),
    };
    let go = move |_| {
        // As in the menu of states: a click is the best moment for the browser's question.
        phone.try_microphone();
        actions.set_state(WantedState::Ready);
    };
    view! {
        <section class="card idle" data-testid="idle">
            <h2>{title}</h2>
            <p class="muted">{text}</p>
            <Show when=move || !matches!(state.get(), None | Some(AgentState::Ready | AgentState::Ringing))>
                <button type="button" class="primary" data-testid="go-ready" on:click=go>
                    <span>{t!(i18n, desk.go_ready)}</span>
                    <kbd aria-hidden="true">{keys::label(KeyAction::Ready)}</kbd>
                </button>
            </Show>
        </section>
    }
}

/// Says that the session is over although the contact at hand goes on, on every page.
#[component]
pub fn Lapsed() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    view! {
        <div class="offline" role="status" data-testid="lapsed" hidden=move || !session.lapsed()>
            {move || session.lapsed().then(|| t_string!(i18n, desk.lapsed))}
        </div>
    }
}

/// Says that the server is out of reach, on every page.
#[component]
pub fn Offline() -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let away = Memo::new(move |_| desk.stage() == Stage::Waiting);
    view! {
        <div class="offline" role="alert" data-testid="offline" hidden=move || !away.get()>
            {move || away.get().then(|| t_string!(i18n, desk.offline))}
        </div>
    }
}
