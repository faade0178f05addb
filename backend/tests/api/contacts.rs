//! Contact records and recordings through the API: whose one sees, pages, details, playing with ranges.

use crate::app::{A, TestApp};
use axum::body::Body;
use axum::http::{Method, header};
use hark_shared::edge::Cause;
use hark_shared::facts::{ContactFact, Fact, MessageFact, RecordingFact, Versioned};
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::{ContactId, QueueId, RecordingId, UserId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::control::{Identification, Told, Verified};
use hark_shared::wire::desk::{Via, WrapUpForm};
use hark_shared::wire::rest::Outcome;
use hark_store::testing::TestDb;
use serde_json::Value;

hark_store::on_both!(agents_see_their_own_and_supervisors_all, recordings_play);

pub fn contact(id: u128, agent: Option<UserId>, began: i64) -> Fact {
    Fact::Contact(Box::new(ContactFact {
        id: ContactId::from_u128(id),
        via: Via::Outbound,
        number: Some(PhoneNumber::parse("13800138000").unwrap()),
        name: Some("secret-of-a caller".into()),
        began: Timestamp(began),
        queued: None,
        answered: None,
        ended: Timestamp(began + 60_000),
        queue: None,
        agent,
        estimated: None,
        estimate_error: None,
        hops: vec![],
        identification: Identification {
            verified: Some(Verified { by: None, at: Timestamp(began) }),
            told: vec![Told { name: "account".into(), value: "secret-of-a account".into() }],
        },
        attendance: None,
        waited: Millis(0),
        talked: Millis(60_000),
        held: Millis(0),
        wrap_up: Millis(0),
        outcome: Outcome::Connected,
        cause: Cause::Normal,
        form: WrapUpForm::default(),
    }))
}

pub fn recording(id: u128, contact: u128) -> Fact {
    Fact::Recording(RecordingFact {
        id: RecordingId::from_u128(id),
        contact: ContactId::from_u128(contact),
        began: Timestamp(0),
        length: Millis(60_000),
        fault: None,
    })
}

/// A message in this queue's box.
pub fn message(id: u128, contact: u128, queue: u128) -> Fact {
    Fact::Message(MessageFact {
        id: RecordingId::from_u128(id),
        contact: ContactId::from_u128(contact),
        mailbox: Mailbox::Queue(QueueId::from_u128(queue)),
        number: None,
        name: Some("secret-of-a caller".to_owned()),
        left: Timestamp(0),
        length: Millis(5_000),
        fault: None,
    })
}

pub async fn save(app: &TestApp, facts: Vec<Fact>) {
    let facts: Vec<Versioned> = facts.into_iter().map(|fact| Versioned { version: 1, fact }).collect();
    app.db().save_facts(A, &facts).await.unwrap();
}

pub async fn user_of(app: &TestApp, login: &str) -> UserId {
    app.db().password_of(A, login).await.unwrap().unwrap().user
}

fn ids(page: &Value) -> Vec<u128> {
    let rows = page["rows"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().as_u128()).collect()
}

async fn agents_see_their_own_and_supervisors_all(test: TestDb) {
    let app = TestApp::new(test).await;
    let agent = user_of(&app, "agent").await;
    let facts = (1..=9).map(|n| contact(n, (n % 3 == 0).then_some(agent), 1000 + (n as i64 / 2)));
    save(&app, facts.collect()).await;
    let (agent, supervisor) = (app.client("a", "agent").await, app.client("a", "supervisor").await);
    assert_eq!(ids(&agent.get("/api/contacts").await.ok(200)), [9, 6, 3]);
    agent.get("/api/contacts?whose=all").await.refused(403, "session.forbidden");
    assert_eq!(ids(&supervisor.get("/api/contacts").await.ok(200)), Vec::<u128>::new());

    let mut seen = Vec::new();
    let mut path = "/api/contacts?whose=all&limit=2".to_owned();
    loop {
        let page = supervisor.get(&path).await.ok(200);
        seen.extend(ids(&page));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/contacts?whose=all&limit=2&before={next}");
    }
    assert_eq!(seen, [9, 8, 7, 6, 5, 4, 3, 2, 1], "equal beginnings too");

    let one = |n| format!("/api/contacts/{}", crate::resources::id(n));
    assert_eq!(agent.get(&one(3)).await.ok(200)["contact"]["agent_name"], "The agent");
    let known = agent.get(&one(3)).await.ok(200)["identification"].clone();
    assert_eq!((&known["verified"]["by"], &known["told"][0]["name"]), (&Value::Null, &Value::from("account")));
    assert_eq!(known["verified"]["at"], 1001);
    agent.get(&one(4)).await.refused(404, "not_found");
    supervisor.get(&one(4)).await.ok(200);
    supervisor.get(&one(99)).await.refused(404, "not_found");
}

async fn recordings_play(test: TestDb) {
    let app = TestApp::new(test).await;
    let agent = user_of(&app, "agent").await;
    save(&app, vec![contact(1, Some(agent), 1), contact(2, None, 2), recording(11, 1), recording(12, 2)]).await;
    save(&app, vec![recording(13, 1)]).await;
    let sound: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    for id in [11, 12] {
        std::fs::write(app.state.files.spooled(RecordingId::from_u128(id)), &sound).unwrap();
    }
    app.state.files.keep(A, RecordingId::from_u128(11)).await.unwrap();

    let path = |n| format!("/api/recordings/{}", crate::resources::id(n));
    let (agent, supervisor) = (app.client("a", "agent").await, app.client("a", "supervisor").await);
    for (client, n) in [(&agent, 11), (&supervisor, 11), (&supervisor, 12)] {
        let reply = client.get(&path(n)).await;
        assert_eq!((reply.status.as_u16(), &reply.bytes), (200, &sound));
        assert_eq!(reply.headers[header::CONTENT_TYPE], "audio/wav");
        assert_eq!(reply.headers[header::ACCEPT_RANGES], "bytes");
    }
    agent.get(&path(12)).await.refused(404, "not_found");
    agent.get(&path(13)).await.refused(404, "not_found");
    app.client("b", "supervisor").await.get(&path(11)).await.refused(404, "not_found");

    let ranged = async |range: &str| {
        let request = agent.request(Method::GET, &path(11)).header(header::RANGE, range);
        agent.send(request.body(Body::empty()).unwrap()).await
    };
    let part = ranged("bytes=70000-70009").await;
    assert_eq!((part.status.as_u16(), part.bytes.as_slice()), (206, &sound[70_000..70_010]));
    assert_eq!(part.headers[header::CONTENT_RANGE], "bytes 70000-70009/100000");
    let outside = ranged("bytes=100000-").await;
    outside.refused(416, "request.no_such_range");
    assert_eq!(outside.headers[header::CONTENT_RANGE], "bytes */100000");

    let log = app.client("a", "admin").await.get("/api/audit?limit=200").await.ok(200);
    let played = log["rows"].as_array().unwrap().iter().filter(|row| row["action"] == "recording.played");
    assert_eq!(played.count(), 4, "each time something was heard, and only then");
}
