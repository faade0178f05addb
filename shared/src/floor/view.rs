//! What a desk shows, as a function of the floor; the page is told the parts that differ from what it knows.

use super::agents::Agent;
use super::{Floor, Output};
use crate::call::{Call, Phase};
use crate::desk::Engagement;
use crate::ids::UserId;
use crate::wire::desk::{ContactPhase, ContactView, Desk, DeskChange, OfferCard, ToDesk};

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
            Engagement::WrapUp(_, until) => (None, call.map(|call| self.contact_view(call, Some(until)))),
            Engagement::Dialling(_) | Engagement::Talking(_) | Engagement::Hold(_) => {
                (None, call.map(|call| self.contact_view(call, None)))
            }
        };
        Desk {
            user,
            status: agent.activity.status(),
            offer,
            contact,
            connected: agent.leg.is_some(),
            dispositions: self.setup.dispositions.clone(),
        }
    }

    fn offer_card(&self, user: UserId, call: &Call) -> Option<OfferCard> {
        let id = call.offer_to(user)?;
        let offer = self.offers.get(&id)?;
        Some(OfferCard {
            offer: id,
            contact: call.id,
            queue: self.queue_name(call).unwrap_or_default(),
            party: call.party.clone(),
            waited: offer.waited,
            since: offer.made,
            until: offer.until,
            why: offer.why.clone(),
        })
    }

    fn contact_view(&self, call: &Call, wrap_up: Option<crate::time::Timestamp>) -> ContactView {
        let phase = match (&call.phase, wrap_up) {
            (Phase::Over { cause, at, .. }, until) => {
                ContactPhase::WrapUp { until: until.unwrap_or(*at), cause: *cause }
            }
            (Phase::Dialling { .. }, _) => ContactPhase::Dialling,
            (Phase::Held, _) => ContactPhase::Hold,
            (Phase::Talking | Phase::Portal(_) | Phase::Queued { .. }, _) => ContactPhase::Talking,
        };
        ContactView {
            contact: call.id,
            party: call.party.clone(),
            queue: self.queue_name(call),
            waited: call.clocks.waited,
            phase,
            since: call.since,
            answered: call.answered,
            muted: call.agent.as_ref().is_some_and(|agent| agent.muted),
            recording: call.recording.is_some() && !call.is_over(),
            form: call.form.clone(),
            quality: call.customer.gone,
        }
    }

    fn queue_name(&self, call: &Call) -> Option<String> {
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
    if old.connected != new.connected {
        changes.push(DeskChange::Connected(new.connected));
    }
    changes
}
