//! What an agent's desk may ask for, checked against what is going on.

use super::{Floor, LegOwner, SocketId};
use crate::call::{AgentSide, Call, Phase};
use crate::desk::Engagement;
use crate::edge::{EdgeCommand, LegRole, Sound};
use crate::ids::{ContactId, LegId, OfferId, UserId};
use crate::permit::NotPermitted;
use crate::perms::Permission;
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::WireError;
use crate::wire::desk::{AgentState, DeskCommand, Party, ToDesk, Via, WrapUpForm};
use crate::wire::routing::WrapUpMode;
use uuid::Uuid;

/// How long a dialled party may ring.
pub(super) const DIAL_TIMEOUT: Millis = Millis::from_secs(60);

/// Notes are for people: longer ones belong into a document.
const MAX_NOTES: usize = 4000;

/// As many digits as one command may carry.
const MAX_DIGITS: usize = 32;

impl Floor {
    pub(super) fn desk_command(&mut self, now: Timestamp, socket: SocketId, id: Uuid, command: DeskCommand) {
        if self.spectators.contains_key(&socket) {
            return self.spectator_command(now, socket, id, &command);
        }
        let Some(user) = self.desks.get(&socket).copied() else { return };
        // A page that lost the answer to *connect* needs a new one, and connecting twice is harmless.
        let once = !matches!(command, DeskCommand::Connect { .. });
        let known = self.agents.get(&user).filter(|_| once).and_then(|agent| agent.answered.to(id));
        let answer = known.unwrap_or_else(|| {
            let answer = self.obey(now, user, command);
            if let Some(agent) = self.agents.get_mut(&user).filter(|_| once) {
                agent.answered.note(id, &answer);
            }
            answer
        });
        let answer = match answer {
            Ok(()) => ToDesk::Done { id },
            Err(error) => ToDesk::Refused { id, error },
        };
        self.tell_desk(socket, answer);
    }

    fn obey(&mut self, now: Timestamp, user: UserId, command: DeskCommand) -> Result<(), WireError> {
        match command {
            DeskCommand::SetState { state } => self.act(now, user, |activity| activity.want(now, Some(state))),
            DeskCommand::Connect { sdp } => self.connect(now, user, sdp),
            DeskCommand::Accept { offer } => self.try_accept(now, user, offer)?,
            DeskCommand::Decline { offer } => self.decline(now, user, offer)?,
            DeskCommand::PickUp { contact } => self.pick_up(now, user, contact)?,
            DeskCommand::Retrieve { contact } => self.retrieve(now, user, contact)?,
            DeskCommand::Telephone { number } => self.set_telephone(now, user, number)?,
            DeskCommand::Hold { contact, on } => {
                let away = self.on_call(user, contact)?.agent.as_ref().is_some_and(|agent| agent.away);
                match away {
                    true if !on => self.toggle(now, user, contact)?,
                    true => {}
                    false => self.hold(now, contact, on),
                }
            }
            DeskCommand::Mute { contact, on } => self.mute_own(now, user, contact, on)?,
            DeskCommand::Digits { contact, digits } => {
                let leg = self.far_leg(self.on_call(user, contact)?);
                let dialable = |c: char| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D');
                if digits.is_empty() || digits.len() > MAX_DIGITS || !digits.chars().all(dialable) {
                    return Err(WireError::new("digits.invalid"));
                }
                self.edge(EdgeCommand::SendDigits { leg, digits });
            }
            DeskCommand::HangUp { contact } => match self.guest_leg(user).filter(|(at, _)| *at == contact) {
                Some((_, leg)) => self.kick(now, contact, leg)?,
                None => {
                    self.on_call(user, contact)?;
                    self.agent_hangs_up(now, contact);
                }
            },
            DeskCommand::Call { contact, action } => self.call_action(now, user, contact, action)?,
            DeskCommand::Dial { to } => self.dial(now, user, to)?,
            DeskCommand::CallBack { callback } => self.call_now(now, user, callback)?,
            DeskCommand::TakeTask { offer } => self.take_task(now, user, offer)?,
            DeskCommand::Task { callback, deed } => self.task_deed(now, user, callback, deed)?,
            DeskCommand::Note { contact, form } => self.note(user, contact, form)?,
            DeskCommand::FinishWrapUp { contact, form } => {
                self.note(user, contact, form)?;
                self.may_finish(now, user, contact)?;
                self.finish_wrap_up(now, user, contact);
            }
            DeskCommand::Supervise { action } => self.supervise(now, user, &action)?,
            DeskCommand::Watch { what } => self.watch(now, user, what)?,
            DeskCommand::SignOut => {
                self.has_classified(user)?;
                self.sign_out(now, user);
            }
        }
        Ok(())
    }

    fn try_accept(&mut self, now: Timestamp, user: UserId, offer: OfferId) -> Result<(), WireError> {
        if self.offer_to(user) != Some(offer) {
            return Err(WireError::new("offer.gone"));
        }
        let agent = self.agents.get(&user).ok_or_else(|| WireError::new("not_allowed"))?;
        if agent.telephone.is_some() {
            let there = self.take_on_telephone(now, user);
            return if there { Ok(()) } else { Err(WireError::new("telephone.answer_there")) };
        }
        let leg = agent.leg.ok_or_else(|| WireError::new("sound.not_connected"))?;
        let contact = self.offers.get(&offer).map(|made| made.contact);
        if contact.and_then(|contact| self.calls.get(&contact)).is_some_and(Call::is_only_a_place) {
            return self.call_back(now, user, offer, leg);
        }
        self.take_offer(now, user, offer, leg);
        Ok(())
    }

    /// The call that this agent is on, if it is that one.
    pub(super) fn on_call(&self, user: UserId, contact: ContactId) -> Result<&Call, WireError> {
        let call = self.calls.get(&contact).filter(|call| !call.is_over());
        call.filter(|call| call.agent.as_ref().is_some_and(|agent| agent.user == user))
            .ok_or_else(|| WireError::new("contact.gone"))
    }

    /// Mutes the agent's own voice, as responsible agent or guest.
    fn mute_own(&mut self, now: Timestamp, user: UserId, contact: ContactId, on: bool) -> Result<(), WireError> {
        if let Some(guest) = self.calls.get_mut(&contact).and_then(|call| call.guest_mut(user)) {
            guest.muted = on;
            self.touched_calls.insert(contact);
            return Ok(());
        }
        self.on_call(user, contact)?;
        self.mute(now, contact, on);
        Ok(())
    }

    /// The leg that an agent's digits go to: the customer's, or that of the number that is consulted.
    fn far_leg(&self, call: &Call) -> LegId {
        let side = self.consult_of(call).and_then(|id| self.calls.get(&id));
        let front = side.filter(|call| call.side.as_ref().is_some_and(|side| side.front));
        let outside = front.and_then(|call| call.guests.first()).map(|guest| guest.leg);
        outside.unwrap_or(call.customer.leg)
    }

    fn note(&mut self, user: UserId, contact: ContactId, form: WrapUpForm) -> Result<(), WireError> {
        if form.notes.chars().count() > MAX_NOTES {
            return Err(WireError::new("notes.too_long").with("limit", MAX_NOTES));
        }
        let known = |id| self.setup.dispositions.iter().any(|disposition| disposition.id == id);
        if form.disposition.is_some_and(|id| !known(id)) {
            return Err(WireError::new("disposition.unknown"));
        }
        let own = self.calls.get_mut(&contact).and_then(|call| call.form_of(user));
        *own.ok_or_else(|| WireError::new("contact.gone"))? = form;
        self.touched_calls.insert(contact);
        Ok(())
    }

    /// Whether the queue lets its agent end this wrap-up.
    fn may_finish(&self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        let engaged = self.agents.get(&user).map(|agent| agent.activity.engaged());
        let Some(Engagement::WrapUp(current, until)) = engaged else { return Err(WireError::new("contact.gone")) };
        if current != contact {
            return Err(WireError::new("contact.gone"));
        }
        match self.wrap_up_mode(contact) {
            WrapUpMode::None | WrapUpMode::Optional => Ok(()),
            WrapUpMode::Timed if until <= now => Ok(()),
            WrapUpMode::Timed => Err(WireError::new("wrap_up.timed").with("seconds", (until - now).0 / 1000 + 1)),
            WrapUpMode::MustClassify => self.has_classified(user),
        }
    }

    /// Who is in a wrap-up that asks for a disposition has chosen one.
    fn has_classified(&self, user: UserId) -> Result<(), WireError> {
        let engaged = self.agents.get(&user).map(|agent| agent.activity.engaged());
        let Some(Engagement::WrapUp(contact, _)) = engaged else { return Ok(()) };
        let chosen = self.calls.get(&contact).is_some_and(|call| call.form.disposition.is_some());
        if chosen || self.wrap_up_mode(contact) != WrapUpMode::MustClassify {
            return Ok(());
        }
        Err(WireError::new("disposition.required"))
    }

    /// Last of all, since it counts the call: within the tenant's limits.
    pub(super) fn permit(&mut self, now: Timestamp) -> Result<(), WireError> {
        let placed = |call: &&Call| {
            !call.is_over() && call.side.is_none() && call.party.via == Via::Outbound && !call.is_only_a_place()
        };
        let live = self.calls.values().filter(placed).count()
            + self.outside_guests()
            + self.outside_legs()
            + self.telephone_legs()
            + self.referred_calls();
        self.permits.take(now, live, &self.setup.outbound).map_err(|why| match why {
            NotPermitted::AtOnce { limit } => WireError::new("dial.too_many_at_once").with("limit", limit),
            NotPermitted::PerDay { limit, again_in } => {
                let hours = (again_in.0 + 3_599_999) / 3_600_000;
                WireError::new("dial.too_many_today").with("limit", limit).with("hours", hours)
            }
        })
    }

    fn dial(&mut self, now: Timestamp, user: UserId, to: PhoneNumber) -> Result<(), WireError> {
        let own_leg = self.may_dial(user)?;
        if self.draining {
            return Err(WireError::new("dial.stopping"));
        }
        let (trunk, from) = self.setup.route(&to).ok_or_else(|| WireError::new("number.not_allowed"))?;
        self.permit(now)?;
        let leg = LegId(self.ids.next(now));
        let party = Party { number: Some(to.clone()), name: None, via: Via::Outbound, card: None };
        let contact = self.new_call(now, leg, true, party, Phase::Dialling { early_media: false });
        self.with_call(contact, |call| {
            call.record = true;
            call.agent = Some(AgentSide::new(user, own_leg, now));
        });
        self.play(now, contact, Some(Sound::Ringback));
        self.legs.insert(leg, LegOwner::Customer(contact));
        self.edge(EdgeCommand::Dial { leg, role: LegRole::Dialled(contact), trunk, to, from, timeout: DIAL_TIMEOUT });
        self.act(now, user, |activity| activity.engage(now, Engagement::Dialling(contact)));
        Ok(())
    }

    /// The connection of an agent who may place a call at this moment.
    pub(super) fn may_dial(&self, user: UserId) -> Result<LegId, WireError> {
        if !self.may(user, Permission::Dial) {
            return Err(WireError::new("not_allowed"));
        }
        let agent = self.agents.get(&user).ok_or_else(|| WireError::new("not_allowed"))?;
        match agent.activity.state() {
            AgentState::Ready | AgentState::Busy(_) | AgentState::Missed => {}
            AgentState::Offline
            | AgentState::Ringing
            | AgentState::Dialling
            | AgentState::Talking
            | AgentState::Hold
            | AgentState::WrapUp
            | AgentState::Disconnected => return Err(WireError::new("dial.not_now")),
        }
        if agent.telephone.is_some() {
            return Err(WireError::new("telephone.only_takes"));
        }
        agent.leg.ok_or_else(|| WireError::new("sound.not_connected"))
    }
}
