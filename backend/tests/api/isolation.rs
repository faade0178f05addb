//! Every route of the OpenAPI document, walked as a signed-out visitor, as each role, and as people of another tenant.
//!
//! The table of who may what is written out by hand: a route that is not in it fails the test.

use crate::app::{A, B, Client, Reply, TestApp};
use crate::callbacks::callback;
use crate::contacts::{contact, message, recording, save, user_of};
use crate::flows;
use crate::meetings;
use crate::resources::{self, arrange};
use axum::http::Method;
use hark_shared::ids::{ContactId, RecordingId};
use hark_shared::time::Millis;
use hark_store::testing::TestDb;
use hark_store::{CustomerFilter, Whose};
use serde_json::{Value, json};
use std::collections::BTreeSet;

hark_store::on_both!(signed_out_sees_nothing, roles_may_what_the_table_says, another_tenant_sees_and_changes_nothing);

/// Needs no session.
const PUBLIC: &[(&str, &str)] = &[("post", "/api/session"), ("post", "/api/setup"), ("post", "/api/tickets")];

/// Who may: a(gent), s(upervisor), d (administrator).
const TABLE: &[(&str, &str, &str)] = &[
    ("get", "/api/session", "asd"),
    ("delete", "/api/session", "asd"),
    ("put", "/api/password", "asd"),
    ("get", "/api/users", "sd"),
    ("post", "/api/users", "d"),
    ("get", "/api/users/{id}", "sd"),
    ("put", "/api/users/{id}", "d"),
    ("get", "/api/skills", "sd"),
    ("post", "/api/skills", "d"),
    ("put", "/api/skills/{id}", "d"),
    ("delete", "/api/skills/{id}", "d"),
    ("get", "/api/queues", "sd"),
    ("post", "/api/queues", "d"),
    ("put", "/api/queues/{id}", "d"),
    ("delete", "/api/queues/{id}", "d"),
    ("get", "/api/numbers", "sd"),
    ("post", "/api/numbers", "d"),
    ("put", "/api/numbers/{id}", "d"),
    ("delete", "/api/numbers/{id}", "d"),
    ("get", "/api/trunks", "d"),
    ("post", "/api/trunks", "d"),
    ("put", "/api/trunks/{id}", "d"),
    ("delete", "/api/trunks/{id}", "d"),
    ("post", "/api/trunks/{id}/test", "d"),
    ("get", "/api/outbound", "d"),
    ("put", "/api/outbound", "d"),
    ("get", "/api/capacity", "d"),
    ("put", "/api/capacity", "d"),
    ("get", "/api/dispositions", "asd"),
    ("post", "/api/dispositions", "d"),
    ("put", "/api/dispositions/{id}", "d"),
    ("delete", "/api/dispositions/{id}", "d"),
    ("get", "/api/calendars", "sd"),
    ("post", "/api/calendars", "d"),
    ("put", "/api/calendars/{id}", "d"),
    ("delete", "/api/calendars/{id}", "d"),
    ("get", "/api/notices", "sd"),
    ("post", "/api/notices", "d"),
    ("put", "/api/notices/{id}", "d"),
    ("delete", "/api/notices/{id}", "d"),
    ("get", "/api/listings", "sd"),
    ("post", "/api/listings", "d"),
    ("put", "/api/listings/{id}", "d"),
    ("delete", "/api/listings/{id}", "d"),
    ("get", "/api/flows", "sd"),
    ("post", "/api/flows", "d"),
    ("get", "/api/flows/{id}", "d"),
    ("put", "/api/flows/{id}", "d"),
    ("delete", "/api/flows/{id}", "d"),
    ("get", "/api/flows/{id}/findings", "d"),
    ("post", "/api/flows/{id}/publish", "d"),
    ("get", "/api/flows/{id}/versions", "d"),
    ("get", "/api/flows/{id}/versions/{version}", "d"),
    ("post", "/api/flows/{id}/restore", "d"),
    ("get", "/api/rotas", "sd"),
    ("post", "/api/rotas", "d"),
    ("put", "/api/rotas/{id}", "d"),
    ("delete", "/api/rotas/{id}", "d"),
    ("get", "/api/meeting-rooms", "sd"),
    ("post", "/api/meeting-rooms", "d"),
    ("put", "/api/meeting-rooms/{id}", "d"),
    ("delete", "/api/meeting-rooms/{id}", "d"),
    ("get", "/api/teams", "sd"),
    ("post", "/api/teams", "d"),
    ("put", "/api/teams/{id}", "d"),
    ("delete", "/api/teams/{id}", "d"),
    ("get", "/api/mailboxes", "sd"),
    ("post", "/api/mailboxes", "d"),
    ("put", "/api/mailboxes/{id}", "d"),
    ("delete", "/api/mailboxes/{id}", "d"),
    ("get", "/api/messages", "asd"),
    ("get", "/api/messages/new", "asd"),
    ("get", "/api/messages/{id}/sound", "asd"),
    ("put", "/api/messages/{id}/heard", "asd"),
    ("delete", "/api/messages/{id}", "asd"),
    ("get", "/api/prompts", "sd"),
    ("post", "/api/prompts", "d"),
    ("put", "/api/prompts/{id}", "d"),
    ("delete", "/api/prompts/{id}", "d"),
    ("post", "/api/prompts/speak", "d"),
    ("get", "/api/sounds", "sd"),
    ("get", "/api/sounds/{folder}/{name}", "sd"),
    ("get", "/api/customers", "asd"),
    ("post", "/api/customers", "asd"),
    ("get", "/api/customers/{id}", "asd"),
    ("put", "/api/customers/{id}", "asd"),
    ("get", "/api/contacts", "asd"),
    ("get", "/api/contacts/{id}", "asd"),
    ("get", "/api/recordings/{id}", "asd"),
    ("get", "/api/callbacks", "asd"),
    ("post", "/api/callbacks", "asd"),
    ("put", "/api/callbacks/{id}", "asd"),
    ("delete", "/api/callbacks/{id}", "asd"),
    ("get", "/api/audit", "d"),
];

/// Every operation of the document.
fn operations() -> Vec<(String, String)> {
    let document = serde_json::to_value(hark_backend::api::document()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let each = |(path, item): (&String, &Value)| {
        let path = path.clone();
        let methods: Vec<String> = item.as_object().unwrap().keys().cloned().collect();
        methods.into_iter().map(move |method| (method, path.clone()))
    };
    paths.iter().flat_map(each).collect()
}

/// Asks an operation about the thing of tenant `a` that its path is about, with a body that would be right.
async fn ask(client: &Client, app: &TestApp, method: &str, path: &str) -> Reply {
    let resource = path.split('/').nth(2).unwrap();
    let (id, body) = match resource {
        "skills" => (resources::id(0xa1), json!({ "id": resources::id(0xa1), "name": "Taken over" })),
        "queues" => (resources::id(0xa2), resources::queue(0xa2, 0xa1)),
        "trunks" => (resources::id(0xa4), resources::trunk(0xa4)),
        "numbers" => (resources::id(0xa5), resources::number(0xa5, 0xa4, 0xa2)),
        "dispositions" => (resources::id(0xa6), resources::disposition(0xa6)),
        "customers" => (resources::id(0xa7), resources::customer(0xa7)),
        "calendars" => (resources::id(0xb1), resources::calendar(0xb1)),
        "notices" => (resources::id(0xb2), resources::notice(0xb2)),
        "listings" => (resources::id(0xb3), resources::listing(0xb3)),
        "flows" if path.ends_with("/publish") => (resources::id(0xb4), json!({ "revision": 1 })),
        "flows" if path.ends_with("/restore") => (resources::id(0xb4), json!({ "version": 1 })),
        "flows" => (resources::id(0xb4), flows::flow(0xb4)),
        "rotas" => (resources::id(0xb6), resources::rota(0xb6)),
        "meeting-rooms" => (resources::id(0xb7), meetings::room(0xb7)),
        "teams" => (resources::id(0xb8), resources::team(0xb8)),
        "mailboxes" => (resources::id(0xa2), resources::mailbox(0xa2)),
        "messages" => (resources::id(0xab), json!({ "heard": true })),
        "prompts" if path.ends_with("/speak") => (String::new(), resources::spoken_prompt(0xb5)),
        "prompts" => (resources::id(0xb5), Value::Null),
        "sounds" => (String::new(), Value::Null),
        "contacts" => (resources::id(0xa8), Value::Null),
        "callbacks" if method == "post" => {
            (String::new(), json!({ "id": resources::id(0xaa), "queue": resources::id(0xa2), "number": "13800138000" }))
        }
        "callbacks" => (resources::id(0xaa), json!({ "due": 1 })),
        "recordings" => (resources::id(0xa9), Value::Null),
        "users" => (user_of(app, "agent").await.to_string(), resources::user("taken.over")),
        "outbound" => (String::new(), json!({ "at_once": 1, "per_day": 1 })),
        "capacity" => (String::new(), json!({ "tasks": 1 })),
        // Wrong on purpose: the next to ask signs in with the right one.
        "password" => (String::new(), json!({ "old": "not the password", "new": "another password" })),
        "session" | "audit" => (String::new(), Value::Null),
        other => panic!("say what to ask of /api/{other}"),
    };
    let path =
        path.replace("{id}", &id).replace("{version}", "1").replace("{folder}", "en").replace("{name}", "welcome");
    let path = match (resource, method) {
        ("prompts", "post" | "put") => format!("{path}?id={id}&name=taken-over&language=en"),
        _ => path,
    };
    let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
    client.json(method, &path, body.to_string()).await
}

/// One of everything in tenant `a`, each with a mark in its text.
async fn furnish(app: &TestApp) {
    arrange(app, A).await;
    let admin = app.client("a", "admin").await;
    let mut number = resources::number(0xa5, 0xa4, 0xa2);
    number["entry"]["menu"]["prompt"] = json!("secret-of-a prompt");
    admin.post("/api/numbers", number).await.ok(201);
    let disposition = json!({ "id": resources::id(0xa6), "zh": "secret-of-a", "en": "secret-of-a" });
    admin.post("/api/dispositions", disposition).await.ok(201);
    let mut calendar = resources::calendar(0xb1);
    calendar["name"] = json!("secret-of-a calendar");
    admin.post("/api/calendars", calendar).await.ok(201);
    let mut notice = resources::notice(0xb2);
    notice["name"] = json!("secret-of-a notice");
    admin.post("/api/notices", notice).await.ok(201);
    let mut rota = resources::rota(0xb6);
    rota["name"] = json!("secret-of-a rota");
    admin.post("/api/rotas", rota).await.ok(201);
    let mut room = meetings::room(0xb7);
    room["name"] = json!("secret-of-a room");
    admin.post("/api/meeting-rooms", room).await.ok(201);
    let mut team = resources::team(0xb8);
    team["name"] = json!("secret-of-a team");
    admin.post("/api/teams", team).await.ok(201);
    let mut mailbox = resources::mailbox(0xa2);
    mailbox["address"] = json!("secret-of-a@a.example");
    admin.post("/api/mailboxes", mailbox).await.ok(201);
    let mut prompt = resources::spoken_prompt(0xb5);
    prompt["words"] = json!("secret-of-a prompt");
    admin.post("/api/prompts/speak", prompt).await.ok(200);
    let mut listing = resources::listing(0xb3);
    listing["reason"] = json!("secret-of-a listing");
    admin.post("/api/listings", listing).await.ok(201);
    let mut flow = flows::flow(0xb4);
    flow["name"] = json!("secret-of-a flow");
    admin.post("/api/flows", flow).await.ok(201);
    admin.post(&format!("/api/flows/{}/publish", resources::id(0xb4)), json!({ "revision": 1 })).await.ok(200);
    let mut customer = resources::customer(0xa7);
    customer["name"] = json!("secret-of-a customer");
    admin.post("/api/customers", customer).await.ok(201);
    let agent = user_of(app, "agent").await;
    save(
        app,
        vec![contact(0xa8, Some(agent), 1), recording(0xa9, 0xa8), message(0xab, 0xa8, 0xa2), callback(0xaa, 0xa2)],
    )
    .await;
    let file = app.state.files.spooled(RecordingId::from_u128(0xa9));
    std::fs::write(file, "secret-of-a sound").unwrap();
}

/// All that tenant `a` has, as text.
async fn everything(app: &TestApp) -> String {
    let db = app.db();
    let setup = db.load_setup(A).await.unwrap();
    let contacts = db.contacts(A, Whose::All, None, 200).await.unwrap().0;
    let contact = db.contact(A, ContactId::from_u128(0xa8)).await.unwrap();
    let customers = db.customers(A, &CustomerFilter::default(), 200).await.unwrap().0;
    let audit = db.audit_log(A, None, 200).await.unwrap().0;
    let flows = db.flows(A).await.unwrap();
    serde_json::to_string(&(setup, contacts, contact, customers, audit, flows)).unwrap()
}

async fn signed_out_sees_nothing(test: TestDb) {
    let app = TestApp::new(test).await;
    furnish(&app).await;
    let before = everything(&app).await;
    let stranger = app.stranger();
    let mut forged = app.stranger();
    forged.cookie = Some(format!("hark_session={}", "A".repeat(64)));
    for (method, path) in operations() {
        if PUBLIC.contains(&(method.as_str(), path.as_str())) {
            continue;
        }
        for client in [&stranger, &forged] {
            let reply = ask(client, &app, &method, &path).await;
            assert_eq!((reply.status.as_u16(), reply.key()), (401, "session.none"), "{method} {path}");
        }
    }
    assert_eq!(everything(&app).await, before);
}

async fn roles_may_what_the_table_says(test: TestDb) {
    let app = TestApp::new(test).await;
    furnish(&app).await;
    let known: BTreeSet<(String, String)> = TABLE
        .iter()
        .map(|(method, path, _)| (*method, *path))
        .chain(PUBLIC.iter().copied())
        .map(|(method, path)| (method.to_owned(), path.to_owned()))
        .collect();
    assert_eq!(operations().into_iter().collect::<BTreeSet<_>>(), known, "the table names every route");
    for (role, login) in [('a', "agent"), ('s', "supervisor"), ('d', "admin")] {
        for (method, path, may) in TABLE.iter().filter(|(_, path, _)| !path.starts_with("/api/session")) {
            // Removing and changing take the things away that later rows ask for; those who may are tested elsewhere.
            if may.contains(role) && *method != "get" {
                continue;
            }
            // One address signs in again and again: faster than any person does.
            app.clock.advance(Millis(1));
            let client = app.client("a", login).await;
            let status = ask(&client, &app, method, path).await.status.as_u16();
            assert_eq!(status == 403, !may.contains(role), "{method} {path} as {login}: {status}");
        }
    }
}

async fn another_tenant_sees_and_changes_nothing(test: TestDb) {
    let app = TestApp::new(test).await;
    furnish(&app).await;
    let before = everything(&app).await;
    assert!(before.matches("secret-of-a").count() >= 6, "the marks are where they should be");
    // First what is about one thing: afterwards tenant b may have things of its own with the same ids.
    let (about_one, about_all): (Vec<_>, Vec<_>) =
        operations().into_iter().partition(|(_, path)| path.contains("{id}"));
    let logins = ["agent", "supervisor", "admin"];
    for (login, (method, path)) in [&about_one, &about_all].into_iter().flat_map(|operations| {
        logins.into_iter().flat_map(move |login| operations.iter().map(move |operation| (login, operation)))
    }) {
        if PUBLIC.contains(&(method.as_str(), path.as_str())) {
            continue;
        }
        // One address signs in again and again: faster than any person does.
        app.clock.advance(Millis(1));
        let client = app.client("b", login).await;
        let reply = ask(&client, &app, method, path).await;
        let text = String::from_utf8_lossy(&reply.bytes);
        assert!(!text.contains("secret-of-a") && !text.contains("Arranged"), "{method} {path} as {login}: {text}");
        if path.contains("{id}") {
            assert!(matches!(reply.status.as_u16(), 403 | 404), "{method} {path} as {login}: {}", reply.status);
        }
    }
    assert_eq!(everything(&app).await, before);
    let theirs = app.db().load_setup(B).await.unwrap().unwrap();
    assert!(theirs.queues.is_empty() && theirs.numbers.is_empty(), "what refers to tenant a was not made");
    let cross = app.client("a", "agent").await;
    let secret = cross.cookie.as_ref().unwrap().split_once('=').unwrap().1.to_owned();
    let mut token = hark_backend::auth::Token::parse(&secret).unwrap();
    token.tenant = B;
    let mut thief = app.stranger();
    thief.cookie = Some(format!("hark_session={}", token.value()));
    thief.get("/api/session").await.refused(401, "session.none");
}
