//! What is heard in place of lost sound: the last pitch period again and again, fading out, as in ITU-T G.711
//! appendix I, and a cross-fade where sound comes back. Counts are in samples of 8 kHz; wide sound has twice as many.

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

/// The lag at which `samples` is most like its own beginning `WINDOW` samples. Of wide sound (`scale` 2) every second
/// sample is looked at: pitch is far below.
pub(super) fn best_lag(samples: &[i16], scale: usize) -> usize {
    let mut best = (f32::MIN, *LAGS.start());
    for lag in LAGS.step_by(2) {
        let Some(tail) = samples.get(lag * scale..(lag + WINDOW) * scale) else { break };
        let (mut cross, mut power) = (0.0f32, 1.0f32);
        for (a, b) in samples.iter().zip(tail).step_by(scale) {
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
    /// Samples concealed in the present gap, of the sound's own rate.
    run: usize,
    /// The sound's rate in 8 kHz: 1, or 2 for wide sound.
    scale: usize,
}

impl Conceal {
    pub(super) fn new(scale: usize) -> Self {
        let length = HISTORY * scale;
        Self { history: vec![0; length], cycle: Vec::with_capacity(length), run: 0, scale }
    }

    /// Appends `count` samples of the sound's own rate in place of lost ones.
    pub(super) fn fill(&mut self, count: usize, out: &mut Vec<i16>) {
        if self.run == 0 {
            // Backwards, so that the newest window is compared with those before it.
            let reversed: Vec<i16> = self.history.iter().rev().copied().collect();
            let lag = best_lag(&reversed, self.scale) * self.scale;
            self.cycle.clear();
            self.cycle.extend_from_slice(&self.history[self.history.len() - lag..]);
        }
        for _ in 0..count {
            let sample = self.cycle[self.run % self.cycle.len()];
            let (from, to) = (FADE_FROM * self.scale, FADE_TO * self.scale);
            let gain =
                if self.run < from { 1.0 } else { 1.0 - ((self.run - from) as f32 / (to - from) as f32).min(1.0) };
            out.push((f32::from(sample) * gain) as i16);
            self.run += 1;
        }
    }

    /// Takes note of good samples, which the caller has appended to `out` from `from` on, and blends them in after a
    /// gap.
    pub(super) fn good(&mut self, out: &mut [i16], from: usize) {
        if self.run > 0 {
            let mut on: Vec<i16> = Vec::with_capacity(BLEND * self.scale);
            self.fill((BLEND * self.scale).min(out.len() - from), &mut on);
            let fresh = out[from..from + on.len()].to_vec();
            blend(&mut on, &fresh);
            out[from..from + on.len()].copy_from_slice(&on);
            self.run = 0;
        }
        let new = &out[from..];
        let length = self.history.len();
        if new.len() >= length {
            self.history.copy_from_slice(&new[new.len() - length..]);
        } else {
            self.history.copy_within(new.len().., 0);
            self.history[length - new.len()..].copy_from_slice(new);
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
        let mut conceal = Conceal::new(1);
        let mut out = tone(0, 320);
        conceal.good(&mut out, 0);
        conceal.fill(80, &mut out);
        let truth = tone(0, 400);
        let error = out[320..].iter().zip(&truth[320..]).map(|(a, b)| (i32::from(*a) - i32::from(*b)).abs()).max();
        assert!(error.unwrap() < 1500, "{error:?}");
    }

    #[test]
    fn a_long_gap_fades_to_silence_and_sound_comes_back_without_a_click() {
        let mut conceal = Conceal::new(1);
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
