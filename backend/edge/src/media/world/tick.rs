//! What happens by the clock: sources, mixes, digits, reports, and the watch for silence. Ticks that were missed are
//! skipped, never caught up.

use super::leg::{Ear, Leg, clock_of};
use super::room::Room;
use super::{TICK, World};
use crate::media::voice::{FRAME, WIDE_FRAME};
use crate::media::{Codec, MediaEvent};
use hark_shared::edge::Voice as Heard;
use hark_shared::ids::LegId;
use rand::Rng as _;
use std::time::{Duration, Instant};

/// A leg that has sent nothing for this long no longer flows.
const SILENCE: Duration = Duration::from_secs(2);
/// Slow work is done every so many ticks: reports and silence need no finer grain than 200 ms.
const SLOW: u64 = 10;

impl World {
    /// Does what is due at `now`.
    pub(crate) fn tick(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.start.now).as_millis() / TICK.as_millis();
        let due = u64::try_from(passed).unwrap_or(u64::MAX);
        if due < self.next_tick {
            return;
        }
        let slow = due / SLOW != self.next_tick.wrapping_sub(1) / SLOW;
        self.next_tick = due + 1;
        let position = due * FRAME as u64;
        for leg in self.legs.values_mut() {
            leg.dial(position, now, &mut self.out);
        }
        let mut rooms = std::mem::take(&mut self.rooms);
        for room in rooms.values_mut() {
            self.play(room, now);
            self.mix(room, position, now);
        }
        self.rooms = rooms;
        if slow {
            self.watch(now);
            self.report(now);
        }
    }

    /// Lets the sources go on by a tick.
    fn play(&mut self, room: &mut Room, _now: Instant) {
        for source in &mut room.sources {
            if source.tick(&mut self.library, &mut self.out.wanted) {
                self.out.events.push(MediaEvent::SourceEnded { room: room.plan.room, source: source.id });
            }
        }
    }

    /// Decodes who must be decoded, and speaks to every ear that gets no packets as they are.
    fn mix(&mut self, room: &mut Room, position: u64, now: Instant) {
        room.spoken.clear();
        room.spoken_wide.clear();
        for listener in &room.plan.listeners {
            if let Some(leg) = self.legs.get_mut(&listener.leg).filter(|leg| leg.room == Some(room.plan.room))
                && let Some(voice) = &mut leg.voice
            {
                let mut frame = [0; FRAME];
                let spoke = voice.pull(position as i64, &mut frame);
                let mut wide = voice.wide().copied();
                if let Some(shield) = &mut leg.shield {
                    shield.pass(&mut frame, wide.as_mut());
                }
                if spoke || leg.shield.is_some() {
                    room.spoken.push((leg.id, frame));
                    room.spoken_wide.extend(wide.map(|wide| (leg.id, wide)));
                }
            }
        }
        for listener in &room.plan.listeners {
            let Some(leg) = self.legs.get_mut(&listener.leg).filter(|leg| leg.room == Some(room.plan.room)) else {
                continue;
            };
            match leg.ear {
                Ear::Mix if leg.hears_wide() => {
                    let (frame, wide) = room.sum_wide(&listener.hears);
                    leg.say_wide(&frame, &wide, position, now, &mut self.out);
                }
                Ear::Mix => {
                    let frame = room.sum(&listener.hears, |_| true);
                    leg.say(&frame, position, now, &mut self.out);
                }
                Ear::Silence | Ear::Pass(_) => {
                    if leg.wants_silence(matches!(leg.ear, Ear::Pass(_)), now) {
                        leg.say(&[0; FRAME], position, now, &mut self.out);
                    }
                }
            }
        }
    }

    fn watch(&mut self, now: Instant) {
        for leg in self.legs.values_mut().filter(|leg| leg.flowing) {
            if leg.ingress.last_at().is_none_or(|last| now.saturating_duration_since(last) >= SILENCE) {
                leg.flowing = false;
                self.out.events.push(MediaEvent::Flowing { leg: leg.id, flowing: false });
            }
        }
    }

    fn report(&mut self, now: Instant) {
        let ntp = self.ntp(now);
        for leg in self.legs.values_mut() {
            if !leg.reports.is_due(now, self.random.random()) {
                continue;
            }
            let Leg { reports, ingress, egress, speaks, .. } = leg;
            let report = reports.build(ingress, egress, &self.start.cname, ntp, now, clock_of(*speaks));
            if let (Some(to), Some(bytes)) = (leg.rtcp_way(), report) {
                self.out.raw(leg.id, to, &bytes);
            }
        }
    }
}

impl Leg {
    /// Whether what we say to it may be wide.
    fn hears_wide(&self) -> bool {
        self.preferred().is_some_and(|format| format.codec == Codec::Opus)
    }
}

impl Room {
    /// Everything of `hears` that is `meant`, added and clipped, at 8 kHz.
    fn sum(&self, hears: &[Heard], meant: impl Fn(LegId) -> bool) -> [i16; FRAME] {
        let mut sum = [0i32; FRAME];
        for voice in hears {
            let frame = match voice {
                Heard::Leg(id) if !meant(*id) => None,
                Heard::Leg(id) => self.spoken.iter().find(|(leg, _)| leg == id).map(|(_, frame)| frame),
                Heard::Source(id) => self.sources.iter().find(|source| source.id == *id).map(|source| &source.frame),
            };
            for (total, sample) in sum.iter_mut().zip(frame.into_iter().flatten()) {
                *total += i32::from(*sample);
            }
        }
        sum.map(clip)
    }

    /// Everything of `hears` in two parts: what there is of 8 kHz only, and at 16 kHz what is wide.
    fn sum_wide(&self, hears: &[Heard]) -> ([i16; FRAME], [i16; WIDE_FRAME]) {
        let mut sum = [0i32; WIDE_FRAME];
        let wide = |id: LegId| self.spoken_wide.iter().find(|(leg, _)| *leg == id).map(|(_, frame)| frame);
        for voice in hears {
            let Heard::Leg(id) = voice else { continue };
            for (total, sample) in sum.iter_mut().zip(wide(*id).into_iter().flatten()) {
                *total += i32::from(*sample);
            }
        }
        (self.sum(hears, |id| wide(id).is_none()), sum.map(clip))
    }
}

fn clip(total: i32) -> i16 {
    total.clamp(i32::from(i16::MIN), i32::from(i16::MAX)) as i16
}
