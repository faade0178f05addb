//! Skills.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Conn, clean, sql};
use hark_shared::ids::{SkillId, TenantId};
use hark_shared::wire::rest::Skill;
use uuid::Uuid;

impl Db {
    /// Every skill, by name.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn skills(&self, tenant: TenantId) -> Result<Vec<Skill>, StoreError> {
        list(self.read().await?.conn(), tenant).await
    }

    /// Creates a skill.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its id or name is taken.
    pub async fn create_skill(&self, tenant: TenantId, skill: &Skill, audit: &Audit) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO skills (tenant, id, name) VALUES ($1, $2, $3)",
            tenant.0,
            skill.id.0,
            clean(&skill.name)
        )?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }

    /// Changes a skill; `false` when there is none of this id.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its name is taken.
    pub async fn change_skill(&self, tenant: TenantId, skill: &Skill, audit: &Audit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(
            run,
            tx,
            "UPDATE skills SET name = $3 WHERE tenant = $1 AND id = $2",
            tenant.0,
            skill.id.0,
            clean(&skill.name)
        )? > 0;
        if found {
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    /// Takes a skill away; `false` when there is none of this id.
    ///
    /// # Errors
    /// [`StoreError::Dangling`] when a user has it or a queue asks for it.
    pub async fn remove_skill(&self, tenant: TenantId, skill: SkillId, audit: &Audit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(run, tx, "DELETE FROM skills WHERE tenant = $1 AND id = $2", tenant.0, skill.0)? > 0;
        if found {
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }
}

pub(crate) async fn list(mut conn: Conn<'_>, tenant: TenantId) -> Result<Vec<Skill>, StoreError> {
    let rows =
        sql!(all: (Uuid, String), conn, "SELECT id, name FROM skills WHERE tenant = $1 ORDER BY name", tenant.0)?;
    Ok(rows.into_iter().map(|(id, name)| Skill { id: SkillId(id), name }).collect())
}
