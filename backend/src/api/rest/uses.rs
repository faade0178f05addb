//! What is set up with something else: it may not be taken away, and a flow must be published.

use crate::api::{ApiError, AppState, check};
use hark_shared::flow::Thing;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::TenantId;
use hark_shared::team::Team;
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
    if matches!(thing, Thing::Flow(_) | Thing::Team(_)) {
        let numbers = state.db.numbers(tenant).await?;
        let leads = |to: &Destination| needs(to).as_ref() == Some(thing);
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
                Mailbox::Team(id) => {
                    let teams: Vec<Team> = state.db.documents(tenant).await?;
                    teams.into_iter().find(|team| team.id == id).map(|team| team.name)
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

/// Refuses to lead callers to a flow that nobody has published, or to the mailbox of a team that there is not: they would
/// be led astray. `leads` are these with the fields that name them.
///
/// # Errors
/// [`ApiError::Invalid`] that names the field, and the flow.
pub(super) async fn there(
    state: &AppState,
    tenant: TenantId,
    leads: Vec<(&'static str, Thing)>,
) -> Result<(), ApiError> {
    if leads.is_empty() {
        return Ok(());
    }
    let flows = state.db.flows(tenant).await?;
    let teams: Vec<Team> = state.db.documents(tenant).await?;
    for (field, wanted) in leads {
        let lacks = |key| Err(ApiError::Invalid(check::invalid(key, field)));
        match wanted {
            Thing::Flow(wanted) => match flows.iter().find(|flow| flow.id == wanted) {
                Some(flow) if flow.published.is_none() => {
                    let unpublished = check::invalid("flow.unpublished", field).with("flow", &flow.name);
                    return Err(ApiError::Invalid(unpublished));
                }
                Some(_) => {}
                None => return lacks("flow.unknown"),
            },
            Thing::Team(wanted) if !teams.iter().any(|team| team.id == wanted) => return lacks("team.unknown"),
            // The store keeps what else is led to.
            Thing::Team(_)
            | Thing::Calendar(_)
            | Thing::Notice(_)
            | Thing::Rota(_)
            | Thing::Meeting(_)
            | Thing::Sound(_) => {}
        }
    }
    Ok(())
}

/// The flow or team that a destination needs; queues are the store's to keep.
pub(super) const fn needs(to: &Destination) -> Option<Thing> {
    match to {
        Destination::Flow(flow) => Some(Thing::Flow(*flow)),
        Destination::Voicemail(Mailbox::Team(team)) => Some(Thing::Team(*team)),
        Destination::Queue(_)
        | Destination::Voicemail(Mailbox::Queue(_) | Mailbox::Agent(_))
        | Destination::Callback(_)
        | Destination::Outside(_)
        | Destination::HangUp => None,
    }
}
