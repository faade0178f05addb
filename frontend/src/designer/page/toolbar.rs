//! The bar over the canvas, the view's buttons on it, and the panel's tabs.

use super::super::draft::Saved;
use super::super::editor::{Edit, Editor};
use super::super::exchange;
use super::super::geometry::Look;
use super::super::studio::{Choosing, Panel, Studio, use_studio};
use super::{keys, publish};
use crate::text::{self, *};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::{FileList, HtmlInputElement};

/// The bar.
#[component]
pub fn Toolbar() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let name = Memo::new(move |_| studio.editor.with(|editor| editor.doc().name.clone()));
    let errors = move || studio.errors();
    view! {
        <header class="design-bar">
            <a href="/admin/flows" class="back" aria-label=t!(i18n, designer.back)>"‹"</a>
            <input
                class="flow-name"
                type="text"
                maxlength="80"
                data-testid="flow-name"
                aria-label=t!(i18n, designer.flow_name)
                prop:value=name
                on:input:target=move |event| { studio.apply(Edit::Rename(event.target().value())); }
            />
            <SavedState />
            <div class="bar-group">
                <button
                    type="button"
                    class="primary"
                    data-testid="add-node"
                    on:click=move |_| studio.choosing.set(Some(Choosing { at: None, from: None }))
                >
                    "+ "{t!(i18n, designer.add_node)}
                </button>
                <History />
                <button type="button" data-testid="arrange" on:click=move |_| arrange(studio)>{t!(i18n, designer.arrange)}</button>
                <More />
            </div>
            <div class="bar-end">
                <button type="button" data-testid="try" on:click=move |_| studio.open(Panel::Try)>
                    "▸ "{t!(i18n, designer.try_it)}
                </button>
                <publish::Publish />
                <span class="hidden" data-testid="errors">{errors}</span>
            </div>
        </header>
    }
}

fn arrange(studio: Studio) {
    studio.apply(Edit::Arrange);
    studio.fit();
}

/// Undo and redo.
#[component]
fn History() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let back = move || !studio.editor.with(Editor::can_undo);
    let again = move || !studio.editor.with(Editor::can_redo);
    view! {
        <button
            type="button"
            class="quiet"
            data-testid="undo"
            aria-keyshortcuts="Control+Z"
            title="Ctrl Z"
            disabled=back
            aria-label=t!(i18n, designer.undo)
            on:click=move |_| studio.step_back(false)
        >
            "↶"
        </button>
        <button
            type="button"
            class="quiet"
            data-testid="redo"
            aria-keyshortcuts="Control+Y"
            title="Ctrl Y"
            disabled=again
            aria-label=t!(i18n, designer.redo)
            on:click=move |_| studio.step_back(true)
        >
            "↷"
        </button>
    }
}

/// Whether the draft is safe.
#[component]
fn SavedState() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let words = move || match studio.draft.state() {
        Saved::Yes => t_string!(i18n, designer.saved).to_owned(),
        Saved::Soon => t_string!(i18n, designer.saving).to_owned(),
        Saved::Failed(why) => text::error_text(i18n.get_locale(), &why),
        Saved::Conflict => t_string!(i18n, designer.not_saved).to_owned(),
    };
    let bad = move || matches!(studio.draft.state(), Saved::Failed(_) | Saved::Conflict);
    let state = move || match studio.draft.state() {
        Saved::Yes => "yes",
        Saved::Soon => "soon",
        Saved::Failed(_) => "failed",
        Saved::Conflict => "conflict",
    };
    view! {
        <span class="saved" class:bad=bad role="status" data-testid="saved" data-state=state>{words}</span>
    }
}

/// What is wanted less often.
#[component]
fn More() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let file = NodeRef::<html::Input>::new();
    let error = RwSignal::new(None::<String>);
    let choose = move |_| {
        if let Some(input) = file.get_untracked() {
            input.click();
        }
    };
    let copy = move |_| drop(keys::keep(studio));
    view! {
        <details class="more">
            <summary data-testid="more">{t!(i18n, designer.more)}</summary>
            <div class="more-list" on:click=close_more>
                <button type="button" on:click=copy>{t!(i18n, designer.copy)} <kbd>"Ctrl C"</kbd></button>
                <button type="button" on:click=move |_| keys::paste_kept(studio)>
                    {t!(i18n, designer.paste)} <kbd>"Ctrl V"</kbd>
                </button>
                <button type="button" data-testid="import" on:click=choose>{t!(i18n, designer.import)}</button>
                <button type="button" data-testid="export" on:click=move |_| exchange::save_file(studio)>
                    {t!(i18n, designer.export)}
                </button>
                <button type="button" on:click=move |_| studio.open(Panel::Tests)>{t!(i18n, designer.tests)}</button>
                <button type="button" on:click=move |_| studio.open(Panel::Versions)>{t!(i18n, designer.versions)}</button>
            </div>
            <input
                node_ref=file
                type="file"
                accept=".json,application/json"
                hidden
                data-testid="import-file"
                on:change:target=move |event| import(studio, &event.target(), error)
            />
        </details>
        <p class="form-error bar-error" role="alert" data-testid="import-error" hidden=move || error.with(Option::is_none)>
            {move || error.get()}
            <button type="button" class="plain" aria-label=t!(i18n, common.dismiss) on:click=move |_| error.set(None)>"×"</button>
        </p>
    }
}

/// A choice closes the list that it is of.
fn close_more(event: web_sys::MouseEvent) {
    let list = super::target(&event).and_then(|target| target.closest("details").ok().flatten());
    if let Some(list) = list {
        let _ = list.remove_attribute("open");
    }
}

fn import(studio: Studio, input: &HtmlInputElement, error: RwSignal<Option<String>>) {
    let file = input.files().as_ref().and_then(|files: &FileList| files.get(0));
    input.set_value("");
    let Some(file) = file else { return };
    spawn_local(async move {
        let text = wasm_bindgen_futures::JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
        let locale = studio.i18n.get_locale_untracked();
        match exchange::read(&text.unwrap_or_default()) {
            Ok(found) => {
                let _ = error.try_set(None);
                studio.apply(Edit::Replace { flow: found.flow, tests: found.tests });
                studio.fit();
            }
            Err(why) => drop(error.try_set(Some(text::error_text(locale, &why)))),
        }
    });
}

/// The view's buttons, on the canvas.
#[component]
pub fn View() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let zoom = move |factor: f64| {
        let (width, height) = studio.size.get_untracked();
        studio.look.update(|look: &mut Look| *look = look.zoomed(factor, width / 2.0, height / 2.0));
    };
    let percent = move || format!("{:.0} %", studio.look.get().scale * 100.0);
    view! {
        <div class="view-bar">
            <span class="bar-group" hidden=move || studio.outline.get()>
                <button type="button" class="quiet" aria-label=t!(i18n, designer.smaller) on:click=move |_| zoom(0.8)>"−"</button>
                <button type="button" class="quiet zoom" data-testid="fit" title=t!(i18n, designer.fit) on:click=move |_| studio.fit()>
                    {percent}
                </button>
                <button type="button" class="quiet" aria-label=t!(i18n, designer.larger) on:click=move |_| zoom(1.25)>"+"</button>
            </span>
            <button
                type="button"
                class="quiet"
                data-testid="outline-switch"
                aria-pressed=move || studio.outline.get().to_string()
                on:click=move |_| studio.outline.update(|on| *on = !*on)
            >
                {t!(i18n, designer.outline)}
            </button>
        </div>
    }
}

/// The panel's tabs; on a narrow screen they stay in sight and raise the sheet.
#[component]
pub fn PanelTabs() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let count = move || studio.findings.with(Vec::len);
    let tab = move |panel: Panel, title: Text, testid: &'static str| {
        let press = move |_| {
            let same = studio.panel.get_untracked() == panel;
            studio.panel.set(panel);
            studio.sheet.update(|up| *up = !(*up && same));
        };
        view! {
            <button
                type="button"
                class="panel-tab"
                data-testid=testid
                aria-pressed=move || (studio.panel.get() == panel).to_string()
                on:click=press
            >
                {i18n.shown(title)}
                {(panel == Panel::Findings).then(|| view! {
                    <span class="count" class:bad=move || { studio.errors() > 0 } hidden=move || count() == 0>{count}</span>
                })}
            </button>
        }
    };
    view! {
        <div class="panel-tabs">
            {tab(Panel::Node, words::designer::tab_node, "tab-node")}
            {tab(Panel::Findings, words::designer::findings, "tab-findings")}
            {tab(Panel::Try, words::designer::try_it, "tab-try")}
            {tab(Panel::Tests, words::designer::tests, "tab-tests")}
            {tab(Panel::Versions, words::designer::versions, "tab-versions")}
        </div>
    }
}
