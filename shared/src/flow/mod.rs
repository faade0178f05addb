//! The voice portal (IVR): a flow's model, the interpreter that runs it for one contact, and what callers hear while
//! they wait.
//!
//! The interpreter knows keys and prompts, not legs: the floor plays what it asks for and feeds it digits.

mod model;
mod run;
pub mod speech;
mod treatment;

pub use model::{Flow, Node, NodeId};
pub use run::{Input, Run, Step};
pub use treatment::Treatment;
