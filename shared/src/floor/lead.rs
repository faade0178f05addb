//! Where a contact is led that waits for no agent here (any more).
//!
//! Whatever is no queue is walked as a flow, a drawn one or one of the house's own, so that voicemail, callbacks and
//! numbers outside exist once: as nodes of the interpreter. A contact is led out of a queue or a walk; one that an agent
//! has is passed on first ([`super::pass_on`]).

use super::{Floor, Output};
use crate::acd;
use crate::call::Phase;
use crate::edge::Cause;
use crate::engine::Engine;
use crate::flow::{self, Alarm, Beginning, Fault, Flow, FlowRef, Run, house};
use crate::ids::{ContactId, FlowId};
use crate::time::Timestamp;
use crate::wire::rest::Language;
use crate::wire::routing::Destination;

impl Floor {
    /// Leads a contact on, out of its queue or its walk. Offers of it are withdrawn.
    pub(super) fn send(&mut self, now: Timestamp, contact: ContactId, to: &Destination) {
        let language = self.language_of(contact);
        match to {
            Destination::Queue(queue) => self.enqueue(now, contact, *queue, 0),
            Destination::Flow(flow) => self.walk_flow(now, contact, *flow),
            Destination::Voicemail(mailbox) => self.walk_house(now, contact, house::voicemail(*mailbox, language)),
            Destination::Callback(queue) => self.walk_house(now, contact, house::callback(*queue, language)),
            Destination::Outside(number) => self.walk_house(now, contact, house::outside(number, language)),
            Destination::HangUp => self.end_call(now, contact, Cause::Ended),
        }
    }

    /// Walks the published version of a flow from its start. One that is gone meanwhile leads to the number's fall-back.
    pub(super) fn walk_flow(&mut self, now: Timestamp, contact: ContactId, flow: FlowId) {
        match self.setup.published(flow) {
            Some(version) => self.walk_anew(now, contact, FlowRef { flow, version }),
            None => {
                let alarm = Box::new(Alarm { at: None, fault: Fault::NoFlow(flow) });
                self.out.push_back(Output::Alarm { contact, alarm });
                self.end_call(now, contact, Cause::Failed);
            }
        }
    }

    /// Walks a flow that the house drew for this contact.
    pub(super) fn walk_house(&mut self, now: Timestamp, contact: ContactId, flow: Flow) {
        self.with_call(contact, |call| call.house = Some(Box::new(flow)));
        self.walk_anew(now, contact, FlowRef::HOUSE);
    }

    fn walk_anew(&mut self, now: Timestamp, contact: ContactId, flow: FlowRef) {
        let Some(call) = self.calls.get(&contact).filter(|call| !call.is_over() && call.agent.is_none()) else {
            return;
        };
        let called = call.entered.and_then(|id| self.setup.number_by_id(id)).map(|number| number.number.clone());
        let beginning = Beginning { caller: call.party.number.clone(), called, answered: call.customer.answered };
        let customer = call.party.card.as_ref().map(|card| card.customer);
        let mut walk = Run::new(flow, &beginning);
        if let Some(customer) = customer {
            walk.customer(customer);
        }
        self.held.remove(&contact);
        self.acd.handle(now, acd::Input::Leave(contact));
        self.with_call(contact, |call| {
            call.enter(now, Phase::Portal(walk));
            call.source = None;
        });
        self.portal(now, contact, flow::Input::Start);
    }

    /// What a contact has heard last: its walk's language, else its queue's.
    fn language_of(&self, contact: ContactId) -> Language {
        let Some(call) = self.calls.get(&contact) else { return Language::default() };
        let queue = call.queue.and_then(|id| self.setup.queues.get(&id));
        // Who came straight to a queue has walked nothing that anybody drew.
        let walked = call.run().filter(|run| queue.is_none() || run.flows().any(|at| at.version > 0));
        walked.map(Run::language).or(queue.map(|queue| queue.language)).unwrap_or_default()
    }
}
