//! The flow designer's program: a module that the administration's page loads when somebody opens the flows.

use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

fn main() {
    console_error_panic_hook::set_once();
}

/// Shows the list of flows, or the flow of this id, within an element.
#[wasm_bindgen]
pub fn mount(host: HtmlElement, flow: &str) {
    hark_desktop::mount(host, flow);
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
