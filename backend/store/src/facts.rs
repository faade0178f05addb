//! Facts from the floor: one transaction a batch, each row upserted only if it is newer.
//!
//! A fact delivered twice, or after a newer one, changes nothing; so the floor may send again whatever it is not sure
//! about. Facts reference nothing: one may come before, after or without what it names.
//!
//! Of a batch only the newest version of each fact is written, many rows a statement: SQLite's connection is a thread,
//! and every statement wakes it and its caller.

use crate::db::Db;
use crate::error::StoreError;
use crate::messages;
use crate::sql::{Conn, Tx, clean, sql, timed, to_json, to_word};
use hark_shared::edge::Quality;
use hark_shared::facts::{
    AuditFact, ConsultFact, ContactFact, Fact, LegFact, MessageFact, OfferFact, RecordingFact, SpanFact, SurveyFact,
    TrailFact, Versioned,
};
use hark_shared::flow::NodeId;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::TenantId;
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::callbacks::{Callback, End, Stage};
use sqlx::{Postgres, QueryBuilder, Sqlite};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Rows of one statement at most. Ten times as many would still be within both databases' number of parameters, but a
/// statement is kept prepared for each number of rows.
const ROWS: usize = 16;

impl Db {
    /// Saves a batch, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: send the batch again later. [`StoreError::Broken`]: the batch holds something that
    /// the database refuses; send its facts one by one to find which.
    pub async fn save_facts(&self, tenant: TenantId, facts: &[Versioned]) -> Result<(), StoreError> {
        let newest = Newest::of(facts);
        let mut tx = self.write().await?;
        save_contacts(&mut tx, tenant, newest.contacts.into_values().collect()).await?;
        save_legs(&mut tx, tenant, newest.legs.into_values().collect()).await?;
        save_offers(&mut tx, tenant, newest.offers.into_values().collect()).await?;
        save_spans(&mut tx, tenant, newest.spans.into_values().collect()).await?;
        save_recordings(&mut tx, tenant, newest.recordings.into_values().collect()).await?;
        save_messages(&mut tx, tenant, newest.messages.into_values().collect()).await?;
        save_trails(&mut tx, tenant, newest.trails.into_values().collect()).await?;
        save_answers(&mut tx, tenant, newest.answers.into_values().collect()).await?;
        save_consults(&mut tx, tenant, newest.consults.into_values().collect()).await?;
        save_callbacks(&mut tx, tenant, newest.callbacks.into_values().collect()).await?;
        save_audit(&mut tx, tenant, newest.audit.into_values().collect()).await?;
        tx.commit().await
    }
}

/// A fact and its version, as a column takes it.
type Row<'a, T> = (i64, &'a T);

/// The newest version of each fact of a batch: PostgreSQL refuses a statement that would change a row twice.
#[derive(Default)]
struct Newest<'a> {
    contacts: BTreeMap<Uuid, Row<'a, ContactFact>>,
    legs: BTreeMap<(Uuid, Uuid), Row<'a, LegFact>>,
    offers: BTreeMap<Uuid, Row<'a, OfferFact>>,
    spans: BTreeMap<Uuid, Row<'a, SpanFact>>,
    recordings: BTreeMap<Uuid, Row<'a, RecordingFact>>,
    messages: BTreeMap<Uuid, Row<'a, MessageFact>>,
    trails: BTreeMap<Uuid, Row<'a, TrailFact>>,
    /// By contact, flow, node and question.
    answers: BTreeMap<(Uuid, Uuid, NodeId, u8), Row<'a, SurveyFact>>,
    consults: BTreeMap<(Uuid, Uuid), Row<'a, ConsultFact>>,
    audit: BTreeMap<Uuid, Row<'a, AuditFact>>,
    callbacks: BTreeMap<Uuid, Row<'a, Callback>>,
}

impl<'a> Newest<'a> {
    fn of(facts: &'a [Versioned]) -> Self {
        let mut newest = Self::default();
        for Versioned { version, fact } in facts {
            let version = i64::try_from(*version).unwrap_or(i64::MAX);
            match fact {
                Fact::Contact(it) => put(&mut newest.contacts, it.id.0, version, it),
                Fact::Leg(it) => put(&mut newest.legs, (it.contact.0, it.id.0), version, it),
                Fact::Offer(it) => put(&mut newest.offers, it.id.0, version, it),
                Fact::Span(it) => put(&mut newest.spans, it.id.0, version, it),
                Fact::Recording(it) => put(&mut newest.recordings, it.id.0, version, it),
                Fact::Message(it) => put(&mut newest.messages, it.id.0, version, it),
                Fact::Trail(it) => put(&mut newest.trails, it.contact.0, version, it),
                Fact::Survey(it) => {
                    let key = (it.contact.0, it.at.flow.flow.0, it.at.node, it.question);
                    put(&mut newest.answers, key, version, it);
                }
                Fact::Consult(it) => put(&mut newest.consults, (it.contact.0, it.id.0), version, it),
                Fact::Audit(it) => put(&mut newest.audit, it.id, version, it),
                Fact::Callback(it) => put(&mut newest.callbacks, it.id.0, version, it),
            }
        }
        newest
    }
}

fn put<'a, K: Ord, T>(rows: &mut BTreeMap<K, Row<'a, T>>, key: K, version: i64, it: &'a T) {
    let row = rows.entry(key).or_insert((version, it));
    if version > row.0 {
        *row = (version, it);
    }
}

/// Parts of a power of two, so that there are few statements to keep prepared.
fn parts<T>(mut rows: &[T]) -> impl Iterator<Item = &[T]> {
    std::iter::from_fn(move || {
        let most = rows.len().min(ROWS);
        let (part, rest) = rows.split_at(if most == 0 { return None } else { 1 << most.ilog2() });
        rows = rest;
        Some(part)
    })
}

/// What stands before and after the rows: all columns but the key are taken from the newer version.
fn around(table: &str, key: &str, columns: &[&str]) -> (String, String) {
    let news: Vec<String> = columns.iter().map(|column| format!("{column} = excluded.{column}")).collect();
    (
        format!("INSERT INTO {table} ({key}, {}) ", columns.join(", ")),
        format!(" ON CONFLICT ({key}) DO UPDATE SET {} WHERE excluded.version > {table}.version", news.join(", ")),
    )
}

/// `upsert!(tx, "table", key "its, key", ["other", "columns"], rows, |version, it| [values, of, all, columns])`.
macro_rules! upsert {
    ($tx:expr, $table:literal, key $key:literal, [$($column:literal),*], $rows:expr,
     |$version:ident, $it:ident| [$($value:expr),* $(,)?]) => {{
        let (head, tail) = around($table, $key, &[$($column),*]);
        for part in parts(&$rows) {
            match $tx.conn() {
                Conn::Lite(conn) => {
                    let mut query = QueryBuilder::<Sqlite>::new(head.as_str());
                    query.push_values(part, |mut row, &($version, $it)| { $(row.push_bind($value);)* });
                    timed(query.push(&tail).build().execute(conn)).await?;
                }
                Conn::Pg(conn) => {
                    let mut query = QueryBuilder::<Postgres>::new(head.as_str());
                    query.push_values(part, |mut row, &($version, $it)| { $(row.push_bind($value);)* });
                    timed(query.push(&tail).build().execute(conn)).await?;
                }
            }
        }
        Ok(())
    }};
}

async fn save_contacts(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, ContactFact>>) -> Result<(), StoreError> {
    upsert!(
        tx,
        "contacts",
        key "tenant, id",
        [
            "version", "via", "number", "name", "began", "queued", "answered", "ended", "queue", "agent", "waited",
            "talked", "held", "wrap_up", "outcome", "cause", "disposition", "notes", "solved", "estimated",
            "estimate_error", "hops", "identification",
            "attendance"
        ],
        rows,
        |version, it| [
            tenant.0,
            it.id.0,
            version,
            to_json(&it.via),
            it.number.as_ref().map(PhoneNumber::as_str),
            it.name.as_deref().map(clean),
            it.began.0,
            it.queued.map(|at| at.0),
            it.answered.map(|at| at.0),
            it.ended.0,
            it.queue.map(|queue| queue.0),
            it.agent.map(|agent| agent.0),
            it.waited.0,
            it.talked.0,
            it.held.0,
            it.wrap_up.0,
            to_word(&it.outcome),
            to_word(&it.cause),
            it.form.disposition.map(|id| id.0),
            clean(&it.form.notes),
            it.form.solved,
            it.estimated.map(|wait| wait.0),
            it.estimate_error,
            to_json(&it.hops),
            to_json(&it.identification),
            it.attendance.as_ref().map(to_json),
        ]
    )
}

async fn save_legs(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, LegFact>>) -> Result<(), StoreError> {
    upsert!(
        tx,
        "legs",
        key "tenant, contact, id",
        ["version", "agent", "outside", "sip", "began", "ended", "cause", "quality"],
        rows,
        |version, it| [
            tenant.0,
            it.contact.0,
            it.id.0,
            version,
            it.agent.map(|agent| agent.0),
            it.outside.as_ref().map(PhoneNumber::as_str),
            it.sip,
            it.began.0,
            it.ended.0,
            to_word(&it.cause),
            it.quality.map(|quality| to_json(&finite(quality))),
        ]
    )
}

/// JSON has no NaN and no infinity: one such figure would make the leg unreadable.
fn finite(quality: Quality) -> Quality {
    let keep = |value: f32| value.is_finite().then_some(value);
    Quality {
        jitter_ms: keep(quality.jitter_ms).unwrap_or(0.0),
        round_trip_ms: quality.round_trip_ms.and_then(keep),
        mos: quality.mos.and_then(keep),
        ..quality
    }
}

async fn save_offers(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, OfferFact>>) -> Result<(), StoreError> {
    upsert!(
        tx,
        "offers",
        key "tenant, id",
        ["version", "contact", "agent", "queue", "made", "ended", "outcome", "why"],
        rows,
        |version, it| [
            tenant.0,
            it.id.0,
            version,
            it.contact.0,
            it.agent.0,
            it.queue.0,
            it.made.0,
            it.ended.0,
            to_word(&it.end),
            to_json(&it.why),
        ]
    )
}

async fn save_spans(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, SpanFact>>) -> Result<(), StoreError> {
    upsert!(
        tx,
        "spans",
        key "tenant, id",
        ["version", "agent", "state", "contact", "began", "ended"],
        rows,
        |version, it| [
            tenant.0,
            it.id.0,
            version,
            it.agent.0,
            to_json(&it.state),
            it.contact.map(|contact| contact.0),
            it.began.0,
            it.ended.0,
        ]
    )
}

async fn save_recordings(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, RecordingFact>>) -> Result<(), StoreError> {
    upsert!(
        tx,
        "recordings",
        key "tenant, id",
        ["version", "contact", "began", "length", "fault"],
        rows,
        |version, it| [
            tenant.0,
            it.id.0,
            version,
            it.contact.0,
            it.began.0,
            it.length.0,
            it.fault.as_deref().map(clean),
        ]
    )
}

/// Those that are there already are not mailed again.
async fn save_messages(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, MessageFact>>) -> Result<(), StoreError> {
    for (_, it) in &rows {
        let due = it.left.0.saturating_add(it.length.0);
        sql!(
            run,
            tx,
            "INSERT INTO message_mails (tenant, id, tries, due) VALUES ($1, $2, 0, $3)
             ON CONFLICT (tenant, id) DO NOTHING",
            tenant.0,
            it.id.0,
            due
        )?;
    }
    upsert!(
        tx,
        "messages",
        key "tenant, id",
        ["version", "contact", "kind", "owner", "number", "name", "began", "length", "fault"],
        rows,
        |version, it| [
            tenant.0,
            it.id.0,
            version,
            it.contact.0,
            box_kind(it.mailbox),
            it.mailbox.id().0,
            it.number.as_ref().map(PhoneNumber::as_str),
            it.name.as_deref().map(clean),
            it.left.0,
            it.length.0,
            it.fault.as_deref().map(clean),
        ]
    )
}

/// What a mailbox's owner is called in the table.
const fn box_kind(mailbox: Mailbox) -> &'static str {
    match mailbox {
        Mailbox::Queue(_) => "queue",
        Mailbox::Agent(_) => "agent",
        Mailbox::Team(_) => "team",
    }
}

async fn save_trails(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, TrailFact>>) -> Result<(), StoreError> {
    upsert!(tx, "trails", key "tenant, contact", ["version", "steps"], rows, |version, it| [
        tenant.0,
        it.contact.0,
        version,
        to_json(&it.steps),
    ])
}

async fn save_answers(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, SurveyFact>>) -> Result<(), StoreError> {
    upsert!(
        tx,
        "survey_answers",
        key "tenant, contact, flow, node, question",
        ["version", "scale", "score", "answered"],
        rows,
        |version, it| [
            tenant.0,
            it.contact.0,
            it.at.flow.flow.0,
            i64::from(it.at.node),
            i64::from(it.question),
            version,
            to_word(&it.scale),
            i64::from(it.score),
            it.answered.0,
        ]
    )
}

async fn save_consults(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, ConsultFact>>) -> Result<(), StoreError> {
    upsert!(
        tx,
        "consults",
        key "tenant, contact, id",
        ["version", "by_agent", "purpose", "queue", "number", "agent", "began", "answered", "ended", "cause"],
        rows,
        |version, it| [
            tenant.0,
            it.contact.0,
            it.id.0,
            version,
            it.by.0,
            to_word(&it.purpose),
            it.queue.map(|queue| queue.0),
            it.number.as_ref().map(PhoneNumber::as_str),
            it.agent.map(|agent| agent.0),
            it.began.0,
            it.answered.map(|at| at.0),
            it.ended.0,
            to_word(&it.cause),
        ]
    )
}

/// Whether the store knows of its end: a fact that comes again must not mark again what somebody has made new since.
async fn is_over(tx: &mut Tx, tenant: TenantId, it: &Callback) -> Result<bool, StoreError> {
    let row = sql!(
        one: (i64,),
        tx,
        "SELECT COUNT(*) FROM callbacks WHERE tenant = $1 AND id = $2 AND ended IS NOT NULL",
        tenant.0,
        it.id.0
    )?;
    Ok(row.is_some_and(|(count,)| count > 0))
}

async fn save_callbacks(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, Callback>>) -> Result<(), StoreError> {
    let over = |it: &Callback| match it.stage {
        Stage::Over { at, .. } => Some(at.0),
        Stage::Waiting | Stage::InLine | Stage::InHand(_) | Stage::Calling { .. } => None,
    };
    for (_, it) in &rows {
        if let Stage::Over { at, end: End::Reached | End::Served | End::Done } = it.stage
            && !is_over(tx, tenant, it).await?
        {
            messages::answered(tx, tenant, it, at).await?;
        }
        for tried in &it.tries {
            sql!(
                run,
                tx,
                "INSERT INTO callback_tries (tenant, contact, callback) VALUES ($1, $2, $3)
                 ON CONFLICT (tenant, contact) DO NOTHING",
                tenant.0,
                tried.contact.0,
                it.id.0
            )?;
        }
    }
    upsert!(
        tx,
        "callbacks",
        key "tenant, id",
        [
            "version", "queue", "agent", "team", "number", "contact", "booked", "due", "ended", "tried_by", "held_by",
            "body"
        ],
        rows,
        |version, it| [
            tenant.0,
            it.id.0,
            version,
            it.queue.map(|queue| queue.0),
            it.user.map(|user| user.0),
            it.team.map(|team| team.0),
            it.number.as_ref().map(PhoneNumber::as_str),
            it.contact.map(|contact| contact.0),
            it.booked.0,
            it.due.0,
            over(it),
            it.tries.last().and_then(|tried| tried.agent).map(|agent| agent.0),
            it.stage.hand().map(|hand| hand.user.0),
            clean(&to_json(it)),
        ]
    )
}

/// An entry of the log never changes: one that is there already is left as it is.
async fn save_audit(tx: &mut Tx, tenant: TenantId, rows: Vec<Row<'_, AuditFact>>) -> Result<(), StoreError> {
    for (_, it) in rows {
        sql!(
            run,
            tx,
            "INSERT INTO audit (tenant, id, at, user_id, user_name, action, subject)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (tenant, id) DO NOTHING",
            tenant.0,
            it.id,
            it.at.0,
            it.user.map(|user| user.0),
            it.user_name.as_deref().map(clean),
            clean(&it.action),
            clean(&it.subject)
        )?;
    }
    Ok(())
}
