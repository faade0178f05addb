//! A meeting that goes on: who is in it, what keys do in it, and who hears whom.
//!
//! Everybody who talks hears everybody else. Alone, or before the moderator of a room that waits for one, everybody hears
//! music and nobody each other. What the house says to one party (`note`) is heard by them alone.

use super::MeetingRoom;
use crate::edge::{Listener, RecordingPlan, RoomPlan, Source, Voice};
use crate::ids::{ContactId, LegId, MeetingId, RecordingId, RoomId, SourceId};
use crate::time::{Millis, Timestamp};
use crate::wire::rest::Language;
use serde::{Deserialize, Serialize};

/// How long a meeting lasts at most: longer ones are telephones that nobody hung up.
pub const LONGEST_MEETING: Millis = Millis::from_secs(12 * 3600);

/// The key before each deed.
const STAR: char = '*';

/// Somebody in a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendee {
    /// Their contact.
    pub contact: ContactId,
    /// Their leg.
    pub leg: LegId,
    /// What the house says to them is in this language.
    pub language: Language,
    /// Entered by the moderator's PIN.
    pub moderator: bool,
    /// When they joined.
    pub since: Timestamp,
    /// Muted by themselves.
    pub muted: bool,
    /// Muted by a supervisor: they cannot lift it.
    pub hushed: bool,
    /// The last key was a star: the next one is a deed.
    pub star: bool,
    /// What the house says to them alone.
    pub note: Option<Source>,
}

/// What a key does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The party is muted by themselves, or no longer.
    Muted(bool),
    /// The moderator wants to know how many they are.
    Count,
    /// Everybody but moderators is muted, or no longer.
    AllMuted(bool),
    /// The room is locked, or no longer.
    Locked(bool),
    /// The moderator ends the meeting.
    End,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// Its id.
    pub id: MeetingId,
    /// The room's rules: of a room that was taken away the last ones.
    pub rules: MeetingRoom,
    /// The edge's room.
    pub room: RoomId,
    /// When the first one came.
    pub began: Timestamp,
    /// Who is in it, in the order in which they came; at most the room's number.
    pub parties: Vec<Attendee>,
    /// When they began to talk: at once, or with the first moderator.
    pub opened: Option<Timestamp>,
    /// Since when the moderators are gone that it had.
    pub leaderless: Option<Timestamp>,
    /// Nobody but a moderator can join.
    pub locked: bool,
    /// Only moderators are heard.
    pub quiet: bool,
    /// What is heard by whoever is alone or waits.
    pub music: Option<Source>,
    /// What everybody hears: somebody joined or left.
    pub chime: Option<Source>,
    /// Its recording, and the contact to which it belongs.
    pub recording: Option<(RecordingId, ContactId)>,
    /// The plan that the edge knows.
    pub told: Option<RoomPlan>,
}

impl Meeting {
    /// One that nobody has joined yet.
    #[must_use]
    pub const fn new(id: MeetingId, rules: MeetingRoom, room: RoomId, now: Timestamp) -> Self {
        Self {
            id,
            rules,
            room,
            began: now,
            parties: Vec::new(),
            opened: None,
            leaderless: None,
            locked: false,
            quiet: false,
            music: None,
            chime: None,
            recording: None,
            told: None,
        }
    }

    /// Whether nobody more has a place in it.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.parties.len() >= usize::from(self.rules.most.min(super::MOST_PARTIES))
    }

    /// Whether a moderator is in it.
    #[must_use]
    pub fn is_led(&self) -> bool {
        self.parties.iter().any(|party| party.moderator)
    }

    /// Whether its parties wait for a moderator.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.opened.is_none()
    }

    /// Whether its parties have each other.
    #[must_use]
    pub fn talks(&self) -> bool {
        !self.waits() && self.parties.len() > 1
    }

    /// Somebody joins, who was looked at before. The same contact is in it once.
    pub fn join(&mut self, now: Timestamp, party: Attendee) {
        self.parties.retain(|other| other.contact != party.contact);
        self.parties.push(party);
        if self.is_led() {
            self.leaderless = None;
        }
        self.open(now);
    }

    /// Opens it if nobody is waited for (any more).
    pub fn open(&mut self, now: Timestamp) {
        if (!self.rules.waits || self.is_led()) && !self.parties.is_empty() {
            self.opened.get_or_insert(now);
        }
    }

    /// Somebody leaves; who.
    pub fn leave(&mut self, now: Timestamp, contact: ContactId) -> Option<Attendee> {
        let at = self.parties.iter().position(|party| party.contact == contact)?;
        let gone = self.parties.remove(at);
        if gone.moderator && !self.is_led() {
            self.leaderless = Some(now);
        }
        Some(gone)
    }

    /// When it ends by itself.
    #[must_use]
    pub fn ends(&self) -> Timestamp {
        let longest = self.began + LONGEST_MEETING;
        let minutes = self.leaderless.zip(self.rules.ends_after);
        minutes.map_or(longest, |(since, minutes)| longest.min(since + Millis::from_secs(i64::from(minutes) * 60)))
    }

    /// A party.
    #[must_use]
    pub fn party(&self, contact: ContactId) -> Option<&Attendee> {
        self.parties.iter().find(|party| party.contact == contact)
    }

    /// As [`Meeting::party`], to change.
    pub fn party_mut(&mut self, contact: ContactId) -> Option<&mut Attendee> {
        self.parties.iter_mut().find(|party| party.contact == contact)
    }

    /// A key of a party's: `*6` mutes oneself and lifts it; moderators count by `*1`, mute all by `*5`, lock by `*7` and
    /// end the meeting by `*9`. What it has changed, or what is left to do.
    pub fn key(&mut self, contact: ContactId, digit: char) -> Option<Deed> {
        let party = self.party_mut(contact)?;
        let star = std::mem::replace(&mut party.star, digit == STAR);
        let moderator = party.moderator;
        match (star, digit, moderator) {
            (true, '6', _) => {
                party.muted = !party.muted;
                Some(Deed::Muted(party.muted))
            }
            (true, '1', true) => Some(Deed::Count),
            (true, '5', true) => {
                self.quiet = !self.quiet;
                Some(Deed::AllMuted(self.quiet))
            }
            (true, '7', true) => {
                self.locked = !self.locked;
                Some(Deed::Locked(self.locked))
            }
            (true, '9', true) => Some(Deed::End),
            _ => None,
        }
    }

    /// A sound that the house played is over; whether it was one of this meeting's.
    pub fn played(&mut self, source: SourceId) -> bool {
        let is = |playing: &mut Source| playing.id == source;
        let chime = self.chime.take_if(is).is_some();
        let note = self.parties.iter_mut().any(|party| party.note.take_if(|playing| playing.id == source).is_some());
        chime || note
    }

    /// Whether a party's voice reaches the others.
    #[must_use]
    pub const fn is_heard(&self, party: &Attendee) -> bool {
        !party.muted && !party.hushed && (!self.quiet || party.moderator)
    }

    /// Who hears whom; `None` when nobody is there.
    #[must_use]
    pub fn plan(&self) -> Option<RoomPlan> {
        if self.parties.is_empty() {
            return None;
        }
        let talks = self.talks();
        let voices: Vec<LegId> = self.parties.iter().filter(|it| self.is_heard(it)).map(|it| it.leg).collect();
        let voice = |source: &Source| Voice::Source(source.id);
        let hears = |party: &Attendee| -> Vec<Voice> {
            let note = party.note.as_ref().map(voice);
            if talks {
                let others = voices.iter().filter(|leg| **leg != party.leg).map(|leg| Voice::Leg(*leg));
                others.chain(self.chime.as_ref().map(voice)).chain(note).collect()
            } else {
                note.or(self.music.as_ref().map(voice)).into_iter().collect()
            }
        };
        let legs = |moderator| self.parties.iter().filter(move |it| it.moderator == moderator).map(|it| it.leg);
        let notes = self.parties.iter().filter_map(|party| party.note.as_ref());
        // A chime that nobody hears would be none's end.
        let shared = self.chime.iter().filter(|_| talks).chain(self.music.iter().filter(|_| !talks));
        Some(RoomPlan {
            room: self.room,
            sources: shared.chain(notes).cloned().collect(),
            listeners: self.parties.iter().map(|party| Listener { leg: party.leg, hears: hears(party) }).collect(),
            recording: self.recording.map(|(recording, _)| RecordingPlan {
                recording,
                left: legs(true).collect(),
                right: legs(false).collect(),
                paused: false,
                quiet: None,
                secret_keys: false,
            }),
        })
    }
}
