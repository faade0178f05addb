//! Follow-me: an agent without a headset takes calls on a telephone, while the page stays in control.
//!
//! What rings at the desk rings there as well; who answers hears a sentence, and takes the call with key 1, so that a
//! mailbox never does. From then on that leg stands in the agent's place, exactly as a browser's would, until the agent
//! is free of the call. Whether the telephone must be called or hung up follows from what the agent is engaged in
//! ([`Floor::update_telephone`]); nobody does either by hand.

use super::commands::DIAL_TIMEOUT;
use super::{Floor, LegOwner, Timer};
use crate::call::Call;
use crate::call::key::{self, Asks};
use crate::desk::Engagement;
use crate::edge::{Cause, EdgeCommand, LegRole, RoomPlan, Source};
use crate::ids::{LegId, OfferId, RoomId, SourceId, UserId};
use crate::perms::Permission;
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use crate::wire::WireError;
use crate::wire::control::{TelephoneStage, TelephoneView};
use crate::wire::rest::Language;
use serde::{Deserialize, Serialize};

/// The telephone on which an agent takes calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Telephone {
    /// Its number.
    pub number: PhoneNumber,
    /// What it does.
    pub line: Line,
}

/// What an agent's telephone does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Line {
    /// Nothing.
    Idle,
    /// It is called for this offer.
    Rings {
        /// Its leg.
        leg: LegId,
        /// What for.
        offer: OfferId,
    },
    /// It was answered, and is asked for the key.
    Asks {
        /// Its leg.
        leg: LegId,
        /// What for.
        offer: OfferId,
        /// Where it hears the sentence.
        room: RoomId,
        /// The sentence.
        source: Source,
    },
    /// It stands in the agent's place in a call.
    Talks {
        /// Its leg.
        leg: LegId,
    },
}

impl Line {
    /// Its leg, if it has one.
    pub const fn leg(&self) -> Option<LegId> {
        match self {
            Self::Idle => None,
            Self::Rings { leg, .. } | Self::Asks { leg, .. } | Self::Talks { leg } => Some(*leg),
        }
    }

    /// The room in which it is asked for the key.
    fn plan(&self) -> Option<RoomPlan> {
        match self {
            Self::Asks { leg, room, source, .. } => Some(RoomPlan {
                room: *room,
                sources: vec![source.clone()],
                listeners: vec![key::listener(*leg, source)],
                recording: None,
            }),
            Self::Idle | Self::Rings { .. } | Self::Talks { .. } => None,
        }
    }
}

impl Telephone {
    /// As its agent's page shows it.
    pub fn view(&self) -> TelephoneView {
        let stage = match self.line {
            Line::Idle => TelephoneStage::Idle,
            Line::Rings { .. } => TelephoneStage::Rings,
            Line::Asks { .. } => TelephoneStage::Asks,
            Line::Talks { .. } => TelephoneStage::Talks,
        };
        TelephoneView { number: self.number.clone(), stage }
    }
}

impl Floor {
    /// The agent takes calls on this telephone from now on, or in the browser again.
    pub(super) fn set_telephone(
        &mut self,
        now: Timestamp,
        user: UserId,
        number: Option<PhoneNumber>,
    ) -> Result<(), WireError> {
        let agent = self.agents.get(&user).ok_or_else(|| WireError::new("not_allowed"))?;
        match agent.activity.engaged() {
            Engagement::Free | Engagement::WrapUp(..) => {}
            Engagement::Ringing(_) | Engagement::Dialling(_) | Engagement::Talking(_) | Engagement::Hold(_) => {
                return Err(WireError::new("telephone.not_now"));
            }
        }
        if let Some(number) = &number {
            if !self.may(user, Permission::Dial) {
                return Err(WireError::new("not_allowed"));
            }
            self.setup.route(number).ok_or_else(|| WireError::new("number.not_allowed"))?;
        }
        let was = self.agents.get(&user).and_then(|agent| agent.telephone.as_ref()?.line.leg());
        if let Some(leg) = was {
            self.edge(EdgeCommand::End { leg, cause: Cause::Normal });
        }
        let number = number.map(|number| Telephone { number, line: Line::Idle });
        if let Some(agent) = self.agents.get_mut(&user) {
            agent.telephone = number;
        }
        self.act(now, user, |_| None);
        Ok(())
    }

    /// Calls or hangs up the agent's telephone, as what they are engaged in wants it.
    pub(super) fn update_telephone(&mut self, now: Timestamp, user: UserId) {
        let Some(agent) = self.agents.get(&user) else { return };
        let Some(telephone) = &agent.telephone else { return };
        let rung = match agent.activity.engaged() {
            Engagement::Ringing(_) => self.offer_to(user),
            Engagement::Free
            | Engagement::Dialling(_)
            | Engagement::Talking(_)
            | Engagement::Hold(_)
            | Engagement::WrapUp(..) => None,
        };
        let talks = matches!(agent.activity.engaged(), Engagement::Talking(_) | Engagement::Hold(_));
        let over = match &telephone.line {
            Line::Idle => None,
            Line::Rings { leg, offer } | Line::Asks { leg, offer, .. } => {
                (rung != Some(*offer)).then_some((*leg, Cause::Cancelled))
            }
            Line::Talks { leg } => (!talks).then_some((*leg, Cause::Normal)),
        };
        let idle = over.is_some() || telephone.line == Line::Idle;
        if let Some((leg, cause)) = over {
            self.set_line(user, Line::Idle);
            self.edge(EdgeCommand::End { leg, cause });
        }
        if let Some(offer) = rung.filter(|_| idle)
            && !self.call_telephone(now, user, offer)
        {
            // Not within this very input: what was decided must settle before it is undone.
            self.timers.insert((now, Timer::Unreachable(user)));
        }
    }

    /// Calls the telephone for an offer; says no when that is not permitted.
    fn call_telephone(&mut self, now: Timestamp, user: UserId, offer: OfferId) -> bool {
        let agent = self.agents.get(&user);
        let Some(contact) = agent.and_then(|agent| agent.activity.engaged().contact()) else { return false };
        let Some(to) = agent.and_then(|agent| Some(agent.telephone.as_ref()?.number.clone())) else { return false };
        let Some((trunk, from)) = self.setup.route(&to) else { return false };
        if self.draining || self.permit(now).is_err() {
            return false;
        }
        let leg = LegId(self.ids.next(now));
        self.legs.insert(leg, LegOwner::Telephone(user));
        self.set_line(user, Line::Rings { leg, offer });
        let role = LegRole::Dialled(contact);
        self.edge(EdgeCommand::Dial { leg, role, trunk, to, from, timeout: DIAL_TIMEOUT });
        true
    }

    /// Goes to another line; the room in which it was asked for the key is closed.
    fn set_line(&mut self, user: UserId, line: Line) {
        let Some(telephone) = self.agents.get_mut(&user).and_then(|agent| agent.telephone.as_mut()) else { return };
        let was = std::mem::replace(&mut telephone.line, line);
        let (was, is) = (was.plan(), telephone.line.plan());
        self.touched_agents.insert(user);
        match (was, is) {
            (_, Some(plan)) => self.set_room(plan),
            (Some(RoomPlan { room, .. }), None) => self.edge(EdgeCommand::CloseRoom { room }),
            (None, None) => {}
        }
    }

    /// The telephone was answered, by a person or a machine.
    pub(super) fn telephone_answered(&mut self, now: Timestamp, user: UserId, leg: LegId) {
        match self.line(user) {
            Some(Line::Rings { leg: own, offer }) if own == leg => {
                let (room, source) = (RoomId(self.ids.next(now)), SourceId(self.ids.next(now)));
                let source = Asks::Agent.source(source, self.language_at(user));
                self.set_line(user, Line::Asks { leg, offer, room, source });
            }
            Some(Line::Idle | Line::Rings { .. } | Line::Asks { .. } | Line::Talks { .. }) | None => {
                self.edge(EdgeCommand::End { leg, cause: Cause::Ended });
            }
        }
    }

    /// A key on the agent's telephone.
    pub(super) fn telephone_key(&mut self, now: Timestamp, user: UserId, digit: char) {
        if key::takes(digit) {
            self.take_on_telephone(now, user);
        }
    }

    /// Takes what rings on the telephone that was answered, by its key or on the page; whether it was there.
    pub(super) fn take_on_telephone(&mut self, now: Timestamp, user: UserId) -> bool {
        let Some(Line::Asks { leg, offer, .. }) = self.line(user) else { return false };
        self.set_line(user, Line::Talks { leg });
        self.take_offer(now, user, offer, leg);
        true
    }

    /// Whether keys on this telephone mean something.
    pub(super) fn listens_for_key(&self, user: UserId) -> bool {
        matches!(self.line(user), Some(Line::Asks { .. }))
    }

    /// Hold on the telephone is hold of the customer.
    pub(super) fn telephone_holds(&mut self, now: Timestamp, user: UserId, on: bool) {
        let Some(Line::Talks { .. }) = self.line(user) else { return };
        let contact = self.agents.get(&user).and_then(|agent| agent.activity.engaged().contact());
        let leads = |id: &crate::ids::ContactId| {
            let call = self.calls.get(id).filter(|call| call.is_led_by(user));
            call.is_some_and(|call| call.side.is_none() && call.agent.as_ref().is_some_and(|agent| !agent.away))
        };
        if let Some(contact) = contact.filter(leads) {
            self.hold(now, contact, on);
        }
    }

    /// The telephone's leg is gone: not reached, or hung up.
    pub(super) fn telephone_gone(&mut self, now: Timestamp, user: UserId, leg: LegId, cause: Cause) {
        self.legs.remove(&leg);
        let Some(line) = self.line(user).filter(|line| line.leg() == Some(leg)) else { return };
        self.set_line(user, Line::Idle);
        match line {
            Line::Idle => {}
            Line::Rings { .. } | Line::Asks { .. } => self.unreachable(now, user),
            Line::Talks { .. } => self.telephone_hung_up(now, user, cause),
        }
    }

    /// The agent cannot be reached on their telephone: as if the offer had rung out, so that nobody is asked again and
    /// again in vain.
    pub(super) fn unreachable(&mut self, now: Timestamp, user: UserId) {
        if self.offer_to(user).is_some() && self.line(user) == Some(Line::Idle) {
            self.lose_offer(now, user);
            self.act(now, user, |activity| activity.miss(now));
        }
    }

    /// In a conversation: hanging up on the telephone is hanging up on the page; a line that was lost is no farewell.
    fn telephone_hung_up(&mut self, now: Timestamp, user: UserId, cause: Cause) {
        if let Some((contact, leg)) = self.guest_leg(user) {
            // It was there a moment ago, and nobody else removes it within this input.
            let _ = self.kick(now, contact, leg);
            return;
        }
        let contact = self.agents.get(&user).and_then(|agent| agent.activity.engaged().contact());
        let led = |id: &crate::ids::ContactId| self.calls.get(id).is_some_and(|call| call.is_led_by(user));
        let Some(contact) = contact.filter(led) else { return };
        let company = self.calls.get(&contact).is_some_and(Call::has_company);
        match cause {
            _ if company => self.step_out(now, contact, cause),
            Cause::Lost | Cause::Failed => self.abandoned_by_agent(now, contact),
            Cause::Normal
            | Cause::Cancelled
            | Cause::Busy
            | Cause::NoAnswer
            | Cause::Rejected
            | Cause::NotFound
            | Cause::Congestion
            | Cause::Incompatible
            | Cause::Ended => self.end_call(now, contact, Cause::Normal),
        }
    }

    fn line(&self, user: UserId) -> Option<Line> {
        self.agents.get(&user)?.telephone.as_ref().map(|telephone| telephone.line.clone())
    }

    /// The language of what rings there.
    fn language_at(&self, user: UserId) -> Language {
        let contact = self.agents.get(&user).and_then(|agent| agent.activity.engaged().contact());
        let queue = contact.and_then(|contact| self.calls.get(&contact)?.queue);
        queue.and_then(|queue| self.setup.queues.get(&queue)).map(|queue| queue.language).unwrap_or_default()
    }

    /// Whether this leg is an agent's telephone that is still wanted.
    pub(super) fn is_line_of(&self, user: UserId, leg: LegId) -> bool {
        self.line(user).is_some_and(|line| line.leg() == Some(leg))
    }

    /// The rooms in which telephones are asked for the key.
    pub(super) fn key_rooms(&self) -> Vec<RoomPlan> {
        self.agents.values().filter_map(|agent| agent.telephone.as_ref()?.line.plan()).collect()
    }

    /// Telephones of agents that are called or in a call; each was placed and is paid for.
    pub(super) fn telephone_legs(&self) -> usize {
        self.legs.values().filter(|owner| matches!(owner, LegOwner::Telephone(_))).count()
    }
}
