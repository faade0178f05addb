//! Tasks of a simulated day: messages that somebody has left, and agents who take them, call, finish, or give them back.

use super::edge::Apart;
use super::{Day, Event, Observe};
use crate::callback::Booking;
use crate::floor::{Input, Order};
use crate::ids::CallbackId;
use crate::phone::PhoneNumber;
use crate::wire::callbacks::{Reason, TaskBoard, TaskDeed};
use crate::wire::desk::DeskCommand;

impl Day<'_> {
    /// Somebody is to be called back by a queue, since they have left a message in its box, or asked for it on a page.
    pub(super) fn booked(&mut self, reason: Reason, observe: &mut Observe<'_>) {
        if self.edge.apart == Apart::CoreDead {
            return;
        }
        self.asked += 1;
        let id = CallbackId::from_u128(self.asked);
        let number = PhoneNumber::parse(&format!("1{:010}", self.asked)).ok();
        let place = self.random.place(self.setup.queues.len());
        let queue = self.setup.queues.get(place).map(|queue| queue.id);
        let booking = Booking {
            contact: None,
            queue,
            user: None,
            team: None,
            number,
            name: None,
            reason,
            message: None,
            due: None,
        };
        self.step(Some(Input::Callback(Order::Book(id, Box::new(booking)))), observe);
    }

    /// What an agent does about the tasks that the desk shows.
    pub(super) fn tasks_shown(&mut self, agent: usize, board: TaskBoard) {
        let offer = board.offer.map(|offer| offer.offer);
        let before = self.boards.entry(agent).or_default();
        let hand: Vec<CallbackId> = board.hand.iter().map(|task| task.id).collect();
        let new: Vec<CallbackId> = hand.iter().copied().filter(|id| !before.hand.contains(id)).collect();
        let asked = offer.filter(|_| before.offer != offer);
        (before.hand, before.offer) = (hand, offer);
        if let Some(offer) = asked {
            if self.random.chance(self.plan.habits.answers) {
                let after = self.random.between(500, 12_000);
                self.after(after, Event::Asks(agent, DeskCommand::TakeTask { offer }));
            } else {
                self.after(90_000, Event::Returns(agent));
            }
        }
        for task in new {
            let after = self.random.between(10_000, 240_000);
            self.after(after, Event::Works(agent, task));
        }
    }

    /// An agent works on a task, as long as it is in their hand.
    pub(super) fn works(&mut self, agent: usize, callback: CallbackId, observe: &mut Observe<'_>) {
        if !self.boards.get(&agent).is_some_and(|board| board.hand.contains(&callback)) {
            return;
        }
        let calls = self.random.chance(self.plan.habits.calls_from_hand);
        let command = match self.random.place(5) {
            _ if calls => DeskCommand::CallBack { callback },
            0 => DeskCommand::Task { callback, deed: TaskDeed::GiveBack },
            _ => DeskCommand::Task { callback, deed: TaskDeed::Finish },
        };
        let again = self.random.between(30_000, 120_000);
        self.after(again, Event::Works(agent, callback));
        self.asks(agent, command, observe);
    }
}
