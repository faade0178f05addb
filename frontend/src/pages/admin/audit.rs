//! The audit log, newest first.

use crate::api;
use crate::clock::use_clock;
use crate::components::form::FormError;
use crate::components::table::Table;
use crate::session::use_session;
use crate::text::{self, *};
use hark_shared::wire::rest::{AuditEntry, Page};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The list.
#[component]
pub fn Audit() -> impl IntoView {
    let (session, i18n, clock) = (use_session(), use_i18n(), use_clock());
    let rows = RwSignal::new(Vec::<AuditEntry>::new());
    let next = RwSignal::new(None::<String>);
    let error = RwSignal::new(None);
    let load = move |before: Option<String>| {
        spawn_local(async move {
            let before = before.map(|before| String::from(js_sys::encode_uri_component(&before)));
            let path = before.map_or_else(|| "/api/audit".to_owned(), |before| format!("/api/audit?before={before}"));
            match api::get::<Page<AuditEntry>>(&path).await {
                Ok(page) => {
                    rows.update(|rows| rows.extend(page.rows));
                    next.set(page.next);
                }
                Err(failed) if failed.is_signed_out() => session.expired(),
                Err(failed) => error.set(Some(failed.error)),
            }
        });
    };
    load(None);
    let heads = move || {
        let heads = [
            t_string!(i18n, admin.when),
            t_string!(i18n, admin.who),
            t_string!(i18n, admin.what),
            t_string!(i18n, admin.subject),
            t_string!(i18n, admin.from_address),
        ];
        heads.map(str::to_owned).to_vec()
    };
    let row = move |entry: AuditEntry| {
        let (at, action, code) = (entry.at, entry.action.clone(), entry.action);
        view! {
            <td><time>{move || text::moment(i18n.get_locale(), at, clock.now())}</time></td>
            <td>{entry.user_name.unwrap_or_else(|| "—".to_owned())}</td>
            <td title=code>{move || text::audited(i18n.get_locale(), &action)}</td>
            <td>{entry.subject}</td>
            <td>{entry.address}</td>
        }
        .into_any()
    };
    view! {
        <p class="muted">{t!(i18n, admin.audit_about)}</p>
        <FormError error />
        <Table
            caption=t_label!(i18n, admin.audit)
            heads=Signal::derive(heads)
            rows
            key=|entry: &AuditEntry| (entry.at, entry.action.clone(), entry.subject.clone())
            row
            empty=t_label!(i18n, admin.audit_none)
        />
        <Show when=move || next.with(Option::is_some)>
            <button type="button" class="quiet" on:click=move |_| load(next.get_untracked())>
                {t!(i18n, common.more)}
            </button>
        </Show>
    }
}
