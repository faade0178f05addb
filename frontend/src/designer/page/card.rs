//! A node on the canvas: its picture, its name, what it does, its ways out.

use super::super::editor::Editor;
use super::super::kinds;
use super::super::studio::use_studio;
use super::canvas::Ground;
use crate::text::*;
use hark_shared::flow::Exit;
use hark_shared::flow::model::{Node, NodeId};
use hark_shared::wire::flows::Level;
use leptos::prelude::*;

/// A picture of 24 by 24.
#[component]
pub fn Picture(
    /// The path's data.
    #[prop(into)]
    path: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=path />
        </svg>
    }
}

/// The card of a node.
#[component]
pub fn NodeCard(id: NodeId) -> impl IntoView {
    let (studio, ground) = (use_studio(), expect_context::<Ground>());
    let node = Memo::new(move |_| studio.editor.with(|editor| editor.node(id).cloned()));
    let selected = Memo::new(move |_| studio.editor.with(|editor| editor.selected().contains(&id)));
    let lit = Memo::new(move |_| studio.lit.with(|lit| lit.node == Some(id)));
    let exits = Memo::new(move |_| node.with(|node| node.as_ref().map(|n| n.kind.exits()).unwrap_or_default()));
    let place = move || {
        let at = node.with(|node| node.as_ref().map(|node| node.at).unwrap_or_default());
        let by = if selected.get() { ground.carried.get() } else { Default::default() };
        format!("transform:translate({}px,{}px)", at.x + by.x, at.y + by.y)
    };
    let group = move || node.with(|node| node.as_ref().map_or("", |node| kinds::entry(&node.kind).group.name()));
    view! {
        <div
            class="node"
            class:selected=selected
            class:lit=lit
            role="group"
            tabindex="0"
            data-node=id
            data-testid=format!("node-{id}")
            data-group=group
            data-level=move || studio.level(id).map(level_name)
            aria-label=move || spoken(id, node)
            style=place
        >
            <Head id node />
            <ul class="ports">
                <For each=move || exits.get() key=|exit| *exit let:exit>
                    <Port id exit node />
                </For>
            </ul>
        </div>
    }
}

/// For the style sheet.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
    }
}

#[component]
fn Head(id: NodeId, node: Memo<Option<Node>>) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let starts = move || studio.editor.with(|editor| editor.doc().flow.start == id);
    let picture = move || node.with(|node| node.as_ref().map_or("", |node| kinds::entry(&node.kind).picture));
    let title =
        move || node.with(|node| node.as_ref().map(|node| kinds::title(i18n.get_locale(), node)).unwrap_or_default());
    let line = move || {
        let line = |node: &Node| kinds::summary(i18n.get_locale(), &node.kind, studio.known);
        node.with(|node| node.as_ref().map(line).unwrap_or_default())
    };
    view! {
        <div class="node-head">
            <span class="node-picture"><Picture path=Signal::derive(picture) /></span>
            <span class="node-words">
                <b class="node-title">{title}</b>
                <span class="node-line">{line}</span>
            </span>
            <span class="node-start" hidden=move || !starts()>{t!(i18n, designer.start)}</span>
            <span class="node-mark" aria-hidden="true" hidden=move || studio.level(id).is_none()>"!"</span>
        </div>
    }
}

#[component]
fn Port(id: NodeId, exit: Exit, node: Memo<Option<Node>>) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let open = move || node.with(|node| node.as_ref().is_some_and(|node| !node.exits.contains_key(&exit)));
    let wired = move || studio.wire.get() == Some((id, exit));
    let label = move || {
        let exit = kinds::exit_name(i18n.get_locale(), exit);
        t_string!(i18n, designer.connect_exit, exit = exit)
    };
    // A press of the pointer is the canvas' business; this one is of the keyboard.
    let press = move |event: web_sys::MouseEvent| {
        if event.detail() == 0 {
            studio.wire.set(Some((id, exit)));
        }
    };
    view! {
        <li class="port-row">
            <span class="port-name" class:port-key=matches!(exit, Exit::Key(_))>
                {move || kinds::exit_name(i18n.get_locale(), exit)}
            </span>
            <button
                type="button"
                class="port"
                class:open=open
                class:wired=wired
                data-port=exit.to_string()
                data-testid=format!("port-{id}-{exit}")
                tabindex="-1"
                aria-label=label
                on:click=press
            ></button>
        </li>
    }
}

/// What a screen reader says of a card.
fn spoken(id: NodeId, node: Memo<Option<Node>>) -> String {
    let (studio, i18n) = (use_studio(), use_i18n());
    let locale = i18n.get_locale();
    let name = |editor: &Editor, to: NodeId| editor.node(to).map(|node| kinds::title(locale, node)).unwrap_or_default();
    node.with(|node| {
        let Some(node) = node else { return String::new() };
        let kind = kinds::entry(&node.kind).title.of(locale);
        let mut parts = vec![format!("{kind} {id}: {}", kinds::title(locale, node))];
        parts.push(kinds::summary(locale, &node.kind, studio.known));
        studio.editor.with(|editor| {
            for exit in node.kind.exits() {
                let to = node.exits.get(&exit).map(|to| name(editor, *to));
                let to = to.unwrap_or_else(|| t_string!(i18n, designer.leads_nowhere).to_owned());
                parts.push(format!("{} → {to}", kinds::exit_name(locale, exit)));
            }
        });
        parts.retain(|part| !part.is_empty());
        parts.join("; ")
    })
}
