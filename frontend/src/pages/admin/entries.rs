//! What the lists of the administration have in common: a head, a table with a button for each entry, and over it the
//! form of the entry that is edited or made.

use super::dialog::{FormDialog, Remove, Saving, form_title};
use super::resource::Resource;
use crate::components::form::FormError;
use crate::components::table::Table;
use crate::text::*;
use hark_shared::wire::WireError;
use leptos::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;

/// A list of entries and, over it, the form of the one that is edited.
#[component]
pub fn Entries<T, C, F>(
    /// The entries.
    entries: Resource<T>,
    /// What the list is for.
    #[prop(into)]
    about: Signal<String>,
    /// Names the table for screen readers.
    #[prop(into)]
    caption: Signal<String>,
    /// The headings of the cells.
    #[prop(into)]
    heads: Vec<Signal<String>>,
    /// What an entry is called: a screen reader's list of buttons would else be one word many times.
    name: fn(&T) -> String,
    /// Makes an entry's cells (`<td>`s).
    cells: C,
    /// Makes the form of an entry, `None` for a new one, and what closes it.
    form: F,
    /// Said when there are none.
    #[prop(into)]
    empty: Signal<String>,
) -> impl IntoView
where
    T: Clone + Debug + Send + Sync + DeserializeOwned + 'static,
    C: Fn(T) -> AnyView + Clone + Send + Sync + 'static,
    F: Fn(Option<T>, Callback<()>) -> AnyView + Send + 'static,
{
    // `Some(None)` is a new entry.
    let editing = RwSignal::new(None::<Option<T>>);
    let row = move |entry: T| {
        let (what, edited) = (name(&entry), entry.clone());
        view! {
            {cells(entry)}
            <EditCell what edit=move || editing.set(Some(Some(edited.clone()))) />
        }
        .into_any()
    };
    let heads = move || heads.iter().map(|head| head.get()).chain([String::new()]).collect::<Vec<_>>();
    let close = Callback::new(move |()| editing.set(None));
    view! {
        <ListHead about create=move || editing.set(Some(None)) />
        <FormError error=entries.error() />
        <Table
            caption
            heads=Signal::derive(heads)
            rows=entries.rows()
            // The name, too: a telephone number's `Debug` keeps it secret.
            key=move |entry: &T| format!("{entry:?}{}", name(entry))
            row
            empty
        />
        {move || editing.get().map(|entry| form(entry, close))}
    }
}

/// The form of an entry: saves what `body` reads, and removes.
#[component]
pub fn EntryForm<T, B, R>(
    /// What it is a form of, like "queue".
    what: Signal<String>,
    /// The list that the entry is in.
    entries: Resource<T>,
    /// The entry's id; `None` for a new one.
    id: Option<String>,
    /// Reads the fields.
    body: R,
    /// Entries of this list stay for ever.
    #[prop(optional)]
    kept: bool,
    /// The form is to go.
    close: Callback<()>,
    /// The fields.
    children: Children,
) -> impl IntoView
where
    T: Clone + Send + Sync + DeserializeOwned + 'static,
    B: Serialize + 'static,
    R: Fn() -> Result<B, WireError> + 'static,
{
    let i18n = use_i18n();
    let new = id.is_none();
    let removed = id.clone().filter(|_| !kept);
    let remove = removed.map(|id| -> Remove { Box::new(move || Box::pin(entries.remove(id.clone()))) });
    let save = move || -> Saving {
        let (id, body) = (id.clone(), body());
        Box::pin(async move { entries.save(id, &body?).await })
    };
    let title = Signal::derive(move || what.with(|what| form_title(i18n.get_locale(), new, what)));
    view! {
        <FormDialog title save remove close>
            {children()}
        </FormDialog>
    }
}

/// The head of a list: a word about it and the button for a new entry.
#[component]
pub fn ListHead(
    /// What the list is for.
    #[prop(into)]
    about: Signal<String>,
    /// Opens an empty form.
    create: impl Fn() + 'static,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="page-head">
            <p class="muted">{about}</p>
            <button type="button" class="primary" data-testid="new" on:click=move |_| create()>
                {t!(i18n, common.new)}
            </button>
        </div>
    }
}

/// The button at the end of a row.
#[component]
fn EditCell(
    /// The entry's name.
    what: String,
    /// Opens the form.
    edit: impl Fn() + 'static,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <td class="row-end">
            <button
                type="button"
                class="quiet"
                data-testid="edit"
                aria-label=move || format!("{} {what}", t_string!(i18n, common.edit))
                on:click=move |_| edit()
            >
                {t!(i18n, common.edit)}
            </button>
        </td>
    }
}
