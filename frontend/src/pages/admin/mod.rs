//! Administration.

use leptos::prelude::*;

/// The page.
#[component]
pub fn AdminPage() -> impl IntoView {}
