//! Sound: RTP and WebRTC legs, rooms, codecs, prompts and the recorder, on threads of their own.
//!
//! The rest of the edge speaks to it by [`MediaCommand`] and hears from it by [`MediaEvent`]; it knows no SIP.

mod cng;
mod dtmf;
mod egress;
mod ingress;
mod law;
mod opus;
mod outbox;
mod packet;
mod peer;
mod quality;
mod quiet;
pub mod recording;
mod resample;
mod routes;
mod rtcp;
mod shell;
mod sources;
mod voice;
mod world;

use crate::config::EdgeConfig;
use crate::handle::EdgeError;
use hark_shared::edge::{Quality, RoomPlan, SealKey};
use hark_shared::ids::{LegId, RecordingId, RoomId, SourceId};
use hark_shared::time::Millis;
use std::net::SocketAddr;
use tokio::sync::{mpsc, oneshot};

/// A codec that a leg can speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Codec {
    /// G.711 µ-law, static payload type 0.
    Pcmu,
    /// G.711 A-law, static payload type 8.
    Pcma,
    /// Opus, 48 kHz clock, dynamic payload type.
    Opus,
}

/// The far end of an RTP leg, as SDP negotiated it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpTarget {
    /// Where packets go; the real source is learnt from the first valid packets and learnt anew after each new target.
    pub address: SocketAddr,
    /// Where RTCP goes; usually the next port.
    pub rtcp: SocketAddr,
    /// What both sides speak.
    pub codec: Codec,
    /// Its payload type.
    pub payload_type: u8,
    /// Payload type of telephone-event (RFC 4733), if negotiated; else digits are detected in the sound.
    pub events: Option<u8>,
    /// Packet length in ms that the far end wants, usually 20.
    pub ptime_ms: u8,
    /// Whether we send (false when the far end put us on hold with `inactive` or `sendonly`).
    pub send: bool,
}

/// What media is asked to do. Order is kept; every command about an unknown leg or room is ignored with a debug line.
#[derive(Debug)]
pub enum MediaCommand {
    /// Open sockets for an RTP leg and tell their port.
    OpenRtp {
        /// The leg.
        leg: LegId,
        /// The local RTP address to write into SDP (port; the address is the configured public one).
        reply: oneshot::Sender<Result<SocketAddr, MediaError>>,
    },
    /// Where an RTP leg sends and what; again after each re-INVITE.
    SetRtp {
        /// The leg.
        leg: LegId,
        /// The far end.
        target: RtpTarget,
    },
    /// Answer a browser's offer, on a new leg or (ICE restart, reload) on one that lives: then its room is kept.
    OpenPeer {
        /// The leg.
        leg: LegId,
        /// The SDP offer.
        offer: String,
        /// Codecs in the order of our preference; the browser sends the first that it has.
        prefer: Vec<Codec>,
        /// The SDP answer.
        reply: oneshot::Sender<Result<String, MediaError>>,
    },
    /// Close a leg; answered by [`MediaEvent::Closed`].
    CloseLeg {
        /// The leg.
        leg: LegId,
    },
    /// Set a room's matrix, sources and recording, whole.
    SetRoom {
        /// The room as it shall be.
        plan: RoomPlan,
        /// What to seal its recording with.
        seal: Option<SealKey>,
    },
    /// Close a room.
    CloseRoom {
        /// The room.
        room: RoomId,
    },
    /// Send digits as RFC 4733 events (100 ms on, 70 ms off), in the leg's own RTP stream.
    SendDigits {
        /// The leg.
        leg: LegId,
        /// From `0-9 * # A-D`.
        digits: String,
    },
}

/// What media reports.
#[derive(Clone, Debug, PartialEq)]
pub enum MediaEvent {
    /// Packets arrive, or have stopped arriving for 2 s.
    Flowing {
        /// The leg.
        leg: LegId,
        /// Whether they arrive.
        flowing: bool,
    },
    /// A browser closed its connection (DTLS close_notify), or its ICE failed for good.
    PeerGone {
        /// The leg.
        leg: LegId,
    },
    /// A key was pressed at the far end; once a press.
    Digit {
        /// The leg.
        leg: LegId,
        /// Which.
        digit: char,
    },
    /// A prompt is over.
    SourceEnded {
        /// Where.
        room: RoomId,
        /// Which.
        source: SourceId,
    },
    /// Nothing was said on a recording for as long as its plan asks; once.
    Quiet {
        /// Which.
        recording: RecordingId,
        /// Whether anything was said before.
        spoken: bool,
    },
    /// The far end is a fax machine; once a leg.
    Fax {
        /// The leg.
        leg: LegId,
    },
    /// A recording is closed.
    Recorded {
        /// Which.
        recording: RecordingId,
        /// How long it plays.
        length: Millis,
        /// What went wrong, if it is not whole.
        fault: Option<String>,
    },
    /// A leg is closed, and how it sounded.
    Closed {
        /// The leg.
        leg: LegId,
        /// Over its whole life.
        quality: Quality,
    },
}

/// Why media could not do something.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// Every RTP port is taken.
    #[error("no free RTP port in {0} to {1}: widen `edge.rtp_ports`")]
    NoPort(u16, u16),
    /// The browser's offer cannot be answered.
    #[error("the SDP offer cannot be answered: {0}")]
    Offer(String),
    /// The limit of legs is reached.
    #[error("no more than {0} legs on this edge")]
    TooManyLegs(usize),
    /// The media threads are gone.
    #[error("the media threads have stopped")]
    Stopped,
}

/// Starts the media threads and binds the browsers' port. They end when the sender is dropped. Tells the real address of
/// the browsers' port, of UDP and TCP alike.
///
/// # Errors
/// When the port is taken or a thread cannot be started.
pub fn start(
    config: &EdgeConfig,
    events: mpsc::Sender<MediaEvent>,
) -> Result<(mpsc::Sender<MediaCommand>, SocketAddr), EdgeError> {
    shell::start(config, events)
}
