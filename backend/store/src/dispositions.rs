//! Dispositions: the ways a contact can end for the business. One that was taken away keeps its row for history.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Conn, clean, sql};
use hark_shared::ids::{DispositionId, TenantId};
use hark_shared::time::Timestamp;
use hark_shared::wire::desk::Disposition;
use uuid::Uuid;

impl Db {
    /// Every disposition that is offered, oldest first.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn dispositions(&self, tenant: TenantId) -> Result<Vec<Disposition>, StoreError> {
        list(self.read().await?.conn(), tenant).await
    }

    /// Creates a disposition.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its id is taken.
    pub async fn create_disposition(
        &self,
        tenant: TenantId,
        new: &Disposition,
        audit: &Audit,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO dispositions (tenant, id, zh, en) VALUES ($1, $2, $3, $4)",
            tenant.0,
            new.id.0,
            clean(&new.zh),
            clean(&new.en)
        )?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }

    /// Changes a disposition; `false` when there is none of this id.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn change_disposition(
        &self,
        tenant: TenantId,
        changed: &Disposition,
        audit: &Audit,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(
            run,
            tx,
            "UPDATE dispositions SET zh = $3, en = $4 WHERE tenant = $1 AND id = $2 AND removed IS NULL",
            tenant.0,
            changed.id.0,
            clean(&changed.zh),
            clean(&changed.en)
        )? > 0;
        if found {
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    /// Takes a disposition away; `false` when there is none of this id.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn remove_disposition(
        &self,
        tenant: TenantId,
        id: DispositionId,
        audit: &Audit,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(
            run,
            tx,
            "UPDATE dispositions SET removed = $3 WHERE tenant = $1 AND id = $2 AND removed IS NULL",
            tenant.0,
            id.0,
            now.0
        )? > 0;
        if found {
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }
}

pub(crate) async fn list(mut conn: Conn<'_>, tenant: TenantId) -> Result<Vec<Disposition>, StoreError> {
    let rows = sql!(
        all: (Uuid, String, String),
        conn,
        "SELECT id, zh, en FROM dispositions WHERE tenant = $1 AND removed IS NULL ORDER BY id",
        tenant.0
    )?;
    Ok(rows.into_iter().map(|(id, zh, en)| Disposition { id: DispositionId(id), zh, en }).collect())
}
