//! What is wrong with the sound, in words, with what to do about it.

use crate::desk::phone::{MicState, use_phone};
use crate::route::Link;
use crate::text::*;
use hark_voice::mic::MicError;
use leptos::prelude::*;

/// A banner while the microphone is missing or forbidden; a live region, so it is announced.
#[component]
pub fn Trouble() -> impl IntoView {
    let (phone, i18n) = (use_phone(), use_i18n());
    let text = move || match phone.mic() {
        MicState::Closed | MicState::Open => None,
        MicState::Asking => Some(t_string!(i18n, check.mic_asking)),
        MicState::Unplugged => Some(t_string!(i18n, check.mic_unplugged)),
        MicState::Failed(error) => Some(mic_error(i18n.get_locale(), error)),
    };
    view! {
        <div class="trouble" role="alert" data-testid="trouble" hidden=move || text().is_none()>
            <span>{text}</span>
            <Link to="/check">{t!(i18n, common.check)}</Link>
        </div>
    }
}

/// Why there is no microphone, and what to do.
pub fn mic_error(locale: Locale, error: MicError) -> &'static str {
    match error {
        MicError::Insecure => td_string!(locale, check.mic_insecure),
        MicError::Denied => td_string!(locale, check.mic_denied),
        MicError::Missing => td_string!(locale, check.mic_missing),
        MicError::Unreadable => td_string!(locale, check.mic_unreadable),
    }
}
