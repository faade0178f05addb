//! The floor's shell: one loop per tenant that journals inputs, lets the engines decide and carries out what they say.
//!
//! The deciding is `hark_shared::floor`; nothing here knows what a queue is.

mod dips;
pub mod handle;
pub mod journal;
mod left_open;
mod numbered;
pub mod outbox;
mod reach;
mod run;
mod save;

pub use run::{Parts, start};
use std::time::Duration;

/// How long to wait after the database could not answer, or refused what it was given.
const RETRY: Duration = Duration::from_secs(1);
