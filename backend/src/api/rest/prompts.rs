//! `/api/prompts`: prompts of a tenant's own, uploaded as WAV files or spoken by the synthesiser.

use super::{found, uses};
use crate::api::extract::{Ask, Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use crate::sounds::{BadSound, MAX_LENGTH};
use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::StatusCode;
use hark_shared::flow::Thing;
use hark_shared::ids::{PromptId, TenantId};
use hark_shared::perms::Permission::{ManageRouting, WatchFloor};
use hark_shared::prompt::{MAX_NAME, Prompt, SpokenPrompt};
use hark_shared::time::Millis;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::Language;
use serde::Deserialize;
use std::net::IpAddr;
use utoipa::IntoParams;

/// Which prompt is created.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct New {
    /// The id, drawn by the client.
    id: PromptId,
}

/// What an uploaded prompt is called.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Named {
    /// Lower-case letters, digits and dashes, at most 40.
    name: String,
    /// The language that is spoken in it; without it, it is music.
    language: Option<Language>,
    /// What is said, for those who read.
    #[serde(default)]
    words: String,
}

/// Every prompt of the tenant's own, by the name of its sound.
#[utoipa::path(get, path = "/api/prompts", tag = "prompts", responses(
    (status = OK, body = Vec<Prompt>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<Prompt>>, ApiError> {
    who.require_any(&[ManageRouting, WatchFloor])?;
    Ok(Json(state.db.documents(who.tenant).await?))
}

/// Upload a new prompt. The body is a WAV file, 16-bit PCM at 8 to 48 kHz, at most ten minutes.
#[utoipa::path(post, path = "/api/prompts", tag = "prompts", params(New, Named),
    request_body(content = Vec<u8>, content_type = "audio/wav"), responses(
        (status = CREATED, body = Prompt),
        (status = CONFLICT, body = WireError, description = "The name is taken"),
        (status = UNPROCESSABLE_ENTITY, body = WireError, description = "The name, or the sound, cannot be"),
    ))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Ask(New { id }): Ask<New>,
    Ask(named): Ask<Named>,
    sound: Result<Bytes, BytesRejection>,
) -> Result<(StatusCode, Json<Prompt>), ApiError> {
    who.require(ManageRouting)?;
    named.validate()?;
    let (file, length) = keep(&state, sound).await?;
    let Named { name, language, words } = named;
    let prompt = Prompt { id, name, language, words, file, length };
    Ok((StatusCode::CREATED, add(&state, &who, peer, prompt).await?))
}

/// Change a prompt. The body is its new sound; an empty one leaves it the sound that it has.
#[utoipa::path(put, path = "/api/prompts/{id}", tag = "prompts", params(("id" = PromptId, Path), Named),
    request_body(content = Vec<u8>, content_type = "audio/wav"), responses(
        (status = OK, body = Prompt),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "The name is taken, or somebody would miss the old one"),
        (status = UNPROCESSABLE_ENTITY, body = WireError, description = "The name, or the sound, cannot be"),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<PromptId>,
    Ask(named): Ask<Named>,
    sound: Result<Bytes, BytesRejection>,
) -> Result<Json<Prompt>, ApiError> {
    who.require(ManageRouting)?;
    named.validate()?;
    let before = prompt(&state, who.tenant, id).await?.ok_or(ApiError::NotFound)?;
    let (file, length) = match sound {
        Ok(sound) if sound.is_empty() => (before.file.clone(), before.length),
        sound => keep(&state, sound).await?,
    };
    let Named { name, language, words } = named;
    replace(&state, &who, peer, &before, Prompt { id, name, language, words, file, length }).await
}

/// Have the synthesiser speak a prompt: a new one, or other words or another name for one that is there.
#[utoipa::path(post, path = "/api/prompts/speak", tag = "prompts", request_body = SpokenPrompt, responses(
        (status = OK, body = Prompt),
        (status = CONFLICT, body = WireError, description = "The name is taken, or this server cannot speak"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn speak(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(wanted): Body<SpokenPrompt>,
) -> Result<Json<Prompt>, ApiError> {
    who.require(ManageRouting)?;
    let SpokenPrompt { id, name, language, words } = wanted;
    check::text("words", &words, check::LINE)?;
    let named = Named { name, language: Some(language), words };
    named.validate()?;
    if !state.sounds.speaks() {
        return Err(ApiError::Conflict(WireError::new("prompt.no_synthesiser")));
    }
    let (sounds, text) = (state.sounds.clone(), named.words.clone());
    let spoken = move || {
        let file = sounds.ensure(language, &text)?;
        let sound = sounds.wav(&file).ok_or_else(|| std::io::Error::other("what was spoken cannot be read"))?;
        // Kept as an upload, so that it stays when another voice speaks later.
        sounds.keep(&sound)
    };
    let kept = tokio::task::spawn_blocking(spoken).await;
    let (file, length) = kept.map_err(|why| ApiError::Internal(why.to_string()))?.map_err(refused)?;
    let spoken = Prompt { id, name: named.name, language: named.language, words: named.words, file, length };
    if let Some(before) = prompt(&state, who.tenant, id).await? {
        return replace(&state, &who, peer, &before, spoken).await;
    }
    add(&state, &who, peer, spoken).await
}

/// Take a prompt away. The house's sound of the same name is heard again, if there is one.
#[utoipa::path(delete, path = "/api/prompts/{id}", tag = "prompts", params(("id" = PromptId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = WireError),
    (status = CONFLICT, body = WireError, description = "A flow or a queue plays it, and nothing else has its name"),
))]
pub(in crate::api) async fn remove(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<PromptId>,
) -> Result<StatusCode, ApiError> {
    who.require(ManageRouting)?;
    let prompt = prompt(&state, who.tenant, id).await?.ok_or(ApiError::NotFound)?;
    not_played(&state, who.tenant, &prompt.sound()).await?;
    let entry = state.entry(&who, peer, "prompt.removed", id);
    found(state.db.remove_document::<Prompt>(who.tenant, id.0, &entry).await?)?;
    state.reload(who.tenant).await;
    Ok(StatusCode::NO_CONTENT)
}

impl Named {
    fn validate(&self) -> Result<(), ApiError> {
        check::at_most("words", &self.words, check::LINE)?;
        if Prompt::is_name(&self.name) {
            return Ok(());
        }
        Err(ApiError::Invalid(check::invalid("invalid.prompt_name", "name").with("max", MAX_NAME)))
    }
}

async fn prompt(state: &AppState, tenant: TenantId, id: PromptId) -> Result<Option<Prompt>, ApiError> {
    let prompts: Vec<Prompt> = state.db.documents(tenant).await?;
    Ok(prompts.into_iter().find(|prompt| prompt.id == id))
}

/// Keeps an uploaded sound; its file and length.
async fn keep(state: &AppState, sound: Result<Bytes, BytesRejection>) -> Result<(String, Millis), ApiError> {
    let sound = sound.map_err(|_| ApiError::TooLarge)?;
    let sounds = state.sounds.clone();
    let kept = tokio::task::spawn_blocking(move || sounds.keep(&sound)).await;
    kept.map_err(|why| ApiError::Internal(why.to_string()))?.map_err(refused)
}

async fn add(state: &AppState, who: &SignedIn, peer: Option<IpAddr>, prompt: Prompt) -> Result<Json<Prompt>, ApiError> {
    let entry = state.entry(who, peer, "prompt.created", prompt.id);
    state.db.create_document(who.tenant, &prompt, &entry).await?;
    state.reload(who.tenant).await;
    Ok(Json(prompt))
}

/// Changes it. One that loses its name must not be missed under it.
async fn replace(
    state: &AppState,
    who: &SignedIn,
    peer: Option<IpAddr>,
    before: &Prompt,
    prompt: Prompt,
) -> Result<Json<Prompt>, ApiError> {
    if before.sound() != prompt.sound() {
        not_played(state, who.tenant, &before.sound()).await?;
    }
    let entry = state.entry(who, peer, "prompt.changed", prompt.id);
    found(state.db.change_document(who.tenant, &prompt, &entry).await?)?;
    state.reload(who.tenant).await;
    Ok(Json(prompt))
}

/// Refuses when somebody would miss this sound.
async fn not_played(state: &AppState, tenant: TenantId, sound: &str) -> Result<(), ApiError> {
    if state.sounds.house().contains(sound) {
        return Ok(());
    }
    uses::free(state, tenant, &Thing::Sound(sound.to_owned())).await
}

fn refused(why: BadSound) -> ApiError {
    let invalid = |key| check::invalid(key, "sound");
    match why {
        BadSound::Broken(_) => ApiError::Invalid(invalid("invalid.sound_broken")),
        BadSound::Format { bits, rate } => {
            ApiError::Invalid(invalid("invalid.sound_format").with("bits", bits).with("rate", rate))
        }
        BadSound::Length(Millis(length)) => ApiError::Invalid(
            invalid("invalid.sound_length").with("seconds", length / 1000).with("max", MAX_LENGTH.0 / 1000),
        ),
        BadSound::Disk(error) => ApiError::Unavailable(error.to_string()),
    }
}
