//! The desk is elsewhere, or this page is too old: says so and offers the way on.

use crate::desk::ledger::Over;
use crate::desk::store::use_desk;
use crate::text::*;
use leptos::prelude::*;

/// The page.
#[component]
pub fn OverPage(
    /// Why.
    why: Over,
) -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let title = move || match why {
        Over::InUse => t_string!(i18n, desk.in_use_title),
        Over::Taken => t_string!(i18n, desk.taken_over_title),
        Over::SignedOut | Over::Reload => t_string!(i18n, desk.reload_title),
    };
    let text = move || match why {
        Over::InUse => t_string!(i18n, desk.in_use_text),
        Over::Taken => t_string!(i18n, desk.taken_over_text),
        Over::SignedOut | Over::Reload => t_string!(i18n, desk.reload_text),
    };
    let button = match why {
        Over::InUse | Over::Taken => view! {
            <button type="button" class="primary" data-testid="take-over" autofocus on:click=move |_| desk.open(true)>
                {t!(i18n, desk.take_over)}
            </button>
        }
        .into_any(),
        Over::SignedOut | Over::Reload => view! {
            <button
                type="button"
                class="primary"
                on:click=move |_| {
                    let _ = window().location().reload();
                }
            >
                {t!(i18n, desk.reload)}
            </button>
        }
        .into_any(),
    };
    view! {
        <main class="gate">
            <section class="card gate-card" role="alert" data-testid="over">
                <h1>{title}</h1>
                <p>{text}</p>
                {button}
            </section>
        </main>
    }
}
