//! The canvas: cards and edges in a world that is moved and magnified.

use super::super::doc::Edge;
use super::super::editor::{Edit, Editor};
use super::super::geometry::{self, Rect};
use super::super::studio::{Choosing, Panel, Studio, use_studio};
use super::card::NodeCard;
use super::gesture::{Gesture, Meaning, On, Point};
use super::{keys, wires};
use crate::text::*;
use hark_shared::flow::Exit;
use hark_shared::flow::model::{NodeId, Place};
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, PointerEvent, WheelEvent};

/// How much a notch of a wheel, or a part of a pinch on a touch pad, magnifies.
const WHEEL: f64 = 0.0022;

/// What is going on on the canvas; a context of its parts.
#[derive(Clone, Copy)]
pub struct Ground {
    /// The shared state.
    pub studio: Studio,
    /// How far the selected cards are carried at the moment.
    pub carried: RwSignal<Place>,
    /// The lasso.
    pub lasso: RwSignal<Option<Rect>>,
    /// Where the edge that is drawn ends.
    pub tip: RwSignal<Place>,
    /// The edge that is selected.
    pub edge: RwSignal<Option<Edge>>,
    gesture: StoredValue<Gesture>,
    element: NodeRef<html::Div>,
}

/// The canvas.
#[component]
pub fn Canvas() -> impl IntoView {
    let studio = use_studio();
    let ground = Ground {
        studio,
        carried: RwSignal::new(Place::default()),
        lasso: RwSignal::new(None),
        tip: RwSignal::new(Place::default()),
        edge: RwSignal::new(None),
        gesture: StoredValue::new(Gesture::default()),
        element: NodeRef::new(),
    };
    provide_context(ground);
    measure(ground);
    let i18n = use_i18n();
    let order = Memo::new(move |_| studio.editor.with(|editor| super::super::doc::in_order(&editor.doc().flow)));
    let transform = move || {
        let look = studio.look.get();
        format!("transform:translate({}px,{}px) scale({})", look.x, look.y, look.scale)
    };
    let backdrop = move || {
        let look = studio.look.get();
        let step = f64::from(geometry::GRID) * look.scale;
        format!("background-size:{step}px {step}px;background-position:{}px {}px", look.x, look.y)
    };
    view! {
        <div
            class="canvas"
            class:wiring=move || studio.wire.get().is_some()
            node_ref=ground.element
            role="application"
            aria-label=t!(i18n, designer.canvas)
            data-testid="canvas"
            style=backdrop
            on:pointerdown=move |event| down(ground, &event)
            on:pointermove=move |event| moved(ground, &event)
            on:pointerup=move |event| up(ground, &event)
            on:pointercancel=move |_| ground.give_up()
            on:wheel=move |event| wheel(ground, &event)
            on:keydown=move |event| keys::on_canvas(ground, &event)
        >
            <div class="world" style=transform>
                <wires::Wires />
                <For each=move || order.get() key=|id| *id let:id>
                    <NodeCard id />
                </For>
                <Lasso />
            </div>
            <Nothing />
        </div>
    }
}

/// The rectangle that catches nodes.
#[component]
fn Lasso() -> impl IntoView {
    let ground: Ground = expect_context();
    let style = move || {
        ground.lasso.get().map(|lasso| {
            let (w, h) = (lasso.right - lasso.left, lasso.bottom - lasso.top);
            format!("left:{}px;top:{}px;width:{w}px;height:{h}px", lasso.left, lasso.top)
        })
    };
    view! { <div class="lasso" hidden=move || ground.lasso.get().is_none() style=style></div> }
}

/// What an empty canvas says.
#[component]
fn Nothing() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let empty = move || studio.editor.with(|editor| editor.doc().flow.nodes.is_empty());
    view! { <p class="canvas-empty" hidden=move || !empty()>{t!(i18n, designer.canvas_empty)}</p> }
}

/// Keeps the canvas' size, and shows the whole flow when it is first known.
fn measure(ground: Ground) {
    let studio = use_studio();
    let take = move || {
        let Some(element) = ground.element.get_untracked() else { return };
        let first = studio.size.get_untracked().0 <= 0.0;
        studio.size.set((f64::from(element.client_width()), f64::from(element.client_height())));
        if first {
            studio.unfold();
        }
    };
    Effect::new(move |_| {
        if ground.element.get().is_some() {
            studio.size.set((0.0, 0.0));
            request_animation_frame(take);
        }
    });
    let resized = window_event_listener(leptos::ev::resize, move |_| take());
    on_cleanup(move || resized.remove());
}

impl Ground {
    /// The event's point of the canvas.
    fn point(self, event: &web_sys::MouseEvent) -> Point {
        let area = self.element.get_untracked().map(|element| element.get_bounding_client_rect());
        let (left, top) = area.map_or((0.0, 0.0), |area| (area.left(), area.top()));
        (f64::from(event.client_x()) - left, f64::from(event.client_y()) - top)
    }

    /// Nothing is carried, caught or drawn any more.
    pub fn give_up(self) {
        self.gesture.update_value(Gesture::cancel);
        self.carried.set(Place::default());
        self.lasso.set(None);
    }
}

/// What is under an event.
fn under(event: &PointerEvent) -> Option<On> {
    let target = event.target()?.dyn_into::<Element>().ok()?;
    let of = |selector: &str, name: &str| {
        let found = target.closest(selector).ok().flatten();
        found.and_then(|element| element.get_attribute(name))
    };
    let node: Option<NodeId> = of("[data-node]", "data-node").and_then(|id| id.parse().ok());
    let exit: Option<Exit> = of("[data-port]", "data-port").and_then(|exit| exit.try_into().ok());
    match (node, exit) {
        (Some(node), Some(exit)) => Some(On::Port(node, exit)),
        (Some(node), None) => Some(On::Card(node)),
        // What has its own handler, like an edge, is none of the canvas' business.
        (None, _) if target.closest("[data-own]").ok().flatten().is_some() => None,
        (None, _) => Some(if event.shift_key() { On::Lasso } else { On::Ground }),
    }
}

fn down(ground: Ground, event: &PointerEvent) {
    let studio = ground.studio;
    let panning = event.button() == 1;
    if event.button() > 1 {
        return;
    }
    let Some(on) = (if panning { Some(On::Ground) } else { under(event) }) else { return };
    if let On::Card(node) = on
        && studio.wire.get_untracked().is_none()
    {
        let selected = studio.editor.with_untracked(|editor| editor.selected().contains(&node));
        if event.shift_key() || event.ctrl_key() || event.meta_key() {
            studio.editor.update(|editor| editor.toggle(node));
        } else if !selected {
            studio.editor.update(|editor| editor.select([node]));
        }
    }
    ground.edge.set(None);
    let point = ground.point(event);
    ground.gesture.update_value(|gesture| gesture.down(event.pointer_id(), point, on));
    if let Some(element) = ground.element.get_untracked() {
        // A pointer that is gone already cannot be captured, and need not be.
        let _ = element.set_pointer_capture(event.pointer_id());
    }
    focus_under(event);
}

/// Captured pointers do not focus what they press.
fn focus_under(event: &PointerEvent) {
    event.prevent_default();
    let target = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    let card = target.and_then(|target| target.closest("[data-node], .canvas").ok().flatten());
    if let Some(card) = card.and_then(|card| card.dyn_into::<HtmlElement>().ok()) {
        let options = web_sys::FocusOptions::new();
        options.set_prevent_scroll(true);
        let _ = card.focus_with_options(&options);
    }
}

fn moved(ground: Ground, event: &PointerEvent) {
    let studio = ground.studio;
    let (point, look) = (ground.point(event), studio.look.get_untracked());
    if studio.wire.get_untracked().is_some() {
        ground.tip.set(look.world(point.0, point.1));
    }
    let meaning = ground.gesture.try_update_value(|gesture| gesture.moved(event.pointer_id(), point, look)).flatten();
    if let Some(meaning) = meaning {
        mean(ground, meaning, event);
    }
}

fn up(ground: Ground, event: &PointerEvent) {
    let studio = ground.studio;
    let (point, look) = (ground.point(event), studio.look.get_untracked());
    let meaning = ground.gesture.try_update_value(|gesture| gesture.up(event.pointer_id(), point, look)).flatten();
    if let Some(meaning) = meaning {
        mean(ground, meaning, event);
    }
}

fn mean(ground: Ground, meaning: Meaning, event: &PointerEvent) {
    let studio = ground.studio;
    match meaning {
        Meaning::Look(look) => studio.look.set(look),
        Meaning::Drag(by) => ground.carried.set(by),
        Meaning::Drop(by) => {
            ground.carried.set(Place::default());
            studio.apply(Edit::Move { by });
            studio.editor.update(|editor| {
                // The next drag is a step of its own.
                let selected: Vec<NodeId> = editor.selected().iter().copied().collect();
                editor.select(selected);
            });
        }
        Meaning::Lasso(lasso) => ground.lasso.set(Some(lasso)),
        Meaning::Caught(lasso) => {
            ground.lasso.set(None);
            studio.editor.update(|editor| {
                let meets = |(id, node): (&NodeId, _)| geometry::card(node).meets(lasso).then_some(*id);
                let caught: Vec<NodeId> = editor.doc().flow.nodes.iter().filter_map(meets).collect();
                editor.select(caught);
            });
        }
        Meaning::Wire(node, exit, at) => {
            ground.tip.set(at);
            studio.wire.set(Some((node, exit)));
        }
        Meaning::Wired(node, exit, at) => wired(ground, node, exit, at),
        Meaning::Click(on, at) => clicked(ground, on, at, event),
    }
}

fn hit(editor: &Editor, at: Place) -> Option<NodeId> {
    editor.doc().flow.nodes.iter().find(|(_, node)| geometry::card(node).touches(at)).map(|(id, _)| *id)
}

fn wired(ground: Ground, node: NodeId, exit: Exit, at: Place) {
    let studio = ground.studio;
    match studio.editor.with_untracked(|editor| hit(editor, at)) {
        Some(to) => {
            studio.wire.set(Some((node, exit)));
            studio.connect_to(to);
        }
        None => {
            studio.wire.set(None);
            let at = Place { x: at.x, y: at.y - geometry::entry(Place::default()).y };
            studio.choosing.set(Some(Choosing { at: Some(at), from: Some((node, exit)) }));
        }
    }
}

fn clicked(ground: Ground, on: On, at: Place, event: &PointerEvent) {
    let studio = ground.studio;
    let many = event.shift_key() || event.ctrl_key() || event.meta_key();
    match on {
        On::Port(node, exit) => {
            // The same once more gives it up.
            let same = studio.wire.get_untracked() == Some((node, exit));
            ground.tip.set(at);
            studio.wire.set((!same).then_some((node, exit)));
        }
        On::Card(node) => {
            if !studio.connect_to(node) && !many {
                studio.editor.update(|editor| editor.select([node]));
                studio.panel.update(|panel| {
                    if !matches!(panel, Panel::Try | Panel::Tests) {
                        *panel = Panel::Node;
                    }
                });
            }
        }
        On::Ground | On::Lasso => match studio.wire.get_untracked() {
            Some(from) => {
                studio.wire.set(None);
                let at = Place { x: at.x, y: at.y - geometry::entry(Place::default()).y };
                studio.choosing.set(Some(Choosing { at: Some(at), from: Some(from) }));
            }
            None => studio.editor.update(|editor| editor.select([])),
        },
    }
}

fn wheel(ground: Ground, event: &WheelEvent) {
    let studio = ground.studio;
    event.prevent_default();
    // Lines and pages of old wheels as pixels (UI Events, deltaMode).
    let unit = match event.delta_mode() {
        WheelEvent::DOM_DELTA_LINE => 16.0,
        WheelEvent::DOM_DELTA_PAGE => 400.0,
        _ => 1.0,
    };
    let (x, y) = (event.delta_x() * unit, event.delta_y() * unit);
    let point = ground.point(event);
    studio.look.update(|look| {
        *look = if event.ctrl_key() || event.meta_key() {
            look.zoomed((-y * WHEEL * 2.0).exp(), point.0, point.1)
        } else if event.shift_key() {
            look.moved(-y - x, 0.0)
        } else {
            look.moved(-x, -y)
        };
    });
}
