//! Calls at the side of a call: consultations, transfers on their way, invitations. Their life from the first ring to the
//! moment that they are passed on, joined, given up, or end by themselves.
//!
//! The agent's leg is in one of the two rooms; which, says [`Side::front`] and, for the main call, `AgentSide::away`. Both
//! are changed together in [`Floor::bring_front`] and [`Floor::close_side`], nowhere else. A side that is over is out of
//! its main call's list in the same input.

use super::Floor;
use crate::acd;
use crate::call::guest::Who;
use crate::call::{Call, Phase, Side};
use crate::edge::{Cause, EdgeCommand, Quality, Sound};
use crate::engine::Engine;
use crate::ids::{ContactId, LegId, OfferId, UserId};
use crate::time::Timestamp;
use crate::wire::WireError;
use crate::wire::parties::{Purpose, SideEnded};
use crate::wire::rest::OfferEnd;

impl Floor {
    /// The call that this agent leads, if customer and agent have each other and it is no call at a side.
    pub(super) fn led(&self, user: UserId, contact: ContactId) -> Result<&Call, WireError> {
        let call = self.on_call(user, contact)?;
        if call.is_together() && call.side.is_none() { Ok(call) } else { Err(WireError::new("call.not_now")) }
    }

    /// The consultation or transfer of this call.
    pub(super) fn consult_of(&self, call: &Call) -> Option<ContactId> {
        let consults = |id: &&ContactId| match self.calls.get(id).and_then(|side| side.side.as_ref()) {
            Some(Side { purpose: Purpose::Consult | Purpose::Transfer, .. }) => true,
            Some(Side { purpose: Purpose::Invite, .. }) | None => false,
        };
        call.sides.iter().find(consults).copied()
    }

    /// The call at the side that rings at this agent's desk by this offer.
    pub(super) fn asked_by(&self, user: UserId, offer: OfferId) -> Option<ContactId> {
        let contact = self.agents.get(&user)?.activity.engaged().contact()?;
        let rings = matches!(self.calls.get(&contact)?.phase, Phase::Asked { offer: id, user: asked, .. } if id == offer && asked == user);
        rings.then_some(contact)
    }

    /// An agent who is rung cannot answer any more: the offer goes to others, who was asked directly is not there.
    pub(super) fn lose_offer(&mut self, now: Timestamp, user: UserId) {
        let Some(offer) = self.offer_to(user) else { return };
        if let Some(parked) = self.parked_by(user, offer) {
            return self.end_park_ring(now, parked, false);
        }
        match self.asked_by(user, offer) {
            Some(asked) => self.asked_in_vain(now, asked, Cause::NoAnswer),
            None => self.acd.handle(now, acd::Input::GiveBack { offer, end: OfferEnd::Lost }),
        }
    }

    /// Who was asked has let it ring.
    pub(super) fn asked_for_long(&mut self, now: Timestamp, side: ContactId) {
        let Some(Call { phase: Phase::Asked { user, until, .. }, .. }) = self.calls.get(&side) else { return };
        let (user, until) = (*user, *until);
        if until <= now {
            self.act(now, user, |activity| activity.miss(now));
            self.asked_in_vain(now, side, Cause::NoAnswer);
        }
    }

    /// Who was rung directly does not answer: at the side of a call, or by its flow.
    pub(super) fn asked_in_vain(&mut self, now: Timestamp, contact: ContactId, cause: Cause) {
        if self.calls.get(&contact).is_some_and(|call| call.side.is_some()) {
            self.end_side(now, contact, cause);
        } else {
            self.not_reached(now, contact);
        }
    }

    /// Moves the agent's leg into the side's room, with the customer on hold, or back to the customer.
    pub(super) fn bring_front(&mut self, now: Timestamp, contact: ContactId, side: ContactId, on: bool) {
        let Some(agent) = self.calls.get_mut(&contact).and_then(|call| call.agent.as_mut()) else { return };
        agent.away = on;
        let (leg, muted) = (agent.leg, agent.muted);
        let mut together = false;
        self.with_call(side, |call| {
            call.customer.leg = leg;
            call.customer.hushed = muted;
            together = call.is_together();
            if let Some(side) = &mut call.side {
                side.front = on;
            }
        });
        if together {
            let music = (!on).then(|| Sound::Music(self.music_of(contact)));
            self.play(now, side, music);
        }
        self.hold(now, contact, on);
        self.touched_calls.insert(contact);
    }

    /// Changes over between customer and consulted party.
    pub(super) fn toggle(&mut self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        let side = self.consult_of(self.led(user, contact)?);
        let side = side.and_then(|id| Some((id, self.calls.get(&id)?.side.clone()?)));
        match side {
            Some((id, Side { purpose: Purpose::Consult, front, .. })) => {
                self.bring_front(now, contact, id, !front);
                Ok(())
            }
            Some((_, Side { purpose: Purpose::Transfer | Purpose::Invite, .. })) | None => {
                Err(WireError::new("consult.none"))
            }
        }
    }

    /// Somebody at the side answered: what was meant to happen happens.
    pub(super) fn side_answered(&mut self, now: Timestamp, id: ContactId) {
        let Some(side) = self.calls.get(&id).and_then(|call| call.side.clone()) else { return };
        match side.purpose {
            Purpose::Consult => {
                if !side.front {
                    let music = Sound::Music(self.music_of(side.of));
                    self.play(now, id, Some(music));
                }
            }
            Purpose::Transfer => self.pass_on(now, side.of, id),
            Purpose::Invite => self.merge(now, side.of, id),
        }
    }

    /// The agent gives up what was asked for, and talks to the customer.
    pub(super) fn cancel(
        &mut self,
        now: Timestamp,
        user: UserId,
        contact: ContactId,
        side: ContactId,
    ) -> Result<(), WireError> {
        if !self.led(user, contact)?.sides.contains(&side) {
            return Err(WireError::new("consult.none"));
        }
        match self.close_side(now, side, Cause::Cancelled, Parting::All).map(|side| side.purpose) {
            Some(Purpose::Consult | Purpose::Transfer) => self.hold(now, contact, false),
            Some(Purpose::Invite) | None => {}
        }
        Ok(())
    }

    /// A call at the side ends by itself: nobody answered, or they hung up. The agent reads why. A customer who was to be
    /// passed on is with the agent again; one who waits while the agent consults waits until the agent is ready for them.
    pub(super) fn end_side(&mut self, now: Timestamp, id: ContactId, cause: Cause) {
        let answered = self.calls.get(&id).is_some_and(|call| call.answered.is_some());
        let Some(side) = self.close_side(now, id, cause, Parting::All) else { return };
        match side.purpose {
            Purpose::Transfer => self.hold(now, side.of, false),
            Purpose::Consult | Purpose::Invite => {}
        }
        let ended = SideEnded { purpose: side.purpose, with: side.with, cause, answered, at: now };
        self.with_call(side.of, |call| call.side_ended = Some(ended));
    }

    /// Ends a call at the side in the books, and its parties' part in it unless they go on in the main call.
    pub(super) fn close_side(&mut self, now: Timestamp, id: ContactId, cause: Cause, parting: Parting) -> Option<Side> {
        let call = self.calls.get(&id).filter(|call| !call.is_over())?;
        let side = call.side.clone()?;
        let (agent, guests) = (call.agent.clone(), call.guests.clone());
        let asked = if let Phase::Asked { user, .. } = call.phase { Some(user) } else { None };
        self.acd.handle(now, acd::Input::Leave(id));
        if let Some(user) = asked {
            self.let_go(now, user, id);
        }
        match parting {
            Parting::All => {
                if let Some(agent) = agent {
                    self.agent_left(now, id, &agent, cause);
                    self.let_go(now, agent.user, id);
                }
                for guest in guests {
                    self.end_outside(&guest.who, guest.leg, cause);
                }
            }
            Parting::Asker => {}
        }
        self.with_call(id, |call| {
            call.enter(now, Phase::Over { cause, at: now, wrapped: Some(now) });
            call.customer.gone = Some(Quality::default());
            call.source = None;
        });
        self.with_call(side.of, |call| {
            call.sides.retain(|other| *other != id);
            if let Some(agent) = call.agent.as_mut().filter(|_| side.front) {
                agent.away = false;
            }
        });
        self.store_record(now, id);
        Some(side)
    }

    /// An agent who is engaged in this call is free of it.
    pub(super) fn let_go(&mut self, now: Timestamp, user: UserId, contact: ContactId) {
        let engaged = self.agents.get(&user).and_then(|agent| agent.activity.engaged().contact());
        if engaged == Some(contact) {
            self.release(now, user);
        }
    }

    /// Hangs up on a number that was dialled. Its leg is known until the edge says that it is gone.
    pub(super) fn end_outside(&mut self, who: &Who, leg: LegId, cause: Cause) {
        match who {
            Who::Outside(_) if self.legs.contains_key(&leg) => self.edge(EdgeCommand::End { leg, cause }),
            Who::Outside(_) | Who::Agent(_) => {}
        }
    }

    /// The main call is about to end: everything at its side ends, and its guests go.
    pub(super) fn send_home(&mut self, now: Timestamp, contact: ContactId, cause: Cause) {
        let Some(call) = self.calls.get(&contact) else { return };
        for side in call.sides.clone() {
            self.close_side(now, side, cause, Parting::All);
        }
        self.dismiss_guests(now, contact, cause);
    }
}

/// Who is out of a call at the side that ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// Everybody.
    All,
    /// Only the agent who asked: the others go on in the main call.
    Asker,
}
