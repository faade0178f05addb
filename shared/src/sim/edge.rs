//! The edge of a simulated day: what it was told lives there, and what comes of it is reported.

use super::{Day, Event, Observe};
use crate::edge::{Cause, EdgeCommand, EdgeEvent, LegRole, LivingLeg, Quality, RecordingPlan, RoomPlan, Sound, Stage};
use crate::floor::Input;
use crate::ids::{LegId, RecordingId, RoomId, SourceId};
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// What lives at the edge.
#[derive(Default)]
pub(super) struct Edge {
    pub legs: BTreeMap<LegId, (Option<LegRole>, Stage)>,
    rooms: BTreeMap<RoomId, RoomPlan>,
    playing: BTreeSet<SourceId>,
    recordings: BTreeMap<RecordingId, Timestamp>,
    /// Whether the floor hears us and we hear the floor.
    pub apart: Apart,
    /// What happened meanwhile.
    kept: Vec<EdgeEvent>,
}

/// Whether core and edge have each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Apart {
    /// They have.
    #[default]
    Together,
    /// The line is cut, or the edge is not there: the floor goes on alone.
    Cut,
    /// The core is dead: there is no floor.
    CoreDead,
}

impl Edge {
    /// Everything dies with the edge's process.
    pub fn die(&mut self) {
        *self = Self { apart: self.apart, ..Self::default() };
    }

    fn living(&self) -> EdgeEvent {
        let legs =
            self.legs.iter().map(|(leg, (role, stage))| LivingLeg { leg: *leg, role: role.clone(), stage: *stage });
        EdgeEvent::Living {
            answers: 1,
            legs: legs.collect(),
            rooms: self.rooms.keys().copied().collect(),
            recordings: self.recordings.keys().copied().collect(),
        }
    }

    fn plays(&self, room: RoomId, source: SourceId) -> bool {
        self.rooms.get(&room).is_some_and(|plan| plan.sources.iter().any(|playing| playing.id == source))
    }
}

impl Day<'_> {
    /// The edge reports, or keeps what it cannot report.
    pub(super) fn report_event(&mut self, event: EdgeEvent, observe: &mut Observe<'_>) {
        match self.edge.apart {
            Apart::Together => self.step(Some(Input::Edge(event)), observe),
            Apart::Cut | Apart::CoreDead => self.edge.kept.push(event),
        }
    }

    /// The two have each other again: what was kept comes in its order, then what lives. Commands count from then on.
    pub(super) fn reunite(&mut self, observe: &mut Observe<'_>) {
        self.edge.apart = Apart::Cut;
        for event in std::mem::take(&mut self.edge.kept) {
            self.step(Some(Input::Edge(event)), observe);
        }
        self.edge.apart = Apart::Together;
        let living = self.edge.living();
        self.step(Some(Input::Edge(living)), observe);
    }

    /// Carries a command out; doing it twice changes nothing.
    pub(super) fn obey(&mut self, command: EdgeCommand) {
        if self.edge.apart != Apart::Together {
            return;
        }
        match command {
            EdgeCommand::Answer { leg, role } => {
                if let Some(known) = self.edge.legs.get_mut(&leg) {
                    *known = (Some(role), Stage::Up);
                    self.after(30, Event::Edge(EdgeEvent::Answered { leg }));
                }
            }
            EdgeCommand::End { leg, cause } => self.after(20, Event::LegEnds(leg, cause)),
            EdgeCommand::Dial { leg, role, .. } => {
                self.edge.legs.insert(leg, (Some(role), Stage::Dialled));
                self.far_end(leg);
            }
            EdgeCommand::Connect { leg, role, .. } => {
                self.edge.legs.insert(leg, (Some(role), Stage::Up));
                self.after(40, Event::Edge(EdgeEvent::Connected { leg, answer: String::new() }));
            }
            EdgeCommand::SetRoom(plan) => self.set_room(plan),
            EdgeCommand::CloseRoom { room } => {
                if let Some(plan) = self.edge.rooms.remove(&room) {
                    self.stop_recording(plan.recording.as_ref());
                }
            }
            EdgeCommand::Resume { .. }
            | EdgeCommand::Acknowledge { .. }
            | EdgeCommand::SetTrunks(_)
            | EdgeCommand::TestTrunk { .. }
            | EdgeCommand::ReferDone { .. }
            | EdgeCommand::Ring { .. }
            | EdgeCommand::SendDigits { .. } => {}
        }
    }

    fn set_room(&mut self, plan: RoomPlan) {
        for source in &plan.sources {
            if let Sound::Prompt(pieces) = &source.sound
                && self.edge.playing.insert(source.id)
            {
                self.after(3_000, Event::PromptEnds(plan.room, source.id));
                if pieces.first().is_some_and(|piece| piece.ends_with("menu")) {
                    self.in_menu(&plan);
                }
                if pieces.iter().any(|piece| piece.ends_with("press-callback")) {
                    self.in_queue(&plan);
                }
            }
        }
        if let Some(recording) = &plan.recording {
            self.edge.recordings.entry(recording.recording).or_insert(self.now);
        }
        self.edge.rooms.insert(plan.room, plan);
    }

    fn stop_recording(&mut self, plan: Option<&RecordingPlan>) {
        if let Some(plan) = plan {
            let after = self.random.between(50, 500);
            self.after(after, Event::Recorded(plan.recording));
        }
    }

    /// What a dialled party does.
    fn far_end(&mut self, leg: LegId) {
        let early_media = self.random.chance(30);
        self.after(500, Event::Edge(EdgeEvent::Ringing { leg, early_media }));
        let rings = self.random.between(1_000, 30_000);
        if self.random.chance(70) {
            self.after(rings, Event::Edge(EdgeEvent::Answered { leg }));
            let stays = self.random.between(5_000, self.plan.talk.0);
            self.after(rings + stays, Event::LegEnds(leg, Cause::Normal));
        } else {
            self.after(rings, Event::LegEnds(leg, Cause::Busy));
        }
    }

    /// What happens at the edge by itself.
    pub(super) fn at_edge(&mut self, event: EdgeEvent, observe: &mut Observe<'_>) {
        let leg = match &event {
            EdgeEvent::Connected { leg, .. }
            | EdgeEvent::Ringing { leg, .. }
            | EdgeEvent::Answered { leg }
            | EdgeEvent::Media { leg, .. }
            | EdgeEvent::FarHold { leg, .. }
            | EdgeEvent::Referred { leg, .. }
            | EdgeEvent::Fax { leg }
            | EdgeEvent::Digit { leg, .. } => *leg,
            EdgeEvent::Living { .. }
            | EdgeEvent::Incoming { .. }
            | EdgeEvent::SourceEnded { .. }
            | EdgeEvent::Ended { .. }
            | EdgeEvent::TrunkTested { .. }
            | EdgeEvent::Quiet { .. }
            | EdgeEvent::Recorded { .. } => return,
        };
        let Some((_, stage)) = self.edge.legs.get_mut(&leg) else { return };
        if matches!(event, EdgeEvent::Answered { .. }) {
            *stage = Stage::Up;
        }
        self.report_event(event, observe);
    }

    pub(super) fn leg_ends(&mut self, leg: LegId, cause: Cause, observe: &mut Observe<'_>) {
        if self.edge.legs.remove(&leg).is_some() {
            self.report_event(EdgeEvent::Ended { leg, cause, quality: Quality::default() }, observe);
        }
    }

    pub(super) fn prompt_ends(&mut self, room: RoomId, source: SourceId, observe: &mut Observe<'_>) {
        if self.edge.plays(room, source) {
            self.report_event(EdgeEvent::SourceEnded { room, source }, observe);
        }
    }

    pub(super) fn recorded(&mut self, recording: RecordingId, observe: &mut Observe<'_>) {
        if let Some(began) = self.edge.recordings.remove(&recording) {
            let length = self.now.since(began);
            self.report_event(EdgeEvent::Recorded { recording, length, fault: None }, observe);
        }
    }
}
