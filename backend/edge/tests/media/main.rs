//! The media thread from outside: real sockets, telephones that speak RTP, browsers that speak WebRTC.

#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod browser;
mod digits;
mod forward;
mod peers;
mod phone;
mod records;
mod rooms;
mod site;
mod threads;
mod tone;
