//! The pure core of a media thread: legs and rooms, without sockets, clock or randomness of its own.
//!
//! It takes commands, packets and ticks with their `now`, and fills its [`Outbox`]. A packet that is passed on leaves
//! in the very call that brought it. Memory is bounded by the number of legs and rooms, never by what is sent to them.

mod input;
pub(crate) mod leg;
mod mouth;
mod room;
mod tick;

use super::egress::Egress;
use super::outbox::Outbox;
use super::rtcp::{self, Ntp};
use super::sources::{Library, Samples};
use super::{MediaError, MediaEvent, RtpTarget};
use hark_shared::edge::{RoomPlan, SealKey};
use hark_shared::ids::{LegId, RoomId};
use leg::{Format, Leg, Wire, clock_of};
use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use room::Room;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// Legs for each media thread: at 2 ms of processor time a call-second one core carries about 500 calls.
pub(crate) const MAX_LEGS: usize = 1000;
/// The mixing tick.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// What the core is given once.
#[derive(Clone, Debug)]
pub(crate) struct Start {
    /// The instant that tick 0 falls on.
    pub now: Instant,
    /// NTP time at `now`.
    pub ntp: Ntp,
    /// Seeds SSRCs, first sequence numbers and the spread of reports.
    pub seed: u64,
    /// Our canonical name in RTCP: says nothing about a person.
    pub cname: String,
    /// The most legs, and the most rooms, since every room has a leg or is about to. It is the limit of all threads
    /// together ([`MAX_LEGS`] for each): who joins a room moves to its thread, and is not refused there.
    pub limit: usize,
}

/// The core.
#[derive(Debug)]
pub(crate) struct World {
    start: Start,
    random: SmallRng,
    legs: HashMap<LegId, Leg>,
    rooms: HashMap<RoomId, Room>,
    library: Library,
    /// Scratch, so that decoding for the digit detector allocates nothing.
    samples: Vec<i16>,
    /// Plans taken so far.
    plans: u64,
    /// The next tick's number since `start.now`.
    next_tick: u64,
    /// What the shell shall do.
    pub out: Outbox,
}

impl World {
    /// An empty core.
    pub(crate) fn new(start: Start) -> Self {
        Self {
            random: SmallRng::seed_from_u64(start.seed),
            start,
            legs: HashMap::new(),
            rooms: HashMap::new(),
            library: Library::default(),
            samples: Vec::new(),
            plans: 0,
            next_tick: 0,
            out: Outbox::default(),
        }
    }

    /// When [`World::tick`] wants to be called: `None` while there is nothing to do.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        // Also while the recorder has not been told yet: the last leg of a thread may take the end of a recording with it.
        let busy = !self.legs.is_empty() || !self.rooms.is_empty() || !self.out.tape.marks.is_empty();
        busy.then(|| self.instant_of(self.next_tick))
    }

    fn instant_of(&self, tick: u64) -> Instant {
        self.start.now + TICK * u32::try_from(tick).unwrap_or(u32::MAX)
    }

    /// Our clock in samples of 8 kHz.
    pub(crate) fn samples_at(&self, now: Instant) -> u64 {
        (now.saturating_duration_since(self.start.now).as_secs_f64() * 8000.0) as u64
    }

    fn ntp(&self, now: Instant) -> Ntp {
        let since = now.saturating_duration_since(self.start.now).as_secs_f64();
        Ntp(self.start.ntp.0.wrapping_add((since * 4_294_967_296.0) as u64))
    }

    /// Opens a telephone leg.
    ///
    /// # Errors
    /// When the edge is full.
    pub(crate) fn open_rtp(&mut self, id: LegId, now: Instant) -> Result<(), MediaError> {
        self.open(id, Wire::Rtp(None), None, now).map(|_| ())
    }

    /// Opens a browser leg, or gives a living one its new connection; its SSRC, room and ear are kept. Tells the SSRC
    /// that we send with.
    ///
    /// # Errors
    /// When the edge is full.
    pub(crate) fn open_peer(&mut self, id: LegId, ssrc: Option<u32>, now: Instant) -> Result<u32, MediaError> {
        if let Some(leg) = self.legs.get(&id) {
            return Ok(leg.egress.ssrc());
        }
        self.open(id, Wire::Peer, ssrc, now)
    }

    fn open(&mut self, id: LegId, wire: Wire, ssrc: Option<u32>, now: Instant) -> Result<u32, MediaError> {
        if self.legs.len() >= self.start.limit {
            return Err(MediaError::TooManyLegs(self.start.limit));
        }
        let ssrc = ssrc.unwrap_or_else(|| self.random.random());
        let egress = Egress::new(ssrc, self.random.random(), self.random.random(), 8000);
        self.take_in(Leg::new(id, wire, egress, now));
        Ok(ssrc)
    }

    /// Gives a leg the seat that a plan keeps for it: a plan may name a leg that is opened only now, for instance again
    /// after it was lost; the latest one counts.
    fn take_in(&mut self, mut leg: Leg) {
        let id = leg.id;
        let named = |room: &&Room| room.plan.listeners.iter().any(|listener| listener.leg == id);
        leg.room = self.rooms.values().filter(named).max_by_key(|room| room.serial).map(|room| room.plan.room);
        self.legs.insert(id, leg);
        self.reroute_leg(id);
    }

    /// Takes a leg out, whole, for another thread's core; it stands up from its room.
    pub(crate) fn release(&mut self, id: LegId) -> Option<Leg> {
        let mut leg = self.legs.remove(&id)?;
        let room = leg.room;
        leg.leave();
        if let Some(room) = room {
            self.reroute(room);
        }
        Some(leg)
    }

    /// Takes a leg in that another core has released. Both must have been given the same start: its positions and
    /// instants go on.
    pub(crate) fn adopt(&mut self, leg: Leg) {
        self.take_in(leg);
    }

    /// Takes back a leg whose connection could not be made.
    pub(crate) fn abandon(&mut self, id: LegId) {
        self.legs.remove(&id);
    }

    /// Sends digits in a telephone leg's own stream.
    pub(crate) fn send_digits(&mut self, id: LegId, digits: &str) {
        match self.legs.get_mut(&id).filter(|leg| matches!(leg.wire, Wire::Rtp(_))) {
            Some(leg) => leg.sending.push(digits),
            None => tracing::debug!("digits for a leg that is unknown or a browser's"),
        }
    }

    /// A sound that was wanted, at 8 kHz, or `None` when there is none.
    pub(crate) fn sound_loaded(&mut self, name: &str, samples: Option<Samples>) {
        self.library.loaded(name, samples);
    }

    /// Whether a leg is here.
    pub(crate) fn has(&self, id: LegId) -> bool {
        self.legs.contains_key(&id)
    }

    /// Whether a leg is a browser's.
    pub(crate) fn is_peer(&self, id: LegId) -> bool {
        self.legs.get(&id).is_some_and(|leg| matches!(leg.wire, Wire::Peer))
    }

    /// Where a telephone leg sends and what.
    pub(crate) fn set_rtp(&mut self, id: LegId, target: RtpTarget) {
        let Some(leg) = self.legs.get_mut(&id) else { return tracing::debug!("target for an unknown leg") };
        if matches!(leg.wire, Wire::Peer) {
            return tracing::debug!("an RTP target for a browser leg");
        }
        leg.ingress.relearn();
        leg.formats.clear();
        leg.formats.push(Format { codec: target.codec, payload_type: target.payload_type });
        leg.speaks = target.codec;
        leg.packet_ms = 0;
        leg.events = target.events;
        leg.detector = target.events.is_none().then(Box::default);
        leg.egress.set_clock(clock_of(target.codec));
        leg.wire = Wire::Rtp(Some(target));
        self.reroute_leg(id);
    }

    /// What a browser's connection has negotiated, in order of preference; at most three.
    pub(crate) fn set_peer(&mut self, id: LegId, formats: Vec<Format>) {
        let Some(leg) = self.legs.get_mut(&id) else { return };
        leg.ingress.relearn();
        if let Some(first) = formats.first() {
            leg.speaks = first.codec;
            leg.egress.set_clock(clock_of(first.codec));
        }
        leg.packet_ms = 0;
        leg.formats = formats;
        self.reroute_leg(id);
    }

    /// Closes a leg: it leaves its room and says goodbye.
    pub(crate) fn close_leg(&mut self, id: LegId) {
        let Some(leg) = self.legs.remove(&id) else { return tracing::debug!("an unknown leg shall close") };
        if let (Some(to), Some(bye)) = (leg.rtcp_way(), rtcp::goodbye(leg.egress.ssrc(), &self.start.cname)) {
            self.out.raw(id, to, &bye);
        }
        self.out.events.push(MediaEvent::Closed { leg: id, quality: leg.quality() });
        if let Some(room) = leg.room {
            self.reroute(room);
        }
    }

    /// Sets a room, whole.
    pub(crate) fn set_room(&mut self, plan: RoomPlan, seal: Option<SealKey>, now: Instant) {
        let id = plan.room;
        if self.rooms.len() >= self.start.limit && !self.rooms.contains_key(&id) {
            return tracing::warn!(limit = self.start.limit, "no more rooms on this edge");
        }
        self.seat(&plan);
        let at = self.samples_at(now);
        let room = self.rooms.entry(id).or_insert_with(|| Room::new(id));
        self.plans += 1;
        room.serial = self.plans;
        room.set(plan, &mut self.library, &mut self.out.wanted);
        room.record(seal, at, &mut self.out);
        self.reroute(id);
    }

    /// Lets the legs of a plan take their seats and those no longer in it stand up. A leg is in one room at a time.
    fn seat(&mut self, plan: &RoomPlan) {
        for leg in self.legs.values_mut().filter(|leg| leg.room == Some(plan.room)) {
            if !plan.listeners.iter().any(|listener| listener.leg == leg.id) {
                leg.leave();
            }
        }
        let mut left: Vec<RoomId> = Vec::new();
        for listener in &plan.listeners {
            let Some(leg) = self.legs.get_mut(&listener.leg) else { continue };
            if let Some(before) = leg.room.replace(plan.room).filter(|before| *before != plan.room) {
                left.push(before);
            }
        }
        for room in left {
            self.reroute(room);
        }
    }

    /// Closes all rooms and legs.
    pub(crate) fn close(&mut self, now: Instant) {
        let rooms: Vec<RoomId> = self.rooms.keys().copied().collect();
        rooms.into_iter().for_each(|room| self.close_room(room, now));
        let legs: Vec<LegId> = self.legs.keys().copied().collect();
        legs.into_iter().for_each(|leg| self.close_leg(leg));
    }

    /// Everybody leaves, sources end.
    pub(crate) fn close_room(&mut self, id: RoomId, now: Instant) {
        for leg in self.legs.values_mut().filter(|leg| leg.room == Some(id)) {
            leg.leave();
        }
        let at = self.samples_at(now);
        match self.rooms.remove(&id) {
            Some(mut room) => {
                room.plan.recording = None;
                room.record(None, at, &mut self.out);
            }
            None => tracing::debug!("an unknown room shall close"),
        }
    }
}

#[cfg(test)]
mod impaired;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wide;
