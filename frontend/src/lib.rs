//! The agent's and administrator's browser application: one program, of which everybody loads the desk first (`parts`).
//!
//! `desk` holds what is alive: the WebSocket, the painted state and the voice connection. They live in the root, above
//! every route, so that neither a page change nor a sign-in in the middle of a call touches them. `pages` and
//! `components` only paint signals and send commands. `designer` shares the words, the requests and the parts of forms
//! with them, and nothing else.

mod api;
mod app;
mod clock;
mod components;
mod designer;
mod desk;
mod language;
mod load;
mod notices;
mod pages;
mod parts;
mod prefs;
mod route;
mod session;
// Only a story calls it, in a development build; the engines would be a tenth of what a customer downloads.
#[cfg(debug_assertions)]
mod simulate;
mod text;

pub use app::start;
