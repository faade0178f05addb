//! What both browser bundles need to talk: requests, a WebSocket, a microphone, a speaker, one peer connection, and its quality.
//!
//! `backoff`, `line` and `grade` are pure and tested natively; the others are thin shells over the browser's own
//! objects. Every shell keeps its `Closure`s beside the object that calls them and takes them off when dropped, so that
//! no callback outlives what it serves. No text for people is in here: errors are enums that the bundles put into words.

pub mod backoff;
pub mod fetch;
pub mod grade;
mod js;
pub mod line;
pub mod link;
pub mod meter;
pub mod mic;
pub mod peer;
pub mod speaker;
