//! The frame of every form: a dialog that stays open until its entry is saved, and says why when it is not.
//!
//! It is modal for the page and only for the page: list, navigation and skip link are `inert` while it is open, so that
//! neither Tab nor a screen reader leaves it, but the call bar and a ringing card stay above it and at work. A call must
//! never be covered, which `showModal` would do with everything.

use crate::components::form::FormError;
use crate::text::*;
use hark_shared::wire::WireError;
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

/// A save under way.
pub type Saving = Pin<Box<dyn Future<Output = Result<(), WireError>>>>;

/// Removes the entry that a dialog shows.
pub type Remove = Box<dyn Fn() -> Saving>;

/// The title of a form: what it is of, and whether it is a new one.
pub fn form_title(locale: Locale, new: bool, what: &str) -> String {
    match (locale, new) {
        (Locale::En, true) => td_string!(locale, admin.form_new, what = what.to_lowercase()),
        (Locale::En, false) => td_string!(locale, admin.form_edit, what = what.to_lowercase()),
        (Locale::Zh, true) => td_string!(locale, admin.form_new, what = what),
        (Locale::Zh, false) => td_string!(locale, admin.form_edit, what = what),
    }
}

/// A dialog with a form.
#[component]
pub fn FormDialog(
    /// Over the form.
    #[prop(into)]
    title: Signal<String>,
    /// Saves what the form holds.
    save: impl Fn() -> Saving + 'static,
    /// Removes the entry; `None` for a new one, and for what stays for ever.
    #[prop(optional_no_strip)]
    remove: Option<Remove>,
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
    be_modal(close);
    let carry_out = move |saving: Saving| {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
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
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        carry_out(save());
    };
    view! {
        <div class="dialog-scrim"></div>
        <dialog node_ref=dialog aria-label=title aria-modal="true" data-testid="dialog">
            <form class="dialog-form" on:submit=submit>
                <h2>{title}</h2>
                {children()}
                <footer class="dialog-foot">
                    <FormError error />
                    {remove.map(|remove| view! { <RemoveButton remove carry_out=Callback::new(carry_out) /> })}
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

/// Removes at the second press: the first one asks.
#[component]
fn RemoveButton(remove: Remove, carry_out: Callback<Saving>) -> impl IntoView {
    let i18n = use_i18n();
    let asked = RwSignal::new(false);
    let press = move |_| {
        if asked.get_untracked() {
            asked.set(false);
            carry_out.run(remove());
        } else {
            asked.set(true);
        }
    };
    view! {
        <button
            type="button"
            class=move || if asked.get() { "remove danger" } else { "remove quiet" }
            data-testid="remove"
            on:click=press
            on:blur=move |_| asked.set(false)
        >
            {move || if asked.get() { t_string!(i18n, common.remove_really) } else { t_string!(i18n, common.remove) }}
        </button>
    }
}

/// What a dialog makes unreachable: all of the page that is not the dialog.
const BEHIND: &str = ".skip, .side, .page > :not(dialog, .dialog-scrim, :has(dialog)), \
    .page :has(dialog) > :not(dialog, .dialog-scrim, :has(dialog))";

/// Keeps the focus in the dialog until it goes, then gives it back; Escape closes it from wherever the focus is.
fn be_modal(close: Callback<()>) {
    let before = document().active_element().and_then(|element| element.dyn_into::<HtmlElement>().ok());
    let before = StoredValue::new_local(before);
    // After the list that the dialog belongs to was painted.
    Effect::new(move |_| set_inert(true));
    let escape = window_event_listener(leptos::ev::keydown, move |event| {
        if event.key() == "Escape" && !event.is_composing() && !event.default_prevented() {
            close.run(());
        }
    });
    on_cleanup(move || {
        escape.remove();
        set_inert(false);
        before.with_value(|before| {
            if let Some(before) = before {
                let _ = before.focus();
            }
        });
    });
}

fn set_inert(on: bool) {
    // When the dialog goes, what it was beside can no longer be told by it.
    let Ok(behind) = document().query_selector_all(if on { BEHIND } else { "[inert]" }) else { return };
    for element in (0..behind.length()).filter_map(|at| behind.item(at)?.dyn_into::<Element>().ok()) {
        let _ = element.toggle_attribute_with_force("inert", on);
    }
}
