//! A floor's way to its edge: envelopes for commands, events in their order and each once, acknowledgements.
//!
//! While the edge is away, or has not yet said what lives, commands are dropped: [`EdgeEvent::Living`] makes the floor
//! say whatever still matters.

use hark_edge::handle::EdgeError;
use hark_edge::link::{Connection, Line};
use hark_shared::edge::{EdgeCommand, EdgeEvent, FromEdge, SealKey, Seen, ToEdge};
use hark_shared::ids::TenantId;
use tokio::sync::watch;

/// Events that may be journaled and not yet acknowledged while there are more to handle.
const UNACKNOWLEDGED: u64 = 64;

/// See the module.
pub(super) struct Reach {
    tenant: TenantId,
    line: Line,
    state: watch::Receiver<Option<Connection>>,
    seal: SealKey,
    epoch: u64,
    commands: u64,
    seen: Option<Seen>,
    acknowledged: u64,
    edge: Edge,
}

/// Where the edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    /// Not there.
    Away,
    /// Asked what lives, by the command of this id.
    Asked(u64),
    /// There, and the floor knows what lives.
    There,
}

/// What to do with an event.
#[derive(Debug, PartialEq)]
pub(super) enum Took {
    /// Journal and handle it.
    New(EdgeEvent),
    /// Journal that it was seen: it says nothing any more.
    Stale,
    /// It was handled before, or came out of its turn before the edge has said what lives: it will come again.
    Again,
    /// One before it was lost on the way: the floor must resume.
    Gap,
}

impl Reach {
    /// A way that is not connected yet. `epoch` must be newer than that of any former life; `seen` is how far the
    /// last life had come.
    pub(super) fn new(tenant: TenantId, line: Line, seal: SealKey, epoch: u64, seen: Option<Seen>) -> Self {
        let state = line.state();
        Self { tenant, line, state, seal, epoch, commands: 0, seen, acknowledged: 0, edge: Edge::Away }
    }

    /// How far events have been seen; belongs into the journal.
    pub(super) fn seen(&self) -> Option<Seen> {
        self.seen
    }

    /// This life's number; belongs into the journal.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Whether commands reach the edge.
    pub(super) fn is_there(&self) -> bool {
        self.edge == Edge::There
    }

    /// Returns when the edge came or went; never, if it is in this process.
    pub(super) async fn changed(&mut self) {
        if self.state.changed().await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// Greets an edge that is there: from now on its events come, first those that were missed.
    pub(super) async fn greet(&mut self) -> Result<(), EdgeError> {
        self.edge = Edge::Away;
        if self.state.borrow_and_update().is_none() {
            return Ok(());
        }
        self.acknowledged = 0;
        let resume = self.envelope(EdgeCommand::Resume { seen: self.seen });
        self.edge = Edge::Asked(resume.id);
        self.line.send(resume).await
    }

    /// Judges an event.
    pub(super) fn take(&mut self, event: FromEdge) -> Took {
        if !Seen::precedes(self.seen, &event) {
            tracing::debug!(seq = event.seq, seen = ?self.seen, "an event out of its turn");
            let ahead = self.seen.is_none_or(|seen| seen.life != event.life || event.seq > seen.seq);
            return if ahead && self.is_there() { Took::Gap } else { Took::Again };
        }
        self.seen = Some(Seen { life: event.life, seq: event.seq });
        match event.event {
            EdgeEvent::Living { answers, .. } if self.edge != Edge::Asked(answers) => Took::Stale,
            event @ EdgeEvent::Living { .. } => {
                self.edge = Edge::There;
                Took::New(event)
            }
            event => Took::New(event),
        }
    }

    /// Sends a command, if the edge is there.
    pub(super) async fn send(&mut self, command: EdgeCommand) {
        if !self.is_there() {
            tracing::debug!("a command is dropped: the edge is away");
            return;
        }
        let command = self.envelope(command);
        if self.line.send(command).await.is_err() {
            tracing::error!("the edge has stopped: a command is lost");
        }
    }

    /// Tells the edge how far the journal is; now and then, or when there is nothing else to do.
    pub(super) async fn acknowledge(&mut self, idle: bool) {
        let Some(seen) = self.seen.filter(|_| self.is_there()) else { return };
        let behind = seen.seq.saturating_sub(self.acknowledged);
        if behind >= UNACKNOWLEDGED || (idle && behind > 0) {
            self.acknowledged = seen.seq;
            self.send(EdgeCommand::Acknowledge { seq: seen.seq }).await;
        }
    }

    fn envelope(&mut self, command: EdgeCommand) -> ToEdge {
        self.commands += 1;
        let seal = match &command {
            EdgeCommand::SetRoom(plan) if plan.recording.is_some() => Some(self.seal.clone()),
            _ => None,
        };
        ToEdge { id: self.commands, epoch: self.epoch, tenant: self.tenant, command, seal }
    }
}
