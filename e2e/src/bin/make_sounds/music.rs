//! Music to wait with, of our own: four soft chords and a plucked line over them, in a loop without a seam.
//!
//! Everything is written into a ring: what rings on beyond the end sounds at the beginning, so the loop has no seam.
//! Fundamentals stay below 700 Hz; a telephone passes 300 to 3,400 Hz, so each voice brings overtones into that band.

use crate::{RATE, signal};
use std::f64::consts::TAU;

/// A bar of four beats at 80 a minute.
const BAR_S: f64 = 3.0;
/// Bars of the loop: 24 s.
const BARS: usize = 8;
/// Level of the highest peak: music stays behind speech.
const PEAK_DBFS: f64 = -18.0;

/// Chords as MIDI notes, one a bar: D add 9, B minor 7, G major 7, A sus 4, and again with other inversions.
const CHORDS: [[u8; 4]; BARS] = [
    [50, 57, 64, 66],
    [47, 57, 62, 66],
    [43, 54, 59, 62],
    [45, 57, 62, 64],
    [50, 57, 61, 66],
    [47, 54, 62, 66],
    [43, 55, 59, 66],
    [45, 57, 61, 64],
];

/// The plucked line: eighths of each bar, 0 is a rest.
const LINE: [[u8; 8]; BARS] = [
    [74, 0, 69, 0, 66, 69, 0, 0],
    [71, 0, 0, 66, 69, 0, 66, 0],
    [67, 0, 71, 0, 74, 0, 71, 69],
    [69, 0, 0, 64, 0, 69, 0, 0],
    [74, 0, 73, 0, 69, 0, 66, 0],
    [71, 0, 0, 74, 71, 0, 69, 0],
    [67, 0, 66, 0, 62, 66, 67, 0],
    [69, 0, 64, 0, 0, 0, 0, 0],
];

/// The loop.
pub fn calm() -> Vec<f64> {
    let mut ring = Ring::new(BAR_S * BARS as f64);
    for (bar, (chord, line)) in CHORDS.iter().zip(LINE).enumerate() {
        let start = bar as f64 * BAR_S;
        for &note in chord {
            pad(&mut ring, start, frequency(note));
        }
        for (eighth, &note) in line.iter().enumerate().filter(|(_, note)| **note > 0) {
            // A hair behind the beat, as a hand would play it; always the same hair.
            let late = 0.012 * ((bar * 8 + eighth) as f64 * 2.4).sin();
            pluck(&mut ring, start + eighth as f64 * BAR_S / 8.0 + 0.02 + late, frequency(note));
        }
    }
    signal::peak(&room(&ring.samples), PEAK_DBFS)
}

/// The tone after which a message is spoken: half a second of 1,400 Hz.
pub fn beep() -> Vec<f64> {
    let count = (RATE / 2) as usize;
    let fade = (RATE / 100) as usize;
    (0..count)
        .map(|n| {
            let edge = (n.min(count - 1 - n) as f64 / fade as f64).min(1.0);
            0.1 * edge * (TAU * 1400.0 * n as f64 / f64::from(RATE)).sin()
        })
        .collect()
}

/// Samples in a circle.
struct Ring {
    samples: Vec<f64>,
}

impl Ring {
    fn new(seconds: f64) -> Self {
        Self { samples: vec![0.0; (seconds * f64::from(RATE)).round() as usize] }
    }

    /// Adds `wave(seconds since its beginning)` for `length` seconds from `start`.
    fn add(&mut self, start: f64, length: f64, wave: impl Fn(f64) -> f64) {
        let size = self.samples.len();
        let first = (start * f64::from(RATE)).round() as usize;
        for n in 0..(length * f64::from(RATE)) as usize {
            self.samples[(first + n) % size] += wave(n as f64 / f64::from(RATE));
        }
    }
}

/// Equal temperament, A4 = 440 Hz is note 69.
fn frequency(note: u8) -> f64 {
    440.0 * 2_f64.powf((f64::from(note) - 69.0) / 12.0)
}

/// A note of the pad: two voices slightly apart, swelling over the bar and overlapping the next.
fn pad(ring: &mut Ring, start: f64, pitch: f64) {
    let length = BAR_S + 1.6;
    ring.add(start, length, |t| {
        let swell = (t / 1.2).min((length - t) / 1.6).clamp(0.0, 1.0);
        let swell = swell * swell * (3.0 - 2.0 * swell);
        let voice = |detune: f64| {
            let overtones = [(1.0, 1.0), (2.0, 0.45), (3.0, 0.22), (4.0, 0.10), (5.0, 0.05)];
            overtones.iter().map(|(n, level)| level * (TAU * pitch * detune * n * t).sin()).sum::<f64>()
        };
        0.16 * swell * (voice(0.9985) + voice(1.0015))
    });
}

/// A plucked string: overtones that fade the faster the higher they are, struck without a click.
fn pluck(ring: &mut Ring, start: f64, pitch: f64) {
    ring.add(start, 2.4, |t| {
        let attack = (t / 0.006).min(1.0);
        let tone = |n: f64| (-t * (1.6 + 0.9 * n)).exp() * (TAU * pitch * n * (1.0 + 0.0004 * n * n) * t).sin() / n;
        0.32 * attack * (1..=5).map(|n| tone(f64::from(n))).sum::<f64>() * (1.0 - t / 2.4)
    });
}

/// A small room: four echoes that feed back (Schroeder's combs, 1962), run round the ring until it has settled.
fn room(dry: &[f64]) -> Vec<f64> {
    let size = dry.len();
    let mut wet = vec![0.0; size];
    for (delay_ms, feedback) in [(29.7, 0.72), (37.1, 0.70), (41.1, 0.68), (43.7, 0.66)] {
        let delay = (delay_ms / 1000.0 * f64::from(RATE)) as usize;
        let mut comb = vec![0.0; size];
        // An echo loses 3 dB or more each 45 ms: after the second round nothing of the start is left to settle.
        for at in 0..2 * size {
            comb[at % size] = dry[at % size] + feedback * comb[(at + size - delay) % size];
        }
        for (sum, echo) in wet.iter_mut().zip(&comb) {
            *sum += echo / 4.0;
        }
    }
    dry.iter().zip(wet).map(|(dry, wet)| dry + 0.18 * wet).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loop_has_no_seam_and_no_click() {
        let music = calm();
        assert_eq!(music.len(), 24 * RATE as usize);
        let step = |at: usize| (music[(at + 1) % music.len()] - music[at]).abs();
        let largest = (0..music.len() - 1).map(step).fold(0.0, f64::max);
        assert!(step(music.len() - 1) <= largest, "the seam is the largest step");
        let highest = music.iter().fold(0.0_f64, |highest, s| highest.max(s.abs()));
        assert!((20.0 * highest.log10() - PEAK_DBFS).abs() < 0.01);
        assert!(largest < highest / 2.0, "a click: {largest} of {highest}");
    }
}
