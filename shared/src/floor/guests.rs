//! Guests of a call: outside numbers and colleagues who talk, and supervisors who listen. How they ring, fall silent, and go.
//!
//! A call lasts as long as its customer and one more who talks; see [`Floor::after_leaving`].

use super::silence::{DEAD_LEG_LIMIT, SILENT_LIMIT};
use super::{Floor, LegOwner, Timer};
use crate::call::guest::{Guest, Who};
use crate::call::{Call, Phase};
use crate::edge::{Cause, Quality};
use crate::facts::{Fact, LegFact};
use crate::ids::{ContactId, LegId, UserId};
use crate::time::Timestamp;
use crate::wire::WireError;

impl Floor {
    /// A number that was dialled as a guest rings.
    pub(super) fn guest_ringing(&mut self, now: Timestamp, contact: ContactId, early: bool) {
        let Some(Call { phase: Phase::Dialling { early_media }, .. }) = self.calls.get_mut(&contact) else { return };
        if early && !std::mem::replace(early_media, true) {
            self.play(now, contact, None);
        }
    }

    /// A number that was dialled as a guest answered.
    pub(super) fn guest_answered(&mut self, now: Timestamp, contact: ContactId) {
        let rings = |call: &&Call| matches!(call.phase, Phase::Dialling { .. });
        if self.calls.get(&contact).filter(rings).is_none() {
            return;
        }
        self.with_call(contact, |call| {
            call.enter(now, Phase::Talking);
            call.answered.get_or_insert(now);
            call.source = None;
            call.guests.iter_mut().for_each(|guest| guest.since = now);
        });
        self.side_answered(now, contact);
    }

    /// An outside guest's leg is gone.
    pub(super) fn guest_gone(
        &mut self,
        now: Timestamp,
        contact: ContactId,
        leg: LegId,
        cause: Cause,
        quality: Quality,
    ) {
        self.legs.remove(&leg);
        let Some(call) = self.calls.get_mut(&contact).filter(|call| !call.is_over()) else { return };
        let Some(at) = call.guests.iter().position(|guest| guest.leg == leg) else { return };
        if call.side.is_some() {
            return self.end_side(now, contact, cause);
        }
        let guest = call.guests.remove(at);
        self.guest_left(now, contact, &guest, cause, Some(quality));
        self.after_leaving(now, contact);
    }

    /// A guest's part in the contact as a leg of its record.
    fn guest_left(
        &mut self,
        now: Timestamp,
        contact: ContactId,
        guest: &Guest,
        cause: Cause,
        quality: Option<Quality>,
    ) {
        self.touched_calls.insert(contact);
        let (agent, outside) = match &guest.who {
            Who::Agent(user) => (Some(*user), None),
            Who::Outside(number) => (None, Some(number.clone())),
        };
        self.fact(Fact::Leg(LegFact {
            id: guest.leg,
            contact,
            agent,
            outside,
            sip: agent.is_none(),
            began: guest.since,
            ended: now,
            cause,
            quality,
        }));
    }

    /// Removes a guest: an outside number is hung up, an agent is free.
    pub(super) fn kick(&mut self, now: Timestamp, contact: ContactId, leg: LegId) -> Result<(), WireError> {
        if self.remove_guest(now, contact, leg) { Ok(()) } else { Err(WireError::new("party.gone")) }
    }

    fn remove_guest(&mut self, now: Timestamp, contact: ContactId, leg: LegId) -> bool {
        let Some(call) = self.calls.get_mut(&contact) else { return false };
        let Some(at) = call.guests.iter().position(|guest| guest.leg == leg) else { return false };
        let guest = call.guests.remove(at);
        self.send_off(now, contact, &guest, Cause::Normal);
        self.after_leaving(now, contact);
        true
    }

    /// All guests go.
    pub(super) fn dismiss_guests(&mut self, now: Timestamp, contact: ContactId, cause: Cause) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        for guest in std::mem::take(&mut call.guests) {
            self.send_off(now, contact, &guest, cause);
        }
    }

    fn send_off(&mut self, now: Timestamp, contact: ContactId, guest: &Guest, cause: Cause) {
        self.end_outside(&guest.who, guest.leg, cause);
        self.guest_left(now, contact, guest, cause, None);
        if let Some(user) = guest.agent() {
            self.let_go(now, user, contact);
        }
    }

    /// Ends a call in which the customer is alone with nobody who answers for them.
    pub(super) fn after_leaving(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        if call.is_together() && call.agent.is_none() && !call.has_company() {
            self.end_call(now, contact, Cause::Normal);
        } else {
            if !call.has_company() {
                // Two alone have no list of parties to lift a mute in.
                self.with_call(contact, |call| call.customer.hushed = false);
            }
            // Only now the customer may be without a voice to hear.
            self.keep_company(now, contact);
        }
    }

    /// A guest's sound is lost or back.
    pub(super) fn guest_silent(&mut self, now: Timestamp, contact: ContactId, leg: LegId, silent: bool) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let Some(guest) = call.guests.iter_mut().find(|guest| guest.leg == leg) else { return };
        if guest.silent_since.is_some() == silent {
            return;
        }
        guest.silent_since = silent.then_some(now);
        let limit = match guest.who {
            Who::Agent(_) => SILENT_LIMIT,
            Who::Outside(_) => DEAD_LEG_LIMIT,
        };
        self.touched_calls.insert(contact);
        if silent {
            self.timers.insert((now + limit, Timer::GuestSilent(contact, leg)));
        }
    }

    /// A guest stays away: an agent whose page is gone, a number from which nothing comes any more.
    pub(super) fn guest_silent_for_long(&mut self, now: Timestamp, contact: ContactId, leg: LegId) {
        let Some(call) = self.calls.get(&contact).filter(|call| !call.is_over()) else { return };
        let Some(guest) = call.guests.iter().find(|guest| guest.leg == leg) else { return };
        let Some(since) = guest.silent_since else { return };
        let until = match &guest.who {
            Who::Agent(user) => self.waited_for(now, *user, Some(since)),
            Who::Outside(_) => Some(since + DEAD_LEG_LIMIT).filter(|until| *until > now),
        };
        if let Some(until) = until {
            self.timers.insert((until, Timer::GuestSilent(contact, leg)));
        } else if call.side.is_some() {
            self.end_side(now, contact, Cause::Lost);
        } else {
            self.remove_guest(now, contact, leg);
        }
    }

    /// The browser of an agent has a leg (again): wherever they take part, it is in its place.
    pub(super) fn reseat(&mut self, now: Timestamp, user: UserId, leg: LegId) {
        let Some(contact) = self.agents.get(&user).and_then(|agent| agent.activity.engaged().contact()) else { return };
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let sides = call.sides.clone();
        if let Some(side) = call.agent.as_mut().filter(|side| side.user == user) {
            side.leg = leg;
            side.silent = false;
            self.touched_calls.insert(contact);
            self.keep_company(now, contact);
            for id in sides {
                self.with_call(id, |call| call.customer.leg = leg);
            }
        } else if let Some(guest) = call.guest_mut(user) {
            guest.leg = leg;
            guest.silent_since = None;
            self.touched_calls.insert(contact);
        }
    }

    /// The guest that an agent is in the call at hand.
    pub(super) fn guest_leg(&self, user: UserId) -> Option<(ContactId, LegId)> {
        let contact = self.agents.get(&user)?.activity.engaged().contact()?;
        let guest = self.calls.get(&contact).filter(|call| !call.is_over())?.guest(user)?;
        Some((contact, guest.leg))
    }

    /// Whose outside legs live, of all calls: each was placed and is paid for.
    pub(super) fn outside_guests(&self) -> usize {
        self.legs.values().filter(|owner| matches!(owner, LegOwner::Guest(_))).count()
    }
}
