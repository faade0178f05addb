//! Meeting rooms as administrators set them up: PINs go in and never come out.

use crate::app::{A, TestApp};
use crate::resources::{arrange, id};
use hark_shared::ids::MeetingRoomId;
use hark_store::testing::TestDb;
use serde_json::{Value, json};

hark_store::on_both!(
    pins_go_in_and_never_come_out,
    what_makes_no_room_is_refused_with_its_field,
    a_room_that_a_flow_names_stays,
);

/// A room with both PINs.
pub fn room(number: u128) -> Value {
    json!({
        "id": id(number), "name": "Board", "number": "8001", "most": 10, "recorded": true, "waits": true,
        "music": "music/calm", "tones": true, "ends_after": 5,
        "pin": { "do": "set", "pin": "918273" }, "moderator_pin": { "do": "set", "pin": "564738" },
    })
}

async fn pins_go_in_and_never_come_out(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    let created: Value = admin.post("/api/meeting-rooms", room(0xc1)).await.ok(201);
    assert_eq!((created["number"].as_str(), created["has_moderator_pin"].as_bool()), (Some("8001"), Some(true)));
    let listed: Value = admin.get("/api/meeting-rooms").await.ok(200);
    let kept = app.db().load_setup(A).await.unwrap().unwrap();
    for text in [created.to_string(), listed.to_string(), serde_json::to_string(&kept).unwrap()] {
        assert!(!text.contains("918273") && !text.contains("564738"), "{text}");
    }
    assert!(!listed.to_string().contains(&kept.meeting_rooms[0].pin.0), "no hash comes out either");
    let hash = |pin| app.db().hash_pin(A, MeetingRoomId::from_u128(0xc1), pin);
    assert_eq!(kept.meeting_rooms[0].admits(&hash("918273")), Some(false));
    assert_eq!(kept.meeting_rooms[0].admits(&hash("564738")), Some(true));
    assert_eq!(kept.meeting_rooms[0].admits(&hash("918274")), None);

    let path = format!("/api/meeting-rooms/{}", id(0xc1));
    let mut changed = room(0xc1);
    changed["name"] = json!("Hall");
    changed["pin"] = json!({ "do": "keep" });
    changed.as_object_mut().unwrap().remove("moderator_pin");
    admin.put(&path, changed.clone()).await.ok(200);
    let same = app.db().load_setup(A).await.unwrap().unwrap().meeting_rooms;
    assert_eq!((same[0].room.name.as_str(), &same[0].pin), ("Hall", &kept.meeting_rooms[0].pin), "kept as it was");
    assert_eq!(same[0].moderator_pin, kept.meeting_rooms[0].moderator_pin);
    changed["moderator_pin"] = json!({ "do": "remove" });
    admin.put(&path, changed.clone()).await.refused(422, "invalid.no_moderator");
    (changed["waits"], changed["ends_after"]) = (json!(false), Value::Null);
    let bare: Value = admin.put(&path, changed.clone()).await.ok(200);
    assert_eq!(bare["has_moderator_pin"], json!(false));
    changed["pin"] = json!({ "do": "set", "pin": "1357" });
    admin.put(&path, changed).await.ok(200);
    let log = app.db().audit_log(A, None, 50).await.unwrap().0;
    // The clock of the test stands: only how many there are of each is known.
    let mut deeds: Vec<&str> =
        log.iter().map(|entry| entry.action.as_str()).filter(|it| it.starts_with("meeting")).collect();
    deeds.sort_unstable();
    let expected = ["changed", "created", "pin_changed", "pin_changed"].map(|deed| format!("meeting_room.{deed}"));
    assert_eq!(deeds, expected);
    admin.delete(&path).await.ok(204);
    assert_eq!(admin.get("/api/meeting-rooms").await.ok(200), json!([]));
}

async fn what_makes_no_room_is_refused_with_its_field(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    let mut next = 0xc1;
    let mut bad = async |field: &str, value: Value, key: &str| {
        next += 1;
        let mut wrong = room(next);
        wrong[field] = value;
        admin.post("/api/meeting-rooms", wrong).await.refused(422, key);
    };
    bad("most", json!(1), "invalid.range").await;
    bad("most", json!(51), "invalid.range").await;
    bad("ends_after", json!(61), "invalid.range").await;
    bad("name", json!(" "), "invalid.empty").await;
    bad("pin", json!({ "do": "keep" }), "invalid.no_pin").await;
    bad("pin", json!({ "do": "remove" }), "invalid.no_pin").await;
    bad("pin", json!({ "do": "set", "pin": "123" }), "invalid.digits").await;
    bad("pin", json!({ "do": "set", "pin": "12345678901" }), "invalid.digits").await;
    bad("pin", json!({ "do": "set", "pin": "12a4" }), "invalid.digits").await;
    bad("moderator_pin", json!({ "do": "set", "pin": "918273" }), "invalid.same_pin").await;
    bad("moderator_pin", json!({ "do": "keep" }), "invalid.no_moderator").await;
    admin.post("/api/meeting-rooms", room(0xd1)).await.ok(201);
    admin.post("/api/meeting-rooms", room(0xd2)).await.refused(409, "conflict.taken");
    let mut wrong = room(0xd3);
    wrong["number"] = json!("800");
    let reply = admin.post("/api/meeting-rooms", wrong).await;
    assert!(reply.status.is_client_error(), "{}", reply.status);
    assert_eq!(admin.get("/api/meeting-rooms").await.ok(200).as_array().unwrap().len(), 1);
}

async fn a_room_that_a_flow_names_stays(test: TestDb) {
    let app = TestApp::new(test).await;
    arrange(&app, A).await;
    let admin = app.client("a", "admin").await;
    let door = |room: Value| {
        json!({
            "id": id(0xe1), "name": "Door", "revision": 1, "tests": [], "flow": {
                "start": 1, "language": "en", "nodes": {
                    "1": { "kind": { "type": "meeting", "room": room }, "exits": { "refused": 2, "full": 2 } },
                    "2": { "kind": { "type": "hang_up", "cause": "normal" } },
                },
            },
        })
    };
    let published = format!("/api/flows/{}/publish", id(0xe1));
    admin.post("/api/flows", door(json!(id(0xc1)))).await.ok(201);
    admin.post(&published, json!({ "revision": 1 })).await.refused(422, "flow.has_errors");
    admin.post("/api/meeting-rooms", room(0xc1)).await.ok(201);
    admin.post(&published, json!({ "revision": 1 })).await.ok(200);
    let path = format!("/api/meeting-rooms/{}", id(0xc1));
    admin.delete(&path).await.refused(409, "conflict.used_by_flow");
    let flow = format!("/api/flows/{}", id(0xe1));
    admin.put(&flow, door(Value::Null)).await.ok(200);
    admin.post(&published, json!({ "revision": 2 })).await.ok(200);
    admin.delete(&path).await.ok(204);
}
