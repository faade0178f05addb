//! Tests of a flow, stored with it: the interpreter walks it in a made-up world, and the nodes must be those expected.

use super::dip;
use super::model::{Flow, Mailbox, Measure, NodeId};
use super::run::{Beginning, Run};
use super::say::Phrase;
use super::step::{Denied, Input, Listening, MASKED_DIGIT, Saying, Step};
use super::world::{FlowRef, World};
use crate::flow::Exit;
use crate::hours::DayState;
use crate::ids::{CalendarId, FlowId, MeetingRoomId, NoticeId, QueueId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::flows::{Act, FlowTest, Given};
use crate::wire::rest::Language;
use std::collections::BTreeMap;

/// What is said takes so long in a test.
const SAID: Millis = Millis::from_secs(2);

/// Turns of a test at most: each is a prompt, a wait or an answer, and the walk's own budget is smaller.
const MAX_TURNS: usize = 5000;

/// What came of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The nodes of the flow that were walked, in order.
    pub walked: Vec<NodeId>,
    /// By which ways out, in order.
    pub ways: Vec<(NodeId, Exit)>,
    /// The first place where that is not the expected path, counted from 0; `None`: the test passes.
    pub departs: Option<usize>,
}

/// The world of a test: a quiet day, but for what is given. Every sound exists and every text is spoken.
struct Told<'a> {
    own: FlowRef,
    flow: &'a Flow,
    others: &'a BTreeMap<FlowId, Flow>,
    given: &'a Given,
    notice: Vec<Phrase>,
}

impl World for Told<'_> {
    fn published(&self, flow: FlowId) -> Option<u32> {
        (flow == self.own.flow || self.others.contains_key(&flow)).then_some(self.own.version)
    }
    fn flow(&self, at: FlowRef) -> Option<&Flow> {
        if at == self.own { Some(self.flow) } else { self.others.get(&at.flow) }
    }
    fn hours(&self, _: Timestamp, calendar: CalendarId) -> DayState {
        self.given.calendars.get(&calendar).copied().unwrap_or(DayState::Open)
    }
    fn has_queue(&self, _: QueueId) -> bool {
        true
    }
    fn measure(&self, _: Timestamp, queue: QueueId, measure: Measure) -> u32 {
        let given = self.given.queues.iter().find(|given| given.queue == queue && given.measure == measure);
        let quiet = match measure {
            Measure::Waiting | Measure::LongestWait | Measure::EstimatedWait => 0,
            Measure::Ready | Measure::Staffed => 1,
        };
        given.map_or(quiet, |given| given.is)
    }
    fn vip(&self) -> bool {
        self.given.vip
    }
    fn listed(&self, _: Timestamp) -> bool {
        self.given.listed
    }
    fn notice(&self, notice: NoticeId) -> Option<&[Phrase]> {
        self.given.notices.contains(&notice).then_some(self.notice.as_slice())
    }
    fn greeting(&self, _: Mailbox, _: Language) -> Option<&[Phrase]> {
        None
    }
    /// Whatever is typed is a room's number: which ones there are may change after the test was written.
    fn meeting(&self, _: &str) -> Option<MeetingRoomId> {
        Some(MeetingRoomId::from_u128(0))
    }
    fn has_meeting(&self, _: MeetingRoomId) -> bool {
        true
    }
    fn has_sound(&self, _: &str) -> bool {
        true
    }
    fn spoken(&self, language: Language, text: &str) -> Option<Saying> {
        Some(Saying::Text { language, text: text.to_owned() })
    }
    fn fallback(&self) -> Option<QueueId> {
        None
    }
}

/// A test under way.
struct Trial<'a> {
    run: Run,
    world: Told<'a>,
    now: Timestamp,
    acts: std::slice::Iter<'a, Act>,
    answers: std::slice::Iter<'a, Option<String>>,
    walked: Vec<NodeId>,
    ways: Vec<(NodeId, Exit)>,
    /// The caller is asked something and has not been given the next act for it.
    asked: bool,
    over: bool,
}

/// Walks a flow, whose id is `own`, as a test says. `others` are the published flows that it may call.
#[must_use]
pub fn try_out(own: FlowId, flow: &Flow, others: &BTreeMap<FlowId, Flow>, test: &FlowTest) -> Outcome {
    let own = FlowRef { flow: own, version: 0 };
    let given = &test.given;
    let notice = vec![Phrase::Prompt { name: "notice".to_owned() }];
    let beginning = Beginning {
        caller: PhoneNumber::parse(&given.caller).ok(),
        called: PhoneNumber::parse(&given.called).ok(),
        answered: false,
    };
    let mut trial = Trial {
        run: Run::new(own, &beginning),
        world: Told { own, flow, others, given, notice },
        now: Timestamp(0),
        acts: test.acts.iter(),
        answers: given.answers.iter(),
        walked: Vec::new(),
        ways: Vec::new(),
        asked: false,
        over: false,
    };
    trial.feed(Input::Start);
    for _ in 0..MAX_TURNS {
        if trial.over {
            break;
        }
        trial.turn();
    }
    let Trial { walked, ways, .. } = trial;
    let same = walked.iter().zip(&test.path).take_while(|(walked, expected)| walked == expected).count();
    let departs = (same < walked.len().max(test.path.len())).then_some(same);
    Outcome { walked, ways, departs }
}

impl Trial<'_> {
    fn feed(&mut self, input: Input) {
        self.run.handle(self.now, input, &self.world);
        self.follow();
    }

    /// Does what the walk asks for, until it waits for the caller or for time.
    fn follow(&mut self) {
        while let Some(step) = self.run.poll() {
            match step {
                Step::Entered { at, by } if at.flow == self.world.own => {
                    self.walked.push(at.node);
                    self.ways.extend(by);
                    self.asked = true;
                }
                Step::Entered { .. } | Step::Play(_) => self.asked = true,
                Step::Fetch(request) => {
                    let answer = self.answers.next().and_then(Option::as_deref);
                    let values = answer.and_then(|answer| dip::take(answer, &request.take));
                    return self.feed(Input::Fetched(values));
                }
                Step::Agent { .. } | Step::Outside { .. } | Step::Duty { .. } => match self.acts.clone().next() {
                    Some(Act::Fail(exit)) => {
                        self.acts.next();
                        return self.feed(Input::NotReached(*exit));
                    }
                    Some(Act::Press(_) | Act::Wait) | None => self.over = true,
                },
                Step::CheckPin { .. } => match self.acts.clone().next() {
                    Some(Act::Fail(exit)) => {
                        self.acts.next();
                        let why = if *exit == Exit::Full { Denied::Full } else { Denied::Barred };
                        return self.feed(Input::Denied(why));
                    }
                    Some(Act::Press(_) | Act::Wait) | None => self.over = true,
                },
                Step::Record { .. } => return self.feed(Input::Recorded),
                Step::Callback { .. } => return self.feed(Input::Booked(true)),
                Step::Queue { .. } | Step::HangUp(_) => self.over = true,
                Step::Answer | Step::Quiet | Step::Rated { .. } | Step::Alarm(_) => {}
            }
        }
        self.over |= self.run.is_idle();
    }

    /// Something is said to its end, or the caller does the next thing.
    fn turn(&mut self) {
        if self.run.listening() == Listening::No {
            self.now = self.now + SAID;
            return self.feed(Input::Played);
        }
        if std::mem::take(&mut self.asked) {
            match self.acts.next() {
                Some(Act::Press(keys)) => return keys.iter().for_each(|key| self.press(key.char())),
                Some(Act::Wait | Act::Fail(_)) | None => {}
            }
        }
        self.now = self.now + SAID;
        self.feed(Input::Played);
        self.now = self.run.deadline().unwrap_or(self.now).max(self.now);
        self.run.tick(self.now, &self.world);
        self.follow();
    }

    fn press(&mut self, key: char) {
        let masked = matches!(self.run.listening(), Listening::Masked { .. }) && key.is_ascii_digit();
        self.feed(Input::Digit(if masked { MASKED_DIGIT } else { key }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::Cause;
    use crate::flow::Key;
    use crate::flow::model::{Kind, Node, Place};

    fn flow() -> Flow {
        let keys = vec![Key::new('1').unwrap()];
        let say = vec![Phrase::Prompt { name: "menu".into() }];
        let menu = Kind::Menu { say, keys: keys.clone(), plays: 2, wait: Millis(4000), wrong: vec![], silence: vec![] };
        let outside = Kind::Outside { to: crate::flow::Template("10086".into()), ring: Millis(20_000) };
        let nodes = [
            (menu, vec![(Exit::Key(keys[0]), 2), (Exit::Otherwise, 3)]),
            (outside, vec![(Exit::Busy, 3), (Exit::NoAnswer, 3), (Exit::Error, 3)]),
            (Kind::HangUp { cause: Cause::Normal }, vec![]),
        ];
        let node = |(kind, exits): (Kind, Vec<(Exit, NodeId)>)| Node {
            name: String::new(),
            at: Place::default(),
            kind,
            exits: exits.into_iter().collect(),
        };
        Flow { start: 1, language: Language::En, nodes: (1..).zip(nodes.map(node)).collect() }
    }

    fn outcome(acts: Vec<Act>, path: Vec<NodeId>) -> Outcome {
        let test = FlowTest { name: "t".into(), given: Given::default(), acts, path };
        try_out(FlowId::from_u128(1), &flow(), &BTreeMap::new(), &test)
    }

    #[test]
    fn a_path_that_departs_is_named_by_its_place() {
        let one = || Act::Press(vec![Key::new('1').unwrap()]);
        let ways = vec![(1, Exit::Key(Key::new('1').unwrap()))];
        let expected = |departs| Outcome { walked: vec![1, 2], ways: ways.clone(), departs };
        assert_eq!(outcome(vec![one()], vec![1, 2]), expected(None));
        assert_eq!(outcome(vec![Act::Wait, one()], vec![1, 2]).departs, None, "the menu is said twice");
        assert_eq!(outcome(vec![], vec![1, 3]).departs, None, "who does nothing goes on by otherwise");
        assert_eq!(outcome(vec![one(), Act::Fail(Exit::Busy)], vec![1, 2, 3]).departs, None);
        assert_eq!(outcome(vec![one()], vec![1, 3]), expected(Some(1)));
        assert_eq!(outcome(vec![one()], vec![1]).departs, Some(1), "it went further than expected");
        assert_eq!(outcome(vec![one()], vec![1, 2, 3]).departs, Some(2), "it ended before");
    }
}
