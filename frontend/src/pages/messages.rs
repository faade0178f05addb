//! Messages that callers left: one's own and those of one's queues, or everybody's for who may hear them.
//!
//! Whoever plays a message has heard it; that is said to the server beside the playing, and the badge at the way around
//! follows ([`NewMessages`]).

use crate::api::{self, ApiError};
use crate::clock::use_clock;
use crate::components::form::FormError;
use crate::desk::store::{DeskStore, use_desk};
use crate::pages::contacts::player::Player;
use crate::pages::desk::actions::use_actions;
use crate::session::{SessionStore, use_session};
use crate::text::{self, *};
use hark_shared::ids::RecordingId;
use hark_shared::perms::Permission;
use hark_shared::wire::WireError;
use hark_shared::wire::messages::{Heard, Message, NewMessages as Count};
use hark_shared::wire::rest::{Page, Recording};
use leptos::prelude::*;
use leptos::task::spawn_local;
use std::time::Duration;

/// How often the badge asks: a message is no alarm.
const ASK: Duration = Duration::from_secs(60);

/// How many messages are new; a context, so that the badge and the page agree.
#[derive(Clone, Copy)]
pub struct NewMessages(RwSignal<u32>);

impl NewMessages {
    /// Asks now, when the server says that something has changed, and every minute (pages without a desk are told nothing),
    /// as long as somebody is there who may hear messages.
    pub fn start(session: SessionStore, desk: DeskStore) -> Self {
        let new = Self(RwSignal::new(0));
        Effect::new(move |_| {
            desk.messages_change();
            new.ask(session);
        });
        if let Ok(timer) = set_interval_with_handle(move || new.ask(session), ASK) {
            on_cleanup(move || timer.clear());
        }
        new
    }

    /// So many, tracked.
    pub fn count(self) -> u32 {
        self.0.get()
    }

    fn ask(self, session: SessionStore) {
        if !may_hear(session) {
            return;
        }
        spawn_local(async move {
            if let Ok(count) = api::get::<Count>("/api/messages/new").await {
                let _ = self.0.try_set(count.count);
            }
        });
    }
}

/// Whether the page is for this user.
pub fn may_hear(session: SessionStore) -> bool {
    session.may_now(Permission::HearOwnMessages) || session.may_now(Permission::HearAllMessages)
}

/// What is loaded of the list.
#[derive(Clone, Default)]
struct Loaded {
    rows: Vec<Message>,
    next: Option<String>,
    done: bool,
}

/// The page's state, shared by its rows.
#[derive(Clone, Copy)]
struct Shelf {
    loaded: RwSignal<Loaded>,
    error: RwSignal<Option<WireError>>,
    session: SessionStore,
    new: NewMessages,
}

impl Shelf {
    fn load(self, before: Option<String>) {
        spawn_local(async move {
            let mut path = "/api/messages?limit=20".to_owned();
            if let Some(before) = &before {
                path.push_str("&before=");
                path.push_str(&String::from(js_sys::encode_uri_component(before)));
            }
            match api::get::<Page<Message>>(&path).await {
                Ok(page) => {
                    let _ = self.error.try_set(None);
                    let _ = self.loaded.try_update(|loaded| {
                        if before.is_none() {
                            loaded.rows.clear();
                        }
                        loaded.rows.extend(page.rows);
                        loaded.next = page.next;
                        loaded.done = true;
                    });
                }
                Err(failed) => self.failed(failed),
            }
            self.new.ask(self.session);
        });
    }

    fn mark(self, id: RecordingId, heard: bool) {
        let known = self
            .loaded
            .with_untracked(|loaded| loaded.rows.iter().any(|row| row.id == id && row.heard.is_some() == heard));
        if known {
            return;
        }
        spawn_local(async move {
            match api::put(&format!("/api/messages/{id}/heard"), &Heard { heard }).await {
                Ok(()) => self.load(None),
                Err(failed) => self.failed(failed),
            }
        });
    }

    fn remove(self, id: RecordingId) {
        spawn_local(async move {
            match api::delete(&format!("/api/messages/{id}")).await {
                Ok(()) => self.load(None),
                Err(failed) => self.failed(failed),
            }
        });
    }

    fn failed(self, failed: ApiError) {
        if failed.is_signed_out() {
            self.session.expired();
        } else {
            let _ = self.error.try_set(Some(failed.error));
        }
    }
}

/// The page.
#[component]
pub fn MessagesPage() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let new = expect_context::<NewMessages>();
    let shelf = Shelf { loaded: RwSignal::new(Loaded::default()), error: RwSignal::new(None), session, new };
    let desk = use_desk();
    Effect::new(move |_| {
        desk.messages_change();
        shelf.load(None);
    });
    let loaded = shelf.loaded;
    let ids = move || loaded.with(|loaded| loaded.rows.iter().map(|row| row.id).collect::<Vec<_>>());
    let find = move |id| loaded.with(|loaded| loaded.rows.iter().find(|row| row.id == id).cloned());
    view! {
        <div class="page">
            <h1>{t!(i18n, messages.title)}</h1>
            <section class="card" aria-label=t!(i18n, messages.title)>
                <p class="field-hint">{t!(i18n, messages.about)}</p>
                <FormError error=shelf.error />
                <ul class="messages">
                    <For each=ids key=|id| *id let:id>
                        <Row message=Memo::new(move |_| find(id)) id shelf />
                    </For>
                </ul>
                <p class="empty" hidden=move || loaded.with(|loaded| !loaded.done || !loaded.rows.is_empty())>
                    {t!(i18n, messages.none)}
                </p>
                <Show when=move || loaded.with(|loaded| loaded.next.is_some())>
                    <button type="button" class="quiet" on:click=move |_| shelf.load(loaded.with_untracked(|loaded| loaded.next.clone()))>
                        {t!(i18n, common.more)}
                    </button>
                </Show>
            </section>
        </div>
    }
}

#[component]
fn Row(id: RecordingId, message: Memo<Option<Message>>, shelf: Shelf) -> impl IntoView {
    let heard = move || message.with(|message| message.as_ref().is_none_or(|message| message.heard.is_some()));
    let first = message.get_untracked();
    let player = first.map(|message| {
        let recording = Recording { id, length: message.length, fault: message.fault };
        view! {
            <Player recording path=format!("/api/messages/{id}/sound") played=Callback::new(move |()| shelf.mark(id, true)) />
        }
    });
    view! {
        <li class="message" data-testid="message" data-message=id.to_string() data-new=move || (!heard()).to_string()>
            {move || message.get().map(|message| view! { <Line message /> })}
            {player}
            <Actions id message shelf heard=Signal::derive(heard) />
        </li>
    }
}

/// Who left it, for whom, and when.
#[component]
fn Line(message: Message) -> impl IntoView {
    let (i18n, clock) = (use_i18n(), use_clock());
    let number = message.number.as_ref().map(ToString::to_string);
    let known = message.name.clone().or_else(|| number.clone());
    let who = move || known.clone().unwrap_or_else(|| t_string!(i18n, messages.withheld).to_owned());
    let beside = number.filter(|_| message.name.is_some());
    let (left, new, by) = (message.left, message.heard.is_none(), message.heard_by);
    let owner = message.mailbox_name.unwrap_or_default();
    view! {
        <p class="message-head">
            {new.then(|| view! { <span class="badge" data-testid="message-new">{t!(i18n, messages.new)}</span> })}
            <strong>{who}</strong>
            <span class="number">{beside}</span>
            <span>{move || t_string!(i18n, messages.box_of, mailbox = owner.clone())}</span>
            <span class="message-by">{by.map(|by| move || t_string!(i18n, messages.heard_by, name = by.clone()))}</span>
            <time>{move || text::moment(i18n.get_locale(), left, clock.now())}</time>
        </p>
    }
}

#[component]
fn Actions(
    id: RecordingId,
    message: Memo<Option<Message>>,
    shelf: Shelf,
    #[prop(into)] heard: Signal<bool>,
) -> impl IntoView {
    let (i18n, session) = (use_i18n(), use_session());
    let actions = use_actions();
    let asks = RwSignal::new(false);
    let number = move || message.with(|message| message.as_ref().and_then(|message| message.number.clone()));
    let may_call = session.may_now(Permission::Dial) && session.may_now(Permission::TakeContacts);
    view! {
        <div class="message-acts">
            <Show when=move || may_call && number().is_some()>
                <button
                    type="button"
                    data-testid="message-call"
                    on:click=move |_| {
                        // A task is called as such, so that it is done when they are reached.
                        match (message.with_untracked(|it| it.as_ref().and_then(|it| it.task)), number()) {
                            (Some(callback), _) => actions.call_back(callback),
                            (None, Some(number)) => {
                                actions.dial(number.as_str());
                            }
                            (None, None) => {}
                        }
                    }
                >
                    {t!(i18n, messages.call)}
                </button>
            </Show>
            <button type="button" class="quiet" data-testid="message-mark" on:click=move |_| shelf.mark(id, !heard.get_untracked())>
                {move || if heard.get() { t_string!(i18n, messages.mark_new) } else { t_string!(i18n, messages.mark_heard) }}
            </button>
            <Show
                when=move || asks.get()
                fallback=move || {
                    view! {
                        <button type="button" class="quiet" data-testid="message-remove" on:click=move |_| asks.set(true)>
                            {t!(i18n, common.remove)}
                        </button>
                    }
                }
            >
                <button type="button" class="danger" data-testid="message-remove-really" on:click=move |_| shelf.remove(id)>
                    {t!(i18n, messages.remove_really)}
                </button>
                <button type="button" class="quiet" on:click=move |_| asks.set(false)>{t!(i18n, common.cancel)}</button>
            </Show>
        </div>
    }
}
