//! Out of a queue by itself: closed hours, overflow, and keys that a waiting caller presses.
//!
//! Hours and the rules on length, estimate and staff are asked as a contact enters; the rule on waiting when its time has
//! come, and the one on staff also when the last agent signs out. A contact is never led into a queue that it was led
//! out of: so a chain of queues ends, and at its end the contact stays. A queue that is closed keeps nobody: there the
//! call ends.
//!
//! Calls at the side and callbacks are led nowhere: somebody waits for them. A customer who lost their agent in mid-call
//! goes back to the line whatever its hours.

use super::{Floor, Timer};
use crate::call::{Call, Phase};
use crate::edge::Cause;
use crate::flow::Key;
use crate::hours::DayState;
use crate::ids::{ContactId, QueueId};
use crate::time::{Millis, Timestamp};
use crate::wire::rest::Queue;
use crate::wire::routing::Destination;
use crate::wire::waiting::{Hop, HopReason, WaitKey, When};
use std::collections::BTreeSet;

/// How often a contact is led on at most, whatever keys its caller presses: each time is kept for its history.
const MOST_HOPS: usize = 16;

impl Floor {
    /// Leads a contact elsewhere that is about to enter a queue, if hours or a rule say so.
    pub(super) fn diverted(&mut self, now: Timestamp, contact: ContactId, queue: QueueId) -> bool {
        let (Some(rules), Some(call)) = (self.setup.queues.get(&queue), self.calls.get(&contact)) else { return false };
        if !may_be_led(call) {
            return false;
        }
        if let Some((why, to)) = self.closed(now, rules) {
            let to = to.clone();
            if self.may_lead(call, queue, &to) {
                self.lead_on(now, contact, queue, why, &to);
            } else {
                self.end_call(now, contact, Cause::Ended);
            }
            return true;
        }
        let rule = rules
            .waiting
            .overflow
            .iter()
            .find(|rule| self.applies_at_entry(now, queue, rule.when) && self.may_lead(call, queue, &rule.to));
        let Some((when, to)) = rule.map(|rule| (rule.when, rule.to.clone())) else { return false };
        self.lead_on(now, contact, queue, HopReason::Rule { rule: when }, &to);
        true
    }

    /// Where the queue's hours lead at this moment; `None` while it is open.
    fn closed<'a>(&self, now: Timestamp, rules: &'a Queue) -> Option<(HopReason, &'a Destination)> {
        let hours = rules.waiting.hours.as_ref()?;
        match self.setup.hours(now, hours.calendar)? {
            DayState::Open => None,
            DayState::Closed => Some((HopReason::Closed, &hours.closed)),
            DayState::Holiday => Some((HopReason::Holiday, &hours.holiday)),
            DayState::Emergency => Some((HopReason::Emergency, &hours.emergency)),
        }
    }

    fn applies_at_entry(&self, now: Timestamp, queue: QueueId, when: When) -> bool {
        let waiting = u32::try_from(self.acd.waiting(queue)).unwrap_or(u32::MAX);
        let somebody_free = self.acd.ready(queue) > 0 && waiting == 0;
        match when {
            When::Waited { .. } => false,
            When::Length { at_least } => waiting >= at_least,
            When::Estimate { at_least } => {
                let wait = self.acd.estimated_wait(now, queue, waiting.saturating_add(1));
                !somebody_free && wait.is_some_and(|wait| wait >= at_least)
            }
            When::Unstaffed => !self.acd.staffed(queue),
        }
    }

    /// Whether a contact can be led there from this queue.
    fn may_lead(&self, call: &Call, from: QueueId, to: &Destination) -> bool {
        if call.hops.len() >= MOST_HOPS {
            return false;
        }
        let was_there = |queue: QueueId| {
            let led = |hop: &Hop| match hop.why {
                HopReason::Rule { .. } | HopReason::Closed | HopReason::Holiday | HopReason::Emergency => true,
                HopReason::Key { .. } => false,
            };
            queue == from || call.hops.iter().any(|hop| led(hop) && hop.from == queue)
        };
        match to {
            Destination::Queue(queue) => self.setup.queues.contains_key(queue) && !was_there(*queue),
            // Walked once from each queue: a flow that leads back here is not walked again.
            Destination::Flow(_) => !call.hops.iter().any(|hop| hop.from == from && hop.to == *to),
            Destination::Callback(_) | Destination::Voicemail(_) | Destination::Outside(_) | Destination::HangUp => {
                true
            }
        }
    }

    fn lead_on(&mut self, now: Timestamp, contact: ContactId, from: QueueId, why: HopReason, to: &Destination) {
        let hop = Hop { at: now, from, why, to: to.clone() };
        self.with_call(contact, |call| {
            call.hops.push(hop);
            call.queue = Some(from);
        });
        self.send(now, contact, to);
    }

    /// The keys that lead this caller somewhere: who cannot be called back is not promised it.
    pub(super) fn keys_for(&self, call: &Call, queue: QueueId) -> Vec<WaitKey> {
        let Some(rules) = self.setup.queues.get(&queue).filter(|_| may_be_led(call)) else { return Vec::new() };
        rules.waiting.keys.iter().filter(|key| self.may_wish(call, queue, &key.to)).cloned().collect()
    }

    /// Whether a caller who waits can be led there by a key.
    fn may_wish(&self, call: &Call, from: QueueId, to: &Destination) -> bool {
        let possible = match to {
            Destination::Callback(_) => self.can_be_called_back(call),
            Destination::Queue(_)
            | Destination::Flow(_)
            | Destination::Voicemail(_)
            | Destination::Outside(_)
            | Destination::HangUp => true,
        };
        possible && self.may_lead(call, from, to)
    }

    /// A caller who waits pressed a key.
    pub(super) fn key_while_waiting(&mut self, now: Timestamp, contact: ContactId, digit: char) {
        let Some(call) = self.calls.get(&contact) else { return };
        let Phase::Queued { queue, treatment, .. } = &call.phase else { return };
        let (queue, Some(key)) = (*queue, Key::new(digit)) else { return };
        let Some(to) = treatment.key(key).cloned() else { return };
        if self.may_wish(call, queue, &to) {
            self.lead_on(now, contact, queue, HopReason::Key { key }, &to);
        } else {
            self.deny_key(now, contact);
        }
    }

    /// When a contact that has entered a queue is led on by its rule on waiting.
    pub(super) fn watch_wait(&mut self, now: Timestamp, contact: ContactId, queue: QueueId) {
        let first = self.setup.queues.get(&queue).and_then(|rules| rules.waiting.first_wait());
        if let Some(after) = first {
            self.timers.insert((now + after, Timer::Overflow(contact)));
        }
    }

    /// A contact has waited so long that a rule may apply. One that rings goes on ringing and is asked again afterwards.
    pub(super) fn waited_long(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact).filter(|call| may_be_led(call)) else { return };
        let Phase::Queued { queue, rings, .. } = &call.phase else { return };
        let Some(rules) = self.setup.queues.get(queue).filter(|_| rings.is_empty()) else { return };
        let (queue, waited) = (*queue, now.since(call.since));
        let (mut due, mut later): (Vec<(Millis, &Destination)>, Option<Millis>) = (Vec::new(), None);
        for rule in &rules.waiting.overflow {
            match rule.when {
                When::Waited { after } if after <= waited => due.push((after, &rule.to)),
                When::Waited { after } => later = Some(later.map_or(after, |known| known.min(after))),
                When::Length { .. } | When::Estimate { .. } | When::Unstaffed => {}
            }
        }
        due.sort_by_key(|(after, _)| *after);
        let to = due.into_iter().find(|(_, to)| self.may_lead(call, queue, to));
        let since = call.since;
        match to.map(|(after, to)| (after, to.clone())) {
            Some((after, to)) => {
                let why = HopReason::Rule { rule: When::Waited { after } };
                self.lead_on(now, contact, queue, why, &to);
            }
            None => self.timers.extend(later.map(|after| (since + after, Timer::Overflow(contact)))),
        }
    }

    /// Queues whose last agent has signed out lead on who waits in them, where they have a rule for it.
    pub(super) fn watch_staff(&mut self, now: Timestamp) {
        let without = |rules: &Queue| rules.waiting.overflow.iter().any(|rule| rule.when == When::Unstaffed);
        let watched = self.setup.queues.values().filter(|rules| without(rules));
        let unstaffed: BTreeSet<QueueId> =
            watched.map(|rules| rules.id).filter(|queue| !self.acd.staffed(*queue)).collect();
        let fresh: Vec<QueueId> = unstaffed.difference(&self.unstaffed).copied().collect();
        self.unstaffed = unstaffed;
        for queue in fresh {
            self.abandon(now, queue);
        }
    }

    fn abandon(&mut self, now: Timestamp, queue: QueueId) {
        let waits = |call: &&Call| matches!(&call.phase, Phase::Queued { queue: at, .. } if *at == queue);
        let waiting: Vec<ContactId> =
            self.calls.values().filter(waits).filter(|call| may_be_led(call)).map(|call| call.id).collect();
        for contact in waiting {
            let (Some(rules), Some(call)) = (self.setup.queues.get(&queue), self.calls.get(&contact)) else { return };
            let rules = rules.waiting.overflow.iter();
            let rule =
                rules.filter(|rule| rule.when == When::Unstaffed).find(|rule| self.may_lead(call, queue, &rule.to));
            if let Some(to) = rule.map(|rule| rule.to.clone()) {
                self.lead_on(now, contact, queue, HopReason::Rule { rule: When::Unstaffed }, &to);
            }
        }
    }
}

/// Whether nobody in particular waits for this call, so that it may be led elsewhere.
fn may_be_led(call: &Call) -> bool {
    call.side.is_none() && call.callback.is_none() && !call.is_over()
}
