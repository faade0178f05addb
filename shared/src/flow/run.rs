//! The interpreter: one contact's walk through a flow.

use super::legacy::{Flow, Node, NodeId};
use crate::edge::Cause;
use crate::engine::Engine;
use crate::ids::QueueId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Nodes that may be walked in all: an endless flow ends here instead of holding its caller for ever.
const BUDGET: u16 = 500;

/// What can happen to a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Begin.
    Start,
    /// The prompt asked for last has been played.
    Played,
    /// The caller pressed a key.
    Digit(char),
}

/// What the floor shall do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// Answer the call.
    Answer,
    /// Play this, then say [`Input::Played`].
    Play(String),
    /// Stop what plays: a digit was pressed.
    Quiet,
    /// Enter a queue; the walk is over.
    Queue(QueueId),
    /// End the call; the walk is over.
    HangUp(Cause),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// A prompt of the node plays; `plays` counts it.
    Playing { plays: u8 },
    /// The prompt is over, a digit may still come.
    Waiting { plays: u8, until: Timestamp },
    /// Not begun, or over.
    Idle,
}

/// A walk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    flow: Flow,
    at: NodeId,
    state: State,
    walked: u16,
    out: VecDeque<Step>,
}

impl Run {
    /// A walk that has not begun.
    #[must_use]
    pub fn new(flow: Flow) -> Self {
        Self { at: flow.start, flow, state: State::Idle, walked: 0, out: VecDeque::new() }
    }

    /// Walks until something must be waited for.
    fn go(&mut self, mut to: NodeId) {
        loop {
            self.at = to;
            self.walked += 1;
            let node = if self.walked > BUDGET { None } else { self.flow.nodes.get(&to) };
            match node {
                Some(Node::Answer { next }) => {
                    self.out.push_back(Step::Answer);
                    to = *next;
                }
                Some(Node::Play { prompt, .. } | Node::Menu { prompt, .. }) => {
                    self.out.push_back(Step::Play(prompt.clone()));
                    self.state = State::Playing { plays: 1 };
                    return;
                }
                Some(Node::Queue { queue }) => return self.finish(Step::Queue(*queue)),
                Some(Node::HangUp { cause }) => return self.finish(Step::HangUp(*cause)),
                None => return self.finish(Step::HangUp(Cause::Failed)),
            }
        }
    }

    fn finish(&mut self, step: Step) {
        self.out.push_back(step);
        self.state = State::Idle;
    }

    fn played(&mut self, now: Timestamp) {
        let State::Playing { plays } = self.state else { return };
        match self.flow.nodes.get(&self.at) {
            Some(Node::Play { next, .. }) => self.go(*next),
            Some(Node::Menu { wait, .. }) => self.state = State::Waiting { plays, until: now + *wait },
            Some(Node::Answer { .. } | Node::Queue { .. } | Node::HangUp { .. }) | None => {}
        }
    }

    fn digit(&mut self, digit: char) {
        let (State::Playing { plays } | State::Waiting { plays, .. }) = self.state else { return };
        let Some(Node::Menu { choices, .. }) = self.flow.nodes.get(&self.at) else { return };
        let chosen = choices.get(&digit).copied();
        if matches!(self.state, State::Playing { .. }) {
            self.out.push_back(Step::Quiet);
        }
        match chosen {
            Some(next) => self.go(next),
            None => self.again(plays),
        }
    }

    /// Plays the menu again, or goes on when it was played often enough.
    fn again(&mut self, plays: u8) {
        let Some(Node::Menu { prompt, plays: at_most, otherwise, .. }) = self.flow.nodes.get(&self.at) else { return };
        if plays >= *at_most {
            return self.go(*otherwise);
        }
        self.out.push_back(Step::Play(prompt.clone()));
        self.state = State::Playing { plays: plays + 1 };
    }
}

impl Engine for Run {
    type Input = Input;
    type Output = Step;

    fn handle(&mut self, now: Timestamp, input: Input) {
        match input {
            Input::Start => self.go(self.flow.start),
            Input::Played => self.played(now),
            Input::Digit(digit) => self.digit(digit),
        }
    }

    fn tick(&mut self, now: Timestamp) {
        if let State::Waiting { plays, until } = self.state
            && until <= now
        {
            self.again(plays);
        }
    }

    fn poll(&mut self) -> Option<Step> {
        self.out.pop_front()
    }

    fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Waiting { until, .. } => Some(until),
            State::Playing { .. } | State::Idle => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::rest::{Choice, Entry, Menu};

    fn queue(n: u128) -> QueueId {
        QueueId::from_u128(n)
    }

    fn menu() -> Run {
        let choices = vec![Choice { digit: '1', queue: queue(1) }, Choice { digit: '2', queue: queue(2) }];
        let entry = Entry::Menu(Menu { prompt: "en/menu".into(), choices, otherwise: queue(9) });
        let mut run = Run::new(Flow::from_entry(&entry));
        run.handle(Timestamp(0), Input::Start);
        assert_eq!(steps(&mut run), [Step::Answer, Step::Play("en/menu".into())]);
        run
    }

    fn steps(run: &mut Run) -> Vec<Step> {
        std::iter::from_fn(|| run.poll()).collect()
    }

    #[test]
    fn a_digit_during_the_prompt_cuts_it_short() {
        let mut run = menu();
        run.handle(Timestamp(500), Input::Digit('2'));
        assert_eq!(steps(&mut run), [Step::Quiet, Step::Queue(queue(2))]);
        run.handle(Timestamp(600), Input::Digit('1'));
        assert_eq!(steps(&mut run), [], "the walk is over");
    }

    #[test]
    fn silence_plays_the_menu_twice_and_then_goes_on() {
        let mut run = menu();
        run.handle(Timestamp(3000), Input::Played);
        assert_eq!(run.deadline(), Some(Timestamp(7000)));
        run.tick(Timestamp(7000));
        assert_eq!(steps(&mut run), [Step::Play("en/menu".into())]);
        run.handle(Timestamp(10_000), Input::Played);
        run.tick(Timestamp(14_000));
        assert_eq!(steps(&mut run), [Step::Queue(queue(9))]);
    }

    #[test]
    fn a_wrong_key_plays_the_menu_again() {
        let mut run = menu();
        run.handle(Timestamp(500), Input::Digit('7'));
        assert_eq!(steps(&mut run), [Step::Quiet, Step::Play("en/menu".into())]);
    }

    #[test]
    fn a_flow_that_goes_round_for_ever_is_ended() {
        let nodes = [(0, Node::Answer { next: 1 }), (1, Node::Answer { next: 0 })].into();
        let mut run = Run::new(Flow { start: 0, nodes });
        run.handle(Timestamp(0), Input::Start);
        assert_eq!(steps(&mut run).last(), Some(&Step::HangUp(Cause::Failed)));
    }
}
