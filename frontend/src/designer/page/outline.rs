//! The flow as a list: everything that the canvas can do, for narrow screens and for those who do not see it.

use super::super::doc;
use super::super::editor::Editor;
use super::super::kinds;
use super::super::studio::{Choosing, Panel, use_studio};
use super::card::{Picture, level_name};
use super::exits::Exits;
use super::keys;
use crate::text::*;
use hark_shared::flow::model::NodeId;
use leptos::prelude::*;

/// The list.
#[component]
pub fn Outline() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let order = Memo::new(move |_| studio.editor.with(|editor| doc::in_order(&editor.doc().flow)));
    let key = move |event: web_sys::KeyboardEvent| {
        let typing = super::in_control(&event) && !matches!(event.key().as_str(), "ArrowUp" | "ArrowDown" | "Escape");
        if !typing && !event.ctrl_key() && !event.meta_key() && keys::on_node(studio, &event) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    view! {
        <div class="outline" data-testid="outline" on:keydown=key>
            <ol>
                <For each=move || order.get() key=|id| *id let:id>
                    <li><Item id /></li>
                </For>
            </ol>
            <p class="empty" hidden=move || !order.with(Vec::is_empty)>{t!(i18n, designer.outline_empty)}</p>
            <button
                type="button"
                class="quiet add"
                data-testid="outline-add"
                on:click=move |_| studio.choosing.set(Some(Choosing { at: None, from: None }))
            >
                "+ "{t!(i18n, designer.add_node)}
            </button>
        </div>
    }
}

#[component]
fn Item(id: NodeId) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let node = Memo::new(move |_| studio.editor.with(|editor| editor.node(id).cloned()));
    let selected = Memo::new(move |_| studio.editor.with(|editor| editor.selected().contains(&id)));
    let starts = move || studio.editor.with(|editor: &Editor| editor.doc().flow.start == id);
    let locale = move || i18n.get_locale();
    let title = move || node.with(|node| node.as_ref().map(|node| kinds::title(locale(), node)).unwrap_or_default());
    let line = move || {
        node.with(|node| {
            node.as_ref().map(|node| kinds::summary(locale(), &node.kind, studio.known)).unwrap_or_default()
        })
    };
    let entry = move || node.with(|node| node.as_ref().map(|node| kinds::entry(&node.kind)));
    let open = move |_| {
        studio.go_to(id);
        studio.open(Panel::Node);
    };
    view! {
        <div
            class="item"
            class:selected=selected
            class:lit=move || studio.lit.with(|lit| lit.node == Some(id))
            data-group=move || entry().map(|entry| entry.group.name())
            data-level=move || studio.level(id).map(level_name)
        >
            <input
                type="checkbox"
                aria-label=t!(i18n, designer.select)
                prop:checked=selected
                on:change=move |_| studio.editor.update(|editor| editor.toggle(id))
            />
            <button type="button" class="item-open" data-node=id data-testid=format!("item-{id}") on:click=open>
                <span class="node-picture"><Picture path=Signal::derive(move || entry().map_or("", |e| e.picture)) /></span>
                <span class="node-words">
                    <b>{title}</b>
                    <span class="node-line">{line}</span>
                </span>
                <span class="node-start" hidden=move || !starts()>{t!(i18n, designer.start)}</span>
                <span class="node-mark" hidden=move || studio.level(id).is_none()>"!"</span>
            </button>
            <Exits id />
        </div>
    }
}
