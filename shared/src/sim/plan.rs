//! What a simulated day is made of.

use super::TRUNK;
use crate::ids::{NumberId, QueueId, TenantId, TrunkId, UserId};
use crate::perms::Role;
use crate::phone::PhoneNumber;
use crate::setup::TenantSetup;
use crate::time::{Millis, Timestamp};
use crate::wire::rest::{Entry, Language, Number, OutboundLimits, Queue, User};

/// A day's traffic.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Names the day.
    pub seed: u64,
    /// When it begins.
    pub begins: Timestamp,
    /// How long calls keep coming.
    pub length: Millis,
    /// How many come.
    pub calls: u32,
    /// The number they call, and through which trunk.
    pub number: PhoneNumber,
    /// The trunk.
    pub trunk: TrunkId,
    /// The most patient caller hangs up after this, whatever happens.
    pub patience: Millis,
    /// The longest talk.
    pub talk: Millis,
}

/// One queue, eight agents, 600 calls in four hours: busy enough that people wait, give up and are missed.
#[must_use]
pub fn small_center(seed: u64) -> (Plan, TenantSetup) {
    let queue = QueueId::from_u128(1);
    let number = PhoneNumber::parse("95588").expect("digits");
    let user = |n: u128| User {
        id: UserId::from_u128(100 + n),
        login: format!("a{n}"),
        name: format!("Agent {n}"),
        number: None,
        roles: vec![Role::Agent],
        skills: Vec::new(),
        queues: vec![queue],
        active: true,
    };
    let setup = TenantSetup {
        tenant: TenantId::from_u128(9),
        name: "Simulated".to_owned(),
        outbound: OutboundLimits::default(),
        users: (1..=8).map(user).collect(),
        skills: Vec::new(),
        queues: vec![Queue {
            id: queue,
            name: "Repairs".to_owned(),
            skills: Vec::new(),
            priority: 0,
            offer_timeout: Millis::from_secs(20),
            wrap_up: Millis::from_secs(30),
            greeting: Some("en/queue-greeting".to_owned()),
            music: "music/calm".to_owned(),
            announce_every: Some(Millis::from_secs(30)),
            record: true,
            language: Language::En,
        }],
        numbers: vec![Number {
            id: NumberId::from_u128(3),
            number: number.clone(),
            trunk: TRUNK,
            entry: Entry::Queue(queue),
        }],
        trunks: Vec::new(),
        dispositions: Vec::new(),
    };
    let plan = Plan {
        seed,
        begins: Timestamp(1_800_000_000_000),
        length: Millis::from_secs(4 * 3600),
        calls: 600,
        number,
        trunk: TRUNK,
        patience: Millis::from_secs(900),
        talk: Millis::from_secs(300),
    };
    (plan, setup)
}
