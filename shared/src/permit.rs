//! May a call be placed now? Limits of a tenant against toll fraud (a stolen password that dials all night), beside those
//! of its trunks and the list of allowed destinations.
//!
//! A day is the last 24 hours by the hour, not a calendar's: at midnight nobody gets two days' worth. Left to the floor:
//! how many calls live, and what to tell the agent.

use crate::time::{Millis, Timestamp};
use crate::wire::rest::OutboundLimits;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const HOUR: i64 = 3_600_000;
/// Hours that count; also the bound of what is remembered.
const HOURS: i64 = 24;

/// The calls that a tenant has placed of late.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permits {
    /// Calls in each hour since 1970.
    placed: BTreeMap<i64, u32>,
}

/// Why a call may not be placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotPermitted {
    /// As many live as may.
    #[error("{limit} calls at once are placed already")]
    AtOnce {
        /// The tenant's limit.
        limit: u32,
    },
    /// As many were placed in 24 hours as may be.
    #[error("{limit} calls were placed in 24 hours already")]
    PerDay {
        /// The tenant's limit.
        limit: u32,
        /// When the first of them no longer counts.
        again_in: Millis,
    },
}

impl Permits {
    /// Permits one call, and counts it, if `live` placed calls and those of the last day leave room for it.
    ///
    /// # Errors
    /// Which limit is reached; nothing is counted then.
    pub fn take(&mut self, now: Timestamp, live: usize, limits: &OutboundLimits) -> Result<(), NotPermitted> {
        let hour = now.0.div_euclid(HOUR);
        self.placed.retain(|placed, _| *placed > hour - HOURS);
        if u32::try_from(live).unwrap_or(u32::MAX) >= limits.at_once {
            return Err(NotPermitted::AtOnce { limit: limits.at_once });
        }
        let placed = self.placed.values().fold(0_u32, |sum, placed| sum.saturating_add(*placed));
        if placed >= limits.per_day {
            // Without any call the limit is none at all, and stays so.
            let first = self.placed.keys().next().copied().unwrap_or(hour);
            let again = Timestamp((first + HOURS) * HOUR);
            return Err(NotPermitted::PerDay { limit: limits.per_day, again_in: again.since(now) });
        }
        *self.placed.entry(hour).or_default() += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits(at_once: u32, per_day: u32) -> OutboundLimits {
        OutboundLimits { at_once, per_day, ..OutboundLimits::default() }
    }

    #[test]
    fn calls_at_once_are_limited() {
        let mut permits = Permits::default();
        assert_eq!(permits.take(Timestamp(0), 1, &limits(2, 100)), Ok(()));
        assert_eq!(permits.take(Timestamp(0), 2, &limits(2, 100)), Err(NotPermitted::AtOnce { limit: 2 }));
        assert_eq!(permits.take(Timestamp(0), 0, &limits(0, 100)), Err(NotPermitted::AtOnce { limit: 0 }));
    }

    #[test]
    fn a_refused_call_does_not_count_and_the_day_goes_on() {
        let mut permits = Permits::default();
        let start = Timestamp(500 * HOUR + 60_000);
        for _ in 0..3 {
            permits.take(start, 0, &limits(9, 3)).unwrap();
        }
        for _ in 0..5 {
            let again_in = Millis(24 * HOUR - 60_000);
            assert_eq!(permits.take(start, 0, &limits(9, 3)), Err(NotPermitted::PerDay { limit: 3, again_in }));
        }
        let later = Timestamp(start.0 + 23 * HOUR);
        assert!(permits.take(later, 0, &limits(9, 3)).is_err());
        permits.take(later, 0, &limits(9, 4)).expect("a raised limit counts at once");
        let next_day = Timestamp(524 * HOUR);
        for _ in 0..2 {
            permits.take(next_day, 0, &limits(9, 3)).expect("the first three are a day old");
        }
        assert!(permits.take(next_day, 0, &limits(9, 3)).is_err());
    }

    proptest! {
        /// Whatever is tried, no 23 hours hold more calls than a day may, by a list that is counted plainly.
        #[test]
        fn no_day_holds_more_than_its_limit(gaps in prop::collection::vec(0..4 * HOUR, 1..200), per_day in 0_u32..20) {
            let (mut permits, mut now, mut placed) = (Permits::default(), 0, Vec::new());
            for gap in gaps {
                now += gap;
                if permits.take(Timestamp(now), 0, &limits(1, per_day)).is_ok() {
                    placed.push(now);
                }
                let recent = placed.iter().filter(|at| **at > now - 23 * HOUR).count();
                prop_assert!(recent <= per_day as usize);
                prop_assert!(permits.placed.len() <= HOURS as usize);
            }
        }
    }
}
