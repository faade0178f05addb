//! How much may be dialled: two numbers that stand between a stolen password and the bill.

use super::queue_routing::RecordRules;
use super::setting::Setting;
use crate::components::form::TextField;
use crate::text::*;
use hark_shared::wire::control::RecordRule;
use hark_shared::wire::rest::OutboundLimits;
use leptos::prelude::*;

/// The form.
#[component]
pub fn Outbound() -> impl IntoView {
    let i18n = use_i18n();
    let [at_once, per_day] = [String::new(), String::new()].map(RwSignal::new);
    let recording = RwSignal::new(RecordRule::Always);
    let shows = move |limits: OutboundLimits| {
        at_once.set(limits.at_once.to_string());
        per_day.set(limits.per_day.to_string());
        recording.set(limits.recording);
    };
    let reads = move |()| {
        // What is no number becomes one that the server refuses, with the limits.
        let number = |field: RwSignal<String>| field.get_untracked().trim().parse().unwrap_or(u32::MAX);
        OutboundLimits { at_once: number(at_once), per_day: number(per_day), recording: recording.get_untracked() }
    };
    view! {
        <Setting
            path="/api/outbound"
            about=t_label!(i18n, admin.outbound_about)
            said=t_label!(i18n, admin.outbound_saved)
            said_testid="outbound-saved"
            shows=Callback::new(shows)
            reads=Callback::new(reads)
        >
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
        </Setting>
    }
}
