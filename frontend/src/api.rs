//! REST calls. Every failure is an [`ApiError`] with a key of the locale files; no network text reaches a person.

use hark_shared::wire::WireError;
use hark_voice::fetch;
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A call that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status, 0 when no answer came.
    pub status: u16,
    /// What to say.
    pub error: WireError,
}

impl ApiError {
    fn local(status: u16, key: &str) -> Self {
        Self { status, error: WireError::new(key) }
    }

    /// The session is over, or there never was one.
    pub const fn is_signed_out(&self) -> bool {
        self.status == 401
    }
}

/// `GET`.
pub async fn get<T: DeserializeOwned>(path: &str) -> Result<T, ApiError> {
    read(&text(path).await?)
}

/// `GET` of JSON that its reader takes apart.
pub async fn text(path: &str) -> Result<String, ApiError> {
    request("GET", path, None).await
}

/// `POST`; the answer's body may be empty when `T` is `()`.
pub async fn post<B: Serialize, T: DeserializeOwned>(path: &str, body: &B) -> Result<T, ApiError> {
    read(&request("POST", path, Some(write(body)?)).await?)
}

/// `PUT`; the answer's body is not read.
pub async fn put<B: Serialize>(path: &str, body: &B) -> Result<(), ApiError> {
    send("PUT", path, Some(write(body)?)).await
}

/// `DELETE`.
pub async fn delete(path: &str) -> Result<(), ApiError> {
    send("DELETE", path, None).await
}

/// A request whose answer is only whether it went well; the body is JSON already.
pub async fn send(method: &str, path: &str, body: Option<String>) -> Result<(), ApiError> {
    request(method, path, body).await.map(|_| ())
}

/// A request of whichever types: everything that is the same for all of them, once. The body and the answer are JSON.
pub async fn request(method: &str, path: &str, body: Option<String>) -> Result<String, ApiError> {
    let offline = || ApiError::local(0, "net.offline");
    let answer = fetch::fetch(method, path, body).await.ok_or_else(offline)?;
    let text = fetch::text(&answer).await.ok_or_else(offline)?;
    if answer.ok() { Ok(text) } else { Err(refused(answer.status(), &text)) }
}

/// What an answer that is no success says.
pub fn refused(status: u16, text: &str) -> ApiError {
    let error = serde_json::from_str(text).unwrap_or_else(|_| WireError::new(of_status(status)));
    ApiError { status, error }
}

/// The answer as a value; an empty one is `null`.
fn read<T: DeserializeOwned>(text: &str) -> Result<T, ApiError> {
    let text = if text.is_empty() { "null" } else { text };
    serde_json::from_str(text).map_err(|_| unreadable())
}

fn write<B: Serialize>(body: &B) -> Result<String, ApiError> {
    serde_json::to_string(body).map_err(|_| unreadable())
}

fn unreadable() -> ApiError {
    ApiError::local(0, "net.unreadable")
}

/// What to say of an error without a body, for instance from a proxy in between.
fn of_status(status: u16) -> &'static str {
    match status {
        401 => "session.over",
        403 => "permission.denied",
        404 => "not_found",
        429 => "net.too_many",
        502..=504 => "net.offline",
        _ => "net.server",
    }
}
