//! Dispositions: how a contact can end for the business, in both languages.

use super::entries::{Entries, EntryForm};
use super::resource::Resource;
use crate::components::form::TextField;
use crate::text::*;
use hark_shared::ids::DispositionId;
use hark_shared::wire::desk::Disposition;
use leptos::prelude::*;
use uuid::Uuid;

/// The list.
#[component]
pub fn Dispositions() -> impl IntoView {
    let i18n = use_i18n();
    let dispositions = Resource::<Disposition>::load("dispositions");
    let cells = move |disposition: Disposition| {
        view! {
            <td>{disposition.zh}</td>
            <td>{disposition.en}</td>
        }
        .into_any()
    };
    let form = move |disposition, close| view! { <Form disposition dispositions close /> }.into_any();
    view! {
        <Entries
            entries=dispositions
            about=t_label!(i18n, admin.dispositions_about)
            caption=t_label!(i18n, admin.dispositions)
            heads=["中文".into(), "English".into()]
            name=|disposition: &Disposition| disposition.en.clone()
            cells
            form
            empty=t_label!(i18n, admin.dispositions_none)
        />
    }
}

#[component]
fn Form(disposition: Option<Disposition>, dispositions: Resource<Disposition>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let new = disposition.is_none();
    let disposition = disposition.unwrap_or_else(|| Disposition {
        id: DispositionId(Uuid::new_v4()),
        zh: String::new(),
        en: String::new(),
    });
    let id = disposition.id;
    let (zh, en) = (RwSignal::new(disposition.zh), RwSignal::new(disposition.en));
    let text = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
    let body = move || Ok(Disposition { id, zh: text(zh), en: text(en) });
    view! {
        <EntryForm what=t_label!(i18n, desk.disposition) entries=dispositions id=(!new).then(|| id.to_string()) body close>
            <TextField label="中文" value=zh testid="disposition-zh" required=true />
            <TextField label="English" value=en testid="disposition-en" required=true />
        </EntryForm>
    }
}
