//! A list of contacts, newest first; each opens to its detail.

use crate::api;
use crate::clock::use_clock;
use crate::components::form::FormError;
use crate::components::icon::Glyph;
use crate::desk::store::{Stage, use_desk};
use crate::pages::desk::party::{stranger, via_icon};
use crate::parts::{Apart, Beside};
use crate::session::use_session;
use crate::text::{self, *};
use hark_shared::ids::ContactId;
use hark_shared::wire::WireError;
use hark_shared::wire::desk::ContactPhase;
use hark_shared::wire::rest::{Contact, Outcome, Page};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// A finished contact is stored by the server a moment after the desk hears of it.
const STORED_AFTER: Duration = Duration::from_millis(700);

/// The agent's own last contacts, read again when one is over.
#[component]
pub fn RecentContacts() -> impl IntoView {
    let (desk, i18n) = (use_desk(), use_i18n());
    let contact = desk.contact();
    let refresh = RwSignal::new(0_u32);
    // Also the first time: the page's layout changes with the contact, and this list is then made anew.
    Effect::new(move |before: Option<(bool, Option<(ContactId, bool)>)>| {
        // A list that could not be read while the server was away is read when it is back.
        let live = desk.stage() == Stage::Live;
        let contact = contact.with(|contact| {
            contact.as_ref().map(|contact| (contact.contact, matches!(contact.phase, ContactPhase::WrapUp { .. })))
        });
        let stage = (live, contact);
        if before != Some(stage) {
            set_timeout(move || refresh.update(|count| *count += 1), STORED_AFTER);
        }
        stage
    });
    view! {
        <section class="card" data-testid="recent-contacts" aria-labelledby="recent">
            <h2 id="recent">{t!(i18n, contacts.mine)}</h2>
            <ContactList all=false refresh />
        </section>
    }
}

/// What is loaded of a list.
#[derive(Clone, Default)]
struct Loaded {
    rows: Vec<Contact>,
    next: Option<String>,
    done: bool,
}

/// The list.
#[component]
pub fn ContactList(
    /// Everybody's, else one's own.
    all: bool,
    /// Read again when it changes.
    #[prop(into)]
    refresh: Signal<u32>,
) -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let loaded = RwSignal::new(Loaded::default());
    let error = RwSignal::new(None::<WireError>);
    let load = move |before: Option<String>| {
        spawn_local(async move {
            let mut path = format!("/api/contacts?whose={}&limit=20", if all { "all" } else { "mine" });
            if let Some(before) = &before {
                path.push_str("&before=");
                path.push_str(&String::from(js_sys::encode_uri_component(before)));
            }
            match api::get::<Page<Contact>>(&path).await {
                Ok(page) => {
                    error.set(None);
                    loaded.update(|loaded| {
                        if before.is_none() {
                            loaded.rows.clear();
                        }
                        loaded.rows.extend(page.rows);
                        loaded.next = page.next;
                        loaded.done = true;
                    });
                }
                Err(failed) if failed.is_signed_out() => session.expired(),
                Err(failed) => error.set(Some(failed.error)),
            }
        });
    };
    Effect::new(move |_| {
        refresh.track();
        load(None);
    });
    // A row is told apart by its contact: one that is open stays so when its record is read again.
    let ids = move || loaded.with(|loaded| loaded.rows.iter().map(|contact| contact.id).collect::<Vec<_>>());
    let find = move |id| loaded.with(|loaded| loaded.rows.iter().find(|contact| contact.id == id).cloned());
    view! {
        <FormError error />
        <ul class="contacts">
            <For each=ids key=|id| *id let:id>
                <Row contact=Memo::new(move |_| find(id)) id all />
            </For>
        </ul>
        <p class="empty" hidden=move || loaded.with(|loaded| !loaded.done || !loaded.rows.is_empty())>
            {t!(i18n, contacts.none)}
        </p>
        <Show when=move || loaded.with(|loaded| loaded.next.is_some())>
            <button type="button" class="quiet" on:click=move |_| load(loaded.with_untracked(|loaded| loaded.next.clone()))>
                {t!(i18n, common.more)}
            </button>
        </Show>
    }
}

#[component]
fn Row(id: ContactId, contact: Memo<Option<Contact>>, all: bool) -> impl IntoView {
    let open = RwSignal::new(false);
    view! {
        <li class="contact-row" data-testid="recent-contact" data-contact=id.to_string()>
            <button
                type="button"
                class="row-button"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {move || contact.get().map(|contact| view! { <Line contact all /> })}
            </button>
            <Show when=move || open.get()>
                <Apart what=Beside::Contact(id, contact) />
            </Show>
        </li>
    }
}

/// What is said of a contact in one line.
#[component]
fn Line(contact: Contact, all: bool) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let (began, outcome, icon) = (contact.began, contact.outcome, via_icon(&contact.via));
    let known = contact.name.or_else(|| contact.number.as_ref().map(ToString::to_string));
    let via = contact.via;
    let party = move || known.clone().unwrap_or_else(|| stranger(i18n.get_locale(), &via).to_owned());
    view! {
        <Glyph icon />
        <span class="row-who">{party}</span>
        <span class="row-queue">{contact.queue_name}</span>
        <span class="row-agent">{all.then_some(contact.agent_name)}</span>
        <span class="outcome" data-good=good(outcome).to_string()>
            {move || outcome_text(i18n.get_locale(), outcome)}
        </span>
        <span class="row-talked">{text::duration(contact.talked)}</span>
        <time>{move || text::moment(i18n.get_locale(), began, clock.now())}</time>
    }
}

const fn good(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::Answered | Outcome::Connected)
}

fn outcome_text(locale: Locale, outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => td_string!(locale, contacts.answered),
        Outcome::Abandoned => td_string!(locale, contacts.abandoned),
        Outcome::LeftInMenu => td_string!(locale, contacts.left_in_menu),
        Outcome::Callback => td_string!(locale, contacts.callback),
        Outcome::Connected => td_string!(locale, contacts.connected),
        Outcome::NotConnected => td_string!(locale, contacts.not_connected),
        Outcome::Refused => td_string!(locale, contacts.refused),
        Outcome::Message => td_string!(locale, contacts.left_message),
        Outcome::Fax => td_string!(locale, contacts.fax),
        Outcome::Meeting => td_string!(locale, contacts.in_meeting),
    }
}
