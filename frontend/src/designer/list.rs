//! The list of flows: what is published, what is changed, which numbers lead there; and a new flow.

use super::doc::Doc;
use super::exchange;
use super::known::{Known, Source};
use super::templates::Beginning;
use crate::api;
use crate::clock::use_clock;
use crate::components::form::{Field, FormError, TextField};
use crate::components::table::Table;
use crate::pages::admin::dialog::{FormDialog, Saving};
use crate::pages::admin::entries::ListHead;
use crate::route;
use crate::session::{SessionStore, use_session};
use crate::text::{self, *};
use hark_shared::flow::exchange::Exchanged;
use hark_shared::ids::FlowId;
use hark_shared::wire::WireError;
use hark_shared::wire::flows::{FlowDraft, FlowSummary};
use hark_shared::wire::rest::Language;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use uuid::Uuid;
use web_sys::HtmlInputElement;

/// The list.
#[component]
pub fn FlowList() -> impl IntoView {
    let (i18n, session) = (use_i18n(), use_session());
    let (flows, error) = (RwSignal::new(Vec::<FlowSummary>::new()), RwSignal::new(None::<WireError>));
    let numbers = RwSignal::new(Vec::<(String, String)>::new());
    let creating = RwSignal::new(false);
    spawn_local(async move {
        match api::get::<Option<Vec<FlowSummary>>>("/api/flows").await {
            Ok(found) => drop(flows.try_set(found.unwrap_or_default())),
            Err(failed) => drop(error.try_set(Some(session.told(failed)))),
        }
    });
    spawn_local(async move {
        let Ok(text) = api::text("/api/numbers").await else { return };
        let _ = numbers.try_set(entries(&text));
    });
    let heads = move || {
        let heads = [
            t_string!(i18n, designer.flow_name),
            t_string!(i18n, designer.state),
            t_string!(i18n, designer.numbers),
            t_string!(i18n, designer.saved_last),
        ];
        heads.map(str::to_owned).to_vec()
    };
    view! {
        <div class="flow-list" data-testid="flow-list">
            <ListHead about=t_label!(i18n, designer.about) create=move || creating.set(true) />
            <FormError error />
            <Table
                caption=t_label!(i18n, designer.flows)
                heads=Signal::derive(heads)
                rows=flows
                key=|flow: &FlowSummary| format!("{flow:?}")
                row=move |flow| view! { <Row flow numbers /> }.into_any()
                empty=t_label!(i18n, designer.flows_none)
            />
            {move || creating.get().then(|| view! { <New close=Callback::new(move |()| creating.set(false)) /> })}
        </div>
    }
}

/// Which number leads to which flow, out of the list of numbers as it comes.
fn entries(text: &str) -> Vec<(String, String)> {
    let rows: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let entry = |row: &Value| Some((text(row.pointer("/entry/flow")?)?, text(row.get("number")?)?));
    rows.iter().filter_map(entry).collect()
}

#[component]
fn Row(flow: FlowSummary, numbers: RwSignal<Vec<(String, String)>>) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let id = flow.id.to_string();
    let lead = move || {
        let mine = numbers.get().into_iter().filter(|(flow, _)| *flow == id).map(|(_, number)| number);
        mine.collect::<Vec<_>>().join(", ")
    };
    let state = move || match (flow.published, flow.changed) {
        (None, _) => t_string!(i18n, designer.never_published).to_owned(),
        (Some(version), false) => t_string!(i18n, designer.published_as, n = version),
        (Some(version), true) => t_string!(i18n, designer.published_changed, n = version),
    };
    let when = move || text::moment(i18n.get_locale(), flow.saved, clock.now());
    view! {
        <td><a href=format!("/admin/flows/{}", flow.id) data-testid="flow">{flow.name.clone()}</a></td>
        <td><span class="outcome" data-good={(flow.published.is_some() && !flow.changed).to_string()}>{state}</span></td>
        <td>{lead}</td>
        <td>{when}" "<span class="muted">{flow.saved_by.clone()}</span></td>
    }
}

fn title(beginning: Beginning) -> (Text, Text) {
    use words::designer as w;
    match beginning {
        Beginning::Empty => (w::begin_empty, w::begin_empty_about),
        Beginning::Hotline => (w::begin_hotline, w::begin_hotline_about),
        Beginning::Menu => (w::begin_menu, w::begin_menu_about),
        Beginning::SelfService => (w::begin_self_service, w::begin_self_service_about),
    }
}

#[component]
fn New(close: Callback<()>) -> impl IntoView {
    let (i18n, session) = (use_i18n(), use_session());
    let known = Known::load();
    let name = RwSignal::new(String::new());
    let beginning = RwSignal::new(Beginning::Hotline);
    let imported = RwSignal::new(None::<Exchanged>);
    let problem = RwSignal::new(None::<WireError>);
    let save = move || -> Saving {
        let locale = i18n.get_locale_untracked();
        let language = match locale {
            Locale::En => Language::En,
            Locale::Zh => Language::Zh,
        };
        let doc = match imported.get_untracked() {
            Some(Exchanged { name, flow, tests }) => Doc { name, flow, tests },
            None => {
                let queue = known.only(Source::Queues).and_then(|id| id.parse().ok());
                let calendar = known.only(Source::Calendars).and_then(|id| id.parse().ok());
                beginning.get_untracked().doc("", language, queue, calendar)
            }
        };
        let name = name.get_untracked().trim().to_owned();
        let (id, flow, tests) = (FlowId(Uuid::new_v4()), doc.flow, doc.tests);
        Box::pin(create(FlowDraft { id, name, revision: 0, flow, tests }, session))
    };
    let choice = move |own: Beginning| {
        let (title, about) = title(own);
        view! {
            <label class="begin">
                <input
                    type="radio"
                    name="beginning"
                    data-testid=format!("begin-{own:?}").to_lowercase()
                    prop:checked=move || beginning.get() == own
                    on:change=move |_| beginning.set(own)
                />
                <span><b>{i18n.shown(title)}</b><span class="muted">{i18n.shown(about)}</span></span>
            </label>
        }
    };
    view! {
        <FormDialog title=t_label!(i18n, designer.new_flow) save close>
            <TextField label=t_label!(i18n, designer.flow_name) value=name testid="new-flow-name" required=true focus=true />
            <fieldset class="begins" disabled=move || imported.with(Option::is_some)>
                <legend class="field-label">{t!(i18n, designer.begin_with)}</legend>
                {Beginning::ALL.map(choice).collect_view()}
            </fieldset>
            <Field label=t_label!(i18n, designer.or_import)>
                <input
                    type="file"
                    accept=".json,application/json"
                    data-testid="new-flow-file"
                    on:change:target=move |event| take(&event.target(), imported, problem, name)
                />
            </Field>
            <FormError error=problem />
        </FormDialog>
    }
}

async fn create(draft: FlowDraft, session: SessionStore) -> Result<(), WireError> {
    let body = serde_json::to_string(&draft).unwrap_or_default();
    api::send("POST", "/api/flows", Some(body)).await.map_err(|failed| session.told(failed))?;
    route::go(&format!("/admin/flows/{}", draft.id));
    Ok(())
}

/// Reads the chosen file.
fn take(
    input: &HtmlInputElement,
    imported: RwSignal<Option<Exchanged>>,
    problem: RwSignal<Option<WireError>>,
    name: RwSignal<String>,
) {
    let file = input.files().and_then(|files| files.get(0));
    let Some(file) = file else { return imported.set(None) };
    spawn_local(async move {
        let text = wasm_bindgen_futures::JsFuture::from(file.text()).await.ok().and_then(|text| text.as_string());
        match exchange::read(&text.unwrap_or_default()) {
            Ok(found) => {
                if name.with_untracked(String::is_empty) {
                    name.set(found.name.clone());
                }
                problem.set(None);
                imported.set(Some(found));
            }
            Err(why) => {
                imported.set(None);
                problem.set(Some(why));
            }
        }
    });
}
