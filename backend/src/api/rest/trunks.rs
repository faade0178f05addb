//! `/api/trunks`.

use super::{found, in_use, same_id};
use crate::api::extract::{Body, Id};
use crate::api::{ApiError, AppState, Peer, check};
use crate::auth::SignedIn;
use crate::clock::draw;
use crate::floor::handle::FloorStopped;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hark_shared::ids::TrunkId;
use hark_shared::perms::Permission::{ManageRouting, ManageTrunks};
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::{Trunk, TrunkTest};
use std::net::{IpAddr, SocketAddr};

/// Every trunk, by name; passwords are never read back.
#[utoipa::path(get, path = "/api/trunks", tag = "trunks", responses(
    (status = OK, body = Vec<Trunk>),
    (status = FORBIDDEN, body = WireError),
))]
pub(in crate::api) async fn list(State(state): State<AppState>, who: SignedIn) -> Result<Json<Vec<Trunk>>, ApiError> {
    who.require_any(&[ManageTrunks, ManageRouting])?;
    Ok(Json(state.db.trunks(who.tenant).await?))
}

/// Create a trunk.
#[utoipa::path(post, path = "/api/trunks", tag = "trunks", request_body = Trunk, responses(
    (status = CREATED, body = Trunk),
    (status = CONFLICT, body = WireError, description = "The name is taken"),
    (status = UNPROCESSABLE_ENTITY, body = WireError),
))]
pub(in crate::api) async fn create(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Body(trunk): Body<Trunk>,
) -> Result<(StatusCode, Json<Trunk>), ApiError> {
    who.require(ManageTrunks)?;
    validate(&trunk)?;
    let nonce = draw(state.entropy.as_ref());
    state.db.create_trunk(who.tenant, &trunk, nonce, &state.entry(&who, peer, "trunk.created", trunk.id)).await?;
    state.reload(who.tenant).await;
    Ok((StatusCode::CREATED, Json(Trunk { password: None, ..trunk })))
}

/// Change a trunk.
#[utoipa::path(put, path = "/api/trunks/{id}", tag = "trunks", params(("id" = TrunkId, Path)), request_body = Trunk,
    responses(
        (status = OK, body = Trunk),
        (status = NOT_FOUND, body = WireError),
        (status = CONFLICT, body = WireError, description = "The name is taken"),
        (status = UNPROCESSABLE_ENTITY, body = WireError),
    ))]
pub(in crate::api) async fn change(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<TrunkId>,
    Body(trunk): Body<Trunk>,
) -> Result<Json<Trunk>, ApiError> {
    who.require(ManageTrunks)?;
    same_id(&id, &trunk.id)?;
    validate(&trunk)?;
    let nonce = draw(state.entropy.as_ref());
    found(state.db.change_trunk(who.tenant, &trunk, nonce, &state.entry(&who, peer, "trunk.changed", id)).await?)?;
    state.reload(who.tenant).await;
    Ok(Json(Trunk { password: None, ..trunk }))
}

/// Take a trunk away that no number comes through.
#[utoipa::path(delete, path = "/api/trunks/{id}", tag = "trunks", params(("id" = TrunkId, Path)), responses(
    (status = NO_CONTENT),
    (status = NOT_FOUND, body = WireError),
    (status = CONFLICT, body = WireError, description = "`conflict.in_use`"),
))]
pub(in crate::api) async fn remove(
    State(state): State<AppState>,
    Peer(peer): Peer,
    who: SignedIn,
    Id(id): Id<TrunkId>,
) -> Result<StatusCode, ApiError> {
    who.require(ManageTrunks)?;
    let removed = state.db.remove_trunk(who.tenant, id, &state.entry(&who, peer, "trunk.removed", id)).await;
    found(removed.map_err(in_use)?)?;
    state.reload(who.tenant).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Ask a trunk for a sign of life (OPTIONS) and say in words what came of it.
#[utoipa::path(post, path = "/api/trunks/{id}/test", tag = "trunks", params(("id" = TrunkId, Path)), responses(
    (status = OK, body = TrunkTest),
    (status = NOT_FOUND, body = WireError),
    (status = SERVICE_UNAVAILABLE, body = WireError, description = "The floor does not run"),
))]
pub(in crate::api) async fn test(
    State(state): State<AppState>,
    who: SignedIn,
    Id(id): Id<TrunkId>,
) -> Result<Json<TrunkTest>, ApiError> {
    who.require(ManageTrunks)?;
    found(state.db.trunks(who.tenant).await?.iter().any(|trunk| trunk.id == id))?;
    let floor = state.floors.get(who.tenant).ok_or(FloorStopped)?;
    Ok(Json(floor.test_trunk(id).await?))
}

fn validate(trunk: &Trunk) -> Result<(), ApiError> {
    check::text("name", &trunk.name, check::NAME)?;
    check::text("address", &trunk.address, check::LINE)?;
    if !is_host_and_port(&trunk.address) {
        return Err(ApiError::Invalid(check::invalid("invalid.address", "address")));
    }
    check::distinct("sources", &trunk.sources)?;
    if let Some(wrong) = trunk.sources.iter().find(|source| !is_network(source)) {
        return Err(ApiError::Invalid(check::invalid("invalid.network", "sources").with("value", wrong)));
    }
    check::optional("username", trunk.username.as_deref(), check::NAME)?;
    check::optional("password", trunk.password.as_deref(), check::NAME)?;
    check::distinct("allowed", &trunk.allowed)?;
    if let Some(wrong) = trunk.allowed.iter().find(|prefix| PhoneNumber::parse(prefix).is_err()) {
        return Err(ApiError::Invalid(check::invalid("invalid.prefix", "allowed").with("value", wrong)));
    }
    check::range("limit", trunk.limit, 1..=10_000)
}

/// `host:port`, where the host is a name, an IPv4 address or an IPv6 address in brackets.
fn is_host_and_port(text: &str) -> bool {
    if text.parse::<SocketAddr>().is_ok() {
        return true;
    }
    let Some((host, port)) = text.rsplit_once(':') else { return false };
    let label = |label: &str| {
        !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    port.parse::<u16>().is_ok_and(|port| port != 0) && host.split('.').all(label)
}

/// An IP address, or one with the length of a network's prefix.
fn is_network(text: &str) -> bool {
    let (address, length) = text.split_once('/').map_or((text, None), |(address, length)| (address, Some(length)));
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let longest = if address.is_ipv4() { 32 } else { 128 };
    length.is_none_or(|length| length.parse::<u8>().is_ok_and(|length| length <= longest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_networks_are_told_from_typing_errors() {
        for good in ["sbc.example:5060", "10.0.0.1:5060", "[2001:db8::1]:5060", "sbc_1:5061"] {
            assert!(is_host_and_port(good), "{good}");
        }
        for bad in [
            "sbc.example",
            ":5060",
            "sbc.example:",
            "sbc.example:0",
            "sbc.example:65536",
            "a b:1",
            "2001:db8::1",
            "http://a:1",
        ] {
            assert!(!is_host_and_port(bad), "{bad}");
        }
        for good in ["10.0.0.1", "10.0.0.0/8", "2001:db8::/32", "::1"] {
            assert!(is_network(good), "{good}");
        }
        for bad in ["10.0.0", "10.0.0.0/33", "10.0.0.0/", "sbc.example", ""] {
            assert!(!is_network(bad), "{bad}");
        }
    }
}
