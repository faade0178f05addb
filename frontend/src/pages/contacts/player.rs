//! Plays a recording: the browser's own controls. The server audits each play.

use crate::text::{self, *};
use hark_shared::wire::rest::Recording;
use leptos::prelude::*;

/// The player of one recording.
#[component]
pub fn Player(
    /// Which.
    recording: Recording,
) -> impl IntoView {
    let i18n = use_i18n();
    let path = format!("/api/recordings/{}", recording.id);
    let length = text::duration(recording.length);
    view! {
        <div class="player" data-testid="recording">
            <audio
                controls
                preload="none"
                src=path
                aria-label=move || t_string!(i18n, contacts.recording, length = length.clone()).to_string()
            ></audio>
            {recording.fault.map(|fault| view! { <p class="form-error">{t!(i18n, contacts.faulty)} " " {fault}</p> })}
        </div>
    }
}
