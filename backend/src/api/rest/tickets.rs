//! `/api/tickets`: a visitor's way in, for whoever opens a page with the widget.

use crate::api::extract::Body;
use crate::api::tickets::Admission;
use crate::api::{ApiError, AppState, Peer};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{Ticket, TicketRequest};

/// Draw a ticket for one visitor call: good for two minutes, once.
#[utoipa::path(post, path = "/api/tickets", tag = "visitors", request_body = TicketRequest, security(()), responses(
    (status = CREATED, body = Ticket),
    (status = NOT_FOUND, body = WireError, description = "No such tenant or number"),
    (status = TOO_MANY_REQUESTS, body = WireError),
    (status = SERVICE_UNAVAILABLE, body = WireError),
))]
pub(in crate::api) async fn draw(
    State(state): State<AppState>,
    Peer(peer): Peer,
    Body(body): Body<TicketRequest>,
) -> Result<(StatusCode, Json<Ticket>), ApiError> {
    let now = state.now();
    if let Some(peer) = peer {
        state.limits.tickets.take(peer, now).map_err(ApiError::TooMany)?;
    }
    if state.draining.is_cancelled() {
        return Err(ApiError::Unavailable("draining".to_owned()));
    }
    let tenant = state.db.tenant_called(&body.tenant).await?.ok_or(ApiError::NotFound)?;
    state.db.number_entry(tenant.id, &body.number).await?.ok_or(ApiError::NotFound)?;
    let staffed = match state.floors.get(tenant.id) {
        Some(floor) => floor.staffed(body.number.clone()).await?.unwrap_or(false),
        None => false,
    };
    let admission = Admission { tenant: tenant.id, number: body.number };
    let drawn = state.tickets.draw(admission, state.entropy.as_ref(), now);
    let (ticket, until) = drawn.map_err(|why| ApiError::Unavailable(why.to_string()))?;
    Ok((StatusCode::CREATED, Json(Ticket { ticket, until, staffed })))
}
