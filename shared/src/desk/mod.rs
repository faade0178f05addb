//! An agent's state (坐席状态), derived from four facts that cannot contradict each other.
//!
//! What the agent *wants* (ready, busy for a reason, or gone), whether an offer was *missed*, whether the desk's
//! connection is *lost*, and what the agent is *engaged* in. [`Activity::state`] is a function of these, so there is no
//! state that two events could leave half-changed. Every change of the derived state closes a span for attendance.

use crate::ids::ContactId;
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{AgentState, AgentStatus, WantedState};
use serde::{Deserialize, Serialize};

/// How long a desk's connection may be lost before its agent counts as disconnected: a reload, a change of network.
pub const GRACE: Millis = Millis::from_secs(15);

/// What an agent is busy with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Engagement {
    /// Nothing.
    Free,
    /// An offer rings.
    Ringing(ContactId),
    /// A dialled party rings.
    Dialling(ContactId),
    /// Talking.
    Talking(ContactId),
    /// The customer is on hold.
    Hold(ContactId),
    /// After the call, at the latest until then.
    WrapUp(ContactId, Timestamp),
}

impl Engagement {
    /// The contact at hand.
    #[must_use]
    pub fn contact(self) -> Option<ContactId> {
        match self {
            Self::Free => None,
            Self::Ringing(contact)
            | Self::Dialling(contact)
            | Self::Talking(contact)
            | Self::Hold(contact)
            | Self::WrapUp(contact, _) => Some(contact),
        }
    }
}

/// A span of time in one state that has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Which state.
    pub state: AgentState,
    /// The contact it belonged to.
    pub contact: Option<ContactId>,
    /// From.
    pub began: Timestamp,
    /// To.
    pub ended: Timestamp,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    wanted: Option<WantedState>,
    missed: bool,
    lost: bool,
    engaged: Engagement,
    since: Timestamp,
}

impl Activity {
    /// Somebody who is not signed in.
    #[must_use]
    pub const fn offline(now: Timestamp) -> Self {
        Self { wanted: None, missed: false, lost: false, engaged: Engagement::Free, since: now }
    }

    /// The state that follows from the facts.
    #[must_use]
    pub fn state(&self) -> AgentState {
        match self.engaged {
            Engagement::Ringing(_) => AgentState::Ringing,
            Engagement::Dialling(_) => AgentState::Dialling,
            Engagement::Talking(_) => AgentState::Talking,
            Engagement::Hold(_) => AgentState::Hold,
            Engagement::WrapUp(..) => AgentState::WrapUp,
            Engagement::Free => match &self.wanted {
                None => AgentState::Offline,
                Some(_) if self.lost => AgentState::Disconnected,
                Some(WantedState::Ready) if self.missed => AgentState::Missed,
                Some(WantedState::Ready) => AgentState::Ready,
                Some(WantedState::Busy { reason }) => AgentState::Busy(*reason),
            },
        }
    }

    /// Since when in this state.
    #[must_use]
    pub fn since(&self) -> Timestamp {
        self.since
    }

    /// What the agent is busy with.
    #[must_use]
    pub fn engaged(&self) -> Engagement {
        self.engaged
    }

    /// Whether somebody sits at the desk, or sat there until a moment ago.
    #[must_use]
    pub fn signed_in(&self) -> bool {
        self.wanted.is_some()
    }

    /// Whether something else than *ready* follows what is at hand.
    #[must_use]
    pub fn goes_away(&self) -> bool {
        self.wanted != Some(WantedState::Ready)
    }

    /// As the desk shows it. While engaged, `next` says what follows unless that is plainly *ready*.
    #[must_use]
    pub fn status(&self) -> AgentStatus {
        let next = match (self.engaged, &self.wanted) {
            (Engagement::Free, _) | (_, Some(WantedState::Ready) | None) => None,
            (_, wanted) => wanted.clone(),
        };
        AgentStatus { state: self.state(), since: self.since, next }
    }

    /// The agent chooses ready or busy, or leaves (`None`); while engaged it takes effect afterwards.
    pub fn want(&mut self, now: Timestamp, wanted: Option<WantedState>) -> Option<Span> {
        self.change(now, |it| {
            it.wanted = wanted;
            it.missed = false;
        })
    }

    /// An offer rang out unanswered.
    pub fn miss(&mut self, now: Timestamp) -> Option<Span> {
        self.change(now, |it| {
            it.engaged = Engagement::Free;
            it.missed = true;
        })
    }

    /// The desk's connection was lost for longer than [`GRACE`], or is back.
    pub fn lose(&mut self, now: Timestamp, lost: bool) -> Option<Span> {
        self.change(now, |it| it.lost = lost)
    }

    /// The agent turns to something else.
    pub fn engage(&mut self, now: Timestamp, engaged: Engagement) -> Option<Span> {
        self.change(now, |it| it.engaged = engaged)
    }

    /// Applies `change`; when the derived state or the contact is another one, the old span is over.
    fn change(&mut self, now: Timestamp, change: impl FnOnce(&mut Self)) -> Option<Span> {
        let (state, contact) = (self.state(), self.engaged.contact());
        change(self);
        if (self.state(), self.engaged.contact()) == (state, contact) {
            return None;
        }
        let began = std::mem::replace(&mut self.since, now);
        Some(Span { state, contact, began, ended: now })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::desk::BusyReason;

    const CALL: ContactId = ContactId::from_u128(1);

    fn ready() -> Activity {
        let mut it = Activity::offline(Timestamp(0));
        it.want(Timestamp(10), Some(WantedState::Ready));
        it
    }

    #[test]
    fn every_change_closes_the_span_before_it() {
        let mut it = ready();
        let span = it.engage(Timestamp(20), Engagement::Ringing(CALL)).unwrap();
        assert_eq!((span.state, span.began, span.ended), (AgentState::Ready, Timestamp(10), Timestamp(20)));
        let span = it.engage(Timestamp(25), Engagement::Talking(CALL)).unwrap();
        assert_eq!((span.state, span.contact), (AgentState::Ringing, Some(CALL)));
        assert_eq!(it.engage(Timestamp(26), Engagement::Talking(CALL)), None, "nothing changed");
        assert_eq!(it.since(), Timestamp(25));
    }

    #[test]
    fn a_break_asked_for_during_a_call_comes_after_it() {
        let mut it = ready();
        it.engage(Timestamp(20), Engagement::Talking(CALL));
        let busy = WantedState::Busy { reason: BusyReason::Meal };
        assert_eq!(it.want(Timestamp(21), Some(busy.clone())), None);
        assert_eq!(it.state(), AgentState::Talking);
        assert_eq!(it.status().next, Some(busy));
        it.engage(Timestamp(30), Engagement::WrapUp(CALL, Timestamp(60)));
        it.engage(Timestamp(40), Engagement::Free);
        assert_eq!(it.state(), AgentState::Busy(BusyReason::Meal));
    }

    #[test]
    fn a_missed_offer_lasts_until_the_agent_says_ready() {
        let mut it = ready();
        it.engage(Timestamp(20), Engagement::Ringing(CALL));
        it.miss(Timestamp(40));
        assert_eq!(it.state(), AgentState::Missed);
        it.want(Timestamp(50), Some(WantedState::Ready));
        assert_eq!(it.state(), AgentState::Ready);
    }

    #[test]
    fn a_lost_desk_talks_on_and_is_disconnected_afterwards() {
        let mut it = ready();
        it.engage(Timestamp(20), Engagement::Talking(CALL));
        it.lose(Timestamp(35), true);
        assert_eq!(it.state(), AgentState::Talking);
        it.engage(Timestamp(50), Engagement::Free);
        assert_eq!(it.state(), AgentState::Disconnected);
        it.lose(Timestamp(60), false);
        assert_eq!(it.state(), AgentState::Ready);
    }
}
