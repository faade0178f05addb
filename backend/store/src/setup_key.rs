//! The one-time key with which the first administrator is made; only its hash is kept.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::sql;
use crate::tenants::NewTenant;
use crate::users::{self, NewUser};
use hark_shared::time::Timestamp;

impl Db {
    /// Keeps the hash of a new key; an older one opens nothing any more.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn put_setup_key(&self, hash: &[u8; 32]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO setup_key (one, hash) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET hash = excluded.hash",
            hash.as_slice()
        )?;
        tx.commit().await
    }

    /// Whether this is the hash of the key that waits to be used.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn setup_key_is(&self, hash: &[u8; 32]) -> Result<bool, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(one: (Vec<u8>,), link, "SELECT hash FROM setup_key WHERE hash = $1", hash.as_slice())?;
        Ok(row.is_some())
    }

    /// Uses the key up and makes a tenant with its first user, all or nothing. `false`: no such key, nothing made.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the tenant's short name is taken; the key is then still good.
    pub async fn use_setup_key(
        &self,
        hash: &[u8; 32],
        tenant: &NewTenant,
        user: &NewUser,
        audit: &Audit,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if sql!(run, tx, "DELETE FROM setup_key WHERE hash = $1", hash.as_slice())? == 0 {
            return Ok(false);
        }
        self.insert_tenant(&mut tx, tenant, now).await?;
        users::insert(&mut tx, tenant.id, user, now).await?;
        audit::write(&mut tx, tenant.id, audit).await?;
        tx.commit().await?;
        Ok(true)
    }
}
