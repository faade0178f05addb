//! What happens by the clock: reports, and the watch for silence. Ticks that were missed are skipped, never caught up.

use super::{TICK, World};
use crate::media::MediaEvent;
use crate::media::world::leg::clock_of;
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
        if slow {
            self.watch(now);
            self.report(now);
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
            let Some(to) = leg.rtcp_way() else { continue };
            let clock = clock_of(leg.speaks);
            let report = leg.reports.build(&mut leg.ingress, &leg.egress, &self.start.cname, ntp, now, clock);
            if let Some(bytes) = report {
                self.out.raw(leg.id, to, &bytes);
            }
        }
    }
}
