//! Calls on the floor: through the portal, into a queue, to an agent, to their end.

use super::enter::LookedUp;
use super::{Floor, LegOwner, Output, Timer};
use crate::acd::{self, Offer};
use crate::call::guest::Guest;
use crate::call::{AgentSide, Call, Clocks, CustomerSide, Phase, room};
use crate::desk::Engagement;
use crate::edge::{Cause, EdgeCommand, LegRole, Quality, RoomPlan, Sound, Source};
use crate::engine::Engine;
use crate::facts::{Fact, LegFact, OfferFact};
use crate::flow;
use crate::ids::{ContactId, LegId, OfferId, RoomId, SourceId, UserId};
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{Party, WrapUpForm};
use crate::wire::rest::OfferEnd;
use crate::wire::routing::WrapUpMode;

/// Wrap-up after a call that an agent dialled: no queue says how long.
const DIALLED_WRAP_UP: Millis = Millis::from_secs(60);

/// Wrap-up after a callback that reached nobody: as long as it takes to read why.
const UNREACHED_WRAP_UP: Millis = Millis::from_secs(8);

/// How long an offer rings that is answered for its agent: the page pops the card, the agent looks up.
const AUTO_ANSWER_AFTER: Millis = Millis(500);

/// What an agent hears before a customer whom they did not take by hand.
const AUTO_ANSWER_TONE: &str = "tones/beep";

impl Floor {
    /// A new call; its leg is known from now on.
    pub(super) fn new_call(&mut self, now: Timestamp, leg: LegId, sip: bool, party: Party, phase: Phase) -> ContactId {
        let id = ContactId(self.ids.next(now));
        let room = RoomId(self.ids.next(now));
        let customer =
            CustomerSide { leg, sip, answered: false, alerted: false, silent_since: None, hushed: false, gone: None };
        if let Some(number) = party.number.clone() {
            self.looked_up.insert(id, LookedUp::Asked);
            self.out.push_back(Output::LookUp { contact: id, number });
        }
        self.legs.insert(leg, LegOwner::Customer(id));
        self.rooms.insert(room, id);
        self.calls.insert(id, Self::blank(now, id, room, party, customer, phase));
        self.touched_calls.insert(id);
        id
    }

    /// A call in which nothing has happened yet.
    pub(super) fn blank(
        now: Timestamp,
        id: ContactId,
        room: RoomId,
        party: Party,
        customer: CustomerSide,
        phase: Phase,
    ) -> Call {
        Call {
            id,
            room,
            party,
            began: now,
            queued: None,
            answered: None,
            queue: None,
            record: false,
            recording: None,
            customer,
            agent: None,
            guests: Vec::new(),
            sides: Vec::new(),
            side: None,
            side_ended: None,
            earlier: Vec::new(),
            source: None,
            chime: None,
            phase,
            since: now,
            clocks: Clocks::default(),
            outside: None,
            estimated: None,
            estimate_error: None,
            tone: None,
            entered: None,
            house: None,
            bonus: 0,
            hops: Vec::new(),
            booked: None,
            callback: None,
            trail: Vec::new(),
            message: None,
            resting: None,
            attendance: None,
            ending: None,
            surveyed: false,
            wish: None,
            duty: None,
            on_duty: false,
            form: WrapUpForm::default(),
            referrer: None,
            referred: false,
            announcement: None,
            playing: None,
            barred: false,
            verified: None,
            told: Vec::new(),
        }
    }

    /// Sets what the house plays to the customer; nothing ends it.
    pub(super) fn play(&mut self, now: Timestamp, contact: ContactId, sound: Option<Sound>) {
        let source = sound.map(|sound| Source { id: SourceId(self.ids.next(now)), sound });
        self.with_call(contact, |call| call.source = source);
    }

    /// Answers the customer's leg unless that is done.
    pub(super) fn answer(&mut self, contact: ContactId) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        if !std::mem::replace(&mut call.customer.answered, true) {
            let leg = call.customer.leg;
            self.edge(EdgeCommand::Answer { leg, role: LegRole::Customer(contact) });
        }
        self.touched_calls.insert(contact);
    }

    /// A caller who is not being offered hears the queue; one who is, and was not answered yet, hears ringing.
    pub(super) fn start_treatment(&mut self, now: Timestamp, contact: ContactId) {
        if self.held.contains_key(&contact) {
            return;
        }
        let Some(call) = self.calls.get_mut(&contact) else { return };
        if call.is_only_a_place() {
            return;
        }
        let Phase::Queued { treatment, rings, .. } = &mut call.phase else { return };
        let leg = call.customer.leg;
        if !rings.is_empty() && !call.customer.answered {
            if !std::mem::replace(&mut call.customer.alerted, true) {
                self.edge(EdgeCommand::Ring { leg, early_media: false });
            }
        } else if call.source.is_none() {
            let sound = treatment.start(now);
            self.answer(contact);
            self.play_treatment(now, contact, sound);
        }
    }

    /// What a waiting caller wished for by a key cannot be had.
    pub(super) fn deny_key(&mut self, now: Timestamp, contact: ContactId) {
        let Some(Call { phase: Phase::Queued { treatment, .. }, .. }) = self.calls.get_mut(&contact) else { return };
        let sound = treatment.deny();
        self.play_treatment(now, contact, sound);
    }

    fn play_treatment(&mut self, now: Timestamp, contact: ContactId, sound: Sound) {
        self.play(now, contact, Some(sound));
        if let Some(Call { phase: Phase::Queued { treatment, .. }, .. }) = self.calls.get(&contact)
            && let Some(at) = treatment.deadline()
        {
            self.timers.insert((at, Timer::Call(contact)));
        }
    }

    /// A prompt that the house played to this call is over.
    pub(super) fn played(&mut self, now: Timestamp, contact: ContactId, source: SourceId) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let tone = call.tone.take_if(|playing| playing.id == source);
        let announcement = call.announcement.take_if(|playing| playing.id == source);
        let sound = call.playing.take_if(|playing| playing.source.id == source).map(|playing| playing.source);
        let chime = call.chime.take_if(|playing| playing.id == source);
        if tone.or(announcement).or(sound).or(chime).is_some() {
            self.touched_calls.insert(contact);
            return;
        }
        if self.beeped(now, contact, source) {
            return;
        }
        let Some(call) = self.calls.get_mut(&contact) else { return };
        if call.source.as_ref().is_none_or(|playing| playing.id != source) {
            return;
        }
        if let Phase::Queued { treatment, .. } = &mut call.phase {
            let sound = treatment.played(now);
            self.play_treatment(now, contact, sound);
        } else {
            self.portal(now, contact, flow::Input::Played);
        }
    }

    /// The portal's or the queue's timer.
    pub(super) fn call_due(&mut self, now: Timestamp, contact: ContactId) {
        let position = self.acd.position(contact).unwrap_or(1);
        let wait = self.calls.get(&contact).and_then(|call| self.acd.estimated_wait(now, call.queue?, position));
        let Some(call) = self.calls.get_mut(&contact) else { return };
        match &mut call.phase {
            Phase::Queued { treatment, .. } => {
                if let Some(sound) = treatment.announce(now, position, wait) {
                    self.play_treatment(now, contact, sound);
                }
            }
            Phase::Portal(_) => self.portal_due(now, contact),
            Phase::Asked { .. }
            | Phase::Parked(_)
            | Phase::Meeting(_)
            | Phase::Dialling { .. }
            | Phase::Talking
            | Phase::Held
            | Phase::Over { .. } => {}
        }
    }

    pub(super) fn offered(&mut self, now: Timestamp, made: &Offer) {
        self.act(now, made.user, |activity| activity.engage(now, Engagement::Ringing(made.contact)));
        self.end_task_offer(now, made.user, OfferEnd::Interrupted);
        self.with_call(made.contact, |call| {
            if let Phase::Queued { rings, .. } = &mut call.phase {
                rings.insert((made.id, made.user));
            }
        });
        self.offers.insert(made.id, made.clone());
        if self.setup.routing_of(Some(made.queue)).is_some_and(|routing| routing.auto_answer) {
            self.timers.insert((now + AUTO_ANSWER_AFTER, Timer::Answer(made.id)));
        }
    }

    pub(super) fn offer_ended(&mut self, now: Timestamp, made: Offer, end: OfferEnd) {
        self.offers.remove(&made.id);
        self.act(now, made.user, |activity| match end {
            OfferEnd::TimedOut => activity.miss(now),
            OfferEnd::Accepted => None,
            OfferEnd::Withdrawn | OfferEnd::Lost | OfferEnd::Taken | OfferEnd::Interrupted => {
                activity.engage(now, Engagement::Free)
            }
        });
        self.with_call(made.contact, |call| {
            if let Phase::Queued { rings, .. } = &mut call.phase {
                rings.remove(&(made.id, made.user));
            }
        });
        // Its time may have come while it rang.
        if self.setup.queues.get(&made.queue).is_some_and(|queue| queue.waiting.first_wait().is_some()) {
            self.timers.insert((now, Timer::Overflow(made.contact)));
        }
        self.fact(Fact::Offer(OfferFact {
            id: made.id,
            contact: made.contact,
            agent: made.user,
            queue: made.queue,
            made: made.made,
            ended: now,
            end,
            why: made.why,
        }));
    }

    /// The offer that rings at this agent's desk.
    pub(super) fn offer_to(&self, user: UserId) -> Option<OfferId> {
        let contact = self.agents.get(&user)?.activity.engaged().contact()?;
        self.calls.get(&contact)?.offer_to(user)
    }

    /// The agent answered what rings there: an offer, a colleague who asks, or a call that they had parked.
    pub(super) fn take_offer(&mut self, now: Timestamp, user: UserId, offer: OfferId, leg: LegId) {
        match self.parked_by(user, offer) {
            Some(contact) => self.unpark(now, user, contact, leg),
            None => self.accept(now, user, offer, leg),
        }
    }

    /// The agent answered: the two talk. The caller's leg is answered now if it only rang so far.
    pub(super) fn accept(&mut self, now: Timestamp, user: UserId, offer: OfferId, leg: LegId) {
        let distributed = self.offers.get(&offer).map(|offer| offer.contact);
        if distributed.and_then(|contact| self.calls.get(&contact)).is_some_and(Call::is_only_a_place) {
            // Refused only to who answers by hand: this queue answers for its agents.
            let _ = self.call_back(now, user, offer, leg);
            return;
        }
        let Some(contact) = distributed.or_else(|| self.asked_by(user, offer)) else { return };
        self.acd.handle(now, acd::Input::Accept(offer));
        self.answer(contact);
        self.talk(now, contact, AgentSide::new(user, leg, now));
        self.announce_agent(now, contact, user);
        self.side_answered(now, contact);
    }

    /// The queue answers for its agents: who is rung hears a tone, and then the customer.
    pub(super) fn auto_answer(&mut self, now: Timestamp, offer: OfferId) {
        let Some((user, contact)) = self.offers.get(&offer).map(|made| (made.user, made.contact)) else { return };
        // Who takes calls on a telephone answers there: nobody else knows that it is not a mailbox.
        let agent = self.agents.get(&user).filter(|agent| agent.telephone.is_none());
        let Some(leg) = agent.and_then(|agent| agent.leg) else { return };
        self.accept(now, user, offer, leg);
        let tone = Source { id: SourceId(self.ids.next(now)), sound: Sound::Prompt(vec![AUTO_ANSWER_TONE.to_owned()]) };
        self.with_call(contact, |call| call.tone = Some(tone));
    }

    /// Agent and customer talk from now on.
    pub(super) fn talk(&mut self, now: Timestamp, contact: ContactId, agent: AgentSide) {
        let user = agent.user;
        self.with_call(contact, |call| {
            call.enter(now, Phase::Talking);
            call.answer(now);
            call.agent = Some(agent);
            call.source = None;
            call.resting = None;
        });
        if let Some(back) = self.calls.get(&contact).and_then(|call| call.callback) {
            self.callbacks.answered(back.id, contact, user);
        }
        self.serve_callbacks(now, contact, user);
        self.act(now, user, |activity| activity.engage(now, Engagement::Talking(contact)));
    }

    /// Ends the call, whatever it is doing: the agent wraps up, the record is written. The leg is ended if it lives.
    pub(super) fn end_call(&mut self, now: Timestamp, contact: ContactId, cause: Cause) {
        let Some(call) = self.calls.get(&contact).filter(|call| !call.is_over()) else { return };
        if call.side.is_some() {
            return self.end_side(now, contact, cause);
        }
        if call.is_only_a_place() {
            return self.give_up_callback(now, contact);
        }
        // Whoever hangs up on a flow has told it something all the same.
        self.note_told(now, contact);
        self.send_home(now, contact, cause);
        self.end_park_ring(now, contact, false);
        self.leave_meeting(now, contact);
        let Some(call) = self.calls.get(&contact) else { return };
        let (leg, gone, engaged) = (call.customer.leg, call.customer.gone.is_some(), call.agent.clone());
        self.acd.handle(now, acd::Input::Leave(contact));
        self.give_up_outside(contact, cause);
        self.stop_asking(now, contact);
        self.close_message(now, contact);
        self.held.remove(&contact);
        if !gone {
            self.edge(EdgeCommand::End { leg, cause });
        }
        if let Some(referrer) = self.calls.get(&contact).and_then(|call| call.referrer.as_ref()).map(|side| side.leg) {
            self.edge(EdgeCommand::End { leg: referrer, cause });
        }
        let wrap_up = self.wrap_up_after(contact, engaged.is_some());
        let wrapped = wrap_up.is_none().then_some(now);
        self.with_call(contact, |call| {
            call.enter(now, Phase::Over { cause, at: now, wrapped });
            call.source = None;
            call.resting = None;
        });
        if let Some(agent) = engaged {
            let engagement = wrap_up.map_or(Engagement::Free, |span| Engagement::WrapUp(contact, now + span));
            if let Engagement::WrapUp(_, until) = engagement {
                self.timers.insert((until, Timer::WrapUp(agent.user)));
            }
            self.act(now, agent.user, |activity| activity.engage(now, engagement));
            self.agent_left(now, contact, &agent, cause);
        }
        self.callback_tried(now, contact, cause);
        self.store_record(now, contact);
        self.store_trail(contact);
    }

    pub(super) fn wrap_up_after(&self, contact: ContactId, agent: bool) -> Option<Millis> {
        let call = self.calls.get(&contact).filter(|_| agent)?;
        let Some(queue) = call.queue.and_then(|id| self.setup.queues.get(&id)) else { return Some(DIALLED_WRAP_UP) };
        if call.callback.is_some() && call.answered.is_none() {
            return Some(UNREACHED_WRAP_UP);
        }
        match queue.routing.wrap_up {
            WrapUpMode::None => None,
            WrapUpMode::Optional | WrapUpMode::Timed => Some(queue.wrap_up).filter(|span| *span > Millis::ZERO),
            WrapUpMode::MustClassify => Some(queue.wrap_up),
        }
    }

    /// What ends this contact's wrap-up. Nobody must choose from nothing.
    pub(super) fn wrap_up_mode(&self, contact: ContactId) -> WrapUpMode {
        let call = self.calls.get(&contact);
        if call.is_some_and(|call| call.callback.is_some() && call.answered.is_none()) {
            return WrapUpMode::Optional;
        }
        let queue = call.and_then(|call| call.queue);
        match self.setup.routing_of(queue).map(|routing| routing.wrap_up).unwrap_or_default() {
            WrapUpMode::MustClassify if self.setup.dispositions.is_empty() => WrapUpMode::Optional,
            mode @ (WrapUpMode::None | WrapUpMode::Optional | WrapUpMode::Timed | WrapUpMode::MustClassify) => mode,
        }
    }

    /// The agent's part in the contact as a leg of its record.
    pub(super) fn agent_left(&mut self, now: Timestamp, contact: ContactId, agent: &AgentSide, cause: Cause) {
        self.fact(Fact::Leg(LegFact {
            id: agent.leg,
            contact,
            agent: Some(agent.user),
            outside: None,
            sip: false,
            began: agent.since,
            ended: now,
            cause,
            quality: None,
        }));
    }

    pub(super) fn store_record(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        if let Some(record) = call.side_record() {
            self.fact(Fact::Consult(record));
        } else if let Some(record) = call.record(now) {
            self.fact(Fact::Contact(Box::new(record)));
        }
    }

    /// The customer's leg is gone.
    pub(super) fn customer_gone(&mut self, now: Timestamp, contact: ContactId, cause: Cause, quality: Quality) {
        if self.referral_failed(now, contact, cause, quality) {
            return;
        }
        let Some(call) = self.calls.get_mut(&contact) else { return };
        call.customer.gone = Some(quality);
        let leg = LegFact {
            id: call.customer.leg,
            contact,
            agent: None,
            outside: None,
            sip: call.customer.sip,
            began: call.began,
            ended: now,
            cause,
            quality: Some(quality),
        };
        self.legs.remove(&leg.id);
        self.touched_calls.insert(contact);
        self.end_call(now, contact, cause);
        self.fact(Fact::Leg(leg));
    }

    pub(super) fn wrap_up_over(&mut self, now: Timestamp, user: UserId) {
        let Some(agent) = self.agents.get(&user) else { return };
        if let Engagement::WrapUp(contact, until) = agent.activity.engaged()
            && until <= now
            && self.wrap_up_mode(contact) != WrapUpMode::MustClassify
        {
            self.finish_wrap_up(now, user, contact);
        }
    }

    pub(super) fn finish_wrap_up(&mut self, now: Timestamp, user: UserId, contact: ContactId) {
        self.with_call(contact, |call| {
            let passed_on = call.earlier.iter_mut().filter(|earlier| earlier.user == user);
            for earlier in passed_on {
                earlier.wrapped.get_or_insert(now);
            }
            if let Phase::Over { wrapped, .. } = &mut call.phase
                && call.agent.as_ref().is_none_or(|agent| agent.user == user)
            {
                wrapped.get_or_insert(now);
            }
        });
        self.store_record(now, contact);
        self.release(now, user);
    }

    /// The agent is done with the contact: free, or gone if they signed out meanwhile.
    pub(super) fn release(&mut self, now: Timestamp, user: UserId) {
        self.act(now, user, |activity| activity.engage(now, Engagement::Free));
        if self.agents.get(&user).is_some_and(|agent| !agent.activity.signed_in()) {
            self.leave(now, user);
        }
    }

    /// Everybody whose desk shows something of this call.
    pub(super) fn people_of(&self, contact: ContactId) -> Vec<UserId> {
        let Some(call) = self.calls.get(&contact) else { return Vec::new() };
        let sides = call.sides.iter().filter_map(|side| self.calls.get(side));
        let here = |call: &Call| {
            let agent = call.agent.as_ref().map(|agent| agent.user);
            call.rings().map(|(_, user)| user).chain(agent).collect::<Vec<_>>()
        };
        let wrapping = call.earlier.iter().filter(|earlier| earlier.wrapped.is_none()).map(|earlier| earlier.user);
        let mut people: Vec<UserId> = here(call);
        people.extend(sides.flat_map(here));
        people.extend(call.guests.iter().filter_map(Guest::agent));
        people.extend(call.side.as_ref().map(|side| side.by));
        people.extend(wrapping);
        people
    }

    /// Tells the edge who hears whom, if that changed.
    pub(super) fn update_room(&mut self, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        let room = call.room;
        match room::plan(call) {
            Some(plan) if self.plans.get(&contact) != Some(&plan) => {
                self.plans.insert(contact, plan.clone());
                self.set_room(plan);
            }
            None if self.plans.remove(&contact).is_some() => self.edge(EdgeCommand::CloseRoom { room }),
            Some(_) | None => {}
        }
    }

    /// Tells the edge who hears whom, with the tenant's own prompts.
    pub(super) fn set_room(&mut self, plan: RoomPlan) {
        let plan = self.setup.voiced(plan);
        self.edge(EdgeCommand::SetRoom(plan));
    }

    /// A closed call is only in the store from now on; its recording may still be on its way, see `recordings`.
    pub(super) fn forget_if_closed(&mut self, contact: ContactId) {
        if self.calls.get(&contact).is_some_and(Call::is_closed)
            && let Some(call) = self.calls.remove(&contact)
        {
            self.rooms.remove(&call.room);
            self.looked_up.remove(&contact);
        }
    }

    /// Changes a call and marks it as touched.
    pub(super) fn with_call(&mut self, contact: ContactId, change: impl FnOnce(&mut Call)) {
        if let Some(call) = self.calls.get_mut(&contact) {
            change(call);
            self.touched_calls.insert(contact);
        }
    }
}
