//! Into a queue: at once, or when the store has said who calls.
//!
//! What the store knows of a caller (the card, the last agent) arrives late, as everything does. It matters before the
//! contact stands in its line only where queue or flow lead callers to their last agent or the number has a queue for very
//! important customers; there a caller who was not answered yet is *held* until the store's word has come, half a second
//! at most. Who was answered has been there for longer, and must not sit in silence.

use super::setup::takes_contacts;
use super::{Floor, LastAgent, Timer};
use crate::acd::{self, Preference};
use crate::call::{Call, Phase};
use crate::edge::Cause;
use crate::engine::Engine;
use crate::flow::{self, Treatment};
use crate::ids::{ContactId, QueueId};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{CustomerCard, Via};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How long a caller is held at most: the store answers within milliseconds, and nobody notices half a second.
const CARD_WITHIN: Millis = Millis(500);

/// Added to the priority of a very important customer, whose card may come when they wait already.
const VIP_BONUS: u8 = 1;

const DAY: i64 = 86_400_000;

/// What came of looking a caller up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum LookedUp {
    /// Nothing yet.
    Asked,
    /// The store's answer.
    Known(Option<LastAgent>),
}

impl Floor {
    /// Into a queue, unless its hours or its rules lead elsewhere.
    pub(super) fn enqueue(&mut self, now: Timestamp, contact: ContactId, queue: QueueId, bonus: u8) {
        if !self.diverted(now, contact, queue) {
            self.put_into(now, contact, queue, bonus);
        }
    }

    /// Into a queue, whatever its hours and rules.
    pub(super) fn put_into(&mut self, now: Timestamp, contact: ContactId, queue: QueueId, bonus: u8) {
        let Some(rules) = self.setup.queues.get(&queue) else {
            return self.end_call(now, contact, Cause::Failed);
        };
        let Some(call) = self.calls.get(&contact) else { return };
        let treatment = match call.callback {
            Some(_) => Treatment::of_callback(rules),
            None => Treatment::of(rules, self.keys_for(call, queue)),
        };
        let record = rules.record;
        let Some(call) = self.calls.get_mut(&contact) else { return };
        call.enter(now, Phase::Queued { queue, treatment, rings: BTreeSet::new() });
        if call.callback.is_none() {
            call.queued.get_or_insert(now);
        }
        call.queue = Some(queue);
        call.record = record && call.side.is_none();
        call.source = None;
        self.touched_calls.insert(contact);
        self.watch_wait(now, contact, queue);
        if self.awaits_card(contact, queue) {
            self.acd.handle(now, acd::Input::Leave(contact));
            self.held.insert(contact, bonus);
            self.timers.insert((now + CARD_WITHIN, Timer::Held(contact)));
        } else {
            self.held.remove(&contact);
            self.stand(now, contact, queue, bonus);
        }
    }

    fn awaits_card(&self, contact: ContactId, queue: QueueId) -> bool {
        let asked = self.looked_up.get(&contact) == Some(&LookedUp::Asked);
        let sticky = self.setup.queues.get(&queue).is_some_and(|queue| queue.routing.sticky.is_some());
        let rings = self.calls.get(&contact).is_some_and(|call| !call.customer.answered);
        let wished = self.calls.get(&contact).is_some_and(|call| call.wish_in(queue).is_some());
        asked && rings && (sticky || wished || self.vip_queue(contact).is_some())
    }

    /// The queue for very important customers of the number that was called.
    fn vip_queue(&self, contact: ContactId) -> Option<QueueId> {
        let Via::Phone { called } = &self.calls.get(&contact)?.party.via else { return None };
        self.setup.any_number(called)?.vip.filter(|queue| self.setup.queues.contains_key(queue))
    }

    /// Takes its place in the line, and notes what wait was to be expected there.
    fn stand(&mut self, now: Timestamp, contact: ContactId, queue: QueueId, bonus: u8) {
        let Some(call) = self.calls.get(&contact) else { return };
        let vip = call.party.card.as_ref().is_some_and(|card| card.vip);
        let bonus = if vip { bonus.max(VIP_BONUS) } else { bonus };
        // Who is led on to another queue keeps what a flow has granted.
        let bonus = if call.answered.is_none() { bonus.max(call.bonus) } else { bonus };
        let first = call.answered.is_none() && call.clocks.waited == Millis::ZERO && call.callback.is_none();
        let prefers = self.last_agent(now, call, queue);
        let (since, bonus) = match call.callback.and_then(|back| self.callbacks.get(back.id)) {
            Some(callback) => (Some(callback.entered), bonus.max(callback.bonus)),
            // Who was led on has waited since the first queue.
            None => (call.queued.filter(|_| call.answered.is_none() && !call.hops.is_empty()), bonus),
        };
        self.acd.handle(now, acd::Input::Enqueue { contact, queue, bonus, prefers, since });
        let estimated = match self.acd.position(contact) {
            Some(place) => self.acd.estimated_wait(now, queue, place),
            None => Some(Millis::ZERO),
        };
        self.with_call(contact, |call| {
            call.estimated = if first { estimated } else { call.estimated };
            call.bonus = bonus;
        });
    }

    /// Whom the flow, or else the queue's setting, leads this caller to. Who lost an agent in mid-call is helped by anybody.
    fn last_agent(&self, now: Timestamp, call: &Call, queue: QueueId) -> Option<Preference> {
        let sticky = self.setup.queues.get(&queue)?.routing.sticky.filter(|_| call.answered.is_none());
        let sticky = sticky.map(|sticky| flow::LastAgent { days: sticky.days, patience: sticky.patience });
        let wish = call.wish_in(queue).or(sticky)?;
        let Some(LookedUp::Known(Some(last))) = self.looked_up.get(&call.id) else { return None };
        let recent = self.is_recent(now, *last, queue, wish.days);
        recent.then_some(Preference { user: last.agent, patience: wish.patience })
    }

    fn is_recent(&self, now: Timestamp, last: LastAgent, queue: QueueId, days: u16) -> bool {
        let user = self.setup.users.get(&last.agent);
        let serves = user.is_some_and(|user| takes_contacts(user) && user.queues.contains(&queue));
        serves && now.since(last.ended).0 <= i64::from(days) * DAY
    }

    /// The store has answered.
    pub(super) fn card(
        &mut self,
        now: Timestamp,
        contact: ContactId,
        card: Option<CustomerCard>,
        last: Option<LastAgent>,
    ) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let vip = card.as_ref().is_some_and(|card| card.vip);
        if let (Phase::Portal(run), Some(card)) = (&mut call.phase, &card) {
            run.customer(card.customer);
        }
        call.party.card = card;
        let (queue, portal) = (call.queue, matches!(call.phase, Phase::Portal(_)));
        let waits = matches!(call.phase, Phase::Queued { .. });
        self.touched_calls.insert(contact);
        self.looked_up.insert(contact, LookedUp::Known(last));
        if vip {
            self.acd.handle(now, acd::Input::Raise { contact, bonus: VIP_BONUS });
        }
        let held = self.held.remove(&contact);
        if let Some(queue) = self.vip_queue(contact).filter(|_| vip && (portal || held.is_some())) {
            return self.enqueue(now, contact, queue, held.unwrap_or(0));
        }
        let Some(queue) = queue.filter(|_| waits) else { return };
        if let Some(bonus) = held {
            self.stand(now, contact, queue, bonus);
        } else if let Some(prefers) = self.calls.get(&contact).and_then(|call| self.last_agent(now, call, queue)) {
            self.acd.handle(now, acd::Input::Prefer { contact, prefers });
        }
    }

    /// The store was too slow: the caller is like any other.
    pub(super) fn held_long_enough(&mut self, now: Timestamp, contact: ContactId) {
        let Some(bonus) = self.held.remove(&contact) else { return };
        self.touched_calls.insert(contact);
        if let Some(Call { phase: Phase::Queued { queue, .. }, .. }) = self.calls.get(&contact) {
            self.stand(now, contact, *queue, bonus);
        }
    }
}
