//! Where a node's ways out lead, as lists to choose from: what the canvas does with edges, without a pointer.

use super::super::editor::Edit;
use super::super::kinds;
use super::super::studio::{Choosing, use_studio};
use crate::text::*;
use hark_shared::flow::Exit;
use hark_shared::flow::model::NodeId;
use leptos::prelude::*;

/// Stands for a node that is to be made.
const NEW: &str = "new";

/// The ways out of a node.
#[component]
pub fn Exits(id: NodeId) -> impl IntoView {
    let studio = use_studio();
    let exits = Memo::new(move |_| {
        studio.editor.with(|editor| editor.node(id).map(|node| node.kind.exits()).unwrap_or_default())
    });
    view! {
        <ul class="exits">
            <For each=move || exits.get() key=|exit| *exit let:exit>
                <li><Way id exit /></li>
            </For>
        </ul>
    }
}

#[component]
fn Way(id: NodeId, exit: Exit) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let leads = Memo::new(move |_| studio.editor.with(|editor| editor.node(id)?.exits.get(&exit).copied()));
    let names = Memo::new(move |_| {
        let locale = i18n.get_locale();
        studio.editor.with(|editor| {
            let nodes = super::super::doc::in_order(&editor.doc().flow).into_iter();
            let name = |to: NodeId| Some((to, format!("{to} · {}", kinds::title(locale, editor.node(to)?))));
            nodes.filter(|to| *to != id).filter_map(name).collect::<Vec<_>>()
        })
    });
    let choose = move |value: String| match value.parse::<NodeId>() {
        Ok(to) => {
            studio.apply(Edit::Connect { from: id, exit, to });
        }
        Err(_) if value == NEW => studio.choosing.set(Some(Choosing { at: None, from: Some((id, exit)) })),
        Err(_) => {
            studio.apply(Edit::Disconnect { from: id, exit });
        }
    };
    let options = move || {
        let option = |(to, name): (NodeId, String)| {
            view! { <option value=to selected=move || leads.get() == Some(to)>{name}</option> }
        };
        names.get().into_iter().map(option).collect_view()
    };
    view! {
        <label class="way">
            <span class="way-name">{move || kinds::exit_name(i18n.get_locale(), exit)}</span>
            <select
                data-testid=format!("exit-{id}-{exit}")
                class:open=move || leads.get().is_none()
                on:change:target=move |event| choose(event.target().value())
            >
                <option value="" selected=move || leads.get().is_none()>{t!(i18n, designer.leads_nowhere)}</option>
                {options}
                <option value=NEW>{t!(i18n, designer.new_node)}</option>
            </select>
        </label>
    }
}
