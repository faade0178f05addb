//! Numbers of ours and where they lead: straight to a queue, or to a menu by digits first.

use super::entries::{Entries, EntryForm};
use super::pick::Pick;
use super::resource::Resource;
use crate::components::form::{Field, TextField};
use crate::text::*;
use hark_shared::ids::{FlowId, NumberId, QueueId, TrunkId};
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::WireError;
use hark_shared::wire::flows::FlowSummary;
use hark_shared::wire::rest::{Choice, Entry, Menu, Number, Queue, Trunk};
use hark_shared::wire::routing::Destination;
use leptos::prelude::*;
use uuid::Uuid;

/// The keys of a menu.
const KEYS: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'];

/// The list.
#[component]
pub fn Numbers() -> impl IntoView {
    let i18n = use_i18n();
    let numbers = Resource::<Number>::load("numbers");
    let queues = Resource::<Queue>::load("queues");
    let trunks = Resource::<Trunk>::load("trunks");
    let flows = Resource::<FlowSummary>::load("flows");
    let queue_name = move |id: QueueId| {
        queues.rows().with(|rows| rows.iter().find(|queue| queue.id == id).map(|queue| queue.name.clone()))
    };
    let cells = move |number: Number| {
        let (entry, trunk) = (number.entry, number.trunk);
        let leads = move || match &entry {
            Entry::Queue(queue) => queue_name(*queue).unwrap_or_default(),
            Entry::Flow(id) => {
                let name =
                    flows.rows().with(|rows| rows.iter().find(|flow| flow.id == *id).map(|flow| flow.name.clone()));
                format!("{}: {}", t_string!(i18n, admin.flow), name.unwrap_or_default())
            }
            Entry::Menu(menu) => {
                let keys = menu
                    .choices
                    .iter()
                    .map(|choice| format!("{} → {}", choice.digit, queue_name(choice.queue).unwrap_or_default()));
                keys.collect::<Vec<_>>().join(" · ")
            }
        };
        let through =
            move || trunks.rows().with(|rows| rows.iter().find(|row| row.id == trunk).map(|row| row.name.clone()));
        view! {
            <td>{number.number.to_string()}</td>
            <td>{leads}</td>
            <td>{through}</td>
        }
        .into_any()
    };
    let form = move |number, close| view! { <Form number numbers queues trunks flows close /> }.into_any();
    view! {
        <Entries
            entries=numbers
            about=t_label!(i18n, admin.numbers_about)
            caption=t_label!(i18n, admin.numbers)
            heads=[t_label!(i18n, admin.number), t_label!(i18n, admin.leads_to), t_label!(i18n, admin.trunk)]
            name=|number: &Number| number.number.to_string()
            cells
            form
            empty=t_label!(i18n, admin.numbers_none)
        />
    }
}

/// What the form holds; the menu's part is kept while the entry is a queue, so that trying both loses nothing.
#[derive(Clone, Copy)]
struct Fields {
    id: NumberId,
    number: RwSignal<String>,
    trunk: RwSignal<Option<TrunkId>>,
    way: RwSignal<Way>,
    flow: RwSignal<Option<FlowId>>,
    prompt: RwSignal<String>,
    choices: [(char, RwSignal<Option<QueueId>>); KEYS.len()],
    /// The queue itself, or where silence leads.
    queue: RwSignal<Option<QueueId>>,
    vip: RwSignal<Option<QueueId>>,
    /// Where fax machines go: a number, or nothing.
    fax: RwSignal<String>,
    /// A destination of another kind, which only the API sets; it stays as long as no number is typed.
    fax_else: StoredValue<Option<Destination>>,
}

/// What a number leads to first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Queue,
    Menu,
    Flow,
}

impl Way {
    fn of(name: &str) -> Self {
        match name {
            "menu" => Self::Menu,
            "flow" => Self::Flow,
            _ => Self::Queue,
        }
    }
}

impl Fields {
    fn of(number: Option<Number>) -> Self {
        let vip = number.as_ref().and_then(|number| number.vip);
        let fax = number.as_ref().and_then(|number| number.fax.clone());
        let (fax, fax_else) = match fax {
            Some(Destination::Outside(number)) => (number.to_string(), None),
            other => (String::new(), other),
        };
        let fallback = number.as_ref().and_then(|number| number.fallback);
        let (id, digits, trunk, entry) = match number {
            Some(number) => (number.id, number.number.to_string(), Some(number.trunk), Some(number.entry)),
            None => (NumberId(Uuid::new_v4()), String::new(), None, None),
        };
        let (way, queue, menu, flow) = match entry {
            Some(Entry::Queue(queue)) => (Way::Queue, Some(queue), None, None),
            Some(Entry::Menu(menu)) => (Way::Menu, Some(menu.otherwise), Some(menu), None),
            Some(Entry::Flow(flow)) => (Way::Flow, fallback, None, Some(flow)),
            None => (Way::Queue, None, None, None),
        };
        let leads = |key: char| {
            let choice = menu.as_ref()?.choices.iter().find(|choice| choice.digit == key)?;
            Some(choice.queue)
        };
        Self {
            id,
            number: RwSignal::new(digits),
            trunk: RwSignal::new(trunk),
            way: RwSignal::new(way),
            flow: RwSignal::new(flow),
            prompt: RwSignal::new(menu.as_ref().map_or_else(String::new, |menu| menu.prompt.clone())),
            choices: KEYS.map(|key| (key, RwSignal::new(leads(key)))),
            queue: RwSignal::new(queue),
            vip: RwSignal::new(vip),
            fax: RwSignal::new(fax),
            fax_else: StoredValue::new(fax_else),
        }
    }

    fn number(self) -> Result<Number, WireError> {
        let missing = |field: &str| WireError::new("invalid.empty").with("field", field);
        let number = PhoneNumber::parse(&self.number.get_untracked())
            .map_err(|_| WireError::new("invalid.number").with("field", "number"))?;
        let trunk = self.trunk.get_untracked().ok_or_else(|| missing("trunk"))?;
        let chosen = self.queue.get_untracked();
        let queue = || chosen.ok_or_else(|| missing("queue"));
        let (entry, fallback) = match self.way.get_untracked() {
            Way::Queue => (Entry::Queue(queue()?), None),
            Way::Menu => (Entry::Menu(self.entry_menu(queue()?)), None),
            Way::Flow => (Entry::Flow(self.flow.get_untracked().ok_or_else(|| missing("flow"))?), chosen),
        };
        let typed = self.fax.get_untracked();
        let fax = match typed.trim() {
            "" => self.fax_else.get_value(),
            text => {
                let wrong = |_| WireError::new("invalid.number").with("field", "fax");
                Some(Destination::Outside(PhoneNumber::parse(text).map_err(wrong)?))
            }
        };
        Ok(Number { id: self.id, number, trunk, entry, vip: self.vip.get_untracked(), fallback, fax })
    }

    fn entry_menu(self, otherwise: QueueId) -> Menu {
        let choices = self
            .choices
            .iter()
            .filter_map(|(digit, queue)| Some(Choice { digit: *digit, queue: queue.get_untracked()? }));
        let prompt = self.prompt.get_untracked().trim().to_owned();
        Menu { prompt, choices: choices.collect(), otherwise }
    }
}

#[component]
fn Form(
    number: Option<Number>,
    numbers: Resource<Number>,
    queues: Resource<Queue>,
    trunks: Resource<Trunk>,
    flows: Resource<FlowSummary>,
    close: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let new = number.is_none();
    let fields = Fields::of(number);
    let trunks = Signal::derive(move || trunks.rows().get().into_iter().map(|t| (t.id, t.name)).collect::<Vec<_>>());
    let queues = Signal::derive(move || queues.rows().get().into_iter().map(|q| (q.id, q.name)).collect::<Vec<_>>());
    let flows = Signal::derive(move || flows.rows().get().into_iter().map(|f| (f.id, f.name)).collect::<Vec<_>>());
    let queue_label = move || {
        let label = match fields.way.get() {
            Way::Queue => t_string!(i18n, admin.queue),
            Way::Menu => t_string!(i18n, admin.otherwise),
            Way::Flow => t_string!(i18n, admin.fallback),
        };
        label.to_owned()
    };
    view! {
        <EntryForm what=t_label!(i18n, admin.number) entries=numbers id=(!new).then(|| fields.id.to_string()) body=move || fields.number() close>
            <TextField
                label=t_label!(i18n, admin.number)
                hint=t_label!(i18n, admin.number_hint)
                value=fields.number
                testid="number-number"
                required=true
            />
            <Pick label=t_label!(i18n, admin.trunk) value=fields.trunk from=trunks />
            <Field label=t_label!(i18n, admin.leads_to)>
                <select data-testid="number-way" on:change:target=move |event| fields.way.set(Way::of(&event.target().value()))>
                    <option value="queue" selected=move || fields.way.get() == Way::Queue>{t!(i18n, admin.entry_queue)}</option>
                    <option value="menu" selected=move || fields.way.get() == Way::Menu>{t!(i18n, admin.entry_menu)}</option>
                    <option value="flow" selected=move || fields.way.get() == Way::Flow>{t!(i18n, admin.entry_flow)}</option>
                </select>
            </Field>
            <Show when=move || fields.way.get() == Way::Flow>
                <Pick label=t_label!(i18n, admin.flow) value=fields.flow from=flows />
            </Show>
            <Show when=move || fields.way.get() == Way::Menu>
                <TextField
                    label=t_label!(i18n, admin.menu_prompt)
                    hint=t_label!(i18n, admin.prompt_hint)
                    value=fields.prompt
                />
                <div class="keys">
                    {fields
                        .choices
                        .map(|(key, queue)| {
                            view! {
                                <Pick
                                    label=Signal::derive(move || t_string!(i18n, admin.key, key = key))
                                    value=queue
                                    from=queues
                                />
                            }
                        })
                        .collect_view()}
                </div>
            </Show>
            <Pick label=Signal::derive(queue_label) value=fields.queue from=queues />
            <Pick label=t_label!(i18n, admin.vip_queue) value=fields.vip from=queues />
            <p class="field-hint">{t!(i18n, admin.vip_queue_hint)}</p>
            <TextField label=t_label!(i18n, admin.fax) hint=t_label!(i18n, admin.fax_hint) value=fields.fax testid="number-fax" />
        </EntryForm>
    }
}
