//! Agents at their desks: sockets come and go, states change, availability follows.

use super::answered::Answered;
use super::setup::takes_contacts;
use super::tasks::TaskSide;
use super::telephone::{Line, Telephone};
use super::{Floor, LegOwner, Output, SocketId, Timer};
use crate::acd::{self, Availability, Load};
use crate::capacity::{AtHand, Capacity, Channel, OnCall};
use crate::desk::{Activity, Engagement, GRACE, Span};
use crate::edge::{Cause, EdgeCommand, LegRole};
use crate::engine::Engine;
use crate::facts::{Fact, SpanFact};
use crate::ids::{LegId, SpanId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{AgentState, BusyReason, Desk, PassedOverReason, ToDesk, WantedState};
use crate::wire::parties::{FloorView, Watch};
use crate::wire::rest::OfferEnd;
use crate::wire::routing::WrapUpMode;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How long an agent stays *disconnected* before the floor signs them out: a network outage, not a shift's end.
const GIVE_UP: Millis = Millis::from_secs(600);

/// An agent of the floor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Agent {
    pub activity: Activity,
    /// The browser's warm connection, while it lives.
    pub leg: Option<LegId>,
    /// The telephone on which calls are taken instead.
    #[serde(default)]
    pub telephone: Option<Telephone>,
    /// The one active desk.
    pub desk: Option<OpenDesk>,
    /// What their pages asked for last.
    #[serde(default)]
    pub answered: Answered,
    /// What the distribution was told last.
    told: Availability,
    #[serde(default)]
    told_load: Load,
    /// What they did since they signed in.
    #[serde(default)]
    load: Load,
    /// Since when idle, while what rang since then came to nothing: an offer that others took is no work.
    #[serde(default)]
    idle: Option<Timestamp>,
    pub lost_since: Option<Timestamp>,
    /// Tasks, offered and in hand.
    #[serde(default)]
    pub tasks: TaskSide,
}

/// An open desk and what its page knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenDesk {
    pub socket: SocketId,
    tab: Uuid,
    pub seq: u64,
    pub shown: Option<Box<Desk>>,
    /// Which live lists its page wants.
    #[serde(default)]
    pub watch: Watch,
    /// The list it knows.
    #[serde(default)]
    pub watched: Option<Box<FloorView>>,
}

impl Agent {
    pub fn new(now: Timestamp) -> Self {
        Self {
            activity: Activity::offline(now),
            leg: None,
            telephone: None,
            desk: None,
            answered: Answered::default(),
            told: Availability::Not(PassedOverReason::Offline),
            told_load: Load::default(),
            load: Load::default(),
            idle: None,
            lost_since: None,
            tasks: TaskSide::default(),
        }
    }

    /// Counts a span that ended: contacts and talk since signing in, and since when the agent is idle.
    fn book(&mut self, span: &Span) {
        match span.state {
            AgentState::Offline => (self.load, self.tasks.load) = (Load::default(), Load::default()),
            AgentState::Talking | AgentState::Hold => self.load.talked += span.ended.since(span.began),
            AgentState::Ready
            | AgentState::Busy(_)
            | AgentState::Ringing
            | AgentState::Dialling
            | AgentState::WrapUp
            | AgentState::Missed
            | AgentState::Disconnected => {}
        }
        self.tasks.passed &= self.activity.engaged() != Engagement::Free;
        let went_on = matches!(span.state, AgentState::Talking | AgentState::Hold);
        if self.activity.state() == AgentState::Talking && !went_on {
            self.load.contacts = self.load.contacts.saturating_add(1);
        }
        match span.state {
            AgentState::Ready => {
                self.idle.get_or_insert(span.began);
            }
            AgentState::Ringing => {}
            AgentState::Offline
            | AgentState::Busy(_)
            | AgentState::Dialling
            | AgentState::Talking
            | AgentState::Hold
            | AgentState::WrapUp
            | AgentState::Missed
            | AgentState::Disconnected => self.idle = None,
        }
    }

    /// Where the agent hears a call now: the browser's connection, or their telephone once it is in a call.
    pub fn ear(&self) -> Option<LegId> {
        match self.telephone.as_ref().map(|telephone| &telephone.line) {
            None => self.leg,
            Some(Line::Talks { leg }) => Some(*leg),
            Some(Line::Idle | Line::Rings { .. } | Line::Asks { .. }) => None,
        }
    }

    /// Whether the agent could hear a call that rings now.
    pub fn can_hear(&self) -> bool {
        self.leg.is_some() || self.telephone.is_some()
    }

    fn availability(&self, capacity: &Capacity) -> Availability {
        match self.activity.state() {
            // A page that reloads shows no offer: its agent stays *ready*, but is passed over for the moment.
            AgentState::Ready if !self.can_hear() || self.desk.is_none() => {
                Availability::Not(PassedOverReason::NoSound)
            }
            AgentState::Ready => match capacity.takes(Channel::Call, self.at_hand(OnCall::Free)) {
                Ok(()) => Availability::Ready(self.idle()),
                Err(reason) => Availability::Not(reason),
            },
            AgentState::Offline | AgentState::Disconnected => Availability::Not(PassedOverReason::Offline),
            AgentState::Busy(_) | AgentState::Missed => Availability::Not(PassedOverReason::Busy),
            AgentState::Ringing
            | AgentState::Dialling
            | AgentState::Talking
            | AgentState::Hold
            | AgentState::WrapUp => Availability::Not(PassedOverReason::OnContact),
        }
    }

    /// Since when ready, offers that came to nothing not counted.
    pub fn idle(&self) -> Timestamp {
        self.idle.unwrap_or(self.activity.since())
    }

    pub fn at_hand(&self, call: OnCall) -> AtHand {
        AtHand { call, tasks: self.tasks.hand.len() + usize::from(self.tasks.offer.is_some()) }
    }
}

impl Floor {
    pub(super) fn desk_opened(&mut self, now: Timestamp, user: UserId, socket: SocketId, tab: Uuid, take_over: bool) {
        let welcome = self.setup.users.get(&user).is_some_and(takes_contacts);
        if !welcome && self.spectator_opened(now, user, socket) {
            return;
        }
        let Some(agent) = self.agents.get_mut(&user).filter(|_| welcome) else {
            self.tell_desk(socket, ToDesk::SignedOut);
            self.out.push_back(Output::Close(socket));
            return;
        };
        if let Some(open) = &agent.desk {
            if open.tab != tab && !take_over {
                self.tell_desk(socket, ToDesk::InUse);
                self.out.push_back(Output::Close(socket));
                return;
            }
            let old = open.socket;
            self.desks.remove(&old);
            self.out.push_back(Output::Desk { socket: old, message: Box::new(ToDesk::TakenOver) });
            self.out.push_back(Output::Close(old));
        }
        agent.desk = Some(OpenDesk { socket, tab, seq: 0, shown: None, watch: Watch::Nothing, watched: None });
        agent.lost_since = None;
        self.desks.insert(socket, user);
        self.act(now, user, |activity| activity.lose(now, false));
        self.act(now, user, |activity| {
            if activity.signed_in() {
                None
            } else {
                activity.want(now, Some(WantedState::Busy { reason: BusyReason::BackOffice }))
            }
        });
    }

    /// The page is gone; whether its agent is, shows only after the grace.
    pub(super) fn desk_closed(&mut self, now: Timestamp, socket: SocketId) {
        self.spectators.remove(&socket);
        let Some(user) = self.desks.remove(&socket) else { return };
        let Some(agent) = self.agents.get_mut(&user) else { return };
        agent.desk = None;
        self.touched_agents.insert(user);
        if agent.activity.signed_in() {
            agent.lost_since = Some(now);
            self.timers.insert((now + GRACE, Timer::Grace(user)));
            self.timers.insert((now + GIVE_UP, Timer::GiveUp(user)));
        }
    }

    pub(super) fn grace_over(&mut self, now: Timestamp, user: UserId) {
        if !self.lost_for(now, user, GRACE) {
            return;
        }
        self.lose_offer(now, user);
        self.end_task_offer(now, user, OfferEnd::Lost);
        self.act(now, user, |activity| activity.lose(now, true));
    }

    pub(super) fn give_up(&mut self, now: Timestamp, user: UserId) {
        if self.lost_for(now, user, GIVE_UP) {
            self.leave(now, user);
        }
    }

    fn lost_for(&self, now: Timestamp, user: UserId, span: Millis) -> bool {
        let since = self.agents.get(&user).and_then(|agent| agent.lost_since);
        since.is_some_and(|since| now.since(since) >= span)
    }

    /// The agent signs out, or is given up: after the contact at hand offline, the browser's leg ended.
    pub(super) fn leave(&mut self, now: Timestamp, user: UserId) {
        self.act(now, user, |activity| activity.want(now, None));
        self.drop_tasks(now, user);
        let Some(agent) = self.agents.get_mut(&user) else { return };
        agent.lost_since = None;
        let engaged = agent.activity.engaged();
        // Nobody is left who could end it.
        if let Engagement::WrapUp(contact, _) = engaged
            && self.wrap_up_mode(contact) == WrapUpMode::MustClassify
        {
            return self.finish_wrap_up(now, user, contact);
        }
        let on_call = matches!(engaged, Engagement::Dialling(_) | Engagement::Talking(_) | Engagement::Hold(_));
        if on_call {
            return;
        }
        // Whoever sits down next says anew where they take calls.
        let called = self.agents.get_mut(&user).and_then(|agent| agent.telephone.take()?.line.leg());
        if let Some(leg) = called {
            self.edge(EdgeCommand::End { leg, cause: Cause::Normal });
        }
        if let Some(leg) = self.agents.get_mut(&user).and_then(|agent| agent.leg.take()) {
            self.legs.remove(&leg);
            self.edge(EdgeCommand::End { leg, cause: Cause::Normal });
        }
    }

    /// May no longer sign in: what rings goes to others, the desk is closed.
    pub(super) fn revoke(&mut self, now: Timestamp, user: UserId) {
        self.lose_offer(now, user);
        if let Some(open) = self.agents.get_mut(&user).and_then(|agent| agent.desk.take()) {
            self.desks.remove(&open.socket);
            self.tell_desk(open.socket, ToDesk::SignedOut);
            self.out.push_back(Output::Close(open.socket));
        }
        self.leave(now, user);
    }

    /// A new offer of the browser's: on its living leg, or on a new one.
    pub(super) fn connect(&mut self, now: Timestamp, user: UserId, offer: String) {
        let ids = &mut self.ids;
        let Some(agent) = self.agents.get_mut(&user) else { return };
        let leg = *agent.leg.get_or_insert_with(|| LegId(ids.next(now)));
        self.legs.insert(leg, LegOwner::Agent(user));
        self.touched_agents.insert(user);
        if self.agents.get(&user).is_some_and(|agent| agent.telephone.is_none()) {
            self.reseat(now, user, leg);
        }
        self.edge(EdgeCommand::Connect { leg, role: LegRole::Agent(user), offer });
    }

    /// Changes an agent's activity, stores the span that ended, and marks the agent as touched.
    pub(super) fn act(&mut self, now: Timestamp, user: UserId, change: impl FnOnce(&mut Activity) -> Option<Span>) {
        let Some(agent) = self.agents.get_mut(&user) else { return };
        self.touched_agents.insert(user);
        let Some(span) = change(&mut agent.activity) else { return };
        agent.book(&span);
        let id = SpanId(self.ids.next(now));
        self.fact(Fact::Span(SpanFact {
            id,
            agent: user,
            state: span.state,
            contact: span.contact,
            began: span.began,
            ended: span.ended,
        }));
    }

    pub(super) fn availability_changed(&self, user: UserId) -> bool {
        let capacity = &self.setup.capacity;
        let changed = |agent: &Agent| (agent.availability(capacity), agent.load) != (agent.told, agent.told_load);
        self.agents.get(&user).is_some_and(changed)
    }

    pub(super) fn tell_availability(&mut self, now: Timestamp, user: UserId) {
        let Some(agent) = self.agents.get_mut(&user) else { return };
        let (availability, load) = (agent.availability(&self.setup.capacity), agent.load);
        (agent.told, agent.told_load) = (availability, load);
        self.acd.handle(now, acd::Input::Agent { user, availability, load });
    }

    pub(super) fn tell_desk(&mut self, socket: SocketId, message: ToDesk) {
        self.out.push_back(Output::Desk { socket, message: Box::new(message) });
    }
}
