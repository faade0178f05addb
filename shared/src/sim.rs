//! A simulated day: the real floor, with callers, agents and an edge played by a seeded script.
//!
//! The same code runs in tests, where an observer checks every step, and in the browser, where it will answer *what if
//! we had two more agents*. One seed is one day: [`Report::hash`] covers every decision, so two machines that disagree
//! about anything show it. Days are of several [`Kind`]s.

use crate::edge::{Cause, EdgeCommand, EdgeEvent, LegRole};
use crate::engine::Engine;
use crate::facts::Fact;
use crate::floor::{Floor, Input, LastAgent, Output, SocketId};
use crate::ids::{CallbackId, ContactId, LegId, OfferId, RecordingId, RoomId, SourceId, UserId};
use crate::setup::TenantSetup;
use crate::time::{Millis, Timestamp};
use crate::wire::callbacks::Reason;
use crate::wire::desk::DeskCommand;
use crate::wire::rest::Outcome;
use callers::Visitor;
use edge::Edge;
use random::Random;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

mod agents;
mod callers;
mod edge;
mod kinds;
mod mishaps;
mod plan;
mod random;
mod sharing;
mod tasks;

pub use kinds::{CLOSED_DAYS, Kind, OPEN_HOURS};
pub use plan::{Habits, Mishaps, Plan};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// What came of a day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Calls that came in.
    pub calls: u32,
    /// Contacts by how they ended.
    pub outcomes: BTreeMap<Outcome, u32>,
    /// Inputs handled.
    pub inputs: u64,
    /// FNV-1a over every output as JSON, in order.
    pub hash: u64,
}

/// Something that will happen.
#[derive(Clone, Debug, PartialEq)]
enum Event {
    Arrive,
    Card(ContactId, bool, Option<LastAgent>),
    VisitorLeaves(u32),
    VisitorLost(u32),
    VisitorBack(u32),
    LegEnds(LegId, Cause),
    /// About a leg, if it lives then.
    Edge(EdgeEvent),
    PromptEnds(RoomId, SourceId),
    Recorded(RecordingId),
    Sits(usize),
    Asks(usize, DeskCommand),
    Returns(usize),
    Connects(usize),
    Dials(usize),
    DeskLost(usize),
    SoundLost(usize),
    Changes,
    Cut,
    EdgeDies,
    CoreDies,
    Reunites,
    MessageLeft,
    AsksToBeCalled,
    NewDay,
    Works(usize, CallbackId),
}

/// Who sees every input, `None` for a tick, with its outputs.
type Observe<'a> = dyn FnMut(Timestamp, Option<&Input>, &[Output]) + 'a;

/// A day that is being played.
struct Day<'a> {
    plan: &'a Plan,
    setup: TenantSetup,
    floor: Floor,
    edge: Edge,
    now: Timestamp,
    random: Random,
    /// What will happen, by time and then in the order in which it was decided.
    events: BTreeMap<(Timestamp, u64), Event>,
    /// Events and sockets so far; names them.
    scheduled: u64,
    report: Report,
    agents: Vec<UserId>,
    sockets: BTreeMap<SocketId, usize>,
    /// Commands so far; names them.
    asked: u128,
    last: BTreeMap<usize, (Uuid, DeskCommand)>,
    visitors: BTreeMap<u32, Visitor>,
    talking: BTreeSet<(ContactId, usize)>,
    wrapping: BTreeSet<(ContactId, usize)>,
    /// The tasks that each agent's page shows.
    boards: BTreeMap<usize, Board>,
}

/// Tasks as a page shows them.
#[derive(Default)]
struct Board {
    offer: Option<OfferId>,
    hand: Vec<CallbackId>,
}

/// Plays a whole day and lets `observe` see every input with its outputs.
pub fn play(plan: &Plan, setup: &TenantSetup, mut observe: impl FnMut(Timestamp, Option<&Input>, &[Output])) -> Report {
    let observe: &mut Observe<'_> = &mut observe;
    let mut day = Day::new(plan, setup);
    day.step(Some(Input::Setup(Box::new(setup.clone()))), observe);
    loop {
        let event = day.events.first_key_value().map(|((at, _), _)| *at);
        let Some(at) = [event, day.deadline()].into_iter().flatten().min() else { break };
        day.now = day.now.max(at);
        if event == Some(at) {
            let (_, event) = day.events.pop_first().expect("its time was just read");
            day.happen(event, observe);
        } else {
            day.step(None, observe);
        }
    }
    day.report
}

/// Plays this seed's day, of the kind that the seed stands for, and returns the hash of all decisions.
#[must_use]
pub fn hash_of_a_day(seed: u64) -> u64 {
    let (plan, setup) = Kind::of(seed).day(seed);
    play(&plan, &setup, |_, _, _| {}).hash
}

impl<'a> Day<'a> {
    fn new(plan: &'a Plan, setup: &TenantSetup) -> Self {
        let mut day = Self {
            plan,
            setup: setup.clone(),
            floor: Floor::new(plan.seed),
            edge: Edge::default(),
            now: plan.begins,
            random: Random(plan.seed),
            events: BTreeMap::new(),
            scheduled: 0,
            report: Report { hash: FNV_OFFSET, ..Report::default() },
            agents: setup.users.iter().map(|user| user.id).collect(),
            sockets: BTreeMap::new(),
            asked: 0,
            last: BTreeMap::new(),
            visitors: BTreeMap::new(),
            talking: BTreeSet::new(),
            wrapping: BTreeSet::new(),
            boards: BTreeMap::new(),
        };
        for agent in 0..day.agents.len() {
            let after = day.random.between(0, 60_000);
            day.after(after, Event::Sits(agent));
        }
        for _ in 0..plan.calls {
            let after = day.sometime(0);
            day.after(after, Event::Arrive);
        }
        for _ in 0..plan.messages {
            let after = day.sometime(0);
            day.after(after, Event::MessageLeft);
        }
        for _ in 0..plan.callbacks {
            let after = day.sometime(0);
            day.after(after, Event::AsksToBeCalled);
        }
        for day_of in 1..i64::from(plan.days) {
            day.after(day_of * DAY - HOUR, Event::NewDay);
        }
        day.schedule_mishaps();
        day
    }

    /// On one of the days, while calls come, at this time of it or later.
    fn sometime(&mut self, from: i64) -> i64 {
        let day = match self.plan.days {
            0 | 1 => 0,
            days => self.random.place(usize::from(days)),
        };
        let day = i64::try_from(day).unwrap_or(0);
        day * DAY + self.random.between(from, self.plan.length.0)
    }

    fn after(&mut self, millis: i64, event: Event) {
        self.scheduled += 1;
        self.events.insert((self.now + Millis(millis), self.scheduled), event);
    }

    fn next_socket(&mut self) -> SocketId {
        self.scheduled += 1;
        SocketId(self.scheduled)
    }

    fn step(&mut self, input: Option<Input>, observe: &mut Observe<'_>) {
        self.report.inputs += 1;
        match input.clone() {
            Some(input) => self.floor.handle(self.now, input),
            None => self.floor.tick(self.now),
        }
        let outputs: Vec<Output> = std::iter::from_fn(|| self.floor.poll()).collect();
        for output in &outputs {
            let text = serde_json::to_string(output).expect("outputs are JSON: their maps have text as keys");
            self.report.hash =
                text.bytes().fold(self.report.hash, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME));
        }
        observe(self.now, input.as_ref(), &outputs);
        for output in outputs {
            self.react(output);
        }
    }

    fn happen(&mut self, event: Event, observe: &mut Observe<'_>) {
        match event {
            Event::Arrive => self.arrive(observe),
            Event::Card(contact, vip, last) => self.card(contact, vip, last, observe),
            Event::VisitorLeaves(visitor) => self.visitor_leaves(visitor, observe),
            Event::VisitorLost(visitor) => self.visitor_lost(visitor, observe),
            Event::VisitorBack(visitor) => self.visitor_back(visitor, observe),
            Event::LegEnds(leg, cause) => self.leg_ends(leg, cause, observe),
            Event::Edge(event) => self.at_edge(event, observe),
            Event::PromptEnds(room, source) => self.prompt_ends(room, source, observe),
            Event::Recorded(recording) => self.recorded(recording, observe),
            Event::Sits(agent) => self.sit(agent, observe),
            Event::Asks(agent, command) => self.asks(agent, command, observe),
            Event::Returns(agent) => self.returns(agent, observe),
            Event::Connects(agent) => self.connects(agent, observe),
            Event::Dials(agent) => self.dials(agent, observe),
            Event::DeskLost(agent) => self.desk_lost(agent, observe),
            Event::SoundLost(agent) => self.sound_lost(agent, observe),
            Event::Changes => self.changes(observe),
            Event::Cut => self.cut(),
            Event::EdgeDies => self.edge_dies(),
            Event::CoreDies => self.core_dies(),
            Event::Reunites => self.reunites(observe),
            Event::MessageLeft => self.booked(Reason::Voicemail, observe),
            Event::AsksToBeCalled => self.booked(Reason::Asked, observe),
            Event::NewDay => self.new_day(observe),
            Event::Works(agent, task) => self.works(agent, task, observe),
        }
    }

    /// What the world does about an output.
    fn react(&mut self, output: Output) {
        match output {
            Output::Edge(command) => {
                if let EdgeCommand::Connect { leg, role: LegRole::Customer(_), .. } = &command {
                    self.visitor_connected(*leg);
                }
                self.obey(command);
            }
            Output::Desk { socket, message } => self.reads(socket, *message),
            Output::Fact(versioned) => {
                if let Fact::Contact(record) = versioned.fact
                    && record.wrap_up == Millis::ZERO
                {
                    *self.report.outcomes.entry(record.outcome).or_default() += 1;
                }
            }
            Output::Close(socket) => {
                self.sockets.remove(&socket);
                self.visitor_closed(socket);
            }
            Output::LookUp { contact, .. } => self.look_up(contact),
            // Its numbers lead to queues and menus: no walk asks another system.
            Output::Visitor { .. }
            | Output::Fetch { .. }
            | Output::Pin { .. }
            | Output::Alarm { .. }
            | Output::Discard(_) => {}
        }
    }
}

/// Parameters of FNV-1a, 64 bits (RFC 9923).
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;
