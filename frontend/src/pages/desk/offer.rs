//! The ringing card: who it is, before answering, and a ring that closes as the offer runs out.

use crate::clock::use_clock;
use crate::components::controls::Remaining;
use crate::components::icon::{Glyph, Icon};
use crate::desk::keys::{self, KeyAction};
use crate::desk::store::use_desk;
use crate::pages::callbacks::reason_text;
use crate::pages::desk::actions::use_actions;
use crate::pages::desk::explanation::Why;
use crate::pages::desk::identified::Identified;
use crate::pages::desk::party::{CustomerStory, ViaLine, number_beside, who};
use crate::pages::desk::tasks::TaskLayer;
use crate::pages::desk::together::EarlierNotes;
use crate::text::{self, *};
use hark_shared::wire::callbacks::CallbackCard;
use hark_shared::wire::desk::{OfferCard, Party};
use hark_shared::wire::parties::Purpose;
use leptos::prelude::*;

/// Where the card appears, on every page, under the call bar. It takes no focus from who is typing; a live region that
/// is always in the document says in one sentence who calls and which key answers.
#[component]
pub fn OfferLayer() -> impl IntoView {
    let (offer, i18n) = (use_desk().offer(), use_i18n());
    let said = move || {
        offer.get().map(|offer| {
            let key = keys::label(KeyAction::Answer);
            t_string!(i18n, desk.announce, who = who(i18n.get_locale(), &offer.party), queue = offer.queue, key = key)
                .to_string()
        })
    };
    view! {
        <p class="hidden" role="alert" data-testid="announcer">{said}</p>
        <div class="offer-layer">{move || offer.get().map(|offer| view! { <Ringing offer /> })}</div>
        <TaskLayer />
    }
}

#[component]
fn Ringing(offer: OfferCard) -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let waited = text::duration(offer.waited);
    let queue = offer.queue.clone();
    view! {
        <section class="card offer" role="group" aria-labelledby="offer-who" data-testid="offer-card">
            <div class="offer-head">
                <Countdown since=offer.since.0 until=offer.until.0 />
                <div>
                    <Heading party=offer.party.clone() />
                    {(!queue.is_empty())
                        .then(|| {
                            view! {
                                <p class="offer-queue">
                                    {move || {
                                        t_string!(i18n, desk.from_queue, queue = queue.clone(), waited = waited.clone())
                                    }}
                                </p>
                            }
                        })}
                </div>
            </div>
            <Asks from=offer.from.clone() purpose=offer.purpose />
            {offer.callback.clone().map(|callback| view! { <CalledBack callback /> })}
            {offer
                .auto
                .then(|| view! { <p class="offer-auto" role="note" data-testid="offer-auto">{t!(i18n, desk.auto_answered)}</p> })}
            {offer
                .direct
                .then(|| view! { <p class="asks" data-testid="offer-direct">{t!(i18n, desk.rung_by_flow)}</p> })}
            <ViaLine via=offer.party.via.clone() />
            <CustomerStory card=offer.party.card.clone() />
            <Identified verified=offer.verified.clone() told=offer.told.clone() />
            <EarlierNotes earlier=offer.earlier.clone() />
            <button
                type="button"
                class="primary go answer"
                data-testid="offer-accept"
                aria-keyshortcuts="F2 Space"
                aria-busy=move || desk.answering().to_string()
                on:click=move |_| {
                    actions.answer();
                }
            >
                <Glyph icon=Icon::Phone />
                <span>
                    {move || {
                        if desk.answering() { t_string!(i18n, desk.answering) } else { t_string!(i18n, desk.answer) }
                    }}
                </span>
                <kbd aria-hidden="true">{keys::label(KeyAction::Answer)}</kbd>
            </button>
            {offer
                .decline
                .then(|| {
                    view! {
                        <button type="button" class="quiet" data-testid="offer-decline" on:click=move |_| actions.decline()>
                            {t!(i18n, desk.decline)}
                        </button>
                    }
                })}
            // Asked by name: there was nobody to choose among.
            {(!offer.why.best.is_empty()).then(|| view! { <Why why=offer.why /> })}
        </section>
    }
}

/// That it is a callback, and why; whom it reaches is known only once the agent has accepted.
#[component]
fn CalledBack(callback: CallbackCard) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let CallbackCard { reason, booked, tries, agent_first, .. } = callback;
    let why = move || {
        let at = text::moment(i18n.get_locale(), booked, clock.now());
        t_string!(i18n, desk.callback_why, why = reason_text(i18n.get_locale(), reason), at = at).to_string()
    };
    view! {
        <p class="asks" data-testid="offer-callback">
            {why}
            {(tries > 0).then(|| view! { " " {move || t_string!(i18n, desk.callback_tries, count = tries)} })}
            {agent_first.then(|| view! { " " {t!(i18n, desk.callback_first)} })}
        </p>
    }
}

/// Which colleague asks for what.
#[component]
fn Asks(from: Option<String>, purpose: Option<Purpose>) -> impl IntoView {
    let i18n = use_i18n();
    from.map(|from| {
        let text = move || match purpose {
            Some(Purpose::Consult) => t_string!(i18n, desk.asks_consult, name = from.clone()),
            Some(Purpose::Invite) => t_string!(i18n, desk.asks_invite, name = from.clone()),
            Some(Purpose::Transfer) | None => t_string!(i18n, desk.asks_transfer, name = from.clone()),
        };
        view! { <p class="asks" data-testid="offer-asks">{text}</p> }
    })
}

#[component]
fn Heading(party: Party) -> impl IntoView {
    let i18n = use_i18n();
    let number = number_beside(&party);
    let vip = party.card.as_ref().is_some_and(|card| card.vip);
    view! {
        <h2 id="offer-who">
            <span class="hidden">{t!(i18n, desk.ringing)} " "</span>
            {move || who(i18n.get_locale(), &party)}
            {vip.then(|| view! { <span class="vip">"VIP"</span> })}
        </h2>
        {number.map(|number| view! { <p class="number">{number}</p> })}
    }
}

/// A ring of one turn, animated by the style sheet over the offer's length; the seconds stand inside.
#[component]
fn Countdown(since: i64, until: i64) -> impl IntoView {
    let clock = use_clock();
    let gone = (clock.now().0 - since).max(0);
    view! {
        <div class="countdown">
            <svg viewBox="0 0 64 64" aria-hidden="true">
                <circle class="countdown-track" cx="32" cy="32" r="28" />
                <circle
                    class="countdown-ring"
                    cx="32"
                    cy="32"
                    r="28"
                    pathLength="100"
                    style:animation-duration=format!("{}ms", (until - since).max(1))
                    style:animation-delay=format!("-{gone}ms")
                />
            </svg>
            <Remaining until=Signal::stored(hark_shared::time::Timestamp(until)) />
        </div>
    }
}
