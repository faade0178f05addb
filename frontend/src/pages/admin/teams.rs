//! Teams: agents who belong together, and the supervisors who lead them.

use super::entries::{Entries, EntryForm};
use super::resource::Resource;
use crate::components::form::{Field, TextField};
use crate::text::*;
use hark_shared::ids::{TeamId, UserId};
use hark_shared::perms::{Permission, allowed};
use hark_shared::team::Team;
use hark_shared::wire::rest::User;
use leptos::prelude::*;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The list.
#[component]
pub fn Teams() -> impl IntoView {
    let i18n = use_i18n();
    let (teams, users) = (Resource::<Team>::load("teams"), Resource::<User>::load("users"));
    let cells = move |team: Team| {
        let (members, leaders) = (team.members.len(), team.leaders.clone());
        let led_by = move || match leaders.is_empty() {
            true => t_string!(i18n, admin.team_leaderless).to_owned(),
            false => names(users, &leaders).join(", "),
        };
        view! {
            <td>{team.name}</td>
            <td>{members}</td>
            <td>{led_by}</td>
        }
        .into_any()
    };
    let form = move |team, close| view! { <Form team teams users close /> }.into_any();
    view! {
        <Entries
            entries=teams
            about=t_label!(i18n, admin.teams_about)
            caption=t_label!(i18n, admin.teams)
            heads=[
                t_label!(i18n, admin.name),
                t_label!(i18n, admin.team_members),
                t_label!(i18n, admin.team_leaders),
            ]
            name=|team: &Team| team.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.teams_none)
        />
    }
}

/// What these people are called, tracked, in the order of the list.
fn names(users: Resource<User>, of: &BTreeSet<UserId>) -> Vec<String> {
    users.rows().with(|users| users.iter().filter(|user| of.contains(&user.id)).map(|user| user.name.clone()).collect())
}

#[component]
fn Form(team: Option<Team>, teams: Resource<Team>, users: Resource<User>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let edited = team.as_ref().map(|team| team.id.to_string());
    let team = team.unwrap_or_else(|| Team {
        id: TeamId(Uuid::new_v4()),
        name: String::new(),
        members: BTreeSet::new(),
        leaders: BTreeSet::new(),
    });
    let id = team.id;
    let name = RwSignal::new(team.name);
    let (members, leaders) = (RwSignal::new(team.members), RwSignal::new(team.leaders));
    let body = move || {
        let name = name.get_untracked().trim().to_owned();
        Ok(Team { id, name, members: members.get_untracked(), leaders: leaders.get_untracked() })
    };
    let works: fn(&User) -> bool = |user| user.active && allowed(&user.roles, Permission::TakeContacts);
    let leads: fn(&User) -> bool = |user| user.active && allowed(&user.roles, Permission::Supervise);
    view! {
        <EntryForm what=t_label!(i18n, admin.team) entries=teams id=edited body close>
            <TextField label=t_label!(i18n, admin.name) value=name testid="team-name" required=true />
            <People
                label=t_label!(i18n, admin.team_members)
                hint=t_label!(i18n, admin.team_members_hint)
                chosen=members
                users
                eligible=works
                testid="team-members"
            />
            <People
                label=t_label!(i18n, admin.team_leaders)
                hint=t_label!(i18n, admin.team_leaders_hint)
                chosen=leaders
                users
                eligible=leads
                testid="team-leaders"
            />
        </EntryForm>
    }
}

/// Those who are chosen, each with a button that takes them out, and a list of the others to add from.
#[component]
fn People(
    #[prop(into)] label: Signal<String>,
    #[prop(into)] hint: Signal<String>,
    chosen: RwSignal<BTreeSet<UserId>>,
    users: Resource<User>,
    /// Who can be added.
    eligible: fn(&User) -> bool,
    testid: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let listed = move || {
        let of =
            |user: UserId| users.rows().with(|rows| rows.iter().find(|row| row.id == user).map(|row| row.name.clone()));
        // Whoever is not in the list (yet) stays to be seen, and to be taken out.
        let mut listed: Vec<(String, UserId)> =
            chosen.get().into_iter().map(|user| (of(user).unwrap_or_else(|| "—".to_owned()), user)).collect();
        listed.sort();
        listed
    };
    let others = move || {
        let chosen = chosen.get();
        let mut others = users.rows().get();
        others.retain(|user| eligible(user) && !chosen.contains(&user.id));
        others
    };
    let row = move |(name, user): (String, UserId)| {
        let remove = move |_| {
            chosen.update(|chosen| {
                chosen.remove(&user);
            });
        };
        let called = name.clone();
        view! {
            <li class="person">
                <span>{name}</span>
                <button
                    type="button"
                    class="quiet"
                    aria-label=move || t_string!(i18n, admin.person_remove, name = called.clone())
                    on:click=remove
                >
                    {t!(i18n, common.remove)}
                </button>
            </li>
        }
    };
    view! {
        <div class="field" role="group" aria-label=label data-testid=testid>
            <span class="field-label">{label}</span>
            <ul class="people">
                <For each=listed key=Clone::clone let:person>{row(person)}</For>
            </ul>
            <Field label=t_label!(i18n, admin.person_add) hint>
                <select on:change:target=move |event| {
                    if let Ok(user) = event.target().value().parse() {
                        chosen.update(|chosen| {
                            chosen.insert(user);
                        });
                    }
                    event.target().set_value("");
                }>
                    <option value="">"—"</option>
                    {move || {
                        let option = |user: User| view! { <option value=user.id.to_string()>{user.name}</option> };
                        others().into_iter().map(option).collect_view()
                    }}
                </select>
            </Field>
        </div>
    }
}
