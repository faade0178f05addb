//! A call: a customer's leg, the responsible agent's leg, guests, the phase they are in, and the times that the record
//! will say.
//!
//! The phase is an enum; each phase says what everybody hears ([`room`]). The call knows no queue rules and no agent
//! states: the floor tells it what was decided.
//!
//! A call *at the side* ([`Side`]) belongs to another one: an agent asks, passes on to or invites somebody. In the
//! customer's place it has that agent, on the very leg of their main call, so it never ends this leg; with an outside
//! number it has no agent, and the number is its guest. It is no contact: its record is a [`crate::facts::ConsultFact`].

pub mod guest;
pub mod key;
mod record;
pub mod room;

use crate::edge::{Cause, Quality, Source};
use crate::flow::model::Mailbox;
use crate::flow::{Flow, Footprint, LastAgent, Run, Treatment};
use crate::ids::{
    CallbackId, ContactId, LegId, MeetingId, NumberId, OfferId, QueueId, RecordingId, RoomId, UserId, one_or_many,
};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::control::{Audience, Told, Verified};
use crate::wire::desk::{Party, WrapUpForm};
use crate::wire::meetings::Attendance;
use crate::wire::parties::{Purpose, SideEnded};
use crate::wire::waiting::Hop;
use guest::{Earlier, Guest};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeSet, VecDeque};

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
    /// Muted by whoever leads the call.
    #[serde(default)]
    pub hushed: bool,
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
    /// The leg is in the room of a call at the side.
    #[serde(default)]
    pub away: bool,
    /// Muted by whoever supervises the call.
    #[serde(default)]
    pub hushed: bool,
}

impl AgentSide {
    /// An agent who joins now.
    #[must_use]
    pub const fn new(user: UserId, leg: LegId, now: Timestamp) -> Self {
        Self { user, leg, since: now, muted: false, silent: false, silent_since: None, away: false, hushed: false }
    }
}

/// What makes a call one at the side of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Side {
    /// The call it belongs to.
    pub of: ContactId,
    /// Who asked; responsible for that call.
    pub by: UserId,
    /// What for.
    pub purpose: Purpose,
    /// With whom, in words: a name or a number.
    pub with: String,
    /// The asking agent's leg is in this room, not in the main call's.
    pub front: bool,
}

/// A number outside that the call's flow has called and that rings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideSide {
    /// The leg.
    pub leg: LegId,
    /// The number.
    pub number: PhoneNumber,
    /// It has answered, and is asked to take the call by a key.
    #[serde(default)]
    pub confirm: Option<Confirmation>,
}

/// How somebody on duty is asked to take a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmation {
    /// What they hear.
    pub source: Source,
    /// How long.
    pub until: Timestamp,
}

/// The telephones of a duty rota that have not been rung yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Duty {
    /// In their order; at most [`crate::duty::MAX_PEOPLE`].
    pub next: VecDeque<PhoneNumber>,
    /// How long each rings.
    pub ring: Millis,
}

/// A message that a caller leaves: first the beep, then they speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageSide {
    /// In whose box.
    pub mailbox: Mailbox,
    /// The longest.
    pub limit: Millis,
    /// When the limit is reached; `None` during the beep.
    pub until: Option<Timestamp>,
}

/// What makes a call one that calls somebody back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Back {
    /// For which callback.
    pub id: CallbackId,
    /// The customer's leg has been dialled; before, the call only holds the customer's place in the line.
    pub dialled: bool,
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
    /// A call at the side rings at one agent's desk.
    Asked {
        /// Names it for the desk.
        offer: OfferId,
        /// Whom.
        user: UserId,
        /// When it rings out.
        until: Timestamp,
    },
    /// Waits with music for a colleague to take it, see [`Parked`].
    Parked(Parked),
    /// In a meeting, whose room it is in.
    Meeting(MeetingId),
    /// An agent's outbound call rings.
    Dialling {
        /// The far end sends sound already.
        early_media: bool,
    },
    /// Customer and agent talk, or customer and guests.
    Talking,
    /// The agent put the customer on hold; agent and guests may go on.
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

/// A call in a numbered place, without an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parked {
    /// The place: what colleagues tell each other.
    pub slot: u16,
    /// Who parked it.
    pub by: UserId,
    /// When it comes back to them, or asks them once more.
    pub until: Timestamp,
    /// The ring by which it comes back to them.
    pub ring: Option<OfferId>,
    /// How often it has rung there in vain.
    pub tries: u8,
}

/// A sound that an agent plays to the customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Playing {
    /// What.
    pub source: Source,
    /// Its name, as the agent chose it.
    pub sound: String,
    /// Who hears it.
    pub to: Audience,
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
    /// It holds silence until then, unless it is resumed before.
    #[serde(default)]
    pub paused_until: Option<Timestamp>,
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
    /// Everybody else in the room, at most [`guest::MAX_PARTIES`] with the two.
    #[serde(default)]
    pub guests: Vec<Guest>,
    /// Calls at its side, at most one of them no invitation.
    #[serde(default)]
    pub sides: Vec<ContactId>,
    /// What makes it one at the side itself.
    #[serde(default)]
    pub side: Option<Side>,
    /// How the last call at the side ended by itself.
    #[serde(default)]
    pub side_ended: Option<SideEnded>,
    /// Agents who had it before, the last one last.
    #[serde(default)]
    pub earlier: Vec<Earlier>,
    /// What the house plays to the customer.
    pub source: Option<Source>,
    /// What the house plays to everybody who talks: somebody joined.
    #[serde(default)]
    pub chime: Option<Source>,
    /// What it is doing.
    pub phase: Phase,
    /// Since when.
    pub since: Timestamp,
    /// Where its time went, the present phase not counted.
    pub clocks: Clocks,
    /// The number outside that its flow called and that rings.
    #[serde(default)]
    pub outside: Option<OutsideSide>,
    /// The wait that was to be expected when it entered its first queue.
    #[serde(default)]
    pub estimated: Option<Millis>,
    /// How much longer it really was, in ms.
    #[serde(default)]
    pub estimate_error: Option<i64>,
    /// What the agent alone hears before the customer.
    #[serde(default)]
    pub tone: Option<Source>,
    /// The number of ours by which it came.
    #[serde(default)]
    pub entered: Option<NumberId>,
    /// The flow that the house drew for its present walk.
    #[serde(default)]
    pub house: Option<Box<Flow>>,
    /// Levels of priority beyond its queue's that it has been given.
    #[serde(default)]
    pub bonus: u8,
    /// How it was led on from queues.
    #[serde(default)]
    pub hops: Vec<Hop>,
    /// The callback that its caller has booked.
    #[serde(default)]
    pub booked: Option<CallbackId>,
    /// The callback that it is.
    #[serde(default)]
    pub callback: Option<Back>,
    /// The nodes of flows that it has walked.
    #[serde(default)]
    pub trail: Vec<Footprint>,
    /// The message that is being left.
    #[serde(default)]
    pub message: Option<MessageSide>,
    /// The walk that waits while its agent is rung ([`Phase::Asked`] of a call that is none at the side).
    #[serde(default)]
    pub resting: Option<Run>,
    /// The flow has led it into this queue to whoever talked with the caller last.
    #[serde(default)]
    pub wish: Option<(QueueId, LastAgent)>,
    /// Who is on duty and comes next.
    #[serde(default)]
    pub duty: Option<Duty>,
    /// Whoever was on duty has taken it: they talk for the house, as an agent does.
    #[serde(default)]
    pub on_duty: bool,
    /// Its agent has hung up, and the customer is asked how it was.
    #[serde(default)]
    pub surveyed: bool,
    /// What it has to do with a meeting room: the last one at whose door its caller was.
    #[serde(default)]
    pub attendance: Option<Attendance>,
    /// What it came to without any agent, see [`Ending`].
    #[serde(default)]
    pub ending: Option<Ending>,
    /// What the agent filled in.
    pub form: WrapUpForm,
    /// Who stood in the customer's place and named somebody else, as long as that leg is there.
    #[serde(default)]
    pub referrer: Option<CustomerSide>,
    /// We have dialled for the far end.
    #[serde(default)]
    pub referred: bool,
    /// What customer and agent hear before each other: the agent's number.
    #[serde(default)]
    pub announcement: Option<Source>,
    /// What the agent plays to the customer.
    #[serde(default)]
    pub playing: Option<Playing>,
    /// Nothing that is said now may be kept, see [`crate::wire::control::RecordRule::Never`].
    #[serde(default)]
    pub barred: bool,
    /// How the caller was identified.
    #[serde(default)]
    pub verified: Option<Verified>,
    /// What the caller told the flow, at most [`MOST_TOLD`].
    #[serde(default)]
    pub told: Vec<Told>,
}

/// Variables of a flow that a card shows, at most: what a person reads before answering.
pub const MOST_TOLD: usize = 20;
/// What a call came to that no agent answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ending {
    /// A message was left.
    Message,
    /// A fax machine called.
    Fax,
}

impl Call {
    /// Goes to another phase; the time in the old one is booked.
    pub fn enter(&mut self, now: Timestamp, phase: Phase) {
        let spent = now.since(self.since);
        match self.phase {
            Phase::Queued { .. } => self.clocks.waited += spent,
            Phase::Talking => self.clocks.talked += spent,
            Phase::Held | Phase::Parked(_) => self.clocks.held += spent,
            Phase::Portal(_)
            | Phase::Asked { .. }
            | Phase::Dialling { .. }
            | Phase::Meeting(_)
            | Phase::Over { .. } => {}
        }
        self.phase = phase;
        self.since = now;
        self.tone = None;
        self.announcement = None;
        if !self.is_together() {
            self.playing = None;
        }
    }

    /// An agent talks with the customer from now on; the first time it shows how good the estimate was.
    pub fn answer(&mut self, now: Timestamp) {
        if self.answered.is_none() {
            let waited = self.queued.map(|queued| now.since(queued).0);
            self.estimate_error = waited.zip(self.estimated).map(|(waited, estimated)| waited - estimated.0);
            self.answered = Some(now);
        }
    }

    /// The offers that ring, and whom each.
    pub fn rings(&self) -> impl Iterator<Item = (OfferId, UserId)> + '_ {
        let (queued, asked) = match &self.phase {
            Phase::Queued { rings, .. } => (Some(rings), None),
            Phase::Asked { offer, user, .. } => (None, Some((*offer, *user))),
            Phase::Parked(parked) => (None, parked.ring.map(|offer| (offer, parked.by))),
            Phase::Portal(_)
            | Phase::Dialling { .. }
            | Phase::Talking
            | Phase::Held
            | Phase::Meeting(_)
            | Phase::Over { .. } => (None, None),
        };
        queued.into_iter().flatten().copied().chain(asked)
    }

    /// The offer that rings at this agent's desk.
    #[must_use]
    pub fn offer_to(&self, user: UserId) -> Option<OfferId> {
        self.rings().find(|(_, rung)| *rung == user).map(|(offer, _)| offer)
    }

    /// Whether agent and customer, or whoever is in their places, have each other.
    #[must_use]
    pub fn is_together(&self) -> bool {
        matches!(self.phase, Phase::Talking | Phase::Held)
    }

    /// The agent who answers for it.
    #[must_use]
    pub fn answering(&self) -> Option<UserId> {
        self.agent.as_ref().map(|agent| agent.user)
    }

    /// Whether this agent answers for it.
    #[must_use]
    pub fn is_led_by(&self, user: UserId) -> bool {
        self.agent.as_ref().is_some_and(|agent| agent.user == user)
    }

    /// The guest that is this agent.
    #[must_use]
    pub fn guest(&self, user: UserId) -> Option<&Guest> {
        self.guests.iter().find(|guest| guest.agent() == Some(user))
    }

    /// As [`Call::guest`], to change.
    pub fn guest_mut(&mut self, user: UserId) -> Option<&mut Guest> {
        self.guests.iter_mut().find(|guest| guest.agent() == Some(user))
    }

    /// Whether somebody besides customer and responsible agent talks in it.
    #[must_use]
    pub fn has_company(&self) -> bool {
        self.guests.iter().any(Guest::talks)
    }

    /// Whether somebody hears it who does not talk in it.
    #[must_use]
    pub fn is_overheard(&self) -> bool {
        self.guests.iter().any(|guest| !guest.talks())
    }

    /// Everybody in it, guests who still ring among them.
    #[must_use]
    pub fn parties(&self) -> usize {
        1 + usize::from(self.agent.is_some()) + self.guests.len() + self.sides.len()
    }

    /// The form that this agent fills in: their own, once they have passed the call on.
    pub fn form_of(&mut self, user: UserId) -> Option<&mut WrapUpForm> {
        if self.is_led_by(user) {
            return Some(&mut self.form);
        }
        self.earlier.iter_mut().rev().find(|earlier| earlier.user == user).map(|earlier| &mut earlier.form)
    }

    /// The walk through flows, while it lasts.
    #[must_use]
    pub fn run(&self) -> Option<&Run> {
        match &self.phase {
            Phase::Portal(run) => Some(run),
            Phase::Queued { .. }
            | Phase::Asked { .. }
            | Phase::Parked(_)
            | Phase::Meeting(_)
            | Phase::Dialling { .. }
            | Phase::Talking
            | Phase::Held
            | Phase::Over { .. } => None,
        }
    }

    /// Its place, while it is parked.
    #[must_use]
    pub fn parked(&self) -> Option<&Parked> {
        match &self.phase {
            Phase::Parked(parked) => Some(parked),
            Phase::Meeting(_)
            | Phase::Portal(_)
            | Phase::Queued { .. }
            | Phase::Asked { .. }
            | Phase::Dialling { .. }
            | Phase::Talking
            | Phase::Held
            | Phase::Over { .. } => None,
        }
    }

    /// The walk through flows, also while it waits for an agent who is rung.
    #[must_use]
    pub fn walk(&self) -> Option<&Run> {
        self.run().or(self.resting.as_ref())
    }

    /// How its flow wants the last agent preferred in this queue.
    #[must_use]
    pub fn wish_in(&self, queue: QueueId) -> Option<LastAgent> {
        self.wish.filter(|(wanted, _)| *wanted == queue).map(|(_, wish)| wish)
    }

    /// Whether it only holds the place of somebody who is to be called back: nobody is on the line.
    #[must_use]
    pub fn is_only_a_place(&self) -> bool {
        self.callback.is_some_and(|back| !back.dialled)
    }

    /// Whether the call itself is over.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Over { .. })
    }

    /// Whether nothing is left to wait for: the leg is gone and every wrap-up done.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        matches!(self.phase, Phase::Over { wrapped: Some(_), .. })
            && self.customer.gone.is_some()
            && self.referrer.is_none()
            && self.earlier.iter().all(|earlier| earlier.wrapped.is_some())
    }
}
