//! Two legs of a room that hear each other.

use crate::browser::Browser;
use crate::phone::Phone;
use crate::site::{Files, ROOM, Site, bridge, leg, target, within};
use hark_edge::media::{Codec, MediaCommand, MediaEvent};

#[tokio::test]
async fn two_telephones_of_different_law_hear_each_other() {
    let site = Site::start(Files::default());
    let (mut a, mut b) = (Phone::new().await, Phone::new().await);
    let (to_a, to_b) = (site.open_rtp(leg(1)).await, site.open_rtp(leg(2)).await);
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(a.address, Codec::Pcma) }).await;
    site.send(MediaCommand::SetRtp { leg: leg(2), target: target(b.address, Codec::Pcmu) }).await;
    site.room(Vec::new(), &bridge(leg(1), leg(2))).await;
    a.speak(to_a, 8, 440.0, 11);
    b.speak(to_b, 0, 1000.0, 22);
    a.hears(1000.0).await;
    b.hears(440.0).await;
}

#[tokio::test]
async fn a_telephone_and_a_browser_hear_each_other_and_closing_is_noticed() {
    let mut site = Site::start(Files::default());
    let (mut phone, mut browser) = (Phone::new().await, Browser::new().await);
    let to_phone = site.open_rtp(leg(1)).await;
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(phone.address, Codec::Pcma) }).await;
    let answer = site.open_peer(leg(2), browser.offer(false).await, &[Codec::Pcma, Codec::Pcmu, Codec::Opus]).await;
    assert!(answer.contains("m=audio 9 UDP/TLS/RTP/SAVPF 8 0 111"), "{answer}");
    assert!(!answer.contains("telephone-event"), "{answer}");
    browser.answer(answer).await;
    site.room(Vec::new(), &bridge(leg(1), leg(2))).await;
    phone.speak(to_phone, 8, 440.0, 11);
    browser.speak(8, 1000.0);
    phone.hears(1000.0).await;
    browser.hears(440.0).await;
    browser.close().await;
    site.event(|event| (*event == MediaEvent::PeerGone { leg: leg(2) }).then_some(())).await;
    site.send(MediaCommand::CloseLeg { leg: leg(1) }).await;
    let quality = site
        .event(|event| match event {
            MediaEvent::Closed { leg: closed, quality } if *closed == leg(1) => Some(*quality),
            _ => None,
        })
        .await;
    assert!(quality.received > 10 && quality.lost == 0 && quality.mos.unwrap() > 4.0, "{quality:?}");
    site.send(MediaCommand::CloseRoom { room: ROOM }).await;
}

#[tokio::test]
async fn reports_say_what_was_sent_and_the_answer_gives_the_round_trip() {
    let mut site = Site::start(Files::default());
    let mut phone = Phone::new().await;
    let to = site.open_rtp(leg(1)).await;
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(phone.address, Codec::Pcma) }).await;
    site.room(Vec::new(), &[(leg(1), Vec::new())]).await;
    phone.speak(to, 8, 440.0, 11);
    let ours = phone.packet().await.ssrc;
    let mut buffer = [0; 512];
    let (length, from) = within(phone.rtcp.recv_from(&mut buffer)).await.unwrap();
    let report = &buffer[..length];
    assert_eq!((report[1], &report[4..8]), (200, &ours.to_be_bytes()[..]), "a sender report of our stream");
    assert_eq!(from.port(), to.port() + 1);
    assert_eq!(&report[28..32], &11u32.to_be_bytes(), "about the telephone's stream");
    // A receiver report that came back at once: the middle of its NTP time as LSR, no delay.
    let mut answer = vec![0x81, 201, 0, 7];
    answer.extend(11u32.to_be_bytes());
    answer.extend(ours.to_be_bytes());
    answer.extend([0; 12]);
    answer.extend(&report[10..14]);
    answer.extend([0; 4]);
    phone.rtcp.send_to(&answer, from).await.unwrap();
    // Five packets that are sent after it: by then the report has been read.
    phone.drain();
    phone.packets(5).await;
    site.send(MediaCommand::CloseLeg { leg: leg(1) }).await;
    let quality = site
        .event(|event| match event {
            MediaEvent::Closed { quality, .. } => Some(*quality),
            _ => None,
        })
        .await;
    assert!(quality.round_trip_ms.unwrap() < 100.0, "{quality:?}");
    assert!(quality.jitter_ms < 20.0 && quality.mos.unwrap() > 4.0, "{quality:?}");
}

#[tokio::test]
async fn a_leg_that_is_opened_after_its_room_was_planned_takes_its_seat() {
    let site = Site::start(Files::default());
    let (mut a, mut b) = (Phone::new().await, Phone::new().await);
    let to_a = site.open_rtp(leg(1)).await;
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(a.address, Codec::Pcma) }).await;
    site.room(Vec::new(), &bridge(leg(1), leg(2))).await;
    let to_b = site.open_rtp(leg(2)).await;
    site.send(MediaCommand::SetRtp { leg: leg(2), target: target(b.address, Codec::Pcma) }).await;
    a.speak(to_a, 8, 440.0, 11);
    b.speak(to_b, 8, 1000.0, 22);
    a.hears(1000.0).await;
    b.hears(440.0).await;
}
