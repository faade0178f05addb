//! `/api/numbers`.

use super::{found, in_use, same_id, uses};
use crate::api::extract::{Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::flow::Thing;
use hark_shared::ids::NumberId;
use hark_shared::perms::Permission::{ManageRouting, ManageTrunks, WatchFloor};
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{Entry, Number};

/// Every number of ours, in order.
#[utoipa::path(get, path = "/api/numbers", tag = "numbers", responses(
    (status = OK, body = Vec<Number>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<Number>>, ApiError> {
    who.require_any(&[ManageRouting, ManageTrunks, WatchFloor])?;
    Ok(Json(state.db.numbers(who.tenant).await?))
}

/// Create a number.
#[utoipa::path(post, path = "/api/numbers", tag = "numbers", request_body = Number, responses(
    (status = CREATED, body = Number),
    (status = CONFLICT, body = WireError, description = "The number is taken on its trunk, or a trunk or queue is not there"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(number): Body<Number>,
) -> Result<(StatusCode, Json<Number>), ApiError> {
    who.require(ManageRouting)?;
    validate(&number)?;
    uses::there(&state, who.tenant, leads(&number)).await?;
    state.db.create_number(who.tenant, &number, &state.entry(&who, peer, "number.created", number.id)).await?;
    state.reload(who.tenant).await;
    Ok((StatusCode::CREATED, Json(number)))
}

/// Change a number.
#[utoipa::path(put, path = "/api/numbers/{id}", tag = "numbers", params(("id" = NumberId, Path)), request_body = Number,
    responses(
        (status = OK, body = Number),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "The number is taken on its trunk, or a trunk or queue is not there"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<NumberId>,
    Body(number): Body<Number>,
) -> Result<Json<Number>, ApiError> {
    who.require(ManageRouting)?;
    same_id(&id, &number.id)?;
    validate(&number)?;
    uses::there(&state, who.tenant, leads(&number)).await?;
    found(state.db.change_number(who.tenant, &number, &state.entry(&who, peer, "number.changed", id)).await?)?;
    state.reload(who.tenant).await;
    Ok(Json(number))
}

/// Take a number away.
#[utoipa::path(delete, path = "/api/numbers/{id}", tag = "numbers", params(("id" = NumberId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = WireError),
    (status = CONFLICT, body = WireError, description = "`conflict.in_use`"),
))]
pub(in crate::api) async fn remove(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<NumberId>,
) -> Result<StatusCode, ApiError> {
    who.require(ManageRouting)?;
    let removed = state.db.remove_number(who.tenant, id, &state.entry(&who, peer, "number.removed", id)).await;
    found(removed.map_err(in_use)?)?;
    state.reload(who.tenant).await;
    Ok(StatusCode::NO_CONTENT)
}

fn validate(number: &Number) -> Result<(), ApiError> {
    let Entry::Menu(menu) = &number.entry else { return Ok(()) };
    check::text("prompt", &menu.prompt, check::NAME)?;
    if menu.choices.is_empty() {
        return Err(ApiError::Invalid(check::invalid("invalid.empty", "choices")));
    }
    if menu.choices.iter().any(|choice| !matches!(choice.digit, '0'..='9' | '*' | '#')) {
        return Err(ApiError::Invalid(check::invalid("invalid.digit", "choices")));
    }
    check::distinct("choices", menu.choices.iter().map(|choice| choice.digit))
}

/// The flows and teams that this number leads to.
fn leads(number: &Number) -> Vec<(&'static str, Thing)> {
    let entry = match &number.entry {
        Entry::Flow(flow) => Some(Thing::Flow(*flow)),
        Entry::Queue(_) | Entry::Menu(_) => None,
    };
    let fax = number.fax.as_ref().and_then(uses::needs);
    entry.map(|flow| ("flow", flow)).into_iter().chain(fax.map(|to| ("fax", to))).collect()
}
