//! The edge's part: in the core's process, or in one of its own that the core finds again after a crash.

use super::{Place, Role};
use crate::api::{self, EdgeState};
use crate::clock::{self, Clock, Entropy, draw};
use crate::config::{self, Config};
use crate::sounds::Library;
use crate::telemetry::Queues;
use crate::{startup, telemetry, tls};
use anyhow::Context;
use hark_edge::config::{EdgeConfig, MediaConfig};
use hark_edge::handle::{EVENT_QUEUE, Handle, Ports};
use hark_edge::link::{self, Line, LinkKey};
use hark_shared::edge::FromEdge;
use hark_shared::time::Timestamp;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Where the edge writes recordings until they are kept, under the data folder.
const SPOOL: &str = "spool";

/// Our clock and randomness, as the edge takes them.
struct EdgeSource {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl hark_edge::config::Source for EdgeSource {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn fresh(&self) -> u128 {
        self.entropy.uuid_v7(self.clock.now()).as_u128()
    }
}

/// An edge in a process of its own.
pub struct Edge {
    /// Where it listens.
    pub ports: Ports,
    /// Where it shows its health, if it shall.
    pub watch: Option<SocketAddr>,
    handle: Handle,
    draining: CancellationToken,
}

/// Starts an edge and dials its core; calls are taken once a core is there.
///
/// # Errors
/// When a port or a folder cannot be used, or there is no link key.
pub async fn start(config: &Config) -> anyhow::Result<Edge> {
    let (clock, entropy) = clock::system();
    startup::data_folder(&config.data)?;
    let key = read_key(&config.link_key())?;
    let watchers = match config.edge.watch {
        Some(address) => Some((startup::listen_for_watchers(address).await?, telemetry::install())),
        None => None,
    };
    let (events, from_edge) = mpsc::channel(EVENT_QUEUE);
    let handle = hark_edge::handle::start(plan(config, &clock, &entropy)?, events).await;
    let handle = handle.map_err(startup::edge)?;
    let (edge, core) = (handle.clone(), config.link.core.clone());
    let (connect, connected) = watch::channel(false);
    tokio::spawn(async move { link::dial(edge, from_edge, &core, &key, connect).await });
    let draining = CancellationToken::new();
    let mut watch = None;
    if let Some((listener, metrics)) = watchers {
        watch = Some(listener.local_addr()?);
        let (token, queues) = (super::metrics_token(config), queues(&handle));
        let state = EdgeState { metrics, token, connected, draining: draining.clone(), queues };
        tokio::spawn(tls::serve(listener, None, api::edge_router(state)));
    }
    Ok(Edge { ports: handle.ports(), watch, handle, draining })
}

/// How full the edge's queues are, as the figures take it.
fn queues(edge: &Handle) -> Queues {
    let queues = edge.queues();
    Arc::new(move || queues.look().into_iter().map(|queue| (queue.name, queue.waiting, queue.limit)).collect())
}

impl Edge {
    /// Carries calls until `stop`; then takes no new ones and waits for the living ones to end.
    pub async fn serve(self, stop: impl Future<Output = ()>) {
        stop.await;
        tracing::info!("stopping: no new calls, waiting for living ones");
        self.draining.cancel();
        let _ = tokio::time::timeout(super::DRAIN_LIMIT, self.handle.drain()).await;
    }
}

/// The edge's configuration in its own words; its spool folder is made.
pub(super) fn plan(config: &Config, clock: &Arc<dyn Clock>, entropy: &Arc<dyn Entropy>) -> anyhow::Result<EdgeConfig> {
    Ok(EdgeConfig {
        sip: config.edge.sip,
        sip_public: config.edge.sip_address(),
        rtp_ports: config.edge.ports()?,
        webrtc: config.edge.webrtc,
        webrtc_public: config.edge.webrtc_addresses(),
        invites_per_second: config.edge.invites_per_second,
        spool: make_spool(config)?,
        dialogs: config.data.join("dialogs"),
        media: media(config),
        // An edge plays what was spoken; it speaks nothing itself.
        sounds: Arc::new(Library::new(&config.sounds(), None)),
        source: Arc::new(EdgeSource { clock: clock.clone(), entropy: entropy.clone() }),
    })
}

// Whatever may be asked for is what the edge can do.
const _: () = assert!(config::MAX_MEDIA_THREADS == hark_edge::config::MAX_MEDIA_THREADS);

fn media(config: &Config) -> MediaConfig {
    let own = MediaConfig::default();
    MediaConfig {
        threads: config.edge.media_threads.unwrap_or(own.threads),
        spool_free: config.edge.spool_free_mb * 1_000_000,
    }
}

/// The edge in this process, or the port where one in another process is awaited.
pub(super) async fn open(
    config: &Config,
    role: Role,
    events: mpsc::Sender<FromEdge>,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> anyhow::Result<(Line, Place, Queues)> {
    match role {
        Role::Serve => {
            let plan = plan(config, clock, entropy)?;
            let edge = hark_edge::handle::start(plan.clone(), events).await.map_err(startup::edge)?;
            let place = Place::Here(edge.ports(), Box::new(plan));
            let queues = queues(&edge);
            Ok((Line::here(edge), place, queues))
        }
        Role::Core => {
            let key = link_key(&config.link_key(), entropy.as_ref())?;
            let at = config.link.listen;
            let listener = startup::listen_for_edge(at).await?;
            let at = listener.local_addr()?;
            Ok((link::listen(listener, key, events), Place::Apart(at), Arc::new(Vec::new)))
        }
    }
}

/// The folder where recordings are written until they are kept; made when it is not there. Core and edge share it, and
/// either may be the first.
pub(super) fn make_spool(config: &Config) -> anyhow::Result<PathBuf> {
    let spool = config.data.join(SPOOL);
    std::fs::create_dir_all(&spool).with_context(|| format!("the folder {} cannot be made", spool.display()))?;
    Ok(spool)
}

/// The core's link key: what the file holds, or a new one in a file that only its owner may read.
pub(super) fn link_key(path: &Path, entropy: &dyn Entropy) -> anyhow::Result<LinkKey> {
    if path.exists() {
        return read_key(path);
    }
    let key = LinkKey::new(draw(entropy));
    super::write_secret(path, key.to_text().as_bytes())?;
    tracing::info!(path = %path.display(), "a link key was made: an edge on another machine needs a copy of this file");
    Ok(key)
}

fn read_key(path: &Path) -> anyhow::Result<LinkKey> {
    let text = std::fs::read_to_string(path).with_context(|| {
        format!("{} cannot be read: start the core first, or copy its link key here", path.display())
    })?;
    LinkKey::parse(&text).with_context(|| path.display().to_string())
}
