//! What happens when a node is entered, kind by kind.

use super::ask::Asking;
use super::{Frame, MAX_DEPTH, Run, State, Then};
use crate::edge::Cause;
use crate::flow::dip::Values;
use crate::flow::exit::Exit;
use crate::flow::model::{Fetch, Kind, Node};
use crate::flow::say::Phrase;
use crate::flow::step::{Fault, Step};
use crate::flow::vars::VarName;
use crate::flow::world::{FlowRef, World};
use crate::hours::DayState;
use crate::ids::{FlowId, QueueId};
use crate::time::{Millis, Timestamp};
use std::collections::BTreeMap;

/// How much longer than all its tries a data dip is waited for: the shell answers in any case, but if it died with the
/// answer the caller must go on.
const DIP_GRACE: Millis = Millis::from_secs(2);

impl Run {
    pub(super) fn enter(&mut self, now: Timestamp, node: &Node, world: &dyn World) -> Then {
        match &node.kind {
            Kind::Answer => {
                self.answer();
                Then::Leave(Exit::Next)
            }
            Kind::Speak { language } => {
                self.language = *language;
                Then::Leave(Exit::Next)
            }
            Kind::Play { say } => self.say_and_leave(say, world),
            Kind::Menu { say, .. } | Kind::Collect { say, .. } => self.ask(now, Asking::of(&node.kind), say, world),
            Kind::If { test } => Then::Leave(if self.holds(now, test, world) { Exit::Yes } else { Exit::No }),
            Kind::Hours { calendar } => Then::Leave(match world.hours(now, *calendar) {
                DayState::Open => Exit::Open,
                DayState::Closed => Exit::Closed,
                DayState::Holiday => Exit::Holiday,
                DayState::Emergency => Exit::Emergency,
            }),
            Kind::Set { name, to } => {
                let value = to.fill(&self.texts);
                self.set(name.clone(), value);
                Then::Leave(Exit::Next)
            }
            Kind::Fetch(fetch) => self.fetch(now, fetch),
            Kind::Queue { queue, priority } => self.queue(*queue, *priority, None, world),
            Kind::LastAgent { queue, days, patience } => {
                let last = crate::flow::step::LastAgent { days: *days, patience: *patience };
                self.queue(*queue, 0, Some(last), world)
            }
            Kind::Agent { user, ring } => self.wait(State::Reaching, Step::Agent { user: *user, ring: *ring }),
            Kind::Outside { to, ring } => {
                let step = Step::Outside { to: to.fill(&self.texts), ring: *ring };
                self.wait(State::Reaching, step)
            }
            Kind::Duty { rota, ring } => self.wait(State::Reaching, Step::Duty { rota: *rota, ring: *ring }),
            Kind::Meeting { room } => self.admit(now, *room, world),
            Kind::Voicemail { mailbox, say, .. } => {
                let own = world.greeting(*mailbox, self.language);
                if self.say(own.unwrap_or(say), world) {
                    self.doing = State::Saying;
                    return Then::Stop;
                }
                self.record(&node.kind)
            }
            Kind::Callback { queue, number } => {
                let step = Step::Callback { queue: *queue, number: number.fill(&self.texts) };
                self.wait(State::Booking, step)
            }
            Kind::Survey { questions } => match questions.first() {
                Some(question) => self.ask(now, Asking::of(&node.kind), &question.say, world),
                None => Then::Leave(Exit::Next),
            },
            Kind::SubFlow { flow } => self.call(*flow, world),
            Kind::Return => self.come_back(),
            Kind::Loop { times } => self.round(*times),
            Kind::Notice { notice } => match world.notice(*notice) {
                Some(say) => self.say_and_leave(say, world),
                None => Then::Leave(Exit::Next),
            },
            Kind::HangUp { cause } => {
                self.finish(Step::HangUp(*cause));
                Then::Stop
            }
        }
    }

    fn say_and_leave(&mut self, say: &[Phrase], world: &dyn World) -> Then {
        if self.say(say, world) {
            self.doing = State::Saying;
            Then::Stop
        } else {
            Then::Leave(Exit::Next)
        }
    }

    /// Something was said to its end.
    pub(super) fn played(&mut self, now: Timestamp, world: &dyn World) {
        match &mut self.doing {
            State::Saying => match self.node(world) {
                Ok(Node { kind: kind @ Kind::Voicemail { .. }, .. }) => {
                    self.record(kind);
                }
                Ok(_) | Err(_) => self.leave(now, Exit::Next, world),
            },
            State::Asking(asking) => asking.said(now),
            State::Admitting(_) => self.admission_said(now, world),
            State::Apologising => self.finish(Step::HangUp(Cause::Failed)),
            State::Idle | State::Fetching(_) | State::Reaching | State::Recording | State::Booking => {}
        }
    }

    fn record(&mut self, kind: &Kind) -> Then {
        let Kind::Voicemail { mailbox, limit, .. } = kind else { return Then::Leave(Exit::Next) };
        self.answer();
        self.wait(State::Recording, Step::Record { mailbox: *mailbox, limit: *limit })
    }

    fn wait(&mut self, state: State, step: Step) -> Then {
        self.out.push_back(step);
        self.doing = state;
        Then::Stop
    }

    fn queue(
        &mut self,
        queue: QueueId,
        priority: u8,
        last_agent: Option<crate::flow::step::LastAgent>,
        world: &dyn World,
    ) -> Then {
        if !world.has_queue(queue) {
            return Then::Lost(Fault::NoQueue);
        }
        self.finish(Step::Queue { queue, priority, last_agent });
        Then::Stop
    }

    fn fetch(&mut self, now: Timestamp, fetch: &Fetch) -> Then {
        let request = Values { plain: &self.texts, masked: &self.masked }.request(fetch);
        let until = now + Millis(fetch.timeout.0.saturating_mul(fetch.tries.max(1).into())) + DIP_GRACE;
        self.wait(State::Fetching(until), Step::Fetch(Box::new(request)))
    }

    pub(super) fn fetched(&mut self, now: Timestamp, values: Option<Vec<(VarName, String)>>, world: &dyn World) {
        let exit = if values.is_some() { Exit::Next } else { Exit::Error };
        for (name, value) in values.into_iter().flatten() {
            self.set(name, value);
        }
        self.leave(now, exit, world);
    }

    /// Into a sub-flow. The caller goes on hearing the language they chose, not the sub-flow's first one.
    fn call(&mut self, flow: FlowId, world: &dyn World) -> Then {
        let Some(version) = world.published(flow) else { return Then::Lost(Fault::NoFlow(flow)) };
        let entered = FlowRef { flow, version };
        let Some(start) = world.flow(entered).map(|flow| flow.start) else { return Then::Lost(Fault::NoFlow(flow)) };
        if self.frames.len() >= MAX_DEPTH {
            return Then::Lost(Fault::TooDeep);
        }
        self.frames.push(Frame { flow: entered, node: start, rounds: BTreeMap::new() });
        Then::Go
    }

    fn come_back(&mut self) -> Then {
        if self.frames.len() < 2 {
            self.finish(Step::HangUp(Cause::Normal));
            return Then::Stop;
        }
        self.frames.pop();
        Then::Leave(Exit::Next)
    }

    fn round(&mut self, times: u8) -> Then {
        let Some(frame) = self.frames.last_mut() else { return Then::Leave(Exit::Done) };
        let rounds = frame.rounds.entry(frame.node).or_default();
        if *rounds < times {
            *rounds += 1;
            return Then::Leave(Exit::Again);
        }
        *rounds = 0;
        Then::Leave(Exit::Done)
    }
}
