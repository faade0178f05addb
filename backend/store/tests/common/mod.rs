//! What the store's tests share: ids that count, and one of each thing.
#![allow(dead_code, missing_docs, reason = "each test file uses its part")]

use hark_shared::ids::*;
use hark_shared::perms::Role;
use hark_shared::phone::PhoneNumber;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::rest::{Customer, Entry, Language, Number, Queue, Skill, SkillLevel, Trunk, User};
use hark_shared::wire::routing::{Destination, Member, Routing, Step, Sticky, Strategy, WrapUpMode};
use hark_shared::wire::waiting::{Overflow, Waiting, When};
use hark_store::{Audit, Db, NewTenant, NewUser};
use uuid::Uuid;

pub const A: TenantId = TenantId::from_u128(0xa);
pub const B: TenantId = TenantId::from_u128(0xb);
pub const NOW: Timestamp = Timestamp(1_790_000_000_000);

/// An audit entry; the log is tested where it matters.
pub fn audit(id: u128) -> Audit {
    Audit {
        id: Uuid::from_u128(id),
        at: NOW,
        user: None,
        user_name: None,
        action: "test.done",
        subject: String::new(),
        address: None,
    }
}

/// A fresh audit entry whose id nobody looks at.
pub fn note() -> Audit {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(1 << 32);
    audit(COUNT.fetch_add(1, Ordering::Relaxed).into())
}

pub async fn tenant(db: &Db, id: TenantId, slug: &str) {
    let new =
        NewTenant { id, slug: slug.into(), name: format!("Tenant {slug}"), recording_key: [9; 32], nonce: [1; 12] };
    db.create_tenant(&new, NOW).await.unwrap();
}

pub fn phone(text: &str) -> PhoneNumber {
    PhoneNumber::parse(text).unwrap()
}

pub fn skill(id: u128, name: &str) -> Skill {
    Skill { id: SkillId::from_u128(id), name: name.into() }
}

pub fn queue(id: u128, name: &str, skills: &[(u128, u8)]) -> Queue {
    Queue {
        id: QueueId::from_u128(id),
        name: name.into(),
        skills: levels(skills),
        priority: 3,
        offer_timeout: Millis::from_secs(20),
        wrap_up: Millis::from_secs(30),
        greeting: Some("zh/welcome".into()),
        music: "music".into(),
        announce_every: None,
        record: true,
        language: Language::En,
        routing: Routing {
            strategy: Strategy::RoundRobin,
            ring: 3,
            steps: vec![Step { after: Millis::from_secs(30), skills: levels(skills) }],
            members: vec![Member { user: UserId::from_u128(1), delay: Millis::from_secs(15) }],
            sticky: Some(Sticky { days: 30, patience: Millis::from_secs(20) }),
            wrap_up: WrapUpMode::MustClassify,
            auto_answer: true,
            survey: Some(hark_shared::ids::FlowId::from_u128(3)),
            announce_agent: true,
            recording: Some(hark_shared::wire::control::RecordRule::OnDemand),
        },
        waiting: Waiting {
            comfort: vec!["zh/comfort".into()],
            comfort_every: Some(Millis::from_secs(60)),
            estimate: true,
            overflow: vec![Overflow { when: When::Unstaffed, to: Destination::HangUp }],
            ..Waiting::default()
        },
    }
}

pub fn levels(skills: &[(u128, u8)]) -> Vec<SkillLevel> {
    skills.iter().map(|&(skill, level)| SkillLevel { skill: SkillId::from_u128(skill), level }).collect()
}

pub fn user(id: u128, login: &str, skills: &[(u128, u8)], queues: &[u128]) -> NewUser {
    NewUser {
        user: User {
            id: UserId::from_u128(id),
            login: login.into(),
            name: format!("Name of {login}"),
            number: Some(format!("8{id}")),
            roles: vec![Role::Agent],
            skills: levels(skills),
            queues: queues.iter().map(|&queue| QueueId::from_u128(queue)).collect(),
            active: true,
            recording: hark_shared::wire::control::RecordRule::Always,
        },
        password: Some("$hash".into()),
    }
}

pub fn trunk(id: u128, name: &str) -> Trunk {
    Trunk {
        id: TrunkId::from_u128(id),
        name: name.into(),
        address: "127.0.0.1:5060".into(),
        sources: vec!["10.0.0.0/8".into()],
        username: Some("hark".into()),
        password: Some("trunk secret".into()),
        caller: Some(phone("95598")),
        allowed: vec!["1".into()],
        refer: false,
        limit: 30,
    }
}

pub fn number(id: u128, number: &str, trunk: u128, entry: Entry) -> Number {
    Number {
        id: NumberId::from_u128(id),
        number: phone(number),
        trunk: TrunkId::from_u128(trunk),
        entry,
        vip: None,
        fallback: None,
        fax: Some(hark_shared::wire::routing::Destination::HangUp),
    }
}

pub fn customer(id: u128, name: &str, numbers: &[&str]) -> Customer {
    Customer {
        id: CustomerId::from_u128(id),
        name: name.into(),
        company: Some("中电 100%".into()),
        vip: true,
        remark: None,
        numbers: numbers.iter().map(|number| phone(number)).collect(),
    }
}
