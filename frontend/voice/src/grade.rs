//! How good the sound is, from the browser's own counters: a simplified E-model.

/// Counters of the receiving side at one moment, as `getStats` reports them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sample {
    /// Packets received so far.
    pub received: f64,
    /// Packets lost so far.
    pub lost: f64,
    /// Interarrival jitter in milliseconds.
    pub jitter_ms: f64,
    /// Round trip in milliseconds, if known.
    pub round_trip_ms: Option<f64>,
}

/// Figures over the span between two samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figures {
    /// Share of packets lost, 0 to 1.
    pub loss: f64,
    /// Jitter in milliseconds.
    pub jitter_ms: f64,
    /// Round trip in milliseconds, if known.
    pub round_trip_ms: Option<f64>,
    /// Mean opinion score, 1 to 4.5.
    pub mos: f64,
}

/// What a person is told: three steps, shown as bars and as a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    /// As it should be.
    Good,
    /// Noticeably disturbed.
    Fair,
    /// Hard to understand.
    Poor,
}

impl Figures {
    /// The figures between two samples; `None` while nothing arrived in between.
    #[must_use]
    pub fn between(earlier: &Sample, later: &Sample) -> Option<Self> {
        let received = later.received - earlier.received;
        // Late packets can make the lost counter go back.
        let lost = (later.lost - earlier.lost).max(0.0);
        if received <= 0.0 {
            return None;
        }
        let loss = lost / (received + lost);
        let mos = mos(loss, later.jitter_ms, later.round_trip_ms.unwrap_or(0.0));
        Some(Self { loss, jitter_ms: later.jitter_ms, round_trip_ms: later.round_trip_ms, mos })
    }

    /// The step that these figures are on: 4.0 is the bound of "satisfied" in ITU-T G.107 Annex B, 3.1 of "nearly all
    /// dissatisfied".
    #[must_use]
    pub fn grade(&self) -> Grade {
        if self.mos >= 4.0 {
            Grade::Good
        } else if self.mos >= 3.1 {
            Grade::Fair
        } else {
            Grade::Poor
        }
    }
}

/// ITU-T G.107 with its defaults (R0 = 93.2), G.711 with loss concealment (Ie = 0, Bpl = 25.1, ITU-T G.113) and the
/// delay impairment of its short form `Id = 0.024 d + 0.11 (d - 177.3) H(d - 177.3)`. The one-way delay is half the round
/// trip, a jitter buffer of twice the jitter and 20 ms of packetisation.
fn mos(loss: f64, jitter_ms: f64, round_trip_ms: f64) -> f64 {
    let delay = round_trip_ms / 2.0 + 2.0 * jitter_ms + 20.0;
    let late = if delay > 177.3 { 0.11 * (delay - 177.3) } else { 0.0 };
    let percent = loss * 100.0;
    let impairment = 95.0 * percent / (percent + 25.1);
    let r = (93.2 - 0.024 * delay - late - impairment).clamp(0.0, 100.0);
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn after(received: f64, lost: f64, jitter_ms: f64, round_trip_ms: f64) -> Option<Figures> {
        let earlier = Sample { received: 100.0, lost: 7.0, ..Sample::default() };
        let later =
            Sample { received: 100.0 + received, lost: 7.0 + lost, jitter_ms, round_trip_ms: Some(round_trip_ms) };
        Figures::between(&earlier, &later)
    }

    #[test]
    fn silence_has_no_figures() {
        assert_eq!(after(0.0, 3.0, 1.0, 20.0), None);
    }

    #[test]
    fn grades_follow_loss_and_delay() {
        assert_eq!(after(100.0, 0.0, 2.0, 30.0).unwrap().grade(), Grade::Good);
        assert_eq!(after(95.0, 5.0, 20.0, 100.0).unwrap().grade(), Grade::Fair);
        assert_eq!(after(80.0, 20.0, 40.0, 300.0).unwrap().grade(), Grade::Poor);
        assert_eq!(after(100.0, 0.0, 2.0, 900.0).unwrap().grade(), Grade::Poor);
    }

    #[test]
    fn a_lost_counter_that_goes_back_is_no_gain() {
        assert!(after(100.0, -5.0, 0.0, 0.0).unwrap().loss.abs() < f64::EPSILON);
    }

    #[test]
    fn an_undisturbed_call_has_the_score_of_the_standard() {
        // G.107 gives 4.41 for R = 93.2; 20 ms of delay take a hair off.
        let best = after(100.0, 0.0, 0.0, 0.0).unwrap().mos;
        assert!((4.39..4.42).contains(&best), "{best}");
    }
}
