//! Why an offer went to this agent: taken from the indexes at the moment of the decision.

use super::{Acd, Availability, TOP_LEVEL};
use crate::ids::{ContactId, QueueId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{Candidate, Explanation};

/// How many candidates an explanation names; the full list is recomputed by replay when somebody asks.
const BEST: usize = 5;

impl Acd {
    /// The winner first, then those who would have been next. Costs the same for ten agents and ten thousand.
    pub(super) fn explain(&self, now: Timestamp, queue: QueueId, contact: ContactId, winner: UserId) -> Explanation {
        let Some(state) = self.queues.get(&queue) else { return Explanation::default() };
        let others = state.ready().map(|(_, user)| user).filter(|user| *user != winner);
        let best = std::iter::once(winner)
            .chain(others)
            .take(BEST)
            .filter_map(|user| {
                let agent = self.agents.get(&user)?;
                let level = agent.queues.iter().find(|(id, _)| *id == queue).and_then(|(_, level)| *level);
                let idle = match agent.availability {
                    Availability::Ready(since) => now.since(since),
                    Availability::Not(_) => Millis::ZERO,
                };
                Some(Candidate { user, name: agent.name.clone(), level: level.unwrap_or(TOP_LEVEL), idle })
            })
            .collect();
        let priority = self.places.get(&contact).map_or(0, |place| now.0 - place.rank);
        Explanation {
            best,
            passed_over: state.passed_over(),
            waiting: u32::try_from(state.waiting()).unwrap_or(u32::MAX),
            priority,
        }
    }
}
