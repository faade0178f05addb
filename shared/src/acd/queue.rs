//! One queue: its line of contacts and its ready agents, both kept in order, and counts of those who are not ready.

use super::{Availability, QueueRules, TOP_LEVEL};
use crate::ids::{ContactId, SkillId, UserId};
use crate::time::Timestamp;
use crate::wire::desk::{PassedOver, PassedOverReason};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Queue {
    pub rules: QueueRules,
    /// Rank, then contact: the first is next.
    line: BTreeSet<(i64, ContactId)>,
    /// Idle since, then agent: the first has been idle longest. Qualified agents only.
    ready: BTreeSet<(Timestamp, UserId)>,
    /// How many members are not ready, by reason.
    not_ready: BTreeMap<PassedOverReason, u32>,
}

impl Queue {
    pub fn new(rules: QueueRules) -> Self {
        Self { rules, line: BTreeSet::new(), ready: BTreeSet::new(), not_ready: BTreeMap::new() }
    }

    /// The level at which somebody with `skills` serves this queue: the lowest among those asked for.
    pub fn level_of(&self, skills: &[(SkillId, u8)]) -> Option<u8> {
        let mut lowest = TOP_LEVEL;
        for (wanted, at_least) in &self.rules.skills {
            let level = skills.iter().find(|(skill, _)| skill == wanted).map(|(_, level)| *level)?;
            if level < *at_least {
                return None;
            }
            lowest = lowest.min(level);
        }
        Some(lowest)
    }

    pub fn add(&mut self, user: UserId, level: Option<u8>, availability: Availability) {
        match reason(level, availability) {
            Ok(since) => {
                self.ready.insert((since, user));
            }
            Err(reason) => *self.not_ready.entry(reason).or_default() += 1,
        }
    }

    pub fn change(&mut self, user: UserId, level: Option<u8>, before: Availability, after: Availability) {
        match reason(level, before) {
            Ok(since) => {
                self.ready.remove(&(since, user));
            }
            Err(reason) => {
                if let Some(count) = self.not_ready.get_mut(&reason) {
                    *count = count.saturating_sub(1);
                }
            }
        }
        self.add(user, level, after);
    }

    pub fn enter(&mut self, rank: i64, contact: ContactId) {
        self.line.insert((rank, contact));
    }

    pub fn exit(&mut self, rank: i64, contact: ContactId) {
        self.line.remove(&(rank, contact));
    }

    pub fn head(&self) -> Option<(i64, ContactId)> {
        self.line.first().copied()
    }

    /// Who is next, with their rank, and who would get them.
    pub fn best_pair(&self) -> Option<(i64, ContactId, UserId)> {
        let (rank, contact) = self.head()?;
        Some((rank, contact, self.ready.first()?.1))
    }

    pub fn waiting(&self) -> usize {
        self.line.len()
    }

    /// 1 for the head.
    pub fn position(&self, rank: i64, contact: ContactId) -> u32 {
        u32::try_from(self.line.range(..=(rank, contact)).count()).unwrap_or(u32::MAX)
    }

    /// Agents who could take a contact now, longest idle first.
    pub fn ready(&self) -> impl Iterator<Item = (Timestamp, UserId)> + '_ {
        self.ready.iter().copied()
    }

    pub fn staffed(&self) -> bool {
        !self.ready.is_empty()
            || self.not_ready.iter().any(|(reason, count)| {
                *count > 0 && !matches!(reason, PassedOverReason::Offline | PassedOverReason::Skill)
            })
    }

    pub fn passed_over(&self) -> Vec<PassedOver> {
        self.not_ready
            .iter()
            .filter(|(_, count)| **count > 0)
            .map(|(reason, count)| PassedOver { reason: *reason, count: *count })
            .collect()
    }
}

/// Since when the agent could take this queue's contacts, or why not. Skill comes first: it does not change by waiting.
fn reason(level: Option<u8>, availability: Availability) -> Result<Timestamp, PassedOverReason> {
    match (level, availability) {
        (None, _) => Err(PassedOverReason::Skill),
        (Some(_), Availability::Not(reason)) => Err(reason),
        (Some(_), Availability::Ready(since)) => Ok(since),
    }
}
