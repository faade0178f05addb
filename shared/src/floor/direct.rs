//! A flow rings one agent's desk, past all queues: a number of their own, or a node that says who. The walk waits meanwhile,
//! and goes on if they do not answer.

use super::{Floor, Timer};
use crate::call::{Call, Phase};
use crate::desk::Engagement;
use crate::edge::{EdgeCommand, Sound};
use crate::flow::{self, Exit};
use crate::ids::{ContactId, OfferId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::AgentState;

impl Floor {
    /// Rings at an agent's desk for a caller in the portal. Who is not ready is not rung: a break is a break, whichever way
    /// a contact comes.
    pub(super) fn ring_agent(&mut self, now: Timestamp, contact: ContactId, user: UserId, ring: Millis) {
        let Some(Call { phase: Phase::Portal(run), customer, .. }) = self.calls.get_mut(&contact) else { return };
        let (walk, leg) = (run.clone(), customer.leg);
        if self.draining || !self.can_be_rung(user) {
            return self.portal(now, contact, flow::Input::NotReached(Exit::Otherwise));
        }
        let (offer, until) = (OfferId(self.ids.next(now)), now + ring);
        let mut rings = false;
        self.with_call(contact, |call| {
            call.resting = Some(walk);
            call.enter(now, Phase::Asked { offer, user, until });
            call.record = true;
            rings = !call.customer.answered;
            call.customer.alerted |= rings;
        });
        if rings {
            self.edge(EdgeCommand::Ring { leg, early_media: false });
        }
        self.play(now, contact, Some(Sound::Ringback));
        self.act(now, user, |activity| activity.engage(now, Engagement::Ringing(contact)));
        // At once, so that no queue offers them anything within this very input.
        self.tell_availability(now, user);
        self.timers.insert((until, Timer::Asked(contact)));
    }

    fn can_be_rung(&self, user: UserId) -> bool {
        let Some(agent) = self.agents.get(&user).filter(|agent| agent.can_hear() && agent.desk.is_some()) else {
            return false;
        };
        match agent.activity.state() {
            AgentState::Ready => true,
            AgentState::Busy(_)
            | AgentState::Missed
            | AgentState::Offline
            | AgentState::Disconnected
            | AgentState::Ringing
            | AgentState::Dialling
            | AgentState::Talking
            | AgentState::Hold
            | AgentState::WrapUp => false,
        }
    }

    /// The agent did not answer, or cannot any more: the walk goes on.
    pub(super) fn not_reached(&mut self, now: Timestamp, contact: ContactId) {
        self.stop_asking(now, contact);
        let Some(walk) = self.calls.get_mut(&contact).and_then(|call| call.resting.take()) else { return };
        self.with_call(contact, |call| {
            call.enter(now, Phase::Portal(walk));
            call.source = None;
        });
        self.portal(now, contact, flow::Input::NotReached(Exit::Otherwise));
    }

    /// Whoever a call rings directly is free of it.
    pub(super) fn stop_asking(&mut self, now: Timestamp, contact: ContactId) {
        if let Some(Call { phase: Phase::Asked { user, .. }, .. }) = self.calls.get(&contact) {
            let user = *user;
            self.let_go(now, user, contact);
        }
    }
}
