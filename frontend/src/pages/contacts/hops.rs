//! How a contact was led on from queues, and the callback that it booked or was a try of.

use crate::clock::use_clock;
use crate::text::{self, *};
use hark_shared::wire::callbacks::{Callback as Task, End, Stage};
use hark_shared::wire::routing::Destination;
use hark_shared::wire::waiting::{Hop, HopReason, When};
use leptos::prelude::*;

/// The steps in order; nothing without any.
#[component]
pub fn Hops(
    /// The steps.
    hops: Vec<Hop>,
    /// The callback, if any.
    callback: Option<Task>,
) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let led = (!hops.is_empty()).then(|| {
        let steps = hops.into_iter().map(|hop| {
            let Hop { at, why, to, .. } = hop;
            view! {
                <li>
                    <time>{move || text::moment(i18n.get_locale(), at, clock.now())}</time>
                    " "
                    {move || why_text(i18n.get_locale(), why)}
                    " → "
                    {move || to_text(i18n.get_locale(), &to)}
                </li>
            }
        });
        view! {
            <h3>{t!(i18n, contacts.hops)}</h3>
            <ol class="hops" data-testid="contact-hops">{steps.collect_view()}</ol>
        }
    });
    let booked = callback.map(|callback| {
        let (stage, tries) = (callback.stage, callback.tries.len());
        view! {
            <p data-testid="contact-callback">
                {move || {
                    t_string!(
                        i18n, contacts.callback_line, stage = stage_text(i18n.get_locale(), stage), tries = tries
                    )
                        .to_string()
                }}
            </p>
        }
    });
    view! {
        {led}
        {booked}
    }
}

fn stage_text(locale: Locale, stage: Stage) -> &'static str {
    match stage {
        Stage::Waiting | Stage::InLine => td_string!(locale, callbacks.waiting),
        Stage::InHand(_) => td_string!(locale, callbacks.in_hand),
        Stage::Calling { .. } => td_string!(locale, callbacks.calling),
        Stage::Over { end: End::Reached, .. } => td_string!(locale, callbacks.reached),
        Stage::Over { end: End::Done, .. } => td_string!(locale, callbacks.done),
        Stage::Over { end: End::Unreached, .. } => td_string!(locale, callbacks.unreached),
        Stage::Over { end: End::Expired, .. } => td_string!(locale, callbacks.expired),
        Stage::Over { end: End::Cancelled, .. } => td_string!(locale, callbacks.cancelled),
        Stage::Over { end: End::Served, .. } => td_string!(locale, callbacks.served),
    }
}

fn why_text(locale: Locale, why: HopReason) -> String {
    match why {
        HopReason::Rule { rule: When::Waited { after } } => {
            td_string!(locale, contacts.hop_waited, time = text::duration(after)).to_string()
        }
        HopReason::Rule { rule: When::Length { at_least } } => {
            td_string!(locale, contacts.hop_length, count = at_least).to_string()
        }
        HopReason::Rule { rule: When::Estimate { at_least } } => {
            td_string!(locale, contacts.hop_estimate, time = text::duration(at_least)).to_string()
        }
        HopReason::Rule { rule: When::Unstaffed } => td_string!(locale, contacts.hop_unstaffed).to_owned(),
        HopReason::Closed => td_string!(locale, contacts.hop_closed).to_owned(),
        HopReason::Holiday => td_string!(locale, contacts.hop_holiday).to_owned(),
        HopReason::Emergency => td_string!(locale, contacts.hop_emergency).to_owned(),
        HopReason::Key { key } => td_string!(locale, contacts.hop_key, key = key.char()).to_string(),
    }
}

/// The kind of destination: names may have changed since.
fn to_text(locale: Locale, to: &Destination) -> String {
    match to {
        Destination::Queue(_) => td_string!(locale, admin.to_queue).to_owned(),
        Destination::Flow(_) => td_string!(locale, admin.to_flow).to_owned(),
        Destination::Voicemail(_) => td_string!(locale, admin.to_queue_box).to_owned(),
        Destination::Callback(_) => td_string!(locale, admin.to_callback).to_owned(),
        Destination::Outside(number) => number.to_string(),
        Destination::HangUp => td_string!(locale, admin.to_hang_up).to_owned(),
    }
}
