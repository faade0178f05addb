//! The voice portal (IVR): a flow's model, the interpreter that runs it for one contact, and what callers hear while
//! they wait.
//!
//! The interpreter knows keys and prompts, not legs: the floor plays what it asks for and feeds it digits.

mod exit;
mod legacy;
pub mod model;
mod run;
mod say;
pub mod speech;
mod treatment;
mod vars;

pub use exit::{Exit, Key, UnknownExit};
pub use legacy::{Flow, Node, NodeId};
pub use run::{Input, Run, Step};
pub use say::{Phrase, ReadAs};
pub use treatment::Treatment;
pub use vars::{BadName, BadTemplate, MAX_VALUE, MAX_VARIABLES, Piece, Template, VarName};
