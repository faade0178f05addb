//! Prompts of a tenant's own over REST: uploaded, spoken, heard in the place of the house's, and not taken from who needs
//! them.

use crate::app::{TestApp, silence};
use crate::resources::{id, spoken_prompt};
use axum::body::Body;
use axum::http::Method;
use hark_store::testing::TestDb;
use serde_json::{Value, json};

hark_store::on_both!(
    an_upload_is_heard_under_its_name,
    what_is_no_sound_is_refused,
    a_sentence_is_spoken,
    what_a_flow_needs_stays,
    what_a_mailbox_greets_with_stays,
);

/// Sends a sound.
async fn send(app: &TestApp, method: Method, path: &str, sound: Vec<u8>) -> crate::app::Reply {
    let admin = app.client("a", "admin").await;
    admin.send(admin.request(method, path).body(Body::from(sound)).unwrap()).await
}

async fn an_upload_is_heard_under_its_name(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let new = format!("/api/prompts?id={}&name=welcome&language=en&words=Hello", id(1));
    let made = send(&app, Method::POST, &new, silence(8_192)).await.ok(201);
    assert_eq!((&made["name"], &made["length"]), (&json!("welcome"), &json!(1000)));
    let heard = admin.get("/api/sounds/en/welcome").await;
    assert_eq!(heard.bytes, silence(8_192), "in the place of the house's");
    let neighbour = app.client("b", "admin").await;
    assert_ne!(neighbour.get("/api/sounds/en/welcome").await.bytes, silence(8_192), "by nobody else");
    let again = format!("/api/prompts?id={}&name=welcome&language=en", id(2));
    send(&app, Method::POST, &again, silence(10)).await.refused(409, "conflict.taken");
    let renamed = format!("/api/prompts/{}?name=hello&language=en", id(1));
    let changed = send(&app, Method::PUT, &renamed, vec![]).await.ok(200);
    assert_eq!((&changed["name"], &changed["file"]), (&json!("hello"), &made["file"]), "its sound stays");
    assert_eq!(admin.get("/api/sounds/en/hello").await.bytes, silence(8_192));
    assert_ne!(admin.get("/api/sounds/en/welcome").await.bytes, silence(8_192), "the house's again");
    let music = format!("/api/prompts?id={}&name=waltz", id(3));
    send(&app, Method::POST, &music, silence(8_192)).await.ok(201);
    let names = admin.get("/api/sounds").await.ok(200);
    let has = |name: &str| names.as_array().unwrap().contains(&json!(name));
    assert!(has("hello") && has("music/waltz") && has("welcome"));
    let setup = app.db().load_setup(crate::app::A).await.unwrap().unwrap();
    assert_eq!(setup.prompts.len(), 2);
}

async fn what_is_no_sound_is_refused(test: TestDb) {
    let app = TestApp::new(test).await;
    let new = format!("/api/prompts?id={}&name=welcome&language=en", id(1));
    send(&app, Method::POST, &new, b"ID3 an MP3".to_vec()).await.refused(422, "invalid.sound_broken");
    send(&app, Method::POST, &new, silence(0)).await.refused(422, "invalid.sound_length");
    let odd = format!("/api/prompts?id={}&name=Wel%20come&language=en", id(1));
    send(&app, Method::POST, &odd, silence(10)).await.refused(422, "invalid.prompt_name");
    let huge = vec![0; hark_backend::sounds::MAX_BYTES + 1];
    assert_eq!(send(&app, Method::POST, &new, huge).await.status.as_u16(), 413);
    let nobody = format!("/api/prompts/{}?name=welcome&language=en", id(9));
    send(&app, Method::PUT, &nobody, silence(10)).await.refused(404, "not_found");
}

async fn a_sentence_is_spoken(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let spoken = admin.post("/api/prompts/speak", spoken_prompt(1)).await.ok(200);
    assert_eq!((&spoken["words"], &spoken["length"]), (&json!("春季优惠"), &json!(500)));
    let mut silent = spoken_prompt(2);
    silent["words"] = json!(" ");
    admin.post("/api/prompts/speak", silent).await.refused(422, "invalid.empty");
    admin.delete(&format!("/api/prompts/{}", id(1))).await;
    assert_eq!(admin.get("/api/prompts").await.ok(200), json!([]));
}

async fn what_a_flow_needs_stays(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let mut prompt = spoken_prompt(1);
    prompt["language"] = json!("en");
    admin.post("/api/prompts/speak", prompt).await.ok(200);
    admin.post("/api/calendars", crate::resources::calendar(2)).await.ok(201);
    admin.post("/api/notices", crate::resources::notice(3)).await.ok(201);
    let mut flow = crate::flows::flow(4);
    let nodes = &mut flow["flow"]["nodes"];
    nodes["1"]["kind"]["say"] = json!([{ "say": "prompt", "name": "spring-offer" }]);
    nodes["1"]["exits"] = json!({ "next": 3 });
    let node =
        |kind: Value, exits: Value| json!({ "name": "", "at": { "x": 0, "y": 0 }, "kind": kind, "exits": exits });
    let ways = json!({ "open": 4, "closed": 4, "holiday": 4, "emergency": 4 });
    nodes["3"] = node(json!({ "type": "hours", "calendar": id(2) }), ways);
    nodes["4"] = node(json!({ "type": "notice", "notice": id(3) }), json!({ "next": 2 }));
    admin.post("/api/flows", flow).await.ok(201);
    admin.post(&format!("/api/flows/{}/publish", id(4)), json!({ "revision": 1 })).await.ok(200);
    for (resource, number) in [("prompts", 1), ("calendars", 2), ("notices", 3)] {
        let refused = admin.delete(&format!("/api/{resource}/{}", id(number))).await;
        refused.refused(409, "conflict.used_by_flow");
        assert_eq!(refused.value("flow"), "Main");
    }
    admin.delete(&format!("/api/flows/{}", id(4))).await;
    for (resource, number) in [("prompts", 1), ("calendars", 2), ("notices", 3)] {
        assert_eq!(admin.delete(&format!("/api/{resource}/{}", id(number))).await.status.as_u16(), 204, "{resource}");
    }
}

/// A box greets with a prompt, with or without an address; that prompt stays, in whichever language it is.
async fn what_a_mailbox_greets_with_stays(test: TestDb) {
    let app = TestApp::new(test).await;
    crate::resources::arrange(&app, crate::app::A).await;
    let admin = app.client("a", "admin").await;
    admin.post("/api/prompts/speak", spoken_prompt(1)).await.ok(200);
    let mut mailbox = crate::resources::mailbox(0xa2);
    mailbox["address"] = json!("");
    admin.post("/api/mailboxes", mailbox.clone()).await.refused(422, "invalid.empty");
    mailbox["greeting"] = json!("spring-offer");
    admin.post("/api/mailboxes", mailbox.clone()).await.ok(201);
    let setup = app.db().load_setup(crate::app::A).await.unwrap().unwrap();
    assert_eq!(setup.mailboxes[0].greeting.as_deref(), Some("spring-offer"));
    let refused = admin.delete(&format!("/api/prompts/{}", id(1))).await;
    refused.refused(409, "conflict.used_by_mailbox");
    assert_eq!(refused.value("mailbox"), "Arranged queue");
    admin.delete(&format!("/api/mailboxes/{}", id(0xa2))).await;
    assert_eq!(admin.delete(&format!("/api/prompts/{}", id(1))).await.status.as_u16(), 204);
}
