//! `/api/sounds`: all prompts and music by name, the tenant's own before the house's, for those who make flows.

use crate::api::{ApiError, AppState};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hark_shared::perms::Permission::{ManageRouting, WatchFloor};
use hark_shared::prompt::Prompt;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::Language;
use std::collections::BTreeSet;

/// Names as a flow says them: without the language's folder for prompts that are spoken, with its folder for others.
#[utoipa::path(get, path = "/api/sounds", tag = "sounds", responses(
    (status = OK, body = Vec<String>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<BTreeSet<String>>, ApiError> {
    who.require_any(&[ManageRouting, WatchFloor])?;
    let own: Vec<Prompt> = state.db.documents(who.tenant).await?;
    let own = own.iter().map(Prompt::sound);
    let spoken = |name: &str| {
        let (folder, rest) = name.split_once('/')?;
        [Language::Zh, Language::En].iter().any(|language| language.folder() == folder).then(|| rest.to_owned())
    };
    let all = state.sounds.house().iter().cloned().chain(own);
    Ok(Json(all.map(|name| spoken(&name).unwrap_or(name)).collect()))
}

/// One sound, by its folder and name.
#[utoipa::path(get, path = "/api/sounds/{folder}/{name}", tag = "sounds",
    params(("folder" = String, Path), ("name" = String, Path)), responses(
        (status = OK, body = Vec<u8>, content_type = "audio/wav"),
        (status = NOT_FOUND, body = WireError),
    ))]
pub(in crate::api) async fn play(
    State(state): State<AppState>,
    who: SignedIn,
    Path((folder, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    who.require_any(&[ManageRouting, WatchFloor])?;
    let name = format!("{folder}/{name}");
    let own: Vec<Prompt> = state.db.documents(who.tenant).await?;
    let own = own.into_iter().find(|prompt| prompt.sound() == name).map(|prompt| prompt.file);
    let file = own.or_else(|| state.sounds.house().get(&name).cloned()).ok_or(ApiError::NotFound)?;
    let sounds = state.sounds.clone();
    let sound = tokio::task::spawn_blocking(move || sounds.wav(&file)).await;
    let sound = sound.map_err(|why| ApiError::Internal(why.to_string()))?.ok_or(ApiError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], sound).into_response())
}
