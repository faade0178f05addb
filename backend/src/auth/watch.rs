//! The news that a session is over, for sockets that live longer than a request.

use crate::auth::{IDLE, SignedIn, TOUCH_EVERY};
use crate::clock::Clock;
use hark_shared::ids::{TenantId, UserId};
use hark_shared::time::Timestamp;
use hark_store::{Db, StoreError, TokenHash};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast::{self, error::RecvError};

/// How often the store is asked although no news came: for sessions that idled out, or were ended by another node.
const RECHECK: Duration = Duration::from_secs(300);

/// Why a session is over for a live socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Somebody wanted it so: signed out, or changed what the user may do. It holds at once.
    Ended,
    /// Time passed, or the store has it no more. Nobody decided anything: what is under way may come to its end.
    Expired,
}

/// Something that may end somebody's live sockets.
#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    /// This session ended.
    Session(TenantId, TokenHash, Over),
    /// This user's roles, password or right to sign in changed.
    User(TenantId, UserId),
    /// This user changed the password in this session: all others of the user are over.
    Others(TenantId, UserId, TokenHash),
}

/// Waits for the end of one session.
pub struct SessionWatch {
    db: Db,
    clock: Arc<dyn Clock>,
    changes: broadcast::Receiver<Change>,
    tenant: TenantId,
    user: UserId,
    session: TokenHash,
    touched: Timestamp,
}

impl SessionWatch {
    pub(super) fn new(db: Db, clock: Arc<dyn Clock>, changes: broadcast::Receiver<Change>, who: &SignedIn) -> Self {
        // Just now: the request that opened the socket did.
        let touched = clock.now();
        Self { db, clock, changes, tenant: who.tenant, user: who.user, session: who.session, touched }
    }

    /// The page gave a sign of life: gives the work of writing that down, at most once a minute, so that a shift spent on
    /// the telephone is not signed out. To be done beside the socket, which must not wait for a database.
    #[must_use]
    pub fn in_use(&mut self) -> Option<impl Future<Output = ()> + Send + 'static> {
        let now = self.clock.now();
        if now.since(self.touched) < TOUCH_EVERY {
            return None;
        }
        self.touched = now;
        let (db, tenant, session) = (self.db.clone(), self.tenant, self.session);
        Some(async move {
            if let Err(error) = db.touch_session(tenant, &session, now).await {
                tracing::debug!(%error, "a session's use could not be noted; the next minute tries again");
            }
        })
    }

    /// Returns when the session is over, or its user changed so that everything must be asked anew. Safe to drop and
    /// call again, as in `select!`; an expired session can be ended afterwards.
    pub async fn over(&mut self) -> Over {
        loop {
            match tokio::time::timeout(RECHECK, self.changes.recv()).await {
                Ok(Ok(Change::Session(tenant, session, why))) if (tenant, session) == (self.tenant, self.session) => {
                    return why;
                }
                Ok(Ok(Change::User(tenant, user))) if (tenant, user) == (self.tenant, self.user) => return Over::Ended,
                Ok(Ok(Change::Others(tenant, user, kept)))
                    if (tenant, user) == (self.tenant, self.user) && kept != self.session =>
                {
                    return Over::Ended;
                }
                Ok(Ok(Change::Session(..) | Change::User(..) | Change::Others(..))) => {}
                Ok(Err(RecvError::Closed)) => return Over::Ended,
                // A database that is away ends nobody's call.
                Ok(Err(RecvError::Lagged(_))) | Err(_) => {
                    if matches!(self.lives().await, Ok(false)) {
                        return Over::Expired;
                    }
                }
            }
        }
    }

    async fn lives(&self) -> Result<bool, StoreError> {
        let found = self.db.session(self.tenant, &self.session).await?;
        Ok(found.is_some_and(|found| self.clock.now().since(found.touched) < IDLE))
    }
}
