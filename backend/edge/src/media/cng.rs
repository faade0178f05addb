//! A fax machine's calling tone (CNG): 1100 Hz ± 38 Hz for 0.5 s, then 3 s of nothing, both ± 15 % (ITU-T T.30, 4.1.2).
//!
//! Two tones of the right length at the right distance make a machine: speech and music have neither, and whoever whistles
//! does it once.

use std::f32::consts::TAU;

/// Samples of a block, 10 ms: the filter is then wide enough for the tolerance of the frequency.
const BLOCK: usize = 80;
const FREQUENCY: f32 = 1100.0;
/// Mean square of the weakest tone that counts, about -43 dBm0.
const FLOOR: f32 = 12_000.0;
/// The tone must be that much of everything that is heard; at the edge of the tolerance the filter passes 60 %.
const SHARE: f32 = 0.5;
/// Blocks of a tone at least and at most: 0.5 s ± 15 % and what the blocks' borders cut off.
const TONE: std::ops::RangeInclusive<u32> = 41..=60;
/// Blocks between two tones: 3 s ± 15 %.
const PAUSE: std::ops::RangeInclusive<u32> = 250..=350;
/// A lost packet is no end of a tone.
const GAP: u32 = 2;
/// Blocks that are listened to, 45 s: a machine's tone is the first that is heard of it.
const LISTENS: u32 = 4500;

/// One leg's detector.
#[derive(Debug)]
pub(crate) struct Cng {
    block: Vec<i16>,
    /// Blocks of the present tone, and those since its last.
    on: u32,
    off: u32,
    /// Tones so far that were right.
    tones: u8,
    heard: u32,
}

impl Default for Cng {
    fn default() -> Self {
        Self { block: Vec::with_capacity(BLOCK), on: 0, off: 0, tones: 0, heard: 0 }
    }
}

/// What a detector says of what it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing yet.
    Listening,
    /// It is a machine.
    Fax,
    /// It is none.
    No,
}

impl Cng {
    /// Takes sound at 8 kHz. Whoever got another verdict than [`Verdict::Listening`] need not ask any more.
    pub(crate) fn take(&mut self, samples: &[i16]) -> Verdict {
        for sample in samples {
            self.block.push(*sample);
            if self.block.len() == BLOCK {
                let tone = is_tone(&self.block);
                self.block.clear();
                self.heard += 1;
                if self.judge(tone) {
                    return Verdict::Fax;
                }
            }
        }
        if self.heard >= LISTENS { Verdict::No } else { Verdict::Listening }
    }

    /// Whether that was the second tone.
    fn judge(&mut self, tone: bool) -> bool {
        if tone {
            if self.on == 0 && !(self.tones == 0 || PAUSE.contains(&self.off)) {
                self.tones = 0;
            }
            self.on += 1 + if self.on > 0 { self.off } else { 0 };
            self.off = 0;
            return false;
        }
        self.off = self.off.saturating_add(1);
        if self.on > 0 && self.off > GAP {
            self.tones = if TONE.contains(&self.on) { self.tones + 1 } else { 0 };
            self.on = 0;
        }
        self.tones >= 2
    }
}

/// Goertzel's filter at the one frequency, against everything in the block.
fn is_tone(block: &[i16]) -> bool {
    let coefficient = 2.0 * (TAU * FREQUENCY / 8000.0).cos();
    let (mut before, mut last, mut total) = (0.0f32, 0.0f32, 0.0f32);
    for sample in block {
        let sample = f32::from(*sample);
        let next = sample + coefficient * last - before;
        before = last;
        last = next;
        total += sample * sample;
    }
    let square = last * last + before * before - coefficient * last * before;
    let power = 2.0 * square / (BLOCK * BLOCK) as f32;
    let total = total / BLOCK as f32;
    total >= FLOOR && power >= total * SHARE
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};

    /// Milliseconds of a tone, or of silence where the frequency is 0, with some noise.
    fn sound(parts: &[(f32, usize)], level: f32) -> Vec<i16> {
        let mut random = rand::rngs::SmallRng::seed_from_u64(5);
        let mut samples = Vec::new();
        for (frequency, ms) in parts {
            samples.extend((0..ms * 8).map(|n| {
                let noise: f32 = random.random_range(-60.0..60.0);
                (level * (TAU * frequency * n as f32 / 8000.0).sin() + noise) as i16
            }));
        }
        samples
    }

    fn verdict(parts: &[(f32, usize)], level: f32) -> Verdict {
        let mut cng = Cng::default();
        let sound = sound(parts, level);
        let mut verdicts = sound.chunks(160).map(|frame| cng.take(frame));
        verdicts.find(|verdict| *verdict != Verdict::Listening).unwrap_or(Verdict::Listening)
    }

    #[test]
    fn machines_are_heard_within_the_tolerances() {
        for (frequency, on, off, level) in
            [(1100.0, 500, 3000, 8000.0), (1062.0, 430, 2560, 400.0), (1138.0, 570, 3440, 20_000.0)]
        {
            let parts = [(0.0, 700), (frequency, on), (0.0, off), (frequency, on), (0.0, 100)];
            assert_eq!(verdict(&parts, level), Verdict::Fax, "{frequency} Hz, {on} and {off} ms");
        }
    }

    #[test]
    fn other_tones_are_no_machines() {
        let twice = |frequency, on, off| [(frequency, on), (0.0, off), (frequency, on), (0.0, 1000)];
        // Ringback and busy, a key's row, an answering machine's beep, a whistle held too long, a tone too often.
        for (frequency, on, off) in
            [(450.0, 500, 3000), (1209.0, 500, 3000), (1000.0, 500, 3000), (1100.0, 1500, 3000), (1100.0, 500, 700)]
        {
            assert_eq!(verdict(&twice(frequency, on, off), 8000.0), Verdict::Listening, "{frequency} {on} {off}");
        }
        assert_eq!(verdict(&[(1100.0, 500), (0.0, 20_000)], 8000.0), Verdict::Listening, "one alone");
        assert_eq!(verdict(&[(0.0, 45_100)], 0.0), Verdict::No, "nobody listens for ever");
    }

    #[test]
    fn nobody_speaks_like_a_machine() {
        // Vowels: harmonics of a gliding pitch, each syllable some 300 ms, with the strongest near 1100 Hz.
        let mut samples = Vec::new();
        let mut random = rand::rngs::SmallRng::seed_from_u64(9);
        let mut phase = 0.0f32;
        for syllable in 0..120 {
            let pitch = 110.0 + random.random_range(0.0..120.0);
            let long = 8 * random.random_range(150..550);
            for n in 0..long {
                phase += TAU * (pitch + 20.0 * n as f32 / long as f32) / 8000.0;
                let harmonics = (1..12).map(|k| {
                    let far = (k as f32 * pitch - 1100.0) / 400.0;
                    (k as f32 * phase).sin() / (1.0 + far * far)
                });
                samples.push((4000.0 * harmonics.sum::<f32>()) as i16);
            }
            samples.extend(std::iter::repeat_n(0, 8 * (syllable % 4) * 900));
        }
        let mut cng = Cng::default();
        let heard = samples.chunks(160).map(|frame| cng.take(frame)).find(|verdict| *verdict == Verdict::Fax);
        assert_eq!(heard, None);
    }
}
