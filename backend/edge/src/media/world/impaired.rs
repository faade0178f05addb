//! A call over a bad network through the whole core: ingress, jitter buffer, mix, encoder and egress, with seeds.
//!
//! The clock is simulated: with real sockets a loaded machine would add delays of its own, and the bounds would judge the
//! machine. What is judged is what the listener gets: every packet on its tick, the tone's level, and how late it is.

use super::*;
use crate::media::Codec;
use crate::media::outbox::To;
use crate::media::packet::Header;
use hark_shared::edge::{Listener, Voice};

#[path = "../../../tests/media/tone.rs"]
#[allow(dead_code, reason = "shared with the tests of real sockets")]
mod tone;

const SECONDS: u64 = 60;
const HERTZ: f64 = 400.0;
const LOSS: f64 = 0.05;
const JITTER_US: u64 = 60_000;
/// The way itself, in both runs of a packet.
const WAY_US: u64 = 30_000;
/// The speaker speaks for a second and is silent for a second, in packets.
const SPURT: u64 = 50;

/// Speech reaches the ear after network, jitter and a frame on each side at the latest.
const MAX_DELAY_MS: u64 = 160;
/// No more than 60 ms at a time fall silent while somebody speaks: concealment fades out by then.
const MAX_GAP: usize = 60 * 8;
/// Made up above what was lost: packets that came too late for a delay that is worth having.
const MAX_EXTRA: f64 = 0.045;

fn leg(number: u128) -> LegId {
    LegId::from_u128(number)
}

fn speaks(packet: u64) -> bool {
    (packet / SPURT).is_multiple_of(2)
}

/// Three telephones that hear each other, so that all are decoded and mixed.
fn conference(seed: u64) -> (World, Instant) {
    let now = Instant::now();
    let mut world = World::new(Start { now, ntp: Ntp(1 << 40), seed, cname: "x".to_owned(), limit: MAX_LEGS });
    let numbers = [1, 2, 3u128];
    for number in numbers {
        world.open_rtp(leg(number), now).unwrap();
        let address = std::net::SocketAddr::from(([192, 0, 2, 7], 4000 + 2 * number as u16));
        let (codec, events) = (Codec::Pcma, Some(101));
        let target = RtpTarget { address, rtcp: address, codec, payload_type: 8, events, ptime_ms: 20, send: true };
        world.set_rtp(leg(number), target);
    }
    let others = |me: u128| numbers.into_iter().filter(|n| *n != me).map(|n| Voice::Leg(leg(n))).collect();
    let listeners = numbers.iter().map(|number| Listener { leg: leg(*number), hears: others(*number) }).collect();
    let plan = RoomPlan { room: RoomId::from_u128(1), sources: Vec::new(), listeners, recording: None };
    world.set_room(plan, None, now);
    (world, now)
}

/// What the first telephone sends: when it arrives, in microseconds, and as which packet.
fn arrivals(drift_ppm: f64, seed: u64) -> (Vec<(u64, u64)>, u64) {
    let mut random = SmallRng::seed_from_u64(seed);
    let (mut arrivals, mut lost) = (Vec::new(), 0);
    for n in 0..SECONDS * 50 {
        if random.random_bool(LOSS) {
            lost += 1;
            continue;
        }
        arrivals.push((sent_at(n, drift_ppm) + WAY_US + random.random_range(0..JITTER_US), n));
    }
    arrivals.sort_unstable();
    (arrivals, lost)
}

/// When the sender, whose clock runs fast by the drift, sends its packet `n`.
fn sent_at(n: u64, drift_ppm: f64) -> u64 {
    (n as f64 * 20_000.0 * (1.0 - drift_ppm / 1e6)) as u64
}

/// What the second telephone hears, decoded by the test itself, one frame a tick.
fn listen(world: &mut World, stream: &mut Option<Header>, sound: &mut Vec<i16>) {
    for packet in world.out.packets().iter().filter(|packet| packet.leg == leg(2) && matches!(packet.to, To::Rtp(_))) {
        let (header, payload) = Header::parse(world.out.bytes(packet)).unwrap();
        if let Some(before) = stream.replace(header) {
            assert_eq!(header.sequence, before.sequence.wrapping_add(1));
            assert_eq!(header.timestamp, before.timestamp.wrapping_add(160));
        }
        sound.extend(tone::decode(8, payload));
    }
    world.out.clear_packets();
}

fn play(drift_ppm: f64, seed: u64) {
    let (mut world, start) = conference(seed);
    let (arrivals, lost) = arrivals(drift_ppm, seed);
    let (mut stream, mut sound, mut next) = (None, Vec::new(), arrivals.iter().peekable());
    for tick in 0..SECONDS * 50 {
        while let Some((at, n)) = next.next_if(|(at, _)| *at <= tick * 20_000) {
            let amplitude = if speaks(*n) { 8000.0 } else { 0.0 };
            let payload = tone::encode(8, &tone::sine(HERTZ, amplitude, 8000.0, *n as usize * 160, 160));
            let header = Header {
                marker: *n == 0,
                payload_type: 8,
                sequence: *n as u16,
                timestamp: (*n as u32).wrapping_mul(160).wrapping_sub(100_000),
                ssrc: 77,
            };
            let from = std::net::SocketAddr::from(([192, 0, 2, 7], 4002));
            world.on_packet(leg(1), from, header, &payload, start + Duration::from_micros(*at));
        }
        world.tick(start + Duration::from_micros(tick * 20_000));
        listen(&mut world, &mut stream, &mut sound);
    }
    assert_eq!(sound.len() as u64, SECONDS * 8000, "seed {seed}: a packet for every tick");
    judge(&sound, drift_ppm, seed);
    let repairs = world.legs[&leg(1)].voice.as_ref().unwrap().repairs();
    let concealed = repairs.concealed as f64 / (repairs.played + repairs.concealed) as f64;
    let lost = lost as f64 / (SECONDS * 50) as f64;
    assert!(concealed < lost + MAX_EXTRA, "seed {seed}: {concealed:.3} made up, {lost:.3} lost");
}

/// Each spurt comes in time, at its level, and without a hole.
fn judge(sound: &[i16], drift_ppm: f64, seed: u64) {
    for spurt in (2..SECONDS - 2).step_by(2) {
        let sent = (sent_at(spurt * SPURT, drift_ppm) / 125) as usize;
        // Level by pieces of 10 ms: a stretch changes the phase, which a long correlation would take for a loss.
        let pieces: Vec<f64> = sound[sent..sent + 8000 + 8 * MAX_DELAY_MS as usize]
            .chunks_exact(80)
            .map(|piece| tone::amplitude(piece, HERTZ, 8000.0))
            .collect();
        let heard = pieces.iter().position(|level| *level > 2000.0).unwrap_or(pieces.len());
        let delay_ms = heard as u64 * 10;
        let most = MAX_DELAY_MS;
        assert!((30..=most).contains(&delay_ms), "seed {seed}: spurt {spurt} comes after {delay_ms} ms");
        let voiced = &pieces[heard..(heard + 90).min(pieces.len())];
        let mean = voiced.iter().sum::<f64>() / voiced.len() as f64;
        assert!(mean > 5500.0, "seed {seed}: spurt {spurt} is at {mean:.0}");
        let gap = voiced.split(|level| *level > 400.0).map(<[f64]>::len).max().unwrap_or(0) * 80;
        assert!(gap <= MAX_GAP, "seed {seed}: {gap} samples of silence in spurt {spurt}");
    }
}

#[test]
fn a_bad_network_and_a_drifting_clock_stay_within_bounds() {
    for seed in 1..=6 {
        play(200.0, seed);
        play(-200.0, seed);
    }
}
