//! What happens to a browser's connection while its leg lives.

use crate::browser::Browser;
use crate::phone::{Phone, packet};
use crate::site::{Files, Site, bridge, leg, target};
use hark_edge::media::{Codec, MediaCommand, MediaEvent};

const G711: [Codec; 3] = [Codec::Pcma, Codec::Pcmu, Codec::Opus];

async fn bridged(site: &Site) -> (Phone, Browser, std::net::SocketAddr) {
    bridged_with(site, Browser::new().await).await
}

async fn bridged_with(site: &Site, mut browser: Browser) -> (Phone, Browser, std::net::SocketAddr) {
    let mut phone = Phone::new().await;
    let to = site.open_rtp(leg(1)).await;
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(phone.address, Codec::Pcma) }).await;
    let answer = site.open_peer(leg(2), browser.offer(false).await, &G711).await;
    browser.answer(answer).await;
    site.room(Vec::new(), &bridge(leg(1), leg(2))).await;
    phone.speak(to, 8, 440.0, 11);
    browser.speak(8, 1000.0);
    phone.hears(1000.0).await;
    browser.hears(440.0).await;
    (phone, browser, to)
}

#[tokio::test]
async fn sound_comes_back_after_an_ice_restart_from_another_port() {
    let site = Site::start(Files::default());
    let (mut phone, mut browser, _) = bridged(&site).await;
    browser.move_away().await;
    let again = site.open_peer(leg(2), browser.offer(true).await, &G711).await;
    browser.answer(again).await;
    browser.drain();
    phone.drain();
    browser.hears(440.0).await;
    phone.hears(1000.0).await;
}

#[tokio::test]
async fn where_udp_is_blocked_tcp_carries_the_call() {
    let mut site = Site::start(Files::default());
    let (_phone, browser, _) = bridged_with(&site, Browser::over_tcp(site.webrtc).await).await;
    browser.close().await;
    site.event(|event| (*event == MediaEvent::PeerGone { leg: leg(2) }).then_some(())).await;
}

#[tokio::test]
async fn a_reloaded_page_takes_its_leg_over_in_the_same_room() {
    let mut site = Site::start(Files::default());
    let (mut phone, old, _) = bridged(&site).await;
    let mut fresh = Browser::new().await;
    let answer = site.open_peer(leg(2), fresh.offer(false).await, &G711).await;
    fresh.answer(answer).await;
    fresh.speak(8, 1300.0);
    fresh.hears(440.0).await;
    phone.hears(1300.0).await;
    old.close().await;
    drop(old);
    site.send(MediaCommand::CloseLeg { leg: leg(2) }).await;
    // The old connection's end is nobody's business: the next thing said of the leg is that it is closed.
    let gone = site
        .event(|event| match event {
            MediaEvent::PeerGone { leg: gone } if *gone == leg(2) => Some(true),
            MediaEvent::Closed { leg: closed, .. } if *closed == leg(2) => Some(false),
            _ => None,
        })
        .await;
    assert!(!gone);
}

#[tokio::test]
async fn a_law_that_the_browser_does_not_lead_with_is_sent_as_it_is() {
    let site = Site::start(Files::default());
    let (mut phone, mut browser) = (Phone::new().await, Browser::new().await);
    let to = site.open_rtp(leg(1)).await;
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(phone.address, Codec::Pcmu) }).await;
    let answer = site.open_peer(leg(2), browser.offer(false).await, &G711).await;
    browser.answer(answer).await;
    site.room(Vec::new(), &bridge(leg(1), leg(2))).await;
    phone.speak(to, 0, 440.0, 11);
    browser.speak(8, 1000.0);
    phone.hears(1000.0).await;
    browser.drain();
    browser.hears(440.0).await;
    assert_eq!(browser.packet().await.payload_type, 0, "the browser takes both laws");
}

#[tokio::test]
async fn silence_is_told_and_so_is_its_end() {
    let mut site = Site::start(Files::default());
    let (mut phone, browser, to) = bridged(&site).await;
    phone.hush();
    let flowing = |wanted: bool| {
        move |event: &MediaEvent| (*event == MediaEvent::Flowing { leg: leg(1), flowing: wanted }).then_some(())
    };
    site.event(flowing(false)).await;
    phone.speak(to, 8, 700.0, 11);
    site.event(flowing(true)).await;
    drop(browser);
}

#[tokio::test]
async fn strangers_are_not_heard_on_the_rtp_port_and_a_new_target_is() {
    let site = Site::start(Files::default());
    let (_phone, mut browser, to) = bridged(&site).await;
    let mut stranger = Phone::new().await;
    stranger.speak(to, 8, 1900.0, 99);
    browser.drain();
    browser.hears(440.0).await;
    // The far end moves, by re-INVITE.
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(stranger.address, Codec::Pcma) }).await;
    browser.hears(1900.0).await;
    stranger.hears(1000.0).await;
}

#[tokio::test]
async fn bad_offers_are_refused_in_words_and_the_leg_is_not_left_behind() {
    let site = Site::start(Files::default());
    let (reply, answer) = tokio::sync::oneshot::channel();
    site.send(MediaCommand::OpenPeer { leg: leg(9), offer: "v=0\r\n".into(), prefer: G711.to_vec(), reply }).await;
    let error = crate::site::within(answer).await.unwrap().unwrap_err();
    assert!(error.to_string().contains("audio"), "{error}");
    // And nonsense on the browsers' port harms nobody.
    let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for first in 0..=255u8 {
        let _ = socket.send_to(&[first; 40], site.webrtc).await;
        let _ = socket.send_to(&packet(8, false, 1, 1, u32::from(first), &[0; 160]), site.webrtc).await;
    }
    let (phone, browser, _) = bridged(&site).await;
    drop((phone, browser));
}
