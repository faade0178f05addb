//! How fast a queue is served, and what that promises to who waits.
//!
//! **Estimated wait** of the contact at place `p` (1 is next): `p × interval`. The *interval* between two answers of the
//! queue is measured only while somebody waits from the one to the other, since an idle queue says nothing about its
//! speed; its moving average takes an eighth of each new one (the weight of TCP's smoothed round trip, RFC 6298). Before
//! there are [`ENOUGH`] of them, and again after [`STALE`] without one: `p × handling ÷ staffed`, where *handling* is the
//! same average of the time from accepting a contact of this queue to being free again, and *staffed* counts signed-in
//! members who meet the queue's skills: when all are busy, one of them becomes free every `handling ÷ staffed`. With
//! neither there is no estimate. All in whole milliseconds.

use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// Intervals after which their average is believed.
const ENOUGH: u8 = 3;

/// How long an average of intervals is believed without a new one: the shift has changed.
const STALE: Millis = Millis::from_secs(3600);

/// A new value's weight in an average is one in so many.
const WEIGHT: i64 = 8;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Pace {
    /// The last answer, if somebody has waited ever since.
    since: Option<Timestamp>,
    interval: Option<Millis>,
    /// How many intervals were measured, as far as it matters.
    measured: u8,
    at: Option<Timestamp>,
    handling: Option<Millis>,
}

impl Pace {
    /// A contact was answered; `waiting` says whether others still wait.
    pub fn answered(&mut self, now: Timestamp, waiting: bool) {
        if let Some(since) = self.since.take() {
            if self.at.is_some_and(|at| now.since(at) > STALE) {
                (self.interval, self.measured) = (None, 0);
            }
            self.interval = Some(average(self.interval, now.since(since)));
            self.measured = self.measured.saturating_add(1);
            self.at = Some(now);
        }
        self.since = waiting.then_some(now);
    }

    /// Whoever waited has gone by themselves: the next interval would measure their absence.
    pub fn emptied(&mut self) {
        self.since = None;
    }

    /// An agent is free again, so long after accepting.
    pub fn handled(&mut self, span: Millis) {
        self.handling = Some(average(self.handling, span));
    }

    /// See the module; `place` 0 is answered at once.
    pub fn estimate(&self, now: Timestamp, place: u32, staffed: u32) -> Option<Millis> {
        let fresh = self.measured >= ENOUGH && self.at.is_some_and(|at| now.since(at) <= STALE);
        let place = i64::from(place);
        match (self.interval.filter(|_| fresh), self.handling, staffed) {
            (Some(interval), _, _) => Some(Millis(place.saturating_mul(interval.0))),
            (None, Some(handling), 1..) => Some(Millis(place.saturating_mul(handling.0) / i64::from(staffed))),
            (None, Some(_) | None, _) => None,
        }
    }
}

/// The first value counts whole.
fn average(so_far: Option<Millis>, new: Millis) -> Millis {
    so_far.map_or(new, |so_far| Millis(so_far.0 + (new.0 - so_far.0) / WEIGHT))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    #[test]
    fn at_first_the_agents_say_how_fast_it_goes_then_the_answers() {
        let mut pace = Pace::default();
        assert_eq!(pace.estimate(at(0), 1, 4), None);
        pace.handled(Millis::from_secs(120));
        assert_eq!(pace.estimate(at(0), 3, 4), Some(Millis::from_secs(90)), "4 agents: one every 30 s");
        assert_eq!(pace.estimate(at(0), 3, 0), None);
        for second in [0, 10, 20, 30] {
            pace.answered(at(second), true);
        }
        assert_eq!(pace.estimate(at(31), 3, 4), Some(Millis::from_secs(30)), "an answer every 10 s");
        pace.answered(at(48), true);
        assert_eq!(pace.estimate(at(48), 1, 4), Some(Millis::from_secs(11)), "an eighth of the new 18 s");
    }

    #[test]
    fn an_idle_queue_is_not_a_slow_one() {
        let mut pace = Pace::default();
        for second in [0, 10, 20, 30] {
            pace.answered(at(second), true);
        }
        pace.answered(at(40), false);
        pace.answered(at(900), true);
        assert_eq!(pace.estimate(at(900), 1, 1), Some(Millis::from_secs(10)));
        pace.emptied();
        pace.answered(at(1800), true);
        assert_eq!(pace.estimate(at(1800), 1, 1), Some(Millis::from_secs(10)));
        assert_eq!(pace.estimate(at(9000), 1, 1), None, "too long ago");
    }
}
