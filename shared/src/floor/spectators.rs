//! Pages of people who see the floor live and have no desk: administrators. They watch, and can do nothing else here.

use super::{Floor, Output, SocketId};
use crate::ids::UserId;
use crate::perms::{Permission, allowed};
use crate::time::Timestamp;
use crate::wire::WireError;
use crate::wire::callbacks::TaskBoard;
use crate::wire::desk::{AgentState, AgentStatus, Desk, DeskCommand, ToDesk};
use crate::wire::parties::{FloorView, Watch};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Pages that watch at once, at most: far more than an operator has administrators with a screen each.
const MOST_SPECTATORS: usize = 50;

/// A page that watches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Spectator {
    user: UserId,
    /// Whether it wants the list.
    watches: bool,
    /// The list that it knows.
    watched: Option<Box<FloorView>>,
}

impl Spectator {
    /// Who looks at it.
    pub(super) const fn user(&self) -> UserId {
        self.user
    }
}

impl Floor {
    fn may_watch(&self, user: UserId) -> bool {
        let known = self.setup.users.get(&user);
        known.is_some_and(|user| user.active && allowed(&user.roles, Permission::WatchFloor))
    }

    /// A page of somebody who has no desk says hello; whether it may watch.
    pub(super) fn spectator_opened(&mut self, now: Timestamp, user: UserId, socket: SocketId) -> bool {
        if !self.may_watch(user) || self.spectators.len() >= MOST_SPECTATORS {
            return false;
        }
        self.spectators.insert(socket, Spectator { user, watches: false, watched: None });
        let desk = Desk {
            user,
            status: AgentStatus { state: AgentState::Offline, since: now, next: None },
            offer: None,
            contact: None,
            connected: false,
            dispositions: Vec::new(),
            telephone: None,
            watches_only: true,
            tasks: TaskBoard::default(),
        };
        self.tell_desk(socket, ToDesk::Snapshot { seq: 0, now, desk: Box::new(desk) });
        true
    }

    /// What such a page asks for.
    pub(super) fn spectator_command(&mut self, now: Timestamp, socket: SocketId, id: Uuid, command: &DeskCommand) {
        let answer = match command {
            DeskCommand::Watch { what: Watch::Floor } => self.spectate(now, socket, true),
            DeskCommand::Watch { what: Watch::Nothing } => self.spectate(now, socket, false),
            DeskCommand::Watch { what: Watch::Around | Watch::Directory }
            | DeskCommand::SetState { .. }
            | DeskCommand::Connect { .. }
            | DeskCommand::Accept { .. }
            | DeskCommand::Decline { .. }
            | DeskCommand::PickUp { .. }
            | DeskCommand::Retrieve { .. }
            | DeskCommand::Telephone { .. }
            | DeskCommand::Hold { .. }
            | DeskCommand::Mute { .. }
            | DeskCommand::Digits { .. }
            | DeskCommand::HangUp { .. }
            | DeskCommand::Dial { .. }
            | DeskCommand::CallBack { .. }
            | DeskCommand::TakeTask { .. }
            | DeskCommand::Task { .. }
            | DeskCommand::Call { .. }
            | DeskCommand::Supervise { .. }
            | DeskCommand::Note { .. }
            | DeskCommand::FinishWrapUp { .. }
            | DeskCommand::SignOut => Err(WireError::new("not_allowed")),
        };
        let answer = match answer {
            Ok(()) => ToDesk::Done { id },
            Err(error) => ToDesk::Refused { id, error },
        };
        self.tell_desk(socket, answer);
    }

    fn spectate(&mut self, now: Timestamp, socket: SocketId, on: bool) -> Result<(), WireError> {
        let spectator = self.spectators.get_mut(&socket).ok_or_else(|| WireError::new("not_allowed"))?;
        (spectator.watches, spectator.watched) = (on, None);
        self.begin_to_watch(now, on);
        Ok(())
    }

    /// Shows the floor to whoever watches without a desk, where it differs from what they saw; whether anybody does.
    pub(super) fn show_spectators(&mut self, view: &FloorView) {
        let mut shown = Vec::new();
        for (socket, spectator) in &mut self.spectators {
            if spectator.watches && spectator.watched.as_deref() != Some(view) {
                spectator.watched = Some(Box::new(view.clone()));
                shown.push(*socket);
            }
        }
        for socket in shown {
            self.tell_desk(socket, ToDesk::Floor { floor: Box::new(view.clone()) });
        }
    }

    /// Whether anybody watches without a desk.
    pub(super) fn has_spectators(&self) -> bool {
        self.spectators.values().any(|spectator| spectator.watches)
    }

    /// Closes the pages of those who may not watch (any more), or of this user.
    pub(super) fn dismiss_spectators(&mut self, revoked: Option<UserId>) {
        let gone = |spectator: &Spectator| revoked == Some(spectator.user) || !self.may_watch(spectator.user);
        let sockets: Vec<SocketId> =
            self.spectators.iter().filter(|(_, spectator)| gone(spectator)).map(|(socket, _)| *socket).collect();
        for socket in sockets {
            self.spectators.remove(&socket);
            self.tell_desk(socket, ToDesk::SignedOut);
            self.out.push_back(Output::Close(socket));
        }
    }
}
