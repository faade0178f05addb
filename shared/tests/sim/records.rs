//! What goes to the store, added up again.

use crate::Step;
use hark_shared::edge::{EdgeCommand, EdgeEvent, LegRole};
use hark_shared::facts::{ContactFact, Fact, LegFact, SpanFact};
use hark_shared::floor::{Input, Output};
use hark_shared::ids::{ContactId, LegId, OfferId, UserId};
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::callbacks::Stage;
use hark_shared::wire::desk::{DeskCommand, ToDesk, Via};
use hark_shared::wire::parties::{CallAction, Target};
use hark_shared::wire::rest::{OfferEnd, Outcome};
use hark_shared::wire::routing::Destination;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Whether a command was carried out.
fn did(step: &Step, id: Uuid) -> bool {
    let done = |output: &Output| matches!(output, Output::Desk { message, .. } if matches!(message.as_ref(), ToDesk::Done { id: done } if *done == id));
    step.outputs.iter().any(done)
}

/// Whether a command may dial.
fn dials_one(command: &DeskCommand) -> bool {
    matches!(
        command,
        DeskCommand::Dial { .. }
            | DeskCommand::Call { action: CallAction::Reach { target: Target::Number { .. }, .. }, .. }
    )
}

/// Whether an agent asks a number to the side of a call.
fn reaches(input: Option<&Input>) -> bool {
    matches!(input, Some(Input::Desk { command: command @ DeskCommand::Call { .. }, .. }) if dials_one(command))
}

#[derive(Default)]
pub struct Records {
    records: BTreeMap<ContactId, (u64, ContactFact)>,
    /// Contacts that have begun.
    begun: BTreeSet<ContactId>,
    arrived: BTreeSet<LegId>,
    customers: BTreeSet<LegId>,
    with_agents: BTreeMap<ContactId, i64>,
    accepted: BTreeSet<ContactId>,
    ended_offers: BTreeSet<OfferId>,
    shown_offers: BTreeSet<OfferId>,
    spans: BTreeMap<UserId, Timestamp>,
    dialled: BTreeSet<Uuid>,
    /// Legs of numbers that were asked to the side of a call.
    guests: BTreeSet<LegId>,
    /// Contacts that agents shared: more than one was there, or nobody while it was parked.
    shared: BTreeSet<ContactId>,
}

/// The contact by which somebody is called back from now on.
fn called_back(output: &Output) -> Option<ContactId> {
    let Output::Fact(fact) = output else { return None };
    match &fact.fact {
        Fact::Callback(callback) => match callback.stage {
            Stage::Calling { contact, .. } => Some(contact),
            Stage::Waiting | Stage::InLine | Stage::InHand(_) | Stage::Over { .. } => None,
        },
        _ => None,
    }
}

impl Records {
    pub fn see(&mut self, step: &Step, offers: impl Iterator<Item = OfferId>) -> Result<(), String> {
        self.shown_offers.extend(offers);
        match step.input {
            Some(Input::Edge(EdgeEvent::Incoming { leg, .. })) => {
                self.arrived.insert(*leg);
            }
            Some(Input::Desk { id, command, .. }) => {
                self.counts_once(step, *id, command)?;
                match command {
                    DeskCommand::PickUp { contact } if did(step, *id) => {
                        self.accepted.insert(*contact);
                    }
                    DeskCommand::Call { contact, .. } | DeskCommand::Retrieve { contact } if did(step, *id) => {
                        self.shared.insert(*contact);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        for output in step.outputs {
            match output {
                Output::Edge(EdgeCommand::Dial { leg, .. }) if reaches(step.input) => {
                    self.guests.insert(*leg);
                }
                Output::Edge(
                    EdgeCommand::Connect { leg, role: LegRole::Customer(contact), .. }
                    | EdgeCommand::Dial { leg, role: LegRole::Dialled(contact), .. },
                ) => {
                    self.arrived.insert(*leg);
                    self.begun.insert(*contact);
                }
                // The place of a callback is looked up too, and is no contact before it is dialled.
                Output::LookUp { contact, .. }
                    if matches!(step.input, Some(Input::Edge(EdgeEvent::Incoming { .. }))) =>
                {
                    self.begun.insert(*contact);
                }
                Output::Fact(fact) => self.fact(step.now, fact.version, &fact.fact)?,
                _ => {}
            }
        }
        Ok(())
    }

    /// Every command is answered once, and dials at most one number, however often it is sent.
    fn counts_once(&mut self, step: &Step, id: Uuid, command: &DeskCommand) -> Result<(), String> {
        let answers = |output: &&Output| {
            let Output::Desk { message, .. } = output else { return false };
            matches!(message.as_ref(), ToDesk::Done { id: said } | ToDesk::Refused { id: said, .. } if *said == id)
        };
        let count = step.outputs.iter().filter(answers).count();
        if count != 1 {
            return Err(format!("{command:?} got {count} answers"));
        }
        let back: BTreeSet<ContactId> = step.outputs.iter().filter_map(called_back).collect();
        let dials = step.outputs.iter().filter(|output| match output {
            Output::Edge(EdgeCommand::Dial { role: LegRole::Dialled(contact), .. }) => !back.contains(contact),
            _ => false,
        });
        match dials.count() {
            0 => Ok(()),
            1 if dials_one(command) && self.dialled.insert(id) => Ok(()),
            _ => Err(format!("{command:?} dialled again")),
        }
    }

    fn fact(&mut self, now: Timestamp, version: u64, fact: &Fact) -> Result<(), String> {
        match fact {
            Fact::Contact(record) => self.record(version, record),
            Fact::Offer(offer) => {
                if offer.end == OfferEnd::Accepted {
                    self.accepted.insert(offer.contact);
                }
                let whole = offer.made <= offer.ended && offer.ended == now;
                let first = self.ended_offers.insert(offer.id);
                if whole && first { Ok(()) } else { Err(format!("an offer ended twice or at another time: {offer:?}")) }
            }
            Fact::Leg(leg) => self.leg(leg),
            Fact::Span(span) => self.span(span),
            Fact::Recording(_)
            | Fact::Consult(_)
            | Fact::Audit(_)
            | Fact::Trail(_)
            | Fact::Survey(_)
            | Fact::Message(_)
            | Fact::Callback(_) => Ok(()),
        }
    }

    fn leg(&mut self, leg: &LegFact) -> Result<(), String> {
        if leg.agent.is_some() {
            *self.with_agents.entry(leg.contact).or_default() += (leg.ended - leg.began).0;
            return Ok(());
        }
        if self.guests.contains(&leg.id) {
            return Ok(());
        }
        if self.customers.insert(leg.id) { Ok(()) } else { Err(format!("{} is recorded twice", leg.id)) }
    }

    fn span(&mut self, span: &SpanFact) -> Result<(), String> {
        let before = self.spans.insert(span.agent, span.ended);
        let whole = before.is_none_or(|ended| ended == span.began) && span.began <= span.ended;
        if whole { Ok(()) } else { Err(format!("a gap in attendance: {span:?}")) }
    }

    fn record(&mut self, version: u64, record: &ContactFact) -> Result<(), String> {
        if let Some((before, old)) = self.records.insert(record.id, (version, record.clone())) {
            let same = (old.ended, old.cause, old.outcome, old.agent, old.waited, old.talked)
                == (record.ended, record.cause, record.outcome, record.agent, record.waited, record.talked);
            if before >= version || !same || record.wrap_up < old.wrap_up {
                return Err(format!("a record changed its mind: {old:?}, then {record:?}"));
            }
        }
        Ok(())
    }

    /// What each record says, against what else is known of the contact.
    fn adds_up(&self, record: &ContactFact) -> Result<(), String> {
        let together = record.talked + record.held;
        let (since, spent) = match (&record.via, record.queued, record.answered) {
            (Via::Outbound, _, answered) => (answered, together),
            (Via::Phone { .. } | Via::Web { .. }, queued, _) => (queued, record.waited + together),
        };
        let whole = since.map_or(Millis::ZERO, |since| record.ended - since);
        // Who was led into a flow was in no queue meanwhile.
        let walked = record.hops.iter().any(|hop| !matches!(hop.to, Destination::Queue(_)));
        if spent != whole && !(walked && spent < whole) {
            return Err(format!("{spent:?} were spent of {whole:?}: {record:?}"));
        }
        let with_agents = self.with_agents.get(&record.id).copied().unwrap_or(0);
        let alone = !self.shared.contains(&record.id);
        if record.answered.is_some() && alone && with_agents != together.0 {
            return Err(format!("agents were there for {with_agents} ms: {record:?}"));
        }
        let answered = self.accepted.contains(&record.id);
        let fits = match record.outcome {
            Outcome::Answered => answered,
            Outcome::Abandoned => !answered && record.queued.is_some(),
            Outcome::LeftInMenu => !answered && record.queued.is_none(),
            Outcome::Callback => !answered,
            Outcome::Connected => record.via == Via::Outbound && record.answered.is_some(),
            Outcome::NotConnected => record.via == Via::Outbound && record.answered.is_none(),
            Outcome::Refused | Outcome::Message | Outcome::Fax | Outcome::Meeting => !answered,
        };
        if fits { Ok(()) } else { Err(format!("the outcome is another: {record:?}")) }
    }

    pub fn close(&self) -> Result<(), String> {
        let recorded: BTreeSet<ContactId> = self.records.keys().copied().collect();
        if recorded != self.begun {
            return Err(format!("contacts without a record: {:?}", self.begun.difference(&recorded)));
        }
        if self.arrived != self.customers {
            return Err(format!("legs that never ended: {:?}", self.arrived.difference(&self.customers)));
        }
        if let Some(offer) = self.shown_offers.difference(&self.ended_offers).next() {
            return Err(format!("{offer} never ended"));
        }
        self.records.values().try_for_each(|(_, record)| self.adds_up(record))
    }
}
