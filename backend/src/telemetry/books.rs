//! What a tenant's floor and edge report, as counters.

use super::{CALL_ANSWER, CALL_TALK, CALL_WAIT, CALLS, LEGS_ENDED, MOS, OFFER_RING, OFFERS, RECORDINGS, RTP, seconds};
use hark_shared::edge::{Cause, EdgeEvent};
use hark_shared::facts::{ContactFact, Fact};
use hark_shared::ids::{ContactId, TenantId};
use hark_shared::time::Millis;
use hark_shared::wire::desk::Via;
use hark_shared::wire::rest::{OfferEnd, Outcome};
use metrics::{counter, histogram};
use std::collections::{BTreeSet, VecDeque};

/// Contacts remembered as counted: a record comes again while its agent wraps up, so more than agents of a floor.
const COUNTED: usize = 20_000;

/// Counts for one tenant. A contact's record is stored several times and counted once.
#[derive(Debug)]
pub struct Books {
    tenant: String,
    counted: BTreeSet<ContactId>,
    order: VecDeque<ContactId>,
}

impl Books {
    /// Empty books.
    #[must_use]
    pub fn new(tenant: TenantId) -> Self {
        Self { tenant: tenant.to_string(), counted: BTreeSet::new(), order: VecDeque::new() }
    }

    /// A fact that the floor hands to the store.
    pub fn fact(&mut self, fact: &Fact) {
        let tenant = || self.tenant.clone();
        match fact {
            Fact::Contact(contact) => self.contact(contact),
            Fact::Offer(offer) => {
                let result = offer_word(offer.end);
                counter!(OFFERS, "tenant" => tenant(), "result" => result).increment(1);
                histogram!(OFFER_RING, "tenant" => tenant(), "result" => result)
                    .record(seconds(offer.ended.since(offer.made)));
            }
            Fact::Recording(recording) => {
                let fault = if recording.fault.is_some() { "yes" } else { "no" };
                counter!(RECORDINGS, "tenant" => tenant(), "fault" => fault).increment(1);
            }
            Fact::Leg(_)
            | Fact::Span(_)
            | Fact::Consult(_)
            | Fact::Audit(_)
            | Fact::Trail(_)
            | Fact::Survey(_)
            | Fact::Message(_)
            | Fact::Callback(_) => {}
        }
    }

    /// An event of the edge that the floor is told.
    pub fn edge(&self, event: &EdgeEvent) {
        let EdgeEvent::Ended { cause, quality, .. } = event else { return };
        let tenant = || self.tenant.clone();
        counter!(LEGS_ENDED, "tenant" => tenant(), "cause" => cause_word(*cause)).increment(1);
        counter!(RTP, "tenant" => tenant(), "fate" => "received").increment(quality.received);
        counter!(RTP, "tenant" => tenant(), "fate" => "lost").increment(quality.lost);
        if let Some(mos) = quality.mos {
            histogram!(MOS, "tenant" => tenant()).record(f64::from(mos));
        }
    }

    fn contact(&mut self, contact: &ContactFact) {
        if !self.counted.insert(contact.id) {
            return;
        }
        self.order.push_back(contact.id);
        if self.order.len() > COUNTED
            && let Some(oldest) = self.order.pop_front()
        {
            self.counted.remove(&oldest);
        }
        let (tenant, via) = (|| self.tenant.clone(), via_word(&contact.via));
        counter!(CALLS, "tenant" => tenant(), "via" => via, "outcome" => outcome_word(contact.outcome)).increment(1);
        if contact.queued.is_some() {
            histogram!(CALL_WAIT, "tenant" => tenant(), "via" => via).record(seconds(contact.waited));
        }
        if let Some(answered) = contact.answered {
            histogram!(CALL_ANSWER, "tenant" => tenant(), "via" => via).record(seconds(answered.since(contact.began)));
        }
        if contact.talked > Millis::ZERO {
            histogram!(CALL_TALK, "tenant" => tenant(), "via" => via).record(seconds(contact.talked));
        }
    }
}

const fn via_word(via: &Via) -> &'static str {
    match via {
        Via::Phone { .. } => "phone",
        Via::Web { .. } => "web",
        Via::Outbound => "outbound",
    }
}

const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Answered => "answered",
        Outcome::Abandoned => "abandoned",
        Outcome::LeftInMenu => "left_in_menu",
        Outcome::Callback => "callback",
        Outcome::Connected => "connected",
        Outcome::NotConnected => "not_connected",
        Outcome::Refused => "refused",
        Outcome::Message => "message",
        Outcome::Fax => "fax",
        Outcome::Meeting => "meeting",
    }
}

const fn offer_word(end: OfferEnd) -> &'static str {
    match end {
        OfferEnd::Accepted => "accepted",
        OfferEnd::TimedOut => "timed_out",
        OfferEnd::Withdrawn => "withdrawn",
        OfferEnd::Lost => "lost",
        OfferEnd::Taken => "taken",
        OfferEnd::Interrupted => "interrupted",
    }
}

const fn cause_word(cause: Cause) -> &'static str {
    match cause {
        Cause::Normal => "normal",
        Cause::Cancelled => "cancelled",
        Cause::Busy => "busy",
        Cause::NoAnswer => "no_answer",
        Cause::Rejected => "rejected",
        Cause::NotFound => "not_found",
        Cause::Congestion => "congestion",
        Cause::Incompatible => "incompatible",
        Cause::Lost => "lost",
        Cause::Failed => "failed",
        Cause::Ended => "ended",
    }
}
