//! Recordings' records; the sound itself is a file that is not the store's.

use crate::db::Db;
use crate::error::StoreError;
use crate::sql::sql;
use hark_shared::ids::{ContactId, RecordingId, TenantId, UserId};
use uuid::Uuid;

/// Whose a recording is, to judge who may play it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordingOwner {
    /// The contact it is of.
    pub contact: ContactId,
    /// The agent who talked, once the contact's record is here.
    pub agent: Option<UserId>,
}

impl Db {
    /// Whose a recording is; `None` when the tenant has no such recording.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn recording_owner(
        &self,
        tenant: TenantId,
        id: RecordingId,
    ) -> Result<Option<RecordingOwner>, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(
            one: (Uuid, Option<Uuid>),
            link,
            "SELECT r.contact, c.agent FROM recordings r
             LEFT JOIN contacts c ON c.tenant = r.tenant AND c.id = r.contact
             WHERE r.tenant = $1 AND r.id = $2",
            tenant.0,
            id.0
        )?;
        Ok(row.map(|(contact, agent)| RecordingOwner { contact: ContactId(contact), agent: agent.map(UserId) }))
    }
}
