//! The audit log: who did what to what, written in the transaction of the deed.

use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Tx, clean, sql};
use hark_shared::ids::{TenantId, UserId};
use hark_shared::time::Timestamp;
use hark_shared::wire::rest::AuditEntry;
use uuid::Uuid;

/// An entry to write.
#[derive(Clone, Debug)]
pub struct Audit {
    /// The entry's own id.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who; `None` for the system or before sign-in.
    pub user: Option<UserId>,
    /// Their name now, since it may change.
    pub user_name: Option<String>,
    /// What, like `user.changed`.
    pub action: &'static str,
    /// On what: an id or a name.
    pub subject: String,
    /// From which address.
    pub address: Option<String>,
}

/// Where a page of the log begins: strictly before this entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditCursor {
    /// The entry's time.
    pub at: Timestamp,
    /// The entry.
    pub id: Uuid,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    at: i64,
    user_id: Option<Uuid>,
    user_name: Option<String>,
    action: String,
    subject: String,
    address: Option<String>,
}

impl Db {
    /// Writes an entry by itself, for deeds that change no row (a recording was played, a sign-in failed).
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn audit(&self, tenant: TenantId, entry: &Audit) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        write(&mut tx, tenant, entry).await?;
        tx.commit().await
    }

    /// At most `limit` entries, newest first, and where the next page begins.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn audit_log(
        &self,
        tenant: TenantId,
        before: Option<AuditCursor>,
        limit: u16,
    ) -> Result<(Vec<AuditEntry>, Option<AuditCursor>), StoreError> {
        let before = before.unwrap_or(AuditCursor { at: Timestamp(i64::MAX), id: Uuid::max() });
        let mut link = self.read().await?;
        let rows = sql!(all: Row, link,
            "SELECT id, at, user_id, user_name, action, subject, address FROM audit
             WHERE tenant = $1 AND (at, id) < ($2, $3) ORDER BY at DESC, id DESC LIMIT $4",
            tenant.0, before.at.0, before.id, i64::from(limit))?;
        let next = match rows.last() {
            Some(last) if rows.len() == usize::from(limit) => Some(AuditCursor { at: Timestamp(last.at), id: last.id }),
            _ => None,
        };
        Ok((rows.into_iter().map(AuditEntry::from).collect(), next))
    }
}

pub(crate) async fn write(tx: &mut Tx, tenant: TenantId, entry: &Audit) -> Result<(), StoreError> {
    sql!(
        run,
        tx,
        "INSERT INTO audit (tenant, id, at, user_id, user_name, action, subject, address)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        tenant.0,
        entry.id,
        entry.at.0,
        entry.user.map(|user| user.0),
        entry.user_name.as_deref(),
        entry.action,
        clean(&entry.subject),
        entry.address.as_deref()
    )?;
    Ok(())
}

impl From<Row> for AuditEntry {
    fn from(row: Row) -> Self {
        Self {
            at: Timestamp(row.at),
            user: row.user_id.map(UserId),
            user_name: row.user_name,
            action: row.action,
            subject: row.subject,
            address: row.address,
        }
    }
}
