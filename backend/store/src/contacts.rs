//! Contact records as people read them: a list, newest first, and one contact with all that belongs to it.

use crate::callbacks;
use crate::customers;
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Tx, from_json, from_word, sql};
use crate::trails;
use hark_shared::ids::{ContactId, DispositionId, LegId, OfferId, QueueId, RecordingId, TenantId, UserId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::control::Identification;
use hark_shared::wire::desk::WrapUpForm;
use hark_shared::wire::meetings::Attendance;
use hark_shared::wire::rest::{Consult, Contact, ContactDetail, Leg, Offer, Recording, Span};
use hark_shared::wire::waiting::Hop;
use uuid::Uuid;

/// Whose contacts to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Everybody's.
    All,
    /// Those this agent talked in.
    Agent(UserId),
}

/// Where a page of the list begins: strictly before this contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContactCursor {
    /// When the contact began.
    pub began: Timestamp,
    /// The contact.
    pub id: ContactId,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    via: String,
    number: Option<String>,
    name: Option<String>,
    began: i64,
    answered: Option<i64>,
    ended: i64,
    queue: Option<Uuid>,
    queue_name: Option<String>,
    agent: Option<Uuid>,
    agent_name: Option<String>,
    waited: i64,
    talked: i64,
    held: i64,
    wrap_up: i64,
    outcome: String,
    cause: String,
    disposition: Option<Uuid>,
    notes: String,
    solved: Option<bool>,
    estimated: Option<i64>,
    estimate_error: Option<i64>,
    recording: Option<Uuid>,
    length: Option<i64>,
    fault: Option<String>,
}

#[derive(sqlx::FromRow)]
struct OfferRow {
    id: Uuid,
    agent: Uuid,
    agent_name: Option<String>,
    queue: Uuid,
    made: i64,
    ended: i64,
    outcome: String,
    why: String,
}

#[derive(sqlx::FromRow)]
struct LegRow {
    id: Uuid,
    agent: Option<Uuid>,
    outside: Option<String>,
    sip: bool,
    began: i64,
    ended: i64,
    cause: String,
    quality: Option<String>,
}

#[derive(sqlx::FromRow)]
struct ConsultRow {
    id: Uuid,
    by_name: Option<String>,
    purpose: String,
    queue_name: Option<String>,
    number: Option<String>,
    agent_name: Option<String>,
    began: i64,
    answered: Option<i64>,
    ended: i64,
    cause: String,
}

/// A contact with its names and its latest recording; a `WHERE` follows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT c.id, c.via, c.number, c.name, c.began, c.answered, c.ended, c.queue, q.name AS queue_name,
                 c.agent, u.name AS agent_name, c.waited, c.talked, c.held, c.wrap_up, c.outcome, c.cause,
                 c.disposition, c.notes, c.solved, c.estimated, c.estimate_error, r.id AS recording, r.length, r.fault
             FROM contacts c
             LEFT JOIN queues q ON q.tenant = c.tenant AND q.id = c.queue
             LEFT JOIN users u ON u.tenant = c.tenant AND u.id = c.agent
             LEFT JOIN recordings r ON r.tenant = c.tenant AND r.id = (
                 SELECT x.id FROM recordings x WHERE x.tenant = c.tenant AND x.contact = c.id
                 ORDER BY x.began DESC, x.id DESC LIMIT 1) ",
            $rest
        )
    };
}

impl Db {
    /// At most `limit` contacts, newest first, and where the next page begins.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn contacts(
        &self,
        tenant: TenantId,
        whose: Whose,
        before: Option<ContactCursor>,
        limit: u16,
    ) -> Result<(Vec<Contact>, Option<ContactCursor>), StoreError> {
        let before = before.unwrap_or(ContactCursor { began: Timestamp(i64::MAX), id: ContactId(Uuid::max()) });
        let mut link = self.read().await?;
        // Two texts, since with an "own or all" condition SQLite would not use the agent's index.
        let rows = match whose {
            Whose::All => sql!(all: Row, link,
                (select!("WHERE c.tenant = $1 AND (c.began, c.id) < ($2, $3) ORDER BY c.began DESC, c.id DESC LIMIT $4")),
                tenant.0, before.began.0, before.id.0, i64::from(limit))?,
            Whose::Agent(agent) => sql!(all: Row, link,
                (select!("WHERE c.tenant = $1 AND c.agent = $5 AND (c.began, c.id) < ($2, $3)
                          ORDER BY c.began DESC, c.id DESC LIMIT $4")),
                tenant.0, before.began.0, before.id.0, i64::from(limit), agent.0)?,
        };
        let rows = rows.into_iter().map(contact).collect::<Result<Vec<_>, _>>()?;
        let next = match rows.last() {
            Some(last) if rows.len() == usize::from(limit) => Some(ContactCursor { began: last.began, id: last.id }),
            _ => None,
        };
        Ok((rows, next))
    }

    /// One contact with its customer, offers and legs.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn contact(&self, tenant: TenantId, id: ContactId) -> Result<Option<ContactDetail>, StoreError> {
        let mut tx = self.snapshot().await?;
        let row = sql!(one: Row, tx, (select!("WHERE c.tenant = $1 AND c.id = $2")), tenant.0, id.0)?;
        let Some(row) = row else { return Ok(None) };
        let contact = contact(row)?;
        let customer = match &contact.number {
            Some(number) => customers::card(tx.conn(), tenant, number).await?,
            None => None,
        };
        let offers = offers(&mut tx, tenant, id).await?;
        let legs = legs(&mut tx, tenant, id).await?;
        let consults = consults(&mut tx, tenant, id).await?;
        let trail = trails::trail(&mut tx, tenant, id).await?;
        let answers = trails::answers(&mut tx, tenant, id).await?;
        let Documents { hops, identification, attendance } = documents(&mut tx, tenant, id).await?;
        let callback = callbacks::of_contact(&mut tx, tenant, id).await?;
        Ok(Some(ContactDetail {
            contact,
            customer,
            offers,
            legs,
            consults,
            trail,
            answers,
            hops,
            callback,
            identification,
            attendance,
        }))
    }

    /// Who talked with this number last, and when that ended; not before `since`.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn last_agent(
        &self,
        tenant: TenantId,
        number: &PhoneNumber,
        since: Timestamp,
    ) -> Result<Option<(UserId, Timestamp)>, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(
            one: (Uuid, i64),
            link,
            "SELECT agent, ended FROM contacts
             WHERE tenant = $1 AND number = $2 AND ended >= $3 AND agent IS NOT NULL AND answered IS NOT NULL
             ORDER BY ended DESC LIMIT 1",
            tenant.0,
            number.as_str(),
            since.0
        )?;
        Ok(row.map(|(agent, ended)| (UserId(agent), Timestamp(ended))))
    }

    /// An agent's spans that overlap `from..to`, oldest first.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn spans(
        &self,
        tenant: TenantId,
        agent: UserId,
        from: Timestamp,
        to: Timestamp,
    ) -> Result<Vec<Span>, StoreError> {
        let mut link = self.read().await?;
        let rows = sql!(
            all: (String, i64, i64),
            link,
            "SELECT state, began, ended FROM spans
             WHERE tenant = $1 AND agent = $2 AND began < $4 AND ended > $3 ORDER BY began, id",
            tenant.0,
            agent.0,
            from.0,
            to.0
        )?;
        rows.into_iter().map(|(state, began, ended)| span(&state, began, ended)).collect()
    }
}

/// What stands in the record as JSON: how the contact was led on, what was known of the caller, and what it had to do with
/// a meeting room.
#[derive(Default)]
struct Documents {
    hops: Vec<Hop>,
    identification: Identification,
    attendance: Option<Attendance>,
}

async fn documents(tx: &mut Tx, tenant: TenantId, id: ContactId) -> Result<Documents, StoreError> {
    let row = sql!(one: (String, String, Option<String>), tx,
        "SELECT hops, identification, attendance FROM contacts WHERE tenant = $1 AND id = $2", tenant.0, id.0)?;
    let Some((hops, identification, attendance)) = row else { return Ok(Documents::default()) };
    Ok(Documents {
        hops: from_json("contacts.hops", &hops)?,
        identification: from_json("contacts.identification", &identification)?,
        attendance: attendance.map(|text| from_json("contacts.attendance", &text)).transpose()?,
    })
}

async fn offers(tx: &mut Tx, tenant: TenantId, contact: ContactId) -> Result<Vec<Offer>, StoreError> {
    let rows = sql!(all: OfferRow, tx,
        "SELECT o.id, o.agent, u.name AS agent_name, o.queue, o.made, o.ended, o.outcome, o.why
         FROM offers o LEFT JOIN users u ON u.tenant = o.tenant AND u.id = o.agent
         WHERE o.tenant = $1 AND o.contact = $2 ORDER BY o.made, o.id",
        tenant.0, contact.0)?;
    rows.into_iter()
        .map(|row| {
            Ok(Offer {
                id: OfferId(row.id),
                agent: UserId(row.agent),
                agent_name: row.agent_name.unwrap_or_default(),
                queue: QueueId(row.queue),
                made: Timestamp(row.made),
                ended: Timestamp(row.ended),
                end: from_word("offers.outcome", &row.outcome)?,
                why: from_json("offers.why", &row.why)?,
            })
        })
        .collect()
}

async fn legs(tx: &mut Tx, tenant: TenantId, contact: ContactId) -> Result<Vec<Leg>, StoreError> {
    let rows = sql!(all: LegRow, tx,
        "SELECT id, agent, outside, sip, began, ended, cause, quality FROM legs
         WHERE tenant = $1 AND contact = $2 ORDER BY began, id",
        tenant.0, contact.0)?;
    rows.into_iter()
        .map(|row| {
            Ok(Leg {
                id: LegId(row.id),
                customer: row.agent.is_none() && row.outside.is_none(),
                outside: number("legs.outside", row.outside.as_deref())?,
                sip: row.sip,
                began: Timestamp(row.began),
                ended: Timestamp(row.ended),
                cause: from_word("legs.cause", &row.cause)?,
                quality: row.quality.map(|quality| from_json("legs.quality", &quality)).transpose()?,
            })
        })
        .collect()
}

async fn consults(tx: &mut Tx, tenant: TenantId, contact: ContactId) -> Result<Vec<Consult>, StoreError> {
    let rows = sql!(all: ConsultRow, tx,
        "SELECT c.id, b.name AS by_name, c.purpose, q.name AS queue_name, c.number, a.name AS agent_name, c.began,
             c.answered, c.ended, c.cause
         FROM consults c
         LEFT JOIN users b ON b.tenant = c.tenant AND b.id = c.by_agent
         LEFT JOIN users a ON a.tenant = c.tenant AND a.id = c.agent
         LEFT JOIN queues q ON q.tenant = c.tenant AND q.id = c.queue
         WHERE c.tenant = $1 AND c.contact = $2 ORDER BY c.began, c.id",
        tenant.0, contact.0)?;
    rows.into_iter()
        .map(|row| {
            Ok(Consult {
                id: ContactId(row.id),
                by_name: row.by_name.unwrap_or_default(),
                purpose: from_word("consults.purpose", &row.purpose)?,
                queue_name: row.queue_name,
                number: number("consults.number", row.number.as_deref())?,
                agent_name: row.agent_name,
                began: Timestamp(row.began),
                answered: row.answered.map(Timestamp),
                ended: Timestamp(row.ended),
                cause: from_word("consults.cause", &row.cause)?,
            })
        })
        .collect()
}

fn number(column: &str, text: Option<&str>) -> Result<Option<PhoneNumber>, StoreError> {
    text.map(PhoneNumber::parse).transpose().map_err(|why| StoreError::unreadable(column, why))
}

fn contact(row: Row) -> Result<Contact, StoreError> {
    let recording = row.recording.zip(row.length).map(|(id, length)| Recording {
        id: RecordingId(id),
        length: Millis(length),
        fault: row.fault,
    });
    Ok(Contact {
        id: ContactId(row.id),
        via: from_json("contacts.via", &row.via)?,
        number: number("contacts.number", row.number.as_deref())?,
        name: row.name,
        began: Timestamp(row.began),
        answered: row.answered.map(Timestamp),
        ended: Timestamp(row.ended),
        queue: row.queue.map(QueueId),
        queue_name: row.queue_name,
        agent: row.agent.map(UserId),
        agent_name: row.agent_name,
        waited: Millis(row.waited),
        talked: Millis(row.talked),
        held: Millis(row.held),
        wrap_up: Millis(row.wrap_up),
        estimated: row.estimated.map(Millis),
        estimate_error: row.estimate_error,
        outcome: from_word("contacts.outcome", &row.outcome)?,
        cause: from_word("contacts.cause", &row.cause)?,
        form: WrapUpForm { disposition: row.disposition.map(DispositionId), notes: row.notes, solved: row.solved },
        recording,
    })
}

fn span(state: &str, began: i64, ended: i64) -> Result<Span, StoreError> {
    use hark_shared::wire::desk::AgentState;
    let state: AgentState = from_json("spans.state", state)?;
    let (name, reason) = match state {
        AgentState::Busy(reason) => ("busy", Some(reason)),
        AgentState::Offline => ("offline", None),
        AgentState::Ready => ("ready", None),
        AgentState::Ringing => ("ringing", None),
        AgentState::Dialling => ("dialling", None),
        AgentState::Talking => ("talking", None),
        AgentState::Hold => ("hold", None),
        AgentState::WrapUp => ("wrap_up", None),
        AgentState::Missed => ("missed", None),
        AgentState::Disconnected => ("disconnected", None),
    };
    Ok(Span { state: name.to_owned(), reason, began: Timestamp(began), ended: Timestamp(ended) })
}
