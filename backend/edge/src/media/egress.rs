//! What leaves on a leg: one SSRC for life, sequence and timestamp continuous across every change of source.
//!
//! Passed packets keep their gaps and their order, so that the listener's own jitter buffer sees the truth. On a change
//! of source the sequence goes on by one, the timestamp by the clock that passed, and the marker is set; packets of the
//! old source that come late would fall behind the change and are dropped.

use super::ingress::Place;
use hark_shared::ids::LegId;
use std::time::{Duration, Instant};

/// A passed stream whose timestamp strays from the clock by more than this has jumped: it is joined anew.
const MAX_STRAY: Duration = Duration::from_secs(2);

/// Where a packet comes from that is passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The speaking leg.
    pub leg: LegId,
    /// Its stream's epoch.
    pub epoch: u32,
    /// How often packets were taken out of the stream that must leave no gap: telephone events.
    pub detours: u32,
}

#[derive(Clone, Copy, Debug)]
enum Joined {
    Nothing,
    Passed { origin: Origin, first: u64, sequence: u16, timestamp: u32 },
    Played { timestamp: u32 },
    Event { timestamp: u32 },
}

/// Sequence, timestamp and marker of the next packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    /// Sequence number.
    pub sequence: u16,
    /// Timestamp in the codec's clock.
    pub timestamp: u32,
    /// Whether a talk spurt starts.
    pub marker: bool,
}

/// The sending side of one leg.
#[derive(Debug)]
pub(crate) struct Egress {
    ssrc: u32,
    clock: u32,
    next_sequence: u16,
    /// The newest timestamp sent, and when.
    last: Option<(u32, Instant)>,
    first_timestamp: u32,
    joined: Joined,
    packets: u32,
    octets: u32,
}

impl Egress {
    /// A leg that has sent nothing. `ssrc`, `sequence` and `timestamp` are random (RFC 3550, 5.1), `clock` in Hz.
    pub(crate) fn new(ssrc: u32, sequence: u16, timestamp: u32, clock: u32) -> Self {
        Self {
            ssrc,
            clock,
            next_sequence: sequence,
            last: None,
            first_timestamp: timestamp,
            joined: Joined::Nothing,
            packets: 0,
            octets: 0,
        }
    }

    /// Our SSRC.
    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The clock in Hz.
    pub(crate) fn clock(&self) -> u32 {
        self.clock
    }

    /// When the newest packet was sent.
    pub(crate) fn last_at(&self) -> Option<Instant> {
        self.last.map(|(_, at)| at)
    }

    /// Whether the last packet was one of our own making.
    pub(crate) fn plays(&self) -> bool {
        matches!(self.joined, Joined::Played { .. })
    }

    /// Sends in another codec's clock from now on.
    pub(crate) fn set_clock(&mut self, clock: u32) {
        if self.clock != clock {
            self.clock = clock;
            self.joined = Joined::Nothing;
        }
    }

    /// Packets and payload octets sent, for sender reports.
    pub(crate) fn sent(&self) -> (u32, u32) {
        (self.packets, self.octets)
    }

    /// The timestamp that belongs to `now`, for sender reports; `None` before the first packet.
    pub(crate) fn timestamp_at(&self, now: Instant) -> Option<u32> {
        self.last.map(|(timestamp, at)| timestamp.wrapping_add(self.ticks(now.saturating_duration_since(at))))
    }

    fn ticks(&self, span: Duration) -> u32 {
        (span.as_secs_f64() * f64::from(self.clock)).round() as u32
    }

    /// The timestamp with which a new source goes on: the clock that passed, and at least one packet of 20 ms.
    fn resume(&self, now: Instant) -> u32 {
        self.last.map_or(self.first_timestamp, |(timestamp, at)| {
            let passed = self.ticks(now.saturating_duration_since(at)).max(self.clock / 50);
            timestamp.wrapping_add(passed)
        })
    }

    /// The stamp of a packet that is passed on from `origin`; `None` when it is late of before the change to it.
    pub(crate) fn pass(
        &mut self,
        origin: Origin,
        place: Place,
        timestamp: u32,
        marker: bool,
        now: Instant,
    ) -> Option<Stamp> {
        let joined = match self.joined {
            Joined::Passed { origin: before, first, sequence, timestamp: shift } if before == origin => {
                if place.index < first {
                    return None;
                }
                let stray = timestamp.wrapping_add(shift).wrapping_sub(self.resume(now)) as i32;
                (u64::from(stray.unsigned_abs()) <= MAX_STRAY.as_secs() * u64::from(self.clock))
                    .then_some((sequence, shift))
            }
            Joined::Passed { .. } | Joined::Nothing | Joined::Played { .. } | Joined::Event { .. } => None,
        };
        let (sequence, shift) = joined.unwrap_or_else(|| {
            let sequence = self.next_sequence.wrapping_sub(place.index as u16);
            let shift = self.resume(now).wrapping_sub(timestamp);
            self.joined = Joined::Passed { origin, first: place.index, sequence, timestamp: shift };
            (sequence, shift)
        });
        let stamp = Stamp {
            sequence: (place.index as u16).wrapping_add(sequence),
            timestamp: timestamp.wrapping_add(shift),
            marker: marker || joined.is_none(),
        };
        self.note(stamp, now);
        Some(stamp)
    }

    /// The stamp of a packet that we made, whose first sample is number `position` of our own clock.
    pub(crate) fn play(&mut self, position: u64, now: Instant) -> Stamp {
        let position = position as u32;
        let (shift, marker) = match self.joined {
            Joined::Played { timestamp } => (timestamp, false),
            Joined::Nothing | Joined::Passed { .. } | Joined::Event { .. } => {
                let shift = self.resume(now).wrapping_sub(position);
                self.joined = Joined::Played { timestamp: shift };
                (shift, true)
            }
        };
        let stamp = Stamp { sequence: self.next_sequence, timestamp: position.wrapping_add(shift), marker };
        self.note(stamp, now);
        stamp
    }

    /// The stamp of a packet of a telephone event: all packets of one event carry the timestamp of its start, the
    /// first one the marker (RFC 4733, 2.5.1.2).
    pub(crate) fn event(&mut self, begins: bool, now: Instant) -> Stamp {
        let timestamp = match self.joined {
            Joined::Event { timestamp } if !begins => timestamp,
            Joined::Nothing | Joined::Passed { .. } | Joined::Played { .. } | Joined::Event { .. } => self.resume(now),
        };
        self.joined = Joined::Event { timestamp };
        let stamp = Stamp { sequence: self.next_sequence, timestamp, marker: begins };
        let last = self.last;
        self.note(stamp, now);
        if !begins {
            self.last = last; // the event's later packets don't move the clock
        }
        stamp
    }

    fn note(&mut self, stamp: Stamp, now: Instant) {
        let next = stamp.sequence.wrapping_add(1);
        if next.wrapping_sub(self.next_sequence) < 0x8000 {
            self.next_sequence = next;
        }
        let newer = self.last.is_none_or(|(last, _)| (stamp.timestamp.wrapping_sub(last) as i32) > 0);
        if newer {
            self.last = Some((stamp.timestamp, now));
        }
    }

    /// Counts a packet of `octets` payload bytes as sent.
    pub(crate) fn count(&mut self, octets: usize) {
        self.packets = self.packets.wrapping_add(1);
        self.octets = self.octets.wrapping_add(octets as u32);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(leg: u128) -> Origin {
        Origin { leg: LegId::from_u128(leg), epoch: 1, detours: 0 }
    }

    fn place(index: u64) -> Place {
        Place { index, epoch: 1 }
    }

    #[test]
    fn prompt_music_peer_and_mix_are_one_stream() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut egress = Egress::new(7, 65_530, 1000, 8000);
        let mut sent = Vec::new();
        for n in 0..5u64 {
            sent.push((egress.play(n * 160, at(n * 20)), at(n * 20)));
        }
        for n in 0..5u64 {
            let stamp = egress.pass(origin(1), place(900 + n), 77_000 + n as u32 * 160, false, at(105 + n * 20));
            sent.push((stamp.unwrap(), at(105 + n * 20)));
        }
        for n in 0..5u64 {
            sent.push((egress.play(5000 * 160 + n * 160, at(1200 + n * 20)), at(1200 + n * 20)));
        }
        for (before, after) in sent.iter().zip(&sent[1..]) {
            assert_eq!(after.0.sequence, before.0.sequence.wrapping_add(1));
            let step = i64::from(after.0.timestamp.wrapping_sub(before.0.timestamp));
            let clock = (after.1 - before.1).as_millis() as i64 * 8;
            assert!((step - clock).abs() <= 160, "timestamp went on by {step} in {clock}");
        }
        let marked: Vec<usize> = (0..15).filter(|n| sent[*n].0.marker).collect();
        assert_eq!(marked, [0, 5, 10]);
    }

    #[test]
    fn gaps_and_order_are_kept_but_nothing_from_before_the_change() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut egress = Egress::new(7, 10, 0, 8000);
        egress.pass(origin(1), place(100), 16_000, false, at(0));
        let lost_one = egress.pass(origin(1), place(102), 16_320, false, at(40)).unwrap();
        assert_eq!((lost_one.sequence, lost_one.timestamp), (12, 320));
        let late = egress.pass(origin(1), place(101), 16_160, false, at(45)).unwrap();
        assert_eq!((late.sequence, late.timestamp), (11, 160));
        let other = egress.pass(origin(2), place(50), 9, false, at(60)).unwrap();
        assert_eq!((other.sequence, other.marker), (13, true));
        assert_eq!(egress.pass(origin(2), place(49), 0, false, at(61)), None);
    }

    #[test]
    fn a_timestamp_that_jumps_is_joined_anew() {
        let start = Instant::now();
        let mut egress = Egress::new(7, 10, 0, 8000);
        egress.pass(origin(1), place(100), 16_000, false, start);
        let stamp =
            egress.pass(origin(1), place(101), 4_000_000_000, false, start + Duration::from_millis(20)).unwrap();
        assert_eq!((stamp.sequence, stamp.timestamp, stamp.marker), (11, 160, true));
    }

    #[test]
    fn an_event_holds_its_timestamp_and_speech_goes_on_behind_it() {
        let start = Instant::now();
        let at = |ms: u64| start + Duration::from_millis(ms);
        let mut egress = Egress::new(7, 10, 0, 8000);
        egress.play(0, at(0));
        let events: Vec<Stamp> = (0..5).map(|n| egress.event(n == 0, at(20 + 20 * n))).collect();
        assert!(events.iter().all(|event| event.timestamp == 160));
        assert_eq!(events.iter().map(|event| event.marker).collect::<Vec<_>>(), [true, false, false, false, false]);
        let speech = egress.play(6 * 160, at(120));
        assert_eq!((speech.sequence, speech.timestamp, speech.marker), (16, 960, true));
    }
}
