//! What a bridged call costs: processor time, memory, delay. Telephone to browser, G.711, both directions.
//!
//! `cargo bench -p hark-edge --bench bridge -- <calls> <seconds>` prints one line a figure, `figure = value unit`:
//!
//! - `bridge.forwarded_ms_per_call_second`: processor time of the media threads for a second of a call that is
//!   forwarded without decoding; `bridge.recorded_...` the same with a recording, its thread included;
//! - `bridge.delay_p50_ms`, `bridge.delay_p99_ms`: from a party's `send` to the other party's `recv`, through the edge;
//!   `bridge.loopback_p99_ms` is the same between two bare sockets of the parties at the same time: what machine and
//!   measurement add by themselves;
//! - `bridge.memory_kb_per_call`: resident memory of this process, which holds nothing but the edge, per living call;
//!   `bridge.memory_kept_kb_per_finished_call` and `bridge.memory_grown_percent`: growth from 600 to 5,000 finished
//!   calls;
//! - `bridge.conference_ms_per_party_second`: processor time of the media threads for a second of one of fifty in a
//!   conference, all of whom speak and hear all others;
//! - `bridge.descriptors_kept`: file descriptors that are still open after the last round.
//!
//! The parties are this program again as a child, so that they are in no figure. Linux only: `/proc` is read. Nothing
//! here fails on speed.

#![allow(clippy::unwrap_used, clippy::print_stdout, dead_code, reason = "a bench is a test that prints")]

#[path = "../../tests/media/browser.rs"]
mod browser;
mod line;
mod parties;
#[path = "../../tests/media/phone.rs"]
mod phone;
#[path = "../../tests/media/site.rs"]
mod site;
#[path = "../../tests/media/tone.rs"]
mod tone;
mod usage;

use hark_edge::media::{Codec, MediaCommand, MediaEvent};
use hark_shared::edge::{Listener, RecordingPlan, RoomPlan, SealKey, Voice};
use hark_shared::ids::{LegId, RecordingId, RoomId};
use line::Line;
use site::{Files, Site, leg, target};
use std::time::Duration;

/// Rounds of calls that are opened and closed: 5,000 calls.
const ROUNDS: u128 = 25;
/// After this round the allocator has what it wants to keep; growth is counted from here.
const WARM: u128 = 3;
/// Calls of a round for the figures of memory, whatever was asked for the others.
const MEMORY_CALLS: u128 = 200;
/// People in the conference.
const CONFERENCE: u128 = 50;
/// The first RTP port. A quarter more are given than a round needs: one that is not given back is missed soon.
const FIRST_PORT: u16 = 20_000;

/// The two legs of a call; ids are never used twice.
fn legs(round: u128, call: u128) -> [LegId; 2] {
    [leg((round * 10_000 + call) * 2), leg((round * 10_000 + call) * 2 + 1)]
}

async fn set_rooms(site: &Site, round: u128, calls: u128, recorded: bool) {
    for call in 0..calls {
        let [a, b] = legs(round, call);
        let hears = |leg, other| Listener { leg, hears: vec![Voice::Leg(other)] };
        let recording = recorded.then(|| RecordingPlan {
            recording: RecordingId::from_u128(call),
            left: vec![a],
            right: vec![b],
            paused: false,
            quiet: None,
            secret_keys: false,
        });
        let room = RoomId::from_u128(call);
        let plan = RoomPlan { room, sources: Vec::new(), listeners: vec![hears(a, b), hears(b, a)], recording };
        site.send(MediaCommand::SetRoom { plan, seal: Some(SealKey { id: 1, key: [1; 32] }) }).await;
    }
}

/// Opens a round of calls and waits until everybody hears somebody.
async fn open(site: &Site, parties: &mut Line, round: u128, calls: u128) {
    for call in 0..calls {
        let [a, b] = legs(round, call);
        parties.say("call").await;
        let (address, offer) = (parties.hear().await, parties.hear().await);
        let to = site.open_rtp(a).await;
        site.send(MediaCommand::SetRtp { leg: a, target: target(address.parse().unwrap(), Codec::Pcma) }).await;
        let answer = site.open_peer(b, offer, &[Codec::Pcma]).await;
        parties.say(&to.to_string()).await;
        parties.say(&answer).await;
    }
    set_rooms(site, round, calls, false).await;
    parties.say("listen").await;
    assert_eq!(parties.hear().await, "all hear");
}

async fn close(site: &mut Site, parties: &mut Line, round: u128, calls: u128) {
    for call in 0..calls {
        site.send(MediaCommand::CloseRoom { room: RoomId::from_u128(call) }).await;
        for leg in legs(round, call) {
            site.send(MediaCommand::CloseLeg { leg }).await;
            site.event(|event| matches!(event, MediaEvent::Closed { leg: closed, .. } if *closed == leg).then_some(()))
                .await;
        }
    }
    parties.say("hang up").await;
    assert_eq!(parties.hear().await, "gone");
    // A closed leg's sockets and tasks go with the thread's next turns; the next tick is one.
    tokio::time::sleep(Duration::from_millis(100)).await;
}

/// Processor time of the media threads and the recorders, in ms for a call and a second.
async fn processor(calls: u128, seconds: u64) -> f64 {
    let used = || usage::processor("hark-media") + usage::processor("hark-recorder");
    let before = used();
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    (used() - before) * 1000.0 / (calls as f64 * seconds as f64)
}

fn print(figure: &str, value: f64, unit: &str) {
    println!("bridge.{figure} = {value:.3} {unit}");
}

async fn speed(site: &mut Site, parties: &mut Line, calls: u128, seconds: u64) {
    open(site, parties, 0, calls).await;
    parties.say("measure").await;
    print("forwarded_ms_per_call_second", processor(calls, seconds).await, "ms");
    parties.say("tell").await;
    for figure in ["delay_p50_ms", "delay_p99_ms", "loopback_p99_ms"] {
        print(figure, parties.hear().await.parse().unwrap(), "ms");
    }
    set_rooms(site, 0, calls, true).await;
    print("recorded_ms_per_call_second", processor(calls, seconds).await, "ms");
    close(site, parties, 0, calls).await;
}

/// Fifty in one room, half of them on telephones, half in browsers.
async fn conference(site: &mut Site, parties: &mut Line, seconds: u64) {
    open(site, parties, ROUNDS + 1, CONFERENCE / 2).await;
    let everybody: Vec<LegId> = (0..CONFERENCE / 2).flat_map(|call| legs(ROUNDS + 1, call)).collect();
    let others = |leg: LegId| everybody.iter().filter(move |other| **other != leg).map(|other| Voice::Leg(*other));
    let listeners = everybody.iter().map(|leg| Listener { leg: *leg, hears: others(*leg).collect() }).collect();
    let plan = RoomPlan { room: RoomId::from_u128(0), sources: Vec::new(), listeners, recording: None };
    site.send(MediaCommand::SetRoom { plan, seal: None }).await;
    print("conference_ms_per_party_second", processor(CONFERENCE, seconds).await, "ms");
    close(site, parties, ROUNDS + 1, CONFERENCE / 2).await;
}

async fn memory(site: &mut Site, parties: &mut Line) {
    let (mut first, mut descriptors) = (0.0, 0);
    for round in 1..=ROUNDS {
        let before = usage::memory_kb();
        open(site, parties, round, MEMORY_CALLS).await;
        if round == 1 {
            print("memory_kb_per_call", (usage::memory_kb() - before) / MEMORY_CALLS as f64, "kB");
        }
        close(site, parties, round, MEMORY_CALLS).await;
        if round == WARM {
            (first, descriptors) = (usage::memory_kb(), usage::descriptors());
        }
    }
    let finished = (ROUNDS - WARM) * MEMORY_CALLS;
    let grown = usage::memory_kb() - first;
    print("memory_kept_kb_per_finished_call", grown / finished as f64, "kB");
    print("memory_grown_percent", 100.0 * grown / first, "%");
    print("descriptors_kept", usage::descriptors() as f64 - descriptors as f64, "descriptors");
}

#[tokio::main]
async fn main() {
    if std::env::args().any(|argument| argument == "--list") {
        return; // a test runner asks what tests there are: none
    }
    if std::env::args().any(|argument| argument == "parties") {
        return parties::run(Line::of_child().await).await;
    }
    let numbers: Vec<u64> = std::env::args().filter_map(|argument| argument.parse().ok()).collect();
    let calls = u128::from(numbers.first().copied().unwrap_or(100));
    let seconds = numbers.get(1).copied().unwrap_or(10);
    let pairs = u16::try_from(calls.max(MEMORY_CALLS) * 5 / 4).unwrap();
    let mut parties = Line::to_child().await;
    let mut site =
        Site::start_with(site::config(Files::default(), site::spool(), (FIRST_PORT, FIRST_PORT + 2 * pairs - 1)));
    // Memory first: what the figures of speed need would hide it.
    memory(&mut site, &mut parties).await;
    speed(&mut site, &mut parties, calls, seconds).await;
    conference(&mut site, &mut parties, seconds).await;
    std::fs::remove_dir_all(&site.spool).unwrap();
}
