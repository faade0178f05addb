//! What was published: who, when and why; looking at a version and rolling back to it.

use super::super::draft;
use super::super::editor::Edit;
use super::super::studio::{Studio, use_studio};
use crate::api;
use crate::clock::use_clock;
use crate::components::form::FormError;
use crate::text::{self, *};
use hark_shared::flow::model::Flow;
use hark_shared::wire::WireError;
use hark_shared::wire::flows::{FlowVersion, Restoration};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The list, newest first.
#[component]
pub fn Versions() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let (list, error) = (RwSignal::new(Vec::<FlowVersion>::new()), RwSignal::new(None::<WireError>));
    let load = move || {
        spawn_local(async move {
            let found: Result<Option<Vec<FlowVersion>>, _> =
                api::get(&format!("/api/flows/{}/versions", studio.id)).await;
            match found {
                Ok(found) => drop(list.try_set(found.unwrap_or_default())),
                Err(failed) => drop(error.try_set(Some(studio.draft.session.told(failed)))),
            }
        });
    };
    load();
    let rows = move || {
        let newest = list.with(|list| list.first().map(|version| version.version));
        let row = |version: FlowVersion| {
            let current = newest == Some(version.version);
            view! { <li><Row version current error reload=Callback::new(move |()| load()) /></li> }
        };
        list.get().into_iter().map(row).collect_view()
    };
    view! {
        <div class="panel-part" data-testid="versions">
            <h2>{t!(i18n, designer.versions)}</h2>
            <FormError error />
            <p class="muted" hidden=move || !list.with(Vec::is_empty)>{t!(i18n, designer.versions_none)}</p>
            <ul class="version-list">{rows}</ul>
        </div>
    }
}

#[component]
fn Row(version: FlowVersion, current: bool, error: RwSignal<Option<WireError>>, reload: Callback<()>) -> impl IntoView {
    let (studio, i18n, clock) = (use_studio(), use_i18n(), use_clock());
    let number = version.version;
    let when = move || text::moment(i18n.get_locale(), version.at, clock.now());
    let restored = version.restored;
    let asked = RwSignal::new(false);
    let back = move |_| {
        if !asked.get_untracked() {
            asked.set(true);
            return;
        }
        asked.set(false);
        spawn_local(async move {
            let done = restore(studio, number).await;
            let _ = error.try_set(done.err());
            reload.run(());
        });
    };
    view! {
        <div class="version" data-testid=format!("version-{number}")>
            <p>
                <b>{move || t_string!(i18n, designer.version, n = number)}</b>
                <span class="outcome" data-good="true" hidden=!current>{t!(i18n, designer.current)}</span>
            </p>
            <p class="muted">{when}" · "{version.by.unwrap_or_default()}</p>
            <p>{version.note}</p>
            {restored.map(|from| view! { <p class="muted">{move || t_string!(i18n, designer.restored, n = from)}</p> })}
            <div class="panel-foot">
                <button type="button" class="quiet" on:click=move |_| look(studio, number, error)>
                    {t!(i18n, designer.look_at)}
                </button>
                <button type="button" class="quiet" hidden=current data-testid="restore" on:click=back>
                    {move || if asked.get() {
                        t_string!(i18n, designer.restore_really)
                    } else {
                        t_string!(i18n, designer.restore)
                    }}
                </button>
            </div>
        </div>
    }
}

/// Puts a version on the canvas, to look at.
fn look(studio: Studio, version: u32, error: RwSignal<Option<WireError>>) {
    spawn_local(async move {
        let found: Result<Option<Flow>, _> = api::get(&format!("/api/flows/{}/versions/{version}", studio.id)).await;
        match found {
            Ok(Some(flow)) => studio.look_at(version, flow),
            Ok(None) => drop(error.try_set(Some(WireError::new("not_found")))),
            Err(failed) => drop(error.try_set(Some(studio.draft.session.told(failed)))),
        }
    });
}

/// Rolls back: the version is published again and becomes the draft.
async fn restore(studio: Studio, version: u32) -> Result<(), WireError> {
    studio.look_away();
    // What is at hand and not saved yet would else come after the roll-back.
    studio.draft.save().await?;
    let body = serde_json::to_string(&Restoration { version }).unwrap_or_default();
    let path = format!("/api/flows/{}/restore", studio.id);
    api::send("POST", &path, Some(body)).await.map_err(|failed| studio.draft.session.told(failed))?;
    let draft = draft::load(studio.id, studio.draft.session).await?;
    studio.apply(Edit::Replace { flow: draft.flow.clone(), tests: draft.tests.clone() });
    studio.draft.is_at(draft.revision);
    studio.fit();
    Ok(())
}
