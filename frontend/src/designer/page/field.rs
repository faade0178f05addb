//! One field of a form, whatever it is of: reads and writes through [`form`].

use super::super::editor::Edit;
use super::super::form::{self, Fault};
use super::super::known::Source;
use super::super::rows::{Control, Field};
use super::super::sound;
use super::super::studio::{Studio, use_studio};
use crate::components::icon::{Glyph, Icon};
use crate::text::*;
use hark_shared::flow::model::NodeId;
use hark_shared::flow::{Key, Saying};
use leptos::prelude::*;

/// A field that is bound to a place in a node's kind.
#[derive(Clone, Copy)]
struct Bound {
    studio: Studio,
    id: NodeId,
    field: StoredValue<Field>,
    value: Memo<String>,
    fault: RwSignal<Option<Fault>>,
}

impl Bound {
    fn of(id: NodeId, field: Field) -> Self {
        let (studio, field) = (use_studio(), StoredValue::new(field));
        let value = Memo::new(move |_| {
            studio.editor.with(|editor| {
                let kind = editor.node(id).map(|node| &node.kind);
                kind.map(|kind| field.with_value(|field| form::read(kind, &field.at, &field.control)))
            })
        });
        let value = Memo::new(move |_| value.get().unwrap_or_default());
        let bound = Self { studio, id, field, value, fault: RwSignal::new(None) };
        bound.fault.set(bound.written(&value.get_untracked()).and_then(|change| change.fault));
        bound
    }

    fn written(self, input: &str) -> Option<form::Change> {
        self.studio.editor.with_untracked(|editor| {
            let kind = &editor.node(self.id)?.kind;
            Some(self.field.with_value(|field| form::write(kind, &field.at, &field.control, input)))
        })
    }

    fn write(self, input: &str) {
        let Some(change) = self.written(input) else { return };
        self.fault.set(change.fault);
        if let Some(kind) = change.kind {
            let field = self.field.with_value(|field| match field.control {
                // What is chosen is a step of its own, and may bring other fields.
                Control::Choice(_) | Control::Tick | Control::Pick(_) | Control::Keys | Control::Key => String::new(),
                _ => field.at.clone(),
            });
            self.studio.apply(Edit::Kind { node: self.id, kind, field });
        }
    }
}

/// A field with its label, its hint, and what is wrong with it.
#[component]
pub fn FieldView(id: NodeId, field: Field) -> impl IntoView {
    let bound = Bound::of(id, field.clone());
    let i18n = use_i18n();
    let (label, control) = (field.label, field.control.clone());
    let testid = format!("field{}", field.at.replace('/', "-"));
    let said = move || bound.fault.get().map(|fault| fault_text(i18n.get_locale(), fault));
    let hint = field.hint.map(|hint| view! { <span class="field-hint">{i18n.shown(hint)}</span> });
    let input = input_view(bound, &control, testid);
    let tail = view! {
        <span class="field-fault" role="alert" hidden=move || bound.fault.get().is_none()>{said}</span>
        {hint}
    };
    match control {
        Control::Tick => {
            view! { <div class="field"><label class="tick">{input}<span>{i18n.shown(label)}</span></label>{tail}</div> }
                .into_any()
        }
        Control::Keys => view! {
            <div class="field" role="group" aria-label=i18n.shown(label)>
                <span class="field-label">{i18n.shown(label)}</span>
                {input}
                {tail}
            </div>
        }
        .into_any(),
        _ => view! {
            <label class="field">
                <span class="field-label">{i18n.shown(label)}</span>
                {input}
                {tail}
            </label>
        }
        .into_any(),
    }
}

fn input_view(bound: Bound, control: &Control, testid: String) -> AnyView {
    let value = bound.value;
    match control {
        Control::Long | Control::LongTemplate | Control::Lines | Control::Headers => view! {
            <textarea
                rows="2"
                data-testid=testid
                prop:value=value
                aria-invalid=move || bound.fault.get().map(|_| "true")
                on:input:target=move |event| bound.write(&event.target().value())
            ></textarea>
        }
        .into_any(),
        Control::Tick => view! {
            <input
                type="checkbox"
                data-testid=testid
                prop:checked=move || value.get() == "true"
                on:change:target=move |event| bound.write(if event.target().checked() { "true" } else { "false" })
            />
        }
        .into_any(),
        Control::Choice(entries) => {
            let entries = entries.clone();
            let locale = move || bound.studio.i18n.get_locale();
            let options = move || {
                let entries = entries.iter().map(|(id, text)| ((*id).to_owned(), text.of(locale()).to_owned()));
                entries.collect::<Vec<_>>()
            };
            select(bound, testid, Signal::derive(options), None)
        }
        Control::Pick(source) => {
            let source = *source;
            let options = move || {
                let names = bound.studio.known.list(source).get().into_iter();
                names.map(|named| (named.id, named.name)).collect::<Vec<_>>()
            };
            let none = match source {
                Source::Meetings => words::designer::meeting_asked,
                Source::Queues
                | Source::Users
                | Source::Teams
                | Source::Flows
                | Source::Calendars
                | Source::Notices
                | Source::Rotas
                | Source::Numbers
                | Source::Prompts => words::designer::choose,
            };
            select(bound, testid, Signal::derive(options), Some(none))
        }
        Control::Key => {
            let keys = Key::ALL.map(|key| (key.char().to_string(), key.char().to_string()));
            select(bound, testid, Signal::derive(move || keys.to_vec()), Some(words::designer::no_key))
        }
        Control::Keys => keypad(bound),
        Control::Prompt => prompt(bound, testid),
        Control::Template | Control::Name | Control::Pointer => line(bound, testid, "text"),
        Control::Seconds(..) | Control::Count(..) => line(bound, testid, "decimal"),
    }
}

fn line(bound: Bound, testid: String, mode: &'static str) -> AnyView {
    view! {
        <input
            type="text"
            inputmode=mode
            autocomplete="off"
            data-testid=testid
            prop:value=bound.value
            aria-invalid=move || bound.fault.get().map(|_| "true")
            on:input:target=move |event| bound.write(&event.target().value())
        />
    }
    .into_any()
}

/// One of a list. What is stored and not in the list is shown as not chosen.
fn select(bound: Bound, testid: String, options: Signal<Vec<(String, String)>>, none: Option<Text>) -> AnyView {
    let i18n = bound.studio.i18n;
    let value = bound.value;
    let there = move || options.with(|options| options.iter().any(|(id, _)| *id == value.get()));
    let entries = move || {
        let option = |(id, name): (String, String)| {
            let own = id.clone();
            view! { <option value=id selected=move || value.get() == own>{name}</option> }
        };
        options.get().into_iter().map(option).collect_view()
    };
    view! {
        <select
            data-testid=testid
            aria-invalid=move || bound.fault.get().map(|_| "true")
            on:change:target=move |event| bound.write(&event.target().value())
        >
            {none.map(|none| view! { <option value="" selected=move || !there()>{i18n.shown(none)}</option> })}
            {entries}
        </select>
    }
    .into_any()
}

/// Some keys of a telephone; they stay in the keypad's order.
fn keypad(bound: Bound) -> AnyView {
    let press = move |key: char| {
        let held = bound.value.get_untracked();
        let has = |own: char| (own == key) != held.contains(own);
        let now: String = Key::ALL.iter().map(|own| own.char()).filter(|own| has(*own)).collect();
        bound.write(&now);
    };
    let button = move |key: Key| {
        let key = key.char();
        view! {
            <button
                type="button"
                data-testid=format!("key-{key}")
                aria-pressed=move || bound.value.with(|held| held.contains(key)).to_string()
                on:click=move |_| press(key)
            >
                {key.to_string()}
            </button>
        }
    };
    view! { <div class="keypad small">{Key::ALL.map(button).collect_view()}</div> }.into_any()
}

/// The name of a recorded prompt, with those that there are, and a button to hear it.
fn prompt(bound: Bound, testid: String) -> AnyView {
    let studio = bound.studio;
    let names = move || {
        let list = studio.known.list(Source::Prompts).get().into_iter();
        list.map(|named| view! { <option value=named.id></option> }).collect_view()
    };
    let list = format!("{testid}-{}-list", bound.id);
    let hear = move |_| {
        let folder = match studio.editor.with_untracked(|editor| editor.doc().flow.language) {
            hark_shared::wire::rest::Language::Zh => "zh",
            hark_shared::wire::rest::Language::En => "en",
        };
        let name = bound.value.get_untracked();
        sound::play(vec![Saying::Sound(format!("{folder}/{name}"))], || ());
    };
    view! {
        <span class="with-button">
            <input
                type="text"
                list=list.clone()
                autocomplete="off"
                data-testid=testid
                prop:value=bound.value
                aria-invalid=move || bound.fault.get().map(|_| "true")
                on:input:target=move |event| bound.write(&event.target().value())
            />
            <button type="button" class="quiet" aria-label=t!(studio.i18n, designer.hear) on:click=hear>
                <Glyph icon=Icon::Resume />
            </button>
            <datalist id=list>{names}</datalist>
        </span>
    }
    .into_any()
}

/// What is wrong, in words.
fn fault_text(locale: Locale, fault: Fault) -> String {
    let text = match fault {
        Fault::Number(low, high) => return td_string!(locale, designer.fault_number, low = low, high = high),
        Fault::Name => words::designer::fault_name,
        Fault::Braces => words::designer::fault_braces,
        Fault::Phone => words::designer::fault_phone,
        Fault::Header => words::designer::fault_header,
        Fault::Pointer => words::designer::fault_pointer,
        Fault::Empty => words::designer::fault_empty,
    };
    text.of(locale).to_owned()
}
