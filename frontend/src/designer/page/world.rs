//! The world around a tried or tested call: who calls, what is open, what queues are like, what other systems answer.

use super::super::kinds;
use super::super::known::Source;
use super::super::rows::MEASURES;
use super::super::studio::use_studio;
use crate::text::*;
use hark_shared::flow::model::{Kind, Measure};
use hark_shared::hours::DayState;
use hark_shared::ids::{CalendarId, NoticeId, QueueId};
use hark_shared::wire::flows::{Given, GivenQueue};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// Its form.
#[component]
pub fn WorldForm(given: RwSignal<Given>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="rows">
            {number(given, words::designer::world_caller, "world-caller", |given| &mut given.caller)}
            {number(given, words::designer::world_called, "world-called", |given| &mut given.called)}
            {tick(given, words::designer::world_vip, "world-vip", |given| &mut given.vip)}
            {tick(given, words::designer::world_listed, "world-listed", |given| &mut given.listed)}
            <Calendars given />
            <Notices given />
            <Figures given />
            <Answers given />
            <p class="muted">{t!(i18n, designer.world_hint)}</p>
        </div>
    }
}

fn number(given: RwSignal<Given>, label: Text, testid: &'static str, field: fn(&mut Given) -> &mut String) -> AnyView {
    let i18n = use_i18n();
    let value = move || given.with(|given| field(&mut given.clone()).clone());
    view! {
        <label class="field">
            <span class="field-label">{i18n.shown(label)}</span>
            <input
                type="text"
                inputmode="tel"
                data-testid=testid
                prop:value=value
                on:input:target=move |event| {
                    let text = event.target().value().trim().to_owned();
                    given.update(|given| *field(given) = text);
                }
            />
        </label>
    }
    .into_any()
}

fn tick(given: RwSignal<Given>, label: Text, testid: &'static str, field: fn(&mut Given) -> &mut bool) -> AnyView {
    let i18n = use_i18n();
    let value = move || given.with(|given| *field(&mut given.clone()));
    view! {
        <label class="tick">
            <input
                type="checkbox"
                data-testid=testid
                prop:checked=value
                on:change:target=move |event| {
                    let on = event.target().checked();
                    given.update(|given| *field(given) = on);
                }
            />
            <span>{i18n.shown(label)}</span>
        </label>
    }
    .into_any()
}

/// What a calendar may say.
const DAYS: [(&str, DayState, Text); 4] = [
    ("open", DayState::Open, words::designer::day_open),
    ("closed", DayState::Closed, words::designer::day_closed),
    ("holiday", DayState::Holiday, words::designer::day_holiday),
    ("emergency", DayState::Emergency, words::designer::day_emergency),
];

/// The calendars that the flow asks.
#[component]
fn Calendars(given: RwSignal<Given>) -> impl IntoView {
    let studio = use_studio();
    let asked = Memo::new(move |_| {
        studio.editor.with(|editor| {
            let of = |kind: &Kind| if let Kind::Hours { calendar } = kind { Some(*calendar) } else { None };
            editor.doc().flow.nodes.values().filter_map(|node| of(&node.kind)).collect::<BTreeSet<CalendarId>>()
        })
    });
    let row = move |id: CalendarId| {
        let name = move || {
            studio
                .known
                .name(Source::Calendars, &id.to_string())
                .unwrap_or_else(|| words::designer::calendar.of(studio.i18n.get_locale()).to_owned())
        };
        let state = move || given.with(|given| given.calendars.get(&id).copied().unwrap_or(DayState::Open));
        let choose = move |value: String| {
            let Some((_, day, _)) = DAYS.iter().find(|(name, ..)| *name == value) else { return };
            given.update(|given| {
                if *day == DayState::Open {
                    given.calendars.remove(&id);
                } else {
                    given.calendars.insert(id, *day);
                }
            });
        };
        let options = DAYS.map(|(name, day, text)| {
            view! { <option value=name selected=move || state() == day>{studio.i18n.shown(text)}</option> }
        });
        view! {
            <label class="field">
                <span class="field-label">{name}</span>
                <select data-testid="world-calendar" on:change:target=move |event| choose(event.target().value())>
                    {options.collect_view()}
                </select>
            </label>
        }
    };
    move || asked.get().into_iter().map(row).collect_view()
}

/// The notices that the flow may say.
#[component]
fn Notices(given: RwSignal<Given>) -> impl IntoView {
    let studio = use_studio();
    let asked = Memo::new(move |_| {
        studio.editor.with(|editor| {
            let of = |kind: &Kind| if let Kind::Notice { notice } = kind { Some(*notice) } else { None };
            editor.doc().flow.nodes.values().filter_map(|node| of(&node.kind)).collect::<BTreeSet<NoticeId>>()
        })
    });
    let row = move |id: NoticeId| {
        let name = move || {
            studio
                .known
                .name(Source::Notices, &id.to_string())
                .unwrap_or_else(|| words::designer::notice.of(studio.i18n.get_locale()).to_owned())
        };
        let set = move |on: bool| {
            given.update(|given| {
                if on {
                    given.notices.insert(id)
                } else {
                    given.notices.remove(&id)
                };
            })
        };
        view! {
            <label class="tick">
                <input
                    type="checkbox"
                    prop:checked=move || given.with(|given| given.notices.contains(&id))
                    on:change:target=move |event| set(event.target().checked())
                />
                <span>{name}</span>
            </label>
        }
    };
    move || asked.get().into_iter().map(row).collect_view()
}

/// Figures of queues that are not those of a quiet day.
#[component]
fn Figures(given: RwSignal<Given>) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let count = Memo::new(move |_| given.with(|given| given.queues.len()));
    let add = move |_| {
        let queue = studio.known.list(Source::Queues).with_untracked(|list| list.first().map(|named| named.id.clone()));
        if let Some(queue) = queue.and_then(|id| id.parse().ok()) {
            given.update(|given| given.queues.push(GivenQueue { queue, measure: Measure::Waiting, is: 1 }));
        }
    };
    view! {
        {move || (0..count.get()).map(|at| view! { <Figure given at /> }).collect_view()}
        <button type="button" class="quiet add" data-testid="world-figure" on:click=add>
            "+ "{t!(i18n, designer.ask_queue)}
        </button>
    }
}

#[component]
fn Figure(given: RwSignal<Given>, at: usize) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let figure = move || given.with(|given| given.queues.get(at).copied());
    let set = move |change: &dyn Fn(&mut GivenQueue)| {
        given.update(|given| given.queues.get_mut(at).into_iter().for_each(change))
    };
    let queues = move || {
        let option = |named: super::super::known::Named| {
            let id: Option<QueueId> = named.id.parse().ok();
            view! { <option value=named.id selected=move || figure().map(|f| f.queue) == id>{named.name}</option> }
        };
        studio.known.list(Source::Queues).get().into_iter().map(option).collect_view()
    };
    let measures = MEASURES.map(|(name, measure)| {
        let chosen = move || figure().is_some_and(|figure| figure.measure == measure);
        view! { <option value=name selected=chosen>{i18n.shown(kinds::measure(measure))}</option> }
    });
    let measure_of = |name: &str| MEASURES.iter().find(|(own, _)| *own == name).map(|(_, measure)| *measure);
    view! {
        <div class="figure">
            <select
                aria-label=t!(i18n, designer.queue)
                on:change:target=move |event| {
                    if let Ok(queue) = event.target().value().parse() {
                        set(&|figure| figure.queue = queue);
                    }
                }
            >
                {queues}
            </select>
            <select
                aria-label=t!(i18n, designer.measure)
                on:change:target=move |event| {
                    if let Some(measure) = measure_of(&event.target().value()) {
                        set(&|figure| figure.measure = measure);
                    }
                }
            >
                {measures.collect_view()}
            </select>
            <input
                type="text"
                inputmode="numeric"
                aria-label=t!(i18n, designer.value)
                prop:value=move || figure().map(|figure| figure.is)
                on:input:target=move |event| {
                    if let Ok(is) = event.target().value().trim().parse() {
                        set(&|figure| figure.is = is);
                    }
                }
            />
            <button
                type="button"
                class="quiet"
                aria-label=t!(i18n, common.remove)
                on:click=move |_| given.update(|given| {
                    given.queues.remove(at);
                })
            >
                "×"
            </button>
        </div>
    }
}

/// What data dips answer, a line each.
#[component]
fn Answers(given: RwSignal<Given>) -> impl IntoView {
    let i18n = use_i18n();
    let wrong = RwSignal::new(None::<usize>);
    let text = given.with_untracked(|given| {
        let lines = given.answers.iter().map(|answer| answer.as_deref().unwrap_or("-").replace('\n', " "));
        lines.collect::<Vec<_>>().join("\n")
    });
    let read = move |text: String| {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let is_bad = |line: &&str| *line != "-" && serde_json::from_str::<serde_json::Value>(line).is_err();
        wrong.set(lines.iter().position(is_bad));
        let answer = |line: &&str| (*line != "-").then(|| (*line).to_owned());
        given.update(|given| given.answers = lines.iter().map(answer).collect());
    };
    view! {
        <label class="field">
            <span class="field-label">{t!(i18n, designer.world_answers)}</span>
            <textarea
                rows="2"
                data-testid="world-answers"
                prop:value=text
                on:input:target=move |event| read(event.target().value())
            ></textarea>
            <span class="field-fault" role="alert" hidden=move || wrong.get().is_none()>
                {move || wrong.get().map(|at| t_string!(i18n, designer.answers_bad, n = at + 1))}
            </span>
            <span class="field-hint">{t!(i18n, designer.world_answers_hint)}</span>
        </label>
    }
}
