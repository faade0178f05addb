//! Meetings on the floor: who is let in, what keys do, how it ends. What is said there is `crate::meeting`'s to plan.
//!
//! Each party is a contact with a call of its own in [`Phase::Meeting`]; the meeting has the room. A room that changes
//! while it is used is another one at once; of one that is taken away the meeting goes on by its last rules until it is
//! empty, and nobody more can join. A PIN comes here as its keyed hash ([`super::Input::Pin`]), never as digits.

use super::{DigitUse, Floor, Output, Timer};
use crate::call::{Call, Phase};
use crate::edge::{Cause, EdgeCommand, Sound, Source};
use crate::facts::{AuditFact, Fact};
use crate::flow::{self, Alarm, Denied, Fault, ReadAs, Run, house, speech};
use crate::ids::{ContactId, MeetingId, MeetingRoomId, RecordingId, RoomId, SourceId};
use crate::meeting::{Attendee, Deed, GuardedRoom, Meeting, PinHash};
use crate::time::{Millis, Timestamp};
use crate::wire::WireError;
use crate::wire::meetings::{Attendance, AttendanceEnd, MeetingDeed, MeetingLine, MeetingParty};
use crate::wire::rest::Language;

/// What everybody hears when somebody joins, and when somebody leaves.
const JOINED: &str = "tones/joined";
const LEFT: &str = "tones/left";

/// How long a party may send nothing before it is given up: who mutes at a telephone that saves silence sends nothing.
pub(super) const MEETING_SILENCE: Millis = Millis::from_secs(600);

impl Floor {
    /// Has a PIN looked at, unless too many were wrong.
    pub(super) fn check_pin(&mut self, now: Timestamp, contact: ContactId, room: MeetingRoomId, digits: u8) {
        let name = self.setup.rooms.get(&room).map(|guarded| guarded.room.name.clone()).unwrap_or_default();
        self.with_call(contact, |call| match &mut call.attendance {
            Some(attendance) if attendance.room == room => {}
            attendance => *attendance = Some(Attendance::of(room, name)),
        });
        let Some(call) = self.calls.get(&contact) else { return };
        if self.guard.bars(now, call.party.number.as_ref(), room) {
            return self.portal(now, contact, flow::Input::Denied(Denied::Barred));
        }
        self.out.push_back(Output::Pin { contact, room, digits });
    }

    /// The shell knows the PIN's hash, or has not all digits of it.
    pub(super) fn pin_typed(&mut self, now: Timestamp, contact: ContactId, room: MeetingRoomId, pin: Option<&PinHash>) {
        let Some(call) = self.calls.get(&contact).filter(|call| call.run().and_then(Run::enters) == Some(room)) else {
            return;
        };
        let caller = call.party.number.clone();
        let denied = match (self.setup.rooms.get(&room), pin) {
            (None, _) => Denied::Gone,
            (Some(_), None) => Denied::Unheard,
            (Some(guarded), Some(pin)) => match guarded.admits(pin) {
                Some(moderator) => {
                    let guarded = guarded.clone();
                    self.guard.right(caller.as_ref());
                    match self.let_in(now, contact, &guarded, moderator) {
                        Ok(()) => return,
                        Err(denied) => denied,
                    }
                }
                None => {
                    self.guessed_wrong(now, contact, room);
                    Denied::Wrong
                }
            },
        };
        self.portal(now, contact, flow::Input::Denied(denied));
    }

    fn guessed_wrong(&mut self, now: Timestamp, contact: ContactId, room: MeetingRoomId) {
        let caller = self.calls.get(&contact).and_then(|call| call.party.number.clone());
        self.with_call(contact, |call| {
            if let Some(attendance) = &mut call.attendance {
                attendance.wrong_pins = attendance.wrong_pins.saturating_add(1);
            }
        });
        if self.guard.wrong(now, caller.as_ref(), room) {
            let alarm = Alarm { at: None, fault: Fault::Guessing(room) };
            self.out.push_back(Output::Alarm { contact, alarm: Box::new(alarm) });
            let id = self.ids.next(now);
            let (action, subject) = ("meeting.guessed".to_owned(), format!("{room} {contact}"));
            self.fact(Fact::Audit(AuditFact { id, at: now, user: None, user_name: None, action, subject }));
        }
    }

    /// Somebody who knows a PIN joins, if there is a place.
    fn let_in(
        &mut self,
        now: Timestamp,
        contact: ContactId,
        guarded: &GuardedRoom,
        moderator: bool,
    ) -> Result<(), Denied> {
        let known = self.meetings.values().find(|meeting| meeting.rules.id == guarded.room.id);
        if known.is_some_and(Meeting::is_full) {
            return Err(Denied::Full);
        }
        if known.is_some_and(|meeting| meeting.locked) && !moderator {
            return Err(Denied::Locked);
        }
        let id = match known.map(|meeting| meeting.id) {
            Some(id) => id,
            None => {
                let (id, room) = (MeetingId(self.ids.next(now)), RoomId(self.ids.next(now)));
                self.meetings.insert(id, Meeting::new(id, guarded.room.clone(), room, now));
                id
            }
        };
        let Some(call) = self.calls.get_mut(&contact) else { return Ok(()) };
        let language = call.run().map(Run::language).unwrap_or_default();
        let (leg, since) = (call.customer.leg, now);
        call.source = None;
        call.enter(now, Phase::Meeting(id));
        if let Some(attendance) = &mut call.attendance {
            (attendance.meeting, attendance.moderator, attendance.joined) = (Some(id), moderator, Some(now));
        }
        self.touched_calls.insert(contact);
        let Some(meeting) = self.meetings.get_mut(&id) else { return Ok(()) };
        let (muted, hushed, star, note) = (false, false, false, None);
        meeting.join(now, Attendee { contact, leg, language, moderator, since, muted, hushed, star, note });
        self.touched_meetings.insert(id);
        self.timers.insert((meeting.ends(), Timer::Meeting(id)));
        self.chime_meeting(now, id, JOINED);
        self.welcome(now, id, contact);
        Ok(())
    }

    /// What the house says to who joins: that it is recorded, that they wait, how many there are.
    fn welcome(&mut self, now: Timestamp, id: MeetingId, contact: ContactId) {
        let Some(meeting) = self.meetings.get(&id) else { return };
        let Some(party) = meeting.party(contact) else { return };
        let mut said: Vec<String> = Vec::new();
        said.extend(meeting.rules.recorded.then(|| "meeting-recorded".to_owned()));
        if meeting.waits() {
            said.push("meeting-waits".to_owned());
        } else if party.moderator {
            said.extend(count(meeting, party.language));
        }
        self.say_in_meeting(now, id, contact, said);
    }

    /// The house says something to one party alone. What is missing is left out.
    fn say_in_meeting(&mut self, now: Timestamp, id: MeetingId, contact: ContactId, said: Vec<String>) {
        let language = self.meetings.get(&id).and_then(|meeting| meeting.party(contact)).map(|party| party.language);
        let Some(language) = language else { return };
        let names = said.iter().map(|piece| speech::sound(language, piece));
        let sounds: Vec<String> = names.filter(|name| self.setup.has_sound(name)).collect();
        let source = SourceId(self.ids.next(now));
        if let Some(party) = self.meetings.get_mut(&id).and_then(|meeting| meeting.party_mut(contact)) {
            party.note = (!sounds.is_empty()).then_some(Source { id: source, sound: Sound::Prompt(sounds) });
            self.touched_meetings.insert(id);
        }
    }

    /// A tone for everybody, if the room wants tones and they have each other.
    fn chime_meeting(&mut self, now: Timestamp, id: MeetingId, tone: &str) {
        let source = SourceId(self.ids.next(now));
        let Some(meeting) = self.meetings.get_mut(&id) else { return };
        let wanted = meeting.rules.tones && meeting.talks() && self.setup.has_sound(tone);
        meeting.chime = wanted.then(|| Source { id: source, sound: Sound::Prompt(vec![tone.to_owned()]) });
    }

    /// What becomes of a digit in a meeting: only what follows a star is a deed, and anything else may be a secret that was
    /// typed into the wrong place.
    pub(super) fn digit_use_in_meeting(&self, id: MeetingId, contact: ContactId) -> DigitUse {
        let party = self.meetings.get(&id).and_then(|meeting| meeting.party(contact));
        if party.is_some_and(|party| party.star) { DigitUse::Plain } else { DigitUse::Star }
    }

    /// A key that a party pressed.
    pub(super) fn meeting_key(&mut self, now: Timestamp, contact: ContactId, digit: char) {
        let Some(id) = self.meeting_of(contact) else { return };
        let Some(deed) = self.meetings.get_mut(&id).and_then(|meeting| meeting.key(contact, digit)) else { return };
        self.touched_meetings.insert(id);
        let said = match deed {
            Deed::Muted(true) => "meeting-muted",
            Deed::Muted(false) => "meeting-unmuted",
            Deed::AllMuted(true) => "meeting-all-muted",
            Deed::AllMuted(false) => "meeting-all-unmuted",
            Deed::Locked(true) => "meeting-locked",
            Deed::Locked(false) => "meeting-unlocked",
            Deed::End => return self.end_meeting(now, id, AttendanceEnd::Closed),
            Deed::Count => {
                let party = self.meetings.get(&id).and_then(|meeting| Some((meeting, meeting.party(contact)?)));
                let said = party.map(|(meeting, party)| count(meeting, party.language)).unwrap_or_default();
                return self.say_in_meeting(now, id, contact, said);
            }
        };
        self.say_in_meeting(now, id, contact, vec![said.to_owned()]);
    }

    /// The meeting in which a contact is.
    pub(super) fn meeting_of(&self, contact: ContactId) -> Option<MeetingId> {
        match self.calls.get(&contact)?.phase {
            Phase::Meeting(id) => Some(id),
            Phase::Portal(_)
            | Phase::Queued { .. }
            | Phase::Asked { .. }
            | Phase::Parked(_)
            | Phase::Dialling { .. }
            | Phase::Talking
            | Phase::Held
            | Phase::Over { .. } => None,
        }
    }

    /// A call goes out of its meeting, if it is in one: it ends, or is told that the meeting is over.
    pub(super) fn leave_meeting(&mut self, now: Timestamp, contact: ContactId) {
        let Some(id) = self.meeting_of(contact) else { return };
        self.with_call(contact, |call| {
            if let Some(attendance) = &mut call.attendance {
                attendance.stayed = attendance.joined.map_or(Millis::ZERO, |joined| now.since(joined));
            }
        });
        let Some(meeting) = self.meetings.get_mut(&id) else { return };
        meeting.leave(now, contact);
        self.touched_meetings.insert(id);
        self.timers.insert((meeting.ends(), Timer::Meeting(id)));
        self.chime_meeting(now, id, LEFT);
    }

    /// Everybody goes, and hears why.
    fn end_meeting(&mut self, now: Timestamp, id: MeetingId, why: AttendanceEnd) {
        let Some(meeting) = self.meetings.get(&id) else { return };
        let parties: Vec<(ContactId, Language)> =
            meeting.parties.iter().map(|party| (party.contact, party.language)).collect();
        for (contact, language) in parties {
            self.leave_meeting(now, contact);
            self.note_end(contact, why);
            self.walk_house(now, contact, house::meeting_over(language));
        }
    }

    fn note_end(&mut self, contact: ContactId, why: AttendanceEnd) {
        self.with_call(contact, |call| {
            if let Some(attendance) = &mut call.attendance {
                attendance.ended = Some(why);
            }
        });
    }

    /// A meeting's time may be over.
    pub(super) fn meeting_due(&mut self, now: Timestamp, id: MeetingId) {
        match self.meetings.get(&id).map(Meeting::ends) {
            Some(ends) if ends <= now => self.end_meeting(now, id, AttendanceEnd::Expired),
            Some(ends) => {
                self.timers.insert((ends, Timer::Meeting(id)));
            }
            None => {}
        }
    }

    /// A sound is over that the house played in this room; whether the room is a meeting's.
    pub(super) fn meeting_played(&mut self, room: RoomId, source: SourceId) -> bool {
        let Some(meeting) = self.meetings.values_mut().find(|meeting| meeting.room == room) else { return false };
        if meeting.played(source) {
            self.touched_meetings.insert(meeting.id);
        }
        true
    }

    /// The set-up has changed: rooms that are used are as it says from now on.
    pub(super) fn renew_meetings(&mut self) {
        for meeting in self.meetings.values_mut() {
            if let Some(guarded) = self.setup.rooms.get(&meeting.rules.id) {
                meeting.rules = guarded.room.clone();
            }
            meeting.open(self.now);
            self.timers.insert((meeting.ends(), Timer::Meeting(meeting.id)));
            self.touched_meetings.insert(meeting.id);
        }
    }

    /// Tells the edge who hears whom in the meetings that have changed, and forgets those that are empty.
    pub(super) fn update_meetings(&mut self, now: Timestamp) {
        for id in std::mem::take(&mut self.touched_meetings) {
            self.keep_music(now, id);
            self.record_meeting(now, id);
            let Some(meeting) = self.meetings.get_mut(&id) else { continue };
            let (plan, room) = (meeting.plan(), meeting.room);
            match plan {
                Some(plan) if meeting.told.as_ref() != Some(&plan) => {
                    meeting.told = Some(plan.clone());
                    self.set_room(plan);
                }
                Some(_) => {}
                None => {
                    self.meetings.remove(&id);
                    self.edge(EdgeCommand::CloseRoom { room });
                }
            }
        }
    }

    /// Music for those who wait or are alone.
    fn keep_music(&mut self, now: Timestamp, id: MeetingId) {
        let source = SourceId(self.ids.next(now));
        let Some(meeting) = self.meetings.get_mut(&id) else { return };
        if meeting.talks() {
            meeting.music = None;
        } else {
            let sound = Sound::Music(meeting.rules.music.clone());
            meeting.music.get_or_insert(Source { id: source, sound });
            meeting.chime = None;
        }
    }

    /// Begins to record once they talk; the recording is the first moderator's, or else the first one's.
    fn record_meeting(&mut self, now: Timestamp, id: MeetingId) {
        let recording = RecordingId(self.ids.next(now));
        let Some(meeting) = self.meetings.get_mut(&id) else { return };
        if !meeting.rules.recorded || !meeting.talks() || meeting.recording.is_some() {
            return;
        }
        let first = meeting.parties.iter().find(|party| party.moderator).or(meeting.parties.first());
        if let Some(contact) = first.map(|party| party.contact) {
            meeting.recording = Some((recording, contact));
            self.recordings.insert(recording, (contact, now));
        }
    }

    /// What a supervisor does in a meeting.
    pub(super) fn supervise_meeting(
        &mut self,
        now: Timestamp,
        id: MeetingId,
        deed: &MeetingDeed,
    ) -> Result<(), WireError> {
        let meeting = self.meetings.get_mut(&id).ok_or_else(|| WireError::new("meeting.gone"))?;
        self.touched_meetings.insert(id);
        match deed {
            MeetingDeed::Hush { contact, on } => {
                let party = meeting.party_mut(*contact).ok_or_else(|| WireError::new("party.gone"))?;
                party.hushed = *on;
            }
            MeetingDeed::Kick { contact } => {
                meeting.party(*contact).ok_or_else(|| WireError::new("party.gone"))?;
                self.note_end(*contact, AttendanceEnd::Kicked);
                self.end_call(now, *contact, Cause::Normal);
            }
            MeetingDeed::Lock { on } => meeting.locked = *on,
            MeetingDeed::End => self.end_meeting(now, id, AttendanceEnd::Closed),
        }
        Ok(())
    }

    /// What the audit log calls what was done: meeting, room and contact.
    pub(super) fn meeting_subject(&self, id: MeetingId, deed: &MeetingDeed) -> String {
        let room = self.meetings.get(&id).map(|meeting| meeting.rules.id.to_string());
        let contact = deed.contact().map(|contact| contact.to_string());
        [Some(id.to_string()), room, contact].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// The meetings that go on, the longest first.
    pub(super) fn meetings_view(&self) -> Vec<MeetingLine> {
        let mut lines: Vec<MeetingLine> = self.meetings.values().map(|meeting| self.meeting_line(meeting)).collect();
        lines.sort_by_key(|line| (line.began, line.meeting));
        lines
    }

    fn meeting_line(&self, meeting: &Meeting) -> MeetingLine {
        let party = |party: &Attendee| {
            let call: Option<&Call> = self.calls.get(&party.contact);
            MeetingParty {
                contact: party.contact,
                name: call.map(|call| self.customer_name(call)).unwrap_or_default(),
                moderator: party.moderator,
                muted: !meeting.is_heard(party),
                hushed: party.hushed,
                silent: call.is_some_and(|call| call.customer.silent_since.is_some()),
                since: party.since,
            }
        };
        MeetingLine {
            meeting: meeting.id,
            name: meeting.rules.name.clone(),
            number: meeting.rules.number.as_str().to_owned(),
            began: meeting.began,
            waits: meeting.waits(),
            locked: meeting.locked,
            quiet: meeting.quiet,
            recorded: meeting.recording.is_some(),
            parties: meeting.parties.iter().map(party).collect(),
        }
    }
}

/// How many are in a meeting, as it is said.
fn count(meeting: &Meeting, language: Language) -> Vec<String> {
    let parties = meeting.parties.len().to_string();
    std::iter::once("meeting-count".to_owned()).chain(speech::value(language, ReadAs::Number, &parties)).collect()
}

impl Attendance {
    /// Of somebody who is at a room's door.
    const fn of(room: MeetingRoomId, name: String) -> Self {
        Self {
            room,
            name,
            meeting: None,
            moderator: false,
            joined: None,
            stayed: Millis::ZERO,
            wrong_pins: 0,
            ended: None,
        }
    }
}
