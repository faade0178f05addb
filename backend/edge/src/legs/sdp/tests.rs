//! Offers as equipment in the field sends them, and what RFC 3264 wants of answers.

use super::*;
use proptest::prelude::*;

fn local() -> Local {
    Local::new("198.51.100.9:20000".parse().unwrap(), 77)
}

fn lines(text: &[&str]) -> String {
    text.iter().map(|line| format!("{line}\r\n")).collect()
}

/// A Cisco gateway: G.729 first, its own origin name, session-level address.
fn cisco() -> String {
    lines(&[
        "v=0",
        "o=CiscoSystemsSIP-GW-UserAgent 7241 3055 IN IP4 192.0.2.20",
        "s=SIP Call",
        "c=IN IP4 192.0.2.20",
        "t=0 0",
        "m=audio 16732 RTP/AVP 18 0 8 101 19",
        "c=IN IP4 192.0.2.20",
        "a=rtpmap:18 G729/8000",
        "a=fmtp:18 annexb=no",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:8 PCMA/8000",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-16",
        "a=rtpmap:19 CN/8000",
        "a=ptime:20",
    ])
}

/// Asterisk with video first and no rtpmap for the static types.
fn asterisk_video() -> String {
    lines(&[
        "v=0",
        "o=- 1509439 1509439 IN IP4 192.0.2.30",
        "s=Asterisk",
        "c=IN IP4 192.0.2.30",
        "t=0 0",
        "m=video 12000 RTP/AVP 99",
        "a=rtpmap:99 H264/90000",
        "m=audio 11480 RTP/AVP 8 0 101",
        "a=rtpmap:101 telephone-event/8000",
        "a=maxptime:150",
        "a=sendrecv",
    ])
}

/// Through a media relay: address at the stream, `a=rtcp`, direction at the session.
fn relayed() -> String {
    lines(&[
        "v=0",
        "o=- 3 1 IN IP4 10.0.0.5",
        "s=-",
        "t=0 0",
        "a=sendrecv",
        "m=audio 40522 RTP/AVP 8",
        "c=IN IP4 203.0.113.4",
        "a=rtcp:40999 IN IP4 203.0.113.5",
        "a=rtpmap:8 PCMA/8000",
        "a=nortpproxy:yes",
    ])
}

/// As carriers' media gateways here send it: dynamic type for A-law, 30 ms, telephone-event 97, bandwidth lines.
fn huawei() -> String {
    lines(&[
        "v=0",
        "o=HuaweiSoftX3000 1073741831 1073741831 IN IP4 192.0.2.40",
        "s=Sip Call",
        "c=IN IP4 192.0.2.41",
        "b=AS:80",
        "t=0 0",
        "m=audio 30100 RTP/AVP 98 97",
        "a=rtpmap:98 PCMA/8000/1",
        "a=rtpmap:97 telephone-event/8000",
        "a=fmtp:97 0-15",
        "a=ptime:30",
        "a=sendrecv",
    ])
}

fn answered(offer: &str) -> (String, Remote) {
    local().answer(offer).unwrap()
}

#[test]
fn real_offers_are_understood() {
    for (offer, codec, pt, events, address, rtcp, ptime) in [
        (cisco(), Codec::Pcmu, 0, Some(101), "192.0.2.20:16732", "192.0.2.20:16733", 20),
        (asterisk_video(), Codec::Pcma, 8, Some(101), "192.0.2.30:11480", "192.0.2.30:11481", 20),
        (relayed(), Codec::Pcma, 8, None, "203.0.113.4:40522", "203.0.113.5:40999", 20),
        (huawei(), Codec::Pcma, 98, Some(97), "192.0.2.41:30100", "192.0.2.41:30101", 30),
    ] {
        let expected = RtpTarget {
            address: address.parse().unwrap(),
            rtcp: rtcp.parse().unwrap(),
            codec,
            payload_type: pt,
            events,
            ptime_ms: ptime,
            send: true,
        };
        let (_, remote) = answered(&offer);
        assert_eq!(remote, Remote { target: expected, held: false }, "{offer}");
    }
}

#[test]
fn an_answer_keeps_the_offers_streams_in_order() {
    assert_eq!(
        answered(&asterisk_video()).0,
        lines(&[
            "v=0",
            "o=- 77 1 IN IP4 198.51.100.9",
            "s=-",
            "c=IN IP4 198.51.100.9",
            "t=0 0",
            "m=video 0 RTP/AVP 99",
            "m=audio 20000 RTP/AVP 8 101",
            "a=rtpmap:8 PCMA/8000",
            "a=rtpmap:101 telephone-event/8000",
            "a=fmtp:101 0-15",
            "a=ptime:20",
            "a=sendrecv",
        ])
    );
    let huawei = answered(&huawei()).0;
    assert!(
        huawei.contains("m=audio 20000 RTP/AVP 98 97\r\na=rtpmap:98 PCMA/8000\r\na=rtpmap:97 telephone-event/8000\r\n"),
        "{huawei}"
    );
}

#[test]
fn hold_is_mirrored_and_stops_our_sound() {
    for (said, answer, send, held) in [
        ("sendrecv", "sendrecv", true, false),
        ("sendonly", "recvonly", false, true),
        ("recvonly", "sendonly", true, false),
        ("inactive", "inactive", false, true),
    ] {
        let (text, remote) = answered(&asterisk_video().replace("sendrecv", said));
        assert!(text.contains(&format!("a={answer}\r\n")), "{said}: {text}");
        assert_eq!((remote.target.send, remote.held), (send, held), "{said}");
    }
    let (text, remote) = answered(&cisco().replace("c=IN IP4 192.0.2.20", "c=IN IP4 0.0.0.0"));
    assert!(text.contains("a=recvonly\r\n"), "{text}");
    assert!(remote.held && !remote.target.send);
    let (_, remote) = answered(&relayed().replace("a=sendrecv", "a=sendonly"));
    assert!(remote.held, "the session's direction counts where the stream has none");
}

#[test]
fn what_cannot_be_used_is_refused_with_the_reason() {
    for (offer, expected) in [
        (cisco().replace("18 0 8 101 19", "18 101"), SdpError::NoCodec),
        (cisco().replace("audio 16732", "audio 0"), SdpError::NoAudio),
        (cisco().replace("RTP/AVP", "RTP/SAVP"), SdpError::NoAudio),
        (cisco().replace("audio 16732 RTP/AVP 18 0 8 101 19", "image 16732 udptl t38"), SdpError::NoAudio),
        (cisco().replace("c=IN IP4 192.0.2.20", "c=IN IP4 media.example"), SdpError::NoAudio),
        (cisco().replace("c=IN IP4 192.0.2.20", "c=IN IP4 224.0.0.9/127"), SdpError::NoAudio),
        (cisco().replace("c=IN IP4 192.0.2.20", "c=IN IP6 2001:db8::1"), SdpError::NoAudio),
        (cisco().replace("c=IN IP4 192.0.2.20\r\n", ""), SdpError::NoAudio),
        (cisco().replace("PCMU/8000", "PCMU/16000").replace("PCMA/8000", "G726-32/8000"), SdpError::NoCodec),
        ("hello".into(), SdpError::Unreadable),
        (String::new(), SdpError::Unreadable),
    ] {
        assert_eq!(local().answer(&offer), Err(expected), "{offer}");
    }
}

#[test]
fn ipv6_works_among_its_own() {
    let mut local = Local::new("[2001:db8::9]:20000".parse().unwrap(), 1);
    let (text, remote) = local.answer(&cisco().replace("IP4 192.0.2.20", "IP6 2001:db8::20")).unwrap();
    assert!(text.contains("c=IN IP6 2001:db8::9\r\n"), "{text}");
    assert_eq!(remote.target.address, "[2001:db8::20]:16732".parse::<SocketAddr>().unwrap());
}

#[test]
fn our_offer_and_its_answers() {
    let mut local = local();
    let offer = local.offer();
    assert!(offer.contains("m=audio 20000 RTP/AVP 8 0 101\r\n"), "{offer}");
    assert!(offer.contains("o=- 77 1 IN IP4 198.51.100.9\r\n"), "{offer}");
    assert_eq!(local.offer(), offer, "the same words keep their version");
    let answer = lines(&[
        "v=0",
        "o=x 1 1 IN IP4 192.0.2.1",
        "s=-",
        "c=IN IP4 192.0.2.1",
        "t=0 0",
        "m=audio 4000 RTP/AVP 0 101",
        "a=rtpmap:101 telephone-event/8000",
    ]);
    let remote = local.accept(&answer).unwrap();
    assert_eq!((remote.target.codec, remote.target.events), (Codec::Pcmu, Some(101)));
    assert_eq!(local.accept(&answer.replace("audio 4000", "audio 0")), Err(SdpError::NoAudio));
    assert_eq!(local.accept(&answer.replace("RTP/AVP 0 101", "RTP/AVP 18")), Err(SdpError::NoCodec));
}

#[test]
fn versions_grow_only_with_changes() {
    let mut local = local();
    let (first, _) = local.answer(&cisco()).unwrap();
    let (again, _) = local.answer(&cisco()).unwrap();
    let (held, _) = local.answer(&format!("{}a=sendonly\r\n", cisco())).unwrap();
    assert_eq!(first, again);
    assert!(held.contains("o=- 77 2 IN"), "{held}");
}

#[test]
fn odd_packet_lengths_are_rounded() {
    for (said, ptime) in
        [("a=ptime:25", 20), ("a=ptime:0", 10), ("a=ptime:9999", 60), ("a=ptime:x", 20), ("a=ptime:40", 40)]
    {
        assert_eq!(answered(&cisco().replace("a=ptime:20", said)).1.target.ptime_ms, ptime, "{said}");
    }
    assert_eq!(answered(&cisco().replace("a=ptime:20", "a=ptime:40\r\na=maxptime:30")).1.target.ptime_ms, 30);
}

proptest! {
    #[test]
    fn no_text_brings_it_down(text in "\\PC{0,300}", line in "[ -~]{0,40}", at in 0..15usize) {
        local().answer(&text).ok();
        let damaged: String = cisco().lines().enumerate().map(|(i, l)| format!("{}\r\n", if i == at { &line } else { l })).collect();
        local().answer(&damaged).ok();
        local().accept(&damaged).ok();
    }
}
