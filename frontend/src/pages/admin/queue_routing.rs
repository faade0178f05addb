//! How a queue's contacts come to its agents: the few choices that everybody makes, and the rest behind a fold each.

use super::pick::{Pick, SkillLevels};
use super::resource::Resource;
use crate::components::form::{Field, TextField, Tick};
use crate::text::*;
use hark_shared::ids::{FlowId, QueueId, UserId};
use hark_shared::time::Millis;
use hark_shared::wire::control::RecordRule;
use hark_shared::wire::flows::FlowSummary;
use hark_shared::wire::rest::{Skill, SkillLevel, User};
use hark_shared::wire::routing::{MOST_STEPS, Member, Routing, Step, Sticky, Strategy, WrapUpMode};
use leptos::prelude::*;

const STRATEGIES: [Strategy; 6] = [
    Strategy::LongestIdle,
    Strategy::FewestContacts,
    Strategy::LeastTalk,
    Strategy::HighestSkill,
    Strategy::RoundRobin,
    Strategy::Linear,
];

const MODES: [WrapUpMode; 4] = [WrapUpMode::Optional, WrapUpMode::Timed, WrapUpMode::MustClassify, WrapUpMode::None];

/// What the last agent is set to where nothing was said yet.
const STICKY: Sticky = Sticky { days: 30, patience: Millis::from_secs(30) };

/// A step as it is typed.
#[derive(Clone, Copy, PartialEq)]
struct StepFields {
    after: RwSignal<String>,
    skills: RwSignal<Vec<SkillLevel>>,
}

/// A member in the fixed order.
#[derive(Clone, Copy, PartialEq)]
struct MemberFields {
    user: UserId,
    delay: RwSignal<String>,
}

/// What the form holds of it.
#[derive(Clone, Copy)]
pub(super) struct RoutingFields {
    strategy: RwSignal<Strategy>,
    ring: RwSignal<String>,
    steps: RwSignal<Vec<StepFields>>,
    members: RwSignal<Vec<MemberFields>>,
    sticky: RwSignal<bool>,
    sticky_days: RwSignal<String>,
    sticky_patience: RwSignal<String>,
    wrap_up: RwSignal<WrapUpMode>,
    auto_answer: RwSignal<bool>,
    survey: RwSignal<Option<FlowId>>,
    announce_agent: RwSignal<bool>,
    recording: RwSignal<RecordRule>,
}

fn seconds(span: Millis) -> RwSignal<String> {
    RwSignal::new((span.0 / 1000).to_string())
}

/// What is no number becomes one that the server refuses, with the field's name and its limits.
fn number(signal: RwSignal<String>) -> i64 {
    signal.get_untracked().trim().parse().unwrap_or(-1)
}

impl RoutingFields {
    /// `record` is what a queue of before said about its recording.
    pub fn of(routing: Routing, record: bool) -> Self {
        let recorded = if record { RecordRule::Always } else { RecordRule::OnDemand };
        let sticky = routing.sticky.unwrap_or(STICKY);
        let step = |step: Step| StepFields { after: seconds(step.after), skills: RwSignal::new(step.skills) };
        let member = |member: Member| MemberFields { user: member.user, delay: seconds(member.delay) };
        Self {
            strategy: RwSignal::new(routing.strategy),
            ring: RwSignal::new(routing.ring.to_string()),
            steps: RwSignal::new(routing.steps.into_iter().map(step).collect()),
            members: RwSignal::new(routing.members.into_iter().map(member).collect()),
            sticky: RwSignal::new(routing.sticky.is_some()),
            sticky_days: RwSignal::new(sticky.days.to_string()),
            sticky_patience: seconds(sticky.patience),
            wrap_up: RwSignal::new(routing.wrap_up),
            auto_answer: RwSignal::new(routing.auto_answer),
            survey: RwSignal::new(routing.survey),
            announce_agent: RwSignal::new(routing.announce_agent),
            recording: RwSignal::new(routing.recording.unwrap_or(recorded)),
        }
    }

    pub fn routing(self) -> Routing {
        let step = |step: &StepFields| Step {
            after: Millis::from_secs(number(step.after)),
            skills: step.skills.get_untracked(),
        };
        let member =
            |member: &MemberFields| Member { user: member.user, delay: Millis::from_secs(number(member.delay)) };
        let sticky = Sticky {
            days: u16::try_from(number(self.sticky_days)).unwrap_or(u16::MAX),
            patience: Millis::from_secs(number(self.sticky_patience)),
        };
        Routing {
            strategy: self.strategy.get_untracked(),
            ring: u8::try_from(number(self.ring)).unwrap_or(u8::MAX),
            steps: self.steps.with_untracked(|steps| steps.iter().map(step).collect()),
            members: self.members.with_untracked(|members| members.iter().map(member).collect()),
            sticky: self.sticky.get_untracked().then_some(sticky),
            wrap_up: self.wrap_up.get_untracked(),
            auto_answer: self.auto_answer.get_untracked(),
            survey: self.survey.get_untracked(),
            announce_agent: self.announce_agent.get_untracked(),
            recording: Some(self.recording.get_untracked()),
        }
    }
}

fn strategy_text(locale: Locale, strategy: Strategy) -> &'static str {
    match strategy {
        Strategy::LongestIdle => td_string!(locale, admin.longest_idle),
        Strategy::FewestContacts => td_string!(locale, admin.fewest_contacts),
        Strategy::LeastTalk => td_string!(locale, admin.least_talk),
        Strategy::HighestSkill => td_string!(locale, admin.highest_skill),
        Strategy::RoundRobin => td_string!(locale, admin.round_robin),
        Strategy::Linear => td_string!(locale, admin.linear),
    }
}

fn mode_text(locale: Locale, mode: WrapUpMode) -> &'static str {
    match mode {
        WrapUpMode::None => td_string!(locale, admin.wrap_up_none),
        WrapUpMode::Optional => td_string!(locale, admin.wrap_up_optional),
        WrapUpMode::Timed => td_string!(locale, admin.wrap_up_timed),
        WrapUpMode::MustClassify => td_string!(locale, admin.wrap_up_must_classify),
    }
}

/// One of a few fixed choices.
#[component]
pub(super) fn Choose<T>(
    #[prop(into)] label: Signal<String>,
    value: RwSignal<T>,
    choices: &'static [T],
    words: fn(Locale, T) -> &'static str,
    testid: &'static str,
) -> impl IntoView
where
    T: Copy + PartialEq + Send + Sync + 'static,
{
    let i18n = use_i18n();
    let options = choices.iter().enumerate().map(|(place, choice)| {
        let choice = *choice;
        view! {
            <option value=place selected=move || value.get() == choice>{move || words(i18n.get_locale(), choice)}</option>
        }
    });
    let options = options.collect_view();
    view! {
        <Field label>
            <select
                data-testid=testid
                on:change:target=move |event| {
                    let chosen = event.target().value().parse::<usize>().ok();
                    if let Some(choice) = chosen.and_then(|place| choices.get(place)) {
                        value.set(*choice);
                    }
                }
            >
                {options}
            </select>
        </Field>
    }
}

/// Who comes first and how many ring: what every queue has to say.
#[component]
pub(super) fn Distribution(fields: RoutingFields) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Choose
            label=t_label!(i18n, admin.strategy)
            value=fields.strategy
            choices=&STRATEGIES
            words=strategy_text
            testid="queue-strategy"
        />
        <TextField
            label=t_label!(i18n, admin.ring)
            hint=t_label!(i18n, admin.ring_hint)
            value=fields.ring
            kind="number"
            testid="queue-ring"
        />
    }
}

/// What is recorded, and whether the agent's number is announced.
#[component]
pub(super) fn InTheCall(fields: RoutingFields) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <RecordRules value=fields.recording testid="queue-recording" />
        <Tick label=t_label!(i18n, admin.announce_agent) value=fields.announce_agent />
    }
}

/// Whether something is recorded; what counts is the most restrictive of queue, direction and agents.
#[component]
pub(super) fn RecordRules(value: RwSignal<RecordRule>, testid: &'static str) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Choose label=t_label!(i18n, admin.recording) value choices=&RecordRule::ALL words=rule_text testid />
        <p class="field-hint">{t!(i18n, admin.recording_hint)}</p>
    }
}

fn rule_text(locale: Locale, rule: RecordRule) -> &'static str {
    match rule {
        RecordRule::Always => td_string!(locale, admin.record_always),
        RecordRule::OnDemand => td_string!(locale, admin.record_on_demand),
        RecordRule::Never => td_string!(locale, admin.record_never),
    }
}

/// What ends the wrap-up, and what the customer is asked meanwhile.
#[component]
pub(super) fn WrapUpEnds(fields: RoutingFields) -> impl IntoView {
    let i18n = use_i18n();
    let flows = Resource::<FlowSummary>::load("flows").rows();
    // Only what is published can be walked.
    let published = |flow: &FlowSummary| flow.published.is_some();
    let flows = Signal::derive(move || {
        flows.get().into_iter().filter(published).map(|flow| (flow.id, flow.name)).collect::<Vec<_>>()
    });
    view! {
        <Choose
            label=t_label!(i18n, admin.wrap_up_mode)
            value=fields.wrap_up
            choices=&MODES
            words=mode_text
            testid="queue-wrap-up-mode"
        />
        <Pick label=t_label!(i18n, admin.survey_after) value=fields.survey from=flows />
        <p class="field-hint">{t!(i18n, admin.survey_after_hint)}</p>
    }
}

/// What few queues need, each behind a fold that is open where it is in use.
#[component]
pub(super) fn Advanced(queue: QueueId, fields: RoutingFields, skills: Signal<Vec<Skill>>) -> impl IntoView {
    let i18n = use_i18n();
    let used = fields.steps.with_untracked(|steps| !steps.is_empty());
    let ordered = fields.members.with_untracked(|members| !members.is_empty());
    view! {
        <Fold title=t_label!(i18n, admin.steps) open=used testid="fold-steps">
            <p class="field-hint">{t!(i18n, admin.steps_hint)}</p>
            <Steps steps=fields.steps skills />
        </Fold>
        <Fold title=t_label!(i18n, admin.members) open=ordered testid="fold-members">
            <p class="field-hint">{t!(i18n, admin.members_hint)}</p>
            <Members queue members=fields.members />
        </Fold>
        <Fold
            title=t_label!(i18n, admin.sticky)
            open=fields.sticky.get_untracked() || fields.auto_answer.get_untracked()
            testid="fold-sticky"
        >
            <Tick label=t_label!(i18n, admin.sticky_on) value=fields.sticky />
            <Show when=move || fields.sticky.get()>
                <TextField
                    label=t_label!(i18n, admin.sticky_days)
                    hint=t_label!(i18n, admin.sticky_days_hint)
                    value=fields.sticky_days
                    kind="number"
                />
                <TextField
                    label=t_label!(i18n, admin.sticky_patience)
                    hint=t_label!(i18n, admin.sticky_patience_hint)
                    value=fields.sticky_patience
                    kind="number"
                />
            </Show>
            <Tick label=t_label!(i18n, admin.auto_answer) value=fields.auto_answer />
        </Fold>
    }
}

/// What few need, behind its title.
#[component]
pub(super) fn Fold(
    #[prop(into)] title: Signal<String>,
    open: bool,
    testid: &'static str,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="fold" open=open data-testid=testid>
            <summary>{title}</summary>
            <div class="fold-body">{children()}</div>
        </details>
    }
}

#[component]
fn Steps(steps: RwSignal<Vec<StepFields>>, skills: Signal<Vec<Skill>>) -> impl IntoView {
    let i18n = use_i18n();
    let add = move |_| {
        let fresh = StepFields { after: RwSignal::new("30".to_owned()), skills: RwSignal::new(Vec::new()) };
        steps.update(|steps| steps.push(fresh));
    };
    let row = move |step: StepFields| {
        let remove = move |_| steps.update(|steps| steps.retain(|other| *other != step));
        view! {
            <li class="step">
                <TextField label=t_label!(i18n, admin.step_after) value=step.after kind="number" />
                <SkillLevels value=step.skills skills />
                <button type="button" class="quiet" on:click=remove>{t!(i18n, common.remove)}</button>
            </li>
        }
    };
    view! {
        <ol class="steps">
            <For each=move || steps.get() key=|step| step.after let:step>{row(step)}</For>
        </ol>
        <Show when=move || steps.with(|steps| steps.len() < MOST_STEPS)>
            <button type="button" on:click=add data-testid="step-add">{t!(i18n, admin.step_add)}</button>
        </Show>
    }
}

/// The order of those who are named, each with their delay; others of the queue can be put at its end.
#[component]
fn Members(queue: QueueId, members: RwSignal<Vec<MemberFields>>) -> impl IntoView {
    let i18n = use_i18n();
    let users = Resource::<User>::load("users").rows();
    let name =
        move |id: UserId| users.with(|users| users.iter().find(|user| user.id == id).map(|user| user.name.clone()));
    let others = move || {
        let named = members.with(|members| members.iter().map(|member| member.user).collect::<Vec<_>>());
        let mut users = users.get();
        users.retain(|user| user.queues.contains(&queue) && !named.contains(&user.id));
        users
    };
    let add = move |id: Option<UserId>| {
        let fresh = id.map(|user| MemberFields { user, delay: RwSignal::new("0".to_owned()) });
        members.update(|members| members.extend(fresh));
    };
    let row = move |member: MemberFields| {
        let place = move || members.with(|members| members.iter().position(|other| *other == member));
        let up = move |_| {
            if let Some(place) = place().filter(|place| *place > 0) {
                members.update(|members| members.swap(place, place - 1));
            }
        };
        let remove = move |_| members.update(|members| members.retain(|other| *other != member));
        view! {
            <li class="member">
                <span class="member-name">{move || name(member.user).unwrap_or_else(|| "—".to_owned())}</span>
                <TextField label=t_label!(i18n, admin.delay) value=member.delay kind="number" />
                <button type="button" class="quiet" on:click=up disabled=move || place() == Some(0)>
                    {t!(i18n, admin.earlier)}
                </button>
                <button type="button" class="quiet" on:click=remove>{t!(i18n, common.remove)}</button>
            </li>
        }
    };
    view! {
        <ol class="members">
            <For each=move || members.get() key=|member| member.user let:member>{row(member)}</For>
        </ol>
        <Field label=t_label!(i18n, admin.member_add)>
            <select
                data-testid="member-add"
                on:change:target=move |event| {
                    add(event.target().value().parse().ok());
                    event.target().set_value("");
                }
            >
                <option value="">"—"</option>
                {move || {
                    others().into_iter().map(|user| view! { <option value=user.id.to_string()>{user.name}</option> }).collect_view()
                }}
            </select>
        </Field>
    }
}
