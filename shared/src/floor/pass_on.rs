//! A call changes hands: passed on to who was consulted, to a queue, within a conference, or left to those who remain.
//!
//! Whoever passes a call on wraps it up with a form of their own ([`Earlier`]); the next agent reads it and begins a new
//! one. The customer's leg, the room and the recording go on.

use super::reach::PASSED_ON_BONUS;
use super::sides::Parting;
use super::{Floor, LegOwner, Timer};
use crate::call::guest::{Earlier, Guest, Who};
use crate::call::{AgentSide, Call, Phase};
use crate::desk::Engagement;
use crate::edge::{Cause, Sound};
use crate::ids::{ContactId, FlowId, LegId, QueueId, UserId};
use crate::time::Timestamp;
use crate::wire::WireError;
use crate::wire::parties::{CallAction, Mode, Purpose};
use crate::wire::routing::Destination;

/// What everybody hears when somebody joins.
const JOINED: &str = "tones/beep";

impl Floor {
    /// What an agent does with more than two in a call.
    pub(super) fn call_action(
        &mut self,
        now: Timestamp,
        user: UserId,
        contact: ContactId,
        action: CallAction,
    ) -> Result<(), WireError> {
        match action {
            CallAction::Reach { target, purpose } => self.reach(now, user, contact, &target, purpose),
            CallAction::Cancel { side } => self.cancel(now, user, contact, side),
            CallAction::Toggle => self.toggle(now, user, contact),
            CallAction::Join => self.join(now, user, contact),
            CallAction::Complete => self.complete(now, user, contact),
            CallAction::Hush { leg, on } => {
                self.led(user, contact)?;
                self.hush(contact, leg, on)
            }
            CallAction::Kick { leg } => {
                self.led(user, contact)?;
                self.kick(now, contact, leg)
            }
            CallAction::HandOver { user: to } => self.hand_over(now, user, contact, to),
            CallAction::Leave => self.leave_call(now, user, contact),
            CallAction::Record => self.record(now, user, contact),
            CallAction::Pause { on } => {
                self.led(user, contact)?;
                self.pause_recording(now, contact, on)
            }
            CallAction::Park => self.park(now, user, contact),
            CallAction::Play { sound, to } => self.play_for(now, user, contact, sound, to),
            CallAction::StopPlaying => self.stop_playing(user, contact),
            CallAction::Verify { on } => self.verify(now, user, contact, on),
        }
    }

    /// Passes the call on to who was consulted; while they still ring it becomes a transfer on its way, and one to a queue
    /// is a transfer there.
    fn complete(&mut self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        let side = self.consult_of(self.led(user, contact)?).ok_or_else(|| WireError::new("consult.none"))?;
        match self.calls.get(&side).map(|call| &call.phase) {
            Some(Phase::Talking | Phase::Held) => self.pass_on(now, contact, side),
            Some(Phase::Queued { queue, .. }) => {
                let queue = *queue;
                self.close_side(now, side, Cause::Cancelled, Parting::All);
                self.pass_to_queue(now, contact, queue);
            }
            Some(Phase::Asked { .. } | Phase::Dialling { .. }) => {
                self.bring_front(now, contact, side, false);
                self.hold(now, contact, true);
                self.with_call(side, |call| {
                    if let Some(side) = &mut call.side {
                        side.purpose = Purpose::Transfer;
                    }
                });
            }
            Some(Phase::Portal(_) | Phase::Parked(_) | Phase::Meeting(_) | Phase::Over { .. }) | None => {
                return Err(WireError::new("consult.none"));
            }
        }
        Ok(())
    }

    /// Who answered at the side has the customer from now on; the agent who asked wraps up.
    pub(super) fn pass_on(&mut self, now: Timestamp, contact: ContactId, side: ContactId) {
        let Some(call) = self.calls.get(&side) else { return };
        let (agent, guests, form) = (call.agent.clone(), call.guests.clone(), call.form.clone());
        self.close_side(now, side, Cause::Normal, Parting::Asker);
        self.part(now, contact, Cause::Normal);
        self.receive(now, contact, guests);
        self.with_call(contact, |call| {
            call.enter(now, Phase::Talking);
            call.source = None;
        });
        if let Some(agent) = agent {
            let user = agent.user;
            if agent.silent {
                self.timers.insert((now, Timer::Silent(contact)));
            }
            self.with_call(contact, |call| {
                call.form = form;
                call.agent = Some(AgentSide { since: now, away: false, ..agent });
            });
            self.act(now, user, |activity| activity.engage(now, Engagement::Talking(contact)));
            self.keep_company(now, contact);
        }
    }

    /// Customer, agent and consulted party in one room.
    fn join(&mut self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        let side = self.consult_of(self.led(user, contact)?).ok_or_else(|| WireError::new("consult.none"))?;
        if !self.calls.get(&side).is_some_and(Call::is_together) {
            return Err(WireError::new("consult.not_answered"));
        }
        self.merge(now, contact, side);
        self.hold(now, contact, false);
        Ok(())
    }

    /// Who answered at the side joins the main call as a guest.
    pub(super) fn merge(&mut self, now: Timestamp, contact: ContactId, side: ContactId) {
        let Some(call) = self.calls.get(&side) else { return };
        let (agent, mut guests, form) = (call.agent.clone(), call.guests.clone(), call.form.clone());
        self.close_side(now, side, Cause::Normal, Parting::Asker);
        if let Some(agent) = &agent {
            guests.push(Guest {
                who: Who::Agent(agent.user),
                leg: agent.leg,
                since: now,
                mode: Mode::Talks,
                muted: agent.muted,
                hushed: false,
                silent_since: agent.silent_since,
            });
            let name = self.name_of(agent.user);
            let wrote = !form.notes.trim().is_empty();
            let wrote = wrote.then_some(Earlier { user: agent.user, name, left: now, wrapped: Some(now), form });
            self.with_call(contact, |call| call.earlier.extend(wrote));
            self.act(now, agent.user, |activity| activity.engage(now, Engagement::Talking(contact)));
        }
        self.receive(now, contact, guests);
        self.chime(now, contact);
    }

    /// Takes guests into the call; an outside number's leg is this call's from now on.
    fn receive(&mut self, now: Timestamp, contact: ContactId, guests: Vec<Guest>) {
        for guest in &guests {
            // Whoever had fallen silent at the side is waited for here.
            if guest.silent_since.is_some() {
                self.timers.insert((now, Timer::GuestSilent(contact, guest.leg)));
            }
            match guest.who {
                Who::Outside(_) => {
                    self.legs.insert(guest.leg, LegOwner::Guest(contact));
                }
                Who::Agent(_) => {}
            }
        }
        self.with_call(contact, |call| call.guests.extend(guests));
    }

    /// A tone for everybody: somebody joined.
    fn chime(&mut self, now: Timestamp, contact: ContactId) {
        let id = crate::ids::SourceId(self.ids.next(now));
        let sound = Sound::Prompt(vec![JOINED.to_owned()]);
        self.with_call(contact, |call| call.chime = Some(crate::edge::Source { id, sound }));
    }

    /// The responsible agent's part in the call is over: they wrap up, the call goes on without one.
    pub(super) fn part(&mut self, now: Timestamp, contact: ContactId, cause: Cause) {
        let wrap_up = self.wrap_up_after(contact, true);
        let Some(agent) = self.calls.get_mut(&contact).and_then(|call| call.agent.take()) else { return };
        let name = self.name_of(agent.user);
        self.with_call(contact, |call| {
            let form = std::mem::take(&mut call.form);
            let wrapped = wrap_up.is_none().then_some(now);
            call.earlier.push(Earlier { user: agent.user, name, left: now, wrapped, form });
            call.side_ended = None;
            // Who muted them is gone; nobody after would know why they are not heard.
            call.customer.hushed = false;
        });
        match wrap_up {
            Some(span) => {
                self.timers.insert((now + span, Timer::WrapUp(agent.user)));
                self.act(now, agent.user, |activity| activity.engage(now, Engagement::WrapUp(contact, now + span)));
            }
            None => self.release(now, agent.user),
        }
        self.agent_left(now, contact, &agent, cause);
    }

    /// Passes the customer on to a queue; the agent wraps up, guests go.
    pub(super) fn pass_to_queue(&mut self, now: Timestamp, contact: ContactId, queue: QueueId) {
        self.send_home(now, contact, Cause::Normal);
        self.part(now, contact, Cause::Normal);
        self.enqueue(now, contact, queue, PASSED_ON_BONUS);
    }

    /// Sends the customer into a flow; the agent wraps up, guests go, and what was written goes along.
    pub(super) fn pass_to_flow(&mut self, now: Timestamp, contact: ContactId, flow: FlowId) {
        self.send_home(now, contact, Cause::Normal);
        self.part(now, contact, Cause::Normal);
        self.send(now, contact, &Destination::Flow(flow));
    }

    /// Another agent of the conference leads it; who led it stays as a guest.
    fn hand_over(&mut self, now: Timestamp, user: UserId, contact: ContactId, to: UserId) -> Result<(), WireError> {
        let call = self.led(user, contact)?;
        let talks = call.guest(to).is_some_and(Guest::talks);
        if !talks || !call.sides.is_empty() || matches!(call.phase, Phase::Held) {
            return Err(WireError::new("call.not_now"));
        }
        let name = self.name_of(user);
        self.with_call(contact, |call| {
            let Some(agent) = call.agent.take() else { return };
            let form = std::mem::take(&mut call.form);
            call.earlier.push(Earlier { user, name, left: now, wrapped: Some(now), form });
            call.guests.push(Guest {
                who: Who::Agent(user),
                leg: agent.leg,
                since: agent.since,
                mode: Mode::Talks,
                muted: agent.muted,
                hushed: agent.hushed,
                silent_since: agent.silent_since,
            });
        });
        self.promote(now, contact, Some(to));
        Ok(())
    }

    /// Makes a guest the responsible agent: this one, or else the colleague who talks for the longest.
    pub(super) fn promote(&mut self, now: Timestamp, contact: ContactId, who: Option<UserId>) {
        let Some(call) = self.calls.get_mut(&contact).filter(|call| call.agent.is_none()) else { return };
        let fits = |guest: &Guest| match who {
            Some(user) => guest.agent() == Some(user),
            None => guest.agent().is_some() && guest.talks(),
        };
        let Some(at) = call.guests.iter().position(fits) else { return };
        let guest = call.guests.remove(at);
        let Some(user) = guest.agent() else { return };
        let side = AgentSide::new(user, guest.leg, now);
        let silent = guest.silent_since.is_some();
        call.agent = Some(AgentSide { muted: guest.muted, silent, silent_since: guest.silent_since, ..side });
        self.touched_calls.insert(contact);
        self.act(now, user, |activity| activity.engage(now, Engagement::Talking(contact)));
        self.keep_company(now, contact);
        if let Some(since) = guest.silent_since {
            self.timers.insert((since + super::silence::SILENT_LIMIT, Timer::Silent(contact)));
        }
    }

    /// An agent leaves a conference that goes on.
    fn leave_call(&mut self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        if let Some(leg) = self.calls.get(&contact).and_then(|call| call.guest(user)).map(|guest| guest.leg) {
            return self.kick(now, contact, leg);
        }
        if !self.led(user, contact)?.has_company() {
            return Err(WireError::new("conference.nobody_left"));
        }
        self.step_out(now, contact, Cause::Normal);
        Ok(())
    }

    /// The responsible agent is out of a conference that goes on: a colleague leads it, or nobody.
    pub(super) fn step_out(&mut self, now: Timestamp, contact: ContactId, cause: Cause) {
        let sides = self.calls.get(&contact).map(|call| call.sides.clone()).unwrap_or_default();
        for side in sides {
            self.close_side(now, side, cause, Parting::All);
        }
        self.hold(now, contact, false);
        self.part(now, contact, cause);
        self.with_call(contact, |call| call.source = None);
        self.promote(now, contact, None);
    }

    /// Lets a party be heard or not.
    pub(super) fn hush(&mut self, contact: ContactId, leg: LegId, on: bool) -> Result<(), WireError> {
        let Some(call) = self.calls.get_mut(&contact) else { return Err(WireError::new("contact.gone")) };
        let agent = call.agent.as_mut().filter(|agent| agent.leg == leg);
        let guest = call.guests.iter_mut().find(|guest| guest.leg == leg);
        match (call.customer.leg == leg, agent, guest) {
            (true, _, _) => call.customer.hushed = on,
            (_, Some(agent), _) => agent.hushed = on,
            (_, _, Some(guest)) => guest.hushed = on,
            (false, None, None) => return Err(WireError::new("party.gone")),
        }
        self.touched_calls.insert(contact);
        Ok(())
    }
}
