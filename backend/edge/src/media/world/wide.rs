//! Mixes of wide and narrow voices: packets are made and heard by the codec alone, tones are found by another formula.

use super::*;
use crate::media::Codec;
use crate::media::outbox::To;
use crate::media::packet::Header;
use audio_codec_algorithms as g711;
use hark_shared::edge::{Listener, Voice};
use std::f64::consts::TAU;
use std::net::SocketAddr;

const ROOM: RoomId = RoomId::from_u128(1);
/// Ann and Ben speak Opus, Cho and Dan have telephones.
const ANN: LegId = LegId::from_u128(1);
const BEN: LegId = LegId::from_u128(2);
const CHO: LegId = LegId::from_u128(3);
const DAN: LegId = LegId::from_u128(4);
/// Ann's tones, the second of which no telephone carries and would fold down to 2 kHz; Cho's, and Dan's.
const LOW: f64 = 1000.0;
const HIGH: f64 = 6000.0;
const FOLDED: f64 = 2000.0;
const CHOS: f64 = 700.0;
const DANS: f64 = 1500.0;

/// The amplitude of a tone.
fn level(samples: &[f64], rate: f64, frequency: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (n, sample) in samples.iter().enumerate() {
        re += sample * (TAU * frequency * n as f64 / rate).cos();
        im += sample * (TAU * frequency * n as f64 / rate).sin();
    }
    2.0 * re.hypot(im) / samples.len() as f64
}

fn at(n: usize, rate: f64, frequency: f64) -> f64 {
    (TAU * frequency * n as f64 / rate).sin()
}

/// A core, who speaks in it, and what Ben and Cho have heard.
struct Stage {
    world: World,
    start: Instant,
    tick: u32,
    ann: opus_rs::OpusEncoder,
    ben_hears: opus_rs::OpusDecoder,
    ben: Vec<f64>,
    cho: Vec<f64>,
}

impl Stage {
    fn new() -> Self {
        let start = Instant::now();
        let begin = Start { now: start, ntp: Ntp(1 << 40), seed: 4, cname: "x".to_owned(), limit: MAX_LEGS };
        let mut world = World::new(begin);
        for peer in [ANN, BEN] {
            world.open_peer(peer, None, start).unwrap();
            world.set_peer(peer, vec![Format { codec: Codec::Opus, payload_type: 111 }]);
        }
        for phone in [CHO, DAN] {
            world.open_rtp(phone, start).unwrap();
            let (address, codec) = (Self::address(phone), Codec::Pcma);
            let (rtcp, events) = (address, Some(101));
            world.set_rtp(phone, RtpTarget { address, rtcp, codec, payload_type: 8, events, ptime_ms: 20, send: true });
        }
        let mut ann = opus_rs::OpusEncoder::new(48_000, 1, opus_rs::Application::Voip).unwrap();
        ann.bitrate_bps = 64_000;
        let ben_hears = opus_rs::OpusDecoder::new(48_000, 1).unwrap();
        Self { world, start, tick: 0, ann, ben_hears, ben: Vec::new(), cho: Vec::new() }
    }

    fn address(leg: LegId) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 7], if leg == CHO { 4000 } else { 5000 }))
    }

    /// Everybody hears everybody else.
    fn seat(&mut self, legs: &[LegId]) {
        let others = |leg: &LegId| legs.iter().filter(|other| *other != leg).map(|other| Voice::Leg(*other)).collect();
        let listeners = legs.iter().map(|leg| Listener { leg: *leg, hears: others(leg) }).collect();
        let plan = RoomPlan { room: ROOM, sources: Vec::new(), listeners, recording: None };
        self.world.set_room(plan, None, self.start + TICK * self.tick);
    }

    /// 20 ms, in which these telephones and Ann speak.
    fn step(&mut self, phones: &[(LegId, f64)]) {
        let (n, now) = (self.tick as usize, self.start + TICK * self.tick);
        let sound: Vec<f32> = (n * 960..(n + 1) * 960)
            .map(|n| (0.2 * at(n, 48_000.0, LOW) + 0.2 * at(n, 48_000.0, HIGH)) as f32)
            .collect();
        let mut packet = [0; 1500];
        let length = self.ann.encode(&sound, 960, &mut packet).unwrap();
        let header = |payload_type, step: u32, ssrc| Header {
            marker: n == 0,
            payload_type,
            sequence: n as u16,
            timestamp: n as u32 * step,
            ssrc,
        };
        self.world.on_packet(ANN, Self::address(ANN), header(111, 960, 1), &packet[..length], now);
        for (phone, tone) in phones {
            let sample = |n| g711::encode_alaw((6000.0 * at(n, 8000.0, *tone)) as i16);
            let payload: Vec<u8> = (n * 160..(n + 1) * 160).map(sample).collect();
            let ssrc = if *phone == CHO { 3 } else { 4 };
            self.world.on_packet(*phone, Self::address(*phone), header(8, 160, ssrc), &payload, now);
        }
        self.world.tick(now);
        self.listen();
        self.tick += 1;
    }

    fn listen(&mut self) {
        for packet in self.world.out.packets() {
            let bytes = self.world.out.bytes(packet);
            match packet.to {
                To::PeerRtp(_) if packet.leg == BEN => {
                    let mut sound = [0.0; 960];
                    let payload = &bytes[crate::media::packet::HEADER_LEN..];
                    assert_eq!(self.ben_hears.decode(payload, 960, &mut sound), Ok(960));
                    self.ben.extend(sound.map(|sample| f64::from(sample) * 32_768.0));
                }
                To::Rtp(_) if packet.leg == CHO => {
                    let (_, payload) = Header::parse(bytes).unwrap();
                    self.cho.extend(payload.iter().map(|byte| f64::from(g711::decode_alaw(*byte))));
                }
                To::Rtp(_) | To::Rtcp(_) | To::PeerRtp(_) | To::PeerRtcp => {}
            }
        }
        self.world.out.clear_packets();
    }
}

#[test]
fn opus_hears_opus_in_wide_band_and_a_telephone_what_it_can_carry() {
    let mut stage = Stage::new();
    stage.seat(&[ANN, BEN, CHO]);
    (0..150).for_each(|_| stage.step(&[(CHO, CHOS)]));
    let ben = |tone| level(&stage.ben[48_000..96_000], 48_000.0, tone);
    let cho = |tone| level(&stage.cho[8000..16_000], 8000.0, tone);
    let (low, high, chos) = (ben(LOW), ben(HIGH), ben(CHOS));
    assert!(low > 3500.0 && high > 3500.0 && chos > 3500.0, "Ben hears {low:.0}, {high:.0} and {chos:.0}");
    let (low, folded, own) = (cho(LOW), cho(FOLDED), cho(CHOS));
    assert!(low > 5000.0, "Cho hears Ann's low tone at {low:.0}");
    assert!(folded < 60.0 && own < 60.0, "Cho hears {folded:.0} of a folded tone and {own:.0} of himself");
}

#[test]
fn a_telephone_that_comes_and_goes_does_not_break_wide_sound() {
    let mut stage = Stage::new();
    stage.seat(&[ANN, BEN, CHO]);
    (0..100).for_each(|_| stage.step(&[]));
    stage.seat(&[ANN, BEN, CHO, DAN]);
    (0..100).for_each(|_| stage.step(&[(DAN, DANS)]));
    stage.seat(&[ANN, BEN, CHO]);
    (0..100).for_each(|_| stage.step(&[]));
    let dan = level(&stage.ben[120_000..168_000], 48_000.0, DANS);
    assert!(dan > 3000.0, "Ben hears Dan at {dan:.0}");
    // Each 20 ms have Ann's tones, and little that tones do not explain: they are all of 50 Hz and so do not mix.
    let blocks: Vec<&[f64]> = stage.ben[48_000..].chunks_exact(960).collect();
    for (n, block) in blocks.iter().enumerate() {
        let (low, high) = (level(block, 48_000.0, LOW), level(block, 48_000.0, HIGH));
        assert!(low > 3000.0 && high > 2000.0, "after {n} blocks Ben hears {low:.0} and {high:.0}");
        let dan = level(block, 48_000.0, DANS);
        let power = block.iter().map(|sample| sample * sample).sum::<f64>() / 960.0;
        let rest = 1.0 - (low * low + high * high + dan * dan) / 2.0 / power;
        assert!(rest < 0.3, "after {n} blocks {rest:.2} of the power is no tone's");
    }
}
