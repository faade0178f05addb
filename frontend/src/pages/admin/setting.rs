//! One setting of the tenant: loaded whole, shown as a form, saved whole.

use crate::api::{self, ApiError};
use crate::components::form::{FormError, FormFoot};
use crate::session::use_session;
use crate::text::*;
use leptos::prelude::*;
use leptos::task::spawn_local;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The form around the fields; it is there once the setting is known, so that nobody saves what was never loaded.
#[component]
pub fn Setting<T>(
    /// Where it is read and written.
    path: &'static str,
    /// What it is for.
    #[prop(into)]
    about: Signal<String>,
    /// Said once it is saved.
    #[prop(into)]
    said: Signal<String>,
    /// For the stories: of what is said.
    said_testid: &'static str,
    /// Puts what was loaded into the fields.
    shows: Callback<T>,
    /// What the fields say.
    reads: Callback<(), T>,
    /// The fields.
    children: ChildrenFn,
) -> impl IntoView
where
    T: Serialize + DeserializeOwned + 'static,
{
    let (session, i18n) = (use_session(), use_i18n());
    let [loaded, busy, saved] = [false; 3].map(RwSignal::new);
    let error = RwSignal::new(None);
    // The page may be gone when an answer comes.
    let failed = move |failed: ApiError| drop(error.try_set(Some(session.told(failed))));
    spawn_local(async move {
        match api::get::<T>(path).await {
            Ok(setting) => {
                let _ = shows.try_run(setting);
                let _ = loaded.try_set(true);
            }
            Err(why) => failed(why),
        }
    });
    let save = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        saved.set(false);
        error.set(None);
        let setting = reads.run(());
        spawn_local(async move {
            match api::put(path, &setting).await {
                Ok(()) => {
                    let _ = saved.try_set(true);
                }
                Err(why) => failed(why),
            }
            let _ = busy.try_set(false);
        });
    };
    let fields = StoredValue::new(children);
    view! {
        <p class="muted prose">{about}</p>
        <FormError error />
        <Show when=move || loaded.get()>
            <form class="card form-page" on:submit=save on:input=move |_| saved.set(false)>
                {fields.with_value(|fields| fields())}
                <FormFoot said done=saved done_testid=said_testid label=t_label!(i18n, common.save) busy testid="save" />
            </form>
        </Show>
    }
}
