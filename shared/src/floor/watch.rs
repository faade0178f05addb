//! Live lists for pages that watch: colleagues and queues to choose from, or the whole floor with its calls.
//!
//! A page gets a list at once, and then at most once a second if it differs from what the page knows; with nobody
//! watching nothing is counted.

use super::{Floor, Timer};
use crate::call::{Call, Phase};
use crate::desk::Engagement;
use crate::ids::{QueueId, UserId};
use crate::perms::Permission;
use crate::time::{Millis, Timestamp};
use crate::wire::WireError;
use crate::wire::desk::ToDesk;
use crate::wire::parties::{AgentLine, CallLine, FloorView, QueueLine, Watch};
use std::collections::BTreeMap;

/// How often a list may change before the eyes of who watches.
const EVERY: Millis = Millis::from_secs(1);

impl Floor {
    /// A page begins or ends to watch.
    pub(super) fn watch(&mut self, now: Timestamp, user: UserId, what: Watch) -> Result<(), WireError> {
        match what {
            Watch::Floor if !self.may(user, Permission::WatchFloor) => return Err(WireError::new("not_allowed")),
            Watch::Floor | Watch::Directory | Watch::Around | Watch::Nothing => {}
        }
        if let Some(open) = self.agents.get_mut(&user).and_then(|agent| agent.desk.as_mut()) {
            open.watch = what;
            open.watched = None;
        }
        self.begin_to_watch(now, what != Watch::Nothing);
        Ok(())
    }

    /// Shows the lists at once, and every second from now on.
    pub(super) fn begin_to_watch(&mut self, now: Timestamp, on: bool) {
        self.show_lists();
        if on && !std::mem::replace(&mut self.watching, true) {
            self.timers.insert((now + EVERY, Timer::Watch));
        }
    }

    /// A second has passed.
    pub(super) fn watch_due(&mut self, now: Timestamp) {
        self.watching = self.show_lists();
        if self.watching {
            self.timers.insert((now + EVERY, Timer::Watch));
        }
    }

    /// Shows everybody who watches what differs from what they saw; whether anybody watches.
    fn show_lists(&mut self) -> bool {
        let watches = |floor: &Self, what: Watch| {
            let open = floor.agents.iter().filter_map(|(user, agent)| Some((*user, agent.desk.as_ref()?)));
            open.filter(|(_, open)| open.watch == what).map(|(user, _)| user).collect::<Vec<_>>()
        };
        let (directory, floor) = (watches(self, Watch::Directory), watches(self, Watch::Floor));
        let around = watches(self, Watch::Around);
        let parked = self.parked_view();
        for (users, calls) in [(&around, None), (&directory, Some(false)), (&floor, Some(true))] {
            if !users.is_empty() {
                let view = calls.map(|calls| self.floor_view(calls)).unwrap_or_default();
                for user in users {
                    let (ringing, parked) = (self.ringing_view(*user), parked.clone());
                    self.show(*user, &FloorView { ringing, parked, ..view.clone() });
                }
            }
        }
        if self.has_spectators() {
            let view = FloorView { parked, ..self.floor_view(true) };
            self.show_spectators(&view);
        }
        self.has_spectators() || !around.is_empty() || !directory.is_empty() || !floor.is_empty()
    }

    fn show(&mut self, user: UserId, view: &FloorView) {
        let Some(open) = self.agents.get_mut(&user).and_then(|agent| agent.desk.as_mut()) else { return };
        if open.watched.as_deref() == Some(view) {
            return;
        }
        open.watched = Some(Box::new(view.clone()));
        let socket = open.socket;
        self.tell_desk(socket, ToDesk::Floor { floor: Box::new(view.clone()) });
    }

    fn floor_view(&self, calls_wanted: bool) -> FloorView {
        let lines = self.agents.keys().filter_map(|user| self.agent_line(*user, calls_wanted));
        let mut agents: Vec<AgentLine> = lines.collect();
        agents.sort_by(|a, b| (&a.name, a.user).cmp(&(&b.name, b.user)));
        let mut longest: BTreeMap<QueueId, (usize, Timestamp)> = BTreeMap::new();
        for call in self.calls.values() {
            if let Phase::Queued { queue, .. } = call.phase {
                let line = longest.entry(queue).or_insert((0, call.since));
                *line = (line.0 + 1, line.1.min(call.since));
            }
        }
        let line = |queue: &crate::wire::rest::Queue| QueueLine {
            queue: queue.id,
            name: queue.name.clone(),
            waiting: longest.get(&queue.id).map_or(0, |line| line.0),
            longest: longest.get(&queue.id).map(|line| line.1),
            staffed: self.acd.staffed(queue.id),
            tasks: self.tasks.waiting(queue.id),
        };
        let mut queues: Vec<QueueLine> = self.setup.queues.values().map(line).collect();
        queues.sort_by(|a, b| (&a.name, a.queue).cmp(&(&b.name, b.queue)));
        let shown = |call: &&Call| calls_wanted && call.side.is_none() && call.is_together();
        let mut calls: Vec<CallLine> = self.calls.values().filter(shown).map(|call| self.call_line(call)).collect();
        calls.sort_by_key(|line| (line.answered, line.contact));
        let flows = if calls_wanted { vec![] } else { self.setup.flow_lines() };
        let meetings = if calls_wanted { self.meetings_view() } else { vec![] };
        let teams = if calls_wanted { self.setup.oversight.clone() } else { vec![] };
        FloorView { agents, queues, calls, flows, ringing: vec![], parked: vec![], meetings, teams }
    }

    fn agent_line(&self, user: UserId, calls: bool) -> Option<AgentLine> {
        let known = self.setup.users.get(&user)?;
        let agent = self.agents.get(&user)?;
        let there = agent.can_hear() && agent.desk.is_some() && agent.activity.signed_in();
        Some(AgentLine {
            user,
            name: known.name.clone(),
            number: known.number.clone(),
            status: agent.activity.status(),
            free: there && agent.activity.engaged() == Engagement::Free,
            contact: agent.activity.engaged().contact().filter(|_| calls),
            tasks: agent.tasks.hand.len(),
        })
    }

    fn call_line(&self, call: &Call) -> CallLine {
        CallLine {
            contact: call.id,
            customer: self.customer_name(call),
            queue: self.queue_name(call),
            agent: call.agent.as_ref().map(|agent| agent.user),
            answered: call.answered,
            held: matches!(call.phase, Phase::Held),
            parties: self.parties_view(call, true),
            waited: call.clocks.waited,
        }
    }
}
