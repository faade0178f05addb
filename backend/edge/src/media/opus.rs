//! Opus (RFC 6716) to and from frames of 20 ms, of 8 kHz or wide at 16, on the pure-Rust `opus-rs`.
//!
//! Decoding runs at 48 kHz, where every mode of Opus is at home, encoding at 16 kHz: that makes the codec SILK of wide
//! band, which at [`BITRATE`] has room for forward error correction (at 48 kHz it would not). Both are resampled here.
//! What a far end sends is not ours to trust: a packet that the decoder chokes on, even by a panic, costs that packet and
//! the decoder's state.

use super::resample::{Down, Up};
use opus_rs::{Application, OpusDecoder, OpusEncoder};
use std::panic::{AssertUnwindSafe, catch_unwind};

const RATE: i32 = 48_000;
/// Down to 8 kHz, by which everything counts, and to 16 kHz.
const RATIO: usize = 6;
const WIDE_RATIO: usize = 3;
/// The longest packet is 120 ms (RFC 6716, 3.2.5).
const MAX_SAMPLES: usize = 5760;
/// Samples of 20 ms at 48 kHz.
const FRAME: usize = 960;
/// The rate of our own sending, and samples of 20 ms.
const SENT_RATE: i32 = 16_000;
const SENT_FRAME: usize = 320;
/// Bits per second: with [`EXPECTED_LOSS`] just above what wide band with error correction asks for, 20,400.
const BITRATE: i32 = 24_000;
/// The loss that forward error correction is dimensioned for, in per cent.
const EXPECTED_LOSS: i32 = 5;

/// A decoder with its resampler. Lengths are told in samples of 8 kHz whatever the rate of the sound.
pub(crate) struct Decoder {
    inner: OpusDecoder,
    down: Way,
    buffer: Vec<f32>,
}

enum Way {
    Narrow(Down<RATIO>),
    Wide(Down<WIDE_RATIO>),
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
    /// A decoder to 8 kHz that has heard nothing.
    pub(crate) fn new() -> Self {
        Self { inner: fresh(), down: Way::Narrow(Down::default()), buffer: vec![0.0; MAX_SAMPLES] }
    }

    /// The same to 16 kHz.
    pub(crate) fn wide() -> Self {
        Self { down: Way::Wide(Down::default()), ..Self::new() }
    }

    /// Appends a packet's sound; tells how many samples, `None` when the packet makes no sense.
    pub(crate) fn decode(&mut self, packet: &[u8], out: &mut Vec<i16>) -> Option<usize> {
        let samples = samples_of(packet)?;
        self.run(samples, out, |decoder, buffer| decoder.decode(packet, samples, buffer))
    }

    /// Appends the frame before `next`, which was lost, from the copy of low rate that `next` carries: in-band forward
    /// error correction (RFC 6716, 2.1.7). Where it carries none the frame is concealed. Tells how many samples,
    /// [`recoverable`] of `next`; `next` itself is decoded afterwards as always.
    pub(crate) fn recover(&mut self, next: &[u8], out: &mut Vec<i16>) -> Option<usize> {
        let samples = frame_of(*next.first()?);
        self.run(samples, out, |decoder, buffer| decoder.decode_fec(next, samples, buffer))
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
                let sound = self.buffer[..samples].iter().map(|sample| sample * 32_768.0);
                match &mut self.down {
                    Way::Narrow(down) => down.run(sound, out),
                    Way::Wide(down) => down.run(sound, out),
                }
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
    let frame = frame_of(toc);
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => usize::from(packet.get(1)? & 0x3F),
    };
    Some(frame * count).filter(|samples| (1..=MAX_SAMPLES).contains(samples) && samples % RATIO == 0)
}

/// Length of a frame at 48 kHz, from a packet's first byte (RFC 6716, 3.1).
fn frame_of(toc: u8) -> usize {
    match toc >> 3 {
        config @ 0..=11 => [480, 960, 1920, 2880][usize::from(config & 3)],
        config @ 12..=15 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    }
}

/// How many samples of 8 kHz before `next` it may carry a copy of: those of one frame, unless it is CELT, which carries
/// none.
pub(crate) fn recoverable(next: &[u8]) -> Option<usize> {
    next.first().filter(|toc| **toc >> 3 < 16).map(|toc| frame_of(*toc) / RATIO)
}

/// An encoder with its resampler.
pub(crate) struct Encoder {
    inner: OpusEncoder,
    up: Up<2>,
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
            OpusEncoder::new(SENT_RATE, 1, Application::Voip).expect("16 kHz mono is a rate and a layout of Opus");
        inner.bitrate_bps = BITRATE;
        inner.use_inband_fec = true;
        inner.packet_loss_perc = EXPECTED_LOSS;
        inner.complexity = 5;
        Self { inner, up: Up::default(), wide: Vec::with_capacity(SENT_FRAME), packet: vec![0; 1275] }
    }

    /// Encodes 160 samples of 8 kHz.
    #[cfg(test)]
    pub(crate) fn encode(&mut self, frame: &[i16; 160]) -> Option<&[u8]> {
        self.encode_with(frame, &[0; SENT_FRAME])
    }

    /// Encodes the sum of 20 ms of 8 kHz and 20 ms of 16 kHz, so that speakers of either rate may come and go.
    pub(crate) fn encode_with(&mut self, frame: &[i16; 160], wide: &[i16; SENT_FRAME]) -> Option<&[u8]> {
        self.wide.clear();
        self.up.run(frame, &mut self.wide);
        self.wide.iter_mut().zip(wide).for_each(|(sum, sample)| *sum = sum.saturating_add(*sample));
        let (inner, wide, packet) = (&mut self.inner, &self.wide, &mut self.packet);
        let made = catch_unwind(AssertUnwindSafe(|| inner.encode_i16(wide, SENT_FRAME, packet)));
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

    /// Speech-like sound of 8 kHz: a buzz whose pitch and colour jump every 60 ms, so that nobody can guess how it goes on.
    fn babble(seconds: usize, seed: u64) -> Vec<i16> {
        let mut random = rand::rngs::SmallRng::seed_from_u64(seed);
        let (mut phase, mut pitch, mut colour) = (0.0, 120.0, [0.5; 8]);
        let sample = |n: usize| {
            if n.is_multiple_of(480) {
                pitch = random.random_range(90.0..250.0);
                colour = std::array::from_fn(|_| random.random_range(0.05..1.0));
            }
            phase += TAU * pitch / 8000.0;
            let loud = 2500.0 * (1.2 + (TAU * 3.0 * n as f64 / 8000.0).sin());
            let buzz = colour.iter().zip(1..).map(|(part, k)| part * (phase * f64::from(k)).sin()).sum::<f64>();
            (loud * buzz / 2.0 + random.random_range(-100.0..100.0)) as i16
        };
        (0..8000 * seconds).map(sample).collect()
    }

    /// How much two sounds are alike, 1 for the same.
    fn likeness(a: &[i16], b: &[i16]) -> f64 {
        let sum = |a: &[i16], b: &[i16]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        sum(a, b) / (sum(a, a) * sum(b, b)).sqrt().max(1.0)
    }

    #[test]
    fn the_next_packet_brings_a_lost_one_back() {
        for seed in 1..=4 {
            let sound = babble(12, seed);
            let mut encoder = Encoder::new();
            let packets: Vec<Vec<u8>> = sound
                .chunks_exact(160)
                .map(|frame| encoder.encode(frame.try_into().unwrap()).unwrap().to_vec())
                .collect();
            let mut random = rand::rngs::SmallRng::seed_from_u64(seed);
            let mut lost = vec![false; packets.len()];
            for n in 25..packets.len() - 1 {
                lost[n] = !lost[n - 1] && random.random_bool(0.1);
            }
            let run = |copies: Option<bool>| {
                let (mut decoder, mut out) = (Decoder::new(), Vec::new());
                for (n, packet) in packets.iter().enumerate() {
                    let made = match copies.filter(|_| lost[n]) {
                        None => decoder.decode(packet, &mut out),
                        Some(true) => decoder.recover(&packets[n + 1], &mut out),
                        Some(false) => decoder.conceal(&mut out),
                    };
                    assert_eq!(made, Some(160));
                }
                out
            };
            let (whole, recovered, concealed) = (run(None), run(Some(true)), run(Some(false)));
            // How late the codec is: where the whole is most like what was said.
            let late = (0..160).max_by_key(|late| (1e6 * likeness(&sound[8000..64_000], &whole[8000 + late..])) as i64);
            let late = late.unwrap();
            let mean = |out: &[i16]| {
                let all = lost.iter().enumerate().filter(|(n, lost)| **lost && (n + 2) * 160 < out.len());
                let all: Vec<f64> =
                    all.map(|(n, _)| likeness(&sound[n * 160..][..160], &out[n * 160 + late..][..160])).collect();
                all.iter().sum::<f64>() / all.len() as f64
            };
            let (best, with, without) = (mean(&whole), mean(&recovered), mean(&concealed));
            let words = format!("seed {seed}: {best:.2} whole, {with:.2} with copies, {without:.2} without");
            // A copy is coarse, but what it says is what was said.
            assert!(best > 0.8 && with > 0.5 && with > 1.5 * without, "{words}");
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
            decoder.recover(&packet, &mut out);
            assert!(out.len() <= 480);
            out.clear();
            decoder.decode(&packet, &mut out);
            assert!(out.len() <= 960);
        }
    }
}
