//! Who is to be called back, as pages read and change it.

use crate::app::{A, TestApp};
use crate::contacts::{save, user_of};
use crate::resources::{arrange, id};
use hark_shared::facts::Fact;
use hark_shared::ids::{CallbackId, QueueId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Timestamp;
use hark_shared::wire::callbacks::{Callback, Reason, Stage};
use hark_store::testing::TestDb;
use serde_json::{Value, json};

hark_store::on_both!(agents_see_their_queues_and_supervisors_all, a_queue_that_another_leads_to_stays);

/// An open callback of this queue.
pub fn callback(number: u128, queue: u128) -> Fact {
    Fact::Callback(Box::new(Callback {
        id: CallbackId::from_u128(number),
        reason: Reason::Asked,
        queue: Some(QueueId::from_u128(queue)),
        user: None,
        team: None,
        number: PhoneNumber::parse("13800138000").ok(),
        name: Some("secret-of-a caller".into()),
        contact: None,
        booked: Timestamp(1),
        entered: Timestamp(1),
        bonus: 0,
        due: Timestamp(2),
        expires: Timestamp(3),
        stage: Stage::Waiting,
        message: None,
        tries: vec![],
    }))
}

fn rows(page: &Value) -> usize {
    page["rows"].as_array().unwrap().len()
}

async fn agents_see_their_queues_and_supervisors_all(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let agent = user_of(&app, "agent").await;
    let mut mine = callback(2, 0xff);
    if let Fact::Callback(it) = &mut mine {
        (it.user, it.queue, it.reason) = (Some(agent), None, Reason::Voicemail);
    }
    save(&app, vec![callback(1, 0xa2), mine]).await;
    let (agent, supervisor) = (app.client("a", "agent").await, app.client("a", "supervisor").await);
    let seen: Value = agent.get("/api/callbacks").await.ok(200);
    assert_eq!((rows(&seen), seen["rows"][0]["callback"]["reason"].as_str()), (1, Some("voicemail")));
    let all: Value = supervisor.get("/api/callbacks").await.ok(200);
    assert_eq!((rows(&all), all["rows"][0]["queue_name"].as_str()), (2, Some("Arranged queue")));
    assert_eq!(rows(&supervisor.get("/api/callbacks?ended=true").await.ok(200)), 0);
    let first: Value = supervisor.get("/api/callbacks?limit=1").await.ok(200);
    let next = first["next"].as_str().unwrap();
    assert_eq!(rows(&supervisor.get(&format!("/api/callbacks?limit=1&before={next}")).await.ok(200)), 1);
    agent.delete(&format!("/api/callbacks/{}", id(1))).await.refused(404, "not_found");
    let far = json!({ "due": 100 * 86_400_000_i64 + app.state.now().0 });
    supervisor.put(&format!("/api/callbacks/{}", id(1)), far).await.refused(422, "invalid.too_late");
}

async fn a_queue_that_another_leads_to_stays(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    let mut chained = crate::resources::queue(0x77, 0xa1);
    chained["waiting"] = json!({ "overflow": [
        { "when": { "when": "waited", "after": 60_000 }, "to": { "to": "queue", "id": id(0xa2) } },
        { "when": { "when": "unstaffed" }, "to": { "to": "hang_up" } },
    ], "keys": [{ "key": "1", "to": { "to": "callback", "id": id(0x77) } }] });
    admin.post("/api/queues", chained.clone()).await.ok(201);
    let listed: Value = admin.get("/api/queues").await.ok(200);
    let read = listed.as_array().unwrap().iter().find(|queue| queue["id"] == chained["id"]).unwrap();
    assert_eq!(read["waiting"]["overflow"], chained["waiting"]["overflow"]);
    admin.delete(&format!("/api/queues/{}", id(0xa2))).await.refused(409, "conflict.in_use");
    chained["waiting"]["overflow"][0]["when"]["after"] = json!(1);
    let path = format!("/api/queues/{}", id(0x77));
    admin.put(&path, chained.clone()).await.refused(422, "invalid.seconds");
    chained["waiting"] = json!({ "keys": [
        { "key": "1", "to": { "to": "hang_up" } }, { "key": "1", "to": { "to": "hang_up" } }] });
    admin.put(&path, chained.clone()).await.refused(422, "invalid.twice");
    chained["waiting"] = json!({});
    admin.put(&path, chained).await.ok(200);
    admin.delete(&path).await.ok(204);
}
