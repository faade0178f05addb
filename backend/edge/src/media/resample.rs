//! Between sampling rates: streaming by 2, 3 and 6 for Opus and wide mixes, and whole files of any rate to 8 kHz.
//!
//! One windowed-sinc prototype of 16 taps a phase (Crochiere and Rabiner, 1983, 3.3), scaled to each ratio. Its delay is
//! eight samples of the lower rate: 1 ms at 8 kHz, half of it at 16 kHz.

use std::f32::consts::PI;
use std::sync::LazyLock;

/// Taps of each phase: a multiple of [`LANES`].
const PHASE_TAPS: usize = 16;
/// Cut-off as a part of the lower rate: 3.7 kHz of 8, below the half of it by half the filter's transition.
const CUT_OFF: f32 = 0.4625;
/// Sums that run beside each other, so that the compiler can use the processor's vectors.
const LANES: usize = 8;

/// The prototypes of the ratios that there are.
static BY_2: LazyLock<Vec<f32>> = LazyLock::new(|| prototype(2));
static BY_3: LazyLock<Vec<f32>> = LazyLock::new(|| prototype(3));
static BY_6: LazyLock<Vec<f32>> = LazyLock::new(|| prototype(6));

fn prototype(ratio: usize) -> Vec<f32> {
    let count = ratio * PHASE_TAPS;
    let tap = |n: usize| {
        let x = n as f32 - (count as f32 - 1.0) / 2.0;
        sinc(2.0 * CUT_OFF / ratio as f32 * x) * hann((n as f32 + 0.5) / count as f32)
    };
    let sum: f32 = (0..count).map(tap).sum();
    (0..count).map(|n| tap(n) / sum).collect()
}

fn taps_of(ratio: usize) -> &'static [f32] {
    match ratio {
        2 => &BY_2,
        3 => &BY_3,
        6 => &BY_6,
        other => unreachable!("nothing is resampled by {other}"),
    }
}

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

/// The sum of products; the length is a multiple of [`LANES`].
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    for (a, b) in a.chunks_exact(LANES).zip(b.chunks_exact(LANES)) {
        for (lane, (a, b)) in lanes.iter_mut().zip(a.iter().zip(b)) {
            *lane += a * b;
        }
    }
    lanes.iter().sum()
}

/// Down to the `RATIO`th part of a rate: by 2, 3 or 6.
#[derive(Clone, Debug)]
pub(crate) struct Down<const RATIO: usize> {
    past: Vec<f32>,
}

impl<const RATIO: usize> Default for Down<RATIO> {
    fn default() -> Self {
        Self { past: vec![0.0; RATIO * PHASE_TAPS] }
    }
}

impl<const RATIO: usize> Down<RATIO> {
    /// Appends a `RATIO`th as many samples; the input's length must be a multiple of `RATIO`, its scale that of 16 bits.
    pub(crate) fn run(&mut self, input: impl ExactSizeIterator<Item = f32>, out: &mut Vec<i16>) {
        let (taps, count) = (taps_of(RATIO), input.len());
        self.past.extend(input);
        for at in (RATIO..=count).step_by(RATIO) {
            out.push(clip(dot(&self.past[at..at + RATIO * PHASE_TAPS], taps)));
        }
        self.past.drain(..count);
    }
}

/// Up to `RATIO` times a rate: 2 or 6.
#[derive(Clone, Debug)]
pub(crate) struct Up<const RATIO: usize> {
    /// Oldest first.
    past: [f32; PHASE_TAPS],
    /// The taps of each phase, for samples that lie oldest first, with the gain that makes up for the samples between.
    phases: [[f32; PHASE_TAPS]; RATIO],
}

impl<const RATIO: usize> Default for Up<RATIO> {
    fn default() -> Self {
        let taps = taps_of(RATIO);
        let tap = |phase: usize, k: usize| taps[(PHASE_TAPS - 1 - k) * RATIO + phase] * RATIO as f32;
        let phases = std::array::from_fn(|phase| std::array::from_fn(|k| tap(phase, k)));
        Self { past: [0.0; PHASE_TAPS], phases }
    }
}

impl<const RATIO: usize> Up<RATIO> {
    /// Appends `RATIO` times as many samples.
    pub(crate) fn run(&mut self, input: &[i16], out: &mut Vec<i16>) {
        for sample in input {
            self.past.rotate_left(1);
            self.past[PHASE_TAPS - 1] = f32::from(*sample);
            out.extend(self.phases.iter().map(|taps| clip(dot(&self.past, taps))));
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

    /// Up and down again, frame by frame, at a lower rate of 8 kHz.
    fn there_and_back<const RATIO: usize>() {
        for frequency in [300.0, 1000.0, 3000.0] {
            let (mut up, mut down) = (Up::<RATIO>::default(), Down::<RATIO>::default());
            let (mut wide, mut back) = (Vec::new(), Vec::new());
            for frame in sine(frequency, 8000.0, 1600).chunks(160) {
                wide.clear();
                up.run(frame, &mut wide);
                assert_eq!(wide.len(), 160 * RATIO);
                down.run(wide.iter().map(|sample| f32::from(*sample)), &mut back);
            }
            assert_eq!(back.len(), 1600);
            let level = rms(&back[400..]) / (10_000.0 / 2f32.sqrt());
            assert!((0.9..1.1).contains(&level), "{frequency} Hz by {RATIO} came back at {level}");
        }
    }

    #[test]
    fn up_and_down_again_keeps_speech_and_level() {
        there_and_back::<2>();
        there_and_back::<3>();
        there_and_back::<6>();
    }

    #[test]
    fn what_the_lower_rate_cannot_carry_does_not_alias() {
        let loudest = |out: &[i16]| rms(&out[100..]);
        let mut out = Vec::new();
        Down::<6>::default().run(sine(6000.0, 48_000.0, 9600).into_iter().map(f32::from), &mut out);
        assert!(loudest(&out) < 100.0, "{}", loudest(&out));
        out.clear();
        Down::<2>::default().run(sine(6000.0, 16_000.0, 3200).into_iter().map(f32::from), &mut out);
        assert!(loudest(&out) < 100.0, "{}", loudest(&out));
        // Nor does going up make a mirror of 1 kHz at 7 kHz.
        out.clear();
        Up::<2>::default().run(&sine(1000.0, 8000.0, 1600), &mut out);
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in out[200..2200].iter().enumerate() {
            re += f32::from(*sample) * (2.0 * PI * 7000.0 * n as f32 / 16_000.0).cos();
            im += f32::from(*sample) * (2.0 * PI * 7000.0 * n as f32 / 16_000.0).sin();
        }
        let mirror = 2.0 * re.hypot(im) / 2000.0;
        assert!(mirror < 100.0, "{mirror}");
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
