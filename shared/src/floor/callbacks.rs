//! Callbacks on the floor: who books one, and how it is told to the store.

use super::Floor;
use super::setup::Setup;
use crate::callback::{Around, Booking, Place, Refused};
use crate::facts::Fact;
use crate::ids::{CallbackId, QueueId};
use crate::time::Timestamp;
use crate::wire::WireError;
use crate::wire::callbacks::CallbackRules;

impl Around for Setup {
    fn rules(&self, queue: QueueId) -> Option<CallbackRules> {
        self.queues.contains_key(&queue).then(CallbackRules::default)
    }

    fn opens(&self, now: Timestamp, queue: QueueId) -> Option<Timestamp> {
        self.queues.contains_key(&queue).then_some(now)
    }
}

/// What is told to who asked.
fn words(refused: Refused) -> WireError {
    WireError::new(match refused {
        Refused::Gone => "callback.gone",
        Refused::Calling => "callback.calling",
        Refused::TooMany => "callback.too_many",
        Refused::Closed => "callback.closed",
    })
}

impl Floor {
    /// Books a callback, or finds the one that this number has in this queue already. One that comes from a contact keeps
    /// the place which that has, or had last, in a line.
    ///
    /// # Errors
    /// `callback.no_number`, `queue.unknown`, `agent.unknown`, `number.not_allowed` (one that the floor shall call, but
    /// must not), `callback.too_many`, `callback.closed`.
    pub fn book_callback(&mut self, now: Timestamp, booking: Booking) -> Result<CallbackId, WireError> {
        if booking.queue.is_some_and(|queue| !self.setup.queues.contains_key(&queue)) {
            return Err(WireError::new("queue.unknown"));
        }
        if booking.user.is_some_and(|user| !self.setup.users.contains_key(&user)) {
            return Err(WireError::new("agent.unknown"));
        }
        if booking.reason.is_automatic() {
            let number = booking.number.as_ref().ok_or_else(|| WireError::new("callback.no_number"))?;
            if booking.queue.is_none() {
                return Err(WireError::new("queue.unknown"));
            }
            self.setup.route(number).ok_or_else(|| WireError::new("number.not_allowed"))?;
        }
        let queued = booking.contact.and_then(|contact| self.calls.get(&contact)?.queued);
        let place = Place { entered: queued.unwrap_or(now), bonus: 0 };
        let id = CallbackId(self.ids.next(now));
        self.callbacks.book(now, id, booking, place, &self.setup).map_err(words)
    }

    /// Tells the store what changed.
    pub(super) fn tell_callbacks(&mut self) {
        for callback in self.callbacks.changed() {
            self.fact(Fact::Callback(Box::new(callback)));
        }
    }
}
