//! Keys in the sound that nobody shall hear: while a card number is keyed in, whoever listens must not be able to read it
//! off the tones.
//!
//! The sound is held back by [`DELAY`] frames, so that a key which has become certain is taken out from its first instant
//! on. A key is certain after two windows in a row, 30 ms of it: half of what the shortest press lasts (ITU-T Q.24 asks
//! for 40 ms), and longer than speech ever looks like one. Its ends are cut generously, by [`MARGIN`] on each side.

use super::{COLUMNS, ROWS};
use crate::media::voice::{FRAME, WIDE_FRAME};
use std::collections::VecDeque;
use std::f32::consts::TAU;

/// Frames of 20 ms that the sound is late.
const DELAY: usize = 2;
/// Samples between the beginnings of two windows, 10 ms; a window has two such steps.
const STEP: usize = FRAME / 2;
/// Steps that are silenced before and after the windows in which a key is heard: they may hold a part of its tones.
const MARGIN: usize = 1;
/// The weaker tone must have at least this mean square, about -43 dBm0: fainter than any telephone's keys arrive.
const FLOOR: f32 = 500.0;
/// How much one tone may exceed the other: 9 dB, more than Q.24 lets a receiver take.
const TWIST: f32 = 8.0;
/// The two tones must be that much of what is heard.
const SHARE: f32 = 0.7;
/// Of what its own filter passes a tone must be that much more than the next of its group, 3 dB: a window is too short to
/// tell neighbours apart by more.
const NEXT: f32 = 2.0;

/// Keeps the keys of one speaker from everybody's ears.
#[derive(Debug, Default)]
pub(crate) struct Shield {
    late: VecDeque<Late>,
    /// The frame before the newest, for the window across their border.
    before: Option<[i16; FRAME]>,
    /// The key in the last window.
    last: Option<Key>,
    /// Whether a press has become certain and goes on.
    pressed: bool,
}

/// A frame that is held back, and which of its two steps nobody shall hear.
#[derive(Debug)]
struct Late {
    frame: [i16; FRAME],
    wide: Option<Box<[i16; WIDE_FRAME]>>,
    silenced: [bool; 2],
}

/// A row and a column.
type Key = (usize, usize);

impl Shield {
    /// Takes the newest 20 ms, and gives those instead that are now to be heard, without keys: of the same two kinds, 8 kHz
    /// and, for whoever hears wide, 16 kHz.
    pub(crate) fn pass(&mut self, frame: &mut [i16; FRAME], wide: Option<&mut [i16; WIDE_FRAME]>) {
        let before = self.before.replace(*frame).unwrap_or([0; FRAME]);
        self.late.push_back(Late {
            frame: *frame,
            wide: wide.as_deref().map(|wide| Box::new(*wide)),
            silenced: [false; 2],
        });
        let mut window = [0; FRAME];
        window[..STEP].copy_from_slice(&before[STEP..]);
        window[STEP..].copy_from_slice(&frame[..STEP]);
        // The first window ends a step before the newest sample, the second one with it.
        self.judge(key(&window), 1);
        self.judge(key(frame), 0);
        let heard = if self.late.len() > DELAY { self.late.pop_front() } else { None };
        let Some(Late { frame: heard, wide: heard_wide, silenced }) = heard else {
            frame.fill(0);
            return wide.into_iter().for_each(|wide| wide.fill(0));
        };
        *frame = heard;
        silence(frame, silenced);
        if let Some(wide) = wide {
            *wide = heard_wide.map_or([0; WIDE_FRAME], |wide| *wide);
            silence(wide, silenced);
        }
    }

    /// What is in the window that ends `ago` steps before the newest sample.
    fn judge(&mut self, heard: Option<Key>, ago: usize) {
        let certain = heard.is_some() && heard == self.last;
        if certain {
            // This window, the one before, and the margins: four steps and what may come.
            self.silence(ago, 3 + MARGIN);
        } else if self.pressed {
            // The press is over or another begins: its last tones may be in the steps since.
            self.silence(ago, 1 + MARGIN);
        }
        self.pressed = certain;
        self.last = heard;
    }

    /// Silences the `steps` that end `ago` steps before the newest sample.
    fn silence(&mut self, ago: usize, steps: usize) {
        let flags = self.late.iter_mut().rev().flat_map(|late| late.silenced.iter_mut().rev());
        flags.skip(ago).take(steps).for_each(|flag| *flag = true);
    }
}

fn silence(samples: &mut [i16], silenced: [bool; 2]) {
    let half = samples.len() / 2;
    for (step, _) in samples.chunks_mut(half).zip(silenced).filter(|(_, silenced)| *silenced) {
        step.fill(0);
    }
}

/// The key that a window sounds like.
fn key(window: &[i16; FRAME]) -> Option<Key> {
    let total = window.iter().map(|sample| f32::from(*sample) * f32::from(*sample)).sum::<f32>() / FRAME as f32;
    if total < 2.0 * FLOOR {
        return None;
    }
    let (row, row_power, row_next) = strongest(window, ROWS);
    let (column, column_power, column_next) = strongest(window, COLUMNS);
    let weaker = row_power.min(column_power);
    let heard = weaker >= FLOOR
        && row_power.max(column_power) <= weaker * TWIST
        && row_power >= row_next * NEXT
        && column_power >= column_next * NEXT
        && row_power + column_power >= total * SHARE;
    heard.then_some((row, column))
}

/// The strongest of a group, its power and the next one's.
fn strongest(window: &[i16; FRAME], group: [f32; 4]) -> (usize, f32, f32) {
    let mut best = (0, 0.0, 0.0);
    for (n, frequency) in group.into_iter().enumerate() {
        let power = power(window, frequency);
        if power > best.1 {
            best = (n, power, best.1);
        } else if power > best.2 {
            best.2 = power;
        }
    }
    best
}

/// Mean square of one frequency in a window (Goertzel).
fn power(window: &[i16; FRAME], frequency: f32) -> f32 {
    let coefficient = 2.0 * (TAU * frequency / 8000.0).cos();
    let (mut before, mut last) = (0.0f32, 0.0f32);
    for sample in window {
        let next = f32::from(*sample) + coefficient * last - before;
        before = last;
        last = next;
    }
    let square = last * last + before * before - coefficient * last * before;
    2.0 * square / (FRAME * FRAME) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::rngs::SmallRng;
    use rand::{Rng, SeedableRng};
    use std::path::Path;

    /// What is left of a sound, as late as it is heard.
    fn left(sound: &[i16]) -> Vec<i16> {
        let mut shield = Shield::default();
        let mut left = Vec::new();
        for part in sound.chunks_exact(FRAME) {
            let mut frame: [i16; FRAME] = part.try_into().unwrap();
            shield.pass(&mut frame, None);
            left.extend(frame);
        }
        left
    }

    /// Both tones of a key, the row weaker by `twist` in dB, over noise.
    fn press(random: &mut SmallRng, (row, column): Key, ms: usize, level: f32, twist: f32) -> Vec<i16> {
        let row_level = level * 10f32.powf(-twist / 20.0);
        let at = |n: usize, frequency: f32| (TAU * frequency * n as f32 / 8000.0).sin();
        let sound = |n| row_level * at(n, ROWS[row]) + level * at(n, COLUMNS[column]);
        (0..ms * 8).map(|n| (sound(n) + random.random_range(-0.05..0.05) * level) as i16).collect()
    }

    fn pause(ms: usize) -> Vec<i16> {
        vec![0; ms * 8]
    }

    /// Windows of the detector that looks for digits, which is not the shield's.
    fn digits(sound: &[i16]) -> String {
        let mut detector = crate::media::dtmf::Detector::default();
        sound.chunks(FRAME).filter_map(|frame| detector.take(frame)).collect()
    }

    #[test]
    fn no_key_is_left_at_any_level_length_and_place() {
        let mut random = SmallRng::seed_from_u64(11);
        for level in [90.0, 300.0, 2000.0, 8000.0, 15_000.0] {
            for (ms, twist) in [(40, 0.0), (53, 3.0), (70, -4.0), (120, 6.0), (400, 2.0)] {
                let mut sound = Vec::new();
                for key in (0..16).map(|n| (n / 4, n % 4)) {
                    sound.extend(pause(40 + random.random_range(0..40)));
                    sound.extend(press(&mut random, key, ms, level, twist));
                }
                sound.extend(pause(200));
                let left = left(&sound);
                assert_eq!(digits(&left), "", "{level} {ms} ms {twist} dB");
                let energy = |sound: &[i16]| sound.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>();
                let share = energy(&left) / energy(&sound);
                assert!(share < 0.01, "{share:.4} of the keys is left: {level}, {ms} ms, {twist} dB");
            }
        }
    }

    #[test]
    fn keys_pressed_while_others_talk_in_the_room_are_left_out_too() {
        let mut random = SmallRng::seed_from_u64(12);
        let speech = speech("en/queue-greeting");
        let mut sound: Vec<i16> = speech.iter().cycle().take(8000 * 6).map(|sample| sample / 12).collect();
        for (n, key) in [(1, 2), (0, 0), (3, 1), (2, 2)].into_iter().enumerate() {
            let tones = press(&mut random, key, 100, 6000.0, 2.0);
            for (sample, tone) in sound[8000 * (n + 1)..].iter_mut().zip(tones) {
                *sample = sample.saturating_add(tone);
            }
        }
        assert!(!digits(&sound).is_empty(), "they are heard without the shield");
        assert_eq!(digits(&left(&sound)), "");
    }

    fn speech(name: &str) -> Vec<i16> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/sounds").join(name).with_extension("wav");
        let wav = std::fs::read(path).unwrap();
        wav[44..].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect()
    }

    /// Every sentence of the house, in both languages, at several levels.
    #[test]
    fn speech_is_left_as_it_is() {
        let (mut frames, mut changed) = (0, Vec::new());
        for language in ["en", "zh"] {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../static/sounds").join(language);
            for entry in std::fs::read_dir(folder).unwrap() {
                let name = entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned();
                for part in [1, 4] {
                    let mut sound: Vec<i16> = speech(&format!("{language}/{name}")).iter().map(|s| s / part).collect();
                    sound.resize(sound.len().next_multiple_of(FRAME), 0);
                    frames += sound.len() / FRAME;
                    let (late, left) = (DELAY * FRAME, left(&sound));
                    let differ = sound.iter().zip(&left[late..]).filter(|(said, heard)| said != heard).count();
                    changed.extend((differ > 0).then(|| format!("{language}/{name}: {differ}")));
                }
            }
        }
        assert!(changed.is_empty(), "of {frames} frames: {changed:?}");
    }

    #[test]
    fn tones_that_are_no_keys_are_left_as_they_are() {
        for frequencies in [[450.0, 450.0], [1000.0, 1000.0], [697.0, 697.0], [350.0, 440.0], [1209.0, 1477.0]] {
            let tone = |n: usize, frequency: f32| (TAU * frequency * n as f32 / 8000.0).sin();
            let sound: Vec<i16> =
                (0..16_000).map(|n| (4000.0 * frequencies.map(|f| tone(n, f)).iter().sum::<f32>()) as i16).collect();
            assert_eq!(&left(&sound)[DELAY * FRAME..], &sound[..sound.len() - DELAY * FRAME], "{frequencies:?}");
        }
    }

    #[test]
    fn wide_sound_is_as_late_and_as_silent() {
        let mut random = SmallRng::seed_from_u64(13);
        let mut sound = pause(100);
        sound.extend(press(&mut random, (1, 1), 100, 6000.0, 0.0));
        sound.extend(pause(100));
        let mut shield = Shield::default();
        for (n, part) in sound.chunks_exact(FRAME).enumerate() {
            let (mut frame, mut wide): ([i16; FRAME], _) = (part.try_into().unwrap(), [7; WIDE_FRAME]);
            let tone = (100..200).contains(&(n * 20)) || (100..200).contains(&(n * 20 + 19));
            wide[0] = if tone { 9 } else { 8 };
            shield.pass(&mut frame, Some(&mut wide));
            assert!(wide[0] != 9, "no wide frame of a key is heard");
            assert_eq!(wide[0] == 0, n < DELAY || (7..13).contains(&n), "frame {n}");
        }
    }
}
