//! One queue: the lines of its contacts and its ready agents, all kept in order, and counts of those who are not ready.
//!
//! A queue has **stages**: the moments of a contact's waiting at which more agents come into question, because the
//! skills asked for are relaxed or a delay of some members is over. A contact is at the last stage that it has waited
//! for; an agent has the first stage at which it *fits*. Each stage has a line and a set of ready agents of its own, so
//! what suits whom is a look at the first of at most [`MOST_STAGES`] ordered sets, and nothing is scanned.

use super::pace::Pace;
use super::{AGE_PER_PRIORITY, Availability, QueueRules, Standing, TOP_LEVEL};
use crate::ids::{ContactId, SkillId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{PassedOver, PassedOverReason};
use crate::wire::routing::{MOST_DELAYS, MOST_STEPS, Strategy};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The beginning, every step and every delay.
const MOST_STAGES: usize = 1 + MOST_STEPS + MOST_DELAYS;

/// What the strategy makes of an agent: smaller comes first; equal figures end in the id.
pub(super) type Key = (i64, i64, UserId);

/// From when on an agent takes a queue's contacts, and how well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fit {
    /// The first stage.
    pub stage: usize,
    /// The first step whose skills are met; 0 is what the queue asks itself.
    pub step: u8,
    /// The lowest level among the skills that this step asks for.
    pub level: u8,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Stage {
    /// Begins after so long.
    after: Millis,
    /// Rank, then contact: the first is next.
    line: BTreeSet<(i64, ContactId)>,
    /// Agents who fit from this stage on, best first.
    ready: BTreeSet<Key>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Queue {
    pub rules: QueueRules,
    #[serde(default)]
    pub pace: Pace,
    #[serde(default)]
    stages: Vec<Stage>,
    /// Everybody who waits, at whatever stage or for one agent alone.
    line: BTreeSet<(i64, ContactId)>,
    /// How many members are not ready, by reason.
    not_ready: BTreeMap<PassedOverReason, u32>,
    /// A member's place in the fixed order, and delay.
    #[serde(default)]
    members: BTreeMap<UserId, (u32, Millis)>,
    /// Turns given so far, and the last one of each agent. One for each member at most.
    #[serde(default)]
    turn: i64,
    #[serde(default)]
    turns: BTreeMap<UserId, i64>,
}

impl Queue {
    /// An empty one; what it has learnt goes on.
    pub fn new(mut rules: QueueRules, before: Option<Self>) -> Self {
        rules.steps.truncate(MOST_STEPS);
        rules.steps.sort_by_key(|step| step.after);
        let members: BTreeMap<UserId, (u32, Millis)> =
            (0..).zip(&rules.members).map(|(place, member)| (member.user, (place, member.delay))).collect();
        let mut moments: BTreeSet<Millis> = rules.steps.iter().map(|step| step.after).collect();
        moments.extend(members.values().map(|(_, delay)| *delay));
        moments.insert(Millis::ZERO);
        let stage = |after| Stage { after, ..Stage::default() };
        let stages = moments.into_iter().take(MOST_STAGES).map(stage).collect();
        let (pace, turn, mut turns) = before.map(|queue| (queue.pace, queue.turn, queue.turns)).unwrap_or_default();
        if rules.strategy != Strategy::RoundRobin {
            turns = BTreeMap::new();
        }
        Self { rules, pace, stages, line: BTreeSet::new(), not_ready: BTreeMap::new(), members, turn, turns }
    }

    /// From when on somebody with `skills` serves this queue; `None` is never.
    pub fn fit_of(&self, user: UserId, skills: &[(SkillId, u8)]) -> Option<Fit> {
        let steps = self.rules.steps.iter().map(|step| (step.after, &step.skills));
        let asked = std::iter::once((Millis::ZERO, &self.rules.skills)).chain(steps);
        let mut met =
            (0..).zip(asked).filter_map(|(step, (after, wanted))| Some((step, after, level(wanted, skills)?)));
        let (step, after, level) = met.next()?;
        let delay = self.members.get(&user).map_or(Millis::ZERO, |(_, delay)| *delay);
        let from = after.max(delay);
        // Beyond the bound nobody is lost: the last stage is for all.
        let stage = self.stages.iter().position(|stage| stage.after >= from);
        Some(Fit { stage: stage.unwrap_or(self.stages.len().saturating_sub(1)), step, level })
    }

    /// The stage of a contact that has waited so long.
    pub fn stage_at(&self, waited: Millis) -> usize {
        self.stages.iter().rposition(|stage| stage.after <= waited).unwrap_or(0)
    }

    /// When a stage begins; `None` when there is none.
    pub fn begins(&self, stage: usize) -> Option<Millis> {
        self.stages.get(stage).map(|stage| stage.after)
    }

    /// Steps reached at a stage.
    pub fn step_at(&self, stage: usize) -> u8 {
        let Some(begun) = self.begins(stage) else { return 0 };
        let reached = self.rules.steps.iter().filter(|step| step.after <= begun).count();
        u8::try_from(reached).unwrap_or(u8::MAX)
    }

    fn key(&self, user: UserId, fit: Fit, since: Timestamp, standing: Standing) -> Key {
        let first = match self.rules.strategy {
            Strategy::LongestIdle => since.0,
            Strategy::FewestContacts => i64::from(standing.load.contacts),
            Strategy::LeastTalk => standing.load.talked.0,
            Strategy::HighestSkill => 10 * i64::from(fit.step) + i64::from(TOP_LEVEL.saturating_sub(fit.level)),
            Strategy::RoundRobin => self.turns.get(&user).copied().unwrap_or(0),
            Strategy::Linear => self.order_of(user).map_or(i64::MAX, i64::from),
        };
        (first, since.0, user)
    }

    /// The agent's place in the fixed order, from 0.
    pub fn order_of(&self, user: UserId) -> Option<u32> {
        self.members.get(&user).map(|(order, _)| *order)
    }

    /// How many turns others have had since this agent's last one.
    pub fn turns_ago(&self, user: UserId) -> Option<u32> {
        self.turns.get(&user).map(|turn| u32::try_from(self.turn - turn).unwrap_or(u32::MAX))
    }

    /// Counts an agent among the members.
    pub fn add(&mut self, user: UserId, fit: Option<Fit>, standing: Standing) {
        match reason(fit, standing.availability) {
            Ok((fit, since)) => {
                let key = self.key(user, fit, since, standing);
                if let Some(stage) = self.stages.get_mut(fit.stage) {
                    stage.ready.insert(key);
                }
            }
            Err(reason) => *self.not_ready.entry(reason).or_default() += 1,
        }
    }

    /// The opposite of [`Queue::add`], with the same standing.
    pub fn drop(&mut self, user: UserId, fit: Option<Fit>, standing: Standing) {
        match reason(fit, standing.availability) {
            Ok((fit, since)) => {
                let key = self.key(user, fit, since, standing);
                if let Some(stage) = self.stages.get_mut(fit.stage) {
                    stage.ready.remove(&key);
                }
            }
            Err(reason) => {
                if let Some(count) = self.not_ready.get_mut(&reason) {
                    *count = count.saturating_sub(1);
                }
            }
        }
    }

    /// The agent, who is not among the ready now, has had a turn.
    pub fn take_turn(&mut self, user: UserId) {
        if self.rules.strategy == Strategy::RoundRobin {
            self.turn += 1;
            self.turns.insert(user, self.turn);
        }
    }

    /// Keeps the turns of those who are known.
    pub fn forget_turns(&mut self, known: impl Fn(&UserId) -> bool) {
        self.turns.retain(|user, _| known(user));
    }

    /// `stage` is `None` for who waits for one agent alone.
    pub fn enter(&mut self, stage: Option<usize>, rank: i64, contact: ContactId) {
        self.line.insert((rank, contact));
        if let Some(stage) = stage.and_then(|stage| self.stages.get_mut(stage)) {
            stage.line.insert((rank, contact));
        }
    }

    pub fn exit(&mut self, stage: Option<usize>, rank: i64, contact: ContactId) {
        self.line.remove(&(rank, contact));
        if let Some(stage) = stage.and_then(|stage| self.stages.get_mut(stage)) {
            stage.line.remove(&(rank, contact));
        }
    }

    /// The best contact for an agent who fits from `stage` on.
    pub fn head(&self, stage: usize) -> Option<(i64, ContactId)> {
        self.stages.iter().skip(stage).filter_map(|stage| stage.line.first().copied()).min()
    }

    /// The best contact for whom somebody is ready, with its rank.
    pub fn next(&self) -> Option<(i64, ContactId)> {
        let first = self.stages.iter().position(|stage| !stage.ready.is_empty())?;
        self.head(first)
    }

    /// The best agents for a contact at `stage`.
    pub fn best(&self, stage: usize, most: usize) -> Vec<UserId> {
        let sets = self.stages.iter().take(stage + 1);
        if most == 1 {
            return sets.filter_map(|stage| stage.ready.first()).min().map(|(.., user)| *user).into_iter().collect();
        }
        let mut keys: Vec<&Key> = sets.flat_map(|stage| stage.ready.iter().take(most)).collect();
        keys.sort_unstable();
        keys.into_iter().take(most).map(|(.., user)| *user).collect()
    }

    /// The rank in this queue of who has waited since then.
    pub fn rank(&self, since: Timestamp, bonus: u8) -> i64 {
        since.0 - (i64::from(self.rules.priority) + i64::from(bonus)) * AGE_PER_PRIORITY.0
    }

    /// The rank of the first in the line.
    pub fn first(&self) -> Option<i64> {
        self.line.first().map(|(rank, _)| *rank)
    }

    pub fn waiting(&self) -> usize {
        self.line.len()
    }

    /// 1 for the head.
    pub fn position(&self, rank: i64, contact: ContactId) -> u32 {
        count(self.line.range(..=(rank, contact)).count())
    }

    /// Ready agents who do not fit yet at `stage`; `None` counts all.
    pub fn ready_beyond(&self, stage: Option<usize>) -> u32 {
        count(self.stages.iter().skip(stage.map_or(0, |stage| stage + 1)).map(|stage| stage.ready.len()).sum())
    }

    /// Signed-in members who meet the queue's skills now or after waiting, free or not.
    pub fn staffed(&self) -> u32 {
        let away = |reason: &PassedOverReason| matches!(reason, PassedOverReason::Offline | PassedOverReason::Skill);
        let busy: u32 = self.not_ready.iter().filter(|(reason, _)| !away(reason)).map(|(_, count)| *count).sum();
        busy.saturating_add(self.ready_beyond(None))
    }

    pub fn passed_over(&self) -> Vec<PassedOver> {
        let some = self.not_ready.iter().filter(|(_, count)| **count > 0);
        some.map(|(reason, count)| PassedOver { reason: *reason, count: *count }).collect()
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// How well somebody with `skills` does what is wanted: the lowest level among it; `None` is not well enough.
fn level(wanted: &[(SkillId, u8)], skills: &[(SkillId, u8)]) -> Option<u8> {
    let mut lowest = TOP_LEVEL;
    for (wanted, at_least) in wanted {
        let level = skills.iter().find(|(skill, _)| skill == wanted).map(|(_, level)| *level)?;
        if level < *at_least {
            return None;
        }
        lowest = lowest.min(level);
    }
    Some(lowest)
}

/// Since when the agent could take this queue's contacts, or why not. Skill comes first: it does not change by waiting.
fn reason(fit: Option<Fit>, availability: Availability) -> Result<(Fit, Timestamp), PassedOverReason> {
    match (fit, availability) {
        (None, _) => Err(PassedOverReason::Skill),
        (Some(_), Availability::Not(reason)) => Err(reason),
        (Some(fit), Availability::Ready(since)) => Ok((fit, since)),
    }
}
