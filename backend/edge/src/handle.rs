//! The way in and out of an edge: [`ToEdge`] commands in, [`FromEdge`] events out, both serialisable.
//!
//! An edge in the core's process is spoken to directly; one in a process of its own over [`crate::link`].

use crate::config::EdgeConfig;
use crate::legs::FromCore;
pub use crate::legs::MediaPort;
use crate::media::MediaEvent;
use hark_shared::edge::{FromEdge, ToEdge};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::sync::Arc;
use tokio::sync::{mpsc, watch};

/// Commands that may wait for the edge: a second of them at 1,000 calls/s. Past that the core is told to slow down.
pub const COMMAND_QUEUE: usize = 4096;
/// Events that may wait for the core while it is busy; an edge without a core keeps them in its own bounded log.
pub const EVENT_QUEUE: usize = 16_384;

/// A running edge.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::Sender<FromCore>,
    ports: Ports,
    left: watch::Receiver<Option<usize>>,
    queues: Queues,
}

/// How full one of the edge's queues is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Queue {
    /// Which.
    pub name: &'static str,
    /// What waits in it.
    pub waiting: usize,
    /// What may.
    pub limit: usize,
}

type Look = Arc<dyn Fn() -> Option<Queue> + Send + Sync>;

/// The queues of an edge, for whoever watches it; they keep nothing alive.
#[derive(Clone, Default)]
pub struct Queues(Vec<Look>);

impl Queues {
    fn add<T: Send + 'static>(&mut self, name: &'static str, queue: &mpsc::Sender<T>) {
        let queue = queue.downgrade();
        self.0.push(Arc::new(move || {
            let queue = queue.upgrade()?;
            let limit = queue.max_capacity();
            Some(Queue { name, waiting: limit - queue.capacity(), limit })
        }));
    }

    /// How full they are now; those that are gone are left out.
    #[must_use]
    pub fn look(&self) -> Vec<Queue> {
        self.0.iter().filter_map(|look| look()).collect()
    }
}

impl std::fmt::Debug for Queues {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.look()).finish()
    }
}

/// Where the edge really listens, after port 0 was resolved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ports {
    /// SIP over UDP.
    pub sip: SocketAddr,
    /// Browser legs.
    pub webrtc: SocketAddr,
}

/// Why an edge could not start or take a command.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// A port could not be bound.
    #[error("cannot listen on {address} for {what}: {source}")]
    Listen {
        /// For what.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The SIP stack or a media thread could not be started.
    #[error("cannot start {what}: {why}")]
    Start {
        /// What.
        what: &'static str,
        /// Why.
        why: String,
    },
    /// The edge has stopped.
    #[error("the edge has stopped")]
    Stopped,
}

impl Handle {
    /// Hands a command over; waits while the edge's queue is full.
    ///
    /// # Errors
    /// [`EdgeError::Stopped`] when the edge is gone.
    pub async fn send(&self, command: ToEdge) -> Result<(), EdgeError> {
        self.commands.send(FromCore::Command(Box::new(command))).await.map_err(|_| EdgeError::Stopped)
    }

    /// Says that the core is gone: from now on events wait until its floors resume.
    ///
    /// # Errors
    /// [`EdgeError::Stopped`] when the edge is gone.
    pub async fn away(&self) -> Result<(), EdgeError> {
        self.commands.send(FromCore::Away).await.map_err(|_| EdgeError::Stopped)
    }

    /// Takes no new calls from now on, and returns when none is left. Agents' warm connections do not count.
    pub async fn drain(&self) {
        let mut left = self.left.clone();
        // An edge that has stopped is as empty.
        let _ = self.commands.send(FromCore::Drain).await;
        let _ = left.wait_for(|left| *left == Some(0)).await;
    }

    /// Its queues: what the core has not taken, what waits for the edge's loop, and on the ways to the sound and back.
    #[must_use]
    pub fn queues(&self) -> Queues {
        self.queues.clone()
    }

    /// Where the edge listens.
    #[must_use]
    pub fn ports(&self) -> Ports {
        self.ports
    }
}

/// Starts an edge in this process: its sockets, its media thread, its loop. Ends when every [`Handle`] is dropped.
///
/// # Errors
/// When a port is taken or a thread cannot be started.
pub async fn start(config: EdgeConfig, events: mpsc::Sender<FromEdge>) -> Result<Handle, EdgeError> {
    start_with(config, events, crate::media::start).await
}

/// The same with another media: tests of signalling hear what the real one would be told.
///
/// # Errors
/// As [`start`].
pub async fn start_with(
    config: EdgeConfig,
    events: mpsc::Sender<FromEdge>,
    media: impl FnOnce(&EdgeConfig, mpsc::Sender<MediaEvent>) -> Result<MediaPort, EdgeError>,
) -> Result<Handle, EdgeError> {
    let mut queues = Queues::default();
    queues.add("events", &events);
    let media = |config: &EdgeConfig, events: mpsc::Sender<MediaEvent>| {
        queues.add("media_events", &events);
        media(config, events).inspect(|(commands, _)| queues.add("media_commands", commands))
    };
    let (commands, ports, left) = crate::legs::start(config, events, media).await?;
    queues.add("commands", &commands);
    Ok(Handle { commands, ports, left, queues })
}
