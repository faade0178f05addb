//! Tasks handed out: what voicemail and duty rota leave goes to agents like calls do, by their queue's rules and in an
//! engine of its own, and lies in the agent's hand until it is done.
//!
//! A task stands in the line under its own id, by the place that it has kept. Taking one changes no state: its agent stays
//! *ready*, and [`Capacity`](crate::capacity::Capacity) says what may come on top. What an agent's hand holds is derived
//! from the callbacks ([`Floor::sort_hands`]), so that however one ends no hand keeps it.

use super::Floor;
use super::agents::Agent;
use super::callbacks::words;
use crate::acd::{self, Acd, AgentRules, Availability, Load, Offer, QueueRules};
use crate::capacity::{Channel, OnCall};
use crate::desk::Engagement;
use crate::engine::Engine;
use crate::facts::{Fact, OfferFact};
use crate::ids::{CallbackId, ContactId, IdSource, OfferId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::WireError;
use crate::wire::callbacks::{Callback, Stage, TaskBoard, TaskDeed, TaskOffer, TaskView};
use crate::wire::desk::{AgentState, PassedOverReason};
use crate::wire::rest::OfferEnd;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Makes the ids of this distribution others than those of the floor and of the calls'.
pub(super) const SEED: u64 = 0x7A5C_0000_7A5C;

/// When a task that was given back is offered again: others are asked first that have come meanwhile.
const BACK_AFTER: Millis = Millis::from_secs(15 * 60);

/// An agent's tasks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TaskSide {
    /// The one that is being offered.
    pub offer: Option<OfferId>,
    /// Those in hand, at most [`MOST_TASKS`](crate::capacity::MOST_TASKS).
    pub hand: BTreeSet<CallbackId>,
    /// What was taken since signing in.
    pub load: Load,
    /// When the last one was taken: whoever has just got one is not the longest idle.
    taken: Option<Timestamp>,
    /// One was let pass during a call: no other is offered in it.
    pub passed: bool,
    /// What the distribution was told last.
    told: (Availability, Load),
}

impl Default for TaskSide {
    fn default() -> Self {
        let told = (Availability::Not(PassedOverReason::Offline), Load::default());
        Self { offer: None, hand: BTreeSet::new(), load: Load::default(), taken: None, passed: false, told }
    }
}

/// The distribution of a floor whose snapshot is from before there were tasks. Its ids differ from those of later ones by
/// their time.
pub(super) fn distribution() -> Acd {
    Acd::new(IdSource::new(SEED))
}

/// The name under which a task stands in the line.
fn place(task: CallbackId) -> ContactId {
    ContactId(task.0)
}

/// The task that stands in the line under this name.
fn task(place: ContactId) -> CallbackId {
    CallbackId(place.0)
}

impl Floor {
    /// The rules of the distribution; without queues where tasks wait on the page.
    pub(super) fn set_up_tasks(&mut self, now: Timestamp, queues: &[QueueRules], agents: &[AgentRules]) {
        let on = self.setup.capacity.hands_out();
        for id in self.callbacks.hand_out(on) {
            self.leave_task_line(now, id);
        }
        let rules = if on { (queues.to_vec(), agents.to_vec()) } else { (vec![], vec![]) };
        // A task is offered to one agent at a time: nobody waits at its other end.
        let queues = rules.0.into_iter().map(|rules| QueueRules { ring: 1, ..rules }).collect();
        self.tasks.handle(now, acd::Input::Rules { queues, agents: rules.1 });
        self.look_again(now);
    }

    pub(super) fn line_up_task(&mut self, now: Timestamp, id: CallbackId) {
        let Some(Callback { queue: Some(queue), bonus, entered, .. }) = self.callbacks.get(id) else { return };
        let (queue, bonus, since) = (*queue, *bonus, Some(*entered));
        self.tasks.handle(now, acd::Input::Enqueue { contact: place(id), queue, bonus, prefers: None, since });
    }

    pub(super) fn leave_task_line(&mut self, now: Timestamp, id: CallbackId) {
        self.tasks.handle(now, acd::Input::Leave(place(id)));
    }

    /// Brings agents' hands up to date with the callbacks that have changed.
    pub(super) fn sort_hands(&mut self) {
        for (id, now) in self.callbacks.hands().collect::<Vec<_>>() {
            let before = match now {
                Some(user) => self.hands.insert(id, user),
                None => self.hands.remove(&id),
            };
            if let Some(agent) = before.filter(|user| now != Some(*user)).and_then(|user| self.agents.get_mut(&user)) {
                agent.tasks.hand.remove(&id);
            }
            if let Some(agent) = now.and_then(|user| self.agents.get_mut(&user)) {
                agent.tasks.hand.insert(id);
            }
            self.touched_agents.extend(before.into_iter().chain(now));
        }
    }

    /// One step of handing out: what was decided, else what an agent can take now. Whether anything was to be done.
    pub(super) fn distribute_tasks(&mut self, now: Timestamp) -> bool {
        if let Some(output) = self.tasks.poll() {
            match output {
                acd::Output::Offered(offer) => self.task_offered(offer),
                acd::Output::OfferEnded { offer, end } => self.task_offer_ended(now, offer, end),
                // Its queue is gone: it waits on the page.
                acd::Output::Homeless(place) => {
                    self.callbacks.put_off(now, task(place), Millis::ZERO, &self.setup);
                }
            }
            return true;
        }
        let told = |user: &UserId| {
            let agent = self.agents.get(user)?;
            let standing = self.task_standing(agent);
            (standing != agent.tasks.told).then_some((*user, standing))
        };
        let Some((user, (availability, load))) = self.touched_agents.iter().find_map(told) else { return false };
        if let Some(agent) = self.agents.get_mut(&user) {
            agent.tasks.told = (availability, load);
        }
        self.tasks.handle(now, acd::Input::Agent { user, availability, load });
        true
    }

    fn task_standing(&self, agent: &Agent) -> (Availability, Load) {
        let on_call = match agent.activity.state() {
            AgentState::Offline | AgentState::Disconnected => Err(PassedOverReason::Offline),
            AgentState::Busy(_) | AgentState::Missed => Err(PassedOverReason::Busy),
            AgentState::Ready => Ok(OnCall::Free),
            AgentState::Ringing | AgentState::Dialling => Ok(OnCall::Rings),
            AgentState::Talking | AgentState::Hold => Ok(OnCall::Talks),
            AgentState::WrapUp => Ok(OnCall::WrapUp),
        };
        let takes = match on_call {
            Ok(_) if agent.desk.is_none() => Err(PassedOverReason::NoSound),
            // One is offered at a time, none to who has let one pass in this call, or wants a break after it.
            Ok(_) if agent.tasks.offer.is_some() => Err(PassedOverReason::OnContact),
            Ok(OnCall::Talks | OnCall::WrapUp) if agent.tasks.passed || agent.activity.goes_away() => {
                Err(PassedOverReason::OnContact)
            }
            Ok(call) => self.setup.capacity.takes(Channel::Task, agent.at_hand(call)),
            Err(reason) => Err(reason),
        };
        let availability = match takes {
            Ok(()) => Availability::Ready(agent.tasks.taken.map_or(agent.idle(), |taken| taken.max(agent.idle()))),
            Err(reason) => Availability::Not(reason),
        };
        (availability, agent.tasks.load)
    }

    fn task_offered(&mut self, offer: Offer) {
        if let Some(agent) = self.agents.get_mut(&offer.user) {
            agent.tasks.offer = Some(offer.id);
            // As the distribution sees it by itself.
            agent.tasks.told.0 = Availability::Not(PassedOverReason::OnContact);
        }
        self.touched_agents.insert(offer.user);
        self.task_offers.insert(offer.id, offer);
    }

    fn task_offer_ended(&mut self, now: Timestamp, offer: Offer, end: OfferEnd) {
        self.task_offers.remove(&offer.id);
        self.touched_agents.insert(offer.user);
        let mut missed = false;
        if let Some(agent) = self.agents.get_mut(&offer.user) {
            agent.tasks.offer = None;
            let free = agent.activity.engaged() == Engagement::Free;
            missed = free && end == OfferEnd::TimedOut;
            agent.tasks.passed |= !free && end == OfferEnd::TimedOut;
        }
        if missed {
            // Who does not look at an offer is not there, whatever it offers.
            self.act(now, offer.user, |activity| activity.miss(now));
        }
        // Told in the history of the contact that the task comes from.
        let from = self.callbacks.get(task(offer.contact)).and_then(|task| task.contact);
        if let Some(contact) = from {
            let Offer { id, user: agent, queue, made, why, .. } = offer;
            self.fact(Fact::Offer(OfferFact { id, contact, agent, queue, made, ended: now, end, why }));
        }
    }

    /// A call rings at this desk, or nobody is at it any more: the task that was offered there goes to somebody else.
    pub(super) fn end_task_offer(&mut self, now: Timestamp, user: UserId, end: OfferEnd) {
        if let Some(offer) = self.agents.get(&user).and_then(|agent| agent.tasks.offer) {
            self.tasks.handle(now, acd::Input::GiveBack { offer, end });
        }
    }

    /// An agent takes the task that is offered.
    ///
    /// # Errors
    /// `offer.gone`, or why the task cannot be taken.
    pub(super) fn take_task(&mut self, now: Timestamp, user: UserId, offer: OfferId) -> Result<(), WireError> {
        let made = self.task_offers.get(&offer).filter(|made| made.user == user);
        let id = made.map(|made| task(made.contact)).ok_or_else(|| WireError::new("offer.gone"))?;
        self.callbacks.take(now, id, user).map_err(words)?;
        self.tasks.handle(now, acd::Input::Accept(offer));
        if let Some(agent) = self.agents.get_mut(&user) {
            agent.tasks.taken = Some(now);
            agent.tasks.load.contacts = agent.tasks.load.contacts.saturating_add(1);
        }
        Ok(())
    }

    /// An agent does something with a task in hand.
    ///
    /// # Errors
    /// `callback.gone` when it is in nobody's or somebody else's hand, `callback.calling`.
    pub(super) fn task_deed(
        &mut self,
        now: Timestamp,
        user: UserId,
        id: CallbackId,
        deed: TaskDeed,
    ) -> Result<(), WireError> {
        match self.callbacks.get(id).map(|task| task.stage) {
            Some(Stage::InHand(hand)) if hand.user == user => {}
            Some(Stage::Calling { hand: Some(hand), .. }) if hand.user == user => {
                return Err(WireError::new("callback.calling"));
            }
            Some(Stage::Waiting | Stage::InLine | Stage::InHand(_) | Stage::Calling { .. } | Stage::Over { .. })
            | None => return Err(WireError::new("callback.gone")),
        }
        match deed {
            TaskDeed::Finish => self.callbacks.finish(now, id),
            TaskDeed::GiveBack => self.callbacks.give_back(now, id, BACK_AFTER),
        }
        Ok(())
    }

    /// The agent leaves: what lies in their hand goes to others, from the place that it had.
    pub(super) fn drop_tasks(&mut self, now: Timestamp, user: UserId) {
        self.end_task_offer(now, user, OfferEnd::Lost);
        let hand = self.agents.get(&user).map(|agent| agent.tasks.hand.clone());
        for id in hand.into_iter().flatten() {
            self.callbacks.give_back(now, id, Millis::ZERO);
        }
    }

    /// A task that was called in vain lies in the hand again, unless its agent has left meanwhile.
    pub(super) fn keep_in_hand(&mut self, now: Timestamp, id: CallbackId) {
        let holder = self.callbacks.get(id).and_then(|task| task.stage.hand()).map(|hand| hand.user);
        let here = |user| self.agents.get(&user).is_some_and(|agent| agent.activity.signed_in());
        if holder.is_some_and(|user| !here(user)) {
            self.callbacks.give_back(now, id, Millis::ZERO);
        }
    }

    /// The tasks that an agent's desk shows.
    pub(super) fn tasks_view(&self, agent: &Agent) -> TaskBoard {
        let offer = agent.tasks.offer.and_then(|id| self.task_offers.get(&id)).and_then(|offer| {
            let task = self.task_view(self.callbacks.get(task(offer.contact))?, offer.made);
            Some(TaskOffer { offer: offer.id, task, until: offer.until, why: offer.why.clone() })
        });
        let mut hand: Vec<TaskView> = (agent.tasks.hand.iter())
            .filter_map(|id| self.callbacks.get(*id))
            .filter_map(|task| Some(self.task_view(task, task.stage.hand()?.since)))
            .collect();
        hand.sort_by_key(|task| (task.since, task.id));
        TaskBoard { offer, hand }
    }

    fn task_view(&self, task: &Callback, since: Timestamp) -> TaskView {
        let queue = task.queue.and_then(|queue| self.setup.queues.get(&queue));
        TaskView {
            id: task.id,
            reason: task.reason,
            queue: queue.map(|queue| queue.name.clone()).unwrap_or_default(),
            number: task.number.clone(),
            name: task.name.clone(),
            contact: task.contact,
            message: task.message,
            booked: task.booked,
            tries: u8::try_from(task.tries.len()).unwrap_or(u8::MAX),
            since,
        }
    }
}
