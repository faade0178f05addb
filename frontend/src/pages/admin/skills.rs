//! Skills: names that queues ask for and agents have.

use super::dialog::{EditCell, FormDialog, ListHead, Remove, form_title};
use super::resource::Resource;
use crate::components::form::{FormError, TextField};
use crate::components::table::Table;
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
    // The entry that is edited, and whether it is a new one.
    let editing = RwSignal::new(None::<(Skill, bool)>);
    let row = move |skill: Skill| {
        let edited = skill.clone();
        view! {
            <td>{skill.name}</td>
            <EditCell what=edited.name.clone() edit=move || editing.set(Some((edited.clone(), false))) />
        }
        .into_any()
    };
    view! {
        <ListHead
            about=t_label!(i18n, admin.skills_about)
            create=move || editing.set(Some((Skill { id: SkillId(Uuid::new_v4()), name: String::new() }, true)))
        />
        <FormError error=skills.error() />
        <Table
            caption=t_label!(i18n, admin.skills)
            heads=Signal::derive(move || vec![t_string!(i18n, admin.name).to_string(), String::new()])
            rows=skills.rows()
            key=|skill: &Skill| (skill.id, skill.name.clone())
            row
            empty=t_label!(i18n, admin.skills_none)
        />
        {move || editing.get().map(|(skill, new)| view! { <Form skill new skills close=Callback::new(move |()| editing.set(None)) /> })}
    }
}

#[component]
fn Form(skill: Skill, new: bool, skills: Resource<Skill>, close: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let id = skill.id;
    let name = RwSignal::new(skill.name);
    let save = move || -> super::dialog::Saving {
        let body = Skill { id, name: name.get_untracked().trim().to_owned() };
        Box::pin(async move { skills.save((!new).then(|| id.to_string()), &body).await })
    };
    let remove = (!new).then(|| -> Remove { Box::new(move || Box::pin(skills.remove(id.to_string()))) });
    view! {
        <FormDialog title=Signal::derive(move || form_title(i18n.get_locale(), new, t_string!(i18n, admin.skill))) save remove close>
            <TextField
                label=t_label!(i18n, admin.name)
                value=name
                testid="skill-name"
                required=true
            />
        </FormDialog>
    }
}
