//! Flows: a draft each, and the versions that were published, which never change.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::queues;
use crate::sql::{Conn, Tx, clean, from_json, sql, to_json};
use hark_shared::flow::Flow;
use hark_shared::ids::{FlowId, TenantId};
use hark_shared::setup::PublishedFlow;
use hark_shared::time::Timestamp;
use hark_shared::wire::flows::{FlowDraft, FlowSummary, FlowTest, FlowVersion};
use uuid::Uuid;

/// What came of a change that names the revision it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Revised<T> {
    /// It is done.
    Done(T),
    /// Another change came between.
    Stale,
    /// There is no such flow, or version.
    Missing,
}

#[derive(sqlx::FromRow)]
struct SummaryRow {
    id: Uuid,
    name: String,
    published: Option<i64>,
    changed: bool,
    saved: i64,
    saved_by: Option<String>,
}

#[derive(sqlx::FromRow)]
struct DraftRow {
    name: String,
    revision: i64,
    flow: String,
    tests: String,
}

#[derive(sqlx::FromRow)]
struct VersionRow {
    version: i64,
    published: i64,
    published_by: Option<String>,
    note: String,
    restored: Option<i64>,
}

impl Db {
    /// Every flow, by name.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn flows(&self, tenant: TenantId) -> Result<Vec<FlowSummary>, StoreError> {
        let mut link = self.read().await?;
        let rows = sql!(all: SummaryRow, link,
            "SELECT f.id, f.name, f.published, f.saved, u.name AS saved_by,
                 CASE WHEN v.body IS NULL OR v.body <> f.flow OR v.tests <> f.tests THEN TRUE ELSE FALSE END AS changed
             FROM flows f
             LEFT JOIN flow_versions v ON v.tenant = f.tenant AND v.flow = f.id AND v.version = f.published
             LEFT JOIN users u ON u.tenant = f.tenant AND u.id = f.saved_by
             WHERE f.tenant = $1 ORDER BY f.name", tenant.0)?;
        rows.into_iter()
            .map(|row| {
                Ok(FlowSummary {
                    id: FlowId(row.id),
                    name: row.name,
                    published: row.published.map(|version| number("flows.published", version)).transpose()?,
                    changed: row.changed,
                    saved: Timestamp(row.saved),
                    saved_by: row.saved_by,
                })
            })
            .collect()
    }

    /// A flow's draft.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn flow(&self, tenant: TenantId, id: FlowId) -> Result<Option<FlowDraft>, StoreError> {
        draft(self.read().await?.conn(), tenant, id).await
    }

    /// Creates a flow; its revision is 1, whatever the draft says.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its id or name is taken.
    pub async fn create_flow(&self, tenant: TenantId, new: &FlowDraft, audit: &Audit) -> Result<FlowDraft, StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO flows (tenant, id, name, revision, flow, tests, saved, saved_by)
             VALUES ($1, $2, $3, 1, $4, $5, $6, $7)",
            tenant.0,
            new.id.0,
            clean(&new.name),
            json(&new.flow),
            json(&new.tests),
            audit.at.0,
            audit.user.map(|user| user.0)
        )?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(FlowDraft { revision: 1, ..new.clone() })
    }

    /// Saves a draft that was made from the revision it names. Drafts are saved while people type, so the audit log is
    /// told nothing; `saved` says who and when.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its name is taken.
    pub async fn save_flow(
        &self,
        tenant: TenantId,
        changed: &FlowDraft,
        saved: &Audit,
    ) -> Result<Revised<FlowDraft>, StoreError> {
        let mut tx = self.write().await?;
        let done = sql!(
            run,
            tx,
            "UPDATE flows SET name = $4, revision = revision + 1, flow = $5, tests = $6, saved = $7, saved_by = $8
             WHERE tenant = $1 AND id = $2 AND revision = $3",
            tenant.0,
            changed.id.0,
            i64::from(changed.revision),
            clean(&changed.name),
            json(&changed.flow),
            json(&changed.tests),
            saved.at.0,
            saved.user.map(|user| user.0)
        )? > 0;
        if !done {
            let there = draft(tx.conn(), tenant, changed.id).await?.is_some();
            return Ok(if there { Revised::Stale } else { Revised::Missing });
        }
        tx.commit().await?;
        Ok(Revised::Done(FlowDraft { revision: changed.revision + 1, ..changed.clone() }))
    }

    /// Takes a flow away with all its versions; `false` when there is none of this id.
    ///
    /// # Errors
    /// [`StoreError::Dangling`] while a number leads to it, or a published flow calls it.
    pub async fn remove_flow(&self, tenant: TenantId, id: FlowId, audit: &Audit) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found = sql!(run, tx, "DELETE FROM flows WHERE tenant = $1 AND id = $2", tenant.0, id.0)? > 0;
        if found {
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    /// Publishes a draft as the next version. The caller has looked at this very revision.
    ///
    /// # Errors
    /// [`StoreError::Dangling`] when a queue or flow that it names is gone.
    pub async fn publish_flow(
        &self,
        tenant: TenantId,
        looked_at: &FlowDraft,
        note: &str,
        audit: &Audit,
    ) -> Result<Revised<FlowVersion>, StoreError> {
        let mut tx = self.write().await?;
        // Locks the row, so that no save comes between.
        let same = sql!(
            run,
            tx,
            "UPDATE flows SET revision = revision WHERE tenant = $1 AND id = $2 AND revision = $3",
            tenant.0,
            looked_at.id.0,
            i64::from(looked_at.revision)
        )? > 0;
        if !same {
            let there = draft(tx.conn(), tenant, looked_at.id).await?.is_some();
            return Ok(if there { Revised::Stale } else { Revised::Missing });
        }
        let version = add_version(&mut tx, tenant, looked_at, note, None, audit).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(Revised::Done(version))
    }

    /// Publishes an old version again under a new number, and makes it the draft. `looked_at` is that version as a draft
    /// of the present revision.
    ///
    /// # Errors
    /// As [`publish_flow`](Self::publish_flow).
    pub async fn restore_flow(
        &self,
        tenant: TenantId,
        looked_at: &FlowDraft,
        from: u32,
        audit: &Audit,
    ) -> Result<Revised<FlowVersion>, StoreError> {
        let mut tx = self.write().await?;
        let done = sql!(
            run,
            tx,
            "UPDATE flows SET revision = revision + 1, flow = $4, tests = $5, saved = $6, saved_by = $7
             WHERE tenant = $1 AND id = $2 AND revision = $3",
            tenant.0,
            looked_at.id.0,
            i64::from(looked_at.revision),
            json(&looked_at.flow),
            json(&looked_at.tests),
            audit.at.0,
            audit.user.map(|user| user.0)
        )? > 0;
        if !done {
            return Ok(Revised::Stale);
        }
        let version = add_version(&mut tx, tenant, looked_at, "", Some(from), audit).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await?;
        Ok(Revised::Done(version))
    }

    /// The versions of a flow, newest first; `None` when there is no such flow.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn flow_versions(&self, tenant: TenantId, id: FlowId) -> Result<Option<Vec<FlowVersion>>, StoreError> {
        let mut tx = self.snapshot().await?;
        if draft(tx.conn(), tenant, id).await?.is_none() {
            return Ok(None);
        }
        let rows = sql!(all: VersionRow, tx,
            "SELECT v.version, v.published, u.name AS published_by, v.note, v.restored FROM flow_versions v
             LEFT JOIN users u ON u.tenant = v.tenant AND u.id = v.published_by
             WHERE v.tenant = $1 AND v.flow = $2 ORDER BY v.version DESC", tenant.0, id.0)?;
        let version = |row: VersionRow| {
            Ok(FlowVersion {
                version: number("flow_versions.version", row.version)?,
                at: Timestamp(row.published),
                by: row.published_by,
                note: row.note,
                restored: row.restored.map(|from| number("flow_versions.restored", from)).transpose()?,
            })
        };
        rows.into_iter().map(version).collect::<Result<_, _>>().map(Some)
    }

    /// One version with its tests.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn flow_version(
        &self,
        tenant: TenantId,
        id: FlowId,
        version: u32,
    ) -> Result<Option<(Flow, Vec<FlowTest>)>, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(one: (String, String), link,
            "SELECT body, tests FROM flow_versions WHERE tenant = $1 AND flow = $2 AND version = $3",
            tenant.0, id.0, i64::from(version))?;
        row.map(|(body, tests)| {
            Ok((from_json("flow_versions.body", &body)?, from_json("flow_versions.tests", &tests)?))
        })
        .transpose()
    }

    /// Every published flow in the version that callers walk.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn published_flows(&self, tenant: TenantId) -> Result<Vec<PublishedFlow>, StoreError> {
        published(self.read().await?.conn(), tenant).await
    }
}

/// Every published flow.
pub(crate) async fn published(mut conn: Conn<'_>, tenant: TenantId) -> Result<Vec<PublishedFlow>, StoreError> {
    let rows = sql!(all: (Uuid, i64, String, String), conn,
        "SELECT v.flow, v.version, v.body, f.name FROM flows f
         JOIN flow_versions v ON v.tenant = f.tenant AND v.flow = f.id AND v.version = f.published
         WHERE f.tenant = $1 ORDER BY v.flow", tenant.0)?;
    rows.into_iter()
        .map(|(id, version, body, name)| {
            Ok(PublishedFlow {
                id: FlowId(id),
                name,
                version: number("flow_versions.version", version)?,
                flow: from_json("flow_versions.body", &body)?,
            })
        })
        .collect()
}

async fn draft(mut conn: Conn<'_>, tenant: TenantId, id: FlowId) -> Result<Option<FlowDraft>, StoreError> {
    let row = sql!(
        one: DraftRow,
        conn,
        "SELECT name, revision, flow, tests FROM flows WHERE tenant = $1 AND id = $2",
        tenant.0,
        id.0
    )?;
    row.map(|row| {
        Ok(FlowDraft {
            id,
            name: row.name,
            revision: number("flows.revision", row.revision)?,
            flow: from_json("flows.flow", &row.flow)?,
            tests: from_json("flows.tests", &row.tests)?,
        })
    })
    .transpose()
}

/// Adds a version, makes it the published one and notes what it names.
async fn add_version(
    tx: &mut Tx,
    tenant: TenantId,
    draft: &FlowDraft,
    note: &str,
    restored: Option<u32>,
    audit: &Audit,
) -> Result<FlowVersion, StoreError> {
    let id = draft.id.0;
    let last = sql!(one: (Option<i64>,), tx,
        "SELECT MAX(version) FROM flow_versions WHERE tenant = $1 AND flow = $2", tenant.0, id)?;
    let version = last.and_then(|(last,)| last).unwrap_or(0) + 1;
    sql!(
        run,
        tx,
        "INSERT INTO flow_versions (tenant, flow, version, published, published_by, note, restored, body, tests)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        tenant.0,
        id,
        version,
        audit.at.0,
        audit.user.map(|user| user.0),
        clean(note),
        restored.map(i64::from),
        json(&draft.flow),
        json(&draft.tests)
    )?;
    sql!(run, tx, "UPDATE flows SET published = $3 WHERE tenant = $1 AND id = $2", tenant.0, id, version)?;
    sql!(run, tx, "DELETE FROM flow_queues WHERE tenant = $1 AND flow = $2", tenant.0, id)?;
    sql!(run, tx, "DELETE FROM flow_flows WHERE tenant = $1 AND flow = $2", tenant.0, id)?;
    for queue in draft.flow.queues() {
        if queues::lock(tx, tenant, queue).await?.is_none() {
            return Err(StoreError::Dangling("flow_queues_queue".to_owned()));
        }
        sql!(run, tx, "INSERT INTO flow_queues (tenant, flow, queue) VALUES ($1, $2, $3)", tenant.0, id, queue.0)?;
    }
    for calls in draft.flow.calls() {
        sql!(run, tx, "INSERT INTO flow_flows (tenant, flow, calls) VALUES ($1, $2, $3)", tenant.0, id, calls.0)?;
    }
    Ok(FlowVersion {
        version: number("flow_versions.version", version)?,
        at: audit.at,
        by: audit.user_name.clone(),
        note: note.to_owned(),
        restored,
    })
}

fn number(column: &str, value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|why| StoreError::unreadable(column, why))
}

/// PostgreSQL takes no NUL in a text, and JSON writes it as an escape that only its reader would unfold.
fn json<T: serde::Serialize>(value: &T) -> String {
    to_json(value).replace("\\u0000", "\u{fffd}")
}
