//! What a tenant's agents take at once, and what may interrupt what.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Conn, from_json, sql, to_json};
use hark_shared::capacity::Capacity;
use hark_shared::ids::TenantId;

impl Db {
    /// As the tenant has decided.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn capacity(&self, tenant: TenantId) -> Result<Capacity, StoreError> {
        read(self.read().await?.conn(), tenant).await
    }

    /// Changes it.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn change_capacity(
        &self,
        tenant: TenantId,
        capacity: &Capacity,
        audit: &Audit,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(run, tx, "UPDATE tenants SET capacity = $2 WHERE id = $1", tenant.0, to_json(capacity))?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }
}

pub(crate) async fn read(mut conn: Conn<'_>, tenant: TenantId) -> Result<Capacity, StoreError> {
    let row = sql!(one: (String,), conn, "SELECT capacity FROM tenants WHERE id = $1", tenant.0)?;
    row.map_or(Ok(Capacity::default()), |(text,)| from_json("tenants.capacity", &text))
}
