//! Offers: made to the best pairs, accepted by one, ended once.

use super::{Acd, At, Availability, Offer, Output, Standing};
use crate::ids::{ContactId, OfferId, QueueId, UserId};
use crate::time::Timestamp;
use crate::wire::desk::{Explanation, PassedOverReason};
use crate::wire::rest::OfferEnd;
use std::collections::BTreeSet;

impl Acd {
    /// The agent has the contact; whoever else was rung for it is free again.
    pub(super) fn accept(&mut self, now: Timestamp, id: OfferId) {
        let Some((contact, user)) = self.offers.get(&id).map(|offer| (offer.contact, offer.user)) else { return };
        self.end_offer(id, OfferEnd::Accepted);
        self.hand_over(now, contact, user);
    }

    /// Somebody else has the contact that rings; whoever was rung is free again.
    pub(super) fn take(&mut self, now: Timestamp, contact: ContactId, user: UserId) {
        if self.places.get(&contact).is_some_and(|place| !place.offers.is_empty()) {
            self.hand_over(now, contact, user);
        }
    }

    /// The contact is this agent's: it waits no longer, and offers that still ring were taken.
    fn hand_over(&mut self, now: Timestamp, contact: ContactId, user: UserId) {
        let Some(place) = self.places.remove(&contact) else { return };
        if let Some(queue) = self.queues.get_mut(&place.queue) {
            queue.pace.answered(now, queue.waiting() > 0);
        }
        if let Some(agent) = self.agents.get_mut(&user) {
            agent.handles = Some((place.queue, now));
        }
        for other in place.offers {
            self.end_offer(other, OfferEnd::Taken);
        }
    }

    /// An offer that came to nothing. With the last one its contact takes its old place, and its queue is returned: to
    /// be served once everything that is due has ended, or a younger contact could be quicker. Who was preferred and did
    /// not answer is not waited for any longer.
    pub(super) fn give_back(&mut self, now: Timestamp, id: OfferId, end: OfferEnd) -> Option<QueueId> {
        let (contact, user) = self.offers.get(&id).map(|offer| (offer.contact, offer.user))?;
        self.end_offer(id, end);
        let place = self.places.get_mut(&contact)?;
        place.offers.remove(&id);
        if let Some(prefers) = place.prefers.as_mut().filter(|prefers| prefers.user == user) {
            prefers.until = prefers.until.min(now);
        }
        let queue = place.queue;
        if !place.offers.is_empty() {
            return None;
        }
        self.enter(now, contact);
        Some(queue)
    }

    /// Nothing happens when it is over already.
    pub(super) fn end_offer(&mut self, id: OfferId, end: OfferEnd) {
        if let Some(offer) = self.offers.remove(&id) {
            self.timeouts.remove(&(offer.until, id));
            self.out.push_back(Output::OfferEnded { offer, end });
        }
    }

    /// Offers a contact that has just entered a line, if it is the one whose turn it is.
    pub(super) fn serve_contact(&mut self, now: Timestamp, contact: ContactId) {
        match self.places.get(&contact).filter(|place| place.offers.is_empty()).map(|place| (place.at, place.queue)) {
            Some((At::Agent(user), _)) => self.serve_agent(now, user),
            Some((At::Stage(_), queue)) => self.serve_queue(now, queue),
            None => {}
        }
    }

    /// Offers the heads of a queue's lines as long as agents are ready for them.
    pub(super) fn serve_queue(&mut self, now: Timestamp, queue: QueueId) {
        while let Some((_, contact)) = self.queues.get(&queue).and_then(|queue| queue.next()) {
            self.ring(now, contact);
        }
    }

    /// The same for several queues at once: the best of all their heads first, since one agent may serve them all.
    pub(super) fn serve_queues(&mut self, now: Timestamp, queues: &BTreeSet<QueueId>) {
        while let Some((_, contact)) = queues.iter().filter_map(|id| self.queues.get(id)?.next()).min() {
            self.ring(now, contact);
        }
    }

    /// Offers the best contact of all the agent's lines.
    pub(super) fn serve_agent(&mut self, now: Timestamp, user: UserId) {
        let Some(agent) = self.agents.get(&user).filter(|agent| agent.is_ready()) else { return };
        let heads = agent.serves.iter().filter_map(|(id, fit)| self.queues.get(id)?.head((*fit)?.stage));
        if let Some((_, contact)) = heads.chain(agent.own.first().copied()).min() {
            self.ring(now, contact);
        }
    }

    /// Offers a contact to the best agents for it: as many at once as its queue rings, or the one for whom it waits.
    fn ring(&mut self, now: Timestamp, contact: ContactId) {
        let Some(place) = self.places.get(&contact) else { return };
        let Some(queue) = self.queues.get(&place.queue) else { return };
        let users = match place.at {
            At::Agent(user) => vec![user],
            At::Stage(stage) => queue.best(stage, usize::from(queue.rules.ring.max(1))),
        };
        let why = self.explain(now, place, &users);
        self.exit(contact);
        for (user, why) in users.into_iter().zip(why) {
            self.offer(now, contact, user, why);
        }
    }

    fn offer(&mut self, now: Timestamp, contact: ContactId, user: UserId, why: Explanation) {
        let Some(place) = self.places.get_mut(&contact) else { return };
        let Some(queue) = self.queues.get_mut(&place.queue) else { return };
        let id = OfferId(self.ids.next(now));
        place.offers.insert(id);
        let offer = Offer {
            id,
            contact,
            user,
            queue: place.queue,
            made: now,
            until: now + queue.rules.offer_timeout,
            waited: now.since(place.entered),
            why,
        };
        self.timeouts.insert((offer.until, id));
        self.offers.insert(id, offer.clone());
        let queue = place.queue;
        self.out.push_back(Output::Offered(offer));
        // Not ready until the desk says so again: otherwise the same agent would be offered a second contact at once.
        if let Some(load) = self.agents.get(&user).map(|agent| agent.standing.load) {
            let availability = Availability::Not(PassedOverReason::OnContact);
            self.set_standing(now, user, Standing { availability, load });
        }
        if let Some(queue) = self.queues.get_mut(&queue) {
            queue.take_turn(user);
        }
    }
}
