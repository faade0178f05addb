//! The edge's end: dials the core, again and again, and carries commands in and events out.

use super::{AGAIN, Channel, Hello, LinkError, LinkKey, PATIENCE, VERSION, Welcome, take, tell};
use crate::handle::Handle;
use hark_shared::edge::FromEdge;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;
use tracing::{info, warn};

/// Keeps `edge` connected to the core at `address` (`host:port`) until the edge stops or the future is dropped.
///
/// Without a core the edge keeps its calls, takes no new ones, and its events wait. `connected` tells whether it has one.
pub async fn dial(
    edge: Handle,
    mut events: mpsc::Receiver<FromEdge>,
    address: &str,
    key: &LinkKey,
    connected: watch::Sender<bool>,
) {
    // A core that is away is tried five times a second: its absence is logged once.
    let mut told = false;
    loop {
        match timeout(PATIENCE, greet(&edge, address, key)).await.map_err(LinkError::from).flatten() {
            Ok(channel) => {
                info!(address, "connected to the core");
                told = false;
                connected.send_replace(true);
                let error = carry(&edge, &mut events, channel).await;
                connected.send_replace(false);
                warn!(address, %error, "the core is gone: calls go on, no new ones are taken");
                if edge.away().await.is_err() {
                    return;
                }
            }
            Err(error) if !told => {
                warn!(address, %error, "no core yet: trying again until there is one");
                told = true;
            }
            Err(_) => {}
        }
        tokio::time::sleep(AGAIN).await;
    }
}

async fn greet(edge: &Handle, address: &str, key: &LinkKey) -> Result<Channel, LinkError> {
    let mut channel = Channel::dial(TcpStream::connect(address).await?, key).await?;
    channel.to.send(&Hello { version: VERSION, ports: edge.ports() }).await?;
    channel.to.flush().await?;
    match channel.from.next().await? {
        Welcome::Come => Ok(channel),
        Welcome::Refused { version } => Err(LinkError::Version(version)),
    }
}

/// Carries both ways until one fails.
async fn carry(edge: &Handle, events: &mut mpsc::Receiver<FromEdge>, channel: Channel) -> LinkError {
    let Channel { from, to } = channel;
    let ended = tokio::select! {
        ended = take(from, |command| async { edge.send(command).await.is_ok() }) => ended,
        ended = tell(events, to) => ended,
    };
    match ended {
        Ok(()) => LinkError::Stopped,
        Err(error) => error,
    }
}
