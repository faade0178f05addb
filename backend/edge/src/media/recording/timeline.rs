//! One recording's time: packets of several legs, ordered by RTP timestamp, laid on two channels without gaps.
//!
//! A stream is anchored by the arrival of its first packet and goes on by its own timestamps; when they stray too far
//! from the clock (a drifting sender, a pause) it is anchored anew.

use super::tape::{Packet, Side};
use crate::media::Codec;
use crate::media::law::Law;
use crate::media::opus::{Decoder, recoverable};
use hark_shared::ids::LegId;
use std::collections::VecDeque;

/// Packets that come later than half a second are not waited for.
const HOLD: u64 = 4000;
/// A stream is anchored anew when it strays by more than 200 ms: more than a network's jitter.
const MAX_STRAY: i64 = 1600;
/// Legs of one recording; a conference has fewer.
const MAX_TRACKS: usize = 16;
/// Packets of a leg that wait to be ordered: twice the hold.
const MAX_WAITING: usize = 64;
/// Frames laid at once, so that a recording of hours between two packets needs no great buffer.
const MAX_AHEAD: usize = 8000;

struct Waiting {
    index: i64,
    /// The sender's number of it.
    number: u64,
    codec: Codec,
    payload: Vec<u8>,
}

struct Track {
    leg: LegId,
    side: Side,
    epoch: u32,
    anchor: (u32, i64),
    waiting: VecDeque<Waiting>,
    opus: Option<Box<Decoder>>,
    /// Number of the packet that was laid last, and where it ended.
    laid: Option<(u64, i64)>,
}

/// The time of one recording.
pub(super) struct Timeline {
    start: u64,
    tracks: Vec<Track>,
    /// Frames from `done` on that may still get sound.
    open: VecDeque<[i16; 2]>,
    done: u64,
    scratch: Vec<i16>,
    /// Packets that were too late or of too many legs.
    pub missed: u64,
}

impl Timeline {
    /// Begins at `start` in samples of the core's clock.
    pub(super) fn new(start: u64) -> Self {
        let (tracks, open, scratch) = (Vec::new(), VecDeque::new(), Vec::new());
        Self { start, tracks, open, done: 0, scratch, missed: 0 }
    }

    /// Frames that were given out.
    pub(super) fn done(&self) -> u64 {
        self.done
    }

    /// Takes a packet that came at `at`.
    pub(super) fn put(&mut self, packet: &Packet, at: u64, payload: &[u8]) {
        let arrival = at.saturating_sub(self.start) as i64;
        let found = self.tracks.iter().position(|track| track.leg == packet.leg && track.side == packet.side);
        if found.is_none() && self.tracks.len() == MAX_TRACKS {
            self.missed += 1;
            return;
        }
        let number = found.unwrap_or_else(|| {
            self.tracks.push(Track {
                leg: packet.leg,
                side: packet.side,
                epoch: packet.place.epoch,
                anchor: (packet.timestamp, arrival),
                waiting: VecDeque::new(),
                opus: None,
                laid: None,
            });
            self.tracks.len() - 1
        });
        let track = &mut self.tracks[number];
        let clock = if packet.codec == Codec::Opus { 6 } else { 1 };
        let index = |anchor: (u32, i64)| anchor.1 + i64::from(packet.timestamp.wrapping_sub(anchor.0) as i32) / clock;
        let mut place = index(track.anchor);
        if track.epoch != packet.place.epoch || (arrival - place).abs() > MAX_STRAY {
            track.epoch = packet.place.epoch;
            track.anchor = (packet.timestamp, arrival);
            place = arrival;
        } else if packet.timestamp.wrapping_sub(track.anchor.0) as i32 > 8000 * 6 * 60 {
            // Moved along, so that the 32 bits never wrap between anchor and packet.
            track.anchor = (packet.timestamp, place);
        }
        let at = track.waiting.partition_point(|waiting| waiting.index < place);
        track.waiting.insert(
            at,
            Waiting { index: place, number: packet.place.index, codec: packet.codec, payload: payload.to_vec() },
        );
        if track.waiting.len() > MAX_WAITING {
            self.lay(number);
        }
    }

    /// Decodes the first packet of a track and lays it on its channel.
    fn lay(&mut self, number: usize) {
        let track = &mut self.tracks[number];
        let Some(mut packet) = track.waiting.pop_front() else { return };
        self.scratch.clear();
        match Law::of(packet.codec) {
            Some(law) => law.decode(&packet.payload, &mut self.scratch),
            None => {
                let opus = track.opus.get_or_insert_with(|| Box::new(Decoder::new()));
                // What was lost right before it may be copied in it.
                let copied = recoverable(&packet.payload).unwrap_or(0) as i64;
                let lost = |(number, end)| packet.number > number + 1 && packet.index - end == copied;
                if copied > 0 && track.laid.is_some_and(lost) {
                    packet.index -= opus.recover(&packet.payload, &mut self.scratch).unwrap_or(0) as i64;
                }
                opus.decode(&packet.payload, &mut self.scratch);
            }
        }
        track.laid = Some((packet.number, packet.index + self.scratch.len() as i64));
        let side = match track.side {
            Side::Left => 0,
            Side::Right => 1,
        };
        if packet.index < self.done as i64 {
            self.missed += 1;
        }
        for (n, sample) in self.scratch.iter().enumerate() {
            let Ok(at) = usize::try_from(packet.index + n as i64 - self.done as i64) else { continue };
            if at >= 2 * MAX_AHEAD {
                break;
            }
            if self.open.len() <= at {
                self.open.resize(at + 1, [0; 2]);
            }
            self.open[at][side] = self.open[at][side].saturating_add(*sample);
        }
    }

    /// Gives out, as A-law frames, what is older than the hold at `now`.
    pub(super) fn advance(&mut self, now: u64, out: &mut Vec<u8>) {
        self.give(now.saturating_sub(self.start).saturating_sub(HOLD), out);
    }

    /// Gives out the rest; the recording ends at `now`.
    pub(super) fn end(&mut self, now: u64, out: &mut Vec<u8>) {
        self.give(now.saturating_sub(self.start), out);
    }

    fn give(&mut self, until: u64, out: &mut Vec<u8>) {
        while self.done < until {
            let step = (until - self.done).min(MAX_AHEAD as u64);
            let edge = (self.done + step) as i64;
            for number in 0..self.tracks.len() {
                while self.tracks[number].waiting.front().is_some_and(|packet| packet.index < edge) {
                    self.lay(number);
                }
            }
            for _ in 0..step {
                let frame = self.open.pop_front().unwrap_or([0; 2]);
                Law::A.encode(&frame, out);
            }
            self.done += step;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::ingress::Place;

    fn packet(side: Side, leg: u128, timestamp: u32) -> Packet {
        let (leg, place) = (LegId::from_u128(leg), Place { index: 1, epoch: 1 });
        Packet { side, leg, codec: Codec::Pcma, place, timestamp, start: 0, end: 0 }
    }

    /// A-law bytes of a constant level per packet: the positive codes 0x80 and up are told apart by value.
    fn level(byte: u8) -> Vec<u8> {
        vec![byte; 160]
    }

    fn lanes(out: &[u8]) -> (Vec<u8>, Vec<u8>) {
        (out.iter().step_by(2).copied().collect(), out.iter().skip(1).step_by(2).copied().collect())
    }

    #[test]
    fn order_gaps_and_channels() {
        let mut timeline = Timeline::new(1000);
        let mut out = Vec::new();
        timeline.put(&packet(Side::Left, 1, 0), 1000, &level(0xA0));
        timeline.put(&packet(Side::Left, 1, 320), 1330, &level(0xA1)); // overtakes
        timeline.put(&packet(Side::Left, 1, 160), 1340, &level(0xA2));
        timeline.put(&packet(Side::Left, 1, 640), 1650, &level(0xA3)); // 480 is lost
        timeline.put(&packet(Side::Right, 2, 9000), 1160, &level(0xB0));
        timeline.advance(1000 + HOLD + 100, &mut out);
        assert_eq!(out.len(), 200);
        timeline.end(1000 + 960, &mut out);
        let (left, right) = lanes(&out);
        assert_eq!(left.len(), 960);
        let silence = 0xD5;
        for (n, byte) in [0xA0, 0xA2, 0xA1, silence, 0xA3, silence].into_iter().enumerate() {
            assert!(left[n * 160..(n + 1) * 160].iter().all(|got| *got == byte), "packet {n}: {:x}", left[n * 160]);
        }
        assert!(right[160..320].iter().all(|byte| *byte == 0xB0));
        assert!(right[..160].iter().chain(&right[320..]).all(|byte| *byte == silence));
    }

    #[test]
    fn two_of_a_side_are_added_and_late_ones_missed() {
        let mut timeline = Timeline::new(0);
        let mut out = Vec::new();
        timeline.put(&packet(Side::Right, 1, 0), 0, &level(0xC5));
        timeline.put(&packet(Side::Right, 2, 0), 0, &level(0xC5));
        timeline.advance(HOLD + 160, &mut out);
        let mut linear = Vec::new();
        Law::A.decode(&lanes(&out).1, &mut linear);
        let mut one = Vec::new();
        Law::A.decode(&[0xC5], &mut one);
        assert!((linear[0] - 2 * one[0]).abs() <= one[0] / 16);
        timeline.put(&packet(Side::Right, 1, 80), 300, &level(0xC5));
        timeline.advance(HOLD + 400, &mut out);
        assert_eq!(timeline.missed, 1);
    }

    #[test]
    fn a_lost_packet_of_opus_is_laid_from_the_copy_in_the_next() {
        let mut encoder = crate::media::opus::Encoder::new();
        let loud = |n: usize| 6000.0 * (1.2 + (n as f64 / 300.0).sin()) * (n as f64 * 0.2).sin();
        let mut packets: Vec<Vec<u8>> = Vec::new();
        for n in 0..60 {
            let frame = std::array::from_fn(|i| loud(n * 160 + i) as i16);
            packets.push(encoder.encode(&frame).unwrap().to_vec());
        }
        let hole = |number: fn(usize) -> u64| {
            let (mut timeline, mut out) = (Timeline::new(0), Vec::new());
            for (n, payload) in packets.iter().enumerate().filter(|(n, _)| *n != 40) {
                let place = Place { index: number(n), epoch: 1 };
                let packet = Packet { codec: Codec::Opus, place, ..packet(Side::Left, 1, n as u32 * 960) };
                timeline.put(&packet, n as u64 * 160, payload);
            }
            timeline.end(9600, &mut out);
            let mut linear = Vec::new();
            Law::A.decode(&lanes(&out).0, &mut linear);
            linear[40 * 160..41 * 160].iter().map(|sample| sample.unsigned_abs()).max()
        };
        assert!(hole(|n| n as u64) > Some(2000), "{:?}", hole(|n| n as u64));
        // A pause of the speaker's is none.
        assert!(hole(|n| n as u64 - u64::from(n > 40)) < Some(20), "a pause was filled");
    }

    #[test]
    fn an_hour_of_silence_is_an_hour_long() {
        let (mut timeline, mut out) = (Timeline::new(0), Vec::new());
        timeline.end(8000 * 3600, &mut out);
        assert_eq!(out.len(), 2 * 8000 * 3600);
    }
}
