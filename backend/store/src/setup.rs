//! A tenant's whole set-up in one read, for its floor.

use crate::db::Db;
use crate::error::StoreError;
use crate::sql::sql;
use crate::{capacity, dispositions, documents, flows, numbers, outbound, queues, skills, trunks, users};
use hark_shared::ids::TenantId;
use hark_shared::setup::TenantSetup;
use std::collections::{BTreeMap, BTreeSet};

impl Db {
    /// Everything an administrator has set up, as of one moment, trunk passwords in plain; `None` when there is no such
    /// tenant.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn load_setup(&self, tenant: TenantId) -> Result<Option<TenantSetup>, StoreError> {
        let mut tx = self.snapshot().await?;
        let Some((name,)) = sql!(one: (String,), tx, "SELECT name FROM tenants WHERE id = $1", tenant.0)? else {
            return Ok(None);
        };
        Ok(Some(TenantSetup {
            tenant,
            name,
            users: users::list(&mut tx, tenant, None).await?,
            skills: skills::list(tx.conn(), tenant).await?,
            queues: queues::list(&mut tx, tenant).await?,
            numbers: numbers::list(tx.conn(), tenant).await?,
            trunks: trunks::list(tx.conn(), tenant, Some(&self.master)).await?,
            dispositions: dispositions::list(tx.conn(), tenant).await?,
            outbound: outbound::read(tx.conn(), tenant).await?,
            capacity: capacity::read(tx.conn(), tenant).await?,
            flows: flows::published(tx.conn(), tenant).await?,
            // Sounds are nothing of the database's.
            sounds: BTreeSet::new(),
            rotas: documents::list(tx.conn(), tenant).await?,
            meeting_rooms: documents::list(tx.conn(), tenant).await?,
            calendars: documents::list(tx.conn(), tenant).await?,
            // Time zones are nothing of the database's.
            zones: BTreeMap::new(),
            listings: documents::list(tx.conn(), tenant).await?,
            notices: documents::list(tx.conn(), tenant).await?,
            prompts: documents::list(tx.conn(), tenant).await?,
            teams: documents::list(tx.conn(), tenant).await?,
            mailboxes: documents::list(tx.conn(), tenant).await?,
        }))
    }
}
