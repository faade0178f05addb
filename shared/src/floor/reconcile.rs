//! Going on after a separation: the floor's process died, or the edge's, or the line between them was cut.
//!
//! The floor knows what should be, [`EdgeEvent::Living`] says what is; the difference is said to the edge or booked
//! here. Nobody remembers which commands were lost.

use super::{Floor, LegOwner, Phase};
use crate::edge::{Cause, EdgeCommand, EdgeEvent, LegRole, LivingLeg, Quality, Stage};
use crate::ids::{LegId, RecordingId, RoomId};
use crate::time::Timestamp;
use std::collections::BTreeSet;

impl Floor {
    /// The floor's own process was killed and this is its next life: sockets died with it. Legs may live, which
    /// [`Floor::living`] will tell. Agents get the grace of a lost desk.
    pub(super) fn restarted(&mut self, now: Timestamp) {
        self.draining = false;
        self.spectators.clear();
        for socket in self.desks.keys().copied().collect::<Vec<_>>() {
            self.desk_closed(now, socket);
        }
        for socket in self.visitors.keys().copied().collect::<Vec<_>>() {
            self.visitor_closed(now, socket);
        }
        self.resume_walks(now);
        self.look_again(now);
    }

    /// Everything that lives at the edge.
    pub(super) fn living(
        &mut self,
        now: Timestamp,
        legs: &[LivingLeg],
        rooms: &[RoomId],
        recordings: &BTreeSet<RecordingId>,
    ) {
        let alive: BTreeSet<LegId> = legs.iter().map(|living| living.leg).collect();
        self.bury(now, &alive);
        self.close_recordings(now, recordings);
        self.edge(EdgeCommand::SetTrunks(self.setup.trunk_plans()));
        for living in legs {
            self.take_up(living);
        }
        let meetings = self.meetings.values().filter_map(|meeting| meeting.told.clone());
        let plans: Vec<_> = self.plans.values().cloned().chain(self.key_rooms()).chain(meetings).collect();
        for room in rooms.iter().filter(|room| !plans.iter().any(|plan| plan.room == **room)) {
            self.edge(EdgeCommand::CloseRoom { room: *room });
        }
        for plan in plans {
            self.set_room(plan);
        }
    }

    /// Legs that died with nobody to tell. Customers first: an agent's loss would otherwise put their customer back
    /// into a queue for a moment.
    fn bury(&mut self, now: Timestamp, alive: &BTreeSet<LegId>) {
        let is_agent = |owner: &LegOwner| matches!(owner, LegOwner::Agent(_));
        let dead = self.legs.iter().filter(|(leg, _)| !alive.contains(leg));
        let mut dead: Vec<_> = dead.map(|(leg, owner)| (is_agent(owner), *leg)).collect();
        dead.sort_unstable();
        for (_, leg) in dead {
            let (cause, quality) = (Cause::Lost, Quality::default());
            self.edge_event(now, EdgeEvent::Ended { leg, cause, quality });
        }
    }

    /// Recordings that ended with their edge: what is on its disk can be played, the end is missing.
    fn close_recordings(&mut self, now: Timestamp, running: &BTreeSet<RecordingId>) {
        let lost: Vec<_> = self.recordings.iter().filter(|(recording, _)| !running.contains(recording)).collect();
        for (recording, began) in lost.into_iter().map(|(id, (_, began))| (*id, *began)).collect::<Vec<_>>() {
            let fault = Some("the server was killed while it recorded".to_owned());
            self.recorded(now, recording, now.since(began), fault);
        }
    }

    /// A leg that lives: what it should have been told is said again, and one that should not live is ended.
    fn take_up(&mut self, living: &LivingLeg) {
        let leg = living.leg;
        match self.legs.get(&leg).copied() {
            None => self.edge(EdgeCommand::End { leg, cause: Cause::Ended }),
            Some(LegOwner::Agent(_)) => {}
            Some(LegOwner::Outside(contact)) => {
                if self.calls.get(&contact).is_none_or(|call| call.outside.as_ref().is_none_or(|side| side.leg != leg))
                {
                    self.edge(EdgeCommand::End { leg, cause: Cause::Ended });
                }
            }
            Some(LegOwner::Telephone(user)) if self.is_line_of(user, leg) => {}
            Some(LegOwner::Referrer(contact)) if self.is_referrer_of(contact, leg) => {}
            Some(LegOwner::Telephone(_) | LegOwner::Referrer(_)) => {
                self.edge(EdgeCommand::End { leg, cause: Cause::Ended })
            }
            Some(LegOwner::Guest(contact)) => {
                let call = self.calls.get(&contact).filter(|call| !call.is_over());
                if !call.is_some_and(|call| call.guests.iter().any(|guest| guest.leg == leg)) {
                    self.edge(EdgeCommand::End { leg, cause: Cause::Normal });
                }
            }
            Some(LegOwner::Customer(contact)) => {
                let Some(call) = self.calls.get(&contact) else { return };
                if let Phase::Over { cause, .. } = call.phase {
                    self.edge(EdgeCommand::End { leg, cause });
                } else if living.stage == Stage::Waiting && call.customer.answered {
                    self.edge(EdgeCommand::Answer { leg, role: LegRole::Customer(contact) });
                } else if living.stage == Stage::Waiting && call.customer.alerted {
                    self.edge(EdgeCommand::Ring { leg, early_media: false });
                }
            }
        }
    }
}
