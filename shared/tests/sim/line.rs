//! Who waits where, since when and with what claim; judged by what callers hear, desks show and facts say.
//!
//! The claim as documented: a level of priority is worth a minute of waiting; a very important customer has one level
//! more, one who lost their agent has nine.
//!
//! Nobody waits while a suitable agent is free. Suitable is who may take the contact after what it has waited: the steps
//! and delays of its queue. A contact whose queue leads it to its last agent may wait for that one alone until the
//! queue's patience is over; wrap-up is no freedom.

use crate::Step;
use crate::desks::Desks;
use crate::figures::{Figures, from};
use hark_shared::edge::{EdgeCommand, EdgeEvent, LegRole, RoomPlan, Sound};
use hark_shared::facts::Fact;
use hark_shared::floor::{Input, LastAgent, Output};
use hark_shared::ids::{ContactId, LegId, OfferId, QueueId, UserId};
use hark_shared::setup::TenantSetup;
use hark_shared::time::Timestamp;
use hark_shared::wire::desk::{AgentState, Desk, DeskCommand, OfferCard, ToDesk};
use hark_shared::wire::parties::{CallAction, Purpose, Target};
use hark_shared::wire::rest::{OfferEnd, Queue, User};
use std::collections::{BTreeMap, BTreeSet};

const MINUTE: i64 = 60_000;

#[derive(Debug, Default)]
struct Caller {
    vip: bool,
    /// An agent has answered before.
    served: bool,
    over: bool,
    last: Option<LastAgent>,
    /// Levels with which it waits again, if an agent has sent it there.
    extra: Option<i64>,
    place: Option<Place>,
}

#[derive(Debug)]
struct Place {
    queue: QueueId,
    /// When they came, less a minute for each level of priority: smaller goes first.
    claim: i64,
    vip_counted: bool,
    entered: Timestamp,
    /// For whom it may wait alone, until when.
    alone: Option<(UserId, Timestamp)>,
    /// That agent has been away since: perhaps nobody waits for them any more.
    was_away: bool,
    /// The offers that ring, all since one moment.
    offers: BTreeSet<OfferId>,
    round: Timestamp,
}

impl Place {
    fn waits_alone(&self, now: Timestamp) -> Option<UserId> {
        self.alone.filter(|(_, until)| *until > now).map(|(user, _)| user)
    }
}

#[derive(Default)]
pub struct Line {
    /// Only who is who is noted.
    pub loose: bool,
    setup: Option<TenantSetup>,
    arriving: Option<LegId>,
    pub contact_of: BTreeMap<LegId, ContactId>,
    callers: BTreeMap<ContactId, Caller>,
    available_before: BTreeMap<UserId, Timestamp>,
    figures: Figures,
    /// Contacts that an agent accepted in this step.
    accepted: BTreeSet<ContactId>,
    fault: Option<String>,
}

impl Line {
    pub fn see(&mut self, step: &Step, desks: &Desks) -> Result<(), String> {
        self.accepted.clear();
        self.input(step.now, step.input);
        self.done(step);
        for output in step.outputs {
            self.output(step.now, output);
        }
        if self.loose {
            return Ok(());
        }
        for (_, card) in desks.fresh.iter().filter(|(_, card)| distributed(card)) {
            let queue = self.queue(|queue| queue.name == card.queue).ok_or("an offer from no queue")?;
            self.enter(step.now, card.contact, queue);
            let place = self.callers.get_mut(&card.contact).and_then(|caller| caller.place.as_mut());
            let place = place.ok_or_else(|| format!("{} is offered, but does not wait", card.contact))?;
            if place.queue != queue {
                return Err(format!("{} waits in {} and is offered from {queue}", card.contact, place.queue));
            }
            if !place.offers.is_empty() && place.round != step.now {
                return Err(format!("{} is offered again while it rings", card.contact));
            }
            place.round = step.now;
            place.offers.insert(card.offer);
        }
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        self.note_absence(desks);
        self.one_has_it(desks)?;
        self.rightly_offered(step.now, desks)?;
        self.nobody_waits_in_vain(step.now, desks)?;
        let rung = desks.fresh.iter().filter(|(_, card)| !card.decline).filter_map(|(user, card)| {
            let queue = self.queue(|queue| queue.name == card.queue)?;
            Some((queue, *user))
        });
        let rung: Vec<_> = rung.collect();
        self.figures.rung(rung.into_iter());
        let users = self.setup.iter().flat_map(|setup| &setup.users);
        let welcome: BTreeSet<UserId> = users.filter(|user| user.active).map(|user| user.id).collect();
        if let Some(user) = desks.users().iter().find(|user| !welcome.contains(user)) {
            return Err(format!("{user} has a desk, but is no agent any more"));
        }
        self.available_before = desks.available();
        Ok(())
    }

    fn input(&mut self, now: Timestamp, input: Option<&Input>) {
        self.arriving = None;
        match input {
            Some(Input::Setup(setup)) => {
                self.figures.set_up(setup);
                self.setup = Some(TenantSetup::clone(setup));
            }
            Some(Input::Edge(EdgeEvent::Incoming { leg, .. })) => self.arriving = Some(*leg),
            Some(Input::Card { contact, card, last }) => {
                let vip = card.as_ref().is_some_and(|card| card.vip);
                let Some(caller) = self.callers.get_mut(contact) else { return };
                caller.vip |= vip;
                caller.last = *last;
                if let Some(place) = caller.place.as_mut().filter(|place| vip && !place.vip_counted) {
                    place.vip_counted = true;
                    place.claim -= MINUTE;
                }
                let ring = caller.place.as_ref().is_none_or(|place| !place.offers.is_empty());
                let alone = if ring { None } else { self.last_agent(now, *contact) };
                if let Some(place) = self.callers.get_mut(contact).and_then(|caller| caller.place.as_mut()) {
                    place.alone = alone.or(place.alone);
                }
            }
            _ => {}
        }
    }

    /// What an agent asked for and got: a call that rang elsewhere, or that a call waits again.
    fn done(&mut self, step: &Step) {
        let Some(Input::Desk { id, command, .. }) = step.input else { return };
        let done = |output: &Output| matches!(output, Output::Desk { message, .. } if matches!(message.as_ref(), ToDesk::Done { id: done } if done == id));
        if !step.outputs.iter().any(done) {
            return;
        }
        match command {
            DeskCommand::PickUp { contact } => {
                if let Some(caller) = self.callers.get_mut(contact) {
                    self.accepted.insert(*contact);
                    (caller.place, caller.served) = (None, true);
                }
            }
            DeskCommand::Call { contact, action: CallAction::Reach { target: Target::Queue { .. }, purpose } } => {
                if let Some(caller) = self.callers.get_mut(contact).filter(|_| *purpose == Purpose::Transfer) {
                    caller.extra = Some(2);
                }
            }
            // Whom nobody takes waits again, with five levels.
            DeskCommand::Call { contact, action: CallAction::Park } => {
                if let Some(caller) = self.callers.get_mut(contact) {
                    caller.extra = Some(5);
                }
            }
            DeskCommand::Retrieve { contact } => {
                if let Some(caller) = self.callers.get_mut(contact) {
                    caller.extra = None;
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
                    let first = self.accepted.insert(offer.contact) && caller.place.take().is_some();
                    if !first {
                        self.fault = Some(format!("{} has two agents", offer.contact));
                    }
                    caller.served = true;
                } else if let Some(place) = caller.place.as_mut() {
                    place.offers.remove(&offer.id);
                    // Who did not answer is not waited for again.
                    let missed = matches!(offer.end, OfferEnd::TimedOut | OfferEnd::Lost);
                    place.alone = place.alone.filter(|(user, _)| !missed || *user != offer.agent);
                }
                if offer.end == OfferEnd::Taken && !self.accepted.contains(&offer.contact) {
                    self.fault = Some(format!("{} was taken by nobody", offer.contact));
                }
            }
            Fact::Span(span) => self.figures.span(span),
            Fact::Leg(_)
            | Fact::Recording(_)
            | Fact::Consult(_)
            | Fact::Audit(_)
            | Fact::Message(_)
            | Fact::Callback(_)
            | Fact::Trail(_)
            | Fact::Survey(_) => {}
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
        let extra = if caller.served { caller.extra.take().unwrap_or(9) } else { i64::from(caller.vip) };
        let extra = extra.max(i64::from(caller.vip));
        let claim = now.0 - (i64::from(rules.priority) + extra) * MINUTE;
        let vip_counted = caller.vip || caller.served;
        let (alone, offers) = (None, BTreeSet::new());
        caller.place =
            Some(Place { queue, claim, vip_counted, entered: now, alone, was_away: false, offers, round: now });
        let alone = self.last_agent(now, contact);
        if let Some(place) = self.callers.get_mut(&contact).and_then(|caller| caller.place.as_mut()) {
            place.alone = alone;
        }
    }

    /// Whom the queue's setting leads this caller to, until when.
    fn last_agent(&self, now: Timestamp, contact: ContactId) -> Option<(UserId, Timestamp)> {
        let caller = self.callers.get(&contact).filter(|caller| !caller.served)?;
        let (place, last) = (caller.place.as_ref()?, caller.last?);
        let queue = self.rules(place.queue)?;
        let sticky = queue.routing.sticky?;
        let user = self.user(last.agent)?;
        let recent = now.since(last.ended).0 <= i64::from(sticky.days) * 24 * 60 * MINUTE;
        let serves = user.active && user.queues.contains(&queue.id);
        (recent && serves).then_some((last.agent, place.entered + sticky.patience))
    }

    fn rules(&self, queue: QueueId) -> Option<&Queue> {
        self.setup.as_ref()?.queues.iter().find(|known| known.id == queue)
    }

    fn user(&self, user: UserId) -> Option<&User> {
        self.setup.as_ref()?.users.iter().find(|known| known.id == user)
    }

    fn waiting(&self) -> impl Iterator<Item = (ContactId, &Place)> {
        let places = self.callers.iter().filter_map(|(contact, caller)| Some((*contact, caller.place.as_ref()?)));
        places.filter(|(_, place)| place.offers.is_empty())
    }

    /// Since when the set-up lets this agent take this contact.
    fn suits_since(&self, user: UserId, place: &Place) -> Option<Timestamp> {
        Some(place.entered + from(self.rules(place.queue)?, self.user(user)?)?)
    }

    /// Whether the agent must be asked: at this very moment the floor may not have been woken yet.
    fn suits(&self, now: Timestamp, user: UserId, place: &Place) -> bool {
        let fits = self.suits_since(user, place).is_some_and(|since| since < now || since == place.entered);
        let alone = place.alone.filter(|(_, until)| *until >= now);
        fits && alone.is_none_or(|(awaited, _)| awaited == user)
    }

    fn note_absence(&mut self, desks: &Desks) {
        let here = |user: UserId| desks.of(user).is_some_and(|desk| desk.status.state != AgentState::Offline);
        for place in self.callers.values_mut().filter_map(|caller| caller.place.as_mut()) {
            place.was_away |= place.alone.is_some_and(|(user, _)| !here(user));
        }
    }

    /// Who accepted a contact has it; no other desk shows it any more.
    fn one_has_it(&self, desks: &Desks) -> Result<(), String> {
        let shown = |desk: &Desk| desk.offer.as_ref().is_some_and(|card| self.accepted.contains(&card.contact));
        let left = desks.users().iter().find(|user| desks.of(**user).is_some_and(shown));
        left.map_or(Ok(()), |user| Err(format!("{user} still sees an offer that a colleague has")))
    }

    /// Each new offer went to an agent who may take it, the first of them by the queue's strategy, and nobody with a
    /// better claim whom that agent could have taken still waits.
    fn rightly_offered(&self, now: Timestamp, desks: &Desks) -> Result<(), String> {
        for (user, card) in desks.fresh.iter().filter(|(_, card)| distributed(card)) {
            let Some(place) = self.callers.get(&card.contact).and_then(|caller| caller.place.as_ref()) else {
                continue;
            };
            let (Some(queue), Some(agent)) = (self.rules(place.queue), self.user(*user)) else { continue };
            let awaited = place.waits_alone(now);
            if awaited != Some(*user) && self.suits_since(*user, place).is_none_or(|since| since > now) {
                return Err(format!("{user} may not take {}", card.contact));
            }
            let owed = awaited.filter(|_| !place.was_away);
            if let Some(other) = owed.filter(|other| other != user && desks.available().contains_key(other)) {
                return Err(format!("{} waits for {other}, who is free, and {user} was asked", card.contact));
            }
            let better = self.waiting().find(|(_, other)| other.claim < place.claim && self.suits(now, *user, other));
            if let Some((contact, other)) = better {
                return Err(format!("{contact} ({other:?}) has a better claim than {} ({place:?})", card.contact));
            }
            let most = if queue.routing.auto_answer { 1 } else { usize::from(queue.routing.ring) };
            if place.offers.len() > most {
                return Err(format!("{} rings at {} desks", card.contact, place.offers.len()));
            }
            if awaited.is_some() {
                continue;
            }
            let shown = self.available_before.get(user).copied().unwrap_or(now);
            let key = self.figures.key(queue, agent, shown);
            for (other, shown) in self.free_all_along(desks) {
                let Some(rival) = self.user(other).filter(|_| self.suits(now, other, place)) else { continue };
                let other_key = self.figures.key(queue, rival, shown);
                if other_key < key || place.offers.len() < most {
                    let strategy = queue.routing.strategy;
                    return Err(format!("{other} {other_key:?} was passed over for {user} {key:?} by {strategy:?}"));
                }
            }
        }
        Ok(())
    }

    /// Who was free before this step and is still.
    fn free_all_along(&self, desks: &Desks) -> Vec<(UserId, Timestamp)> {
        let now = desks.available();
        self.available_before.iter().filter(|(user, _)| now.contains_key(user)).map(|(user, at)| (*user, *at)).collect()
    }

    /// Nobody waits for whom an agent is free; nobody waits in a queue that is gone.
    fn nobody_waits_in_vain(&self, now: Timestamp, desks: &Desks) -> Result<(), String> {
        let available = desks.available();
        for (contact, place) in self.waiting() {
            if self.rules(place.queue).is_none() {
                return Err(format!("{contact} waits in a queue that is gone"));
            }
            if let Some(user) = available.keys().find(|user| self.suits(now, **user, place)) {
                return Err(format!("{contact} waits although {user} is free: {place:?}"));
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

/// Whether a caller of these books is offered: whom a colleague asks by name is not distributed, and of callbacks the
/// books of `callbacks` tell.
fn distributed(card: &OfferCard) -> bool {
    !card.decline && card.callback.is_none()
}
