//! Who waits where, since when and with what claim; judged by what callers hear, desks show and facts say.
//!
//! The claim as documented: a level of priority is worth a minute of waiting; a very important customer has one level
//! more, one who lost their agent has nine.

use crate::Step;
use crate::desks::Desks;
use hark_shared::edge::{EdgeCommand, EdgeEvent, LegRole, RoomPlan, Sound};
use hark_shared::facts::Fact;
use hark_shared::floor::{Input, Output};
use hark_shared::ids::{ContactId, LegId, OfferId, QueueId, UserId};
use hark_shared::setup::TenantSetup;
use hark_shared::time::Timestamp;
use hark_shared::wire::rest::{OfferEnd, Queue};
use std::collections::{BTreeMap, BTreeSet};

const MINUTE: i64 = 60_000;

#[derive(Debug, Default)]
struct Caller {
    vip: bool,
    /// An agent has answered before.
    served: bool,
    over: bool,
    place: Option<Place>,
}

#[derive(Debug)]
struct Place {
    queue: QueueId,
    /// When they came, less a minute for each level of priority: smaller goes first.
    claim: i64,
    vip_counted: bool,
    offer: Option<OfferId>,
}

#[derive(Default)]
pub struct Line {
    setup: Option<TenantSetup>,
    arriving: Option<LegId>,
    pub contact_of: BTreeMap<LegId, ContactId>,
    callers: BTreeMap<ContactId, Caller>,
    available_before: BTreeMap<UserId, Timestamp>,
}

impl Line {
    pub fn see(&mut self, step: &Step, desks: &Desks) -> Result<(), String> {
        self.input(step.input);
        for output in step.outputs {
            self.output(step.now, output);
        }
        for (_, card) in &desks.fresh {
            let queue = self.queue(|queue| queue.name == card.queue).ok_or("an offer from no queue")?;
            self.enter(step.now, card.contact, queue);
            let place = self.callers.get_mut(&card.contact).and_then(|caller| caller.place.as_mut());
            let place = place.ok_or_else(|| format!("{} is offered, but does not wait", card.contact))?;
            if place.queue != queue {
                return Err(format!("{} waits in {} and is offered from {queue}", card.contact, place.queue));
            }
            if place.offer.replace(card.offer).is_some() {
                return Err(format!("{} is offered twice", card.contact));
            }
        }
        self.rightly_offered(step.now, desks)?;
        self.nobody_waits_in_vain(desks)?;
        let users = self.setup.iter().flat_map(|setup| &setup.users);
        let welcome: BTreeSet<UserId> = users.filter(|user| user.active).map(|user| user.id).collect();
        if let Some(user) = desks.users().iter().find(|user| !welcome.contains(user)) {
            return Err(format!("{user} has a desk, but is no agent any more"));
        }
        self.available_before = desks.available();
        Ok(())
    }

    fn input(&mut self, input: Option<&Input>) {
        self.arriving = None;
        match input {
            Some(Input::Setup(setup)) => self.setup = Some(TenantSetup::clone(setup)),
            Some(Input::Edge(EdgeEvent::Incoming { leg, .. })) => self.arriving = Some(*leg),
            Some(Input::Card { contact, card: Some(card) }) if card.vip => {
                let Some(caller) = self.callers.get_mut(contact) else { return };
                caller.vip = true;
                if let Some(place) = caller.place.as_mut().filter(|place| !place.vip_counted) {
                    place.vip_counted = true;
                    place.claim -= MINUTE;
                }
            }
            _ => {}
        }
    }

    fn output(&mut self, now: Timestamp, output: &Output) {
        match output {
            Output::LookUp { contact, .. } => {
                if let Some(leg) = self.arriving.take() {
                    self.comes(leg, *contact);
                }
            }
            Output::Edge(EdgeCommand::Connect { leg, role: LegRole::Customer(contact), .. }) => {
                self.comes(*leg, *contact);
            }
            Output::Edge(EdgeCommand::SetRoom(plan)) => self.hears(now, plan),
            Output::Fact(fact) => self.fact(&fact.fact),
            _ => {}
        }
    }

    fn comes(&mut self, leg: LegId, contact: ContactId) {
        self.contact_of.insert(leg, contact);
        self.callers.entry(contact).or_default();
    }

    /// Each queue has a greeting of its own: who hears it and did not wait has just come.
    fn hears(&mut self, now: Timestamp, plan: &RoomPlan) {
        let Some(contact) = plan.listeners.first().and_then(|first| self.contact_of.get(&first.leg)).copied() else {
            return;
        };
        for source in &plan.sources {
            let Sound::Prompt(pieces) = &source.sound else { continue };
            if let Some(queue) = self.queue(|queue| queue.greeting.as_ref() == pieces.first()) {
                self.enter(now, contact, queue);
            }
        }
    }

    fn fact(&mut self, fact: &Fact) {
        match fact {
            Fact::Contact(record) => {
                if let Some(caller) = self.callers.get_mut(&record.id) {
                    caller.over = true;
                    caller.place = None;
                }
            }
            Fact::Offer(offer) => {
                let Some(caller) = self.callers.get_mut(&offer.contact) else { return };
                if offer.end == OfferEnd::Accepted {
                    caller.served = true;
                    caller.place = None;
                } else if let Some(place) = caller.place.as_mut().filter(|place| place.offer == Some(offer.id)) {
                    place.offer = None;
                }
            }
            Fact::Leg(_) | Fact::Span(_) | Fact::Recording(_) | Fact::Trail(_) | Fact::Survey(_) => {}
        }
    }

    fn queue(&self, is: impl Fn(&Queue) -> bool) -> Option<QueueId> {
        self.setup.as_ref()?.queues.iter().find(|queue| is(queue)).map(|queue| queue.id)
    }

    fn enter(&mut self, now: Timestamp, contact: ContactId, queue: QueueId) {
        let rules = self.setup.as_ref().and_then(|setup| setup.queues.iter().find(|rules| rules.id == queue));
        let (Some(rules), Some(caller)) = (rules, self.callers.get_mut(&contact)) else { return };
        if caller.over || caller.place.is_some() {
            return;
        }
        let extra = if caller.served { 9 } else { i64::from(caller.vip) };
        let claim = now.0 - (i64::from(rules.priority) + extra) * MINUTE;
        let vip_counted = caller.vip || caller.served;
        caller.place = Some(Place { queue, claim, vip_counted, offer: None });
    }

    fn waiting(&self) -> impl Iterator<Item = (ContactId, &Place)> {
        let places = self.callers.iter().filter_map(|(contact, caller)| Some((*contact, caller.place.as_ref()?)));
        places.filter(|(_, place)| place.offer.is_none())
    }

    /// Whether the set-up lets this agent take this queue's contacts.
    fn may(&self, user: UserId, queue: QueueId) -> bool {
        let Some(setup) = &self.setup else { return false };
        let Some(user) = setup.users.iter().find(|known| known.id == user && known.active) else { return false };
        let Some(queue) = setup.queues.iter().find(|known| known.id == queue) else { return false };
        let has = |skill, at_least| user.skills.iter().any(|known| known.skill == skill && known.level >= at_least);
        user.queues.contains(&queue.id) && queue.skills.iter().all(|wanted| has(wanted.skill, wanted.level))
    }

    /// Each new offer went to an agent who may take it, the longest idle of them, and nobody with a better claim whom
    /// that agent could have taken still waits.
    fn rightly_offered(&self, now: Timestamp, desks: &Desks) -> Result<(), String> {
        for (user, card) in &desks.fresh {
            let Some(place) = self.callers.get(&card.contact).and_then(|caller| caller.place.as_ref()) else {
                continue;
            };
            if !self.may(*user, place.queue) {
                return Err(format!("{user} may not take {}", card.contact));
            }
            let better = self.waiting().find(|(_, other)| other.claim < place.claim && self.may(*user, other.queue));
            if let Some((contact, other)) = better {
                return Err(format!("{contact} ({other:?}) has a better claim than {} ({place:?})", card.contact));
            }
            let idle = self.available_before.get(user).copied().unwrap_or(now);
            let longer =
                desks.available().into_iter().find(|(other, since)| *since < idle && self.may(*other, place.queue));
            if let Some((other, since)) = longer {
                return Err(format!("{other}, idle since {since:?}, was passed over for {user}, idle since {idle:?}"));
            }
        }
        Ok(())
    }

    /// Nobody waits for whom an agent is free; nobody waits in a queue that is gone.
    fn nobody_waits_in_vain(&self, desks: &Desks) -> Result<(), String> {
        let available = desks.available();
        for (contact, place) in self.waiting() {
            if self.queue(|queue| queue.id == place.queue).is_none() {
                return Err(format!("{contact} waits in a queue that is gone"));
            }
            if let Some(user) = available.keys().find(|user| self.may(**user, place.queue)) {
                return Err(format!("{contact} waits although {user} is free"));
            }
        }
        Ok(())
    }

    /// How many wait with a better claim in the same queue, and itself; `None` when it does not wait.
    pub fn position(&self, contact: ContactId) -> Option<usize> {
        let (_, own) = self.waiting().find(|(waits, _)| *waits == contact)?;
        let ahead = |(other, place): &(ContactId, &Place)| {
            place.queue == own.queue && (place.claim, *other) < (own.claim, contact)
        };
        Some(self.waiting().filter(ahead).count() + 1)
    }

    pub fn is_over(&self, contact: ContactId) -> bool {
        self.callers.get(&contact).is_some_and(|caller| caller.over)
    }

    pub fn close(&self) -> Result<(), String> {
        let left = self.callers.iter().find(|(_, caller)| !caller.over);
        left.map_or(Ok(()), |(contact, caller)| Err(format!("{contact} was forgotten: {caller:?}")))
    }
}
