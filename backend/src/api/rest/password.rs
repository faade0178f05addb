//! `/api/password`: a new password of one's own. An administrator gives others theirs with [`super::users`].

use crate::api::extract::Body;
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::{SignInError, SignedIn};
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::PasswordChange;

/// Change one's own password; the user's other sessions end. A wrong old one counts towards the lock of sign-in.
#[utoipa::path(put, path = "/api/password", tag = "session", request_body = PasswordChange, responses(
    (status = NO_CONTENT),
    (status = UNPROCESSABLE_ENTITY, body = WireError, description = "`password.wrong`, or the new one cannot be taken"),
    (status = TOO_MANY_REQUESTS, body = WireError, description = "`sign_in.locked` or `request.too_many`, with `seconds`"),
))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(body): Body<PasswordChange>,
) -> Result<StatusCode, ApiError> {
    check::password(&body.new, &who.login)?;
    if let Some(peer) = peer {
        state.limits.sign_ins.take(peer, state.now()).map_err(ApiError::TooMany)?;
    }
    match state.auth.change_password(&who, body.old, body.new, peer).await {
        Ok(()) => Ok(StatusCode::NO_CONTENT),
        // Not 401, which says that nobody is signed in.
        Err(SignInError::Wrong) => Err(ApiError::Invalid(WireError::new("password.wrong"))),
        Err(other) => Err(ApiError::sign_in(other, state.now())),
    }
}
