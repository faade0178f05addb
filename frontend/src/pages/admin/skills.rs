//! Skills: names that queues ask for and agents have.

use super::entries::{Entries, EntryForm};
use super::resource::Resource;
use crate::components::form::TextField;
use crate::text::*;
use hark_shared::ids::SkillId;
use hark_shared::wire::rest::Skill;
use leptos::prelude::*;
use uuid::Uuid;

/// The list.
#[component]
pub fn Skills() -> impl IntoView {
    let i18n = use_i18n();
    let skills = Resource::<Skill>::load("skills");
    let cells = move |skill: Skill| view! { <td>{skill.name}</td> }.into_any();
    let form = move |skill, close| view! { <Form skill skills close /> }.into_any();
    view! {
        <Entries
            entries=skills
            about=t_label!(i18n, admin.skills_about)
            caption=t_label!(i18n, admin.skills)
            heads=[t_label!(i18n, admin.name)]
            name=|skill: &Skill| skill.name.clone()
            cells
            form
            empty=t_label!(i18n, admin.skills_none)
        />
    }
}

#[component]
fn Form(skill: Option<Skill>, skills: Resource<Skill>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let (new, skill) =
        (skill.is_none(), skill.unwrap_or_else(|| Skill { id: SkillId(Uuid::new_v4()), name: String::new() }));
    let (id, name) = (skill.id, RwSignal::new(skill.name));
    let body = move || Ok(Skill { id, name: name.get_untracked().trim().to_owned() });
    view! {
        <EntryForm what=t_label!(i18n, admin.skill) entries=skills id=(!new).then(|| id.to_string()) body close>
            <TextField label=t_label!(i18n, admin.name) value=name testid="skill-name" required=true />
        </EntryForm>
    }
}
