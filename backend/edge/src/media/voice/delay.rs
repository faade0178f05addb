//! How long packets are held back: as long as the network's jitter asks for, and no longer.
//!
//! Every packet has a transit: its arrival less its timestamp. The smallest of late is the base, what the others exceed
//! it by is jitter. The base is taken over a sliding window, so a drifting clock moves it slowly and is followed.

/// Packets that are looked back on: 2.5 s at 20 ms.
const WINDOW: usize = 128;
/// The share of packets that must come in time.
const IN_TIME: f64 = 0.97;
/// One packet, for sound is taken in frames of 20 ms and packets arrive between.
const FRAME: i64 = 160;
/// More than 300 ms is worse to talk over than the loss.
const MAX_TARGET: i64 = 2400;

/// The estimator; all in samples of 8 kHz.
#[derive(Debug)]
pub(super) struct Delay {
    transits: [i64; WINDOW],
    count: usize,
    base: i64,
    target: i64,
}

impl Delay {
    pub(super) fn new() -> Self {
        Self { transits: [0; WINDOW], count: 0, base: 0, target: 2 * FRAME }
    }

    /// Notes a packet's transit.
    pub(super) fn note(&mut self, transit: i64) {
        self.transits[self.count % WINDOW] = transit;
        self.count += 1;
        if self.count == 1 || transit < self.base {
            self.base = transit;
        }
        // The first packets are too few to judge by; after them every eighth is often enough.
        if self.count >= 8 && self.count.is_multiple_of(8) {
            self.judge();
        }
    }

    fn judge(&mut self) {
        let mut sorted = self.transits;
        let sorted = &mut sorted[..self.count.min(WINDOW)];
        sorted.sort_unstable();
        let at = ((sorted.len() as f64 * IN_TIME) as usize).min(sorted.len() - 1);
        self.base = sorted[0];
        let wanted = (sorted[at] - sorted[0] + FRAME).clamp(FRAME + FRAME / 4, MAX_TARGET);
        // Up at once, down slowly: a quiet spell between two bursts is no reason to be caught again.
        self.target = wanted.max(self.target - FRAME / 16);
    }

    /// The transit of the fastest packets.
    pub(super) fn base(&self) -> i64 {
        self.base
    }

    /// How far behind the fastest packet sound is played.
    pub(super) fn target(&self) -> i64 {
        self.target
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_line_needs_little_and_jitter_as_much_as_it_is() {
        let mut delay = Delay::new();
        (0..2000).for_each(|_| delay.note(1000));
        assert_eq!((delay.base(), delay.target()), (1000, 200));
        (0..500).for_each(|n| delay.note(1000 + (n * 37) % 480));
        assert!((560..=640).contains(&delay.target()), "{}", delay.target());
    }

    #[test]
    fn a_drifting_clock_is_followed() {
        let mut delay = Delay::new();
        (0..10_000i64).for_each(|n| delay.note(n * 160 / 5000)); // 200 ppm
        assert!((310..=320).contains(&delay.base()), "{}", delay.base());
    }
}
