//! `/api/skills`.

use super::{found, in_use, same_id};
use crate::api::extract::{Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::ids::SkillId;
use hark_shared::perms::Permission::{ManageRouting, ManageUsers, WatchFloor};
use hark_shared::wire::WireError;
use hark_shared::wire::rest::Skill;

/// Every skill, by name.
#[utoipa::path(get, path = "/api/skills", tag = "skills", responses(
    (status = OK, body = Vec<Skill>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<Skill>>, ApiError> {
    who.require_any(&[ManageRouting, ManageUsers, WatchFloor])?;
    Ok(Json(state.db.skills(who.tenant).await?))
}

/// Create a skill.
#[utoipa::path(post, path = "/api/skills", tag = "skills", request_body = Skill, responses(
    (status = CREATED, body = Skill),
    (status = CONFLICT, body = WireError, description = "The name is taken"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(skill): Body<Skill>,
) -> Result<(StatusCode, Json<Skill>), ApiError> {
    who.require(ManageRouting)?;
    validate(&skill)?;
    state.db.create_skill(who.tenant, &skill, &state.entry(&who, peer, "skill.created", skill.id)).await?;
    state.reload(who.tenant).await;
    Ok((StatusCode::CREATED, Json(skill)))
}

/// Change a skill.
#[utoipa::path(put, path = "/api/skills/{id}", tag = "skills", params(("id" = SkillId, Path)), request_body = Skill,
    responses(
        (status = OK, body = Skill),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "The name is taken"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<SkillId>,
    Body(skill): Body<Skill>,
) -> Result<Json<Skill>, ApiError> {
    who.require(ManageRouting)?;
    same_id(&id, &skill.id)?;
    validate(&skill)?;
    found(state.db.change_skill(who.tenant, &skill, &state.entry(&who, peer, "skill.changed", id)).await?)?;
    state.reload(who.tenant).await;
    Ok(Json(skill))
}

/// Take a skill away that nobody has and no queue asks for.
#[utoipa::path(delete, path = "/api/skills/{id}", tag = "skills", params(("id" = SkillId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = WireError),
    (status = CONFLICT, body = WireError, description = "`conflict.in_use`"),
))]
pub(in crate::api) async fn remove(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<SkillId>,
) -> Result<StatusCode, ApiError> {
    who.require(ManageRouting)?;
    let removed = state.db.remove_skill(who.tenant, id, &state.entry(&who, peer, "skill.removed", id)).await;
    found(removed.map_err(in_use)?)?;
    state.reload(who.tenant).await;
    Ok(StatusCode::NO_CONTENT)
}

fn validate(skill: &Skill) -> Result<(), ApiError> {
    check::text("name", &skill.name, check::NAME)
}
