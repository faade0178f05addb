//! The thread in front of the media threads: takes every command in order and gives it to the thread that it concerns.
//!
//! A leg that joins a room on another thread is moved before the room is set: released by the one, adopted by the
//! other, with its sockets or its connection and everything that it knows, so that no listener hears a new stream. The
//! director waits for the release, a turn of that thread's loop, and so no command can overtake a leg.

use super::moving::Moving;
use super::placement::Placement;
use crate::media::{MediaCommand, MediaError};
use hark_shared::ids::LegId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{mpsc, oneshot};

/// What a media thread is told.
pub(super) enum Order {
    /// A command that concerns it.
    Do(MediaCommand),
    /// A leg moves away; `None` when it is not here any more.
    Release { leg: LegId, reply: oneshot::Sender<Option<Box<Moving>>> },
    /// A leg moves in.
    Adopt(Box<Moving>),
}

/// The placement, shared with the threads: they know whether a leg was really opened.
#[derive(Clone)]
pub(super) struct Places(Arc<Mutex<Placement>>);

impl Places {
    pub(super) fn new(placement: Placement) -> Self {
        Self(Arc::new(Mutex::new(placement)))
    }

    /// Held for a look or a change, never while waiting.
    pub(super) fn lock(&self) -> MutexGuard<'_, Placement> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A media thread is gone.
struct Gone;

/// The director.
pub(super) struct Director {
    pub places: Places,
    /// The way to each thread.
    pub threads: Vec<mpsc::Sender<Order>>,
    /// Legs that the edge takes at most.
    pub limit: usize,
}

impl Director {
    /// Directs until nobody commands any more, or a media thread is gone; then the others end too.
    pub(super) fn run(self, mut commands: mpsc::Receiver<MediaCommand>) {
        while let Some(command) = commands.blocking_recv() {
            if self.direct(command).is_err() {
                return tracing::error!("a media thread has stopped, so all do");
            }
        }
    }

    fn direct(&self, command: MediaCommand) -> Result<(), Gone> {
        let thread = match &command {
            MediaCommand::OpenRtp { leg, .. } | MediaCommand::OpenPeer { leg, .. } => self.places.lock().open(*leg),
            MediaCommand::SetRtp { leg, .. }
            | MediaCommand::CloseLeg { leg }
            | MediaCommand::SendDigits { leg, .. } => self.places.lock().thread_of(*leg),
            MediaCommand::CloseRoom { room } => self.places.lock().close_room(*room),
            MediaCommand::SetRoom { plan, .. } => {
                let placed = self.places.lock().set_room(plan);
                match placed {
                    Some((thread, moves)) => {
                        moves.iter().try_for_each(|moving| self.bring(moving.leg, moving.from, thread))?;
                        Some(thread)
                    }
                    None => None,
                }
            }
        };
        match thread {
            Some(thread) => self.tell(thread, Order::Do(command)),
            None => {
                self.refuse(command);
                Ok(())
            }
        }
    }

    fn tell(&self, thread: usize, order: Order) -> Result<(), Gone> {
        self.threads.get(thread).ok_or(Gone)?.blocking_send(order).map_err(|_| Gone)
    }

    /// Moves a leg. One that was closed in the meantime is no longer there to be moved.
    fn bring(&self, leg: LegId, from: usize, to: usize) -> Result<(), Gone> {
        let (reply, released) = oneshot::channel();
        self.tell(from, Order::Release { leg, reply })?;
        let Some(moving) = released.blocking_recv().map_err(|_| Gone)? else { return Ok(()) };
        self.places.lock().settle(leg, to);
        self.tell(to, Order::Adopt(moving))
    }

    fn refuse(&self, command: MediaCommand) {
        match command {
            MediaCommand::OpenRtp { reply, .. } => drop(reply.send(Err(MediaError::TooManyLegs(self.limit)))),
            MediaCommand::OpenPeer { reply, .. } => drop(reply.send(Err(MediaError::TooManyLegs(self.limit)))),
            MediaCommand::SetRoom { .. } => tracing::warn!(limit = self.limit, "no more rooms on this edge"),
            MediaCommand::SetRtp { .. }
            | MediaCommand::CloseLeg { .. }
            | MediaCommand::SendDigits { .. }
            | MediaCommand::CloseRoom { .. } => tracing::debug!("a command for an unknown leg or room"),
        }
    }
}
