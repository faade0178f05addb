//! The click-to-call frame: what a visitor of a foreign page sees after clicking the loader's button.
//!
//! It lives in an iframe of our own origin, uses no cookie and no storage, and talks to the page around it with one
//! word only (`hark:close`). `call` is the call, `control`
//! its control connection, `params` what the loader said, `text` both languages, `view` the rest.

mod call;
mod control;
mod params;
mod text;
mod view;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(view::Frame);
}
