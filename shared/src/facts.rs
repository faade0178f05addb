//! Facts: what happened, as the floor hands it to the store.
//!
//! Every fact has an id from the engines and a version. The store upserts it only if the version is newer, so a fact
//! delivered twice, or out of order after a crash, changes nothing.

use crate::edge::{Cause, Quality};
use crate::flow::Footprint;
use crate::flow::model::{Mailbox, Scale};
use crate::ids::{ContactId, LegId, OfferId, QueueId, RecordingId, SpanId, UserId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::callbacks::Callback;
use crate::wire::control::Identification;
use crate::wire::desk::{AgentState, Explanation, Via, WrapUpForm};
use crate::wire::meetings::Attendance;
use crate::wire::parties::Purpose;
use crate::wire::rest::{OfferEnd, Outcome};
use crate::wire::waiting::Hop;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A fact and its version: the count of floor inputs when it was last changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Versioned {
    /// Newer wins.
    pub version: u64,
    /// What happened.
    pub fact: Fact,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Fact {
    /// A contact, once its call is over; again when wrap-up is done or notes are saved later.
    Contact(Box<ContactFact>),
    /// A leg of a contact that has ended, or the part of an agent's connection that was in it.
    Leg(LegFact),
    /// An offer that has ended.
    Offer(OfferFact),
    /// A span of an agent's time in one state that has ended.
    Span(SpanFact),
    /// A recording that has been closed.
    Recording(RecordingFact),
    /// The nodes of flows that a contact walked, once its call is over.
    Trail(TrailFact),
    /// A question of a survey that was answered.
    Survey(SurveyFact),
    /// A call at the side of a contact that is over.
    Consult(ConsultFact),
    /// A message that somebody left; again when it becomes known how long it is.
    Message(MessageFact),
    /// Something that the audit log shall say.
    Audit(AuditFact),
    /// A callback that was booked or changed, as it stands now.
    Callback(Box<Callback>),
}

/// The contact record (话单), whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactFact {
    /// The id.
    pub id: ContactId,
    /// How it came.
    pub via: Via,
    /// The other party's number.
    pub number: Option<PhoneNumber>,
    /// The other party's name: our record's, else the network's.
    pub name: Option<String>,
    /// When it began.
    pub began: Timestamp,
    /// When it entered its first queue; service level belongs to this interval.
    pub queued: Option<Timestamp>,
    /// When an agent answered.
    pub answered: Option<Timestamp>,
    /// When the call ended.
    pub ended: Timestamp,
    /// The last queue it waited in.
    pub queue: Option<QueueId>,
    /// The agent who talked.
    pub agent: Option<UserId>,
    /// The wait that was to be expected when it entered its first queue, and how much longer it really was until an agent
    /// answered, in ms.
    #[serde(default)]
    pub estimated: Option<Millis>,
    /// See `estimated`; negative is shorter.
    #[serde(default)]
    pub estimate_error: Option<i64>,
    /// Time in queues.
    pub waited: Millis,
    /// Time talking, hold not counted.
    pub talked: Millis,
    /// Time on hold.
    pub held: Millis,
    /// Time in wrap-up.
    pub wrap_up: Millis,
    /// How it was led on from queues.
    #[serde(default)]
    pub hops: Vec<Hop>,
    /// Whether and by whom the caller was identified, and what they told the flows.
    #[serde(default)]
    pub identification: Identification,
    /// What it had to do with a meeting room.
    #[serde(default)]
    pub attendance: Option<Attendance>,
    /// How it ended for the figures.
    pub outcome: Outcome,
    /// How the call ended.
    pub cause: Cause,
    /// What the agent filled in.
    pub form: WrapUpForm,
}

/// A leg in a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LegFact {
    /// The leg; an agent's warm connection appears once per contact.
    pub id: LegId,
    /// The contact.
    pub contact: ContactId,
    /// Whose it is; `None` is the customer's, or an outside guest's.
    pub agent: Option<UserId>,
    /// The number of an outside guest.
    #[serde(default)]
    pub outside: Option<PhoneNumber>,
    /// By SIP, else from a browser.
    pub sip: bool,
    /// When it joined the contact.
    pub began: Timestamp,
    /// When it left.
    pub ended: Timestamp,
    /// Why.
    pub cause: Cause,
    /// How it sounded; `None` for an agent's connection that lives on.
    pub quality: Option<Quality>,
}

/// An offer, its end and its explanation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferFact {
    /// The id.
    pub id: OfferId,
    /// Of what.
    pub contact: ContactId,
    /// To whom.
    pub agent: UserId,
    /// From which queue.
    pub queue: QueueId,
    /// When made.
    pub made: Timestamp,
    /// When over.
    pub ended: Timestamp,
    /// How.
    pub end: OfferEnd,
    /// Why this agent.
    pub why: Explanation,
}

/// An agent's time in one state (考勤).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SpanFact {
    /// The id.
    pub id: SpanId,
    /// Whose.
    pub agent: UserId,
    /// Which state.
    pub state: AgentState,
    /// The contact it belongs to, if any.
    pub contact: Option<ContactId>,
    /// From.
    pub began: Timestamp,
    /// To.
    pub ended: Timestamp,
}

/// A recording's record; the sound itself is a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingFact {
    /// The id; names the file.
    pub id: RecordingId,
    /// Of what.
    pub contact: ContactId,
    /// When it began.
    pub began: Timestamp,
    /// How long it plays.
    pub length: Millis,
    /// `None` when whole; else what went wrong.
    pub fault: Option<String>,
}

/// A message (留言) that a caller left after the beep. Its sound is a file as a recording's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageFact {
    /// The id; names the file.
    pub id: RecordingId,
    /// The contact in which it was left.
    pub contact: ContactId,
    /// In whose box.
    pub mailbox: Mailbox,
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
}

/// The way of a contact through flows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailFact {
    /// The contact.
    pub contact: ContactId,
    /// The nodes in the order in which they were entered; the first ones, when there were very many.
    pub steps: Vec<Footprint>,
}

/// An answer to a question of a survey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SurveyFact {
    /// Who answered.
    pub contact: ContactId,
    /// The node that asked.
    pub at: Footprint,
    /// Which of its questions, from 0.
    pub question: u8,
    /// What the key means.
    pub scale: Scale,
    /// The key: 1 to 5, or 1 for solved and 2 for not.
    pub score: u8,
    /// When.
    pub answered: Timestamp,
}

/// A consultation, an attempt to transfer, or an invitation: how an agent asked somebody else. No contact of its own, so
/// that no figure of a queue ever counts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsultFact {
    /// The id.
    pub id: ContactId,
    /// The contact it belongs to.
    pub contact: ContactId,
    /// Who asked.
    pub by: UserId,
    /// What for.
    pub purpose: Purpose,
    /// The queue that was asked, if it was one.
    pub queue: Option<QueueId>,
    /// The number that was dialled, if it was one.
    pub number: Option<PhoneNumber>,
    /// Who answered, if an agent did.
    pub agent: Option<UserId>,
    /// When it began.
    pub began: Timestamp,
    /// When somebody answered.
    pub answered: Option<Timestamp>,
    /// When it was over: given up, passed on or joined.
    pub ended: Timestamp,
    /// How it ended.
    pub cause: Cause,
}

/// A deed of a user's for the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditFact {
    /// The entry's id.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who; `None` for something that callers did.
    #[serde(default)]
    pub user: Option<UserId>,
    /// Their name then.
    #[serde(default)]
    pub user_name: Option<String>,
    /// What, like `call.barged`.
    pub action: String,
    /// On what: ids.
    pub subject: String,
}
