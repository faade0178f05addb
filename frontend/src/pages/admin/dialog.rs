//! The frame of every form: a dialog that stays open until its entry is saved, and says why when it is not.
//!
//! It lies over the page but under the call bar and a ringing card: a modal one would cover and disable them.

use crate::components::form::FormError;
use crate::text::*;
use hark_shared::wire::WireError;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;

/// A save under way.
pub type Saving = Pin<Box<dyn Future<Output = Result<(), WireError>>>>;

/// A dialog with a form.
#[component]
pub fn FormDialog(
    /// Over the form.
    #[prop(into)]
    title: Signal<String>,
    /// Saves what the form holds.
    save: impl Fn() -> Saving + 'static,
    /// The dialog is to go.
    close: Callback<()>,
    /// The fields.
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let dialog = NodeRef::<html::Dialog>::new();
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None));
    Effect::new(move |_| {
        if let Some(dialog) = dialog.get() {
            // The first field takes the focus.
            dialog.show();
        }
    });
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let saving = save();
        spawn_local(async move {
            match saving.await {
                Ok(()) => close.run(()),
                Err(why) => {
                    let _ = error.try_set(Some(why));
                    let _ = busy.try_set(false);
                }
            }
        });
    };
    view! {
        <div class="dialog-scrim"></div>
        <dialog
            node_ref=dialog
            aria-label=title
            aria-modal="true"
            data-testid="dialog"
            on:keydown=move |event| {
                if event.key() == "Escape" && !event.is_composing() {
                    close.run(());
                }
            }
        >
            <form class="dialog-form" on:submit=submit>
                <h2>{title}</h2>
                {children()}
                <FormError error />
                <footer class="dialog-foot">
                    <button type="button" on:click=move |_| close.run(())>
                        {t!(i18n, common.cancel)}
                    </button>
                    <button type="submit" class="primary" data-testid="save" aria-busy=move || busy.get().to_string()>
                        {t!(i18n, common.save)}
                    </button>
                </footer>
            </form>
        </dialog>
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
pub fn EditCell(
    /// Opens the form.
    edit: impl Fn() + 'static,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <td>
            <button type="button" class="quiet" data-testid="edit" on:click=move |_| edit()>
                {t!(i18n, common.edit)}
            </button>
        </td>
    }
}
