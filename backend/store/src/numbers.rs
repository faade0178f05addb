//! Numbers of ours and where they lead.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::queues;
use crate::sql::{Conn, Tx, from_json, sql, to_json};
use hark_shared::ids::{NumberId, QueueId, TenantId, TrunkId};
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::rest::{Entry, Number};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A number of ours as a visitor's ticket needs to know it.
pub type NumberEntry = (NumberId, Entry);

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    trunk: Uuid,
    number: String,
    entry: String,
    vip: Option<Uuid>,
    fallback: Option<Uuid>,
    fax: Option<String>,
}

impl Db {
    /// Every number, in order.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn numbers(&self, tenant: TenantId) -> Result<Vec<Number>, StoreError> {
        list(self.read().await?.conn(), tenant).await
    }

    /// Where a number of ours leads, on whichever trunk; `None` when the tenant has no such number.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn number_entry(
        &self,
        tenant: TenantId,
        number: &PhoneNumber,
    ) -> Result<Option<NumberEntry>, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(
            one: (Uuid, String),
            link,
            "SELECT id, entry FROM numbers WHERE tenant = $1 AND number = $2 ORDER BY id LIMIT 1",
            tenant.0,
            number.as_str()
        )?;
        row.map(|(id, entry)| Ok((NumberId(id), from_json("numbers.entry", &entry)?))).transpose()
    }

    /// Creates a number.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its id, or the number on its trunk, is taken; [`StoreError::Dangling`] when the
    /// trunk or a queue is not the tenant's.
    pub async fn create_number(&self, tenant: TenantId, number: &Number, audit: &Audit) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO numbers (tenant, id, trunk, number, entry, vip, fallback, fax)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            tenant.0,
            number.id.0,
            number.trunk.0,
            number.number.as_str(),
            to_json(&number.entry),
            number.vip.map(|queue| queue.0),
            number.fallback.map(|queue| queue.0),
            number.fax.as_ref().map(to_json)
        )?;
        insert_uses(&mut tx, tenant, number).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }

    /// Changes a number; `false` when there is none of this id.
    ///
    /// # Errors
    /// As [`create_number`](Self::create_number).
    pub async fn change_number(&self, tenant: TenantId, number: &Number, audit: &Audit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(
            run,
            tx,
            "UPDATE numbers SET trunk = $3, number = $4, entry = $5, vip = $6, fallback = $7, fax = $8
             WHERE tenant = $1 AND id = $2",
            tenant.0,
            number.id.0,
            number.trunk.0,
            number.number.as_str(),
            to_json(&number.entry),
            number.vip.map(|queue| queue.0),
            number.fallback.map(|queue| queue.0),
            number.fax.as_ref().map(to_json)
        )? > 0;
        if !found {
            return Ok(false);
        }
        sql!(run, tx, "DELETE FROM number_queues WHERE tenant = $1 AND number = $2", tenant.0, number.id.0)?;
        sql!(run, tx, "DELETE FROM number_flows WHERE tenant = $1 AND number = $2", tenant.0, number.id.0)?;
        insert_uses(&mut tx, tenant, number).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes a number away; `false` when there is none of this id.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn remove_number(&self, tenant: TenantId, number: NumberId, audit: &Audit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(run, tx, "DELETE FROM numbers WHERE tenant = $1 AND id = $2", tenant.0, number.0)? > 0;
        if found {
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }
}

/// Notes which queues and which flow a number needs.
async fn insert_uses(tx: &mut Tx, tenant: TenantId, number: &Number) -> Result<(), StoreError> {
    let queues: BTreeSet<QueueId> = match &number.entry {
        Entry::Queue(queue) => [*queue].into(),
        Entry::Menu(menu) => menu.choices.iter().map(|choice| choice.queue).chain([menu.otherwise]).collect(),
        Entry::Flow(flow) => {
            sql!(
                run,
                tx,
                "INSERT INTO number_flows (tenant, number, flow) VALUES ($1, $2, $3)",
                tenant.0,
                number.id.0,
                flow.0
            )?;
            BTreeSet::new()
        }
    };
    for queue in queues.into_iter().chain(number.fallback).chain(number.vip).collect::<BTreeSet<_>>() {
        if queues::lock(tx, tenant, queue).await?.is_none() {
            return Err(StoreError::Dangling("number_queues_queue".to_owned()));
        }
        sql!(
            run,
            tx,
            "INSERT INTO number_queues (tenant, number, queue) VALUES ($1, $2, $3)",
            tenant.0,
            number.id.0,
            queue.0
        )?;
    }
    Ok(())
}

pub(crate) async fn list(mut conn: Conn<'_>, tenant: TenantId) -> Result<Vec<Number>, StoreError> {
    let rows = sql!(all: Row, conn,
        "SELECT id, trunk, number, entry, vip, fallback, fax FROM numbers WHERE tenant = $1 ORDER BY number, id", tenant.0)?;
    rows.into_iter()
        .map(|row| {
            Ok(Number {
                id: NumberId(row.id),
                number: PhoneNumber::parse(&row.number).map_err(|why| StoreError::unreadable("numbers.number", why))?,
                trunk: TrunkId(row.trunk),
                entry: from_json("numbers.entry", &row.entry)?,
                vip: row.vip.map(QueueId),
                fallback: row.fallback.map(QueueId),
                fax: row.fax.map(|fax| from_json("numbers.fax", &fax)).transpose()?,
            })
        })
        .collect()
}
