//! The far end passes its call on (REFER, blind transfer): somebody else takes the customer's place.
//!
//! What may not be dialled is refused before anything rings, and so is a call in which more than customer and agent are.
//! Until the new party answers the agent hears ringing, and the old leg is kept aside as *referrer*: it is told what
//! came of it, and has its place back if nobody answers and it is still there.

use super::commands::DIAL_TIMEOUT;
use super::{Floor, LegOwner};
use crate::call::{Call, CustomerSide, MOST_TOLD, Phase};
use crate::desk::Engagement;
use crate::edge::{Cause, EdgeCommand, LegRole, Quality, Sound};
use crate::facts::{Fact, LegFact};
use crate::ids::{ContactId, LegId, TrunkId};
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use crate::wire::control::Told;

/// How a card says to whom a call was referred.
const REFERRED_TO: &str = "referred_to";

impl Floor {
    /// The far end of this leg asks to be replaced by `to`.
    pub(super) fn referred(&mut self, now: Timestamp, leg: LegId, to: PhoneNumber) {
        let Some((contact, trunk, from)) = self.referable(now, leg, &to) else {
            return self.edge(EdgeCommand::ReferDone { leg, failed: Some(Cause::Rejected) });
        };
        let new = LegId(self.ids.next(now));
        self.legs.insert(leg, LegOwner::Referrer(contact));
        self.legs.insert(new, LegOwner::Customer(contact));
        let place = CustomerSide {
            leg: new,
            sip: true,
            answered: false,
            alerted: true,
            silent_since: None,
            hushed: false,
            gone: None,
        };
        let mut user = None;
        self.with_call(contact, |call| {
            call.referrer = Some(std::mem::replace(&mut call.customer, place));
            call.referred = true;
            call.enter(now, Phase::Dialling { early_media: false });
            call.told.insert(0, Told { name: REFERRED_TO.to_owned(), value: to.as_str().to_owned() });
            call.told.truncate(MOST_TOLD);
            user = call.agent.as_ref().map(|agent| agent.user);
        });
        self.play(now, contact, Some(Sound::Ringback));
        let role = LegRole::Dialled(contact);
        self.edge(EdgeCommand::Dial { leg: new, role, trunk, to, from, timeout: DIAL_TIMEOUT });
        if let Some(user) = user {
            self.act(now, user, |activity| activity.engage(now, Engagement::Dialling(contact)));
        }
    }

    /// The call of this leg and the way to `to`, if the far end may be replaced now. Counts a call to an outside number, so
    /// nothing may refuse after it.
    fn referable(&mut self, now: Timestamp, leg: LegId, to: &PhoneNumber) -> Option<(ContactId, TrunkId, PhoneNumber)> {
        let Some(LegOwner::Customer(contact)) = self.legs.get(&leg).copied() else { return None };
        let two = |call: &&Call| {
            let with = call.agent.as_ref().is_some_and(|agent| !agent.away);
            with && call.is_together() && call.side.is_none() && call.sides.is_empty() && call.guests.is_empty()
        };
        self.calls.get(&contact).filter(two).filter(|call| call.referrer.is_none())?;
        let (trunk, from) = self.setup.route(to).filter(|_| !self.draining)?;
        self.permit(now).ok()?;
        Some((contact, trunk, from))
    }

    /// The new party has answered: the old one hears so, and goes.
    pub(super) fn referral_answered(&mut self, contact: ContactId) {
        let referrer = self.calls.get(&contact).and_then(|call| call.referrer.as_ref()).map(|side| side.leg);
        if let Some(leg) = referrer {
            self.edge(EdgeCommand::ReferDone { leg, failed: None });
            self.edge(EdgeCommand::End { leg, cause: Cause::Normal });
        }
    }

    /// The new party was not reached: the old one has its place back, if it is still there. Whether it was.
    pub(super) fn referral_failed(
        &mut self,
        now: Timestamp,
        contact: ContactId,
        cause: Cause,
        quality: Quality,
    ) -> bool {
        let Some(call) = self.calls.get_mut(&contact) else { return false };
        let dials = matches!(call.phase, Phase::Dialling { .. });
        let Some(old) = call.referrer.take_if(|_| dials) else { return false };
        let (leg, agent) = (old.leg, call.agent.clone());
        let new = std::mem::replace(&mut call.customer, old);
        self.legs.remove(&new.leg);
        self.legs.insert(leg, LegOwner::Customer(contact));
        self.edge(EdgeCommand::ReferDone { leg, failed: Some(cause) });
        self.customer_left(now, contact, new.leg, cause, quality);
        if let Some(agent) = agent {
            self.talk(now, contact, agent);
        }
        true
    }

    /// The old leg is gone.
    pub(super) fn referrer_gone(
        &mut self,
        now: Timestamp,
        contact: ContactId,
        leg: LegId,
        cause: Cause,
        quality: Quality,
    ) {
        self.legs.remove(&leg);
        self.with_call(contact, |call| call.referrer = None);
        self.customer_left(now, contact, leg, cause, quality);
    }

    /// A leg that stood in the customer's place, for the record.
    fn customer_left(&mut self, now: Timestamp, contact: ContactId, leg: LegId, cause: Cause, quality: Quality) {
        let Some(call) = self.calls.get(&contact) else { return };
        let (sip, began) = (call.customer.sip, call.began);
        self.fact(Fact::Leg(LegFact {
            id: leg,
            contact,
            agent: None,
            outside: None,
            sip,
            began,
            ended: now,
            cause,
            quality: Some(quality),
        }));
    }

    /// Whether this leg waits aside for what comes of its REFER.
    pub(super) fn is_referrer_of(&self, contact: ContactId, leg: LegId) -> bool {
        let referrer = self.calls.get(&contact).filter(|call| !call.is_over()).and_then(|call| call.referrer.as_ref());
        referrer.is_some_and(|side| side.leg == leg)
    }

    /// Calls in which we dialled for the far end.
    pub(super) fn referred_calls(&self) -> usize {
        self.calls.values().filter(|call| call.referred && !call.is_over()).count()
    }
}
