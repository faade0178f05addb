//! The pure half of Hark: what decides, and what crosses a boundary.
//!
//! Invariants: no clock, no I/O, no threads, no `async`, no hash maps (their order is random); the same input
//! gives the same output natively and in WebAssembly. Time, ids and randomness are arguments. Shells that own
//! sockets, databases and clocks live in `backend` and `frontend`.

pub mod acd;
pub mod call;
pub mod callback;
pub mod capacity;
pub mod desk;
pub mod duty;
pub mod edge;
pub mod engine;
pub mod facts;
pub mod floor;
pub mod flow;
pub mod hours;
pub mod ids;
pub mod listing;
pub mod meeting;
pub mod notice;
pub mod permit;
pub mod perms;
pub mod phone;
pub mod prompt;
pub mod setup;
pub mod sim;
pub mod team;
pub mod time;
pub mod wire;
