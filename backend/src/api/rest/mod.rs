//! The REST resources, one a file.

pub(super) mod session;
pub mod setup;
