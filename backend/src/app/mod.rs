//! Puts the parts together: store, edge, floors, API. Wiring only; nothing is decided here.
//!
//! Three roles: `serve` is everything in one process; `core` is everything but the edge, which runs apart ([`edge`]).

pub mod edge;

use crate::api::{self, ApiOptions, AppState, Limits, tickets};
use crate::assets;
use crate::auth::{Auth, Passwords};
use crate::clock::{self, Clock, Entropy, draw};
use crate::config::{Config, PrivateHosts, Tls, Voice};
use crate::dip::Dips;
use crate::files::{Files, Sound};
use crate::floor::handle::{FloorHandle, Floors};
use crate::floor::journal::JournalKey;
use crate::floor::{self, Parts};
use crate::jobs::Jobs;
use crate::mail::Mailer;
use crate::post::Post;
use crate::sounds::{EspeakNg, Library, Synthesiser};
use crate::tls::{self, Certificates};
use crate::{startup, telemetry};
use anyhow::Context;
use hark_edge::config::EdgeConfig;
use hark_edge::handle::{EVENT_QUEUE, Ports};
use hark_edge::link::Line;
use hark_edge::media::recording;
use hark_shared::edge::{FromEdge, SealKey};
use hark_shared::ids::TenantId;
use hark_shared::time::Timestamp;
use hark_store::{Db, MasterKey};
use secrecy::SecretString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A server that is ready.
pub struct App {
    /// Where the web server listens.
    pub http: SocketAddr,
    /// Where its edge is.
    pub place: Place,
    /// The one-time key of the set-up link, on an empty database.
    pub setup_key: Option<String>,
    /// What the API's handlers reach; the demo uses it too.
    pub state: AppState,
    listener: TcpListener,
    certificates: Option<Arc<Certificates>>,
    floors: Floors,
    extra: axum::Router<AppState>,
}

/// Where the edge is.
#[derive(Clone)]
pub enum Place {
    /// In this process, listening there.
    Here(Ports, Box<EdgeConfig>),
    /// In another, which connects to this address.
    Apart(SocketAddr),
}

/// What this process shall be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything.
    Serve,
    /// Everything but the edge.
    Core,
}

/// How long a drain waits for calls to end by themselves.
const DRAIN_LIMIT: std::time::Duration = std::time::Duration::from_secs(300);
/// How long a database may be away when the server starts, and how often it is tried.
const DATABASE_PATIENCE: std::time::Duration = std::time::Duration::from_secs(120);
const DATABASE_AGAIN: std::time::Duration = std::time::Duration::from_secs(1);
/// How often a drain looks whether they have.
const DRAIN_LOOK: std::time::Duration = std::time::Duration::from_millis(200);

impl api::Floors for Floors {
    fn get(&self, tenant: TenantId) -> Option<FloorHandle> {
        Self::get(self, tenant)
    }

    fn all(&self) -> Vec<(TenantId, FloorHandle)> {
        Self::all(self)
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

/// Opens everything; calls are taken as soon as this returns, pages once [`App::serve`] runs.
///
/// # Errors
/// When a folder, a port or the database cannot be used; the error says which and why.
pub async fn start(config: &Config, role: Role) -> anyhow::Result<App> {
    let (clock, entropy) = clock::system();
    startup::data_folder(&config.data)?;
    let master = master_key(&config.data.join("master.key"), entropy.as_ref())?;
    let db = open_database(config, &master).await?;
    let listener = startup::listen(config).await?;
    let certificates = certificates(config, clock.now())?;
    let (events, incoming) = mpsc::channel(EVENT_QUEUE);
    // Before anything counts.
    let metrics = telemetry::install();
    let (line, place, queues) = edge::open(config, role, events, &clock, &entropy).await?;
    let recordings = config.data.join("recordings");
    let files = Files::local(&recordings, &edge::make_spool(config)?, open_sealed)?;
    let journal = JournalKey::new(master, entropy.clone());
    let dips = Dips::new(PrivateHosts::read(&config.flows.private_hosts)?, clock.clone());
    let sounds = Library::new(&config.sounds(), synthesiser(config));
    let floors = floors(Ground {
        db: db.clone(),
        files: files.clone(),
        line,
        journal,
        clock: clock.clone(),
        entropy: entropy.clone(),
        data: config.data.clone(),
        dips,
        sounds: sounds.clone(),
    });
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
        metrics,
        queues,
        sounds,
        options: Arc::new(api_options(config, certificates.is_some())),
        draining: CancellationToken::new(),
        db,
        clock,
        entropy,
    };
    start_jobs(&state);
    start_post(&state, Mailer::open(&config.mail)?);
    let http = listener.local_addr()?;
    Ok(App { http, place, setup_key, state, listener, certificates, floors, extra: api::ws::routes() })
}

/// Opens the database. A server that comes back while its database is away waits for it a while: calls go on at an
/// edge apart, and facts are on disk.
async fn open_database(config: &Config, master: &[u8; 32]) -> anyhow::Result<Db> {
    let began = tokio::time::Instant::now();
    loop {
        match Db::open(&config.database_url(), MasterKey::new(master)).await {
            Ok(db) => return Ok(db),
            Err(error) if began.elapsed() < DATABASE_PATIENCE && config.database.url.starts_with("postgres") => {
                tracing::warn!(%error, "the database cannot be opened: trying again");
                tokio::time::sleep(DATABASE_AGAIN).await;
            }
            Err(error) => return Err(error).context("the database cannot be opened"),
        }
    }
}

/// Who speaks sentences that nobody has recorded, if anybody does.
fn synthesiser(config: &Config) -> Option<Arc<dyn Synthesiser>> {
    match config.speech.synthesiser {
        Voice::None => None,
        Voice::EspeakNg => {
            let found = EspeakNg::find();
            if found.is_none() {
                tracing::warn!(
                    "texts of flows are not spoken: install espeak-ng, or set speech.synthesiser to \"none\""
                );
            }
            found.map(|found| Arc::new(found) as Arc<dyn Synthesiser>)
        }
    }
}

/// How the API behaves.
fn api_options(config: &Config, encrypted: bool) -> ApiOptions {
    ApiOptions { public_origins: config.http.public_origins.clone(), encrypted, metrics_token: metrics_token(config) }
}

/// Who may read the figures from elsewhere.
fn metrics_token(config: &Config) -> Option<SecretString> {
    Some(config.http.metrics_token.clone()).filter(|token| !token.is_empty()).map(Into::into)
}

/// The certificate to show, watched for changes; `None` for plain HTTP.
fn certificates(config: &Config, now: Timestamp) -> anyhow::Result<Option<Arc<Certificates>>> {
    let certificates = match config.http.encryption()? {
        Tls::Off => return Ok(None),
        Tls::Files { certificate, key } => Certificates::open(&certificate, &key)?,
        Tls::SelfSigned => {
            let folder = config.data.join("tls");
            let now = std::time::Duration::from_millis(now.0.max(0).unsigned_abs());
            Certificates::self_signed(&folder, config.own_names(), std::time::SystemTime::UNIX_EPOCH + now)?
        }
    };
    certificates.watch();
    Ok(Some(certificates))
}

fn start_post(state: &AppState, mailer: Option<Mailer>) {
    let (db, files, clock) = (state.db.clone(), state.files.clone(), state.clock.clone());
    if let Some(mailer) = mailer {
        Post { db, files, clock, mailer }.start();
    }
}

fn start_jobs(state: &AppState) {
    let (auth, tickets, files) = (state.auth.clone(), state.tickets.clone(), state.files.clone());
    Jobs { auth, tickets, files, db: state.db.clone(), clock: state.clock.clone(), metrics: state.metrics.clone() }
        .start();
}

/// What the tenants' keys are wrapped with: 32 random bytes in a file that only its owner may read.
fn master_key(path: &Path, entropy: &dyn Entropy) -> anyhow::Result<[u8; 32]> {
    match std::fs::read(path) {
        Ok(bytes) => bytes.try_into().map_err(|_| anyhow::anyhow!("{} does not hold 32 bytes", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key: [u8; 32] = draw(entropy);
            write_secret(path, &key)?;
            Ok(key)
        }
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Writes a new file that only its owner may read.
fn write_secret(path: &Path, secret: &[u8]) -> anyhow::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;
    let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(secret)?;
    Ok(file.sync_all()?)
}

/// Opens a sealed recording for [`Files`], with the key that its header names.
fn open_sealed(path: &Path, keys: &[SealKey]) -> std::io::Result<Box<dyn Sound>> {
    let wanted = recording::key_id(path).map_err(std::io::Error::other)?;
    let key = keys.iter().find(|key| key.id == wanted);
    let key = key.ok_or_else(|| std::io::Error::other(format!("the tenant has no key {wanted}")))?;
    let opened = recording::open(path, key).map_err(std::io::Error::other)?;
    Ok(Box::new(std::io::Cursor::new(opened.wav())))
}

/// What all floors stand on.
#[derive(Clone)]
struct Ground {
    db: Db,
    files: Files,
    line: Line,
    journal: JournalKey,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    /// The folder that holds theirs.
    data: PathBuf,
    dips: Dips,
    sounds: Library,
}

fn floors(ground: Ground) -> Floors {
    Floors::new(Arc::new(move |tenant| {
        let Ground { db: store, files, line, journal, clock, entropy, data, dips, sounds } = ground.clone();
        let folder = data.join("floors").join(tenant.to_string());
        Box::pin(async move {
            let seal = store.recording_key(tenant).await?;
            Ok(floor::start(Parts { tenant, store, files, line, clock, entropy, folder, seal, journal, dips, sounds })?)
        })
    }))
}

/// Gives every event of the edge to the floor that it is for.
async fn route(mut events: mpsc::Receiver<FromEdge>, floors: Floors) {
    while let Some(event) = events.recv().await {
        let Some(floor) = floors.find(event.tenant).await else {
            tracing::warn!(tenant.id = %event.tenant, "an event of a tenant without a floor is dropped");
            continue;
        };
        if floor.edge(event).await.is_err() {
            return;
        }
    }
}

impl App {
    /// How the web server is spoken to: `http` or `https`.
    #[must_use]
    pub fn scheme(&self) -> &'static str {
        if self.certificates.is_some() { "https" } else { "http" }
    }

    /// Adds the demo: its tenant, its carrier and its page.
    ///
    /// # Errors
    /// See [`crate::demo::start`].
    pub async fn add_demo(&mut self) -> anyhow::Result<()> {
        let Place::Here(ports, edge) = &self.place else {
            anyhow::bail!("the demo needs its edge in the same process");
        };
        let routes = crate::demo::start(&self.state, *ports, edge).await?;
        self.extra = std::mem::take(&mut self.extra).merge(routes);
        Ok(())
    }

    /// Serves pages and the API until `stop`; then takes no new calls and waits for the living ones.
    ///
    /// # Errors
    /// When the web server fails.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        let Self { state, listener, certificates, floors, extra, .. } = self;
        let draining = state.draining.clone();
        let router = api::router(state, extra).fallback(assets::site);
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
            served = tls::serve(listener, certificates, router) => served.context("the web server failed"),
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
