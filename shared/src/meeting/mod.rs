//! Meeting rooms (会议室): callers meet there by a number and a PIN, and everybody hears everybody.
//!
//! Here: what a room is ([`MeetingRoom`]), the guard against guessing ([`Guard`]), and a meeting that goes on
//! ([`Meeting`]), whose plan says who hears whom. Invariants: a PIN is known only as its keyed hash, which the server
//! makes and nobody turns back; a meeting has at most as many parties as its room allows, and each of them once.
//!
//! Left to others: asking for number and PIN (`flow::run`), the calls and their records (`floor::meetings`).

mod gathering;
mod guard;

pub use gathering::{Attendee, Deed, Meeting};
pub use guard::{GUESSES_OF_CALLER, GUESSES_OF_ROOM, Guard, LOCKED_FOR, WINDOW};

use crate::call::guest::MAX_PARTIES;
use crate::ids::MeetingRoomId;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The shortest number and PIN: ten thousand of them, with [`Guard`] too many to try.
pub const SHORTEST: usize = 4;
/// The longest: what people type from an invitation without losing their place.
pub const LONGEST: usize = 10;
/// Fewer are no meeting.
pub const FEWEST_PARTIES: u16 = 2;
/// As many as one call's room carries.
pub const MOST_PARTIES: u16 = 50;
const _: () = assert!(MOST_PARTIES as usize == MAX_PARTIES);
/// Minutes after which a meeting ends whose last moderator has left, at most: a working break.
pub const LONGEST_LEADERLESS: u16 = 60;
/// Rooms of a tenant at most: one for each of its people, and some.
pub const MOST_ROOMS: usize = 2000;

/// What callers type to name a room: 4 to 10 digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MeetingNumber(String);

crate::wire::text_schema!(MeetingNumber);

/// Not 4 to 10 digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a number of {SHORTEST} to {LONGEST} digits is wanted")]
pub struct NotDigits;

impl MeetingNumber {
    /// Reads a number.
    ///
    /// # Errors
    /// [`NotDigits`].
    pub fn new(text: &str) -> Result<Self, NotDigits> {
        if are_digits(text) { Ok(Self(text.to_owned())) } else { Err(NotDigits) }
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for MeetingNumber {
    type Error = NotDigits;
    fn try_from(text: String) -> Result<Self, NotDigits> {
        Self::new(&text)
    }
}

impl From<MeetingNumber> for String {
    fn from(number: MeetingNumber) -> Self {
        number.0
    }
}

/// Whether a text can be a room's number or a PIN.
#[must_use]
pub fn are_digits(text: &str) -> bool {
    (SHORTEST..=LONGEST).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A PIN as everybody but its owner knows it: a hash keyed by a secret of the installation and bound to its room, as
/// hexadecimal digits. Without the secret no list of all PINs finds it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PinHash(pub String);

impl fmt::Debug for PinHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinHash")
    }
}

/// A meeting room, but for its PINs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MeetingRoom {
    /// The id, drawn by the client when it creates.
    pub id: MeetingRoomId,
    /// What people call it.
    pub name: String,
    /// What callers type, unique in the tenant.
    pub number: MeetingNumber,
    /// Parties at most, 2 to 50.
    pub most: u16,
    /// Whether what is said is recorded; everybody who joins hears so.
    #[serde(default)]
    pub recorded: bool,
    /// Whether everybody waits with music until a moderator is there.
    #[serde(default)]
    pub waits: bool,
    /// What is heard while waiting, or alone: a sound's name like `music/calm`.
    pub music: String,
    /// Whether a tone tells that somebody joined or left.
    #[serde(default)]
    pub tones: bool,
    /// Minutes after which the meeting ends whose last moderator has left, 1 to 60; `None`: it goes on.
    #[serde(default)]
    pub ends_after: Option<u16>,
}

/// A meeting room with its PINs, as it is stored and as the floor reads it. The API never shows this.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GuardedRoom {
    /// The room.
    #[serde(flatten)]
    pub room: MeetingRoom,
    /// Who knows it may enter.
    pub pin: PinHash,
    /// Who knows it enters as a moderator; `None`: nobody does.
    #[serde(default)]
    pub moderator_pin: Option<PinHash>,
}

/// What is wrong with a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRoom {
    /// Not [`FEWEST_PARTIES`] to [`MOST_PARTIES`].
    #[error("{FEWEST_PARTIES} to {MOST_PARTIES} parties")]
    Parties,
    /// Not 1 to [`LONGEST_LEADERLESS`].
    #[error("1 to {LONGEST_LEADERLESS} minutes")]
    EndsAfter,
    /// It waits for a moderator or ends without one, and nobody can be one.
    #[error("nobody can be its moderator")]
    NoModerator,
    /// Both PINs are the same.
    #[error("both PINs are the same")]
    SamePin,
}

impl GuardedRoom {
    /// Whether the room makes sense.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), BadRoom> {
        let room = &self.room;
        if !(FEWEST_PARTIES..=MOST_PARTIES).contains(&room.most) {
            return Err(BadRoom::Parties);
        }
        if room.ends_after.is_some_and(|minutes| !(1..=LONGEST_LEADERLESS).contains(&minutes)) {
            return Err(BadRoom::EndsAfter);
        }
        match &self.moderator_pin {
            Some(pin) if *pin == self.pin => Err(BadRoom::SamePin),
            None if room.waits || room.ends_after.is_some() => Err(BadRoom::NoModerator),
            Some(_) | None => Ok(()),
        }
    }

    /// As what somebody enters who knows this PIN: `Some(true)` as a moderator; `None`: not at all.
    #[must_use]
    pub fn admits(&self, pin: &PinHash) -> Option<bool> {
        if self.moderator_pin.as_ref() == Some(pin) { Some(true) } else { (self.pin == *pin).then_some(false) }
    }
}

#[cfg(test)]
mod tests;
