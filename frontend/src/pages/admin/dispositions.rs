//! Dispositions: how a contact can end for the business, in both languages.

use super::dialog::{EditCell, FormDialog, ListHead, Remove, form_title};
use super::resource::Resource;
use crate::components::form::{FormError, TextField};
use crate::components::table::Table;
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
    let editing = RwSignal::new(None::<(Disposition, bool)>);
    let row = move |disposition: Disposition| {
        let edited = disposition.clone();
        view! {
            <td>{disposition.zh}</td>
            <td>{disposition.en}</td>
            <EditCell what=edited.en.clone() edit=move || editing.set(Some((edited.clone(), false))) />
        }
        .into_any()
    };
    let empty =
        move || Some((Disposition { id: DispositionId(Uuid::new_v4()), zh: String::new(), en: String::new() }, true));
    view! {
        <ListHead
            about=t_label!(i18n, admin.dispositions_about)
            create=move || editing.set(empty())
        />
        <FormError error=dispositions.error() />
        <Table
            caption=t_label!(i18n, admin.dispositions)
            heads=Signal::derive(move || vec!["中文".to_owned(), "English".to_owned(), String::new()])
            rows=dispositions.rows()
            key=|row: &Disposition| (row.id, row.zh.clone(), row.en.clone())
            row
            empty=t_label!(i18n, admin.dispositions_none)
        />
        {move || {
            editing
                .get()
                .map(|(disposition, new)| {
                    view! { <Form disposition new dispositions close=Callback::new(move |()| editing.set(None)) /> }
                })
        }}
    }
}

#[component]
fn Form(
    disposition: Disposition,
    new: bool,
    dispositions: Resource<Disposition>,
    close: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let id = disposition.id;
    let (zh, en) = (RwSignal::new(disposition.zh), RwSignal::new(disposition.en));
    let save = move || -> super::dialog::Saving {
        let text = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        let body = Disposition { id, zh: text(zh), en: text(en) };
        Box::pin(async move { dispositions.save((!new).then(|| id.to_string()), &body).await })
    };
    let remove = (!new).then(|| -> Remove { Box::new(move || Box::pin(dispositions.remove(id.to_string()))) });
    view! {
        <FormDialog title=Signal::derive(move || form_title(i18n.get_locale(), new, t_string!(i18n, desk.disposition))) save remove close>
            <TextField label="中文" value=zh testid="disposition-zh" required=true />
            <TextField label="English" value=en testid="disposition-en" required=true />
        </FormDialog>
    }
}
