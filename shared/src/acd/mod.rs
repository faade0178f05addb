//! Automatic contact distribution (ACD): who gets whom, and why.
//!
//! A contact waits in one queue; an agent serves several. Whenever either side changes the best pair is offered: the
//! contact whose rank is best, the qualified agent who has been idle longest. All orders end in an id, so equal
//! figures decide alike everywhere.
//!
//! *Rank*: `entered - priority × 60 s`, smaller first. A level of priority is worth a minute of waiting, and because
//! everybody ages at the same pace the order of a queue never needs sorting again.
//!
//! Invariants: a contact is in one line or in offers, never both; of its offers at most one is accepted, and that ends
//! the others; an agent with an offer is not ready; an offer ends exactly once. What an offer sounds and looks like is the floor's business.

mod explain;
mod queue;

use crate::engine::Engine;
use crate::ids::{ContactId, IdSource, OfferId, QueueId, SkillId, UserId, one_or_many};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{Explanation, PassedOverReason};
use crate::wire::rest::OfferEnd;
use queue::Queue;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// What one level of priority is worth in waiting time.
pub const AGE_PER_PRIORITY: Millis = Millis::from_secs(60);

/// The best level, and the level of an agent where a queue asks for no skill.
pub const TOP_LEVEL: u8 = 9;

/// What a queue asks of its agents and grants its contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRules {
    /// Which queue.
    pub queue: QueueId,
    /// Skills that an agent must have, at least at these levels.
    pub skills: Vec<(SkillId, u8)>,
    /// 0 to 9; higher goes first.
    pub priority: u8,
    /// How long an offer rings.
    pub offer_timeout: Millis,
}

/// An agent as routing sees one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRules {
    /// Who.
    pub user: UserId,
    /// The shown name, for explanations.
    pub name: String,
    /// Skills and levels, 1 to 9.
    pub skills: Vec<(SkillId, u8)>,
    /// The queues served.
    pub queues: Vec<QueueId>,
}

/// Whether an agent can be offered a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Availability {
    /// Yes, and idle since then.
    Ready(Timestamp),
    /// No, for this reason.
    Not(PassedOverReason),
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
    },
    /// A contact enters a queue.
    Enqueue {
        /// Which contact.
        contact: ContactId,
        /// Where.
        queue: QueueId,
        /// Added to the queue's priority: a VIP's green channel.
        bonus: u8,
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
    /// The agent's desk or sound was lost while it rang: with its last offer the contact goes back to its place.
    Lose(OfferId),
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
    /// The offers that ring, each at another agent; empty while it stands in its line.
    #[serde(alias = "offer", default, deserialize_with = "one_or_many")]
    offers: BTreeSet<OfferId>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Agent {
    name: String,
    /// Queues served, with the level that counts there; `None` where a skill is lacking.
    queues: Vec<(QueueId, Option<u8>)>,
    availability: Availability,
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
        self.queues.get(&queue).is_some_and(Queue::staffed)
    }

    fn set_rules(&mut self, now: Timestamp, queues: Vec<QueueRules>, agents: Vec<AgentRules>) {
        let known: BTreeMap<UserId, Availability> = self.agents.iter().map(|(id, a)| (*id, a.availability)).collect();
        self.queues = queues.into_iter().map(|rules| (rules.queue, Queue::new(rules))).collect();
        self.agents.clear();
        for rules in agents {
            let availability = known.get(&rules.user).copied().unwrap_or(Availability::Not(PassedOverReason::Offline));
            let levels = rules
                .queues
                .iter()
                .filter_map(|id| self.queues.get(id).map(|queue| (*id, queue.level_of(&rules.skills))));
            let agent = Agent { name: rules.name, queues: levels.collect(), availability };
            for (queue, level) in &agent.queues {
                if let Some(queue) = self.queues.get_mut(queue) {
                    queue.add(rules.user, *level, availability);
                }
            }
            self.agents.insert(rules.user, agent);
        }
        self.resettle(now);
    }

    /// Puts everybody who waits into the new lines and offers what can be offered.
    fn resettle(&mut self, now: Timestamp) {
        let mut homeless = Vec::new();
        for (contact, place) in &self.places {
            match self.queues.get_mut(&place.queue) {
                Some(queue) if place.offers.is_empty() => queue.enter(place.rank, *contact),
                Some(_) => {}
                None => homeless.push(*contact),
            }
        }
        for contact in homeless {
            self.leave(contact);
            self.out.push_back(Output::Homeless(contact));
        }
        self.serve_queues(now, &self.queues.keys().copied().collect());
    }

    fn set_availability(&mut self, now: Timestamp, user: UserId, availability: Availability) {
        let Some(agent) = self.agents.get_mut(&user) else { return };
        let before = std::mem::replace(&mut agent.availability, availability);
        if before == availability {
            return;
        }
        for (queue, level) in &agent.queues {
            if let Some(queue) = self.queues.get_mut(queue) {
                queue.change(user, *level, before, availability);
            }
        }
        self.serve_agent(now, user);
    }

    fn enqueue(&mut self, now: Timestamp, contact: ContactId, queue_id: QueueId, bonus: u8) {
        self.leave(contact);
        let Some(queue) = self.queues.get_mut(&queue_id) else {
            self.out.push_back(Output::Homeless(contact));
            return;
        };
        let priority = i64::from(queue.rules.priority) + i64::from(bonus);
        let rank = now.0 - priority * AGE_PER_PRIORITY.0;
        queue.enter(rank, contact);
        self.places.insert(contact, Place { queue: queue_id, entered: now, rank, bonus, offers: BTreeSet::new() });
        self.serve_queue(now, queue_id);
    }

    /// Nobody is offered anew: were an agent ready for this line, nobody would wait in it.
    fn raise(&mut self, contact: ContactId, bonus: u8) {
        let Some(place) = self.places.get_mut(&contact) else { return };
        let levels = bonus.saturating_sub(place.bonus);
        let before = place.rank;
        place.bonus += levels;
        place.rank -= i64::from(levels) * AGE_PER_PRIORITY.0;
        if place.offers.is_empty()
            && let Some(queue) = self.queues.get_mut(&place.queue)
        {
            queue.exit(before, contact);
            queue.enter(place.rank, contact);
        }
    }

    fn leave(&mut self, contact: ContactId) {
        let Some(place) = self.places.remove(&contact) else { return };
        if place.offers.is_empty()
            && let Some(queue) = self.queues.get_mut(&place.queue)
        {
            queue.exit(place.rank, contact);
        }
        for offer in place.offers {
            self.end_offer(offer, OfferEnd::Withdrawn);
        }
    }

    /// The agent has the contact; whoever else was rung for it is free again.
    fn accept(&mut self, id: OfferId) {
        let Some(contact) = self.offers.get(&id).map(|offer| offer.contact) else { return };
        self.end_offer(id, OfferEnd::Accepted);
        for other in self.places.remove(&contact).map(|place| place.offers).into_iter().flatten() {
            self.end_offer(other, OfferEnd::Taken);
        }
    }

    /// An offer that came to nothing. With the last one its contact takes its old place, and its queue is returned: to
    /// be served once everything that is due has ended, or a younger contact could be quicker.
    fn give_back(&mut self, id: OfferId, end: OfferEnd) -> Option<QueueId> {
        let contact = self.end_offer(id, end)?;
        let place = self.places.get_mut(&contact)?;
        place.offers.remove(&id);
        if place.offers.is_empty() {
            self.queues.get_mut(&place.queue)?.enter(place.rank, contact);
            return Some(place.queue);
        }
        None
    }

    /// Ends an offer and names its contact; `None` when it is over already.
    fn end_offer(&mut self, id: OfferId, end: OfferEnd) -> Option<ContactId> {
        let offer = self.offers.remove(&id)?;
        self.timeouts.remove(&(offer.until, id));
        let contact = offer.contact;
        self.out.push_back(Output::OfferEnded { offer, end });
        Some(contact)
    }

    /// Offers the heads of a line as long as an agent is ready for them.
    fn serve_queue(&mut self, now: Timestamp, queue: QueueId) {
        while let Some((_, contact, user)) = self.queues.get(&queue).and_then(Queue::best_pair) {
            self.offer(now, queue, contact, user);
        }
    }

    /// The same for several lines at once: the best of all their heads first, since one agent may serve them all.
    fn serve_queues(&mut self, now: Timestamp, queues: &BTreeSet<QueueId>) {
        let pair = |acd: &Self, id: &QueueId| {
            let (rank, contact, user) = acd.queues.get(id)?.best_pair()?;
            Some((rank, contact, *id, user))
        };
        while let Some((_, contact, queue, user)) = queues.iter().filter_map(|id| pair(self, id)).min() {
            self.offer(now, queue, contact, user);
        }
    }

    /// Offers the best contact of all the agent's lines.
    fn serve_agent(&mut self, now: Timestamp, user: UserId) {
        let Some(agent) = self.agents.get(&user).filter(|agent| agent.is_ready()) else { return };
        let best = agent
            .queues
            .iter()
            .filter(|(_, level)| level.is_some())
            .filter_map(|(id, _)| self.queues.get(id).and_then(Queue::head).map(|(rank, contact)| (rank, contact, *id)))
            .min();
        if let Some((_, contact, queue)) = best {
            self.offer(now, queue, contact, user);
        }
    }

    fn offer(&mut self, now: Timestamp, queue_id: QueueId, contact: ContactId, user: UserId) {
        let why = self.explain(now, queue_id, contact, user);
        let (Some(queue), Some(place)) = (self.queues.get_mut(&queue_id), self.places.get_mut(&contact)) else {
            return;
        };
        queue.exit(place.rank, contact);
        let id = OfferId(self.ids.next(now));
        place.offers.insert(id);
        let offer = Offer {
            id,
            contact,
            user,
            queue: queue_id,
            made: now,
            until: now + queue.rules.offer_timeout,
            waited: now.since(place.entered),
            why,
        };
        self.timeouts.insert((offer.until, id));
        self.offers.insert(id, offer.clone());
        self.out.push_back(Output::Offered(offer));
        // Not ready until the desk says so again: otherwise the same agent would be offered a second contact at once.
        self.set_availability(now, user, Availability::Not(PassedOverReason::OnContact));
    }
}

impl Agent {
    fn is_ready(&self) -> bool {
        matches!(self.availability, Availability::Ready(_))
    }
}

impl Engine for Acd {
    type Input = Input;
    type Output = Output;

    fn handle(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Rules { queues, agents } => self.set_rules(now, queues, agents),
            Input::Agent { user, availability } => self.set_availability(now, user, availability),
            Input::Enqueue { contact, queue, bonus } => self.enqueue(now, contact, queue, bonus),
            Input::Raise { contact, bonus } => self.raise(contact, bonus),
            Input::Leave(contact) => self.leave(contact),
            Input::Accept(offer) => self.accept(offer),
            Input::Lose(offer) => {
                if let Some(queue) = self.give_back(offer, OfferEnd::Lost) {
                    self.serve_queue(now, queue);
                }
            }
        }
    }

    fn tick(&mut self, now: Timestamp) {
        let mut queues = BTreeSet::new();
        while let Some((_, offer)) = self.timeouts.first().copied().filter(|(until, _)| *until <= now) {
            queues.extend(self.give_back(offer, OfferEnd::TimedOut));
        }
        self.serve_queues(now, &queues);
    }

    fn poll(&mut self) -> Option<Output> {
        self.out.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.timeouts.first().map(|(until, _)| *until)
    }
}

#[cfg(test)]
mod tests;
