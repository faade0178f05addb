//! Core and edge in two processes: the protocol of [`hark_shared::edge`] over one TCP connection.
//!
//! The edge dials, so that a core that starts anew is found at its old address within [`AGAIN`]. Both prove that they
//! hold the same key and encrypt everything ([`channel`]): recordings' keys and telephone numbers pass here. A
//! connection is only a way: what it loses is repeated (events) or said anew (commands) once the floors resume, so
//! nothing is acknowledged here. A silent connection is given up after [`SILENCE`].

mod channel;
mod core;
mod edge;

pub use self::core::listen;
pub use self::edge::dial;

use crate::handle::{EdgeError, Handle, Ports};
use channel::{Channel, ChannelError};
use hark_shared::edge::ToEdge;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

/// The version of what is said here; two ends of different versions refuse each other in words.
pub const VERSION: u32 = 1;
/// How long an edge waits between two tries: short, as no new call is taken meanwhile.
pub const AGAIN: Duration = Duration::from_millis(200);
/// A try, or the greeting of a stranger, may take this long.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often something is said when there is nothing to say.
const PING: Duration = Duration::from_secs(1);
/// An end that says nothing for this long is gone: four pings lost.
const SILENCE: Duration = Duration::from_secs(5);

/// The secret that core and edge share.
#[derive(Clone, PartialEq, Eq)]
pub struct LinkKey([u8; 32]);

/// A key that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("a link key is 64 hexadecimal digits")]
pub struct BadKey;

impl LinkKey {
    /// A key of these bytes, which must be random.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Reads it from text, as [`LinkKey::to_text`] writes it.
    ///
    /// # Errors
    /// [`BadKey`] when it is anything else.
    pub fn parse(text: &str) -> Result<Self, BadKey> {
        let text = text.trim();
        let digits = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let mut bytes = [0; 32];
        for (at, byte) in bytes.iter_mut().enumerate() {
            let pair = text.get(at * 2..at * 2 + 2).filter(|_| digits).ok_or(BadKey)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| BadKey)?;
        }
        Ok(Self(bytes))
    }

    /// As a file holds it.
    #[must_use]
    pub fn to_text(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl std::fmt::Debug for LinkKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkKey")
    }
}

/// A core's way to its edge, in this process or in another; cheap to clone.
#[derive(Clone, Debug)]
pub struct Line {
    way: Way,
    state: watch::Receiver<Option<Connection>>,
}

#[derive(Clone, Debug)]
enum Way {
    Here(Handle),
    There(mpsc::Sender<ToEdge>),
}

/// An edge that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Counts connections: a change means that floors must resume.
    pub number: u64,
    /// Where the edge listens.
    pub ports: Ports,
}

impl Line {
    /// To an edge in this process, which is always there.
    #[must_use]
    pub fn here(edge: Handle) -> Self {
        let connection = Connection { number: 1, ports: edge.ports() };
        // The sender may go: a receiver keeps the last value.
        let (_, state) = watch::channel(Some(connection));
        Self { way: Way::Here(edge), state }
    }

    /// The connection now, and its changes.
    #[must_use]
    pub fn state(&self) -> watch::Receiver<Option<Connection>> {
        self.state.clone()
    }

    /// Hands a command over; without a connection it is lost, and the floor says anew what matters when it resumes.
    ///
    /// # Errors
    /// [`EdgeError::Stopped`] when the process is stopping.
    pub async fn send(&self, command: ToEdge) -> Result<(), EdgeError> {
        match &self.way {
            Way::Here(edge) => edge.send(command).await,
            Way::There(commands) => commands.send(command).await.map_err(|_| EdgeError::Stopped),
        }
    }
}

/// What an edge says first.
#[derive(Debug, Serialize, Deserialize)]
struct Hello {
    version: u32,
    ports: Ports,
}

/// The core's answer.
#[derive(Debug, Serialize, Deserialize)]
enum Welcome {
    Come,
    Refused { version: u32 },
}

/// What each end says once they have greeted: the edge its events, the core its commands.
#[derive(Debug, Serialize, Deserialize)]
enum Said<T> {
    Ping,
    Message(Box<T>),
}

/// Hands on what the other end says, until it is silent for too long or nobody takes it.
async fn take<T, Given>(mut from: channel::Receiver, give: impl Fn(T) -> Given) -> Result<(), LinkError>
where
    T: DeserializeOwned,
    Given: Future<Output = bool>,
{
    loop {
        match timeout(SILENCE, from.next()).await?? {
            Said::Ping => {}
            Said::Message(message) => {
                if !give(*message).await {
                    return Err(LinkError::Stopped);
                }
            }
        }
    }
}

/// Says what comes out of a queue, and pings when nothing does.
async fn tell<T: Serialize + Sync>(queue: &mut mpsc::Receiver<T>, mut to: channel::Sender) -> Result<(), LinkError> {
    let mut ping = interval(PING);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let said = tokio::select! {
            message = queue.recv() => Said::Message(Box::new(message.ok_or(LinkError::Stopped)?)),
            _ = ping.tick() => Said::Ping,
        };
        to.send(&said).await?;
        if queue.is_empty() {
            timeout(SILENCE, to.flush()).await??;
        }
    }
}

/// Why a connection ended or was not made.
#[derive(Debug, thiserror::Error)]
enum LinkError {
    #[error(transparent)]
    Channel(#[from] ChannelError),
    #[error("the other end speaks version {0} of the link and this one {VERSION}: upgrade the older")]
    Version(u32),
    #[error("nothing was heard for too long")]
    Silent,
    #[error("the edge has stopped")]
    Stopped,
}

impl From<std::io::Error> for LinkError {
    fn from(error: std::io::Error) -> Self {
        Self::Channel(error.into())
    }
}

impl From<tokio::time::error::Elapsed> for LinkError {
    fn from(_: tokio::time::error::Elapsed) -> Self {
        Self::Silent
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = LinkKey::new(std::array::from_fn(|at| u8::try_from(at * 7).unwrap()));
        assert_eq!(LinkKey::parse(&format!("{}\n", key.to_text())).unwrap(), key);
        for bad in ["", "12", &"g".repeat(64), &"1".repeat(63), &"é".repeat(32)] {
            assert!(LinkKey::parse(bad).is_err(), "{bad}");
        }
    }
}
