//! Parts of the program that are loaded when they are wanted: the pages beside the desk, and the administration.
//!
//! The functions marked `wasm_split` are where `xtask` cuts (`xtask/src/split.rs`): what only they reach is no part of
//! what everybody loads first. A part runs in the same memory as all else, so pages in it use every context; once it
//! is here its pages are painted at once. Loading takes nothing from a call. A part that cannot be loaded can be asked
//! for again; on a server that was updated meanwhile it is no longer there, which only a reload mends.

use crate::load;
use crate::pages::account::AccountPage;
use crate::pages::admin::AdminPage;
use crate::pages::callbacks::CallbacksPage;
use crate::pages::check::CheckPage;
use crate::pages::contacts::ContactsPage;
use crate::pages::contacts::detail::Detail;
use crate::pages::floor::FloorPage;
use crate::pages::messages::MessagesPage;
use crate::pages::setup::SetupPage;
use crate::text::*;
use hark_shared::ids::ContactId;
use hark_shared::wire::rest::Contact;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_split::SplitLoaderError;

/// What the part beside the desk shows.
#[derive(Clone, Copy)]
pub enum Beside {
    /// Past contacts.
    Contacts,
    /// One of them, below its line; the record as the list knows it.
    Contact(ContactId, Memo<Option<Contact>>),
    /// Who is to be called back.
    Callbacks,
    /// Messages that callers left.
    Messages,
    /// The live floor.
    Floor,
    /// Microphone, speaker, network.
    Check,
    /// Who is signed in, and the password.
    Account,
    /// The first administrator.
    Setup,
}

/// How far a part is; `P` paints it.
#[derive(Clone, Copy)]
enum Part<P> {
    /// Nobody asked.
    Away,
    Loading,
    Here(P),
    Failed,
}

type PaintBeside = fn(Beside) -> AnyView;
type PaintOffice = fn() -> AnyView;

/// What is loaded; a context.
#[derive(Clone, Copy)]
pub struct Parts {
    beside: RwSignal<Part<PaintBeside>>,
    office: RwSignal<Part<PaintOffice>>,
}

impl Parts {
    /// Nothing yet.
    pub fn new() -> Self {
        Self { beside: RwSignal::new(Part::Away), office: RwSignal::new(Part::Away) }
    }

    /// Loads the pages beside the desk, unless they are here or on their way.
    pub fn want_beside(self) {
        if begins(self.beside) {
            spawn_local(async move { arrived(self.beside, cut::beside().await.ok()) });
        }
    }

    fn want_office(self) {
        if begins(self.office) {
            spawn_local(async move {
                // Both are on their way before one is waited for.
                let styles = load::module("/office.js");
                let paint = cut::office().await.ok();
                let dressed = styles.await.is_ok();
                arrived(self.office, paint.filter(|_| dressed));
            });
        }
    }
}

/// The program's parts.
pub fn use_parts() -> Parts {
    expect_context()
}

/// Whether it has to be loaded now.
fn begins<P: Copy + Send + Sync + 'static>(part: RwSignal<Part<P>>) -> bool {
    let begins = match part.get_untracked() {
        Part::Away | Part::Failed => true,
        Part::Loading | Part::Here(_) => false,
    };
    if begins {
        part.set(Part::Loading);
    }
    begins
}

fn arrived<P: Copy + Send + Sync + 'static>(part: RwSignal<Part<P>>, loaded: Option<P>) {
    part.set(loaded.map_or(Part::Failed, Part::Here));
}

/// Where the program is cut; the program of the tests is whole.
#[cfg(not(test))]
mod cut {
    use super::*;
    use leptos::wasm_split::wasm_split;

    #[wasm_split(beside, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub fn beside() -> Result<PaintBeside, SplitLoaderError> {
        Ok(paint_beside)
    }

    #[wasm_split(office, wasm_split_path = ::leptos::wasm_split, fallible)]
    pub fn office() -> Result<PaintOffice, SplitLoaderError> {
        Ok(paint_office)
    }
}
#[cfg(test)]
mod cut {
    use super::*;

    pub async fn beside() -> Result<PaintBeside, SplitLoaderError> {
        Ok(paint_beside)
    }

    pub async fn office() -> Result<PaintOffice, SplitLoaderError> {
        Ok(paint_office)
    }
}

fn paint_beside(what: Beside) -> AnyView {
    match what {
        Beside::Contacts => view! { <ContactsPage /> }.into_any(),
        Beside::Contact(id, contact) => view! { <Detail id contact /> }.into_any(),
        Beside::Callbacks => view! { <CallbacksPage /> }.into_any(),
        Beside::Messages => view! { <MessagesPage /> }.into_any(),
        Beside::Floor => view! { <FloorPage /> }.into_any(),
        Beside::Check => view! { <CheckPage /> }.into_any(),
        Beside::Account => view! { <AccountPage /> }.into_any(),
        Beside::Setup => view! { <SetupPage /> }.into_any(),
    }
}

fn paint_office() -> AnyView {
    view! { <AdminPage /> }.into_any()
}

/// Something beside the desk, as soon as it is loaded.
#[component]
pub fn Apart(
    /// What to show.
    what: Beside,
) -> impl IntoView {
    let parts = use_parts();
    parts.want_beside();
    move || match parts.beside.get() {
        Part::Away | Part::Loading => view! { <OnItsWay /> }.into_any(),
        Part::Here(paint) => paint(what),
        Part::Failed => view! { <NotLoaded again=Callback::new(move |()| parts.want_beside()) /> }.into_any(),
    }
}

/// The administration, as soon as it is loaded.
#[component]
pub fn OfficePage() -> impl IntoView {
    let parts = use_parts();
    parts.want_office();
    move || match parts.office.get() {
        Part::Away | Part::Loading => view! { <OnItsWay /> }.into_any(),
        Part::Here(paint) => paint(),
        Part::Failed => view! { <NotLoaded again=Callback::new(move |()| parts.want_office()) /> }.into_any(),
    }
}

#[component]
fn OnItsWay() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <p class="muted" role="status">{t!(i18n, common.loading)}</p>
    }
}

#[component]
fn NotLoaded(again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div role="alert" data-testid="not-loaded">
            <p class="form-error">{t!(i18n, common.not_loaded)}</p>
            <button type="button" class="quiet" data-testid="load-again" on:click=move |_| again.run(())>{t!(i18n, common.try_again)}</button>
        </div>
    }
}
