//! Messages that callers left (`/api/messages`), and how mailboxes are set up (`/api/mailboxes`).

use crate::flow::model::Mailbox;
use crate::ids::{CallbackId, ContactId, MailboxId, QueueId, RecordingId, TeamId, UserId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::rest::Language;
use serde::{Deserialize, Serialize};

/// A message in `GET /api/messages`, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Message {
    /// The id; `GET /api/messages/{id}/sound` is the WAV.
    pub id: RecordingId,
    /// The contact in which it was left.
    pub contact: ContactId,
    /// In whose box.
    pub mailbox: Mailbox,
    /// The name of that queue, agent or team; `None` when it is gone.
    pub mailbox_name: Option<String>,
    /// The caller's number; `None` when withheld.
    pub number: Option<PhoneNumber>,
    /// The caller's name, if known.
    pub name: Option<String>,
    /// When it began.
    pub left: Timestamp,
    /// How long it plays.
    pub length: Millis,
    /// `None` when whole; else what went wrong.
    pub fault: Option<String>,
    /// When it was heard first; `None`: it is new.
    pub heard: Option<Timestamp>,
    /// Who heard it.
    pub heard_by: Option<String>,
    /// The open callback of the same caller, if the box's owner has one: who calls back calls that.
    #[serde(default)]
    pub task: Option<CallbackId>,
}

/// `GET /api/messages/new`: how many are new to the caller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NewMessages {
    /// So many.
    pub count: u32,
}

/// `PUT /api/messages/{id}/heard`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Heard {
    /// Whether it is done with; `false` makes it new again.
    pub heard: bool,
}

/// `GET|POST|PUT /api/mailboxes`: what differs from a plain mailbox. Every queue, agent and team has one without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MailboxSetting {
    /// The id: the same number as its owner's, so that each has one.
    pub id: MailboxId,
    /// Whose.
    pub mailbox: Mailbox,
    /// The mail address to which messages are sent; empty: they are not mailed.
    pub address: String,
    /// What that mail speaks.
    pub language: Language,
    /// The name of the prompt that callers hear before the beep, instead of what the node or the house would say; in the
    /// language that they hear, and only where there is one of that name.
    #[serde(default)]
    pub greeting: Option<String>,
}

impl Mailbox {
    /// The queue, if it is a queue's.
    #[must_use]
    pub const fn queue(self) -> Option<QueueId> {
        match self {
            Self::Queue(queue) => Some(queue),
            Self::Agent(_) | Self::Team(_) => None,
        }
    }

    /// The agent, if it is an agent's.
    #[must_use]
    pub const fn agent(self) -> Option<UserId> {
        match self {
            Self::Queue(_) | Self::Team(_) => None,
            Self::Agent(user) => Some(user),
        }
    }

    /// The team, if it is a team's.
    #[must_use]
    pub const fn team(self) -> Option<TeamId> {
        match self {
            Self::Queue(_) | Self::Agent(_) => None,
            Self::Team(team) => Some(team),
        }
    }

    /// The id of its setting.
    #[must_use]
    pub const fn id(self) -> MailboxId {
        match self {
            Self::Queue(queue) => MailboxId(queue.0),
            Self::Agent(user) => MailboxId(user.0),
            Self::Team(team) => MailboxId(team.0),
        }
    }
}
