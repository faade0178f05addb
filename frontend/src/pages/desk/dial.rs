//! The pad: dials while there is no call, sends digits while there is one. Always in the same place.

use crate::components::icon::{Glyph, Icon};
use crate::desk::store::use_desk;
use crate::pages::desk::actions::use_actions;
use crate::session::use_session;
use crate::text::*;
use hark_shared::perms::Permission;
use hark_shared::wire::desk::ContactPhase;
use leptos::prelude::*;

/// The keys: what is sent, for the stories, the letters below.
const KEYS: [(&str, &str, &str); 12] = [
    ("1", "keypad-1", ""),
    ("2", "keypad-2", "ABC"),
    ("3", "keypad-3", "DEF"),
    ("4", "keypad-4", "GHI"),
    ("5", "keypad-5", "JKL"),
    ("6", "keypad-6", "MNO"),
    ("7", "keypad-7", "PQRS"),
    ("8", "keypad-8", "TUV"),
    ("9", "keypad-9", "WXYZ"),
    ("*", "keypad-star", ""),
    ("0", "keypad-0", "+"),
    ("#", "keypad-hash", ""),
];

/// The pad.
#[component]
pub fn DialPad() -> impl IntoView {
    let (desk, session, actions, i18n) = (use_desk(), use_session(), use_actions(), use_i18n());
    let contact = desk.contact();
    let calling = Memo::new(move |_| {
        contact.with(|contact| {
            contact.as_ref().is_some_and(|contact| match contact.phase {
                ContactPhase::Dialling | ContactPhase::Talking | ContactPhase::Hold => true,
                ContactPhase::WrapUp { .. } => false,
            })
        })
    });
    let number = RwSignal::new(String::new());
    let sent = RwSignal::new(String::new());
    Effect::new(move |_| {
        if !calling.get() {
            sent.set(String::new());
        }
    });
    let press = move |key: &'static str| {
        if !calling.get_untracked() {
            number.update(|number| number.push_str(key));
        } else if actions.digits(key) {
            sent.update(|sent| sent.push_str(key));
        }
    };
    view! {
        <section class="card pad" aria-label=t!(i18n, desk.keypad)>
            <Show
                when=move || !calling.get()
                fallback=move || {
                    view! {
                        <p class="sent">
                            <span class="field-label">{t!(i18n, desk.digits_sent)}</span>
                            <output data-testid="digits-sent">{move || sent.get()}</output>
                        </p>
                    }
                }
            >
                <Show when=move || session.may(Permission::Dial)>
                    <NumberForm number />
                </Show>
            </Show>
            <div class="keypad">
                {KEYS
                    .map(|(key, testid, letters)| {
                        view! {
                            <button type="button" data-testid=testid on:click=move |_| press(key)>
                                <span>{key}</span>
                                <small aria-hidden="true">{letters}</small>
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </section>
    }
}

#[component]
fn NumberForm(number: RwSignal<String>) -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if !desk.dialling_now() && actions.dial(&number.get_untracked()) {
            number.set(String::new());
        }
    };
    view! {
        <form class="dial" on:submit=submit>
            <label class="hidden" for="dial-number">{t!(i18n, desk.number)}</label>
            <input
                id="dial-number"
                type="tel"
                inputmode="tel"
                autocomplete="off"
                maxlength="40"
                data-testid="dial-number"
                placeholder=t!(i18n, desk.number)
                prop:value=number
                on:input:target=move |event| number.set(event.target().value())
            />
            <button
                type="submit"
                class="primary go"
                data-testid="dial"
                aria-label=t!(i18n, desk.dial)
                aria-busy=move || desk.dialling().to_string()
            >
                <Glyph icon=Icon::Phone />
            </button>
        </form>
    }
}
