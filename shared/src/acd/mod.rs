//! Automatic contact distribution (ACD): who gets whom, and why.
//!
//! A contact waits in one queue; an agent serves several. Whenever either side changes the best pair is offered: the
//! contact whose rank is best, the agents whom the queue's strategy puts first. All orders end in an id, so equal
//! figures decide alike everywhere.
//!
//! *Rank*: `entered - priority × 60 s`, smaller first. A level of priority is worth a minute of waiting, and because
//! everybody ages at the same pace the order of a queue never needs sorting again.
//!
//! *Who comes into question* widens with waiting, by stages: see [`queue`]. A contact that *prefers* an agent waits for
//! that one alone until its patience is over, or at once for all if that agent is signed out or lets it ring out.
//!
//! Invariants: a contact is in one line or in offers, never both; of its offers at most one is accepted, and that ends
//! the others; an agent with an offer is not ready; an offer ends exactly once. What an offer sounds and looks like is
//! the floor's business.

mod explain;
mod line;
mod pace;
mod queue;
mod rules;
mod serve;

use crate::engine::Engine;
use crate::ids::{ContactId, IdSource, OfferId, QueueId, UserId, one_or_many};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{Explanation, PassedOverReason};
use crate::wire::rest::OfferEnd;
use queue::{Fit, Queue};
pub use rules::{AgentRules, QueueRules, StepRules};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What one level of priority is worth in waiting time.
pub const AGE_PER_PRIORITY: Millis = Millis::from_secs(60);

/// The best level, and the level of an agent where a queue asks for no skill.
pub const TOP_LEVEL: u8 = 9;

/// Whether an agent can be offered a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Availability {
    /// Yes, and idle since then.
    Ready(Timestamp),
    /// No, for this reason.
    Not(PassedOverReason),
}

/// What an agent has done since signing in, as the floor counts it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Contacts talked in.
    pub contacts: u32,
    /// Time talked in them, hold included.
    pub talked: Millis,
}

/// An agent's availability and load: what a strategy ranks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Standing {
    availability: Availability,
    #[serde(default)]
    load: Load,
}

/// For whom a contact should wait alone, and how long at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// For whom; need not serve the queue.
    pub user: UserId,
    /// Counted from entering the queue.
    pub patience: Millis,
}

/// Everything that can happen to the distribution.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// The queues and agents, whole. Who waits goes on waiting.
    Rules {
        /// All queues.
        queues: Vec<QueueRules>,
        /// All agents.
        agents: Vec<AgentRules>,
    },
    /// An agent's availability changed.
    Agent {
        /// Who.
        user: UserId,
        /// What it is now.
        availability: Availability,
        /// What they have done so far.
        #[serde(default)]
        load: Load,
    },
    /// A contact enters a queue.
    Enqueue {
        /// Which contact.
        contact: ContactId,
        /// Where.
        queue: QueueId,
        /// Added to the queue's priority: a VIP's green channel.
        bonus: u8,
        /// Whom it would rather have.
        #[serde(default)]
        prefers: Option<Preference>,
        /// Since when it has waited, if it did elsewhere before: its place in the line is by that. How long it has waited
        /// in this queue is counted from now all the same.
        #[serde(default)]
        since: Option<Timestamp>,
    },
    /// It became known whom a contact would rather have. One that rings already goes on ringing.
    Prefer {
        /// Which contact.
        contact: ContactId,
        /// Whom.
        prefers: Preference,
    },
    /// Something became known that gives a contact at least this bonus: it moves ahead in its line.
    Raise {
        /// Which contact.
        contact: ContactId,
        /// As in [`Input::Enqueue`]; a smaller one than it has changes nothing.
        bonus: u8,
    },
    /// A contact is gone: out of its line, its offer withdrawn.
    Leave(ContactId),
    /// The agent answered: the contact's other offers end.
    Accept(OfferId),
    /// An agent to whom it was not offered takes a contact that rings at others, whose offers end.
    Take {
        /// Which contact; nothing happens when it does not ring.
        contact: ContactId,
        /// Who has it now.
        user: UserId,
    },
    /// An offer came to nothing in another way than by its time: with its last offer the contact goes back to its place.
    GiveBack {
        /// Which offer.
        offer: OfferId,
        /// How it ended: the desk or the sound was lost, or something that goes first came.
        end: OfferEnd,
    },
}

/// What the distribution decides.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Output {
    /// A contact is offered to an agent.
    Offered(Offer),
    /// An offer is over.
    OfferEnded {
        /// The offer as it was made.
        offer: Offer,
        /// How it ended.
        end: OfferEnd,
    },
    /// The contact's queue does not exist (any more): the floor must end it or send it elsewhere.
    Homeless(ContactId),
}

/// An offer as it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// What is offered.
    pub contact: ContactId,
    /// To whom.
    pub user: UserId,
    /// From which queue.
    pub queue: QueueId,
    /// When.
    pub made: Timestamp,
    /// When it rings out.
    pub until: Timestamp,
    /// How long the contact had waited in this queue.
    pub waited: Millis,
    /// Why this agent.
    pub why: Explanation,
}

/// A contact's place: where it waits and since when; kept while it is offered, so that it can go back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    queue: QueueId,
    entered: Timestamp,
    /// Smaller goes first, see the module.
    rank: i64,
    /// Levels of priority that the rank has beyond the queue's.
    #[serde(default)]
    bonus: u8,
    /// The offers that ring, each at another agent; empty while it stands in a line.
    #[serde(alias = "offer", default, deserialize_with = "one_or_many")]
    offers: BTreeSet<OfferId>,
    /// The line, while it stands in one.
    #[serde(default)]
    at: At,
    /// When it goes to another line, if nothing happens before.
    #[serde(default)]
    wake: Option<Timestamp>,
    #[serde(default)]
    prefers: Option<Prefers>,
}

/// For whom a contact waits alone, until when; over when that is past.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Prefers {
    user: UserId,
    until: Timestamp,
}

/// Which line a contact stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum At {
    /// Its queue's, at this stage.
    Stage(usize),
    /// The agent's own.
    Agent(UserId),
}

impl Default for At {
    fn default() -> Self {
        Self::Stage(0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Agent {
    name: String,
    /// Queues served, with how they fit; `None` where a skill is lacking.
    #[serde(default)]
    serves: Vec<(QueueId, Option<Fit>)>,
    #[serde(flatten)]
    standing: Standing,
    /// Contacts that wait for this agent alone: rank, contact.
    #[serde(default)]
    own: BTreeSet<(i64, ContactId)>,
    /// The queue of the contact at hand, and since when: how long it takes is a figure of the queue.
    #[serde(default)]
    handles: Option<(QueueId, Timestamp)>,
}

/// The engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Acd {
    ids: IdSource,
    queues: BTreeMap<QueueId, Queue>,
    agents: BTreeMap<UserId, Agent>,
    places: BTreeMap<ContactId, Place>,
    offers: BTreeMap<OfferId, Offer>,
    timeouts: BTreeSet<(Timestamp, OfferId)>,
    /// When contacts go to another line. One for each that waits.
    #[serde(default)]
    wakes: BTreeSet<(Timestamp, ContactId)>,
    out: VecDeque<Output>,
}

impl Acd {
    /// An empty distribution whose offers get their ids from `ids`.
    #[must_use]
    pub fn new(ids: IdSource) -> Self {
        Self {
            ids,
            queues: BTreeMap::new(),
            agents: BTreeMap::new(),
            places: BTreeMap::new(),
            offers: BTreeMap::new(),
            timeouts: BTreeSet::new(),
            wakes: BTreeSet::new(),
            out: VecDeque::new(),
        }
    }

    /// The contact's place in its line, 1 is next; `None` when it doesn't wait or is being offered.
    #[must_use]
    pub fn position(&self, contact: ContactId) -> Option<u32> {
        let place = self.places.get(&contact).filter(|place| place.offers.is_empty())?;
        self.queues.get(&place.queue).map(|queue| queue.position(place.rank, contact))
    }

    /// How many wait in a queue, offers not counted.
    #[must_use]
    pub fn waiting(&self, queue: QueueId) -> usize {
        self.queues.get(&queue).map_or(0, Queue::waiting)
    }

    /// Whether anybody who serves the queue is signed in, free or not.
    #[must_use]
    pub fn staffed(&self, queue: QueueId) -> bool {
        self.queues.get(&queue).is_some_and(|queue| queue.staffed() > 0)
    }

    /// How many who serve the queue are signed in, free or not.
    #[must_use]
    pub fn staff(&self, queue: QueueId) -> u32 {
        self.queues.get(&queue).map_or(0, Queue::staffed)
    }

    /// How many agents are free for the queue now.
    #[must_use]
    pub fn ready(&self, queue: QueueId) -> u32 {
        self.queues.get(&queue).map_or(0, |queue| queue.ready_beyond(None))
    }

    /// Whether a contact that has waited since then would be the next of a queue, were it to enter.
    #[must_use]
    pub fn would_be_next(&self, queue: QueueId, since: Timestamp, bonus: u8) -> bool {
        self.queues.get(&queue).is_some_and(|queue| queue.first().is_none_or(|first| queue.rank(since, bonus) < first))
    }

    /// Since when the first of those waits who wait in a queue, offered or not. Walks everybody who waits.
    #[must_use]
    pub fn waits_since(&self, queue: QueueId) -> Option<Timestamp> {
        self.places.values().filter(|place| place.queue == queue).map(|place| place.entered).min()
    }

    /// How long the contact at this place of the queue will wait; by the formula in `acd/pace.rs`. `None` while nothing
    /// is known, and when nobody is there.
    #[must_use]
    pub fn estimated_wait(&self, now: Timestamp, queue: QueueId, position: u32) -> Option<Millis> {
        let queue = self.queues.get(&queue)?;
        queue.pace.estimate(now, position, queue.staffed())
    }
}

impl Agent {
    fn is_ready(&self) -> bool {
        matches!(self.standing.availability, Availability::Ready(_))
    }

    fn is_engaged(&self) -> bool {
        self.standing.availability == Availability::Not(PassedOverReason::OnContact)
    }

    fn is_here(&self) -> bool {
        self.standing.availability != Availability::Not(PassedOverReason::Offline)
    }

    /// How this agent fits a queue; `None` also when it is not served.
    fn fit(&self, queue: QueueId) -> Option<Fit> {
        self.serves.iter().find(|(id, _)| *id == queue).and_then(|(_, fit)| *fit)
    }
}

impl Engine for Acd {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Rules { queues, agents } => self.set_rules(now, queues, agents),
            Input::Agent { user, availability, load } => self.set_standing(now, user, Standing { availability, load }),
            Input::Enqueue { contact, queue, bonus, prefers, since } => {
                self.enqueue(now, contact, queue, bonus, (prefers, since));
            }
            Input::Raise { contact, bonus } => self.raise(now, contact, bonus),
            Input::Prefer { contact, prefers } => self.prefer(now, contact, prefers),
            Input::Leave(contact) => self.leave(contact),
            Input::Accept(offer) => self.accept(now, offer),
            Input::Take { contact, user } => self.take(now, contact, user),
            Input::GiveBack { offer, end } => {
                if let Some(queue) = self.give_back(now, offer, end) {
                    self.serve_queue(now, queue);
                }
            }
        }
    }

    fn tick(&mut self, now: Timestamp) {
        let mut queues = BTreeSet::new();
        while let Some((_, offer)) = self.timeouts.first().copied().filter(|(until, _)| *until <= now) {
            queues.extend(self.give_back(now, offer, OfferEnd::TimedOut));
        }
        while let Some((_, contact)) = self.wakes.first().copied().filter(|(at, _)| *at <= now) {
            self.exit(contact);
            self.enter(now, contact);
            queues.extend(self.places.get(&contact).map(|place| place.queue));
        }
        self.serve_queues(now, &queues);
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        let timeout = self.timeouts.first().map(|(until, _)| *until);
        let wake = self.wakes.first().map(|(at, _)| *at);
        [timeout, wake].into_iter().flatten().min()
    }
}

#[cfg(test)]
mod strategy_tests;
#[cfg(test)]
mod tests;
