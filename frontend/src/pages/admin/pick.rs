//! Choosing among other entries: one of a list, several of a list, a level per skill.

use crate::components::form::Field;
use crate::text::*;
use hark_shared::wire::rest::{Skill, SkillLevel};
use leptos::prelude::*;
use std::fmt::Display;
use std::str::FromStr;

/// One of a list, or none.
#[component]
pub fn Pick<I>(
    /// What is chosen.
    #[prop(into)]
    label: Signal<String>,
    /// The choice.
    value: RwSignal<Option<I>>,
    /// Ids and names.
    #[prop(into)]
    from: Signal<Vec<(I, String)>>,
) -> impl IntoView
where
    I: Copy + PartialEq + Display + FromStr + Send + Sync + 'static,
{
    let options = move || {
        let entries = from.get().into_iter().map(|(id, name)| {
            view! {
                <option value=id.to_string() selected=move || value.get() == Some(id)>
                    {name}
                </option>
            }
        });
        entries.collect_view()
    };
    view! {
        <Field label>
            <select on:change:target=move |event| value.set(event.target().value().parse().ok())>
                <option value="" selected=move || value.with(Option::is_none)>"—"</option>
                {options}
            </select>
        </Field>
    }
}

/// Several of a list.
#[component]
pub fn PickMany<I>(
    /// What is chosen.
    #[prop(into)]
    label: Signal<String>,
    /// The choices.
    value: RwSignal<Vec<I>>,
    /// Values and names.
    #[prop(into)]
    from: Signal<Vec<(I, String)>>,
) -> impl IntoView
where
    I: Copy + PartialEq + Send + Sync + 'static,
{
    let set = move |id: I, on: bool| {
        value.update(|chosen| {
            chosen.retain(|other| *other != id);
            if on {
                chosen.push(id);
            }
        });
    };
    let ticks = move || {
        let entries = from.get().into_iter().map(|(id, name)| {
            view! {
                <label class="tick">
                    <input
                        type="checkbox"
                        prop:checked=move || value.with(|chosen| chosen.contains(&id))
                        on:change:target=move |event| set(id, event.target().checked())
                    />
                    <span>{name}</span>
                </label>
            }
        });
        entries.collect_view()
    };
    view! {
        <div class="field" role="group" aria-label=label>
            <span class="field-label">{label}</span>
            <div class="ticks">{ticks}</div>
        </div>
    }
}

/// A level from 1 to 9 for each skill, or none.
#[component]
pub fn SkillLevels(
    /// The levels.
    value: RwSignal<Vec<SkillLevel>>,
    /// The skills that there are.
    skills: Signal<Vec<Skill>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let set = move |skill, level: Option<u8>| {
        value.update(|levels| {
            levels.retain(|other| other.skill != skill);
            levels.extend(level.map(|level| SkillLevel { skill, level }));
        });
    };
    let level_of = move |skill| value.with(|levels| levels.iter().find(|l| l.skill == skill).map(|l| l.level));
    let row = move |skill: Skill| {
        let id = skill.id;
        view! {
            <label class="pair">
                <span>{skill.name}</span>
                <select on:change:target=move |event| set(id, event.target().value().parse().ok())>
                    <option value="" selected=move || level_of(id).is_none()>"—"</option>
                    {(1..=9_u8)
                        .map(|level| {
                            view! { <option value=level selected=move || level_of(id) == Some(level)>{level}</option> }
                        })
                        .collect_view()}
                </select>
            </label>
        }
    };
    view! {
        <div class="field" role="group" aria-label=t!(i18n, admin.skill_levels)>
            <span class="field-label">{t!(i18n, admin.skill_levels)}</span>
            <div class="pairs">{move || skills.get().into_iter().map(row).collect_view()}</div>
        </div>
    }
}
