//! Voicemail: a beep, then the caller's voice alone is recorded until they press `#`, hang up, fall silent or reach the
//! limit. The interpreter's node *voicemail* is the only way here.
//!
//! A message is known by its recording. Whether it is kept shows when that is closed: what nobody said anything in, and
//! what is shorter than a word, is thrown away.

use super::{Floor, Output, SocketId, Timer};
use crate::call::{Call, Ending, MessageSide};
use crate::callback::Booking;
use crate::edge::Sound;
use crate::facts::{Fact, MessageFact, RecordingFact};
use crate::flow;
use crate::flow::model::Mailbox;
use crate::ids::{ContactId, RecordingId, SourceId, UserId};
use crate::perms::Permission;
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::callbacks::Reason;
use crate::wire::desk::ToDesk;
use serde::{Deserialize, Serialize};

/// What callers hear before they speak.
const BEEP: &str = "tones/beep";

/// The key that ends a message.
const END: char = '#';

/// Shorter ones are of callers who hang up as they hear the beep.
const SHORTEST: Millis = Millis(1500);

/// What is known of a message before its recording is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Left {
    mailbox: Mailbox,
    number: Option<PhoneNumber>,
    name: Option<String>,
    /// Nothing was said on it.
    empty: bool,
}

impl Floor {
    /// Beeps; what follows is the message.
    pub(super) fn beep(&mut self, now: Timestamp, contact: ContactId, mailbox: Mailbox, limit: Millis) {
        self.answer(contact);
        self.with_call(contact, |call| {
            // What was said to an agent before is a recording of its own.
            call.recording = None;
            call.message = Some(MessageSide { mailbox, limit, until: None });
        });
        self.play(now, contact, Some(Sound::Prompt(vec![BEEP.to_owned()])));
    }

    /// Whether it was the beep that is over now; if so, the message begins.
    pub(super) fn beeped(&mut self, now: Timestamp, contact: ContactId, source: SourceId) -> bool {
        let Some(call) = self.calls.get_mut(&contact) else { return false };
        let beeps = call.source.as_ref().is_some_and(|playing| playing.id == source);
        let Some(message) = call.message.as_mut().filter(|message| beeps && message.until.is_none()) else {
            return false;
        };
        let until = now + message.limit;
        message.until = Some(until);
        let left = Left {
            mailbox: message.mailbox,
            number: call.party.number.clone(),
            name: call.party.known_as().map(str::to_owned),
            empty: false,
        };
        call.source = None;
        self.touched_calls.insert(contact);
        self.begin_recording(now, contact);
        let recording = self.calls.get(&contact).and_then(|call| call.recording);
        self.messages.extend(recording.map(|recording| (recording.id, left)));
        self.timers.insert((until, Timer::Message(contact)));
        true
    }

    /// The limit is reached, if it is still the same message.
    pub(super) fn message_due(&mut self, now: Timestamp, contact: ContactId) {
        let message = self.calls.get(&contact).and_then(|call| call.message);
        if message.and_then(|message| message.until).is_some_and(|until| until <= now) {
            self.end_message(now, contact);
        }
    }

    /// The caller has said nothing for long, or nothing at all.
    pub(super) fn quiet(&mut self, now: Timestamp, recording: RecordingId, spoken: bool) {
        if let Some(left) = self.messages.get_mut(&recording) {
            left.empty = !spoken;
        }
        let records = |call: &&Call| call.recording.is_some_and(|side| side.id == recording) && call.message.is_some();
        if let Some(contact) = self.recordings.get(&recording).map(|(contact, _)| *contact)
            && self.calls.get(&contact).filter(records).is_some()
        {
            self.end_message(now, contact);
        }
    }

    /// A key that the customer pressed: the end of a message, or the flow's.
    pub(super) fn key(&mut self, now: Timestamp, contact: ContactId, digit: char) {
        let message = self.calls.get(&contact).and_then(|call| call.message);
        match message.and_then(|message| message.until) {
            Some(_) if digit == END => self.end_message(now, contact),
            Some(_) | None => self.portal(now, contact, flow::Input::Digit(digit)),
        }
    }

    fn end_message(&mut self, now: Timestamp, contact: ContactId) {
        self.close_message(now, contact);
        self.portal(now, contact, flow::Input::Recorded);
    }

    /// Closes the message that is being left, if one is, also of a caller who hangs up.
    pub(super) fn close_message(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let Some(message) = call.message.take() else { return };
        self.touched_calls.insert(contact);
        let recording = call.recording.take_if(|_| message.until.is_some());
        let Some(recording) = recording else { return };
        let empty = self.messages.get(&recording.id).is_none_or(|left| left.empty);
        if !empty && now.since(recording.began) >= SHORTEST {
            call.ending = Some(Ending::Message);
        }
    }

    /// A recording is closed, a message's or a talk's.
    pub(super) fn recorded(&mut self, now: Timestamp, id: RecordingId, length: Millis, fault: Option<String>) {
        let Some((contact, began)) = self.recordings.remove(&id) else { return };
        let left = self.messages.remove(&id);
        if left.as_ref().is_some_and(|left| left.empty || length < SHORTEST) {
            return self.out.push_back(Output::Discard(id));
        }
        let Some(left) = left else {
            return self.fact(Fact::Recording(RecordingFact { id, contact, began, length, fault }));
        };
        self.book_message(now, contact, id, &left);
        let Left { mailbox, number, name, .. } = left;
        self.fact(Fact::Message(MessageFact { id, contact, mailbox, number, name, left: began, length, fault }));
    }

    /// The pages of those who may hear this box ask anew how many messages are new.
    pub(super) fn messages_changed(&mut self, mailbox: Mailbox) {
        self.tell_messages(|floor, user| floor.may_hear(user, mailbox));
    }

    /// The pages of these people ask anew how many messages are new.
    pub(super) fn tell_messages(&mut self, to: impl Fn(&Self, UserId) -> bool) {
        let spectators = self.spectators.iter().map(|(socket, spectator)| (*socket, spectator.user()));
        let pages = self.desks.iter().map(|(socket, user)| (*socket, *user)).chain(spectators);
        let theirs: Vec<SocketId> = pages.filter(|(_, user)| to(self, *user)).map(|(socket, _)| socket).collect();
        for socket in theirs {
            self.tell_desk(socket, ToDesk::Messages);
        }
    }

    fn may_hear(&self, user: UserId, mailbox: Mailbox) -> bool {
        let own = match mailbox {
            Mailbox::Agent(owner) => owner == user,
            Mailbox::Queue(queue) => self.setup.users.get(&user).is_some_and(|user| user.queues.contains(&queue)),
            Mailbox::Team(team) => self.setup.is_of_team(user, team),
        };
        self.may(user, Permission::HearAllMessages) || own && self.may(user, Permission::HearOwnMessages)
    }

    /// Somebody should call back whoever left a message and can be called.
    fn book_message(&mut self, now: Timestamp, contact: ContactId, id: RecordingId, left: &Left) {
        if left.number.is_none() {
            return;
        }
        let (number, name) = (left.number.clone(), left.name.clone());
        let booking = Booking {
            contact: Some(contact),
            queue: left.mailbox.queue(),
            user: left.mailbox.agent(),
            team: left.mailbox.team(),
            number,
            name,
            reason: Reason::Voicemail,
            message: Some(id),
            due: None,
        };
        // What stands in the way (a queue or team that is gone, too many are open) costs the task, never the message.
        let _ = self.book_callback(now, booking);
    }
}
