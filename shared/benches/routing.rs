//! How long a routing decision takes, and how that grows: 100, 1,000 and 10,000 agents, 50 skills, 1,000 waiting.
//!
//! `cargo bench -p hark-shared` prints lines `figure = value unit`, one for each run. Two decisions are timed: an agent
//! becomes ready while everybody else is busy (*ready*: which contact?), and a contact arrives while nearly everybody
//! is ready (*arrival*: which agent?). A decision is the input, and all outputs polled: offer, explanation, time-out.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench prints, and reads a clock"
)]

use hark_shared::acd::{Acd, AgentRules, Availability, Input, Offer, Output, QueueRules};
use hark_shared::engine::Engine;
use hark_shared::ids::{ContactId, IdSource, QueueId, SkillId, UserId};
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::desk::PassedOverReason;
use std::time::{Duration, Instant};

/// Skills, and as many queues: each asks for two of them.
const SKILLS: u128 = 50;
/// The queues that an agent serves, and the skills that each has.
const SERVED: u128 = 10;
/// Contacts that wait all the time.
const WAITING: u128 = 1_000;
/// Decisions of a run, and runs.
const DECISIONS: u32 = 20_000;
const RUNS: usize = 5;
/// In *arrival* the contacts that wait are in one queue whose agents are all busy.
const BUSY_QUEUE: u128 = 0;

/// A center whose clock advances a millisecond with every step.
struct Center {
    acd: Acd,
    now: Timestamp,
    contacts: u128,
}

impl Center {
    /// Agent `n` serves the ten queues from `n` on, and has every skill that these ask for.
    fn new(agents: u128) -> Self {
        let skill = |n: u128| SkillId::from_u128(n % SKILLS);
        let queues = (0..SKILLS).map(|n| QueueRules {
            queue: QueueId::from_u128(n),
            skills: vec![(skill(n), 3), (skill(n + 1), 2)],
            priority: 0,
            offer_timeout: Millis::from_secs(20),
        });
        let agents = (0..agents).map(|n| AgentRules {
            user: UserId::from_u128(n),
            name: format!("Agent {n}"),
            skills: (n..=n + SERVED).map(|n| (skill(n), 5)).collect(),
            queues: (n..n + SERVED).map(|n| QueueId::from_u128(n % SKILLS)).collect(),
        });
        let rules = Input::Rules { queues: queues.collect(), agents: agents.collect() };
        let mut center = Self { acd: Acd::new(IdSource::new(7)), now: Timestamp(1_000_000), contacts: 0 };
        center.decide(rules);
        center
    }

    /// Handles an input, polls dry, and returns the offers that were made.
    fn decide(&mut self, input: Input) -> Vec<Offer> {
        self.now = Timestamp(self.now.0 + 1);
        self.acd.handle(self.now, input);
        let mut offers = Vec::new();
        while let Some(output) = self.acd.poll() {
            match output {
                Output::Offered(offer) => offers.push(offer),
                Output::OfferEnded { .. } => {}
                Output::Homeless(contact) => panic!("{contact} has no queue"),
            }
        }
        offers
    }

    fn enqueue(&mut self, queue: u128) -> Input {
        self.contacts += 1;
        let (contact, queue) = (ContactId::from_u128(self.contacts), QueueId::from_u128(queue));
        Input::Enqueue { contact, queue, bonus: 0 }
    }

    fn ready(&self, user: UserId) -> Input {
        Input::Agent { user, availability: Availability::Ready(self.now) }
    }
}

/// The time of the one decision that makes an offer.
fn timed(center: &mut Center, input: Input) -> (Duration, Offer) {
    let began = Instant::now();
    let mut offers = center.decide(input);
    let took = began.elapsed();
    assert_eq!(offers.len(), 1, "each of these decisions makes one offer");
    (took, offers.remove(0))
}

/// Everybody is busy, 1,000 wait in all queues; agents become ready one after the other.
fn ready(agents: u128) -> Duration {
    let mut center = Center::new(agents);
    for n in 0..agents {
        let availability = Availability::Not(PassedOverReason::OnContact);
        center.decide(Input::Agent { user: UserId::from_u128(n), availability });
    }
    for n in 0..WAITING {
        let input = center.enqueue(n % SKILLS);
        center.decide(input);
    }
    let mut sum = Duration::ZERO;
    for n in 0..DECISIONS {
        let input = center.ready(UserId::from_u128(u128::from(n) % agents));
        let (took, offer) = timed(&mut center, input);
        sum += took;
        center.decide(Input::Accept(offer.id));
        center.contacts += 1;
        let contact = ContactId::from_u128(center.contacts);
        center.decide(Input::Enqueue { contact, queue: offer.queue, bonus: 0 });
    }
    sum / DECISIONS
}

/// Whoever does not serve the busy queue is ready; 1,000 wait there, contacts arrive at all others.
fn arrival(agents: u128) -> Duration {
    let mut center = Center::new(agents);
    for n in 0..agents {
        let serves_busy = (n..n + SERVED).any(|queue| queue % SKILLS == BUSY_QUEUE);
        if !serves_busy {
            let input = center.ready(UserId::from_u128(n));
            center.decide(input);
        }
    }
    for _ in 0..WAITING {
        let input = center.enqueue(BUSY_QUEUE);
        center.decide(input);
    }
    let mut sum = Duration::ZERO;
    for n in 0..DECISIONS {
        let input = center.enqueue(1 + u128::from(n) % (SKILLS - 1));
        let (took, offer) = timed(&mut center, input);
        sum += took;
        center.decide(Input::Accept(offer.id));
        let input = center.ready(offer.user);
        center.decide(input);
    }
    sum / DECISIONS
}

fn main() {
    if std::env::args().any(|argument| argument == "--list") {
        return; // a test runner asks what tests there are: none
    }
    for agents in [100, 1_000, 10_000] {
        for _ in 0..RUNS {
            println!("routing.ready_{agents}_us = {:.4} us", ready(agents).as_secs_f64() * 1e6);
            println!("routing.arrival_{agents}_us = {:.4} us", arrival(agents).as_secs_f64() * 1e6);
        }
    }
}
