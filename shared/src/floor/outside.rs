//! A number outside that a flow calls for its caller: it rings, and fails or becomes a guest of the call.

use super::{Floor, LegOwner};
use crate::call::guest::{Guest, Who};
use crate::call::{Call, OutsideSide, Phase};
use crate::edge::{Cause, EdgeCommand, LegRole, Sound};
use crate::flow::{self, Exit};
use crate::ids::{ContactId, LegId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::parties::Mode;

impl Floor {
    /// Calls a number for a caller in the portal. What must not be dialled fails before anything rings.
    pub(super) fn call_outside(&mut self, now: Timestamp, contact: ContactId, to: &str, ring: Millis) {
        if !self.dial_outside(now, contact, to, ring) {
            self.portal(now, contact, flow::Input::NotReached(Exit::Error));
        }
    }

    pub(super) fn dial_outside(&mut self, now: Timestamp, contact: ContactId, to: &str, ring: Millis) -> bool {
        let Ok(number) = PhoneNumber::parse(to) else { return false };
        let Some((trunk, from)) = self.setup.route(&number) else { return false };
        if self.draining || self.permit(now).is_err() {
            return false;
        }
        let leg = LegId(self.ids.next(now));
        self.legs.insert(leg, LegOwner::Outside(contact));
        self.answer(contact);
        self.play(now, contact, Some(Sound::Ringback));
        self.with_call(contact, |call| call.outside = Some(OutsideSide { leg, number: number.clone(), confirm: None }));
        let role = LegRole::Dialled(contact);
        self.edge(EdgeCommand::Dial { leg, role, trunk, to: number, from, timeout: ring });
        true
    }

    /// The number answered: it is a guest of the call from now on, and both have each other until one goes.
    pub(super) fn outside_answered(&mut self, now: Timestamp, contact: ContactId, leg: LegId) {
        if self.asks_for_key(now, contact, leg) {
            return;
        }
        let rings = |call: &&mut Call| call.run().is_some() && call.outside.as_ref().is_some_and(|o| o.leg == leg);
        let Some(OutsideSide { number, .. }) =
            self.calls.get_mut(&contact).filter(rings).and_then(|call| call.outside.take())
        else {
            return self.edge(EdgeCommand::End { leg, cause: Cause::Ended });
        };
        self.legs.insert(leg, LegOwner::Guest(contact));
        let who = Who::Outside(number);
        let guest = Guest { who, leg, since: now, mode: Mode::Talks, muted: false, hushed: false, silent_since: None };
        self.with_call(contact, |call| {
            call.enter(now, Phase::Talking);
            call.answered.get_or_insert(now);
            call.source = None;
            call.guests.push(guest);
        });
    }

    /// The number was not reached: the flow goes on.
    pub(super) fn outside_gone(&mut self, now: Timestamp, contact: ContactId, leg: LegId, cause: Cause) {
        self.legs.remove(&leg);
        let Some(call) = self.calls.get_mut(&contact) else { return };
        if call.outside.take_if(|side| side.leg == leg).is_none() || call.is_over() {
            return;
        }
        if self.calls.get(&contact).is_some_and(|call| call.duty.is_some()) {
            return self.next_on_duty(now, contact);
        }
        self.play(now, contact, None);
        let exit = match cause {
            Cause::Busy => Exit::Busy,
            Cause::NoAnswer | Cause::Cancelled => Exit::NoAnswer,
            Cause::Normal
            | Cause::Rejected
            | Cause::NotFound
            | Cause::Congestion
            | Cause::Incompatible
            | Cause::Lost
            | Cause::Failed
            | Cause::Ended => Exit::Error,
        };
        self.portal(now, contact, flow::Input::NotReached(exit));
    }

    /// The caller is gone, or the call ends otherwise.
    pub(super) fn give_up_outside(&mut self, contact: ContactId, cause: Cause) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        call.duty = None;
        if let Some(side) = call.outside.take() {
            self.edge(EdgeCommand::End { leg: side.leg, cause });
        }
    }

    /// Numbers outside that ring; those that talk are guests. Each was placed and is paid for.
    pub(super) fn outside_legs(&self) -> usize {
        self.legs.values().filter(|owner| matches!(owner, LegOwner::Outside(_))).count()
    }
}
