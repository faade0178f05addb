//! Whom an agent reaches to the side of a call: what is refused before anything rings, and how it then rings.

use super::commands::DIAL_TIMEOUT;
use super::{Floor, LegOwner, Timer};
use crate::call::guest::{Guest, MAX_EARLIER, MAX_PARTIES, Who};
use crate::call::{Call, CustomerSide, Phase, Side};
use crate::desk::Engagement;
use crate::edge::{EdgeCommand, LegRole, Sound};
use crate::ids::{ContactId, FlowId, LegId, OfferId, QueueId, RoomId, TrunkId, UserId};
use crate::perms::{Permission, allowed};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::WireError;
use crate::wire::desk::AgentState;
use crate::wire::parties::{Mode, Purpose, Target};

/// How long a colleague who is asked directly may let it ring: no queue says how long, and a customer waits behind it.
const ASK_TIMEOUT: Millis = Millis::from_secs(30);

/// Added to the priority of a colleague who asks a queue: a customer waits behind them.
const ASK_BONUS: u8 = 2;

/// Added to the priority of a customer who was passed on to a queue: they have waited before.
pub(super) const PASSED_ON_BONUS: u8 = 2;

/// Somebody who may be reached now.
enum Reachable {
    Agent(UserId),
    Queue(QueueId),
    Number { to: PhoneNumber, trunk: TrunkId, from: PhoneNumber },
    Flow(FlowId),
}

impl Floor {
    /// Asks somebody to the side, or passes the customer straight on to a queue.
    pub(super) fn reach(
        &mut self,
        now: Timestamp,
        user: UserId,
        contact: ContactId,
        target: &Target,
        purpose: Purpose,
    ) -> Result<(), WireError> {
        let call = self.led(user, contact)?;
        let consults = self.consult_of(call).is_some();
        if call.parties() >= MAX_PARTIES {
            return Err(WireError::new("conference.full").with("limit", MAX_PARTIES));
        }
        match purpose {
            Purpose::Invite => {}
            Purpose::Consult | Purpose::Transfer if consults => return Err(WireError::new("consult.one_at_a_time")),
            Purpose::Consult | Purpose::Transfer if call.earlier.len() >= MAX_EARLIER => {
                return Err(WireError::new("transfer.too_many").with("limit", MAX_EARLIER));
            }
            Purpose::Consult | Purpose::Transfer => {}
        }
        let (reachable, with) = self.reachable(now, user, target)?;
        match (&reachable, purpose) {
            (Reachable::Queue(queue), Purpose::Transfer) => {
                self.pass_to_queue(now, contact, *queue);
                return Ok(());
            }
            (Reachable::Flow(flow), Purpose::Transfer) => {
                self.pass_to_flow(now, contact, *flow);
                return Ok(());
            }
            // A machine is not asked for its opinion, and is no company.
            (Reachable::Flow(_), Purpose::Consult | Purpose::Invite) => {
                return Err(WireError::new("transfer.flow_only_blind"));
            }
            (Reachable::Agent(_) | Reachable::Number { .. }, _)
            | (Reachable::Queue(_), Purpose::Consult | Purpose::Invite) => {}
        }
        let Some(side) = self.open_side(now, contact, Side { of: contact, by: user, purpose, with, front: false })
        else {
            return Err(WireError::new("contact.gone"));
        };
        match purpose {
            Purpose::Consult => self.bring_front(now, contact, side, true),
            Purpose::Transfer => self.hold(now, contact, true),
            Purpose::Invite => {}
        }
        match reachable {
            Reachable::Agent(asked) => self.ring(now, side, asked),
            Reachable::Queue(queue) => self.enqueue(now, side, queue, ASK_BONUS),
            Reachable::Number { to, trunk, from } => self.dial_guest(now, side, to, trunk, from),
            Reachable::Flow(_) => {}
        }
        Ok(())
    }

    /// Who is meant, with their name or number, if they can be reached now. Counts a call to an outside number, so nothing
    /// may refuse after it.
    fn reachable(&mut self, now: Timestamp, user: UserId, target: &Target) -> Result<(Reachable, String), WireError> {
        match target {
            Target::Agent { user: asked } if *asked == user => Err(WireError::new("transfer.self")),
            Target::Agent { user: asked } => {
                let agent = self.agents.get(asked).ok_or_else(|| WireError::new("agent.unknown"))?;
                let name = self.name_of(*asked);
                let there = agent.can_hear() && agent.desk.is_some();
                match agent.activity.state() {
                    AgentState::Ready | AgentState::Busy(_) | AgentState::Missed if there => {
                        Ok((Reachable::Agent(*asked), name))
                    }
                    AgentState::Ready
                    | AgentState::Busy(_)
                    | AgentState::Missed
                    | AgentState::Offline
                    | AgentState::Disconnected => Err(WireError::new("agent.offline").with("name", name)),
                    AgentState::Ringing
                    | AgentState::Dialling
                    | AgentState::Talking
                    | AgentState::Hold
                    | AgentState::WrapUp => Err(WireError::new("agent.engaged").with("name", name)),
                }
            }
            Target::Queue { queue } => {
                let known = self.setup.queues.get(queue).ok_or_else(|| WireError::new("queue.unknown"))?;
                Ok((Reachable::Queue(*queue), known.name.clone()))
            }
            Target::Flow { flow } => {
                let name = self.setup.flow_name(*flow).ok_or_else(|| WireError::new("flow.unknown"))?;
                Ok((Reachable::Flow(*flow), name.to_owned()))
            }
            Target::Number { number } => {
                let roles = self.setup.users.get(&user).map_or(&[][..], |user| &user.roles);
                if !allowed(roles, Permission::Dial) {
                    return Err(WireError::new("not_allowed"));
                }
                if self.draining {
                    return Err(WireError::new("dial.stopping"));
                }
                let (trunk, from) = self.setup.route(number).ok_or_else(|| WireError::new("number.not_allowed"))?;
                self.permit(now)?;
                Ok((Reachable::Number { to: number.clone(), trunk, from }, number.as_str().to_owned()))
            }
        }
    }

    /// A new call at the side, in which nobody rings yet; the asking agent is in the customer's place.
    fn open_side(&mut self, now: Timestamp, contact: ContactId, side: Side) -> Option<ContactId> {
        let (id, room) = (ContactId(self.ids.next(now)), RoomId(self.ids.next(now)));
        let call = self.calls.get_mut(&contact)?;
        let agent = call.agent.as_ref()?;
        let asker = CustomerSide {
            leg: agent.leg,
            sip: false,
            answered: true,
            alerted: true,
            silent_since: None,
            hushed: agent.muted,
            gone: None,
        };
        call.sides.push(id);
        call.side_ended = None;
        let dialling = Phase::Dialling { early_media: false };
        let call = Call { side: Some(side), ..Self::blank(now, id, room, call.party.clone(), asker, dialling) };
        self.rooms.insert(room, id);
        self.calls.insert(id, call);
        self.touched_calls.extend([contact, id]);
        Some(id)
    }

    /// Rings at one agent's desk, past all queues.
    fn ring(&mut self, now: Timestamp, side: ContactId, asked: UserId) {
        let (offer, until) = (OfferId(self.ids.next(now)), now + ASK_TIMEOUT);
        self.with_call(side, |call| call.enter(now, Phase::Asked { offer, user: asked, until }));
        self.play(now, side, Some(Sound::Ringback));
        self.act(now, asked, |activity| activity.engage(now, Engagement::Ringing(side)));
        // At once, so that no queue offers them anything within this very input.
        self.tell_availability(now, asked);
        self.timers.insert((until, Timer::Asked(side)));
    }

    fn dial_guest(&mut self, now: Timestamp, side: ContactId, to: PhoneNumber, trunk: TrunkId, from: PhoneNumber) {
        let leg = LegId(self.ids.next(now));
        let who = Who::Outside(to.clone());
        let guest = Guest { who, leg, since: now, mode: Mode::Talks, muted: false, hushed: false, silent_since: None };
        self.with_call(side, |call| call.guests.push(guest));
        self.play(now, side, Some(Sound::Ringback));
        self.legs.insert(leg, LegOwner::Guest(side));
        self.edge(EdgeCommand::Dial { leg, role: LegRole::Dialled(side), trunk, to, from, timeout: DIAL_TIMEOUT });
    }

    /// Somebody's shown name.
    pub(super) fn name_of(&self, user: UserId) -> String {
        self.setup.users.get(&user).map(|user| user.name.clone()).unwrap_or_default()
    }
}
