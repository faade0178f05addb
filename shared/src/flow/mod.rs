//! The voice portal (IVR): a flow's model, the interpreter that runs it for one contact, and what callers hear while
//! they wait.
//!
//! The interpreter knows keys and prompts, not legs: the floor plays what it asks for and feeds it digits. Everything
//! here also runs in the browser, where the designer tries a flow with the very same code.

mod decimal;
pub mod dip;
mod entry;
pub mod exchange;
mod exit;
pub mod house;
pub mod lint;
pub mod model;
mod run;
mod say;
pub mod speech;
mod step;
pub mod test;
mod treatment;
mod uses;
mod vars;
mod world;

pub use exit::{Exit, Key, UnknownExit};
pub use model::{Flow, Node, NodeId};
pub use run::{BUDGET, Beginning, MAX_DEPTH, Run, entered, meeting_pin};
pub use say::{Phrase, ReadAs};
pub use step::{Alarm, Denied, Fault, Input, LastAgent, Listening, MASKED_DIGIT, Saying, Step};
pub use treatment::Treatment;
pub use uses::Thing;
pub use vars::{BadName, BadTemplate, MAX_VALUE, MAX_VARIABLES, Piece, Template, VarName};
pub use world::{FlowRef, Footprint, World};
