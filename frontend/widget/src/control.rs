//! The control connection of a call: a socket that may be lost while the sound goes on, and is got back with a pass. No
//! browser in here.

use crate::text::Say;
use hark_shared::time::Millis;
use hark_shared::wire::visitor::Secret;
use hark_voice::backoff;

/// How long a lost connection is tried again: a server that starts anew is back within seconds, one that is repaired
/// within minutes. Longer than a call without its core lasts, mostly.
const TRIED_FOR: Millis = Millis::from_secs(600);

/// What the visitor is told of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Control {
    /// It stands, or is not there yet.
    #[default]
    Fine,
    /// It is lost and tried again.
    Reconnecting,
    /// It is lost for good.
    Lost,
}

impl Control {
    /// The sentence, if something is wrong.
    pub const fn words(self) -> Option<Say> {
        match self {
            Self::Fine => None,
            Self::Reconnecting => Some(Say::Reconnecting),
            Self::Lost => Some(Say::ControlLost),
        }
    }

    /// The name for stories.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Fine => "fine",
            Self::Reconnecting => "reconnecting",
            Self::Lost => "lost",
        }
    }
}

/// The way back to a call.
#[derive(Clone, Debug, Default)]
pub struct WayBack {
    /// What the server gave us for it. Kept in memory only: it dies with the frame.
    pub pass: Option<Secret>,
    attempt: u32,
    tried: Millis,
}

impl WayBack {
    /// The connection is lost: how long to wait before the next attempt, `chance` from `0.0..1.0` spreads it; `None` when
    /// there is no way back, or it was tried for long enough.
    pub fn lost(&mut self, chance: f64) -> Option<Millis> {
        self.pass.as_ref()?;
        if self.tried >= TRIED_FOR {
            return None;
        }
        let wait = backoff::wait(self.attempt, chance);
        self.attempt = self.attempt.saturating_add(1);
        self.tried += wait;
        Some(wait)
    }

    /// The server has let us back in.
    pub fn found(&mut self) {
        (self.attempt, self.tried) = (0, Millis::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_pass_there_is_no_way_back() {
        assert_eq!(WayBack::default().lost(0.5), None);
    }

    #[test]
    fn attempts_become_rarer_and_end() {
        let mut way = WayBack { pass: Some(Secret(String::new())), ..WayBack::default() };
        let waits: Vec<Millis> = std::iter::from_fn(|| way.lost(1.0)).collect();
        assert!(waits.is_sorted() && waits[0] < Millis(1_000), "{waits:?}");
        let whole: i64 = waits.iter().map(|wait| wait.0).sum();
        assert!((TRIED_FOR.0..TRIED_FOR.0 + 10_000).contains(&whole), "{whole}");
        way.found();
        assert_eq!(way.lost(1.0), Some(waits[0]), "found again, it begins anew");
    }
}
