//! Facts from the outbox into the database, behind the floor; and which pages hear that something is new in a mailbox, which
//! they may only once it can be read.

use super::RETRY;
use super::handle::Request;
use super::outbox::Drainer;
use hark_shared::facts::Fact;
use hark_shared::floor::Input;
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::TenantId;
use hark_shared::wire::callbacks::{End, Stage};
use hark_store::Db;
use std::collections::BTreeSet;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long facts gather before they are saved. A call ends with half a dozen of them within milliseconds, and a
/// transaction and a new cursor for each would cost more than the call itself. They are on disk already.
const GATHER: Duration = Duration::from_millis(250);

/// Saves facts behind the floor, as long as it takes; says once that those of former lives are saved.
pub(super) async fn save(
    (tenant, store): (TenantId, Db),
    mut drainer: Drainer,
    mut saved: Option<oneshot::Sender<()>>,
    requests: mpsc::WeakSender<Request>,
) {
    loop {
        let batch = match drainer.batch() {
            Ok(batch) => batch,
            Err(error) => {
                tracing::error!(%error, "the outbox cannot be read: facts wait there");
                tokio::time::sleep(RETRY).await;
                continue;
            }
        };
        if batch.facts.is_empty() {
            // Nobody may be waiting for it.
            let _ = saved.take().map(|saved| saved.send(()));
            drainer.more().await;
            tokio::time::sleep(GATHER).await;
            continue;
        }
        match store.save_facts(tenant, &batch.facts).await {
            Ok(()) => {
                if let Err(error) = drainer.settle(&batch) {
                    tracing::error!(%error, "the outbox's cursor cannot be written");
                }
                let boxes: BTreeSet<Mailbox> = batch.facts.iter().filter_map(|fact| mailbox(&fact.fact)).collect();
                // Without a floor there is no page to tell, but facts are saved to the last.
                if let Some(requests) = requests.upgrade() {
                    for mailbox in boxes {
                        let _ = requests.send(Request::Input(Input::Messages(mailbox))).await;
                    }
                }
            }
            Err(error) => {
                tracing::warn!(%error, waiting = batch.facts.len(), "the database takes no facts: they wait on disk");
                tokio::time::sleep(RETRY).await;
            }
        }
    }
}

/// The mailbox in which something is new, or no longer, by this fact.
fn mailbox(fact: &Fact) -> Option<Mailbox> {
    match fact {
        Fact::Message(message) => Some(message.mailbox),
        Fact::Callback(callback) => match callback.stage {
            Stage::Over { end: End::Reached | End::Served | End::Done, .. } => {
                let of_team = callback.team.map(Mailbox::Team);
                callback.user.map(Mailbox::Agent).or(of_team).or(callback.queue.map(Mailbox::Queue))
            }
            Stage::Over { end: End::Unreached | End::Expired | End::Cancelled, .. }
            | Stage::Waiting
            | Stage::InLine
            | Stage::InHand(_)
            | Stage::Calling { .. } => None,
        },
        Fact::Contact(_)
        | Fact::Leg(_)
        | Fact::Offer(_)
        | Fact::Span(_)
        | Fact::Recording(_)
        | Fact::Trail(_)
        | Fact::Survey(_)
        | Fact::Consult(_)
        | Fact::Audit(_) => None,
    }
}
