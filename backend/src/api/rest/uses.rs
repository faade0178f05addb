//! What may not be taken away because something else is set up with it.

use crate::api::{ApiError, AppState};
use hark_shared::flow::Thing;
use hark_shared::ids::TenantId;
use hark_shared::wire::WireError;

/// Refuses when a published flow names it: its callers would hear nothing, or be led astray.
///
/// # Errors
/// [`ApiError::Conflict`] that names the flow.
pub(super) async fn free(state: &AppState, tenant: TenantId, thing: &Thing) -> Result<(), ApiError> {
    let flows = state.db.published_flows(tenant).await?;
    let Some(named) = flows.iter().find(|flow| flow.flow.names(thing)) else { return Ok(()) };
    let name = state.db.flow(tenant, named.id).await?.map(|flow| flow.name).unwrap_or_default();
    Err(ApiError::Conflict(WireError::new("conflict.used_by_flow").with("flow", name)))
}
