//! The jitter buffer against a bad network, with seeds.

use super::*;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use std::f64::consts::TAU;

/// The network and what is asked of the buffer behind it.
struct Network {
    loss: f64,
    jitter_ms: i64,
    drift_ppm: f64,
    /// Whether Opus is played, to a wide voice, or A-law.
    opus: bool,
}

/// What came out.
struct Heard {
    sound: Vec<i16>,
    repairs: Repairs,
    lost: u64,
    sent: u64,
    longest_silence: usize,
    delay_ms: i64,
}

/// Plays `seconds` of a 200 Hz tone through the network into a buffer that is asked every 20 ms.
fn play(network: &Network, seconds: i64, seed: u64) -> Heard {
    let mut random = SmallRng::seed_from_u64(seed);
    let (mut arrivals, mut lost) = (Vec::new(), 0u64);
    let count = seconds * 50;
    for n in 0..count {
        if random.random_bool(network.loss) {
            lost += 1;
            continue;
        }
        // The sender's clock runs fast by the drift; the network may overtake.
        let sent = (n as f64 * 160.0 * (1.0 - network.drift_ppm / 1e6)) as i64;
        let jitter = if network.jitter_ms > 0 { random.random_range(0..network.jitter_ms * 8) } else { 0 };
        arrivals.push((sent + 400 + jitter, n));
    }
    arrivals.sort_unstable();
    let mut encoder = crate::media::opus::Encoder::new();
    let payload = |n: i64| {
        let sample = |i: i64| (8000.0 * (TAU * 200.0 * i as f64 / 8000.0).sin()) as i16;
        let samples: [i16; FRAME] = std::array::from_fn(|i| sample(n * 160 + i as i64));
        let mut payload = Vec::new();
        match network.opus {
            true => payload.extend_from_slice(encoder.encode(&samples).unwrap()),
            false => Law::A.encode(&samples, &mut payload),
        }
        payload
    };
    let payloads: Vec<Vec<u8>> = (0..count).map(payload).collect();
    let (codec, clock) = if network.opus { (Codec::Opus, 6) } else { (Codec::Pcma, 1) };
    let (mut voice, mut sound) = (if network.opus { Voice::new_wide() } else { Voice::new() }, Vec::new());
    let (mut next, mut frame) = (0, [0i16; FRAME]);
    for tick in 0..count {
        let now = tick * 160;
        while next < arrivals.len() && arrivals[next].0 <= now {
            let (arrival, n) = arrivals[next];
            next += 1;
            let place = Place { index: 70_000 + n as u64, epoch: 1 };
            let timestamp = (n as u32 * 160 * clock).wrapping_sub(40_000);
            voice.put(codec, place, timestamp, &payloads[n as usize], arrival);
        }
        voice.pull(now, &mut frame);
        sound.extend_from_slice(&frame);
        assert!(voice.waiting.len() <= MAX_PACKETS && voice.lying() <= 8 * FRAME, "seed {seed}");
    }
    let tail = &sound[8000..];
    let longest_silence = tail.split(|s| s.abs() > 400).map(<[i16]>::len).max().unwrap_or(0);
    Heard { repairs: voice.repairs(), lost, sent: count as u64, longest_silence, delay_ms: voice.delay() / 8, sound }
}

fn level(samples: &[i16], frequency: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        re += f64::from(*sample) * (TAU * frequency * n as f64 / 8000.0).cos();
        im += f64::from(*sample) * (TAU * frequency * n as f64 / 8000.0).sin();
    }
    2.0 * (re * re + im * im).sqrt() / samples.len() as f64
}

#[test]
fn a_good_line_is_played_as_it_is() {
    let heard = play(&Network { loss: 0.0, jitter_ms: 0, drift_ppm: 0.0, opus: false }, 20, 1);
    assert_eq!((heard.repairs.concealed, heard.repairs.late), (0, 0));
    assert!(heard.delay_ms <= 45, "{} ms", heard.delay_ms);
    assert!(level(&heard.sound[80_000..88_000], 200.0) > 7500.0);
}

/// What must hold of a minute on a bad network.
fn stays_within_bounds(opus: bool, seeds: std::ops::RangeInclusive<u64>) {
    for drift_ppm in [200.0, -200.0] {
        for seed in seeds.clone() {
            let heard = play(&Network { loss: 0.05, jitter_ms: 60, drift_ppm, opus }, 60, seed);
            let Repairs { played, concealed, recovered, .. } = heard.repairs;
            let concealed = concealed as f64 / (played + concealed + recovered) as f64;
            let lost = heard.lost as f64 / heard.sent as f64;
            assert!(concealed < lost + 0.045, "seed {seed}: {concealed:.3} made up, {lost:.3} lost");
            assert_eq!(recovered > 0, opus, "seed {seed}: {recovered}");
            assert!(heard.delay_ms <= 100, "seed {seed}: {} ms", heard.delay_ms);
            assert!(heard.longest_silence < 8 * 80, "seed {seed}: {} samples of silence", heard.longest_silence);
            for second in heard.sound.chunks_exact(8000).skip(2) {
                let tone: f64 = second.chunks_exact(400).map(|part| level(part, 200.0)).sum::<f64>() / 20.0;
                assert!(tone > 5500.0, "seed {seed}: the tone is at {tone}");
            }
        }
    }
}

#[test]
fn loss_jitter_reordering_and_drift_stay_within_bounds() {
    stays_within_bounds(false, 1..=8);
}

#[test]
fn wide_sound_stays_within_the_same_bounds() {
    stays_within_bounds(true, 1..=2);
}

#[test]
fn a_pause_is_silence_and_speech_begins_anew() {
    let mut voice = Voice::new();
    let mut frame = [0i16; FRAME];
    let mut heard = Vec::new();
    for tick in 0..300i64 {
        if !(100..200).contains(&tick) {
            let index = if tick < 100 { tick } else { tick - 100 };
            let place = Place { index: 65_536 + index as u64, epoch: 1 };
            voice.put(Codec::Pcmu, place, tick as u32 * 160, &[0x10; 160], tick * 160);
        }
        voice.pull(tick * 160 + 80, &mut frame);
        heard.push(frame[80] != 0);
    }
    assert!(heard[10..100].iter().all(|sound| *sound) && heard[210..].iter().all(|sound| *sound));
    assert!(heard[120..200].iter().all(|sound| !*sound));
}

/// Plays a tone that changes its pitch with every packet, as Opus, and loses `lost` of them.
fn opus(lost: &[usize]) -> (Vec<i16>, Repairs) {
    let (mut encoder, mut voice) = (crate::media::opus::Encoder::new(), Voice::new());
    let (mut sound, mut frame) = (Vec::new(), [0i16; FRAME]);
    for n in 0..100usize {
        let samples = std::array::from_fn(|i| {
            let t = TAU * (n * FRAME + i) as f64 / 8000.0;
            let loud = 3000.0 * (1.2 + (t * 4.0).sin());
            (1..=4).map(|k| loud / f64::from(k) * (t * f64::from(k) * pitch(n)).sin()).sum::<f64>() as i16
        });
        let packet = encoder.encode(&samples).unwrap();
        if !lost.contains(&n) {
            let place = Place { index: 70_000 + n as u64, epoch: 1 };
            voice.put(Codec::Opus, place, n as u32 * 960, packet, (n * FRAME) as i64);
        }
        voice.pull((n * FRAME) as i64 + 80, &mut frame);
        sound.extend_from_slice(&frame);
    }
    (sound, voice.repairs())
}

fn pitch(n: usize) -> f64 {
    [150.0, 210.0, 180.0, 240.0][n % 4]
}

#[test]
fn one_lost_packet_of_opus_is_brought_back_and_of_two_the_second() {
    let (whole, none) = opus(&[]);
    assert_eq!((none.concealed, none.recovered), (0, 0), "{none:?}");
    let (one, repairs) = opus(&[50]);
    assert_eq!((repairs.concealed, repairs.recovered), (0, 160), "{repairs:?}");
    let (two, repairs) = opus(&[50, 51]);
    assert!(repairs.recovered >= 80 && repairs.concealed >= 160, "{repairs:?}");
    // Sound goes on where it would have been: long after the loss nothing is out of step.
    for heard in [&one, &two] {
        assert_eq!(heard.len(), whole.len());
        let (_, tail) = heard.split_at(80 * FRAME);
        assert!(tail.chunks(FRAME).all(|frame| frame.iter().any(|sample| sample.abs() > 500)), "a hole is left");
    }
}
