//! `/api/users`. Users are never deleted, only made inactive: history names them.

use super::found;
use crate::api::extract::{Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::ids::{TenantId, UserId};
use hark_shared::perms::Permission::{ManageUsers, WatchFloor};
use hark_shared::perms::Role;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{User, UserEdit};
use hark_store::NewUser;

/// Every user, by sign-in name.
#[utoipa::path(get, path = "/api/users", tag = "users", responses(
    (status = OK, body = Vec<User>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<User>>, ApiError> {
    who.require_any(&[ManageUsers, WatchFloor])?;
    Ok(Json(state.db.users(who.tenant).await?))
}

/// One user.
#[utoipa::path(get, path = "/api/users/{id}", tag = "users", params(("id" = UserId, Path)), responses(
    (status = OK, body = User),
    (status = NOT_FOUND, body = WireError),
))]
pub(in crate::api) async fn get(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id<UserId>,
) -> Result<Json<User>, ApiError> {
    who.require_any(&[ManageUsers, WatchFloor])?;
    state.db.user(who.tenant, id).await?.map(Json).ok_or(ApiError::NotFound)
}

/// Create a user; without a password the user cannot sign in yet.
#[utoipa::path(post, path = "/api/users", tag = "users", request_body = UserEdit, responses(
    (status = CREATED, body = User),
    (status = CONFLICT, body = WireError, description = "The sign-in name or the number is taken"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(edit): Body<UserEdit>,
) -> Result<(StatusCode, Json<User>), ApiError> {
    who.require(ManageUsers)?;
    validate(&edit)?;
    let now = state.now();
    let id = UserId(state.entropy.uuid_v7(now));
    let password = hash(&state, &edit).await?;
    let new = NewUser { user: user(id, edit), password };
    state.db.create_user(who.tenant, &new, &state.entry(&who, peer, "user.created", id), now).await?;
    state.reload(who.tenant).await;
    Ok((StatusCode::CREATED, Json(new.user)))
}

/// Change a user. Whoever is made inactive or gets a new password is signed out everywhere.
#[utoipa::path(put, path = "/api/users/{id}", tag = "users", params(("id" = UserId, Path)), request_body = UserEdit,
    responses(
        (status = OK, body = User),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "A name is taken, or `conflict.last_administrator`"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<UserId>,
    Body(edit): Body<UserEdit>,
) -> Result<Json<User>, ApiError> {
    who.require(ManageUsers)?;
    validate(&edit)?;
    let before = state.db.user(who.tenant, id).await?.ok_or(ApiError::NotFound)?;
    if !administers(&edit.roles, edit.active) && administers(&before.roles, before.active) {
        keep_an_administrator(&state, who.tenant, id).await?;
    }
    let password = hash(&state, &edit).await?;
    let audit = state.entry(&who, peer, "user.changed", id);
    found(state.db.change_user(who.tenant, id, &edit, password.as_deref(), &audit).await?)?;
    if before.roles != edit.roles || !edit.active || password.is_some() {
        state.auth.user_changed(who.tenant, id);
    }
    state.reload(who.tenant).await;
    Ok(Json(user(id, edit)))
}

fn administers(roles: &[Role], active: bool) -> bool {
    active && roles.contains(&Role::Administrator)
}

/// Refuses to leave a tenant that nobody can set up any more.
async fn keep_an_administrator(state: &AppState, tenant: TenantId, leaving: UserId) -> Result<(), ApiError> {
    let users = state.db.users(tenant).await?;
    if users.iter().any(|user| user.id != leaving && administers(&user.roles, user.active)) {
        return Ok(());
    }
    Err(ApiError::Conflict(WireError::new("conflict.last_administrator")))
}

async fn hash(state: &AppState, edit: &UserEdit) -> Result<Option<String>, ApiError> {
    match &edit.password {
        Some(password) => Ok(Some(state.auth.passwords().hash(password.clone(), state.entropy.as_ref()).await?)),
        None => Ok(None),
    }
}

fn user(id: UserId, edit: UserEdit) -> User {
    User {
        id,
        login: edit.login,
        name: edit.name,
        number: edit.number,
        roles: edit.roles,
        skills: edit.skills,
        queues: edit.queues,
        active: edit.active,
        recording: edit.recording,
    }
}

fn validate(edit: &UserEdit) -> Result<(), ApiError> {
    check::short_name("login", &edit.login, ".-_")?;
    check::text("name", &edit.name, check::NAME)?;
    if let Some(number) = &edit.number
        && !((1..=12).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit()))
    {
        return Err(ApiError::Invalid(check::invalid("invalid.agent_number", "number")));
    }
    if edit.roles.is_empty() {
        return Err(ApiError::Invalid(check::invalid("invalid.empty", "roles")));
    }
    check::distinct("roles", edit.roles.iter().copied())?;
    check::skills(&edit.skills)?;
    check::distinct("queues", edit.queues.iter().copied())?;
    edit.password.as_ref().map_or(Ok(()), |password| check::password(password, &edit.login))
}
