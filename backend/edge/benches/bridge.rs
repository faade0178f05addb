//! Processor time of the media thread for bridged calls, telephone to browser, G.711 in both directions.
//!
//! `cargo bench -p hark-edge --bench bridge -- <calls> <seconds>` prints milliseconds of the thread `hark-media` for a
//! call and a second, forwarded and then recorded as well. Linux only: it reads `/proc`. Nothing here fails on speed.

#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code, reason = "a bench is a test that prints")]

#[path = "../tests/media/browser.rs"]
mod browser;
#[path = "../tests/media/phone.rs"]
mod phone;
#[path = "../tests/media/site.rs"]
mod site;
#[path = "../tests/media/tone.rs"]
mod tone;

use hark_edge::media::{Codec, MediaCommand};
use hark_shared::edge::{Listener, RecordingPlan, RoomPlan, SealKey, Voice};
use hark_shared::ids::{RecordingId, RoomId};
use site::{Files, Site, leg, target};
use std::time::Duration;

/// Seconds of processor time that the thread of this name has used.
fn used(name: &str) -> f64 {
    let mut nanoseconds = 0.0;
    for task in std::fs::read_dir("/proc/self/task").unwrap().flatten() {
        if std::fs::read_to_string(task.path().join("comm")).unwrap_or_default().trim() == name {
            let stat = std::fs::read_to_string(task.path().join("schedstat")).unwrap();
            nanoseconds += stat.split_whitespace().next().unwrap().parse::<f64>().unwrap();
        }
    }
    nanoseconds / 1e9
}

async fn set_rooms(site: &Site, calls: u128, recorded: bool) {
    for call in 0..calls {
        let (a, b) = (leg(2 * call), leg(2 * call + 1));
        let hears = |leg, other| Listener { leg, hears: vec![Voice::Leg(other)] };
        let recording = recorded.then(|| RecordingPlan {
            recording: RecordingId::from_u128(call),
            left: vec![a],
            right: vec![b],
            paused: false,
        });
        let plan = RoomPlan {
            room: RoomId::from_u128(call),
            sources: Vec::new(),
            listeners: vec![hears(a, b), hears(b, a)],
            recording,
        };
        site.send(MediaCommand::SetRoom { plan, seal: Some(SealKey { id: 1, key: [1; 32] }) }).await;
    }
}

async fn measure(what: &str, calls: u128, seconds: u64) {
    let threads = ["hark-media", "hark-recorder"];
    let before = threads.map(used);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    for (thread, before) in threads.into_iter().zip(before) {
        let each = (used(thread) - before) * 1000.0 / (calls as f64 * seconds as f64);
        println!("{what:>10} {thread:>14}: {each:.3} ms a call-second, {calls} calls");
    }
}

#[tokio::main]
async fn main() {
    if std::env::args().any(|argument| argument == "--list") {
        return; // a test runner asks what tests there are: none
    }
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let calls = u128::from(numbers.first().copied().unwrap_or(10));
    let seconds = numbers.get(1).copied().unwrap_or(10);
    let site = Site::start(Files::default());
    let mut kept = Vec::new();
    for call in 0..calls {
        let (mut phone, mut browser) = (phone::Phone::new().await, browser::Browser::new().await);
        let to = site.open_rtp(leg(2 * call)).await;
        site.send(MediaCommand::SetRtp { leg: leg(2 * call), target: target(phone.address, Codec::Pcma) }).await;
        let answer = site.open_peer(leg(2 * call + 1), browser.offer(false).await, &[Codec::Pcma]).await;
        browser.answer(answer).await;
        phone.speak(to, 8, 440.0, call as u32 + 1);
        browser.speak(8, 1000.0);
        kept.push((phone, browser));
    }
    set_rooms(&site, calls, false).await;
    for (phone, browser) in &mut kept {
        phone.hears(1000.0).await;
        browser.hears(440.0).await;
    }
    measure("forwarded", calls, seconds).await;
    set_rooms(&site, calls, true).await;
    measure("recorded", calls, seconds).await;
    std::fs::remove_dir_all(&site.spool).unwrap();
}
