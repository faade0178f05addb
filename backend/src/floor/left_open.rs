//! The callbacks that the store has open, for a floor that begins without a past: its journal is lost, but whoever asked to
//! be called back was promised it.
//!
//! In order: first the outbox is saved, so that what the store has is the newest that the last life knew; then the
//! floor has its set-up, without which it could not tell whether a queue is open; then it is told.

use super::RETRY;
use super::handle::Request;
use hark_shared::callback::MOST_OPEN;
use hark_shared::floor::Input;
use hark_shared::ids::TenantId;
use hark_store::Db;
use tokio::sync::{mpsc, oneshot};

/// What is said once each, by the task that saves and by the one that reads the set-up.
pub(super) struct Ready {
    /// All facts of former lives are saved.
    pub saved: oneshot::Receiver<()>,
    /// The floor was given its set-up.
    pub set_up: oneshot::Receiver<()>,
}

/// Tells the floor what is open, once.
pub(super) async fn take_up(tenant: TenantId, store: Db, ready: Ready, requests: mpsc::WeakSender<Request>) {
    if ready.saved.await.is_err() || ready.set_up.await.is_err() {
        return;
    }
    let left = loop {
        match store.callbacks_left_open(tenant, MOST_OPEN).await {
            Ok(left) => break left,
            Err(error) => {
                tracing::warn!(%error, "open callbacks cannot be read: trying again");
                tokio::time::sleep(RETRY).await;
            }
        }
    };
    let Some(requests) = requests.upgrade().filter(|_| !left.is_empty()) else { return };
    tracing::info!(tenant.id = %tenant, callbacks = left.len(), "callbacks of a former life are taken up");
    let _ = requests.send(Request::Input(Input::LeftOpen(left))).await;
}
