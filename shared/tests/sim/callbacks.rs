//! Callbacks, judged by what the store is told, what is dialled and what desks show: called by the rules of their queue,
//! never twice at once, never outside the hours, and in their place.

use crate::Step;
use crate::desks::Desks;
use hark_shared::edge::{EdgeCommand, EdgeEvent, LegRole};
use hark_shared::facts::Fact;
use hark_shared::floor::{Input, Output};
use hark_shared::ids::{CallbackId, ContactId};
use hark_shared::phone::PhoneNumber;
use hark_shared::setup::TenantSetup;
use hark_shared::sim::{CLOSED_DAYS, OPEN_HOURS};
use hark_shared::time::Timestamp;
use hark_shared::wire::callbacks::{Callback, First, Stage};
use std::collections::{BTreeMap, BTreeSet};

const MINUTE: i64 = 60_000;

#[derive(Default)]
pub struct Callbacks {
    setup: Option<TenantSetup>,
    known: BTreeMap<CallbackId, Callback>,
    /// When each try ended.
    ended: BTreeMap<CallbackId, Timestamp>,
    /// Contacts that were dialled for a callback.
    dialled: BTreeSet<ContactId>,
    /// When each caller came.
    came: BTreeMap<ContactId, Timestamp>,
    /// Callbacks that ring at a desk.
    ringing: BTreeMap<ContactId, CallbackId>,
    /// Any agent of a queue takes anybody at any time, so that places can be compared without knowing skills and delays.
    pub alike: bool,
    /// How many were booked, for the day to be worth it.
    pub booked: usize,
}

impl Callbacks {
    pub fn see(&mut self, step: &Step, desks: &Desks) -> Result<(), String> {
        if let Some(Input::Setup(setup)) = step.input {
            self.setup = Some(TenantSetup::clone(setup));
        }
        let arrives = matches!(step.input, Some(Input::Edge(EdgeEvent::Incoming { .. })));
        let mut dials = BTreeMap::new();
        for output in step.outputs {
            match output {
                Output::LookUp { contact, .. } if arrives => {
                    self.came.insert(*contact, step.now);
                }
                Output::Edge(EdgeCommand::Dial { role: LegRole::Dialled(contact), to, .. }) => {
                    dials.insert(*contact, to.clone());
                }
                Output::Fact(fact) => match &fact.fact {
                    Fact::Offer(offer) => {
                        self.ringing.remove(&offer.contact);
                    }
                    Fact::Callback(callback) if callback.reason.is_automatic() => {
                        self.changed(step.now, callback, &dials)?
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        if self.alike { self.in_place(desks) } else { Ok(()) }
    }

    /// Every change follows from the one before by the rules.
    fn changed(
        &mut self,
        now: Timestamp,
        callback: &Callback,
        dials: &BTreeMap<ContactId, PhoneNumber>,
    ) -> Result<(), String> {
        let wrong = |why: &str| Err(format!("{why}: {callback:?}"));
        let same = |other: &&Callback| {
            let open = !matches!(other.stage, Stage::Over { .. });
            open && other.id != callback.id && (&other.number, other.queue) == (&callback.number, callback.queue)
        };
        if self.known.values().any(|other| same(&other)) && !matches!(callback.stage, Stage::Over { .. }) {
            return wrong("two for one number");
        }
        let before = self.known.insert(callback.id, callback.clone());
        if let Some(before) = &before {
            if (before.entered, before.booked, &before.number) != (callback.entered, callback.booked, &callback.number)
            {
                return wrong("its place has changed");
            }
            if matches!(before.stage, Stage::Over { .. }) {
                return wrong("it goes on after its end");
            }
            if let Stage::Calling { .. } = before.stage
                && before.stage != callback.stage
            {
                self.ended.insert(callback.id, now);
            }
        } else {
            self.booked += 1;
        }
        let Stage::Calling { contact, .. } = callback.stage else { return Ok(()) };
        if before.as_ref().is_some_and(|before| before.stage == callback.stage) {
            return Ok(());
        }
        if matches!(before.map(|before| before.stage), Some(Stage::Calling { .. })) {
            return wrong("called twice at once");
        }
        if !self.dialled.insert(contact) || dials.get(&contact) != callback.number.as_ref() {
            return wrong("not the number that was asked for, or not dialled once");
        }
        let minute = now.0.rem_euclid(24 * 60 * MINUTE) / MINUTE;
        let day = now.0.div_euclid(24 * 60 * MINUTE);
        if !OPEN_HOURS.iter().any(|(from, to)| (*from..*to).contains(&minute)) || CLOSED_DAYS.contains(&day) {
            return wrong("called while the queue is closed");
        }
        let queue = self.setup.iter().flat_map(|setup| &setup.queues).find(|queue| Some(queue.id) == callback.queue);
        let rules = queue.ok_or("a callback of no queue")?.waiting.callback;
        let too_early = self.ended.get(&callback.id).is_some_and(|ended| now.since(*ended) < rules.interval);
        if callback.tries.len() > usize::from(rules.tries) || too_early || now >= callback.expires {
            return wrong("tried too often, too early or too late");
        }
        Ok(())
    }

    /// Nobody who came later is offered before somebody who is to be called back by the same queue.
    fn in_place(&mut self, desks: &Desks) -> Result<(), String> {
        let called = |card: &&hark_shared::wire::desk::OfferCard| card.callback.as_ref().map(|it| it.id);
        for (_, card) in &desks.fresh {
            if let Some(id) = called(&card) {
                self.ringing.insert(card.contact, id);
            }
        }
        for (_, card) in desks.fresh.iter().filter(|(_, card)| card.callback.is_none()) {
            let queue = self.setup.iter().flat_map(|setup| &setup.queues).find(|queue| queue.name == card.queue);
            let (Some(queue), Some(came)) = (queue, self.came.get(&card.contact)) else { continue };
            let overtaken = self.known.values().find(|callback| {
                let stands = callback.stage == Stage::InLine && !self.ringing.values().any(|id| *id == callback.id);
                let agent_first = queue.waiting.callback.first == First::Agent;
                stands && agent_first && callback.queue == Some(queue.id) && callback.entered < *came
            });
            if let Some(callback) = overtaken {
                return Err(format!("{} was offered before {callback:?}", card.contact));
            }
        }
        Ok(())
    }

    /// In the end every callback has come to its end.
    pub fn close(&self) -> Result<(), String> {
        match self.known.values().find(|callback| !matches!(callback.stage, Stage::Over { .. })) {
            Some(callback) => Err(format!("forgotten: {callback:?}")),
            None => Ok(()),
        }
    }
}
