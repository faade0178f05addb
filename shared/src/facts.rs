//! Facts: what happened, as the floor hands it to the store.
//!
//! Every fact has an id from the engines and a version. The store upserts it only if the version is newer, so a fact
//! delivered twice, or out of order after a crash, changes nothing.

use crate::edge::{Cause, Quality};
use crate::flow::Footprint;
use crate::flow::model::Scale;
use crate::ids::{ContactId, LegId, OfferId, QueueId, RecordingId, SpanId, UserId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{AgentState, Explanation, Via, WrapUpForm};
use crate::wire::rest::{OfferEnd, Outcome};
use serde::{Deserialize, Serialize};

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
    /// Time in queues.
    pub waited: Millis,
    /// Time talking, hold not counted.
    pub talked: Millis,
    /// Time on hold.
    pub held: Millis,
    /// Time in wrap-up.
    pub wrap_up: Millis,
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
    /// Whose it is; `None` is the customer's.
    pub agent: Option<UserId>,
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
