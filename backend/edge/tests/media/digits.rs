//! Digits in and out, over real sockets.

use crate::phone::{Phone, packet};
use crate::site::{Files, Site, leg, target};
use crate::tone;
use hark_edge::media::{Codec, MediaCommand, MediaEvent};

async fn digit(site: &mut Site) -> char {
    site.event(|event| match event {
        MediaEvent::Digit { digit, .. } => Some(*digit),
        _ => None,
    })
    .await
}

#[tokio::test]
async fn events_from_the_telephone_are_digits_and_not_sound() {
    let mut site = Site::start(Files::default());
    let (phone, mut other) = (Phone::new().await, Phone::new().await);
    let (to, _) = (site.open_rtp(leg(1)).await, site.open_rtp(leg(2)).await);
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(phone.address, Codec::Pcma) }).await;
    site.send(MediaCommand::SetRtp { leg: leg(2), target: target(other.address, Codec::Pcma) }).await;
    site.room(Vec::new(), &crate::site::bridge(leg(1), leg(2))).await;
    site.settled(leg(2)).await;
    let mut sequence = 0u16;
    for (press, code) in [4u8, 4, 11].into_iter().enumerate() {
        let sound = packet(8, false, sequence, press as u32 * 3200, 5, &[0xA0; 160]);
        phone.rtp.send_to(&sound, to).await.unwrap();
        sequence += 1;
        for n in 0..5u16 {
            let [high, low] = (160 * (n + 1)).to_be_bytes();
            let event = [code, if n == 4 { 0x8A } else { 0x0A }, high, low];
            let bytes = packet(101, n == 0, sequence, press as u32 * 3200 + 160, 5, &event);
            phone.rtp.send_to(&bytes, to).await.unwrap();
            sequence += 1;
        }
        assert_eq!(digit(&mut site).await, if code == 4 { '4' } else { '#' });
    }
    // What is passed on has no gap where the events were.
    let mut passed = Vec::new();
    while passed.len() < 3 {
        let got = other.packet().await;
        if got.payload[0] == 0xA0 {
            passed.push(got.sequence);
        }
    }
    assert!(passed[2].wrapping_sub(passed[0]) <= 14, "{passed:?}");
}

#[tokio::test]
async fn tones_are_digits_where_events_were_not_negotiated() {
    let mut site = Site::start(Files::default());
    let phone = Phone::new().await;
    let to = site.open_rtp(leg(1)).await;
    let mut plain = target(phone.address, Codec::Pcmu);
    plain.events = None;
    site.send(MediaCommand::SetRtp { leg: leg(1), target: plain }).await;
    site.settled(leg(1)).await;
    // 7: 852 and 1209 Hz.
    let low = tone::sine(852.0, 5000.0, 8000.0, 0, 800);
    let high = tone::sine(1209.0, 5000.0, 8000.0, 0, 800);
    let both: Vec<i16> = low.iter().zip(&high).map(|(a, b)| a + b).collect();
    for (n, part) in both.chunks(160).enumerate() {
        let bytes = packet(0, n == 0, n as u16, n as u32 * 160, 5, &tone::encode(0, part));
        phone.rtp.send_to(&bytes, to).await.unwrap();
    }
    assert_eq!(digit(&mut site).await, '7');
}

#[tokio::test]
async fn digits_leave_as_events_in_the_stream() {
    let site = Site::start(Files::default());
    let mut phone = Phone::new().await;
    site.open_rtp(leg(1)).await;
    site.send(MediaCommand::SetRtp { leg: leg(1), target: target(phone.address, Codec::Pcma) }).await;
    site.room(Vec::new(), &[(leg(1), Vec::new())]).await;
    phone.packets(3).await;
    site.send(MediaCommand::SendDigits { leg: leg(1), digits: "9#".to_owned() }).await;
    let (mut events, mut last) = (Vec::new(), None::<u16>);
    while events.len() < 14 {
        let got = phone.packet().await;
        if let Some(last) = last {
            assert_eq!(got.sequence, last.wrapping_add(1), "one stream");
        }
        last = Some(got.sequence);
        if got.payload_type == 101 {
            events.push(got);
        }
    }
    let codes: Vec<u8> = events.iter().map(|got| got.payload[0]).collect();
    assert_eq!(codes, [[9u8; 7], [11; 7]].concat());
    let ends = events.iter().filter(|got| got.payload[1] & 0x80 != 0).count();
    assert_eq!(ends, 6);
    assert_eq!(events[..7].iter().filter(|got| got.marker).count(), 1);
    assert!(events[..7].iter().all(|got| got.timestamp == events[0].timestamp));
    assert_eq!(&events[6].payload[2..], [3, 32], "800 ticks are 100 ms");
}
