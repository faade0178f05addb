//! What must be done again and again although nobody asks: idle sessions and unused tickets end, recordings that a crash
//! left in the spool are kept, counted samples are summed up.
//!
//! Every job is harmless when repeated, so a turn that fails is made up for by the next one.

use crate::api::tickets::Tickets;
use crate::auth::Auth;
use crate::clock::Clock;
use crate::files::Files;
use hark_shared::time::{Millis, Timestamp};
use hark_store::{Db, StoreError};
use metrics_exporter_prometheus::PrometheusHandle;
use std::sync::Arc;
use std::time::Duration;

/// How often it is looked whether something is due.
const TURN: Duration = Duration::from_secs(20);
/// Sessions end after hours: an hour more or less is nobody's concern.
const SESSIONS_EVERY: Millis = Millis::from_secs(3600);
/// A recording in the spool can be played already.
const SPOOL_EVERY: Millis = Millis::from_secs(300);

/// The jobs and what they work on.
pub struct Jobs {
    /// Sessions.
    pub auth: Auth,
    /// Visitors' tickets.
    pub tickets: Arc<Tickets>,
    /// Recordings.
    pub files: Files,
    /// Which recordings are closed, and whose.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Samples of histograms pile up until they are summed up here or by a scrape.
    pub metrics: Option<PrometheusHandle>,
}

/// When each job was done last.
#[derive(Debug, Default)]
pub struct Done {
    sessions: Option<Timestamp>,
    spool: Option<Timestamp>,
}

impl Jobs {
    /// Works from now on, for as long as the process lives.
    pub fn start(self) {
        tokio::spawn(async move {
            let mut done = Done::default();
            loop {
                self.turn(&mut done).await;
                tokio::time::sleep(TURN).await;
            }
        });
    }

    /// Does what is due now.
    pub async fn turn(&self, done: &mut Done) {
        let now = self.clock.now();
        if let Some(metrics) = &self.metrics {
            metrics.run_upkeep();
        }
        self.tickets.sweep(now);
        if is_due(&mut done.sessions, now, SESSIONS_EVERY) {
            match self.auth.sweep().await {
                Ok(0) => {}
                Ok(ended) => tracing::info!(ended, "idle sessions were ended"),
                Err(error) => tracing::warn!(%error, "idle sessions cannot be ended now"),
            }
        }
        if is_due(&mut done.spool, now, SPOOL_EVERY) {
            match self.keep_spooled().await {
                Ok(Spool { kept: 0, failed: 0, .. }) => {}
                Ok(Spool { kept, failed, open }) => {
                    tracing::info!(kept, failed, open, "recordings were left in the spool");
                }
                Err(error) => tracing::warn!(%error, "the spool cannot be looked through now"),
            }
        }
    }

    /// Keeps what lies in the spool and is closed: a recording has a record only once it is.
    async fn keep_spooled(&self) -> Result<Spool, StoreError> {
        let spooled = match self.files.all_spooled().await {
            Ok(spooled) => spooled,
            Err(error) => {
                tracing::warn!(%error, "the spool cannot be read");
                return Ok(Spool::default());
            }
        };
        let mut spool = Spool { open: spooled.len(), ..Spool::default() };
        if spooled.is_empty() {
            return Ok(spool);
        }
        let tenants = self.db.tenants().await?;
        for recording in spooled {
            for tenant in &tenants {
                let owned = self.db.recording_owner(tenant.id, recording).await?.is_some()
                    || self.db.has_message(tenant.id, recording).await?;
                if !owned {
                    continue;
                }
                spool.open -= 1;
                match self.files.keep(tenant.id, recording).await {
                    Ok(()) => spool.kept += 1,
                    Err(error) => {
                        spool.failed += 1;
                        tracing::warn!(%error, recording.id = %recording, "the recording stays in the spool");
                    }
                }
                break;
            }
        }
        Ok(spool)
    }
}

/// What a look through the spool came to.
#[derive(Debug, Default)]
struct Spool {
    kept: usize,
    failed: usize,
    /// Still being written, or their record waits for the database.
    open: usize,
}

fn is_due(last: &mut Option<Timestamp>, now: Timestamp, every: Millis) -> bool {
    let due = last.is_none_or(|last| now.since(last) >= every);
    if due {
        *last = Some(now);
    }
    due
}
