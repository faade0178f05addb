//! One leg: what it speaks, its two directions, and what reaches its ear.

use super::mouth::Mouth;
use crate::media::cng::Cng;
use crate::media::dtmf::{Detector, Presses, Sending, Shield};
use crate::media::egress::{Egress, Stamp};
use crate::media::ingress::{Ingress, Trust};
use crate::media::law::Law;
use crate::media::outbox::{Outbox, To};
use crate::media::packet::Header;
use crate::media::quiet::Quiet;
use crate::media::recording::tape::Side;
use crate::media::rtcp::Reports;
use crate::media::voice::Voice;
use crate::media::{Codec, RtpTarget, quality};
use hark_shared::edge::Quality;
use hark_shared::ids::{LegId, RecordingId, RoomId};
use std::net::SocketAddr;
use std::time::Instant;

/// How a leg is reached.
#[derive(Clone, Debug)]
pub(crate) enum Wire {
    /// Plain RTP; no target yet until SDP is negotiated.
    Rtp(Option<RtpTarget>),
    /// A browser's connection.
    Peer,
}

/// A codec with its payload type on this leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    /// The codec.
    pub codec: Codec,
    /// Its payload type.
    pub payload_type: u8,
}

/// What reaches a leg's ear, decided from the room's matrix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ear {
    /// Nothing.
    Silence,
    /// Exactly one leg of the same codec: its packets as they come.
    Pass(LegId),
    /// Everything else: decoded, added, encoded.
    Mix,
}

/// One leg of the core.
#[derive(Debug)]
pub(crate) struct Leg {
    pub id: LegId,
    pub wire: Wire,
    /// What it takes; we send the first of our own accord.
    pub formats: Vec<Format>,
    pub ingress: Ingress,
    pub egress: Egress,
    pub reports: Reports,
    /// What it sends at present, and how long its packets are in ms (0: not known yet).
    pub speaks: Codec,
    pub packet_ms: u8,
    pub room: Option<RoomId>,
    /// Who gets its packets as they come.
    pub passes_to: Vec<LegId>,
    pub ear: Ear,
    pub flowing: bool,
    /// The length of the last packet; two of one length make a change.
    pub other_ms: u8,
    /// Decoder and jitter buffer, while somebody hears this leg in a mix.
    pub voice: Option<Box<Voice>>,
    pub mouth: Mouth,
    /// Payload type of telephone events, on telephone legs only.
    pub events: Option<u8>,
    pub sending: Sending,
    pub presses: Presses,
    /// Listens for digits in the sound where events were not negotiated.
    pub detector: Option<Box<Detector>>,
    /// Keeps the keys in the sound from everybody's ears.
    pub shield: Option<Box<Shield>>,
    /// Listens for a fax machine, for a while.
    pub cng: Option<Box<Cng>>,
    /// Listens for silence on a message.
    pub quiet: Option<Box<Quiet>>,
    /// How often events have interrupted the sound: their sequence numbers are not passed on, so it is joined anew.
    pub detours: u32,
    pub in_event: bool,
    /// Where its packets are recorded.
    pub tap: Option<(RecordingId, Side)>,
}

impl Leg {
    /// A leg that has negotiated nothing yet.
    pub(crate) fn new(id: LegId, wire: Wire, egress: Egress, now: Instant) -> Self {
        let (trust, cng) = match wire {
            Wire::Rtp(_) => (Trust::Latch, Some(Box::default())),
            Wire::Peer => (Trust::Sealed, None),
        };
        Self {
            id,
            wire,
            formats: Vec::new(),
            ingress: Ingress::new(trust),
            egress,
            reports: Reports::new(now),
            speaks: Codec::Pcma,
            packet_ms: 0,
            room: None,
            passes_to: Vec::new(),
            ear: Ear::Silence,
            flowing: false,
            other_ms: 0,
            voice: None,
            mouth: Mouth::default(),
            events: None,
            sending: Sending::default(),
            presses: Presses::default(),
            detector: None,
            shield: None,
            cng,
            quiet: None,
            detours: 0,
            in_event: false,
            tap: None,
        }
    }

    /// The codec of a payload type of this leg.
    pub(crate) fn codec_of(&self, payload_type: u8) -> Option<Codec> {
        self.formats.iter().find(|format| format.payload_type == payload_type).map(|format| format.codec)
    }

    /// The payload type of a codec, if this leg takes it.
    pub(crate) fn payload_type_of(&self, codec: Codec) -> Option<u8> {
        self.formats.iter().find(|format| format.codec == codec).map(|format| format.payload_type)
    }

    /// What we send of our own accord.
    pub(crate) fn preferred(&self) -> Option<Format> {
        self.formats.first().copied()
    }

    /// Packet length that the far end wants, in ms; browsers take any.
    pub(crate) fn wanted_ms(&self) -> Option<u8> {
        match &self.wire {
            Wire::Rtp(target) => target.as_ref().map(|target| target.ptime_ms),
            Wire::Peer => None,
        }
    }

    /// Where RTP goes: the learnt source before the one that SDP named; `None` when nothing may be sent.
    pub(crate) fn way_out(&self) -> Option<Way> {
        match &self.wire {
            Wire::Peer => Some(Way::Peer),
            Wire::Rtp(target) => {
                let target = target.as_ref().filter(|target| target.send)?;
                let learnt = self.ingress.source().map(|(from, _)| from);
                Some(Way::Rtp(learnt.unwrap_or(target.address)))
            }
        }
    }

    /// Where RTCP goes: beside a learnt RTP source, else where SDP said.
    pub(crate) fn rtcp_way(&self) -> Option<To> {
        match &self.wire {
            Wire::Peer => Some(To::PeerRtcp),
            Wire::Rtp(target) => {
                let target = target.as_ref()?;
                let learnt = self.ingress.source().map(|(from, _)| from).filter(|from| *from != target.address);
                Some(To::Rtcp(
                    learnt.map_or(target.rtcp, |from| SocketAddr::new(from.ip(), from.port().saturating_add(1))),
                ))
            }
        }
    }

    /// Queues a packet of this leg.
    pub(crate) fn send(&mut self, stamp: Stamp, payload_type: u8, out: &mut Outbox, write: impl FnOnce(&mut Vec<u8>)) {
        let Some(way) = self.way_out() else { return };
        let header = Header {
            marker: stamp.marker,
            payload_type,
            sequence: stamp.sequence,
            timestamp: stamp.timestamp,
            ssrc: self.egress.ssrc(),
        };
        let to = match way {
            Way::Rtp(address) => To::Rtp(address),
            Way::Peer => To::PeerRtp(header),
        };
        let octets = out.rtp(self.id, to, &header, write);
        self.egress.count(octets);
    }

    /// The leg's figures over its life.
    pub(crate) fn quality(&self) -> Quality {
        let figures = self.ingress.figures();
        let round_trip_ms = self.reports.round_trip_ms();
        let jitter_ms = (figures.jitter * 1000.0) as f32;
        let expected = figures.received + figures.lost;
        let mos = (figures.received > 0).then(|| {
            let lost = figures.lost as f64 / expected as f64;
            // One way is half the round trip, one packet, and a listener's buffer of about twice the jitter.
            let delay = f64::from(round_trip_ms.unwrap_or(0.0)) / 2.0 + 20.0 + 2.0 * f64::from(jitter_ms);
            quality::mos(self.speaks, lost, delay)
        });
        Quality { received: figures.received, lost: figures.lost, jitter_ms, round_trip_ms, mos }
    }
}

/// Where a leg's RTP leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// To this address.
    Rtp(SocketAddr),
    /// Through the browser's connection.
    Peer,
}

/// The RTP clock of a codec in Hz (RFC 3551, table 4; RFC 7587, 4.1).
pub(crate) fn clock_of(codec: Codec) -> u32 {
    match Law::of(codec) {
        Some(_) => 8000,
        None => 48_000,
    }
}
