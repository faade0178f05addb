//! Callbacks on the floor: who books one, how it keeps its place in the line, and how it is called.
//!
//! *Agent first*: a call that is only a place ([`Call::is_only_a_place`]) stands in the line like any other; whoever
//! accepts it dials the customer. *Customer first*: it stands by beside the line, and is dialled when its turn has come,
//! that is when nobody with a better claim waits; whoever answers gets the head of the line by their old claim. Ahead of
//! free agents at most one is dialled at a time: nobody should answer a call that has nobody.
//!
//! Never outside the queue's hours: asked as it enters the line, every [`LOOK`] while it stands there, and as it is
//! dialled.

use super::setup::Setup;
use super::{Floor, LegOwner, Output, Timer};
use crate::acd::{self, AGE_PER_PRIORITY};
use crate::call::{AgentSide, Back, Call, CustomerSide, Phase};
use crate::callback::{Around, Booking, Place, Refused};
use crate::desk::Engagement;
use crate::edge::{Cause, EdgeCommand, LegRole, Sound};
use crate::engine::Engine;
use crate::facts::Fact;
use crate::ids::{CallbackId, ContactId, LegId, OfferId, QueueId, RoomId, TrunkId, UserId};
use crate::perms::Permission;
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::WireError;
use crate::wire::callbacks::{Callback, CallbackCard, CallbackRules, First, Reason, Stage};
use crate::wire::desk::{Party, Via};
use serde::{Deserialize, Serialize};

/// How often it is looked whether the queues of callbacks in the line are still open.
const LOOK: Millis = Millis::from_secs(30);

/// How long a callback waits that may not be dialled at this moment, because as many calls live as may.
const NOT_NOW: Millis = Millis::from_secs(60);

/// A deed with a callback from a page; who may do it is asked before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// Book one under this id.
    Book(CallbackId, Box<Booking>),
    /// Cancel one.
    Cancel(CallbackId),
    /// Call one not before this time.
    PutTo(CallbackId, Timestamp),
}

/// Everything that is needed to dial.
struct Dialling {
    trunk: TrunkId,
    to: PhoneNumber,
    from: PhoneNumber,
    ring: Millis,
}

impl Around for Setup {
    fn rules(&self, queue: QueueId) -> Option<CallbackRules> {
        self.queues.get(&queue).map(|queue| queue.waiting.callback)
    }

    fn opens(&self, now: Timestamp, queue: QueueId) -> Option<Timestamp> {
        match &self.queues.get(&queue)?.waiting.hours {
            Some(hours) => self.opens_next(now, hours.calendar),
            None => Some(now),
        }
    }
}

/// What is told to who asked.
pub(super) fn words(refused: Refused) -> WireError {
    WireError::new(match refused {
        Refused::Gone => "callback.gone",
        Refused::Calling => "callback.calling",
        Refused::InHand => "callback.in_hand",
        Refused::TooMany => "callback.too_many",
        Refused::Closed => "callback.closed",
    })
}

impl Floor {
    /// Books a callback, or finds the one that this number has in this queue already. One that comes from a contact keeps
    /// the place which that has, or had last, in a line.
    ///
    /// # Errors
    /// `callback.no_number`, `queue.unknown`, `agent.unknown`, `team.unknown`, `number.not_allowed` (one that the floor shall call, but
    /// must not), `callback.too_many`, `callback.closed`.
    pub fn book_callback(&mut self, now: Timestamp, booking: Booking) -> Result<CallbackId, WireError> {
        let id = CallbackId(self.ids.next(now));
        self.book_as(now, id, booking)
    }

    fn book_as(&mut self, now: Timestamp, id: CallbackId, booking: Booking) -> Result<CallbackId, WireError> {
        self.may_book(&booking)?;
        let call = booking.contact.and_then(|contact| self.calls.get(&contact));
        let entered = call.and_then(|call| call.queued).unwrap_or(now);
        let place = Place { entered, bonus: call.map_or(0, |call| call.bonus) };
        let booked = self.callbacks.book(now, id, booking, place, &self.setup).map_err(words)?;
        // A task that stood in the line until now becomes a callback of the floor's own.
        if booked != id && self.callbacks.get(booked).is_some_and(|it| it.stage == Stage::Waiting) {
            self.leave_line(now, booked);
        }
        Ok(booked)
    }

    fn may_book(&self, booking: &Booking) -> Result<(), WireError> {
        if booking.queue.is_some_and(|queue| !self.setup.queues.contains_key(&queue)) {
            return Err(WireError::new("queue.unknown"));
        }
        if booking.user.is_some_and(|user| !self.setup.users.contains_key(&user)) {
            return Err(WireError::new("agent.unknown"));
        }
        if booking.team.is_some_and(|team| !self.setup.teams.contains_key(&team)) {
            return Err(WireError::new("team.unknown"));
        }
        if booking.reason.is_automatic() {
            let number = booking.number.as_ref().ok_or_else(|| WireError::new("callback.no_number"))?;
            if booking.queue.is_none() {
                return Err(WireError::new("queue.unknown"));
            }
            self.setup.route(number).ok_or_else(|| WireError::new("number.not_allowed"))?;
        }
        Ok(())
    }

    /// Whether an order from a page can be carried out at this moment, and which callback it is about.
    ///
    /// # Errors
    /// As [`Floor::book_callback`]; `callback.gone`, `callback.calling`.
    pub fn check_order(&self, now: Timestamp, order: &Order) -> Result<CallbackId, WireError> {
        match order {
            Order::Book(id, booking) => {
                self.may_book(booking)?;
                self.callbacks.may_book(now, *id, booking, &self.setup)
            }
            Order::Cancel(id) => self.callbacks.may_change(*id).map(|()| *id),
            Order::PutTo(id, due) => self.callbacks.new_time(now, *id, *due, &self.setup).map(|_| *id),
        }
        .map_err(words)
    }

    /// Carries an order out; one that is refused changes nothing.
    pub(super) fn ordered(&mut self, now: Timestamp, order: Order) {
        match order {
            Order::Book(id, booking) => {
                // Whoever asked was told by `check_order`.
                let _ = self.book_as(now, id, *booking);
            }
            Order::Cancel(id) => {
                if self.callbacks.cancel(now, id).is_ok() {
                    self.leave_line(now, id);
                }
            }
            Order::PutTo(id, due) => {
                if self.callbacks.put_to(now, id, due, &self.setup).is_ok() {
                    self.leave_line(now, id);
                }
            }
        }
    }

    /// A flow books a callback for its caller; empty is their own number.
    pub(super) fn book_for(&mut self, now: Timestamp, contact: ContactId, queue: QueueId, number: &str) -> bool {
        let Some(call) = self.calls.get(&contact) else { return false };
        let number = match number {
            "" => call.party.number.clone(),
            number => PhoneNumber::parse(number).ok(),
        };
        let name = call.party.known_as().map(str::to_owned);
        let (queue, reason) = (Some(queue), Reason::Asked);
        let booking = Booking {
            contact: Some(contact),
            queue,
            user: None,
            team: None,
            number,
            name,
            reason,
            message: None,
            due: None,
        };
        let booked = self.book_callback(now, booking).ok();
        self.with_call(contact, |call| call.booked = booked.or(call.booked));
        booked.is_some()
    }

    /// Whether whoever is on this call has a number that may be dialled.
    pub(super) fn can_be_called_back(&self, call: &Call) -> bool {
        call.party.number.as_ref().is_some_and(|number| self.setup.route(number).is_some())
    }

    /// Tells the store what changed, and sets when to look again.
    pub(super) fn tell_callbacks(&mut self, now: Timestamp) {
        let changed = self.callbacks.changed();
        if changed.is_empty() {
            return;
        }
        for callback in changed {
            self.fact(Fact::Callback(Box::new(callback)));
        }
        self.look_again(now);
    }

    /// Sets the one timer for callbacks, unless it fires before it is needed anyway.
    pub(super) fn look_again(&mut self, now: Timestamp) {
        let stands = self.callbacks.open().any(|callback| callback.stage == Stage::InLine);
        let look = stands.then(|| now + LOOK);
        let next = [self.callbacks.deadline(), look].into_iter().flatten().min();
        let Some(next) = next else { return };
        if self.look.is_none_or(|at| at > next) {
            self.look = Some(next);
            self.timers.insert((next, Timer::Callbacks));
        }
    }

    /// Callbacks whose time has come get their place in the line; whoever may not stand there any more leaves it.
    pub(super) fn callbacks_due(&mut self, now: Timestamp) {
        // A timer that an earlier one has made needless.
        if self.look.is_some_and(|at| at > now) {
            return;
        }
        self.look = None;
        if self.draining {
            return;
        }
        for id in self.callbacks.wake(now, &self.setup) {
            match self.callbacks.get(id).map(|callback| callback.stage) {
                Some(Stage::InLine) => self.line_up(now, id),
                Some(Stage::Waiting | Stage::InHand(_) | Stage::Calling { .. }) => {}
                Some(Stage::Over { .. }) | None => self.leave_line(now, id),
            }
        }
        let closed = |callback: &&Callback| callback.stage == Stage::InLine && !self.is_open(now, callback);
        for id in self.callbacks.open().filter(closed).map(|callback| callback.id).collect::<Vec<_>>() {
            self.leave_line(now, id);
            self.callbacks.put_off(now, id, Millis::ZERO, &self.setup);
        }
        self.look_again(now);
    }

    fn is_open(&self, now: Timestamp, callback: &Callback) -> bool {
        callback.queue.is_some_and(|queue| self.setup.opens(now, queue) == Some(now))
    }

    fn line_up(&mut self, now: Timestamp, id: CallbackId) {
        let Some(callback) = self.callbacks.get(id) else { return };
        let Some(queue) = callback.queue else { return };
        if !callback.reason.is_automatic() {
            return self.line_up_task(now, id);
        }
        match self.setup.rules(queue).unwrap_or_default().first {
            First::Agent => self.take_place(now, id, queue),
            First::Customer => {
                let claim = callback.entered.0 - i64::from(callback.bonus) * AGE_PER_PRIORITY.0;
                self.standby.entry(queue).or_default().insert((claim, id));
            }
        }
    }

    /// A call with nobody on the line, which holds the customer's place.
    fn take_place(&mut self, now: Timestamp, id: CallbackId, queue: QueueId) {
        let Some(callback) = self.callbacks.get(id) else { return };
        let party = party(callback);
        let (contact, room) = (ContactId(self.ids.next(now)), RoomId(self.ids.next(now)));
        let leg = LegId(self.ids.next(now));
        let customer = CustomerSide {
            leg,
            sip: true,
            answered: false,
            alerted: false,
            silent_since: None,
            hushed: false,
            gone: None,
        };
        if let Some(number) = party.number.clone() {
            self.looked_up.insert(contact, super::LookedUp::Asked);
            self.out.push_back(Output::LookUp { contact, number });
        }
        // Where it is put into the queue comes next.
        let nothing = Phase::Dialling { early_media: false };
        let callback = Some(Back { id, dialled: false });
        let call = Call { callback, ..Self::blank(now, contact, room, party, customer, nothing) };
        self.rooms.insert(room, contact);
        self.calls.insert(contact, call);
        self.put_into(now, contact, queue, 0);
    }

    /// Out of the line, if it stands there; what rings for it is withdrawn.
    fn leave_line(&mut self, now: Timestamp, id: CallbackId) {
        self.standby.retain(|_, line| {
            line.retain(|(_, at)| *at != id);
            !line.is_empty()
        });
        self.leave_task_line(now, id);
        let holds = |call: &&Call| call.is_only_a_place() && call.callback.is_some_and(|back| back.id == id);
        let Some((contact, room)) = self.calls.values().find(holds).map(|call| (call.id, call.room)) else { return };
        self.acd.handle(now, acd::Input::Leave(contact));
        self.held.remove(&contact);
        self.looked_up.remove(&contact);
        self.rooms.remove(&room);
        self.calls.remove(&contact);
    }

    /// Its place in the line is ended by somebody, or its queue is gone: so is the callback.
    pub(super) fn give_up_callback(&mut self, now: Timestamp, contact: ContactId) {
        let Some(back) = self.calls.get(&contact).and_then(|call| call.callback) else { return };
        self.ordered(now, Order::Cancel(back.id));
    }

    /// What is needed to dial a callback now. Counts the call, so nothing may refuse after it.
    fn may_call_back(&mut self, now: Timestamp, id: CallbackId) -> Result<Dialling, WireError> {
        let callback = self.callbacks.get(id).ok_or_else(|| words(Refused::Gone))?;
        if self.draining {
            return Err(WireError::new("dial.stopping"));
        }
        if callback.reason.is_automatic() && !self.is_open(now, callback) {
            return Err(WireError::new("callback.outside_hours"));
        }
        let to = callback.number.clone().ok_or_else(|| WireError::new("callback.no_number"))?;
        let ring = callback.queue.and_then(|queue| self.setup.rules(queue)).unwrap_or_default().ring;
        let (trunk, from) = self.setup.route(&to).ok_or_else(|| WireError::new("number.not_allowed"))?;
        self.permit(now)?;
        Ok(Dialling { trunk, to, from, ring })
    }

    /// The agent accepted the offer of a callback: the customer is dialled.
    ///
    /// # Errors
    /// When it must not be dialled at this moment; it is tried again later, and the offer is withdrawn.
    pub(super) fn call_back(
        &mut self,
        now: Timestamp,
        user: UserId,
        offer: OfferId,
        leg: LegId,
    ) -> Result<(), WireError> {
        let gone = || WireError::new("offer.gone");
        let contact = self.offers.get(&offer).map(|made| made.contact).ok_or_else(gone)?;
        let call = self.calls.get(&contact).ok_or_else(gone)?;
        let (id, customer) = (call.callback.ok_or_else(gone)?.id, call.customer.leg);
        let dialling = match self.may_call_back(now, id) {
            Ok(dialling) => dialling,
            Err(error) => {
                self.leave_line(now, id);
                self.callbacks.put_off(now, id, NOT_NOW, &self.setup);
                return Err(error);
            }
        };
        self.acd.handle(now, acd::Input::Accept(offer));
        self.legs.insert(customer, LegOwner::Customer(contact));
        self.dial_back(now, contact, id, Some((user, leg)), dialling);
        Ok(())
    }

    /// An agent calls somebody back now, whoever's turn it is.
    ///
    /// # Errors
    /// In words, when it cannot be done.
    pub(super) fn call_now(&mut self, now: Timestamp, user: UserId, id: CallbackId) -> Result<(), WireError> {
        let callback = self.callbacks.get(id).ok_or_else(|| words(Refused::Gone))?;
        let known = self.setup.users.get(&user);
        let serves = callback.queue.is_some_and(|queue| known.is_some_and(|user| user.queues.contains(&queue)));
        let team = callback.team.is_some_and(|team| self.setup.is_of_team(user, team));
        let own = callback.user == Some(user) || serves || team || self.may(user, Permission::Supervise);
        if !own || !self.may(user, Permission::Dial) {
            return Err(WireError::new("not_allowed"));
        }
        match callback.stage {
            Stage::Calling { .. } => return Err(words(Refused::Calling)),
            Stage::InHand(hand) if hand.user != user => return Err(words(Refused::InHand)),
            Stage::Waiting | Stage::InLine | Stage::InHand(_) | Stage::Over { .. } => {}
        }
        let (own_leg, party, queue) = (self.may_dial(user)?, party(callback), callback.queue);
        let dialling = self.may_call_back(now, id)?;
        self.leave_line(now, id);
        let contact = self.call_of(now, id, party, queue);
        self.dial_back(now, contact, id, Some((user, own_leg)), dialling);
        Ok(())
    }

    /// Dials customers whose turn has come, in queues that call the customer first.
    pub(super) fn call_customers(&mut self, now: Timestamp) {
        if self.draining {
            return;
        }
        for queue in self.standby.keys().copied().collect::<Vec<_>>() {
            while let Some(id) = self.whose_turn(queue) {
                let Some(party) = self.callbacks.get(id).map(party) else { return self.leave_line(now, id) };
                let allowed = self.may_call_back(now, id);
                self.leave_line(now, id);
                match allowed {
                    Ok(dialling) => {
                        let contact = self.call_of(now, id, party, Some(queue));
                        self.dial_back(now, contact, id, None, dialling);
                    }
                    Err(_) => self.callbacks.put_off(now, id, NOT_NOW, &self.setup),
                }
            }
        }
    }

    fn whose_turn(&mut self, queue: QueueId) -> Option<CallbackId> {
        let (_, id) = *self.standby.get(&queue)?.first()?;
        let calls = &self.calls;
        self.dialled_ahead.retain(|contact| {
            let call = calls.get(contact);
            call.is_some_and(|call| call.agent.is_none() && matches!(call.phase, Phase::Dialling { .. }))
        });
        let here = |contact: &&ContactId| self.calls.get(contact).is_some_and(|call| call.queue == Some(queue));
        let ahead = self.dialled_ahead.iter().filter(here).count();
        let callback = self.callbacks.get(id)?;
        let agents = usize::try_from(self.acd.ready(queue)).unwrap_or(usize::MAX).max(1);
        let next = self.acd.would_be_next(queue, callback.entered, callback.bonus);
        (self.acd.staffed(queue) && next && ahead < agents).then_some(id)
    }

    /// A new call for a try.
    fn call_of(&mut self, now: Timestamp, id: CallbackId, party: Party, queue: Option<QueueId>) -> ContactId {
        let leg = LegId(self.ids.next(now));
        let contact = self.new_call(now, leg, true, party, Phase::Dialling { early_media: false });
        let record = queue.and_then(|queue| self.setup.queues.get(&queue)).is_none_or(|queue| queue.record);
        self.with_call(contact, |call| {
            call.callback = Some(Back { id, dialled: false });
            (call.queue, call.record) = (queue, record);
        });
        contact
    }

    fn dial_back(
        &mut self,
        now: Timestamp,
        contact: ContactId,
        id: CallbackId,
        agent: Option<(UserId, LegId)>,
        Dialling { trunk, to, from, ring }: Dialling,
    ) {
        // Asked before: it is open and nobody calls it.
        let _ = self.callbacks.call(now, id, contact, agent.map(|(user, _)| user));
        let Some(leg) = self.calls.get(&contact).map(|call| call.customer.leg) else { return };
        self.with_call(contact, |call| {
            call.enter(now, Phase::Dialling { early_media: false });
            call.callback = Some(Back { id, dialled: true });
            call.agent = agent.map(|(user, leg)| AgentSide::new(user, leg, now));
        });
        self.edge(EdgeCommand::Dial { leg, role: LegRole::Dialled(contact), trunk, to, from, timeout: ring });
        match agent {
            Some((user, _)) => {
                self.play(now, contact, Some(Sound::Ringback));
                self.act(now, user, |activity| activity.engage(now, Engagement::Dialling(contact)));
            }
            None => {
                self.dialled_ahead.insert(contact);
            }
        }
    }

    /// A customer who was called first has answered: to the head of the line.
    pub(super) fn called_customer_answered(&mut self, now: Timestamp, contact: ContactId) {
        let queue = self.calls.get(&contact).and_then(|call| call.queue);
        match queue.filter(|queue| self.setup.queues.contains_key(queue)) {
            Some(queue) => self.put_into(now, contact, queue, 0),
            None => self.end_call(now, contact, Cause::Ended),
        }
    }

    /// The call of a try is over.
    pub(super) fn callback_tried(&mut self, now: Timestamp, contact: ContactId, cause: Cause) {
        let Some(call) = self.calls.get(&contact) else { return };
        let Some(back) = call.callback else { return };
        let reached = call.answered.is_some();
        self.callbacks.ended(now, back.id, contact, (reached, cause), &self.setup);
        self.keep_in_hand(now, back.id);
    }

    /// The customer of this call talks with this agent now: what they were to be called back for is done, where it was this
    /// agent's own task or their team's, or one of the queue that the call came through or of a queue that the agent serves. What another
    /// queue was asked for is another matter, and stays.
    ///
    /// At the first word, not at the last: while they talk nobody else shall be rung for their place, nor dial them.
    pub(super) fn serve_callbacks(&mut self, now: Timestamp, contact: ContactId, user: UserId) {
        let Some(call) = self.calls.get(&contact).filter(|call| call.side.is_none()) else { return };
        let Some(number) = call.party.number.clone() else { return };
        let (own, through) = (call.callback.map(|back| back.id), call.queue);
        let serves = self.setup.users.get(&user).map_or(&[][..], |user| &user.queues);
        let matter = |it: &Callback| match (it.user, it.team, it.queue) {
            (Some(whose), ..) => whose == user,
            (None, Some(team), _) => self.setup.is_of_team(user, team),
            (None, None, Some(queue)) => through == Some(queue) || serves.contains(&queue),
            (None, None, None) => false,
        };
        for id in self.callbacks.serve(now, &number, own, matter) {
            self.leave_line(now, id);
        }
    }

    /// What the store has open that this floor does not know, because its journal is lost.
    pub(super) fn take_up_callbacks(&mut self, now: Timestamp, left: Vec<Callback>) {
        self.callbacks.take_up(now, left);
    }

    /// What a desk says of a call that calls somebody back.
    pub(super) fn callback_card(&self, call: &Call) -> Option<CallbackCard> {
        let callback = self.callbacks.get(call.callback?.id)?;
        let rules = callback.queue.and_then(|queue| self.setup.rules(queue)).unwrap_or_default();
        let begun = matches!(callback.stage, Stage::Calling { .. });
        Some(CallbackCard {
            id: callback.id,
            reason: callback.reason,
            booked: callback.booked,
            tries: u8::try_from(callback.tries.len() - usize::from(begun)).unwrap_or(u8::MAX),
            agent_first: rules.first == First::Agent,
        })
    }
}

fn party(callback: &Callback) -> Party {
    Party { number: callback.number.clone(), name: callback.name.clone(), via: Via::Outbound, card: None }
}
