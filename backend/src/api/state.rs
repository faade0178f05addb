//! What every handler can reach.

use super::limit::PerAddress;
use super::tickets::Tickets;
use crate::auth::{Auth, SignedIn};
use crate::clock::{Clock, Entropy};
use crate::files::Files;
use crate::floor::handle::FloorHandle;
use crate::sounds::Library;
use crate::telemetry::Queues;
use hark_shared::ids::TenantId;
use hark_shared::time::{Millis, Timestamp};
use hark_store::{Audit, Db};
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use std::net::IpAddr;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The running floors, one a tenant.
pub trait Floors: Send + Sync {
    /// A tenant's floor, if it runs.
    fn get(&self, tenant: TenantId) -> Option<FloorHandle>;

    /// Every floor that runs.
    fn all(&self) -> Vec<(TenantId, FloorHandle)>;

    /// A tenant was created: its floor is started in the background, unless it runs.
    fn open(&self, tenant: TenantId);
}

/// How often one address may ask for what costs us something.
pub struct Limits {
    /// Tickets for visitors: a page draws one a call.
    pub tickets: PerAddress,
    /// Tries to sign in: each costs a hash. A whole office may be behind one address when the shift begins.
    pub sign_ins: PerAddress,
}

impl Default for Limits {
    fn default() -> Self {
        Self { tickets: PerAddress::new(10, Millis::from_secs(6)), sign_ins: PerAddress::new(300, Millis(200)) }
    }
}

/// How the API behaves; from the configuration.
#[derive(Debug, Default)]
pub struct ApiOptions {
    /// Our own addresses as browsers see them, like `https://desk.example`, when a proxy changes `Host`.
    pub public_origins: Vec<String>,
    /// Browsers reach this server by HTTPS: its own, not a proxy's.
    pub encrypted: bool,
    /// Who reads `/metrics` must say this, as `Authorization: Bearer …`; without one only this machine may.
    pub metrics_token: Option<SecretString>,
}

/// What every handler can reach; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// The store.
    pub db: Db,
    /// Who is asking.
    pub auth: Auth,
    /// The floors.
    pub floors: Arc<dyn Floors>,
    /// Recordings.
    pub files: Files,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Visitors' tickets that are not used yet.
    pub tickets: Arc<Tickets>,
    /// How often one address may ask for what costs us something.
    pub limits: Arc<Limits>,
    /// Renders the metrics; `None` when none are gathered.
    pub metrics: Option<PrometheusHandle>,
    /// How full the queues of an edge in this process are.
    pub queues: Queues,
    /// All sounds.
    pub sounds: Library,
    /// How the API behaves.
    pub options: Arc<ApiOptions>,
    /// Cancelled when the server drains: it is then no longer ready for new calls.
    pub draining: CancellationToken,
}

impl AppState {
    /// An entry for the audit log: what `who` does now, from where.
    #[must_use]
    pub fn entry(&self, who: &SignedIn, peer: Option<IpAddr>, action: &'static str, subject: impl ToString) -> Audit {
        let now = self.clock.now();
        Audit {
            id: self.entropy.uuid_v7(now),
            at: now,
            user: Some(who.user),
            user_name: Some(who.name.clone()),
            action,
            subject: subject.to_string(),
            address: peer.map(|peer| peer.to_string()),
        }
    }

    /// Tells a tenant's floor that its set-up changed. The change is saved already, so a floor that does not run is
    /// no error: it reads the set-up when it starts.
    pub async fn reload(&self, tenant: TenantId) {
        if let Some(floor) = self.floors.get(tenant)
            && floor.reload().await.is_err()
        {
            tracing::warn!(tenant.id = %tenant, "the set-up changed while the floor was stopping");
        }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
