//! `/api/capacity`: what agents take at once by channel, and what may interrupt what.

use crate::api::extract::Body;
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use hark_shared::capacity::{Capacity, MOST_TASKS};
use hark_shared::perms::Permission::ManageRouting;
use hark_shared::wire::WireError;

/// What agents take at once.
#[utoipa::path(get, path = "/api/capacity", tag = "queues", responses(
    (status = OK, body = Capacity),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn get(State(state): State<AppState>, who: SignedIn) -> Result<Json<Capacity>, ApiError> {
    who.require(ManageRouting)?;
    Ok(Json(state.db.capacity(who.tenant).await?))
}

/// Change it; what is in hand stays there.
#[utoipa::path(put, path = "/api/capacity", tag = "queues", request_body = Capacity, responses(
    (status = OK, body = Capacity),
    (status = FORBIDDEN, body = WireError),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(capacity): Body<Capacity>,
) -> Result<Json<Capacity>, ApiError> {
    who.require(ManageRouting)?;
    check::range("tasks", capacity.tasks, 0..=MOST_TASKS)?;
    let audit = state.entry(&who, peer, "capacity.changed", format!("{} tasks at once", capacity.tasks));
    state.db.change_capacity(who.tenant, &capacity, &audit).await?;
    state.reload(who.tenant).await;
    Ok(Json(capacity))
}
