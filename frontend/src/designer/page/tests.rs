//! The flow's tests.

use leptos::prelude::*;

/// The list.
#[component]
pub fn Tests() -> impl IntoView {
    view! { <p></p> }
}
