//! How long a whole day takes: 20,000 calls, 105 agents, twelve hours; what a what-if in the browser plays again and again.
//!
//! `cargo bench -p hark-shared --bench day` prints lines `figure = value unit`, one for each run. *Distribution*: the
//! engine that decides who gets whom, with callers and agents around it that only draw times. *Floor*: a simulated day
//! of the whole floor, with its calls, rooms, desks and facts, and the hash of every decision. *Standing by*: an input that
//! changes nothing, and the question whether a callback can be booked, while a thousand wait and thousands are to be called.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench prints, and reads a clock"
)]

use hark_shared::acd::{Acd, AgentRules, Availability, Input, Load, Output, QueueRules, StepRules};
use hark_shared::callback::Booking;
use hark_shared::edge::EdgeEvent;
use hark_shared::engine::Engine;
use hark_shared::floor::{Floor, Input as FloorInput, Order, SocketId};
use hark_shared::ids::{CallbackId, ContactId, IdSource, LegId, OfferId, QueueId, SkillId, UserId};
use hark_shared::phone::PhoneNumber;
use hark_shared::sim::{Kind, play};
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::callbacks::Reason;
use hark_shared::wire::desk::PassedOverReason;
use hark_shared::wire::routing::Strategy;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::time::Instant;

const CALLS: u64 = 20_000;
const AGENTS: u128 = 105;
const QUEUES: u128 = 8;
/// Queues that each agent serves.
const SERVED: u128 = 3;
/// Twelve hours, in ms.
const DAY: u64 = 12 * 3_600_000;
/// A mean talk and its wrap-up, in ms: agents are busy for nine tenths of the day.
const TALK: u64 = 200_000;
/// Callers hang up after this, in ms.
const PATIENCE: i64 = 300_000;
const RUNS: usize = 5;
/// Calls of the whole floor's day: that many of its agents handle, so that nobody waits for ever.
const FLOOR_CALLS: u32 = 2_000;
/// Inputs and orders that are timed while callbacks stand by.
const INPUTS: u32 = 2_000;
const ORDERS: u32 = 200;

/// A stream of numbers (SplitMix64, Steele et al. 2014), so that every run plays the same day.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Calls(u64),
    Answers(OfferId),
    GivesUp(ContactId),
    Ready(UserId),
}

/// A day around the distribution.
struct Day {
    acd: Acd,
    random: Random,
    events: BinaryHeap<Reverse<(i64, u64, Event)>>,
    scheduled: u64,
    offers: BTreeMap<OfferId, (UserId, ContactId)>,
    served: u64,
}

impl Day {
    fn new() -> Self {
        let skill = |n: u128| SkillId::from_u128(n % QUEUES);
        let step = StepRules { after: Millis::from_secs(60), skills: Vec::new() };
        let queues = (0..QUEUES).map(|n| QueueRules {
            queue: QueueId::from_u128(n),
            skills: vec![(skill(n), 3)],
            priority: u8::from(n == 0),
            offer_timeout: Millis::from_secs(20),
            strategy: if n % 2 == 0 { Strategy::LongestIdle } else { Strategy::HighestSkill },
            ring: 1,
            steps: vec![step.clone()],
            members: Vec::new(),
        });
        let agents = (0..AGENTS).map(|n| AgentRules {
            user: UserId::from_u128(n),
            name: format!("Agent {n}"),
            skills: (n..n + SERVED).map(|n| (skill(n), 5)).collect(),
            queues: (n..n + SERVED).map(|n| QueueId::from_u128(n % QUEUES)).collect(),
        });
        let mut day = Self {
            acd: Acd::new(IdSource::new(7)),
            random: Random(20_000),
            events: BinaryHeap::new(),
            scheduled: 0,
            offers: BTreeMap::new(),
            served: 0,
        };
        day.acd.handle(Timestamp(0), Input::Rules { queues: queues.collect(), agents: agents.collect() });
        for n in 0..AGENTS {
            day.at(0, Event::Ready(UserId::from_u128(n)));
        }
        for call in 0..CALLS {
            let at = day.random.below(DAY);
            day.at(i64::try_from(at).unwrap_or(0), Event::Calls(call));
        }
        day
    }

    fn at(&mut self, at: i64, event: Event) {
        self.scheduled += 1;
        self.events.push(Reverse((at, self.scheduled, event)));
    }

    fn play(mut self) -> u64 {
        while let Some(Reverse((at, _, event))) = self.events.pop() {
            while let Some(due) = self.acd.deadline().filter(|due| due.0 < at) {
                self.acd.tick(due);
                self.settle(due);
            }
            self.happen(Timestamp(at), event);
            self.settle(Timestamp(at));
        }
        self.served
    }

    fn happen(&mut self, now: Timestamp, event: Event) {
        match event {
            Event::Calls(call) => {
                let (contact, queue) = (ContactId::from_u128(u128::from(call) + 1), u128::from(self.random.below(8)));
                let queue = QueueId::from_u128(queue);
                self.acd.handle(now, Input::Enqueue { contact, queue, bonus: 0, prefers: None, since: None });
                self.at(now.0 + PATIENCE, Event::GivesUp(contact));
            }
            Event::Answers(offer) => {
                let Some((user, _)) = self.offers.remove(&offer) else { return };
                self.acd.handle(now, Input::Accept(offer));
                let availability = Availability::Not(PassedOverReason::OnContact);
                self.acd.handle(now, Input::Agent { user, availability, load: Load::default() });
                self.served += 1;
                let talk = TALK / 2 + self.random.below(TALK);
                self.at(now.0 + i64::try_from(talk).unwrap_or(0), Event::Ready(user));
            }
            Event::GivesUp(contact) => self.acd.handle(now, Input::Leave(contact)),
            Event::Ready(user) => {
                self.acd
                    .handle(now, Input::Agent { user, availability: Availability::Ready(now), load: Load::default() });
            }
        }
    }

    fn settle(&mut self, now: Timestamp) {
        while let Some(output) = self.acd.poll() {
            match output {
                Output::Offered(offer) => {
                    self.offers.insert(offer.id, (offer.user, offer.contact));
                    self.at(now.0 + 2_000, Event::Answers(offer.id));
                }
                Output::OfferEnded { offer, .. } => {
                    self.offers.remove(&offer.id);
                }
                Output::Homeless(contact) => panic!("{contact} has no queue"),
            }
        }
    }
}

/// What an input costs that changes nothing, while this many wait in a queue and so many callbacks stand by beside it, whose
/// customers are called first; and what it costs to ask whether another can be booked.
fn standing_by(waiting: u32, callbacks: u32) -> (f64, f64) {
    let (plan, mut setup) = Kind::Overflowing.day(8);
    let queue = &mut setup.queues[1];
    queue.waiting.overflow.clear();
    let (now, queue, (trunk, hotline)) = (plan.begins, queue.id, plan.numbers[2].clone());
    let mut floor = Floor::new(7);
    let handle = |floor: &mut Floor, now, input| {
        floor.handle(now, input);
        while floor.poll().is_some() {}
    };
    handle(&mut floor, now, FloorInput::Setup(Box::new(setup)));
    for n in 0..waiting {
        let leg = LegId::from_u128(u128::from(n) + 1);
        let call = EdgeEvent::Incoming { leg, trunk, to: hotline.clone(), from: None, name: None };
        handle(&mut floor, now, FloorInput::Edge(call));
    }
    let order = |n: u32| {
        let number = PhoneNumber::parse(&format!("1390{n:07}")).ok();
        let booking = Booking {
            contact: None,
            queue: Some(queue),
            user: None,
            team: None,
            number,
            name: None,
            reason: Reason::Asked,
            message: None,
            due: None,
        };
        Order::Book(CallbackId::from_u128(u128::from(n) + 1), Box::new(booking))
    };
    for n in 0..callbacks {
        handle(&mut floor, now, FloorInput::Callback(order(n)));
    }
    let now = now + Millis(1);
    floor.tick(now);
    while floor.poll().is_some() {}
    let each = |began: Instant, count: u32| began.elapsed().as_secs_f64() * 1e6 / f64::from(count);
    let began = Instant::now();
    for _ in 0..INPUTS {
        handle(&mut floor, now, FloorInput::VisitorClosed { socket: SocketId(1) });
    }
    let input = each(began, INPUTS);
    let began = Instant::now();
    for n in 0..ORDERS {
        floor.check_order(now, &order(callbacks + n)).expect("it can be booked");
    }
    (input, each(began, ORDERS))
}

fn main() {
    if std::env::args().any(|argument| argument == "--list") {
        return; // a test runner asks what tests there are: none
    }
    for _ in 0..RUNS {
        let began = Instant::now();
        let served = Day::new().play();
        println!("day.distribution_ms = {:.2} ms", began.elapsed().as_secs_f64() * 1e3);
        assert!(served > CALLS * 9 / 10, "nearly everybody is served: {served}");
    }
    for _ in 0..RUNS {
        let (input, order) = standing_by(1_000, 5_000);
        println!("day.standing_by_us_per_input = {input:.2} us");
        println!("day.standing_by_us_per_order = {order:.2} us");
    }
    let (mut plan, setup) = Kind::of(0).day(0);
    plan.calls = FLOOR_CALLS;
    plan.length = Millis(i64::from(FLOOR_CALLS) * 20_000);
    for _ in 0..RUNS {
        let began = Instant::now();
        let report = play(&plan, &setup, |_, _, _| ());
        let each = began.elapsed().as_secs_f64() * 1e6 / f64::from(report.calls.max(1));
        println!("day.floor_us_per_call = {each:.1} us");
    }
}
