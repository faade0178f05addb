//! The signed-in user of a request and what they may do. `api` takes it out of the request.

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

/// The user may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not permitted")]
pub struct Forbidden;

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
    /// [`Forbidden`] without it.
    pub fn require(&self, permission: Permission) -> Result<(), Forbidden> {
        self.require_any(&[permission])
    }

    /// Goes on with any of these permissions.
    ///
    /// # Errors
    /// [`Forbidden`] without them.
    pub fn require_any(&self, permissions: &[Permission]) -> Result<(), Forbidden> {
        if permissions.iter().any(|permission| self.may(*permission)) { Ok(()) } else { Err(Forbidden) }
    }
}
