//! What is heard in place of lost sound: the last pitch period again and again, fading out, as in ITU-T G.711
//! appendix I, and a cross-fade where sound comes back.

/// Pitch is looked for between these lags, 200 down to 66 Hz at 8 kHz (G.711, appendix I).
const LAGS: std::ops::RangeInclusive<usize> = 40..=120;
/// Samples compared for a lag.
const WINDOW: usize = 80;
/// History that is kept: the longest lag, and the window.
const HISTORY: usize = 240;
/// Full level for 10 ms, then down to nothing at 60 ms.
const FADE_FROM: usize = 80;
const FADE_TO: usize = 480;
/// The cross-fade where sound comes back: 4 ms.
const BLEND: usize = 32;

/// The lag at which `samples` is most like its own beginning `WINDOW` samples.
pub(super) fn best_lag(samples: &[i16]) -> usize {
    let head = &samples[..WINDOW];
    let mut best = (f32::MIN, *LAGS.start());
    for lag in LAGS.step_by(2) {
        let Some(tail) = samples.get(lag..lag + WINDOW) else { break };
        let (mut cross, mut power) = (0.0f32, 1.0f32);
        for (a, b) in head.iter().zip(tail) {
            cross += f32::from(*a) * f32::from(*b);
            power += f32::from(*b) * f32::from(*b);
        }
        let score = cross / power.sqrt();
        if score > best.0 {
            best = (score, lag);
        }
    }
    best.1
}

/// `a` fading out into `b`, in place of `a`.
pub(super) fn blend(a: &mut [i16], b: &[i16]) {
    let count = a.len().min(b.len());
    for n in 0..count {
        let weight = (n as f32 + 0.5) / count as f32;
        a[n] = (f32::from(a[n]) * (1.0 - weight) + f32::from(b[n]) * weight) as i16;
    }
}

/// The concealment of one stream.
#[derive(Debug)]
pub(super) struct Conceal {
    history: Vec<i16>,
    cycle: Vec<i16>,
    /// Samples concealed in the present gap.
    run: usize,
}

impl Conceal {
    pub(super) fn new() -> Self {
        Self { history: vec![0; HISTORY], cycle: Vec::with_capacity(HISTORY), run: 0 }
    }

    /// Appends `count` samples in place of lost ones.
    pub(super) fn fill(&mut self, count: usize, out: &mut Vec<i16>) {
        if self.run == 0 {
            // Backwards, so that the newest window is compared with those before it.
            let reversed: Vec<i16> = self.history.iter().rev().copied().collect();
            let lag = best_lag(&reversed);
            self.cycle.clear();
            self.cycle.extend_from_slice(&self.history[HISTORY - lag..]);
        }
        for _ in 0..count {
            let sample = self.cycle[self.run % self.cycle.len()];
            let gain = if self.run < FADE_FROM {
                1.0
            } else {
                1.0 - ((self.run - FADE_FROM) as f32 / (FADE_TO - FADE_FROM) as f32).min(1.0)
            };
            out.push((f32::from(sample) * gain) as i16);
            self.run += 1;
        }
    }

    /// Takes note of good samples, which the caller has appended to `out` from `from` on, and blends them in after a
    /// gap.
    pub(super) fn good(&mut self, out: &mut [i16], from: usize) {
        if self.run > 0 {
            let mut on: Vec<i16> = Vec::with_capacity(BLEND);
            self.fill(BLEND.min(out.len() - from), &mut on);
            let fresh = out[from..from + on.len()].to_vec();
            blend(&mut on, &fresh);
            out[from..from + on.len()].copy_from_slice(&on);
            self.run = 0;
        }
        let new = &out[from..];
        if new.len() >= HISTORY {
            self.history.copy_from_slice(&new[new.len() - HISTORY..]);
        } else {
            self.history.copy_within(new.len().., 0);
            self.history[HISTORY - new.len()..].copy_from_slice(new);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::f64::consts::TAU;

    fn tone(first: usize, count: usize) -> Vec<i16> {
        (first..first + count).map(|n| (8000.0 * (TAU * 100.0 * n as f64 / 8000.0).sin()) as i16).collect()
    }

    #[test]
    fn a_lost_packet_in_a_vowel_is_hardly_heard() {
        let mut conceal = Conceal::new();
        let mut out = tone(0, 320);
        conceal.good(&mut out, 0);
        conceal.fill(80, &mut out);
        let truth = tone(0, 400);
        let error = out[320..].iter().zip(&truth[320..]).map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).max();
        assert!(error.unwrap() < 1500, "{error:?}");
    }

    #[test]
    fn a_long_gap_fades_to_silence_and_sound_comes_back_without_a_click() {
        let mut conceal = Conceal::new();
        let mut out = tone(0, 320);
        conceal.good(&mut out, 0);
        conceal.fill(800, &mut out);
        assert!(out[820..].iter().all(|sample| *sample == 0));
        let from = out.len();
        out.extend([8000; 160]);
        conceal.good(&mut out, from);
        assert!(out[from] < 1000 && out[from + 40] == 8000);
    }
}
