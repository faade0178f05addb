//! Two languages, switched without a reload: the texts of `static/locales` as items, and what asks for them.
//!
//! `build.rs` makes of every text a constant, or a type with a field for each of its values, so that a text that is
//! missing, or a value, does not compile. A text is shown through [`I18n::shown`], whose closure has one type for all of
//! them: a type for each would make every element around it another one for the compiler, and that is most of what a
//! browser would download.

use crate::prefs;
use leptos::prelude::*;
use std::fmt::Display;

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Locale {
    /// English.
    En,
    /// Chinese.
    Zh,
}

impl Locale {
    /// The language tag that `Intl` and `<html lang>` want.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::En => "en-GB",
            Self::Zh => "zh-CN",
        }
    }

    /// The remembered one, else the first of the browser's that we speak, else English.
    fn preferred() -> Self {
        let spoken = |tag: &str| match tag.split('-').next() {
            Some("zh") => Some(Self::Zh),
            Some("en") => Some(Self::En),
            _ => None,
        };
        let browsers = || window().navigator().languages().iter().find_map(|tag| spoken(&tag.as_string()?));
        prefs::language().or_else(browsers).unwrap_or(Self::En)
    }
}

/// A text in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// In English.
    pub en: &'static str,
    /// In Chinese.
    pub zh: &'static str,
}

impl Text {
    /// In this language.
    pub const fn of(self, locale: Locale) -> &'static str {
        match locale {
            Locale::En => self.en,
            Locale::Zh => self.zh,
        }
    }

    /// With values for its `{{ names }}`.
    pub fn filled(self, locale: Locale, values: &[(&str, &dyn Display)]) -> String {
        let put = |text: String, (name, value): &(&str, &dyn Display)| {
            text.replace(&format!("{{{{ {name} }}}}"), &value.to_string())
        };
        values.iter().fold(self.of(locale).to_owned(), put)
    }
}

/// The page's language; a context.
#[derive(Clone, Copy)]
pub struct I18n(RwSignal<Locale>);

impl I18n {
    /// Begins with the person's language, and tells the document whenever it changes.
    pub fn start() -> Self {
        let locale = RwSignal::new(Locale::preferred());
        Effect::new(move |_| {
            if let Some(root) = document().document_element() {
                let _ = root.set_attribute("lang", locale.get().tag());
            }
        });
        Self(locale)
    }

    /// The language, tracked.
    pub fn get_locale(self) -> Locale {
        self.0.get()
    }

    /// The language, untracked: for handlers.
    pub fn get_locale_untracked(self) -> Locale {
        self.0.get_untracked()
    }

    /// Changes and remembers the language.
    pub fn set_locale(self, locale: Locale) {
        prefs::set_language(locale);
        self.0.set(locale);
    }

    /// A text that follows the language.
    pub fn shown(self, text: Text) -> impl Fn() -> &'static str + Copy + Send + Sync + 'static {
        move || text.of(self.get_locale())
    }

    /// A text that follows the language, as components take it.
    pub fn label(self, text: Text) -> Signal<String> {
        Signal::derive(move || text.of(self.get_locale()).to_owned())
    }
}

/// The page's language.
pub fn use_i18n() -> I18n {
    expect_context()
}

/// A text in a view: follows the language.
macro_rules! t {
    ($i18n:expr, $area:ident.$key:ident) => {
        $i18n.shown($crate::text::words::$area::$key)
    };
}

/// A text as a component's label: follows the language.
macro_rules! t_label {
    ($i18n:expr, $area:ident.$key:ident) => {
        $i18n.label($crate::text::words::$area::$key)
    };
}

/// A text in the page's language, tracked; with values a `String`.
macro_rules! t_string {
    ($i18n:expr, $area:ident.$key:ident $(, $name:ident = $value:expr)* $(,)?) => {
        $crate::text::td_string!($i18n.get_locale(), $area.$key $(, $name = $value)*)
    };
}

/// A text in a given language; with values a `String`.
macro_rules! td_string {
    ($locale:expr, $area:ident.$key:ident $(,)?) => {
        $crate::text::words::$area::$key.of($locale)
    };
    ($locale:expr, $area:ident.$key:ident, $($name:ident = $value:expr),+ $(,)?) => {
        $crate::text::words::$area::$key { $($name: &$value),+ }.of($locale)
    };
}

pub(crate) use {t, t_label, t_string, td_string};

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_text_is_filled_in_whichever_order_its_language_wants() {
        let text = Text { en: "{{ who }} in {{ queue }}", zh: "{{ queue }}的{{ who }}" };
        let values: [(&str, &dyn Display); 2] = [("who", &"Ann"), ("queue", &7)];
        assert_eq!(text.filled(Locale::En, &values), "Ann in 7");
        assert_eq!(text.filled(Locale::Zh, &values), "7的Ann");
    }
}
