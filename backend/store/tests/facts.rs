//! Facts on both databases: read back whole, redelivered in any order, and while PostgreSQL goes away and returns.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

mod common;

use common::*;
use hark_shared::edge::{Cause, Quality};
use hark_shared::facts::*;
use hark_shared::ids::*;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::control::{Identification, Told, Verified};
use hark_shared::wire::desk::{
    AgentState, BusyReason, Candidate, Explanation, PassedOver, PassedOverReason, Preferred, Via, WrapUpForm,
};
use hark_shared::wire::meetings::{Attendance, AttendanceEnd};
use hark_shared::wire::parties::Purpose;
use hark_shared::wire::rest::{ContactDetail, OfferEnd, Outcome};
use hark_shared::wire::routing;
use hark_store::testing::{Cluster, TestDb, master};
use hark_store::{ContactCursor, Db, Whose};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use uuid::Uuid;

hark_store::on_both!(
    a_contact_reads_back_whole,
    a_consultation_stands_beside_its_contact_and_deeds_stand_in_the_log,
    a_contact_says_which_meeting_it_was_in,
    figures_without_sense_cost_only_themselves,
    the_last_agent_of_a_number_is_who_talked_last,
    the_latest_recording_is_shown,
    the_list_pages_by_beginning_and_id,
    spans_are_cut_to_the_asked_time,
    redelivery_in_any_order_changes_nothing,
);

const ANN: UserId = UserId::from_u128(1);

fn contact(id: u128, began: i64) -> ContactFact {
    ContactFact {
        id: ContactId::from_u128(id),
        via: Via::Phone { called: phone("95598") },
        number: Some(phone("13800138000")),
        name: Some("韩梅梅 \0".into()),
        began: Timestamp(began),
        queued: Some(Timestamp(began + 5)),
        answered: Some(Timestamp(began + 10)),
        ended: Timestamp(began + 100),
        queue: Some(QueueId::from_u128(1)),
        agent: Some(ANN),
        estimated: Some(Millis(7)),
        estimate_error: Some(-2),
        hops: vec![],
        identification: Identification {
            verified: Some(Verified { by: Some("Ann".into()), at: Timestamp(began + 20) }),
            told: vec![Told { name: "account".into(), value: "4711".into() }],
        },
        attendance: None,
        waited: Millis(5),
        talked: Millis(80),
        held: Millis(10),
        wrap_up: Millis(20),
        outcome: Outcome::Answered,
        cause: Cause::Normal,
        form: WrapUpForm {
            disposition: Some(DispositionId::from_u128(1)),
            notes: "calls again\0".into(),
            solved: Some(false),
        },
    }
}

fn offer(id: u128, contact: u128, end: OfferEnd) -> OfferFact {
    OfferFact {
        id: OfferId::from_u128(id),
        contact: ContactId::from_u128(contact),
        agent: ANN,
        queue: QueueId::from_u128(1),
        made: Timestamp(1000 + i64::try_from(id).unwrap()),
        ended: Timestamp(2000),
        end,
        why: Explanation {
            best: vec![Candidate {
                user: ANN,
                name: "Ann".into(),
                level: 9,
                idle: Millis(7),
                contacts: 3,
                talked: Millis(9),
                step: 1,
                turns_ago: None,
                order: Some(2),
            }],
            passed_over: vec![PassedOver { reason: PassedOverReason::NoSound, count: 3 }],
            waiting: 2,
            priority: 50,
            strategy: routing::Strategy::Linear,
            rung: 2,
            step: 1,
            steps: 2,
            preferred: Some(Preferred { user: ANN, name: "Ann".into(), alone: false }),
        },
    }
}

fn leg(id: u128, contact: u128, agent: Option<UserId>) -> LegFact {
    LegFact {
        id: LegId::from_u128(id),
        contact: ContactId::from_u128(contact),
        agent,
        outside: None,
        sip: agent.is_none(),
        began: Timestamp(1000),
        ended: Timestamp(2000),
        cause: Cause::Cancelled,
        quality: agent.is_none().then_some(Quality {
            received: u64::from(u32::MAX) * 9,
            lost: 3,
            jitter_ms: 1.25,
            round_trip_ms: None,
            mos: Some(4.25),
        }),
    }
}

fn recording(id: u128, contact: u128, began: i64) -> RecordingFact {
    RecordingFact {
        id: RecordingId::from_u128(id),
        contact: ContactId::from_u128(contact),
        began: Timestamp(began),
        length: Millis(60_000),
        fault: Some("the disk is full".into()),
    }
}

fn first(fact: Fact) -> Versioned {
    Versioned { version: 1, fact }
}

async fn the_last_agent_of_a_number_is_who_talked_last(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    let bob = UserId::from_u128(2);
    let other = |id, began, agent, answered| ContactFact { agent, answered, ..contact(id, began) };
    let facts = [
        other(1, 1000, Some(bob), Some(Timestamp(1010))),
        other(2, 2000, Some(ANN), Some(Timestamp(2010))),
        other(3, 3000, Some(bob), None),
        other(4, 4000, None, None),
        ContactFact { number: Some(phone("13900139000")), ..contact(5, 5000) },
    ];
    let facts: Vec<_> = facts.into_iter().map(|it| first(Fact::Contact(Box::new(it)))).collect();
    db.save_facts(A, &facts).await.unwrap();
    let number = phone("13800138000");
    let last = async |tenant, since| db.last_agent(tenant, &number, Timestamp(since)).await.unwrap();
    assert_eq!(last(A, 0).await, Some((ANN, Timestamp(2100))), "not who dialled in vain, nor another number's");
    assert_eq!(last(A, 2101).await, None);
    assert_eq!(last(B, 0).await, None);
}

async fn detail(db: &Db, id: u128) -> Option<ContactDetail> {
    db.contact(A, ContactId::from_u128(id)).await.unwrap()
}

async fn a_contact_reads_back_whole(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    db.create_queue(A, &queue(1, "Repair", &[]), &note()).await.unwrap();
    db.create_user(A, &user(1, "ann", &[], &[]), &note(), NOW).await.unwrap();
    db.create_customer(A, &customer(1, "Han", &["13800138000", "95500"]), &note()).await.unwrap();
    let facts = [
        first(Fact::Offer(offer(2, 1, OfferEnd::Accepted))),
        first(Fact::Offer(offer(1, 1, OfferEnd::TimedOut))),
        first(Fact::Leg(leg(1, 1, None))),
        first(Fact::Leg(leg(2, 1, Some(ANN)))),
        first(Fact::Leg(leg(2, 7, Some(ANN)))),
        first(Fact::Recording(recording(1, 1, 5))),
        first(Fact::Contact(Box::new(contact(1, 1000)))),
    ];
    db.save_facts(A, &facts).await.unwrap();
    let it = detail(db, 1).await.unwrap();
    let (read, saved) = (&it.contact, contact(1, 1000));
    assert_eq!((read.id, &read.via, &read.number), (saved.id, &saved.via, &saved.number));
    assert_eq!(read.name.as_deref(), Some("韩梅梅 \u{fffd}"), "NUL is replaced, the rest kept");
    assert_eq!(read.form.notes, "calls again\u{fffd}");
    assert_eq!((read.form.disposition, read.form.solved), (saved.form.disposition, Some(false)));
    assert_eq!((read.began, read.answered, read.ended), (saved.began, saved.answered, saved.ended));
    assert_eq!((read.waited, read.talked, read.held, read.wrap_up), (Millis(5), Millis(80), Millis(10), Millis(20)));
    assert_eq!((read.outcome, read.cause), (Outcome::Answered, Cause::Normal));
    assert_eq!((read.queue_name.as_deref(), read.agent_name.as_deref()), (Some("Repair"), Some("Name of ann")));
    assert_eq!(read.recording.as_ref().unwrap().fault.as_deref(), Some("the disk is full"));
    assert_eq!(it.identification, saved.identification);
    let ends: Vec<_> = it.offers.iter().map(|offer| (offer.end, offer.agent_name.as_str())).collect();
    assert_eq!(ends, [(OfferEnd::TimedOut, "Name of ann"), (OfferEnd::Accepted, "Name of ann")]);
    assert_eq!(it.offers[0].why, offer(1, 1, OfferEnd::TimedOut).why);
    assert_eq!(it.legs.len(), 2);
    assert_eq!((it.legs[0].customer, it.legs[0].quality), (true, leg(1, 1, None).quality));
    assert_eq!((it.legs[1].customer, it.legs[1].quality), (false, None));
    let card = it.customer.unwrap();
    assert_eq!((card.name.as_str(), card.contacts, card.last_contact), ("Han", 1, Some(Timestamp(1100))));
    assert_eq!(db.customer_card(A, &phone("95500")).await.unwrap().unwrap(), card, "by any of the numbers");
    assert!(db.customer_card(A, &phone("1")).await.unwrap().is_none());
    assert!(db.customer_card(B, &phone("95500")).await.unwrap().is_none());
    assert!(db.contact(B, saved.id).await.unwrap().is_none());
    let owner = db.recording_owner(A, RecordingId::from_u128(1)).await.unwrap().unwrap();
    assert_eq!((owner.contact, owner.agent), (saved.id, Some(ANN)));
    assert!(db.recording_owner(B, RecordingId::from_u128(1)).await.unwrap().is_none());
}

async fn a_consultation_stands_beside_its_contact_and_deeds_stand_in_the_log(test: TestDb) {
    let db = &test.db;
    tenant(db, A, "a").await;
    db.create_user(A, &user(1, "ann", &[], &[]), &note(), NOW).await.unwrap();
    let asked = |id: u128, answered: Option<i64>| {
        Fact::Consult(ConsultFact {
            id: ContactId::from_u128(id),
            contact: ContactId::from_u128(1),
            by: ANN,
            purpose: Purpose::Transfer,
            queue: None,
            number: Some(phone("10086")),
            agent: None,
            began: Timestamp(1010 + i64::try_from(id).unwrap()),
            answered: answered.map(Timestamp),
            ended: Timestamp(1080),
            cause: Cause::Busy,
        })
    };
    let deed = AuditFact {
        id: Uuid::from_u128(77),
        at: Timestamp(9),
        user: Some(ANN),
        user_name: Some("Ann".into()),
        action: "call.barged".into(),
        subject: "1".into(),
    };
    let guest = LegFact { outside: Some(phone("10086")), sip: true, ..leg(9, 1, None) };
    let facts = [
        first(Fact::Contact(Box::new(contact(1, 1000)))),
        first(asked(2, Some(1020))),
        first(asked(1, None)),
        first(Fact::Leg(guest)),
        first(Fact::Audit(deed)),
    ];
    for _ in 0..2 {
        db.save_facts(A, &facts).await.unwrap();
    }
    let it = detail(db, 1).await.unwrap();
    assert_eq!(it.consults.iter().map(|it| it.answered).collect::<Vec<_>>(), [None, Some(Timestamp(1020))]);
    let read = &it.consults[0];
    assert_eq!((read.by_name.as_str(), read.purpose, read.cause), ("Name of ann", Purpose::Transfer, Cause::Busy));
    assert_eq!((read.number.clone(), it.legs[0].outside.clone()), (Some(phone("10086")), Some(phone("10086"))));
    assert!(!it.legs[0].customer, "a guest is no customer");
    assert_eq!(db.contacts(A, Whose::All, None, 9).await.unwrap().0.len(), 1, "a consultation is no contact");
    let log = db.audit_log(A, None, 9).await.unwrap().0;
    let barged: Vec<_> = log.iter().filter(|entry| entry.action == "call.barged").collect();
    assert_eq!(barged.len(), 1, "delivered twice, written once");
    assert_eq!((barged[0].user, barged[0].at), (Some(ANN), Timestamp(9)));
}

async fn a_contact_says_which_meeting_it_was_in(test: TestDb) {
    let attendance = Attendance {
        room: MeetingRoomId::from_u128(5),
        name: "Board".into(),
        meeting: Some(MeetingId::from_u128(6)),
        moderator: true,
        joined: Some(Timestamp(1005)),
        stayed: Millis(60_000),
        wrong_pins: 1,
        ended: Some(AttendanceEnd::Closed),
    };
    let met = ContactFact { attendance: Some(attendance.clone()), outcome: Outcome::Meeting, ..contact(1, 1000) };
    test.db.save_facts(A, &[first(Fact::Contact(Box::new(met)))]).await.unwrap();
    let read = detail(&test.db, 1).await.unwrap();
    assert_eq!((read.attendance, read.contact.outcome), (Some(attendance), Outcome::Meeting));
}

async fn figures_without_sense_cost_only_themselves(test: TestDb) {
    let quality =
        Quality { received: 5, lost: 0, jitter_ms: f32::NAN, round_trip_ms: Some(f32::INFINITY), mos: Some(4.0) };
    let leg = LegFact { quality: Some(quality), ..leg(1, 1, None) };
    test.db.save_facts(A, &[first(Fact::Leg(leg)), first(Fact::Contact(Box::new(contact(1, 1))))]).await.unwrap();
    let read = detail(&test.db, 1).await.unwrap().legs[0].quality.unwrap();
    assert_eq!((read.received, read.jitter_ms, read.round_trip_ms, read.mos), (5, 0.0, None, Some(4.0)));
}

async fn the_latest_recording_is_shown(test: TestDb) {
    let facts = [(1, 5), (2, 9), (3, 7)].map(|(id, began)| first(Fact::Recording(recording(id, 1, began))));
    test.db.save_facts(A, &facts).await.unwrap();
    test.db.save_facts(A, &[first(Fact::Contact(Box::new(contact(1, 1))))]).await.unwrap();
    assert_eq!(detail(&test.db, 1).await.unwrap().contact.recording.unwrap().id, RecordingId::from_u128(2));
    assert_eq!(test.db.contacts(A, Whose::All, None, 9).await.unwrap().0.len(), 1, "no row twice");
}

async fn the_list_pages_by_beginning_and_id(test: TestDb) {
    let facts = (1..=20).map(|id| {
        let mut it = contact(id, 1000 + i64::try_from(id).unwrap() / 4);
        it.agent = (id % 2 == 0).then_some(ANN);
        first(Fact::Contact(Box::new(it)))
    });
    test.db.save_facts(A, &facts.collect::<Vec<_>>()).await.unwrap();
    test.db.save_facts(B, &[first(Fact::Contact(Box::new(contact(99, 1002))))]).await.unwrap();
    for (whose, step) in [(Whose::All, 1), (Whose::Agent(ANN), 2)] {
        let mut seen = Vec::new();
        let mut before: Option<ContactCursor> = None;
        loop {
            let (rows, next) = test.db.contacts(A, whose, before, 3).await.unwrap();
            seen.extend(rows.iter().map(|row| row.id.0.as_u128()));
            if next.is_none() {
                break;
            }
            before = next;
        }
        let expected: Vec<u128> = (1..=20).rev().filter(|id| id % step == 0).collect();
        assert_eq!(seen, expected);
    }
}

async fn spans_are_cut_to_the_asked_time(test: TestDb) {
    let span = |id: u128, state, began: i64, ended: i64| {
        let (began, ended) = (Timestamp(began), Timestamp(ended));
        first(Fact::Span(SpanFact { id: SpanId::from_u128(id), agent: ANN, state, contact: None, began, ended }))
    };
    let facts = [
        span(1, AgentState::Ready, 0, 10),
        span(2, AgentState::Busy(BusyReason::Meal), 10, 20),
        span(3, AgentState::WrapUp, 20, 30),
        span(4, AgentState::Offline, 30, 40),
    ];
    test.db.save_facts(A, &facts).await.unwrap();
    let spans = test.db.spans(A, ANN, Timestamp(10), Timestamp(25)).await.unwrap();
    let spans: Vec<_> = spans.iter().map(|span| (span.state.as_str(), span.reason, span.began.0)).collect();
    assert_eq!(spans, [("busy", Some(BusyReason::Meal), 10), ("wrap_up", None, 20)]);
    assert!(test.db.spans(B, ANN, Timestamp(0), Timestamp(99)).await.unwrap().is_empty());
}

/// Three kinds of facts, three ids, a few versions: enough to meet every order of the same row.
fn some_facts() -> impl Strategy<Value = Vec<Versioned>> {
    let one = (0..4_u8, 1..4_u128, 1..6_u64).prop_map(|(kind, id, version)| {
        // What a version says follows from it, as in life: the floor never says two things under one version.
        let mark = i64::try_from(version).unwrap();
        let fact = match kind {
            0 => Fact::Contact(Box::new(ContactFact { held: Millis(mark), ..contact(id, 1000) })),
            1 => Fact::Leg(LegFact { ended: Timestamp(mark), ..leg(id, 1, None) }),
            2 => Fact::Offer(OfferFact { ended: Timestamp(mark), ..offer(id, 1, OfferEnd::Lost) }),
            _ => Fact::Recording(RecordingFact { length: Millis(mark), ..recording(id, id, 1) }),
        };
        Versioned { version, fact }
    });
    proptest::collection::vec(one, 1..25)
}

/// What must be stored of these facts, by the rule itself: for each thing the highest version.
fn expected(facts: &[Versioned]) -> Vec<(u8, u128, u64)> {
    let mut best = std::collections::BTreeMap::new();
    for it in facts {
        let key = match &it.fact {
            Fact::Contact(fact) => (0, fact.id.0.as_u128()),
            Fact::Leg(fact) => (1, fact.id.0.as_u128()),
            Fact::Offer(fact) => (2, fact.id.0.as_u128()),
            Fact::Recording(fact) => (3, fact.id.0.as_u128()),
            Fact::Trail(fact) => (7, fact.contact.0.as_u128()),
            Fact::Survey(fact) => (8, fact.contact.0.as_u128()),
            Fact::Span(fact) => (4, fact.id.0.as_u128()),
            Fact::Consult(fact) => (5, fact.id.0.as_u128()),
            Fact::Audit(fact) => (6, fact.id.as_u128()),
            Fact::Message(fact) => (10, fact.id.0.as_u128()),
            Fact::Callback(fact) => (9, fact.id.0.as_u128()),
        };
        let version = best.entry(key).or_insert(it.version);
        *version = it.version.max(*version);
    }
    best.into_iter().map(|((kind, id), version)| (kind, id, version)).collect()
}

/// What is stored. Legs, offers and recordings are read through their contact, which is always saved last.
async fn stored(db: &Db, tenant: TenantId) -> Vec<(u8, u128, u64)> {
    let mark = |value: i64| u64::try_from(value).unwrap();
    let mut found = Vec::new();
    for id in 1..4_u128 {
        let Some(it) = db.contact(tenant, ContactId::from_u128(id)).await.unwrap() else { continue };
        found.push((0, id, mark(it.contact.held.0)));
        found.extend(it.legs.iter().map(|leg| (1, leg.id.0.as_u128(), mark(leg.ended.0))));
        found.extend(it.offers.iter().map(|offer| (2, offer.id.0.as_u128(), mark(offer.ended.0))));
        found.extend(it.contact.recording.map(|recording| (3, id, mark(recording.length.0))));
    }
    found.sort_unstable();
    found
}

async fn redelivery_in_any_order_changes_nothing(test: TestDb) {
    let db = test.db.clone();
    let handle = tokio::runtime::Handle::current();
    let check = move || {
        let mut runner = TestRunner::new(ProptestConfig { cases: 48, ..ProptestConfig::default() });
        let tenants = std::cell::Cell::new(1000_u128);
        let input = some_facts().prop_flat_map(|facts| {
            let twice = [facts.clone(), facts.clone()].concat();
            (Just(facts), Just(twice).prop_shuffle(), 1..6_usize)
        });
        runner
            .run(&input, |(facts, shuffled, batch)| {
                // A tenant of its own instead of a database: that tenants do not meet is checked along the way.
                tenants.set(tenants.get() + 1);
                let tenant = TenantId::from_u128(tenants.get());
                let (facts, found) = handle.block_on(async {
                    // The contacts that the rest is read through.
                    let through = (1..4).map(|id| {
                        let held = Millis(0);
                        let it = ContactFact { held, ..contact(id, 1000) };
                        Versioned { version: 0, fact: Fact::Contact(Box::new(it)) }
                    });
                    for batch in shuffled.chunks(batch) {
                        db.save_facts(tenant, batch).await.unwrap();
                    }
                    let through: Vec<_> = through.collect();
                    db.save_facts(tenant, &through).await.unwrap();
                    ([through, facts].concat(), stored(&db, tenant).await)
                });
                prop_assert_eq!(found, expected(&facts));
                Ok(())
            })
            .unwrap();
    };
    tokio::task::spawn_blocking(check).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_wait_while_postgresql_is_away() {
    let cluster = Cluster::private().unwrap();
    let db = Db::open(&cluster.url(None), master()).await.unwrap();
    let facts = [first(Fact::Contact(Box::new(contact(1, 1000)))), first(Fact::Leg(leg(1, 1, None)))];
    db.save_facts(A, &facts[..1]).await.unwrap();
    cluster.stop().unwrap();
    for _ in 0..2 {
        let away = db.save_facts(A, &facts).await.unwrap_err();
        assert!(away.is_temporary(), "{away:?}");
        assert!(db.ping().await.unwrap_err().is_temporary());
    }
    cluster.start().unwrap();
    db.save_facts(A, &facts).await.expect("the pool finds the database again");
    assert_eq!(detail(&db, 1).await.unwrap().legs.len(), 1);
}

#[tokio::test]
async fn a_wrong_address_is_not_temporary() {
    for address in ["mysql://somewhere", "", "sqlite:/nowhere/at/all?mode=blue"] {
        let error = Db::open(address, master()).await.unwrap_err();
        assert!(!error.is_temporary(), "{address}: {error:?}");
    }
    let error = Db::open("postgres://hark@127.0.0.1:1/hark", master()).await.unwrap_err();
    assert!(error.is_temporary(), "{error:?}");
}
