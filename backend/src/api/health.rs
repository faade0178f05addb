//! For those who watch the server: alive, ready, figures. Outside `/api` and its document.

use super::{ApiError, AppState, Peer};
use crate::auth::sha256;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::routing::get;
use secrecy::ExposeSecret;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics))
}

/// The process answers. A database that is away is no reason to restart it: calls go on without.
async fn healthz() -> &'static str {
    "ok"
}

/// New work may come: the store answers and the server is not draining.
async fn readyz(State(state): State<AppState>) -> Result<&'static str, ApiError> {
    if state.draining.is_cancelled() {
        return Err(ApiError::Unavailable("draining".to_owned()));
    }
    state.db.ping().await?;
    Ok("ok")
}

/// Prometheus' text, for this machine or whoever has the token.
async fn metrics(State(state): State<AppState>, Peer(peer): Peer, headers: HeaderMap) -> Result<String, ApiError> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.strip_prefix("Bearer "));
    let token = state.options.metrics_token.as_ref().zip(given);
    // Hashes are compared: where two of them differ tells nothing about where the tokens do.
    let token =
        token.is_some_and(|(token, given)| sha256(token.expose_secret().as_bytes()) == sha256(given.as_bytes()));
    if !token && !peer.is_some_and(|peer| peer.is_loopback()) {
        return Err(ApiError::Forbidden);
    }
    state.metrics.as_ref().map(|metrics| metrics.render()).ok_or(ApiError::NotFound)
}
