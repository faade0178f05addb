//! Tenants and the keys that their recordings are sealed with.

use crate::db::Db;
use crate::error::StoreError;
use crate::seal::Nonce;
use crate::sql::{Tx, clean, sql};
use hark_shared::edge::SealKey;
use hark_shared::ids::TenantId;
use hark_shared::time::Timestamp;
use uuid::Uuid;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The id.
    pub id: TenantId,
    /// The short name that people type and pages carry.
    pub slug: String,
    /// The shown name.
    pub name: String,
}

/// A tenant to create.
pub struct NewTenant {
    /// The id.
    pub id: TenantId,
    /// The short name, unique.
    pub slug: String,
    /// The shown name.
    pub name: String,
    /// The first key for its recordings: 256 random bits.
    pub recording_key: [u8; 32],
    /// For wrapping that key.
    pub nonce: Nonce,
}

type Row = (Uuid, String, String);

fn tenant((id, slug, name): Row) -> Tenant {
    Tenant { id: TenantId(id), slug, name }
}

impl Db {
    /// Creates a tenant with its first recording key.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the short name is taken.
    pub async fn create_tenant(&self, new: &NewTenant, now: Timestamp) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        self.insert_tenant(&mut tx, new, now).await?;
        tx.commit().await
    }

    pub(crate) async fn insert_tenant(&self, tx: &mut Tx, new: &NewTenant, now: Timestamp) -> Result<(), StoreError> {
        sql!(
            run,
            tx,
            "INSERT INTO tenants (id, slug, name, created) VALUES ($1, $2, $3, $4)",
            new.id.0,
            clean(&new.slug),
            clean(&new.name),
            now.0
        )?;
        self.insert_key(tx, new.id, 1, &new.recording_key, new.nonce, now).await
    }

    async fn insert_key(
        &self,
        tx: &mut Tx,
        tenant: TenantId,
        id: u32,
        key: &[u8; 32],
        nonce: Nonce,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let wrapped = self.master.seal(nonce, &key_place(tenant, id), key);
        sql!(
            run,
            tx,
            "INSERT INTO recording_keys (tenant, id, wrapped, created) VALUES ($1, $2, $3, $4)",
            tenant.0,
            i64::from(id),
            wrapped,
            now.0
        )?;
        Ok(())
    }

    /// Every tenant, by short name.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn tenants(&self) -> Result<Vec<Tenant>, StoreError> {
        let mut link = self.read().await?;
        let rows = sql!(all: Row, link, "SELECT id, slug, name FROM tenants ORDER BY slug")?;
        Ok(rows.into_iter().map(tenant).collect())
    }

    /// A tenant by its id.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn tenant(&self, id: TenantId) -> Result<Option<Tenant>, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(one: Row, link, "SELECT id, slug, name FROM tenants WHERE id = $1", id.0)?;
        Ok(row.map(tenant))
    }

    /// A tenant by its short name; an empty one means the only tenant, if there is only one.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn tenant_called(&self, slug: &str) -> Result<Option<Tenant>, StoreError> {
        let mut link = self.read().await?;
        if slug.is_empty() {
            let mut rows = sql!(all: Row, link, "SELECT id, slug, name FROM tenants LIMIT 2")?;
            return Ok(if rows.len() == 1 { rows.pop().map(tenant) } else { None });
        }
        let row = sql!(one: Row, link, "SELECT id, slug, name FROM tenants WHERE slug = $1", clean(slug))?;
        Ok(row.map(tenant))
    }

    /// The key that new recordings are sealed with: the newest.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when there is none or it was wrapped by another master key.
    pub async fn recording_key(&self, tenant: TenantId) -> Result<SealKey, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(
            one: (i64, Vec<u8>),
            link,
            "SELECT id, wrapped FROM recording_keys WHERE tenant = $1 ORDER BY id DESC LIMIT 1",
            tenant.0
        )?;
        let (id, wrapped) = row.ok_or_else(|| StoreError::Broken("the tenant has no recording key".to_owned()))?;
        self.unwrap_key(tenant, id, &wrapped)
    }

    /// Every key of a tenant, oldest first: a recording's header names the one that it was sealed with.
    ///
    /// # Errors
    /// [`StoreError::Broken`] when one was wrapped by another master key.
    pub async fn recording_keys(&self, tenant: TenantId) -> Result<Vec<SealKey>, StoreError> {
        let mut link = self.read().await?;
        let rows = sql!(all: (i64, Vec<u8>), link,
            "SELECT id, wrapped FROM recording_keys WHERE tenant = $1 ORDER BY id", tenant.0)?;
        rows.into_iter().map(|(id, wrapped)| self.unwrap_key(tenant, id, &wrapped)).collect()
    }

    fn unwrap_key(&self, tenant: TenantId, id: i64, wrapped: &[u8]) -> Result<SealKey, StoreError> {
        let id = u32::try_from(id).map_err(|why| StoreError::unreadable("recording_keys.id", why))?;
        let key = self.master.open(&key_place(tenant, id), wrapped);
        let key = key.map_err(|why| StoreError::unreadable("recording_keys.wrapped", why))?;
        let key = key.try_into().map_err(|_| StoreError::unreadable("recording_keys.wrapped", "not 256 bits"))?;
        Ok(SealKey { id, key })
    }
}

/// What a wrapped key is bound to.
fn key_place(tenant: TenantId, id: u32) -> Vec<u8> {
    format!("recording_keys/{tenant}/{id}").into_bytes()
}
