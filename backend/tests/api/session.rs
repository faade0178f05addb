//! Signing in and out, lock-out, expiry, the first administrator.

use crate::app::{A, PASSWORD, TestApp};
use axum::body::Body;
use axum::http::{Method, header};
use hark_backend::api::rest::setup::draw_key;
use hark_backend::auth::{Over, Token};
use hark_shared::time::Millis;
use hark_store::testing::TestDb;
use serde_json::json;
use std::time::Duration;

hark_store::on_both!(
    signing_in_and_out,
    wrong_is_wrong_whoever_it_is,
    wrong_tries_lock,
    parallel_tries_are_counted,
    sessions_idle_out,
    live_sockets_hear_of_it,
    a_shift_on_the_telephone_stays_signed_in,
    other_sites_are_refused,
    the_first_administrator,
    an_address_has_its_limit,
    bad_bodies_are_named,
    the_only_tenant_needs_no_name,
    a_password_of_ones_own_is_changed,
    guessing_the_old_password_locks,
);

async fn signing_in_and_out(test: TestDb) {
    let app = TestApp::new(test).await;
    let mut client = app.stranger();
    client.get("/api/session").await.refused(401, "session.none");
    let reply = client.sign_in("a", " AGENT ", PASSWORD).await;
    let cookie = reply.headers[header::SET_COOKIE].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"), "{cookie}");
    let document = client.get("/api/openapi.json").await;
    assert_eq!(document.headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    assert_eq!(document.headers[header::CONTENT_SECURITY_POLICY], "frame-ancestors 'none'");
    let me = client.get("/api/session").await.ok(200);
    assert_eq!((me["login"].as_str(), me["tenant_name"].as_str()), (Some("agent"), Some("Tenant a")));
    assert_eq!(me["roles"], json!(["agent"]));
    let gone = client.delete("/api/session").await;
    assert_eq!(gone.status.as_u16(), 204);
    assert!(gone.headers[header::SET_COOKIE].to_str().unwrap().contains("Max-Age=0"));
    client.get("/api/session").await.refused(401, "session.none");

    let log = app.client("a", "admin").await.get("/api/audit").await.ok(200);
    let actions: Vec<_> = log["rows"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert!(actions.contains(&"session.began") && actions.contains(&"session.ended"), "{actions:?}");
    let ended = log["rows"].as_array().unwrap().iter().find(|row| row["action"] == "session.ended").unwrap();
    assert_eq!((&ended["address"], &ended["user_name"]), (&json!("192.0.2.7"), &json!("The agent")));
}

async fn wrong_is_wrong_whoever_it_is(test: TestDb) {
    let app = TestApp::new(test).await;
    let mut client = app.stranger();
    let mut bodies = Vec::new();
    for (tenant, login, password) in [
        ("a", "agent", "wrong password"),
        ("a", "nobody", PASSWORD),
        ("none", "agent", PASSWORD),
        ("", "agent", PASSWORD),
        ("a", "", ""),
        ("a", "agent\0", PASSWORD),
        ("a", &"x".repeat(5000), PASSWORD),
        ("a", "agent", &"x".repeat(5000)),
    ] {
        let reply = client.sign_in(tenant, login, password).await;
        reply.refused(401, "sign_in.wrong");
        assert!(client.cookie.is_none());
        bodies.push(reply.bytes);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "nothing tells which part was wrong");
}

async fn wrong_tries_lock(test: TestDb) {
    let app = TestApp::new(test).await;
    let mut client = app.stranger();
    for login in ["agent", "nobody"] {
        for _ in 0..5 {
            client.sign_in("a", login, "wrong password").await.refused(401, "sign_in.wrong");
        }
        let locked = client.sign_in("a", login, PASSWORD).await;
        locked.refused(429, "sign_in.locked");
        assert_eq!(locked.value("seconds"), "60");
        assert_eq!(locked.headers[header::RETRY_AFTER], "60");
    }
    app.client("a", "supervisor").await;
    app.client("b", "agent").await;
    app.clock.advance(Millis::from_secs(59));
    client.sign_in("a", "agent", PASSWORD).await.refused(429, "sign_in.locked");
    app.clock.advance(Millis::from_secs(1));
    client.sign_in("a", "agent", "wrong password").await.refused(401, "sign_in.wrong");
    assert_eq!(client.sign_in("a", "agent", PASSWORD).await.value("seconds"), "120", "it grows");
    app.clock.advance(Millis::from_secs(120));
    client.sign_in("a", "agent", PASSWORD).await.ok(200);
    for _ in 0..5 {
        client.sign_in("a", "agent", "wrong password").await.refused(401, "sign_in.wrong");
    }
    assert_eq!(client.sign_in("a", "agent", PASSWORD).await.value("seconds"), "60", "it was forgotten");
}

async fn parallel_tries_are_counted(test: TestDb) {
    let app = TestApp::new(test).await;
    let tries = (0..40).map(|_| {
        let mut client = app.stranger();
        tokio::spawn(async move { client.sign_in("a", "agent", "wrong password").await.status.as_u16() })
    });
    let mut wrong = 0;
    for done in tries.collect::<Vec<_>>() {
        let status = done.await.unwrap();
        assert!(matches!(status, 401 | 429), "{status}");
        wrong += usize::from(status == 401);
    }
    assert_eq!(wrong, 5);
}

async fn sessions_idle_out(test: TestDb) {
    let app = TestApp::new(test).await;
    let client = app.client("a", "agent").await;
    for _ in 0..3 {
        app.clock.advance(Millis::from_secs(12 * 3600 - 61));
        client.get("/api/session").await.ok(200);
    }
    app.clock.advance(Millis::from_secs(12 * 3600));
    client.get("/api/session").await.refused(401, "session.none");
    let client = app.client("a", "agent").await;
    app.clock.advance(Millis::from_secs(12 * 3600 + 1));
    assert_eq!(app.state.auth.sweep().await.unwrap(), 1);
    client.get("/api/session").await.refused(401, "session.none");
}

async fn a_shift_on_the_telephone_stays_signed_in(test: TestDb) {
    let app = TestApp::new(test).await;
    let client = app.client("a", "agent").await;
    let token = Token::parse(client.cookie.as_ref().unwrap().split_once('=').unwrap().1).unwrap();
    let who = app.state.auth.session(&token).await.unwrap().unwrap();
    let mut watch = app.state.auth.watch(&who);
    assert!(watch.in_use().is_none(), "the request that opened the socket was noted");
    for _ in 0..3 {
        app.clock.advance(Millis::from_secs(11 * 3600));
        watch.in_use().expect("a minute has passed").await;
        assert!(watch.in_use().is_none(), "once a minute");
        assert_eq!(app.state.auth.sweep().await.unwrap(), 0);
    }
    client.get("/api/session").await.ok(200);
    app.clock.advance(Millis::from_secs(12 * 3600));
    client.get("/api/session").await.refused(401, "session.none");
}

async fn live_sockets_hear_of_it(test: TestDb) {
    let app = TestApp::new(test).await;
    let admin = app.client("a", "admin").await;
    let users = admin.get("/api/users").await.ok(200);
    let user = users.as_array().unwrap().iter().find(|user| user["login"] == "agent").unwrap().clone();
    let path = format!("/api/users/{}", user["id"].as_str().unwrap());
    let deadline = Duration::from_secs(10);

    let watched = async |client: &crate::app::Client| {
        let token = Token::parse(client.cookie.as_ref().unwrap().split_once('=').unwrap().1).unwrap();
        let who = app.state.auth.session(&token).await.unwrap().unwrap();
        app.state.auth.watch(&who)
    };
    let client = app.client("a", "agent").await;
    let other = app.client("a", "agent").await;
    let (mut mine, mut others) = (watched(&client).await, watched(&other).await);
    assert_eq!(client.delete("/api/session").await.status.as_u16(), 204);
    assert_eq!(tokio::time::timeout(deadline, mine.over()).await.expect("signed out"), Over::Ended);
    assert!(tokio::time::timeout(Duration::ZERO, others.over()).await.is_err(), "another session lives on");

    let mut edit = user.clone();
    edit["name"] = json!("Renamed");
    admin.put(&path, edit.clone()).await.ok(200);
    assert!(tokio::time::timeout(Duration::ZERO, others.over()).await.is_err(), "a name ends nothing");
    edit["roles"] = json!(["supervisor"]);
    admin.put(&path, edit.clone()).await.ok(200);
    assert_eq!(tokio::time::timeout(deadline, others.over()).await.expect("the role changed"), Over::Ended);
    assert_eq!(other.get("/api/session").await.ok(200)["roles"], json!(["supervisor"]), "the session has the new role");

    let mut others = watched(&other).await;
    edit["active"] = json!(false);
    admin.put(&path, edit).await.ok(200);
    tokio::time::timeout(deadline, others.over()).await.expect("made inactive");
    other.get("/api/session").await.refused(401, "session.none");

    let mut admins = watched(&admin).await;
    app.clock.advance(Millis::from_secs(12 * 3600));
    admin.get("/api/session").await.refused(401, "session.none");
    assert_eq!(tokio::time::timeout(deadline, admins.over()).await.expect("idled out"), Over::Expired);
    app.stranger().sign_in("a", "agent", PASSWORD).await.refused(401, "sign_in.wrong");
}

async fn other_sites_are_refused(test: TestDb) {
    let app = TestApp::new(test).await;
    let client = app.client("a", "admin").await;
    let send = async |origin: Option<&str>, method: Method| {
        let mut request = client.request(method, "/api/session").body(Body::empty()).unwrap();
        request.headers_mut().remove(header::ORIGIN);
        if let Some(origin) = origin {
            request.headers_mut().insert(header::ORIGIN, origin.parse().unwrap());
        }
        client.send(request).await
    };
    send(Some("https://evil.example"), Method::DELETE).await.refused(403, "request.foreign_origin");
    send(None, Method::DELETE).await.refused(403, "request.foreign_origin");
    send(Some("https://evil.example"), Method::GET).await.ok(200);
    assert_eq!(send(Some("http://localhost:8080"), Method::DELETE).await.status.as_u16(), 204);
}

async fn the_first_administrator(test: TestDb) {
    let app = TestApp::empty(test);
    let client = app.stranger();
    let body = |key: &str, password: &str| json!({ "key": key, "tenant": "acme", "tenant_name": "Acme", "login": "root", "password": password });
    client.post("/api/setup", body("guess", "a long password")).await.refused(403, "session.forbidden");
    let old = draw_key(app.db(), app.state.entropy.as_ref()).await.unwrap();
    let key = draw_key(app.db(), app.state.entropy.as_ref()).await.unwrap();
    client.post("/api/setup", body(&old, "a long password")).await.refused(403, "session.forbidden");
    let short = client.post("/api/setup", body(&key, "too short")).await;
    short.refused(422, "invalid.too_short");
    assert_eq!((short.value("field"), short.value("min")), ("password", "10"));
    client.post("/api/setup", body(&key, "a long password")).await.ok(201);
    client.post("/api/setup", body(&key, "a long password")).await.refused(403, "session.forbidden");
    assert_eq!(app.floors.0.lock().unwrap().len(), 1);
    let mut client = app.stranger();
    assert_eq!(client.sign_in("", "root", "a long password").await.ok(200)["roles"], json!(["administrator"]));
}

async fn an_address_has_its_limit(test: TestDb) {
    let app = TestApp::empty(test);
    let mut client = app.stranger();
    for _ in 0..200 {
        client.sign_in("none", "nobody", &"x".repeat(600)).await.refused(401, "sign_in.wrong");
    }
    client.sign_in("none", "nobody", "x").await.refused(429, "request.too_many");
    app.clock.advance(Millis(1));
    client.sign_in("none", "nobody", "x").await.refused(401, "sign_in.wrong");
}

async fn bad_bodies_are_named(test: TestDb) {
    let app = TestApp::new(test).await;
    let client = app.client("a", "admin").await;
    let broken = client.json(Method::POST, "/api/skills", "{\"id\":".into()).await;
    broken.refused(400, "request.malformed");
    let shape = client.post("/api/skills", json!({ "id": 7, "name": "x" })).await;
    shape.refused(400, "request.malformed");
    assert!(shape.value("why").contains("UUID") && shape.value("why").contains("line 1"), "{:?}", shape.json);
    let large = client.json(Method::POST, "/api/skills", format!("{{\"name\":\"{}\"}}", "x".repeat(300_000))).await;
    large.refused(413, "request.too_large");
    let untyped = client.request(Method::POST, "/api/skills").body(Body::from("{}")).unwrap();
    client.send(untyped).await.refused(400, "request.malformed");
    client.get("/api/nothing").await.refused(404, "not_found");
    client.get("/api/users/no-id").await.refused(404, "not_found");
    client.put("/api/session", json!({})).await.refused(405, "request.no_such_method");
    client.get("/api/contacts?limit=0").await.refused(422, "invalid.range");
    client.get("/api/contacts?limit=x").await.refused(400, "request.malformed");
    client.get("/api/contacts?before=x").await.refused(422, "invalid.cursor");
}

async fn the_only_tenant_needs_no_name(test: TestDb) {
    let app = TestApp::empty(test);
    let new =
        hark_store::NewTenant { id: A, slug: "a".into(), name: "A".into(), recording_key: [1; 32], nonce: [1; 12] };
    app.db().create_tenant(&new, crate::app::START).await.unwrap();
    app.add_user(A, "agent", hark_shared::perms::Role::Agent).await;
    app.stranger().sign_in("", "agent", PASSWORD).await.ok(200);
}

async fn a_password_of_ones_own_is_changed(test: TestDb) {
    const NEW: &str = "a better password";
    let app = TestApp::new(test).await;
    let watched = async |client: &crate::app::Client| {
        let token = Token::parse(client.cookie.as_ref().unwrap().split_once('=').unwrap().1).unwrap();
        let who = app.state.auth.session(&token).await.unwrap().unwrap();
        app.state.auth.watch(&who)
    };
    let (client, elsewhere) = (app.client("a", "agent").await, app.client("a", "agent").await);
    let (colleague, namesake) = (app.client("a", "supervisor").await, app.client("b", "agent").await);
    let (mut mine, mut others, mut theirs) =
        (watched(&client).await, watched(&elsewhere).await, watched(&namesake).await);
    let ask = async |old: &str, new: &str| client.put("/api/password", json!({ "old": old, "new": new })).await;

    ask("not the password", NEW).await.refused(422, "password.wrong");
    ask(&"x".repeat(5000), NEW).await.refused(422, "password.wrong");
    ask(PASSWORD, "short").await.refused(422, "invalid.too_short");
    ask(PASSWORD, &"x".repeat(600)).await.refused(422, "invalid.too_long");
    elsewhere.get("/api/session").await.ok(200);
    assert_eq!(ask(PASSWORD, NEW).await.status.as_u16(), 204);

    client.get("/api/session").await.ok(200);
    elsewhere.get("/api/session").await.refused(401, "session.none");
    colleague.get("/api/session").await.ok(200);
    namesake.get("/api/session").await.ok(200);
    let deadline = Duration::from_secs(10);
    assert_eq!(tokio::time::timeout(deadline, others.over()).await.expect("elsewhere"), Over::Ended);
    assert!(tokio::time::timeout(Duration::ZERO, mine.over()).await.is_err(), "a call here goes on");
    assert!(tokio::time::timeout(Duration::ZERO, theirs.over()).await.is_err(), "nor does it concern another tenant");
    app.stranger().sign_in("a", "agent", PASSWORD).await.refused(401, "sign_in.wrong");
    app.stranger().sign_in("a", "agent", NEW).await.ok(200);
    app.client("b", "agent").await;

    let log = app.client("a", "admin").await.get("/api/audit").await.ok(200);
    let of = |action: &str| log["rows"].as_array().unwrap().iter().find(|row| row["action"] == action).cloned();
    let changed = of("password.changed").expect("it is in the log");
    assert_eq!((&changed["subject"], &changed["user_name"]), (&json!("agent"), &json!("The agent")));
    assert_eq!(changed["address"], json!("192.0.2.7"));
    assert!(of("password.refused").is_some());
    assert!(!log.to_string().contains(NEW), "no password is in it");
}

async fn guessing_the_old_password_locks(test: TestDb) {
    let app = TestApp::new(test).await;
    let client = app.client("a", "agent").await;
    let ask = async |old: &str| client.put("/api/password", json!({ "old": old, "new": "a better password" })).await;
    for _ in 0..5 {
        ask("not the password").await.refused(422, "password.wrong");
    }
    let locked = ask(PASSWORD).await;
    locked.refused(429, "sign_in.locked");
    assert_eq!(locked.value("seconds"), "60");
    app.stranger().sign_in("a", "agent", PASSWORD).await.refused(429, "sign_in.locked");
    client.get("/api/session").await.ok(200);
    app.clock.advance(Millis::from_secs(60));
    assert_eq!(ask(PASSWORD).await.status.as_u16(), 204);
    app.stranger().sign_in("a", "agent", "a better password").await.ok(200);
}
