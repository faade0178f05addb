//! Agents of a simulated day who do not work alone: they ask colleagues and numbers outside, pass calls on, hold
//! conferences, park, and pick up what rings elsewhere. What is not possible at the moment is refused, as in life.

use super::{Day, Event};
use crate::ids::ContactId;
use crate::phone::PhoneNumber;
use crate::wire::desk::DeskCommand;
use crate::wire::parties::{CallAction, Purpose, Target};

impl Day<'_> {
    fn somebody(&mut self) -> usize {
        self.random.place(self.agents.len())
    }

    /// A colleague tries to be faster than who is rung.
    pub(super) fn maybe_picked_up(&mut self, agent: usize, contact: ContactId) {
        if self.plan.habits.picks == 0 || !self.random.chance(self.plan.habits.picks) {
            return;
        }
        let colleague = self.somebody();
        if colleague != agent {
            let after = self.random.between(300, 8_000);
            self.after(after, Event::Asks(colleague, DeskCommand::PickUp { contact }));
        }
    }

    /// Perhaps the agent does not keep the call to themselves.
    pub(super) fn shares(&mut self, agent: usize, contact: ContactId, talk: i64) {
        if self.plan.habits.shares == 0 || !self.random.chance(self.plan.habits.shares) {
            return;
        }
        let colleague = self.somebody();
        let target = match self.random.place(4) {
            0 => Target::Number { number: PhoneNumber::parse("13900139000").expect("digits") },
            _ => Target::Agent { user: self.agents[colleague] },
        };
        let reach = |target, purpose| CallAction::Reach { target, purpose };
        let queue = self.setup.queues.first().map(|queue| Target::Queue { queue: queue.id });
        let begins = talk / 5;
        match (self.random.place(7), queue) {
            (0, _) => self.acts(agent, contact, begins, reach(target, Purpose::Transfer)),
            (1, Some(queue)) => self.acts(agent, contact, begins, reach(queue, Purpose::Transfer)),
            (2, _) => {
                self.acts(agent, contact, begins, CallAction::Park);
                if self.random.chance(self.plan.habits.picks.saturating_mul(2)) {
                    let after = begins + self.random.between(1_000, 100_000);
                    self.after(after, Event::Asks(colleague, DeskCommand::Retrieve { contact }));
                }
            }
            (3, _) => {
                self.acts(agent, contact, begins, reach(target, Purpose::Invite));
                self.acts(agent, contact, talk * 3 / 4, CallAction::Leave);
            }
            (4, _) => {
                self.acts(agent, contact, begins, reach(target, Purpose::Consult));
                self.acts(agent, contact, talk / 2, CallAction::Toggle);
                self.acts(agent, contact, talk * 3 / 4, CallAction::Complete);
            }
            (5, _) => {
                self.acts(agent, contact, begins, reach(target, Purpose::Consult));
                self.acts(agent, contact, talk / 2, CallAction::Join);
                self.acts(agent, contact, talk * 3 / 4, CallAction::Leave);
            }
            _ => {
                self.acts(agent, contact, begins, reach(target, Purpose::Consult));
                self.acts(agent, contact, talk / 3, CallAction::Complete);
            }
        }
    }

    fn acts(&mut self, agent: usize, contact: ContactId, after: i64, action: CallAction) {
        self.after(after, Event::Asks(agent, DeskCommand::Call { contact, action }));
    }
}
