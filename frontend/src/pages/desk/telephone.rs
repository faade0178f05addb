//! My telephone: an agent without a headset takes calls on a number. Behind a fold, since most never need it.

use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::session::use_session;
use crate::text::*;
use hark_shared::perms::Permission;
use hark_shared::wire::control::TelephoneStage;
use leptos::prelude::*;

/// The fold with its form.
#[component]
pub fn Telephone() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let telephone = use_desk().telephone();
    view! {
        <Show when=move || session.may(Permission::Dial)>
            <details class="card fold" data-testid="telephone" open=move || telephone.with(Option::is_some)>
                <summary>{t!(i18n, desk.telephone)}</summary>
                <div class="fold-body">
                    <Show when=move || telephone.with(Option::is_some) fallback=|| view! { <Choose /> }>
                        <Chosen />
                    </Show>
                </div>
            </details>
        </Show>
    }
}

#[component]
fn Choose() -> impl IntoView {
    let (actions, i18n) = (use_actions(), use_i18n());
    let number = RwSignal::new(String::new());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let typed = number.get_untracked();
        if !typed.trim().is_empty() {
            actions.telephone(&typed);
        }
    };
    view! {
        <form class="dial" on:submit=submit>
            <label class="hidden" for="own-telephone">{t!(i18n, desk.telephone_number)}</label>
            <input
                id="own-telephone"
                type="tel"
                inputmode="tel"
                autocomplete="tel"
                maxlength="40"
                data-testid="telephone-number"
                placeholder=t!(i18n, desk.telephone_number)
                prop:value=number
                on:input:target=move |event| number.set(event.target().value())
            />
            <button type="submit" data-testid="telephone-use">{t!(i18n, desk.telephone_use)}</button>
        </form>
        <p class="field-hint">{t!(i18n, desk.telephone_hint)}</p>
    }
}

#[component]
fn Chosen() -> impl IntoView {
    let (actions, i18n) = (use_actions(), use_i18n());
    let telephone = use_desk().telephone();
    let number = move || telephone.with(|it| it.as_ref().map(|it| it.number.to_string()).unwrap_or_default());
    let stage = Memo::new(move |_| telephone.with(|it| it.as_ref().map_or(TelephoneStage::Idle, |it| it.stage)));
    let words = move || match stage.get() {
        TelephoneStage::Idle => t_string!(i18n, desk.telephone_idle),
        TelephoneStage::Rings => t_string!(i18n, desk.telephone_rings),
        TelephoneStage::Asks => t_string!(i18n, desk.telephone_asks),
        TelephoneStage::Talks => t_string!(i18n, desk.telephone_talks),
    };
    view! {
        <p data-testid="telephone-stage" data-stage=move || stage_name(stage.get())>
            <b>{number}</b>
            " "
            <span class="muted" role="status">{words}</span>
        </p>
        <button
            type="button"
            data-testid="telephone-off"
            on:click=move |_| {
                actions.telephone("");
            }
        >
            {t!(i18n, desk.telephone_off)}
        </button>
    }
}

const fn stage_name(stage: TelephoneStage) -> &'static str {
    match stage {
        TelephoneStage::Idle => "idle",
        TelephoneStage::Rings => "rings",
        TelephoneStage::Asks => "asks",
        TelephoneStage::Talks => "talks",
    }
}
