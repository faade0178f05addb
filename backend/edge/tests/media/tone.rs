//! Tones and their detection, written for the tests: a correlation with sine and cosine over the whole span, so that it
//! shares nothing with the detector under test.

use std::f64::consts::TAU;

/// `count` samples of a sine at `rate`, starting at sample `first`.
pub fn sine(frequency: f64, amplitude: f64, rate: f64, first: usize, count: usize) -> Vec<i16> {
    (first..first + count).map(|n| (amplitude * (TAU * frequency * n as f64 / rate).sin()) as i16).collect()
}

/// The amplitude of `frequency` in `samples`.
pub fn amplitude(samples: &[i16], frequency: f64, rate: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        let angle = TAU * frequency * n as f64 / rate;
        re += f64::from(*sample) * angle.cos();
        im += f64::from(*sample) * angle.sin();
    }
    2.0 * (re * re + im * im).sqrt() / samples.len().max(1) as f64
}

/// The root mean square.
pub fn rms(samples: &[i16]) -> f64 {
    (samples.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / samples.len().max(1) as f64).sqrt()
}

/// Whether `frequency` carries most of the energy.
pub fn is_tone(samples: &[i16], frequency: f64, rate: f64) -> bool {
    let level = rms(samples);
    level > 500.0 && amplitude(samples, frequency, rate) / std::f64::consts::SQRT_2 > 0.8 * level
}

/// A-law and µ-law by the definitions of G.711.
pub fn decode(payload_type: u8, payload: &[u8]) -> Vec<i16> {
    payload
        .iter()
        .map(|byte| match payload_type {
            8 => {
                let code = byte ^ 0x55;
                let (segment, step) = (i32::from(code >> 4 & 7), i32::from(code & 15));
                let magnitude = if segment == 0 { step * 16 + 8 } else { (step * 16 + 264) << (segment - 1) };
                (if code & 0x80 == 0 { -magnitude } else { magnitude }) as i16
            }
            _ => {
                let code = !byte;
                let magnitude = ((i32::from(code & 15) * 8 + 132) << i32::from(code >> 4 & 7)) - 132;
                (if code & 0x80 == 0 { magnitude } else { -magnitude }) as i16
            }
        })
        .collect()
}

/// The byte whose decoded value is nearest.
pub fn encode(payload_type: u8, samples: &[i16]) -> Vec<u8> {
    let mut all: Vec<(i16, u8)> = (0..=255u8).map(|byte| (decode(payload_type, &[byte])[0], byte)).collect();
    all.sort_unstable();
    samples
        .iter()
        .map(|sample| {
            let at = all.partition_point(|(value, _)| value < sample).min(255);
            let below = at.saturating_sub(1);
            let nearer = (i32::from(all[at].0) - i32::from(*sample)).abs()
                <= (i32::from(all[below].0) - i32::from(*sample)).abs();
            all[if nearer { at } else { below }].1
        })
        .collect()
}
