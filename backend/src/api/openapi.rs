//! The REST routes and, out of the same list, the OpenAPI document.

use super::{AppState, rest};
use axum::Router;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as Document;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

#[derive(OpenApi)]
#[openapi(info(
    title = "Hark",
    description = "The contact center's API. Sign in with `POST /api/session`; the cookie it sets is the session. \
        Times are milliseconds, moments since 1970 UTC. An error's body is `{key, values}`: a key of the locale files \
        and the values that its text names."
))]
struct Base;

/// The OpenAPI document of the whole REST API.
#[must_use]
pub fn document() -> Document {
    parts().1
}

pub(super) fn parts() -> (Router<AppState>, Document) {
    OpenApiRouter::with_openapi(Base::openapi())
        .routes(routes!(rest::session::me, rest::session::sign_in, rest::session::sign_out))
        .routes(routes!(rest::setup::set_up))
        .split_for_parts()
}
