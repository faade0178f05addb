//! What is known of the caller beyond the number: whether and by whom they were identified, and what they told the flow.

use crate::components::icon::{Glyph, Icon};
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::text::*;
use hark_shared::wire::control::{Told, Verified};
use hark_shared::wire::desk::ContactPhase;
use hark_shared::wire::parties::{CallAction, Part};
use leptos::prelude::*;

/// Both, as a card shows them; nothing where nothing is known.
#[component]
pub fn Identified(verified: Option<Verified>, told: Vec<Told>) -> impl IntoView {
    let i18n = use_i18n();
    let mark = verified.map(|verified| {
        let words = move || match &verified.by {
            Some(name) => t_string!(i18n, desk.verified_by, name = name.clone()),
            None => t_string!(i18n, desk.verified_by_flow).to_string(),
        };
        view! {
            <p class="verified" data-testid="verified">
                <Glyph icon=Icon::Done />
                <span>{words}</span>
            </p>
        }
    });
    let rows = told.into_iter().map(|told| view! { <dt>{told.name}</dt><dd>{told.value}</dd> }).collect::<Vec<_>>();
    let list = (!rows.is_empty()).then(|| view! { <dl class="told" data-testid="told">{rows}</dl> });
    view! { {mark} {list} }
}

/// The same of the contact at hand, with the agent's own word on it.
#[component]
pub fn Verification() -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let contact = desk.contact();
    let known = Memo::new(move |_| {
        contact.with(|contact| contact.as_ref().map(|it| (it.verified.clone(), it.told.clone())).unwrap_or_default())
    });
    let says = Memo::new(move |_| {
        contact.with(|contact| {
            let talks = contact.as_ref().filter(|it| match it.phase {
                ContactPhase::Talking | ContactPhase::Hold => it.part == Part::Responsible,
                ContactPhase::Dialling | ContactPhase::WrapUp { .. } => false,
            });
            talks.map(|it| it.verified.is_some())
        })
    });
    view! {
        {move || {
            let (verified, told) = known.get();
            view! { <Identified verified told /> }
        }}
        {move || {
            says.get()
                .map(|on| {
                    let word = move || {
                        if on { t_string!(i18n, desk.not_verified) } else { t_string!(i18n, desk.verify) }
                    };
                    view! {
                        <button
                            type="button"
                            class="quiet small"
                            data-testid="verify"
                            aria-pressed=on.to_string()
                            on:click=move |_| {
                                actions.call(CallAction::Verify { on: !on });
                            }
                        >
                            {word}
                        </button>
                    }
                })
        }}
    }
}
