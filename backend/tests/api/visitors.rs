//! Tickets for visitors, and what watches the server.

use crate::app::{A, TestApp};
use axum::body::Body;
use axum::http::Method;
use hark_backend::api::ApiOptions;
use hark_backend::api::tickets::{Admission, TICKET_LIFE};
use hark_shared::ids::{NumberId, QueueId, TrunkId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;
use hark_shared::wire::rest::{Entry, Number};
use hark_store::testing::TestDb;
use metrics_exporter_prometheus::PrometheusBuilder;
use serde_json::json;
use std::sync::Arc;

hark_store::on_both!(tickets_are_drawn_and_limited, health_is_told);

#[tokio::test]
async fn metrics_are_for_the_token_or_for_this_machine() {
    let mut app = TestApp::empty(TestDb::open(hark_store::testing::Kind::Lite).await);
    let recorder = PrometheusBuilder::new().build_recorder();
    app.state.metrics = Some(recorder.handle());
    metrics::with_local_recorder(&recorder, || metrics::counter!("calls_total").increment(3));
    app.rewire();
    let far = app.stranger();
    let mut near = app.stranger();
    near.address = "[::ffff:127.0.0.1]:5".parse().unwrap();
    assert!(String::from_utf8(near.get("/metrics").await.bytes).unwrap().contains("calls_total 3"));
    far.get("/metrics").await.refused(403, "session.forbidden");

    app.state.options =
        Arc::new(ApiOptions { metrics_token: Some("the metrics token".to_owned().into()), ..ApiOptions::default() });
    app.rewire();
    let far = app.stranger();
    let mut near = app.stranger();
    near.address = "127.0.0.1:5".parse().unwrap();
    near.get("/metrics").await.refused(403, "session.forbidden");
    for (token, status) in [("the metrics token", 200), ("the metrics tokem", 403), ("", 403)] {
        let request = far.request(Method::GET, "/metrics").header("authorization", format!("Bearer {token}"));
        assert_eq!(far.send(request.body(Body::empty()).unwrap()).await.status.as_u16(), status, "{token}");
    }
}

async fn tickets_are_drawn_and_limited(test: TestDb) {
    let app = TestApp::new(test).await;
    crate::resources::arrange(&app, A).await;
    let number = Number {
        id: NumberId::from_u128(9),
        number: PhoneNumber::parse("95598").unwrap(),
        trunk: TrunkId::from_u128(0xa4),
        entry: Entry::Queue(QueueId::from_u128(0xa2)),
        vip: None,
        fallback: None,
        fax: None,
    };
    app.db().create_number(A, &number, &app.audit()).await.unwrap();
    let visitor = app.stranger();
    let ticket = visitor.post("/api/tickets", json!({ "tenant": "a", "number": "95598" })).await.ok(201);
    assert_eq!(ticket["until"], app.state.now().0 + TICKET_LIFE.0);
    assert_eq!(ticket["staffed"], false);
    let text = ticket["ticket"].as_str().unwrap();
    let admission = Admission { tenant: A, number: number.number };
    assert_eq!(app.state.tickets.redeem(text, app.state.now()), Some(admission));
    assert_eq!(app.state.tickets.redeem(text, app.state.now()), None);
    visitor.post("/api/tickets", json!({ "tenant": "b", "number": "95598" })).await.refused(404, "not_found");
    visitor.post("/api/tickets", json!({ "tenant": "a", "number": "1" })).await.refused(404, "not_found");
    let limited = visitor.post("/api/tickets", json!({ "tenant": "a", "number": "95598" })).await;
    limited.refused(429, "request.too_many");
    assert_eq!(limited.value("seconds"), "10");
    let mut other = app.stranger();
    other.address = ([192, 0, 2, 8], 1).into();
    other.post("/api/tickets", json!({ "tenant": "a", "number": "95598" })).await.ok(201);
    app.clock.advance(Millis::from_secs(10));
    visitor.post("/api/tickets", json!({ "tenant": "a", "number": "95598" })).await.ok(201);
    other.post("/api/tickets", json!({ "tenant": "a", "number": "9;5" })).await.refused(400, "request.malformed");
}

async fn health_is_told(test: TestDb) {
    let app = TestApp::new(test).await;
    let client = app.stranger();
    assert_eq!(client.get("/healthz").await.status.as_u16(), 200);
    assert_eq!(client.get("/readyz").await.status.as_u16(), 200);
    client.get("/metrics").await.refused(403, "session.forbidden");
    let mut near = app.stranger();
    near.address = ([127, 0, 0, 1], 1).into();
    near.get("/metrics").await.refused(404, "not_found");
    app.state.draining.cancel();
    client.get("/readyz").await.refused(503, "server.unavailable");
    app.state.db.close().await;
    client.get("/api/users").await.refused(401, "session.none");
    let cookie = format!("hark_session={}", "A".repeat(64));
    let mut request = client.request(Method::GET, "/api/session").body(Body::empty()).unwrap();
    request.headers_mut().insert("cookie", cookie.parse().unwrap());
    client.send(request).await.refused(503, "server.unavailable");
    let document = client.get("/api/openapi.json").await.ok(200);
    assert!(document["paths"]["/api/contacts/{id}"]["get"].is_object());
    let viewer = client.get("/api/docs/").await;
    assert!(viewer.status.is_success() && viewer.bytes.starts_with(b"<!-- HTML"), "{:?}", viewer.status);
}
