//! Wrong tries to sign in, counted before the password is looked at: parallel tries cannot slip past the count.

use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{clean, sql};
use hark_shared::ids::TenantId;
use hark_shared::time::{Millis, Timestamp};

/// Tries that are forgotten with this much silence behind them; longer than the longest lock. It also bounds the
/// table: an hour of guessing at the speed of the password hash is some 10^5 rows.
const FORGET: Millis = Millis::from_secs(3600);

impl Db {
    /// Counts a try unless the name is locked. `locked(wrong)` says how long after its last try a name with so many
    /// wrong ones is locked. Returns when the lock ends, if there is one; the try was then not counted.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn count_try(
        &self,
        tenant: TenantId,
        login: &str,
        now: Timestamp,
        locked: impl Fn(u32) -> Millis,
    ) -> Result<Option<Timestamp>, StoreError> {
        let login = clean(login);
        let mut tx = self.write().await?;
        sql!(run, tx, "DELETE FROM sign_in_tries WHERE last < $1", now.0 - FORGET.0)?;
        // The row is made first and then counted up, so that on PostgreSQL two tries wait for each other on it.
        sql!(
            run,
            tx,
            "INSERT INTO sign_in_tries (tenant, login, wrong, last) VALUES ($1, $2, 0, $3) ON CONFLICT DO NOTHING",
            tenant.0,
            login.as_str(),
            now.0
        )?;
        let row = sql!(one: (i64, i64), tx,
            { lite: "SELECT wrong, last FROM sign_in_tries WHERE tenant = $1 AND login = $2",
              pg: "SELECT wrong, last FROM sign_in_tries WHERE tenant = $1 AND login = $2 FOR UPDATE" },
            tenant.0, login.as_str())?;
        let (wrong, last) = row.unwrap_or((0, now.0));
        let until = Timestamp(last) + locked(u32::try_from(wrong).unwrap_or(u32::MAX));
        if until > now {
            return Ok(Some(until));
        }
        sql!(
            run,
            tx,
            "UPDATE sign_in_tries SET wrong = wrong + 1, last = $3 WHERE tenant = $1 AND login = $2",
            tenant.0,
            login.as_str(),
            now.0
        )?;
        tx.commit().await?;
        Ok(None)
    }

    /// Forgets a name's tries: somebody signed in.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn forget_tries(&self, tenant: TenantId, login: &str) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(run, tx, "DELETE FROM sign_in_tries WHERE tenant = $1 AND login = $2", tenant.0, clean(login))?;
        tx.commit().await
    }
}
