//! `/api/sounds`: what callers hear, for who draws flows. Sounds are the installation's, not a tenant's.

use crate::api::{ApiError, AppState};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hark_shared::perms::Permission::ManageRouting;
use hark_shared::wire::WireError;
use std::collections::BTreeSet;

/// The folders of the languages; the same names are in both.
const LANGUAGES: [&str; 2] = ["zh/", "en/"];

/// The names of the recorded prompts, without the language's folder, sorted.
#[utoipa::path(get, path = "/api/sounds", tag = "sounds", responses(
    (status = OK, body = Vec<String>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<String>>, ApiError> {
    who.require(ManageRouting)?;
    let names = state.sounds.names();
    let prompt = |name: &String| LANGUAGES.iter().find_map(|folder| name.strip_prefix(folder).map(str::to_owned));
    let prompts: BTreeSet<String> = names.iter().filter_map(prompt).collect();
    Ok(Json(prompts.into_iter().collect()))
}

/// A sound, like `zh/welcome`.
#[utoipa::path(get, path = "/api/sounds/{folder}/{name}", tag = "sounds",
    params(("folder" = String, Path), ("name" = String, Path)), responses(
        (status = OK, content_type = "audio/wav"),
        (status = FORBIDDEN, body = WireError),
        (status = NOT_FOUND, body = WireError),
    ))]
pub(in crate::api) async fn hear(
    State(state): State<AppState>,
    who: SignedIn,
    Path((folder, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    who.require(ManageRouting)?;
    // Only names that are listed: a path is nothing that a browser may make up.
    let name = format!("{folder}/{name}");
    let listed = state.sounds.names().contains(&name);
    let wav = if listed { state.sounds.wav(&name) } else { None };
    let wav = wav.ok_or(ApiError::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "private, max-age=300")], wav).into_response())
}
