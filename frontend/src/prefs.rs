//! What this browser remembers: language, theme, devices, and which tab this is. A browser that forbids storage costs
//! only the memory.

use crate::text::Locale;
use leptos::prelude::*;
use uuid::Uuid;
use web_sys::Storage;

const LANGUAGE: &str = "hark.language";
const THEME: &str = "hark.theme";
const MICROPHONE: &str = "hark.microphone";
const SPEAKER: &str = "hark.speaker";
const TAB: &str = "hark.tab";
const RELOADED: &str = "hark.reloaded";

/// Light, dark, or as the system says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// `prefers-color-scheme` decides.
    #[default]
    System,
    /// Always light.
    Light,
    /// Always dark.
    Dark,
}

impl Theme {
    const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// The one after this in the switch.
    pub const fn next(self) -> Self {
        match self {
            Self::System => Self::Light,
            Self::Light => Self::Dark,
            Self::Dark => Self::System,
        }
    }

    /// The remembered one.
    pub fn saved() -> Self {
        match read(local(), THEME).as_deref() {
            Some("light") => Self::Light,
            Some("dark") => Self::Dark,
            _ => Self::System,
        }
    }

    /// Paints and remembers it: `app.css` looks at `<html data-theme>`.
    pub fn apply(self) {
        if let Some(root) = document().document_element() {
            let _ = root.set_attribute("data-theme", self.name());
        }
        write(local(), THEME, self.name());
    }
}

/// The remembered language.
pub fn language() -> Option<Locale> {
    match read(local(), LANGUAGE).as_deref() {
        Some("zh") => Some(Locale::zh),
        Some("en") => Some(Locale::en),
        _ => None,
    }
}

/// Remembers the language.
pub fn set_language(locale: Locale) {
    let name = match locale {
        Locale::zh => "zh",
        Locale::en => "en",
    };
    write(local(), LANGUAGE, name);
}

/// The chosen microphone.
pub fn microphone() -> Option<String> {
    read(local(), MICROPHONE).filter(|id| !id.is_empty())
}

/// Remembers the microphone; empty for the system's choice.
pub fn set_microphone(id: &str) {
    write(local(), MICROPHONE, id);
}

/// The chosen speaker.
pub fn speaker() -> Option<String> {
    read(local(), SPEAKER).filter(|id| !id.is_empty())
}

/// Remembers the speaker; empty for the system's choice.
pub fn set_speaker(id: &str) {
    write(local(), SPEAKER, id);
}

/// Names this tab through reloads. A browser without storage gets a new name each time: its reload looks like a second
/// tab, which the server asks about.
pub fn tab() -> Uuid {
    let kept = read(session(), TAB).and_then(|text| text.parse().ok());
    kept.unwrap_or_else(|| {
        let tab = Uuid::new_v4();
        write(session(), TAB, &tab.to_string());
        tab
    })
}

/// Whether the page may reload itself for a newer version: once, or a broken roll-out would reload for ever.
pub fn may_reload() -> bool {
    let first = read(session(), RELOADED).is_none();
    write(session(), RELOADED, "1");
    first
}

/// The page and the server understood each other: the next roll-out may reload again.
pub fn reloaded_well() {
    if let Some(storage) = session() {
        let _ = storage.remove_item(RELOADED);
    }
}

fn local() -> Option<Storage> {
    window().local_storage().ok().flatten()
}

fn session() -> Option<Storage> {
    window().session_storage().ok().flatten()
}

fn read(storage: Option<Storage>, key: &str) -> Option<String> {
    storage?.get_item(key).ok().flatten()
}

fn write(storage: Option<Storage>, key: &str, value: &str) {
    if let Some(storage) = storage {
        let _ = storage.set_item(key, value);
    }
}
