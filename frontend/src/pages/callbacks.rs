//! Who is to be called back: open ones with what can be done, and what came of the others.

use crate::api;
use crate::clock::use_clock;
use crate::components::form::{Field, FormError};
use crate::desk::store::{Stage as Live, use_desk};
use crate::session::use_session;
use crate::text::{self, *};
use hark_shared::ids::CallbackId;
use hark_shared::perms::Permission;
use hark_shared::time::Timestamp;
use hark_shared::wire::WireError;
use hark_shared::wire::callbacks::{Callback as Task, CallbackLine, CallbackTime, End, Reason, Stage};
use hark_shared::wire::desk::DeskCommand;
use hark_shared::wire::rest::Page;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often the list is read again: the floor calls by itself meanwhile.
const FRESH: Duration = Duration::from_secs(5);

/// What was changed is stored by the server a moment later.
const STORED_AFTER: Duration = Duration::from_millis(700);

/// The page.
#[component]
pub fn CallbacksPage() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="page">
            <h1>{t!(i18n, common.callbacks)}</h1>
            <section class="card" aria-labelledby="callbacks-open">
                <h2 id="callbacks-open">{t!(i18n, callbacks.open)}</h2>
                <List ended=false />
            </section>
            <section class="card" aria-labelledby="callbacks-over">
                <h2 id="callbacks-over">{t!(i18n, callbacks.over)}</h2>
                <List ended=true />
            </section>
        </div>
    }
}

#[component]
fn List(ended: bool) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let rows = RwSignal::new(None::<Vec<CallbackLine>>);
    let next = RwSignal::new(None::<String>);
    let error = RwSignal::new(None::<WireError>);
    let load = move |before: Option<String>| {
        spawn_local(async move {
            let mut path = format!("/api/callbacks?ended={ended}&limit=50");
            if let Some(before) = &before {
                path.push_str("&before=");
                path.push_str(&String::from(js_sys::encode_uri_component(before)));
            }
            // The page may be left by now.
            match api::get::<Page<CallbackLine>>(&path).await {
                Ok(page) => {
                    let _ = error.try_set(None);
                    let _ = next.try_set(page.next);
                    let _ = rows.try_update(|rows| match (rows, before) {
                        (Some(rows), Some(_)) => rows.extend(page.rows),
                        (rows, _) => *rows = Some(page.rows),
                    });
                }
                Err(failed) if failed.is_signed_out() => session.expired(),
                Err(failed) => {
                    let _ = error.try_set(Some(failed.error));
                }
            }
        });
    };
    load(None);
    // Only the first page is kept fresh: who has asked for more is reading.
    let tick = move || {
        if rows.with_untracked(|rows| rows.as_ref().is_none_or(|rows| rows.len() <= 50)) {
            load(None);
        }
    };
    if let Ok(timer) = set_interval_with_handle(tick, FRESH) {
        on_cleanup(move || timer.clear());
    }
    let refresh = Callback::new(move |()| set_timeout(move || load(None), STORED_AFTER));
    let shown = move || rows.get().unwrap_or_default();
    view! {
        <FormError error />
        <ul class="callbacks">
            <For each=shown key=|line| format!("{line:?}") let:line>
                <Row line refresh error />
            </For>
        </ul>
        <p class="empty" hidden=move || rows.with(|rows| rows.as_ref().is_none_or(|rows| !rows.is_empty()))>
            {t!(i18n, callbacks.none)}
        </p>
        <Show when=move || next.with(Option::is_some)>
            <button type="button" class="quiet" on:click=move |_| load(next.get_untracked())>{t!(i18n, common.more)}</button>
        </Show>
    }
}

#[component]
fn Row(line: CallbackLine, refresh: Callback<()>, error: RwSignal<Option<WireError>>) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let CallbackLine { callback, queue_name, user_name, team_name, tried_by, held_by } = line;
    let (id, reason, stage, booked, due) =
        (callback.id, callback.reason, callback.stage, callback.booked, callback.due);
    let who = callback.name.clone();
    let number = callback.number.as_ref().map(ToString::to_string);
    let beside = number.clone().filter(|_| who.is_some());
    let tries = callback.tries.len();
    let cause = callback.tries.last().and_then(|tried| tried.cause);
    let open = !matches!(stage, Stage::Over { .. });
    let at = move |at: Timestamp| text::moment(i18n.get_locale(), at, clock.now());
    let waits_for = move || {
        let later = open && stage == Stage::Waiting && reason.is_automatic() && due > clock.now();
        later.then(|| t_string!(i18n, callbacks.due, at = at(due)).to_string())
    };
    view! {
        <li class="callback" data-testid="callback-row" data-callback=id.to_string() data-stage=stage_name(stage)>
            <div class="callback-who">
                <b>
                    {who.or_else(|| number.clone()).unwrap_or_else(|| t_string!(i18n, callbacks.withheld).to_owned())}
                </b>
                <span class="number">{beside}</span>
            </div>
            <p>
                <span>{move || reason_text(i18n.get_locale(), reason)}</span>
                {queue_name.map(|name| view! { <span class="muted">" · "{name}</span> })}
                {team_name.map(|name| view! { <span class="muted">" · "{name}</span> })}
                {user_name.map(|name| view! { <span class="muted">" · "{name}</span> })}
                <span class="muted">" · "{move || t_string!(i18n, callbacks.booked, at = at(booked)).to_string()}</span>
            </p>
            <p>
                <span class="outcome" data-good=good(stage) data-testid="callback-stage">
                    {move || stage_text(i18n.get_locale(), stage, reason)}
                </span>
                {held_by.map(|name| view! { <span class="muted" data-testid="callback-held">" · "{name}</span> })}
                <span class="muted">{move || waits_for().map(|text| format!(" · {text}"))}</span>
                {(tries > 0)
                    .then(|| {
                        view! {
                            <span class="muted">
                                " · "{move || t_string!(i18n, callbacks.tries, count = tries)}
                                {tried_by.map(|name| format!(" · {name}"))}
                                {move || cause.map(|cause| format!(" · {}", text::cause(i18n.get_locale(), cause)))}
                            </span>
                        }
                    })}
            </p>
            {open.then(|| view! { <Deeds callback refresh error /> })}
        </li>
    }
}

/// Call now, another time, cancel.
#[component]
fn Deeds(callback: Task, refresh: Callback<()>, error: RwSignal<Option<WireError>>) -> impl IntoView {
    let (desk, session, i18n) = (use_desk(), use_session(), use_i18n());
    let (id, dials) = (callback.id, callback.number.is_some() && session.may_now(Permission::Dial));
    let calling = matches!(callback.stage, Stage::Calling { .. });
    let moving = RwSignal::new(false);
    let sure = RwSignal::new(false);
    let told = move |done: Result<(), api::ApiError>| match done {
        Ok(()) => {
            let _ = error.try_set(None);
            refresh.run(());
        }
        Err(failed) if failed.is_signed_out() => session.expired(),
        Err(failed) => {
            let _ = error.try_set(Some(failed.error));
        }
    };
    let call = move |_| {
        desk.send(DeskCommand::CallBack { callback: id });
        refresh.run(());
    };
    let cancel = move |_| {
        if !sure.get_untracked() {
            return sure.set(true);
        }
        spawn_local(async move { told(api::delete(&format!("/api/callbacks/{id}")).await) });
    };
    let put_to = move |due: Timestamp| {
        moving.set(false);
        spawn_local(async move { told(api::put(&format!("/api/callbacks/{id}"), &CallbackTime { due }).await) });
    };
    view! {
        <div class="callback-deeds">
            {dials
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="primary"
                            data-testid="callback-call"
                            disabled=move || calling || desk.stage() != Live::Live
                            on:click=call
                        >
                            {t!(i18n, callbacks.call_now)}
                        </button>
                    }
                })}
            <button type="button" disabled=calling data-testid="callback-move" on:click=move |_| moving.update(|on| *on = !*on)>
                {t!(i18n, callbacks.put_to)}
            </button>
            <button type="button" class="quiet" disabled=calling data-testid="callback-cancel" on:click=cancel>
                {move || if sure.get() { t_string!(i18n, callbacks.cancel_sure) } else { t_string!(i18n, callbacks.cancel) }}
            </button>
            <Show when=move || moving.get()>
                <When id put_to=Callback::new(put_to) />
            </Show>
        </div>
    }
}

/// A moment in the browser's zone.
#[component]
fn When(id: CallbackId, put_to: Callback<Timestamp>) -> impl IntoView {
    let i18n = use_i18n();
    let typed = RwSignal::new(String::new());
    let set = move |_| {
        let at = js_sys::Date::new(&typed.get_untracked().into()).get_time();
        if at.is_finite() {
            // Milliseconds of a date are whole and far below 2^53.
            put_to.run(Timestamp(at as i64));
        }
    };
    view! {
        <div class="callback-when">
            <Field label=t_label!(i18n, callbacks.not_before)>
                <input
                    type="datetime-local"
                    id=format!("when-{id}")
                    data-testid="callback-when"
                    on:input:target=move |event| typed.set(event.target().value())
                />
            </Field>
            <button type="button" data-testid="callback-set" on:click=set>{t!(i18n, common.save)}</button>
        </div>
    }
}

/// Whether it ended well; nothing yet for one that is under way.
const fn good(stage: Stage) -> &'static str {
    match stage {
        Stage::Over { end: End::Reached | End::Served | End::Done, .. } => "true",
        Stage::Over { .. } => "false",
        Stage::Waiting | Stage::InLine | Stage::InHand(_) | Stage::Calling { .. } => "",
    }
}

const fn stage_name(stage: Stage) -> &'static str {
    match stage {
        Stage::Waiting => "waiting",
        Stage::InLine => "in_line",
        Stage::InHand(_) => "in_hand",
        Stage::Calling { .. } => "calling",
        Stage::Over { .. } => "over",
    }
}

fn stage_text(locale: Locale, stage: Stage, reason: Reason) -> &'static str {
    match stage {
        Stage::Waiting if reason.is_automatic() => td_string!(locale, callbacks.waiting),
        Stage::Waiting => td_string!(locale, callbacks.task),
        Stage::InLine => td_string!(locale, callbacks.in_line),
        Stage::InHand(_) => td_string!(locale, callbacks.in_hand),
        Stage::Calling { .. } => td_string!(locale, callbacks.calling),
        Stage::Over { end: End::Reached, .. } => td_string!(locale, callbacks.reached),
        Stage::Over { end: End::Done, .. } => td_string!(locale, callbacks.done),
        Stage::Over { end: End::Unreached, .. } => td_string!(locale, callbacks.unreached),
        Stage::Over { end: End::Expired, .. } => td_string!(locale, callbacks.expired),
        Stage::Over { end: End::Cancelled, .. } => td_string!(locale, callbacks.cancelled),
        Stage::Over { end: End::Served, .. } => td_string!(locale, callbacks.served),
    }
}

/// Why, in words; also for the ringing card.
pub fn reason_text(locale: Locale, reason: Reason) -> &'static str {
    match reason {
        Reason::Asked => td_string!(locale, callbacks.asked),
        Reason::Voicemail => td_string!(locale, callbacks.voicemail),
        Reason::Duty => td_string!(locale, callbacks.duty),
        Reason::Missed => td_string!(locale, callbacks.missed),
    }
}
