//! Hark's edge: everything that touches a telephone network or a browser's sound.
//!
//! It is told what to do by [`hark_shared::edge::EdgeCommand`]s and reports [`hark_shared::edge::EdgeEvent`]s through
//! the [`handle`]; it decides nothing about contacts. Inside, `sip` (signalling) and `media` (sound) do not know each
//! other and meet only in `legs`. The edge knows neither the floor nor the store.

pub mod config;
pub mod handle;
mod legs;
pub mod link;
pub mod media;
mod sip;
