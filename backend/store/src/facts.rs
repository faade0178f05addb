//! Facts from the floor: one transaction a batch, each row upserted only if it is newer.
//!
//! A fact delivered twice, or after a newer one, changes nothing; so the floor may send again whatever it is not sure
//! about. Facts reference nothing: one may come before, after or without what it names.

use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Tx, clean, sql, to_json, to_word};
use hark_shared::edge::Quality;
use hark_shared::facts::{ContactFact, Fact, LegFact, OfferFact, RecordingFact, SpanFact, Versioned};
use hark_shared::ids::TenantId;
use hark_shared::phone::PhoneNumber;

impl Db {
    /// Saves a batch, all or nothing.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`]: send the batch again later. [`StoreError::Broken`]: the batch holds something that
    /// the database refuses; send its facts one by one to find which.
    pub async fn save_facts(&self, tenant: TenantId, facts: &[Versioned]) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        for Versioned { version, fact } in facts {
            let version = i64::try_from(*version).unwrap_or(i64::MAX);
            match fact {
                Fact::Contact(contact) => save_contact(&mut tx, tenant, version, contact).await?,
                Fact::Leg(leg) => save_leg(&mut tx, tenant, version, leg).await?,
                Fact::Offer(offer) => save_offer(&mut tx, tenant, version, offer).await?,
                Fact::Span(span) => save_span(&mut tx, tenant, version, span).await?,
                Fact::Recording(recording) => save_recording(&mut tx, tenant, version, recording).await?,
            }
        }
        tx.commit().await
    }
}

async fn save_contact(tx: &mut Tx, tenant: TenantId, version: i64, it: &ContactFact) -> Result<(), StoreError> {
    sql!(
        run,
        tx,
        "INSERT INTO contacts (tenant, id, version, via, number, name, began, queued, answered, ended, queue, agent,
             waited, talked, held, wrap_up, outcome, cause, disposition, notes, solved)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
         ON CONFLICT (tenant, id) DO UPDATE SET
             version = excluded.version, via = excluded.via, number = excluded.number, name = excluded.name,
             began = excluded.began, queued = excluded.queued, answered = excluded.answered, ended = excluded.ended,
             queue = excluded.queue, agent = excluded.agent, waited = excluded.waited, talked = excluded.talked,
             held = excluded.held, wrap_up = excluded.wrap_up, outcome = excluded.outcome, cause = excluded.cause,
             disposition = excluded.disposition, notes = excluded.notes, solved = excluded.solved
         WHERE excluded.version > contacts.version",
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
        it.form.solved
    )?;
    Ok(())
}

async fn save_leg(tx: &mut Tx, tenant: TenantId, version: i64, it: &LegFact) -> Result<(), StoreError> {
    sql!(
        run,
        tx,
        "INSERT INTO legs (tenant, contact, id, version, agent, sip, began, ended, cause, quality)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant, contact, id) DO UPDATE SET
             version = excluded.version, agent = excluded.agent, sip = excluded.sip, began = excluded.began,
             ended = excluded.ended, cause = excluded.cause, quality = excluded.quality
         WHERE excluded.version > legs.version",
        tenant.0,
        it.contact.0,
        it.id.0,
        version,
        it.agent.map(|agent| agent.0),
        it.sip,
        it.began.0,
        it.ended.0,
        to_word(&it.cause),
        it.quality.map(|quality| to_json(&finite(quality)))
    )?;
    Ok(())
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

async fn save_offer(tx: &mut Tx, tenant: TenantId, version: i64, it: &OfferFact) -> Result<(), StoreError> {
    sql!(
        run,
        tx,
        "INSERT INTO offers (tenant, id, version, contact, agent, queue, made, ended, outcome, why)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (tenant, id) DO UPDATE SET
             version = excluded.version, contact = excluded.contact, agent = excluded.agent, queue = excluded.queue,
             made = excluded.made, ended = excluded.ended, outcome = excluded.outcome, why = excluded.why
         WHERE excluded.version > offers.version",
        tenant.0,
        it.id.0,
        version,
        it.contact.0,
        it.agent.0,
        it.queue.0,
        it.made.0,
        it.ended.0,
        to_word(&it.end),
        to_json(&it.why)
    )?;
    Ok(())
}

async fn save_span(tx: &mut Tx, tenant: TenantId, version: i64, it: &SpanFact) -> Result<(), StoreError> {
    sql!(
        run,
        tx,
        "INSERT INTO spans (tenant, id, version, agent, state, contact, began, ended)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (tenant, id) DO UPDATE SET
             version = excluded.version, agent = excluded.agent, state = excluded.state, contact = excluded.contact,
             began = excluded.began, ended = excluded.ended
         WHERE excluded.version > spans.version",
        tenant.0,
        it.id.0,
        version,
        it.agent.0,
        to_json(&it.state),
        it.contact.map(|contact| contact.0),
        it.began.0,
        it.ended.0
    )?;
    Ok(())
}

async fn save_recording(tx: &mut Tx, tenant: TenantId, version: i64, it: &RecordingFact) -> Result<(), StoreError> {
    sql!(
        run,
        tx,
        "INSERT INTO recordings (tenant, id, version, contact, began, length, fault)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (tenant, id) DO UPDATE SET
             version = excluded.version, contact = excluded.contact, began = excluded.began, length = excluded.length,
             fault = excluded.fault
         WHERE excluded.version > recordings.version",
        tenant.0,
        it.id.0,
        version,
        it.contact.0,
        it.began.0,
        it.length.0,
        it.fault.as_deref().map(clean)
    )?;
    Ok(())
}
