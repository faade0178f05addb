//! What is set up with something else: it may not be taken away, and a flow must be published.

use crate::api::{ApiError, AppState, check};
use hark_shared::flow::Thing;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::{FlowId, TenantId};
use hark_shared::wire::WireError;
use hark_shared::wire::messages::MailboxSetting;
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
    if let Thing::Sound(sound) = thing {
        let name = sound.split_once('/').map_or(sound.as_str(), |(_, name)| name);
        let boxes: Vec<MailboxSetting> = state.db.documents(tenant).await?;
        let greets = |setting: &&MailboxSetting| setting.greeting.as_deref() == Some(name);
        if let Some(setting) = boxes.iter().find(greets) {
            let owner = match setting.mailbox {
                Mailbox::Queue(id) => queues.into_iter().find(|queue| queue.id == id).map(|queue| queue.name),
                Mailbox::Agent(id) => {
                    let users = state.db.users(tenant).await?;
                    users.into_iter().find(|user| user.id == id).map(|user| user.name)
                }
            };
            return Err(used("conflict.used_by_mailbox", "mailbox", &owner.unwrap_or_default()));
        }
    }
    let flows = state.db.published_flows(tenant).await?;
    let Some(named) = flows.iter().find(|flow| flow.flow.names(thing)) else { return Ok(()) };
    let name = state.db.flow(tenant, named.id).await?.map(|flow| flow.name).unwrap_or_default();
    Err(used("conflict.used_by_flow", "flow", &name))
}

/// Refuses to lead callers to a flow that nobody has published: they would be led astray. `leads` are the flows with the
/// fields that name them.
///
/// # Errors
/// [`ApiError::Invalid`] that names field and flow.
pub(super) async fn published(
    state: &AppState,
    tenant: TenantId,
    leads: Vec<(&'static str, FlowId)>,
) -> Result<(), ApiError> {
    if leads.is_empty() {
        return Ok(());
    }
    let flows = state.db.flows(tenant).await?;
    for (field, wanted) in leads {
        let Some(flow) = flows.iter().find(|flow| flow.id == wanted) else {
            return Err(ApiError::Invalid(check::invalid("flow.unknown", field)));
        };
        if flow.published.is_none() {
            return Err(ApiError::Invalid(check::invalid("flow.unpublished", field).with("flow", &flow.name)));
        }
    }
    Ok(())
}

/// The flow that a destination is.
pub(super) const fn flow_of(to: &Destination) -> Option<FlowId> {
    match to {
        Destination::Flow(flow) => Some(*flow),
        Destination::Queue(_)
        | Destination::Voicemail(_)
        | Destination::Callback(_)
        | Destination::Outside(_)
        | Destination::HangUp => None,
    }
}
