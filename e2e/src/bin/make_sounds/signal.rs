//! Small tools for sound as `f64` samples between -1 and 1.

use crate::RATE;
use std::f64::consts::{PI, TAU};

/// Changes the rate to [`RATE`] with a windowed sinc (Blackman, 32 zero crossings a side) that stops at 3.6 kHz, so
/// that nothing folds back into the band of a telephone.
pub fn resample(samples: &[f64], from: u32) -> Vec<f64> {
    const CROSSINGS: f64 = 32.0;
    let cutoff = 3600.0 / f64::from(from);
    let half = (CROSSINGS / (2.0 * cutoff)).ceil();
    let count = samples.len() * RATE as usize / from as usize;
    (0..count)
        .map(|n| {
            let centre = n as f64 * f64::from(from) / f64::from(RATE);
            let first = (centre - half).ceil().max(0.0) as usize;
            let last = ((centre + half).floor() as usize).min(samples.len().saturating_sub(1));
            let weigh = |at: usize| {
                let x = at as f64 - centre;
                let window = 0.42 + 0.5 * (PI * x / half).cos() + 0.08 * (TAU * x / half).cos();
                samples[at] * 2.0 * cutoff * sinc(2.0 * cutoff * x) * window
            };
            (first..=last).map(weigh).sum()
        })
        .collect()
}

fn sinc(x: f64) -> f64 {
    if x.abs() < 1e-9 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// Cuts silence (below -46 dBFS) from both ends and leaves 30 ms of it, faded, so that words can follow one another.
pub fn trim(samples: &[f64]) -> Vec<f64> {
    let loud = |sample: &f64| sample.abs() > 0.005;
    let (Some(first), Some(last)) = (samples.iter().position(loud), samples.iter().rposition(loud)) else {
        return Vec::new();
    };
    let margin = (RATE * 30 / 1000) as usize;
    let mut kept = samples[first.saturating_sub(margin)..(last + margin).min(samples.len())].to_vec();
    let length = kept.len();
    for at in 0..margin.min(length) {
        let gain = at as f64 / margin as f64;
        kept[at] *= gain;
        kept[length - 1 - at] *= gain;
    }
    kept
}

/// Brings the root mean square to `dbfs`, pauses not counted (frames of 20 ms that are 30 dB below the loudest), and
/// rounds what would then exceed -1 dBFS softly.
pub fn normalise(samples: &[f64], dbfs: f64) -> Vec<f64> {
    let power = |frame: &[f64]| frame.iter().map(|s| s * s).sum::<f64>() / frame.len() as f64;
    let frames: Vec<f64> = samples.chunks((RATE / 50) as usize).map(power).collect();
    let loudest = frames.iter().copied().fold(0.0, f64::max);
    let spoken: Vec<f64> = frames.into_iter().filter(|p| *p > loudest / 1000.0).collect();
    if spoken.is_empty() {
        return samples.to_vec();
    }
    let rms = (spoken.iter().sum::<f64>() / spoken.len() as f64).sqrt();
    let gain = 10_f64.powf(dbfs / 20.0) / rms;
    samples.iter().map(|sample| limit(sample * gain)).collect()
}

/// Brings the peak to `dbfs`.
pub fn peak(samples: &[f64], dbfs: f64) -> Vec<f64> {
    let highest = samples.iter().fold(0.0_f64, |highest, s| highest.max(s.abs()));
    let gain = 10_f64.powf(dbfs / 20.0) / highest.max(1e-9);
    samples.iter().map(|sample| sample * gain).collect()
}

/// Straight up to 0.6, then bent so that it never exceeds 0.89 (-1 dBFS).
fn limit(sample: f64) -> f64 {
    const KNEE: f64 = 0.6;
    const ROOM: f64 = 0.29;
    let over = sample.abs() - KNEE;
    if over <= 0.0 { sample } else { sample.signum() * (KNEE + ROOM * (over / ROOM).tanh()) }
}
