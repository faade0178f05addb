//! The administration's program: a module that the page loads when somebody opens the administration.

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

fn main() {
    console_error_panic_hook::set_once();
}

/// Shows it within an element; `offset` is what the server's clock is ahead of the browser's, in milliseconds.
#[wasm_bindgen]
pub fn mount(host: HtmlElement, offset: f64) {
    hark_desktop::mount(host, offset);
}

/// Takes it away.
#[wasm_bindgen]
pub fn unmount() {
    hark_desktop::unmount();
}

/// Follows the page's language, `en` or `zh`.
#[wasm_bindgen]
pub fn speak(language: &str) {
    hark_desktop::speak(language);
}
