//! What the loader's attributes say, from the frame's address. All of it is a stranger's input.

use crate::text::Language;
use web_sys::UrlSearchParams;

/// The parameters.
#[derive(Clone, Debug)]
pub struct Params {
    /// The number of ours whose entry the call takes, as written.
    pub number: String,
    /// The tenant's short name; may be empty.
    pub tenant: String,
    /// The frame's heading.
    pub label: String,
    /// The language.
    pub language: Language,
    /// The address of the page around us.
    pub page: String,
    /// A colour for the call button: `#` and hexadecimal digits, else nothing.
    pub color: Option<String>,
}

/// See [`hark_shared::wire::visitor::FromVisitor::Hello`].
const MAX_PAGE: usize = 500;
/// A heading longer than this would push the button out of the frame.
const MAX_LABEL: usize = 60;

impl Params {
    /// Reads the frame's own address.
    pub fn read() -> Self {
        let search = leptos::prelude::window().location().search().unwrap_or_default();
        let query = UrlSearchParams::new_with_str(&search).ok();
        let get = |name: &str| query.as_ref().and_then(|query| query.get(name)).unwrap_or_default();
        Self {
            number: get("number"),
            tenant: get("tenant"),
            label: get("label").chars().take(MAX_LABEL).collect(),
            language: if get("lang").starts_with("zh") { Language::Zh } else { Language::En },
            page: get("page").chars().take(MAX_PAGE).collect(),
            color: Some(get("color")).filter(|color| is_color(color)),
        }
    }
}

/// Only `#rgb` to `#rrggbbaa`: nothing that a style sheet could be led astray with.
fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|hex| (3..=8).contains(&hex.len()) && hex.chars().all(|c| c.is_ascii_hexdigit()))
}

#[cfg(test)]
mod tests {
    use super::is_color;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn colours_are_hexadecimal_only() {
        assert!(is_color("#0a7d4f") && is_color("#fff"));
        assert!(!is_color("red") && !is_color("#12") && !is_color("#fff;x") && !is_color("url(#a)"));
    }
}
