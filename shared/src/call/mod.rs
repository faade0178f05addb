//! A call: a customer's leg, an agent's leg, the phase they are in, and the times that the record will say.
//!
//! The phase is an enum; each phase says what everybody hears ([`room`]). The call knows no queue rules and no agent
//! states: the floor tells it what was decided.

pub mod room;

use crate::edge::{Cause, Quality, Source};
use crate::facts::ContactFact;
use crate::flow::{Footprint, Run, Treatment};
use crate::ids::{ContactId, LegId, NumberId, OfferId, QueueId, RecordingId, RoomId, UserId, one_or_many};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{Party, Via, WrapUpForm};
use crate::wire::rest::Outcome;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The customer's side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CustomerSide {
    /// The leg.
    pub leg: LegId,
    /// By SIP, else from a browser.
    pub sip: bool,
    /// Whether we answered it (inbound) or it answered us (outbound).
    pub answered: bool,
    /// Whether the far end has been told that it rings.
    pub alerted: bool,
    /// Since when nothing is heard from it.
    pub silent_since: Option<Timestamp>,
    /// Gone: how it sounded.
    pub gone: Option<Quality>,
}

/// The agent's side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentSide {
    /// Who.
    pub user: UserId,
    /// The browser's leg; replaced when the page reloads after a crash.
    pub leg: LegId,
    /// When the agent joined.
    pub since: Timestamp,
    /// The agent muted their voice.
    pub muted: bool,
    /// No sound comes from the browser: it reloads, or its network is gone.
    pub silent: bool,
    /// Since when, the last time that it fell silent.
    #[serde(default)]
    pub silent_since: Option<Timestamp>,
}

/// A number outside that the call's flow has called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideSide {
    /// The leg.
    pub leg: LegId,
    /// When it answered; `None` while it rings.
    pub answered: Option<Timestamp>,
}

/// What a call is doing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Phase {
    /// The voice portal speaks.
    Portal(Run),
    /// Waits in a queue, possibly while agents are rung.
    Queued {
        /// Where.
        queue: QueueId,
        /// What the caller hears once answered; not begun while the caller still hears ringing.
        treatment: Treatment,
        /// The offers that ring, and whom each.
        #[serde(alias = "offer", default, deserialize_with = "one_or_many")]
        rings: BTreeSet<(OfferId, UserId)>,
    },
    /// An agent's outbound call rings.
    Dialling {
        /// The far end sends sound already.
        early_media: bool,
    },
    /// The two talk.
    Talking,
    /// The agent put the customer on hold.
    Held,
    /// The call is over; its agent may be in wrap-up.
    Over {
        /// Why.
        cause: Cause,
        /// When.
        at: Timestamp,
        /// Wrap-up ended then; `None` while it lasts.
        wrapped: Option<Timestamp>,
    },
}

/// Where a call's time went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// In queues.
    pub waited: Millis,
    /// Talking.
    pub talked: Millis,
    /// On hold.
    pub held: Millis,
}

/// A recording that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingSide {
    /// Which.
    pub id: RecordingId,
    /// Since when.
    pub began: Timestamp,
}

/// A call, from the first ring to the end of wrap-up.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The contact.
    pub id: ContactId,
    /// Its room.
    pub room: RoomId,
    /// The other party.
    pub party: Party,
    /// When it began.
    pub began: Timestamp,
    /// When it entered its first queue.
    pub queued: Option<Timestamp>,
    /// When agent and customer first talked.
    pub answered: Option<Timestamp>,
    /// The last queue.
    pub queue: Option<QueueId>,
    /// Whether what they say shall be recorded.
    pub record: bool,
    /// The recording, once begun.
    pub recording: Option<RecordingSide>,
    /// The customer's side.
    pub customer: CustomerSide,
    /// The agent's side, once there is one.
    pub agent: Option<AgentSide>,
    /// What the house plays to the customer.
    pub source: Option<Source>,
    /// What it is doing.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// Where its time went, the present phase not counted.
    pub clocks: Clocks,
    /// The number outside that its flow called.
    #[serde(default)]
    pub outside: Option<OutsideSide>,
    /// The number of ours by which it came.
    #[serde(default)]
    pub entered: Option<NumberId>,
    /// The nodes of flows that it has walked.
    #[serde(default)]
    pub trail: Vec<Footprint>,
    /// What the agent filled in.
    pub form: WrapUpForm,
}

impl Call {
    /// Goes to another phase; the time in the old one is booked.
    pub fn enter(&mut self, now: Timestamp, phase: Phase) {
        let spent = now.since(self.since);
        match self.phase {
            Phase::Queued { .. } => self.clocks.waited += spent,
            Phase::Talking => self.clocks.talked += spent,
            Phase::Held => self.clocks.held += spent,
            Phase::Portal(_) | Phase::Dialling { .. } | Phase::Over { .. } => {}
        }
        self.phase = phase;
        self.since = now;
    }

    /// The offers that ring, and whom each.
    pub fn rings(&self) -> impl Iterator<Item = (OfferId, UserId)> + '_ {
        let rings = match &self.phase {
            Phase::Queued { rings, .. } => Some(rings),
            Phase::Portal(_) | Phase::Dialling { .. } | Phase::Talking | Phase::Held | Phase::Over { .. } => None,
        };
        rings.into_iter().flatten().copied()
    }

    /// The offer that rings at this agent's desk.
    #[must_use]
    pub fn offer_to(&self, user: UserId) -> Option<OfferId> {
        self.rings().find(|(_, rung)| *rung == user).map(|(offer, _)| offer)
    }

    /// The walk through flows, while it lasts.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        match &self.phase {
            Phase::Portal(run) => Some(run),
            Phase::Queued { .. } | Phase::Dialling { .. } | Phase::Talking | Phase::Held | Phase::Over { .. } => None,
        }
    }

    /// Whether the call itself is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over { .. })
    }

    /// Whether nothing is left to wait for: the leg is gone and wrap-up done.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Over { wrapped: Some(_), .. }) && self.customer.gone.is_some()
    }

    /// The contact record, once the call is over.
    #[must_use]
    pub fn record(&self, now: Timestamp) -> Option<ContactFact> {
        let Phase::Over { cause, at, wrapped } = self.phase else { return None };
        Some(ContactFact {
            id: self.id,
            via: self.party.via.clone(),
            number: self.party.number.clone(),
            name: self.party.known_as().map(str::to_owned),
            began: self.began,
            queued: self.queued,
            answered: self.answered,
            ended: at,
            queue: self.queue,
            agent: self.agent.as_ref().map(|agent| agent.user),
            waited: self.clocks.waited,
            talked: self.clocks.talked,
            held: self.clocks.held,
            wrap_up: wrapped.unwrap_or(now).since(at),
            outcome: self.outcome(cause),
            cause,
            form: self.form.clone(),
        })
    }

    fn outcome(&self, cause: Cause) -> Outcome {
        match (&self.party.via, self.answered, self.queued) {
            (Via::Outbound, Some(_), _) => Outcome::Connected,
            (Via::Outbound, None, _) => Outcome::NotConnected,
            (Via::Phone { .. } | Via::Web { .. }, Some(_), _) => Outcome::Answered,
            _ if matches!(
                cause,
                Cause::Busy | Cause::Rejected | Cause::Congestion | Cause::NotFound | Cause::Ended | Cause::Failed
            ) =>
            {
                Outcome::Refused
            }
            (Via::Phone { .. } | Via::Web { .. }, None, Some(_)) => Outcome::Abandoned,
            (Via::Phone { .. } | Via::Web { .. }, None, None) => Outcome::LeftInMenu,
        }
    }
}
