//! The page of one flow: tool bar, canvas or outline, and the panel beside it.

mod canvas;
mod card;
mod chooser;
mod exits;
mod field;
mod findings;
mod gesture;
mod inspector;
mod keys;
mod outline;
mod publish;
mod tests;
mod toolbar;
mod try_panel;
mod versions;
mod walk;
mod wires;
mod world;

use super::doc::Doc;
use super::draft::{self, Draft, Saved};
use super::editor::Editor;
use super::known::Known;
use super::studio::{Panel, Studio, use_studio};
use crate::components::form::FormError;
use crate::session::use_session;
use crate::text::*;
use hark_shared::ids::FlowId;
use hark_shared::wire::WireError;
use hark_shared::wire::flows::FlowDraft;
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, KeyboardEvent};

/// The page; loads the draft first.
#[component]
pub fn FlowPage(flow: FlowId) -> impl IntoView {
    let (i18n, session) = (use_i18n(), use_session());
    let (loaded, error) = (RwSignal::new(None::<FlowDraft>), RwSignal::new(None::<WireError>));
    spawn_local(async move {
        match draft::load(flow, session).await {
            Ok(draft) => drop(loaded.try_set(Some(draft))),
            Err(why) => drop(error.try_set(Some(why))),
        }
    });
    view! {
        <FormError error />
        {move || match loaded.get() {
            Some(draft) => view! { <Design draft /> }.into_any(),
            None => view! {
                <p class="muted" role="status" hidden=move || error.with(Option::is_some)>{t!(i18n, designer.loading)}</p>
            }
            .into_any(),
        }}
    }
}

#[component]
fn Design(draft: FlowDraft) -> impl IntoView {
    let editor = RwSignal::new(Editor::new(Doc::of(&draft)));
    let saves = Draft::follow(draft.id, use_session(), draft.revision, editor);
    let width = window().inner_width().ok().and_then(|width| width.as_f64());
    let narrow = width.is_some_and(|width| width <= 720.0);
    let studio = Studio::new(draft.id, editor, saves, Known::load(), narrow);
    provide_context(studio);
    provide_context(walk::Walk::new(studio));
    clipboard(studio);
    view! {
        <div class="design" data-testid="design" on:keydown=move |event| keys::anywhere(studio, &event)>
            <toolbar::Toolbar />
            <Conflict />
            <Looking />
            <div class="design-body">
                <div class="stage">
                    {move || if studio.outline.get() {
                        view! { <outline::Outline /> }.into_any()
                    } else {
                        view! { <canvas::Canvas /> }.into_any()
                    }}
                    <toolbar::View />
                </div>
                <SidePanel />
            </div>
            <chooser::Chooser />
            <p class="hidden" role="status" aria-live="polite">{move || studio.said.get()}</p>
        </div>
    }
}

/// Copy, cut and paste by the system's clipboard, while this page is shown.
fn clipboard(studio: Studio) {
    let copy =
        window_event_listener(leptos::ev::copy, move |event| keys::on_copy(studio, event.unchecked_ref(), false));
    let cut = window_event_listener(leptos::ev::cut, move |event| keys::on_copy(studio, event.unchecked_ref(), true));
    let paste = window_event_listener(leptos::ev::paste, move |event| keys::on_paste(studio, event.unchecked_ref()));
    on_cleanup(move || {
        copy.remove();
        cut.remove();
        paste.remove();
    });
}

/// Somebody else saved in between: whose work shall stay.
#[component]
fn Conflict() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let error = RwSignal::new(None::<WireError>);
    let choose = move |mine: bool| {
        spawn_local(async move {
            let draft = studio.draft;
            let done = if mine { draft.keep_mine().await } else { draft.take_theirs().await };
            let _ = error.try_set(done.err());
        });
    };
    view! {
        <div class="conflict" role="alert" data-testid="conflict" hidden=move || studio.draft.state() != Saved::Conflict>
            <p>{t!(i18n, designer.conflict)}</p>
            <button type="button" data-testid="take-theirs" on:click=move |_| choose(false)>
                {t!(i18n, designer.take_theirs)}
            </button>
            <button type="button" data-testid="keep-mine" on:click=move |_| choose(true)>
                {t!(i18n, designer.keep_mine)}
            </button>
            <FormError error />
        </div>
    }
}

/// An old version is looked at.
#[component]
fn Looking() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let words = move || studio.looking.get().map(|n| t_string!(i18n, designer.looking, n = n));
    view! {
        <div class="conflict calm" role="status" data-testid="looking" hidden=move || studio.looking.get().is_none()>
            <p>{words}</p>
            <button type="button" data-testid="look-away" on:click=move |_| studio.look_away()>
                {t!(i18n, designer.look_away)}
            </button>
        </div>
    }
}

/// The panel beside the canvas; a sheet from below on a narrow screen.
#[component]
fn SidePanel() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    view! {
        <aside class="panel" class:up=move || studio.sheet.get() aria-label=t!(i18n, designer.panel) data-testid="panel">
            <toolbar::PanelTabs />
            <div class="panel-body">
                {move || match studio.panel.get() {
                    Panel::Node => view! { <inspector::Inspector /> }.into_any(),
                    Panel::Findings => view! { <findings::Findings /> }.into_any(),
                    Panel::Try => view! { <try_panel::Try /> }.into_any(),
                    Panel::Tests => view! { <tests::Tests /> }.into_any(),
                    Panel::Versions => view! { <versions::Versions /> }.into_any(),
                }}
            </div>
        </aside>
    }
}

/// The element that an event is of.
fn target(event: &Event) -> Option<Element> {
    event.target()?.dyn_into().ok()
}

/// Whether the key was pressed in a field.
fn keys_in_field(event: &KeyboardEvent) -> bool {
    target(event).is_some_and(|target| target.tag_name() == "INPUT")
}

/// Whether the key was pressed in something that takes arrows and letters itself.
fn in_control(event: &KeyboardEvent) -> bool {
    target(event).is_some_and(|target| matches!(target.tag_name().as_str(), "INPUT" | "SELECT" | "TEXTAREA"))
}
