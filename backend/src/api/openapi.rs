//! The REST routes and, out of the same list, the OpenAPI document.

use super::{AppState, rest};
use crate::auth::COOKIE;
use crate::sounds;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use utoipa::openapi::OpenApi as Document;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, SecurityRequirement, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

#[derive(OpenApi)]
#[openapi(info(
    title = "Hark",
    description = "The contact center's API. Sign in with `POST /api/session`; the cookie it sets is the session. \
        Times are milliseconds, moments since 1970 UTC. An error's body is `{key, values}`: a key of the locale files \
        and the values that its text names."
), modifiers(&Cookie))]
struct Base;

/// Every operation but the public ones wants the session's cookie.
struct Cookie;

impl Modify for Cookie {
    fn modify(&self, document: &mut Document) {
        let cookie = ApiKeyValue::with_description(COOKIE, "Set by `POST /api/session`.");
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(cookie)));
        document.security = Some(vec![SecurityRequirement::new::<_, _, &str>("session", [])]);
    }
}

/// The OpenAPI document of the whole REST API.
#[must_use]
pub fn document() -> Document {
    parts().1
}

pub(super) fn parts() -> (Router<AppState>, Document) {
    OpenApiRouter::with_openapi(Base::openapi())
        .routes(routes!(rest::session::me, rest::session::sign_in, rest::session::sign_out))
        .routes(routes!(rest::password::change))
        .routes(routes!(rest::setup::set_up))
        .routes(routes!(rest::users::list, rest::users::create))
        .routes(routes!(rest::users::get, rest::users::change))
        .routes(routes!(rest::skills::list, rest::skills::create))
        .routes(routes!(rest::skills::change, rest::skills::remove))
        .routes(routes!(rest::queues::list, rest::queues::create))
        .routes(routes!(rest::queues::change, rest::queues::remove))
        .routes(routes!(rest::numbers::list, rest::numbers::create))
        .routes(routes!(rest::numbers::change, rest::numbers::remove))
        .routes(routes!(rest::trunks::list, rest::trunks::create))
        .routes(routes!(rest::trunks::change, rest::trunks::remove))
        .routes(routes!(rest::trunks::test))
        .routes(routes!(rest::outbound::get, rest::outbound::change))
        .routes(routes!(rest::capacity::get, rest::capacity::change))
        .routes(routes!(rest::dispositions::list, rest::dispositions::create))
        .routes(routes!(rest::dispositions::change, rest::dispositions::remove))
        .routes(routes!(rest::documents::calendars::list, rest::documents::calendars::create))
        .routes(routes!(rest::documents::calendars::change, rest::documents::calendars::remove))
        .routes(routes!(rest::documents::notices::list, rest::documents::notices::create))
        .routes(routes!(rest::documents::notices::change, rest::documents::notices::remove))
        .routes(routes!(rest::documents::listings::list, rest::documents::listings::create))
        .routes(routes!(rest::documents::listings::change, rest::documents::listings::remove))
        .routes(routes!(rest::flows::list, rest::flows::create))
        .routes(routes!(rest::flows::get, rest::flows::change, rest::flows::remove))
        .routes(routes!(rest::flows::findings))
        .routes(routes!(rest::flows::publish))
        .routes(routes!(rest::flows::versions))
        .routes(routes!(rest::flows::version))
        .routes(routes!(rest::flows::restore))
        .routes(routes!(rest::prompts::list, rest::prompts::create).layer(DefaultBodyLimit::max(sounds::MAX_BYTES)))
        .routes(routes!(rest::prompts::change, rest::prompts::remove).layer(DefaultBodyLimit::max(sounds::MAX_BYTES)))
        .routes(routes!(rest::prompts::speak))
        .routes(routes!(rest::sounds::list))
        .routes(routes!(rest::sounds::play))
        .routes(routes!(rest::customers::list, rest::customers::create))
        .routes(routes!(rest::customers::get, rest::customers::change))
        .routes(routes!(rest::contacts::list))
        .routes(routes!(rest::contacts::get))
        .routes(routes!(rest::callbacks::list, rest::callbacks::create))
        .routes(routes!(rest::callbacks::change, rest::callbacks::cancel))
        .routes(routes!(rest::documents::rotas::list, rest::documents::rotas::create))
        .routes(routes!(rest::documents::rotas::change, rest::documents::rotas::remove))
        .routes(routes!(rest::meeting_rooms::list, rest::meeting_rooms::create))
        .routes(routes!(rest::meeting_rooms::change, rest::meeting_rooms::remove))
        .routes(routes!(rest::documents::teams::list, rest::documents::teams::create))
        .routes(routes!(rest::documents::teams::change, rest::documents::teams::remove))
        .routes(routes!(rest::documents::mailboxes::list, rest::documents::mailboxes::create))
        .routes(routes!(rest::documents::mailboxes::change, rest::documents::mailboxes::remove))
        .routes(routes!(rest::messages::list))
        .routes(routes!(rest::messages::new))
        .routes(routes!(rest::messages::sound))
        .routes(routes!(rest::messages::mark))
        .routes(routes!(rest::messages::remove))
        .routes(routes!(rest::recordings::play))
        .routes(routes!(rest::audit::list))
        .routes(routes!(rest::tickets::draw))
        .split_for_parts()
}
