//! The REST resources, one a file.

pub(super) mod audit;
pub(super) mod callbacks;
pub(super) mod capacity;
pub(super) mod contacts;
pub(super) mod customers;
pub(super) mod dispositions;
pub(super) mod documents;
pub(super) mod flows;
pub(super) mod meeting_rooms;
pub(super) mod messages;
pub(super) mod numbers;
pub(super) mod outbound;
pub(super) mod password;
pub(super) mod prompts;
pub(super) mod queues;
pub(super) mod recordings;
pub(super) mod session;
pub mod setup;
pub(super) mod skills;
pub(super) mod sounds;
mod teams;
pub(super) mod tickets;
pub(super) mod trunks;
pub(super) mod users;
mod uses;
mod waiting;

use super::{ApiError, check};
use hark_shared::wire::WireError;
use serde::Deserialize;
use utoipa::IntoParams;

/// Rows on a page unless asked otherwise.
const PAGE: u16 = 50;
/// The most rows on a page.
const PAGE_MAX: u16 = 200;

/// Which page of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Paging {
    /// `next` of the page before; without it the first page.
    before: Option<String>,
    /// Rows, 1 to 200; 50 without it.
    limit: Option<u16>,
}

impl Paging {
    fn limit(&self) -> Result<u16, ApiError> {
        let limit = self.limit.unwrap_or(PAGE);
        check::range("limit", limit, 1..=PAGE_MAX)?;
        Ok(limit)
    }

    /// The cursor as `read` understands it.
    fn before<T>(&self, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>, ApiError> {
        let Some(text) = &self.before else { return Ok(None) };
        let wrong = || ApiError::Invalid(check::invalid("invalid.cursor", "before"));
        read(text).map(Some).ok_or_else(wrong)
    }
}

/// A cursor of a moment and an id, as text.
fn write_cursor(at: i64, id: uuid::Uuid) -> String {
    format!("{at}.{id}")
}

/// Reads what [`write_cursor`] wrote.
fn read_cursor(text: &str) -> Option<(i64, uuid::Uuid)> {
    let (at, id) = text.split_once('.')?;
    Some((at.parse().ok()?, id.parse().ok()?))
}

/// The path names one thing, the body another.
fn same_id<T: PartialEq>(path: &T, body: &T) -> Result<(), ApiError> {
    if path == body { Ok(()) } else { Err(ApiError::Invalid(check::invalid("invalid.other_id", "id"))) }
}

/// `true` is done, `false` is not found.
fn found(found: bool) -> Result<(), ApiError> {
    if found { Ok(()) } else { Err(ApiError::NotFound) }
}

/// Something else refers to what shall be taken away.
fn in_use(error: hark_store::StoreError) -> ApiError {
    match error {
        hark_store::StoreError::Dangling(_) => ApiError::Conflict(WireError::new("conflict.in_use")),
        other => other.into(),
    }
}
