//! Hark's server: the floor's shell, the API, jobs; `main` only wires them.

pub mod api;
pub mod auth;
pub mod clock;
pub mod files;
pub mod floor;
