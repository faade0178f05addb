//! Who hears whom: what the edge was told, and what it must be told again after a separation.

use crate::Step;
use crate::desks::Desks;
use hark_shared::edge::{EdgeCommand, EdgeEvent, LegRole, LivingLeg, RoomPlan, Stage, Voice};
use hark_shared::facts::Fact;
use hark_shared::floor::{Input, Output};
use hark_shared::ids::{ContactId, LegId, RecordingId, RoomId, UserId};
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::desk::{DeskCommand, ToDesk};
use std::collections::{BTreeMap, BTreeSet};

/// How long an agent who has lifted the mute may take to be heard.
const SPEAKS_WITHIN: Millis = Millis::from_secs(2);
/// How long a customer is kept with an agent whose page and sound are both gone, and a moment for the clock.
const GIVEN_UP_AFTER: Millis = Millis(30_001);

#[derive(Default)]
pub struct Rooms {
    /// Whether agents share calls on this day: rooms of more than two, and rooms of agents at the side.
    pub company: bool,
    rooms: BTreeMap<RoomId, RoomPlan>,
    roles: BTreeMap<LegId, LegRole>,
    answered: BTreeSet<LegId>,
    muted: BTreeSet<ContactId>,
    unmuted: BTreeMap<ContactId, Timestamp>,
    /// Agents' legs that have ended, and when.
    dead: BTreeMap<LegId, Timestamp>,
    now: Timestamp,
    over: BTreeSet<ContactId>,
    begun: BTreeSet<RecordingId>,
    closed: BTreeSet<RecordingId>,
}

impl Rooms {
    pub fn see(&mut self, step: &Step, contact_of: &BTreeMap<LegId, ContactId>, desks: &Desks) -> Result<(), String> {
        self.now = step.now;
        match step.input {
            Some(Input::Edge(EdgeEvent::Answered { leg })) => {
                self.answered.insert(*leg);
            }
            Some(Input::Edge(EdgeEvent::Ended { leg, .. })) => {
                self.dead.insert(*leg, step.now);
            }
            _ => {}
        }
        self.mute(step);
        for output in step.outputs {
            match output {
                Output::Edge(command) => self.command(command),
                Output::Fact(fact) => self.fact(&fact.fact)?,
                _ => {}
            }
        }
        self.no_leg_is_in_two_rooms()?;
        for plan in self.rooms.values() {
            self.sound(plan, contact_of, desks)?;
        }
        if let Some(Input::Edge(EdgeEvent::Living { legs, rooms, .. })) = step.input {
            self.taken_up(step, legs, rooms)?;
        }
        Ok(())
    }

    fn mute(&mut self, step: &Step) {
        let Some(Input::Desk { id, command, .. }) = step.input else { return };
        let done = |output: &Output| matches!(output, Output::Desk { message, .. } if matches!(message.as_ref(), ToDesk::Done { id: done } if done == id));
        if let DeskCommand::Mute { contact, on } = command
            && step.outputs.iter().any(done)
        {
            if *on {
                self.muted.insert(*contact);
            } else if self.muted.remove(contact) {
                self.unmuted.insert(*contact, step.now);
            }
        }
    }

    fn command(&mut self, command: &EdgeCommand) {
        match command {
            EdgeCommand::SetRoom(plan) => {
                self.begun.extend(plan.recording.as_ref().map(|recording| recording.recording));
                self.rooms.insert(plan.room, plan.clone());
            }
            EdgeCommand::CloseRoom { room } => {
                self.rooms.remove(room);
            }
            EdgeCommand::Answer { leg, role } => {
                self.answered.insert(*leg);
                self.roles.insert(*leg, role.clone());
            }
            EdgeCommand::Dial { leg, role, .. } | EdgeCommand::Connect { leg, role, .. } => {
                self.roles.insert(*leg, role.clone());
            }
            _ => {}
        }
    }

    fn fact(&mut self, fact: &Fact) -> Result<(), String> {
        match fact {
            Fact::Contact(record) => {
                self.over.insert(record.id);
            }
            // Another agent may take over: muting was the first one's.
            Fact::Leg(leg) if leg.agent.is_some() => {
                self.muted.remove(&leg.contact);
            }
            Fact::Recording(recording) => {
                if !self.begun.contains(&recording.id) || !self.closed.insert(recording.id) {
                    return Err(format!("{} is closed twice, or never began", recording.id));
                }
            }
            Fact::Leg(_)
            | Fact::Offer(_)
            | Fact::Span(_)
            | Fact::Consult(_)
            | Fact::Audit(_)
            | Fact::Message(_)
            | Fact::Callback(_)
            | Fact::Trail(_)
            | Fact::Survey(_) => {}
        }
        Ok(())
    }

    fn no_leg_is_in_two_rooms(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        let mut legs = self.rooms.values().flat_map(|plan| &plan.listeners).map(|listener| listener.leg);
        legs.find(|leg| !seen.insert(*leg)).map_or(Ok(()), |leg| Err(format!("{leg} is in two rooms")))
    }

    /// A room has one customer and at most one agent, who is at that contact; nobody hears what is not in the room; and
    /// a customer hears something, unless the agent has muted or has only dialled so far.
    fn sound(&self, plan: &RoomPlan, contact_of: &BTreeMap<LegId, ContactId>, desks: &Desks) -> Result<(), String> {
        let legs: Vec<LegId> = plan.listeners.iter().map(|listener| listener.leg).collect();
        let (mut customers, mut agents) = (Vec::new(), Vec::<(UserId, LegId)>::new());
        for leg in &legs {
            match self.roles.get(leg) {
                Some(LegRole::Agent(user)) => agents.push((*user, *leg)),
                Some(LegRole::Customer(contact) | LegRole::Dialled(contact)) => customers.push((*leg, *contact)),
                None => customers.extend(contact_of.get(leg).map(|contact| (*leg, *contact))),
            }
        }
        if self.company && (customers.len() != 1 || agents.len() != 1) {
            return self.company(plan, &customers, &agents, desks);
        }
        let ([(customer, contact)], true) = (&customers[..], agents.len() <= 1) else {
            return Err(format!("strange company: {plan:?}"));
        };
        if self.over.contains(contact) {
            return Err(format!("{contact} is over, but its room is open"));
        }
        for voice in plan.listeners.iter().flat_map(|listener| &listener.hears) {
            let there = match voice {
                Voice::Leg(leg) => legs.contains(leg),
                Voice::Source(source) => plan.sources.iter().any(|known| known.id == *source),
            };
            if !there {
                return Err(format!("{voice:?} is not in the room: {plan:?}"));
            }
        }
        for (user, leg) in &agents {
            let lost = self.dead.get(leg).copied().zip(desks.gone_since(*user)).map(|(dead, gone)| dead.max(gone));
            if lost.is_some_and(|since| self.now.since(since) > GIVEN_UP_AFTER) {
                return Err(format!("{contact} is kept with {user}, who is gone since {lost:?}"));
            }
        }
        if let Some(desk) = agents.first().and_then(|(user, _)| desks.of(*user)).filter(|_| !self.company)
            && desk.contact.as_ref().map(|view| view.contact) != Some(*contact)
        {
            return Err(format!("an agent is heard in {contact}, the desk shows {:?}", desk.contact));
        }
        let hears_nothing =
            plan.listeners.iter().any(|listener| listener.leg == *customer && listener.hears.is_empty());
        let speaks_soon = self.unmuted.get(contact).is_some_and(|since| self.now.since(*since) <= SPEAKS_WITHIN);
        let dialled = matches!(self.roles.get(customer), Some(LegRole::Dialled(_)));
        if hears_nothing
            && !speaks_soon
            && !self.muted.contains(contact)
            && (!dialled || self.answered.contains(customer))
        {
            return Err(format!("{contact} sits in silence: {plan:?}"));
        }
        Ok(())
    }

    /// More than two, or agents at the side of a call: each agent's desk shows a contact; no customer of ours is there
    /// whose call is over, and none of them hears nothing.
    fn company(
        &self,
        plan: &RoomPlan,
        customers: &[(LegId, ContactId)],
        agents: &[(UserId, LegId)],
        desks: &Desks,
    ) -> Result<(), String> {
        for (user, _) in agents {
            if desks.of(*user).is_some_and(|desk| desk.contact.is_none()) {
                return Err(format!("{user} is heard, and the desk shows nothing: {plan:?}"));
            }
        }
        for voice in plan.listeners.iter().flat_map(|listener| &listener.hears) {
            let there = match voice {
                Voice::Leg(leg) => plan.listeners.iter().any(|listener| listener.leg == *leg),
                Voice::Source(source) => plan.sources.iter().any(|known| known.id == *source),
            };
            if !there {
                return Err(format!("{voice:?} is not in the room: {plan:?}"));
            }
        }
        let ours = |leg: &LegId| matches!(self.roles.get(leg), Some(LegRole::Customer(_)));
        for (leg, contact) in customers.iter().filter(|(leg, _)| ours(leg)) {
            if self.over.contains(contact) {
                return Err(format!("{contact} is over, but its room is open"));
            }
            let silent = |listener: &&hark_shared::edge::Listener| listener.leg == *leg && listener.hears.is_empty();
            if plan.listeners.iter().any(|listener| silent(&listener)) {
                return Err(format!("{contact} sits in silence: {plan:?}"));
            }
        }
        let many = customers.iter().filter(|(leg, _)| ours(leg)).count();
        if many > 1 { Err(format!("two customers in one room: {plan:?}")) } else { Ok(()) }
    }

    /// After a separation the edge is told everything that it may not have heard.
    fn taken_up(&self, step: &Step, legs: &[LivingLeg], rooms: &[RoomId]) -> Result<(), String> {
        let said = |wanted: &EdgeCommand| {
            step.outputs.iter().any(|output| matches!(output, Output::Edge(command) if command == wanted))
        };
        for plan in self.rooms.values() {
            if !said(&EdgeCommand::SetRoom(plan.clone())) {
                return Err(format!("room {} is not said again", plan.room));
            }
        }
        for room in rooms.iter().filter(|room| !self.rooms.contains_key(room)) {
            if !said(&EdgeCommand::CloseRoom { room: *room }) {
                return Err(format!("room {room} stays open"));
            }
        }
        for living in legs {
            let ended = step
                .outputs
                .iter()
                .any(|output| matches!(output, Output::Edge(EdgeCommand::End { leg, .. }) if *leg == living.leg));
            let role = self.roles.get(&living.leg);
            let over = matches!(role, Some(LegRole::Customer(contact) | LegRole::Dialled(contact)) if self.over.contains(contact));
            if over && !ended {
                return Err(format!("{} is left alone", living.leg));
            }
            let waits = living.stage == Stage::Waiting && !over && self.answered.contains(&living.leg);
            if let Some(role) = role.filter(|_| waits)
                && !said(&EdgeCommand::Answer { leg: living.leg, role: role.clone() })
            {
                return Err(format!("{} is not answered", living.leg));
            }
        }
        Ok(())
    }

    pub fn close(&self) -> Result<(), String> {
        if !self.rooms.is_empty() {
            return Err(format!("rooms are left: {:?}", self.rooms));
        }
        if self.begun != self.closed {
            return Err(format!("recordings are left: {:?}", self.begun.difference(&self.closed)));
        }
        Ok(())
    }
}
