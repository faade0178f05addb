//! What the page knows of the desk: the server's truth, and on top of it the commands that are under way, painted as if
//! they had worked. A refused command is taken off and what it painted is gone.
//!
//! Pure: time and ids are arguments, effects are the returned [`Took`].

use hark_shared::time::Timestamp;
use hark_shared::wire::WireError;
use hark_shared::wire::desk::{AgentState, ContactPhase, Desk, DeskChange, DeskCommand, ToDesk, WantedState};
use hark_shared::wire::parties::FloorView;
use uuid::Uuid;

/// Commands under way at most: a person gives one a second, the server answers within milliseconds, and an outage
/// shorter than half a minute loses none.
const MOST_PENDING: usize = 32;

/// The desk as the page knows it.
#[derive(Debug, Default)]
pub struct Ledger {
    truth: Option<Desk>,
    seq: u64,
    pending: Vec<Pending>,
}

/// A command that the server has not answered.
#[derive(Clone, Debug)]
struct Pending {
    id: Uuid,
    at: Timestamp,
    command: DeskCommand,
}

/// What a message meant, beyond a new painting.
#[derive(Debug, PartialEq)]
pub enum Took {
    /// Only what is painted changed.
    Painted,
    /// A snapshot: the server's clock, and whether it has our sound.
    Joined {
        /// The server's clock.
        now: Timestamp,
        /// Whether it has our sound.
        connected: bool,
    },
    /// The server has our sound no longer.
    Unplugged,
    /// A message is missing: connect again for a snapshot.
    Gap,
    /// The SDP answer to our offer.
    Answer(String),
    /// A command was refused.
    Refused(DeskCommand, WireError),
    /// The socket is over for a reason that a person must hear.
    Over(Over),
    /// The echo of our ping.
    Pong(f64),
    /// The live list that the page asked for.
    Floor(Box<FloorView>),
    /// What is new among the messages has changed.
    Messages,
}

/// Why the server closes the socket for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Over {
    /// Another tab has the desk.
    InUse,
    /// Another tab took it from us.
    Taken,
    /// The session ended.
    SignedOut,
    /// This page is too old.
    Reload,
}

impl Ledger {
    /// Takes a message.
    pub fn take(&mut self, message: ToDesk) -> Took {
        match message {
            ToDesk::Snapshot { seq, now, desk } => {
                let connected = desk.connected;
                self.seq = seq;
                self.truth = Some(*desk);
                Took::Joined { now, connected }
            }
            ToDesk::Change { seq, change } => {
                let Some(desk) = self.truth.as_mut().filter(|_| seq == self.seq.wrapping_add(1)) else {
                    return Took::Gap;
                };
                self.seq = seq;
                match *change {
                    DeskChange::Status(status) => desk.status = status,
                    DeskChange::Offer(offer) => desk.offer = offer,
                    DeskChange::Contact(contact) => desk.contact = contact,
                    DeskChange::Telephone(telephone) => desk.telephone = telephone,
                    DeskChange::Tasks(tasks) => desk.tasks = tasks,
                    DeskChange::Connected(connected) => {
                        let lost = std::mem::replace(&mut desk.connected, connected) && !connected;
                        if lost {
                            return Took::Unplugged;
                        }
                    }
                }
                Took::Painted
            }
            ToDesk::Answer { sdp } => Took::Answer(sdp),
            ToDesk::Done { id } => {
                self.settle(id);
                Took::Painted
            }
            ToDesk::Refused { id, error } => match self.settle(id) {
                Some(command) => Took::Refused(command, error),
                None => Took::Painted,
            },
            ToDesk::InUse => Took::Over(Over::InUse),
            ToDesk::TakenOver => Took::Over(Over::Taken),
            ToDesk::SignedOut => Took::Over(Over::SignedOut),
            ToDesk::Reload => Took::Over(Over::Reload),
            ToDesk::Pong { at } => Took::Pong(at),
            ToDesk::Floor { floor } => Took::Floor(floor),
            ToDesk::Messages => Took::Messages,
        }
    }

    /// Notes a command that is about to be sent. Says no when too many are under way.
    pub fn begin(&mut self, id: Uuid, at: Timestamp, command: DeskCommand) -> bool {
        if self.pending.len() >= MOST_PENDING {
            return false;
        }
        // A later draft of the notes replaces an earlier one that has not left.
        if matches!(command, DeskCommand::Note { .. }) {
            self.pending.retain(|pending| !matches!(pending.command, DeskCommand::Note { .. }));
        }
        self.pending.push(Pending { id, at, command });
        true
    }

    /// What to send again after the socket came back: everything unanswered, under its old id, so that it happens once.
    /// An SDP offer is made anew instead, and digits that come seconds late would do harm.
    pub fn again(&mut self) -> Vec<(Uuid, DeskCommand)> {
        // Whoever watches says so anew to a socket that knows nothing yet.
        let stale = |command: &DeskCommand| {
            matches!(command, DeskCommand::Connect { .. } | DeskCommand::Digits { .. } | DeskCommand::Watch { .. })
        };
        self.pending.retain(|pending| !stale(&pending.command));
        self.pending.iter().map(|pending| (pending.id, pending.command.clone())).collect()
    }

    /// The desk to paint: the truth with the commands under way on top.
    pub fn painted(&self) -> Option<Desk> {
        let mut desk = self.truth.clone()?;
        for pending in &self.pending {
            predict(&mut desk, &pending.command, pending.at);
        }
        Some(desk)
    }

    /// Whether a command like this is under way.
    pub fn awaits(&self, like: impl Fn(&DeskCommand) -> bool) -> bool {
        self.pending.iter().any(|pending| like(&pending.command))
    }

    fn settle(&mut self, id: Uuid) -> Option<DeskCommand> {
        let at = self.pending.iter().position(|pending| pending.id == id)?;
        Some(self.pending.remove(at).command)
    }
}

/// Changes `desk` as the server will if it agrees. What cannot be known beforehand (does the far side answer?) is left.
fn predict(desk: &mut Desk, command: &DeskCommand, at: Timestamp) {
    match command {
        DeskCommand::SetState { state } => {
            if desk.contact.is_some() || desk.offer.is_some() {
                desk.status.next = Some(state.clone());
            } else {
                enter(desk, wanted(state), at);
            }
        }
        DeskCommand::Hold { contact, on } => {
            let (phase, state) =
                if *on { (ContactPhase::Hold, AgentState::Hold) } else { (ContactPhase::Talking, AgentState::Talking) };
            if let Some(view) = desk.contact.as_mut().filter(|view| view.contact == *contact)
                && matches!(view.phase, ContactPhase::Talking | ContactPhase::Hold)
                && view.phase != phase
            {
                view.phase = phase;
                view.since = at;
                enter(desk, state, at);
            }
        }
        DeskCommand::Mute { contact, on } => {
            if let Some(view) = desk.contact.as_mut().filter(|view| view.contact == *contact) {
                view.muted = *on;
            }
        }
        DeskCommand::Note { contact, form } => {
            if let Some(view) = desk.contact.as_mut().filter(|view| view.contact == *contact) {
                view.form = form.clone();
            }
        }
        DeskCommand::FinishWrapUp { contact, .. } => {
            if desk.contact.as_ref().is_some_and(|view| view.contact == *contact) {
                desk.contact = None;
                let next = desk.status.next.take();
                enter(desk, next.as_ref().map_or(AgentState::Ready, wanted), at);
            }
        }
        DeskCommand::Connect { .. }
        | DeskCommand::Accept { .. }
        | DeskCommand::Decline { .. }
        | DeskCommand::PickUp { .. }
        | DeskCommand::Retrieve { .. }
        | DeskCommand::Telephone { .. }
        | DeskCommand::Digits { .. }
        | DeskCommand::HangUp { .. }
        | DeskCommand::Dial { .. }
        | DeskCommand::Call { .. }
        | DeskCommand::CallBack { .. }
        | DeskCommand::TakeTask { .. }
        | DeskCommand::Task { .. }
        | DeskCommand::Supervise { .. }
        | DeskCommand::Watch { .. }
        | DeskCommand::SignOut => {}
    }
}

fn enter(desk: &mut Desk, state: AgentState, at: Timestamp) {
    if desk.status.state != state {
        desk.status.state = state;
        desk.status.since = at;
    }
}

const fn wanted(state: &WantedState) -> AgentState {
    match state {
        WantedState::Ready => AgentState::Ready,
        WantedState::Busy { reason } => AgentState::Busy(*reason),
    }
}

#[cfg(test)]
mod tests;
