//! What agents take at once, by channel, and what may interrupt what.

use crate::api::{self, ApiError};
use crate::components::form::{FormError, FormFoot, TextField, Tick};
use crate::session::use_session;
use crate::text::*;
use hark_shared::capacity::Capacity;
use leptos::prelude::*;
use leptos::task::spawn_local;

const PATH: &str = "/api/capacity";

/// The form; it is there once the figures are known, so that nobody saves what was never loaded.
#[component]
pub fn CapacityPage() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let tasks = RwSignal::new(String::new());
    let [calls_over_tasks, tasks_over_calls, tasks_over_wrap_up] = [false; 3].map(RwSignal::new);
    let [loaded, busy, saved] = [false; 3].map(RwSignal::new);
    let error = RwSignal::new(None);
    // The page may be gone when an answer comes.
    let failed = move |failed: ApiError| drop(error.try_set(Some(session.told(failed))));
    spawn_local(async move {
        match api::get::<Capacity>(PATH).await {
            Ok(capacity) => {
                let _ = tasks.try_set(capacity.tasks.to_string());
                let _ = calls_over_tasks.try_set(capacity.calls_interrupt_tasks);
                let _ = tasks_over_calls.try_set(capacity.tasks_interrupt_calls);
                let _ = tasks_over_wrap_up.try_set(capacity.tasks_interrupt_wrap_up);
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
        let capacity = Capacity {
            // What is no number becomes one that the server refuses, with the limits.
            tasks: tasks.get_untracked().trim().parse().unwrap_or(u8::MAX),
            calls_interrupt_tasks: calls_over_tasks.get_untracked(),
            tasks_interrupt_calls: tasks_over_calls.get_untracked(),
            tasks_interrupt_wrap_up: tasks_over_wrap_up.get_untracked(),
        };
        spawn_local(async move {
            match api::put(PATH, &capacity).await {
                Ok(()) => {
                    let _ = saved.try_set(true);
                }
                Err(why) => failed(why),
            }
            let _ = busy.try_set(false);
        });
    };
    view! {
        <p class="muted prose">{t!(i18n, admin.capacity_about)}</p>
        <FormError error />
        <Show when=move || loaded.get()>
            <form class="card form-page" on:submit=save on:input=move |_| saved.set(false)>
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
                    <Tick
                        label=t_label!(i18n, admin.calls_interrupt_tasks)
                        value=calls_over_tasks
                        testid="calls-interrupt-tasks"
                    />
                    <Tick
                        label=t_label!(i18n, admin.tasks_interrupt_calls)
                        value=tasks_over_calls
                        testid="tasks-interrupt-calls"
                    />
                    <Tick
                        label=t_label!(i18n, admin.tasks_interrupt_wrap_up)
                        value=tasks_over_wrap_up
                        testid="tasks-interrupt-wrap-up"
                    />
                </fieldset>
                <FormFoot
                    said=t_label!(i18n, admin.capacity_saved)
                    done=saved
                    done_testid="capacity-saved"
                    label=t_label!(i18n, common.save)
                    busy
                    testid="save"
                />
            </form>
        </Show>
    }
}
