//! Ringing whoever is on duty: one telephone after the other, until somebody takes the call by a key, so that no mailbox and
//! no child does. Whatever comes of it, a task stays to call the customer back.

use super::{Floor, Timer};
use crate::call::guest::Who;
use crate::call::key::{self, Asks};
use crate::call::{Confirmation, Duty, OutsideSide};
use crate::callback::Booking;
use crate::edge::Cause;
use crate::flow::{self, Exit, Run};
use crate::ids::{ContactId, LegId, RotaId, SourceId};
use crate::time::{Millis, Timestamp};
use crate::wire::callbacks::Reason;
use std::collections::VecDeque;

/// How long it is said: three times, to somebody who was asleep.
const CONFIRM: Millis = Millis::from_secs(20);

impl Floor {
    /// Rings who is on duty, for a caller in the portal.
    pub(super) fn ring_duty(&mut self, now: Timestamp, contact: ContactId, rota: RotaId, ring: Millis) {
        let next: VecDeque<_> = self.setup.on_duty(now, rota).iter().map(|one| one.number.clone()).collect();
        self.book_duty(now, contact);
        self.with_call(contact, |call| call.duty = Some(Duty { next, ring }));
        self.next_on_duty(now, contact);
    }

    fn book_duty(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        let booking = Booking {
            contact: Some(contact),
            queue: call.queue,
            user: None,
            team: None,
            number: call.party.number.clone(),
            name: call.party.known_as().map(str::to_owned),
            reason: Reason::Duty,
            message: None,
            due: None,
        };
        // What stands in the way of the task (too many are open) must not stand in the way of the call.
        let _ = self.book_callback(now, booking);
    }

    /// Rings the next one whom the trunks may reach; after the last the walk goes on.
    pub(super) fn next_on_duty(&mut self, now: Timestamp, contact: ContactId) {
        loop {
            let Some(duty) = self.calls.get_mut(&contact).and_then(|call| call.duty.as_mut()) else { return };
            let ring = duty.ring;
            let Some(number) = duty.next.pop_front() else { break };
            if self.dial_outside(now, contact, number.as_str(), ring) {
                return;
            }
        }
        self.with_call(contact, |call| call.duty = None);
        self.play(now, contact, None);
        self.portal(now, contact, flow::Input::NotReached(Exit::Otherwise));
    }

    /// A telephone on duty answered: whoever it is must say so by a key. `false`: the call is no matter of duty.
    pub(super) fn asks_for_key(&mut self, now: Timestamp, contact: ContactId, leg: LegId) -> bool {
        let Some(call) = self.calls.get(&contact).filter(|call| call.duty.is_some()) else { return false };
        if call.outside.as_ref().is_none_or(|side| side.leg != leg || side.confirm.is_some()) {
            return false;
        }
        let language = call.run().map(Run::language).unwrap_or_default();
        let source = Asks::OnDuty.source(SourceId(self.ids.next(now)), language);
        let until = now + CONFIRM;
        self.with_call(contact, |call| {
            if let Some(side) = &mut call.outside {
                side.confirm = Some(Confirmation { source, until });
            }
        });
        self.timers.insert((until, Timer::Confirm(contact)));
        true
    }

    /// A key on the telephone of somebody outside who was called by a flow.
    pub(super) fn outside_key(&mut self, now: Timestamp, contact: ContactId, leg: LegId, digit: char) {
        if key::takes(digit) && self.waits_for_key(contact, leg) {
            self.with_call(contact, |call| (call.duty, call.on_duty) = (None, true));
            self.outside_answered(now, contact, leg);
        }
    }

    /// Whether a key of this leg means something.
    pub(super) fn waits_for_key(&self, contact: ContactId, leg: LegId) -> bool {
        let side = self.calls.get(&contact).and_then(|call| call.outside.as_ref());
        side.is_some_and(|side| side.leg == leg && side.confirm.is_some())
    }

    /// Nobody has pressed the key: the next one.
    pub(super) fn confirm_over(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let over = |side: &mut OutsideSide| side.confirm.as_ref().is_some_and(|confirm| confirm.until <= now);
        let Some(side) = call.outside.take_if(over) else { return };
        self.touched_calls.insert(contact);
        self.end_outside(&Who::Outside(side.number), side.leg, Cause::NoAnswer);
        self.next_on_duty(now, contact);
    }
}
