//! Rooms that are more than a bridge: sources, conferences, transcoding, and one unbroken stream through all of it.

use crate::browser::Browser;
use crate::phone::{Got, Phone};
use crate::site::{Files, ROOM, Site, bridge, leg, target, within};
use crate::tone;
use hark_edge::media::{Codec, MediaCommand, MediaEvent};
use hark_shared::edge::{Sound, Source, Voice};
use hark_shared::ids::SourceId;
use std::io::Cursor;

/// A WAV file with a tone of `ms` milliseconds at `rate`.
pub fn wav(frequency: f64, ms: usize, rate: u32) -> Vec<u8> {
    let spec =
        hound::WavSpec { channels: 1, sample_rate: rate, bits_per_sample: 16, sample_format: hound::SampleFormat::Int };
    let mut bytes = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut bytes, spec).unwrap();
    for sample in tone::sine(frequency, 8000.0, f64::from(rate), 0, ms * rate as usize / 1000) {
        writer.write_sample(sample).unwrap();
    }
    writer.finalize().unwrap();
    bytes.into_inner()
}

fn files(list: &[(&str, Vec<u8>)]) -> Files {
    Files(list.iter().map(|(name, bytes)| ((*name).to_owned(), bytes.clone())).collect())
}

fn source(number: u128, sound: Sound) -> Source {
    Source { id: SourceId::from_u128(number), sound }
}

fn hears_source(number: u128) -> Vec<Voice> {
    vec![Voice::Source(SourceId::from_u128(number))]
}

async fn phone_leg(site: &Site, number: u128, codec: Codec) -> (Phone, std::net::SocketAddr) {
    let phone = Phone::new().await;
    let to = site.open_rtp(leg(number)).await;
    site.send(MediaCommand::SetRtp { leg: leg(number), target: target(phone.address, codec) }).await;
    (phone, to)
}

#[tokio::test]
async fn prompt_music_peer_and_mix_leave_as_one_stream() {
    let mut site = Site::start(files(&[("hello", wav(600.0, 300, 16_000)), ("music", wav(800.0, 1000, 44_100))]));
    let (mut a, to_a) = phone_leg(&site, 1, Codec::Pcma).await;
    let (mut b, to_b) = phone_leg(&site, 2, Codec::Pcma).await;
    let (mut c, to_c) = phone_leg(&site, 3, Codec::Pcmu).await;
    a.speak(to_a, 8, 440.0, 1);
    b.speak(to_b, 8, 1000.0, 2);
    c.speak(to_c, 0, 1700.0, 3);
    let prompt = source(1, Sound::Prompt(vec!["hello".to_owned(), "gone".to_owned()]));
    site.room(vec![prompt], &[(leg(1), hears_source(1))]).await;
    let mut all = Vec::new();
    heard(&mut a, &[600.0], &mut all).await;
    site.event(|event| matches!(event, MediaEvent::SourceEnded { .. }).then_some(())).await;
    site.room(vec![source(2, Sound::Music("music".to_owned()))], &[(leg(1), hears_source(2))]).await;
    heard(&mut a, &[800.0], &mut all).await;
    site.room(Vec::new(), &bridge(leg(1), leg(2))).await;
    heard(&mut a, &[1000.0], &mut all).await;
    let everybody = |number: u128| {
        let others: Vec<Voice> = (1..=3).filter(|n| *n != number).map(|n| Voice::Leg(leg(n))).collect();
        (leg(number), others)
    };
    site.room(Vec::new(), &[everybody(1), everybody(2), everybody(3)]).await;
    heard(&mut a, &[1000.0, 1700.0], &mut all).await;
    assert_unbroken(&all);
    let marks = all.iter().filter(|got| got.marker).count();
    // Prompt and music are both of our making: one talk spurt. Then the peer, then the mix.
    assert!((3..=5).contains(&marks), "a marker at every change of source, not {marks}");
}

/// Sequence by one, timestamps by the clock, one SSRC: what RFC 3550 asks of one source.
fn assert_unbroken(all: &[Got]) {
    for (before, after) in all.iter().zip(&all[1..]) {
        assert_eq!(after.ssrc, before.ssrc);
        assert_eq!(after.sequence, before.sequence.wrapping_add(1));
        let step = i64::from(after.timestamp.wrapping_sub(before.timestamp) as i32);
        let clock = (after.at - before.at).as_millis() as i64 * 8;
        assert!(step > 0 && (step - clock).abs() < 1600, "timestamps went on by {step} in {clock}");
    }
}

/// Waits until 200 ms hold each of the tones and keeps every packet.
async fn heard(phone: &mut Phone, tones: &[f64], all: &mut Vec<Got>) {
    let mut samples = Vec::new();
    within(async {
        loop {
            let got = phone.packet().await;
            samples.extend(tone::decode(got.payload_type, &got.payload));
            all.push(got);
            let from = samples.len().saturating_sub(1600);
            let window = &samples[from..];
            let strong = |frequency: &f64| tone::amplitude(window, *frequency, 8000.0) > 4000.0;
            if window.len() == 1600 && tones.iter().all(strong) {
                return;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn three_hear_the_others_and_nobody_himself() {
    let site = Site::start(Files::default());
    let (mut a, to_a) = phone_leg(&site, 1, Codec::Pcma).await;
    let (mut b, to_b) = phone_leg(&site, 2, Codec::Pcmu).await;
    let (mut c, to_c) = phone_leg(&site, 3, Codec::Pcma).await;
    let others = |number: u128| (1..=3).filter(|n| *n != number).map(|n| Voice::Leg(leg(n))).collect::<Vec<_>>();
    site.room(Vec::new(), &[(leg(1), others(1)), (leg(2), others(2)), (leg(3), others(3))]).await;
    a.speak(to_a, 8, 440.0, 1);
    b.speak(to_b, 0, 1000.0, 2);
    c.speak(to_c, 8, 1700.0, 3);
    for (phone, others, own) in
        [(&mut a, [1000.0, 1700.0], 440.0), (&mut b, [440.0, 1700.0], 1000.0), (&mut c, [440.0, 1000.0], 1700.0)]
    {
        let mut all = Vec::new();
        heard(phone, &others, &mut all).await;
        let last: Vec<i16> =
            all[all.len() - 10..].iter().flat_map(|got| tone::decode(got.payload_type, &got.payload)).collect();
        assert!(tone::amplitude(&last, own, 8000.0) < 300.0, "one hears oneself");
    }
}

#[tokio::test]
async fn a_whisper_reaches_one_ear_only() {
    let site = Site::start(Files::default());
    let (mut caller, to_caller) = phone_leg(&site, 1, Codec::Pcma).await;
    let (mut agent, to_agent) = phone_leg(&site, 2, Codec::Pcma).await;
    let (mut supervisor, to_supervisor) = phone_leg(&site, 3, Codec::Pcma).await;
    let plan = [
        (leg(1), vec![Voice::Leg(leg(2))]),
        (leg(2), vec![Voice::Leg(leg(1)), Voice::Leg(leg(3))]),
        (leg(3), vec![Voice::Leg(leg(1)), Voice::Leg(leg(2))]),
    ];
    site.room(Vec::new(), &plan).await;
    caller.speak(to_caller, 8, 440.0, 1);
    agent.speak(to_agent, 8, 1000.0, 2);
    supervisor.speak(to_supervisor, 8, 1700.0, 3);
    let mut all = Vec::new();
    heard(&mut agent, &[440.0, 1700.0], &mut all).await;
    heard(&mut supervisor, &[440.0, 1000.0], &mut all).await;
    caller.drain();
    caller.hears(1000.0).await;
}

#[tokio::test]
async fn an_opus_browser_and_a_g711_telephone_hear_each_other() {
    let site = Site::start(Files::default());
    let (mut phone, to_phone) = phone_leg(&site, 1, Codec::Pcma).await;
    let mut browser = Browser::new().await;
    let answer = site.open_peer(leg(2), browser.offer(false).await, &[Codec::Opus]).await;
    browser.answer(answer).await;
    site.room(Vec::new(), &bridge(leg(1), leg(2))).await;
    phone.speak(to_phone, 8, 440.0, 1);
    browser.speak_opus(1000.0);
    phone.hears(1000.0).await;
    browser.hears_opus(440.0).await;
}

#[tokio::test]
async fn a_missing_prompt_ends_and_ringback_rings() {
    let mut site = Site::start(Files::default());
    let (mut phone, _) = phone_leg(&site, 1, Codec::Pcma).await;
    site.room(vec![source(1, Sound::Prompt(vec!["gone".to_owned()]))], &[(leg(1), hears_source(1))]).await;
    let ended = site
        .event(|event| match event {
            MediaEvent::SourceEnded { room, source } => Some((*room, *source)),
            _ => None,
        })
        .await;
    assert_eq!(ended, (ROOM, SourceId::from_u128(1)));
    site.room(vec![source(2, Sound::Ringback)], &[(leg(1), hears_source(2))]).await;
    phone.hears(450.0).await;
}

#[tokio::test]
async fn unequal_packet_lengths_are_cut_anew() {
    let site = Site::start(Files::default());
    let (mut a, to_a) = phone_leg(&site, 1, Codec::Pcma).await;
    let mut b = Phone::new().await;
    let to_b = site.open_rtp(leg(2)).await;
    let mut wanted = target(b.address, Codec::Pcma);
    wanted.ptime_ms = 30;
    site.send(MediaCommand::SetRtp { leg: leg(2), target: wanted }).await;
    site.room(Vec::new(), &bridge(leg(1), leg(2))).await;
    a.speak(to_a, 8, 440.0, 1);
    b.speak(to_b, 8, 1000.0, 2);
    a.hears(1000.0).await;
    b.hears(440.0).await;
    let lengths: Vec<usize> = b.packets(10).await.iter().map(|got| got.payload.len()).collect();
    assert!(lengths.iter().all(|length| *length == 240), "{lengths:?}");
}
