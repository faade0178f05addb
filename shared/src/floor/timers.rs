//! What is due when. A timer is checked against the state as it fires; none is ever cancelled.

use super::Floor;
use crate::ids::{ContactId, LegId, MeetingId, OfferId, UserId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Something due at a time. Checked against the state when it fires: what has changed in between needs no cancelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Timer {
    /// A desk's grace is over.
    Grace(UserId),
    /// A desk that was lost is given up.
    GiveUp(UserId),
    /// A wrap-up ends by itself.
    WrapUp(UserId),
    /// A flow or a queue treatment goes on.
    Call(ContactId),
    /// A flow has waited for another system for a while.
    Fetching(ContactId),
    /// An agent whose sound was lost during a call is given up and the customer queued again.
    Silent(ContactId),
    /// A customer's leg without sound is given up.
    CustomerSilent(ContactId),
    /// An agent who spoke again some time ago should be heard by now.
    Company(ContactId),
    /// A call at the side rings out at the agent's desk who is asked.
    Asked(ContactId),
    /// A recording that was paused goes on.
    Resume(ContactId),
    /// Pages that watch see what has changed.
    Watch,
    /// A guest whose sound was lost is given up.
    GuestSilent(ContactId, LegId),
    /// Who calls is still not known.
    Held(ContactId),
    /// An offer is answered for its agent.
    Answer(OfferId),
    /// A parked call comes back to who parked it, or goes on from there.
    Parked(ContactId),
    /// An agent's telephone could not be called.
    Unreachable(UserId),
    /// A message has reached its limit.
    Message(ContactId),
    /// Somebody on duty has not taken the call.
    Confirm(ContactId),
    /// A contact has waited so long that it is led elsewhere, perhaps.
    Overflow(ContactId),
    /// A callback is due, or over; or it is time to look whether those in the line still may be there.
    Callbacks,
    /// A meeting has lasted as long as it may, perhaps.
    Meeting(MeetingId),
}

impl Floor {
    /// Does what is due.
    pub(super) fn due(&mut self, now: Timestamp, timer: Timer) {
        match timer {
            Timer::Grace(user) => self.grace_over(now, user),
            Timer::GiveUp(user) => self.give_up(now, user),
            Timer::WrapUp(user) => self.wrap_up_over(now, user),
            Timer::Call(contact) => self.call_due(now, contact),
            Timer::Fetching(contact) => self.fetching_for_long(now, contact),
            Timer::Silent(contact) => self.silent_for_long(now, contact),
            Timer::CustomerSilent(contact) => self.customer_silent(now, contact),
            Timer::Company(contact) => self.keep_company(now, contact),
            Timer::Resume(contact) => self.pause_over(now, contact),
            Timer::Watch => self.watch_due(now),
            Timer::Asked(contact) => self.asked_for_long(now, contact),
            Timer::GuestSilent(contact, leg) => self.guest_silent_for_long(now, contact, leg),
            Timer::Held(contact) => self.held_long_enough(now, contact),
            Timer::Answer(offer) => self.auto_answer(now, offer),
            Timer::Parked(contact) => self.parked_long_enough(now, contact),
            Timer::Unreachable(user) => self.unreachable(now, user),
            Timer::Message(contact) => self.message_due(now, contact),
            Timer::Confirm(contact) => self.confirm_over(now, contact),
            Timer::Overflow(contact) => self.waited_long(now, contact),
            Timer::Callbacks => self.callbacks_due(now),
            Timer::Meeting(id) => self.meeting_due(now, id),
        }
    }
}
