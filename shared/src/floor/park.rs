//! Parking: a customer waits with music in a numbered place until a colleague takes them.
//!
//! Who parks wraps up as after any call, and what they wrote goes along. After [`PARK_FOR`] it rings at their desk, as
//! often as [`MOST_TRIES`] says; then, or when they are gone, the customer goes to the head of the queue by which they
//! came. Any agent of the tenant may take a parked call: it was left for whoever is told the number.

use super::{Floor, Timer};
use crate::call::{AgentSide, Call, Parked, Phase};
use crate::desk::Engagement;
use crate::edge::{Cause, Sound};
use crate::ids::{ContactId, LegId, OfferId, QueueId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::WireError;

/// Places: two digits are said and remembered easily.
const PLACES: u16 = 99;

/// How long a call is parked before it comes back.
pub(super) const PARK_FOR: Millis = Millis::from_secs(120);

/// How long it rings at the desk of who parked it.
const RING_FOR: Millis = Millis::from_secs(30);

/// When it is tried again to reach them, who are on another call or let it ring.
const AGAIN_AFTER: Millis = Millis::from_secs(20);

/// Rings in vain, or moments at which they were on another call, before the customer goes elsewhere.
const MOST_TRIES: u8 = 3;

/// Added to the priority of a customer whom nobody took: they have waited twice.
const FORGOTTEN_BONUS: u8 = 5;

impl Floor {
    /// The agent leaves the customer in the first free place.
    pub(super) fn park(&mut self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        let call = self.led(user, contact)?;
        if !call.sides.is_empty() || call.has_company() {
            return Err(WireError::new("park.not_in_conference"));
        }
        if call.earlier.len() >= crate::call::guest::MAX_EARLIER {
            return Err(WireError::new("transfer.too_many").with("limit", crate::call::guest::MAX_EARLIER));
        }
        let taken = |slot: &u16| self.calls.values().any(|call| call.parked().is_some_and(|it| it.slot == *slot));
        let slot = (1..=PLACES).find(|slot| !taken(slot)).ok_or_else(|| WireError::new("park.full"))?;
        let until = now + PARK_FOR;
        self.send_home(now, contact, Cause::Normal);
        self.part(now, contact, Cause::Normal);
        let parked = Parked { slot, by: user, until, ring: None, tries: 0 };
        self.with_call(contact, |call| call.enter(now, Phase::Parked(parked)));
        let music = Sound::Music(self.music_of(contact));
        self.play(now, contact, Some(music));
        self.timers.insert((until, Timer::Parked(contact)));
        Ok(())
    }

    /// An agent takes a parked call: who parked it, from their wrap-up too, goes on with what they wrote.
    pub(super) fn retrieve(&mut self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        let parked = self.calls.get(&contact).and_then(Call::parked).ok_or_else(|| WireError::new("park.gone"))?;
        let (by, ring) = (parked.by, parked.ring);
        let agent = self.agents.get(&user).ok_or_else(|| WireError::new("not_allowed"))?;
        let leg = match agent.activity.engaged() {
            Engagement::WrapUp(at, _) | Engagement::Ringing(at) if at == contact => {
                agent.ear().ok_or_else(|| WireError::new("sound.not_connected"))?
            }
            Engagement::Free
            | Engagement::Ringing(_)
            | Engagement::Dialling(_)
            | Engagement::Talking(_)
            | Engagement::Hold(_)
            | Engagement::WrapUp(..) => self.own_ear(user)?,
        };
        if ring.is_some() && by != user {
            self.end_park_ring(now, contact, false);
        }
        self.unpark(now, user, contact, leg);
        Ok(())
    }

    /// The agent has the call again, or for the first time.
    pub(super) fn unpark(&mut self, now: Timestamp, user: UserId, contact: ContactId, leg: LegId) {
        self.with_call(contact, |call| {
            if let Some(own) = call.earlier.pop_if(|earlier| earlier.user == user) {
                call.form = own.form;
            }
        });
        self.talk(now, contact, AgentSide::new(user, leg, now));
        self.tell_availability(now, user);
    }

    /// The parked call that rings by this offer at the desk of who parked it.
    pub(super) fn parked_by(&self, user: UserId, offer: OfferId) -> Option<ContactId> {
        let contact = self.agents.get(&user)?.activity.engaged().contact()?;
        let parked = self.calls.get(&contact)?.parked()?;
        (parked.ring == Some(offer) && parked.by == user).then_some(contact)
    }

    /// The time of a parked call is over, or the ring by which it came back.
    pub(super) fn parked_long_enough(&mut self, now: Timestamp, contact: ContactId) {
        let Some(parked) = self.calls.get(&contact).and_then(Call::parked).filter(|it| it.until <= now) else { return };
        let (by, tries) = (parked.by, parked.tries);
        if parked.ring.is_some() {
            self.end_park_ring(now, contact, true);
        } else if tries >= MOST_TRIES {
            self.unclaimed(now, contact);
        } else if self.may_come_back(by, contact) {
            self.come_back(now, contact, by);
        } else if self.agents.get(&by).is_some_and(|agent| agent.activity.signed_in() && agent.desk.is_some()) {
            self.park_on(now, contact, true);
        } else {
            self.unclaimed(now, contact);
        }
    }

    /// Whether who parked it can be rung: they are free, or still write about this call.
    fn may_come_back(&self, by: UserId, contact: ContactId) -> bool {
        let Some(agent) = self.agents.get(&by).filter(|agent| agent.desk.is_some() && agent.can_hear()) else {
            return false;
        };
        match agent.activity.engaged() {
            Engagement::Free => agent.activity.signed_in(),
            Engagement::WrapUp(at, _) => at == contact,
            Engagement::Ringing(_) | Engagement::Dialling(_) | Engagement::Talking(_) | Engagement::Hold(_) => false,
        }
    }

    fn come_back(&mut self, now: Timestamp, contact: ContactId, by: UserId) {
        let (offer, until) = (OfferId(self.ids.next(now)), now + RING_FOR);
        self.with_call(contact, |call| {
            for earlier in call.earlier.iter_mut().filter(|earlier| earlier.user == by) {
                earlier.wrapped.get_or_insert(now);
            }
            if let Phase::Parked(parked) = &mut call.phase {
                (parked.ring, parked.until) = (Some(offer), until);
            }
        });
        self.act(now, by, |activity| activity.engage(now, Engagement::Ringing(contact)));
        // At once, so that no queue offers them anything within this very input.
        self.tell_availability(now, by);
        self.timers.insert((until, Timer::Parked(contact)));
    }

    /// The ring at the desk of who parked it is over, in vain if they let it ring out.
    pub(super) fn end_park_ring(&mut self, now: Timestamp, contact: ContactId, missed: bool) {
        let Some(by) = self.calls.get(&contact).and_then(Call::parked).filter(|it| it.ring.is_some()).map(|it| it.by)
        else {
            return;
        };
        self.act(now, by, |activity| if missed { activity.miss(now) } else { activity.engage(now, Engagement::Free) });
        self.park_on(now, contact, true);
    }

    /// It stays parked for a moment.
    fn park_on(&mut self, now: Timestamp, contact: ContactId, in_vain: bool) {
        let until = now + AGAIN_AFTER;
        self.with_call(contact, |call| {
            if let Phase::Parked(parked) = &mut call.phase {
                parked.ring = None;
                parked.until = until;
                parked.tries += u8::from(in_vain);
            }
        });
        self.timers.insert((until, Timer::Parked(contact)));
    }

    /// Nobody took it, and who parked it is not there: to the queue, or with the caller's thanks.
    fn unclaimed(&mut self, now: Timestamp, contact: ContactId) {
        match self.home_queue(contact) {
            Some(queue) => self.enqueue(now, contact, queue, FORGOTTEN_BONUS),
            None => self.end_call(now, contact, Cause::NoAnswer),
        }
    }

    /// The queue by which a call came, or the one that its number falls back to.
    fn home_queue(&self, contact: ContactId) -> Option<QueueId> {
        let call = self.calls.get(&contact)?;
        let fallback = || self.setup.number_by_id(call.entered?)?.fallback;
        call.queue.or_else(fallback).filter(|queue| self.setup.queues.contains_key(queue))
    }
}
