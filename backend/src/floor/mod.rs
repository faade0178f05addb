//! The floor's shell: one loop per tenant that journals inputs, lets the engines decide and carries out what they say.

pub mod handle;
