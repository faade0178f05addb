//! Why an offer went to this agent: taken from the indexes at the moment of the decision.

use super::{Acd, At, Availability, Place, TOP_LEVEL};
use crate::ids::{QueueId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{Candidate, Explanation, PassedOver, PassedOverReason, Preferred};

/// How many candidates an explanation names; the full list is recomputed by replay when somebody asks.
const BEST: usize = 5;

impl Acd {
    /// One for each agent who is rung: the agent first, then the others, best first. Costs the same for ten agents and
    /// ten thousand.
    pub(super) fn explain(&self, now: Timestamp, place: &Place, rung: &[UserId]) -> Vec<Explanation> {
        let Some(queue) = self.queues.get(&place.queue) else {
            return rung.iter().map(|_| Explanation::default()).collect();
        };
        let stage = match place.at {
            At::Stage(stage) => Some(stage),
            At::Agent(_) => None,
        };
        // For whom it waits alone nobody competes: the others are not candidates.
        let ranking = stage.map_or_else(|| rung.to_vec(), |stage| queue.best(stage, BEST.max(rung.len())));
        let mut passed_over = queue.passed_over();
        let reason = if stage.is_some() { PassedOverReason::NotYet } else { PassedOverReason::NotPreferred };
        let own = rung.iter().filter(|user| stage.is_none() && self.fits(**user, place.queue)).count();
        let count = queue.ready_beyond(stage).saturating_sub(u32::try_from(own).unwrap_or(0));
        passed_over.extend((count > 0).then_some(PassedOver { reason, count }));
        let preferred = place.prefers.and_then(|prefers| {
            let agent = self.agents.get(&prefers.user)?;
            Some(Preferred { user: prefers.user, name: agent.name.clone(), alone: stage.is_none() })
        });
        let waited = now.since(place.entered);
        let whole = Explanation {
            best: Vec::new(),
            passed_over,
            waiting: u32::try_from(queue.waiting()).unwrap_or(u32::MAX),
            priority: now.0 - place.rank,
            strategy: queue.rules.strategy,
            rung: u8::try_from(rung.len()).unwrap_or(u8::MAX),
            step: queue.step_at(stage.unwrap_or_else(|| queue.stage_at(waited))),
            steps: u8::try_from(queue.rules.steps.len()).unwrap_or(u8::MAX),
            preferred,
        };
        let best_of = |winner: UserId| {
            let others = ranking.iter().copied().filter(|user| *user != winner);
            let named = std::iter::once(winner).chain(others).take(BEST);
            named.filter_map(|user| self.candidate(now, place.queue, user)).collect()
        };
        rung.iter().map(|winner| Explanation { best: best_of(*winner), ..whole.clone() }).collect()
    }

    fn fits(&self, user: UserId, queue: QueueId) -> bool {
        self.agents.get(&user).is_some_and(|agent| agent.fit(queue).is_some())
    }

    fn candidate(&self, now: Timestamp, queue_id: QueueId, user: UserId) -> Option<Candidate> {
        let (agent, queue) = (self.agents.get(&user)?, self.queues.get(&queue_id)?);
        let fit = agent.fit(queue_id);
        let idle = match agent.standing.availability {
            Availability::Ready(since) => now.since(since),
            Availability::Not(_) => Millis::ZERO,
        };
        Some(Candidate {
            user,
            name: agent.name.clone(),
            level: fit.map_or(TOP_LEVEL, |fit| fit.level),
            idle,
            contacts: agent.standing.load.contacts,
            talked: agent.standing.load.talked,
            step: fit.map_or(0, |fit| fit.step),
            turns_ago: queue.turns_ago(user),
            order: queue.order_of(user).map(|order| order + 1),
        })
    }
}
