//! Digits in the sound: Goertzel's filters at the eight frequencies, with the checks of ITU-T Q.24.

use super::{COLUMNS, KEYS, ROWS};
use std::f32::consts::TAU;

/// Samples of a block, 25.6 ms: the length at which the eight frequencies are told apart best at 8 kHz.
const BLOCK: usize = 205;
/// A tone counts after two blocks and its absence after two: Q.24 wants 40 ms to be enough.
const STEADY: u8 = 2;
/// The weaker tone must have at least this mean square, about -36 dBm0.
const FLOOR: f32 = 2500.0;
/// Twist: a column may exceed its row by 4 dB, a row its column by 8 dB (Q.24, table A-1).
const COLUMN_OVER_ROW: f32 = 2.5;
const ROW_OVER_COLUMN: f32 = 6.3;
/// The next best of the same group must be 8 dB below, ...
const NEXT: f32 = 6.3;
/// ... and the two tones must be nearly all that is heard: speech is not.
const SHARE: f32 = 0.75;

/// One leg's detector.
#[derive(Debug)]
pub(crate) struct Detector {
    block: Vec<i16>,
    candidate: Option<char>,
    seen: u8,
    pressed: Option<char>,
}

impl Default for Detector {
    fn default() -> Self {
        Self { block: Vec::with_capacity(BLOCK), candidate: None, seen: 0, pressed: None }
    }
}

/// Mean square of one frequency in a block.
fn power(block: &[i16], frequency: f32) -> f32 {
    let coefficient = 2.0 * (TAU * frequency / 8000.0).cos();
    let (mut before, mut last) = (0.0f32, 0.0f32);
    for sample in block {
        let next = f32::from(*sample) + coefficient * last - before;
        before = last;
        last = next;
    }
    let square = last * last + before * before - coefficient * last * before;
    2.0 * square / (BLOCK * BLOCK) as f32
}

/// The strongest of a group, its power and the next one's.
fn strongest(block: &[i16], group: [f32; 4]) -> (usize, f32, f32) {
    let mut best = (0, 0.0, 0.0);
    for (n, frequency) in group.into_iter().enumerate() {
        let power = power(block, frequency);
        if power > best.1 {
            best = (n, power, best.1);
        } else if power > best.2 {
            best.2 = power;
        }
    }
    best
}

fn key(block: &[i16]) -> Option<char> {
    let total = block.iter().map(|sample| f32::from(*sample) * f32::from(*sample)).sum::<f32>() / BLOCK as f32;
    if total < 2.0 * FLOOR {
        return None;
    }
    let (row, row_power, row_next) = strongest(block, ROWS);
    let (column, column_power, column_next) = strongest(block, COLUMNS);
    let heard = row_power.min(column_power) >= FLOOR
        && column_power <= row_power * COLUMN_OVER_ROW
        && row_power <= column_power * ROW_OVER_COLUMN
        && row_power >= row_next * NEXT
        && column_power >= column_next * NEXT
        && row_power + column_power >= total * SHARE;
    heard.then(|| KEYS[row][column])
}

impl Detector {
    /// Takes sound; tells a digit when its press has become certain.
    pub(crate) fn take(&mut self, samples: &[i16]) -> Option<char> {
        let mut digit = None;
        for sample in samples {
            self.block.push(*sample);
            if self.block.len() == BLOCK {
                digit = self.judge().or(digit);
                self.block.clear();
            }
        }
        digit
    }

    fn judge(&mut self) -> Option<char> {
        let now = key(&self.block);
        self.seen = if now == self.candidate { self.seen.saturating_add(1) } else { 1 };
        self.candidate = now;
        if self.seen < STEADY || self.pressed == now {
            return None;
        }
        self.pressed = now;
        now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::dtmf::Sending;
    use rand::{Rng, SeedableRng};

    #[test]
    fn every_key_is_heard_once() {
        let (mut sending, mut detector, mut heard) = (Sending::default(), Detector::default(), String::new());
        sending.push("1234567890*#ABCD11");
        let mut frame = [0; 160];
        while !sending.idle() {
            if !sending.tone(&mut frame) {
                frame.fill(0);
            }
            heard.extend(detector.take(&frame));
        }
        assert_eq!(heard, "1234567890*#ABCD11");
    }

    #[test]
    fn single_tones_ringback_and_noise_are_no_digits() {
        let mut random = rand::rngs::SmallRng::seed_from_u64(3);
        for frequency in [0.0, 450.0, 697.0, 1209.0, 1000.0] {
            let mut detector = Detector::default();
            let samples: Vec<i16> = (0..16_000)
                .map(|n| {
                    let noise: f32 = random.random_range(-1.0..1.0);
                    (9000.0 * (TAU * frequency * n as f32 / 8000.0).sin() + 2000.0 * noise) as i16
                })
                .collect();
            assert_eq!(detector.take(&samples), None, "{frequency} Hz");
        }
    }
}
