//! What goes wrong on a simulated day beyond people: administrators at work, processes that die, lines that are cut.

use super::edge::Apart;
use super::{Day, Event, Observe, kinds};
use crate::engine::Engine;
use crate::floor::Input;
use crate::ids::QueueId;
use crate::setup::TenantSetup;
use crate::time::Millis;
use crate::wire::rest::Entry;

/// The longest time that core and edge are without each other.
const LONGEST_APART: i64 = 20_000;

impl Day<'_> {
    pub(super) fn schedule_mishaps(&mut self) {
        let mishaps = self.plan.mishaps;
        let all = [
            (mishaps.changes, Event::Changes),
            (mishaps.cuts, Event::Cut),
            (mishaps.edge_deaths, Event::EdgeDies),
            (mishaps.core_deaths, Event::CoreDies),
        ];
        for (times, event) in all {
            for _ in 0..times {
                let at = self.sometime(60_000);
                self.after(at, event.clone());
            }
        }
    }

    pub(super) fn cut(&mut self) {
        if self.edge.apart == Apart::Together {
            self.edge.apart = Apart::Cut;
            let after = self.random.between(100, LONGEST_APART);
            self.after(after, Event::Reunites);
        }
    }

    /// With it die legs, rooms and recordings; browsers see their connections end.
    pub(super) fn edge_dies(&mut self) {
        if self.edge.apart == Apart::Together {
            self.edge.die();
            self.cut();
        }
    }

    /// The floor is written down and read back, as it is after a crash; pages and widgets lose their sockets.
    pub(super) fn core_dies(&mut self) {
        if self.edge.apart != Apart::Together {
            return;
        }
        self.edge.apart = Apart::CoreDead;
        let text = serde_json::to_string(&self.floor).expect("a floor is JSON: its maps have text as keys");
        self.floor = serde_json::from_str(&text).expect("what was just written can be read");
        for agent in std::mem::take(&mut self.sockets).into_values() {
            let back = self.random.between(LONGEST_APART, LONGEST_APART + 20_000);
            self.after(back, Event::Sits(agent));
        }
        self.visitors_adrift();
        let after = self.random.between(500, LONGEST_APART);
        self.after(after, Event::Reunites);
    }

    pub(super) fn reunites(&mut self, observe: &mut Observe<'_>) {
        if self.edge.apart == Apart::CoreDead {
            self.edge.apart = Apart::Cut;
            self.step(Some(Input::Restarted), observe);
        }
        self.reunite(observe);
    }

    /// Whether the floor is there to be woken.
    pub(super) fn deadline(&self) -> Option<crate::time::Timestamp> {
        self.floor.deadline().filter(|_| self.edge.apart != Apart::CoreDead)
    }

    /// Queues choose their agents in another way than the day before.
    pub(super) fn new_day(&mut self, observe: &mut Observe<'_>) {
        if self.edge.apart == Apart::CoreDead {
            return self.after(1_000, Event::NewDay);
        }
        kinds::next_strategies(&mut self.setup);
        let setup = Box::new(self.setup.clone());
        self.step(Some(Input::Setup(setup)), observe);
    }

    /// An administrator changes one thing.
    pub(super) fn changes(&mut self, observe: &mut Observe<'_>) {
        if self.edge.apart == Apart::CoreDead {
            return;
        }
        let mut setup = self.setup.clone();
        self.change(&mut setup);
        self.setup = setup.clone();
        self.step(Some(Input::Setup(Box::new(setup))), observe);
    }

    fn change(&mut self, setup: &mut TenantSetup) {
        let what = self.random.place(9);
        let place = self.random.place(setup.users.len());
        let queue = setup.queues[self.random.place(setup.queues.len())].id;
        match what {
            0 => setup.users[place].queues.retain(|served| *served != queue),
            1 if !setup.users[place].queues.contains(&queue) => setup.users[place].queues.push(queue),
            2 => {
                let level = kinds::random_level(&mut self.random);
                setup.users[place].skills.iter_mut().for_each(|skill| skill.level = level);
            }
            3 => {
                setup.users[place].skills.pop();
            }
            4 => {
                let skill = 1 + self.random.place(3) as u128;
                let level = kinds::level(skill, kinds::random_level(&mut self.random));
                if let Some(queue) = setup.queues.iter_mut().find(|rules| rules.id == queue) {
                    queue.priority = level.level;
                    queue.offer_timeout = Millis::from_secs(5 + i64::from(level.level));
                    queue.skills = vec![level];
                }
            }
            5 => {
                let number = self.random.place(setup.numbers.len());
                setup.numbers[number].entry = Entry::Queue(queue);
            }
            // Gone for good, also in mid-call: a page of theirs that tries again is told so.
            6 if setup.users.len() > 4 => {
                let gone = setup.users.remove(place);
                if let Some(agent) = self.agents.iter().position(|user| *user == gone.id) {
                    self.after(30_000, Event::Sits(agent));
                }
            }
            7 => {
                let active = !setup.users[place].active;
                setup.users[place].active = active;
                let agent = self.agents.iter().position(|user| *user == setup.users[place].id);
                if let Some(agent) = agent.filter(|_| active) {
                    self.after(10_000, Event::Sits(agent));
                }
            }
            8 => self.replace_queue(setup, queue),
            _ => {}
        }
    }

    /// A queue that no menu leads to is removed, with people waiting in it or not; another takes over its number.
    fn replace_queue(&mut self, setup: &mut TenantSetup, old: QueueId) {
        let in_menu = |entry: &Entry| match entry {
            Entry::Menu(menu) => menu.otherwise == old || menu.choices.iter().any(|choice| choice.queue == old),
            Entry::Queue(_) | Entry::Flow(_) => false,
        };
        if setup.numbers.iter().any(|number| in_menu(&number.entry)) {
            return;
        }
        self.scheduled += 1;
        let count = u128::from(self.scheduled);
        let new = kinds::queue(1_000 + count, &format!("queue{count}"), 1, &[]);
        for user in &mut setup.users {
            user.queues.iter_mut().filter(|served| **served == old).for_each(|served| *served = new.id);
        }
        for number in &mut setup.numbers {
            if number.entry == Entry::Queue(old) {
                number.entry = Entry::Queue(new.id);
            }
        }
        setup.queues.retain(|rules| rules.id != old);
        setup.queues.push(new);
    }
}
