//! Is this tone in this sound? Pure functions over samples; no clock and no device.
//!
//! A tone is found by Goertzel's algorithm, which is one bin of a discrete Fourier transform. The figure that decides
//! is the tone's *share* of the block's energy: it does not depend on loudness, and is 1 for a pure tone. Blocks of
//! 20 ms resolve 50 Hz, so stories use tones that are multiples of 50 Hz and at least 100 Hz apart: they do not leak
//! into each other.

use std::time::{Duration, Instant};

/// Samples a second on the telephone network.
pub const RATE: u32 = 8000;

/// Below this a block is silence. Lines idle at about -72 dBFS (the lowest steps of G.711); stories speak at -15.
pub const AUDIBLE_DBFS: f64 = -50.0;

/// The share of the energy from which on a block carries a tone. Two equal tones have 0.5 each, so 0.3 allows for a
/// mix of two and for what codecs add, while speech and music seldom hold it for long on one frequency.
pub const SHARE: f64 = 0.3;

/// One block's verdict about one frequency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// Level of the whole block, RMS, in dB below full scale; [`f64::NEG_INFINITY`] for digital silence.
    pub dbfs: f64,
    /// How much of the block's energy lies at the frequency, 0 to about 1.
    pub share: f64,
}

impl Reading {
    /// Whether the block carries the tone.
    #[must_use]
    pub fn carries(self) -> bool {
        self.dbfs > AUDIBLE_DBFS && self.share >= SHARE
    }
}

/// RMS level of a block in dBFS.
#[must_use]
pub fn level(samples: &[i16]) -> f64 {
    if samples.is_empty() {
        return f64::NEG_INFINITY;
    }
    let energy: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    10.0 * (energy / samples.len() as f64 / (32768.0 * 32768.0)).log10()
}

/// Looks for `frequency` (Hz) in a block of `rate` samples a second.
///
/// The recurrence is Goertzel's (1958): `s[n] = x[n] + 2 cos(w) s[n-1] - s[n-2]`, and the power of the bin is
/// `s1² + s2² - 2 cos(w) s1 s2`. A sine of amplitude A over N samples has the power `(A N / 2)²` and the energy
/// `A² N / 2`, hence the factor `2 / N` for the share.
#[must_use]
pub fn read(samples: &[i16], rate: u32, frequency: f64) -> Reading {
    let coefficient = 2.0 * (std::f64::consts::TAU * frequency / f64::from(rate)).cos();
    let (mut s1, mut s2, mut energy) = (0.0, 0.0, 0.0);
    for &sample in samples {
        let x = f64::from(sample);
        energy += x * x;
        (s1, s2) = (x + coefficient * s1 - s2, s1);
    }
    let power = s1 * s1 + s2 * s2 - coefficient * s1 * s2;
    let share = if energy > 0.0 { 2.0 * power / (samples.len() as f64 * energy) } else { 0.0 };
    Reading { dbfs: level(samples), share }
}

/// The strongest frequency in steps of 50 Hz from 100 Hz to 3,500 Hz; for messages that say what was heard instead.
#[must_use]
pub fn strongest(samples: &[i16], rate: u32) -> (f64, Reading) {
    (2..=70)
        .map(|step| f64::from(step) * 50.0)
        .map(|frequency| (frequency, read(samples, rate, frequency)))
        .max_by(|a, b| a.1.share.total_cmp(&b.1.share))
        .expect("the range is not empty")
}

/// The longest time within `from..=to` in which none of `moments` (in order) lies; the whole span if none does.
#[must_use]
pub fn longest_gap(moments: impl IntoIterator<Item = Instant>, from: Instant, to: Instant) -> Duration {
    let mut last = from;
    let mut longest = Duration::ZERO;
    for moment in moments.into_iter().filter(|m| (from..=to).contains(m)) {
        longest = longest.max(moment.saturating_duration_since(last));
        last = moment;
    }
    longest.max(to.saturating_duration_since(last))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency: f64, amplitude: f64, count: usize) -> Vec<i16> {
        let step = std::f64::consts::TAU * frequency / f64::from(RATE);
        (0..count).map(|n| ((n as f64 * step + 0.7).sin() * amplitude) as i16).collect()
    }

    #[test]
    fn a_pure_tone_is_all_of_the_energy() {
        let block = sine(850.0, 8000.0, 160);
        let reading = read(&block, RATE, 850.0);
        assert!((reading.share - 1.0).abs() < 0.01, "{reading:?}");
        assert!((reading.dbfs - -15.26).abs() < 0.1, "{reading:?}");
        assert!(reading.carries());
    }

    #[test]
    fn neighbours_at_100_hz_are_told_apart() {
        let block = sine(850.0, 8000.0, 160);
        for other in [650.0, 750.0, 950.0, 1050.0, 1700.0] {
            assert!(!read(&block, RATE, other).carries(), "{other} Hz found in 850 Hz");
        }
        assert_eq!(strongest(&block, RATE).0, 850.0);
    }

    #[test]
    fn both_tones_of_a_mix_are_found() {
        let mix: Vec<i16> =
            sine(850.0, 6000.0, 160).iter().zip(sine(1250.0, 6000.0, 160)).map(|(a, b)| a + b).collect();
        assert!(read(&mix, RATE, 850.0).carries() && read(&mix, RATE, 1250.0).carries());
        assert!(!read(&mix, RATE, 1050.0).carries());
    }

    #[test]
    fn silence_and_whispers_carry_nothing() {
        assert!(!read(&[0; 160], RATE, 850.0).carries());
        assert!(!read(&[], RATE, 850.0).carries());
        assert!(!read(&sine(850.0, 60.0, 160), RATE, 850.0).carries());
    }

    #[test]
    fn gaps_count_from_the_edges_too() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        assert_eq!(longest_gap([at(20), at(40), at(100)], start, at(110)), Duration::from_millis(60));
        assert_eq!(longest_gap([at(20)], start, at(200)), Duration::from_millis(180));
        assert_eq!(longest_gap([], start, at(200)), Duration::from_millis(200));
        assert_eq!(longest_gap([at(500)], start, at(200)), Duration::from_millis(200));
    }
}
