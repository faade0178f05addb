//! `/api/dispositions`.

use super::{found, in_use, same_id};
use crate::api::extract::{Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::ids::DispositionId;
use hark_shared::perms::Permission::ManageRouting;
use hark_shared::wire::WireError;
use hark_shared::wire::desk::Disposition;

/// Every disposition that is offered, oldest first; for whoever is signed in.
#[utoipa::path(get, path = "/api/dispositions", tag = "dispositions", responses(
    (status = OK, body = Vec<Disposition>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<Vec<Disposition>>, ApiError> {
    Ok(Json(state.db.dispositions(who.tenant).await?))
}

/// Create a disposition.
#[utoipa::path(post, path = "/api/dispositions", tag = "dispositions", request_body = Disposition, responses(
    (status = CREATED, body = Disposition),
    (status = CONFLICT, body = WireError, description = "The id is taken"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(disposition): Body<Disposition>,
) -> Result<(StatusCode, Json<Disposition>), ApiError> {
    who.require(ManageRouting)?;
    validate(&disposition)?;
    state
        .db
        .create_disposition(who.tenant, &disposition, &state.entry(&who, peer, "disposition.created", disposition.id))
        .await?;
    state.reload(who.tenant).await;
    Ok((StatusCode::CREATED, Json(disposition)))
}

/// Change a disposition.
#[utoipa::path(put, path = "/api/dispositions/{id}", tag = "dispositions", params(("id" = DispositionId, Path)), request_body = Disposition,
    responses(
        (status = OK, body = Disposition),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "The id is taken"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<DispositionId>,
    Body(disposition): Body<Disposition>,
) -> Result<Json<Disposition>, ApiError> {
    who.require(ManageRouting)?;
    same_id(&id, &disposition.id)?;
    validate(&disposition)?;
    found(
        state
            .db
            .change_disposition(who.tenant, &disposition, &state.entry(&who, peer, "disposition.changed", id))
            .await?,
    )?;
    state.reload(who.tenant).await;
    Ok(Json(disposition))
}

/// Take a disposition away; contacts that have it keep it.
#[utoipa::path(delete, path = "/api/dispositions/{id}", tag = "dispositions", params(("id" = DispositionId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = WireError),
    (status = CONFLICT, body = WireError, description = "`conflict.in_use`"),
))]
pub(in crate::api) async fn remove(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<DispositionId>,
) -> Result<StatusCode, ApiError> {
    who.require(ManageRouting)?;
    let removed = state
        .db
        .remove_disposition(who.tenant, id, &state.entry(&who, peer, "disposition.removed", id), state.now())
        .await;
    found(removed.map_err(in_use)?)?;
    state.reload(who.tenant).await;
    Ok(StatusCode::NO_CONTENT)
}

fn validate(disposition: &Disposition) -> Result<(), ApiError> {
    check::text("zh", &disposition.zh, check::NAME)?;
    check::text("en", &disposition.en, check::NAME)
}
