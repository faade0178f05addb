//! The media thread from outside: real sockets, telephones that speak RTP, browsers that speak WebRTC.

mod browser;
mod digits;
mod forward;
mod peers;
mod phone;
mod records;
mod rooms;
mod site;
mod tone;
