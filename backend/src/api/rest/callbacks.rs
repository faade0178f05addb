//! `/api/callbacks`: who is to be called back. Agents see those of their queues and teams and their own tasks; supervisors and
//! administrators see all. What is changed here the floor does, since it may be dialling at this very moment.

use super::{Paging, read_cursor, write_cursor};
use crate::api::extract::{Ask, Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use crate::floor::handle::FloorStopped;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::callback::Booking;
use hark_shared::floor::Order;
use hark_shared::ids::{CallbackId, QueueId};
use hark_shared::perms::Permission::{ManageCallbacks, ReadAllContacts, TakeContacts};
use hark_shared::time::Timestamp;
use hark_shared::wire::WireError;
use hark_shared::wire::callbacks::{Callback, CallbackEdit, CallbackLine, CallbackTime, Reason};
use hark_shared::wire::rest::Page;
use hark_store::{CallbackCursor, CallbacksOf};
use serde::Deserialize;
use utoipa::IntoParams;

/// The furthest time that can be agreed, in milliseconds: who knows more than a quarter ahead keeps a calendar.
const FURTHEST: i64 = 90 * 86_400_000;

/// Which callbacks to list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Which {
    /// Those that are over, the last ones first; else the open ones, those that are due first before others.
    #[serde(default)]
    ended: bool,
}

/// Callbacks.
#[utoipa::path(get, path = "/api/callbacks", tag = "callbacks", params(Paging, Which), responses(
    (status = OK, body = Page<CallbackLine>),
    (status = FORBIDDEN, body = WireError),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
    Ask(paging): Ask<Paging>,
    Ask(which): Ask<Which>,
) -> Result<Json<Page<CallbackLine>>, ApiError> {
    who.require_any(&[TakeContacts, ReadAllContacts])?;
    let of = if who.may(ReadAllContacts) { CallbacksOf::All } else { CallbacksOf::User(who.user) };
    let from = paging.before(read_cursor)?;
    let from = from.map(|(at, id)| CallbackCursor { at: Timestamp(at), id: CallbackId(id) });
    let limit = paging.limit()?;
    let (rows, next) = if which.ended {
        state.db.ended_callbacks(who.tenant, of, from, limit).await?
    } else {
        state.db.open_callbacks(who.tenant, of, from, limit).await?
    };
    Ok(Json(Page { rows, next: next.map(|next| write_cursor(next.at.0, next.id.0)) }))
}

/// Book a callback. A number that has one in this queue already keeps that: its id is answered.
#[utoipa::path(post, path = "/api/callbacks", tag = "callbacks", request_body = CallbackEdit, responses(
    (status = CREATED, body = CallbackId),
    (status = FORBIDDEN, body = WireError),
    (status = CONFLICT, body = WireError, description = "`number.not_allowed`, `callback.closed`, `callback.too_many`"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(edit): Body<CallbackEdit>,
) -> Result<(StatusCode, Json<CallbackId>), ApiError> {
    who.require_any(&[TakeContacts, ManageCallbacks])?;
    if !who.may(ManageCallbacks) && !serves(&state, &who, edit.queue).await? {
        // As for every queue that is not theirs: there is none.
        return Err(ApiError::NotFound);
    }
    check::optional("name", edit.name.as_deref(), check::NAME)?;
    time(&state, edit.due)?;
    let booking = Booking {
        contact: None,
        queue: Some(edit.queue),
        user: None,
        team: None,
        number: Some(edit.number),
        name: edit.name,
        reason: Reason::Asked,
        message: None,
        due: edit.due,
    };
    let id = order(&state, &who, Order::Book(edit.id, Box::new(booking))).await?;
    state.db.audit(who.tenant, &state.entry(&who, peer, "callback.booked", id)).await?;
    Ok((StatusCode::CREATED, Json(id)))
}

/// Agree on another time; the place in the line is kept.
#[utoipa::path(put, path = "/api/callbacks/{id}", tag = "callbacks", params(("id" = CallbackId, Path)),
    request_body = CallbackTime, responses(
        (status = NO_CONTENT),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "`callback.gone`, `callback.calling`, `callback.closed`"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<CallbackId>,
    Body(edit): Body<CallbackTime>,
) -> Result<StatusCode, ApiError> {
    own(&state, &who, id).await?;
    time(&state, Some(edit.due))?;
    order(&state, &who, Order::PutTo(id, edit.due)).await?;
    state.db.audit(who.tenant, &state.entry(&who, peer, "callback.moved", id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Cancel a callback.
#[utoipa::path(delete, path = "/api/callbacks/{id}", tag = "callbacks", params(("id" = CallbackId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = WireError),
    (status = CONFLICT, body = WireError, description = "`callback.gone`, `callback.calling`"),
))]
pub(in crate::api) async fn cancel(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<CallbackId>,
) -> Result<StatusCode, ApiError> {
    own(&state, &who, id).await?;
    order(&state, &who, Order::Cancel(id)).await?;
    state.db.audit(who.tenant, &state.entry(&who, peer, "callback.cancelled", id)).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One that this user may change: of their queues and teams, their own, or anybody's for those who may.
async fn own(state: &AppState, who: &SignedIn, id: CallbackId) -> Result<Callback, ApiError> {
    who.require_any(&[TakeContacts, ManageCallbacks])?;
    let callback = state.db.callback(who.tenant, id).await?.ok_or(ApiError::NotFound)?;
    let mine = callback.user == Some(who.user)
        || match callback.queue {
            Some(queue) => serves(state, who, queue).await?,
            None => false,
        }
        || match callback.team {
            Some(team) => state.db.is_of_team(who.tenant, who.user, team).await?,
            None => false,
        };
    if mine || who.may(ManageCallbacks) { Ok(callback) } else { Err(ApiError::NotFound) }
}

async fn serves(state: &AppState, who: &SignedIn, queue: QueueId) -> Result<bool, ApiError> {
    let user = state.db.user(who.tenant, who.user).await?;
    Ok(user.is_some_and(|user| user.queues.contains(&queue)))
}

fn time(state: &AppState, due: Option<Timestamp>) -> Result<(), ApiError> {
    match due {
        Some(due) if due.since(state.now()).0 > FURTHEST => {
            Err(ApiError::Invalid(check::invalid("invalid.too_late", "due").with("days", FURTHEST / 86_400_000)))
        }
        Some(_) | None => Ok(()),
    }
}

async fn order(state: &AppState, who: &SignedIn, order: Order) -> Result<CallbackId, ApiError> {
    let floor = state.floors.get(who.tenant).ok_or(FloorStopped)?;
    floor.order(order).await?.map_err(ApiError::Conflict)
}
