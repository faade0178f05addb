//! Everybody in a call besides its customer and the agent who answers for it: colleagues, numbers that were dialled, and
//! those who supervise.
//!
//! A guest is in the room from the moment that they are in the list; whoever still rings is a call at the side
//! ([`super::Side`]).

use crate::ids::{LegId, UserId};
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use crate::wire::desk::WrapUpForm;
use crate::wire::parties::Mode;
use serde::{Deserialize, Serialize};

/// Parties of one call at most, customer and agent among them: what the rooms of the edge are measured with.
pub const MAX_PARTIES: usize = 50;

/// Agents who may have had one call before its present one: each keeps a form until they have wrapped up.
pub const MAX_EARLIER: usize = 32;

/// Who a guest is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Who {
    /// One of ours, on their browser's warm connection.
    Agent(UserId),
    /// A number that we dialled.
    Outside(PhoneNumber),
}

/// A guest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Guest {
    /// Who.
    pub who: Who,
    /// Their leg; an agent's is replaced when the page reloads after a crash.
    pub leg: LegId,
    /// When they joined.
    pub since: Timestamp,
    /// What they are there for.
    pub mode: Mode,
    /// Muted by themselves.
    pub muted: bool,
    /// Muted by whoever leads the call.
    pub hushed: bool,
    /// Since when no sound has come, if none comes.
    pub silent_since: Option<Timestamp>,
}

impl Guest {
    /// The agent, if it is one.
    #[must_use]
    pub fn agent(&self) -> Option<UserId> {
        match self.who {
            Who::Agent(user) => Some(user),
            Who::Outside(_) => None,
        }
    }

    /// Whether this is one more who talks, heard at this moment or not.
    #[must_use]
    pub fn talks(&self) -> bool {
        match self.mode {
            Mode::Talks => true,
            Mode::Listens | Mode::Whispers => false,
        }
    }

    /// Whether their voice reaches those who should hear it.
    #[must_use]
    pub fn is_heard(&self) -> bool {
        !self.muted && !self.hushed && self.silent_since.is_none()
    }
}

/// An agent who had the call and passed it on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Earlier {
    /// Who.
    pub user: UserId,
    /// Their name then.
    pub name: String,
    /// When they passed it on.
    pub left: Timestamp,
    /// When their wrap-up ended; `None` while it lasts.
    pub wrapped: Option<Timestamp>,
    /// What they filled in; they may go on with it in their wrap-up.
    pub form: WrapUpForm,
}
