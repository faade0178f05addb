//! The list of kinds, from which a new node is chosen.

use super::super::kinds::{ENTRIES, Entry, Group};
use super::super::studio::{Studio, use_studio};
use super::card::Picture;
use crate::text::*;
use leptos::html;
use leptos::prelude::*;

/// The list, open while a kind is being chosen.
#[component]
pub fn Chooser() -> impl IntoView {
    let studio = use_studio();
    move || studio.choosing.get().map(|_| view! { <Kinds /> })
}

#[component]
fn Kinds() -> impl IntoView {
    let (studio, i18n) = (use_studio(), use_i18n());
    let sought = RwSignal::new(String::new());
    let input = NodeRef::<html::Input>::new();
    Effect::new(move |_| {
        if let Some(input) = input.get() {
            let _ = input.focus();
        }
    });
    let found = move || {
        let (locale, sought) = (i18n.get_locale(), sought.get().to_lowercase());
        let fits = move |entry: &&Entry| {
            let words = [entry.title.of(locale), entry.about.of(locale), entry.name];
            words.iter().any(|word| word.to_lowercase().contains(&sought))
        };
        ENTRIES.iter().filter(fits).collect::<Vec<_>>()
    };
    let key = move |event: web_sys::KeyboardEvent| match event.key().as_str() {
        "Escape" => {
            event.stop_propagation();
            studio.choosing.set(None);
        }
        // The first that fits; but Enter in an input method chooses characters.
        "Enter" if !event.is_composing() && super::keys_in_field(&event) => {
            event.prevent_default();
            if let Some(entry) = untrack(found).first() {
                studio.create(entry.name);
            }
        }
        _ => {}
    };
    view! {
        <div class="chooser-scrim" on:click=move |_| studio.choosing.set(None)></div>
        <div class="chooser" role="dialog" aria-label=t!(i18n, designer.add_node) data-testid="chooser" on:keydown=key>
            <input
                node_ref=input
                type="search"
                data-testid="chooser-search"
                placeholder=t!(i18n, designer.search_kinds)
                aria-label=t!(i18n, designer.search_kinds)
                prop:value=sought
                on:input:target=move |event| sought.set(event.target().value())
            />
            <div class="chooser-list">{move || Group::ALL.map(|group| group_view(studio, group, &found())).collect_view()}</div>
        </div>
    }
}

fn group_view(studio: Studio, group: Group, found: &[&'static Entry]) -> Option<AnyView> {
    let locale = studio.i18n.get_locale();
    let of_group: Vec<&'static Entry> = found.iter().filter(|entry| entry.group == group).copied().collect();
    let entry = move |entry: &'static Entry| {
        view! {
            <button
                type="button"
                class="kind"
                data-group=group.name()
                data-testid=format!("kind-{}", entry.name)
                on:click=move |_| studio.create(entry.name)
            >
                <span class="node-picture"><Picture path=entry.picture /></span>
                <span class="node-words">
                    <b>{entry.title.of(locale)}</b>
                    <span class="node-line">{entry.about.of(locale)}</span>
                </span>
            </button>
        }
    };
    (!of_group.is_empty()).then(|| {
        view! {
            <h3>{group.title().of(locale)}</h3>
            {of_group.into_iter().map(entry).collect_view()}
        }
        .into_any()
    })
}
