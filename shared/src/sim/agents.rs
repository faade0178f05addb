//! Agents of a simulated day: their pages, their connections, and what they do about what they see.

use super::edge::Apart;
use super::{Day, Event, Observe};
use crate::edge::{Cause, EdgeEvent, LegRole};
use crate::floor::{Input, SocketId};
use crate::ids::{ContactId, LegId};
use crate::phone::PhoneNumber;
use crate::wire::desk::{
    AgentState, BusyReason, ContactPhase, ContactView, Desk, DeskChange, DeskCommand, ToDesk, WantedState, WrapUpForm,
};
use uuid::Uuid;

/// Longer than the floor waits for a lost page before it signs its agent out.
const GIVEN_UP: i64 = 700_000;
/// How long an agent who signed out stays away.
const PAUSE: i64 = 300_000;

const READY: DeskCommand = DeskCommand::SetState { state: WantedState::Ready };

impl Day<'_> {
    /// A page opens; it connects its sound and says ready when it has seen how things stand.
    pub(super) fn sit(&mut self, agent: usize, observe: &mut Observe<'_>) {
        if self.edge.apart == Apart::CoreDead {
            return self.after(1_000, Event::Sits(agent));
        }
        let socket = self.next_socket();
        self.sockets.retain(|_, of| *of != agent);
        self.sockets.insert(socket, agent);
        let tab = Uuid::from_u128(agent as u128);
        let user = self.agents[agent];
        self.step(Some(Input::DeskOpened { user, socket, tab, take_over: false }), observe);
        if self.random.chance(self.plan.habits.repeats)
            && let Some((id, command)) = self.last.get(&agent).cloned()
            && self.sockets.contains_key(&socket)
        {
            self.step(Some(Input::Desk { socket, id, command }), observe);
        }
    }

    fn socket_of(&self, agent: usize) -> Option<SocketId> {
        self.sockets.iter().find(|(_, of)| **of == agent).map(|(socket, _)| *socket)
    }

    /// An agent asks for something; nothing comes of it when the page is not there.
    pub(super) fn asks(&mut self, agent: usize, command: DeskCommand, observe: &mut Observe<'_>) {
        let Some(socket) = self.socket_of(agent) else { return };
        self.asked += 1;
        let id = Uuid::from_u128(self.asked);
        self.last.insert(agent, (id, command.clone()));
        self.step(Some(Input::Desk { socket, id, command }), observe);
    }

    pub(super) fn dials(&mut self, agent: usize, observe: &mut Observe<'_>) {
        let to = PhoneNumber::parse("13900139000").expect("digits");
        self.asks(agent, DeskCommand::Dial { to }, observe);
    }

    /// The page is gone: its socket at once, its sound in most cases too; it comes back, sooner or later.
    pub(super) fn desk_lost(&mut self, agent: usize, observe: &mut Observe<'_>) {
        let Some(socket) = self.socket_of(agent) else { return };
        self.sockets.remove(&socket);
        let away = if self.random.chance(self.plan.habits.stays_away) { GIVEN_UP } else { 0 };
        let back = away + self.random.between(500, 60_000);
        self.after(back, Event::Sits(agent));
        if let Some(leg) = self.leg_of(agent) {
            match self.random.place(3) {
                // The network hiccups: the socket is gone, the sound is not.
                0 => {}
                // The page reloads: silence, until it connects again.
                1 => {
                    self.after(100, Event::Edge(EdgeEvent::Media { leg, flowing: false }));
                    self.after(back + 500, Event::Edge(EdgeEvent::Media { leg, flowing: true }));
                }
                // The browser is closed.
                _ => self.after(3_000, Event::LegEnds(leg, Cause::Lost)),
            }
        }
        self.step(Some(Input::DeskClosed { socket }), observe);
    }

    /// The agent's sound stops for a while, or its connection ends.
    pub(super) fn sound_lost(&mut self, agent: usize, observe: &mut Observe<'_>) {
        let Some(leg) = self.leg_of(agent) else { return };
        if self.random.chance(40) {
            return self.leg_ends(leg, Cause::Lost, observe);
        }
        let back = self.random.between(500, 50_000);
        self.after(back, Event::Edge(EdgeEvent::Media { leg, flowing: true }));
        self.report_event(EdgeEvent::Media { leg, flowing: false }, observe);
    }

    fn leg_of(&self, agent: usize) -> Option<LegId> {
        let role = Some(LegRole::Agent(self.agents[agent]));
        self.edge.legs.iter().find(|(_, (of, _))| *of == role).map(|(leg, _)| *leg)
    }

    pub(super) fn reads(&mut self, socket: SocketId, message: ToDesk) {
        let Some(agent) = self.sockets.get(&socket).copied() else { return };
        match message {
            ToDesk::Change { change, .. } => self.shown(agent, *change),
            ToDesk::Snapshot { desk, .. } => self.first_look(agent, *desk),
            ToDesk::Answer { .. }
            | ToDesk::Done { .. }
            | ToDesk::Refused { .. }
            | ToDesk::InUse
            | ToDesk::TakenOver
            | ToDesk::SignedOut
            | ToDesk::Reload
            | ToDesk::Pong { .. }
            | ToDesk::Messages
            | ToDesk::Floor { .. } => {}
        }
    }

    /// A page that has just opened: everything there is to see at once.
    fn first_look(&mut self, agent: usize, desk: Desk) {
        if !desk.connected {
            self.after(50, Event::Connects(agent));
        }
        match desk.status.state {
            AgentState::Busy(_) | AgentState::Missed => self.after(100, Event::Returns(agent)),
            AgentState::Offline
            | AgentState::Ready
            | AgentState::Ringing
            | AgentState::Dialling
            | AgentState::Talking
            | AgentState::Hold
            | AgentState::WrapUp
            | AgentState::Disconnected => {}
        }
        self.shown(agent, DeskChange::Offer(desk.offer));
        self.shown(agent, DeskChange::Contact(desk.contact));
        self.shown(agent, DeskChange::Tasks(desk.tasks));
    }

    /// What an agent does about what the desk shows.
    fn shown(&mut self, agent: usize, change: DeskChange) {
        match change {
            DeskChange::Offer(Some(card)) => {
                if self.random.chance(self.plan.habits.answers) {
                    let after = self.random.between(500, 12_000);
                    self.after(after, Event::Asks(agent, DeskCommand::Accept { offer: card.offer }));
                } else {
                    // Looked away; back after a while.
                    self.after(90_000, Event::Returns(agent));
                }
                self.maybe_picked_up(agent, card.contact);
                self.mishap(agent, 15_000);
            }
            DeskChange::Contact(Some(view)) => self.on_contact(agent, &view),
            DeskChange::Connected(false) => {
                let after = self.random.between(300, 5_000);
                self.after(after, Event::Connects(agent));
            }
            DeskChange::Tasks(board) => self.tasks_shown(agent, board),
            DeskChange::Offer(None)
            | DeskChange::Contact(None)
            | DeskChange::Status(_)
            | DeskChange::Telephone(_)
            | DeskChange::Connected(true) => {}
        }
    }

    /// Something may happen to the page or to the sound within this time.
    fn mishap(&mut self, agent: usize, within: i64) {
        let after = self.random.between(0, within);
        if self.random.chance(self.plan.habits.desk_lost) {
            self.after(after, Event::DeskLost(agent));
        }
        if self.random.chance(self.plan.habits.sound_lost) {
            self.after(after / 2, Event::SoundLost(agent));
        }
    }

    fn on_contact(&mut self, agent: usize, view: &ContactView) {
        let contact = view.contact;
        match view.phase {
            ContactPhase::Talking if self.talking.insert((contact, agent)) => self.talks(agent, contact),
            ContactPhase::WrapUp { .. } if self.wrapping.insert((contact, agent)) => self.wraps_up(agent, contact),
            ContactPhase::Talking | ContactPhase::WrapUp { .. } | ContactPhase::Dialling | ContactPhase::Hold => {}
        }
    }

    fn talks(&mut self, agent: usize, contact: ContactId) {
        let habits = self.plan.habits;
        let talk = self.random.between(20_000, self.plan.talk.0);
        self.after(talk, Event::Asks(agent, DeskCommand::HangUp { contact }));
        let on_and_off = |chance: bool, on: DeskCommand, off: DeskCommand| chance.then_some([(3, on), (2, off)]);
        let hold = |on| DeskCommand::Hold { contact, on };
        let mute = |on| DeskCommand::Mute { contact, on };
        let held = on_and_off(self.random.chance(habits.holds), hold(true), hold(false));
        let muted = on_and_off(self.random.chance(habits.mutes), mute(true), mute(false));
        for (share, command) in held.into_iter().chain(muted).flatten() {
            self.after(talk / share, Event::Asks(agent, command));
        }
        self.shares(agent, contact, talk);
        self.mishap(agent, talk);
    }

    fn wraps_up(&mut self, agent: usize, contact: ContactId) {
        let after = self.random.between(2_000, 40_000);
        if self.random.chance(self.plan.habits.finishes) {
            let form = WrapUpForm::default();
            self.after(after, Event::Asks(agent, DeskCommand::FinishWrapUp { contact, form }));
        }
        if self.random.chance(self.plan.habits.dials) {
            self.after(after + 200, Event::Dials(agent));
        }
        if self.random.chance(self.plan.habits.signs_out) {
            self.after(after + 100, Event::Asks(agent, DeskCommand::SignOut));
            self.after(after + PAUSE, Event::Sits(agent));
        } else if self.random.chance(self.plan.habits.signs_out) {
            let state = WantedState::Busy { reason: BusyReason::Break };
            self.after(after / 2, Event::Asks(agent, DeskCommand::SetState { state }));
            self.after(after + PAUSE, Event::Returns(agent));
        }
        self.mishap(agent, after);
    }

    pub(super) fn returns(&mut self, agent: usize, observe: &mut Observe<'_>) {
        self.asks(agent, READY, observe);
    }

    pub(super) fn connects(&mut self, agent: usize, observe: &mut Observe<'_>) {
        self.asks(agent, DeskCommand::Connect { sdp: String::new() }, observe);
    }
}
