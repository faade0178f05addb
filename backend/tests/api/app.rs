//! `TestApp`: the whole router in process with a database of its own, a clock that the test moves, and two tenants.

use argon2::Params;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use hark_backend::api::tickets::Tickets;
use hark_backend::api::{ApiOptions, AppState, Floors, Limits, PerAddress, router};
use hark_backend::auth::{Auth, Passwords};
use hark_backend::clock::{Clock, Entropy, SystemEntropy};
use hark_backend::files::{Files, Sound};
use hark_backend::floor::handle::FloorHandle;
use hark_backend::sounds::{Library, Synthesiser};
use hark_shared::edge::SealKey;
use hark_shared::ids::{TenantId, UserId};
use hark_shared::perms::Role;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::rest::{Language, User};
use hark_store::testing::{TempFolder, TestDb};
use hark_store::{Audit, Db, NewTenant, NewUser};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const A: TenantId = TenantId::from_u128(0xa);
pub const B: TenantId = TenantId::from_u128(0xb);
pub const PASSWORD: &str = "right password";
/// Where every test begins.
pub const START: Timestamp = Timestamp(1_790_000_000_000);

pub struct TestApp {
    pub state: AppState,
    pub clock: Arc<TestClock>,
    pub floors: Arc<TestFloors>,
    router: Router,
    _folder: TempFolder,
    _test: TestDb,
}

/// Moves only when told.
pub struct TestClock(AtomicI64);

impl TestClock {
    pub fn advance(&self, span: Millis) {
        self.0.fetch_add(span.0, Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::SeqCst))
    }
}

/// No floor runs; notes which were to be started.
#[derive(Default)]
pub struct TestFloors(pub Mutex<Vec<TenantId>>);

impl Floors for TestFloors {
    fn get(&self, _: TenantId) -> Option<FloorHandle> {
        None
    }

    fn all(&self) -> Vec<(TenantId, FloorHandle)> {
        Vec::new()
    }

    fn open(&self, tenant: TenantId) {
        self.0.lock().unwrap().push(tenant);
    }
}

/// Recordings of these tests are not sealed: the format is the edge's and is tested there.
fn plain(path: &Path, keys: &[SealKey]) -> std::io::Result<Box<dyn Sound>> {
    assert!(!keys.is_empty());
    Ok(Box::new(std::fs::File::open(path)?))
}

/// Speaks every sentence as half a second of silence.
struct Hum;

impl Synthesiser for Hum {
    fn speak(&self, _: Language, _: &str, to: &Path) -> std::io::Result<()> {
        std::fs::write(to, silence(4_096))
    }
}

/// A WAV file of so many samples of silence at 8192 Hz, all of whose bytes are ASCII.
pub fn silence(samples: u32) -> Vec<u8> {
    let data = samples * 2;
    let mut bytes = b"RIFF".to_vec();
    bytes.extend((36 + data).to_le_bytes());
    bytes.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    bytes.extend(8_192_u32.to_le_bytes());
    bytes.extend(16_384_u32.to_le_bytes());
    bytes.extend(b"\x02\0\x10\0data");
    bytes.extend(data.to_le_bytes());
    bytes.resize(44 + data as usize, 0);
    bytes
}

impl TestApp {
    /// An app without tenants.
    pub fn empty(test: TestDb) -> Self {
        let folder = TempFolder::new();
        let spool = folder.path().join("spool");
        std::fs::create_dir(&spool).unwrap();
        let clock = Arc::new(TestClock(AtomicI64::new(START.0)));
        let floors = Arc::new(TestFloors::default());
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let passwords = Passwords::with_params(Params::new(Params::MIN_M_COST, 1, 1, None).unwrap());
        let state = AppState {
            db: test.db.clone(),
            auth: Auth::new(test.db.clone(), clock.clone(), entropy.clone(), passwords),
            floors: floors.clone(),
            files: Files::local(&folder.path().join("recordings"), &spool, plain).unwrap(),
            clock: clock.clone(),
            entropy,
            tickets: Arc::new(Tickets::default()),
            limits: Arc::new(Limits {
                tickets: PerAddress::new(3, Millis::from_secs(10)),
                sign_ins: PerAddress::new(200, Millis(1)),
            }),
            metrics: None,
            queues: Arc::new(Vec::new),
            sounds: Library::new(&folder.path().join("sounds"), Some(Arc::new(Hum))),
            options: Arc::new(ApiOptions::default()),
            draining: CancellationToken::new(),
        };
        let router = router(state.clone(), Router::new());
        Self { state, clock, floors, router, _folder: folder, _test: test }
    }

    /// An app with the tenants `a` and `b`, each with an `agent`, a `supervisor` and an `admin`.
    pub async fn new(test: TestDb) -> Self {
        let app = Self::empty(test);
        for (tenant, slug) in [(A, "a"), (B, "b")] {
            let name = format!("Tenant {slug}");
            let new = NewTenant { id: tenant, slug: slug.into(), name, recording_key: [1; 32], nonce: [1; 12] };
            app.db().create_tenant(&new, START).await.unwrap();
            app.add_user(tenant, "agent", Role::Agent).await;
            app.add_user(tenant, "supervisor", Role::Supervisor).await;
            app.add_user(tenant, "admin", Role::Administrator).await;
        }
        app
    }

    pub async fn add_user(&self, tenant: TenantId, login: &str, role: Role) -> UserId {
        let id = UserId(self.state.entropy.uuid_v7(START));
        let user = User {
            id,
            login: login.into(),
            name: format!("The {login}"),
            number: None,
            roles: vec![role],
            skills: vec![],
            queues: vec![],
            active: true,
            recording: hark_shared::wire::control::RecordRule::Always,
        };
        let password = self.state.auth.passwords().hash(PASSWORD.into(), self.state.entropy.as_ref()).await.unwrap();
        let new = NewUser { user, password: Some(password) };
        self.db().create_user(tenant, &new, &self.audit(), START).await.unwrap();
        id
    }

    /// An entry for what a test does behind the API's back.
    pub fn audit(&self) -> Audit {
        Audit {
            id: self.state.entropy.uuid_v7(START),
            at: START,
            user: None,
            user_name: None,
            action: "test.arranged",
            subject: String::new(),
            address: None,
        }
    }

    /// Builds the router anew, after the test changed the state.
    pub fn rewire(&mut self) {
        self.router = router(self.state.clone(), Router::new());
    }

    pub fn db(&self) -> &Db {
        &self.state.db
    }

    /// Somebody without a session.
    pub fn stranger(&self) -> Client {
        Client { router: self.router.clone(), cookie: None, address: ([192, 0, 2, 7], 4000).into() }
    }

    /// Somebody signed in.
    pub async fn client(&self, tenant: &str, login: &str) -> Client {
        let mut client = self.stranger();
        let reply = client.sign_in(tenant, login, PASSWORD).await;
        assert_eq!(reply.status, StatusCode::OK, "{login} of {tenant}: {:?}", reply.json);
        client
    }
}

/// A browser: keeps the session's cookie and sends its origin.
#[derive(Clone)]
pub struct Client {
    router: Router,
    pub cookie: Option<String>,
    pub address: SocketAddr,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
    /// The body, if it is JSON.
    pub json: Value,
}

impl Reply {
    /// The error's key.
    pub fn key(&self) -> &str {
        self.json["key"].as_str().unwrap_or_default()
    }

    /// A value of the error.
    pub fn value(&self, name: &str) -> &str {
        self.json["values"][name].as_str().unwrap_or_default()
    }

    /// Checks status and key at once.
    #[track_caller]
    pub fn refused(&self, status: u16, key: &str) {
        assert_eq!((self.status.as_u16(), self.key()), (status, key), "{:?}", self.json);
    }

    #[track_caller]
    pub fn ok(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{:?}", self.json);
        self.json
    }
}

impl Client {
    pub async fn sign_in(&mut self, tenant: &str, login: &str, password: &str) -> Reply {
        let body = json!({ "tenant": tenant, "login": login, "password": password });
        let reply = self.post("/api/session", body).await;
        if let Some(cookie) = reply.headers.get(header::SET_COOKIE) {
            self.cookie = cookie.to_str().unwrap().split(';').next().map(str::to_owned);
        }
        reply
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(self.request(Method::GET, path).body(Body::empty()).unwrap()).await
    }

    pub async fn delete(&self, path: &str) -> Reply {
        self.send(self.request(Method::DELETE, path).body(Body::empty()).unwrap()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.json(Method::POST, path, body.to_string()).await
    }

    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PUT, path, body.to_string()).await
    }

    pub async fn json(&self, method: Method, path: &str, body: String) -> Reply {
        let request = self.request(method, path).header(header::CONTENT_TYPE, "application/json");
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub fn request(&self, method: Method, path: &str) -> axum::http::request::Builder {
        let request = Request::builder().method(method).uri(path).header(header::HOST, "localhost:8080");
        let request = request.header(header::ORIGIN, "http://localhost:8080").extension(ConnectInfo(self.address));
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }

    pub async fn send(&self, request: Request<Body>) -> Reply {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        let json = serde_json::from_slice(&bytes).unwrap_or(Value::Null);
        Reply { status: parts.status, headers: parts.headers, bytes, json }
    }
}
