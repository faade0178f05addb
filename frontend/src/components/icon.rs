//! Icons: one stroke, 24 by 24, drawn here. Always beside a word or with one in `aria-label`.

use leptos::prelude::*;

/// The icons there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A handset.
    Phone,
    /// A handset laid down.
    HangUp,
    /// A tape.
    Voicemail,
    /// Two bars.
    Hold,
    /// A triangle.
    Resume,
    /// A microphone.
    Mic,
    /// A microphone struck through.
    MicOff,
    /// A head with headphones.
    Headset,
    /// A list.
    List,
    /// A gear's idea: sliders.
    Settings,
    /// A pulse.
    Check,
    /// A tick.
    Done,
    /// Head and shoulders.
    Person,
    /// A door.
    Leave,
    /// A triangle pointing down.
    Down,
    /// A globe.
    Globe,
    /// Half dark.
    Theme,
    /// A browser window.
    Web,
    /// Two heads.
    People,
    /// Two arrows in opposite directions.
    Swap,
    /// An eye.
    Eye,
}

impl Icon {
    const fn path(self) -> &'static str {
        match self {
            Self::Phone => {
                "M5 4h4l2 5-2.5 1.5a11 11 0 0 0 5 5L15 13l5 2v4a1 1 0 0 1-1 1A15 15 0 0 1 4 5a1 1 0 0 1 1-1z"
            }
            Self::HangUp => {
                "M3.5 15.8l-1-2.4a1.3 1.3 0 0 1 .3-1.5c5.2-4.6 13.2-4.6 18.4 0a1.3 1.3 0 0 1 .3 1.5l-1 2.4-4.4-.8-.5-3a11 11 0 0 0-7.2 0l-.5 3z"
            }
            Self::Hold => "M9 5v14M15 5v14",
            Self::Voicemail => {
                "M6.500 9a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM17.500 9a3.500 3.500 0 1 0 0 7 3.500 3.500 0 0 0 0-7zM6.500 16h11"
            }
            Self::Resume => "M8 5l11 7-11 7z",
            Self::Mic => "M12 4a3 3 0 0 0-3 3v4a3 3 0 0 0 6 0V7a3 3 0 0 0-3-3zM6 11a6 6 0 0 0 12 0M12 17v3",
            Self::MicOff => "M9 9v2a3 3 0 0 0 5 2M15 9V7a3 3 0 0 0-6-.5M6 11a6 6 0 0 0 10 4.5M12 17v3M4 4l16 16",
            Self::Headset => "M4 14v-2a8 8 0 0 1 16 0v2M4 14h3v5H5a1 1 0 0 1-1-1zM20 14h-3v5h2a1 1 0 0 0 1-1z",
            Self::List => "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
            Self::Settings => "M4 7h10M18 7h2M4 17h2M10 17h10M14 5v4M6 15v4",
            Self::Done => "M5 12.5l4.5 4.5L19 7.5",
            Self::Check => "M3 12h4l3-7 4 14 3-7h4",
            Self::Person => "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 20a8 6 0 0 1 16 0",
            Self::Leave => "M14 4H6v16h8M10 12h10M17 9l3 3-3 3",
            Self::Down => "M7 10l5 5 5-5",
            Self::Globe => "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM3 12h18M12 3c5 5 5 13 0 18M12 3c-5 5-5 13 0 18",
            Self::Theme => "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
            Self::People => {
                "M9 5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zM2 20a7 6 0 0 1 14 0M16 5a3.5 3.5 0 0 1 0 7M18 14.5a6 6 0 0 1 4 5.5"
            }
            Self::Swap => "M4 8h14M14 4l4 4-4 4M20 16H6M10 12l-4 4 4 4",
            Self::Eye => "M2 12c5-8 15-8 20 0-5 8-15 8-20 0zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
            Self::Web => "M3 5h18v14H3zM3 9h18M6 7h.01",
        }
    }
}

/// Draws `icon`.
#[component]
pub fn Glyph(#[prop(into)] icon: Signal<Icon>) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=move || icon.get().path() />
        </svg>
    }
}
