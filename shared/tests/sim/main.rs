//! Plays seeded days of a floor and checks, from the outside, what must hold whatever happens.
//!
//! The checker keeps books of its own from inputs and outputs; it never asks the engine. A failing seed is printed.

use hark_shared::edge::{EdgeCommand, EdgeEvent};
use hark_shared::facts::Fact;
use hark_shared::floor::{Input, Output};
use hark_shared::ids::{ContactId, LegId, OfferId, RoomId, UserId};
use hark_shared::sim::{hash_of_a_day, play, small_center};
use hark_shared::time::Timestamp;
use hark_shared::wire::desk::{DeskChange, OfferCard, ToDesk};
use std::collections::{BTreeMap, BTreeSet};

/// Days played; each takes a fraction of a second.
const SEEDS: std::ops::Range<u64> = 0..12;

#[derive(Default)]
struct Books {
    seed: u64,
    /// Every call that came in, its contact once looked up, and whether its leg is still there.
    arrived: BTreeMap<LegId, Timestamp>,
    contact_of: BTreeMap<LegId, ContactId>,
    waiting: BTreeMap<ContactId, Timestamp>,
    offered: BTreeMap<OfferId, ContactId>,
    ended_offers: BTreeSet<OfferId>,
    records: BTreeMap<ContactId, u64>,
    legs_recorded: BTreeSet<LegId>,
    gone: BTreeSet<LegId>,
    rooms: BTreeMap<RoomId, Vec<LegId>>,
    spans: BTreeMap<UserId, Timestamp>,
}

impl Books {
    fn see(&mut self, now: Timestamp, input: Option<&Input>, outputs: &[Output]) {
        let mut arriving = None;
        match input {
            Some(Input::Edge(EdgeEvent::Incoming { leg, .. })) => {
                self.arrived.insert(*leg, now);
                arriving = Some(*leg);
            }
            Some(Input::Edge(EdgeEvent::Ended { leg, .. })) => {
                self.gone.insert(*leg);
                if let Some(contact) = self.contact_of.get(leg) {
                    self.waiting.remove(contact);
                }
            }
            _ => {}
        }
        for output in outputs {
            if let (Output::LookUp { contact, .. }, Some(leg)) = (output, arriving) {
                self.contact_of.insert(leg, *contact);
                self.waiting.insert(*contact, now);
            }
        }
        for output in outputs {
            match output {
                Output::Fact(versioned) => self.fact(versioned.version, &versioned.fact),
                Output::Edge(EdgeCommand::SetRoom(plan)) => {
                    let legs = plan.listeners.iter().map(|listener| listener.leg).collect();
                    self.rooms.insert(plan.room, legs);
                }
                Output::Edge(EdgeCommand::CloseRoom { room }) => {
                    self.rooms.remove(room);
                }
                _ => {}
            }
        }
        self.longest_waiting_first(outputs);
        self.no_leg_in_two_rooms();
    }

    /// Nobody who still waits after the step came before one who was offered in it.
    fn longest_waiting_first(&mut self, outputs: &[Output]) {
        let mut latest = None;
        for output in outputs {
            let Some(card) = card(output) else { continue };
            if self.offered.insert(card.offer, card.contact).is_some() {
                continue;
            }
            let came = self.waiting.remove(&card.contact);
            let came = came.unwrap_or_else(|| panic!("seed {}: {} does not wait", self.seed, card.contact));
            latest = latest.max(Some((came, card.contact)));
        }
        let Some((came, offered)) = latest else { return };
        let earlier = self.waiting.iter().find(|(_, since)| **since < came);
        assert_eq!(earlier, None, "seed {}: waits longer than {offered}", self.seed);
    }

    fn fact(&mut self, version: u64, fact: &Fact) {
        match fact {
            Fact::Contact(record) => {
                let before = self.records.insert(record.id, version);
                assert!(before < Some(version), "seed {}: versions grow", self.seed);
                let spent = record.waited.0 + record.talked.0 + record.held.0;
                assert!(spent <= (record.ended - record.began).0, "seed {}: {record:?}", self.seed);
                self.waiting.remove(&record.id);
            }
            Fact::Offer(offer) => {
                assert!(self.ended_offers.insert(offer.id), "seed {}: {} ended twice", self.seed, offer.id);
                // One that ended in the same step as it began was shown to nobody.
                if self.offered.contains_key(&offer.id) && !self.records.contains_key(&offer.contact) {
                    let back = !matches!(offer.end, hark_shared::wire::rest::OfferEnd::Accepted);
                    let leg =
                        self.contact_of.iter().find(|(_, contact)| **contact == offer.contact).map(|(leg, _)| *leg);
                    if let Some(leg) = leg.filter(|leg| back && !self.gone.contains(leg)) {
                        self.waiting.insert(offer.contact, self.arrived[&leg]);
                    }
                }
            }
            Fact::Leg(leg) if leg.agent.is_none() => {
                assert!(self.legs_recorded.insert(leg.id), "seed {}: {} recorded twice", self.seed, leg.id);
            }
            Fact::Span(span) => {
                let before = self.spans.insert(span.agent, span.ended);
                assert!(before.is_none_or(|ended| ended == span.began), "seed {}: a gap in attendance", self.seed);
            }
            Fact::Leg(_) | Fact::Recording(_) => {}
        }
    }

    /// No agent has two calls, and no caller is in two.
    fn no_leg_in_two_rooms(&self) {
        let mut seen = BTreeSet::new();
        for leg in self.rooms.values().flatten() {
            assert!(seen.insert(*leg), "seed {}: {leg} is in two rooms", self.seed);
        }
    }

    /// At the end of the day nobody is forgotten.
    fn close(&self) {
        assert_eq!(self.arrived.len(), self.legs_recorded.len(), "seed {}: every caller's leg has ended", self.seed);
        assert_eq!(self.arrived.len(), self.records.len(), "seed {}: every caller has one record", self.seed);
        assert!(self.rooms.is_empty(), "seed {}: rooms are left: {:?}", self.seed, self.rooms);
        assert!(self.waiting.is_empty(), "seed {}: somebody still waits", self.seed);
        let offers: BTreeSet<_> = self.offered.keys().copied().collect();
        assert!(offers.is_subset(&self.ended_offers), "seed {}: an offer never ended", self.seed);
    }
}

/// The offer that a desk is shown, as a change or in the snapshot of a page that has just opened.
fn card(output: &Output) -> Option<&OfferCard> {
    let Output::Desk { message, .. } = output else { return None };
    match message.as_ref() {
        ToDesk::Snapshot { desk, .. } => desk.offer.as_ref(),
        ToDesk::Change { change, .. } => match change.as_ref() {
            DeskChange::Offer(card) => card.as_ref(),
            _ => None,
        },
        _ => None,
    }
}

#[test]
fn whatever_happens_the_invariants_hold() {
    for seed in SEEDS {
        let (plan, setup) = small_center(seed);
        let mut books = Books { seed, ..Books::default() };
        let report = play(&plan, &setup, |now, input, outputs| books.see(now, input, outputs));
        books.close();
        assert_eq!(report.calls, plan.calls);
        assert!(report.outcomes.len() >= 2, "seed {seed}: a day with waits and losses: {report:?}");
    }
}

#[test]
fn one_seed_is_one_day() {
    assert_eq!(hash_of_a_day(7), hash_of_a_day(7));
    assert_ne!(hash_of_a_day(7), hash_of_a_day(8));
}
