//! A room: its plan, and the routes that follow from it.

use super::World;
use super::leg::{Ear, Leg};
use crate::media::outbox::Outbox;
use crate::media::routes;
use hark_shared::edge::{RoomPlan, Voice};
use hark_shared::ids::{LegId, RoomId};

/// A room of the core.
#[derive(Debug)]
pub(crate) struct Room {
    /// The matrix as it was last set.
    pub plan: RoomPlan,
}

impl Room {
    /// An empty room.
    pub(crate) fn new(id: RoomId) -> Self {
        Self { plan: RoomPlan { room: id, sources: Vec::new(), listeners: Vec::new(), recording: None } }
    }

    /// Takes a new plan.
    pub(crate) fn set(&mut self, plan: RoomPlan, _out: &mut Outbox) {
        self.plan = plan;
    }
}

impl Leg {
    /// Stands up from its room.
    pub(crate) fn leave(&mut self) {
        self.room = None;
        self.passes_to.clear();
        self.ear = Ear::Silence;
    }
}

impl World {
    /// Decides anew who hears what in the room of a leg.
    pub(crate) fn reroute_leg(&mut self, id: LegId) {
        if let Some(room) = self.legs.get(&id).and_then(|leg| leg.room) {
            self.reroute(room);
        }
    }

    /// Decides anew who hears what in a room.
    pub(crate) fn reroute(&mut self, id: RoomId) {
        let Some(room) = self.rooms.get(&id) else { return };
        let here = |leg: &LegId| self.legs.get(leg).filter(|leg| leg.room == Some(id));
        let find = |voice: &Voice| match voice {
            Voice::Leg(leg) => here(leg),
            Voice::Source(_) => None,
        };
        let ears: Vec<(LegId, Ear)> = room
            .plan
            .listeners
            .iter()
            .filter_map(|listener| {
                let leg = here(&listener.leg)?;
                Some((leg.id, routes::ear(&listener.hears, leg, find)))
            })
            .collect();
        for (leg, _) in &ears {
            if let Some(leg) = self.legs.get_mut(leg) {
                leg.passes_to.clear();
            }
        }
        for (listener, ear) in ears {
            if let Ear::Pass(speaker) = ear
                && let Some(speaker) = self.legs.get_mut(&speaker)
            {
                speaker.passes_to.push(listener);
            }
            if let Some(leg) = self.legs.get_mut(&listener) {
                leg.ear = ear;
            }
        }
    }
}
