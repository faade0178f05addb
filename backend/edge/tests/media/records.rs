//! Recordings, through the whole thread.

use crate::phone::Phone;
use crate::site::{Files, ROOM, Site, bridge, leg, target};
use crate::tone;
use hark_edge::media::recording::{self, OpenError};
use hark_edge::media::{Codec, MediaCommand, MediaEvent};
use hark_shared::edge::{RecordingPlan, SealKey};
use hark_shared::ids::RecordingId;
use hark_shared::time::Millis;

const RECORDING: RecordingId = RecordingId::from_u128(77);
const KEY: SealKey = SealKey { id: 3, key: [5; 32] };

fn plan(paused: bool) -> Option<RecordingPlan> {
    Some(RecordingPlan {
        recording: RECORDING,
        left: vec![leg(1)],
        right: vec![leg(2)],
        paused,
        quiet: None,
        secret_keys: false,
    })
}

async fn call(site: &Site) -> (Phone, Phone) {
    let (mut a, mut b) = (Phone::new().await, Phone::new().await);
    let (to_a, to_b) = (site.open_rtp(leg(1)).await, site.open_rtp(leg(2)).await);
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(a.address, Codec::Pcma) }).await;
    site.send(MediaCommand::SetRtp { leg: leg(2), target: target(b.address, Codec::Pcmu) }).await;
    a.speak(to_a, 8, 440.0, 11);
    b.speak(to_b, 0, 1000.0, 22);
    (a, b)
}

async fn recorded(site: &mut Site) -> (Millis, Option<String>) {
    site.event(|event| match event {
        MediaEvent::Recorded { recording: RECORDING, length, fault } => Some((*length, fault.clone())),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn both_sides_are_recorded_apart_and_a_pause_is_silence() {
    let mut site = Site::start(Files::default());
    let (mut a, mut b) = call(&site).await;
    let room = bridge(leg(1), leg(2));
    site.recorded_room(Vec::new(), &room, plan(false), Some(KEY)).await;
    a.hears(1000.0).await;
    b.hears(440.0).await;
    b.packets(40).await;
    site.recorded_room(Vec::new(), &room, plan(true), Some(KEY)).await;
    a.drain();
    a.packets(40).await;
    site.room(Vec::new(), &room).await;
    let (length, fault) = recorded(&mut site).await;
    assert_eq!(fault, None);
    let file = recording::path(&site.spool, RECORDING);
    let opened = recording::open(&file, &KEY).unwrap();
    assert!(opened.whole && opened.length() == length && length.0 > 1500, "{length:?}");
    let samples = opened.samples();
    let lane = |side: usize| samples.iter().skip(side).step_by(2).copied().collect::<Vec<i16>>();
    let (left, right) = (lane(0), lane(1));
    assert!(tone::is_tone(&left[2400..5600], 440.0, 8000.0));
    assert!(tone::is_tone(&right[2400..5600], 1000.0, 8000.0));
    assert!(tone::rms(&left[left.len() - 3200..]) < 20.0, "paused");
    let wav = hound::WavReader::new(std::io::Cursor::new(opened.wav())).unwrap();
    assert_eq!((wav.spec().channels, wav.spec().sample_rate, wav.len() as usize), (2, 8000, samples.len()));
    let other = SealKey { id: 3, key: [6; 32] };
    assert!(matches!(recording::open(&file, &other), Err(OpenError::WrongKey(3))));
    assert_eq!(recording::key_id(&file).unwrap(), 3);
    std::fs::remove_dir_all(&site.spool).unwrap();
}

/// With its call the last of its thread ends: nothing but the recorder waits for anything then.
#[tokio::test]
async fn a_recording_is_closed_when_nothing_else_is_left() {
    let mut site = Site::start(Files::default());
    let (mut a, _b) = call(&site).await;
    site.recorded_room(Vec::new(), &bridge(leg(1), leg(2)), plan(false), Some(KEY)).await;
    a.hears(1000.0).await;
    for number in [1, 2] {
        site.send(MediaCommand::CloseLeg { leg: leg(number) }).await;
    }
    site.send(MediaCommand::CloseRoom { room: ROOM }).await;
    let (length, fault) = recorded(&mut site).await;
    assert!(fault.is_none() && length.0 > 0, "{length:?} {fault:?}");
    std::fs::remove_dir_all(&site.spool).unwrap();
}

#[tokio::test]
async fn an_unwritable_folder_costs_the_recording_and_not_the_call() {
    let file = std::env::temp_dir().join(format!("hark-no-folder-{}", std::process::id()));
    std::fs::write(&file, b"a file, not a folder").unwrap();
    let mut site = Site::start_in(Files::default(), file.clone());
    let (mut a, mut b) = call(&site).await;
    site.recorded_room(Vec::new(), &bridge(leg(1), leg(2)), plan(false), Some(KEY)).await;
    a.hears(1000.0).await;
    b.hears(440.0).await;
    site.send(MediaCommand::CloseRoom { room: crate::site::ROOM }).await;
    let (_, fault) = recorded(&mut site).await;
    assert!(fault.unwrap().contains("cannot be written"));
    std::fs::remove_file(file).unwrap();
}

#[tokio::test]
async fn without_a_key_nothing_is_written_and_it_is_said() {
    let mut site = Site::start(Files::default());
    let (_a, _b) = call(&site).await;
    site.recorded_room(Vec::new(), &bridge(leg(1), leg(2)), plan(false), None).await;
    let (length, fault) = recorded(&mut site).await;
    assert!(length == Millis::ZERO && fault.unwrap().contains("key"));
    assert_eq!(std::fs::read_dir(&site.spool).unwrap().count(), 0);
    std::fs::remove_dir_all(&site.spool).unwrap();
}

#[tokio::test]
async fn the_end_of_the_thread_closes_the_file() {
    let mut site = Site::start(Files::default());
    let (mut a, _b) = call(&site).await;
    site.recorded_room(Vec::new(), &bridge(leg(1), leg(2)), plan(false), Some(KEY)).await;
    a.hears(1000.0).await;
    let (commands, _) = tokio::sync::mpsc::channel(1);
    drop(std::mem::replace(&mut site.commands, commands));
    assert_eq!(recorded(&mut site).await.1, None);
    assert!(recording::open(&recording::path(&site.spool, RECORDING), &KEY).unwrap().whole);
    std::fs::remove_dir_all(&site.spool).unwrap();
}
