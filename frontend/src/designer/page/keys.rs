//! What keys do in the designer, and the clipboard.
//!
//! Letters are commands only while a card has the focus; nothing is one while a field has it, or an input method composes.

use super::super::clip::Clip;
use super::super::doc::{Toward, step};
use super::super::editor::{Edit, Editor};
use super::super::geometry::{GRID, Look};
use super::super::studio::{Choosing, Panel, Studio};
use super::{canvas::Ground, wires};
use hark_shared::flow::model::{NodeId, Place};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{ClipboardEvent, Element, KeyboardEvent};

/// Where a copy is kept for the buttons, which may not read the system's clipboard.
const KEPT: &str = "hark.clip";
/// What a key magnifies.
const ZOOM: f64 = 1.25;

/// Whether the event is in something that is typed into.
fn in_field(event: &web_sys::Event) -> bool {
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    target.is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT"))
}

/// The node whose card or row has the focus.
fn focused() -> Option<NodeId> {
    let element = document().active_element()?;
    element.closest("[data-node]").ok()??.get_attribute("data-node")?.parse().ok()
}

/// Keys that work wherever the focus is within the designer.
pub fn anywhere(studio: Studio, event: &KeyboardEvent) {
    if in_field(event) || event.is_composing() || !(event.ctrl_key() || event.meta_key()) {
        return;
    }
    match event.key().to_lowercase().as_str() {
        "z" => studio.step_back(event.shift_key()),
        "y" => studio.step_back(true),
        "a" => studio.editor.update(|editor| {
            let all: Vec<NodeId> = editor.doc().flow.nodes.keys().copied().collect();
            editor.select(all);
        }),
        "d" => duplicate(studio),
        _ => return,
    }
    event.prevent_default();
}

/// Keys of the canvas.
pub fn on_canvas(ground: Ground, event: &KeyboardEvent) {
    if in_field(event) || event.is_composing() || event.ctrl_key() || event.meta_key() {
        return;
    }
    if event.key() == "Escape" {
        ground.give_up();
        ground.edge.set(None);
    }
    if matches!(event.key().as_str(), "Delete" | "Backspace") && wires::cut(ground) {
        event.prevent_default();
        return;
    }
    if on_node(ground.studio, event) {
        event.prevent_default();
        event.stop_propagation();
    }
}

/// Keys of a card or an outline's row; whether it was one.
pub fn on_node(studio: Studio, event: &KeyboardEvent) -> bool {
    let key = event.key();
    let (width, height) = studio.size.get_untracked();
    let zoom =
        |factor: f64| studio.look.update(|look: &mut Look| *look = look.zoomed(factor, width / 2.0, height / 2.0));
    match key.as_str() {
        "+" | "=" => zoom(ZOOM),
        "-" => zoom(1.0 / ZOOM),
        "0" => studio.fit(),
        "n" => studio.choosing.set(Some(Choosing { at: None, from: open_exit(studio) })),
        "Escape" => {
            studio.wire.set(None);
            studio.editor.update(|editor| editor.select([]));
        }
        "ArrowRight" | "ArrowLeft" | "ArrowUp" | "ArrowDown" => return arrow(studio, event),
        _ => return on_focused(studio, event),
    }
    true
}

/// Keys that are of the card with the focus.
fn on_focused(studio: Studio, event: &KeyboardEvent) -> bool {
    let Some(node) = focused() else { return false };
    match event.key().as_str() {
        "Enter" => {
            if !studio.connect_to(node) {
                studio.go_to(node);
                studio.open(Panel::Node);
                focus_first(".panel [data-first] input, .panel [data-first] select");
            }
        }
        " " => studio.editor.update(|editor| editor.toggle(node)),
        "c" => {
            studio.go_to(node);
            studio.open(Panel::Node);
            focus_first(".panel .exits select");
        }
        "Delete" | "Backspace" => remove(studio, node),
        _ => return false,
    }
    true
}

/// Removes what is selected, or the card with the focus, and gives the focus to a neighbour.
fn remove(studio: Studio, node: NodeId) {
    let (near, with_it) = studio.editor.with_untracked(|editor| {
        let flow = &editor.doc().flow;
        let near = step(flow, node, Toward::Before).or_else(|| step(flow, node, Toward::Next));
        (near, editor.selected().contains(&node))
    });
    if !with_it {
        studio.editor.update(|editor| editor.select([node]));
    }
    studio.apply(Edit::Remove);
    if let Some(near) = near {
        studio.focus(near);
    }
}

fn arrow(studio: Studio, event: &KeyboardEvent) -> bool {
    let key = event.key();
    let focus = focused();
    if event.alt_key() {
        if let Some(node) = focus {
            push(studio, node, &key);
        }
        return true;
    }
    let toward = match key.as_str() {
        "ArrowRight" => Toward::After,
        "ArrowLeft" => Toward::Before,
        "ArrowDown" => Toward::Next,
        _ => Toward::Previous,
    };
    let to = studio.editor.with_untracked(|editor| match focus {
        Some(node) => step(&editor.doc().flow, node, toward),
        None => Some(editor.doc().flow.start),
    });
    if let Some(to) = to {
        // While a way out looks for its node, nothing else is selected.
        if studio.wire.get_untracked().is_none() {
            studio.go_to(to);
        }
        studio.show(to);
        studio.focus(to);
    }
    true
}

/// Moves what is selected, or the card with the focus, by a step of the grid.
fn push(studio: Studio, node: NodeId, key: &str) {
    let by = match key {
        "ArrowRight" => Place { x: GRID, y: 0 },
        "ArrowLeft" => Place { x: -GRID, y: 0 },
        "ArrowDown" => Place { x: 0, y: GRID },
        _ => Place { x: 0, y: -GRID },
    };
    if !studio.editor.with_untracked(|editor| editor.selected().contains(&node)) {
        studio.editor.update(|editor| editor.select([node]));
    }
    studio.apply(Edit::Move { by });
    studio.show(node);
}

/// The first way out of the selected node that leads nowhere yet.
fn open_exit(studio: Studio) -> Option<(NodeId, hark_shared::flow::Exit)> {
    studio.editor.with_untracked(|editor| {
        let id = editor.one()?;
        let node = editor.node(id)?;
        node.kind.exits().into_iter().find(|exit| !node.exits.contains_key(exit)).map(|exit| (id, exit))
    })
}

fn focus_first(selector: &'static str) {
    request_animation_frame(move || {
        let found = document().query_selector(selector).ok().flatten();
        if let Some(element) = found.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = element.focus();
        }
    });
}

/// A second one of what is selected, beside it.
pub fn duplicate(studio: Studio) {
    let (clip, at) = studio.editor.with_untracked(|editor| {
        let left = editor.selected().iter().filter_map(|id| editor.node(*id)).map(|node| node.at);
        let corner = left.reduce(|a, b| Place { x: a.x.min(b.x), y: a.y.min(b.y) }).unwrap_or_default();
        (editor.copied(), Place { x: corner.x + 2 * GRID, y: corner.y + 2 * GRID })
    });
    paste(studio, clip, at);
}

fn paste(studio: Studio, clip: Clip, at: Place) {
    if clip.nodes.is_empty() {
        return;
    }
    if studio.apply(Edit::Paste { clip, at })
        && let Some(first) = studio.editor.with_untracked(|editor| editor.selected().first().copied())
    {
        studio.show(first);
        studio.focus(first);
    }
}

/// Copies what is selected for the paste button of this or another flow.
pub fn keep(studio: Studio) -> Option<String> {
    let clip = studio.editor.with_untracked(Editor::copied);
    if clip.nodes.is_empty() {
        return None;
    }
    let text = clip.text();
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(KEPT, &text);
    }
    Some(text)
}

/// Pastes what [`keep`] kept.
pub fn paste_kept(studio: Studio) {
    let kept = window().local_storage().ok().flatten().and_then(|storage| storage.get_item(KEPT).ok().flatten());
    if let Some(clip) = kept.and_then(|text| Clip::read(&text)) {
        paste(studio, clip, studio.editor.with_untracked(Editor::free_place));
    }
}

/// The system's clipboard: copies, or cuts, what is selected.
pub fn on_copy(studio: Studio, event: &ClipboardEvent, cut: bool) {
    if in_field(event) {
        return;
    }
    let (Some(text), Some(data)) = (keep(studio), event.clipboard_data()) else { return };
    if data.set_data("text/plain", &text).is_ok() {
        event.prevent_default();
        if cut {
            studio.apply(Edit::Remove);
        }
    }
}

/// The system's clipboard: pastes nodes.
pub fn on_paste(studio: Studio, event: &ClipboardEvent) {
    if in_field(event) {
        return;
    }
    let text = event.clipboard_data().and_then(|data| data.get_data("text/plain").ok());
    if let Some(clip) = text.and_then(|text| Clip::read(&text)) {
        event.prevent_default();
        paste(studio, clip, studio.editor.with_untracked(Editor::free_place));
    }
}
