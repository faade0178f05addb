//! What the pure core wants done: packets, events, sounds to load. The shell empties it after every input.
//!
//! Packets lie one after the other in one buffer that keeps its memory, so sending costs no allocation.

use super::MediaEvent;
use super::packet::{HEADER_LEN, Header};
use super::recording::tape::Tape;
use hark_shared::ids::LegId;
use std::net::SocketAddr;

/// Where a packet goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// From a telephone leg's RTP socket.
    Rtp(SocketAddr),
    /// From a telephone leg's RTCP socket.
    Rtcp(SocketAddr),
    /// RTP through the browser's connection.
    PeerRtp(Header),
    /// RTCP through the browser's connection.
    PeerRtcp,
}

/// A packet to send; its bytes are [`Outbox::bytes`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    /// The leg that sends it.
    pub leg: LegId,
    /// Where to.
    pub to: To,
    start: usize,
    end: usize,
}

/// Everything that waits for the shell.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    bytes: Vec<u8>,
    packets: Vec<Packet>,
    /// Events for the rest of the edge, in order.
    pub events: Vec<MediaEvent>,
    /// Names of sounds that are wanted.
    pub wanted: Vec<String>,
    /// What is to be recorded.
    pub tape: Tape,
}

impl Outbox {
    /// Queues an RTP packet whose payload `write` appends.
    pub(crate) fn rtp(&mut self, leg: LegId, to: To, header: &Header, write: impl FnOnce(&mut Vec<u8>)) -> usize {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&header.bytes());
        write(&mut self.bytes);
        let end = self.bytes.len();
        self.packets.push(Packet { leg, to, start, end });
        end - start - HEADER_LEN
    }

    /// Queues a ready packet.
    pub(crate) fn raw(&mut self, leg: LegId, to: To, bytes: &[u8]) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        self.packets.push(Packet { leg, to, start, end: self.bytes.len() });
    }

    /// The packets that wait.
    pub(crate) fn packets(&self) -> &[Packet] {
        &self.packets
    }

    /// The bytes of a packet.
    pub(crate) fn bytes(&self, packet: &Packet) -> &[u8] {
        &self.bytes[packet.start..packet.end]
    }

    /// Forgets the packets, keeps the memory.
    pub(crate) fn clear_packets(&mut self) {
        self.bytes.clear();
        self.packets.clear();
    }
}
