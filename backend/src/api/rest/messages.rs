//! `/api/messages`: messages that callers left, in one's own box and those of one's queues and teams, or in all.

use super::{Paging, read_cursor, recordings, write_cursor};
use crate::api::extract::{Ask, Body, Id};
use crate::api::{ApiError, AppState, Peer};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::RecordingId;
use hark_shared::perms::Permission::{HearAllMessages, HearOwnMessages};
use hark_shared::time::Timestamp;
use hark_shared::wire::WireError;
use hark_shared::wire::messages::{Heard, Message, NewMessages};
use hark_shared::wire::rest::Page;
use hark_store::{Boxes, MessageCursor};

fn boxes(who: &SignedIn) -> Result<Boxes, ApiError> {
    who.require_any(&[HearOwnMessages, HearAllMessages])?;
    Ok(if who.may(HearAllMessages) { Boxes::All } else { Boxes::Of(who.user) })
}

/// Messages, newest first.
#[utoipa::path(get, path = "/api/messages", tag = "messages", params(Paging), responses(
    (status = OK, body = Page<Message>),
    (status = FORBIDDEN, body = WireError),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Ask(paging): Ask<Paging>,
) -> Result<Json<Page<Message>>, ApiError> {
    let boxes = boxes(&who)?;
    let before = paging.before(read_cursor)?;
    let before = before.map(|(left, id)| MessageCursor { left: Timestamp(left), id: RecordingId(id) });
    let (rows, next) = state.db.messages(who.tenant, boxes, before, paging.limit()?).await?;
    Ok(Json(Page { rows, next: next.map(|next| write_cursor(next.left.0, next.id.0)) }))
}

/// How many nobody has heard.
#[utoipa::path(get, path = "/api/messages/new", tag = "messages", responses(
    (status = OK, body = NewMessages),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn new(State(state): State<AppState>, who: SignedIn) -> Result<Json<NewMessages>, ApiError> {
    let boxes = boxes(&who)?;
    Ok(Json(NewMessages { count: state.db.new_messages(who.tenant, boxes).await? }))
}

/// A message as a WAV of two channels, the caller left. Whoever plays it has heard it.
#[utoipa::path(get, path = "/api/messages/{id}/sound", tag = "messages", params(("id" = RecordingId, Path)), responses(
    (status = OK, content_type = "audio/wav"),
    (status = PARTIAL_CONTENT, content_type = "audio/wav"),
    (status = NOT_FOUND, body = WireError),
    (status = RANGE_NOT_SATISFIABLE, body = WireError),
    (status = SERVICE_UNAVAILABLE, body = WireError, description = "Too many are being played"),
))]
pub(in crate::api) async fn sound(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<RecordingId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let boxes = boxes(&who)?;
    state.db.message(who.tenant, boxes, id).await?.ok_or(ApiError::NotFound)?;
    recordings::send(&state, &who, peer, id, "message.played", &headers).await
}

/// Mark a message as heard, or as new again.
#[utoipa::path(put, path = "/api/messages/{id}/heard", tag = "messages", params(("id" = RecordingId, Path)),
    request_body = Heard, responses(
        (status = NO_CONTENT),
        (status = NOT_FOUND, body = WireError),
    ))]
pub(in crate::api) async fn mark(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id<RecordingId>,
    Body(mark): Body<Heard>,
) -> Result<StatusCode, ApiError> {
    let boxes = boxes(&who)?;
    let message = state.db.message(who.tenant, boxes, id).await?.ok_or(ApiError::NotFound)?;
    let heard = mark.heard.then(|| (state.clock.now(), who.name.as_str()));
    state.db.mark_message(who.tenant, id, heard).await?;
    tell(&state, &who, message.mailbox).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Take a message away, with its sound.
#[utoipa::path(delete, path = "/api/messages/{id}", tag = "messages", params(("id" = RecordingId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = WireError),
))]
pub(in crate::api) async fn remove(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<RecordingId>,
) -> Result<StatusCode, ApiError> {
    let boxes = boxes(&who)?;
    let message = state.db.message(who.tenant, boxes, id).await?.ok_or(ApiError::NotFound)?;
    state.db.remove_message(who.tenant, id, &state.entry(&who, peer, "message.removed", id)).await?;
    state.files.remove(who.tenant, id).await?;
    tell(&state, &who, message.mailbox).await;
    Ok(StatusCode::NO_CONTENT)
}

/// The pages of everybody who may hear the box show the new number of new messages.
async fn tell(state: &AppState, who: &SignedIn, mailbox: Mailbox) {
    if let Some(floor) = state.floors.get(who.tenant) {
        // A floor that stops has no pages to tell.
        let _ = floor.messages_changed(mailbox).await;
    }
}
