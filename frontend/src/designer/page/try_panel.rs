//! The panel of a tried call: a telephone keypad, what is heard, what is waited for, and what came of it.

use super::super::kinds;
use super::super::known::Source;
use super::super::studio::{Panel, Studio, use_studio};
use super::super::trial::{Line, Trial, Waiting};
use super::walk::Walk;
use super::world::WorldForm;
use crate::text::{self, *};
use hark_shared::flow::{Denied, Exit, Fault, Key, Saying, Step};
use hark_shared::time::Timestamp;
use leptos::prelude::*;

/// The panel.
#[component]
pub fn Try() -> impl IntoView {
    let (walk, i18n): (Walk, _) = (expect_context(), use_i18n());
    let begun = move || walk.trial.with(Option::is_some);
    let over = move || walk.trial.with(|trial| trial.as_ref().is_none_or(Trial::is_over));
    view! {
        <div class="panel-part" data-testid="try-panel">
            <h2>{t!(i18n, designer.try_it)}</h2>
            <p class="muted" hidden=begun>{t!(i18n, designer.try_about)}</p>
            <div class="panel-foot">
                <button type="button" class="go" data-testid="try-begin" on:click=move |_| walk.begin()>
                    {move || if begun() { t_string!(i18n, designer.again) } else { t_string!(i18n, designer.begin) }}
                </button>
                <button
                    type="button"
                    data-testid="try-end"
                    disabled=over
                    on:click=move |_| walk.act(|trial, _| trial.hang_up())
                >
                    {t!(i18n, designer.end_try)}
                </button>
                <label class="tick">
                    <input
                        type="checkbox"
                        data-testid="try-mute"
                        prop:checked=walk.muted
                        on:change:target=move |event| walk.muted.set(event.target().checked())
                    />
                    <span>{t!(i18n, designer.mute)}</span>
                </label>
            </div>
            <Screen />
            <Keypad />
            <SaveTest />
            <Variables />
            <Log />
            <details class="world-part">
                <summary>{t!(i18n, designer.world)}</summary>
                <WorldForm given=walk.given />
            </details>
        </div>
    }
}

/// What happens now, and what can be done about it.
#[component]
fn Screen() -> impl IntoView {
    let (walk, studio, i18n): (Walk, _, _) = (expect_context(), use_studio(), use_i18n());
    let words = move || {
        let locale = i18n.get_locale();
        walk.trial.with(|trial| trial.as_ref().map(|trial| waiting_words(locale, studio, trial)))
    };
    let dips = Memo::new(move |_| {
        walk.trial.with(|trial| trial.as_ref().map(|trial| std::mem::discriminant(trial.waiting())))
    });
    let choices = move || {
        dips.track();
        walk.trial.with_untracked(|trial| trial.as_ref().map(|trial| choices(walk, trial.waiting())))
    };
    let skips = move || {
        walk.trial.with(|trial| {
            trial
                .as_ref()
                .is_some_and(|trial| trial.deadline().is_some() || matches!(trial.waiting(), Waiting::Playing(_)))
        })
    };
    view! {
        <div class="try-screen" hidden=move || walk.trial.with(Option::is_none)>
            <p class="try-said" role="status" data-testid="try-said">{words}</p>
            {choices}
            <div class="try-wait">
                <button type="button" class="quiet" data-testid="try-skip" disabled=move || !skips() on:click=move |_| walk.skip()>
                    {t!(i18n, designer.skip)}
                </button>
            </div>
        </div>
    }
}

fn waiting_words(locale: Locale, studio: Studio, trial: &Trial) -> String {
    use words::designer as w;
    match trial.waiting() {
        Waiting::Playing(sayings) => format!("{}: {}", w::says.of(locale), said(sayings)),
        Waiting::Keys => w::waits_key.of(locale).to_owned(),
        Waiting::Dip(_) => w::waits_dip.of(locale).to_owned(),
        Waiting::Agent(_) => w::waits_agent.of(locale).to_owned(),
        Waiting::Duty => w::waits_duty.of(locale).to_owned(),
        Waiting::Outside(to) => w::waits_outside { to }.of(locale),
        Waiting::Pin => w::waits_pin.of(locale).to_owned(),
        Waiting::Message => w::waits_message.of(locale).to_owned(),
        Waiting::Callback(_) => w::waits_callback.of(locale).to_owned(),
        Waiting::Over => {
            let end = trial.log().iter().rev().find_map(|line| match line {
                Line::Ended(step) => Some(step.clone()),
                Line::At(_) | Line::Said(_) | Line::Pressed(_) | Line::Silent | Line::Wrong(_) => None,
            });
            ended(locale, studio, end.as_ref())
        }
    }
}

/// How it ended.
fn ended(locale: Locale, studio: Studio, end: Option<&Step>) -> String {
    use words::designer as w;
    match end {
        Some(Step::Queue { queue, .. }) => {
            let name = studio.known.name(Source::Queues, &queue.to_string()).unwrap_or_default();
            w::over_queue { queue: &name }.of(locale)
        }
        Some(Step::HangUp(cause)) => w::over_hang_up { cause: &text::cause(locale, *cause) }.of(locale),
        Some(_) => w::over_connected.of(locale).to_owned(),
        None => w::over_left.of(locale).to_owned(),
    }
}

fn said(sayings: &[Saying]) -> String {
    let one = |saying: &Saying| match saying {
        Saying::Sound(name) => format!("♪ {name}"),
        Saying::Text { text, .. } => text.clone(),
    };
    sayings.iter().map(one).collect::<Vec<_>>().join(" ")
}

/// What the world does, where it is asked.
fn choices(walk: Walk, waiting: &Waiting) -> AnyView {
    use words::designer as w;
    let i18n = walk.studio.i18n;
    let button = move |words: Text, testid: &'static str, act: fn(&mut Trial, Timestamp)| {
        view! {
            <button type="button" data-testid=testid on:click=move |_| walk.act(act)>{i18n.shown(words)}</button>
        }
        .into_any()
    };
    let buttons = match waiting {
        Waiting::Agent(_) | Waiting::Duty => vec![
            button(w::answers, "try-answers", |trial, now| trial.reached(now, None)),
            button(w::not_answers, "try-otherwise", |trial, now| trial.reached(now, Some(Exit::Otherwise))),
        ],
        Waiting::Outside(_) => vec![
            button(w::answers, "try-answers", |trial, now| trial.reached(now, None)),
            button(w::is_busy, "try-busy", |trial, now| trial.reached(now, Some(Exit::Busy))),
            button(w::not_answers, "try-no-answer", |trial, now| trial.reached(now, Some(Exit::NoAnswer))),
            button(w::fails, "try-fails", |trial, now| trial.reached(now, Some(Exit::Error))),
        ],
        Waiting::Pin => vec![
            button(w::pin_right, "try-admitted", |trial, now| trial.admitted(now, None)),
            button(w::exit_full, "try-full", |trial, now| trial.admitted(now, Some(Denied::Full))),
            button(w::exit_refused, "try-refused", |trial, now| trial.admitted(now, Some(Denied::Barred))),
        ],
        Waiting::Message => vec![button(w::done, "try-recorded", Trial::recorded)],
        Waiting::Callback(_) => vec![
            button(w::booked, "try-booked", |trial, now| trial.booked(now, true)),
            button(w::not_booked, "try-not-booked", |trial, now| trial.booked(now, false)),
        ],
        Waiting::Dip(_) => return view! { <DipAnswer /> }.into_any(),
        Waiting::Playing(_) | Waiting::Keys | Waiting::Over => return ().into_any(),
    };
    view! { <div class="panel-foot">{buttons}</div> }.into_any()
}

/// What another system answers, by hand.
#[component]
fn DipAnswer() -> impl IntoView {
    let (walk, i18n): (Walk, _) = (expect_context(), use_i18n());
    let wanted = walk.trial.with_untracked(|trial| match trial.as_ref().map(Trial::waiting) {
        Some(Waiting::Dip(request)) => request.take.iter().map(|taken| taken.pointer.clone()).collect(),
        Some(_) | None => Vec::new(),
    });
    let answer = RwSignal::new(sample(&wanted));
    let give = move |answer: Option<String>| walk.act(move |trial, now| trial.answer(now, answer));
    view! {
        <label class="field">
            <span class="field-label">{t!(i18n, designer.answer_json)}</span>
            <textarea
                rows="2"
                data-testid="try-json"
                prop:value=answer
                on:input:target=move |event| answer.set(event.target().value())
            ></textarea>
        </label>
        <div class="panel-foot">
            <button type="button" data-testid="try-give" on:click=move |_| give(Some(answer.get_untracked()))>
                {t!(i18n, designer.give_answer)}
            </button>
            <button type="button" data-testid="try-dip-fails" on:click=move |_| give(None)>{t!(i18n, designer.fails)}</button>
        </div>
    }
}

/// An answer that has what is wanted of it, to begin with; only the simple pointers are made.
fn sample(pointers: &[String]) -> String {
    let mut object = serde_json::Map::new();
    for pointer in pointers {
        if let Some(name) = pointer.strip_prefix('/').filter(|name| !name.is_empty() && !name.contains('/')) {
            object.insert(name.to_owned(), "1".into());
        }
    }
    serde_json::Value::Object(object).to_string()
}

#[component]
fn Keypad() -> impl IntoView {
    let walk: Walk = expect_context();
    let listens = Memo::new(move |_| walk.trial.with(|trial| trial.as_ref().is_some_and(Trial::listens)));
    let button = move |key: Key| {
        view! {
            <button
                type="button"
                data-testid=format!("try-key-{}", key.char())
                disabled=move || !listens.get()
                on:click=move |_| walk.act(move |trial, now| trial.press(now, key))
            >
                {key.char().to_string()}
            </button>
        }
    };
    view! {
        <div class="keypad" hidden=move || walk.trial.with(Option::is_none)>{Key::ALL.map(button).collect_view()}</div>
    }
}

/// The call becomes a test.
#[component]
fn SaveTest() -> impl IntoView {
    let (walk, studio, i18n): (Walk, _, _) = (expect_context(), use_studio(), use_i18n());
    let name = RwSignal::new(String::new());
    let saved = RwSignal::new(false);
    let ready = move || walk.trial.with(|trial| trial.as_ref().is_some_and(Trial::is_over));
    Effect::new(move |_| {
        if !ready() {
            saved.set(false);
        }
    });
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        let Some(test) = walk.trial.with_untracked(|trial| trial.as_ref().map(|t| t.test(name.get_untracked().trim())))
        else {
            return;
        };
        let mut tests = studio.editor.with_untracked(|editor| editor.doc().tests.clone());
        tests.push(test);
        if studio.apply(super::super::editor::Edit::Tests(tests)) {
            saved.set(true);
            name.set(String::new());
        }
    };
    view! {
        <form class="with-button" hidden=move || !ready() || saved.get() on:submit=save>
            <input
                type="text"
                required
                maxlength="80"
                data-testid="test-name"
                placeholder=t!(i18n, designer.test_name)
                aria-label=t!(i18n, designer.test_name)
                prop:value=name
                on:input:target=move |event| name.set(event.target().value())
            />
            <button type="submit" data-testid="save-test">{t!(i18n, designer.save_test)}</button>
        </form>
        <p class="verdict" data-good="true" role="status" hidden=move || !saved.get()>
            <span>{t!(i18n, designer.test_saved)}</span>
            <button type="button" class="link" data-testid="show-tests" on:click=move |_| studio.open(Panel::Tests)>
                {t!(i18n, designer.tests)}
            </button>
        </p>
    }
}

#[component]
fn Variables() -> impl IntoView {
    let (walk, i18n): (Walk, _) = (expect_context(), use_i18n());
    let list = Memo::new(move |_| walk.trial.with(|trial| trial.as_ref().map(Trial::variables).unwrap_or_default()));
    let rows = move || {
        let row = |(name, value): (String, Option<String>)| {
            let value = value.unwrap_or_else(|| format!("•••• ({})", t_string!(i18n, designer.secret)));
            view! { <dt>{name}</dt><dd>{value}</dd> }
        };
        list.get().into_iter().map(row).collect_view()
    };
    let none = move || list.with(Vec::is_empty);
    view! {
        <h3 hidden=none>{t!(i18n, designer.variables)}</h3>
        <dl class="vars" hidden=none data-testid="try-variables">{rows}</dl>
    }
}

#[component]
fn Log() -> impl IntoView {
    let (walk, studio, i18n): (Walk, _, _) = (expect_context(), use_studio(), use_i18n());
    let lines =
        Memo::new(move |_| walk.trial.with(|trial| trial.as_ref().map(|t| t.log().to_vec()).unwrap_or_default()));
    let rows = move || {
        let locale = i18n.get_locale();
        let row = |line: Line| {
            let (mark, words) = log_line(locale, studio, &line);
            view! { <li data-wrong=matches!(line, Line::Wrong(_)).then_some("")><span>{mark}</span><span>{words}</span></li> }
        };
        lines.get().into_iter().map(row).collect_view()
    };
    let none = move || lines.with(Vec::is_empty);
    view! {
        <h3 hidden=none>{t!(i18n, designer.happened)}</h3>
        <ol class="try-log" hidden=none data-testid="try-log">{rows}</ol>
    }
}

fn log_line(locale: Locale, studio: Studio, line: &Line) -> (&'static str, String) {
    use words::designer as w;
    match line {
        Line::At(at) if at.flow.flow == studio.id => {
            let name = studio.editor.with(|editor| editor.node(at.node).map(|node| kinds::title(locale, node)));
            ("▸", format!("{} · {}", at.node, name.unwrap_or_default()))
        }
        Line::At(at) => ("▸", format!("{} · {}", at.node, w::in_sub_flow.of(locale))),
        Line::Said(sayings) => ("♪", said(sayings)),
        Line::Pressed(key) => ("⌨", key.to_string()),
        Line::Silent => ("…", w::silence.of(locale).to_owned()),
        Line::Wrong(alarm) => ("!", alarm_words(locale, &alarm.fault)),
        Line::Ended(step) => ("■", ended(locale, studio, Some(step))),
    }
}

fn alarm_words(locale: Locale, fault: &Fault) -> String {
    use words::designer as w;
    let text = match fault {
        Fault::MissingSound(name) => return w::alarm_sound { name }.of(locale),
        Fault::UnspokenText => w::alarm_text,
        Fault::Endless | Fault::TooDeep => w::alarm_endless,
        Fault::NoFlow(_) | Fault::NoNode(_) | Fault::Forgotten => w::alarm_flow,
        Fault::Unwired(_) => w::alarm_exit,
        Fault::NoQueue => w::alarm_queue,
        Fault::NoMeeting | Fault::Guessing(_) => w::alarm_meeting,
    };
    text.of(locale).to_owned()
}
