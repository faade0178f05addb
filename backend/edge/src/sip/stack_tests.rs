//! Whatever way a call ends, nothing of it stays in our registries or in the stack's. And session timers in their own
//! time, with the clock of the runtime moved by hand.

use super::*;
use crate::config::{Sounds, Source};
use crate::sip::{CallCommand, Dial};
use hark_shared::edge::{Cause, TrunkPlan};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::{Millis, Timestamp};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const TENANT: TenantId = TenantId::from_u128(1);
const SDP: &str = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";
/// Longer than anything that a test advances the clock by.
const PATIENCE: Duration = Duration::from_secs(7200);

#[derive(Default)]
struct Counted(AtomicU64);

impl Source for Counted {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
    fn fresh(&self) -> u128 {
        1 + u128::from(self.0.fetch_add(1, Ordering::Relaxed))
    }
}

impl Sounds for Counted {
    fn wav(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// Signalling, and the far end's socket.
struct Bench {
    sip: Sip,
    at: SocketAddr,
    events: mpsc::Receiver<SipEvent>,
    far: UdpSocket,
    dialogs: std::path::PathBuf,
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.dialogs);
    }
}

impl Bench {
    async fn new() -> Self {
        let any: SocketAddr = "127.0.0.1:0".parse().unwrap();
        let dialogs = std::env::temp_dir().join(format!("hark-stack-{}", rand::random::<u64>()));
        let config = EdgeConfig {
            sip: any,
            sip_public: any.ip(),
            rtp_ports: (0, 0),
            webrtc: any,
            webrtc_public: vec![],
            invites_per_second: 100,
            spool: std::env::temp_dir(),
            dialogs: dialogs.clone(),
            media: crate::config::MediaConfig::default(),
            sounds: Arc::new(Counted::default()),
            source: Arc::new(Counted::default()),
        };
        let (sender, events) = mpsc::channel(64);
        let (sip, at) = start(&config, sender).await.unwrap();
        let far = UdpSocket::bind(any).await.unwrap();
        let plan = TrunkPlan {
            trunk: TrunkId::from_u128(2),
            address: far.local_addr().unwrap().to_string(),
            sources: vec![],
            credentials: None,
            numbers: vec![PhoneNumber::parse("4001").unwrap()],
            allowed: vec!["0".into()],
            refer: false,
            limit: 9,
        };
        sip.set_trunks(TENANT, vec![plan]);
        Self { sip, at, events, far, dialogs }
    }

    async fn event(&mut self) -> SipEvent {
        tokio::time::timeout(PATIENCE, self.events.recv()).await.unwrap().unwrap()
    }

    /// The next message whose first line has this.
    async fn receive(&self, wanted: &str) -> String {
        let mut buffer = vec![0; 4096];
        loop {
            let length = tokio::time::timeout(PATIENCE, self.far.recv(&mut buffer)).await.unwrap().unwrap();
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.lines().next().unwrap_or_default().contains(wanted) {
                return text;
            }
        }
    }

    async fn send(&self, text: String) {
        self.far.send_to(text.as_bytes(), self.at).await.unwrap();
    }

    async fn request(&self, method: &str, to: &str, extra: &str, body: &str) {
        let here = self.far.local_addr().unwrap();
        let branch = if method == "CANCEL" { "INVITE" } else { method };
        self.send(format!(
            "{method} sip:4001@{} SIP/2.0\r\nVia: SIP/2.0/UDP {here};branch=z9hG4bK{branch}\r\nFrom: <sip:1@c>;tag=f\r\nTo: {to}\r\n\
             Call-ID: c1\r\nCSeq: {} {method}\r\nContact: <sip:1@{here}>\r\n{extra}Content-Type: application/sdp\r\n\r\n{body}",
            self.at,
            if method == "BYE" { 2 } else { 1 },
        ))
        .await;
    }

    /// An inbound call that was answered; tells its leg and our To.
    async fn answered(&mut self, extra: &str) -> (LegId, String) {
        self.request("INVITE", "<sip:4001@e>", extra, SDP).await;
        let SipEvent::Incoming { leg, .. } = self.event().await else { panic!("no call") };
        self.sip.command(leg, CallCommand::Answer(SDP.into()));
        let ok = self.receive(" 200 ").await;
        let to = ok.lines().find_map(|line| line.strip_prefix("To: ")).unwrap().to_owned();
        self.request("ACK", &to, "", "").await;
        let SipEvent::Up { .. } = self.event().await else { panic!("not up") };
        (leg, to)
    }

    async fn ended(&mut self) -> Cause {
        match self.event().await {
            SipEvent::Ended { cause, .. } => cause,
            other => panic!("not the end: {other:?}"),
        }
    }

    /// Waits until no registry holds anything.
    async fn empty(&self) {
        let all = async {
            while self.sip.live() > 0 || !self.sip.shared.layer.is_empty() || !lock(&self.sip.shared.dialogs).is_empty()
            {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), all).await.expect("something of the call was left behind");
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_call_that_was_hung_up() {
    let mut b = Bench::new().await;
    let (_, to) = b.answered("").await;
    b.request("BYE", &to, "Reason: Q.850;cause=38\r\n", "").await;
    b.receive(" 200 ").await;
    assert_eq!(b.ended().await, Cause::Lost);
    b.empty().await;
}

#[tokio::test]
async fn nothing_is_left_of_a_call_that_was_cancelled() {
    let mut b = Bench::new().await;
    b.request("INVITE", "<sip:4001@e>", "", SDP).await;
    let SipEvent::Incoming { .. } = b.event().await else { panic!("no call") };
    b.request("CANCEL", "<sip:4001@e>", "", "").await;
    assert_eq!(b.ended().await, Cause::Cancelled);
    b.empty().await;
}

#[tokio::test]
async fn nothing_is_left_of_a_call_that_failed() {
    let mut b = Bench::new().await;
    let dial = Dial {
        leg: LegId::from_u128(77),
        tenant: TENANT,
        trunk: TrunkId::from_u128(2),
        to: PhoneNumber::parse("010").unwrap(),
        from: PhoneNumber::parse("4001").unwrap(),
        timeout: Millis::from_secs(30),
        offer: SDP.into(),
    };
    b.sip.dial(dial).unwrap();
    let invite = b.receive("INVITE ").await;
    let kept: String = invite
        .lines()
        .filter(|l| ["Via: ", "From: ", "Call-ID: ", "CSeq: "].iter().any(|name| l.starts_with(name)))
        .map(|l| format!("{l}\r\n"))
        .collect();
    b.send(format!("SIP/2.0 404 Not Found\r\n{kept}To: <sip:010@c>;tag=x\r\n\r\n")).await;
    assert_eq!(b.ended().await, Cause::NotFound);
    b.empty().await;
}

#[tokio::test(start_paused = true)]
async fn a_session_that_the_caller_does_not_refresh_is_hung_up() {
    let mut b = Bench::new().await;
    b.answered("Supported: timer\r\nSession-Expires: 90\r\n").await;
    tokio::time::advance(Duration::from_secs(59)).await;
    assert!(b.events.try_recv().is_err());
    tokio::time::advance(Duration::from_secs(2)).await;
    assert_eq!(b.ended().await, Cause::Lost);
    let bye = b.receive("BYE ").await;
    assert!(bye.contains("Reason: Q.850;cause=27"), "{bye}");
}

#[tokio::test(start_paused = true)]
async fn a_session_that_is_ours_to_refresh_is_refreshed() {
    for (allow, method) in [("Allow: INVITE, UPDATE\r\n", "UPDATE "), ("", "INVITE ")] {
        let mut b = Bench::new().await;
        b.answered(&format!("{allow}Session-Expires: 1800\r\n")).await;
        tokio::time::advance(Duration::from_secs(901)).await;
        let refresh = b.receive(method).await;
        assert!(refresh.contains("Session-Expires: 1800;refresher=uac"), "{refresh}");
        assert_eq!(refresh.contains("m=audio"), method == "INVITE ", "{refresh}");
    }
}
