//! A call that rings elsewhere: picked up by a colleague, or refused by who was asked by name.
//!
//! Who may pick up: an agent who serves the queue that offers the call; where somebody was asked by name, a colleague
//! who shares a queue with them; and a supervisor who may supervise whom it rings at. Whoever is first has it: commands come one after the other, and the
//! next one finds that it rings no more.

use super::Floor;
use crate::acd;
use crate::call::{AgentSide, Call, Phase};
use crate::edge::Cause;
use crate::engine::Engine;
use crate::facts::{AuditFact, Fact};
use crate::ids::{ContactId, OfferId, UserId};
use crate::perms::Permission;
use crate::team;
use crate::time::Timestamp;
use crate::wire::WireError;
use crate::wire::control::{ParkedLine, RingLine};

/// Calls that ring or are parked and shown at one desk, at most: nobody reads more of them.
const MOST_AROUND: usize = 50;

impl Floor {
    /// Answers a call that rings at a colleague's desk.
    pub(super) fn pick_up(&mut self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        let call = self.calls.get(&contact).filter(|call| call.rings().next().is_some());
        let call = call.ok_or_else(|| WireError::new("offer.gone"))?;
        if !self.may_pick_up(user, call) {
            return Err(WireError::new("not_allowed"));
        }
        if call.parked().is_some() {
            return self.retrieve(now, user, contact);
        }
        let leg = self.own_ear(user)?;
        let asked = if let Phase::Asked { user, .. } = call.phase { Some(user) } else { None };
        self.acd.handle(now, acd::Input::Take { contact, user });
        self.answer(contact);
        self.talk(now, contact, AgentSide::new(user, leg, now));
        if let Some(asked) = asked {
            self.let_go(now, asked, contact);
        }
        self.with_call(contact, |call| call.resting = None);
        self.announce_agent(now, contact, user);
        self.side_answered(now, contact);
        self.audit_deed(now, user, "call.picked_up", contact.to_string());
        Ok(())
    }

    /// Whether this agent may take what rings there.
    fn may_pick_up(&self, user: UserId, call: &Call) -> bool {
        if call.offer_to(user).is_some() || call.side.as_ref().is_some_and(|side| side.by == user) {
            return false;
        }
        let serves = |user: UserId, queue| self.setup.users.get(&user).is_some_and(|user| user.queues.contains(&queue));
        let shares = |other: UserId| {
            let queues = self.setup.users.get(&other).map_or(&[][..], |other| &other.queues);
            queues.iter().any(|queue| serves(user, *queue))
        };
        let near = match &call.phase {
            Phase::Queued { queue, .. } => serves(user, *queue),
            Phase::Asked { user: asked, .. } => shares(*asked),
            // Its own line says more.
            Phase::Parked(_)
            | Phase::Meeting(_)
            | Phase::Portal(_)
            | Phase::Dialling { .. }
            | Phase::Talking
            | Phase::Held
            | Phase::Over { .. } => return false,
        };
        let overseen = || call.rings().any(|(_, at)| team::may_supervise(&self.setup.oversight, user, at));
        near || self.may(user, Permission::Supervise) && overseen()
    }

    /// Refuses what rings because somebody asked for this agent.
    pub(super) fn decline(&mut self, now: Timestamp, user: UserId, offer: OfferId) -> Result<(), WireError> {
        if self.offer_to(user) != Some(offer) {
            return Err(WireError::new("offer.gone"));
        }
        if let Some(side) = self.asked_by(user, offer) {
            self.asked_in_vain(now, side, Cause::Rejected);
        } else if let Some(parked) = self.parked_by(user, offer) {
            self.end_park_ring(now, parked, false);
        } else {
            return Err(WireError::new("offer.not_declinable"));
        }
        Ok(())
    }

    /// What rings at colleagues and this agent may pick up.
    pub(super) fn ringing_view(&self, user: UserId) -> Vec<RingLine> {
        let rings = |call: &&Call| call.rings().next().is_some() && self.may_pick_up(user, call);
        let mut lines: Vec<RingLine> = self.calls.values().filter(rings).map(|call| self.ring_line(call)).collect();
        lines.sort_by_key(|line| (line.since, line.contact));
        lines.truncate(MOST_AROUND);
        lines
    }

    fn ring_line(&self, call: &Call) -> RingLine {
        let since = call.rings().filter_map(|(offer, _)| self.offers.get(&offer)).map(|offer| offer.made).min();
        RingLine {
            contact: call.id,
            customer: self.customer_name(call),
            queue: self.queue_name(call).filter(|_| matches!(call.phase, Phase::Queued { .. })),
            agents: call.rings().map(|(_, user)| self.name_of(user)).collect(),
            since: since.unwrap_or(call.since),
        }
    }

    /// What is parked, by place.
    pub(super) fn parked_view(&self) -> Vec<ParkedLine> {
        let line = |call: &Call| {
            let parked = call.parked()?;
            Some(ParkedLine {
                contact: call.id,
                slot: parked.slot,
                customer: self.customer_name(call),
                by: parked.by,
                by_name: self.name_of(parked.by),
                since: call.since,
                until: parked.until,
            })
        };
        let mut lines: Vec<ParkedLine> = self.calls.values().filter_map(line).collect();
        lines.sort_by_key(|line| line.slot);
        lines.truncate(MOST_AROUND);
        lines
    }

    /// The customer's name or number, for a list; of a call at the side that of the call it belongs to.
    pub(super) fn customer_name(&self, call: &Call) -> String {
        let party = self.party_of(call);
        let number = || party.number.as_ref().map(|number| number.as_str().to_owned());
        party.known_as().map(str::to_owned).or_else(number).unwrap_or_default()
    }

    /// Writes a deed to the audit log.
    pub(super) fn audit_deed(&mut self, now: Timestamp, user: UserId, action: &str, subject: String) {
        let id = self.ids.next(now);
        let (user_name, action) = (Some(self.name_of(user)), action.to_owned());
        self.fact(Fact::Audit(AuditFact { id, at: now, user: Some(user), user_name, action, subject }));
    }
}
