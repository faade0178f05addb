//! Users: who may sign in, as what, with which skills, for which queues.

use super::entries::{Entries, EntryForm};
use super::pick::{PickMany, SkillLevels};
use super::queue_routing::RecordRules;
use super::resource::Resource;
use crate::components::form::{TextField, Tick};
use crate::text::{self, *};
use hark_shared::ids::{QueueId, UserId};
use hark_shared::perms::Role;
use hark_shared::wire::control::RecordRule;
use hark_shared::wire::rest::{Queue, Skill, SkillLevel, User, UserEdit};
use leptos::prelude::*;

/// The list.
#[component]
pub fn Users() -> impl IntoView {
    let i18n = use_i18n();
    let users = Resource::<User>::load("users");
    let cells = move |user: User| {
        let (roles, active) = (user.roles, user.active);
        view! {
            <td>{user.name}</td>
            <td>{user.login}</td>
            <td>{user.number}</td>
            <td>
                {move || roles.iter().map(|role| text::role(i18n.get_locale(), *role)).collect::<Vec<_>>().join(" · ")}
            </td>
            <td>{move || if active { t_string!(i18n, common.yes) } else { t_string!(i18n, common.no) }}</td>
        }
        .into_any()
    };
    let form = move |user, close| view! { <Form user users close /> }.into_any();
    view! {
        <Entries
            entries=users
            about=t_label!(i18n, admin.users_about)
            caption=t_label!(i18n, admin.users)
            heads=[t_label!(i18n, sign_in.name), t_label!(i18n, sign_in.login), t_label!(i18n, admin.agent_number), t_label!(i18n, admin.roles), t_label!(i18n, admin.active)]
            name=|user: &User| user.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.users_none)
        />
    }
}

/// What the form holds.
#[derive(Clone, Copy)]
struct Fields {
    login: RwSignal<String>,
    name: RwSignal<String>,
    number: RwSignal<String>,
    password: RwSignal<String>,
    roles: RwSignal<Vec<Role>>,
    skills: RwSignal<Vec<SkillLevel>>,
    queues: RwSignal<Vec<QueueId>>,
    active: RwSignal<bool>,
    recording: RwSignal<RecordRule>,
}

impl Fields {
    fn of(user: Option<User>) -> Self {
        let user = user.unwrap_or(User {
            id: UserId::from_u128(0),
            login: String::new(),
            name: String::new(),
            number: None,
            roles: vec![Role::Agent],
            skills: vec![],
            queues: vec![],
            active: true,
            recording: RecordRule::Always,
        });
        Self {
            login: RwSignal::new(user.login),
            name: RwSignal::new(user.name),
            number: RwSignal::new(user.number.unwrap_or_default()),
            password: RwSignal::new(String::new()),
            roles: RwSignal::new(user.roles),
            skills: RwSignal::new(user.skills),
            queues: RwSignal::new(user.queues),
            active: RwSignal::new(user.active),
            recording: RwSignal::new(user.recording),
        }
    }

    fn edit(self) -> UserEdit {
        let text = |signal: RwSignal<String>| signal.get_untracked().trim().to_owned();
        UserEdit {
            login: text(self.login),
            name: text(self.name),
            number: Some(text(self.number)).filter(|number| !number.is_empty()),
            roles: self.roles.get_untracked(),
            skills: self.skills.get_untracked(),
            queues: self.queues.get_untracked(),
            active: self.active.get_untracked(),
            recording: self.recording.get_untracked(),
            password: Some(self.password.get_untracked()).filter(|password| !password.is_empty()),
        }
    }
}

#[component]
fn Form(user: Option<User>, users: Resource<User>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let (queues, skills) = (Resource::<Queue>::load("queues"), Resource::<Skill>::load("skills"));
    let id = user.as_ref().map(|user| user.id.to_string());
    let new = id.is_none();
    let fields = Fields::of(user);
    let body = move || Ok(fields.edit());
    let roles =
        Signal::derive(move || Role::ALL.map(|role| (role, text::role(i18n.get_locale(), role).to_owned())).to_vec());
    let queues =
        Signal::derive(move || queues.rows().get().into_iter().map(|queue| (queue.id, queue.name)).collect::<Vec<_>>());
    let password_hint = move || {
        if new { t_string!(i18n, sign_in.password_hint) } else { t_string!(i18n, admin.password_keep) }.to_string()
    };
    view! {
        <EntryForm what=t_label!(i18n, admin.user) entries=users id=id body kept=true close>
            <TextField label=t_label!(i18n, sign_in.name) value=fields.name testid="user-name" required=true />
            <TextField label=t_label!(i18n, sign_in.login) value=fields.login testid="user-login" required=true />
            <TextField
                label=t_label!(i18n, sign_in.password)
                hint=Signal::derive(password_hint)
                value=fields.password
                kind="password"
                autocomplete="new-password"
                testid="user-password"
                required=new
            />
            <TextField
                label=t_label!(i18n, admin.agent_number)
                hint=t_label!(i18n, admin.agent_number_hint)
                value=fields.number
            />
            <PickMany label=t_label!(i18n, admin.roles) value=fields.roles from=roles />
            <PickMany label=t_label!(i18n, admin.queues) value=fields.queues from=queues />
            <SkillLevels value=fields.skills skills=skills.rows() />
            <RecordRules value=fields.recording testid="user-recording" />
            <Tick label=t_label!(i18n, admin.active) value=fields.active />
        </EntryForm>
    }
}
