//! The interpreter: one contact's walk through flows.
//!
//! A walk holds no flow: it asks the [`World`] for the node where it stands, so it stays small, a call that began on one
//! version stays on it, and what is gone meanwhile is noticed instead of guessed. It is safe with every flow whatsoever:
//! nodes are counted against a budget, frames against a depth, and whatever leads nowhere sends the caller to the safe
//! default, which is a queue, or an apology and the end of the call; never silence.

mod admit;
mod ask;
mod enter;
mod question;

use super::exit::Exit;
use super::model::{Flow, Node, NodeId};
use super::say::Phrase;
use super::speech;
use super::step::{Alarm, Denied, Fault, Input, Listening, Saying, Step};
use super::vars::{MAX_VARIABLES, VarName};
use super::world::{FlowRef, Footprint, World};
use crate::edge::Cause;
use crate::ids::{CustomerId, FlowId};
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use crate::wire::rest::Language;
use admit::Admission;
pub use admit::meeting_pin;
use ask::Asking;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// Nodes that may be walked in all: an endless flow ends here instead of holding its caller for ever. A flow that goes
/// twenty times round a loop of twenty nodes stays below.
pub const BUDGET: u16 = 500;

/// How deep flows may call each other.
pub const MAX_DEPTH: usize = 8;

/// What is said when nothing goes on and no queue takes the caller.
const APOLOGY: &str = "busy";

/// What a walk waits for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// Nothing: it has not begun, or it is over.
    #[default]
    Idle,
    /// Something is said to its end; keys do nothing.
    Saying,
    /// A key or digits are awaited.
    Asking(Asking),
    /// Another system is asked, at most until then.
    Fetching(Timestamp),
    /// Somebody is rung.
    Reaching,
    /// A message is spoken.
    Recording,
    /// A callback is booked.
    Booking,
    /// The number or PIN of a meeting room is awaited, or looked at.
    Admitting(Admission),
    /// The caller hears that it does not work.
    Apologising,
}

/// A flow that is walked, and where in it the caller is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Frame {
    flow: FlowRef,
    node: NodeId,
    /// How often each loop has been gone round.
    rounds: BTreeMap<NodeId, u8>,
}

/// What is known of a call when its walk begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Beginning {
    /// Who calls; `None` when withheld.
    pub caller: Option<PhoneNumber>,
    /// Which number of ours was called, or clicked.
    pub called: Option<PhoneNumber>,
    /// Whether it is answered already: it comes from a queue or from an agent.
    pub answered: bool,
}

/// A walk.
///
/// What a build before this one left in a snapshot is read as a walk without frames, see [`Run::resume`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Run {
    /// From the flow that the call entered to the one where it is.
    frames: Vec<Frame>,
    language: Language,
    answered: bool,
    walked: u16,
    texts: BTreeMap<VarName, String>,
    /// Variables of which only the number of digits is known here. A name is never in both.
    masked: BTreeMap<VarName, u8>,
    /// Not `state`, which meant something else once.
    doing: State,
    out: VecDeque<Step>,
}

impl Default for Run {
    fn default() -> Self {
        Self {
            frames: Vec::new(),
            language: Language::default(),
            answered: false,
            walked: 0,
            texts: BTreeMap::new(),
            masked: BTreeMap::new(),
            doing: State::Idle,
            out: VecDeque::new(),
        }
    }
}

/// Where a walk goes on from a node.
enum Then {
    /// By a way out.
    Leave(Exit),
    /// At the node where it is now.
    Go,
    /// Not now: something must happen first, or it is over.
    Stop,
    /// Nowhere: to the safe default.
    Lost(Fault),
}

impl Run {
    /// A walk that has not begun, through this version of a flow.
    #[must_use]
    pub fn new(flow: FlowRef, beginning: &Beginning) -> Self {
        let name = |name| VarName::new(name).expect("a lower-case word");
        let text = |number: &Option<PhoneNumber>| number.as_ref().map_or(String::new(), |n| n.as_str().to_owned());
        let texts = [(name("caller"), text(&beginning.caller)), (name("called"), text(&beginning.called))];
        let frames = vec![Frame { flow, node: 0, rounds: BTreeMap::new() }];
        Self { frames, texts: texts.into(), answered: beginning.answered, ..Self::default() }
    }

    /// The customer is known now: the variable `customer` is the record's id.
    pub fn customer(&mut self, customer: CustomerId) {
        self.set(VarName::new("customer").expect("a lower-case word"), customer.to_string());
    }

    /// Takes one input.
    pub fn handle(&mut self, now: Timestamp, input: Input, world: &dyn World) {
        match input {
            Input::Start => self.start(now, world),
            Input::Played => self.played(now, world),
            Input::Digit(digit) => self.digit(now, digit, world),
            Input::Fetched(values) => {
                if matches!(self.doing, State::Fetching(_)) {
                    self.fetched(now, values, world);
                }
            }
            Input::NotReached(exit) => {
                if self.doing == State::Reaching {
                    self.leave(now, exit, world);
                }
            }
            Input::Recorded => {
                if self.doing == State::Recording {
                    self.leave(now, Exit::Next, world);
                }
            }
            Input::Booked(booked) => {
                if self.doing == State::Booking {
                    self.leave(now, if booked { Exit::Next } else { Exit::Otherwise }, world);
                }
            }
            Input::Denied(why) => self.denied(now, why, world),
        }
    }

    /// Does what is due.
    pub fn tick(&mut self, now: Timestamp, world: &dyn World) {
        match &self.doing {
            State::Asking(asking) if asking.until().is_some_and(|until| until <= now) => self.timed_out(now, world),
            State::Fetching(until) if *until <= now => self.fetched(now, None, world),
            State::Admitting(admission) if admission.until().is_some_and(|until| until <= now) => {
                self.admission_due(now, world);
            }
            State::Asking(_)
            | State::Admitting(_)
            | State::Fetching(_)
            | State::Idle
            | State::Saying
            | State::Reaching
            | State::Recording
            | State::Booking
            | State::Apologising => {}
        }
    }

    /// Its shell is a new one after a crash: what the old one was asked and has not answered, it never will.
    pub fn resume(&mut self, now: Timestamp, world: &dyn World) {
        if self.frames.is_empty() {
            self.lost(Fault::Forgotten, world);
        } else if matches!(self.doing, State::Fetching(_)) {
            self.fetched(now, None, world);
        } else {
            // Who is asked for a PIN at this moment goes on, and is asked once more if digits of it were lost.
            self.denied(now, Denied::Unheard, world);
        }
    }

    /// The next step; `None` when dry.
    pub fn poll(&mut self) -> Option<Step> {
        self.out.pop_front()
    }

    /// When [`Run::tick`] is wanted.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match &self.doing {
            State::Asking(asking) => asking.until(),
            State::Admitting(admission) => admission.until(),
            State::Fetching(until) => Some(*until),
            State::Idle | State::Saying | State::Reaching | State::Recording | State::Booking | State::Apologising => {
                None
            }
        }
    }

    /// What it would make of a digit now.
    #[must_use]
    pub fn listening(&self) -> Listening {
        match &self.doing {
            State::Asking(asking) => asking.listening(),
            State::Admitting(admission) => admission.listening(),
            // A key ends the message; which, the world around the walk knows.
            State::Recording => Listening::Keys,
            State::Idle
            | State::Saying
            | State::Fetching(_)
            | State::Reaching
            | State::Booking
            | State::Apologising => Listening::No,
        }
    }

    /// Whether it waits for another system.
    #[must_use]
    pub fn is_fetching(&self) -> bool {
        matches!(self.doing, State::Fetching(_))
    }

    /// Whether it has not begun or is over.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.doing == State::Idle
    }

    /// Where it stands.
    #[must_use]
    pub fn at(&self) -> Option<Footprint> {
        self.frames.last().filter(|_| self.walked > 0).map(|frame| Footprint { flow: frame.flow, node: frame.node })
    }

    /// Which versions of flows it may come back to.
    pub fn flows(&self) -> impl Iterator<Item = FlowRef> {
        self.frames.iter().map(|frame| frame.flow)
    }

    /// What it speaks at the moment.
    #[must_use]
    pub fn language(&self) -> Language {
        self.language
    }

    /// The variables that may be shown; of masked ones only that they are there.
    pub fn variables(&self) -> impl Iterator<Item = (&VarName, Option<&str>)> {
        let masked = self.masked.keys().map(|name| (name, None));
        self.texts.iter().map(|(name, value)| (name, Some(value.as_str()))).chain(masked)
    }

    fn start(&mut self, now: Timestamp, world: &dyn World) {
        if self.doing != State::Idle || self.walked > 0 {
            return;
        }
        let Some(frame) = self.frames.last_mut() else { return };
        let Some(flow) = world.flow(frame.flow) else {
            let fault = Fault::NoFlow(frame.flow.flow);
            return self.lost(fault, world);
        };
        frame.node = flow.start;
        self.language = flow.language;
        self.go(now, None, world);
    }

    /// Leaves the node by a way out and walks until something must be waited for.
    fn leave(&mut self, now: Timestamp, exit: Exit, world: &dyn World) {
        match self.follow(exit, world) {
            Ok(by) => self.go(now, Some(by), world),
            Err(fault) => self.lost(fault, world),
        }
    }

    /// Moves to the node that a way out leads to; the node that was left, and the way.
    fn follow(&mut self, exit: Exit, world: &dyn World) -> Result<(NodeId, Exit), Fault> {
        let to = self.node(world)?.exits.get(&exit).copied().ok_or(Fault::Unwired(exit))?;
        let frame = self.frames.last_mut().ok_or(Fault::TooDeep)?;
        Ok((std::mem::replace(&mut frame.node, to), exit))
    }

    /// Walks from the node where it is, which it came to `by` this way.
    fn go(&mut self, now: Timestamp, mut by: Option<(NodeId, Exit)>, world: &dyn World) {
        self.doing = State::Idle;
        loop {
            if self.walked >= BUDGET {
                return self.lost(Fault::Endless, world);
            }
            self.walked += 1;
            let then = match self.node(world) {
                Ok(node) => {
                    self.out.extend(self.at().map(|at| Step::Entered { at, by }));
                    self.enter(now, node, world)
                }
                Err(fault) => Then::Lost(fault),
            };
            let went = match then {
                Then::Leave(exit) => self.follow(exit, world).map(Some),
                Then::Go => Ok(None),
                Then::Stop => return,
                Then::Lost(fault) => Err(fault),
            };
            by = match went {
                Ok(by) => by,
                Err(fault) => return self.lost(fault, world),
            };
        }
    }

    /// Nothing goes on here: to the safe default.
    fn lost(&mut self, fault: Fault, world: &dyn World) {
        self.alarm(fault);
        if let Some(queue) = world.fallback().filter(|queue| world.has_queue(*queue)) {
            return self.finish(Step::Queue { queue, priority: 0, last_agent: None });
        }
        let apology = [Phrase::Prompt { name: APOLOGY.to_owned() }];
        if self.say(&apology, world) {
            self.doing = State::Apologising;
        } else {
            self.finish(Step::HangUp(Cause::Failed));
        }
    }

    fn finish(&mut self, step: Step) {
        self.out.push_back(step);
        self.doing = State::Idle;
    }

    fn alarm(&mut self, fault: Fault) {
        self.out.push_back(Step::Alarm(Alarm { at: self.at(), fault }));
    }

    /// The flow of the frame on top, for as long as the world lasts.
    fn flow<'w>(&self, world: &'w dyn World) -> Result<&'w Flow, Fault> {
        let frame = self.frames.last().ok_or(Fault::TooDeep)?;
        world.flow(frame.flow).ok_or(Fault::NoFlow(frame.flow.flow))
    }

    fn node<'w>(&self, world: &'w dyn World) -> Result<&'w Node, Fault> {
        let node = self.frames.last().map_or(0, |frame| frame.node);
        self.flow(world)?.nodes.get(&node).ok_or(Fault::NoNode(node))
    }

    fn set(&mut self, name: VarName, value: String) {
        self.masked.remove(&name);
        if self.texts.contains_key(&name) || self.texts.len() < MAX_VARIABLES {
            self.texts.insert(name, value);
        }
    }

    fn set_masked(&mut self, name: VarName, digits: u8) {
        self.texts.remove(&name);
        if self.masked.contains_key(&name) || self.masked.len() < MAX_VARIABLES {
            self.masked.insert(name, digits);
        }
    }

    /// Says phrases; whether anything of them can be heard at all. Answers before.
    fn say<'p>(&mut self, phrases: impl IntoIterator<Item = &'p Phrase>, world: &dyn World) -> bool {
        let sayings: Vec<Saying> = phrases.into_iter().flat_map(|phrase| self.sayings(phrase, world)).collect();
        if sayings.is_empty() {
            return false;
        }
        self.answer();
        self.out.push_back(Step::Play(sayings));
        true
    }

    fn answer(&mut self) {
        if !std::mem::replace(&mut self.answered, true) {
            self.out.push_back(Step::Answer);
        }
    }

    /// What can be heard of a phrase. What is missing is skipped, with an alarm.
    fn sayings(&mut self, phrase: &Phrase, world: &dyn World) -> Vec<Saying> {
        let names = match phrase {
            Phrase::Prompt { name } if name.contains('/') => vec![name.clone()],
            Phrase::Prompt { name } => vec![speech::sound(self.language, name)],
            Phrase::Value { name, read } => {
                let value = self.texts.get(name).map_or("", String::as_str);
                let pieces = speech::value(self.language, *read, value);
                pieces.iter().map(|piece| speech::sound(self.language, piece)).collect()
            }
            Phrase::Text { zh, en } => {
                let text = match self.language {
                    Language::Zh => zh,
                    Language::En => en,
                };
                let spoken = Some(text).filter(|text| !text.is_empty()).and_then(|t| world.spoken(self.language, t));
                if spoken.is_none() {
                    self.alarm(Fault::UnspokenText);
                }
                return spoken.into_iter().collect();
            }
        };
        let (found, missing): (Vec<String>, Vec<String>) = names.into_iter().partition(|name| world.has_sound(name));
        for name in missing {
            self.alarm(Fault::MissingSound(name));
        }
        found.into_iter().map(Saying::Sound).collect()
    }
}

/// The flow that a call enters by its id: the published version, or version 0 of something that was never published.
#[must_use]
pub fn entered(flow: FlowId, world: &dyn World) -> FlowRef {
    FlowRef { flow, version: world.published(flow).unwrap_or(0) }
}

#[cfg(test)]
mod any;
#[cfg(test)]
mod tests;
