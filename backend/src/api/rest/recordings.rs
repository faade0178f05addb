//! `/api/recordings/{id}`: a recording as a WAV, with ranges so that a player can seek. Every request is audited.

use crate::api::extract::Id;
use crate::api::{ApiError, AppState, Peer};
use crate::auth::SignedIn;
use crate::files::ByteRange;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use hark_shared::ids::RecordingId;
use hark_shared::perms::Permission::{PlayRecordings, ReadOwnContacts};
use hark_shared::wire::WireError;

/// A recording: two channels, the customer left, the agents right. One's own contact's, or anybody's for those who may.
#[utoipa::path(get, path = "/api/recordings/{id}", tag = "recordings", params(("id" = RecordingId, Path)), responses(
    (status = OK, content_type = "audio/wav"),
    (status = PARTIAL_CONTENT, content_type = "audio/wav"),
    (status = NOT_FOUND, body = WireError),
    (status = RANGE_NOT_SATISFIABLE, body = WireError),
    (status = SERVICE_UNAVAILABLE, body = WireError, description = "Too many are being played"),
))]
pub(in crate::api) async fn play(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<RecordingId>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    who.require_any(&[PlayRecordings, ReadOwnContacts])?;
    let owner = state.db.recording_owner(who.tenant, id).await?.ok_or(ApiError::NotFound)?;
    if !who.may(PlayRecordings) && owner.agent != Some(who.user) {
        return Err(ApiError::NotFound);
    }
    send(&state, &who, peer, id, "recording.played", &headers).await
}

/// The sound of a recording or message, whole or in part, once it is written down who plays it.
pub(in crate::api::rest) async fn send(
    state: &AppState,
    who: &SignedIn,
    peer: Option<std::net::IpAddr>,
    id: RecordingId,
    deed: &'static str,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let keys = state.db.recording_keys(who.tenant).await?;
    let sound = state.files.sound(who.tenant, id, keys).await;
    let sound = sound?.ok_or(ApiError::NotFound)?;
    let length = sound.length();
    let asked = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let asked = asked.map_or(Ok(None), |value| ByteRange::parse(value, length));
    let asked = asked.map_err(|_| ApiError::NoSuchRange(length))?;
    // Before the first byte: who cannot be written down does not listen.
    state.db.audit(who.tenant, &state.entry(who, peer, deed, id)).await?;

    let range = asked.unwrap_or(ByteRange { first: 0, last: length.saturating_sub(1) });
    let bytes = if length == 0 { 0 } else { range.length() };
    let body = if bytes == 0 { Body::empty() } else { Body::from_stream(sound.stream(range)) };
    let fixed = [
        (header::CONTENT_TYPE, "audio/wav".to_owned()),
        (header::ACCEPT_RANGES, "bytes".to_owned()),
        (header::CONTENT_LENGTH, bytes.to_string()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"{id}.wav\"")),
    ];
    if asked.is_none() {
        return Ok((fixed, body).into_response());
    }
    let part = [(header::CONTENT_RANGE, format!("bytes {}-{}/{length}", range.first, range.last))];
    Ok((StatusCode::PARTIAL_CONTENT, fixed, part, body).into_response())
}
