//! A room: its plan, its sources, and the routes that follow from the matrix.

use super::World;
use super::leg::{Ear, Leg};
use crate::media::routes;
use crate::media::sources::{Library, Playing};
use crate::media::voice::{FRAME, Voice as Decoded};
use hark_shared::edge::{RoomPlan, Voice};
use hark_shared::ids::{LegId, RoomId};

/// A room of the core.
#[derive(Debug)]
pub(crate) struct Room {
    /// The matrix as it was last set.
    pub plan: RoomPlan,
    /// What plays, in the plan's order.
    pub sources: Vec<Playing>,
    /// This tick's sound of those who are decoded.
    pub spoken: Vec<(LegId, [i16; FRAME])>,
}

impl Room {
    /// An empty room.
    pub(crate) fn new(id: RoomId) -> Self {
        let plan = RoomPlan { room: id, sources: Vec::new(), listeners: Vec::new(), recording: None };
        Self { plan, sources: Vec::new(), spoken: Vec::new() }
    }

    /// Takes a new plan; sources that stay play on.
    pub(crate) fn set(&mut self, plan: RoomPlan, library: &mut Library, wanted: &mut Vec<String>) {
        let mut before = std::mem::take(&mut self.sources);
        for source in &plan.sources {
            let playing = before.iter().position(|playing| playing.id == source.id);
            self.sources.push(match playing {
                Some(at) => before.swap_remove(at),
                None => Playing::new(source, library, wanted),
            });
        }
        self.plan = plan;
    }
}

impl Leg {
    /// Stands up from its room.
    pub(crate) fn leave(&mut self) {
        self.room = None;
        self.passes_to.clear();
        self.ear = Ear::Silence;
        self.voice = None;
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
        let mut ears: Vec<(LegId, Ear)> = Vec::new();
        let mut decoded: Vec<LegId> = Vec::new();
        for listener in &room.plan.listeners {
            let Some(leg) = here(&listener.leg) else { continue };
            let ear = routes::ear(&listener.hears, leg, find);
            if ear == Ear::Mix {
                decoded.extend(listener.hears.iter().filter_map(find).map(|leg| leg.id));
            }
            ears.push((leg.id, ear));
        }
        for (id, _) in &ears {
            if let Some(leg) = self.legs.get_mut(id) {
                leg.passes_to.clear();
                if !decoded.contains(id) {
                    leg.voice = None;
                } else if leg.voice.is_none() {
                    leg.voice = Some(Box::new(Decoded::new()));
                }
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
