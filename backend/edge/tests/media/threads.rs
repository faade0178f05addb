//! Several media threads: rooms stay, legs move to them, and nobody hears it.

use crate::browser::Browser;
use crate::phone::{Got, Phone};
use crate::site::{self, Files, Site, bridge, leg, target};
use hark_edge::config::{EdgeConfig, MediaConfig};
use hark_edge::media::{Codec, MediaCommand, MediaEvent};
use hark_shared::edge::{Listener, RoomPlan, Sound, Source, Voice};
use hark_shared::ids::{LegId, RoomId, SourceId};
use std::net::SocketAddr;

const THREADS: usize = 3;

fn start() -> Site {
    let config = site::config(Files::default(), site::spool(), site::ports());
    Site::start_with(EdgeConfig { media: MediaConfig { threads: THREADS, ..MediaConfig::default() }, ..config })
}

/// Legs go to the threads in turn while none is closed and no room keeps a seat for them.
async fn phone_leg(site: &Site, number: u128) -> (Phone, SocketAddr) {
    let phone = Phone::new().await;
    let to = site.open_rtp(leg(number)).await;
    site.send(MediaCommand::SetRtp { leg: leg(number), target: target(phone.address, Codec::Pcma) }).await;
    (phone, to)
}

async fn browser_leg(site: &Site, number: u128, browser: Browser) -> Browser {
    let answer = site.open_peer(leg(number), browser.offer(false).await, &[Codec::Pcma]).await;
    browser.answer(answer).await;
    browser
}

async fn room(site: &Site, number: u128, hears: &[(LegId, Vec<Voice>)]) {
    let source = Source { id: SourceId::from_u128(number), sound: Sound::Ringback };
    let listeners = hears.iter().map(|(leg, hears)| Listener { leg: *leg, hears: hears.clone() }).collect();
    let plan = RoomPlan { room: RoomId::from_u128(number), sources: vec![source], listeners, recording: None };
    site.send(MediaCommand::SetRoom { plan, seal: None }).await;
}

fn rings(number: u128) -> Vec<Voice> {
    vec![Voice::Source(SourceId::from_u128(number))]
}

#[tokio::test]
async fn a_telephone_that_moves_goes_on_as_one_stream() {
    let site = start();
    let (mut a, to_a) = phone_leg(&site, 1).await;
    let (mut b, to_b) = phone_leg(&site, 2).await;
    a.speak(to_a, 8, 440.0, 1);
    b.speak(to_b, 8, 1000.0, 2);
    room(&site, 1, &[(leg(1), rings(1))]).await;
    room(&site, 2, &[(leg(2), rings(2))]).await;
    let mut all = a.packets(20).await;
    b.hears(450.0).await;
    // Each of the rooms has a thread of its own; the telephone goes to the second, back, and there again.
    for (number, alone) in [(2, false), (1, true), (2, false)] {
        if alone {
            room(&site, number, &[(leg(1), rings(1))]).await;
        } else {
            room(&site, number, &bridge(leg(1), leg(2))).await;
            b.drain();
            b.hears(440.0).await;
        }
        all.extend(a.packets(40).await);
    }
    a.hears(1000.0).await;
    one_stream(&all);
}

/// One SSRC, sequence by one, timestamps that go forward: a listener's buffer notices nothing.
fn one_stream(all: &[Got]) {
    for (before, after) in all.iter().zip(&all[1..]) {
        assert_eq!((after.ssrc, after.sequence), (before.ssrc, before.sequence.wrapping_add(1)));
        let step = after.timestamp.wrapping_sub(before.timestamp);
        assert!((1..8000).contains(&step), "the timestamp went on by {step}");
    }
}

#[tokio::test]
async fn browsers_are_heard_on_whatever_thread_their_packets_arrive() {
    let site = start();
    let mut parties = Vec::new();
    for call in 0..6u128 {
        let (phone, to) = phone_leg(&site, 10 + call).await;
        parties.push((phone, to, browser_leg(&site, 20 + call, Browser::new().await).await));
    }
    for (call, (phone, to, browser)) in parties.iter_mut().enumerate() {
        phone.speak(*to, 8, 440.0, call as u32 + 1);
        browser.speak(8, 1000.0 + 100.0 * call as f64);
    }
    // Every telephone meets every browser, so agents' legs go from thread to thread.
    for shift in 0..6 {
        for call in 0..6u128 {
            room(&site, 1 + call, &bridge(leg(10 + call), leg(20 + (call + shift) % 6))).await;
        }
        for call in 0..6usize {
            let with = (call + shift as usize) % 6;
            parties[call].0.hears(1000.0 + 100.0 * with as f64).await;
            parties[with].2.drain();
            parties[with].2.hears(440.0).await;
        }
    }
}

#[tokio::test]
async fn two_browsers_and_one_behind_tcp_hear_each_other_away_from_the_first_thread() {
    let mut site = start();
    let (_first, _) = phone_leg(&site, 1).await;
    let mut a = browser_leg(&site, 2, Browser::new().await).await;
    let mut b = browser_leg(&site, 3, Browser::over_tcp(site.webrtc).await).await;
    a.speak(8, 440.0);
    b.speak(8, 1000.0);
    room(&site, 1, &bridge(leg(2), leg(3))).await;
    a.hears(1000.0).await;
    b.hears(440.0).await;
    b.close().await;
    site.event(|event| (*event == MediaEvent::PeerGone { leg: leg(3) }).then_some(())).await;
}

#[tokio::test]
async fn a_leg_that_fell_out_of_its_room_can_be_closed_and_opened_again() {
    let mut site = start();
    for round in 0..3u128 {
        let mut phones = Vec::new();
        for number in 1..=4u128 {
            phones.push(phone_leg(&site, 10 * round + number).await);
        }
        for (n, (phone, to)) in phones.iter_mut().enumerate() {
            phone.speak(*to, 8, 440.0 + 300.0 * n as f64, n as u32 + 1);
        }
        let id = |n: u128| leg(10 * round + n);
        room(&site, 1, &bridge(id(1), id(2))).await;
        room(&site, 2, &bridge(id(3), id(4))).await;
        phones[0].0.hears(740.0).await;
        room(&site, 2, &bridge(id(3), id(1))).await;
        phones[0].0.hears(1040.0).await;
        phones[2].0.drain();
        phones[2].0.hears(440.0).await;
        for number in 1..=4 {
            site.send(MediaCommand::CloseLeg { leg: id(number) }).await;
            site.event(|event| matches!(event, MediaEvent::Closed { leg, .. } if *leg == id(number)).then_some(()))
                .await;
        }
        for number in 1..=2 {
            site.send(MediaCommand::CloseRoom { room: RoomId::from_u128(number) }).await;
        }
    }
}
