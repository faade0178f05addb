//! Language and theme.

use crate::components::icon::{Glyph, Icon};
use crate::prefs::Theme;
use crate::text::*;
use leptos::prelude::*;

/// Switches between Chinese and English without a reload.
#[component]
pub fn LanguageSwitch() -> impl IntoView {
    let i18n = use_i18n();
    let switch = move |_| {
        let other = match i18n.get_locale_untracked() {
            Locale::En => Locale::Zh,
            Locale::Zh => Locale::En,
        };
        i18n.set_locale(other);
    };
    // The other language's own name: who needs it can read it.
    let name = move || match i18n.get_locale() {
        Locale::En => "中文",
        Locale::Zh => "English",
    };
    view! {
        <button type="button" class="quiet" data-testid="language" on:click=switch>
            <Glyph icon=Icon::Globe />
            <span>{name}</span>
        </button>
    }
}

/// System, light, dark.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let i18n = use_i18n();
    let theme = RwSignal::new(Theme::saved());
    let name = move || match theme.get() {
        Theme::System => t_string!(i18n, common.theme_system),
        Theme::Light => t_string!(i18n, common.theme_light),
        Theme::Dark => t_string!(i18n, common.theme_dark),
    };
    let switch = move |_| {
        theme.update(|theme| *theme = theme.next());
        theme.get_untracked().apply();
    };
    view! {
        <button type="button" class="quiet" data-testid="theme" on:click=switch>
            <Glyph icon=Icon::Theme />
            <span>{name}</span>
        </button>
    }
}
