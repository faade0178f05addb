//! `/api/session`: sign in, who am I, sign out.

use crate::api::extract::Body;
use crate::api::{ApiError, AppState, Peer};
use crate::auth::{SignedIn, origin, removal};
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum_extra::extract::cookie::CookieJar;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{Me, SignIn};

/// Who is signed in.
#[utoipa::path(get, path = "/api/session", tag = "session", responses(
    (status = OK, body = Me),
    (status = UNAUTHORIZED, body = WireError, description = "`session.none`"),
))]
pub(in crate::api) async fn me(who: SignedIn) -> Json<Me> {
    Json(Me {
        tenant: who.tenant,
        tenant_name: who.tenant_name,
        user: who.user,
        login: who.login,
        name: who.name,
        roles: who.roles,
    })
}

/// Sign in with a password; sets the session's cookie.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn, security(()), responses(
    (status = OK, body = Me),
    (status = UNAUTHORIZED, body = WireError, description = "`sign_in.wrong`"),
    (status = TOO_MANY_REQUESTS, body = WireError, description = "`sign_in.locked` or `request.too_many`, with `seconds`"),
))]
pub(in crate::api) async fn sign_in(
    State(state): State<AppState>,
    Peer(peer): Peer,
    uri: Uri,
    headers: HeaderMap,
    Body(body): Body<SignIn>,
) -> Result<(CookieJar, Json<Me>), ApiError> {
    if let Some(peer) = peer {
        state.limits.sign_ins.take(peer, state.now()).map_err(ApiError::TooMany)?;
    }
    let token = state.auth.sign_in(&body.tenant, &body.login, body.password, peer).await;
    let token = token.map_err(|error| ApiError::sign_in(error, state.now()))?;
    let who = state.auth.session(&token).await?.ok_or(ApiError::SignedOut)?;
    let cookie = token.cookie(is_secure(&state, &uri, &headers));
    Ok((CookieJar::new().add(cookie), me(who).await))
}

/// Sign out; closes live sockets of this session.
#[utoipa::path(delete, path = "/api/session", tag = "session", responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = WireError),
))]
pub(in crate::api) async fn sign_out(
    State(state): State<AppState>,
    Peer(peer): Peer,
    uri: Uri,
    headers: HeaderMap,
    who: SignedIn,
) -> Result<(CookieJar, StatusCode), ApiError> {
    state.auth.sign_out(&who).await?;
    state.db.audit(who.tenant, &state.entry(&who, peer, "session.ended", &who.login)).await?;
    Ok((CookieJar::new().add(removal(is_secure(&state, &uri, &headers))), StatusCode::NO_CONTENT))
}

/// With TLS of our own a browser takes `Secure` cookies from localhost too.
fn is_secure(state: &AppState, uri: &Uri, headers: &HeaderMap) -> bool {
    state.options.encrypted || origin::secure_cookie(uri, headers)
}
