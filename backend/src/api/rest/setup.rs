//! `/api/setup`: the first tenant and its administrator, with the one-time key that `hark serve` prints.

use crate::api::extract::Body;
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::sha256;
use crate::clock::{Entropy, draw};
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hark_shared::ids::{TenantId, UserId};
use hark_shared::perms::Role;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{Setup, User};
use hark_store::{Audit, Db, NewTenant, NewUser, StoreError};

/// Draws a new one-time key and keeps its hash; an older one opens nothing any more.
///
/// # Errors
/// When the store cannot.
pub async fn draw_key(db: &Db, entropy: &dyn Entropy) -> Result<String, StoreError> {
    let key = URL_SAFE_NO_PAD.encode(draw::<32>(entropy));
    db.put_setup_key(&sha256(key.as_bytes())).await?;
    Ok(key)
}

/// Create the first tenant and its administrator. The key works once.
#[utoipa::path(post, path = "/api/setup", tag = "session", request_body = Setup, security(()), responses(
    (status = CREATED),
    (status = FORBIDDEN, body = WireError, description = "The key is wrong or was used"),
    (status = CONFLICT, body = WireError, description = "The tenant's short name is taken"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn set_up(
    State(state): State<AppState>,
    Peer(peer): Peer,
    Body(body): Body<Setup>,
) -> Result<StatusCode, ApiError> {
    let key = sha256(body.key.as_bytes());
    // Asked first, so that a stranger learns nothing and makes us hash nothing.
    if !state.db.setup_key_is(&key).await? {
        return Err(ApiError::Forbidden);
    }
    check::short_name("tenant", &body.tenant, "-")?;
    check::text("tenant_name", &body.tenant_name, check::NAME)?;
    check::short_name("login", &body.login, ".-_")?;
    check::password(&body.password, &body.login)?;

    let now = state.now();
    let entropy = state.entropy.as_ref();
    let tenant = NewTenant {
        id: TenantId(entropy.uuid_v7(now)),
        slug: body.tenant,
        name: body.tenant_name,
        recording_key: draw(entropy),
        nonce: draw(entropy),
    };
    let user = User {
        id: UserId(entropy.uuid_v7(now)),
        name: body.login.clone(),
        login: body.login,
        number: None,
        roles: vec![Role::Administrator],
        skills: Vec::new(),
        queues: Vec::new(),
        active: true,
        recording: hark_shared::wire::control::RecordRule::Always,
    };
    let audit = Audit {
        id: entropy.uuid_v7(now),
        at: now,
        user: Some(user.id),
        user_name: Some(user.name.clone()),
        action: "tenant.created",
        subject: tenant.slug.clone(),
        address: peer.map(|peer| peer.to_string()),
    };
    let password = state.auth.passwords().hash(body.password, entropy).await?;
    let new = NewUser { user, password: Some(password) };
    if !state.db.use_setup_key(&key, &tenant, &new, &audit, now).await? {
        return Err(ApiError::Forbidden);
    }
    state.floors.open(tenant.id);
    Ok(StatusCode::CREATED)
}
