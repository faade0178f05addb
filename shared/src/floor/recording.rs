//! Recording: begun with the talk or on demand, silenced while something is said that must not be kept.
//!
//! Whoever pauses a recording for a card number forgets to resume it some day: a pause ends by itself.

use super::{Floor, Timer};
use crate::call::RecordingSide;
use crate::ids::{ContactId, RecordingId};
use crate::time::{Millis, Timestamp};
use crate::wire::WireError;

/// How long a pause lasts at most: a card number, its date and code, said twice.
const PAUSE_LIMIT: Millis = Millis::from_secs(60);

impl Floor {
    /// Begins to record, unless that is done.
    pub(super) fn begin_recording(&mut self, now: Timestamp, contact: ContactId) {
        let id = RecordingId(self.ids.next(now));
        let Some(call) = self.calls.get_mut(&contact).filter(|call| call.recording.is_none()) else { return };
        call.recording = Some(RecordingSide { id, began: now, paused_until: None });
        self.recordings.insert(id, (contact, now));
        self.touched_calls.insert(contact);
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
