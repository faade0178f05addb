//! The whole server in this process, asked over real sockets: figures, HTTPS, what protects them.
#![allow(clippy::unwrap_used, reason = "in a test an unwrap is an assertion")]

use axum::Router;
use hark_backend::app::{self, App, Place, Role};
use hark_backend::config::Config;
use hark_backend::telemetry::Books;
use hark_backend::tls::{self, Certificates};
use hark_shared::edge::{Cause, EdgeEvent, Quality};
use hark_shared::facts::{ContactFact, Fact, OfferFact, Versioned};
use hark_shared::floor::Order;
use hark_shared::ids::{CallbackId, ContactId, LegId, OfferId, QueueId, TenantId, UserId};
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::callbacks::{Callback, Reason, Stage};
use hark_shared::wire::control::Identification;
use hark_shared::wire::desk::{Explanation, Via, WrapUpForm};
use hark_shared::wire::rest::{OfferEnd, Outcome};
use hark_store::NewTenant;
use hark_store::testing::TempFolder;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::client::TlsStream;
use uuid::Uuid;

/// Longer than a busy machine takes.
const PATIENCE: Duration = Duration::from_secs(60);

fn config(folder: &Path) -> Config {
    let mut config = Config { data: folder.to_owned(), ..Config::default() };
    for address in [&mut config.http.listen, &mut config.edge.sip, &mut config.edge.webrtc] {
        address.set_port(0);
    }
    config
}

/// Serves until the test is over; says where.
fn serve(app: App) -> SocketAddr {
    let address = app.http;
    tokio::spawn(app.serve(std::future::pending()));
    address
}

/// Sends a request that ends the connection, and reads all of the answer.
async fn ask(mut stream: impl AsyncRead + AsyncWrite + Unpin, request: &str, more: &str, body: &str) -> String {
    let length = body.len();
    let request = format!(
        "{request} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n{more}\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    // A peer that closes TLS without saying so has still answered.
    let _ = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

async fn plain(at: SocketAddr) -> TcpStream {
    TcpStream::connect(at).await.unwrap()
}

/// Connects trusting this certificate alone.
async fn encrypted(at: SocketAddr, trusted: &Path) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(trusted).unwrap()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let client = client.with_root_certificates(roots).with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(client)).connect(name, plain(at).await).await
}

#[track_caller]
fn holds(text: &str, lines: &[&str]) {
    for line in lines {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line:?} is not in:\n{text}");
    }
}

fn contact(outcome: Outcome) -> ContactFact {
    ContactFact {
        id: ContactId::from_u128(1),
        via: Via::Web { page: "https://shop.example".to_owned() },
        number: None,
        name: None,
        began: Timestamp(1_000),
        queued: Some(Timestamp(1_000)),
        answered: Some(Timestamp(13_000)),
        ended: Timestamp(60_000),
        queue: None,
        agent: None,
        estimated: None,
        estimate_error: None,
        hops: vec![],
        identification: Identification::default(),
        attendance: None,
        waited: Millis(12_000),
        talked: Millis(47_000),
        held: Millis::ZERO,
        wrap_up: Millis::ZERO,
        outcome,
        cause: Cause::Normal,
        form: WrapUpForm::default(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_counted_and_shown_to_this_machine() {
    let folder = TempFolder::new();
    let mut app = app::start(&config(folder.path()), Role::Serve).await.unwrap();
    app.add_demo().await.unwrap();
    let opened = async {
        while app.state.floors.all().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, opened).await.expect("the demo's floor starts beside");
    let (tenant, floor) = app.state.floors.all().pop().unwrap();
    let users = app.state.db.users(tenant).await.unwrap();
    let agent = users.iter().find(|user| user.login == "mei").unwrap();
    let set_up = async { while floor.stats().await.unwrap().figures.agents.is_empty() {} };
    tokio::time::timeout(PATIENCE, set_up).await.expect("the floor reads its set-up");
    let _desk = floor.open_desk(agent.id, Uuid::from_u128(1), false).await.unwrap();

    let counted = TenantId::from_u128(0x1234);
    let mut books = Books::new(counted);
    books.fact(&Fact::Contact(Box::new(contact(Outcome::Answered))));
    books.fact(&Fact::Contact(Box::new(ContactFact { wrap_up: Millis(5), ..contact(Outcome::Answered) })));
    books.fact(&Fact::Offer(OfferFact {
        id: OfferId::from_u128(1),
        contact: ContactId::from_u128(1),
        agent: UserId::from_u128(1),
        queue: QueueId::from_u128(1),
        made: Timestamp(10_000),
        ended: Timestamp(13_000),
        end: OfferEnd::Accepted,
        why: Explanation::default(),
    }));
    let quality = Quality { received: 900, lost: 100, mos: Some(4.1), ..Quality::default() };
    books.edge(&EdgeEvent::Ended { leg: LegId::from_u128(1), cause: Cause::Normal, quality });

    let at = serve(app);
    ask(plain(at).await, "GET /api/session", "", "").await;
    ask(plain(at).await, "GET /api/contacts/0192f0c1-7c1e-7000-8000-000000000001", "", "").await;
    let page = ask(plain(at).await, "GET /metrics", "", "").await;
    let of = format!("tenant=\"{counted}\"");
    let here = format!("tenant=\"{tenant}\"");
    holds(
        &page,
        &[
            &format!("hark_calls_total{{{of},via=\"web\",outcome=\"answered\"}} 1"),
            &format!("hark_call_waiting_seconds_bucket{{{of},via=\"web\",le=\"10\"}} 0"),
            &format!("hark_call_waiting_seconds_bucket{{{of},via=\"web\",le=\"15\"}} 1"),
            &format!("hark_call_answer_seconds_sum{{{of},via=\"web\"}} 12"),
            &format!("hark_offers_total{{{of},result=\"accepted\"}} 1"),
            &format!("hark_offer_ringing_seconds_sum{{{of},result=\"accepted\"}} 3"),
            &format!("hark_leg_mos_bucket{{{of},le=\"4\"}} 0"),
            &format!("hark_leg_mos_bucket{{{of},le=\"4.3\"}} 1"),
            &format!("hark_rtp_packets_total{{{of},fate=\"lost\"}} 100"),
            "hark_http_requests_total{method=\"GET\",route=\"/api/contacts/{id}\",status=\"401\"} 1",
            "hark_http_request_seconds_count{route=\"/api/session\"}",
            &format!("hark_floor_up{{{here}}} 1"),
            &format!("hark_outbox_facts{{{here}}}"),
            &format!("hark_agents{{{here},state=\"busy\"}} 1"),
            &format!("hark_queue_waiting{{{here},queue="),
            &format!("hark_legs{{{here},side=\"customer\"}} 0"),
            "hark_database_up 1",
            "hark_draining 0",
            "process_resident_memory_bytes",
            "process_open_fds",
            "# HELP hark_calls_total",
        ],
    );
    let behind_a_proxy = ask(plain(at).await, "GET /metrics", "X-Forwarded-For: 203.0.113.5\r\n", "").await;
    assert!(behind_a_proxy.starts_with("HTTP/1.1 403"), "{behind_a_proxy}");
}

/// A floor that begins without a journal knows the callbacks that the store has open.
#[tokio::test(flavor = "multi_thread")]
async fn open_callbacks_outlive_a_lost_journal() {
    let folder = TempFolder::new();
    let app = app::start(&config(folder.path()), Role::Serve).await.unwrap();
    let (tenant, id) = (TenantId::from_u128(0x77), CallbackId::from_u128(0x78));
    let (db, now) = (&app.state.db, app.state.now());
    let new =
        NewTenant { id: tenant, slug: "late".into(), name: "Late".into(), recording_key: [9; 32], nonce: [1; 12] };
    db.create_tenant(&new, now).await.unwrap();
    let task = Callback {
        id,
        reason: Reason::Voicemail,
        queue: None,
        user: None,
        team: None,
        number: None,
        name: None,
        contact: None,
        booked: now,
        entered: now,
        bonus: 0,
        due: now,
        expires: now + Millis::from_secs(3600),
        stage: Stage::Waiting,
        message: None,
        tries: vec![],
    };
    db.save_facts(tenant, &[Versioned { version: 1, fact: Fact::Callback(Box::new(task)) }]).await.unwrap();
    app.state.floors.open(tenant);
    let known = async {
        loop {
            let Some(floor) = app.state.floors.get(tenant) else {
                tokio::task::yield_now().await;
                continue;
            };
            match floor.order(Order::Cancel(id)).await.unwrap() {
                Ok(cancelled) => return assert_eq!(cancelled, id),
                Err(error) => assert_eq!(error.key, "callback.gone", "not known yet"),
            }
        }
    };
    tokio::time::timeout(PATIENCE, known).await.expect("the floor takes it up");
    let over = async { while !matches!(db.callback(tenant, id).await.unwrap().unwrap().stage, Stage::Over { .. }) {} };
    tokio::time::timeout(PATIENCE, over).await.expect("the store hears of its end");
}

#[tokio::test(flavor = "multi_thread")]
async fn with_a_token_only_the_token_opens_the_figures() {
    let folder = TempFolder::new();
    let mut config = config(folder.path());
    config.http.metrics_token = "a-token-of-the-monitoring".to_owned();
    let at = serve(app::start(&config, Role::Serve).await.unwrap());
    let status = async |more: &str| ask(plain(at).await, "GET /metrics", more, "").await[9..12].to_owned();
    assert_eq!(status("").await, "403");
    assert_eq!(status("Authorization: Bearer a-token-of-the-monitorinG\r\n").await, "403");
    assert_eq!(status("Authorization: Bearer a-token-of-the-monitoring\r\n").await, "200");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edge_apart_shows_its_health_and_figures() {
    let folder = TempFolder::new();
    let mut config = config(folder.path());
    config.link.listen.set_port(0);
    config.edge.watch = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
    let core = app::start(&config, Role::Core).await.unwrap();
    assert!(folder.path().join("spool").is_dir(), "either of the two makes the folder that they share");
    let Place::Apart(link) = core.place else { panic!("a core has its edge elsewhere") };
    config.link.core = link.to_string();
    let edge = app::edge::start(&config).await.unwrap();
    let at = edge.watch.expect("it was told to");
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(edge.serve(async { drop(stopped.await) }));
    let status = async |path: &str, more: &str| ask(plain(at).await, path, more, "").await[9..12].to_owned();

    assert_eq!(status("GET /healthz", "").await, "200");
    let ready = async { while status("GET /readyz", "").await != "200" {} };
    tokio::time::timeout(PATIENCE, ready).await.expect("the edge finds its core");
    let page = ask(plain(at).await, "GET /metrics", "", "").await;
    holds(
        &page,
        &[
            "hark_info{version=",
            "hark_draining 0",
            "hark_core_connected 1",
            "hark_edge_queue{queue=\"events\"} 0",
            "hark_edge_queue_limit{queue=\"commands\"} 4096",
            "hark_edge_queue{queue=\"media_commands\"} 0",
            "process_threads ",
        ],
    );
    assert_eq!(status("GET /metrics", "X-Forwarded-For: 203.0.113.5\r\n").await, "403");
    assert_eq!(status("GET /", "").await, "404");
    assert_eq!(status("POST /healthz", "").await, "405");
    drop(stop);
    tokio::time::timeout(PATIENCE, serving).await.expect("an edge without calls stops at once").unwrap();
    assert_eq!(status("GET /readyz", "").await, "503");
}

#[tokio::test(flavor = "multi_thread")]
async fn https_serves_pages_sockets_and_secure_cookies() {
    let folder = TempFolder::new();
    let mut config = config(folder.path());
    config.http.tls = "self-signed".to_owned();
    let mut app = app::start(&config, Role::Serve).await.unwrap();
    app.add_demo().await.unwrap();
    assert_eq!(app.scheme(), "https");
    let at = serve(app);
    let trusted = folder.path().join("tls/self-signed.pem");
    let health = ask(encrypted(at, &trusted).await.unwrap(), "GET /healthz", "", "").await;
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");

    let body = format!(
        "{{\"tenant\":\"\",\"login\":\"{}\",\"password\":\"{}\"}}",
        hark_backend::demo::USERS[0].0,
        hark_backend::demo::PASSWORD
    );
    let stream = encrypted(at, &trusted).await.unwrap();
    let signed_in = ask(stream, "POST /api/session", "Origin: https://localhost\r\n", &body).await;
    let cookie = signed_in.lines().find(|line| line.starts_with("set-cookie")).unwrap_or(&signed_in);
    assert!(cookie.contains("Secure") && cookie.contains("HttpOnly"), "{cookie}");

    let mut socket = encrypted(at, &trusted).await.unwrap();
    let upgrade = "GET /api/visitor HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nConnection: Upgrade\r\n\
        Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.write_all(upgrade.as_bytes()).await.unwrap();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(tokio::time::timeout(PATIENCE, socket.read_u8()).await.unwrap().unwrap());
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    // The accept value of RFC 6455, section 1.3, for its sample key.
    assert!(head.starts_with("HTTP/1.1 101") && head.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{head}");
    // A masked text frame with `{}`, which is no hello: the answer is a close frame.
    socket.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'{', b'}']).await.unwrap();
    let first = tokio::time::timeout(PATIENCE, socket.read_u8()).await.unwrap().unwrap();
    assert_eq!(first, 0x88, "a close frame");
    assert!(!ask(plain(at).await, "GET /healthz", "", "").await.starts_with("HTTP/1.1 200"), "plain is not understood");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_certificate_is_shown_without_a_restart() {
    let (folder, other) = (TempFolder::new(), TempFolder::new());
    let made = |folder: &TempFolder| {
        Certificates::self_signed(folder.path(), vec!["localhost".to_owned()], SystemTime::now()).unwrap()
    };
    let (certificates, _) = (made(&folder), made(&other));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = listener.local_addr().unwrap();
    let router = Router::new().route("/", axum::routing::get(async || "here"));
    tokio::spawn(tls::serve(listener, Some(certificates.clone()), router));
    let (old, new) = (folder.path().join("old.pem"), other.path().join("self-signed.pem"));
    std::fs::copy(folder.path().join("self-signed.pem"), &old).unwrap();

    let before = encrypted(at, &old).await.unwrap();
    assert!(encrypted(at, &new).await.is_err());
    for name in ["self-signed.pem", "self-signed.key"] {
        let to = folder.path().join(name);
        std::fs::copy(other.path().join(name), &to).unwrap();
        // Both were made within a tick of a coarse clock.
        let later = SystemTime::now() + Duration::from_secs(5);
        std::fs::File::options().write(true).open(&to).unwrap().set_modified(later).unwrap();
    }
    assert!(certificates.refresh().unwrap());
    assert!(encrypted(at, &old).await.is_err(), "the old one is not shown any more");
    assert!(ask(encrypted(at, &new).await.unwrap(), "GET /", "", "").await.ends_with("here"));
    assert!(ask(before, "GET /", "", "").await.ends_with("here"), "an open connection goes on");
}
