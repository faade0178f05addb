//! Fax machines that call: led where the number says, or hung up on, before they take an agent's time.

use super::{Floor, LegOwner};
use crate::call::{Ending, Phase};
use crate::edge::Cause;
use crate::ids::LegId;
use crate::time::{Millis, Timestamp};

/// A machine's tone is its first sound. Whoever has been there for longer is a person, near whom something beeps.
const WITHIN: Millis = Millis::from_secs(40);

impl Floor {
    /// The edge heard a machine's calling tone.
    pub(super) fn fax(&mut self, now: Timestamp, leg: LegId) {
        let Some(LegOwner::Customer(contact)) = self.legs.get(&leg).copied() else { return };
        let Some(call) = self.calls.get(&contact) else { return };
        let nobody_talks = matches!(call.phase, Phase::Portal(_) | Phase::Queued { .. } | Phase::Asked { .. });
        if !nobody_talks || call.answered.is_some() || call.ending.is_some() || now.since(call.began) > WITHIN {
            return;
        }
        let there = call.entered.and_then(|id| self.setup.number_by_id(id)).and_then(|number| number.fax.clone());
        self.stop_asking(now, contact);
        self.close_message(now, contact);
        self.give_up_outside(contact, Cause::Cancelled);
        self.with_call(contact, |call| call.ending = Some(Ending::Fax));
        match there {
            Some(there) => self.send(now, contact, &there),
            None => self.end_call(now, contact, Cause::Ended),
        }
    }
}
