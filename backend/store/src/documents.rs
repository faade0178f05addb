//! Calendars, notices, list entries, prompts, duty rotas, mailboxes, meeting rooms, teams: what is set up, small, and only ever read whole, as JSON in one
//! table.

use crate::audit::{self, Audit};
use crate::db::Db;
use crate::error::StoreError;
use crate::sql::{Conn, Tx, clean, from_json, sql, to_json};
use hark_shared::duty::Rota;
use hark_shared::hours::Calendar;
use hark_shared::ids::{TeamId, TenantId, UserId};
use hark_shared::listing::{Listed, Listing};
use hark_shared::meeting::GuardedRoom;
use hark_shared::notice::Notice;
use hark_shared::prompt::Prompt;
use hark_shared::team::Team;
use hark_shared::wire::messages::MailboxSetting;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeSet;
use uuid::Uuid;

/// A kind of document.
pub trait Document: Serialize + DeserializeOwned + Sync {
    /// Its name in the table.
    const KIND: &'static str;

    /// Whether it has a mailbox, whose setting goes when it does.
    const HAS_BOX: bool = false;

    /// Its id.
    fn id(&self) -> Uuid;

    /// What must not occur twice in the tenant's documents of this kind.
    fn key(&self) -> String;

    /// The users for whom it is looked up; each must be the tenant's.
    fn people(&self) -> BTreeSet<UserId> {
        BTreeSet::new()
    }
}

impl Document for Calendar {
    const KIND: &'static str = "calendar";

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn key(&self) -> String {
        self.name.clone()
    }
}

impl Document for Notice {
    const KIND: &'static str = "notice";

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn key(&self) -> String {
        self.name.clone()
    }
}

impl Document for Prompt {
    const KIND: &'static str = "prompt";

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn key(&self) -> String {
        self.sound()
    }
}

impl Document for Rota {
    const KIND: &'static str = "rota";

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn key(&self) -> String {
        self.name.clone()
    }
}

impl Document for GuardedRoom {
    const KIND: &'static str = "meeting_room";

    fn id(&self) -> Uuid {
        self.room.id.0
    }

    /// What callers type.
    fn key(&self) -> String {
        self.room.number.as_str().to_owned()
    }
}

impl Document for MailboxSetting {
    const KIND: &'static str = "mailbox";

    fn id(&self) -> Uuid {
        self.id.0
    }

    /// Its owner has one.
    fn key(&self) -> String {
        self.id.to_string()
    }
}

impl Document for Team {
    const KIND: &'static str = "team";
    const HAS_BOX: bool = true;

    fn id(&self) -> Uuid {
        self.id.0
    }

    fn key(&self) -> String {
        self.name.clone()
    }

    fn people(&self) -> BTreeSet<UserId> {
        self.members.union(&self.leaders).copied().collect()
    }
}

impl Document for Listing {
    const KIND: &'static str = "listing";

    fn id(&self) -> Uuid {
        self.id.0
    }

    /// A number may be on both lists, and stand for itself and for what begins with it.
    fn key(&self) -> String {
        let list = match self.listed {
            Listed::Blocked => "blocked",
            Listed::Allowed => "allowed",
        };
        format!("{list} {}{}", self.number, if self.prefix { "…" } else { "" })
    }
}

impl Db {
    /// Every document of a kind, by its key.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn documents<T: Document>(&self, tenant: TenantId) -> Result<Vec<T>, StoreError> {
        list(self.read().await?.conn(), tenant).await
    }

    /// Creates a document.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] when its id or key is taken, [`StoreError::Dangling`] when a user whom it names is not the
    /// tenant's.
    pub async fn create_document<T: Document>(
        &self,
        tenant: TenantId,
        new: &T,
        audit: &Audit,
    ) -> Result<(), StoreError> {
        let (key, body) = (clean(&new.key()), json(new));
        let mut tx = self.write().await?;
        sql!(
            run,
            tx,
            "INSERT INTO documents (tenant, kind, id, name, body) VALUES ($1, $2, $3, $4, $5)",
            tenant.0,
            T::KIND,
            new.id(),
            key,
            body
        )?;
        insert_people(&mut tx, tenant, new).await?;
        audit::write(&mut tx, tenant, audit).await?;
        tx.commit().await
    }

    /// Changes a document; `false` when there is none of this id.
    ///
    /// # Errors
    /// As [`create_document`](Self::create_document).
    pub async fn change_document<T: Document>(
        &self,
        tenant: TenantId,
        changed: &T,
        audit: &Audit,
    ) -> Result<bool, StoreError> {
        let (key, body) = (clean(&changed.key()), json(changed));
        let mut tx = self.write().await?;
        let found = sql!(
            run,
            tx,
            "UPDATE documents SET name = $4, body = $5 WHERE tenant = $1 AND kind = $2 AND id = $3",
            tenant.0,
            T::KIND,
            changed.id(),
            key,
            body
        )? > 0;
        if found {
            sql!(
                run,
                tx,
                "DELETE FROM document_people WHERE tenant = $1 AND kind = $2 AND document = $3",
                tenant.0,
                T::KIND,
                changed.id()
            )?;
            insert_people(&mut tx, tenant, changed).await?;
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }

    /// Whether somebody is a member or leader of a team.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn is_of_team(&self, tenant: TenantId, user: UserId, team: TeamId) -> Result<bool, StoreError> {
        let mut link = self.read().await?;
        let row = sql!(
            one: (i64,),
            link,
            "SELECT COUNT(*) FROM document_people
             WHERE tenant = $1 AND kind = 'team' AND document = $2 AND user_id = $3",
            tenant.0,
            team.0,
            user.0
        )?;
        Ok(row.is_some_and(|(count,)| count > 0))
    }

    /// Takes a document away; `false` when there is none of this id.
    ///
    /// # Errors
    /// When the database cannot.
    pub async fn remove_document<T: Document>(
        &self,
        tenant: TenantId,
        id: Uuid,
        audit: &Audit,
    ) -> Result<bool, StoreError> {
        let mut tx = self.write().await?;
        let found =
            sql!(run, tx, "DELETE FROM documents WHERE tenant = $1 AND kind = $2 AND id = $3", tenant.0, T::KIND, id)?
                > 0;
        if found && T::HAS_BOX {
            sql!(
                run,
                tx,
                "DELETE FROM documents WHERE tenant = $1 AND kind = $2 AND id = $3",
                tenant.0,
                MailboxSetting::KIND,
                id
            )?;
        }
        if found {
            audit::write(&mut tx, tenant, audit).await?;
        }
        tx.commit().await?;
        Ok(found)
    }
}

async fn insert_people<T: Document>(tx: &mut Tx, tenant: TenantId, document: &T) -> Result<(), StoreError> {
    for user in document.people() {
        sql!(
            run,
            tx,
            "INSERT INTO document_people (tenant, kind, document, user_id) VALUES ($1, $2, $3, $4)",
            tenant.0,
            T::KIND,
            document.id(),
            user.0
        )?;
    }
    Ok(())
}

pub(crate) async fn list<T: Document>(mut conn: Conn<'_>, tenant: TenantId) -> Result<Vec<T>, StoreError> {
    let rows = sql!(
        all: (String,),
        conn,
        "SELECT body FROM documents WHERE tenant = $1 AND kind = $2 ORDER BY name",
        tenant.0,
        T::KIND
    )?;
    rows.iter().map(|(body,)| from_json("documents.body", body)).collect()
}

/// PostgreSQL takes no NUL in a text, and JSON writes it as an escape that only its reader would unfold.
fn json<T: Document>(document: &T) -> String {
    to_json(document).replace("\\u0000", "\u{fffd}")
}
