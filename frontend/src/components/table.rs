//! A table of rows that are told apart by a key, with a word for when it is empty.

use leptos::prelude::*;
use std::hash::Hash;

/// A list with headings. Each row is made once per key, so that a changed list does not lose the focus.
#[component]
pub fn Table<T, K>(
    /// Names the table for screen readers.
    #[prop(into)]
    caption: Signal<String>,
    /// The headings.
    #[prop(into)]
    heads: Signal<Vec<String>>,
    /// The rows.
    #[prop(into)]
    rows: Signal<Vec<T>>,
    /// What tells rows apart.
    key: impl Fn(&T) -> K + Clone + Send + 'static,
    /// Makes a row's cells (`<td>`s).
    row: impl Fn(T) -> AnyView + Clone + Send + Sync + 'static,
    /// Said when there are none.
    #[prop(into)]
    empty: Signal<String>,
) -> impl IntoView
where
    T: Clone + Send + Sync + 'static,
    K: Eq + Hash + Send + Sync + 'static,
{
    // On a narrow screen each row is a card whose cells carry their heading, which the style sheet takes from here.
    let labels = move || {
        let heads = heads.get();
        let label = |(at, head): (usize, &String)| format!("--head-{}:\"{}\";", at + 1, head.replace(['"', '\\'], ""));
        heads.iter().enumerate().map(label).collect::<String>()
    };
    view! {
        <div class="table-wrap">
            <table style=labels>
                <caption class="hidden">{caption}</caption>
                <thead>
                    <tr>
                        {move || heads.get().into_iter().map(|head| view! { <th scope="col">{head}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>
                    <For each=move || rows.get() key=key children=move |item| view! { <tr>{row(item)}</tr> } />
                </tbody>
            </table>
            <p class="empty" hidden=move || rows.with(|rows| !rows.is_empty())>{empty}</p>
        </div>
    }
}
