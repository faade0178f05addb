//! What a party says: tones and WAV files, as endless samples and as files for Chromium's fake microphone.

use anyhow::{Context, Result, ensure};
use std::path::Path;

/// Amplitude of tones: -15 dBFS RMS, well above every floor and far from clipping when two are mixed.
pub const AMPLITUDE: f64 = 8000.0;

/// What is said on a line.
#[derive(Clone, Debug, PartialEq)]
pub enum Voice {
    /// Packets of silence.
    Silence,
    /// A continuous tone of this frequency in Hz.
    Tone(f64),
    /// These samples (8 kHz), over and over.
    Samples(Vec<i16>),
}

impl Voice {
    /// Reads a 16-bit mono WAV of 8 kHz, to be said over and over.
    ///
    /// # Errors
    /// When the file cannot be read or has another format.
    pub fn wav(path: &Path) -> Result<Self> {
        let mut reader = hound::WavReader::open(path).with_context(|| format!("open {}", path.display()))?;
        let spec = reader.spec();
        ensure!(
            spec.channels == 1 && spec.bits_per_sample == 16 && spec.sample_rate == crate::tone::RATE,
            "{} is not 16-bit mono at 8 kHz: {spec:?}",
            path.display()
        );
        Ok(Self::Samples(reader.samples::<i16>().collect::<Result<_, _>>()?))
    }
}

/// A [`Voice`] being said: where it is, so that a tone goes on without a click from packet to packet.
#[derive(Clone, Debug)]
pub struct Speaker {
    voice: Voice,
    position: usize,
}

impl Speaker {
    /// Begins to say it.
    #[must_use]
    pub fn new(voice: Voice) -> Self {
        Self { voice, position: 0 }
    }

    /// The next `count` samples at `rate` a second.
    pub fn next(&mut self, count: usize, rate: u32) -> Vec<i16> {
        let from = self.position;
        self.position += count;
        match &self.voice {
            Voice::Silence => vec![0; count],
            Voice::Tone(frequency) => {
                let step = std::f64::consts::TAU * frequency / f64::from(rate);
                (from..from + count).map(|n| ((n as f64 * step).sin() * AMPLITUDE) as i16).collect()
            }
            Voice::Samples(samples) if samples.is_empty() => vec![0; count],
            Voice::Samples(samples) => (from..from + count).map(|n| samples[n % samples.len()]).collect(),
        }
    }
}

/// Writes what Chromium's fake microphone shall say, over and over: one second of `frequency` at 48 kHz, so that a
/// whole number of Hz joins its own beginning without a click.
///
/// # Errors
/// When the file cannot be written.
pub fn write_tone(path: &Path, frequency: f64) -> Result<()> {
    const RATE: u32 = 48_000;
    let spec =
        hound::WavSpec { channels: 1, sample_rate: RATE, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut writer = hound::WavWriter::create(path, spec).with_context(|| format!("create {}", path.display()))?;
    for sample in Speaker::new(Voice::Tone(frequency)).next(RATE as usize, RATE) {
        writer.write_sample(sample)?;
    }
    writer.finalize()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_goes_on_across_packets() {
        let mut whole = Speaker::new(Voice::Tone(850.0));
        let mut parts = Speaker::new(Voice::Tone(850.0));
        let expected = whole.next(480, 8000);
        let got: Vec<i16> = (0..3).flat_map(|_| parts.next(160, 8000)).collect();
        assert_eq!(got, expected);
    }

    #[test]
    fn samples_repeat() {
        let mut speaker = Speaker::new(Voice::Samples(vec![1, 2, 3]));
        assert_eq!(speaker.next(4, 8000), [1, 2, 3, 1]);
        assert_eq!(speaker.next(3, 8000), [2, 3, 1]);
    }
}
