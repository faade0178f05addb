//! Every way a request can fail, and its answer: a status and a `WireError`. Causes are logged here, once, and never
//! shown.

use crate::auth::{Forbidden, PasswordError, SignInError};
use crate::files::FilesError;
use crate::floor::handle::FloorStopped;
use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::WireError;
use hark_store::StoreError;

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum ApiError {
    /// 400: not JSON, or not of the right shape; says where.
    #[error("malformed: {0}")]
    Malformed(String),
    /// 413: the body is larger than we read.
    #[error("too large")]
    TooLarge,
    /// 422: a value that cannot be.
    #[error("invalid: {0:?}")]
    Invalid(WireError),
    /// 401: nobody is signed in.
    #[error("signed out")]
    SignedOut,
    /// 401: tenant, name or password is wrong.
    #[error("wrong sign-in")]
    WrongSignIn,
    /// 429: locked after wrong tries.
    #[error("locked for {0:?}")]
    Locked(Millis, Timestamp),
    /// 429: too many requests.
    #[error("too many requests")]
    TooMany(Millis),
    /// 403: the user may not.
    #[error("forbidden")]
    Forbidden,
    /// 403: another site's page asks.
    #[error("foreign origin")]
    ForeignOrigin,
    /// 404.
    #[error("not found")]
    NotFound,
    /// 405.
    #[error("no such method")]
    NoSuchMethod,
    /// 409: a state that the request does not fit.
    #[error("conflict: {0:?}")]
    Conflict(WireError),
    /// 416: a range outside the file of this many bytes.
    #[error("no such range")]
    NoSuchRange(u64),
    /// 503: try again.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// 500.
    #[error("internal: {0}")]
    Internal(String),
}

impl ApiError {
    fn status(&self) -> StatusCode {
        match self {
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::SignedOut | Self::WrongSignIn => StatusCode::UNAUTHORIZED,
            Self::Locked(..) | Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Forbidden | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::NoSuchMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::NoSuchRange(_) => StatusCode::RANGE_NOT_SATISFIABLE,
            Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    fn wire(&self) -> WireError {
        match self {
            Self::Malformed(why) => WireError::new("request.malformed").with("why", why),
            Self::TooLarge => WireError::new("request.too_large").with("max", super::BODY_MAX),
            Self::Invalid(error) | Self::Conflict(error) => error.clone(),
            Self::SignedOut => WireError::new("session.none"),
            Self::WrongSignIn => WireError::new("sign_in.wrong"),
            Self::Locked(wait, until) => {
                WireError::new("sign_in.locked").with("seconds", seconds(*wait)).with("until", until.0)
            }
            Self::TooMany(wait) => WireError::new("request.too_many").with("seconds", seconds(*wait)),
            Self::Forbidden => WireError::new("session.forbidden"),
            Self::ForeignOrigin => WireError::new("request.foreign_origin"),
            Self::NotFound => WireError::new("not_found"),
            Self::NoSuchMethod => WireError::new("request.no_such_method"),
            Self::NoSuchRange(_) => WireError::new("request.no_such_range"),
            Self::Unavailable(_) => WireError::new("server.unavailable"),
            Self::Internal(_) => WireError::new("server.failed"),
        }
    }

    /// When it is worth asking again, in whole seconds.
    fn retry_after(&self) -> Option<i64> {
        match self {
            Self::Locked(wait, _) | Self::TooMany(wait) => Some(seconds(*wait)),
            Self::Unavailable(_) => Some(1),
            _ => None,
        }
    }
}

fn seconds(wait: Millis) -> i64 {
    (wait.0 + 999) / 1000
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match &self {
            Self::Internal(why) => tracing::error!(why, "a request failed"),
            Self::Unavailable(why) => tracing::warn!(why, "a request must be repeated"),
            other => tracing::debug!(why = %other, "a request was refused"),
        }
        let mut response = (self.status(), Json(self.wire())).into_response();
        if let Some(seconds) = self.retry_after() {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if let Self::NoSuchRange(length) = self
            && let Ok(value) = format!("bytes */{length}").parse()
        {
            response.headers_mut().insert(header::CONTENT_RANGE, value);
        }
        response
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(why) => Self::Unavailable(why),
            StoreError::Broken(why) => Self::Internal(why),
            // `users_login`: the column is what a form calls its field.
            StoreError::Conflict(on) => {
                let field = on.rsplit_once('_').map_or(on.as_str(), |(_, column)| column);
                Self::Conflict(WireError::new("conflict.taken").with("field", field))
            }
            StoreError::Dangling(_) => Self::Conflict(WireError::new("conflict.reference")),
        }
    }
}

impl From<FilesError> for ApiError {
    fn from(error: FilesError) -> Self {
        match error {
            FilesError::Busy => Self::Unavailable(error.to_string()),
            FilesError::Store(_) | FilesError::Disk { .. } => Self::Internal(error.to_string()),
        }
    }
}

impl From<Forbidden> for ApiError {
    fn from(_: Forbidden) -> Self {
        Self::Forbidden
    }
}

impl From<FloorStopped> for ApiError {
    fn from(stopped: FloorStopped) -> Self {
        Self::Unavailable(stopped.to_string())
    }
}

impl From<PasswordError> for ApiError {
    fn from(error: PasswordError) -> Self {
        match error {
            PasswordError::Busy => Self::TooMany(Millis::from_secs(2)),
            PasswordError::Failed(why) => Self::Internal(why),
        }
    }
}

impl ApiError {
    /// A sign-in error, seen at `now`.
    pub(super) fn sign_in(error: SignInError, now: Timestamp) -> Self {
        match error {
            SignInError::Wrong => Self::WrongSignIn,
            SignInError::Locked(until) => Self::Locked(until.since(now), until),
            SignInError::Password(error) => error.into(),
            SignInError::Store(error) => error.into(),
        }
    }
}
