//! Tasks at the desk: the one that is offered, on every page, and those in hand, with what is to be heard and done.

use crate::api;
use crate::clock::use_clock;
use crate::components::controls::Remaining;
use crate::desk::store::use_desk;
use crate::pages::callbacks::reason_text;
use crate::pages::desk::actions::use_actions;
use crate::pages::desk::explanation::Why;
use crate::text::{self, *};
use hark_shared::ids::RecordingId;
use hark_shared::wire::callbacks::{TaskDeed, TaskOffer, TaskView};
use hark_shared::wire::desk::DeskCommand;
use hark_shared::wire::messages::Heard;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The task that is offered; it rings nothing, a live region says that it is there.
#[component]
pub fn TaskLayer() -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let board = desk.tasks();
    let offer = Memo::new(move |_| board.with(|board| board.as_ref().and_then(|board| board.offer.clone())));
    let said = move || offer.with(|offer| offer.is_some().then(|| t_string!(i18n, desk.task_offered).to_owned()));
    view! {
        <p class="hidden" role="status" data-testid="task-announcer">{said}</p>
        <div class="task-layer">{move || offer.get().map(|offer| view! { <Offered offer /> })}</div>
    }
}

#[component]
fn Offered(offer: TaskOffer) -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let TaskOffer { offer, task, until, why } = offer;
    view! {
        <section class="card task-offer" role="group" aria-labelledby="task-offer-title" data-testid="task-offer">
            <h2 id="task-offer-title">
                {t!(i18n, desk.task_offered)} " " <Remaining until=Signal::stored(until) />
            </h2>
            <Matter task />
            <button
                type="button"
                class="primary"
                data-testid="task-take"
                on:click=move |_| desk.send(DeskCommand::TakeTask { offer })
            >
                {t!(i18n, desk.task_take)}
            </button>
            <Why why />
        </section>
    }
}

/// Those in hand; nothing while there is none.
#[component]
pub fn Tasks() -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let board = desk.tasks();
    let hand = Memo::new(move |_| board.with(|board| board.as_ref().map(|it| it.hand.clone()).unwrap_or_default()));
    view! {
        <Show when=move || hand.with(|hand| !hand.is_empty())>
            <section class="card around" aria-labelledby="tasks-title" data-testid="tasks">
                <h2 id="tasks-title">{t!(i18n, desk.tasks)}</h2>
                <ul class="around-list">
                    <For each=move || hand.get() key=|task| (task.id, task.tries) children=move |task| view! { <InHand task /> } />
                </ul>
            </section>
        </Show>
    }
}

#[component]
fn InHand(task: TaskView) -> impl IntoView {
    let (desk, actions, i18n) = (use_desk(), use_actions(), use_i18n());
    let (callback, message) = (task.id, task.message);
    let can_call = task.number.is_some();
    let deed = move |deed| desk.send(DeskCommand::Task { callback, deed });
    view! {
        <li class="task" data-testid="task" data-callback=callback.to_string()>
            <Matter task />
            {message.map(|id| view! { <Sound id /> })}
            <div class="row-actions">
                {can_call
                    .then(|| {
                        view! {
                            <button
                                type="button"
                                class="small primary"
                                data-testid="task-call"
                                on:click=move |_| actions.call_back(callback)
                            >
                                {t!(i18n, desk.task_call)}
                            </button>
                        }
                    })}
                <button type="button" class="small" data-testid="task-done" on:click=move |_| deed(TaskDeed::Finish)>
                    {t!(i18n, desk.task_done)}
                </button>
                <button
                    type="button"
                    class="small quiet"
                    title=move || t_string!(i18n, desk.task_back_hint)
                    data-testid="task-back"
                    on:click=move |_| deed(TaskDeed::GiveBack)
                >
                    {t!(i18n, desk.task_back)}
                </button>
            </div>
        </li>
    }
}

/// Whom it is about, why, and since when.
#[component]
fn Matter(task: TaskView) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let TaskView { reason, queue, number, name, booked, tries, .. } = task;
    let number = number.map(|number| number.to_string());
    let known = name.clone().or_else(|| number.clone());
    let who = move || known.clone().unwrap_or_else(|| t_string!(i18n, messages.withheld).to_owned());
    view! {
        <p class="around-who">
            <b>{who}</b>
            <span class="number">{number.filter(|_| name.is_some())}</span>
            <span class="muted">{move || reason_text(i18n.get_locale(), reason)}</span>
            <span class="muted">{queue}</span>
            <span class="muted">{move || text::moment(i18n.get_locale(), booked, clock.now())}</span>
            {(tries > 0).then(|| view! { <span class="muted">{move || t_string!(i18n, callbacks.tries, count = tries)}</span> })}
        </p>
    }
}

/// The message that was left. Whoever plays it has heard it.
#[component]
fn Sound(id: RecordingId) -> impl IntoView {
    let i18n = use_i18n();
    let heard = move |_| {
        spawn_local(async move {
            // The mark is for the list of messages; what fails here is tried there.
            let _ = api::put(&format!("/api/messages/{id}/heard"), &Heard { heard: true }).await;
        });
    };
    view! {
        <audio
            controls
            preload="none"
            aria-label=move || t_string!(i18n, desk.task_message)
            data-testid="task-sound"
            src=format!("/api/messages/{id}/sound")
            on:play=heard
        ></audio>
    }
}
