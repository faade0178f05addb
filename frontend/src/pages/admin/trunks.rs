//! Trunks: carriers and session border controllers, with a test that says in words what is wrong.

use super::entries::{Entries, EntryForm};
use super::resource::Resource;
use crate::api;
use crate::components::form::{TextField, Tick};
use crate::text::{self, *};
use hark_shared::ids::TrunkId;
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{Trunk, TrunkTest};
use leptos::prelude::*;
use leptos::task::spawn_local;
use uuid::Uuid;

/// The list.
#[component]
pub fn Trunks() -> impl IntoView {
    let i18n = use_i18n();
    let trunks = Resource::<Trunk>::load("trunks");
    let cells = move |trunk: Trunk| {
        view! {
            <td>{trunk.name}</td>
            <td>{trunk.address}</td>
            <td>{trunk.limit}</td>
            <td><Test trunk=trunk.id /></td>
        }
        .into_any()
    };
    let form = move |trunk, close| view! { <Form trunk trunks close /> }.into_any();
    view! {
        <Entries
            entries=trunks
            about=t_label!(i18n, admin.trunks_about)
            caption=t_label!(i18n, admin.trunks)
            heads=[t_label!(i18n, admin.name), t_label!(i18n, admin.address), t_label!(i18n, admin.limit), t_label!(i18n, admin.test)]
            name=|trunk: &Trunk| trunk.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.trunks_none)
        />
    }
}

/// What a test came to.
#[derive(Clone)]
enum Verdict {
    Asking,
    Told { ok: bool, what: WireError, status: Option<u16> },
}

/// Asks the trunk with OPTIONS and says what came of it.
#[component]
fn Test(trunk: TrunkId) -> impl IntoView {
    let i18n = use_i18n();
    let verdict = RwSignal::new(None::<Verdict>);
    let test = move |_| {
        verdict.set(Some(Verdict::Asking));
        spawn_local(async move {
            let told = match api::post::<_, TrunkTest>(&format!("/api/trunks/{trunk}/test"), &()).await {
                Ok(test) => Verdict::Told { ok: test.ok, what: WireError::new(&test.key), status: test.status },
                Err(failed) => Verdict::Told { ok: false, what: failed.error, status: None },
            };
            // The page may be gone by now.
            let _ = verdict.try_set(Some(told));
        });
    };
    let words = move || {
        verdict.get().map(|verdict| match verdict {
            Verdict::Asking => view! { <p class="muted">{t!(i18n, admin.testing)}</p> }.into_any(),
            Verdict::Told { ok, what, status } => view! {
                <p class="verdict" data-good=ok.to_string() data-testid="trunk-verdict">
                    {move || text::error_text(i18n.get_locale(), &what)}
                    {status.map(|status| format!(" (SIP {status})"))}
                </p>
            }
            .into_any(),
        })
    };
    view! {
        <button type="button" data-testid="trunk-test" on:click=test>
            {t!(i18n, admin.test_trunk)}
        </button>
        <div role="status">{words}</div>
    }
}

/// What the form holds; lists as people write them, one a line or with commas.
#[derive(Clone, Copy)]
struct Fields {
    id: TrunkId,
    name: RwSignal<String>,
    address: RwSignal<String>,
    sources: RwSignal<String>,
    username: RwSignal<String>,
    password: RwSignal<String>,
    caller: RwSignal<String>,
    allowed: RwSignal<String>,
    limit: RwSignal<String>,
    refer: RwSignal<bool>,
}

impl Fields {
    fn of(trunk: Option<Trunk>) -> Self {
        let trunk = trunk.unwrap_or(Trunk {
            id: TrunkId(Uuid::new_v4()),
            name: String::new(),
            address: String::new(),
            sources: vec![],
            username: None,
            password: None,
            caller: None,
            allowed: vec![],
            limit: 100,
            refer: false,
        });
        Self {
            id: trunk.id,
            name: RwSignal::new(trunk.name),
            address: RwSignal::new(trunk.address),
            sources: RwSignal::new(trunk.sources.join(", ")),
            username: RwSignal::new(trunk.username.unwrap_or_default()),
            password: RwSignal::new(String::new()),
            caller: RwSignal::new(trunk.caller.map(|number| number.to_string()).unwrap_or_default()),
            allowed: RwSignal::new(trunk.allowed.join(", ")),
            limit: RwSignal::new(trunk.limit.to_string()),
            refer: RwSignal::new(trunk.refer),
        }
    }

    fn trunk(self) -> Result<Trunk, WireError> {
        let text = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        let filled = |signal: RwSignal<String>| Some(text(signal)).filter(|text| !text.is_empty());
        let list = |signal: RwSignal<String>| {
            let text = text(signal);
            text.split([',', '，', ' ', '\n']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let caller = filled(self.caller).map(|number| PhoneNumber::parse(&number)).transpose();
        Ok(Trunk {
            id: self.id,
            name: text(self.name),
            address: text(self.address),
            sources: list(self.sources),
            username: filled(self.username),
            password: Some(self.password.get_untracked()).filter(|password| !password.is_empty()),
            caller: caller.map_err(|_| WireError::new("invalid.number").with("field", "caller"))?,
            allowed: list(self.allowed),
            // What is no number becomes one that the server refuses, with the limits.
            limit: text(self.limit).parse().unwrap_or(0),
            refer: self.refer.get_untracked(),
        })
    }
}

#[component]
fn Form(trunk: Option<Trunk>, trunks: Resource<Trunk>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let new = trunk.is_none();
    let fields = Fields::of(trunk);
    view! {
        <EntryForm what=t_label!(i18n, admin.trunk) entries=trunks id=(!new).then(|| fields.id.to_string()) body=move || fields.trunk() close>
            <TextField label=t_label!(i18n, admin.name) value=fields.name testid="trunk-name" required=true />
            <TextField
                label=t_label!(i18n, admin.address)
                hint=t_label!(i18n, admin.address_hint)
                value=fields.address
                testid="trunk-address"
                required=true
            />
            <TextField
                label=t_label!(i18n, admin.sources)
                hint=t_label!(i18n, admin.sources_hint)
                value=fields.sources
            />
            <TextField
                label=t_label!(i18n, admin.username)
                hint=t_label!(i18n, admin.username_hint)
                value=fields.username
            />
            <TextField
                label=t_label!(i18n, sign_in.password)
                hint=Signal::derive(move || if new { t_string!(i18n, admin.username_hint) } else { t_string!(i18n, admin.secret_keep) }.to_string())
                value=fields.password
                kind="password"
                autocomplete="new-password"
            />
            <TextField
                label=t_label!(i18n, admin.caller)
                hint=t_label!(i18n, admin.caller_hint)
                value=fields.caller
            />
            <TextField
                label=t_label!(i18n, admin.allowed)
                hint=t_label!(i18n, admin.allowed_hint)
                value=fields.allowed
            />
            <TextField label=t_label!(i18n, admin.limit) value=fields.limit kind="number" />
            <Tick label=t_label!(i18n, admin.refer) value=fields.refer />
        </EntryForm>
    }
}
