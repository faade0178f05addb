//! A running edge for tests, the core's end of it, and SIPp beside it.

#![allow(dead_code, reason = "each test binary uses its own part of this")]

pub mod agent;
pub mod media;
pub mod sipp;

use hark_edge::config::{EdgeConfig, Sounds, Source};
use hark_edge::handle::{self, Handle};
use hark_shared::edge::{Cause, EdgeCommand, EdgeEvent, FromEdge, LegRole, ToEdge, TrunkPlan};
use hark_shared::ids::{ContactId, LegId, TenantId, TrunkId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::{Millis, Timestamp};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;

pub const TENANT: TenantId = TenantId::from_u128(0xA);
pub const TRUNK: TrunkId = TrunkId::from_u128(0xB);
/// The number that the test tenant owns.
pub const NUMBER: &str = "4008001234";
/// No event takes longer on a machine that is only busy.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Ids that count, and a clock that is set by hand.
#[derive(Default)]
pub struct Counted {
    ids: AtomicU64,
    now: AtomicI64,
}

impl Counted {
    pub fn advance(&self, by: Millis) {
        self.now.fetch_add(by.0, Ordering::Relaxed);
    }
}

impl Source for Counted {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.load(Ordering::Relaxed))
    }
    fn fresh(&self) -> u128 {
        1 + u128::from(self.ids.fetch_add(1, Ordering::Relaxed))
    }
}

struct Silent;

impl Sounds for Silent {
    fn wav(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// The core's end.
pub struct Core {
    pub edge: Handle,
    pub clock: Arc<Counted>,
    pub media: media::Log,
    events: mpsc::Receiver<FromEdge>,
    sent: u64,
    seq: u64,
}

impl Core {
    /// An edge with no trunk yet, whose media only hands out ports.
    pub async fn start(invites_per_second: u32) -> Self {
        let (mut config, clock) = config();
        config.invites_per_second = invites_per_second;
        let (sender, events) = mpsc::channel(handle::EVENT_QUEUE);
        let media = media::Log::default();
        let log = media.clone();
        let edge = handle::start_with(config, sender, move |_, events| Ok(media::start(log, events))).await.unwrap();
        let mut core = Self { edge, clock, media, events, sent: 0, seq: 0 };
        core.resume().await;
        core
    }

    /// Takes the edge's events from now on.
    async fn resume(&mut self) {
        self.send(EdgeCommand::Resume { seen: None }).await;
        assert!(matches!(self.next().await, EdgeEvent::Living { .. }));
    }

    /// A whole edge with one trunk at `address`.
    pub async fn with_sound(address: SocketAddr) -> Self {
        let (config, clock) = config();
        let (sender, events) = mpsc::channel(handle::EVENT_QUEUE);
        let edge = handle::start(config, sender).await.unwrap();
        let mut core = Self { edge, clock, media: media::Log::default(), events, sent: 0, seq: 0 };
        core.resume().await;
        core.send(EdgeCommand::SetTrunks(vec![trunk(address)])).await;
        core.settle().await;
        core
    }

    /// An edge with one trunk at `address` that trusts 127.0.0.1.
    pub async fn with_trunk(address: SocketAddr) -> Self {
        let mut core = Self::start(1000).await;
        core.send(EdgeCommand::SetTrunks(vec![trunk(address)])).await;
        core.settle().await;
        core
    }

    pub fn sip(&self) -> SocketAddr {
        self.edge.ports().sip
    }

    pub async fn send(&mut self, command: EdgeCommand) {
        self.sent += 1;
        self.edge.send(ToEdge { id: self.sent, epoch: 1, tenant: TENANT, command, seal: None }).await.unwrap();
    }

    /// Waits until every command so far is carried out: they keep their order, and this one is answered at once.
    pub async fn settle(&mut self) {
        self.send(EdgeCommand::TestTrunk { trunk: TrunkId::from_u128(0xDEAD) }).await;
        match self.next().await {
            EdgeEvent::TrunkTested { fault: Some(_), .. } => {}
            other => panic!("expected the answer about an unknown trunk, got {other:?}"),
        }
    }

    /// The next event but those about packets, which depend on time; checks the envelope.
    pub async fn next(&mut self) -> EdgeEvent {
        loop {
            let envelope = tokio::time::timeout(PATIENCE, self.events.recv())
                .await
                .expect("no event came")
                .expect("the edge stopped");
            self.seq += 1;
            assert_eq!((envelope.seq, envelope.tenant), (self.seq, TENANT));
            if !matches!(envelope.event, EdgeEvent::Media { .. }) {
                return envelope.event;
            }
        }
    }

    /// Nothing has happened but what was taken: a question is answered next.
    pub async fn expect_nothing(&mut self) {
        self.settle().await;
    }

    pub async fn incoming(&mut self) -> LegId {
        match self.next().await {
            EdgeEvent::Incoming { leg, trunk, to, .. } => {
                assert_eq!((trunk, to.as_str()), (TRUNK, NUMBER));
                leg
            }
            other => panic!("expected a call, got {other:?}"),
        }
    }

    pub async fn answer(&mut self, leg: LegId) {
        self.send(EdgeCommand::Answer { leg, role: LegRole::Customer(ContactId::from_u128(1)) }).await;
    }

    pub async fn answered(&mut self, leg: LegId) {
        assert_eq!(self.next().await, EdgeEvent::Answered { leg });
    }

    pub async fn end(&mut self, leg: LegId, cause: Cause) {
        self.send(EdgeCommand::End { leg, cause }).await;
    }

    pub async fn ended(&mut self, leg: LegId) -> Cause {
        match self.next().await {
            EdgeEvent::Ended { leg: ended, cause, .. } => {
                assert_eq!(ended, leg);
                cause
            }
            other => panic!("expected the end, got {other:?}"),
        }
    }

    pub async fn dial(&mut self, to: &str, timeout: Millis) -> LegId {
        let leg = LegId::from_u128(0x1000 + u128::from(self.sent));
        let role = LegRole::Dialled(ContactId::from_u128(2));
        let (to, from) = (number(to), number(NUMBER));
        self.send(EdgeCommand::Dial { leg, role, trunk: TRUNK, to, from, timeout }).await;
        leg
    }
}

fn config() -> (EdgeConfig, Arc<Counted>) {
    let clock = Arc::new(Counted::default());
    // Below the ports that the operating system hands out by itself, which tests take for telephones.
    let first = 12_000 + u16::try_from(std::process::id() % 200).unwrap() * 100;
    let config = EdgeConfig {
        sip: "127.0.0.1:0".parse().unwrap(),
        sip_public: "127.0.0.1".parse().unwrap(),
        rtp_ports: (first, first + 98),
        webrtc: "127.0.0.1:0".parse().unwrap(),
        webrtc_public: vec!["127.0.0.1".parse().unwrap()],
        invites_per_second: 1000,
        spool: std::env::temp_dir(),
        dialogs: fresh_folder(),
        media: hark_edge::config::MediaConfig::default(),
        sounds: Arc::new(Silent),
        source: Arc::clone(&clock) as Arc<dyn Source>,
    };
    (config, clock)
}

/// A folder of this edge's own, in the target folder, which goes with it.
fn fresh_folder() -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let name = format!("dialogs-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

pub fn number(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

pub fn trunk(address: SocketAddr) -> TrunkPlan {
    TrunkPlan {
        trunk: TRUNK,
        address: address.to_string(),
        sources: vec!["127.0.0.1".into()],
        credentials: None,
        numbers: vec![number(NUMBER)],
        allowed: vec!["0".into()],
        refer: false,
        limit: 50,
    }
}

/// A UDP port that nobody uses now.
pub fn free_port() -> SocketAddr {
    std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// Waits until the kernel lists the port: binding it to find out would take it from the process.
pub async fn listens(at: SocketAddr) {
    let entry = format!(":{:04X} ", at.port());
    let bound = async {
        while !std::fs::read_to_string("/proc/net/udp").unwrap().contains(&entry) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, bound).await.expect("the far end did not start");
}
