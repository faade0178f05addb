//! Users with their skills and the queues they serve, and their passwords' hashes.
//!
//! A user is never deleted, only made inactive: history names people who have left.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sessions::TokenHash;
use crate::sql::{Tx, clean, from_json, sql, to_json};
use hark_shared::ids::{QueueId, SkillId, TenantId, UserId};
use hark_shared::time::Timestamp;
use hark_shared::wire::rest::{SkillLevel, User, UserEdit};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A user to create.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The user; `skills` and `queues` must be the tenant's.
    pub user: User,
    /// The password's hash as a PHC string; `None`: no signing in with a password.
    pub password: Option<String>,
}

/// What signing in needs to know about a user.
#[derive(Clone, Debug)]
pub struct PasswordOf {
    /// Who.
    pub user: UserId,
    /// The shown name.
    pub name: String,
    /// The password's hash as a PHC string.
    pub password: Option<String>,
    /// Whether the user may sign in.
    pub active: bool,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    login: String,
    name: String,
    number: Option<String>,
    roles: String,
    active: bool,
    recording: String,
}

impl Db {
    /// Every user, by sign-in name.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn users(&self, tenant: TenantId) -> Result<Vec<User>, StoreError> {
        list(&mut self.snapshot().await?, tenant, None).await
    }

    /// One user.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn user(&self, tenant: TenantId, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(list(&mut self.snapshot().await?, tenant, Some(id)).await?.pop())
    }

    /// What signing in needs to know about whoever has this sign-in name.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn password_of(&self, tenant: TenantId, login: &str) -> Result<Option<PasswordOf>, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(
            one: (Uuid, String, Option<String>, bool),
            link,
            "SELECT id, name, password, active FROM users WHERE tenant = $1 AND login = $2",
            tenant.0,
            clean(login)
        )?;
        Ok(row.map(|(id, name, password, active)| PasswordOf { user: UserId(id), name, password, active }))
    }

    /// Creates a user.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when the sign-in name or the number is taken, [`StoreError::Dangling`] when a skill or
    /// a queue is not the tenant's.
    pub async fn create_user(
        &self,
        tenant: TenantId,
        new: &NewUser,
        audit: &Audit,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        insert(&mut tx, tenant, new, now).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }

    /// Changes a user; `false` when there is none of this id. `password` is the new one's hash, `None` keeps the old.
    ///
    /// A user who is made inactive or gets a new password loses every session.
    ///
    /// # Errors
    /// As [`create_user`](Self::create_user).
    pub async fn change_user(
        &self,
        tenant: TenantId,
        id: UserId,
        edit: &UserEdit,
        password: Option<&str>,
        audit: &Audit,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(
            run,
            tx,
            "UPDATE users SET login = $3, name = $4, number = $5, roles = $6, active = $7,
                 password = COALESCE($8, password), recording = $9
             WHERE tenant = $1 AND id = $2",
            tenant.0,
            id.0,
            clean(&edit.login),
            clean(&edit.name),
            edit.number.as_deref().map(clean),
            to_json(&edit.roles),
            edit.active,
            password,
            to_json(&edit.recording)
        )? > 0;
        if !found {
            return Ok(false);
        }
        sql!(run, tx, "DELETE FROM user_skills WHERE tenant = $1 AND user_id = $2", tenant.0, id.0)?;
        sql!(run, tx, "DELETE FROM user_queues WHERE tenant = $1 AND user_id = $2", tenant.0, id.0)?;
        insert_memberships(&mut tx, tenant, id, &edit.skills, &edit.queues).await?;
        if !edit.active || password.is_some() {
            sql!(run, tx, "DELETE FROM sessions WHERE tenant = $1 AND user_id = $2", tenant.0, id.0)?;
        }
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives an active user the hash `new` if it still is `old`, which the caller has checked, and ends all of the
    /// user's sessions but `keep`. `false` when there is no such user, or somebody else changed the password meanwhile.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn change_password(
        &self,
        tenant: TenantId,
        id: UserId,
        (old, new): (&str, &str),
        keep: &TokenHash,
        audit: &Audit,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let changed = sql!(
            run,
            tx,
            "UPDATE users SET password = $4 WHERE tenant = $1 AND id = $2 AND password = $3 AND active",
            tenant.0,
            id.0,
            old,
            new
        )? > 0;
        if !changed {
            return Ok(false);
        }
        sql!(
            run,
            tx,
            "DELETE FROM sessions WHERE tenant = $1 AND user_id = $2 AND token <> $3",
            tenant.0,
            id.0,
            keep.as_slice()
        )?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(true)
    }
}

pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, new: &NewUser, now: Timestamp) -> Result<(), StoreError> {
    let user = &new.user;
    sql!(
        run,
        tx,
        "INSERT INTO users (tenant, id, login, name, number, roles, active, password, created, recording)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tenant.0,
        user.id.0,
        clean(&user.login),
        clean(&user.name),
        user.number.as_deref().map(clean),
        to_json(&user.roles),
        user.active,
        new.password.as_deref(),
        now.0,
        to_json(&user.recording)
    )?;
    insert_memberships(tx, tenant, user.id, &user.skills, &user.queues).await
}

async fn insert_memberships(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    skills: &[SkillLevel],
    queues: &[QueueId],
) -> Result<(), StoreError> {
    for skill in skills {
        sql!(
            run,
            tx,
            "INSERT INTO user_skills (tenant, user_id, skill, level) VALUES ($1, $2, $3, $4)",
            tenant.0,
            user.0,
            skill.skill.0,
            i64::from(skill.level)
        )?;
    }
    for queue in queues {
        sql!(
            run,
            tx,
            "INSERT INTO user_queues (tenant, user_id, queue) VALUES ($1, $2, $3)",
            tenant.0,
            user.0,
            queue.0
        )?;
    }
    Ok(())
}

/// All users, or the one of this id.
pub(crate) async fn list(tx: &mut Tx, tenant: TenantId, only: Option<UserId>) -> Result<Vec<User>, StoreError> {
    let only = only.map(|id| id.0);
    let rows = sql!(all: Row, tx,
        "SELECT id, login, name, number, roles, active, recording FROM users
         WHERE tenant = $1 AND ($2 IS NULL OR id = $2) ORDER BY login", tenant.0, only)?;
    let mut skills: BTreeMap<Uuid, Vec<SkillLevel>> = BTreeMap::new();
    for (user, skill, level) in sql!(
        all: (Uuid, Uuid, i64),
        tx,
        "SELECT user_id, skill, level FROM user_skills
         WHERE tenant = $1 AND ($2 IS NULL OR user_id = $2) ORDER BY user_id, skill",
        tenant.0,
        only
    )? {
        skills.entry(user).or_default().push(level_of(skill, level)?);
    }
    let mut queues: BTreeMap<Uuid, Vec<QueueId>> = BTreeMap::new();
    for (user, queue) in sql!(
        all: (Uuid, Uuid),
        tx,
        "SELECT user_id, queue FROM user_queues
         WHERE tenant = $1 AND ($2 IS NULL OR user_id = $2) ORDER BY user_id, queue",
        tenant.0,
        only
    )? {
        queues.entry(user).or_default().push(QueueId(queue));
    }
    rows.into_iter()
        .map(|row| {
            Ok(User {
                id: UserId(row.id),
                login: row.login,
                name: row.name,
                number: row.number,
                roles: from_json("users.roles", &row.roles)?,
                skills: skills.remove(&row.id).unwrap_or_default(),
                queues: queues.remove(&row.id).unwrap_or_default(),
                active: row.active,
                recording: from_json("users.recording", &row.recording)?,
            })
        })
        .collect()
}

/// A skill and its level out of two columns.
pub(crate) fn level_of(skill: Uuid, level: i64) -> Result<SkillLevel, StoreError> {
    let level = u8::try_from(level).map_err(|why| StoreError::unreadable("level", why))?;
    Ok(SkillLevel { skill: SkillId(skill), level })
}
