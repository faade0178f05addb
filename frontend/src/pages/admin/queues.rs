//! Queues: who can serve them, how long things take, what callers hear.

use super::entries::{Entries, EntryForm};
use super::pick::SkillLevels;
use super::queue_routing::{Advanced, Distribution, InTheCall, RoutingFields, WrapUpEnds};
use super::queue_waiting::{Elsewhere, Heard, WaitingFields, targets};
use super::resource::Resource;
use crate::components::form::{TextField, Tick};
use crate::text::{self, *};
use hark_shared::ids::QueueId;
use hark_shared::time::Millis;
use hark_shared::wire::WireError;
use hark_shared::wire::control::RecordRule;
use hark_shared::wire::rest::{Language, Queue, Skill, SkillLevel};
use hark_shared::wire::routing::Routing;
use hark_shared::wire::waiting::Waiting;
use leptos::prelude::*;
use uuid::Uuid;

/// The list.
#[component]
pub fn Queues() -> impl IntoView {
    let i18n = use_i18n();
    let queues = Resource::<Queue>::load("queues");
    let cells = move |queue: Queue| {
        view! {
            <td>{queue.name}</td>
            <td>{queue.priority}</td>
            <td>{text::duration(queue.offer_timeout)}</td>
            <td>{text::duration(queue.wrap_up)}</td>
        }
        .into_any()
    };
    let form = move |queue, close| view! { <Form queue queues close /> }.into_any();
    view! {
        <Entries
            entries=queues
            about=t_label!(i18n, admin.queues_about)
            caption=t_label!(i18n, admin.queues)
            heads=[t_label!(i18n, admin.name), t_label!(i18n, admin.priority), t_label!(i18n, admin.offer_timeout), t_label!(i18n, contacts.wrap_up)]
            name=|queue: &Queue| queue.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.queues_none)
        />
    }
}

/// What the form holds; times as people write them, in seconds.
#[derive(Clone, Copy)]
struct Fields {
    id: QueueId,
    name: RwSignal<String>,
    skills: RwSignal<Vec<SkillLevel>>,
    priority: RwSignal<String>,
    offer_timeout: RwSignal<String>,
    wrap_up: RwSignal<String>,
    greeting: RwSignal<String>,
    music: RwSignal<String>,
    announce_every: RwSignal<String>,
    english: RwSignal<bool>,
    routing: RoutingFields,
    waiting: WaitingFields,
}

fn seconds(span: Millis) -> RwSignal<String> {
    RwSignal::new((span.0 / 1000).to_string())
}

/// What is no number becomes one that the server refuses, with the field's name and its limits.
fn number(signal: RwSignal<String>) -> i64 {
    signal.get_untracked().trim().parse().unwrap_or(-1)
}

impl Fields {
    fn of(queue: Option<Queue>) -> Self {
        let queue = queue.unwrap_or(Queue {
            id: QueueId(Uuid::new_v4()),
            name: String::new(),
            skills: vec![],
            priority: 5,
            offer_timeout: Millis::from_secs(20),
            wrap_up: Millis::from_secs(60),
            greeting: None,
            music: "music/calm".to_owned(),
            announce_every: Some(Millis::from_secs(30)),
            record: true,
            language: Language::default(),
            routing: Routing::default(),
            waiting: Waiting::default(),
        });
        Self {
            id: queue.id,
            name: RwSignal::new(queue.name),
            skills: RwSignal::new(queue.skills),
            priority: RwSignal::new(queue.priority.to_string()),
            offer_timeout: seconds(queue.offer_timeout),
            wrap_up: seconds(queue.wrap_up),
            greeting: RwSignal::new(queue.greeting.unwrap_or_default()),
            music: RwSignal::new(queue.music),
            announce_every: queue.announce_every.map_or_else(|| RwSignal::new(String::new()), seconds),
            english: RwSignal::new(queue.language == Language::En),
            routing: RoutingFields::of(queue.routing, queue.record),
            waiting: WaitingFields::of(&queue.waiting),
        }
    }

    fn queue(self) -> Result<Queue, WireError> {
        let text = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        let filled = |signal: RwSignal<String>| Some(text(signal)).filter(|text| !text.is_empty());
        let routing = self.routing.routing();
        Ok(Queue {
            id: self.id,
            name: text(self.name),
            skills: self.skills.get_untracked(),
            priority: u8::try_from(number(self.priority)).unwrap_or(u8::MAX),
            offer_timeout: Millis::from_secs(number(self.offer_timeout)),
            wrap_up: Millis::from_secs(number(self.wrap_up)),
            greeting: filled(self.greeting),
            music: text(self.music),
            announce_every: filled(self.announce_every).map(|_| Millis::from_secs(number(self.announce_every))),
            record: routing.recording == Some(RecordRule::Always),
            language: if self.english.get_untracked() { Language::En } else { Language::Zh },
            routing,
            waiting: self.waiting.waiting()?,
        })
    }
}

#[component]
fn Form(queue: Option<Queue>, queues: Resource<Queue>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let skills = Resource::<Skill>::load("skills");
    let new = queue.is_none();
    let targets = targets(queues);
    let fields = Fields::of(queue);
    view! {
        <EntryForm what=t_label!(i18n, admin.queue) entries=queues id=(!new).then(|| fields.id.to_string()) body=move || fields.queue() close>
            <TextField label=t_label!(i18n, admin.name) value=fields.name testid="queue-name" required=true />
            <Group title=t_label!(i18n, admin.who_answers)>
                <Distribution fields=fields.routing />
                <TextField
                    label=t_label!(i18n, admin.priority)
                    hint=t_label!(i18n, admin.priority_hint)
                    value=fields.priority
                    kind="number"
                />
                <TextField
                    label=t_label!(i18n, admin.offer_timeout)
                    hint=t_label!(i18n, admin.offer_timeout_hint)
                    value=fields.offer_timeout
                    kind="number"
                />
                <SkillLevels value=fields.skills skills=skills.rows() />
                <Advanced queue=fields.id fields=fields.routing skills=skills.rows() />
            </Group>
            <Group title=t_label!(i18n, admin.after_the_call)>
                <WrapUpEnds fields=fields.routing />
                <TextField
                    label=t_label!(i18n, contacts.wrap_up)
                    hint=t_label!(i18n, admin.wrap_up_hint)
                    value=fields.wrap_up
                    kind="number"
                />
            </Group>
            <Group title=t_label!(i18n, admin.what_is_heard)>
                <TextField
                    label=t_label!(i18n, admin.greeting)
                    hint=t_label!(i18n, admin.prompt_hint)
                    value=fields.greeting
                />
                <TextField label=t_label!(i18n, admin.music) hint=t_label!(i18n, admin.prompt_hint) value=fields.music />
                <TextField
                    label=t_label!(i18n, admin.announce_every)
                    hint=t_label!(i18n, admin.announce_hint)
                    value=fields.announce_every
                    kind="number"
                />
                <Heard fields=fields.waiting targets />
                <InTheCall fields=fields.routing />
                <Tick label=t_label!(i18n, admin.english) value=fields.english />
            </Group>
            <Group title=t_label!(i18n, admin.leads_elsewhere)>
                <Elsewhere fields=fields.waiting targets />
            </Group>
        </EntryForm>
    }
}

/// Fields that belong together.
#[component]
fn Group(#[prop(into)] title: Signal<String>, children: Children) -> impl IntoView {
    view! {
        <fieldset class="group">
            <legend>{title}</legend>
            {children()}
        </fieldset>
    }
}
