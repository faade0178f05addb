//! What an edge in a process of its own shows to those who watch it: alive, ready, figures. No pages and no API.

use super::health::healthz;
use super::metrics::{may_read, write_life};
use super::{ApiError, Peer};
use crate::telemetry::{Page, Queues, write_process, write_queues};
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::SecretString;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// What the handlers can reach.
#[derive(Clone)]
pub struct EdgeState {
    /// Renders what was counted.
    pub metrics: Option<PrometheusHandle>,
    /// Who reads the figures must say this; without one only this machine may.
    pub token: Option<SecretString>,
    /// Whether the edge has a core.
    pub connected: watch::Receiver<bool>,
    /// Cancelled when the edge drains.
    pub draining: CancellationToken,
    /// How full its queues are.
    pub queues: Queues,
}

/// `/healthz`, `/readyz` and `/metrics` of an edge.
pub fn edge_router(state: EdgeState) -> Router {
    Router::new()
        .route("/healthz", get(healthz))
        .route("/readyz", get(readyz))
        .route("/metrics", get(show))
        .fallback(async || ApiError::NotFound)
        .method_not_allowed_fallback(async || ApiError::NoSuchMethod)
        .with_state(state)
}

/// New calls may come: there is a core to say what becomes of them, and the edge is not draining.
async fn readyz(State(state): State<EdgeState>) -> Result<&'static str, ApiError> {
    if state.draining.is_cancelled() {
        return Err(ApiError::Unavailable("draining".to_owned()));
    }
    if !*state.connected.borrow() {
        return Err(ApiError::Unavailable("the edge has no core".to_owned()));
    }
    Ok("ok")
}

async fn show(State(state): State<EdgeState>, Peer(peer): Peer, headers: HeaderMap) -> Result<String, ApiError> {
    if !may_read(state.token.as_ref(), peer, &headers) {
        return Err(ApiError::Forbidden);
    }
    let counted = state.metrics.as_ref().ok_or(ApiError::NotFound)?.render();
    let mut page = Page::default();
    write_life(&mut page, state.draining.is_cancelled());
    let connected = f64::from(u8::from(*state.connected.borrow()));
    page.gauge("hark_core_connected", "1 while the edge has a core.", [(vec![], connected)]);
    write_queues(&mut page, &state.queues);
    write_process(&mut page);
    Ok(counted + &page.text())
}
