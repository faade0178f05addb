//! How long a routing decision takes, and how that grows: 100, 1,000 and 10,000 agents, 50 skills, 5,000 waiting;
//! queues of every strategy, with two steps and a delay each, and several desks rung at once.
//!
//! `cargo bench -p hark-shared` prints lines `figure = value unit`, one for each run. Two decisions are timed: an agent
//! becomes ready while everybody else is busy (*ready*: which contact?), and a contact arrives while nearly everybody
//! is ready (*arrival*: which agent?). In *several* three are rung for each arrival. A decision is the input, and all outputs polled: offer, explanation, time-out.

#![allow(
    clippy::print_stdout,
    clippy::disallowed_types,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a bench prints, and reads a clock"
)]

use hark_shared::acd::{Acd, AgentRules, Availability, Input, Load, Offer, Output, QueueRules, StepRules};
use hark_shared::engine::Engine;
use hark_shared::ids::{ContactId, IdSource, OfferId, QueueId, SkillId, UserId};
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::desk::PassedOverReason;
use hark_shared::wire::routing::{Member, Strategy};
use std::time::{Duration, Instant};

/// Skills, and as many queues: each asks for two of them.
const SKILLS: u128 = 50;
/// The queues that an agent serves, and the skills that each has.
const SERVED: u128 = 10;
/// Contacts that wait all the time.
const WAITING: u128 = 5_000;
/// Decisions of a run, and runs.
const DECISIONS: u32 = 20_000;
const RUNS: usize = 5;
/// The strategies, each of every sixth queue.
const STRATEGIES: [Strategy; 6] = [
    Strategy::LongestIdle,
    Strategy::FewestContacts,
    Strategy::LeastTalk,
    Strategy::HighestSkill,
    Strategy::RoundRobin,
    Strategy::Linear,
];
/// In *arrival* the contacts that wait are in one queue whose agents are all busy.
const BUSY_QUEUE: u128 = 0;

fn step(after: i64, skill: SkillId, level: u8) -> StepRules {
    StepRules { after: Millis::from_secs(after), skills: vec![(skill, level)] }
}

/// A center whose clock advances a millisecond with every step.
struct Center {
    acd: Acd,
    now: Timestamp,
    contacts: u128,
}

impl Center {
    /// Agent `n` serves the ten queues from `n` on, and has every skill that these ask for.
    fn new(agents: u128, ring: u8) -> Self {
        let skill = |n: u128| SkillId::from_u128(n % SKILLS);
        let queues = (0..SKILLS).map(|n| QueueRules {
            queue: QueueId::from_u128(n),
            skills: vec![(skill(n), 3), (skill(n + 1), 2)],
            priority: 0,
            offer_timeout: Millis::from_secs(20),
            strategy: STRATEGIES[usize::try_from(n).unwrap_or(0) % STRATEGIES.len()],
            ring,
            steps: [(30, 2), (60, 1)].map(|(after, level)| step(after, skill(n), level)).to_vec(),
            members: vec![Member { user: UserId::from_u128(n), delay: Millis::from_secs(15) }],
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

    /// Accepts an offer, and returns everybody who was rung for it.
    fn accept(&mut self, offer: OfferId) -> Vec<UserId> {
        self.acd.handle(self.now, Input::Accept(offer));
        let mut rung = Vec::new();
        while let Some(output) = self.acd.poll() {
            match output {
                Output::OfferEnded { offer, .. } => rung.push(offer.user),
                Output::Offered(_) | Output::Homeless(_) => panic!("nobody else is ready: {output:?}"),
            }
        }
        rung
    }

    fn enqueue(&mut self, queue: u128) -> Input {
        self.contacts += 1;
        let (contact, queue) = (ContactId::from_u128(self.contacts), QueueId::from_u128(queue));
        Input::Enqueue { contact, queue, bonus: 0, prefers: None, since: None }
    }

    fn ready(&self, user: UserId) -> Input {
        let n = u32::try_from(user.0.as_u128()).unwrap_or(0);
        let load = Load { contacts: n % 50, talked: Millis::from_secs(i64::from(n % 4_000)) };
        Input::Agent { user, availability: Availability::Ready(self.now), load }
    }
}

/// The time of the one decision that makes offers, and the first of them: as many as are to be rung, or, in a small center,
/// as the queue has ready members.
fn timed(center: &mut Center, input: Input, several: usize) -> (Duration, Offer) {
    let began = Instant::now();
    let mut offers = center.decide(input);
    let took = began.elapsed();
    assert!((1..=several).contains(&offers.len()), "each of these decisions makes offers: {}", offers.len());
    (took, offers.remove(0))
}

/// Everybody is busy, 5,000 wait in all queues; agents become ready one after the other.
fn ready(agents: u128) -> Duration {
    let mut center = Center::new(agents, 1);
    for n in 0..agents {
        let availability = Availability::Not(PassedOverReason::OnContact);
        center.decide(Input::Agent { user: UserId::from_u128(n), availability, load: Load::default() });
    }
    for n in 0..WAITING {
        let input = center.enqueue(n % SKILLS);
        center.decide(input);
    }
    let mut sum = Duration::ZERO;
    for n in 0..DECISIONS {
        let input = center.ready(UserId::from_u128(u128::from(n) % agents));
        let (took, offer) = timed(&mut center, input, 1);
        sum += took;
        center.decide(Input::Accept(offer.id));
        center.contacts += 1;
        let contact = ContactId::from_u128(center.contacts);
        center.decide(Input::Enqueue { contact, queue: offer.queue, bonus: 0, prefers: None, since: None });
    }
    sum / DECISIONS
}

/// Whoever does not serve the busy queue is ready; 5,000 wait there, contacts arrive at all others.
fn arrival(agents: u128, ring: u8) -> Duration {
    let mut center = Center::new(agents, ring);
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
        let (took, offer) = timed(&mut center, input, usize::from(ring));
        sum += took;
        for user in center.accept(offer.id) {
            let input = center.ready(user);
            center.decide(input);
        }
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
            println!("routing.arrival_{agents}_us = {:.4} us", arrival(agents, 1).as_secs_f64() * 1e6);
            println!("routing.several_{agents}_us = {:.4} us", arrival(agents, 3).as_secs_f64() * 1e6);
        }
    }
}
