//! A call that is tried: the shared interpreter walks the draft in a world that is set by hand, and what was done becomes
//! a test. Pure: the page plays what it asks for, and tells it what time it is.

use super::around::Around;
use hark_shared::flow::dip::{self, Request};
use hark_shared::flow::model::{Flow, NodeId};
use hark_shared::flow::{
    Alarm, Beginning, Denied, Exit, FlowRef, Footprint, Input, Key, Listening, MASKED_DIGIT, Phrase, Run, Saying, Step,
};
use hark_shared::ids::{FlowId, NoticeId, QueueId, UserId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Timestamp;
use hark_shared::wire::flows::{Act, FlowTest, Given};
use std::collections::{BTreeMap, BTreeSet};

/// Lines of the log that are kept: a walk has a budget of steps itself.
const MAX_LOG: usize = 600;

/// What a trial lights on the canvas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lit {
    /// Where the caller is.
    pub node: Option<NodeId>,
    /// The edges that were walked: the node that was left, and its way out.
    pub edges: BTreeSet<(NodeId, Exit)>,
}

/// What the trial waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Waiting {
    /// Something is being said.
    Playing(Vec<Saying>),
    /// A key, or time.
    Keys,
    /// What another system answers.
    Dip(Box<Request>),
    /// Whether an agent is reached.
    Agent(UserId),
    /// Whether an outside party is reached.
    Outside(String),
    /// Whoever is on duty is rung.
    Duty,
    /// A PIN was typed: whether it is right.
    Pin,
    /// A message is spoken.
    Message,
    /// Whether a callback is booked.
    Callback(QueueId),
    /// Nothing: it is over.
    Over,
}

/// A line of what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// A node was entered.
    At(Footprint),
    /// Something was said.
    Said(Vec<Saying>),
    /// The caller pressed a key; masked ones are not shown.
    Pressed(char),
    /// Nobody pressed anything.
    Silent,
    /// Something is wrong.
    Wrong(Alarm),
    /// It ended so.
    Ended(Step),
}

/// What a trial begins with.
#[derive(Clone, Debug)]
pub struct Begin {
    /// Which flow.
    pub id: FlowId,
    /// Its draft.
    pub flow: Flow,
    /// The flows that it may go through.
    pub others: BTreeMap<FlowId, Flow>,
    /// The recorded prompts, without the language's folder.
    pub sounds: BTreeSet<String>,
    /// What notices say.
    pub notices: BTreeMap<NoticeId, Vec<Phrase>>,
    /// The world.
    pub given: Given,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Trial {
    run: Run,
    around: Around,
    path: Vec<NodeId>,
    acts: Vec<Act>,
    /// Keys that follow belong to the last act.
    going_on: bool,
    /// How many of the given answers were used.
    answered: usize,
    waiting: Waiting,
    turn: u32,
    log: Vec<Line>,
    lit: Lit,
}

impl Trial {
    /// A call that comes in now.
    pub fn begin(now: Timestamp, begin: Begin) -> Self {
        let number = |text: &str| PhoneNumber::parse(text).ok();
        let (caller, called) = (number(&begin.given.caller), number(&begin.given.called));
        let beginning = Beginning { caller, called, answered: false };
        let here = FlowRef { flow: begin.id, version: 0 };
        let mut flows = begin.others;
        flows.insert(begin.id, begin.flow);
        let around = Around { given: begin.given, here, flows, sounds: begin.sounds, notices: begin.notices };
        let mut trial = Self {
            run: Run::new(here, &beginning),
            around,
            path: Vec::new(),
            acts: Vec::new(),
            going_on: false,
            answered: 0,
            waiting: Waiting::Over,
            turn: 0,
            log: Vec::new(),
            lit: Lit::default(),
        };
        trial.feed(now, Input::Start);
        trial
    }

    /// What it waits for.
    pub fn waiting(&self) -> &Waiting {
        &self.waiting
    }

    /// Changes whenever it waits for something else.
    pub fn turn(&self) -> u32 {
        self.turn
    }

    /// What happened.
    pub fn log(&self) -> &[Line] {
        &self.log
    }

    /// What is lit.
    pub fn lit(&self) -> &Lit {
        &self.lit
    }

    /// The variables; secret ones without their value.
    pub fn variables(&self) -> Vec<(String, Option<String>)> {
        self.run.variables().map(|(name, value)| (name.to_string(), value.map(str::to_owned))).collect()
    }

    /// Whether a key does something now.
    pub fn listens(&self) -> bool {
        self.waiting != Waiting::Over && self.run.listening() != Listening::No
    }

    /// When [`Self::tick`] is wanted.
    pub fn deadline(&self) -> Option<Timestamp> {
        if self.waiting == Waiting::Over { None } else { self.run.deadline() }
    }

    /// Whether the flow is over.
    pub fn is_over(&self) -> bool {
        self.waiting == Waiting::Over
    }

    /// The caller presses a key.
    pub fn press(&mut self, now: Timestamp, key: Key) {
        if !self.listens() {
            return;
        }
        let masked = match self.run.listening() {
            Listening::Masked { .. } => key.char().is_ascii_digit(),
            Listening::Keys | Listening::No => false,
        };
        // Which digits a secret has makes no difference to the path, and nobody shall read them in a test.
        let (input, kept) = if masked { (MASKED_DIGIT, Key::new('0').unwrap_or(key)) } else { (key.char(), key) };
        match self.acts.last_mut() {
            Some(Act::Press(keys)) if self.going_on => keys.push(kept),
            Some(_) | None => self.acts.push(Act::Press(vec![kept])),
        }
        self.going_on = true;
        self.note(Line::Pressed(input));
        self.feed(now, Input::Digit(input));
    }

    /// What was being said has been said.
    pub fn played(&mut self, now: Timestamp) {
        if matches!(self.waiting, Waiting::Playing(_)) {
            self.feed(now, Input::Played);
        }
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Timestamp) {
        if self.deadline().is_none() && self.waiting == Waiting::Keys {
            // Nobody waits for anything: a walk that could not go on.
            return self.wait(Waiting::Over);
        }
        let due = self.deadline().is_some_and(|deadline| deadline <= now);
        if !due {
            return;
        }
        if self.waiting == Waiting::Keys {
            // One act for each time that something is asked: silence after keys belongs to them.
            if !self.going_on {
                self.acts.push(Act::Wait);
            }
            self.going_on = false;
            self.note(Line::Silent);
        }
        let world = self.around.clone();
        self.run.tick(now, &world);
        self.settle(now, false);
    }

    /// What the other system answers: JSON, or `None` when it fails.
    pub fn answer(&mut self, now: Timestamp, answer: Option<String>) {
        if matches!(self.waiting, Waiting::Dip(_)) {
            // It is part of the world from now on, so that a test finds the same.
            self.around.given.answers.truncate(self.answered);
            self.around.given.answers.push(answer.clone());
            self.answered(now, answer);
        }
    }

    /// The next of the given answers has come.
    fn answered(&mut self, now: Timestamp, answer: Option<String>) {
        let Waiting::Dip(request) = self.waiting.clone() else { return };
        let taken = answer.as_deref().and_then(|answer| dip::take(answer, &request.take));
        self.answered += 1;
        self.feed(now, Input::Fetched(taken));
    }

    /// The agent or the outside party answers, or by which way out it goes on.
    pub fn reached(&mut self, now: Timestamp, otherwise: Option<Exit>) {
        match otherwise {
            Some(exit) => {
                self.acts.push(Act::Fail(exit));
                self.feed(now, Input::NotReached(exit));
            }
            None => self.wait(Waiting::Over),
        }
    }

    /// The PIN is right and there is a place; or why the caller may not enter.
    pub fn admitted(&mut self, now: Timestamp, denied: Option<Denied>) {
        let Some(why) = denied else { return self.wait(Waiting::Over) };
        match why {
            Denied::Full => self.acts.push(Act::Fail(Exit::Full)),
            Denied::Wrong | Denied::Unheard | Denied::Barred | Denied::Locked | Denied::Gone => {
                self.acts.push(Act::Fail(Exit::Refused));
            }
        }
        self.feed(now, Input::Denied(why));
    }

    /// The message is spoken.
    pub fn recorded(&mut self, now: Timestamp) {
        self.feed(now, Input::Recorded);
    }

    /// Whether the callback is booked.
    pub fn booked(&mut self, now: Timestamp, booked: bool) {
        self.feed(now, Input::Booked(booked));
    }

    /// The caller hangs up.
    pub fn hang_up(&mut self) {
        self.wait(Waiting::Over);
    }

    /// This call as a test.
    pub fn test(&self, name: &str) -> FlowTest {
        FlowTest {
            name: name.to_owned(),
            given: self.around.given.clone(),
            acts: self.acts.clone(),
            path: self.path.clone(),
        }
    }

    fn note(&mut self, line: Line) {
        if self.log.len() < MAX_LOG {
            self.log.push(line);
        }
    }

    fn wait(&mut self, waiting: Waiting) {
        self.waiting = waiting;
        self.turn = self.turn.wrapping_add(1);
    }

    fn feed(&mut self, now: Timestamp, input: Input) {
        let world = self.around.clone();
        let key = matches!(input, Input::Digit(_));
        self.run.handle(now, input, &world);
        self.settle(now, key);
    }

    /// Takes all that the walk wants. When it wants nothing, what was said goes on after a key, and else keys are awaited.
    fn settle(&mut self, now: Timestamp, after_key: bool) {
        let before = self.turn;
        while let Some(step) = self.run.poll() {
            self.take(step);
        }
        if self.turn == before && !after_key {
            self.wait(if self.run.is_idle() { Waiting::Over } else { Waiting::Keys });
        }
        if let Waiting::Dip(_) = self.waiting
            && let Some(answer) = self.around.given.answers.get(self.answered).cloned()
        {
            self.answered(now, answer);
        }
    }

    fn take(&mut self, step: Step) {
        match step {
            Step::Entered { at, by } => self.entered(at, by),
            Step::Answer => {}
            Step::Play(sayings) => {
                self.going_on = false;
                self.note(Line::Said(sayings.clone()));
                self.wait(Waiting::Playing(sayings));
            }
            Step::Quiet => self.wait(Waiting::Keys),
            Step::Fetch(request) => self.wait(Waiting::Dip(request)),
            Step::Agent { user, .. } => self.wait(Waiting::Agent(user)),
            Step::Outside { to, .. } => self.wait(Waiting::Outside(to)),
            Step::Duty { .. } => self.wait(Waiting::Duty),
            Step::CheckPin { .. } => self.wait(Waiting::Pin),
            Step::Record { .. } => self.wait(Waiting::Message),
            Step::Callback { queue, .. } => self.wait(Waiting::Callback(queue)),
            Step::Rated { .. } => {}
            Step::Alarm(alarm) => self.note(Line::Wrong(alarm)),
            Step::Queue { .. } | Step::HangUp(_) => {
                self.note(Line::Ended(step));
                self.wait(Waiting::Over);
            }
        }
    }

    fn entered(&mut self, at: Footprint, by: Option<(NodeId, Exit)>) {
        self.going_on = false;
        self.note(Line::At(at));
        if at.flow.flow != self.around.here.flow {
            return;
        }
        self.lit.node = Some(at.node);
        self.lit.edges.extend(by);
        self.path.push(at.node);
    }
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
