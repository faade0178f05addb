//! Callbacks as people read them: who is to be called, and what came of it. The floor writes them as facts.

use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Tx, from_json, sql};
use hark_shared::ids::{CallbackId, ContactId, TenantId, UserId};
use hark_shared::time::Timestamp;
use hark_shared::wire::callbacks::{Callback, CallbackLine};
use uuid::Uuid;

/// Whose callbacks to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbacksOf {
    /// Everybody's.
    All,
    /// Those of this user's queues and teams, and the user's own.
    User(UserId),
}

/// Where a page of the list begins: strictly after this callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallbackCursor {
    /// When it is due, or when it ended.
    pub at: Timestamp,
    /// The callback.
    pub id: CallbackId,
}

#[derive(sqlx::FromRow)]
struct Row {
    at: i64,
    id: Uuid,
    body: String,
    queue_name: Option<String>,
    user_name: Option<String>,
    team_name: Option<String>,
    tried_by: Option<String>,
    held_by: Option<String>,
}

/// A callback with its names, by the time in this column; a `WHERE` follows.
macro_rules! select {
    ($at:literal, $($rest:literal),+) => {
        concat!(
            "SELECT c.",
            $at,
            " AS at, c.id, c.body, q.name AS queue_name, u.name AS user_name, d.name AS team_name,
                    t.name AS tried_by, h.name AS held_by
             FROM callbacks c
             LEFT JOIN queues q ON q.tenant = c.tenant AND q.id = c.queue
             LEFT JOIN users u ON u.tenant = c.tenant AND u.id = c.agent
             LEFT JOIN documents d ON d.tenant = c.tenant AND d.kind = 'team' AND d.id = c.team
             LEFT JOIN users t ON t.tenant = c.tenant AND t.id = c.tried_by
             LEFT JOIN users h ON h.tenant = c.tenant AND h.id = c.held_by
             WHERE c.tenant = $1 AND ",
            $($rest),+
        )
    };
}

/// Narrows a list to a user's queues and teams and own tasks; the user is `$5`.
macro_rules! of_user {
    ($at:literal, $rest:literal) => {
        select!(
            $at,
            "(c.agent = $5
              OR c.queue IN (SELECT s.queue FROM user_queues s WHERE s.tenant = $1 AND s.user_id = $5)
              OR c.team IN (SELECT p.document FROM document_people p
                            WHERE p.tenant = $1 AND p.kind = 'team' AND p.user_id = $5)) AND ",
            $rest
        )
    };
}

impl Db {
    /// At most `limit` open callbacks, those that are due first before others, and where the next page begins.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn open_callbacks(
        &self,
        tenant: TenantId,
        of: CallbacksOf,
        after: Option<CallbackCursor>,
        limit: u16,
    ) -> Result<(Vec<CallbackLine>, Option<CallbackCursor>), StoreError> {
        let after = after.unwrap_or(CallbackCursor { at: Timestamp(i64::MIN), id: CallbackId(Uuid::nil()) });
        let mut link = self.read().await?;
        let rows = match of {
            CallbacksOf::All => sql!(all: Row, link,
                (select!("due", "c.ended IS NULL AND (c.due, c.id) > ($2, $3) ORDER BY c.due, c.id LIMIT $4")),
                tenant.0, after.at.0, after.id.0, i64::from(limit))?,
            CallbacksOf::User(user) => sql!(all: Row, link,
                (of_user!("due", "c.ended IS NULL AND (c.due, c.id) > ($2, $3) ORDER BY c.due, c.id LIMIT $4")),
                tenant.0, after.at.0, after.id.0, i64::from(limit), user.0)?,
        };
        page(rows, limit)
    }

    /// At most `limit` callbacks that are over, the last ones first, and where the next page begins.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn ended_callbacks(
        &self,
        tenant: TenantId,
        of: CallbacksOf,
        before: Option<CallbackCursor>,
        limit: u16,
    ) -> Result<(Vec<CallbackLine>, Option<CallbackCursor>), StoreError> {
        let before = before.unwrap_or(CallbackCursor { at: Timestamp(i64::MAX), id: CallbackId(Uuid::max()) });
        let mut link = self.read().await?;
        let rows = match of {
            CallbacksOf::All => sql!(all: Row, link,
                (select!("ended", "c.ended IS NOT NULL AND (c.ended, c.id) < ($2, $3)
                          ORDER BY c.ended DESC, c.id DESC LIMIT $4")),
                tenant.0, before.at.0, before.id.0, i64::from(limit))?,
            CallbacksOf::User(user) => sql!(all: Row, link,
                (of_user!("ended", "c.ended IS NOT NULL AND (c.ended, c.id) < ($2, $3)
                           ORDER BY c.ended DESC, c.id DESC LIMIT $4")),
                tenant.0, before.at.0, before.id.0, i64::from(limit), user.0)?,
        };
        page(rows, limit)
    }

    /// All open callbacks, those that are due first before others; at most `limit`.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn callbacks_left_open(&self, tenant: TenantId, limit: usize) -> Result<Vec<Callback>, StoreError> {
        let mut link = self.read().await?;
        let rows = sql!(
            all: (String,),
            link,
            "SELECT body FROM callbacks WHERE tenant = $1 AND ended IS NULL ORDER BY due, id LIMIT $2",
            tenant.0,
            i64::try_from(limit).unwrap_or(i64::MAX)
        )?;
        rows.iter().map(|(body,)| from_json("callbacks.body", body)).collect()
    }

    /// One callback.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn callback(&self, tenant: TenantId, id: CallbackId) -> Result<Option<Callback>, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(
            one: (String,),
            link,
            "SELECT body FROM callbacks WHERE tenant = $1 AND id = $2",
            tenant.0,
            id.0
        )?;
        row.map(|(body,)| from_json("callbacks.body", &body)).transpose()
    }
}

fn page(rows: Vec<Row>, limit: u16) -> Result<(Vec<CallbackLine>, Option<CallbackCursor>), StoreError> {
    let next = match rows.last() {
        Some(last) if rows.len() == usize::from(limit) => {
            Some(CallbackCursor { at: Timestamp(last.at), id: CallbackId(last.id) })
        }
        _ => None,
    };
    let line = |row: Row| {
        Ok(CallbackLine {
            callback: from_json("callbacks.body", &row.body)?,
            queue_name: row.queue_name,
            user_name: row.user_name,
            team_name: row.team_name,
            tried_by: row.tried_by,
            held_by: row.held_by,
        })
    };
    Ok((rows.into_iter().map(line).collect::<Result<_, StoreError>>()?, next))
}

/// The callback that a contact has booked, or that it was a try of.
pub(crate) async fn of_contact(
    tx: &mut Tx,
    tenant: TenantId,
    contact: ContactId,
) -> Result<Option<Callback>, StoreError> {
    let row = sql!(
        one: (String,),
        tx,
        "SELECT c.body FROM callbacks c
         WHERE c.tenant = $1 AND (c.contact = $2 OR c.id IN (
             SELECT t.callback FROM callback_tries t WHERE t.tenant = $1 AND t.contact = $2))
         ORDER BY c.booked DESC LIMIT 1",
        tenant.0,
        contact.0
    )?;
    row.map(|(body,)| from_json("callbacks.body", &body)).transpose()
}
