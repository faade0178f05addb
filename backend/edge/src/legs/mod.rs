//! Legs: signalling and media of one party joined; the only place where `sip` and `media` meet.

use crate::config::EdgeConfig;
use crate::handle::{EdgeError, Ports};
use hark_shared::edge::{FromEdge, ToEdge};
use tokio::sync::mpsc;

/// Starts the loop of legs.
pub(crate) async fn start(
    _config: EdgeConfig,
    _events: mpsc::Sender<FromEdge>,
) -> Result<(mpsc::Sender<ToEdge>, Ports), EdgeError> {
    Err(EdgeError::Stopped)
}
