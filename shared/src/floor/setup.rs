//! The tenant's set-up, indexed by what the floor asks.

use super::Floor;
use super::agents::Agent;
use crate::acd::{self, AgentRules, QueueRules, StepRules};
use crate::call::Call;
use crate::capacity::Capacity;
use crate::duty::{OnDuty, Rota};
use crate::edge::{Credentials, EdgeCommand, RoomPlan, Sound, TrunkPlan};
use crate::engine::Engine;
use crate::flow::model::Mailbox;
use crate::flow::{Flow, FlowRef, Phrase, Run, speech};
use crate::hours::{Calendar, DayState, Zone};
use crate::ids::{
    CalendarId, FlowId, MailboxId, MeetingRoomId, NoticeId, NumberId, QueueId, RotaId, TeamId, TrunkId, UserId,
};
use crate::listing::Lists;
use crate::meeting::GuardedRoom;
use crate::notice::Notice;
use crate::perms::{Permission, allowed};
use crate::phone::PhoneNumber;
use crate::setup::TenantSetup;
use crate::team::Team;
use crate::time::Timestamp;
use crate::wire::control::FlowLine;
use crate::wire::desk::Disposition;
use crate::wire::messages::MailboxSetting;
use crate::wire::rest::{Entry, Language, Number, OutboundLimits, Queue, SkillLevel, Trunk, User};
use crate::wire::routing::{Routing, Step};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Setup {
    pub users: BTreeMap<UserId, User>,
    pub queues: BTreeMap<QueueId, Queue>,
    pub trunks: Vec<Trunk>,
    pub dispositions: Vec<Disposition>,
    pub outbound: OutboundLimits,
    #[serde(default)]
    pub capacity: Capacity,
    numbers: Vec<Number>,
    /// Flows by id and version: those that are published, those that somebody still walks, and, as version 0 under the
    /// number's own id, those of numbers that lead to none.
    #[serde(default)]
    flows: BTreeMap<FlowId, BTreeMap<u32, Flow>>,
    #[serde(default)]
    published: BTreeMap<FlowId, u32>,
    /// What published flows are called.
    #[serde(default)]
    flow_names: BTreeMap<FlowId, String>,
    #[serde(default)]
    sounds: BTreeSet<String>,
    /// The files of the tenant's own prompts by the names that they are played by.
    #[serde(default)]
    own: BTreeMap<String, String>,
    #[serde(default)]
    pub lists: Lists,
    #[serde(default)]
    pub notices: BTreeMap<NoticeId, Notice>,
    #[serde(default)]
    calendars: BTreeMap<CalendarId, Calendar>,
    #[serde(default)]
    zones: BTreeMap<String, Zone>,
    #[serde(default)]
    rotas: BTreeMap<RotaId, Rota>,
    /// What callers hear before the beep, by mailbox.
    #[serde(default)]
    greetings: BTreeMap<MailboxId, Vec<Phrase>>,
    /// Meeting rooms.
    #[serde(default)]
    pub rooms: BTreeMap<MeetingRoomId, GuardedRoom>,
    #[serde(default)]
    pub teams: BTreeMap<TeamId, Team>,
    /// The same by name, with those leaders alone who may supervise (still): who lost the role binds nobody.
    #[serde(default)]
    pub oversight: Vec<Team>,
}

impl Setup {
    /// `kept` are flows of before that somebody still walks.
    fn of(setup: TenantSetup, kept: impl Iterator<Item = (FlowRef, Flow)>) -> Self {
        let mut flows: BTreeMap<FlowId, BTreeMap<u32, Flow>> = BTreeMap::new();
        for (at, flow) in kept {
            flows.entry(at.flow).or_default().insert(at.version, flow);
        }
        let of_entry = |number: &Number| Some((number.id, Flow::from_entry(&number.entry)?));
        for (number, flow) in setup.numbers.iter().filter_map(of_entry) {
            flows.entry(FlowId(number.0)).or_default().insert(0, flow);
        }
        let oversight = oversight(&setup);
        let published = setup.flows.iter().map(|flow| (flow.id, flow.version)).collect();
        let flow_names = setup.flows.iter().map(|flow| (flow.id, flow.name.clone())).collect();
        for flow in setup.flows {
            flows.entry(flow.id).or_default().insert(flow.version, flow.flow);
        }
        Self {
            flows,
            published,
            flow_names,
            sounds: setup.sounds,
            users: setup.users.into_iter().map(|user| (user.id, user)).collect(),
            queues: setup.queues.into_iter().map(|queue| (queue.id, queue)).collect(),
            trunks: setup.trunks,
            dispositions: setup.dispositions,
            outbound: setup.outbound,
            capacity: setup.capacity,
            numbers: setup.numbers,
            own: setup.prompts.into_iter().map(|prompt| (prompt.sound(), prompt.file)).collect(),
            lists: Lists::new(setup.listings),
            notices: setup.notices.into_iter().map(|notice| (notice.id, notice)).collect(),
            calendars: setup.calendars.into_iter().map(|calendar| (calendar.id, calendar)).collect(),
            zones: setup.zones,
            rotas: setup.rotas.into_iter().map(|rota| (rota.id, rota)).collect(),
            greetings: setup.mailboxes.into_iter().filter_map(greeting).collect(),
            rooms: setup.meeting_rooms.into_iter().map(|room| (room.room.id, room)).collect(),
            teams: setup.teams.into_iter().map(|team| (team.id, team)).collect(),
            oversight,
        }
    }

    pub fn number(&self, trunk: TrunkId, number: &PhoneNumber) -> Option<&Number> {
        self.numbers.iter().find(|candidate| candidate.trunk == trunk && candidate.number == *number)
    }

    /// What a calendar says; `None` when there is none (any more).
    pub fn hours(&self, now: Timestamp, calendar: CalendarId) -> Option<DayState> {
        let calendar = self.calendars.get(&calendar)?;
        let utc = Zone::default();
        Some(calendar.state(now, self.zones.get(&calendar.zone).unwrap_or(&utc)))
    }

    /// What a mailbox says before the beep in this language, where that is its own.
    pub fn greeting(&self, mailbox: Mailbox, language: Language) -> Option<&[Phrase]> {
        let say = self.greetings.get(&mailbox.id())?;
        let there = say.iter().all(|phrase| match phrase {
            Phrase::Prompt { name } => self.has_sound(&speech::sound(language, name)),
            Phrase::Text { .. } | Phrase::Value { .. } => true,
        });
        there.then_some(say)
    }

    /// Whether somebody is a member or leader of a team.
    pub fn is_of_team(&self, user: UserId, team: TeamId) -> bool {
        self.teams.get(&team).is_some_and(|team| team.concerns(user))
    }

    /// Everybody whose teams are others than `before`.
    fn moved(&self, before: &BTreeMap<TeamId, Team>) -> BTreeSet<UserId> {
        let of = |team: &Team| (team.members.clone(), team.leaders.clone());
        let teams: BTreeSet<&TeamId> = before.keys().chain(self.teams.keys()).collect();
        let changed = teams.into_iter().map(|id| [before.get(id).map(of), self.teams.get(id).map(of)]);
        let changed = changed.filter(|[was, is]| was != is).flatten().flatten();
        changed.flat_map(|(members, leaders)| members.into_iter().chain(leaders)).collect()
    }

    /// Whether a sound can be played.
    pub fn has_sound(&self, name: &str) -> bool {
        self.sounds.is_empty() || self.sounds.contains(name) || self.own.contains_key(name)
    }

    /// The names of all sounds that are known.
    pub fn sound_names(&self) -> impl Iterator<Item = &String> {
        self.sounds.iter().chain(self.own.keys())
    }

    /// The same plan, with the tenant's own prompts in the place of the house's. The engines know sounds by what they are
    /// called; only the edge needs their files.
    pub fn voiced(&self, mut plan: RoomPlan) -> RoomPlan {
        let names = plan.sources.iter_mut().flat_map(|source| match &mut source.sound {
            Sound::Prompt(names) => names.as_mut_slice(),
            Sound::Music(name) => std::slice::from_mut(name),
            Sound::Ringback => &mut [],
        });
        for name in names {
            if let Some(file) = self.own.get(name) {
                name.clone_from(file);
            }
        }
        plan
    }

    /// Who is on duty now, the first one first; nobody of a rota that is gone.
    pub fn on_duty(&self, now: Timestamp, rota: RotaId) -> &[OnDuty] {
        let utc = Zone::default();
        let rota = self.rotas.get(&rota);
        rota.map_or(&[], |rota| rota.on_duty(now, self.zones.get(&rota.zone).unwrap_or(&utc)))
    }

    /// When a calendar is open next, `now` if it is; one that is gone is never closed. `None` if not within a year.
    pub fn opens_next(&self, now: Timestamp, calendar: CalendarId) -> Option<Timestamp> {
        let Some(calendar) = self.calendars.get(&calendar) else { return Some(now) };
        let utc = Zone::default();
        calendar.opens(now, self.zones.get(&calendar.zone).unwrap_or(&utc))
    }

    /// The number on whichever trunk: a widget names it without one.
    pub fn any_number(&self, number: &PhoneNumber) -> Option<&Number> {
        self.numbers.iter().find(|candidate| candidate.number == *number)
    }

    /// How a queue gives its contacts to its agents; `None` when there is none of this id.
    pub fn routing_of(&self, queue: Option<QueueId>) -> Option<&Routing> {
        self.queues.get(&queue?).map(|queue| &queue.routing)
    }

    pub fn number_by_id(&self, id: NumberId) -> Option<&Number> {
        self.numbers.iter().find(|candidate| candidate.id == id)
    }

    /// Published flows by name.
    pub fn flow_lines(&self) -> Vec<FlowLine> {
        let mut lines: Vec<FlowLine> =
            self.flow_names.iter().map(|(flow, name)| FlowLine { name: name.clone(), flow: *flow }).collect();
        lines.sort();
        lines
    }

    /// What a published flow is called.
    pub fn flow_name(&self, flow: FlowId) -> Option<&str> {
        self.flow_names.get(&flow).map(String::as_str)
    }

    pub fn published(&self, flow: FlowId) -> Option<u32> {
        self.published.get(&flow).copied()
    }

    pub fn flow(&self, at: FlowRef) -> Option<&Flow> {
        self.flows.get(&at.flow)?.get(&at.version)
    }

    /// The flow that a number leads to.
    pub fn entry(&self, number: &Number) -> FlowRef {
        let flow = match number.entry {
            Entry::Flow(flow) => flow,
            Entry::Queue(_) | Entry::Menu(_) => FlowId(number.id.0),
        };
        FlowRef { flow, version: self.published(flow).unwrap_or(0) }
    }

    /// The queues that a number's flow names, with those of its sub-flows.
    pub fn queues_of(&self, number: &Number) -> BTreeSet<QueueId> {
        let mut queues: BTreeSet<QueueId> = number.fallback.into_iter().collect();
        let (mut seen, mut to_see) = (BTreeSet::new(), vec![self.entry(number)]);
        while let Some(at) = to_see.pop() {
            let Some(flow) = self.flow(at).filter(|_| seen.insert(at)) else { continue };
            queues.extend(flow.queues());
            let calls = flow.calls().into_iter();
            to_see.extend(calls.map(|flow| FlowRef { flow, version: self.published(flow).unwrap_or(0) }));
        }
        queues
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
            refer: trunk.refer,
        };
        self.trunks.iter().map(plan).collect()
    }

    fn queue_rules(&self) -> Vec<QueueRules> {
        let step = |step: &Step| StepRules { after: step.after, skills: levels(&step.skills) };
        let rules = |queue: &Queue| QueueRules {
            queue: queue.id,
            skills: levels(&queue.skills),
            priority: queue.priority,
            offer_timeout: queue.offer_timeout,
            strategy: queue.routing.strategy,
            // Who is answered for at once competes with nobody.
            ring: if queue.routing.auto_answer { 1 } else { queue.routing.ring },
            steps: queue.routing.steps.iter().map(step).collect(),
            members: queue.routing.members.clone(),
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

impl Floor {
    pub(super) fn set_up(&mut self, now: Timestamp, setup: TenantSetup) {
        let walked: BTreeSet<FlowRef> = self.calls.values().filter_map(Call::walk).flat_map(Run::flows).collect();
        let kept: Vec<_> = walked.into_iter().filter_map(|at| Some((at, self.setup.flow(at)?.clone()))).collect();
        let before = std::mem::replace(&mut self.setup, Setup::of(setup, kept.into_iter()));
        // Whose boxes are others now has other new messages; and who listens may not, any more.
        let moved = self.setup.moved(&before.teams);
        self.tell_messages(|_, user| moved.contains(&user));
        self.touched_calls.extend(self.calls.values().filter(|call| call.is_overheard()).map(|call| call.id));
        for user in self.setup.users.values().filter(|user| takes_contacts(user)) {
            self.agents.entry(user.id).or_insert_with(|| Agent::new(now));
        }
        let gone: Vec<UserId> =
            self.agents.keys().filter(|id| !self.setup.users.get(id).is_some_and(takes_contacts)).copied().collect();
        for user in gone {
            self.revoke(now, user);
        }
        self.dismiss_spectators(None);
        self.renew_meetings();
        let (queues, agents) = (self.setup.queue_rules(), self.setup.agent_rules());
        self.set_up_tasks(now, &queues, &agents);
        self.acd.handle(now, acd::Input::Rules { queues, agents });
        self.edge(EdgeCommand::SetTrunks(self.setup.trunk_plans()));
        self.touched_agents.extend(self.agents.keys().copied());
    }
}

/// The teams by name, with those leaders who may supervise.
fn oversight(setup: &TenantSetup) -> Vec<Team> {
    let supervises = |user: &User| user.active && allowed(&user.roles, Permission::Supervise);
    let able: BTreeSet<UserId> = setup.users.iter().filter(|user| supervises(user)).map(|user| user.id).collect();
    let mut teams = setup.teams.clone();
    teams.iter_mut().for_each(|team| team.leaders.retain(|leader| able.contains(leader)));
    teams.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    teams
}

/// A mailbox's greeting, where it has one of its own.
fn greeting(setting: MailboxSetting) -> Option<(MailboxId, Vec<Phrase>)> {
    Some((setting.id, vec![Phrase::Prompt { name: setting.greeting? }]))
}
