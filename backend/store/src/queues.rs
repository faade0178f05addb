//! Queues and what they ask of agents. A queue that was taken away keeps its row: old contacts show its name.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Tx, clean, from_json, sql, to_json};
use crate::users::level_of;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::{QueueId, TenantId};
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::rest::{Language, Queue, SkillLevel};
use hark_shared::wire::routing::Destination;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    priority: i64,
    offer_timeout: i64,
    wrap_up: i64,
    greeting: Option<String>,
    music: String,
    announce_every: Option<i64>,
    record: bool,
    language: String,
    routing: String,
    waiting: String,
}

impl Db {
    /// Every queue, by name.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn queues(&self, tenant: TenantId) -> Result<Vec<Queue>, StoreError> {
        list(&mut self.snapshot().await?, tenant).await
    }

    /// Creates a queue.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its id or name is taken, [`StoreError::Dangling`] when a skill is not the tenant's.
    pub async fn create_queue(&self, tenant: TenantId, queue: &Queue, audit: &Audit) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO queues (tenant, id, name, priority, offer_timeout, wrap_up, greeting, music, announce_every,
                 record, language, routing, waiting)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
            tenant.0,
            queue.id.0,
            clean(&queue.name),
            i64::from(queue.priority),
            queue.offer_timeout.0,
            queue.wrap_up.0,
            queue.greeting.as_deref().map(clean),
            clean(&queue.music),
            queue.announce_every.map(|every| every.0),
            queue.record,
            queue.language.folder(),
            to_json(&queue.routing),
            clean(&to_json(&queue.waiting))
        )?;
        insert_links(&mut tx, tenant, queue).await?;
        insert_skills(&mut tx, tenant, queue).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }

    /// Changes a queue; `false` when there is none of this id.
    ///
    /// # Errors
    /// As [`create_queue`](Self::create_queue).
    pub async fn change_queue(&self, tenant: TenantId, queue: &Queue, audit: &Audit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found =
            sql!(run, tx,
            "UPDATE queues SET name = $3, priority = $4, offer_timeout = $5, wrap_up = $6, greeting = $7, music = $8,
                 announce_every = $9, record = $10, language = $11, routing = $12, waiting = $13
             WHERE tenant = $1 AND id = $2 AND removed IS NULL",
            tenant.0, queue.id.0, clean(&queue.name), i64::from(queue.priority), queue.offer_timeout.0, queue.wrap_up.0,
            queue.greeting.as_deref().map(clean), clean(&queue.music), queue.announce_every.map(|every| every.0),
            queue.record, queue.language.folder(), to_json(&queue.routing), clean(&to_json(&queue.waiting)))?
                > 0;
        if !found {
            return Ok(false);
        }
        sql!(run, tx, "DELETE FROM queue_links WHERE tenant = $1 AND queue = $2", tenant.0, queue.id.0)?;
        insert_links(&mut tx, tenant, queue).await?;
        sql!(run, tx, "DELETE FROM queue_skills WHERE tenant = $1 AND queue = $2", tenant.0, queue.id.0)?;
        sql!(run, tx, "DELETE FROM queue_step_skills WHERE tenant = $1 AND queue = $2", tenant.0, queue.id.0)?;
        insert_skills(&mut tx, tenant, queue).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes a queue away, and its agents out of it; `false` when there is none of this id.
    ///
    /// # Errors
    /// [`StoreError::Dangling`] while a number or another queue leads to it, or a published flow names it.
    pub async fn remove_queue(
        &self,
        tenant: TenantId,
        queue: QueueId,
        audit: &Audit,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        if lock(&mut tx, tenant, queue).await?.is_none() {
            return Ok(false);
        }
        let number = sql!(
            one: (Uuid,),
            tx,
            "SELECT number FROM number_queues WHERE tenant = $1 AND queue = $2 LIMIT 1",
            tenant.0,
            queue.0
        )?;
        if number.is_some() {
            return Err(StoreError::Dangling("number_queues_queue".to_owned()));
        }
        let flow = sql!(
            one: (Uuid,),
            tx,
            "SELECT flow FROM flow_queues WHERE tenant = $1 AND queue = $2 LIMIT 1",
            tenant.0,
            queue.0
        )?;
        if flow.is_some() {
            return Err(StoreError::Dangling("flow_queues_queue".to_owned()));
        }
        let other = sql!(
            one: (Uuid,),
            tx,
            "SELECT queue FROM queue_links WHERE tenant = $1 AND target = $2 AND queue <> $2 LIMIT 1",
            tenant.0,
            queue.0
        )?;
        if other.is_some() {
            return Err(StoreError::Dangling("queue_links_target".to_owned()));
        }
        sql!(run, tx, "DELETE FROM queue_links WHERE tenant = $1 AND queue = $2", tenant.0, queue.0)?;
        sql!(run, tx, "DELETE FROM queue_skills WHERE tenant = $1 AND queue = $2", tenant.0, queue.0)?;
        sql!(run, tx, "DELETE FROM queue_step_skills WHERE tenant = $1 AND queue = $2", tenant.0, queue.0)?;
        sql!(run, tx, "DELETE FROM user_queues WHERE tenant = $1 AND queue = $2", tenant.0, queue.0)?;
        sql!(run, tx, "UPDATE queues SET removed = $3 WHERE tenant = $1 AND id = $2", tenant.0, queue.0, now.0)?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(true)
    }
}

/// Finds a queue that is not taken away and keeps it so until the transaction ends.
///
/// SQLite's writer is alone anyway; PostgreSQL locks the row, so that a number cannot be led to a queue that another
/// transaction is taking away.
pub(crate) async fn lock(tx: &mut Tx, tenant: TenantId, queue: QueueId) -> Result<Option<QueueId>, StoreError> {
    let row = sql!(one: (Uuid,), tx,
        { lite: "SELECT id FROM queues WHERE tenant = $1 AND id = $2 AND removed IS NULL",
          pg: "SELECT id FROM queues WHERE tenant = $1 AND id = $2 AND removed IS NULL FOR UPDATE" },
        tenant.0, queue.0)?;
    Ok(row.map(|(id,)| QueueId(id)))
}

/// Notes the queues that this one leads to; each must be there.
async fn insert_links(tx: &mut Tx, tenant: TenantId, queue: &Queue) -> Result<(), StoreError> {
    let target = |to: &Destination| match to {
        Destination::Queue(queue) | Destination::Callback(queue) | Destination::Voicemail(Mailbox::Queue(queue)) => {
            Some(*queue)
        }
        Destination::Voicemail(Mailbox::Agent(_) | Mailbox::Team(_))
        | Destination::Flow(_)
        | Destination::Outside(_)
        | Destination::HangUp => None,
    };
    let targets: BTreeSet<QueueId> = queue.waiting.destinations().filter_map(target).collect();
    for target in targets {
        if lock(tx, tenant, target).await?.is_none() {
            return Err(StoreError::Dangling("queue_links_target".to_owned()));
        }
        sql!(
            run,
            tx,
            "INSERT INTO queue_links (tenant, queue, target) VALUES ($1, $2, $3)",
            tenant.0,
            queue.id.0,
            target.0
        )?;
    }
    Ok(())
}

async fn insert_skills(tx: &mut Tx, tenant: TenantId, queue: &Queue) -> Result<(), StoreError> {
    for skill in &queue.skills {
        sql!(
            run,
            tx,
            "INSERT INTO queue_skills (tenant, queue, skill, level) VALUES ($1, $2, $3, $4)",
            tenant.0,
            queue.id.0,
            skill.skill.0,
            i64::from(skill.level)
        )?;
    }
    let named: BTreeSet<Uuid> =
        queue.routing.steps.iter().flat_map(|step| &step.skills).map(|wanted| wanted.skill.0).collect();
    for skill in named {
        sql!(
            run,
            tx,
            "INSERT INTO queue_step_skills (tenant, queue, skill) VALUES ($1, $2, $3)",
            tenant.0,
            queue.id.0,
            skill
        )?;
    }
    Ok(())
}

pub(crate) async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Queue>, StoreError> {
    let rows = sql!(all: Row, tx,
        "SELECT id, name, priority, offer_timeout, wrap_up, greeting, music, announce_every, record, language,
             routing, waiting FROM queues
         WHERE tenant = $1 AND removed IS NULL ORDER BY name", tenant.0)?;
    let mut skills: BTreeMap<Uuid, Vec<SkillLevel>> = BTreeMap::new();
    for (queue, skill, level) in sql!(
        all: (Uuid, Uuid, i64),
        tx,
        "SELECT queue, skill, level FROM queue_skills WHERE tenant = $1 ORDER BY queue, skill",
        tenant.0
    )? {
        skills.entry(queue).or_default().push(level_of(skill, level)?);
    }
    rows.into_iter()
        .map(|row| {
            Ok(Queue {
                id: QueueId(row.id),
                skills: skills.remove(&row.id).unwrap_or_default(),
                name: row.name,
                priority: u8::try_from(row.priority).map_err(|why| StoreError::unreadable("queues.priority", why))?,
                offer_timeout: Millis(row.offer_timeout),
                wrap_up: Millis(row.wrap_up),
                greeting: row.greeting,
                music: row.music,
                announce_every: row.announce_every.map(Millis),
                record: row.record,
                language: language_of(&row.language),
                routing: from_json("queues.routing", &row.routing)?,
                waiting: from_json("queues.waiting", &row.waiting)?,
            })
        })
        .collect()
}

/// The language stored under this name; one that a later version wrote is read as the default.
fn language_of(name: &str) -> Language {
    if name == Language::En.folder() { Language::En } else { Language::default() }
}
