//! How the API speaks to a tenant's floor.

use hark_shared::ids::TrunkId;
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::rest::TrunkTest;

/// A tenant's running floor; cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct FloorHandle {}

/// The floor's loop has ended: the server is stopping.
#[derive(Debug, thiserror::Error)]
#[error("the floor has stopped")]
pub struct FloorStopped;

impl FloorHandle {
    /// The set-up changed: the floor reads it again from the store.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn reload(&self) -> Result<(), FloorStopped> {
        Ok(())
    }

    /// Sends OPTIONS to a trunk and says what came of it.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn test_trunk(&self, _trunk: TrunkId) -> Result<TrunkTest, FloorStopped> {
        Err(FloorStopped)
    }

    /// Whether somebody signed in serves the queue behind this number of ours; `None` when there is no such number.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn staffed(&self, _number: PhoneNumber) -> Result<Option<bool>, FloorStopped> {
        Ok(None)
    }
}
