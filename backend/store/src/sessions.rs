//! Sign-in sessions. The cookie's secret never gets here, only its SHA-256.

use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{from_json, sql};
use hark_shared::ids::{TenantId, UserId};
use hark_shared::perms::Role;
use hark_shared::time::Timestamp;
use uuid::Uuid;

/// SHA-256 of a session's secret.
pub type TokenHash = [u8; 32];

/// A session with its user as they are now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionUser {
    /// Who.
    pub user: UserId,
    /// The sign-in name.
    pub login: String,
    /// The shown name.
    pub name: String,
    /// The tenant's shown name.
    pub tenant_name: String,
    /// What the user may do.
    pub roles: Vec<Role>,
    /// When the session was last known to be in use.
    pub touched: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    user_id: Uuid,
    login: String,
    name: String,
    tenant_name: String,
    roles: String,
    touched: i64,
}

impl Db {
    /// Begins a session.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn begin_session(
        &self,
        tenant: TenantId,
        token: &TokenHash,
        user: UserId,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO sessions (tenant, token, user_id, created, touched) VALUES ($1, $2, $3, $4, $4)",
            tenant.0,
            token.as_slice(),
            user.0,
            now.0
        )?;
        tx.commit().await
    }

    /// The session of this token and its user, if the user may still sign in. Whether it has been idle for too long is
    /// the caller's to judge by `touched`.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn session(&self, tenant: TenantId, token: &TokenHash) -> Result<Option<SessionUser>, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(one: Row, link,
            "SELECT s.user_id, u.login, u.name, t.name AS tenant_name, u.roles, s.touched
             FROM sessions s
             JOIN users u ON u.tenant = s.tenant AND u.id = s.user_id
             JOIN tenants t ON t.id = s.tenant
             WHERE s.tenant = $1 AND s.token = $2 AND u.active",
            tenant.0, token.as_slice())?;
        row.map(|row| {
            Ok(SessionUser {
                user: UserId(row.user_id),
                login: row.login,
                name: row.name,
                tenant_name: row.tenant_name,
                roles: from_json("users.roles", &row.roles)?,
                touched: Timestamp(row.touched),
            })
        })
        .transpose()
    }

    /// Notes that a session is in use; call it at most once a minute.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn touch_session(&self, tenant: TenantId, token: &TokenHash, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "UPDATE sessions SET touched = $3 WHERE tenant = $1 AND token = $2 AND touched < $3",
            tenant.0,
            token.as_slice(),
            now.0
        )?;
        tx.commit().await
    }

    /// Ends a session; `false` when it had ended already.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn end_session(&self, tenant: TenantId, token: &TokenHash) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let ended =
            sql!(run, tx, "DELETE FROM sessions WHERE tenant = $1 AND token = $2", tenant.0, token.as_slice())? > 0;
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends every session, of whichever tenant, that was last in use before `before`; says how many.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn end_idle_sessions(&self, before: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.write().await?;
        let ended = sql!(run, tx, "DELETE FROM sessions WHERE touched < $1", before.0)?;
        tx.commit().await?;
        Ok(ended)
    }
}
