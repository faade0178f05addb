//! Hark's server: the floor's shell, the API, jobs; `main` only wires them.

pub mod floor;
