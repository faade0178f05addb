//! Opus (RFC 6716) to and from 8 kHz frames of 20 ms, on the pure-Rust `opus-rs`.
//!
//! It runs at 48 kHz inside and is resampled here. What a far end sends is not ours to trust: a packet that the decoder
//! chokes on, even by a panic, costs that packet and the decoder's state.

use super::resample::{Down, RATIO, Up};
use opus_rs::{Application, OpusDecoder, OpusEncoder};
use std::panic::{AssertUnwindSafe, catch_unwind};

const RATE: i32 = 48_000;
/// The longest packet is 120 ms (RFC 6716, 3.2.5).
const MAX_SAMPLES: usize = 5760;
/// Samples of 20 ms at 48 kHz.
const FRAME: usize = 960;
/// The telephone's band needs no more bits per second.
const BITRATE: i32 = 24_000;
/// The loss that forward error correction is dimensioned for, in per cent.
const EXPECTED_LOSS: i32 = 5;

/// A decoder with its resampler.
pub(crate) struct Decoder {
    inner: OpusDecoder,
    down: Down,
    buffer: Vec<f32>,
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("opus::Decoder")
    }
}

fn fresh() -> OpusDecoder {
    OpusDecoder::new(RATE, 1).expect("48 kHz mono is a rate and a layout of Opus")
}

impl Decoder {
    /// A decoder that has heard nothing.
    pub(crate) fn new() -> Self {
        Self { inner: fresh(), down: Down::default(), buffer: vec![0.0; MAX_SAMPLES] }
    }

    /// Appends a packet's sound at 8 kHz; tells how many samples, `None` when the packet makes no sense.
    pub(crate) fn decode(&mut self, packet: &[u8], out: &mut Vec<i16>) -> Option<usize> {
        let samples = samples_of(packet)?;
        self.run(samples, out, |decoder, buffer| decoder.decode(packet, samples, buffer))
    }

    /// Appends what the decoder itself makes of a lost frame of 20 ms.
    pub(crate) fn conceal(&mut self, out: &mut Vec<i16>) -> Option<usize> {
        self.run(FRAME, out, |decoder, buffer| decoder.decode(&[], FRAME, buffer))
    }

    fn run(
        &mut self,
        samples: usize,
        out: &mut Vec<i16>,
        decode: impl FnOnce(&mut OpusDecoder, &mut [f32]) -> Result<usize, &'static str>,
    ) -> Option<usize> {
        let (inner, buffer) = (&mut self.inner, &mut self.buffer[..samples]);
        match catch_unwind(AssertUnwindSafe(|| decode(inner, buffer))) {
            Ok(Ok(_)) => {
                self.down.run(&self.buffer[..samples], out);
                Some(samples / RATIO)
            }
            Ok(Err(_)) => None,
            Err(_) => {
                self.inner = fresh();
                None
            }
        }
    }
}

/// Length of a packet at 48 kHz, from its first byte or two (RFC 6716, 3.1 and 3.2).
pub(crate) fn samples_of(packet: &[u8]) -> Option<usize> {
    let toc = *packet.first()?;
    let frame = match toc >> 3 {
        config @ 0..=11 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..=15 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(packet.get(1)? & 0x3F),
    };
    Some(frame * count).filter(|samples| (1..=MAX_SAMPLES).contains(samples) && samples % RATIO == 0)
}

/// An encoder with its resampler.
pub(crate) struct Encoder {
    inner: OpusEncoder,
    up: Up,
    wide: Vec<i16>,
    packet: Vec<u8>,
}

impl std::fmt::Debug for Encoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("opus::Encoder")
    }
}

impl Encoder {
    /// An encoder for speech with forward error correction.
    pub(crate) fn new() -> Self {
        let mut inner =
            OpusEncoder::new(RATE, 1, Application::Voip).expect("48 kHz mono is a rate and a layout of Opus");
        inner.bitrate_bps = BITRATE;
        inner.use_inband_fec = true;
        inner.packet_loss_perc = EXPECTED_LOSS;
        inner.complexity = 5;
        Self { inner, up: Up::default(), wide: Vec::with_capacity(FRAME), packet: vec![0; 1275] }
    }

    /// Encodes 160 samples of 8 kHz.
    pub(crate) fn encode(&mut self, frame: &[i16; 160]) -> Option<&[u8]> {
        self.wide.clear();
        self.up.run(frame, &mut self.wide);
        let (inner, wide, packet) = (&mut self.inner, &self.wide, &mut self.packet);
        let made = catch_unwind(AssertUnwindSafe(|| inner.encode_i16(wide, FRAME, packet)));
        match made {
            Ok(Ok(length)) => self.packet.get(..length),
            Ok(Err(_)) | Err(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use std::f64::consts::TAU;

    fn level(samples: &[i16], frequency: f64) -> f64 {
        let (mut re, mut im) = (0.0, 0.0);
        for (n, sample) in samples.iter().enumerate() {
            re += f64::from(*sample) * (TAU * frequency * n as f64 / 8000.0).cos();
            im += f64::from(*sample) * (TAU * frequency * n as f64 / 8000.0).sin();
        }
        2.0 * (re * re + im * im).sqrt() / samples.len() as f64
    }

    #[test]
    fn a_tone_survives_the_codec() {
        for frequency in [440.0, 1000.0, 2000.0] {
            let (mut encoder, mut decoder, mut out) = (Encoder::new(), Decoder::new(), Vec::new());
            for n in 0..50usize {
                let frame =
                    std::array::from_fn(|i| (8000.0 * (TAU * frequency * (n * 160 + i) as f64 / 8000.0).sin()) as i16);
                let packet = encoder.encode(&frame).unwrap().to_vec();
                assert!(packet.len() < 200, "{} bytes", packet.len());
                assert_eq!(decoder.decode(&packet, &mut out), Some(160));
            }
            let heard = level(&out[4000..], frequency);
            assert!((4000.0..12_000.0).contains(&heard), "{frequency} Hz came back at {heard}");
        }
    }

    #[test]
    fn hostile_packets_cost_only_themselves() {
        let mut random = rand::rngs::SmallRng::seed_from_u64(7);
        let (mut decoder, mut out) = (Decoder::new(), Vec::new());
        for _ in 0..2000 {
            let length = random.random_range(0..120);
            let packet: Vec<u8> = (0..length).map(|_| random.random()).collect();
            out.clear();
            decoder.decode(&packet, &mut out);
            assert!(out.len() <= 960);
        }
    }
}
