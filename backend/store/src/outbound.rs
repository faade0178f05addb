//! How much a tenant may dial.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Conn, from_json, sql, to_json};
use hark_shared::ids::TenantId;
use hark_shared::wire::rest::OutboundLimits;

impl Db {
    /// The tenant's limits.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn outbound_limits(&self, tenant: TenantId) -> Result<OutboundLimits, StoreError> {
        read(self.read().await?.conn(), tenant).await
    }

    /// Changes them.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn change_outbound_limits(
        &self,
        tenant: TenantId,
        limits: &OutboundLimits,
        audit: &Audit,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "UPDATE tenants SET dial_at_once = $2, dial_per_day = $3, dial_recording = $4 WHERE id = $1",
            tenant.0,
            i64::from(limits.at_once),
            i64::from(limits.per_day),
            to_json(&limits.recording)
        )?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }
}

pub(crate) async fn read(mut conn: Conn<'_>, tenant: TenantId) -> Result<OutboundLimits, StoreError> {
    let row = sql!(
        one: (i64, i64, String),
        conn,
        "SELECT dial_at_once, dial_per_day, dial_recording FROM tenants WHERE id = $1",
        tenant.0
    )?;
    let Some((at_once, per_day, recording)) = row else { return Ok(OutboundLimits::default()) };
    let count = |column, value| u32::try_from(value).map_err(|why| StoreError::unreadable(column, why));
    Ok(OutboundLimits {
        at_once: count("tenants.dial_at_once", at_once)?,
        per_day: count("tenants.dial_per_day", per_day)?,
        recording: from_json("tenants.dial_recording", &recording)?,
    })
}
