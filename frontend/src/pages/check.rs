//! Device check: microphone, speaker, network.

use leptos::prelude::*;

/// The page.
#[component]
pub fn CheckPage() -> impl IntoView {}
