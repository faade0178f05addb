//! What a desk shows, as a function of the floor; the page is told the parts that differ from what it knows.

use super::agents::Agent;
use super::telephone::Telephone;
use super::{Floor, Output};
use crate::call::{Call, Phase};
use crate::desk::Engagement;
use crate::edge::Cause;
use crate::ids::UserId;
use crate::time::{Millis, Timestamp};
use crate::wire::desk::{ContactPhase, ContactView, Desk, DeskChange, Explanation, OfferCard, Party, ToDesk};
use crate::wire::parties::Part;

impl Floor {
    /// Sends a snapshot to a desk that knows nothing yet, else the parts that changed.
    pub(super) fn update_desk(&mut self, user: UserId) {
        let Some(agent) = self.agents.get(&user) else { return };
        let Some(open) = &agent.desk else { return };
        let desk = self.view(user, agent);
        let (socket, seq) = (open.socket, open.seq);
        let messages = match &open.shown {
            None => vec![ToDesk::Snapshot { seq, now: self.now, desk: Box::new(desk.clone()) }],
            Some(shown) => changes(shown, &desk)
                .into_iter()
                .zip(seq + 1..)
                .map(|(change, seq)| ToDesk::Change { seq, change: Box::new(change) })
                .collect(),
        };
        let Some(open) = self.agents.get_mut(&user).and_then(|agent| agent.desk.as_mut()) else { return };
        if open.shown.is_some() {
            open.seq += messages.len() as u64;
        }
        open.shown = Some(Box::new(desk));
        for message in messages {
            self.out.push_back(Output::Desk { socket, message: Box::new(message) });
        }
    }

    fn view(&self, user: UserId, agent: &Agent) -> Desk {
        let call = agent.activity.engaged().contact().and_then(|contact| self.calls.get(&contact));
        let (offer, contact) = match agent.activity.engaged() {
            Engagement::Free => (None, None),
            Engagement::Ringing(_) => (call.and_then(|call| self.offer_card(user, call)), None),
            Engagement::WrapUp(_, until) => (None, call.map(|call| self.contact_view(user, call, Some(until)))),
            Engagement::Dialling(_) | Engagement::Talking(_) | Engagement::Hold(_) => {
                (None, call.map(|call| self.contact_view(user, call, None)))
            }
        };
        Desk {
            user,
            status: agent.activity.status(),
            offer,
            contact,
            connected: agent.leg.is_some(),
            dispositions: self.setup.dispositions.clone(),
            telephone: agent.telephone.as_ref().map(Telephone::view),
            watches_only: false,
            tasks: self.tasks_view(agent),
        }
    }

    fn offer_card(&self, user: UserId, call: &Call) -> Option<OfferCard> {
        let id = call.offer_to(user)?;
        let direct = match &call.phase {
            Phase::Asked { until, .. } => Some(*until),
            Phase::Parked(parked) => Some(parked.until),
            Phase::Queued { .. }
            | Phase::Meeting(_)
            | Phase::Portal(_)
            | Phase::Dialling { .. }
            | Phase::Talking
            | Phase::Held
            | Phase::Over { .. } => None,
        };
        let (since, until, waited, why, auto) = if let Some(until) = direct {
            (call.since, until, Millis::ZERO, Explanation::default(), false)
        } else {
            let offer = self.offers.get(&id)?;
            let auto = self.setup.routing_of(Some(offer.queue)).is_some_and(|routing| routing.auto_answer);
            (offer.made, offer.until, offer.waited, offer.why.clone(), auto)
        };
        let last = call.earlier.last().map(|earlier| earlier.name.clone());
        Some(OfferCard {
            offer: id,
            contact: call.id,
            queue: self.queue_name(call).unwrap_or_default(),
            party: self.party_of(call),
            waited,
            since,
            until,
            why,
            auto,
            direct: call.resting.is_some(),
            from: call.side.as_ref().map(|side| self.name_of(side.by)).or(last),
            purpose: call.side.as_ref().map(|side| side.purpose),
            earlier: self.earlier_view(user, call),
            decline: direct.is_some(),
            verified: self.main_of(call).verified.clone(),
            told: self.main_of(call).told.clone(),
            callback: self.callback_card(call),
        })
    }

    /// The customer, of whom a colleague who is asked sees what is known by now.
    pub(super) fn party_of(&self, call: &Call) -> Party {
        self.main_of(call).party.clone()
    }

    /// The call that one at the side belongs to; any other is its own.
    fn main_of<'a>(&'a self, call: &'a Call) -> &'a Call {
        call.side.as_ref().and_then(|side| self.calls.get(&side.of)).unwrap_or(call)
    }

    fn contact_view(&self, user: UserId, call: &Call, wrap_up: Option<Timestamp>) -> ContactView {
        let phase = match (&call.phase, wrap_up) {
            (Phase::Over { cause, at, .. }, until) => {
                ContactPhase::WrapUp { until: until.unwrap_or(*at), cause: *cause }
            }
            // Passed on: the call goes on without this agent.
            (_, Some(until)) => ContactPhase::WrapUp { until, cause: Cause::Normal },
            (Phase::Dialling { .. }, None) => ContactPhase::Dialling,
            // Whoever leads has put the customer on hold; the others go on.
            (Phase::Held, None) if call.guest(user).is_some() => ContactPhase::Talking,
            (Phase::Held, None) => ContactPhase::Hold,
            (
                Phase::Talking
                | Phase::Portal(_)
                | Phase::Queued { .. }
                | Phase::Asked { .. }
                | Phase::Parked(_)
                | Phase::Meeting(_),
                None,
            ) => ContactPhase::Talking,
        };
        let earlier = call.earlier.iter().rev().find(|earlier| earlier.user == user && !call.is_led_by(user));
        let guest = call.guest(user);
        let part = Self::part_of(user, call);
        let (form, since) = match earlier.filter(|_| wrap_up.is_some()) {
            Some(earlier) => (earlier.form.clone(), earlier.left),
            None => (call.form.clone(), call.since),
        };
        let here = wrap_up.is_none() && !call.is_over() && call.side.is_none();
        let many = here && (call.has_company() || guest.is_some());
        ContactView {
            contact: call.id,
            party: self.party_of(call),
            queue: self.queue_name(call),
            waited: call.clocks.waited,
            phase,
            since,
            answered: call.answered,
            muted: match guest {
                Some(guest) => guest.muted,
                None => call.agent.as_ref().is_some_and(|agent| agent.muted),
            },
            recording: call.recording.is_some() && !call.is_over(),
            paused_until: call.recording.and_then(|recording| recording.paused_until),
            form,
            wrap_up: self.wrap_up_mode(call.id),
            quality: call.customer.gone,
            part,
            parties: if many {
                self.parties_view(call, matches!(part, Part::Listens | Part::Whispers))
            } else {
                vec![]
            },
            sides: if here { self.sides_view(user, call) } else { vec![] },
            side_ended: call.side_ended.clone().filter(|_| here && guest.is_none()),
            earlier: self.earlier_view(user, call),
            verified: self.main_of(call).verified.clone(),
            told: self.main_of(call).told.clone(),
            playing: call.playing.as_ref().filter(|_| here).map(|playing| playing.sound.clone()),
            record_rule: self.record_rule(call),
            sounds: if here && part == Part::Responsible { self.playable(call) } else { vec![] },
            callback: self.callback_card(call),
        }
    }

    pub(super) fn queue_name(&self, call: &Call) -> Option<String> {
        call.queue.and_then(|id| self.setup.queues.get(&id)).map(|queue| queue.name.clone())
    }
}

fn changes(old: &Desk, new: &Desk) -> Vec<DeskChange> {
    let mut changes = Vec::new();
    if old.status != new.status {
        changes.push(DeskChange::Status(new.status.clone()));
    }
    if old.offer != new.offer {
        changes.push(DeskChange::Offer(new.offer.clone()));
    }
    if old.contact != new.contact {
        changes.push(DeskChange::Contact(new.contact.clone()));
    }
    if old.telephone != new.telephone {
        changes.push(DeskChange::Telephone(new.telephone.clone()));
    }
    if old.tasks != new.tasks {
        changes.push(DeskChange::Tasks(new.tasks.clone()));
    }
    if old.connected != new.connected {
        changes.push(DeskChange::Connected(new.connected));
    }
    changes
}
