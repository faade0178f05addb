//! The edge's SIP port against bad input, strangers and floods, with bare sockets as the far end.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Core, NUMBER, PATIENCE, free_port, trunk};
use hark_shared::edge::{Cause, EdgeCommand, EdgeEvent};
use hark_shared::time::Millis;
use std::net::SocketAddr;
use tokio::net::UdpSocket;

/// A far end that writes its own bytes.
struct Far {
    socket: UdpSocket,
    edge: SocketAddr,
    count: u32,
}

impl Far {
    async fn new(ip: &str, edge: SocketAddr) -> Self {
        Self { socket: UdpSocket::bind((ip, 0)).await.unwrap(), edge, count: 0 }
    }

    /// An INVITE of its own call each time.
    fn invite(&mut self) -> String {
        self.count += 1;
        let (here, n) = (self.socket.local_addr().unwrap(), self.count);
        let sdp = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
        format!(
            "INVITE sip:{NUMBER}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{n};rport\r\nMax-Forwards: 70\r\n\
             From: <sip:1001@c>;tag=t{n}\r\nTo: <sip:{NUMBER}@e>\r\nCall-ID: c{n}-{here}\r\nCSeq: 1 INVITE\r\n\
             Contact: <sip:1001@{here}>\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        )
    }

    async fn send(&self, bytes: impl AsRef<[u8]>) {
        self.socket.send_to(bytes.as_ref(), self.edge).await.unwrap();
    }

    /// The next response that is not 100.
    async fn response(&self) -> String {
        let mut buffer = vec![0; 4096];
        loop {
            let read = tokio::time::timeout(PATIENCE, self.socket.recv(&mut buffer)).await.expect("no response");
            let text = String::from_utf8(buffer[..read.unwrap()].to_vec()).unwrap();
            if !text.starts_with("SIP/2.0 100") {
                return text;
            }
        }
    }

    /// The status of the answer to a changed INVITE.
    async fn status(&mut self, from: &str, to: &str) -> u16 {
        let text = self.invite();
        assert!(text.contains(from), "{from}");
        self.send(text.replace(from, to)).await;
        let response = self.response().await;
        let status = response[8..11].parse().unwrap();
        // The ACK stops retransmissions of what the stack answered.
        let branch = format!("z9hG4bK{}", self.count);
        assert!(response.contains(&branch), "{response}");
        let line = |name: &str| response.lines().find(|l| l.starts_with(name)).unwrap().to_owned();
        let here = self.socket.local_addr().unwrap();
        self.send(format!(
            "ACK sip:{NUMBER}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch={branch};rport\r\nMax-Forwards: 70\r\n{}\r\n{}\r\n{}\r\nCSeq: 1 ACK\r\n\r\n",
            line("From"), line("To"), line("Call-ID"),
        ))
        .await;
        status
    }

    fn silent(&self) -> bool {
        self.socket.try_recv(&mut [0; 16]).is_err()
    }
}

#[tokio::test]
async fn each_fault_gets_its_status_and_none_disturbs_the_core() {
    let mut core = Core::with_trunk(free_port()).await;
    let mut far = Far::new("127.0.0.1", core.sip()).await;
    for (expected, from, to) in [
        (400, "CSeq: 1 INVITE", "CSeq: 1 BYE"),
        (400, "Content-Type: application/sdp\r\nContent-Length: ", "Content-Length: 9"),
        (404, "INVITE sip:4008001234", "INVITE sip:4008009999"),
        (404, "INVITE sip:4008001234", "INVITE sip:alice"),
        (415, "application/sdp", "text/plain"),
        (416, "INVITE sip:", "INVITE weixin:"),
        (420, "Max-Forwards: 70", "Max-Forwards: 70\r\nRequire: 100rel"),
        (422, "Max-Forwards: 70", "Max-Forwards: 70\r\nSession-Expires: 10"),
        (483, "Max-Forwards: 70", "Max-Forwards: 0"),
        (488, "RTP/AVP 0", "RTP/AVP 9"),
        (488, "m=audio", "m=image"),
        (505, "SIP/2.0\r\nVia", "SIP/3.0\r\nVia"),
    ] {
        assert_eq!(far.status(from, to).await, expected, "{from} -> {to}");
    }
    core.expect_nothing().await;
}

#[tokio::test]
async fn unknown_and_unwanted_methods_are_told_apart() {
    let core = Core::with_trunk(free_port()).await;
    let mut far = Far::new("127.0.0.1", core.sip()).await;
    for (method, status) in
        [("DANCE", "501"), ("REGISTER", "405"), ("SUBSCRIBE", "405"), ("BYE", "481"), ("INFO", "481")]
    {
        let text = far.invite().replace("INVITE", method);
        far.send(text).await;
        let response = far.response().await;
        assert!(response.starts_with(&format!("SIP/2.0 {status} ")), "{method}: {response}");
    }
}

#[tokio::test]
async fn garbage_is_dropped_and_calls_still_come_in() {
    let mut core = Core::with_trunk(free_port()).await;
    let mut far = Far::new("127.0.0.1", core.sip()).await;
    for garbage in [
        &b"\r\n\r\n"[..],
        b"",
        b"\0\xff\xfe",
        b"GET / HTTP/1.1\r\n\r\n",
        b"SIP/2.0 200\r\n\r\n",
        b"INVITE",
        &[b'a'; 60_000],
    ] {
        far.send(garbage).await;
    }
    let text = far.invite();
    far.send(text.replace("Content-Length", "X-Not-Length")).await;
    core.incoming().await;
}

#[tokio::test]
async fn gbk_names_are_shown_in_utf8() {
    let mut core = Core::with_trunk(free_port()).await;
    let mut far = Far::new("127.0.0.1", core.sip()).await;
    let mut bytes = far.invite().into_bytes();
    let at = bytes.windows(6).position(|w| w == b"From: ").unwrap() + 6;
    bytes.splice(at..at, b"\"\xd5\xc5\xc8\xfd\" ".iter().copied());
    far.send(bytes).await;
    let EdgeEvent::Incoming { name, .. } = core.next().await else { panic!("no call") };
    assert_eq!(name.as_deref(), Some("张三"));
}

#[tokio::test]
async fn a_stranger_hears_nothing() {
    let mut core = Core::with_trunk(free_port()).await;
    let mut stranger = Far::new("127.0.0.2", core.sip()).await;
    let mut friend = Far::new("127.0.0.1", core.sip()).await;
    let invite = stranger.invite();
    stranger.send(&invite).await;
    stranger.send(invite.replace("INVITE", "OPTIONS")).await;
    stranger.send(invite.replace("70", "0")).await;
    stranger.send("\r\n\r\n").await;
    // The socket is read in order: once the friend is answered, the stranger's packets have been judged.
    assert_eq!(friend.status("Max-Forwards: 70", "Max-Forwards: 0").await, 483);
    core.expect_nothing().await;
    assert!(stranger.silent());
}

#[tokio::test]
async fn calls_above_the_rate_get_503_until_time_passes() {
    let mut core = Core::start(3).await;
    core.send(EdgeCommand::SetTrunks(vec![trunk(free_port())])).await;
    core.settle().await;
    let mut far = Far::new("127.0.0.1", core.sip()).await;
    for _ in 0..3 {
        let text = far.invite();
        far.send(&text).await;
        core.incoming().await;
    }
    let text = far.invite();
    far.send(&text).await;
    let refused = far.response().await;
    assert!(refused.starts_with("SIP/2.0 503 ") && refused.contains("Retry-After: "), "{refused}");
    core.clock.advance(Millis(1000));
    let text = far.invite();
    far.send(&text).await;
    core.incoming().await;
}

#[tokio::test]
async fn a_full_trunk_gets_503_and_a_place_is_given_back() {
    let mut core = Core::with_trunk(free_port()).await;
    let mut one = trunk(free_port());
    one.limit = 1;
    core.send(EdgeCommand::SetTrunks(vec![one])).await;
    core.settle().await;
    let mut far = Far::new("127.0.0.1", core.sip()).await;
    let text = far.invite();
    far.send(&text).await;
    let leg = core.incoming().await;
    let text = far.invite();
    far.send(&text).await;
    let refused = far.response().await;
    assert!(refused.starts_with("SIP/2.0 503 ") && refused.contains("Retry-After: 5\r\n"), "{refused}");
    core.end(leg, Cause::Busy).await;
    core.ended(leg).await;
    // The place is free when the call's task has ended, a moment after the core was told.
    let admitted = async {
        loop {
            let text = far.invite();
            far.send(&text).await;
            let response = far.response().await;
            if !response.starts_with("SIP/2.0 503") && !response.starts_with("SIP/2.0 486") {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = core.incoming() => {}
        () = admitted => panic!("an answer that nobody gave"),
    }
}
