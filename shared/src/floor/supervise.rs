//! What a supervisor does with somebody else's call or desk: each deed asks for the permission and is written to the audit
//! log, as a fact, so that no crash loses it.
//!
//! Teams bind it: whoever is in one is supervised by those who lead a team of theirs ([`crate::team`]). The same holds while
//! somebody listens: who may not any more, because teams changed or the call went on to another team's agent, is let go.
//! Who talks is a party like any other by then, and stays: customers shall not lose a voice in the middle of a word.
//!
//! A supervisor hears with the warm connection of their own desk: they are a guest of the call, who listens, whispers or
//! talks.

use super::{Floor, Output};
use crate::call::guest::{Guest, MAX_PARTIES, Who};
use crate::call::{AgentSide, Call, Phase};
use crate::desk::Engagement;
use crate::edge::Cause;
use crate::ids::{ContactId, LegId, UserId};
use crate::perms::{Permission, allowed};
use crate::team;
use crate::time::Timestamp;
use crate::wire::WireError;
use crate::wire::parties::{Mode, Supervision};

impl Floor {
    pub(super) fn supervise(&mut self, now: Timestamp, user: UserId, action: &Supervision) -> Result<(), WireError> {
        if !self.may(user, Permission::Supervise) {
            return Err(WireError::new("not_allowed"));
        }
        self.must_oversee(user, action)?;
        // What it was done to, as it was before.
        let subject = self.subject(action);
        match action {
            Supervision::Enter { contact, mode } => self.enter(now, user, *contact, *mode)?,
            Supervision::TakeOver { contact } => self.take_over(now, user, *contact)?,
            Supervision::Kick { contact, leg } => self.kick_out(now, *contact, *leg)?,
            Supervision::ToQueue { contact, queue } => {
                self.supervised(*contact)?;
                if !self.setup.queues.contains_key(queue) {
                    return Err(WireError::new("queue.unknown"));
                }
                self.pass_to_queue(now, *contact, *queue);
            }
            Supervision::Disconnect { contact } => {
                self.supervised(*contact)?;
                self.end_call(now, *contact, Cause::Normal);
            }
            Supervision::Meeting { meeting, deed } => self.supervise_meeting(now, *meeting, deed)?,
            Supervision::SetState { user, state } => {
                self.signed_in_agent(*user)?;
                self.act(now, *user, |activity| activity.want(now, Some(state.clone())));
            }
            Supervision::SignOut { user } => {
                self.signed_in_agent(*user)?;
                self.sign_out(now, *user);
            }
        }
        self.audit_deed(now, user, action.audit_action(), subject);
        Ok(())
    }

    /// Refuses what concerns an agent of a team that this supervisor does not lead. Meetings are of no agent.
    fn must_oversee(&self, user: UserId, action: &Supervision) -> Result<(), WireError> {
        let of = match action {
            Supervision::Enter { contact, .. }
            | Supervision::TakeOver { contact }
            | Supervision::Kick { contact, .. }
            | Supervision::ToQueue { contact, .. }
            | Supervision::Disconnect { contact } => self.calls.get(contact).and_then(Call::answering),
            Supervision::SetState { user, .. } | Supervision::SignOut { user } => Some(*user),
            Supervision::Meeting { .. } => None,
        };
        match of.filter(|agent| !team::may_supervise(&self.setup.oversight, user, *agent)) {
            Some(agent) => Err(WireError::new("supervise.other_team").with("name", self.name_of(agent))),
            None => Ok(()),
        }
    }

    /// Lets those go who listen or whisper where they may not (any more); whether there was anybody.
    pub(super) fn dismiss_overhearing(&mut self, now: Timestamp) -> bool {
        let overheard = self.touched_calls.iter().filter_map(|contact| self.calls.get(contact));
        let strangers = overheard.filter(|call| call.is_overheard()).flat_map(|call| {
            let may = |user| {
                self.may(user, Permission::Supervise) && team::overseen(&self.setup.oversight, user, call.answering())
            };
            let silent = call.guests.iter().filter(|guest| !guest.talks());
            silent.filter(move |guest| !guest.agent().is_some_and(may)).map(|guest| (call.id, guest.leg))
        });
        let strangers: Vec<(ContactId, LegId)> = strangers.collect();
        for (contact, leg) in &strangers {
            // Each was found in its call just now.
            let _ = self.kick(now, *contact, *leg);
        }
        !strangers.is_empty()
    }

    /// Whether a user's roles allow something.
    pub(super) fn may(&self, user: UserId, permission: Permission) -> bool {
        self.setup.users.get(&user).is_some_and(|user| allowed(&user.roles, permission))
    }

    /// Leaves the desk: offline once the contact at hand is done, the socket closes.
    pub(super) fn sign_out(&mut self, now: Timestamp, user: UserId) {
        if let Some(open) = self.agents.get_mut(&user).and_then(|agent| agent.desk.take()) {
            self.desks.remove(&open.socket);
            self.out.push_back(Output::Close(open.socket));
        }
        self.revoke(now, user);
    }

    /// What the audit log calls it: contact and agent by id.
    fn subject(&self, action: &Supervision) -> String {
        let call = |contact: &ContactId| {
            let agent = self.calls.get(contact).and_then(|call| call.agent.as_ref());
            agent.map_or_else(|| contact.to_string(), |agent| format!("{contact} {}", agent.user))
        };
        match action {
            Supervision::Enter { contact, .. }
            | Supervision::TakeOver { contact }
            | Supervision::Kick { contact, .. }
            | Supervision::Disconnect { contact } => call(contact),
            Supervision::ToQueue { contact, queue } => format!("{} {queue}", call(contact)),
            Supervision::Meeting { meeting, deed } => self.meeting_subject(*meeting, deed),
            Supervision::SetState { user, .. } | Supervision::SignOut { user } => user.to_string(),
        }
    }

    fn signed_in_agent(&self, user: UserId) -> Result<(), WireError> {
        let agent = self.agents.get(&user).ok_or_else(|| WireError::new("agent.unknown"))?;
        if agent.activity.signed_in() {
            Ok(())
        } else {
            Err(WireError::new("agent.offline").with("name", self.name_of(user)))
        }
    }

    /// A call that can be supervised: a customer's, with somebody who talks to them.
    fn supervised(&self, contact: ContactId) -> Result<&Call, WireError> {
        let call = self.calls.get(&contact).filter(|call| call.is_together() && call.side.is_none());
        call.ok_or_else(|| WireError::new("contact.gone"))
    }

    /// The connection of a supervisor who is free to hear.
    pub(super) fn own_ear(&self, user: UserId) -> Result<LegId, WireError> {
        let agent = self.agents.get(&user).ok_or_else(|| WireError::new("not_allowed"))?;
        match agent.activity.engaged() {
            Engagement::Free => agent.ear().ok_or_else(|| WireError::new("sound.not_connected")),
            Engagement::Ringing(_)
            | Engagement::Dialling(_)
            | Engagement::Talking(_)
            | Engagement::Hold(_)
            | Engagement::WrapUp(..) => Err(WireError::new("supervise.engaged")),
        }
    }

    fn enter(&mut self, now: Timestamp, user: UserId, contact: ContactId, mode: Mode) -> Result<(), WireError> {
        let call = self.supervised(contact)?;
        if call.guest(user).is_some() {
            self.with_call(contact, |call| {
                if let Some(guest) = call.guest_mut(user) {
                    guest.mode = mode;
                }
            });
            // Somebody talks less: the customer may be alone with a lost voice, or with nobody.
            self.after_leaving(now, contact);
            return Ok(());
        }
        if call.parties() >= MAX_PARTIES {
            return Err(WireError::new("conference.full").with("limit", MAX_PARTIES));
        }
        let leg = self.own_ear(user)?;
        let who = Who::Agent(user);
        let guest = Guest { who, leg, since: now, mode, muted: false, hushed: false, silent_since: None };
        self.with_call(contact, |call| call.guests.push(guest));
        self.act(now, user, |activity| activity.engage(now, Engagement::Talking(contact)));
        self.tell_availability(now, user);
        self.keep_company(now, contact);
        Ok(())
    }

    fn take_over(&mut self, now: Timestamp, user: UserId, contact: ContactId) -> Result<(), WireError> {
        let call = self.supervised(contact)?;
        if call.is_led_by(user) {
            return Err(WireError::new("call.not_now"));
        }
        let (guest, sides) = (call.guest(user).map(|guest| guest.leg), call.sides.clone());
        let leg = guest.map_or_else(|| self.own_ear(user), Ok)?;
        for side in sides {
            self.close_side(now, side, Cause::Cancelled, super::sides::Parting::All);
        }
        self.part(now, contact, Cause::Normal);
        self.with_call(contact, |call| {
            call.guests.retain(|guest| guest.agent() != Some(user));
            if matches!(call.phase, Phase::Held) {
                call.enter(now, Phase::Talking);
            }
            call.source = None;
            call.agent = Some(AgentSide::new(user, leg, now));
        });
        self.act(now, user, |activity| activity.engage(now, Engagement::Talking(contact)));
        self.tell_availability(now, user);
        Ok(())
    }

    /// Removes a guest, or the agent from a conference that goes on.
    fn kick_out(&mut self, now: Timestamp, contact: ContactId, leg: LegId) -> Result<(), WireError> {
        let call = self.supervised(contact)?;
        if call.agent.as_ref().is_none_or(|agent| agent.leg != leg) {
            return self.kick(now, contact, leg);
        }
        if !call.has_company() {
            return Err(WireError::new("conference.nobody_left"));
        }
        self.step_out(now, contact, Cause::Normal);
        Ok(())
    }
}
