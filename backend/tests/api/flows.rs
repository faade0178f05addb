//! Flows over REST: drafts with revisions, findings, publishing, rolling back, and what may not be taken away.

use crate::app::{A, TestApp};
use crate::contacts::{contact, save};
use crate::resources::{arrange, id, number};
use hark_shared::facts::{Fact, SurveyFact, TrailFact};
use hark_shared::flow::model::Scale;
use hark_shared::flow::{FlowRef, Footprint};
use hark_shared::ids::{ContactId, FlowId};
use hark_shared::time::Timestamp;
use hark_store::testing::TestDb;
use serde_json::{Value, json};

hark_store::on_both!(
    two_editors_lose_nothing,
    only_a_flow_without_errors_is_published,
    a_version_comes_back,
    what_is_used_stays,
    callers_are_led_to_published_flows,
    a_contact_shows_its_trail_and_answers,
    sounds_are_listed,
);

/// A flow that says welcome and hangs up.
pub fn flow(number: u128) -> Value {
    let play = json!({ "type": "play", "say": [{ "say": "prompt", "name": "welcome" }] });
    let place = json!({ "x": 0, "y": 0 });
    json!({
        "id": id(number), "name": "Main", "revision": 1, "tests": [],
        "flow": { "start": 1, "language": "en", "nodes": {
            "1": { "name": "Hello", "at": place, "kind": play, "exits": { "next": 2 } },
            "2": { "name": "", "at": place, "kind": { "type": "hang_up", "cause": "normal" }, "exits": {} },
        } },
    })
}

async fn two_editors_lose_nothing(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let path = format!("/api/flows/{}", id(1));
    assert_eq!(admin.post("/api/flows", flow(1)).await.ok(201)["revision"], 1);
    let mut mine = flow(1);
    mine["name"] = json!("Mine");
    assert_eq!(admin.put(&path, mine.clone()).await.ok(200)["revision"], 2);
    admin.put(&path, mine.clone()).await.refused(409, "flow.changed_meanwhile");
    let publish = |revision: u32| (format!("{path}/publish"), json!({ "revision": revision }));
    let (to, body) = publish(1);
    admin.post(&to, body).await.refused(409, "flow.changed_meanwhile");
    assert_eq!(admin.get(&path).await.ok(200)["name"], "Mine");
    mine["id"] = json!(id(9));
    admin.put(&path, mine.clone()).await.refused(422, "invalid.other_id");
    admin.put(&format!("/api/flows/{}", id(9)), mine).await.refused(404, "not_found");
    let list = admin.get("/api/flows").await.ok(200);
    assert_eq!(
        (&list[0]["name"], &list[0]["published"], &list[0]["changed"]),
        (&json!("Mine"), &Value::Null, &json!(true))
    );
    assert!(list[0]["saved_by"].is_string(), "{list}");
}

async fn only_a_flow_without_errors_is_published(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let (path, publish) = (format!("/api/flows/{}", id(1)), format!("/api/flows/{}/publish", id(1)));
    let mut broken = flow(1);
    broken["flow"]["nodes"]["1"]["exits"] = json!({});
    admin.post("/api/flows", broken).await.ok(201);
    let refused = admin.post(&publish, json!({ "revision": 1 })).await;
    refused.refused(422, "flow.has_errors");
    let first = &refused.json["findings"][0];
    assert_eq!((&first["node"], &first["what"]["key"]), (&json!(1), &json!("lint.open")));
    assert_eq!(admin.get(&format!("{path}/findings")).await.ok(200), refused.json["findings"]);

    let mut tested = flow(1);
    tested["tests"] = json!([{ "name": "Says hello", "path": [1] }]);
    admin.put(&path, tested.clone()).await.ok(200);
    let refused = admin.post(&publish, json!({ "revision": 2 })).await;
    refused.refused(422, "flow.has_errors");
    assert_eq!(refused.json["findings"][0]["what"]["key"], "lint.test_fails");
    tested["tests"][0]["path"] = json!([1, 2]);
    tested["revision"] = json!(2);
    admin.put(&path, tested).await.ok(200);
    let version = admin.post(&publish, json!({ "revision": 3, "note": "First" })).await.ok(200);
    assert_eq!((&version["version"], &version["note"]), (&json!(1), &json!("First")));
    assert!(version["by"].is_string());
    let setup = app.db().load_setup(A).await.unwrap().unwrap();
    assert_eq!(setup.flows.len(), 1);
    let list = admin.get("/api/flows").await.ok(200);
    assert_eq!((&list[0]["published"], &list[0]["changed"]), (&json!(1), &json!(false)));
    let log = admin.get("/api/audit?limit=50").await.ok(200);
    assert!(log["rows"].as_array().unwrap().iter().any(|row| row["action"] == "flow.published"), "{log}");
}

async fn a_version_comes_back(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let path = format!("/api/flows/{}", id(1));
    admin.post("/api/flows", flow(1)).await.ok(201);
    admin.post(&format!("{path}/publish"), json!({ "revision": 1 })).await.ok(200);
    let mut second = flow(1);
    second["flow"]["nodes"]["1"]["name"] = json!("Other");
    admin.put(&path, second).await.ok(200);
    admin.post(&format!("{path}/publish"), json!({ "revision": 2 })).await.ok(200);
    let back = admin.post(&format!("{path}/restore"), json!({ "version": 1 })).await.ok(200);
    assert_eq!((&back["version"], &back["restored"]), (&json!(3), &json!(1)));
    let draft = admin.get(&path).await.ok(200);
    assert_eq!((&draft["revision"], &draft["flow"]["nodes"]["1"]["name"]), (&json!(3), &json!("Hello")));
    let versions = admin.get(&format!("{path}/versions")).await.ok(200);
    let numbers: Vec<_> = versions.as_array().unwrap().iter().map(|version| version["version"].clone()).collect();
    assert_eq!(numbers, [3, 2, 1]);
    let one = admin.get(&format!("{path}/versions/2")).await.ok(200);
    assert_eq!(one["nodes"]["1"]["name"], "Other");
    admin.get(&format!("{path}/versions/9")).await.refused(404, "not_found");
    admin.post(&format!("{path}/restore"), json!({ "version": 9 })).await.refused(404, "not_found");
    assert_eq!(app.db().load_setup(A).await.unwrap().unwrap().flows[0].version, 3);
}

async fn what_is_used_stays(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    let mut main = flow(1);
    let node = &mut main["flow"]["nodes"]["2"];
    node["kind"] = json!({ "type": "queue", "queue": id(0xa2) });
    admin.post("/api/flows", main).await.ok(201);
    let mut with_flow = number(5, 0xa4, 0xa2);
    with_flow["entry"] = json!({ "flow": id(1) });
    admin.post("/api/numbers", with_flow.clone()).await.refused(422, "flow.unpublished");
    admin.post(&format!("/api/flows/{}/publish", id(1)), json!({ "revision": 1 })).await.ok(200);
    admin.post("/api/numbers", with_flow).await.ok(201);
    admin.delete(&format!("/api/flows/{}", id(1))).await.refused(409, "conflict.in_use");
    admin.delete(&format!("/api/queues/{}", id(0xa2))).await.refused(409, "conflict.in_use");
    let mut calls = flow(2);
    calls["name"] = json!("Calls");
    calls["flow"]["nodes"]["1"]["kind"] = json!({ "type": "sub_flow", "flow": id(1) });
    admin.post("/api/flows", calls).await.ok(201);
    admin.post(&format!("/api/flows/{}/publish", id(2)), json!({ "revision": 1 })).await.ok(200);
    admin.delete(&format!("/api/numbers/{}", id(5))).await;
    admin.delete(&format!("/api/flows/{}", id(1))).await.refused(409, "conflict.used_by_flow");
    for flow in [2, 1] {
        let gone = admin.delete(&format!("/api/flows/{}", id(flow))).await;
        assert_eq!(gone.status.as_u16(), 204, "{:?}", gone.json);
    }
    assert_eq!(admin.delete(&format!("/api/queues/{}", id(0xa2))).await.status.as_u16(), 204);
    let mut fallback = number(6, 0xa4, 0xa2);
    fallback["entry"] = json!({ "flow": id(1) });
    admin.post("/api/numbers", fallback).await.refused(422, "flow.unknown");
}

/// A queue and a number lead to published flows only, wherever they name one; the refusal says which and where.
async fn callers_are_led_to_published_flows(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    admin.post("/api/flows", flow(1)).await.ok(201);
    let to = json!({ "to": "flow", "id": id(1) });
    let off = json!({ "to": "hang_up" });
    let hours = |place: &str| {
        let mut hours = json!({ "calendar": id(9), "closed": off, "holiday": off, "emergency": off });
        hours[place] = to.clone();
        json!({ "hours": hours })
    };
    let named: Vec<(&str, Value)> = vec![
        ("keys", json!({ "keys": [{ "key": "1", "to": to }] })),
        ("overflow", json!({ "overflow": [{ "when": { "when": "unstaffed" }, "to": to }] })),
        ("hours", hours("closed")),
        ("hours", hours("holiday")),
        ("hours", hours("emergency")),
        ("survey", Value::Null),
    ];
    let mut queues = Vec::new();
    for (n, (field, waiting)) in named.into_iter().enumerate() {
        let mut queue = crate::resources::queue(0x700 + n as u128, 0xa1);
        queue["name"] = json!(format!("Queue {n}"));
        match waiting {
            Value::Null => queue["routing"]["survey"] = json!(id(1)),
            waiting => queue["waiting"] = waiting,
        }
        let refused = admin.post("/api/queues", queue.clone()).await;
        refused.refused(422, "flow.unpublished");
        assert_eq!((refused.value("field"), refused.value("flow")), (field, "Main"));
        queues.push(queue);
    }
    let mut fax = number(6, 0xa4, 0xa2);
    fax["fax"] = to;
    let refused = admin.post("/api/numbers", fax.clone()).await;
    refused.refused(422, "flow.unpublished");
    assert_eq!(refused.value("field"), "fax");
    admin.post(&format!("/api/flows/{}/publish", id(1)), json!({ "revision": 1 })).await.ok(200);
    for queue in queues {
        admin.post("/api/queues", queue.clone()).await.ok(201);
        let mut unknown = queue.clone();
        unknown["routing"]["survey"] = json!(id(0x99));
        let path = format!("/api/queues/{}", queue["id"].as_str().unwrap());
        admin.put(&path, unknown).await.refused(422, "flow.unknown");
    }
    admin.post("/api/numbers", fax).await.ok(201);
}

async fn a_contact_shows_its_trail_and_answers(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    admin.post("/api/flows", flow(1)).await.ok(201);
    admin.post(&format!("/api/flows/{}/publish", id(1)), json!({ "revision": 1 })).await.ok(200);
    let contact_id = ContactId::from_u128(8);
    let at = |node| Footprint { flow: FlowRef { flow: FlowId::from_u128(1), version: 1 }, node };
    let trail = Fact::Trail(TrailFact { contact: contact_id, steps: vec![at(1), at(2), at(7)] });
    let answer = SurveyFact {
        contact: contact_id,
        at: at(1),
        question: 0,
        scale: Scale::Score,
        score: 5,
        answered: Timestamp(5),
    };
    save(&app, vec![contact(8, None, 1), trail, Fact::Survey(answer)]).await;
    let detail = admin.get(&format!("/api/contacts/{}", id(8))).await.ok(200);
    let step = |at: usize| detail["trail"][at].clone();
    assert_eq!(
        (&step(0)["name"], &step(0)["kind"], &step(0)["flow_name"]),
        (&json!("Hello"), &json!("play"), &json!("Main"))
    );
    assert_eq!((&step(1)["kind"], &step(2)["kind"]), (&json!("hang_up"), &json!("")));
    assert_eq!((&detail["answers"][0]["score"], &detail["answers"][0]["scale"]), (&json!(5), &json!("score")));
}

async fn sounds_are_listed(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let names = admin.get("/api/sounds").await.ok(200);
    assert!(names.as_array().unwrap().contains(&json!("welcome")), "{names}");
    admin.get("/api/sounds/en/secret").await.refused(404, "not_found");
}
