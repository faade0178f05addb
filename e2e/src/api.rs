//! A client of the product's REST API, with a cookie jar of one cookie: what a script of another company could do.

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use hark_shared::wire::callbacks::CallbackLine;
use hark_shared::wire::messages::Message;
use hark_shared::wire::rest::{Contact, ContactDetail, Page, SignIn};
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The longest that a request may take: signing in hashes a password on purpose slowly, on a busy machine.
const ANSWER: Duration = Duration::from_secs(20);
/// How often a list is asked again while something in it is awaited.
const POLL: Duration = Duration::from_millis(50);

/// A session with the server at one origin.
#[derive(Debug)]
pub struct Api {
    origin: String,
    client: Client<HttpConnector, Full<Bytes>>,
    cookies: Mutex<BTreeMap<String, String>>,
}

/// An answer, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

impl Api {
    /// A client without a session.
    #[must_use]
    pub fn new(origin: &str) -> Self {
        let client = Client::builder(TokioExecutor::new()).build(HttpConnector::new());
        Self { origin: origin.to_owned(), client, cookies: Mutex::default() }
    }

    /// A client that has signed in.
    ///
    /// # Errors
    /// When name or password are wrong.
    pub async fn signed_in(origin: &str, tenant: &str, login: &str, password: &str) -> Result<Self> {
        let api = Self::new(origin);
        let body = SignIn { tenant: tenant.to_owned(), login: login.to_owned(), password: password.to_owned() };
        let answer = api.ask(Method::POST, "/api/session", Some(&body)).await?;
        ensure!(answer.status.is_success(), "sign in {login}: {} {}", answer.status, answer.text());
        Ok(api)
    }

    /// The session as a `Cookie` header says it, for a WebSocket; empty without one.
    ///
    /// # Panics
    /// Never: no holder of the jar's lock panics.
    #[must_use]
    pub fn cookies(&self) -> String {
        let jar = self.cookies.lock().expect("no holder of this lock panics");
        let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        cookies.join("; ")
    }

    /// Sends a request and gives the answer, whatever its status.
    ///
    /// # Errors
    /// When the server does not answer.
    pub async fn ask(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> Result<Answer> {
        let body = body.map(serde_json::to_vec).transpose()?;
        self.ask_bytes(method, path, body.map(|body| ("application/json", body))).await
    }

    /// As [`Api::ask`], with a body of this type.
    ///
    /// # Errors
    /// When the server does not answer.
    ///
    /// # Panics
    /// Never: no holder of the jar's lock panics.
    pub async fn ask_bytes(&self, method: Method, path: &str, body: Option<(&str, Vec<u8>)>) -> Result<Answer> {
        let shown = format!("{method} {path}");
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.origin));
        request = request.header(ORIGIN, &self.origin);
        let cookies = self.cookies();
        if !cookies.is_empty() {
            request = request.header(COOKIE, cookies);
        }
        let bytes = match body {
            Some((kind, body)) => {
                request = request.header(CONTENT_TYPE, kind);
                body
            }
            None => Vec::new(),
        };
        let asking = self.client.request(request.body(Full::new(bytes.into()))?);
        let answer = tokio::time::timeout(ANSWER, asking).await.with_context(|| format!("{shown}: no answer"))?;
        let answer = answer.with_context(|| shown.clone())?;
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let first = cookie.to_str()?.split(';').next().unwrap_or_default();
            if let Some((name, value)) = first.split_once('=') {
                let mut jar = self.cookies.lock().expect("no holder of this lock panics");
                jar.insert(name.trim().to_owned(), value.trim().to_owned());
            }
        }
        let status = answer.status();
        let body = tokio::time::timeout(ANSWER, answer.into_body().collect()).await.context(shown)??.to_bytes();
        Ok(Answer { status, body })
    }

    /// Sends a body; the answer must be a success.
    ///
    /// # Errors
    /// When it is not.
    pub async fn send(&self, method: Method, path: &str, body: &impl Serialize) -> Result<Answer> {
        let answer = self.ask(method.clone(), path, Some(body)).await?;
        ensure!(answer.status.is_success(), "{method} {path}: {} {}", answer.status, answer.text());
        Ok(answer)
    }

    /// Reads a resource.
    ///
    /// # Errors
    /// When it cannot be read or is of another shape.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        let answer = self.ask(Method::GET, path, None::<&()>).await?;
        ensure!(answer.status.is_success(), "GET {path}: {} {}", answer.status, answer.text());
        serde_json::from_slice(&answer.body).with_context(|| format!("GET {path}: {}", answer.text()))
    }

    /// Closed contacts, the newest first.
    ///
    /// # Errors
    /// When they cannot be read.
    pub async fn contacts(&self) -> Result<Vec<Contact>> {
        Ok(self.get::<Page<Contact>>("/api/contacts?whose=all").await?.rows)
    }

    /// One contact with all that belongs to it.
    ///
    /// # Errors
    /// When it cannot be read.
    pub async fn contact(&self, contact: &Contact) -> Result<ContactDetail> {
        self.get(&format!("/api/contacts/{}", contact.id)).await
    }

    /// Awaits that the callbacks that are open, or over, are as `holds` says: the store follows the floor.
    ///
    /// # Errors
    /// When they are not after `within`.
    pub async fn expect_callbacks(
        &self,
        ended: bool,
        within: Duration,
        holds: impl Fn(&[CallbackLine]) -> bool,
    ) -> Result<()> {
        let began = Instant::now();
        loop {
            let page: Page<CallbackLine> = self.get(&format!("/api/callbacks?ended={ended}")).await?;
            if holds(&page.rows) {
                return Ok(());
            }
            ensure!(began.elapsed() < within, "the callbacks (ended: {ended}) are not as wanted: {:#?}", page.rows);
            tokio::time::sleep(POLL).await;
        }
    }

    /// Awaits that there are exactly `count` closed contacts for which `holds`.
    ///
    /// # Errors
    /// When there are more, or still fewer after `within`.
    pub async fn expect_contacts(
        &self,
        count: usize,
        within: Duration,
        holds: impl Fn(&Contact) -> bool,
    ) -> Result<Vec<Contact>> {
        let began = Instant::now();
        loop {
            let all = self.contacts().await?;
            let found: Vec<Contact> = all.iter().filter(|contact| holds(contact)).cloned().collect();
            if found.len() == count {
                return Ok(found);
            }
            ensure!(
                found.len() < count && began.elapsed() < within,
                "{} contacts instead of {count}; all there are: {all:#?}",
                found.len()
            );
            tokio::time::sleep(POLL).await;
        }
    }

    /// The only message that was left, once it is there.
    ///
    /// # Errors
    /// When none is there `within`, or more than one.
    pub async fn only_message(&self, within: Duration) -> Result<Message> {
        let began = Instant::now();
        loop {
            let mut rows = self.get::<Page<Message>>("/api/messages").await?.rows;
            if let Some(message) = rows.pop() {
                ensure!(rows.is_empty(), "more than one message: {rows:#?}");
                return Ok(message);
            }
            ensure!(began.elapsed() < within, "nobody has left a message");
            tokio::time::sleep(POLL).await;
        }
    }

    /// Awaits that the audit log names all of these deeds: what the floor notes comes there a moment later.
    ///
    /// # Errors
    /// Which one is missing after `within`.
    pub async fn expect_audit(&self, deeds: &[&str], within: Duration) -> Result<()> {
        let began = Instant::now();
        loop {
            let log = self.ask(Method::GET, "/api/audit?limit=200", None::<&()>).await?.text();
            let Some(missing) = deeds.iter().find(|deed| !log.contains(*deed)) else { return Ok(()) };
            ensure!(began.elapsed() < within, "the log does not say {missing}: {log}");
            tokio::time::sleep(POLL).await;
        }
    }
}
