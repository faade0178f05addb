//! The flow designer: administrators draw what a voice portal says and asks, try it, test it and publish it.
//!
//! The core is pure and knows no DOM: `doc` and `editor` (what is edited, commands, undo), `geometry` and `layout`
//! (shapes), `form` and `rows` (forms as data), `clip`, `templates`, `trial` (a call that is tried). Around it `studio`
//! holds the signals, `draft` saves, and the components under `list` and `page` paint and send commands.
//!
//! It goes with the administration, a part of the program that no agent downloads (`parts`).

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

pub use list::FlowList;
pub use page::FlowPage;
