//! Recording: begun with the talk or on demand, silenced while something is said that must not be kept.
//!
//! Whoever pauses a recording for a card number forgets to resume it some day: a pause ends by itself.

use super::{Floor, Timer};
use crate::call::guest::Guest;
use crate::call::{Call, RecordingSide};
use crate::ids::{ContactId, RecordingId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::WireError;
use crate::wire::control::RecordRule;
use crate::wire::desk::Via;

/// How long a pause lasts at most: a card number, its date and code, said twice.
const PAUSE_LIMIT: Millis = Millis::from_secs(60);

impl Floor {
    /// Whether a call may be recorded: what its queue or direction says, and each agent who talks in it; the most
    /// restrictive counts. A call that somebody on duty took outside is, without a queue, one that we dialled.
    pub(super) fn record_rule(&self, call: &Call) -> RecordRule {
        let queue = call.queue.and_then(|id| self.setup.queues.get(&id));
        let by_itself = |on: bool| if on { RecordRule::Always } else { RecordRule::OnDemand };
        let way = match queue {
            Some(queue) => queue.routing.recording.unwrap_or(by_itself(queue.record)),
            None if call.party.via == Via::Outbound || call.on_duty => self.setup.outbound.recording,
            None => by_itself(call.record),
        };
        let guests = call.guests.iter().filter(|guest| guest.talks()).filter_map(Guest::agent);
        let agents = call.agent.iter().map(|agent| agent.user).chain(guests);
        let rules = agents.filter_map(|user| self.setup.users.get(&user)).map(|user| user.recording);
        rules.fold(way, RecordRule::max)
    }

    /// Begins to record where that happens by itself, and lets a recording hold silence where nothing may be kept. Asked
    /// for whenever something changed in the call.
    pub(super) fn keep_record_rule(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact).filter(|call| call.side.is_none()) else { return };
        let rule = self.record_rule(call);
        let ours = call.agent.is_some() || call.on_duty;
        let begins = call.is_together() && ours && call.recording.is_none();
        if begins && rule == RecordRule::Always {
            self.begin_recording(now, contact);
        }
        if let Some(call) = self.calls.get_mut(&contact) {
            // A message is left to be heard, whatever holds for talks.
            call.barred = rule == RecordRule::Never && call.message.is_none();
        }
    }

    /// The agent begins to record, where that is allowed.
    pub(super) fn record(&mut self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        match self.record_rule(self.led(user, contact)?) {
            RecordRule::Never => return Err(WireError::new("recording.never")),
            RecordRule::Always | RecordRule::OnDemand => self.begin_recording(now, contact),
        }
        self.touched_calls.insert(contact);
        Ok(())
    }

    /// Begins to record, unless that is done.
    pub(super) fn begin_recording(&mut self, now: Timestamp, contact: ContactId) {
        let id = RecordingId(self.ids.next(now));
        let Some(call) = self.calls.get_mut(&contact).filter(|call| call.recording.is_none()) else { return };
        call.recording = Some(RecordingSide { id, began: now, paused_until: None });
        self.recordings.insert(id, (contact, now));
    }

    /// Silences the recording, or lets it hear again.
    pub(super) fn pause_recording(&mut self, now: Timestamp, contact: ContactId, on: bool) -> Result<(), WireError> {
        let recording = self.calls.get_mut(&contact).and_then(|call| call.recording.as_mut());
        let recording = recording.ok_or_else(|| WireError::new("recording.none"))?;
        let until = now + PAUSE_LIMIT;
        recording.paused_until = on.then_some(until);
        self.touched_calls.insert(contact);
        if on {
            self.timers.insert((until, Timer::Resume(contact)));
        }
        Ok(())
    }

    /// A pause has lasted long enough, if it is still the same.
    pub(super) fn pause_over(&mut self, now: Timestamp, contact: ContactId) {
        self.with_call(contact, |call| {
            if let Some(recording) = &mut call.recording {
                recording.paused_until = recording.paused_until.filter(|until| *until > now);
            }
        });
    }
}
