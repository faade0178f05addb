//! `/api/meeting-rooms`. PINs are set here and never read back: what is kept of them is their keyed hash.

use super::{found, same_id, uses};
use crate::api::extract::{Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::flow::Thing;
use hark_shared::ids::{MeetingRoomId, TenantId};
use hark_shared::meeting::{
    BadRoom, FEWEST_PARTIES, GuardedRoom, LONGEST, LONGEST_LEADERLESS, MOST_PARTIES, MOST_ROOMS, PinHash, SHORTEST,
    are_digits,
};
use hark_shared::perms::Permission::{ManageRouting, WatchFloor};
use hark_shared::wire::WireError;
use hark_shared::wire::meetings::{MeetingRoomChange, MeetingRoomView, PinChange};

/// Every room, by number.
#[utoipa::path(get, path = "/api/meeting-rooms", tag = "meeting rooms", responses(
    (status = OK, body = Vec<MeetingRoomView>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<Vec<MeetingRoomView>>, ApiError> {
    who.require_any(&[ManageRouting, WatchFloor])?;
    let rooms: Vec<GuardedRoom> = state.db.documents(who.tenant).await?;
    Ok(Json(rooms.into_iter().map(view).collect()))
}

/// Create a room.
#[utoipa::path(post, path = "/api/meeting-rooms", tag = "meeting rooms", request_body = MeetingRoomChange, responses(
    (status = CREATED, body = MeetingRoomView),
    (status = CONFLICT, body = WireError, description = "The number is taken"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(new): Body<MeetingRoomChange>,
) -> Result<(StatusCode, Json<MeetingRoomView>), ApiError> {
    who.require(ManageRouting)?;
    let rooms: Vec<GuardedRoom> = state.db.documents(who.tenant).await?;
    if rooms.len() >= MOST_ROOMS {
        return Err(ApiError::Invalid(check::invalid("invalid.too_many", "id").with("max", MOST_ROOMS)));
    }
    let room = guarded(&state, who.tenant, new, None)?;
    let entry = state.entry(&who, peer, "meeting_room.created", room.room.id);
    state.db.create_document(who.tenant, &room, &entry).await?;
    state.reload(who.tenant).await;
    Ok((StatusCode::CREATED, Json(view(room))))
}

/// Change a room. A meeting that goes on in it is by the new rules at once; new PINs are for who comes from now on.
#[utoipa::path(put, path = "/api/meeting-rooms/{id}", tag = "meeting rooms", params(("id" = MeetingRoomId, Path)),
    request_body = MeetingRoomChange, responses(
        (status = OK, body = MeetingRoomView),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "The number is taken"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<MeetingRoomId>,
    Body(changed): Body<MeetingRoomChange>,
) -> Result<Json<MeetingRoomView>, ApiError> {
    who.require(ManageRouting)?;
    same_id(&id, &changed.room.id)?;
    let rooms: Vec<GuardedRoom> = state.db.documents(who.tenant).await?;
    let known = rooms.into_iter().find(|room| room.room.id == id).ok_or(ApiError::NotFound)?;
    let same = changed.pin == PinChange::Keep && changed.moderator_pin == PinChange::Keep;
    let action = if same { "meeting_room.changed" } else { "meeting_room.pin_changed" };
    let room = guarded(&state, who.tenant, changed, Some(&known))?;
    found(state.db.change_document(who.tenant, &room, &state.entry(&who, peer, action, id)).await?)?;
    state.reload(who.tenant).await;
    Ok(Json(view(room)))
}

/// Take a room away that no flow names. A meeting that goes on in it lasts until it is empty, and nobody more joins.
#[utoipa::path(delete, path = "/api/meeting-rooms/{id}", tag = "meeting rooms", params(("id" = MeetingRoomId, Path)),
    responses(
        (status = NO_CONTENT),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "A flow needs it"),
    ))]
pub(in crate::api) async fn remove(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<MeetingRoomId>,
) -> Result<StatusCode, ApiError> {
    who.require(ManageRouting)?;
    uses::free(&state, who.tenant, &Thing::Meeting(id)).await?;
    let entry = state.entry(&who, peer, "meeting_room.removed", id);
    found(state.db.remove_document::<GuardedRoom>(who.tenant, id.0, &entry).await?)?;
    state.reload(who.tenant).await;
    Ok(StatusCode::NO_CONTENT)
}

fn view(room: GuardedRoom) -> MeetingRoomView {
    MeetingRoomView { has_moderator_pin: room.moderator_pin.is_some(), room: room.room }
}

/// The room as it is kept, if it makes sense. `known` is what it was.
fn guarded(
    state: &AppState,
    tenant: TenantId,
    change: MeetingRoomChange,
    known: Option<&GuardedRoom>,
) -> Result<GuardedRoom, ApiError> {
    let MeetingRoomChange { room, pin, moderator_pin } = change;
    check::text("name", &room.name, check::NAME)?;
    check::text("music", &room.music, check::NAME)?;
    let id = room.id;
    let hash = |field: &str, change: PinChange, old: Option<PinHash>| match change {
        PinChange::Keep => Ok(old),
        PinChange::Remove => Ok(None),
        PinChange::Set { pin } if are_digits(&pin) => Ok(Some(state.db.hash_pin(tenant, id, &pin))),
        PinChange::Set { .. } => {
            let wrong = check::invalid("invalid.digits", field).with("min", SHORTEST).with("max", LONGEST);
            Err(ApiError::Invalid(wrong))
        }
    };
    let pin = hash("pin", pin, known.map(|known| known.pin.clone()))?;
    let pin = pin.ok_or_else(|| ApiError::Invalid(check::invalid("invalid.no_pin", "pin")))?;
    let moderator_pin = hash("moderator_pin", moderator_pin, known.and_then(|known| known.moderator_pin.clone()))?;
    let room = GuardedRoom { room, pin, moderator_pin };
    room.check().map_err(|why| ApiError::Invalid(fault(why)))?;
    Ok(room)
}

fn fault(why: BadRoom) -> WireError {
    match why {
        BadRoom::Parties => {
            check::invalid("invalid.range", "most").with("min", FEWEST_PARTIES).with("max", MOST_PARTIES)
        }
        BadRoom::EndsAfter => {
            check::invalid("invalid.range", "ends_after").with("min", 1).with("max", LONGEST_LEADERLESS)
        }
        BadRoom::NoModerator => check::invalid("invalid.no_moderator", "moderator_pin"),
        BadRoom::SamePin => check::invalid("invalid.same_pin", "moderator_pin"),
    }
}
