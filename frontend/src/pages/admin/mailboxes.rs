//! Mailboxes whose messages are mailed, and where to. Every queue and agent has a mailbox without being named here.

use super::dialog::{EditCell, FormDialog, ListHead, Remove, Saving, form_title};
use super::pick::Pick;
use super::resource::Resource;
use crate::components::form::{Field, FormError, TextField};
use crate::components::table::Table;
use crate::text::*;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::{QueueId, UserId};
use hark_shared::wire::WireError;
use hark_shared::wire::messages::MailboxSetting;
use hark_shared::wire::rest::{Language, Queue, User};
use leptos::prelude::*;

/// The list.
#[component]
pub fn Mailboxes() -> impl IntoView {
    let i18n = use_i18n();
    let boxes = Resource::<MailboxSetting>::load("mailboxes");
    let queues = Resource::<Queue>::load("queues");
    let users = Resource::<User>::load("users");
    let editing = RwSignal::new(None::<Option<MailboxSetting>>);
    let owner = move |mailbox: Mailbox| match mailbox {
        Mailbox::Queue(id) => {
            queues.rows().with(|rows| rows.iter().find(|row| row.id == id).map(|row| row.name.clone()))
        }
        Mailbox::Agent(id) => {
            users.rows().with(|rows| rows.iter().find(|row| row.id == id).map(|row| row.name.clone()))
        }
    };
    let row = move |setting: MailboxSetting| {
        let edited = setting.clone();
        let mailbox = setting.mailbox;
        view! {
            <td>{move || owner(mailbox)}</td>
            <td>{setting.address}</td>
            <EditCell what=edited.address.clone() edit=move || editing.set(Some(Some(edited.clone()))) />
        }
        .into_any()
    };
    let heads = move || {
        [t_string!(i18n, admin.mailbox_of), t_string!(i18n, admin.mail_address), ""].map(str::to_owned).to_vec()
    };
    view! {
        <ListHead about=t_label!(i18n, admin.mailboxes_about) create=move || editing.set(Some(None)) />
        <FormError error=boxes.error() />
        <Table
            caption=t_label!(i18n, admin.mailboxes)
            heads=Signal::derive(heads)
            rows=boxes.rows()
            key=|setting: &MailboxSetting| format!("{setting:?}")
            row
            empty=t_label!(i18n, admin.mailboxes_none)
        />
        {move || {
            editing
                .get()
                .map(|setting| {
                    view! { <Form setting boxes queues users close=Callback::new(move |()| editing.set(None)) /> }
                })
        }}
    }
}

#[component]
fn Form(
    setting: Option<MailboxSetting>,
    boxes: Resource<MailboxSetting>,
    queues: Resource<Queue>,
    users: Resource<User>,
    close: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let new = setting.is_none();
    let before = setting.as_ref().map(|setting| setting.mailbox);
    let queue: RwSignal<Option<QueueId>> = RwSignal::new(before.and_then(Mailbox::queue));
    let user: RwSignal<Option<UserId>> = RwSignal::new(before.and_then(Mailbox::agent));
    let language = RwSignal::new(setting.as_ref().map(|setting| setting.language).unwrap_or_default());
    let address = RwSignal::new(setting.map(|setting| setting.address).unwrap_or_default());
    let save = move || -> Saving {
        let of_queue = queue.get_untracked().map(Mailbox::Queue);
        let mailbox = before.or(of_queue).or(user.get_untracked().map(Mailbox::Agent));
        let (address, language) = (address.get_untracked().trim().to_owned(), language.get_untracked());
        Box::pin(async move {
            let mailbox = mailbox.ok_or_else(|| WireError::new("invalid.empty").with("field", "queue"))?;
            let body = MailboxSetting { id: mailbox.id(), mailbox, address, language };
            boxes.save((!new).then(|| body.id.to_string()), &body).await
        })
    };
    let remove = before.map(|mailbox| -> Remove { Box::new(move || Box::pin(boxes.remove(mailbox.id().to_string()))) });
    let queues = Signal::derive(move || queues.rows().get().into_iter().map(|q| (q.id, q.name)).collect::<Vec<_>>());
    let users = Signal::derive(move || users.rows().get().into_iter().map(|u| (u.id, u.name)).collect::<Vec<_>>());
    let choose = move |value: String| language.set(if value == "en" { Language::En } else { Language::Zh });
    view! {
        <FormDialog title=Signal::derive(move || form_title(i18n.get_locale(), new, t_string!(i18n, admin.mailbox))) save remove close>
            <Show when=move || new>
                <Pick label=t_label!(i18n, admin.queue) value=queue from=queues />
                <Show when=move || queue.get().is_none()>
                    <Pick label=t_label!(i18n, admin.or_agent) value=user from=users />
                </Show>
            </Show>
            <TextField label=t_label!(i18n, admin.mail_address) value=address kind="email" testid="mailbox-address" required=true />
            <Field label=t_label!(i18n, admin.mail_language)>
                <select on:change:target=move |event| choose(event.target().value())>
                    <option value="zh" selected=move || language.get() == Language::Zh>"中文"</option>
                    <option value="en" selected=move || language.get() == Language::En>"English"</option>
                </select>
            </Field>
        </FormDialog>
    }
}
