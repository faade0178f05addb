//! What the distribution is told of queues and agents, and how it takes over new rules while people wait.

use super::queue::Queue;
use super::{Acd, Agent, Availability, Load, Output, Standing};
use crate::ids::{QueueId, SkillId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::PassedOverReason;
use crate::wire::routing::{Member, Strategy};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a queue asks of its agents and grants its contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueRules {
    /// Which queue.
    pub queue: QueueId,
    /// Skills that an agent must have, at least at these levels.
    pub skills: Vec<(SkillId, u8)>,
    /// 0 to 9; higher goes first.
    pub priority: u8,
    /// How long an offer rings.
    pub offer_timeout: Millis,
    /// Which of the free agents comes first.
    #[serde(default)]
    pub strategy: Strategy,
    /// How many are rung at once; 0 counts as 1.
    #[serde(default)]
    pub ring: u8,
    /// What is enough after so long: at most [`MOST_STEPS`](crate::wire::routing::MOST_STEPS), the rest counts for nothing.
    #[serde(default)]
    pub steps: Vec<StepRules>,
    /// The fixed order and the delays; members who are not named come last, at once.
    #[serde(default)]
    pub members: Vec<Member>,
}

/// What is enough after so long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRules {
    /// How long the contact has waited in this queue.
    pub after: Millis,
    /// Skills that an agent must have then, at least at these levels.
    pub skills: Vec<(SkillId, u8)>,
}

/// An agent as routing sees one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentRules {
    /// Who.
    pub user: UserId,
    /// The shown name, for explanations.
    pub name: String,
    /// Skills and levels, 1 to 9.
    pub skills: Vec<(SkillId, u8)>,
    /// The queues served.
    pub queues: Vec<QueueId>,
}

impl Acd {
    /// Builds queues and agents anew; standings, paces and turns go on, and who waits enters the new lines.
    pub(super) fn set_rules(&mut self, now: Timestamp, queues: Vec<QueueRules>, agents: Vec<AgentRules>) {
        let mut known = std::mem::take(&mut self.agents);
        let mut before: BTreeMap<QueueId, Queue> = std::mem::take(&mut self.queues);
        for rules in queues {
            let queue = before.remove(&rules.queue);
            self.queues.insert(rules.queue, Queue::new(rules, queue));
        }
        for rules in agents {
            let offline =
                Standing { availability: Availability::Not(PassedOverReason::Offline), load: Load::default() };
            let (standing, handles) =
                known.remove(&rules.user).map_or((offline, None), |agent| (agent.standing, agent.handles));
            let queues = rules.queues.iter();
            let serves: Vec<_> = queues
                .filter_map(|id| self.queues.get(id).map(|queue| (*id, queue.fit_of(rules.user, &rules.skills))))
                .collect();
            for (queue, fit) in &serves {
                if let Some(queue) = self.queues.get_mut(queue) {
                    queue.add(rules.user, *fit, standing);
                }
            }
            let agent = Agent { name: rules.name, serves, standing, own: BTreeSet::new(), handles };
            self.agents.insert(rules.user, agent);
        }
        for queue in self.queues.values_mut() {
            queue.forget_turns(|user| self.agents.contains_key(user));
        }
        self.resettle(now);
    }

    /// Puts everybody who waits into the new lines and offers what can be offered.
    fn resettle(&mut self, now: Timestamp) {
        self.wakes.clear();
        let (housed, homeless): (Vec<_>, Vec<_>) = self
            .places
            .iter()
            .map(|(contact, place)| (*contact, place.queue))
            .partition(|(_, queue)| self.queues.contains_key(queue));
        for (contact, _) in homeless {
            self.leave(contact);
            self.out.push_back(Output::Homeless(contact));
        }
        for (contact, _) in housed {
            self.enter(now, contact);
        }
        let awaited = self.agents.iter().filter(|(_, agent)| agent.is_ready() && !agent.own.is_empty());
        for user in awaited.map(|(user, _)| *user).collect::<Vec<_>>() {
            self.serve_agent(now, user);
        }
        self.serve_queues(now, &self.queues.keys().copied().collect());
    }
}
