//! Out of the core and the connections, onto the sockets.
//!
//! A socket that would block loses the packet: late sound is worth nothing.

use super::crossing::{Crossing, Crossings};
use super::tcp::Streams;
use super::{MAX_BACKLOG, STREAMS_AT, Shell};
use crate::media::outbox::To;
use crate::media::packet::HEADER_LEN;
use crate::media::peer::Peer;
use crate::media::peer::demux::{Remote, Transport};
use bytes::Bytes;
use hark_shared::ids::LegId;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::time::Instant;
use tokio::net::UdpSocket;
use tokio::sync::mpsc::error::TrySendError;

impl Shell {
    /// Sends what the core has queued and hands out its events.
    pub(super) fn flush(&mut self, now: Instant) {
        for packet in self.world.out.packets() {
            let bytes = self.world.out.bytes(packet);
            match packet.to {
                To::Rtp(to) => {
                    if let Some(pair) = self.pairs.get(&packet.leg) {
                        let _ = pair.rtp.try_send_to(bytes, to);
                    }
                }
                To::Rtcp(to) => {
                    if let Some(pair) = self.pairs.get(&packet.leg) {
                        let _ = pair.rtcp.try_send_to(bytes, to);
                    }
                }
                To::PeerRtp(header) => {
                    if let Some(peer) = self.peers.get_mut(&packet.leg) {
                        peer.send_rtp(&header, &bytes[HEADER_LEN..], now);
                        self.wires.transmit(peer);
                    }
                }
                To::PeerRtcp => {
                    if let Some(peer) = self.peers.get_mut(&packet.leg) {
                        peer.send_rtcp(bytes, now);
                        self.wires.transmit(peer);
                    }
                }
            }
        }
        self.world.out.clear_packets();
        for name in std::mem::take(&mut self.world.out.wanted) {
            if !self.loader.want(&name) {
                self.world.sound_loaded(&name, None);
            }
        }
        self.hand_out();
    }

    /// Sends what a connection has queued. An address to which a STUN success goes has proven itself.
    pub(super) fn drain_peer(&mut self, leg: LegId, asked: Option<Remote>) {
        let Some(peer) = self.peers.get_mut(&leg) else { return };
        while let Some(out) = peer.transmit() {
            if asked == Some(out.to) && out.bytes.starts_with(&[0x01, 0x01]) && !self.demux.read().knows(out.to, leg) {
                self.demux.write().learn(leg, out.to);
            }
            self.wires.put(out.to, &out.bytes);
        }
    }

    /// Reports something that did not come from the core.
    pub(super) fn report(&mut self, event: crate::media::MediaEvent) {
        self.world.out.events.push(event);
        self.hand_out();
    }

    /// Hands events to the rest of the edge; what it has no room for waits.
    fn hand_out(&mut self) {
        self.backlog.extend(self.world.out.events.drain(..));
        while let Some(event) = self.backlog.pop_front() {
            match self.events.try_send(event) {
                Ok(()) => {}
                Err(TrySendError::Full(event)) => {
                    self.backlog.push_front(event);
                    break;
                }
                Err(TrySendError::Closed(_)) => break,
            }
        }
        if self.backlog.len() > MAX_BACKLOG {
            let lost = self.backlog.len() - MAX_BACKLOG;
            self.backlog.drain(..lost);
            metrics::counter!("hark_media_events_dropped_total").increment(lost as u64);
            tracing::error!(lost, "media events were lost: the edge does not take them");
        }
    }
}

/// What browsers are reached by.
pub(super) struct Wires {
    /// This thread's socket on the browsers' port.
    pub udp: Rc<UdpSocket>,
    /// Open ICE-TCP connections; the first thread's alone.
    pub streams: Streams,
    /// Whether the socket is of IPv6 and carries IPv4 too; then addresses are mapped (RFC 4291, 2.5.5.2).
    pub mapped: bool,
    /// This thread's number.
    pub number: usize,
    /// The ways to the other threads.
    pub crossings: Crossings,
}

impl Wires {
    /// Sends what a connection has queued.
    pub(super) fn transmit(&mut self, peer: &mut Peer) {
        while let Some(out) = peer.transmit() {
            self.put(out.to, &out.bytes);
        }
    }

    /// Sends a datagram or frame.
    pub(super) fn put(&mut self, to: Remote, bytes: &[u8]) {
        match to {
            (Transport::Udp, address) => {
                let _ = self.udp.try_send_to(bytes, if self.mapped { map(address) } else { address });
            }
            (Transport::Tcp, to) if self.number == STREAMS_AT => self.streams.send(to, bytes),
            (Transport::Tcp, to) => {
                self.crossings.hand(STREAMS_AT, Crossing::Out { to, bytes: Bytes::copy_from_slice(bytes) });
            }
        }
    }
}

fn map(address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(v4) => SocketAddr::new(IpAddr::V6(v4.to_ipv6_mapped()), address.port()),
        IpAddr::V6(_) => address,
    }
}
