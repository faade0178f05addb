//! Edges: curves from ways out to nodes, and the one that is being drawn.

use super::super::doc::Edge;
use super::super::editor::{Edit, Editor};
use super::super::geometry;
use super::super::studio::{Studio, use_studio};
use super::canvas::Ground;
use crate::text::*;
use hark_shared::flow::Exit;
use hark_shared::flow::model::{NodeId, Place};
use leptos::prelude::*;

/// All of them, under the cards.
#[component]
pub fn Wires() -> impl IntoView {
    let (studio, ground) = (use_studio(), expect_context::<Ground>());
    let edges = Memo::new(move |_| studio.editor.with(|editor| editor.doc().edges()));
    let drawn = move || {
        let (from, exit) = studio.wire.get()?;
        Some(geometry::curve(port(studio, ground, from, exit)?, ground.tip.get()))
    };
    view! {
        <svg class="wires" aria-hidden="true">
            <For each=move || edges.get() key=|edge| *edge let:edge>
                <Wire edge />
            </For>
            <path class="wire drawn" d=move || drawn().unwrap_or_default() />
        </svg>
        <Cut />
    }
}

/// Where a node stands now, carried or not.
fn at(studio: Studio, ground: Ground, id: NodeId) -> Option<Place> {
    let by = ground.carried.get();
    studio.editor.with(|editor: &Editor| {
        let at = editor.node(id)?.at;
        let carried = editor.selected().contains(&id);
        Some(if carried { Place { x: at.x + by.x, y: at.y + by.y } } else { at })
    })
}

fn port(studio: Studio, ground: Ground, id: NodeId, exit: Exit) -> Option<Place> {
    let position = studio.editor.with(|editor| editor.node(id)?.kind.exits().iter().position(|own| *own == exit))?;
    Some(geometry::port(at(studio, ground, id)?, position))
}

#[component]
fn Wire(edge: Edge) -> impl IntoView {
    let (studio, ground) = (use_studio(), expect_context::<Ground>());
    let path = Memo::new(move |_| {
        let ends = port(studio, ground, edge.from, edge.exit).zip(at(studio, ground, edge.to));
        ends.map(|(from, to)| geometry::curve(from, geometry::entry(to))).unwrap_or_default()
    });
    let lit = move || studio.lit.with(|lit| lit.edges.contains(&(edge.from, edge.exit)));
    let near = move || {
        studio.editor.with(|editor| editor.selected().contains(&edge.from) || editor.selected().contains(&edge.to))
    };
    let select = move |event: web_sys::PointerEvent| {
        event.stop_propagation();
        ground.edge.set(Some(edge));
    };
    view! {
        <g
            class="edge"
            class:lit=lit
            class:near=near
            class:selected=move || ground.edge.get() == Some(edge)
            data-own="edge"
            data-testid=format!("edge-{}-{}-{}", edge.from, edge.exit, edge.to)
            on:pointerdown=select
        >
            <path class="wire-hit" d=path />
            <path class="wire" d=path />
        </g>
    }
}

/// The button that cuts the selected edge, in its middle.
#[component]
fn Cut() -> impl IntoView {
    let (studio, ground, i18n) = (use_studio(), expect_context::<Ground>(), use_i18n());
    let middle = move || {
        let edge = ground.edge.get()?;
        let from = port(studio, ground, edge.from, edge.exit)?;
        let to = geometry::entry(at(studio, ground, edge.to)?);
        Some(format!("left:{}px;top:{}px", i32::midpoint(from.x, to.x), i32::midpoint(from.y, to.y)))
    };
    view! {
        <button
            type="button"
            class="cut"
            data-own="cut"
            data-testid="cut"
            hidden=move || ground.edge.get().is_none()
            style=middle
            aria-label=t!(i18n, designer.cut)
            on:pointerdown=|event| event.stop_propagation()
            on:click=move |_| { cut(ground); }
        >
            "×"
        </button>
    }
}

/// Cuts the selected edge; whether there was one.
pub fn cut(ground: Ground) -> bool {
    let Some(Edge { from, exit, .. }) = ground.edge.get_untracked() else { return false };
    ground.edge.set(None);
    ground.studio.apply(Edit::Disconnect { from, exit })
}
