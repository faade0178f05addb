//! Circuit breakers: a host that fails again and again is left alone, so that callers need not wait for it in vain.
//!
//! Pure: the time is an argument. Only hosts that have failed of late are remembered.

use hark_shared::time::{Millis, Timestamp};
use std::collections::BTreeMap;

/// Failures in a row after which a host is left alone.
const FAILURES: u8 = 5;
/// For how long; then one question is let through, and its outcome decides.
const PAUSE: Millis = Millis::from_secs(30);
/// Hosts that are remembered: more than a whole house of tenants asks. Beyond, the one that failed longest ago is forgotten.
const HOSTS: usize = 1000;

#[derive(Clone, Copy, Debug)]
struct Breaker {
    failures: u8,
    last: Timestamp,
    /// Since when one question is on its way after the pause.
    trying: Option<Timestamp>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Breakers(BTreeMap<String, Breaker>);

impl Breakers {
    /// Whether this host may be asked now.
    pub fn admits(&mut self, host: &str, now: Timestamp) -> bool {
        let Some(breaker) = self.0.get_mut(host) else { return true };
        if breaker.failures < FAILURES {
            return true;
        }
        let since = breaker.trying.unwrap_or(breaker.last);
        if now.since(since) < PAUSE {
            return false;
        }
        breaker.trying = Some(now);
        true
    }

    /// How it went.
    pub fn note(&mut self, host: &str, well: bool, now: Timestamp) {
        if well {
            self.0.remove(host);
            return;
        }
        if self.0.len() >= HOSTS && !self.0.contains_key(host) {
            let oldest = self.0.iter().min_by_key(|(_, breaker)| breaker.last).map(|(host, _)| host.clone());
            if let Some(oldest) = oldest {
                self.0.remove(&oldest);
            }
        }
        let breaker = self.0.entry(host.to_owned()).or_insert(Breaker { failures: 0, last: now, trying: None });
        breaker.failures = breaker.failures.saturating_add(1);
        (breaker.last, breaker.trying) = (now, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_fails_is_left_alone_until_one_question_gets_through() {
        let (mut breakers, now) = (Breakers::default(), Timestamp(0));
        for _ in 0..FAILURES {
            assert!(breakers.admits("a", now));
            breakers.note("a", false, now);
        }
        assert!(!breakers.admits("a", now));
        assert!(breakers.admits("b", now));
        let later = now + PAUSE;
        assert!(breakers.admits("a", later), "one question");
        assert!(!breakers.admits("a", later), "and no second one beside it");
        breakers.note("a", false, later);
        assert!(!breakers.admits("a", later + Millis(1)));
        assert!(breakers.admits("a", later + PAUSE));
        breakers.note("a", true, later + PAUSE);
        assert!(breakers.admits("a", later + PAUSE) && breakers.admits("a", later + PAUSE));
    }

    #[test]
    fn no_more_hosts_are_remembered_than_there_is_room_for() {
        let mut breakers = Breakers::default();
        for n in 0..HOSTS + 10 {
            breakers.note(&n.to_string(), false, Timestamp(i64::try_from(n).unwrap()));
        }
        assert_eq!(breakers.0.len(), HOSTS);
        assert!(!breakers.0.contains_key("0"));
    }
}
