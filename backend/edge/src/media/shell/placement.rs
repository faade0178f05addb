//! Which media thread has which leg and which room. Pure: it decides, [`super::director`] carries out.
//!
//! A room stays on the thread where it was first set, since its recording and its prompts are there; whoever joins it
//! moves to it. A leg that nobody listens to yet goes where the fewest are. So forwarding and mixing never leave a
//! thread, and the load follows the calls.

use hark_shared::edge::RoomPlan;
use hark_shared::ids::{LegId, RoomId};
use std::collections::HashMap;

/// Who is where.
#[derive(Debug)]
pub(super) struct Placement {
    legs: HashMap<LegId, usize>,
    /// Legs of each thread.
    load: Vec<usize>,
    rooms: HashMap<RoomId, Home>,
    /// The room that last named a leg, also one that is not open yet.
    seats: HashMap<LegId, RoomId>,
    limit: usize,
}

#[derive(Debug)]
struct Home {
    thread: usize,
    listeners: Vec<LegId>,
}

/// A leg that has to move before its room is set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Move {
    /// The leg.
    pub leg: LegId,
    /// The thread that it leaves.
    pub from: usize,
}

impl Placement {
    /// Nobody on any of `threads`; at most `limit` legs and as many rooms in all.
    pub(super) fn new(threads: usize, limit: usize) -> Self {
        let (legs, rooms, seats) = (HashMap::new(), HashMap::new(), HashMap::new());
        Self { legs, load: vec![0; threads.max(1)], rooms, seats, limit }
    }

    /// The thread of a leg that is known.
    pub(super) fn thread_of(&self, leg: LegId) -> Option<usize> {
        self.legs.get(&leg).copied()
    }

    /// The thread of a room that is known.
    pub(super) fn home_of(&self, room: RoomId) -> Option<usize> {
        self.rooms.get(&room).map(|home| home.thread)
    }

    /// Where a leg is, or shall be opened: at the room that keeps a seat for it, else where the fewest are. `None` when
    /// the edge is full.
    pub(super) fn open(&mut self, leg: LegId) -> Option<usize> {
        if let Some(thread) = self.thread_of(leg) {
            return Some(thread);
        }
        if self.legs.len() >= self.limit {
            return None;
        }
        let seat = self.seats.get(&leg).and_then(|room| self.home_of(*room));
        let thread = seat.unwrap_or_else(|| self.idlest());
        self.settle(leg, thread);
        Some(thread)
    }

    fn idlest(&self) -> usize {
        self.load.iter().enumerate().min_by_key(|(_, legs)| **legs).map_or(0, |(thread, _)| thread)
    }

    /// A leg is on this thread now.
    pub(super) fn settle(&mut self, leg: LegId, thread: usize) {
        if let Some(before) = self.legs.insert(leg, thread) {
            self.load[before] -= 1;
        }
        self.load[thread] += 1;
    }

    /// A leg is closed, or could not be opened.
    pub(super) fn forget(&mut self, leg: LegId) {
        if let Some(thread) = self.legs.remove(&leg) {
            self.load[thread] -= 1;
        }
    }

    /// A room is to be set: where, and who has to move there first. `None` when there are too many rooms.
    pub(super) fn set_room(&mut self, plan: &RoomPlan) -> Option<(usize, Vec<Move>)> {
        let listeners: Vec<LegId> = plan.listeners.iter().map(|listener| listener.leg).collect();
        let known = self.home_of(plan.room);
        if known.is_none() && self.rooms.len() >= self.limit {
            return None;
        }
        let first = listeners.iter().find_map(|leg| self.thread_of(*leg));
        let thread = known.or(first).unwrap_or_else(|| self.idlest());
        let moves = listeners
            .iter()
            .filter_map(|leg| self.thread_of(*leg).map(|from| Move { leg: *leg, from }))
            .filter(|moving| moving.from != thread)
            .collect();
        self.stand_up(plan.room);
        for leg in &listeners {
            self.seats.insert(*leg, plan.room);
        }
        self.rooms.insert(plan.room, Home { thread, listeners });
        Some((thread, moves))
    }

    /// A room is closed; tells where it was.
    pub(super) fn close_room(&mut self, room: RoomId) -> Option<usize> {
        self.stand_up(room);
        self.rooms.remove(&room).map(|home| home.thread)
    }

    /// Takes back the seats that a room keeps.
    fn stand_up(&mut self, room: RoomId) {
        for leg in self.rooms.get(&room).map(|home| &home.listeners[..]).unwrap_or_default() {
            if self.seats.get(leg) == Some(&room) {
                self.seats.remove(leg);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_shared::edge::Listener;

    fn leg(number: u128) -> LegId {
        LegId::from_u128(number)
    }

    fn plan(room: u128, legs: &[u128]) -> RoomPlan {
        let listeners = legs.iter().map(|number| Listener { leg: leg(*number), hears: Vec::new() }).collect();
        RoomPlan { room: RoomId::from_u128(room), sources: Vec::new(), listeners, recording: None }
    }

    #[test]
    fn legs_are_spread_and_whoever_joins_a_room_moves_to_it() {
        let mut placement = Placement::new(2, 100);
        let at: Vec<usize> = (1..=4).map(|number| placement.open(leg(number)).unwrap()).collect();
        assert_eq!(at, [0, 1, 0, 1]);
        assert_eq!(placement.set_room(&plan(1, &[2])), Some((1, Vec::new())), "the caller is alone with a prompt");
        let joins = Move { leg: leg(1), from: 0 };
        assert_eq!(placement.set_room(&plan(1, &[2, 1])), Some((1, vec![joins])), "the agent comes to the caller");
        placement.settle(leg(1), 1);
        assert_eq!(placement.set_room(&plan(1, &[1, 2])), Some((1, Vec::new())), "a room never moves");
        assert_eq!(placement.set_room(&plan(2, &[3, 1])), Some((0, vec![Move { leg: leg(1), from: 1 }])));
    }

    #[test]
    fn a_leg_that_a_plan_already_names_is_opened_there() {
        let mut placement = Placement::new(3, 100);
        (1..=2).for_each(|number| assert!(placement.open(leg(number)).is_some()));
        placement.set_room(&plan(7, &[2, 50]));
        assert_eq!(placement.open(leg(50)), Some(1));
        placement.forget(leg(50));
        assert_eq!(placement.close_room(RoomId::from_u128(7)), Some(1));
        assert_eq!(placement.open(leg(50)), Some(2), "nobody keeps a seat any more");
        assert_eq!(placement.close_room(RoomId::from_u128(7)), None);
    }

    #[test]
    fn what_is_closed_is_forgotten_and_the_limit_holds() {
        let mut placement = Placement::new(4, 10);
        for round in 0..100u128 {
            for number in 0..10 {
                assert!(placement.open(leg(round * 10 + number)).is_some());
                assert!(placement.set_room(&plan(number, &[round * 10 + number, 9999])).is_some());
            }
            assert_eq!(placement.open(leg(7777)), None);
            assert_eq!(placement.set_room(&plan(7777, &[])), None);
            assert_eq!(placement.load.iter().sum::<usize>(), 10);
            for number in 0..10 {
                placement.forget(leg(round * 10 + number));
                placement.close_room(RoomId::from_u128(number));
            }
            assert_eq!((placement.legs.len(), placement.rooms.len(), placement.seats.len()), (0, 0, 0));
            assert_eq!(placement.load, [0; 4]);
        }
    }
}
