//! Whether bytes from outside are a sound that the edge can play.

use hark_shared::time::Millis;
use std::io::{self, Cursor};

/// The largest file that is taken: ten minutes at the highest rate that browsers upload.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// The longest sound: music for a queue that is not heard twice in a wait.
pub const MAX_LENGTH: Millis = Millis::from_secs(600);
/// Rates that the edge resamples from.
const RATES: std::ops::RangeInclusive<u32> = 8_000..=48_000;

/// Why a sound is not taken.
#[derive(Debug, thiserror::Error)]
pub enum BadSound {
    /// It is no WAV file, or a broken one.
    #[error("not a WAV file: {0}")]
    Broken(String),
    /// It is a WAV file of a kind that cannot be played.
    #[error("{bits} bits at {rate} Hz; 16-bit PCM at 8 to 48 kHz is wanted")]
    Format {
        /// Bits of a sample.
        bits: u16,
        /// Samples a second.
        rate: u32,
    },
    /// Nothing is in it, or too much.
    #[error("it plays for {} ms; 1 ms to {} s are wanted", .0.0, MAX_LENGTH.0 / 1000)]
    Length(Millis),
    /// The disk refused.
    #[error("{0}")]
    Disk(#[from] io::Error),
}

/// How long a WAV file plays, if it can be played.
pub(super) fn check(bytes: &[u8]) -> Result<Millis, BadSound> {
    let broken = |error: hound::Error| BadSound::Broken(error.to_string());
    let mut reader = hound::WavReader::new(Cursor::new(bytes)).map_err(broken)?;
    let spec = reader.spec();
    let pcm = spec.bits_per_sample == 16 && spec.sample_format == hound::SampleFormat::Int;
    if !pcm || !RATES.contains(&spec.sample_rate) {
        return Err(BadSound::Format { bits: spec.bits_per_sample, rate: spec.sample_rate });
    }
    // The header may say more than the file holds: every sample is read.
    let mut samples: u64 = 0;
    for sample in reader.samples::<i16>() {
        sample.map_err(broken)?;
        samples += 1;
    }
    let frames = samples / u64::from(spec.channels.max(1));
    let length = Millis(i64::try_from(frames * 1000 / u64::from(spec.sample_rate)).unwrap_or(i64::MAX));
    if (Millis(1)..=MAX_LENGTH).contains(&length) { Ok(length) } else { Err(BadSound::Length(length)) }
}
