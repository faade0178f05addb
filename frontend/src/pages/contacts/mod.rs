//! Past contacts: one's own, or everybody's for who may see them.

pub mod attended;
pub mod detail;
pub mod hops;
pub mod list;
pub mod player;
pub mod trail;
pub mod wave;

use crate::session::use_session;
use crate::text::*;
use hark_shared::perms::Permission;
use leptos::prelude::*;
use list::ContactList;

/// The page.
#[component]
pub fn ContactsPage() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let all = session.may_now(Permission::ReadAllContacts);
    view! {
        <div class="page">
            <h1>{t!(i18n, contacts.title)}</h1>
            <section class="card" aria-label=t!(i18n, contacts.title)>
                <ContactList all refresh=Signal::stored(0) />
            </section>
        </div>
    }
}
