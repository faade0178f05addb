//! Mailboxes whose messages are mailed and where to, and those that greet in words of their own. Every queue, agent
//! and team has a mailbox without being named here.

use super::entries::{Entries, EntryForm};
use super::pick::Pick;
use super::resource::Resource;
use crate::api;
use crate::components::form::{Field, TextField};
use crate::session::use_session;
use crate::text::*;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::{QueueId, TeamId, UserId};
use hark_shared::team::Team;
use hark_shared::wire::WireError;
use hark_shared::wire::messages::MailboxSetting;
use hark_shared::wire::rest::{Language, Queue, User};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The list.
#[component]
pub fn Mailboxes() -> impl IntoView {
    let i18n = use_i18n();
    let boxes = Resource::<MailboxSetting>::load("mailboxes");
    let queues = Resource::<Queue>::load("queues");
    let users = Resource::<User>::load("users");
    let teams = Resource::<Team>::load("teams");
    let owner = move |mailbox: Mailbox| match mailbox {
        Mailbox::Queue(id) => {
            queues.rows().with(|rows| rows.iter().find(|row| row.id == id).map(|row| row.name.clone()))
        }
        Mailbox::Agent(id) => {
            users.rows().with(|rows| rows.iter().find(|row| row.id == id).map(|row| row.name.clone()))
        }
        Mailbox::Team(id) => teams.rows().with(|rows| rows.iter().find(|row| row.id == id).map(|row| row.name.clone())),
    };
    let cells = move |setting: MailboxSetting| {
        let mailbox = setting.mailbox;
        view! {
            <td>{move || owner(mailbox)}</td>
            <td>{setting.address}</td>
            <td>{setting.greeting}</td>
        }
        .into_any()
    };
    let form = move |setting, close| view! { <Form setting boxes queues users teams close /> }.into_any();
    view! {
        <Entries
            entries=boxes
            about=t_label!(i18n, admin.mailboxes_about)
            caption=t_label!(i18n, admin.mailboxes)
            heads=[
                t_label!(i18n, admin.mailbox_of),
                t_label!(i18n, admin.mail_address),
                t_label!(i18n, admin.mailbox_greeting),
            ]
            name=called
            cells
            form
            empty=t_label!(i18n, admin.mailboxes_none)
        />
    }
}

/// What is set up, which names it well enough: a box has an address or a greeting.
fn called(setting: &MailboxSetting) -> String {
    let greeting = setting.greeting.clone().filter(|_| setting.address.is_empty());
    greeting.unwrap_or_else(|| setting.address.clone())
}

#[component]
fn Form(
    setting: Option<MailboxSetting>,
    boxes: Resource<MailboxSetting>,
    queues: Resource<Queue>,
    users: Resource<User>,
    teams: Resource<Team>,
    close: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let new = setting.is_none();
    let before = setting.as_ref().map(|setting| setting.mailbox);
    let queue: RwSignal<Option<QueueId>> = RwSignal::new(before.and_then(Mailbox::queue));
    let user: RwSignal<Option<UserId>> = RwSignal::new(before.and_then(Mailbox::agent));
    let team: RwSignal<Option<TeamId>> = RwSignal::new(before.and_then(Mailbox::team));
    let language = RwSignal::new(setting.as_ref().map(|setting| setting.language).unwrap_or_default());
    let greeting = RwSignal::new(setting.as_ref().and_then(|setting| setting.greeting.clone()));
    let address = RwSignal::new(setting.map(|setting| setting.address).unwrap_or_default());
    let body = move || {
        let of_queue = queue.get_untracked().map(Mailbox::Queue);
        let (of_team, of_agent) = (team.get_untracked().map(Mailbox::Team), user.get_untracked().map(Mailbox::Agent));
        let mailbox = before.or(of_queue).or(of_team).or(of_agent);
        let (address, language) = (address.get_untracked().trim().to_owned(), language.get_untracked());
        let mailbox = mailbox.ok_or_else(|| WireError::new("invalid.empty").with("field", "queue"))?;
        let greeting = greeting.get_untracked();
        Ok(MailboxSetting { id: mailbox.id(), mailbox, address, language, greeting })
    };
    let queues = Signal::derive(move || queues.rows().get().into_iter().map(|q| (q.id, q.name)).collect::<Vec<_>>());
    let users = Signal::derive(move || users.rows().get().into_iter().map(|u| (u.id, u.name)).collect::<Vec<_>>());
    let teams = Signal::derive(move || teams.rows().get().into_iter().map(|t| (t.id, t.name)).collect::<Vec<_>>());
    let choose = move |value: String| language.set(if value == "en" { Language::En } else { Language::Zh });
    view! {
        <EntryForm what=t_label!(i18n, admin.mailbox) entries=boxes id=before.map(|mailbox| mailbox.id().to_string()) body close>
            <Show when=move || new>
                <Pick label=t_label!(i18n, admin.queue) value=queue from=queues />
                <Show when=move || queue.get().is_none()>
                    <Pick label=t_label!(i18n, admin.or_team) value=team from=teams />
                </Show>
                <Show when=move || queue.get().is_none() && team.get().is_none()>
                    <Pick label=t_label!(i18n, admin.or_agent) value=user from=users />
                </Show>
            </Show>
            <TextField label=t_label!(i18n, admin.mail_address) value=address kind="email" testid="mailbox-address" />
            <Field label=t_label!(i18n, admin.mail_language)>
                <select on:change:target=move |event| choose(event.target().value())>
                    <option value="zh" selected=move || language.get() == Language::Zh>"中文"</option>
                    <option value="en" selected=move || language.get() == Language::En>"English"</option>
                </select>
            </Field>
            <Greeting value=greeting />
        </EntryForm>
    }
}

/// Which prompt callers hear before the beep; all that are spoken are offered.
#[component]
fn Greeting(value: RwSignal<Option<String>>) -> impl IntoView {
    let (i18n, session) = (use_i18n(), use_session());
    let names = RwSignal::new(Vec::<String>::new());
    spawn_local(async move {
        match api::get::<Vec<String>>("/api/sounds").await {
            Ok(mut all) => {
                // What stands in a folder is no sentence of a language.
                all.retain(|name| !name.contains('/'));
                let _ = names.try_set(all);
            }
            Err(failed) if failed.is_signed_out() => session.expired(),
            Err(_) => {}
        }
    });
    let options = move || {
        // The one that is chosen stays to be seen, also when there is no such prompt any more.
        let mut all = names.get();
        all.extend(value.get_untracked().filter(|chosen| !all.contains(chosen)));
        let option = |name: String| {
            let chosen = value.get_untracked().as_ref() == Some(&name);
            view! { <option value=name.clone() selected=chosen>{name.clone()}</option> }
        };
        all.into_iter().map(option).collect_view()
    };
    view! {
        <Field label=t_label!(i18n, admin.mailbox_greeting) hint=t_label!(i18n, admin.mailbox_greeting_hint)>
            <select
                data-testid="mailbox-greeting"
                on:change:target=move |event| value.set(Some(event.target().value()).filter(|name| !name.is_empty()))
            >
                <option value="" selected=move || value.with(Option::is_none)>
                    {t!(i18n, admin.mailbox_greeting_none)}
                </option>
                {options}
            </select>
        </Field>
    }
}
