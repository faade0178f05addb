//! A simulated day: the real floor, with callers and agents played by a seeded script.
//!
//! The same code runs in tests, where an observer checks every step, and in the browser, where it will answer *what if
//! we had two more agents*. One seed is one day: [`Report::hash`] covers every decision, so two machines that disagree
//! about anything show it.

use crate::edge::{Cause, EdgeCommand, EdgeEvent, Quality, Sound};
use crate::engine::Engine;
use crate::facts::Fact;
use crate::floor::{Floor, Input, Output, SocketId};
use crate::ids::{ContactId, LegId, OfferId, RoomId, SourceId, TrunkId, UserId};
use crate::phone::PhoneNumber;
use crate::setup::TenantSetup;
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{ContactPhase, ContactView, DeskChange, DeskCommand, ToDesk, WantedState, WrapUpForm};
use crate::wire::rest::Outcome;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

mod plan;

pub use plan::{Plan, small_center};

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
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrive,
    LegEnds(LegId),
    Answers(usize, OfferId),
    HangsUp(usize, ContactId),
    Holds(usize, ContactId, bool),
    Finishes(usize, ContactId),
    PromptEnds(RoomId, SourceId),
    Sits(usize),
    Returns(usize),
    DeskLost(usize),
    DeskBack(usize),
}

/// A day that is being played.
pub struct Day<'a> {
    plan: &'a Plan,
    floor: Floor,
    now: Timestamp,
    random: Random,
    events: BTreeSet<(Timestamp, u64, Event)>,
    scheduled: u64,
    report: Report,
    agents: Vec<UserId>,
    sockets: BTreeMap<SocketId, usize>,
    /// Commands so far; names them.
    asked: u128,
    talking: BTreeMap<ContactId, usize>,
    playing: BTreeSet<SourceId>,
    dead: BTreeSet<LegId>,
}

/// Plays a whole day and lets `observe` see every input with its outputs.
pub fn play(plan: &Plan, setup: &TenantSetup, mut observe: impl FnMut(Timestamp, Option<&Input>, &[Output])) -> Report {
    let mut day = Day::new(plan, setup);
    day.step(Some(Input::Setup(Box::new(setup.clone()))), &mut observe);
    loop {
        let event = day.events.first().map(|(at, _, _)| *at);
        let Some(at) = [event, day.floor.deadline()].into_iter().flatten().min() else { break };
        day.now = day.now.max(at);
        if event == Some(at) {
            let (_, _, event) = day.events.pop_first().expect("its time was just read");
            day.happen(event, &mut observe);
        } else {
            day.step(None, &mut observe);
        }
    }
    day.report
}

/// Plays the small center's day of this seed and returns the hash of all decisions.
#[must_use]
pub fn hash_of_a_day(seed: u64) -> u64 {
    let (plan, setup) = small_center(seed);
    play(&plan, &setup, |_, _, _| {}).hash
}

impl<'a> Day<'a> {
    fn new(plan: &'a Plan, setup: &TenantSetup) -> Self {
        let mut day = Self {
            plan,
            floor: Floor::new(plan.seed),
            now: plan.begins,
            random: Random(plan.seed),
            events: BTreeSet::new(),
            scheduled: 0,
            report: Report { hash: FNV_OFFSET, ..Report::default() },
            agents: setup.users.iter().map(|user| user.id).collect(),
            sockets: BTreeMap::new(),
            asked: 0,
            talking: BTreeMap::new(),
            playing: BTreeSet::new(),
            dead: BTreeSet::new(),
        };
        for agent in 0..day.agents.len() {
            let after = day.random.between(0, 60_000);
            day.after(after, Event::Sits(agent));
        }
        for _ in 0..plan.calls {
            let after = day.random.between(0, plan.length.0);
            day.after(after, Event::Arrive);
        }
        day
    }

    fn after(&mut self, millis: i64, event: Event) {
        self.scheduled += 1;
        self.events.insert((self.now + Millis(millis), self.scheduled, event));
    }

    fn step(&mut self, input: Option<Input>, observe: &mut impl FnMut(Timestamp, Option<&Input>, &[Output])) {
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

    fn happen(&mut self, event: Event, observe: &mut impl FnMut(Timestamp, Option<&Input>, &[Output])) {
        let input = match event {
            Event::Arrive => self.arrive(),
            Event::LegEnds(leg) if self.dead.insert(leg) => {
                Some(Input::Edge(EdgeEvent::Ended { leg, cause: Cause::Normal, quality: Quality::default() }))
            }
            Event::LegEnds(_) => None,
            Event::Answers(agent, offer) => self.command(agent, DeskCommand::Accept { offer }),
            Event::HangsUp(agent, contact) => self.command(agent, DeskCommand::HangUp { contact }),
            Event::Holds(agent, contact, on) => self.command(agent, DeskCommand::Hold { contact, on }),
            Event::Finishes(agent, contact) => {
                self.command(agent, DeskCommand::FinishWrapUp { contact, form: WrapUpForm::default() })
            }
            Event::PromptEnds(room, source) => Some(Input::Edge(EdgeEvent::SourceEnded { room, source })),
            Event::Sits(agent) | Event::DeskBack(agent) => {
                self.sit(agent, observe);
                None
            }
            Event::Returns(agent) => self.command(agent, DeskCommand::SetState { state: WantedState::Ready }),
            Event::DeskLost(agent) => {
                let back = self.random.between(500, 40_000);
                self.after(back, Event::DeskBack(agent));
                let socket = self.sockets.iter().find(|(_, of)| **of == agent).map(|(socket, _)| *socket);
                socket.map(|socket| {
                    self.sockets.remove(&socket);
                    Input::DeskClosed { socket }
                })
            }
        };
        if let Some(input) = input {
            self.step(Some(input), observe);
        }
    }

    fn arrive(&mut self) -> Option<Input> {
        self.report.calls += 1;
        let number = self.report.calls;
        let leg = LegId::from_u128(u128::from(number));
        let patience = self.random.between(2_000, self.plan.patience.0);
        self.after(patience, Event::LegEnds(leg));
        let from = PhoneNumber::parse(&format!("139{number:08}")).ok();
        let to = self.plan.number.clone();
        Some(Input::Edge(EdgeEvent::Incoming { leg, trunk: self.plan.trunk, to, from, name: None }))
    }

    /// A page opens, connects its sound and says ready.
    fn sit(&mut self, agent: usize, observe: &mut impl FnMut(Timestamp, Option<&Input>, &[Output])) {
        self.scheduled += 1;
        let socket = SocketId(self.scheduled);
        self.sockets.retain(|_, of| *of != agent);
        self.sockets.insert(socket, agent);
        let tab = Uuid::from_u128(agent as u128);
        let user = self.agents[agent];
        self.step(Some(Input::DeskOpened { user, socket, tab, take_over: false }), observe);
        for command in
            [DeskCommand::Connect { sdp: String::new() }, DeskCommand::SetState { state: WantedState::Ready }]
        {
            let input = self.command(agent, command);
            self.step(input, observe);
        }
    }

    fn command(&mut self, agent: usize, command: DeskCommand) -> Option<Input> {
        let socket = self.sockets.iter().find(|(_, of)| **of == agent).map(|(socket, _)| *socket)?;
        self.asked += 1;
        Some(Input::Desk { socket, id: Uuid::from_u128(self.asked), command })
    }

    /// What the world does about an output.
    fn react(&mut self, output: Output) {
        match output {
            Output::Edge(EdgeCommand::End { leg, .. }) => self.after(20, Event::LegEnds(leg)),
            Output::Edge(EdgeCommand::SetRoom(plan)) => {
                for source in plan.sources {
                    if matches!(source.sound, Sound::Prompt(_)) && self.playing.insert(source.id) {
                        self.after(3_000, Event::PromptEnds(plan.room, source.id));
                    }
                }
            }
            Output::Desk { socket, message } => {
                let Some(agent) = self.sockets.get(&socket).copied() else { return };
                match *message {
                    ToDesk::Change { change, .. } => self.shown(agent, *change),
                    // A page that has just opened finds its offer in the snapshot.
                    ToDesk::Snapshot { desk, .. } => self.shown(agent, DeskChange::Offer(desk.offer)),
                    _ => {}
                }
            }
            Output::Fact(versioned) => {
                if let Fact::Contact(record) = versioned.fact
                    && record.wrap_up == Millis::ZERO
                {
                    *self.report.outcomes.entry(record.outcome).or_default() += 1;
                }
            }
            Output::Edge(_) | Output::Visitor { .. } | Output::Close(_) | Output::LookUp { .. } => {}
        }
    }

    /// What an agent does about what the desk shows.
    fn shown(&mut self, agent: usize, change: DeskChange) {
        match change {
            DeskChange::Offer(Some(card)) if self.random.chance(93) => {
                let after = self.random.between(500, 12_000);
                self.after(after, Event::Answers(agent, card.offer));
            }
            // Looked away; back after a while.
            DeskChange::Offer(Some(_)) => self.after(90_000, Event::Returns(agent)),
            DeskChange::Contact(Some(view)) => self.on_contact(agent, &view),
            DeskChange::Offer(None) | DeskChange::Contact(None) | DeskChange::Status(_) | DeskChange::Connected(_) => {}
        }
    }

    fn on_contact(&mut self, agent: usize, view: &ContactView) {
        match view.phase {
            ContactPhase::Talking if self.talking.insert(view.contact, agent).is_none() => {
                let talk = self.random.between(20_000, self.plan.talk.0);
                self.after(talk, Event::HangsUp(agent, view.contact));
                if self.random.chance(20) {
                    self.after(talk / 3, Event::Holds(agent, view.contact, true));
                    self.after(talk / 2, Event::Holds(agent, view.contact, false));
                }
                if self.random.chance(3) {
                    self.after(talk / 4, Event::DeskLost(agent));
                }
            }
            ContactPhase::WrapUp { .. } if self.random.chance(80) => {
                let after = self.random.between(2_000, 40_000);
                self.after(after, Event::Finishes(agent, view.contact));
            }
            ContactPhase::Talking | ContactPhase::WrapUp { .. } | ContactPhase::Dialling | ContactPhase::Hold => {}
        }
    }
}

/// Parameters of FNV-1a, 64 bits (RFC 9923).
const FNV_OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// SplitMix64 (Steele, Lea and Flood 2014): small, seeded, the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        crate::ids::mix(self.0)
    }

    /// From `low` to `high`, both possible.
    fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = (high - low).max(0).unsigned_abs() + 1;
        low + i64::try_from(self.next() % span).unwrap_or(0)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.next() % 100 < percent
    }
}

/// The trunk of [`small_center`].
pub const TRUNK: TrunkId = TrunkId::from_u128(2);
