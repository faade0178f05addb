//! The core without sockets: time is given, packets are looked at in the outbox.

use super::*;
use crate::media::outbox::To;
use crate::media::packet::Header;
use crate::media::{Codec, MediaCommand};
use audio_codec_algorithms as g711;
use hark_shared::edge::{Listener, RecordingPlan, Sound, Source, Voice};
use hark_shared::ids::SourceId;
use std::f64::consts::TAU;

const FAR: &str = "192.0.2.7:4000";
const ROOM: RoomId = RoomId::from_u128(1);

fn leg(number: u128) -> LegId {
    LegId::from_u128(number)
}

/// A core with one telephone that hears ringback.
fn ringing() -> (World, Instant) {
    let now = Instant::now();
    let mut world = World::new(Start { now, ntp: Ntp(1 << 40), seed: 4, cname: "x".to_owned(), limit: MAX_LEGS });
    world.open_rtp(leg(1), now).unwrap();
    let address: std::net::SocketAddr = FAR.parse().unwrap();
    let target = RtpTarget {
        address,
        rtcp: address,
        codec: Codec::Pcma,
        payload_type: 8,
        events: Some(101),
        ptime_ms: 20,
        send: true,
    };
    world.set_rtp(leg(1), target);
    let source = SourceId::from_u128(1);
    let plan = RoomPlan {
        room: ROOM,
        sources: vec![Source { id: source, sound: Sound::Ringback }],
        listeners: vec![Listener { leg: leg(1), hears: vec![Voice::Source(source)] }],
        recording: None,
    };
    world.set_room(plan, None, now);
    (world, now)
}

/// Sequence and timestamp of every RTP packet that waits.
fn sent(world: &mut World) -> Vec<(u16, u32)> {
    let packets = world.out.packets().iter().filter(|packet| matches!(packet.to, To::Rtp(_)));
    let headers = packets.filter_map(|packet| Header::parse(world.out.bytes(packet)));
    let sent = headers.map(|(header, _)| (header.sequence, header.timestamp)).collect();
    world.out.clear_packets();
    sent
}

#[test]
fn missed_ticks_are_skipped_and_never_caught_up() {
    let (mut world, start) = ringing();
    let mut all = Vec::new();
    for ms in [0u64, 20, 40, 41, 59, 60, 500, 505, 520, 540] {
        world.tick(start + Duration::from_millis(ms));
        all.extend(sent(&mut world));
        assert!(world.deadline().unwrap() > start + Duration::from_millis(ms));
    }
    let steps: Vec<(u16, u32)> =
        all.windows(2).map(|pair| (pair[1].0.wrapping_sub(pair[0].0), pair[1].1.wrapping_sub(pair[0].1))).collect();
    assert_eq!(steps, [(1, 160), (1, 160), (1, 160), (1, 22 * 160), (1, 160), (1, 160)]);
}

#[test]
fn a_late_call_does_not_move_the_deadlines() {
    let (mut world, start) = ringing();
    world.tick(start + Duration::from_millis(33));
    assert_eq!(world.deadline(), Some(start + Duration::from_millis(40)));
}

#[test]
fn strangers_leave_no_trace() {
    let (mut world, start) = ringing();
    for ssrc in 0..50_000u32 {
        let header = Header { marker: false, payload_type: 8, sequence: 9, timestamp: ssrc, ssrc };
        let from = std::net::SocketAddr::from(([203, 0, 113, (ssrc % 250) as u8], 1000 + (ssrc % 60_000) as u16));
        world.on_packet(leg(1), from, header, &[0xD5; 160], start);
        world.on_rtcp(leg(1), from, &[0x80, 200, 0, 6, 0, 0, 0, 1], start);
    }
    assert!(world.out.packets().is_empty() && world.out.events.is_empty());
    world.close_leg(leg(1));
    let MediaEvent::Closed { quality, .. } = world.out.events.remove(0) else { panic!() };
    assert_eq!((quality.received, quality.mos), (0, None));
}

#[test]
fn legs_are_bounded_and_the_limit_is_named() {
    let (mut world, start) = ringing();
    let refused = (2..=MAX_LEGS as u128 + 1).map(|number| world.open_rtp(leg(number), start)).filter(Result::is_err);
    assert_eq!(refused.count(), 1);
    let error = world.open_peer(leg(5000), None, start).unwrap_err();
    assert!(error.to_string().contains(&MAX_LEGS.to_string()), "{error}");
}

#[test]
fn a_target_on_hold_gets_nothing_and_goes_on_afterwards() {
    let (mut world, start) = ringing();
    world.tick(start);
    let before = sent(&mut world)[0];
    let held = |send| MediaCommand::SetRtp {
        leg: leg(1),
        target: RtpTarget {
            address: FAR.parse().unwrap(),
            rtcp: FAR.parse().unwrap(),
            codec: Codec::Pcma,
            payload_type: 8,
            events: None,
            ptime_ms: 20,
            send,
        },
    };
    for (send, ticks, expected) in [(false, 1..50u64, 0), (true, 50..51, 1)] {
        if let MediaCommand::SetRtp { leg, target } = held(send) {
            world.set_rtp(leg, target);
        }
        ticks.for_each(|tick| world.tick(start + TICK * tick as u32));
        let after = sent(&mut world);
        assert_eq!(after.len(), expected);
        if let Some(after) = after.first() {
            assert_eq!((after.0, after.1), (before.0.wrapping_add(1), before.1.wrapping_add(50 * 160)));
        }
    }
}

/// A telephone presses keys in its sound; how loud the other one hears one of their tones, and the tone of the voice.
fn heard_of_keys(secret: bool) -> (f64, f64) {
    use crate::media::dtmf::Sending;
    let (mut world, start) = ringing();
    world.open_rtp(leg(2), start).unwrap();
    let target = |address: &str, events| {
        let address = address.parse().unwrap();
        RtpTarget { address, rtcp: address, codec: Codec::Pcma, payload_type: 8, events, ptime_ms: 20, send: true }
    };
    world.set_rtp(leg(1), target(FAR, None));
    world.set_rtp(leg(2), target("192.0.2.8:4000", Some(101)));
    let hears = |ear, mouth| Listener { leg: leg(ear), hears: vec![Voice::Leg(leg(mouth))] };
    let recording = RecordingPlan {
        recording: hark_shared::ids::RecordingId::from_u128(1),
        left: vec![leg(1)],
        right: vec![leg(2)],
        paused: true,
        quiet: None,
        secret_keys: secret,
    };
    let listeners = vec![hears(1, 2), hears(2, 1)];
    world.set_room(RoomPlan { room: ROOM, sources: vec![], listeners, recording: Some(recording) }, None, start);
    let mut keys = Sending::default();
    keys.push("4711");
    let mut heard = Vec::new();
    for n in 0..100u32 {
        let now = start + TICK * n;
        let mut frame = [0i16; 160];
        // A voice of 300 Hz, then the keys, then the voice again.
        if n < 30 || !keys.tone(&mut frame) && keys.idle() {
            let sine = |k: u32| (TAU * 300.0 * f64::from(n * 160 + k) / 8000.0).sin();
            (0..160).zip(&mut frame).for_each(|(k, sample)| *sample = (6000.0 * sine(k)) as i16);
        }
        let payload: Vec<u8> = frame.iter().map(|sample| g711::encode_alaw(*sample)).collect();
        let header = Header { marker: n == 0, payload_type: 8, sequence: n as u16, timestamp: n * 160, ssrc: 1 };
        world.on_packet(leg(1), FAR.parse().unwrap(), header, &payload, now);
        world.tick(now);
        for packet in world.out.packets().iter().filter(|packet| packet.leg == leg(2)) {
            if let (To::Rtp(_), Some((_, payload))) = (packet.to, Header::parse(world.out.bytes(packet))) {
                heard.extend(payload.iter().map(|byte| f64::from(g711::decode_alaw(*byte))));
            }
        }
        world.out.clear_packets();
    }
    let loudest = |tone| heard.chunks_exact(400).map(|part| level(part, tone)).fold(0.0, f64::max);
    (loudest(1209.0), loudest(300.0))
}

fn level(samples: &[f64], frequency: f64) -> f64 {
    let turn = |n: usize| TAU * frequency * n as f64 / 8000.0;
    let (re, im) = samples
        .iter()
        .enumerate()
        .fold((0.0, 0.0), |(re, im), (n, sample)| (re + sample * turn(n).cos(), im + sample * turn(n).sin()));
    2.0 * f64::hypot(re, im) / samples.len() as f64
}

#[test]
fn secret_keys_are_taken_out_of_what_the_other_hears_and_the_voice_stays() {
    let (keys, voice) = heard_of_keys(false);
    assert!(keys > 2000.0 && voice > 5000.0, "else the test hears nothing: {keys:.0}, {voice:.0}");
    let (keys, voice) = heard_of_keys(true);
    assert!(keys < 100.0 && voice > 5000.0, "the other hears keys at {keys:.0} and the voice at {voice:.0}");
}
