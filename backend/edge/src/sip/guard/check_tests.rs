//! What the guard lets through, what it answers, and that no bytes bring it down.

use super::*;
use proptest::prelude::*;

const INVITE: &str = "INVITE sip:4008001234@edge.example SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKabc;rport\r\n\
    Max-Forwards: 70\r\n\
    From: <sip:13800138000@carrier.example>;tag=from1\r\n\
    To: <sip:4008001234@edge.example>\r\n\
    Call-ID: call-1\r\n\
    CSeq: 1 INVITE\r\n\
    Contact: <sip:gw@192.0.2.1:5070>\r\n\
    Content-Type: application/sdp\r\n\
    Content-Length: 4\r\n\r\nv=0\n";

fn source() -> SocketAddr {
    "192.0.2.1:5999".parse().unwrap()
}

/// The status of the refusal, 0 when it passed, 1 when it was dropped.
fn status(text: &str) -> u16 {
    match check(text.as_bytes()) {
        Verdict::Pass(_) => 0,
        Verdict::Refuse(_, refusal) => refusal.status,
        Verdict::Drop(_) => 1,
    }
}

#[test]
fn a_good_invite_passes_unchanged() {
    assert_eq!(status(INVITE), 0);
}

#[test]
fn each_fault_has_its_status() {
    let swap = |from: &str, to: &str| {
        assert!(INVITE.contains(from), "{from}");
        INVITE.replace(from, to)
    };
    for (expected, text) in [
        (505, swap("edge.example SIP/2.0", "edge.example SIP/3.0")),
        (400, swap("edge.example SIP/2.0", "edge.example x SIP/2.0")),
        (400, swap("CSeq: 1 INVITE", "CSeq: 1 BYE")),
        (400, swap("CSeq: 1 INVITE", "CSeq: 4294967296 INVITE")),
        (400, swap("CSeq: 1 INVITE", "CSeq: one INVITE")),
        (400, swap("Content-Length: 4", "Content-Length: 400")),
        (400, swap("Content-Length: 4", "Content-Length: -1")),
        (400, swap("Contact: <sip:gw@192.0.2.1:5070>\r\n", "")),
        (400, swap(";tag=from1", "")),
        (400, swap("Max-Forwards: 70", "Max-Forwards: 256")),
        (400, swap("Call-ID: call-1", "Call-ID: call-1\r\nCall-ID: call-2")),
        (400, swap("From: <sip:13800138000@carrier.example>", "From: <sip:13800138000@carrier.example")),
        (400, swap("Max-Forwards: 70", "Max-Forwards 70")),
        (483, swap("Max-Forwards: 70", "Max-Forwards: 0")),
        (416, swap("sip:4008001234@edge.example SIP", "weixin:4008001234 SIP")),
        (416, swap("sip:4008001234@edge.example SIP", "sips:4008001234@edge.example SIP")),
        (420, swap("Max-Forwards: 70", "Max-Forwards: 70\r\nRequire: timer, 100rel")),
        (405, INVITE.replace("INVITE", "SUBSCRIBE")),
        (501, INVITE.replace("INVITE", "DANCE")),
        (0, swap("Max-Forwards: 70", "Max-Forwards: 70\r\nRequire: timer")),
        (0, swap("sip:4008001234@edge.example SIP", "tel:+864008001234 SIP")),
        (0, swap("Max-Forwards: 70\r\n", "")),
        (0, INVITE.replace("INVITE", "OPTIONS").replace("Max-Forwards: 70", "Max-Forwards: 0")),
        // Without what a response needs, and for an ACK, there is no answer.
        (1, swap("Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKabc;rport\r\n", "")),
        (1, INVITE.replace("INVITE", "ACK").replace("CSeq: 1", "CSeq: x")),
    ] {
        assert_eq!(status(&text), expected, "{text}");
    }
}

#[test]
fn a_missing_content_length_is_repaired_and_user_parameters_go() {
    let text = INVITE
        .replace("Content-Length: 4\r\n", "")
        .replace("sip:4008001234@edge.example SIP", "sip:4008001234;npdi=yes@edge.example SIP");
    let Verdict::Pass(message) = check(text.as_bytes()) else { panic!("refused") };
    let wire = String::from_utf8(message.write()).unwrap();
    assert!(wire.starts_with("INVITE sip:4008001234@edge.example SIP/2.0\r\n"), "{wire}");
    assert!(wire.ends_with("Content-Length: 4\r\n\r\nv=0\n"), "{wire}");
}

#[test]
fn the_answer_goes_back_the_way_the_request_came() {
    let text = INVITE.replace("Max-Forwards: 70", "Max-Forwards: 0");
    let Verdict::Refuse(message, refusal) = check(text.as_bytes()) else { panic!("passed") };
    let wire = String::from_utf8(answer(&message, &refusal, source(), 7)).unwrap();
    assert!(wire.starts_with("SIP/2.0 483 Too Many Hops\r\n"), "{wire}");
    assert!(
        wire.contains("Via: SIP/2.0/UDP 192.0.2.1:5070;branch=z9hG4bKabc;rport=5999;received=192.0.2.1\r\n"),
        "{wire}"
    );
    assert!(wire.contains("To: <sip:4008001234@edge.example>;tag="), "{wire}");
    assert!(wire.contains("CSeq: 1 INVITE\r\n"), "{wire}");
    assert_eq!(wire, String::from_utf8(answer(&message, &refusal, source(), 7)).unwrap(), "a retransmission differs");
    assert_eq!(return_address(&message, source()), source());
    let without_rport = check(text.replace(";rport", "").as_bytes());
    let Verdict::Refuse(message, _) = without_rport else { panic!("passed") };
    assert_eq!(return_address(&message, source()), "192.0.2.1:5070".parse::<SocketAddr>().unwrap());
}

#[test]
fn an_md5_challenge_hides_the_others() {
    let text = "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK1\r\n\
        From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 1 INVITE\r\n\
        WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=SHA-256\r\n\
        WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", algorithm=MD5\r\n\r\n";
    let Verdict::Pass(message) = check(text.as_bytes()) else { panic!("dropped") };
    let left: Vec<&str> = message.all("WWW-Authenticate").collect();
    assert_eq!(left, ["Digest realm=\"r\", nonce=\"n\", algorithm=MD5"]);
}

proptest! {
    #[test]
    fn no_bytes_bring_it_down(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        check(&bytes);
    }

    /// Broken in one or two places, so that the deeper checks are reached; and what passes, the stack parses.
    #[test]
    fn no_damage_to_a_real_request_brings_it_down(at in 0..INVITE.len(), byte: u8, cut in 0..INVITE.len(), line in "[ -~]{0,60}") {
        let mut bytes = INVITE.as_bytes().to_vec();
        bytes[at] = byte;
        bytes.truncate(INVITE.len() - cut / 4);
        let text = INVITE.replace("Max-Forwards: 70", &line).replace("<sip:gw@192.0.2.1:5070>", &line);
        for bytes in [bytes, text.into_bytes()] {
            match check(&bytes) {
                Verdict::Pass(message) => prop_assert!(SipMessage::try_from(message.write().as_slice()).is_ok()),
                Verdict::Refuse(message, refusal) => {
                    prop_assert!((400..700).contains(&refusal.status));
                    let answer = answer(&message, &refusal, source(), 1);
                    prop_assert!(answer.starts_with(b"SIP/2.0 "));
                    return_address(&message, source());
                }
                Verdict::Drop(_) => {}
            }
        }
    }
}
