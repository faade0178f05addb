//! Contacts in their lines: they enter, move as they wait, are raised, prefer somebody, leave.

use super::{AGE_PER_PRIORITY, Acd, At, Output, Place, Preference, Prefers, Standing};
use crate::ids::{ContactId, QueueId, UserId};
use crate::time::Timestamp;
use crate::wire::rest::OfferEnd;
use std::collections::BTreeSet;

impl Acd {
    pub(super) fn enqueue(
        &mut self,
        now: Timestamp,
        contact: ContactId,
        queue_id: QueueId,
        bonus: u8,
        (prefers, since): (Option<Preference>, Option<Timestamp>),
    ) {
        self.leave(contact);
        let Some(queue) = self.queues.get(&queue_id) else {
            self.out.push_back(Output::Homeless(contact));
            return;
        };
        let place = Place {
            queue: queue_id,
            entered: now,
            rank: queue.rank(since.unwrap_or(now), bonus),
            bonus,
            offers: BTreeSet::new(),
            at: At::default(),
            wake: None,
            prefers: prefers.map(|it| Prefers { user: it.user, until: now + it.patience }),
        };
        self.places.insert(contact, place);
        self.enter(now, contact);
        self.serve_contact(now, contact);
    }

    /// Nobody is offered anew: were an agent ready for this line, nobody would wait in it.
    pub(super) fn raise(&mut self, now: Timestamp, contact: ContactId, bonus: u8) {
        self.exit(contact);
        if let Some(place) = self.places.get_mut(&contact) {
            let levels = bonus.saturating_sub(place.bonus);
            place.bonus += levels;
            place.rank -= i64::from(levels) * AGE_PER_PRIORITY.0;
        }
        self.enter(now, contact);
    }

    pub(super) fn prefer(&mut self, now: Timestamp, contact: ContactId, prefers: Preference) {
        self.exit(contact);
        if let Some(place) = self.places.get_mut(&contact).filter(|place| place.offers.is_empty()) {
            place.prefers = Some(Prefers { user: prefers.user, until: place.entered + prefers.patience });
        }
        self.enter(now, contact);
        self.serve_contact(now, contact);
    }

    pub(super) fn leave(&mut self, contact: ContactId) {
        self.exit(contact);
        let Some(place) = self.places.remove(&contact) else { return };
        if place.offers.is_empty()
            && let Some(queue) = self.queues.get_mut(&place.queue).filter(|queue| queue.waiting() == 0)
        {
            queue.pace.emptied();
        }
        for offer in place.offers {
            self.end_offer(offer, OfferEnd::Withdrawn);
        }
    }

    /// Into the line that is right at this moment; nothing for a contact that rings.
    pub(super) fn enter(&mut self, now: Timestamp, contact: ContactId) {
        let Some(place) = self.places.get_mut(&contact).filter(|place| place.offers.is_empty()) else { return };
        let Some(queue) = self.queues.get_mut(&place.queue) else { return };
        let alone = place.prefers.filter(|prefers| prefers.until > now);
        let agent = alone.and_then(|prefers| self.agents.get_mut(&prefers.user)).filter(|agent| agent.is_here());
        if let (Some(prefers), Some(agent)) = (alone, agent) {
            agent.own.insert((place.rank, contact));
            queue.enter(None, place.rank, contact);
            (place.at, place.wake) = (At::Agent(prefers.user), Some(prefers.until));
        } else {
            // Who is not there now, or no longer waited for, is not waited for later either.
            if let Some(prefers) = &mut place.prefers {
                prefers.until = prefers.until.min(now);
            }
            let stage = queue.stage_at(now.since(place.entered));
            queue.enter(Some(stage), place.rank, contact);
            let wake = queue.begins(stage + 1).map(|after| place.entered + after);
            (place.at, place.wake) = (At::Stage(stage), wake);
        }
        self.wakes.extend(place.wake.map(|at| (at, contact)));
    }

    /// The opposite of [`Acd::enter`], before the rank changes.
    pub(super) fn exit(&mut self, contact: ContactId) {
        let Some(place) = self.places.get_mut(&contact) else { return };
        if let Some(at) = place.wake.take() {
            self.wakes.remove(&(at, contact));
        }
        let stage = match place.at {
            At::Stage(stage) => Some(stage),
            At::Agent(user) => {
                if let Some(agent) = self.agents.get_mut(&user) {
                    agent.own.remove(&(place.rank, contact));
                }
                None
            }
        };
        if let Some(queue) = self.queues.get_mut(&place.queue) {
            queue.exit(stage, place.rank, contact);
        }
    }

    /// An agent's availability or load changed: another place among the ready, and perhaps a contact.
    pub(super) fn set_standing(&mut self, now: Timestamp, user: UserId, standing: Standing) {
        let Some(agent) = self.agents.get_mut(&user) else { return };
        let before = std::mem::replace(&mut agent.standing, standing);
        if before == standing {
            return;
        }
        for (queue, fit) in &agent.serves {
            if let Some(queue) = self.queues.get_mut(queue) {
                queue.drop(user, *fit, before);
                queue.add(user, *fit, standing);
            }
        }
        if !agent.is_engaged()
            && let Some((queue, since)) = agent.handles.take()
            && let Some(queue) = self.queues.get_mut(&queue)
        {
            queue.pace.handled(now.since(since));
        }
        if !agent.is_here() {
            self.give_up(now, user);
        }
        self.serve_agent(now, user);
    }

    /// Nobody waits alone for somebody who is gone.
    fn give_up(&mut self, now: Timestamp, user: UserId) {
        let own: Vec<_> = self.agents.get(&user).map(|agent| agent.own.clone()).into_iter().flatten().collect();
        let mut queues = BTreeSet::new();
        for (_, contact) in own {
            self.exit(contact);
            self.enter(now, contact);
            queues.extend(self.places.get(&contact).map(|place| place.queue));
        }
        self.serve_queues(now, &queues);
    }
}
