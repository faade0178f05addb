//! How much may be dialled: two numbers that stand between a stolen password and the bill.

use super::queue_routing::RecordRules;
use crate::api::{self, ApiError};
use crate::components::form::{FormError, FormFoot, TextField};
use crate::session::use_session;
use crate::text::*;
use hark_shared::wire::control::RecordRule;
use hark_shared::wire::rest::OutboundLimits;
use leptos::prelude::*;
use leptos::task::spawn_local;

const PATH: &str = "/api/outbound";

/// The form; it is there once the limits are known, so that nobody saves what was never loaded.
#[component]
pub fn Outbound() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let [at_once, per_day] = [String::new(), String::new()].map(RwSignal::new);
    let recording = RwSignal::new(RecordRule::Always);
    let [loaded, busy, saved] = [false; 3].map(RwSignal::new);
    let error = RwSignal::new(None);
    // The page may be gone when an answer comes.
    let failed = move |failed: ApiError| drop(error.try_set(Some(session.told(failed))));
    spawn_local(async move {
        match api::get::<OutboundLimits>(PATH).await {
            Ok(limits) => {
                let _ = at_once.try_set(limits.at_once.to_string());
                let _ = per_day.try_set(limits.per_day.to_string());
                let _ = recording.try_set(limits.recording);
                let _ = loaded.try_set(true);
            }
            Err(why) => failed(why),
        }
    });
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        saved.set(false);
        error.set(None);
        // What is no number becomes one that the server refuses, with the limits.
        let number = |field: RwSignal<String>| field.get_untracked().trim().parse().unwrap_or(u32::MAX);
        let limits =
            OutboundLimits { at_once: number(at_once), per_day: number(per_day), recording: recording.get_untracked() };
        spawn_local(async move {
            match api::put(PATH, &limits).await {
                Ok(()) => {
                    let _ = saved.try_set(true);
                }
                Err(why) => failed(why),
            }
            let _ = busy.try_set(false);
        });
    };
    view! {
        <p class="muted prose">{t!(i18n, admin.outbound_about)}</p>
        <FormError error />
        <Show when=move || loaded.get()>
            <form class="card form-page" on:submit=save on:input=move |_| saved.set(false)>
                <TextField
                    label=t_label!(i18n, admin.at_once)
                    hint=t_label!(i18n, admin.at_once_hint)
                    value=at_once
                    kind="number"
                    testid="outbound-at-once"
                    required=true
                />
                <TextField
                    label=t_label!(i18n, admin.per_day)
                    hint=t_label!(i18n, admin.per_day_hint)
                    value=per_day
                    kind="number"
                    testid="outbound-per-day"
                    required=true
                />
                <RecordRules value=recording testid="outbound-recording" />
                <FormFoot
                    said=t_label!(i18n, admin.outbound_saved)
                    done=saved
                    done_testid="outbound-saved"
                    label=t_label!(i18n, common.save)
                    busy
                    testid="save"
                />
            </form>
        </Show>
    }
}
