//! For those who watch the server: alive, ready, figures. Outside `/api` and its document.

use super::{ApiError, AppState, metrics};
use axum::Router;
use axum::extract::State;
use axum::routing::get;

pub(super) fn router() -> Router<AppState> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz)).route("/metrics", get(metrics::show))
}

/// The process answers. A database that is away is no reason to restart it: calls go on without.
pub(super) async fn healthz() -> &'static str {
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
