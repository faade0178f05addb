//! A room: its plan, its sources, and the routes that follow from the matrix.

use super::World;
use super::leg::{Ear, Leg};
use crate::media::outbox::Outbox;
use crate::media::quiet::Quiet;
use crate::media::recording::tape::{Side, What};
use crate::media::routes;
use crate::media::sources::{Library, Playing};
use crate::media::voice::{FRAME, Voice as Decoded, WIDE_FRAME};
use crate::media::{Codec, MediaEvent};
use hark_shared::edge::{RoomPlan, SealKey, Voice};
use hark_shared::ids::{LegId, RecordingId, RoomId};
use hark_shared::time::Millis;

/// A room of the core.
#[derive(Debug)]
pub(crate) struct Room {
    /// The matrix as it was last set.
    pub plan: RoomPlan,
    /// Which of all plans it was: a later one takes a leg over.
    pub serial: u64,
    /// What plays, in the plan's order.
    pub sources: Vec<Playing>,
    /// This tick's sound of those who are decoded.
    pub spoken: Vec<(LegId, [i16; FRAME])>,
    /// The same of those who are heard wide, at 16 kHz.
    pub spoken_wide: Vec<(LegId, [i16; WIDE_FRAME])>,
    /// The recording that is open.
    recording: Option<RecordingId>,
    /// One that could not be opened for want of a key; said once.
    refused: Option<RecordingId>,
}

impl Room {
    /// An empty room.
    pub(crate) fn new(id: RoomId) -> Self {
        let plan = RoomPlan { room: id, sources: Vec::new(), listeners: Vec::new(), recording: None };
        let (spoken, spoken_wide) = (Vec::new(), Vec::new());
        Self { plan, serial: 0, sources: Vec::new(), spoken, spoken_wide, recording: None, refused: None }
    }

    /// Where a leg's packets are recorded, if they are at present.
    fn tap(&self, leg: LegId) -> Option<(RecordingId, Side)> {
        let plan =
            self.plan.recording.as_ref().filter(|plan| !plan.paused && self.recording == Some(plan.recording))?;
        if plan.left.contains(&leg) {
            Some((plan.recording, Side::Left))
        } else {
            plan.right.contains(&leg).then_some((plan.recording, Side::Right))
        }
    }

    /// Opens and closes recordings as the plan wants it; `at` is in samples of our clock.
    pub fn record(&mut self, seal: Option<SealKey>, at: u64, out: &mut Outbox) {
        let wanted = self.plan.recording.as_ref().map(|plan| plan.recording);
        if wanted == self.recording {
            return;
        }
        if let Some(before) = self.recording.take() {
            out.tape.mark(before, at, What::Close);
        }
        match (wanted, seal) {
            (Some(recording), Some(seal)) => {
                self.recording = Some(recording);
                out.tape.mark(recording, at, What::Open(seal));
            }
            (Some(recording), None) if self.refused != Some(recording) => {
                self.refused = Some(recording);
                let fault = Some("no key to seal it with was given".to_owned());
                out.events.push(MediaEvent::Recorded { recording, length: Millis::ZERO, fault });
            }
            (Some(_) | None, _) => {}
        }
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
    /// Gets a decoder, if it has none for what it sends: wide for Opus.
    fn speak_in_mixes(&mut self) {
        let wide = self.speaks == Codec::Opus;
        if self.voice.as_ref().is_none_or(|voice| voice.is_wide() != wide) {
            self.voice = Some(Box::new(if wide { Decoded::new_wide() } else { Decoded::new() }));
        }
    }

    /// Begins to listen for silence on this recording, goes on, or ends.
    fn listen_for_silence(&mut self, wanted: Option<(RecordingId, Millis)>) {
        match wanted {
            Some((recording, limit)) if self.quiet.as_ref().is_none_or(|quiet| quiet.recording != recording) => {
                self.quiet = Some(Box::new(Quiet::new(recording, limit)));
            }
            Some(_) => {}
            None => self.quiet = None,
        }
    }

    /// Begins to keep its keys from everybody's ears, goes on, or ends.
    fn shield_keys(&mut self, on: bool) {
        if on && self.shield.is_none() {
            self.shield = Some(Box::default());
        } else if !on {
            self.shield = None;
        }
    }

    /// Stands up from its room.
    pub(crate) fn leave(&mut self) {
        self.room = None;
        self.passes_to.clear();
        self.ear = Ear::Silence;
        self.voice = None;
        self.tap = None;
        self.quiet = None;
        self.shield = None;
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
        let secret = room.plan.recording.as_ref().filter(|plan| plan.secret_keys);
        let secret: Vec<LegId> = secret.map_or_else(Vec::new, |plan| plan.left.clone());
        for listener in &room.plan.listeners {
            if let Some(leg) = self.legs.get_mut(&listener.leg).filter(|leg| leg.room == Some(id)) {
                leg.shield_keys(secret.contains(&leg.id));
            }
        }
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
        let quiet = room.plan.recording.as_ref().and_then(|plan| Some((plan.recording, plan.quiet?)));
        let taps: Vec<Option<(RecordingId, Side)>> = ears.iter().map(|(leg, _)| room.tap(*leg)).collect();
        for ((id, _), tap) in ears.iter().zip(taps) {
            if let Some(leg) = self.legs.get_mut(id) {
                leg.passes_to.clear();
                leg.tap = tap;
                leg.listen_for_silence(quiet.filter(|_| tap.is_some_and(|(_, side)| side == Side::Left)));
                if !decoded.contains(id) {
                    leg.voice = None;
                } else {
                    leg.speak_in_mixes();
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
