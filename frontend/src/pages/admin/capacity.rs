//! What agents take at once, by channel, and what may interrupt what.

use super::setting::Setting;
use crate::components::form::{TextField, Tick};
use crate::text::*;
use hark_shared::capacity::Capacity;
use leptos::prelude::*;

/// The form.
#[component]
pub fn CapacityPage() -> impl IntoView {
    let i18n = use_i18n();
    let tasks = RwSignal::new(String::new());
    let [calls_over_tasks, tasks_over_calls, tasks_over_wrap_up] = [false; 3].map(RwSignal::new);
    let shows = move |capacity: Capacity| {
        tasks.set(capacity.tasks.to_string());
        calls_over_tasks.set(capacity.calls_interrupt_tasks);
        tasks_over_calls.set(capacity.tasks_interrupt_calls);
        tasks_over_wrap_up.set(capacity.tasks_interrupt_wrap_up);
    };
    let reads = move |()| Capacity {
        // What is no number becomes one that the server refuses, with the limits.
        tasks: tasks.get_untracked().trim().parse().unwrap_or(u8::MAX),
        calls_interrupt_tasks: calls_over_tasks.get_untracked(),
        tasks_interrupt_calls: tasks_over_calls.get_untracked(),
        tasks_interrupt_wrap_up: tasks_over_wrap_up.get_untracked(),
    };
    view! {
        <Setting
            path="/api/capacity"
            about=t_label!(i18n, admin.capacity_about)
            said=t_label!(i18n, admin.capacity_saved)
            said_testid="capacity-saved"
            shows=Callback::new(shows)
            reads=Callback::new(reads)
        >
            <TextField
                label=t_label!(i18n, admin.capacity_tasks)
                hint=t_label!(i18n, admin.capacity_tasks_hint)
                value=tasks
                kind="number"
                testid="capacity-tasks"
                required=true
            />
            <fieldset class="special-days">
                <legend>{t!(i18n, admin.capacity_interrupts)}</legend>
                <Tick label=t_label!(i18n, admin.calls_interrupt_tasks) value=calls_over_tasks testid="calls-interrupt-tasks" />
                <Tick label=t_label!(i18n, admin.tasks_interrupt_calls) value=tasks_over_calls testid="tasks-interrupt-calls" />
                <Tick
                    label=t_label!(i18n, admin.tasks_interrupt_wrap_up)
                    value=tasks_over_wrap_up
                    testid="tasks-interrupt-wrap-up"
                />
            </fieldset>
        </Setting>
    }
}
