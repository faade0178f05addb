//! The floor in figures, for those who watch the server: counted anew whenever asked, so that no count can drift.

use super::{Floor, LegOwner};
use crate::ids::QueueId;
use crate::wire::desk::AgentState;
use std::collections::BTreeMap;

/// How it stands on the floor at this moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Calls that are not over.
    pub calls: usize,
    /// Agents in each state; states without anybody are left out.
    pub agents: BTreeMap<AgentState, usize>,
    /// Each queue's name and how many contacts wait in it, those that ring at a desk left out.
    pub waiting: BTreeMap<QueueId, (String, usize)>,
    /// Legs of customers, by telephone or web.
    pub customer_legs: usize,
    /// Agents' browser connections.
    pub agent_legs: usize,
}

impl Floor {
    /// See [`Figures`].
    #[must_use]
    pub fn figures(&self) -> Figures {
        let mut agents = BTreeMap::new();
        for agent in self.agents.values() {
            *agents.entry(agent.activity.state()).or_default() += 1;
        }
        let queues = self.setup.queues.values();
        let agent_legs =
            self.legs.values().filter(|owner| matches!(owner, LegOwner::Agent(_) | LegOwner::Telephone(_))).count();
        Figures {
            calls: self.live_calls(),
            agents,
            waiting: queues.map(|queue| (queue.id, (queue.name.clone(), self.waiting(queue.id)))).collect(),
            customer_legs: self.legs.len() - agent_legs,
            agent_legs,
        }
    }
}
