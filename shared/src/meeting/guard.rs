//! The guard against guessing PINs: wrong ones are counted over calls, by caller and by room, and too many bar both for a
//! while.
//!
//! A room of a four-digit PIN admits one caller's guesses at [`GUESSES_OF_CALLER`] a quarter of an hour, and everybody's at
//! [`GUESSES_OF_ROOM`]: half of all PINs take longer than two days of ceaseless calls, and each time is in the audit log.
//! While somebody is barred no PIN is looked at, so that a right one tells nothing either.

use crate::ids::MeetingRoomId;
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Wrong PINs are counted together that come within this time of the first one.
pub const WINDOW: Millis = Millis::from_secs(15 * 60);
/// How long who guessed too often is barred, counted from the last wrong PIN.
pub const LOCKED_FOR: Millis = Millis::from_secs(15 * 60);
/// Wrong PINs of one caller: two calls with three tries each. Callers who withhold their number count as one.
pub const GUESSES_OF_CALLER: u16 = 6;
/// Wrong PINs of one room, whoever calls: more than a whole meeting mistypes at its beginning.
pub const GUESSES_OF_ROOM: u16 = 30;
/// Callers who are kept in mind: whoever floods with more numbers than these meets the room's own limit.
const MOST_CALLERS: usize = 1000;

/// Wrong PINs since the first one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Tally {
    first: Timestamp,
    last: Timestamp,
    wrong: u16,
}

impl Tally {
    /// Until when it matters.
    fn until(&self, most: u16) -> Timestamp {
        if self.wrong >= most { self.last + LOCKED_FOR } else { self.first + WINDOW }
    }

    fn bars(&self, now: Timestamp, most: u16) -> bool {
        self.wrong >= most && self.until(most) > now
    }

    /// One more; whether it is the one that bars.
    fn add(tally: &mut Option<Self>, now: Timestamp, most: u16) -> bool {
        let kept = tally.filter(|tally| tally.until(most) > now);
        let next = kept.map_or(Self { first: now, last: now, wrong: 1 }, |old| Self {
            last: now,
            wrong: old.wrong.saturating_add(1),
            ..old
        });
        *tally = Some(next);
        next.wrong == most
    }
}

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// By number; the empty one stands for all who withhold theirs.
    callers: BTreeMap<String, Tally>,
    /// At most as many as there are rooms.
    rooms: BTreeMap<MeetingRoomId, Tally>,
}

fn key(caller: Option<&PhoneNumber>) -> String {
    caller.map_or_else(String::new, |number| number.as_str().to_owned())
}

impl Guard {
    /// Whether this caller, or everybody, may try no PIN of this room now.
    #[must_use]
    pub fn bars(&self, now: Timestamp, caller: Option<&PhoneNumber>, room: MeetingRoomId) -> bool {
        self.callers.get(&key(caller)).is_some_and(|tally| tally.bars(now, GUESSES_OF_CALLER))
            || self.rooms.get(&room).is_some_and(|tally| tally.bars(now, GUESSES_OF_ROOM))
    }

    /// A PIN was wrong; whether caller or room are barred by it.
    pub fn wrong(&mut self, now: Timestamp, caller: Option<&PhoneNumber>, room: MeetingRoomId) -> bool {
        self.callers.retain(|_, tally| tally.until(GUESSES_OF_CALLER) > now);
        self.rooms.retain(|_, tally| tally.until(GUESSES_OF_ROOM) > now);
        let key = key(caller);
        if self.callers.len() >= MOST_CALLERS && !self.callers.contains_key(&key) {
            let oldest = self.callers.iter().min_by_key(|(_, tally)| tally.last).map(|(key, _)| key.clone());
            oldest.map(|oldest| self.callers.remove(&oldest));
        }
        let mut of_caller = self.callers.get(&key).copied();
        let mut of_room = self.rooms.get(&room).copied();
        let barred = Tally::add(&mut of_caller, now, GUESSES_OF_CALLER);
        let closed = Tally::add(&mut of_room, now, GUESSES_OF_ROOM);
        self.callers.extend(of_caller.map(|tally| (key, tally)));
        self.rooms.extend(of_room.map(|tally| (room, tally)));
        barred || closed
    }

    /// A PIN was right: the caller had only mistyped. The room's count stays.
    pub fn right(&mut self, caller: Option<&PhoneNumber>) {
        // Of all who withhold their number one who knows a PIN proves nothing for the others.
        if caller.is_some() {
            self.callers.remove(&key(caller));
        }
    }
}
