//! Publishing: what stands against it, and a note for those who read the list of versions.

use super::super::studio::{Panel, use_studio};
use crate::api;
use crate::components::form::TextField;
use crate::pages::admin::dialog::{FormDialog, Saving};
use crate::text::*;
use hark_shared::wire::flows::Publication;
use leptos::prelude::*;

/// The button, and the dialog that it opens. While there are errors it leads to them.
#[component]
pub fn Publish() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let open = RwSignal::new(false);
    let why = move || (studio.errors() > 0).then(|| t_string!(i18n, designer.publish_errors, n = studio.errors()));
    let press = move |_| {
        if studio.errors() > 0 {
            studio.open(Panel::Findings);
        } else {
            open.set(true);
        }
    };
    view! {
        <button
            type="button"
            class="go"
            class:stopped=move || { studio.errors() > 0 }
            data-testid="publish"
            aria-disabled=move || (studio.errors() > 0).to_string()
            title=why
            on:click=press
        >
            {t!(i18n, designer.publish)}
            <span class="count bad" hidden=move || studio.errors() == 0>{move || studio.errors()}</span>
        </button>
        {move || open.get().then(|| view! { <Dialog close=Callback::new(move |()| open.set(false)) /> })}
    }
}

#[component]
fn Dialog(close: Callback<()>) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let note = RwSignal::new(String::new());
    let save = move || -> Saving {
        Box::pin(async move {
            // What is published is what is seen.
            studio.draft.save().await?;
            let body = Publication { revision: studio.draft.revision(), note: note.get_untracked().trim().to_owned() };
            let text = serde_json::to_string(&body).unwrap_or_default();
            let path = format!("/api/flows/{}/publish", studio.id);
            if let Err(failed) = api::send("POST", &path, Some(text)).await {
                studio.ask_server();
                return Err(studio.draft.session.told(failed));
            }
            studio.said.set(words::designer::published.of(studio.i18n.get_locale_untracked()).to_owned());
            studio.open(Panel::Versions);
            Ok(())
        })
    };
    view! {
        <FormDialog title=t_label!(i18n, designer.publish_title) save close>
            <p>{t!(i18n, designer.publish_about)}</p>
            <TextField
                label=t_label!(i18n, designer.note)
                hint=t_label!(i18n, designer.note_hint)
                value=note
                testid="publish-note"
                focus=true
            />
        </FormDialog>
    }
}
