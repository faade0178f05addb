//! The flow designer: administrators draw what a voice portal says and asks, try it, test it and publish it.
//!
//! The core is pure and knows no DOM: `doc` and `editor` (what is edited, commands, undo), `geometry` and `layout`
//! (shapes), `form` and `rows` (forms as data), `clip`, `templates`, `trial` (a call that is tried). Around it `studio`
//! holds the signals, `draft` saves, and the components under `list` and `page` paint and send commands.
//!
//! It is a part of the administration, which is a program of its own: no agent downloads it.

mod acts;
mod around;
mod clip;
mod doc;
mod draft;
mod editor;
mod exchange;
mod form;
mod geometry;
mod history;
mod kinds;
mod known;
mod layout;
mod list;
mod page;
mod rows;
mod sound;
mod studio;
mod templates;
mod trial;

use crate::api::ApiError;
use crate::session;
use hark_shared::wire::WireError;
pub use list::FlowList;
pub use page::FlowPage;

/// What to say of a call that failed; the page around is told when the session is over.
fn told(failed: ApiError) -> WireError {
    if failed.is_signed_out() {
        session::tell_lapsed();
    }
    failed.error
}
