//! Meeting rooms and meetings, as administrators set them up, supervisors see them live, and histories keep them.

use crate::ids::{ContactId, MeetingId, MeetingRoomId};
use crate::meeting::MeetingRoom;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// A room in `GET /api/meeting-rooms`. PINs are never read back, only whether there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MeetingRoomView {
    /// The room.
    #[serde(flatten)]
    pub room: MeetingRoom,
    /// Whether somebody can be its moderator.
    pub has_moderator_pin: bool,
}

/// The body of `POST|PUT /api/meeting-rooms`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MeetingRoomChange {
    /// The room.
    #[serde(flatten)]
    pub room: MeetingRoom,
    /// What participants type; a new room needs one, and none can be without.
    #[serde(default)]
    pub pin: PinChange,
    /// What moderators type; another one than the participants'.
    #[serde(default)]
    pub moderator_pin: PinChange,
}

/// What becomes of a PIN.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum PinChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// It is this one from now on.
    Set {
        /// 4 to 10 digits.
        pin: String,
    },
    /// There is none any more.
    Remove,
}

impl std::fmt::Debug for PinChange {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Keep => "Keep",
            Self::Set { .. } => "Set",
            Self::Remove => "Remove",
        })
    }
}

/// What a contact had to do with a meeting room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Attendance {
    /// The room.
    pub room: MeetingRoomId,
    /// What it was called then.
    pub name: String,
    /// The meeting that was joined; `None`: the caller was not let in.
    #[serde(default)]
    pub meeting: Option<MeetingId>,
    /// Entered by the moderator's PIN.
    #[serde(default)]
    pub moderator: bool,
    /// When they joined.
    #[serde(default)]
    pub joined: Option<Timestamp>,
    /// How long they were in it.
    #[serde(default)]
    pub stayed: Millis,
    /// Wrong PINs that they typed.
    #[serde(default)]
    pub wrong_pins: u16,
    /// Who took them out of it or ended it, if they did not leave by themselves.
    #[serde(default)]
    pub ended: Option<AttendanceEnd>,
}

/// How somebody left a meeting who did not hang up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum AttendanceEnd {
    /// A supervisor removed them.
    Kicked,
    /// A moderator or a supervisor ended the meeting.
    Closed,
    /// It ended by itself: its moderators had left, or it had lasted too long.
    Expired,
}

/// What a supervisor does in a meeting. Each is written to the audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum MeetingDeed {
    /// Stop a party from being heard, or let it be heard again.
    Hush {
        /// Whose contact.
        contact: ContactId,
        /// Stop or let.
        on: bool,
    },
    /// Remove a party.
    Kick {
        /// Whose contact.
        contact: ContactId,
    },
    /// Let nobody join but moderators, or everybody again.
    Lock {
        /// Lock or unlock.
        on: bool,
    },
    /// End it for all.
    End,
}

impl MeetingDeed {
    /// Its name in the audit log.
    #[must_use]
    pub const fn audit_action(&self) -> &'static str {
        match self {
            Self::Hush { on: true, .. } => "meeting.muted",
            Self::Hush { on: false, .. } => "meeting.unmuted",
            Self::Kick { .. } => "meeting.kicked",
            Self::Lock { on: true } => "meeting.locked",
            Self::Lock { on: false } => "meeting.unlocked",
            Self::End => "meeting.ended",
        }
    }

    /// The contact that it is done to.
    #[must_use]
    pub const fn contact(&self) -> Option<ContactId> {
        match self {
            Self::Hush { contact, .. } | Self::Kick { contact } => Some(*contact),
            Self::Lock { .. } | Self::End => None,
        }
    }
}

/// A meeting in the live list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MeetingLine {
    /// Which.
    pub meeting: MeetingId,
    /// The room's name.
    pub name: String,
    /// The room's number.
    pub number: String,
    /// When the first one came.
    pub began: Timestamp,
    /// All wait for a moderator.
    pub waits: bool,
    /// Nobody but a moderator can join.
    pub locked: bool,
    /// Only moderators are heard.
    pub quiet: bool,
    /// What is said is recorded.
    pub recorded: bool,
    /// Who is in it, the first one first.
    pub parties: Vec<MeetingParty>,
}

/// Somebody in a meeting of the live list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct MeetingParty {
    /// Names them for [`MeetingDeed`].
    pub contact: ContactId,
    /// Their name or number; empty when withheld.
    pub name: String,
    /// Entered by the moderator's PIN.
    pub moderator: bool,
    /// Not heard, by own choice, a moderator's or a supervisor's.
    pub muted: bool,
    /// Muted by a supervisor.
    pub hushed: bool,
    /// No sound comes from them.
    pub silent: bool,
    /// When they joined.
    pub since: Timestamp,
}
