//! Menus, digits and surveys: something is said, and the caller answers by keys, also while it is said.

use super::{Run, State, Then};
use crate::flow::exit::{Exit, Key};
use crate::flow::model::{Kind, Scale};
use crate::flow::say::Phrase;
use crate::flow::step::{Listening, MASKED_DIGIT, Step};
use crate::flow::vars::VarName;
use crate::flow::world::World;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// How long a survey waits for a key, and how often it asks: callers who have what they wanted hang up rather than wait.
const SURVEY_WAIT: Millis = Millis::from_secs(5);
const SURVEY_TRIES: u8 = 2;

/// The most digits that are collected.
pub const MAX_DIGITS: u8 = 32;

/// Something that the caller is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Asking {
    /// How often it has been said, this time counted.
    times: u8,
    /// Which question of a survey.
    question: u8,
    /// The digits so far; of masked ones only their number.
    digits: String,
    /// The variable, if the digits are masked.
    masked: Option<VarName>,
    /// How long to wait once it has been said.
    wait: Millis,
    /// When it is waited for no longer; `None` while it is being said.
    until: Option<Timestamp>,
}

/// What a key means.
enum Answer {
    Leave(Exit),
    Digits,
    More(Millis),
    Rated(Scale, u8),
    Wrong,
    Ignored,
}

impl Asking {
    /// The first time.
    pub fn of(kind: &Kind) -> Self {
        let (wait, masked) = match kind {
            Kind::Menu { wait, .. } => (*wait, None),
            Kind::Collect { first, masked, into, .. } => (*first, masked.then(|| into.clone())),
            _ => (SURVEY_WAIT, None),
        };
        Self { times: 1, question: 0, digits: String::new(), masked, wait, until: None }
    }

    pub fn until(&self) -> Option<Timestamp> {
        self.until
    }

    /// It has been said: from now on it is waited. Once a digit came the time runs from that.
    pub fn said(&mut self, now: Timestamp) {
        self.until.get_or_insert(now + self.wait);
    }

    pub fn listening(&self) -> Listening {
        match &self.masked {
            Some(into) => Listening::Masked { into: into.clone(), so_far: self.count() },
            None => Listening::Keys,
        }
    }

    fn count(&self) -> u8 {
        u8::try_from(self.digits.chars().count()).unwrap_or(MAX_DIGITS)
    }

    fn again(mut self) -> Self {
        self.times = self.times.saturating_add(1);
        self.digits.clear();
        self.until = None;
        self
    }

    fn key(&mut self, kind: &Kind, digit: char) -> Answer {
        match kind {
            Kind::Menu { keys, .. } => match Key::new(digit).filter(|key| keys.contains(key)) {
                Some(key) => Answer::Leave(Exit::Key(key)),
                None => Answer::Wrong,
            },
            Kind::Collect { min, max, end, between, .. } => {
                if end.is_some_and(|end| end.char() == digit) {
                    return if self.count() >= *min { Answer::Digits } else { Answer::Wrong };
                }
                let counts = if self.masked.is_some() { digit == MASKED_DIGIT } else { digit.is_ascii_digit() };
                if !counts {
                    return Answer::Ignored;
                }
                self.digits.push(digit);
                if self.count() >= (*max).min(MAX_DIGITS) { Answer::Digits } else { Answer::More(*between) }
            }
            Kind::Survey { questions } => {
                let scale = questions.get(usize::from(self.question)).map(|question| question.scale);
                let most = match scale {
                    Some(Scale::Score) => 5,
                    Some(Scale::Solved) => 2,
                    None => 0,
                };
                match (scale, digit.to_digit(10).and_then(|score| u8::try_from(score).ok())) {
                    (Some(scale), Some(score)) if (1..=most).contains(&score) => Answer::Rated(scale, score),
                    _ => Answer::Wrong,
                }
            }
            _ => Answer::Ignored,
        }
    }
}

/// How often something is said in all.
fn times(kind: &Kind) -> u8 {
    match kind {
        Kind::Menu { plays, .. } => *plays,
        Kind::Collect { tries, .. } => *tries,
        _ => SURVEY_TRIES,
    }
}

impl Run {
    /// Says something and waits for keys from its beginning on.
    pub(super) fn ask<'p>(
        &mut self,
        now: Timestamp,
        mut asking: Asking,
        say: impl IntoIterator<Item = &'p Phrase>,
        world: &dyn World,
    ) -> Then {
        self.answer();
        if !self.say(say, world) {
            asking.said(now);
        }
        self.doing = State::Asking(asking);
        Then::Stop
    }

    pub(super) fn digit(&mut self, now: Timestamp, digit: char, world: &dyn World) {
        match self.doing {
            State::Asking(_) => {}
            State::Admitting(_) => return self.admission_digit(now, digit, world),
            State::Idle
            | State::Saying
            | State::Fetching(_)
            | State::Reaching
            | State::Recording
            | State::Booking
            | State::Apologising => return,
        }
        let node = match self.node(world) {
            Ok(node) => node,
            Err(fault) => return self.lost(fault, world),
        };
        let State::Asking(asking) = &mut self.doing else { return };
        let answer = asking.key(&node.kind, digit);
        if matches!(answer, Answer::Ignored) {
            return;
        }
        if asking.until.is_none() {
            self.out.push_back(Step::Quiet);
        }
        match answer {
            Answer::Leave(exit) => self.leave(now, exit, world),
            Answer::Digits => self.collected(now, &node.kind, world),
            Answer::More(between) => asking.until = Some(now + between),
            Answer::Rated(scale, score) => {
                let question = asking.question;
                if let Some(at) = self.at() {
                    self.out.push_back(Step::Rated { at, question, scale, score });
                }
                self.next_question(now, &node.kind, world);
            }
            Answer::Wrong => self.ask_again(now, &node.kind, false, world),
            Answer::Ignored => {}
        }
    }

    /// No key came, or no further one.
    pub(super) fn timed_out(&mut self, now: Timestamp, world: &dyn World) {
        let node = match self.node(world) {
            Ok(node) => node,
            Err(fault) => return self.lost(fault, world),
        };
        let State::Asking(asking) = &self.doing else { return };
        match &node.kind {
            Kind::Collect { min, .. } if asking.count() > 0 && asking.count() >= *min => {
                self.collected(now, &node.kind, world);
            }
            kind => self.ask_again(now, kind, true, world),
        }
    }

    fn collected(&mut self, now: Timestamp, kind: &Kind, world: &dyn World) {
        let State::Asking(asking) = &self.doing else { return };
        let (digits, count) = (asking.digits.clone(), asking.count());
        if let Kind::Collect { into, masked, .. } = kind {
            if *masked {
                self.set_masked(into.clone(), count);
            } else {
                self.set(into.clone(), digits);
            }
        }
        self.leave(now, Exit::Next, world);
    }

    /// Asks once more, or goes on without an answer.
    fn ask_again(&mut self, now: Timestamp, kind: &Kind, silent: bool, world: &dyn World) {
        let State::Asking(asking) = &self.doing else { return };
        if asking.times >= times(kind) {
            return match kind {
                Kind::Survey { .. } => self.next_question(now, kind, world),
                _ => self.leave(now, Exit::Otherwise, world),
            };
        }
        let asking = asking.clone().again();
        let none: &[Phrase] = &[];
        let (before, say) = match kind {
            Kind::Menu { say, silence, .. } if silent => (silence.as_slice(), say.as_slice()),
            Kind::Menu { say, wrong, .. } | Kind::Collect { say, wrong, .. } => (wrong.as_slice(), say.as_slice()),
            Kind::Survey { questions } => {
                (none, questions.get(usize::from(asking.question)).map_or(none, |question| &question.say))
            }
            _ => (none, none),
        };
        self.ask(now, asking, before.iter().chain(say), world);
    }

    fn next_question(&mut self, now: Timestamp, kind: &Kind, world: &dyn World) {
        let (State::Asking(asking), Kind::Survey { questions }) = (&self.doing, kind) else { return };
        let question = asking.question.saturating_add(1);
        match questions.get(usize::from(question)) {
            Some(next) => {
                let asking = Asking { question, ..Asking::of(kind) };
                self.ask(now, asking, &next.say, world);
            }
            None => self.leave(now, Exit::Next, world),
        }
    }
}
