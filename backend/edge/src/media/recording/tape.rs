//! What the core hands to the recorder: marks in their order, and the payloads of packets, in two buffers.

use crate::media::Codec;
use crate::media::ingress::Place;
use hark_shared::edge::SealKey;
use hark_shared::ids::{LegId, RecordingId};

/// Payload bytes of one tape: twice what 1,000 recorded legs send in 200 ms. More are dropped and counted.
const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Which channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// The customer.
    Left,
    /// The agents.
    Right,
}

/// A packet on the tape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet {
    pub side: Side,
    pub leg: LegId,
    pub codec: Codec,
    pub place: Place,
    pub timestamp: u32,
    pub start: usize,
    pub end: usize,
}

/// What happened to a recording.
#[derive(Debug)]
pub(crate) enum What {
    Open(SealKey),
    Packet(Packet),
    Close,
}

/// One entry; `at` is in samples of 8 kHz of the core's clock.
#[derive(Debug)]
pub(crate) struct Mark {
    pub recording: RecordingId,
    pub at: u64,
    pub what: What,
}

/// 200 ms of marks.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    pub marks: Vec<Mark>,
    pub bytes: Vec<u8>,
    /// The core's clock when the tape was cut.
    pub now: u64,
    /// Packets that found no room.
    pub dropped: u64,
}

impl Tape {
    /// Notes the beginning or the end of a recording.
    pub(crate) fn mark(&mut self, recording: RecordingId, at: u64, what: What) {
        self.marks.push(Mark { recording, at, what });
    }

    /// Notes a packet.
    pub(crate) fn packet(&mut self, recording: RecordingId, at: u64, mut packet: Packet, payload: &[u8]) {
        if self.bytes.len() + payload.len() > MAX_BYTES {
            self.dropped += 1;
            return;
        }
        packet.start = self.bytes.len();
        self.bytes.extend_from_slice(payload);
        packet.end = self.bytes.len();
        self.mark(recording, at, What::Packet(packet));
    }

    /// Forgets the packets, which found no room in the ring, but never a beginning or an end.
    pub(crate) fn shed(&mut self) {
        let before = self.marks.len();
        self.marks.retain(|mark| !matches!(mark.what, What::Packet(_)));
        self.dropped += (before - self.marks.len()) as u64;
        self.bytes.clear();
    }
}
