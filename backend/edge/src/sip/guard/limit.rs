//! How many new calls a second the edge takes: a token bucket over initial INVITEs. Pure; time is handed in.
//!
//! A retransmission gets the verdict of its first copy, or a call that was let in would be refused by its own echo.

use hark_shared::time::Timestamp;
use std::collections::{HashMap, VecDeque};

/// Requests whose verdict is remembered: 32 s of retransmissions (RFC 3261, timer B) at 128 INVITEs a second; at a
/// higher rate the memory is shorter, but so is the time until the first provisional response stops them.
const REMEMBERED: usize = 4096;

/// The bucket.
#[derive(Debug)]
pub(crate) struct Limiter {
    per_second: u32,
    /// Thousandths of a token.
    tokens: i64,
    filled: Timestamp,
    verdicts: HashMap<u64, bool>,
    order: VecDeque<u64>,
}

impl Limiter {
    /// A full bucket: a second's worth of calls may come at once.
    pub(crate) fn new(per_second: u32, now: Timestamp) -> Self {
        let tokens = i64::from(per_second) * 1000;
        Self { per_second, tokens, filled: now, verdicts: HashMap::new(), order: VecDeque::new() }
    }

    /// Whether the request named `identity` may come in.
    pub(crate) fn admit(&mut self, now: Timestamp, identity: u64) -> bool {
        if let Some(verdict) = self.verdicts.get(&identity) {
            return *verdict;
        }
        let rate = i64::from(self.per_second);
        // One token a 1/rate s is `rate` thousandths a millisecond.
        let gained = now.since(self.filled).0.saturating_mul(rate);
        self.filled = now.max(self.filled);
        self.tokens = self.tokens.saturating_add(gained).min(rate * 1000);
        let verdict = self.tokens >= 1000;
        if verdict {
            self.tokens -= 1000;
        }
        if self.order.len() == REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.verdicts.remove(&oldest);
        }
        self.order.push_back(identity);
        self.verdicts.insert(identity, verdict);
        verdict
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_takes_so_many_and_the_next_as_many_again() {
        let mut limiter = Limiter::new(10, Timestamp(0));
        let admitted = (0..15).filter(|i| limiter.admit(Timestamp(0), *i)).count();
        assert_eq!(admitted, 10);
        assert!(!limiter.admit(Timestamp(99), 20));
        assert!(limiter.admit(Timestamp(100), 21));
        assert!(!limiter.admit(Timestamp(100), 22));
        assert_eq!((100..200).filter(|i| limiter.admit(Timestamp(60_000), *i)).count(), 10);
    }

    #[test]
    fn a_retransmission_gets_its_first_verdict() {
        let mut limiter = Limiter::new(1, Timestamp(0));
        assert!(limiter.admit(Timestamp(0), 1));
        assert!(!limiter.admit(Timestamp(0), 2));
        assert!(limiter.admit(Timestamp(500), 1));
        assert!(!limiter.admit(Timestamp(5000), 2));
    }

    #[test]
    fn memory_is_bounded_and_a_clock_set_back_does_no_harm() {
        let mut limiter = Limiter::new(1, Timestamp(1000));
        for i in 0..10_000 {
            limiter.admit(Timestamp(500), i);
        }
        assert_eq!((limiter.verdicts.len(), limiter.order.len()), (REMEMBERED, REMEMBERED));
    }
}
