//! A media thread with everything around it that a test needs.

use hark_edge::config::{self, EdgeConfig, Sounds};
use hark_edge::media::{self, Codec, MediaCommand, MediaEvent, RtpTarget};
use hark_shared::edge::{Listener, RecordingPlan, RoomPlan, SealKey, Source, Voice};
use hark_shared::ids::{LegId, RoomId};
use hark_shared::time::Timestamp;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Every await of a test ends within this time, or the test fails.
pub const DEADLINE: Duration = Duration::from_secs(15);

/// Each test takes ports of its own.
static NEXT_RANGE: AtomicU16 = AtomicU16::new(0);

/// Sounds of a test.
#[derive(Default)]
pub struct Files(pub HashMap<String, Vec<u8>>);

impl Sounds for Files {
    fn wav(&self, name: &str) -> Option<Vec<u8>> {
        self.0.get(name).cloned()
    }
}

/// Media names nothing and dates nothing by itself.
struct Stopped;

impl config::Source for Stopped {
    fn now(&self) -> Timestamp {
        Timestamp(0)
    }
    fn fresh(&self) -> u128 {
        0
    }
}

/// A running media thread.
pub struct Site {
    pub commands: mpsc::Sender<MediaCommand>,
    pub events: mpsc::Receiver<MediaEvent>,
    pub webrtc: SocketAddr,
    pub spool: PathBuf,
}

pub fn leg(number: u128) -> LegId {
    LegId::from_u128(number)
}

pub const ROOM: RoomId = RoomId::from_u128(900);

impl Site {
    pub fn start(files: Files) -> Self {
        Self::start_in(files, spool())
    }

    pub fn start_in(files: Files, spool: PathBuf) -> Self {
        Self::start_with(config(files, spool, ports()))
    }

    pub fn start_with(config: EdgeConfig) -> Self {
        let spool = config.spool.clone();
        let (sender, events) = mpsc::channel(256);
        let (commands, webrtc) = media::start(&config, sender).unwrap();
        Self { commands, events, webrtc, spool }
    }

    pub async fn send(&self, command: MediaCommand) {
        self.commands.send(command).await.unwrap();
    }

    /// Opens a telephone leg; tells where to send.
    pub async fn open_rtp(&self, leg: LegId) -> SocketAddr {
        let (reply, answer) = oneshot::channel();
        self.send(MediaCommand::OpenRtp { leg, reply }).await;
        within(answer).await.unwrap().unwrap()
    }

    /// Waits until everything that was sent so far about a telephone leg is done: opening it again changes nothing and
    /// is answered in its turn. Packets are not in that queue and would overtake.
    pub async fn settled(&self, leg: LegId) {
        self.open_rtp(leg).await;
    }

    pub async fn open_peer(&self, leg: LegId, offer: String, prefer: &[Codec]) -> String {
        let (reply, answer) = oneshot::channel();
        self.send(MediaCommand::OpenPeer { leg, offer, prefer: prefer.to_vec(), reply }).await;
        within(answer).await.unwrap().unwrap()
    }

    /// The next event that `pick` wants; others are skipped.
    pub async fn event<T>(&mut self, mut pick: impl FnMut(&MediaEvent) -> Option<T>) -> T {
        within(async {
            loop {
                let event = self.events.recv().await.expect("the media thread lives");
                if let Some(found) = pick(&event) {
                    return found;
                }
            }
        })
        .await
    }

    pub async fn room(&self, sources: Vec<Source>, hears: &[(LegId, Vec<Voice>)]) {
        self.recorded_room(sources, hears, None, None).await;
    }

    pub async fn recorded_room(
        &self,
        sources: Vec<Source>,
        hears: &[(LegId, Vec<Voice>)],
        recording: Option<RecordingPlan>,
        seal: Option<SealKey>,
    ) {
        let listeners = hears.iter().map(|(leg, hears)| Listener { leg: *leg, hears: hears.clone() }).collect();
        let plan = RoomPlan { room: ROOM, sources, listeners, recording };
        self.send(MediaCommand::SetRoom { plan, seal }).await;
    }
}

/// A folder for recordings that nobody else has.
pub fn spool() -> PathBuf {
    let spool = std::env::temp_dir().join(format!("hark-media-{}-{}", std::process::id(), rand::random::<u32>()));
    std::fs::create_dir_all(&spool).unwrap();
    spool
}

/// RTP ports that no other test begins with.
pub fn ports() -> (u16, u16) {
    // Each test is a process of its own under nextest: spread by process too.
    let range = NEXT_RANGE.fetch_add(1, Ordering::Relaxed) + (std::process::id() % 400) as u16;
    let first = 20_000 + (range % 400) * 40;
    (first, first + 399)
}

/// What a test's media is told.
pub fn config(files: Files, spool: PathBuf, rtp_ports: (u16, u16)) -> EdgeConfig {
    EdgeConfig {
        sip: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        sip_public: IpAddr::V4(Ipv4Addr::LOCALHOST),
        rtp_ports,
        webrtc: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
        webrtc_public: vec![IpAddr::V4(Ipv4Addr::LOCALHOST)],
        invites_per_second: 100,
        dialogs: spool.join("dialogs"),
        spool,
        media: hark_edge::config::MediaConfig::default(),
        sounds: Arc::new(files),
        source: Arc::new(Stopped),
    }
}

/// Two legs that hear each other.
pub fn bridge(a: LegId, b: LegId) -> Vec<(LegId, Vec<Voice>)> {
    vec![(a, vec![Voice::Leg(b)]), (b, vec![Voice::Leg(a)])]
}

pub fn target(address: SocketAddr, codec: Codec) -> RtpTarget {
    let payload_type = match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::Opus => 111,
    };
    let rtcp = SocketAddr::new(address.ip(), address.port() + 1);
    RtpTarget { address, rtcp, codec, payload_type, events: Some(101), ptime_ms: 20, send: true }
}

pub async fn within<F: Future>(future: F) -> F::Output {
    tokio::time::timeout(DEADLINE, future).await.expect("within the deadline")
}
