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
        Some("zh") => Some(Locale::Zh),
        Some("en") => Some(Locale::En),
        _ => None,
    }
}

/// Remembers the language.
pub fn set_language(locale: Locale) {
    let name = match locale {
        Locale::Zh => "zh",
        Locale::En => "en",
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

/// In a browser, where there is storage: `cargo xtask test-browser`.
#[cfg(all(test, target_arch = "wasm32"))]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn clear() {
        for storage in [local(), session()].into_iter().flatten() {
            storage.clear().expect("Chromium's storage can be emptied");
        }
    }

    #[wasm_bindgen_test]
    fn a_fresh_browser_has_chosen_nothing() {
        clear();
        assert_eq!((language(), microphone(), speaker()), (None, None, None));
        assert_eq!(Theme::saved(), Theme::System);
    }

    #[wasm_bindgen_test]
    fn choices_are_remembered_and_the_systems_choice_is_no_choice() {
        clear();
        for locale in [Locale::Zh, Locale::En] {
            set_language(locale);
            assert_eq!(language(), Some(locale));
        }
        set_microphone("headset");
        set_speaker("desk");
        assert_eq!((microphone().as_deref(), speaker().as_deref()), (Some("headset"), Some("desk")));
        set_microphone("");
        set_speaker("");
        assert_eq!((microphone(), speaker()), (None, None));
    }

    #[wasm_bindgen_test]
    fn a_theme_is_painted_and_remembered_and_nonsense_is_the_systems() {
        clear();
        let painted = || document().document_element().and_then(|root| root.get_attribute("data-theme"));
        let mut theme = Theme::System;
        for name in ["light", "dark", "system"] {
            theme = theme.next();
            theme.apply();
            assert_eq!(painted().as_deref(), Some(name));
            assert_eq!(Theme::saved(), theme);
        }
        write(local(), THEME, "pink");
        write(local(), LANGUAGE, "tlh");
        assert_eq!((Theme::saved(), language()), (Theme::System, None));
    }

    #[wasm_bindgen_test]
    fn a_tab_keeps_its_name_and_reloads_itself_once() {
        clear();
        let name = tab();
        assert_eq!(tab(), name);
        assert!(may_reload());
        assert!(!may_reload(), "a broken roll-out must not reload for ever");
        reloaded_well();
        assert!(may_reload());
    }
}
