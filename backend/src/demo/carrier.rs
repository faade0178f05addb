//! The demo's telephone network: an edge whose only trunk is Hark.

use super::seed;
use hark_edge::config::EdgeConfig;
use hark_edge::handle::{self, EVENT_QUEUE, EdgeError, Handle};
use hark_shared::edge::{
    EdgeCommand, EdgeEvent, FromEdge, LegRole, Listener, RoomPlan, Sound, Source, ToEdge, TrunkPlan, Voice,
};
use hark_shared::ids::{ContactId, LegId, RoomId, SourceId, TenantId, TrunkId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use tokio::sync::mpsc;

/// The carrier's own tenant and trunk, in its own edge.
const NETWORK: TenantId = TenantId::from_u128(1);
const TRUNK: TrunkId = TrunkId::from_u128(1);

/// Calls at once: enough to see a queue grow.
const MOST_CALLS: usize = 20;

/// How long the carrier lets the hotline ring.
const PATIENCE: Millis = Millis::from_secs(180);

/// RTP ports of the carrier, apart from Hark's.
const RTP_PORTS: (u16, u16) = (18_000, 18_199);

/// Who calls, in turn, and what they say: the first two are customers that the demo tenant knows.
const CALLERS: [(&str, &str); 3] =
    [("13800138000", "demo/caller-zh"), ("+447700900123", "demo/caller-en"), ("02161230000", "demo/caller-zh")];

/// See the module; cheap to clone.
#[derive(Clone)]
pub(super) struct Carrier {
    edge: Handle,
    source: Arc<dyn hark_edge::config::Source>,
    commands: Arc<AtomicU64>,
    calls: Arc<AtomicUsize>,
    placed: Arc<AtomicUsize>,
}

/// Why no call was placed.
#[derive(Debug, thiserror::Error)]
pub(super) enum CarrierError {
    #[error("the demo's carrier places at most {MOST_CALLS} calls at once")]
    Busy,
    #[error(transparent)]
    Edge(#[from] EdgeError),
}

impl Carrier {
    /// Starts the carrier; `hark` is where it finds the hotline.
    pub async fn start(hark: SocketAddr, config: &EdgeConfig) -> Result<Self, EdgeError> {
        let free = |address: SocketAddr| SocketAddr::new(address.ip(), 0);
        let own = EdgeConfig {
            sip: free(config.sip),
            webrtc: free(config.webrtc),
            rtp_ports: RTP_PORTS,
            dialogs: config.dialogs.join("carrier"),
            ..config.clone()
        };
        let (events, incoming) = mpsc::channel(EVENT_QUEUE);
        let edge = handle::start(own, events).await?;
        let carrier = Self {
            edge,
            source: config.source.clone(),
            commands: Arc::default(),
            calls: Arc::default(),
            placed: Arc::default(),
        };
        let trunk = TrunkPlan {
            trunk: TRUNK,
            address: hark.to_string(),
            sources: Vec::new(),
            credentials: None,
            numbers: seed::DIALABLE.iter().filter_map(|number| PhoneNumber::parse(number).ok()).collect(),
            allowed: [seed::HOTLINE, seed::DIRECT].map(str::to_owned).to_vec(),
            refer: false,
            limit: u32::try_from(2 * MOST_CALLS).unwrap_or(u32::MAX),
        };
        carrier.send(EdgeCommand::Resume { seen: None }).await?;
        carrier.send(EdgeCommand::SetTrunks(vec![trunk])).await?;
        tokio::spawn(carrier.clone().listen(incoming));
        Ok(carrier)
    }

    /// Where the carrier takes calls.
    pub fn address(&self) -> SocketAddr {
        self.edge.ports().sip
    }

    /// How many of its calls live.
    pub fn calls(&self) -> usize {
        self.calls.load(Ordering::Relaxed)
    }

    /// Rings Hark's number that is led straight to a queue.
    pub async fn call(&self) -> Result<(), CarrierError> {
        if self.calls.fetch_add(1, Ordering::Relaxed) >= MOST_CALLS {
            self.calls.fetch_sub(1, Ordering::Relaxed);
            return Err(CarrierError::Busy);
        }
        let turn = self.placed.fetch_add(1, Ordering::Relaxed);
        let (caller, _) = CALLERS[turn % CALLERS.len()];
        let number = |text: &str| PhoneNumber::parse(text).expect("the demo's own numbers are dialable");
        let command = EdgeCommand::Dial {
            leg: LegId(self.fresh(turn)),
            role: LegRole::Customer(ContactId(uuid::Uuid::nil())),
            trunk: TRUNK,
            to: number(seed::DIRECT),
            from: number(caller),
            timeout: PATIENCE,
        };
        Ok(self.send(command).await?)
    }

    /// An id whose low bits say which caller it is, so that the answer plays the right voice.
    fn fresh(&self, turn: usize) -> uuid::Uuid {
        let low = (turn % CALLERS.len()) as u128;
        uuid::Uuid::from_u128(self.source.fresh() & !0xff | low)
    }

    async fn send(&self, command: EdgeCommand) -> Result<(), EdgeError> {
        let id = self.commands.fetch_add(1, Ordering::Relaxed) + 1;
        self.edge.send(ToEdge { id, epoch: 1, tenant: NETWORK, command, seal: None }).await
    }

    /// Speaks when somebody answers, answers when somebody calls.
    async fn listen(self, mut events: mpsc::Receiver<FromEdge>) {
        while let Some(FromEdge { event, seq, .. }) = events.recv().await {
            // Nobody looks back: the carrier keeps no journal.
            let heard = self.send(EdgeCommand::Acknowledge { seq }).await;
            let done = match event {
                EdgeEvent::Incoming { leg, .. } => {
                    self.calls.fetch_add(1, Ordering::Relaxed);
                    self.send(EdgeCommand::Answer { leg, role: LegRole::Customer(ContactId(leg.0)) }).await
                }
                EdgeEvent::Answered { leg } => self.speak(leg).await,
                EdgeEvent::Ended { leg, .. } => {
                    self.calls.fetch_sub(1, Ordering::Relaxed);
                    self.send(EdgeCommand::CloseRoom { room: RoomId(leg.0) }).await
                }
                EdgeEvent::Living { .. }
                | EdgeEvent::FarHold { .. }
                | EdgeEvent::Referred { .. }
                | EdgeEvent::Connected { .. }
                | EdgeEvent::Ringing { .. }
                | EdgeEvent::Media { .. }
                | EdgeEvent::Digit { .. }
                | EdgeEvent::SourceEnded { .. }
                | EdgeEvent::TrunkTested { .. }
                | EdgeEvent::Quiet { .. }
                | EdgeEvent::Fax { .. }
                | EdgeEvent::Recorded { .. } => Ok(()),
            };
            if let Err(error) = heard.and(done) {
                tracing::warn!(%error, "the demo's carrier stops");
                return;
            }
        }
    }

    /// Lets the caller speak, over and over, until somebody hangs up.
    async fn speak(&self, leg: LegId) -> Result<(), EdgeError> {
        let (_, voice) = CALLERS[(leg.0.as_u128() & 0xff) as usize % CALLERS.len()];
        let source = Source { id: SourceId(leg.0), sound: Sound::Music(voice.to_owned()) };
        let hears = vec![Voice::Source(source.id)];
        let plan = RoomPlan {
            room: RoomId(leg.0),
            sources: vec![source],
            listeners: vec![Listener { leg, hears }],
            recording: None,
        };
        self.send(EdgeCommand::SetRoom(plan)).await
    }
}
