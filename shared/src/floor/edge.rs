//! What edges report.

use super::silence::SILENT_LIMIT;
use super::{Floor, LegOwner, Output, Timer};
use crate::call::{AgentSide, Phase};
use crate::desk::Engagement;
use crate::edge::{Cause, EdgeCommand, EdgeEvent, Quality};
use crate::flow;
use crate::ids::{ContactId, LegId, RoomId, TrunkId, UserId};
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use crate::wire::desk::{Party, ToDesk, Via};
use crate::wire::visitor::ToVisitor;

impl Floor {
    pub(super) fn edge_event(&mut self, now: Timestamp, event: EdgeEvent) {
        match event {
            EdgeEvent::Living { legs, rooms, recordings, .. } => {
                self.living(now, &legs, &rooms, &recordings.into_iter().collect());
            }
            EdgeEvent::Incoming { leg, trunk, to, from, name } => self.incoming(now, leg, trunk, to, from, name),
            EdgeEvent::Connected { leg, answer } => self.connected(leg, answer),
            EdgeEvent::Ringing { leg, early_media } => self.far_ringing(now, leg, early_media),
            EdgeEvent::Answered { leg } => self.far_answered(now, leg),
            EdgeEvent::Media { leg, flowing } => self.media(now, leg, flowing),
            EdgeEvent::FarHold { leg, held } => match self.legs.get(&leg).copied() {
                Some(LegOwner::Telephone(user)) => self.telephone_holds(now, user, held),
                // The far end hears what it wants; our side stays as it is.
                Some(
                    LegOwner::Customer(_)
                    | LegOwner::Agent(_)
                    | LegOwner::Outside(_)
                    | LegOwner::Guest(_)
                    | LegOwner::Referrer(_),
                )
                | None => {}
            },
            EdgeEvent::Digit { leg, digit } => match self.legs.get(&leg).copied() {
                Some(LegOwner::Customer(contact)) => self.pressed(now, contact, digit),
                Some(LegOwner::Outside(contact)) => self.outside_key(now, contact, leg, digit),
                Some(LegOwner::Telephone(user)) => self.telephone_key(now, user, digit),
                Some(LegOwner::Agent(_) | LegOwner::Guest(_) | LegOwner::Referrer(_)) | None => {}
            },
            EdgeEvent::Referred { leg, to } => self.referred(now, leg, to),
            EdgeEvent::SourceEnded { room, source } => match self.contact_of(room) {
                Some(contact) => self.played(now, contact, source),
                None => {
                    // Else it is a meeting's, or of nobody any more.
                    let _ = self.meeting_played(room, source);
                }
            },
            EdgeEvent::Ended { leg, cause, quality } => self.leg_ended(now, leg, cause, quality),
            EdgeEvent::Recorded { recording, length, fault } => {
                self.recorded(now, recording, length, fault);
            }
            EdgeEvent::Quiet { recording, spoken } => self.quiet(now, recording, spoken),
            EdgeEvent::Fax { leg } => self.fax(now, leg),
            // The shell answers whoever asked for the test.
            EdgeEvent::TrunkTested { .. } => {}
        }
    }

    fn incoming(
        &mut self,
        now: Timestamp,
        leg: LegId,
        trunk: TrunkId,
        to: PhoneNumber,
        from: Option<PhoneNumber>,
        name: Option<String>,
    ) {
        let number = self.setup.number(trunk, &to);
        let blocked = from.as_ref().is_some_and(|from| self.setup.lists.blocks(now, from));
        let refusal = if self.draining { Some(Cause::Congestion) } else { None };
        let (Some(number), None) = (number, refusal) else {
            return self.edge(EdgeCommand::End { leg, cause: refusal.unwrap_or(Cause::NotFound) });
        };
        let (entered, walk) = (number.id, self.walk_of(number, from.as_ref()));
        let party = Party { number: from, name, via: Via::Phone { called: to }, card: None };
        let contact = self.new_call(now, leg, true, party, Phase::Portal(walk));
        self.with_call(contact, |call| call.entered = Some(entered));
        if blocked {
            // Busy before anything answers, and a record: who blocks a number wants to see that it helps.
            return self.end_call(now, contact, Cause::Busy);
        }
        self.portal(now, contact, flow::Input::Start);
    }

    fn connected(&mut self, leg: LegId, answer: String) {
        match self.legs.get(&leg).copied() {
            Some(LegOwner::Agent(user)) => {
                if let Some(desk) = self.agents.get(&user).and_then(|agent| agent.desk.as_ref()) {
                    let socket = desk.socket;
                    self.tell_desk(socket, ToDesk::Answer { sdp: answer });
                }
            }
            Some(LegOwner::Customer(contact)) => self.tell_visitor(contact, ToVisitor::Answer { sdp: answer }),
            Some(LegOwner::Outside(_) | LegOwner::Guest(_) | LegOwner::Telephone(_) | LegOwner::Referrer(_)) | None => {
            }
        }
    }

    fn far_ringing(&mut self, now: Timestamp, leg: LegId, early: bool) {
        let contact = match self.legs.get(&leg).copied() {
            Some(LegOwner::Customer(contact)) => contact,
            Some(LegOwner::Guest(contact)) => return self.guest_ringing(now, contact, early),
            // The caller goes on hearing our ringing.
            Some(LegOwner::Agent(_) | LegOwner::Outside(_) | LegOwner::Telephone(_) | LegOwner::Referrer(_)) | None => {
                return;
            }
        };
        let Some(call) = self.calls.get_mut(&contact) else { return };
        if let Phase::Dialling { early_media } = &mut call.phase
            && early
            && !std::mem::replace(early_media, true)
        {
            self.play(now, contact, None);
        }
    }

    /// A dialled party answered.
    fn far_answered(&mut self, now: Timestamp, leg: LegId) {
        let contact = match self.legs.get(&leg).copied() {
            Some(LegOwner::Customer(contact)) => contact,
            Some(LegOwner::Outside(contact)) => return self.outside_answered(now, contact, leg),
            Some(LegOwner::Guest(contact)) => return self.guest_answered(now, contact),
            Some(LegOwner::Telephone(user)) => return self.telephone_answered(now, user, leg),
            Some(LegOwner::Agent(_) | LegOwner::Referrer(_)) | None => return,
        };
        let Some(call) = self.calls.get_mut(&contact) else { return };
        call.customer.answered = true;
        match (&call.phase, call.agent.clone()) {
            (Phase::Dialling { .. }, Some(agent)) => {
                // Whoever was there before the far end passed the call on has been there since then.
                let since = if call.referred { agent.since } else { now };
                self.talk(now, contact, AgentSide { since, ..agent });
                self.referral_answered(contact);
            }
            (Phase::Dialling { .. }, None) if call.callback.is_some() => self.called_customer_answered(now, contact),
            _ => {}
        }
    }

    /// Sound stopped or came back.
    fn media(&mut self, now: Timestamp, leg: LegId, flowing: bool) {
        match self.legs.get(&leg).copied() {
            Some(LegOwner::Agent(user)) => self.set_silent(now, user, !flowing),
            Some(LegOwner::Guest(contact)) => self.guest_silent(now, contact, leg, !flowing),
            Some(LegOwner::Customer(contact)) => {
                self.with_call(contact, |call| call.customer.silent_since = (!flowing).then_some(now));
                self.customer_silent(now, contact);
            }
            // Nobody is left alone by it: who hears the silence hangs up.
            Some(LegOwner::Outside(_) | LegOwner::Telephone(_) | LegOwner::Referrer(_)) | None => {}
        }
    }

    /// Noted also of an agent who has muted, and whose page may therefore send nothing: only silence of a page that is
    /// gone has consequences, see [`Floor::silent_for_long`].
    fn set_silent(&mut self, now: Timestamp, user: UserId, silent: bool) {
        if self.agents.get(&user).is_some_and(|agent| agent.telephone.is_some()) {
            return;
        }
        if let Some((contact, leg)) = self.guest_leg(user) {
            return self.guest_silent(now, contact, leg, silent);
        }
        let contact = self.agents.get(&user).and_then(|agent| agent.activity.engaged().contact());
        let Some(contact) = contact else { return };
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let together = matches!(call.phase, Phase::Talking | Phase::Held);
        let Some(agent) = call.agent.as_mut().filter(|agent| agent.user == user) else { return };
        if agent.silent == silent || (silent && !together) {
            return;
        }
        agent.silent = silent;
        agent.silent_since = silent.then_some(now);
        self.keep_company(now, contact);
        if silent {
            self.timers.insert((now + SILENT_LIMIT, Timer::Silent(contact)));
        }
    }

    fn leg_ended(&mut self, now: Timestamp, leg: LegId, cause: Cause, quality: Quality) {
        match self.legs.get(&leg).copied() {
            Some(LegOwner::Customer(contact)) => self.customer_gone(now, contact, cause, quality),
            Some(LegOwner::Agent(user)) => self.agent_leg_gone(now, leg, user),
            Some(LegOwner::Outside(contact)) => self.outside_gone(now, contact, leg, cause),
            Some(LegOwner::Guest(contact)) => self.guest_gone(now, contact, leg, cause, quality),
            Some(LegOwner::Telephone(user)) => self.telephone_gone(now, user, leg, cause),
            Some(LegOwner::Referrer(contact)) => self.referrer_gone(now, contact, leg, cause, quality),
            None => {}
        }
    }

    /// An agent's connection is gone: what rings goes to others, who talks is kept company until the page is back.
    fn agent_leg_gone(&mut self, now: Timestamp, leg: LegId, user: UserId) {
        self.legs.remove(&leg);
        let Some(agent) = self.agents.get_mut(&user) else { return };
        agent.leg = None;
        self.touched_agents.insert(user);
        if agent.telephone.is_some() {
            return;
        }
        match agent.activity.engaged() {
            Engagement::Ringing(_) => self.lose_offer(now, user),
            Engagement::Dialling(contact) => self.end_call(now, contact, Cause::Lost),
            Engagement::Talking(_) | Engagement::Hold(_) => self.set_silent(now, user, true),
            Engagement::Free | Engagement::WrapUp(..) => {}
        }
    }

    fn contact_of(&self, room: RoomId) -> Option<ContactId> {
        self.rooms.get(&room).copied()
    }

    pub(super) fn tell_visitor(&mut self, contact: ContactId, message: ToVisitor) {
        if let Some(visitor) = self.visitor_of.get(&contact) {
            let socket = visitor.socket;
            self.out.push_back(Output::Visitor { socket, message });
        }
    }
}
