//! Trunks. A digest password is sealed with the master key; only the floor's set-up gets it in plain.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::seal::{MasterKey, Nonce};
use crate::sql::{Conn, clean, from_json, sql, to_json};
use hark_shared::ids::{TenantId, TrunkId};
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::rest::Trunk;
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    address: String,
    sources: String,
    username: Option<String>,
    password: Option<Vec<u8>>,
    caller: Option<String>,
    allowed: String,
    call_limit: i64,
    refer: bool,
}

impl Db {
    /// Every trunk, by name, without passwords.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn trunks(&self, tenant: TenantId) -> Result<Vec<Trunk>, StoreError> {
        list(self.read().await?.conn(), tenant, None).await
    }

    /// Creates a trunk; `nonce` is for sealing its password.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its id or name is taken.
    pub async fn create_trunk(
        &self,
        tenant: TenantId,
        trunk: &Trunk,
        nonce: Nonce,
        audit: &Audit,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO trunks (tenant, id, name, address, sources, username, password, caller, allowed, call_limit,
                 refer)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            tenant.0,
            trunk.id.0,
            clean(&trunk.name),
            clean(&trunk.address),
            to_json(&trunk.sources),
            trunk.username.as_deref().map(clean),
            self.sealed(tenant, trunk, nonce),
            trunk.caller.as_ref().map(PhoneNumber::as_str),
            to_json(&trunk.allowed),
            i64::from(trunk.limit),
            trunk.refer
        )?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }

    /// Changes a trunk; `false` when there is none of this id. No password keeps the old one, no user name forgets it.
    ///
    /// # Errors
    /// As [`create_trunk`](Self::create_trunk).
    pub async fn change_trunk(
        &self,
        tenant: TenantId,
        trunk: &Trunk,
        nonce: Nonce,
        audit: &Audit,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(
            run,
            tx,
            "UPDATE trunks SET name = $3, address = $4, sources = $5, username = $6,
                 password = CASE WHEN $6 IS NULL THEN NULL ELSE COALESCE($7, password) END,
                 caller = $8, allowed = $9, call_limit = $10, refer = $11
             WHERE tenant = $1 AND id = $2",
            tenant.0,
            trunk.id.0,
            clean(&trunk.name),
            clean(&trunk.address),
            to_json(&trunk.sources),
            trunk.username.as_deref().map(clean),
            self.sealed(tenant, trunk, nonce),
            trunk.caller.as_ref().map(PhoneNumber::as_str),
            to_json(&trunk.allowed),
            i64::from(trunk.limit),
            trunk.refer
        )? > 0;
        if found {
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    /// Takes a trunk away; `false` when there is none of this id.
    ///
    /// # Errors
    /// [`StoreError::Dangling`] while a number comes through it.
    pub async fn remove_trunk(&self, tenant: TenantId, trunk: TrunkId, audit: &Audit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(run, tx, "DELETE FROM trunks WHERE tenant = $1 AND id = $2", tenant.0, trunk.0)? > 0;
        if found {
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    fn sealed(&self, tenant: TenantId, trunk: &Trunk, nonce: Nonce) -> Option<Vec<u8>> {
        let password = trunk.password.as_deref()?;
        Some(self.master.seal(nonce, &place(tenant, trunk.id.0), password.as_bytes()))
    }
}

/// With `master`, passwords are opened; without, left out.
pub(crate) async fn list(
    mut conn: Conn<'_>,
    tenant: TenantId,
    master: Option<&MasterKey>,
) -> Result<Vec<Trunk>, StoreError> {
    let rows = sql!(all: Row, conn,
        "SELECT id, name, address, sources, username, password, caller, allowed, call_limit, refer FROM trunks
         WHERE tenant = $1 ORDER BY name", tenant.0)?;
    rows.into_iter().map(|row| trunk(tenant, row, master)).collect()
}

fn trunk(tenant: TenantId, row: Row, master: Option<&MasterKey>) -> Result<Trunk, StoreError> {
    let caller = row.caller.as_deref().map(PhoneNumber::parse).transpose();
    let password = match (master, row.password) {
        (Some(master), Some(sealed)) => open(master, tenant, row.id, &sealed),
        (None, _) | (_, None) => None,
    };
    Ok(Trunk {
        id: TrunkId(row.id),
        name: row.name,
        address: row.address,
        sources: from_json("trunks.sources", &row.sources)?,
        username: row.username,
        password,
        caller: caller.map_err(|why| StoreError::unreadable("trunks.caller", why))?,
        allowed: from_json("trunks.allowed", &row.allowed)?,
        limit: u32::try_from(row.call_limit).map_err(|why| StoreError::unreadable("trunks.call_limit", why))?,
        refer: row.refer,
    })
}

/// A password that does not open costs its trunk the digest, not the tenant its floor.
fn open(master: &MasterKey, tenant: TenantId, trunk: Uuid, sealed: &[u8]) -> Option<String> {
    match master.open(&place(tenant, trunk), sealed) {
        Ok(plain) => String::from_utf8(plain).ok(),
        Err(why) => {
            tracing::error!(tenant.id = %tenant, trunk.id = %trunk, %why, "trunk password unreadable, enter it again");
            None
        }
    }
}

/// What a sealed password is bound to.
fn place(tenant: TenantId, trunk: Uuid) -> Vec<u8> {
    format!("trunks.password/{tenant}/{trunk}").into_bytes()
}
