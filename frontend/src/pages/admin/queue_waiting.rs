//! What a contact finds in a queue while it waits, what leads it elsewhere, hours and callbacks: each behind a fold that
//! is open where it is in use.

use super::destination::{ChooseDestination, DestinationFields, Targets};
use super::queue_routing::{Choose, Fold};
use super::resource::Resource;
use crate::components::form::{Field, TextField, Tick};
use crate::text::*;
use hark_shared::flow::Key;
use hark_shared::hours::Calendar;
use hark_shared::ids::CalendarId;
use hark_shared::team::Team;
use hark_shared::time::Millis;
use hark_shared::wire::WireError;
use hark_shared::wire::callbacks::{CallbackRules, First};
use hark_shared::wire::flows::FlowSummary;
use hark_shared::wire::rest::{Queue, User};
use hark_shared::wire::routing::Destination;
use hark_shared::wire::waiting::{MOST_KEYS, MOST_RULES, Overflow, QueueHours, WaitKey, Waiting, When};
use leptos::prelude::*;

/// What a rule asks, without its figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ask {
    Waited,
    Length,
    Estimate,
    Unstaffed,
}

const ASKS: [Ask; 4] = [Ask::Waited, Ask::Length, Ask::Estimate, Ask::Unstaffed];

const FIRSTS: [First; 2] = [First::Agent, First::Customer];

fn ask_text(locale: Locale, ask: Ask) -> &'static str {
    match ask {
        Ask::Waited => td_string!(locale, admin.when_waited),
        Ask::Length => td_string!(locale, admin.when_length),
        Ask::Estimate => td_string!(locale, admin.when_estimate),
        Ask::Unstaffed => td_string!(locale, admin.when_unstaffed),
    }
}

fn first_text(locale: Locale, first: First) -> &'static str {
    match first {
        First::Agent => td_string!(locale, admin.first_agent),
        First::Customer => td_string!(locale, admin.first_customer),
    }
}

#[derive(Clone, Copy, PartialEq)]
struct KeyFields {
    key: RwSignal<String>,
    say: RwSignal<String>,
    to: DestinationFields,
}

#[derive(Clone, Copy, PartialEq)]
struct RuleFields {
    ask: RwSignal<Ask>,
    /// Seconds, or contacts.
    figure: RwSignal<String>,
    to: DestinationFields,
}

/// What the form holds of it; times as people write them.
#[derive(Clone, Copy)]
pub(super) struct WaitingFields {
    comfort: RwSignal<String>,
    comfort_every: RwSignal<String>,
    estimate: RwSignal<bool>,
    keys: RwSignal<Vec<KeyFields>>,
    rules: RwSignal<Vec<RuleFields>>,
    calendar: RwSignal<Option<CalendarId>>,
    closed: DestinationFields,
    holiday: DestinationFields,
    emergency: DestinationFields,
    first: RwSignal<First>,
    ring: RwSignal<String>,
    tries: RwSignal<String>,
    interval: RwSignal<String>,
    expires: RwSignal<String>,
}

fn text(value: impl ToString) -> RwSignal<String> {
    RwSignal::new(value.to_string())
}

/// What is no number becomes one that the server refuses, with the field's name and its limits.
fn number(signal: RwSignal<String>) -> i64 {
    signal.get_untracked().trim().parse().unwrap_or(-1)
}

fn rule(rule: &Overflow) -> RuleFields {
    let (ask, figure) = match rule.when {
        When::Waited { after } => (Ask::Waited, after.0 / 1000),
        When::Length { at_least } => (Ask::Length, at_least.into()),
        When::Estimate { at_least } => (Ask::Estimate, at_least.0 / 1000),
        When::Unstaffed => (Ask::Unstaffed, 0),
    };
    RuleFields { ask: RwSignal::new(ask), figure: text(figure), to: DestinationFields::of(&rule.to) }
}

fn key(key: &WaitKey) -> KeyFields {
    KeyFields {
        key: text(key.key.char()),
        say: text(key.say.as_deref().unwrap_or_default()),
        to: DestinationFields::of(&key.to),
    }
}

impl RuleFields {
    fn rule(&self) -> Result<Overflow, WireError> {
        let figure = number(self.figure);
        let when = match self.ask.get_untracked() {
            Ask::Waited => When::Waited { after: Millis::from_secs(figure) },
            Ask::Length => When::Length { at_least: u32::try_from(figure).unwrap_or(0) },
            Ask::Estimate => When::Estimate { at_least: Millis::from_secs(figure) },
            Ask::Unstaffed => When::Unstaffed,
        };
        Ok(Overflow { when, to: self.to.destination()? })
    }
}

impl KeyFields {
    fn key(&self) -> Result<WaitKey, WireError> {
        let typed = self.key.get_untracked();
        let key = typed.trim().chars().next().and_then(Key::new).filter(|_| typed.trim().len() == 1);
        let key = key.ok_or_else(|| WireError::new("destination.key"))?;
        let say = Some(self.say.get_untracked().trim().to_owned()).filter(|say| !say.is_empty());
        Ok(WaitKey { key, to: self.to.destination()?, say })
    }
}

impl WaitingFields {
    pub fn of(waiting: &Waiting) -> Self {
        let hours = waiting.hours.as_ref();
        let to = |to: fn(&QueueHours) -> &Destination| DestinationFields::of(hours.map_or(&Destination::HangUp, to));
        Self {
            comfort: text(waiting.comfort.join("\n")),
            comfort_every: text(waiting.comfort_every.map_or(60, |every| every.0 / 1000)),
            estimate: RwSignal::new(waiting.estimate),
            keys: RwSignal::new(waiting.keys.iter().map(key).collect()),
            rules: RwSignal::new(waiting.overflow.iter().map(rule).collect()),
            calendar: RwSignal::new(hours.map(|hours| hours.calendar)),
            closed: to(|hours| &hours.closed),
            holiday: to(|hours| &hours.holiday),
            emergency: to(|hours| &hours.emergency),
            first: RwSignal::new(waiting.callback.first),
            ring: text(waiting.callback.ring.0 / 1000),
            tries: text(waiting.callback.tries),
            interval: text(waiting.callback.interval.0 / 60_000),
            expires: text(waiting.callback.expires.0 / 3_600_000),
        }
    }

    pub fn waiting(self) -> Result<Waiting, WireError> {
        let comfort: Vec<String> = self.comfort.with_untracked(|text| {
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
        });
        let hours = match self.calendar.get_untracked() {
            Some(calendar) => Some(QueueHours {
                calendar,
                closed: self.closed.destination()?,
                holiday: self.holiday.destination()?,
                emergency: self.emergency.destination()?,
            }),
            None => None,
        };
        let every = Millis::from_secs(number(self.comfort_every));
        Ok(Waiting {
            comfort_every: (!comfort.is_empty()).then_some(every),
            comfort,
            estimate: self.estimate.get_untracked(),
            keys: self.keys.with_untracked(|keys| keys.iter().map(KeyFields::key).collect::<Result<_, _>>())?,
            overflow: self
                .rules
                .with_untracked(|rules| rules.iter().map(RuleFields::rule).collect::<Result<_, _>>())?,
            hours,
            callback: CallbackRules {
                first: self.first.get_untracked(),
                ring: Millis::from_secs(number(self.ring)),
                tries: u8::try_from(number(self.tries)).unwrap_or(u8::MAX),
                interval: Millis(number(self.interval).saturating_mul(60_000)),
                expires: Millis(number(self.expires).saturating_mul(3_600_000)),
            },
        })
    }
}

/// Comfort messages, the estimate and the keys: what is heard beside greeting, music and position.
#[component]
pub(super) fn Heard(fields: WaitingFields, targets: Targets) -> impl IntoView {
    let i18n = use_i18n();
    let comforts = fields.comfort.with_untracked(|text| !text.is_empty());
    let keyed = fields.keys.with_untracked(|keys| !keys.is_empty());
    view! {
        <Tick label=t_label!(i18n, admin.say_estimate) value=fields.estimate />
        <Fold title=t_label!(i18n, admin.comfort) open=comforts testid="fold-comfort">
            <Field label=t_label!(i18n, admin.comfort_messages) hint=t_label!(i18n, admin.comfort_hint)>
                <textarea
                    rows="3"
                    data-testid="queue-comfort"
                    prop:value=fields.comfort
                    on:input:target=move |event| fields.comfort.set(event.target().value())
                ></textarea>
            </Field>
            <TextField label=t_label!(i18n, admin.comfort_every) value=fields.comfort_every kind="number" />
        </Fold>
        <Fold title=t_label!(i18n, admin.wait_keys) open=keyed testid="fold-keys">
            <p class="field-hint">{t!(i18n, admin.wait_keys_hint)}</p>
            <Keys keys=fields.keys targets />
        </Fold>
    }
}

#[component]
fn Keys(keys: RwSignal<Vec<KeyFields>>, targets: Targets) -> impl IntoView {
    let i18n = use_i18n();
    let add = move |_| {
        let to = targets.queues.with_untracked(|queues| queues.first().and_then(|(id, _)| id.parse().ok()));
        let to = to.map_or(Destination::HangUp, Destination::Callback);
        let next = keys.with_untracked(|keys| keys.len() + 1);
        keys.update(|keys| keys.push(KeyFields { key: text(next), say: text(""), to: DestinationFields::of(&to) }));
    };
    let row = move |row: KeyFields| {
        let remove = move |_| keys.update(|keys| keys.retain(|other| *other != row));
        view! {
            <li class="step rule">
                <TextField label=t_label!(i18n, admin.wait_key) value=row.key testid="wait-key" />
                <ChooseDestination label=t_label!(i18n, admin.leads_to) fields=row.to targets testid="wait-key-to" />
                <TextField
                    label=t_label!(i18n, admin.wait_key_say)
                    hint=t_label!(i18n, admin.wait_key_say_hint)
                    value=row.say
                />
                <button type="button" class="quiet" on:click=remove>{t!(i18n, common.remove)}</button>
            </li>
        }
    };
    view! {
        <ol class="steps">
            <For each=move || keys.get() key=|row| row.key let:row2>{row(row2)}</For>
        </ol>
        <Show when=move || keys.with(|keys| keys.len() < MOST_KEYS)>
            <button type="button" on:click=add data-testid="wait-key-add">{t!(i18n, admin.wait_key_add)}</button>
        </Show>
    }
}

/// Overflow, hours and callbacks.
#[component]
pub(super) fn Elsewhere(fields: WaitingFields, targets: Targets) -> impl IntoView {
    let i18n = use_i18n();
    let ruled = fields.rules.with_untracked(|rules| !rules.is_empty());
    let timed = fields.calendar.get_untracked().is_some();
    view! {
        <Fold title=t_label!(i18n, admin.overflow) open=ruled testid="fold-overflow">
            <p class="field-hint">{t!(i18n, admin.overflow_hint)}</p>
            <Rules rules=fields.rules targets />
        </Fold>
        <Fold title=t_label!(i18n, admin.queue_hours) open=timed testid="fold-hours">
            <p class="field-hint">{t!(i18n, admin.queue_hours_hint)}</p>
            <Hours fields targets />
        </Fold>
        <Fold title=t_label!(i18n, admin.callbacks) open=false testid="fold-callbacks">
            <p class="field-hint">{t!(i18n, admin.callbacks_hint)}</p>
            <Choose
                label=t_label!(i18n, admin.callback_first)
                value=fields.first
                choices=&FIRSTS
                words=first_text
                testid="callback-first"
            />
            <TextField label=t_label!(i18n, admin.callback_ring) value=fields.ring kind="number" />
            <TextField label=t_label!(i18n, admin.callback_tries) value=fields.tries kind="number" testid="callback-tries" />
            <TextField label=t_label!(i18n, admin.callback_interval) value=fields.interval kind="number" />
            <TextField label=t_label!(i18n, admin.callback_expires) value=fields.expires kind="number" />
        </Fold>
    }
}

#[component]
fn Rules(rules: RwSignal<Vec<RuleFields>>, targets: Targets) -> impl IntoView {
    let i18n = use_i18n();
    let add = move |_| {
        let fresh = RuleFields {
            ask: RwSignal::new(Ask::Waited),
            figure: text(120),
            to: DestinationFields::of(&Destination::HangUp),
        };
        rules.update(|rules| rules.push(fresh));
    };
    let row = move |row: RuleFields| {
        let remove = move |_| rules.update(|rules| rules.retain(|other| *other != row));
        let label = move || match row.ask.get() {
            Ask::Waited | Ask::Estimate => t_string!(i18n, admin.rule_seconds).to_owned(),
            Ask::Length | Ask::Unstaffed => t_string!(i18n, admin.rule_contacts).to_owned(),
        };
        view! {
            <li class="step rule">
                <Choose label=t_label!(i18n, admin.rule_when) value=row.ask choices=&ASKS words=ask_text testid="rule-when" />
                <Show when=move || row.ask.get() != Ask::Unstaffed>
                    <TextField label=Signal::derive(label) value=row.figure kind="number" testid="rule-figure" />
                </Show>
                <ChooseDestination label=t_label!(i18n, admin.leads_to) fields=row.to targets testid="rule-to" />
                <button type="button" class="quiet" on:click=remove>{t!(i18n, common.remove)}</button>
            </li>
        }
    };
    view! {
        <ol class="steps">
            <For each=move || rules.get() key=|row| row.figure let:row2>{row(row2)}</For>
        </ol>
        <Show when=move || rules.with(|rules| rules.len() < MOST_RULES)>
            <button type="button" on:click=add data-testid="rule-add">{t!(i18n, admin.rule_add)}</button>
        </Show>
    }
}

#[component]
fn Hours(fields: WaitingFields, targets: Targets) -> impl IntoView {
    let i18n = use_i18n();
    let calendars = Resource::<Calendar>::load("calendars").rows();
    let chosen = fields.calendar;
    view! {
        <Field label=t_label!(i18n, admin.calendar)>
            <select
                data-testid="queue-calendar"
                on:change:target=move |event| chosen.set(event.target().value().parse().ok())
            >
                <option value="">{t!(i18n, admin.always_open)}</option>
                {move || {
                    calendars
                        .get()
                        .into_iter()
                        .map(|calendar| {
                            let id = calendar.id;
                            view! {
                                <option value=id.to_string() selected=move || chosen.get() == Some(id)>
                                    {calendar.name}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
        </Field>
        <Show when=move || chosen.get().is_some()>
            <ChooseDestination label=t_label!(i18n, admin.when_closed) fields=fields.closed targets testid="to-closed" />
            <ChooseDestination label=t_label!(i18n, admin.when_holiday) fields=fields.holiday targets testid="to-holiday" />
            <ChooseDestination
                label=t_label!(i18n, admin.when_emergency)
                fields=fields.emergency
                targets
                testid="to-emergency"
            />
        </Show>
    }
}

/// What a queue can lead to.
pub(super) fn targets(queues: Resource<Queue>) -> Targets {
    let (flows, users) = (Resource::<FlowSummary>::load("flows").rows(), Resource::<User>::load("users").rows());
    let teams = Resource::<Team>::load("teams").rows();
    let pairs = |id: String, name: String| (id, name);
    Targets {
        queues: Signal::derive(move || {
            queues.rows().get().into_iter().map(|queue| pairs(queue.id.to_string(), queue.name)).collect()
        }),
        flows: Signal::derive(move || {
            flows.get().into_iter().map(|flow| pairs(flow.id.to_string(), flow.name)).collect()
        }),
        users: Signal::derive(move || {
            users.get().into_iter().map(|user| pairs(user.id.to_string(), user.name)).collect()
        }),
        teams: Signal::derive(move || {
            teams.get().into_iter().map(|team| pairs(team.id.to_string(), team.name)).collect()
        }),
    }
}
