//! The API: REST under `/api`, its OpenAPI document and viewer, health and metrics, also those of an edge apart.
//!
//! Handlers ask who is signed in ([`SignedIn`](crate::auth::SignedIn)) and whether they may, check the body, call the
//! store and tell the floor. Every error becomes a status and a `WireError`; what went wrong inside is only logged.

mod check;
mod edge;
mod error;
mod extract;
mod health;
mod limit;
mod metrics;
mod openapi;
pub mod rest;
mod state;
pub mod tickets;
pub mod ws;

pub use edge::{EdgeState, edge_router};
pub use error::ApiError;
pub use extract::Peer;
pub use limit::PerAddress;
pub use openapi::document;
pub use state::{ApiOptions, AppState, Floors, Limits};

use crate::auth::origin;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::{Router, routing};
use utoipa_swagger_ui::SwaggerUi;

/// The largest JSON body: an order of magnitude above the largest real one, a menu with every key.
pub const BODY_MAX: usize = 256 * 1024;

/// Everything under `/api` (without the WebSockets), `/healthz`, `/readyz` and `/metrics`. `sockets` are routes that
/// upgrade; they get the same guards.
pub fn router(state: AppState, sockets: Router<AppState>) -> Router {
    let (rest, document) = openapi::parts();
    rest.merge(sockets)
        .merge(SwaggerUi::new("/api/docs").url("/api/openapi.json", document))
        .route("/api/{*rest}", routing::any(async || ApiError::NotFound))
        .layer(from_fn_with_state(state.clone(), guard))
        .merge(health::router())
        .method_not_allowed_fallback(async || ApiError::NoSuchMethod)
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(from_fn_with_state(state.clone(), metrics::count))
        .with_state(state)
}

/// What holds for every route: only our pages change state; answers stay out of caches, are what they say that they are,
/// and no other site shows them in a frame (the viewer of the document sends requests with the reader's session).
async fn guard(State(state): State<AppState>, request: Request, next: Next) -> Response {
    if !origin::allowed(request.method(), request.uri(), request.headers(), &state.options.public_origins) {
        return ApiError::ForeignOrigin.into_response();
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.entry(X_CONTENT_TYPE_OPTIONS).or_insert(HeaderValue::from_static("nosniff"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static("frame-ancestors 'none'"));
    response
}
