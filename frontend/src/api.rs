//! REST calls. Every failure is an [`ApiError`] with a key of the locale files; no network text reaches a person.

use gloo_net::http::{Method, RequestBuilder};
use hark_shared::wire::WireError;
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
    request::<(), T>(Method::GET, path, None).await
}

/// `POST`; the answer's body may be empty when `T` is `()`.
pub async fn post<B: Serialize, T: DeserializeOwned>(path: &str, body: &B) -> Result<T, ApiError> {
    request(Method::POST, path, Some(body)).await
}

/// `PUT`.
pub async fn put<B: Serialize, T: DeserializeOwned>(path: &str, body: &B) -> Result<T, ApiError> {
    request(Method::PUT, path, Some(body)).await
}

/// `DELETE`.
pub async fn delete(path: &str) -> Result<(), ApiError> {
    request::<(), serde_json::Value>(Method::DELETE, path, None).await.map(|_| ())
}

async fn request<B: Serialize, T: DeserializeOwned>(
    method: Method,
    path: &str,
    body: Option<&B>,
) -> Result<T, ApiError> {
    let builder = RequestBuilder::new(path).method(method).header("accept", "application/json");
    let request = match body {
        Some(body) => builder.json(body),
        None => builder.build(),
    };
    let request = request.map_err(|_| ApiError::local(0, "net.unreadable"))?;
    let answer = request.send().await.map_err(|_| ApiError::local(0, "net.offline"))?;
    let text = answer.text().await.map_err(|_| ApiError::local(0, "net.offline"))?;
    if answer.ok() {
        let text = if text.is_empty() { "null" } else { &text };
        serde_json::from_str(text).map_err(|_| ApiError::local(answer.status(), "net.unreadable"))
    } else {
        let error = serde_json::from_str(&text).unwrap_or_else(|_| WireError::new(of_status(answer.status())));
        Err(ApiError { status: answer.status(), error })
    }
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
