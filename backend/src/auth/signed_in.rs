//! The signed-in user of a request: an extractor that answers 401 when there is none.

use crate::api::{ApiError, AppState};
use crate::auth::Token;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use hark_shared::ids::{TenantId, UserId};
use hark_shared::perms::{self, Permission, Role};
use hark_store::{SessionUser, TokenHash};

/// Who is signed in, with the roles of this moment.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The tenant; every query takes it from here.
    pub tenant: TenantId,
    /// The tenant's shown name.
    pub tenant_name: String,
    /// The user.
    pub user: UserId,
    /// The sign-in name.
    pub login: String,
    /// The shown name.
    pub name: String,
    /// What the user may do.
    pub roles: Vec<Role>,
    /// Names the session.
    pub session: TokenHash,
}

impl SignedIn {
    pub(super) fn new(tenant: TenantId, session: TokenHash, found: SessionUser) -> Self {
        Self {
            tenant,
            tenant_name: found.tenant_name,
            user: found.user,
            login: found.login,
            name: found.name,
            roles: found.roles,
            session,
        }
    }

    /// Whether the user has this permission.
    #[must_use]
    pub fn may(&self, permission: Permission) -> bool {
        perms::allowed(&self.roles, permission)
    }

    /// Goes on only with this permission.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] without it.
    pub fn require(&self, permission: Permission) -> Result<(), ApiError> {
        self.require_any(&[permission])
    }

    /// Goes on with any of these permissions.
    ///
    /// # Errors
    /// [`ApiError::Forbidden`] without them.
    pub fn require_any(&self, permissions: &[Permission]) -> Result<(), ApiError> {
        if permissions.iter().any(|permission| self.may(*permission)) { Ok(()) } else { Err(ApiError::Forbidden) }
    }
}

impl FromRequestParts<AppState> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let token = Token::from_headers(&parts.headers).ok_or(ApiError::SignedOut)?;
        state.auth.session(&token).await?.ok_or(ApiError::SignedOut)
    }
}
