//! Silence, meant or not: hold, mute, and what becomes of a call when one side's sound is lost.
//!
//! A customer who talks to an agent without sound has company in the form of music; one whose agent stays away goes back
//! to the queue.

use super::meetings::MEETING_SILENCE;
use super::{Floor, Timer};
use crate::call::{Call, Phase};
use crate::desk::Engagement;
use crate::edge::{Cause, Sound};
use crate::ids::{ContactId, UserId};
use crate::time::{Millis, Timestamp};

/// What a customer on hold hears when the call came through no queue.
const DEFAULT_MUSIC: &str = "music/calm";

/// Added to the priority of a customer who lost their agent: before everybody who has waited less than nine minutes.
const LOST_AGENT_BONUS: u8 = 9;

/// How long a customer's leg may be without sound, and how long when the visitor's socket is closed as well.
pub(super) const DEAD_LEG_LIMIT: Millis = Millis::from_secs(60);
const CLOSED_PAGE_LIMIT: Millis = Millis::from_secs(5);

/// How long the page of an agent who lifts the mute may take to send sound again, before the customer has company.
const SPEAKS_WITHIN: Millis = Millis::from_secs(2);

/// How long a customer is kept company while the agent's page is gone, before the next agent is asked.
pub(super) const SILENT_LIMIT: Millis = Millis::from_secs(30);

impl Floor {
    /// Puts the customer on hold, or takes the customer back.
    pub(super) fn hold(&mut self, now: Timestamp, contact: ContactId, on: bool) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let Some(user) = call.agent.as_ref().map(|agent| agent.user) else { return };
        match (&call.phase, on) {
            (Phase::Talking, true) => call.enter(now, Phase::Held),
            (Phase::Held, false) => call.enter(now, Phase::Talking),
            _ => return,
        }
        if on {
            let music = Sound::Music(self.music_of(contact));
            self.play(now, contact, Some(music));
        } else {
            self.keep_company(now, contact);
        }
        let engaged = if on { Engagement::Hold(contact) } else { Engagement::Talking(contact) };
        self.act(now, user, |activity| activity.engage(now, engaged));
    }

    /// The agent stops to be heard by choice, or speaks again. A page that had stopped sending needs a moment to be heard.
    pub(super) fn mute(&mut self, now: Timestamp, contact: ContactId, on: bool) {
        let Some(call) = self.calls.get_mut(&contact) else { return };
        let Some(agent) = call.agent.as_mut() else { return };
        agent.muted = on;
        let needs_a_moment = !on && agent.silent;
        let sides = call.sides.clone();
        self.touched_calls.insert(contact);
        for side in sides {
            self.with_call(side, |call| call.customer.hushed = on);
        }
        if needs_a_moment {
            self.timers.insert((now + SPEAKS_WITHIN, Timer::Company(contact)));
        } else {
            self.keep_company(now, contact);
        }
    }

    /// Music for a customer who talks to an agent whose sound is lost, and none for the others. An agent who has muted is
    /// meant not to be heard.
    pub(super) fn keep_company(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        let Call { phase: Phase::Talking, agent: Some(agent), source, side, .. } = call else { return };
        if side.as_ref().is_some_and(|side| !side.front) {
            return;
        }
        let (wanted, playing) = (agent.silent && !agent.muted && !call.has_company(), source.is_some());
        self.touched_calls.insert(contact);
        if wanted != playing {
            let music = wanted.then(|| Sound::Music(self.music_of(contact)));
            self.play(now, contact, music);
        }
    }

    pub(super) fn music_of(&self, contact: ContactId) -> String {
        let queue = self.calls.get(&contact).and_then(|call| call.queue).and_then(|id| self.setup.queues.get(&id));
        queue.map_or_else(|| DEFAULT_MUSIC.to_owned(), |queue| queue.music.clone())
    }

    /// No sound has come from the customer for long: nobody is there, or nobody can be heard.
    pub(super) fn customer_silent(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        let Some(since) = call.customer.silent_since else { return };
        let left = !call.customer.sip && !self.visitor_of.contains_key(&contact);
        let meets = self.meeting_of(contact).is_some();
        let limit = if left {
            CLOSED_PAGE_LIMIT
        } else if meets {
            MEETING_SILENCE
        } else {
            DEAD_LEG_LIMIT
        };
        if now.since(since) >= limit {
            self.end_call(now, contact, Cause::Lost);
        } else {
            self.timers.insert((since + limit, Timer::CustomerSilent(contact)));
        }
    }

    /// The agent's page did not come back: the customer goes to the head of the queue, the agent is free of the call.
    pub(super) fn silent_for_long(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        let side = call.agent.as_ref().filter(|side| side.silent);
        let since = side.and_then(|side| side.silent_since);
        if side.is_none() || !matches!(call.phase, Phase::Talking | Phase::Held) {
            return;
        }
        let user = side.map(|side| side.user);
        let (at_the_side, company) = (call.side.is_some(), call.has_company());
        if let Some(until) = user.and_then(|user| self.waited_for(now, user, since)) {
            self.timers.insert((until, Timer::Silent(contact)));
            return;
        }
        if at_the_side {
            return self.end_side(now, contact, Cause::Lost);
        }
        if company {
            return self.step_out(now, contact, Cause::Lost);
        }
        self.abandoned_by_agent(now, contact);
    }

    /// Until when an agent is waited for whose sound is lost since then; `None`: they are given up.
    pub(super) fn waited_for(&self, now: Timestamp, user: UserId, silent: Option<Timestamp>) -> Option<Timestamp> {
        let agent = self.agents.get(&user)?;
        match (&agent.desk, agent.leg) {
            // Page and connection are there, only the microphone is not: the agent reads so, hears the customer, and
            // plugs it in again. Asked anew, should the page go away as well.
            (Some(_), Some(_)) => Some(now + SILENT_LIMIT),
            (Some(_), None) => silent.map(|since| since + SILENT_LIMIT).filter(|until| *until > now),
            (None, _) => agent.lost_since.map(|since| since + SILENT_LIMIT).filter(|until| *until > now),
        }
    }

    /// The customer has lost their agent: to the head of the queue, if there is one.
    pub(super) fn abandoned_by_agent(&mut self, now: Timestamp, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        if call.side.is_some() {
            return self.end_side(now, contact, Cause::Lost);
        }
        let queue = call.queue;
        self.send_home(now, contact, Cause::Lost);
        let Some(agent) = self.calls.get_mut(&contact).and_then(|call| call.agent.take()) else { return };
        self.agent_left(now, contact, &agent, Cause::Lost);
        self.act(now, agent.user, |activity| activity.engage(now, Engagement::Free));
        match queue {
            Some(queue) => self.put_into(now, contact, queue, LOST_AGENT_BONUS),
            None => self.end_call(now, contact, Cause::Lost),
        }
    }
}
