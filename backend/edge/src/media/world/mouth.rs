//! What we say to a leg of our own accord: frames of 20 ms, encoded in its codec and cut to its packet length.

use super::leg::{Leg, Wire};
use crate::media::dtmf::Step;
use crate::media::egress::Stamp;
use crate::media::law::Law;
use crate::media::opus::Encoder;
use crate::media::outbox::Outbox;
use crate::media::voice::{FRAME, WIDE_FRAME};
use std::time::{Duration, Instant};

/// A telephone whose only speaker has sent nothing for this long gets silence, so that no carrier's timer fires and no
/// address mapping closes; shorter gaps are left to its own concealment.
const FILL_AFTER: Duration = Duration::from_millis(200);

/// The encoding side of a leg.
#[derive(Debug, Default)]
pub(crate) struct Mouth {
    opus: Option<Box<Encoder>>,
    /// Samples that wait for a packet to be full, and the position of the first.
    pack: Vec<i16>,
    at: u64,
}

impl Leg {
    /// Whether we are the ones who must speak now: a mix always, silence only to telephones.
    pub(crate) fn wants_silence(&self, passing: bool, now: Instant) -> bool {
        let telephone = matches!(self.wire, Wire::Rtp(_));
        let quiet = self.egress.last_at().is_none_or(|last| now.saturating_duration_since(last) >= FILL_AFTER);
        telephone && (!passing || quiet || self.egress.plays())
    }

    /// Sends a frame whose first sample is number `position` of our clock.
    pub(crate) fn say(&mut self, frame: &[i16; FRAME], position: u64, now: Instant, out: &mut Outbox) {
        let Some(format) = self.preferred().filter(|_| self.way_out().is_some() && !self.sending.sounding()) else {
            return;
        };
        match Law::of(format.codec) {
            Some(law) => self.say_law(law, format.payload_type, frame, position, now, out),
            None => self.say_wide(frame, &[0; WIDE_FRAME], position, now, out),
        }
    }

    /// Sends the sum of a frame of 8 kHz and one of 16 kHz to a leg that takes Opus.
    pub(crate) fn say_wide(
        &mut self,
        frame: &[i16; FRAME],
        wide: &[i16; WIDE_FRAME],
        position: u64,
        now: Instant,
        out: &mut Outbox,
    ) {
        let Some(format) = self.preferred().filter(|_| self.way_out().is_some() && !self.sending.sounding()) else {
            return;
        };
        let mut mouth = std::mem::take(&mut self.mouth);
        let encoder = mouth.opus.get_or_insert_with(|| Box::new(Encoder::new()));
        if let Some(packet) = encoder.encode_with(frame, wide) {
            let stamp = self.egress.play(position * 6, now);
            self.send(stamp, format.payload_type, out, |bytes| bytes.extend_from_slice(packet));
        }
        self.mouth = mouth;
    }

    fn say_law(
        &mut self,
        law: Law,
        payload_type: u8,
        frame: &[i16; FRAME],
        position: u64,
        now: Instant,
        out: &mut Outbox,
    ) {
        let length = usize::from(self.wanted_ms().unwrap_or(20)).clamp(10, 120) * 8;
        if self.mouth.at + self.mouth.pack.len() as u64 != position {
            self.mouth.pack.clear();
            self.mouth.at = position;
        }
        self.mouth.pack.extend_from_slice(frame);
        let pack = std::mem::take(&mut self.mouth.pack);
        let mut done = 0;
        for packet in pack.chunks_exact(length) {
            let stamp = self.egress.play(self.mouth.at + done as u64, now);
            self.send(stamp, payload_type, out, |bytes| law.encode(packet, bytes));
            done += length;
        }
        self.mouth.pack = pack;
        self.mouth.pack.drain(..done);
        self.mouth.at += done as u64;
    }

    /// Sends the next 20 ms of the digits that wait, as events, or as tones where events were not negotiated.
    pub(crate) fn dial(&mut self, position: u64, now: Instant, out: &mut Outbox) {
        if self.sending.idle() {
            return;
        }
        let Some(payload_type) = self.events else {
            let mut frame = [0; FRAME];
            // Off while it is asked, or `say` would hold our own tone back.
            let mut sending = std::mem::take(&mut self.sending);
            let sounds = sending.tone(&mut frame);
            if sounds {
                self.say(&frame, position, now, out);
            }
            self.sending = sending;
            return;
        };
        match self.sending.step(self.egress.clock()) {
            Some(Step::Event { begins, times, payload }) => {
                for n in 0..times {
                    let stamp: Stamp = self.egress.event(begins && n == 0, now);
                    self.send(stamp, payload_type, out, |bytes| bytes.extend_from_slice(&payload));
                }
            }
            Some(Step::Pause) | None => {}
        }
    }
}
