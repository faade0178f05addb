//! Callbacks: who is to be called back, why, when, and what came of it. One list for callers who asked for it and are
//! called by the floor, and for tasks that voicemail and duty rota leave, which an agent takes from the page.

use super::explanation::Explanation;
use crate::edge::Cause;
use crate::ids::{CallbackId, ContactId, OfferId, QueueId, RecordingId, TeamId, UserId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// Tries of one callback that are kept at most; a queue allows no more, and an agent who calls by hand more often
/// learns nothing from the first ones.
pub const MOST_TRIES: usize = 20;

/// Somebody who is to be called back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Callback {
    /// The id.
    pub id: CallbackId,
    /// Why.
    pub reason: Reason,
    /// The queue whose agents call.
    #[serde(default)]
    pub queue: Option<QueueId>,
    /// The agent whose task it is, where it is one's alone.
    #[serde(default)]
    pub user: Option<UserId>,
    /// The team whose task it is: any member or leader calls.
    #[serde(default)]
    pub team: Option<TeamId>,
    /// Whom to call; `None` when the number was withheld: then somebody has to find it out.
    #[serde(default)]
    pub number: Option<PhoneNumber>,
    /// Their name, as far as it was known.
    #[serde(default)]
    pub name: Option<String>,
    /// The contact that it comes from.
    #[serde(default)]
    pub contact: Option<ContactId>,
    /// The message that they left, if they did.
    #[serde(default)]
    pub message: Option<RecordingId>,
    /// When it was booked.
    pub booked: Timestamp,
    /// Since when they have waited: their place in the line is by this and `bonus`.
    pub entered: Timestamp,
    /// Levels of priority beyond the queue's.
    #[serde(default)]
    pub bonus: u8,
    /// Not called before.
    pub due: Timestamp,
    /// Not called after.
    pub expires: Timestamp,
    /// What is being done.
    pub stage: Stage,
    /// What was tried, first to last, at most [`MOST_TRIES`].
    #[serde(default)]
    pub tries: Vec<Try>,
}

/// A callback in `GET /api/callbacks`, with the names that a list shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallbackLine {
    /// The callback.
    pub callback: Callback,
    /// Its queue's name.
    pub queue_name: Option<String>,
    /// The name of the agent whose task it is.
    pub user_name: Option<String>,
    /// The name of the team whose task it is.
    #[serde(default)]
    pub team_name: Option<String>,
    /// The name of who called last.
    pub tried_by: Option<String>,
    /// The name of who has it in hand.
    #[serde(default)]
    pub held_by: Option<String>,
}

/// `POST /api/callbacks`: book one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallbackEdit {
    /// The id, drawn by the client.
    pub id: CallbackId,
    /// The queue whose agents call.
    pub queue: QueueId,
    /// Whom to call.
    pub number: PhoneNumber,
    /// Their name.
    #[serde(default)]
    pub name: Option<String>,
    /// Not before; at once, or when the queue opens, without.
    #[serde(default)]
    pub due: Option<Timestamp>,
}

/// `PUT /api/callbacks/{id}`: another time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CallbackTime {
    /// Not before.
    pub due: Timestamp,
}

/// Why somebody is to be called back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// They asked for it; the floor calls by itself.
    Asked,
    /// They left a message.
    Voicemail,
    /// They rang whoever is on duty.
    Duty,
    /// They called and reached nobody.
    Missed,
}

impl Reason {
    /// Whether the floor calls by itself; else an agent does, from the page.
    #[must_use]
    pub const fn is_automatic(self) -> bool {
        match self {
            Self::Asked => true,
            Self::Voicemail | Self::Duty | Self::Missed => false,
        }
    }
}

/// What is being done for a callback.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stage {
    /// Nothing until it is due; a task waits for an agent.
    Waiting,
    /// It is due and has its place in the line.
    InLine,
    /// A task that an agent was handed, and works on.
    InHand(Hand),
    /// Somebody is called.
    Calling {
        /// The contact of this try.
        contact: ContactId,
        /// Who has it in hand, if it is a task that was handed out.
        #[serde(default)]
        hand: Option<Hand>,
    },
    /// It is over.
    Over {
        /// When.
        at: Timestamp,
        /// How.
        end: End,
    },
}

impl Stage {
    /// Who has it in hand, if anybody.
    #[must_use]
    pub const fn hand(self) -> Option<Hand> {
        match self {
            Self::InHand(hand) => Some(hand),
            Self::Calling { hand, .. } => hand,
            Self::Waiting | Self::InLine | Self::Over { .. } => None,
        }
    }
}

/// Whose hand a task is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Hand {
    /// Whose.
    pub user: UserId,
    /// Since when.
    pub since: Timestamp,
}

/// How a callback ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// Somebody talked with them.
    Reached,
    /// Every try failed.
    Unreached,
    /// The agent whose task it was has done it.
    Done,
    /// It was not possible in time.
    Expired,
    /// Somebody cancelled it.
    Cancelled,
    /// They talked with an agent whose matter it was in another call, for instance because they called again.
    Served,
}

/// A try.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Try {
    /// Its contact.
    pub contact: ContactId,
    /// When it was dialled.
    pub at: Timestamp,
    /// Who called, if an agent was there by then.
    #[serde(default)]
    pub agent: Option<UserId>,
    /// Whether they answered and talked with an agent; `None` while it goes on.
    #[serde(default)]
    pub reached: Option<bool>,
    /// How the call ended.
    #[serde(default)]
    pub cause: Option<Cause>,
}

/// What a desk says of a call that is a callback.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackCard {
    /// Which.
    pub id: CallbackId,
    /// Why.
    pub reason: Reason,
    /// Since when they have waited for it.
    pub booked: Timestamp,
    /// How often it was tried before.
    pub tries: u8,
    /// The customer is called only when the agent has accepted; else they are on the line already.
    pub agent_first: bool,
}

/// A task at a desk: offered, or in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskView {
    /// Which callback.
    pub id: CallbackId,
    /// Why.
    pub reason: Reason,
    /// Through which queue it came.
    pub queue: String,
    /// Whom to call.
    pub number: Option<PhoneNumber>,
    /// Their name, as far as it is known.
    pub name: Option<String>,
    /// The contact that it comes from.
    pub contact: Option<ContactId>,
    /// The message that they left, if they did.
    pub message: Option<RecordingId>,
    /// When it was booked.
    pub booked: Timestamp,
    /// How often it was tried.
    pub tries: u8,
    /// Since when it is in hand; of one that is offered since when it is.
    pub since: Timestamp,
}

/// The tasks of a desk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskBoard {
    /// One that is offered.
    pub offer: Option<TaskOffer>,
    /// Those in hand, the first taken first; at most [`crate::capacity::MOST_TASKS`].
    pub hand: Vec<TaskView>,
}

/// A task that is offered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskOffer {
    /// Names the offer.
    pub offer: OfferId,
    /// What it is.
    pub task: TaskView,
    /// When it goes to somebody else.
    pub until: Timestamp,
    /// Why this agent.
    pub why: Explanation,
}

/// What an agent does with a task in hand, beside calling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TaskDeed {
    /// It is done.
    Finish,
    /// Somebody else may do it, or the same agent later: it keeps its place, and comes back in a quarter of an hour.
    GiveBack,
}

/// Who is called first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum First {
    /// An agent accepts, then the customer is dialled: nobody who answers ever waits.
    #[default]
    Agent,
    /// The customer is dialled as it becomes their turn, and then has the head of the line: no agent waits for rings.
    Customer,
}

/// How a queue calls back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct CallbackRules {
    /// Who is called first.
    pub first: First,
    /// How long the customer's telephone rings, 10 to 120 s.
    pub ring: Millis,
    /// How often it is tried, 1 to 10.
    pub tries: u8,
    /// From one try to the next, 1 min to 24 h.
    pub interval: Millis,
    /// After so long it is no longer wanted, 1 h to 7 days.
    pub expires: Millis,
}

impl Default for CallbackRules {
    fn default() -> Self {
        Self {
            first: First::Agent,
            ring: Millis::from_secs(30),
            tries: 3,
            interval: Millis::from_secs(15 * 60),
            expires: Millis::from_secs(24 * 3600),
        }
    }
}
