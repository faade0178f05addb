//! The form of what is selected: a node, several nodes, or the flow itself.

use super::super::editor::{Edit, Editor};
use super::super::form::{self, ListEdit};
use super::super::rows::{self, Row};
use super::super::studio::{Studio, use_studio};
use super::super::{kinds, sound};
use super::card::Picture;
use super::exits::Exits;
use super::field::FieldView;
use super::keys;
use crate::components::icon::{Glyph, Icon};
use crate::text::{self, *};
use hark_shared::flow::model::NodeId;
use hark_shared::flow::{Phrase, Saying};
use hark_shared::wire::rest::Language;
use leptos::prelude::*;
use serde_json::{Value, json};

/// The panel's first part.
#[component]
pub fn Inspector() -> impl IntoView {
    let studio = use_studio();
    let one = Memo::new(move |_| studio.editor.with(Editor::one));
    let many = Memo::new(move |_| studio.editor.with(|editor| editor.selected().len()));
    move || match (one.get(), many.get()) {
        (Some(id), _) => view! { <OfNode id /> }.into_any(),
        (None, 0) => view! { <OfFlow /> }.into_any(),
        (None, n) => view! { <OfMany n /> }.into_any(),
    }
}

#[component]
fn OfFlow() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let language = Memo::new(move |_| studio.editor.with(|editor| editor.doc().flow.language));
    let nodes = move || studio.editor.with(|editor| editor.doc().flow.nodes.len());
    let choose = move |value: String| {
        let language = if value == "zh" { Language::Zh } else { Language::En };
        studio.apply(Edit::Language(language));
    };
    view! {
        <div class="panel-part">
            <h2>{t!(i18n, designer.flow)}</h2>
            <p class="muted">{move || t_string!(i18n, designer.flow_about, n = nodes())}</p>
            <label class="field">
                <span class="field-label">{t!(i18n, designer.language)}</span>
                <select data-testid="flow-language" on:change:target=move |event| choose(event.target().value())>
                    <option value="zh" selected=move || language.get() == Language::Zh>{t!(i18n, designer.mandarin)}</option>
                    <option value="en" selected=move || language.get() == Language::En>{t!(i18n, designer.english)}</option>
                </select>
                <span class="field-hint">{t!(i18n, designer.language_hint)}</span>
            </label>
            <details class="help">
                <summary>{t!(i18n, designer.keys_help)}</summary>
                <p>{t!(i18n, designer.keys_help_text)}</p>
            </details>
        </div>
    }
}

#[component]
fn OfMany(n: usize) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    view! {
        <div class="panel-part">
            <h2>{move || t_string!(i18n, designer.selected, n = n)}</h2>
            <p class="muted">{t!(i18n, designer.selected_about)}</p>
            <div class="panel-foot">
                <button type="button" on:click=move |_| keys::duplicate(studio)>{t!(i18n, designer.duplicate)}</button>
                <button type="button" class="quiet" on:click=move |_| { studio.apply(Edit::Remove); }>
                    {t!(i18n, common.remove)}
                </button>
            </div>
        </div>
    }
}

#[component]
fn OfNode(id: NodeId) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    // The rows change with the kind's shape, not with what is typed: a field keeps the focus.
    let rows = Memo::new(move |_| {
        studio.editor.with(|editor| editor.node(id).map(|node| rows::rows(&node.kind)).unwrap_or_default())
    });
    let ends = move || studio.editor.with(|editor| editor.node(id).is_none_or(|node| node.kind.exits().is_empty()));
    view! {
        <div class="panel-part" data-testid="inspector">
            <Head id />
            <Name id />
            <Wrong id />
            <div class="rows" data-first="">{move || rows.get().into_iter().map(|row| row_view(studio, id, row)).collect_view()}</div>
            <h3 hidden=ends>{t!(i18n, designer.ways_out)}</h3>
            <Exits id />
            <Foot id />
        </div>
    }
}

#[component]
fn Head(id: NodeId) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let kind = studio.editor.with_untracked(|editor| editor.node(id).map(|node| kinds::entry(&node.kind)));
    kind.map(|kind| {
        view! {
            <div class="panel-head" data-group=kind.group.name()>
                <span class="node-picture"><Picture path=kind.picture /></span>
                <div>
                    <h2>{i18n.shown(kind.title)} <span class="muted">{format!(" {id}")}</span></h2>
                    <p class="muted">{i18n.shown(kind.about)}</p>
                </div>
            </div>
        }
    })
}

#[component]
fn Name(id: NodeId) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let name = Memo::new(move |_| {
        studio.editor.with(|editor| editor.node(id).map(|node| node.name.clone()).unwrap_or_default())
    });
    view! {
        <label class="field">
            <span class="field-label">{t!(i18n, designer.node_name)}</span>
            <input
                type="text"
                maxlength="60"
                autocomplete="off"
                data-testid="node-name"
                placeholder=t!(i18n, designer.node_name_hint)
                prop:value=name
                on:input:target=move |event| {
                    studio.apply(Edit::Name { node: id, name: event.target().value() });
                }
            />
        </label>
    }
}

/// What the lint says of this node.
#[component]
fn Wrong(id: NodeId) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let wrong = move || {
        let of_node = studio.findings.get().into_iter().filter(|finding| finding.node == Some(id));
        let line = |finding: hark_shared::wire::flows::Finding| {
            let level = super::card::level_name(finding.level);
            view! { <li data-level=level>{text::error_text(i18n.get_locale(), &finding.what)}</li> }
        };
        of_node.map(line).collect_view()
    };
    view! { <ul class="wrong">{wrong}</ul> }
}

#[component]
fn Foot(id: NodeId) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let starts = move || studio.editor.with(|editor| editor.doc().flow.start == id);
    view! {
        <div class="panel-foot">
            <button type="button" disabled=starts on:click=move |_| { studio.apply(Edit::Start(id)); }>
                {t!(i18n, designer.make_start)}
            </button>
            <button type="button" data-testid="duplicate" on:click=move |_| keys::duplicate(studio)>
                {t!(i18n, designer.duplicate)}
            </button>
            <button type="button" class="quiet" data-testid="remove-node" on:click=move |_| { studio.apply(Edit::Remove); }>
                {t!(i18n, common.remove)}
            </button>
        </div>
    }
}

fn row_view(studio: Studio, id: NodeId, row: Row) -> AnyView {
    let i18n = studio.i18n;
    match row {
        Row::Title(title) => view! { <h3>{i18n.shown(title)}</h3> }.into_any(),
        Row::Field(field) => view! { <FieldView id field /> }.into_any(),
        Row::Phrase { list, item, title } => view! { <ItemHead id list item title hears=true /> }.into_any(),
        Row::Item { list, item, title } => view! { <ItemHead id list item title hears=false /> }.into_any(),
        Row::AddPhrase { list } => view! { <AddPhrase id list /> }.into_any(),
        Row::AddItem { list, title, fresh } => {
            let add = move |_| edit_list(studio, id, &list, ListEdit::Push(fresh.clone()));
            view! { <button type="button" class="quiet add" on:click=add>"+ "{i18n.shown(title)}</button> }.into_any()
        }
    }
}

fn edit_list(studio: Studio, id: NodeId, list: &str, edit: ListEdit) {
    let kind = studio.editor.with_untracked(|editor| form::edit_list(&editor.node(id)?.kind, list, edit));
    if let Some(kind) = kind {
        studio.apply(Edit::Kind { node: id, kind, field: String::new() });
    }
}

/// The head of a list's item: what it is, and what can be done with it.
#[component]
fn ItemHead(id: NodeId, list: String, item: usize, title: Text, hears: bool) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let list = StoredValue::new(list);
    let change = move |edit: ListEdit| list.with_value(|list| edit_list(studio, id, list, edit));
    view! {
        <div class="item-head">
            <span>{move || format!("{} {}", title.of(i18n.get_locale()), item + 1)}</span>
            {hears.then(|| view! {
                <button
                    type="button"
                    class="quiet"
                    aria-label=t!(i18n, designer.hear)
                    on:click=move |_| list.with_value(|list| hear(studio, id, list, item))
                >
                    <Glyph icon=Icon::Resume />
                </button>
            })}
            <button
                type="button"
                class="quiet"
                disabled={item == 0}
                aria-label=t!(i18n, designer.up)
                on:click=move |_| change(ListEdit::Up(item))
            >
                "↑"
            </button>
            <button
                type="button"
                class="quiet"
                data-testid=list.with_value(|list| format!("remove{}-{item}", list.replace('/', "-")))
                aria-label=t!(i18n, common.remove)
                on:click=move |_| change(ListEdit::Remove(item))
            >
                "×"
            </button>
        </div>
    }
}

/// Plays a phrase as the flow's first language says it.
fn hear(studio: Studio, id: NodeId, list: &str, item: usize) {
    let found = studio.editor.with_untracked(|editor| {
        let kind = serde_json::to_value(&editor.node(id)?.kind).ok()?;
        let phrase = kind.pointer(&format!("{list}/{item}"))?.clone();
        Some((serde_json::from_value::<Phrase>(phrase).ok()?, editor.doc().flow.language))
    });
    let Some((phrase, language)) = found else { return };
    let saying = match (phrase, language) {
        (Phrase::Prompt { name }, Language::Zh) => Saying::Sound(format!("zh/{name}")),
        (Phrase::Prompt { name }, Language::En) => Saying::Sound(format!("en/{name}")),
        (Phrase::Text { zh, .. }, Language::Zh) => Saying::Text { language, text: zh },
        (Phrase::Text { en, .. }, Language::En) => Saying::Text { language, text: en },
        (Phrase::Value { .. }, Language::Zh | Language::En) => return,
    };
    sound::play(vec![saying], || ());
}

#[component]
fn AddPhrase(id: NodeId, list: String) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let list = StoredValue::new(list);
    let add = move |fresh: Value| list.with_value(|list| edit_list(studio, id, list, ListEdit::Push(fresh)));
    view! {
        <div class="add-phrase">
            <button type="button" class="quiet add" on:click=move |_| add(rows::sentence())>
                "+ "{t!(i18n, designer.phrase_text)}
            </button>
            <button
                type="button"
                class="quiet add"
                data-testid=list.with_value(|list| format!("add-prompt{}", list.replace('/', "-")))
                on:click=move |_| add(json!({"say": "prompt", "name": ""}))
            >
                "+ "{t!(i18n, designer.phrase_prompt)}
            </button>
            <button
                type="button"
                class="quiet add"
                on:click=move |_| add(json!({"say": "value", "name": "value", "read": "digits"}))
            >
                "+ "{t!(i18n, designer.phrase_value)}
            </button>
        </div>
    }
}
