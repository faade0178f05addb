//! Messages that callers left, what people did with them, and which must still be mailed. The sound is a file that is not
//! the store's.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Tx, sql};
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::{CallbackId, ContactId, QueueId, RecordingId, TeamId, TenantId, UserId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::callbacks::Callback;
use hark_shared::wire::messages::Message;
use uuid::Uuid;

/// Which boxes somebody may open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Boxes {
    /// Everybody's.
    All,
    /// Their own, and those of the queues that they serve and of the teams that they belong to or lead.
    Of(UserId),
}

/// Where a page of the list begins: strictly before this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageCursor {
    /// When it began.
    pub left: Timestamp,
    /// The message.
    pub id: RecordingId,
}

/// A message that is to be mailed now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueMail {
    /// Whose.
    pub tenant: TenantId,
    /// What.
    pub message: Message,
    /// How often it was tried.
    pub tries: u32,
}

/// What came of mailing a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mailed {
    /// It is done: sent, or nobody wants it.
    Done,
    /// It is tried again then.
    Again(Timestamp, String),
    /// It is not tried any more.
    GivenUp(String),
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    contact: Uuid,
    kind: String,
    owner: Uuid,
    box_name: Option<String>,
    number: Option<String>,
    name: Option<String>,
    began: i64,
    length: i64,
    fault: Option<String>,
    heard: Option<i64>,
    heard_by: Option<String>,
    task: Option<Uuid>,
}

#[derive(sqlx::FromRow)]
struct DueRow {
    tenant: Uuid,
    tries: i64,
    #[sqlx(flatten)]
    message: Row,
}

/// Messages that are not removed, with their marks and the name of the box; conditions follow.
macro_rules! select {
    ($columns:literal, $from:literal, $rest:literal) => {
        concat!(
            "SELECT ",
            $columns,
            "m.id, m.contact, m.kind, m.owner, COALESCE(q.name, u.name, d.name) AS box_name, m.number, m.name, m.began, m.length,
                 m.fault, k.heard, k.heard_by,
                 (SELECT c.id FROM callbacks c
                  WHERE c.tenant = m.tenant AND c.number = m.number AND c.ended IS NULL
                      AND ((m.kind = 'agent' AND c.agent = m.owner)
                          OR (m.kind = 'team' AND c.team = m.owner)
                          OR (m.kind = 'queue' AND c.agent IS NULL AND c.queue = m.owner))
                  ORDER BY c.booked, c.id LIMIT 1) AS task
             FROM ",
            $from,
            "messages m
             LEFT JOIN message_marks k ON k.tenant = m.tenant AND k.id = m.id
             LEFT JOIN queues q ON q.tenant = m.tenant AND q.id = m.owner AND m.kind = 'queue'
             LEFT JOIN users u ON u.tenant = m.tenant AND u.id = m.owner AND m.kind = 'agent'
             LEFT JOIN documents d ON d.tenant = m.tenant AND d.kind = 'team' AND d.id = m.owner AND m.kind = 'team'
             WHERE k.removed IS NULL AND ",
            $rest
        )
    };
}

/// Whether `$2` is true (everybody's boxes), or the message lies in a box of the user `$3`.
macro_rules! opens {
    ($rest:literal) => {
        concat!(
            "m.tenant = $1 AND ($2 OR (m.kind = 'agent' AND m.owner = $3) OR (m.kind = 'queue' AND m.owner IN (
                 SELECT s.queue FROM user_queues s WHERE s.tenant = $1 AND s.user_id = $3))
                 OR (m.kind = 'team' AND m.owner IN (SELECT p.document FROM document_people p
                     WHERE p.tenant = $1 AND p.kind = 'team' AND p.user_id = $3))) ",
            $rest
        )
    };
}

impl Boxes {
    fn all(self) -> bool {
        matches!(self, Self::All)
    }

    fn user(self) -> Uuid {
        match self {
            Self::All => Uuid::nil(),
            Self::Of(user) => user.0,
        }
    }
}

impl Db {
    /// At most `limit` messages of these boxes, newest first, and where the next page begins.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn messages(
        &self,
        tenant: TenantId,
        boxes: Boxes,
        before: Option<MessageCursor>,
        limit: u16,
    ) -> Result<(Vec<Message>, Option<MessageCursor>), StoreError> {
        let before = before.unwrap_or(MessageCursor { left: Timestamp(i64::MAX), id: RecordingId(Uuid::max()) });
        let mut link = self.read().await?;
        let rows = sql!(all: Row, link,
            (concat!(select!("", "", ""), opens!("AND (m.began, m.id) < ($4, $5) ORDER BY m.began DESC, m.id DESC LIMIT $6"))),
            tenant.0, boxes.all(), boxes.user(), before.left.0, before.id.0, i64::from(limit))?;
        let messages = rows.into_iter().map(message).collect::<Result<Vec<_>, _>>()?;
        let next = match messages.last() {
            Some(last) if messages.len() == usize::from(limit) => Some(MessageCursor { left: last.left, id: last.id }),
            _ => None,
        };
        Ok((messages, next))
    }

    /// One message of these boxes; `None` when there is none.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn message(
        &self,
        tenant: TenantId,
        boxes: Boxes,
        id: RecordingId,
    ) -> Result<Option<Message>, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(one: Row, link, (concat!(select!("", "", ""), opens!("AND m.id = $4"))),
            tenant.0, boxes.all(), boxes.user(), id.0)?;
        row.map(message).transpose()
    }

    /// How many messages of these boxes nobody has heard.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn new_messages(&self, tenant: TenantId, boxes: Boxes) -> Result<u32, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(one: (i64,), link,
            (concat!("SELECT COUNT(*) FROM messages m
                 LEFT JOIN message_marks k ON k.tenant = m.tenant AND k.id = m.id
                 WHERE k.removed IS NULL AND k.heard IS NULL AND ", opens!(""))),
            tenant.0, boxes.all(), boxes.user())?;
        Ok(row.map_or(0, |(count,)| u32::try_from(count).unwrap_or(u32::MAX)))
    }

    /// Marks a message as heard by somebody, or as new again. Who heard it first stays.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn mark_message(
        &self,
        tenant: TenantId,
        id: RecordingId,
        heard: Option<(Timestamp, &str)>,
    ) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO message_marks (tenant, id) VALUES ($1, $2) ON CONFLICT (tenant, id) DO NOTHING",
            tenant.0,
            id.0
        )?;
        match heard {
            Some((at, by)) => sql!(
                run,
                tx,
                "UPDATE message_marks SET heard = $3, heard_by = $4 WHERE tenant = $1 AND id = $2 AND heard IS NULL",
                tenant.0,
                id.0,
                at.0,
                by
            )?,
            None => sql!(
                run,
                tx,
                "UPDATE message_marks SET heard = NULL, heard_by = NULL WHERE tenant = $1 AND id = $2",
                tenant.0,
                id.0
            )?,
        };
        tx.commit().await
    }

    /// Takes a message away; it is not mailed any more either. Its sound is the caller's to remove.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn remove_message(&self, tenant: TenantId, id: RecordingId, audit: &Audit) -> Result<(), StoreError> {
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO message_marks (tenant, id, removed) VALUES ($1, $2, $3)
             ON CONFLICT (tenant, id) DO UPDATE SET removed = excluded.removed",
            tenant.0,
            id.0,
            audit.at.0
        )?;
        sql!(run, tx, "UPDATE message_mails SET due = NULL WHERE tenant = $1 AND id = $2", tenant.0, id.0)?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }

    /// Messages of all tenants that are due to be mailed, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn due_mails(&self, now: Timestamp, limit: u16) -> Result<Vec<DueMail>, StoreError> {
        let mut link = self.read().await?;
        let rows = sql!(all: DueRow, link,
            (select!("p.tenant, p.tries, ", "message_mails p CROSS JOIN ",
                "p.tenant = m.tenant AND p.id = m.id AND p.due <= $1 ORDER BY p.due LIMIT $2")),
            now.0, i64::from(limit))?;
        rows.into_iter()
            .map(|row| {
                let tries = u32::try_from(row.tries).unwrap_or(u32::MAX);
                Ok(DueMail { tenant: TenantId(row.tenant), message: message(row.message)?, tries })
            })
            .collect()
    }

    /// What came of mailing a message.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn mailed(&self, tenant: TenantId, id: RecordingId, what: &Mailed) -> Result<(), StoreError> {
        let (due, fault) = match what {
            Mailed::Done => (None, None),
            Mailed::Again(due, fault) => (Some(due.0), Some(fault.as_str())),
            Mailed::GivenUp(fault) => (None, Some(fault.as_str())),
        };
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "UPDATE message_mails SET tries = tries + 1, due = $3, fault = $4 WHERE tenant = $1 AND id = $2",
            tenant.0,
            id.0,
            due,
            fault
        )?;
        tx.commit().await
    }

    /// Whether this is the sound of a message of the tenant's, so that its file is to be kept.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn has_message(&self, tenant: TenantId, id: RecordingId) -> Result<bool, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(one: (i64,), link, "SELECT COUNT(*) FROM messages WHERE tenant = $1 AND id = $2",
            tenant.0, id.0)?;
        Ok(row.is_some_and(|(count,)| count > 0))
    }
}

fn message(row: Row) -> Result<Message, StoreError> {
    let number = row.number.map(|number| PhoneNumber::parse(&number)).transpose();
    Ok(Message {
        id: RecordingId(row.id),
        contact: ContactId(row.contact),
        mailbox: match row.kind.as_str() {
            "queue" => Mailbox::Queue(QueueId(row.owner)),
            "agent" => Mailbox::Agent(UserId(row.owner)),
            "team" => Mailbox::Team(TeamId(row.owner)),
            other => return Err(StoreError::unreadable("messages.kind", other)),
        },
        mailbox_name: row.box_name,
        number: number.map_err(|why| StoreError::unreadable("messages.number", why))?,
        name: row.name,
        left: Timestamp(row.began),
        length: Millis(row.length),
        fault: row.fault,
        heard: row.heard.map(Timestamp),
        heard_by: row.heard_by,
        task: row.task.map(CallbackId),
    })
}

/// Somebody has talked with whom this callback was for: messages that they had left in the box of the same owner are done
/// with, by whoever called.
///
/// # Errors
/// When the database cannot.
pub(crate) async fn answered(tx: &mut Tx, tenant: TenantId, it: &Callback, at: Timestamp) -> Result<(), StoreError> {
    let owner = match (it.user, it.team, it.queue) {
        (Some(user), ..) => ("agent", user.0),
        (None, Some(team), _) => ("team", team.0),
        (None, None, Some(queue)) => ("queue", queue.0),
        (None, None, None) => return Ok(()),
    };
    let Some(number) = &it.number else { return Ok(()) };
    let rows = sql!(
        all: (Uuid,),
        tx,
        "SELECT m.id FROM messages m
         LEFT JOIN message_marks k ON k.tenant = m.tenant AND k.id = m.id
         WHERE m.tenant = $1 AND m.kind = $2 AND m.owner = $3 AND m.number = $4 AND m.began <= $5
             AND k.heard IS NULL AND k.removed IS NULL",
        tenant.0,
        owner.0,
        owner.1,
        number.as_str(),
        at.0
    )?;
    let by = it.tries.last().and_then(|tried| tried.agent).map(|agent| agent.0);
    for (id,) in rows {
        sql!(
            run,
            tx,
            "INSERT INTO message_marks (tenant, id) VALUES ($1, $2) ON CONFLICT (tenant, id) DO NOTHING",
            tenant.0,
            id
        )?;
        sql!(
            run,
            tx,
            "UPDATE message_marks
             SET heard = $3, heard_by = (SELECT u.name FROM users u WHERE u.tenant = $1 AND u.id = $4)
             WHERE tenant = $1 AND id = $2",
            tenant.0,
            id,
            at.0,
            by
        )?;
    }
    Ok(())
}
