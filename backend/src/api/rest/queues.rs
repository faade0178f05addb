//! `/api/queues`.

use super::{found, in_use, same_id, uses};
use crate::api::extract::{Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::flow::Thing;
use hark_shared::ids::QueueId;
use hark_shared::perms::Permission::{ManageRouting, ManageUsers, WatchFloor};
use hark_shared::time::Millis;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::Queue;
use hark_shared::wire::routing::{MOST_DELAYS, MOST_MEMBERS, MOST_RUNG, MOST_STEPS, Routing};
use hark_shared::wire::waiting::QueueHours;
use std::collections::BTreeSet;

/// How long a step or a delay may wait, in seconds: nobody waits for an hour.
const LONGEST_WAIT: i64 = 3600;

/// Every queue, by name.
#[utoipa::path(get, path = "/api/queues", tag = "queues", responses(
    (status = OK, body = Vec<Queue>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<Queue>>, ApiError> {
    who.require_any(&[ManageRouting, ManageUsers, WatchFloor])?;
    Ok(Json(state.db.queues(who.tenant).await?))
}

/// Create a queue.
#[utoipa::path(post, path = "/api/queues", tag = "queues", request_body = Queue, responses(
    (status = CREATED, body = Queue),
    (status = CONFLICT, body = WireError, description = "The name is taken"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(queue): Body<Queue>,
) -> Result<(StatusCode, Json<Queue>), ApiError> {
    who.require(ManageRouting)?;
    validate(&queue)?;
    uses::there(&state, who.tenant, leads(&queue)).await?;
    state.db.create_queue(who.tenant, &queue, &state.entry(&who, peer, "queue.created", queue.id)).await?;
    state.reload(who.tenant).await;
    Ok((StatusCode::CREATED, Json(queue)))
}

/// Change a queue.
#[utoipa::path(put, path = "/api/queues/{id}", tag = "queues", params(("id" = QueueId, Path)), request_body = Queue,
    responses(
        (status = OK, body = Queue),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "The name is taken"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<QueueId>,
    Body(queue): Body<Queue>,
) -> Result<Json<Queue>, ApiError> {
    who.require(ManageRouting)?;
    same_id(&id, &queue.id)?;
    validate(&queue)?;
    uses::there(&state, who.tenant, leads(&queue)).await?;
    found(state.db.change_queue(who.tenant, &queue, &state.entry(&who, peer, "queue.changed", id)).await?)?;
    state.reload(who.tenant).await;
    Ok(Json(queue))
}

/// Take a queue away that no number leads to; its agents leave it.
#[utoipa::path(delete, path = "/api/queues/{id}", tag = "queues", params(("id" = QueueId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = WireError),
    (status = CONFLICT, body = WireError, description = "`conflict.in_use`"),
))]
pub(in crate::api) async fn remove(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<QueueId>,
) -> Result<StatusCode, ApiError> {
    who.require(ManageRouting)?;
    let removed =
        state.db.remove_queue(who.tenant, id, &state.entry(&who, peer, "queue.removed", id), state.now()).await;
    found(removed.map_err(in_use)?)?;
    state.reload(who.tenant).await;
    Ok(StatusCode::NO_CONTENT)
}

/// The flows and teams that this queue leads to.
fn leads(queue: &Queue) -> Vec<(&'static str, Thing)> {
    let waiting = &queue.waiting;
    let keys = waiting.keys.iter().map(|key| ("keys", &key.to));
    let rules = waiting.overflow.iter().map(|rule| ("overflow", &rule.to));
    let hours = waiting.hours.iter().flat_map(QueueHours::destinations).map(|to| ("hours", to));
    let led = keys.chain(rules).chain(hours).filter_map(|(field, to)| Some((field, uses::needs(to)?)));
    led.chain(queue.routing.survey.map(|flow| ("survey", Thing::Flow(flow)))).collect()
}

fn validate(queue: &Queue) -> Result<(), ApiError> {
    check::text("name", &queue.name, check::NAME)?;
    check::skills(&queue.skills)?;
    check::range("priority", queue.priority, 0..=9)?;
    check::seconds("offer_timeout", queue.offer_timeout, 5..=120)?;
    check::seconds("wrap_up", queue.wrap_up, 0..=600)?;
    check::optional("greeting", queue.greeting.as_deref(), check::NAME)?;
    check::text("music", &queue.music, check::NAME)?;
    queue.announce_every.map_or(Ok(()), |every| check::seconds("announce_every", every, 10..=600))?;
    routing(&queue.routing)?;
    super::waiting::check(&queue.waiting)
}

fn routing(routing: &Routing) -> Result<(), ApiError> {
    let too_many = |field, max| Err(ApiError::Invalid(check::invalid("invalid.too_many", field).with("max", max)));
    check::range("ring", routing.ring, 1..=MOST_RUNG)?;
    if routing.steps.len() > MOST_STEPS {
        return too_many("steps", MOST_STEPS);
    }
    for step in &routing.steps {
        check::seconds("step_after", step.after, 1..=LONGEST_WAIT)?;
        check::skills(&step.skills)?;
    }
    if routing.steps.windows(2).any(|pair| pair[0].after >= pair[1].after) {
        return Err(ApiError::Invalid(check::invalid("invalid.not_later", "step_after")));
    }
    if routing.members.len() > MOST_MEMBERS {
        return too_many("members", MOST_MEMBERS);
    }
    check::once("members", routing.members.iter().map(|member| member.user))?;
    for member in &routing.members {
        check::seconds("delay", member.delay, 0..=LONGEST_WAIT)?;
    }
    let delays: BTreeSet<Millis> = routing.members.iter().map(|member| member.delay).collect();
    if delays.iter().filter(|delay| **delay > Millis::ZERO).count() > MOST_DELAYS {
        return too_many("delay", MOST_DELAYS);
    }
    if let Some(sticky) = &routing.sticky {
        check::range("sticky_days", sticky.days, 1..=365)?;
        check::seconds("sticky_patience", sticky.patience, 0..=600)?;
    }
    Ok(())
}
