//! What may not be taken away because something else is set up with it.

use crate::api::{ApiError, AppState};
use hark_shared::flow::Thing;
use hark_shared::ids::TenantId;
use hark_shared::wire::WireError;
use hark_shared::wire::routing::Destination;

/// Refuses when a published flow, a queue or a number needs it: its callers would hear nothing, or be led astray.
///
/// # Errors
/// [`ApiError::Conflict`] that names who needs it.
pub(super) async fn free(state: &AppState, tenant: TenantId, thing: &Thing) -> Result<(), ApiError> {
    let used = |key: &str, what: &str, name: &str| ApiError::Conflict(WireError::new(key).with(what, name));
    let queues = state.db.queues(tenant).await?;
    if let Some(queue) = queues.iter().find(|queue| queue.names(thing)) {
        return Err(used("conflict.used_by_queue", "queue", &queue.name));
    }
    if let Thing::Flow(flow) = thing {
        let numbers = state.db.numbers(tenant).await?;
        let leads = |to: &Destination| *to == Destination::Flow(*flow);
        if let Some(number) = numbers.iter().find(|number| number.fax.as_ref().is_some_and(leads)) {
            return Err(used("conflict.used_by_number", "number", number.number.as_str()));
        }
    }
    let flows = state.db.published_flows(tenant).await?;
    let Some(named) = flows.iter().find(|flow| flow.flow.names(thing)) else { return Ok(()) };
    let name = state.db.flow(tenant, named.id).await?.map(|flow| flow.name).unwrap_or_default();
    Err(used("conflict.used_by_flow", "flow", &name))
}
