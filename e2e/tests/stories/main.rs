//! Stories: real browsers, real SIP and RTP, the real binary. Each starts its own server on free ports.

mod access;
mod apart;
mod engines;
mod inbound;
mod outbound;
mod queue;
mod recovery;
mod signalling;
mod web;
