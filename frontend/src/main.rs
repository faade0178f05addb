//! The agent's and administrator's browser application.
//!
//! `desk` holds what is alive: the WebSocket, the painted state and the voice connection. They live in the root, above
//! every route, so that neither a page change nor a sign-in in the middle of a call touches them. `pages` and
//! `components` only paint signals and send commands.

mod api;
mod app;
mod clock;
mod components;
mod desk;
mod language;
mod notices;
mod pages;
mod prefs;
mod route;
mod session;
// Only a story calls it, in a development build; the engines would be a tenth of what a customer downloads.
#[cfg(debug_assertions)]
mod simulate;
mod text;

fn main() {
    console_error_panic_hook::set_once();
    leptos::mount::mount_to_body(app::App);
}
