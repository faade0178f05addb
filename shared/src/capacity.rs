//! How much an agent takes at once, by channel, and what may interrupt what.
//!
//! There is one distribution for each channel ([`crate::acd`]), and one function here that says whether an agent can take
//! one more of a channel with what is at hand: [`Capacity::takes`]. A call is one at a time, since nobody listens to two;
//! nothing rings into a wrap-up, which is never skipped. What is left is the tenant's choice: how many tasks, and whether
//! calls and tasks may come to somebody who has the other at hand.

use crate::wire::desk::PassedOverReason;
use serde::{Deserialize, Serialize};

/// Tasks that one agent may have in hand at most: more is a list, not work at hand.
pub const MOST_TASKS: u8 = 20;

/// What is distributed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Calls: by telephone, from a page, and callbacks that the floor dials.
    Call,
    /// Tasks that voicemail and duty rota leave: somebody is to be called back, in the agent's own time.
    Task,
}

/// `GET|PUT /api/capacity`: what a tenant has decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Capacity {
    /// Tasks that an agent has in hand at most, 0 to [`MOST_TASKS`]; 0: none is handed out, they wait on the page.
    pub tasks: u8,
    /// A call may come to somebody with tasks in hand, which then wait.
    pub calls_interrupt_tasks: bool,
    /// A task may be offered to somebody in a call.
    pub tasks_interrupt_calls: bool,
    /// A task may be offered to somebody in wrap-up.
    pub tasks_interrupt_wrap_up: bool,
}

impl Default for Capacity {
    fn default() -> Self {
        Self { tasks: 0, calls_interrupt_tasks: true, tasks_interrupt_calls: false, tasks_interrupt_wrap_up: false }
    }
}

/// What an agent who is there has at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AtHand {
    /// The call, or what follows it.
    pub call: OnCall,
    /// Tasks in hand, and one that is being offered.
    pub tasks: usize,
}

/// How far an agent is with a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnCall {
    /// There is none.
    #[default]
    Free,
    /// One rings, or is dialled: for some seconds nothing else may ask for attention.
    Rings,
    /// They talk, or the customer is on hold.
    Talks,
    /// It is over, and written up.
    WrapUp,
}

impl Capacity {
    /// Whether tasks are handed out at all.
    #[must_use]
    pub const fn hands_out(&self) -> bool {
        self.tasks > 0
    }

    /// Whether an agent takes one more of this channel.
    ///
    /// # Errors
    /// Why not.
    pub fn takes(&self, channel: Channel, at_hand: AtHand) -> Result<(), PassedOverReason> {
        let free = match (channel, at_hand.call) {
            (_, OnCall::Free) => true,
            (Channel::Call, OnCall::Rings | OnCall::Talks | OnCall::WrapUp) | (Channel::Task, OnCall::Rings) => false,
            (Channel::Task, OnCall::Talks) => self.tasks_interrupt_calls,
            (Channel::Task, OnCall::WrapUp) => self.tasks_interrupt_wrap_up,
        };
        if !free {
            return Err(PassedOverReason::OnContact);
        }
        match channel {
            Channel::Call if at_hand.tasks > 0 && !self.calls_interrupt_tasks => Err(PassedOverReason::OnTask),
            Channel::Task if at_hand.tasks >= usize::from(self.tasks) => Err(PassedOverReason::Full),
            Channel::Call | Channel::Task => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [OnCall; 4] = [OnCall::Free, OnCall::Rings, OnCall::Talks, OnCall::WrapUp];

    fn takes(capacity: Capacity, channel: Channel, call: OnCall, tasks: usize) -> bool {
        capacity.takes(channel, AtHand { call, tasks }).is_ok()
    }

    #[test]
    fn a_call_is_one_at_a_time_and_never_comes_into_a_wrap_up() {
        let everything =
            Capacity { tasks: 3, tasks_interrupt_calls: true, tasks_interrupt_wrap_up: true, ..Capacity::default() };
        for call in ALL {
            assert_eq!(takes(everything, Channel::Call, call, 0), call == OnCall::Free, "{call:?}");
            assert_eq!(takes(everything, Channel::Task, call, 0), call != OnCall::Rings, "{call:?}");
        }
    }

    #[test]
    fn what_may_interrupt_what_is_the_tenants_choice() {
        let plain = Capacity { tasks: 2, ..Capacity::default() };
        assert!(takes(plain, Channel::Call, OnCall::Free, 2), "tasks wait for a call");
        assert!(!takes(plain, Channel::Task, OnCall::Talks, 0) && !takes(plain, Channel::Task, OnCall::WrapUp, 0));
        let undisturbed = Capacity { calls_interrupt_tasks: false, ..plain };
        assert!(takes(undisturbed, Channel::Call, OnCall::Free, 0));
        let why = undisturbed.takes(Channel::Call, AtHand { call: OnCall::Free, tasks: 1 });
        assert_eq!(why, Err(PassedOverReason::OnTask));
    }

    #[test]
    fn nobody_gets_more_tasks_than_they_may_have() {
        let two = Capacity { tasks: 2, ..Capacity::default() };
        assert!(takes(two, Channel::Task, OnCall::Free, 1));
        assert_eq!(two.takes(Channel::Task, AtHand { call: OnCall::Free, tasks: 2 }), Err(PassedOverReason::Full));
        assert!(!takes(Capacity::default(), Channel::Task, OnCall::Free, 0), "none is handed out");
    }
}
