//! Puts the parts together: store, edge, floors, API. Wiring only; nothing is decided here.

use crate::api::{self, ApiOptions, AppState, Limits, tickets};
use crate::assets;
use crate::auth::{Auth, Passwords};
use crate::clock::{self, Clock, Entropy, draw};
use crate::config::Config;
use crate::files::{Files, Sound};
use crate::floor::handle::{FloorHandle, Floors};
use crate::floor::{self, Parts};
use anyhow::Context;
use hark_edge::config::{EdgeConfig, MediaConfig};
use hark_edge::handle::{EVENT_QUEUE, Handle as EdgeHandle, Ports};
use hark_edge::media::recording;
use hark_shared::edge::{FromEdge, SealKey};
use hark_shared::ids::TenantId;
use hark_shared::time::Timestamp;
use hark_store::{Db, MasterKey};
use metrics_exporter_prometheus::PrometheusBuilder;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A server that is ready.
pub struct App {
    /// Where the web server listens.
    pub http: SocketAddr,
    /// Where the edge listens.
    pub ports: Ports,
    /// The one-time key of the set-up link, on an empty database.
    pub setup_key: Option<String>,
    /// What the API's handlers reach; the demo uses it too.
    pub state: AppState,
    listener: TcpListener,
    floors: Floors,
    edge: EdgeConfig,
    extra: axum::Router<AppState>,
}

/// Where the edge writes recordings until they are kept, under the data folder.
const SPOOL: &str = "spool";

/// How long a drain waits for calls to end by themselves.
const DRAIN_LIMIT: std::time::Duration = std::time::Duration::from_secs(300);
/// How often a drain looks whether they have.
const DRAIN_LOOK: std::time::Duration = std::time::Duration::from_millis(200);

impl api::Floors for Floors {
    fn get(&self, tenant: TenantId) -> Option<FloorHandle> {
        Self::get(self, tenant)
    }

    fn open(&self, tenant: TenantId) {
        let floors = self.clone();
        tokio::spawn(async move {
            if let Err(error) = Self::open(&floors, tenant).await {
                tracing::error!(tenant.id = %tenant, %error, "the tenant's floor cannot be started");
            }
        });
    }
}

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

/// Opens everything; calls are taken as soon as this returns, pages once [`App::serve`] runs.
///
/// # Errors
/// When a folder, a port or the database cannot be used; the error says which and why.
pub async fn start(config: &Config) -> anyhow::Result<App> {
    let (clock, entropy) = clock::system();
    std::fs::create_dir_all(&config.data)
        .with_context(|| format!("the data folder {} cannot be made", config.data.display()))?;
    let master = MasterKey::new(&master_key(&config.data.join("master.key"), entropy.as_ref())?);
    let db = Db::open(&config.database_url(), master).await.context("the database cannot be opened")?;
    let listener = TcpListener::bind(config.http.listen)
        .await
        .with_context(|| format!("http.listen: {} cannot be used; is another server running?", config.http.listen))?;
    let (events, incoming) = mpsc::channel(EVENT_QUEUE);
    let edge_plan = edge_config(config, &clock, &entropy)?;
    let edge = hark_edge::handle::start(edge_plan.clone(), events).await.context("the edge cannot be started")?;
    let ports = edge.ports();
    let recordings = config.data.join("recordings");
    let files = Files::local(&recordings, &config.data.join(SPOOL), open_sealed)?;
    let floors = floors(&db, &files, edge, &clock, &entropy, &config.data);
    tokio::spawn(route(incoming, floors.clone()));
    for tenant in db.tenants().await? {
        floors.open(tenant.id).await?;
    }
    let setup_key = match db.tenants().await?.is_empty() {
        true => Some(api::rest::setup::draw_key(&db, entropy.as_ref()).await?),
        false => None,
    };
    let state = AppState {
        auth: Auth::new(db.clone(), clock.clone(), entropy.clone(), Passwords::new()),
        floors: Arc::new(floors.clone()),
        files,
        tickets: Arc::new(tickets::Tickets::default()),
        limits: Arc::new(Limits::default()),
        metrics: PrometheusBuilder::new().install_recorder().ok(),
        options: Arc::new(ApiOptions::default()),
        draining: CancellationToken::new(),
        db,
        clock,
        entropy,
    };
    let http = listener.local_addr()?;
    Ok(App { http, ports, setup_key, state, listener, floors, edge: edge_plan, extra: api::ws::routes() })
}

/// What the tenants' keys are wrapped with: 32 random bytes in a file that only its owner may read.
fn master_key(path: &Path, entropy: &dyn Entropy) -> anyhow::Result<[u8; 32]> {
    match std::fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|_| anyhow::anyhow!("{} does not hold 32 bytes", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            use std::io::Write;
            use std::os::unix::fs::OpenOptionsExt;
            let key: [u8; 32] = draw(entropy);
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            file.write_all(&key)?;
            file.sync_all()?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

fn edge_config(config: &Config, clock: &Arc<dyn Clock>, entropy: &Arc<dyn Entropy>) -> anyhow::Result<EdgeConfig> {
    let spool = config.data.join(SPOOL);
    std::fs::create_dir_all(&spool)?;
    Ok(EdgeConfig {
        sip: config.edge.sip,
        sip_public: config.edge.sip_address(),
        rtp_ports: config.edge.ports()?,
        webrtc: config.edge.webrtc,
        webrtc_public: config.edge.webrtc_addresses(),
        invites_per_second: config.edge.invites_per_second,
        spool,
        media: MediaConfig::default(),
        sounds: Arc::new(assets::Sounds),
        source: Arc::new(EdgeSource { clock: clock.clone(), entropy: entropy.clone() }),
    })
}

/// Opens a sealed recording for [`Files`], with the key that its header names.
fn open_sealed(path: &Path, keys: &[SealKey]) -> std::io::Result<Box<dyn Sound>> {
    let wanted = recording::key_id(path).map_err(std::io::Error::other)?;
    let key = keys.iter().find(|key| key.id == wanted);
    let key = key.ok_or_else(|| std::io::Error::other(format!("the tenant has no key {wanted}")))?;
    let opened = recording::open(path, key).map_err(std::io::Error::other)?;
    Ok(Box::new(std::io::Cursor::new(opened.wav())))
}

fn floors(
    db: &Db,
    files: &Files,
    edge: EdgeHandle,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
    data: &Path,
) -> Floors {
    let (db, files, clock, entropy, data) =
        (db.clone(), files.clone(), clock.clone(), entropy.clone(), data.to_owned());
    Floors::new(Arc::new(move |tenant| {
        let (store, edge, clock, entropy) = (db.clone(), edge.clone(), clock.clone(), entropy.clone());
        let files = files.clone();
        let folder = data.join("floors").join(tenant.to_string());
        Box::pin(async move {
            let seal = store.recording_key(tenant).await?;
            Ok(floor::start(Parts { tenant, store, files, edge, clock, entropy, folder, seal })?)
        })
    }))
}

/// Gives every event of the edge to the floor that it is for.
async fn route(mut events: mpsc::Receiver<FromEdge>, floors: Floors) {
    while let Some(event) = events.recv().await {
        let Some(floor) = floors.get(event.tenant) else {
            tracing::warn!(tenant.id = %event.tenant, "an event of a tenant without a floor is dropped");
            continue;
        };
        if floor.edge(event.event).await.is_err() {
            return;
        }
    }
}

impl App {
    /// Adds the demo: its tenant, its carrier and its page.
    ///
    /// # Errors
    /// See [`crate::demo::start`].
    pub async fn add_demo(&mut self) -> anyhow::Result<()> {
        let routes = crate::demo::start(&self.state, self.ports, &self.edge).await?;
        self.extra = std::mem::take(&mut self.extra).merge(routes);
        Ok(())
    }

    /// Serves pages and the API until `stop`; then takes no new calls and waits for the living ones.
    ///
    /// # Errors
    /// When the web server fails.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self { state, listener, floors, extra, .. } = self;
        let draining = state.draining.clone();
        let router = api::router(state, extra).fallback(assets::site);
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        let drained = CancellationToken::new();
        let end = drained.clone();
        tokio::spawn(async move {
            stop.await;
            tracing::info!("stopping: no new calls, waiting for living ones");
            draining.cancel();
            let _ = tokio::time::timeout(DRAIN_LIMIT, drain(&floors)).await;
            drained.cancel();
        });
        tokio::select! {
            served = async { axum::serve(listener, service).await } => served.context("the web server failed"),
            () = end.cancelled() => Ok(()),
        }
    }
}

/// Returns when no floor has a call or an unsaved fact left.
async fn drain(floors: &Floors) {
    for (_, floor) in floors.all() {
        let _ = floor.drain().await;
    }
    for (_, floor) in floors.all() {
        while let Ok(stats) = floor.stats().await {
            if stats.live_calls == 0 && stats.unsaved_facts == 0 {
                break;
            }
            tokio::time::sleep(DRAIN_LOOK).await;
        }
    }
}
