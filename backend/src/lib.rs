//! Hark's server: floor's shell, API, jobs; `main` only wires them.

pub mod assets;
pub mod clock;
pub mod config;
pub mod floor;
