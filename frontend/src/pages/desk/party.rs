//! The other party in words: name, number, where from, and our own record of them.

use crate::clock::use_clock;
use crate::components::icon::{Glyph, Icon};
use crate::text::{self, *};
use hark_shared::wire::desk::{CustomerCard, Party, Via};
use leptos::prelude::*;

/// The best short name: our record's, the network's, the number, what kind of stranger it is.
pub fn who(locale: Locale, party: &Party) -> String {
    let known = party.known_as().map(str::to_owned);
    known
        .or_else(|| party.number.as_ref().map(ToString::to_string))
        .unwrap_or_else(|| stranger(locale, &party.via).to_owned())
}

/// What to call somebody of whom nothing is known.
pub fn stranger(locale: Locale, via: &Via) -> &'static str {
    match via {
        Via::Web { .. } => td_string!(locale, desk.web_visitor),
        Via::Phone { .. } | Via::Outbound => td_string!(locale, desk.withheld),
    }
}

/// The number, unless it already serves as the name.
pub fn number_beside(party: &Party) -> Option<String> {
    party.number.as_ref().filter(|_| party.known_as().is_some()).map(ToString::to_string)
}

/// The icon of the way a contact came.
pub const fn via_icon(via: &Via) -> Icon {
    match via {
        Via::Phone { .. } | Via::Outbound => Icon::Phone,
        Via::Web { .. } => Icon::Web,
    }
}

/// Where the contact came from, in words.
#[component]
pub fn ViaLine(
    /// The way.
    via: Via,
) -> impl IntoView {
    let i18n = use_i18n();
    let icon = via_icon(&via);
    let text = move || match &via {
        Via::Phone { called } => t_string!(i18n, desk.via_phone, number = called.to_string()),
        Via::Web { page } => t_string!(i18n, desk.via_web, page = page.clone()),
        Via::Outbound => t_string!(i18n, desk.via_outbound).to_string(),
    };
    view! {
        <p class="via">
            <Glyph icon />
            <span>{text}</span>
        </p>
    }
}

/// Our record of the customer, or that there is none.
#[component]
pub fn CustomerStory(
    /// The record.
    card: Option<CustomerCard>,
) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let Some(card) = card else {
        return view! { <p class="muted">{t!(i18n, desk.no_card)}</p> }.into_any();
    };
    let history = move || {
        let locale = i18n.get_locale();
        match card.last_contact {
            Some(at) => {
                let when = text::moment(locale, at, clock.now());
                t_string!(i18n, desk.history, count = card.contacts, when = when)
            }
            None => t_string!(i18n, desk.first_contact).to_string(),
        }
    };
    view! {
        <dl class="story">
            {card
                .company
                .map(|company| view! { <dt>{t!(i18n, desk.company)}</dt> <dd>{company}</dd> })}
            <dt>{t!(i18n, desk.before)}</dt>
            <dd>{history}</dd>
        </dl>
        {card.remark.map(|remark| view! { <p class="remark">{remark}</p> })}
    }
    .into_any()
}
