//! What ranks agents, counted from facts and offers: since when they are idle, contacts, talk, turns; and who may take
//! whom after what wait. As documented with `wire::routing`.

use hark_shared::facts::SpanFact;
use hark_shared::ids::{QueueId, UserId};
use hark_shared::setup::TenantSetup;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::desk::AgentState;
use hark_shared::wire::rest::{Queue, SkillLevel, User};
use hark_shared::wire::routing::Strategy;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
struct Figure {
    /// The state before the present one.
    last: Option<AgentState>,
    /// Since when idle, if what rang since then came to nothing.
    idle: Option<Timestamp>,
    contacts: i64,
    talked: i64,
}

#[derive(Default)]
pub struct Figures {
    agents: BTreeMap<UserId, Figure>,
    turns: BTreeMap<(QueueId, UserId), i64>,
    rounds: i64,
    /// Queues that give turns.
    gives: BTreeSet<QueueId>,
}

impl Figures {
    pub fn span(&mut self, span: &SpanFact) {
        let figure = self.agents.entry(span.agent).or_default();
        match span.state {
            AgentState::Offline => (figure.contacts, figure.talked) = (0, 0),
            AgentState::Talking | AgentState::Hold => {
                figure.talked += (span.ended - span.began).0;
                let went_on = matches!(figure.last, Some(AgentState::Talking | AgentState::Hold));
                figure.contacts += i64::from(!went_on);
            }
            _ => {}
        }
        match span.state {
            AgentState::Ready => figure.idle = figure.idle.or(Some(span.began)),
            AgentState::Ringing => {}
            _ => figure.idle = None,
        }
        figure.last = Some(span.state);
    }

    /// Agents who were rung in this step; those of one round have had their turn at the same time.
    pub fn rung(&mut self, rung: impl Iterator<Item = (QueueId, UserId)>) {
        self.rounds += 1;
        self.turns.extend(rung.filter(|(queue, _)| self.gives.contains(queue)).map(|key| (key, self.rounds)));
    }

    /// Who takes no contacts any more has no turns either.
    pub fn set_up(&mut self, setup: &TenantSetup) {
        let takes = |id: &UserId| setup.users.iter().any(|user| user.id == *id && user.active);
        let gives = setup.queues.iter().filter(|queue| queue.routing.strategy == Strategy::RoundRobin);
        self.gives = gives.map(|queue| queue.id).collect();
        self.turns.retain(|(queue, user), _| takes(user) && self.gives.contains(queue));
    }

    /// Since when an agent is idle who shows *ready* since `shown`, or did so until they were rung.
    pub fn idle(&self, user: UserId, shown: Timestamp) -> Timestamp {
        let kept = [Some(AgentState::Ready), Some(AgentState::Ringing)];
        let figure = self.agents.get(&user).filter(|figure| kept.contains(&figure.last));
        figure.and_then(|figure| figure.idle).unwrap_or(shown)
    }

    /// What the queue's strategy makes of an agent who shows *ready* since `shown`; smaller goes first.
    pub fn key(&self, queue: &Queue, user: &User, shown: Timestamp) -> (i64, Timestamp) {
        let idle = self.idle(user.id, shown);
        let figure = self.agents.get(&user.id);
        let first = match queue.routing.strategy {
            Strategy::LongestIdle => idle.0,
            Strategy::FewestContacts => figure.map_or(0, |figure| figure.contacts),
            Strategy::LeastTalk => figure.map_or(0, |figure| figure.talked),
            Strategy::HighestSkill => {
                let met = asked(queue).enumerate().find_map(|(step, (_, wanted))| Some((step, level(wanted, user)?)));
                met.map_or(i64::MAX, |(step, level)| 10 * step as i64 + 9 - i64::from(level))
            }
            Strategy::RoundRobin => self.turns.get(&(queue.id, user.id)).copied().unwrap_or(0),
            Strategy::Linear => {
                let place = queue.routing.members.iter().position(|member| member.user == user.id);
                place.map_or(i64::MAX, |place| place as i64)
            }
        };
        // Within a round somebody was first, and only the engine knows who.
        let second = if queue.routing.strategy == Strategy::RoundRobin { Timestamp(0) } else { idle };
        (first, second)
    }
}

fn asked(queue: &Queue) -> impl Iterator<Item = (Millis, &Vec<SkillLevel>)> {
    let steps = queue.routing.steps.iter().map(|step| (step.after, &step.skills));
    std::iter::once((Millis::ZERO, &queue.skills)).chain(steps)
}

/// The lowest level among what is wanted, if the user has it all.
fn level(wanted: &[SkillLevel], user: &User) -> Option<u8> {
    let has = |wanted: &SkillLevel| {
        let known = user.skills.iter().find(|known| known.skill == wanted.skill)?;
        (known.level >= wanted.level).then_some(known.level)
    };
    wanted.iter().map(has).try_fold(9, |lowest, level| Some(level?.min(lowest)))
}

/// From what wait on the set-up lets this agent take this queue's contacts; `None` is never.
pub fn from(queue: &Queue, user: &User) -> Option<Millis> {
    if !user.active || !user.queues.contains(&queue.id) {
        return None;
    }
    let (step, _) = asked(queue).find(|(_, wanted)| level(wanted, user).is_some())?;
    let member = queue.routing.members.iter().find(|member| member.user == user.id);
    Some(step.max(member.map_or(Millis::ZERO, |member| member.delay)))
}
