//! The tenant's set-up, indexed by what the floor asks.

use super::Floor;
use super::agents::Agent;
use crate::acd::{self, AgentRules, QueueRules};
use crate::edge::{Credentials, EdgeCommand, TrunkPlan};
use crate::engine::Engine;
use crate::hours::{Calendar, DayState, Zone};
use crate::ids::{CalendarId, NoticeId, QueueId, TrunkId, UserId};
use crate::listing::Lists;
use crate::notice::Notice;
use crate::perms::{Permission, allowed};
use crate::phone::PhoneNumber;
use crate::setup::TenantSetup;
use crate::time::Timestamp;
use crate::wire::desk::Disposition;
use crate::wire::rest::{Entry, Number, OutboundLimits, Queue, SkillLevel, Trunk, User};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Setup {
    pub users: BTreeMap<UserId, User>,
    pub queues: BTreeMap<QueueId, Queue>,
    pub trunks: Vec<Trunk>,
    pub dispositions: Vec<Disposition>,
    pub outbound: OutboundLimits,
    numbers: Vec<Number>,
    #[serde(default)]
    pub lists: Lists,
    #[serde(default)]
    pub notices: BTreeMap<NoticeId, Notice>,
    #[serde(default)]
    calendars: BTreeMap<CalendarId, Calendar>,
    #[serde(default)]
    zones: BTreeMap<String, Zone>,
}

impl Setup {
    fn of(setup: TenantSetup) -> Self {
        Self {
            users: setup.users.into_iter().map(|user| (user.id, user)).collect(),
            queues: setup.queues.into_iter().map(|queue| (queue.id, queue)).collect(),
            trunks: setup.trunks,
            dispositions: setup.dispositions,
            outbound: setup.outbound,
            numbers: setup.numbers,
            lists: Lists::new(setup.listings),
            notices: setup.notices.into_iter().map(|notice| (notice.id, notice)).collect(),
            calendars: setup.calendars.into_iter().map(|calendar| (calendar.id, calendar)).collect(),
            zones: setup.zones,
        }
    }

    pub fn number(&self, trunk: TrunkId, number: &PhoneNumber) -> Option<&Number> {
        self.numbers.iter().find(|candidate| candidate.trunk == trunk && candidate.number == *number)
    }

    #[expect(dead_code, reason = "the flows' next change asks it")]
    /// What a calendar says; `None` when there is none (any more).
    pub fn hours(&self, now: Timestamp, calendar: CalendarId) -> Option<DayState> {
        let calendar = self.calendars.get(&calendar)?;
        let utc = Zone::default();
        Some(calendar.state(now, self.zones.get(&calendar.zone).unwrap_or(&utc)))
    }

    /// The number on whichever trunk: a widget names it without one.
    pub fn any_number(&self, number: &PhoneNumber) -> Option<&Number> {
        self.numbers.iter().find(|candidate| candidate.number == *number)
    }

    /// The trunk that may carry a call to `number`, with the caller number to show.
    pub fn route(&self, number: &PhoneNumber) -> Option<(TrunkId, PhoneNumber)> {
        self.trunks.iter().find_map(|trunk| {
            let caller = trunk.caller.clone()?;
            let allowed = trunk.allowed.iter().any(|prefix| number.as_str().starts_with(prefix.as_str()));
            allowed.then_some((trunk.id, caller))
        })
    }

    pub fn trunk_plans(&self) -> Vec<TrunkPlan> {
        let plan = |trunk: &Trunk| TrunkPlan {
            trunk: trunk.id,
            address: trunk.address.clone(),
            sources: trunk.sources.clone(),
            credentials: trunk
                .username
                .clone()
                .zip(trunk.password.clone())
                .map(|(username, password)| Credentials { username, password }),
            numbers: self.numbers.iter().filter(|n| n.trunk == trunk.id).map(|n| n.number.clone()).collect(),
            allowed: trunk.allowed.clone(),
            limit: trunk.limit,
        };
        self.trunks.iter().map(plan).collect()
    }

    fn queue_rules(&self) -> Vec<QueueRules> {
        let rules = |queue: &Queue| QueueRules {
            queue: queue.id,
            skills: levels(&queue.skills),
            priority: queue.priority,
            offer_timeout: queue.offer_timeout,
        };
        self.queues.values().map(rules).collect()
    }

    fn agent_rules(&self) -> Vec<AgentRules> {
        let rules = |user: &User| AgentRules {
            user: user.id,
            name: user.name.clone(),
            skills: levels(&user.skills),
            queues: user.queues.clone(),
        };
        self.users.values().filter(|user| takes_contacts(user)).map(rules).collect()
    }
}

fn levels(skills: &[SkillLevel]) -> Vec<(crate::ids::SkillId, u8)> {
    skills.iter().map(|skill| (skill.skill, skill.level)).collect()
}

/// Whether somebody may sit at a desk.
pub(super) fn takes_contacts(user: &User) -> bool {
    user.active && allowed(&user.roles, Permission::TakeContacts)
}

/// The queues that an entry can lead to.
pub(super) fn queues_of(entry: &Entry) -> impl Iterator<Item = QueueId> {
    let (first, others) = match entry {
        Entry::Queue(queue) => (*queue, Vec::new()),
        Entry::Menu(menu) => (menu.otherwise, menu.choices.iter().map(|choice| choice.queue).collect()),
    };
    std::iter::once(first).chain(others)
}

impl Floor {
    pub(super) fn set_up(&mut self, now: Timestamp, setup: TenantSetup) {
        self.setup = Setup::of(setup);
        for user in self.setup.users.values().filter(|user| takes_contacts(user)) {
            self.agents.entry(user.id).or_insert_with(|| Agent::new(now));
        }
        let gone: Vec<UserId> =
            self.agents.keys().filter(|id| !self.setup.users.get(id).is_some_and(takes_contacts)).copied().collect();
        for user in gone {
            self.revoke(now, user);
        }
        let (queues, agents) = (self.setup.queue_rules(), self.setup.agent_rules());
        self.acd.handle(now, acd::Input::Rules { queues, agents });
        self.edge(EdgeCommand::SetTrunks(self.setup.trunk_plans()));
        self.touched_agents.extend(self.agents.keys().copied());
    }
}
