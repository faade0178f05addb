//! The media thread from outside: real sockets, telephones that speak RTP, browsers that speak WebRTC.

mod browser;
mod forward;
mod phone;
mod site;
mod tone;
