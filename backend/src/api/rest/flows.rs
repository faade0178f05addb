//! `/api/flows`: drafts, what is wrong with them, and versions.
//!
//! A draft may be anything; what is published has no errors and passes its own tests.

use super::{found, in_use, same_id, uses};
use crate::api::extract::{Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hark_shared::flow::lint::{Surroundings, forbids, lint};
use hark_shared::flow::model::MAX_NODES;
use hark_shared::flow::test::try_out;
use hark_shared::flow::{Flow, Thing};
use hark_shared::ids::{FlowId, TenantId};
use hark_shared::meeting::GuardedRoom;
use hark_shared::perms::Permission::{ManageRouting, WatchFloor};
use hark_shared::prompt::Prompt;
use hark_shared::wire::WireError;
use hark_shared::wire::flows::*;
use hark_store::Revised;
use std::collections::BTreeMap;

/// Tests of one flow: more than anybody keeps up.
const MAX_TESTS: usize = 100;

/// Every flow, by name.
#[utoipa::path(get, path = "/api/flows", tag = "flows", responses(
    (status = OK, body = Vec<FlowSummary>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(
    State(state): State<AppState>,
    who: SignedIn,
) -> Result<Json<Vec<FlowSummary>>, ApiError> {
    who.require_any(&[ManageRouting, WatchFloor])?;
    Ok(Json(state.db.flows(who.tenant).await?))
}

/// Create a flow: a draft, walked by nobody.
#[utoipa::path(post, path = "/api/flows", tag = "flows", request_body = FlowDraft, responses(
    (status = CREATED, body = FlowDraft),
    (status = CONFLICT, body = WireError, description = "The name is taken"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(new): Body<FlowDraft>,
) -> Result<(StatusCode, Json<FlowDraft>), ApiError> {
    who.require(ManageRouting)?;
    validate(&new)?;
    let created = state.db.create_flow(who.tenant, &new, &state.entry(&who, peer, "flow.created", new.id)).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

/// A flow's draft. Its data dips may hold keys of other systems, so only those who make flows see it.
#[utoipa::path(get, path = "/api/flows/{id}", tag = "flows", params(("id" = FlowId, Path)), responses(
    (status = OK, body = FlowDraft),
    (status = NOT_FOUND, body = WireError),
))]
pub(in crate::api) async fn get(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id<FlowId>,
) -> Result<Json<FlowDraft>, ApiError> {
    who.require(ManageRouting)?;
    state.db.flow(who.tenant, id).await?.map(Json).ok_or(ApiError::NotFound)
}

/// Save a draft; `revision` is the one that it was made from.
#[utoipa::path(put, path = "/api/flows/{id}", tag = "flows", params(("id" = FlowId, Path)), request_body = FlowDraft,
    responses(
        (status = OK, body = FlowDraft, description = "With its new revision"),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "`flow.changed_meanwhile`, or the name is taken"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<FlowId>,
    Body(changed): Body<FlowDraft>,
) -> Result<Json<FlowDraft>, ApiError> {
    who.require(ManageRouting)?;
    same_id(&id, &changed.id)?;
    validate(&changed)?;
    let saved = state.entry(&who, peer, "flow.saved", id);
    revised(state.db.save_flow(who.tenant, &changed, &saved).await?).map(Json)
}

/// Take a flow away, with its versions.
#[utoipa::path(delete, path = "/api/flows/{id}", tag = "flows", params(("id" = FlowId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = WireError),
    (status = CONFLICT, body = WireError, description = "`conflict.in_use`"),
))]
pub(in crate::api) async fn remove(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<FlowId>,
) -> Result<StatusCode, ApiError> {
    who.require(ManageRouting)?;
    uses::free(&state, who.tenant, &Thing::Flow(id)).await?;
    let removed = state.db.remove_flow(who.tenant, id, &state.entry(&who, peer, "flow.removed", id)).await;
    found(removed.map_err(in_use)?)?;
    state.reload(who.tenant).await;
    Ok(StatusCode::NO_CONTENT)
}

/// What is wrong with the draft, its tests among it.
#[utoipa::path(get, path = "/api/flows/{id}/findings", tag = "flows", params(("id" = FlowId, Path)), responses(
    (status = OK, body = Vec<Finding>),
    (status = NOT_FOUND, body = WireError),
))]
pub(in crate::api) async fn findings(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id<FlowId>,
) -> Result<Json<Vec<Finding>>, ApiError> {
    who.require(ManageRouting)?;
    let draft = state.db.flow(who.tenant, id).await?.ok_or(ApiError::NotFound)?;
    Ok(Json(look_at(&state, who.tenant, &draft).await?))
}

/// Publish the draft: callers who come from now on walk it.
#[utoipa::path(post, path = "/api/flows/{id}/publish", tag = "flows", params(("id" = FlowId, Path)),
    request_body = Publication, responses(
        (status = OK, body = FlowVersion),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "`flow.changed_meanwhile`"),
        (status = UNPROCESSABLE_ENTITY, body = RefusedPublication),
    ))]
pub(in crate::api) async fn publish(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<FlowId>,
    Body(publication): Body<Publication>,
) -> Result<Response, ApiError> {
    who.require(ManageRouting)?;
    check::at_most("note", &publication.note, check::LINE)?;
    let draft = state.db.flow(who.tenant, id).await?.ok_or(ApiError::NotFound)?;
    if draft.revision != publication.revision {
        return Err(stale());
    }
    if let Some(refused) = refusal(&state, who.tenant, &draft).await? {
        return Ok(refused);
    }
    let entry = state.entry(&who, peer, "flow.published", id);
    let published = state.db.publish_flow(who.tenant, &draft, &publication.note, &entry).await?;
    let version = revised(published)?;
    state.reload(who.tenant).await;
    Ok(Json(version).into_response())
}

/// The versions, newest first.
#[utoipa::path(get, path = "/api/flows/{id}/versions", tag = "flows", params(("id" = FlowId, Path)), responses(
    (status = OK, body = Vec<FlowVersion>),
    (status = NOT_FOUND, body = WireError),
))]
pub(in crate::api) async fn versions(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id<FlowId>,
) -> Result<Json<Vec<FlowVersion>>, ApiError> {
    who.require(ManageRouting)?;
    state.db.flow_versions(who.tenant, id).await?.map(Json).ok_or(ApiError::NotFound)
}

/// One version.
#[utoipa::path(get, path = "/api/flows/{id}/versions/{version}", tag = "flows",
    params(("id" = FlowId, Path), ("version" = u32, Path)), responses(
        (status = OK, body = Flow),
        (status = NOT_FOUND, body = WireError),
    ))]
pub(in crate::api) async fn version(
    State(state): State<AppState>,
    who: SignedIn,
    Path((id, version)): Path<(String, String)>,
) -> Result<Json<Flow>, ApiError> {
    who.require(ManageRouting)?;
    let (Ok(id), Ok(version)) = (id.parse(), version.parse()) else { return Err(ApiError::NotFound) };
    let found = state.db.flow_version(who.tenant, id, version).await?;
    found.map(|(flow, _)| Json(flow)).ok_or(ApiError::NotFound)
}

/// Roll back: an old version is published again under a new number, and becomes the draft.
#[utoipa::path(post, path = "/api/flows/{id}/restore", tag = "flows", params(("id" = FlowId, Path)),
    request_body = Restoration, responses(
        (status = OK, body = FlowVersion),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "`flow.changed_meanwhile`"),
        (status = UNPROCESSABLE_ENTITY, body = RefusedPublication),
    ))]
pub(in crate::api) async fn restore(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<FlowId>,
    Body(restoration): Body<Restoration>,
) -> Result<Response, ApiError> {
    who.require(ManageRouting)?;
    let from = restoration.version;
    let now = state.db.flow(who.tenant, id).await?.ok_or(ApiError::NotFound)?;
    let (flow, tests) = state.db.flow_version(who.tenant, id, from).await?.ok_or(ApiError::NotFound)?;
    let draft = FlowDraft { flow, tests, ..now };
    if let Some(refused) = refusal(&state, who.tenant, &draft).await? {
        return Ok(refused);
    }
    let entry = state.entry(&who, peer, "flow.restored", id);
    let version = revised(state.db.restore_flow(who.tenant, &draft, from, &entry).await?)?;
    state.reload(who.tenant).await;
    Ok(Json(version).into_response())
}

/// What a draft of any shape must be: only its size matters here.
fn validate(draft: &FlowDraft) -> Result<(), ApiError> {
    check::text("name", &draft.name, check::NAME)?;
    let too_many = |field, max: usize| ApiError::Invalid(check::invalid("invalid.too_many", field).with("max", max));
    if draft.flow.nodes.len() > MAX_NODES {
        return Err(too_many("nodes", MAX_NODES));
    }
    if draft.tests.len() > MAX_TESTS {
        return Err(too_many("tests", MAX_TESTS));
    }
    draft.tests.iter().try_for_each(|test| check::text("tests", &test.name, check::NAME))
}

fn revised<T>(done: Revised<T>) -> Result<T, ApiError> {
    match done {
        Revised::Done(done) => Ok(done),
        Revised::Stale => Err(stale()),
        Revised::Missing => Err(ApiError::NotFound),
    }
}

fn stale() -> ApiError {
    ApiError::Conflict(WireError::new("flow.changed_meanwhile"))
}

/// The answer to a publication that must not be; `None`: it may.
async fn refusal(state: &AppState, tenant: TenantId, draft: &FlowDraft) -> Result<Option<Response>, ApiError> {
    let findings = look_at(state, tenant, draft).await?;
    if !forbids(&findings) {
        return Ok(None);
    }
    let errors = findings.iter().filter(|finding| finding.level == Level::Error).count();
    let error = WireError::new("flow.has_errors").with("count", errors);
    Ok(Some((StatusCode::UNPROCESSABLE_ENTITY, Json(RefusedPublication { error, findings })).into_response()))
}

/// The lint, and each test that fails.
async fn look_at(state: &AppState, tenant: TenantId, draft: &FlowDraft) -> Result<Vec<Finding>, ApiError> {
    let (db, own) = (&state.db, draft.id);
    let prompts: Vec<Prompt> = db.documents(tenant).await?;
    let sounds = state.sounds.house().iter().cloned().chain(prompts.iter().map(Prompt::sound)).collect();
    let published = db.published_flows(tenant).await?;
    let around = Surroundings {
        queues: Some(db.queues(tenant).await?.into_iter().map(|queue| queue.id).collect()),
        users: Some(db.users(tenant).await?.into_iter().filter(|user| user.active).map(|user| user.id).collect()),
        calendars: Some(
            db.documents(tenant).await?.into_iter().map(|it: hark_shared::hours::Calendar| it.id).collect(),
        ),
        rotas: Some(db.documents(tenant).await?.into_iter().map(|it: hark_shared::duty::Rota| it.id).collect()),
        meetings: Some(db.documents(tenant).await?.into_iter().map(|it: GuardedRoom| it.room.id).collect()),
        teams: Some(db.documents(tenant).await?.into_iter().map(|it: hark_shared::team::Team| it.id).collect()),
        notices: Some(db.documents(tenant).await?.into_iter().map(|it: hark_shared::notice::Notice| it.id).collect()),
        flows: Some(published.iter().map(|flow| (flow.id, flow.flow.calls())).collect()),
        sounds: Some(sounds),
        speaks: Some(state.sounds.speaks()),
    };
    let others: BTreeMap<FlowId, Flow> =
        published.into_iter().filter(|flow| flow.id != own).map(|flow| (flow.id, flow.flow)).collect();
    let draft = draft.clone();
    // Tests walk as long as their flows let them, and lint is not free either: not on a thread that others wait for.
    tokio::task::spawn_blocking(move || {
        let mut findings = lint(own, &draft.flow, &around);
        for test in &draft.tests {
            let outcome = try_out(own, &draft.flow, &others, test);
            let Some(at) = outcome.departs else { continue };
            let node = outcome.walked.get(at).or(test.path.get(at)).copied();
            let what = WireError::new("lint.test_fails").with("test", &test.name).with("step", at + 1);
            findings.push(Finding { node, level: Level::Error, what });
        }
        findings
    })
    .await
    .map_err(|why| ApiError::Internal(why.to_string()))
}
