//! Stories: real browsers, real SIP and RTP, the real binary. Each starts its own server on free ports.

mod access;
mod account;
mod apart;
mod codecs;
mod conference;
mod designer;
mod devices;
mod disk;
mod distribution;
mod engines;
mod flows;
mod inbound;
mod network;
mod outbound;
mod queue;
mod races;
mod recovery;
mod sbc;
mod session;
mod signalling;
mod tenants;
mod transfer;
mod waiting;
mod web;
