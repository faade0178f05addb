//! What is wrong with the flow, each with the way to it.

use super::super::kinds;
use super::super::studio::{Panel, use_studio};
use super::card::level_name;
use crate::text::{self, *};
use hark_shared::flow::model::NodeId;
use hark_shared::wire::flows::Finding;
use leptos::prelude::*;

/// The list, errors first.
#[component]
pub fn Findings() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let sorted = move || {
        let mut findings = studio.findings.get();
        findings.sort_by_key(|finding| finding.level);
        findings.into_iter().map(|finding| view! { <li><Line finding /></li> }).collect_view()
    };
    view! {
        <div class="panel-part" data-testid="findings">
            <h2>{t!(i18n, designer.findings)}</h2>
            <p class="verdict" data-good="true" hidden=move || !studio.findings.with(Vec::is_empty)>
                {t!(i18n, designer.findings_none)}
            </p>
            <ul class="finding-list">{sorted}</ul>
        </div>
    }
}

#[component]
fn Line(finding: Finding) -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let level = finding.level;
    let node = finding.node;
    let go = move |id: NodeId| {
        studio.go_to(id);
        studio.open(Panel::Node);
        studio.focus(id);
    };
    let name = move || {
        let locale = i18n.get_locale();
        node.and_then(|id| {
            studio.editor.with(|editor| Some(format!("{id} · {}", kinds::title(locale, editor.node(id)?))))
        })
    };
    view! {
        <button
            type="button"
            class="finding"
            data-level=level_name(level)
            data-testid="finding"
            disabled=node.is_none()
            on:click=move |_| node.into_iter().for_each(go)
        >
            <b>{name}</b>
            <span>{move || text::error_text(i18n.get_locale(), &finding.what)}</span>
        </button>
    }
}
