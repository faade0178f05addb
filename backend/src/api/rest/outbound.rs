//! `/api/outbound`: how much the tenant may dial.

use crate::api::extract::Body;
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use hark_shared::perms::Permission::ManageTrunks;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::OutboundLimits;

/// The limits of dialling.
#[utoipa::path(get, path = "/api/outbound", tag = "trunks", responses(
    (status = OK, body = OutboundLimits),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn get(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<OutboundLimits>, ApiError> {
    who.require(ManageTrunks)?;
    Ok(Json(state.db.outbound_limits(who.tenant).await?))
}

/// Change the limits of dialling; they hold from the next call on.
#[utoipa::path(put, path = "/api/outbound", tag = "trunks", request_body = OutboundLimits, responses(
    (status = OK, body = OutboundLimits),
    (status = FORBIDDEN, body = WireError),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(limits): Body<OutboundLimits>,
) -> Result<Json<OutboundLimits>, ApiError> {
    who.require(ManageTrunks)?;
    check::range("at_once", limits.at_once, 0..=10_000)?;
    check::range("per_day", limits.per_day, 0..=1_000_000)?;
    let subject = format!("{} at once, {} in 24 hours", limits.at_once, limits.per_day);
    let audit = state.entry(&who, peer, "outbound.changed", subject);
    state.db.change_outbound_limits(who.tenant, &limits, &audit).await?;
    state.reload(who.tenant).await;
    Ok(Json(limits))
}
