//! Between sampling rates: streaming 8 to 48 kHz and back for Opus, and whole files of any rate to 8 kHz.
//!
//! One windowed-sinc prototype of 96 taps at 48 kHz, split into phases for the way up (Crochiere and Rabiner, 1983, 3.3).

use std::f32::consts::PI;
use std::sync::LazyLock;

/// 48 kHz to 8 kHz.
pub(crate) const RATIO: usize = 6;
const PHASE_TAPS: usize = 16;
const TAPS: usize = RATIO * PHASE_TAPS;
/// Cut-off in Hz: below the 4 kHz that 8 kHz can carry, by half the filter's transition.
const CUT_OFF: f32 = 3700.0;

static PROTOTYPE: LazyLock<[f32; TAPS]> = LazyLock::new(|| {
    let mut taps: [f32; TAPS] = std::array::from_fn(|n| {
        let x = n as f32 - (TAPS as f32 - 1.0) / 2.0;
        sinc(2.0 * CUT_OFF / 48_000.0 * x) * hann((n as f32 + 0.5) / TAPS as f32)
    });
    let sum: f32 = taps.iter().sum();
    taps.iter_mut().for_each(|tap| *tap /= sum);
    taps
});

fn sinc(x: f32) -> f32 {
    if x.abs() < 1e-6 { 1.0 } else { (PI * x).sin() / (PI * x) }
}

/// The Hann window for `x` in 0..1.
fn hann(x: f32) -> f32 {
    0.5 - 0.5 * (2.0 * PI * x).cos()
}

fn clip(sample: f32) -> i16 {
    sample.round().clamp(-32_768.0, 32_767.0) as i16
}

/// 48 kHz down to 8 kHz.
#[derive(Clone, Debug)]
pub(crate) struct Down {
    past: Vec<f32>,
}

impl Default for Down {
    fn default() -> Self {
        Self { past: vec![0.0; TAPS] }
    }
}

impl Down {
    /// Appends a sixth as many samples; the length must be a multiple of six, samples are of full scale 1.
    pub(crate) fn run(&mut self, input: &[f32], out: &mut Vec<i16>) {
        let taps = &*PROTOTYPE;
        self.past.extend_from_slice(input);
        let mut at = 0;
        while at + RATIO + TAPS <= self.past.len() + RATIO && at + RATIO <= input.len() {
            at += RATIO;
            let window = &self.past[at..at + TAPS];
            let sum: f32 = window.iter().zip(taps).map(|(sample, tap)| sample * tap).sum();
            out.push(clip(sum * 32_768.0));
        }
        self.past.drain(..input.len());
    }
}

/// 8 kHz up to 48 kHz.
#[derive(Clone, Debug)]
pub(crate) struct Up {
    past: [f32; PHASE_TAPS],
}

impl Default for Up {
    fn default() -> Self {
        Self { past: [0.0; PHASE_TAPS] }
    }
}

impl Up {
    /// Appends six times as many samples.
    pub(crate) fn run(&mut self, input: &[i16], out: &mut Vec<i16>) {
        let taps = &*PROTOTYPE;
        for sample in input {
            self.past.rotate_right(1);
            self.past[0] = f32::from(*sample);
            for phase in 0..RATIO {
                let sum: f32 = (0..PHASE_TAPS).map(|k| self.past[k] * taps[k * RATIO + phase]).sum();
                out.push(clip(sum * RATIO as f32));
            }
        }
    }
}

/// A whole file from `rate` Hz to 8 kHz. Slow, exact enough for speech, and done away from the media thread.
pub(crate) fn to_8k(input: &[i16], rate: u32) -> Vec<i16> {
    /// Zero crossings on each side.
    const REACH: f32 = 16.0;
    if rate == 8000 {
        return input.to_vec();
    }
    let step = rate as f32 / 8000.0;
    let scale = (1.0 / step).min(1.0) * 0.92;
    let count = (input.len() as u64 * 8000 / u64::from(rate.max(1))) as usize;
    (0..count)
        .map(|n| {
            let centre = n as f64 * f64::from(step);
            let reach = REACH / scale;
            let first = (centre - f64::from(reach)).ceil().max(0.0) as usize;
            let last = ((centre + f64::from(reach)) as usize).min(input.len().saturating_sub(1));
            let sum: f32 = (first..=last)
                .map(|m| {
                    let x = (m as f64 - centre) as f32;
                    f32::from(input[m]) * sinc(x * scale) * hann(0.5 + x / (2.0 * reach))
                })
                .sum();
            clip(sum * scale)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sine(frequency: f32, rate: f32, count: usize) -> Vec<i16> {
        (0..count).map(|n| (10_000.0 * (2.0 * PI * frequency * n as f32 / rate).sin()) as i16).collect()
    }

    fn rms(samples: &[i16]) -> f32 {
        (samples.iter().map(|s| f32::from(*s).powi(2)).sum::<f32>() / samples.len() as f32).sqrt()
    }

    #[test]
    fn up_and_down_again_keeps_speech_and_level() {
        for frequency in [300.0, 1000.0, 3000.0] {
            let (mut up, mut down) = (Up::default(), Down::default());
            let (mut wide, mut back) = (Vec::new(), Vec::new());
            for frame in sine(frequency, 8000.0, 1600).chunks(160) {
                wide.clear();
                up.run(frame, &mut wide);
                assert_eq!(wide.len(), 960);
                let float: Vec<f32> = wide.iter().map(|s| f32::from(*s) / 32_768.0).collect();
                down.run(&float, &mut back);
            }
            assert_eq!(back.len(), 1600);
            let level = rms(&back[400..]) / (10_000.0 / 2f32.sqrt());
            assert!((0.9..1.1).contains(&level), "{frequency} Hz came back at {level}");
        }
    }

    #[test]
    fn what_8k_cannot_carry_does_not_alias() {
        let mut out = Vec::new();
        let float: Vec<f32> = sine(6000.0, 48_000.0, 9600).iter().map(|s| f32::from(*s) / 32_768.0).collect();
        Down::default().run(&float, &mut out);
        assert!(rms(&out[100..]) < 100.0, "{}", rms(&out[100..]));
    }

    #[test]
    fn files_of_any_rate_keep_their_pitch() {
        for rate in [8000, 16_000, 22_050, 44_100, 48_000] {
            let out = to_8k(&sine(1000.0, rate as f32, rate as usize), rate);
            assert!((7990..=8000).contains(&out.len()));
            let crossings = out.windows(2).filter(|pair| pair[0] < 0 && pair[1] >= 0).count();
            assert!((998..=1001).contains(&crossings), "{rate} Hz: {crossings} periods in a second");
        }
    }
}
