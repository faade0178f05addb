//! The table of legs: everything that happens to the edge goes in, everything that it does comes out. Pure.
//!
//! Events leave here numbered and are kept until acknowledged ([`super::log`]); commands come in once and only from the
//! newest floor of their tenant ([`super::epoch`]). Without a floor calls keep their sound, nobody new is let in, and who
//! is left alone by the other side is let go after [`ALONE`].

use super::epoch::{Admission, Epochs};
use super::leg::{Head, Invite, Left, State};
use super::log::Log;
use crate::media::{Codec, MediaEvent, RtpTarget};
use crate::sip::{CallCommand, Dial, SipEvent};
use hark_shared::edge::{
    Cause, EdgeCommand, EdgeEvent, EdgeLife, FromEdge, LegRole, LivingLeg, Quality, RoomPlan, SealKey, ToEdge,
    TrunkPlan,
};
use hark_shared::ids::{LegId, RecordingId, RoomId, TenantId, TrunkId};
use hark_shared::time::{Millis, Timestamp};
use std::collections::{BTreeSet, HashMap};
use std::net::SocketAddr;
use tracing::{info, warn};

/// Legs of one edge; what a machine with a few hundred RTP ports free for each core can carry.
pub(super) const MAX_LEGS: usize = 10_000;
/// Rooms and recordings whose tenant is remembered: no more than legs, each of which is in one room.
const MAX_ROOMS: usize = MAX_LEGS;
/// Digits of one command.
const MAX_DIGITS: usize = 32;
/// How long somebody is left in a room that the other side has left, while there is no floor to say what now.
const ALONE: Millis = Millis::from_secs(10);
/// The same when the other side's browser has only fallen silent: it may come back, as after a reload.
const SILENT: Millis = Millis::from_secs(30);
/// Codecs for browsers: the carrier's law first, so that its calls need no transcoding.
const BROWSER_CODECS: [Codec; 3] = [Codec::Pcma, Codec::Pcmu, Codec::Opus];

/// Something that happened.
#[derive(Debug)]
pub(super) enum Input {
    /// From the core.
    Command(Box<ToEdge>),
    /// The core is gone, with all its floors.
    Away,
    /// No new calls from now on: the edge is to be stopped.
    Drain,
    /// From signalling.
    Sip(SipEvent),
    /// From media.
    Media(MediaEvent),
    /// The answer to [`Output::OpenRtp`].
    Port(LegId, Result<SocketAddr, String>),
    /// The answer to [`Output::OpenPeer`].
    Peer(LegId, Result<String, String>),
    /// The answer to [`Output::Dial`] when the call may not be placed.
    Undialled(LegId, Cause),
}

/// Something to do.
#[derive(Debug)]
pub(super) enum Output {
    /// Media: a port for this leg.
    OpenRtp(LegId),
    /// Media: where its sound goes.
    SetRtp(LegId, RtpTarget),
    /// Media: a browser's offer.
    OpenPeer(LegId, String, Vec<Codec>),
    /// Media: close it.
    CloseLeg(LegId),
    /// Media: a room as it shall be.
    SetRoom(RoomPlan, Option<SealKey>),
    /// Media: close a room.
    CloseRoom(RoomId),
    /// Media: digits.
    Digits(LegId, String),
    /// Signalling: for one call.
    Call(LegId, CallCommand),
    /// Signalling: place a call.
    Dial(Box<Dial>),
    /// Signalling: a tenant's trunks.
    Trunks(TenantId, Vec<TrunkPlan>),
    /// Signalling: OPTIONS.
    Probe(TenantId, TrunkId),
    /// The core: not numbered yet, see [`Table::note`].
    Event(TenantId, EdgeEvent),
    /// The core: numbered before, and not acknowledged.
    Again(FromEdge),
}

/// The table.
#[derive(Debug)]
pub(super) struct Table {
    legs: HashMap<LegId, (Head, State)>,
    epochs: Epochs,
    log: Log,
    rooms: HashMap<RoomId, (TenantId, Vec<LegId>)>,
    recordings: HashMap<RecordingId, TenantId>,
    /// Browsers without sound.
    silent: BTreeSet<LegId>,
    /// Legs that are alone and nobody is there to look after, and until when they may stay. Checked when due.
    alone: BTreeSet<(Timestamp, LegId)>,
    draining: bool,
    now: Timestamp,
}

impl Table {
    /// The table of a new life.
    pub(super) fn new(life: EdgeLife) -> Self {
        Self {
            legs: HashMap::new(),
            epochs: Epochs::default(),
            log: Log::new(life),
            rooms: HashMap::new(),
            recordings: HashMap::new(),
            silent: BTreeSet::new(),
            alone: BTreeSet::new(),
            draining: false,
            now: Timestamp(0),
        }
    }

    /// Takes one input.
    pub(super) fn handle(&mut self, now: Timestamp, input: Input) -> Vec<Output> {
        self.now = now;
        let mut out = Vec::new();
        match input {
            Input::Command(envelope) => self.on_command(*envelope, &mut out),
            Input::Away => {
                self.log.detach();
                for leg in self.silent.clone() {
                    self.look_after_the_other(leg, SILENT);
                }
            }
            Input::Drain => self.draining = true,
            Input::Sip(event) => self.on_sip(event, &mut out),
            Input::Media(event) => self.on_media(event, &mut out),
            Input::Port(leg, port) => {
                if !self.step(leg, &mut out, |head, state, out| state.on_port(head, port, out)) {
                    // It ended while media was opening it.
                    out.push(Output::CloseLeg(leg));
                }
            }
            Input::Peer(leg, answer) => {
                self.step(leg, &mut out, |head, state, out| state.on_peer(head, answer, out));
            }
            Input::Undialled(leg, cause) => {
                self.step(leg, &mut out, |head, state, out| Some(state.on_sip_ended(head, cause, out)));
            }
        }
        out
    }

    /// Puts an event into its envelope and keeps it; returned if the core is there to take it now.
    pub(super) fn note(&mut self, tenant: TenantId, event: EdgeEvent) -> Option<FromEdge> {
        self.log.push(self.now, tenant, event)
    }

    /// When [`Table::tick`] has something to do.
    pub(super) fn deadline(&self) -> Option<Timestamp> {
        self.alone.first().map(|(at, _)| *at)
    }

    /// Lets go who was left alone for too long.
    pub(super) fn tick(&mut self, now: Timestamp) -> Vec<Output> {
        self.now = now;
        let mut out = Vec::new();
        while let Some((at, leg)) = self.alone.first().copied().filter(|(at, _)| *at <= now) {
            self.alone.remove(&(at, leg));
            let unattended = self.legs.get(&leg).is_some_and(|(head, _)| !self.log.attached(head.tenant));
            if unattended && self.partners(leg).is_some_and(|mut partners| !partners.any(|other| self.is_heard(other)))
            {
                info!(%leg, "a leg is let go: its other side has left, and there is no core");
                self.step(leg, &mut out, |head, state, out| Some(state.end(head, Cause::Normal, out)));
            }
        }
        out
    }

    /// Ends every leg, because the edge stops.
    pub(super) fn end_all(&mut self) -> Vec<Output> {
        let mut out = Vec::new();
        let mut legs: Vec<LegId> = self.legs.keys().copied().collect();
        legs.sort_unstable();
        for leg in legs {
            self.step(leg, &mut out, |head, state, out| Some(state.end(head, Cause::Ended, out)));
        }
        out
    }

    /// Whether the edge is being emptied, and of how many legs still. An agent's warm connection holds nothing up.
    pub(super) fn left_to_drain(&self) -> Option<usize> {
        let counts = |head: &Head| !matches!(head.role, Some(LegRole::Agent(_)));
        self.draining.then(|| self.legs.values().filter(|(head, _)| counts(head)).count())
    }

    /// Whether no leg is left.
    pub(super) fn is_empty(&self) -> bool {
        self.legs.is_empty()
    }

    /// Applies a transition to a leg; false when there is no such leg.
    fn step(
        &mut self,
        leg: LegId,
        out: &mut Vec<Output>,
        go: impl FnOnce(&Head, State, &mut Vec<Output>) -> Left,
    ) -> bool {
        let Some((head, state)) = self.legs.remove(&leg) else { return false };
        let tenant = head.tenant;
        let left = go(&head, state, out);
        let over = left.as_ref().is_none_or(State::is_over);
        if let Some(state) = left {
            self.legs.insert(leg, (head, state));
        }
        if over {
            self.silent.remove(&leg);
            if !self.log.attached(tenant) {
                self.look_after_the_other(leg, ALONE);
            }
        }
        true
    }

    /// Without a floor nobody says what becomes of who stays behind in a room. An agent's warm connection stays.
    fn look_after_the_other(&mut self, gone: LegId, limit: Millis) {
        let Some(partners) = self.partners(gone) else { return };
        let mut left = partners.filter(|leg| self.is_heard(*leg));
        if let (Some(leg), None) = (left.next(), left.next())
            && !matches!(self.legs.get(&leg), Some((Head { role: Some(LegRole::Agent(_)), .. }, _)))
        {
            drop(left);
            self.alone.insert((self.now + limit, leg));
        }
    }

    /// The other legs of a leg's room.
    fn partners(&self, leg: LegId) -> Option<impl Iterator<Item = LegId> + '_> {
        let (_, members) = self.rooms.values().find(|(_, members)| members.contains(&leg))?;
        Some(members.iter().copied().filter(move |other| *other != leg))
    }

    /// Whether somebody is at the other end of a leg, as far as can be known.
    fn is_heard(&self, leg: LegId) -> bool {
        !self.silent.contains(&leg) && self.legs.get(&leg).is_some_and(|(_, state)| !state.is_over())
    }

    fn on_command(&mut self, envelope: ToEdge, out: &mut Vec<Output>) {
        let ToEdge { id, epoch, tenant, command, seal } = envelope;
        match self.epochs.admit(tenant, epoch, id) {
            Admission::Take => {}
            Admission::Duplicate => return,
            Admission::Outdated => {
                warn!(tenant.id = %tenant, epoch, "a command of a floor that has been succeeded was refused");
                return;
            }
        }
        match command {
            EdgeCommand::Resume { seen } => {
                out.extend(self.log.resume(tenant, seen).into_iter().map(Output::Again));
                out.push(Output::Event(tenant, self.living(tenant, id)));
            }
            EdgeCommand::Acknowledge { seq } => self.log.acknowledge(tenant, seq),
            EdgeCommand::SetTrunks(plans) => out.push(Output::Trunks(tenant, plans)),
            EdgeCommand::TestTrunk { trunk } => out.push(Output::Probe(tenant, trunk)),
            EdgeCommand::Ring { leg, early_media } => {
                self.own(tenant, leg, out, |head, state, out| Some(state.ring(head, early_media, out)));
            }
            EdgeCommand::Answer { leg, role } => {
                if let Some((head, _)) = self.legs.get_mut(&leg).filter(|(head, _)| head.tenant == tenant) {
                    head.role = Some(role);
                }
                self.own(tenant, leg, out, |head, state, out| Some(state.answer(head, out)));
            }
            EdgeCommand::End { leg, cause } => {
                self.own(tenant, leg, out, |head, state, out| Some(state.end(head, cause, out)));
            }
            EdgeCommand::Dial { leg, role, trunk, to, from, timeout } => {
                let dial = Dial { leg, tenant, trunk, to, from, timeout, offer: String::new() };
                if self.open(tenant, leg, role, State::Preparing(Box::new(dial)), out) {
                    out.push(Output::OpenRtp(leg));
                }
            }
            EdgeCommand::Connect { leg, role, offer } => self.connect(tenant, leg, role, offer, out),
            EdgeCommand::SetRoom(plan) => self.set_room(tenant, plan, seal, out),
            EdgeCommand::CloseRoom { room } => {
                if self.rooms.get(&room).is_some_and(|(owner, _)| *owner == tenant) {
                    self.rooms.remove(&room);
                    out.push(Output::CloseRoom(room));
                }
            }
            EdgeCommand::ReferDone { leg, failed } => {
                if self.legs.get(&leg).is_some_and(|(head, _)| head.tenant == tenant) {
                    out.push(Output::Call(leg, CallCommand::ReferDone(failed)));
                }
            }
            EdgeCommand::SendDigits { leg, digits } => {
                let fine = !digits.is_empty()
                    && digits.len() <= MAX_DIGITS
                    && digits.chars().all(|c| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D'));
                if fine
                    && self.legs.get(&leg).is_some_and(|(head, state)| head.tenant == tenant && state.takes_digits())
                {
                    out.push(Output::Digits(leg, digits));
                }
            }
        }
    }

    /// Everything of a tenant's that the core may know of. A leg that is closing will still report its end.
    fn living(&self, tenant: TenantId, answers: u64) -> EdgeEvent {
        let mut legs: Vec<LivingLeg> = self
            .legs
            .values()
            .filter(|(head, _)| head.tenant == tenant)
            .filter_map(|(head, state)| {
                Some(LivingLeg { leg: head.id, role: head.role.clone(), stage: state.stage()? })
            })
            .collect();
        legs.sort_unstable_by_key(|living| living.leg);
        let rooms = self.rooms.iter().filter(|(_, (owner, _))| *owner == tenant).map(|(room, _)| *room);
        let recordings = self.recordings.iter().filter(|(_, owner)| **owner == tenant).map(|(recording, _)| *recording);
        let (mut rooms, mut recordings): (Vec<_>, Vec<_>) = (rooms.collect(), recordings.collect());
        rooms.sort_unstable();
        recordings.sort_unstable();
        EdgeEvent::Living { answers, legs, rooms, recordings }
    }

    /// A transition at the core's word: only on a leg of its own tenant.
    fn own(
        &mut self,
        tenant: TenantId,
        leg: LegId,
        out: &mut Vec<Output>,
        go: impl FnOnce(&Head, State, &mut Vec<Output>) -> Left,
    ) {
        match self.legs.get(&leg) {
            Some((head, _)) if head.tenant == tenant => {
                self.step(leg, out, go);
            }
            Some(_) => warn!(tenant.id = %tenant, %leg, "a command for another tenant's leg was refused"),
            // It ended meanwhile; the core hears or has heard of it.
            None => {}
        }
    }

    /// A new leg at the core's word. An id that is taken is not opened again; a full table ends it at once.
    fn open(&mut self, tenant: TenantId, leg: LegId, role: LegRole, state: State, out: &mut Vec<Output>) -> bool {
        if self.legs.contains_key(&leg) {
            warn!(tenant.id = %tenant, %leg, "a leg with this id exists already");
            return false;
        }
        if self.legs.len() >= MAX_LEGS {
            warn!(limit = MAX_LEGS, "no more legs on this edge");
            out.push(Output::Event(
                tenant,
                EdgeEvent::Ended { leg, cause: Cause::Congestion, quality: Quality::default() },
            ));
            return false;
        }
        self.legs.insert(leg, (Head { id: leg, tenant, role: Some(role) }, state));
        true
    }

    fn connect(&mut self, tenant: TenantId, leg: LegId, role: LegRole, offer: String, out: &mut Vec<Output>) {
        let again = match self.legs.get_mut(&leg) {
            Some((head, state)) if head.tenant == tenant && state.is_browser() => {
                head.role = Some(role.clone());
                true
            }
            Some(_) | None => false,
        };
        if again || self.open(tenant, leg, role, State::Connecting, out) {
            out.push(Output::OpenPeer(leg, offer, BROWSER_CODECS.to_vec()));
        }
    }

    fn set_room(&mut self, tenant: TenantId, plan: RoomPlan, seal: Option<SealKey>, out: &mut Vec<Output>) {
        let recorded = plan.recording.iter().flat_map(|r| r.left.iter().chain(&r.right));
        let mut named = plan.listeners.iter().map(|listener| &listener.leg).chain(recorded);
        let foreign = named.any(|leg| self.legs.get(leg).is_some_and(|(head, _)| head.tenant != tenant))
            || self.rooms.get(&plan.room).is_some_and(|(owner, _)| *owner != tenant)
            || plan
                .recording
                .as_ref()
                .is_some_and(|r| self.recordings.get(&r.recording).is_some_and(|owner| *owner != tenant));
        if foreign {
            warn!(tenant.id = %tenant, room = %plan.room, "a room with another tenant's legs was refused");
            return;
        }
        if !self.rooms.contains_key(&plan.room) && self.rooms.len() >= MAX_ROOMS {
            warn!(limit = MAX_ROOMS, "no more rooms on this edge");
            return;
        }
        let members = plan.listeners.iter().map(|listener| listener.leg).collect();
        self.rooms.insert(plan.room, (tenant, members));
        if let Some(recording) = &plan.recording
            && self.recordings.len() < MAX_ROOMS
        {
            self.recordings.insert(recording.recording, tenant);
        }
        out.push(Output::SetRoom(plan, seal));
    }

    fn on_sip(&mut self, event: SipEvent, out: &mut Vec<Output>) {
        match event {
            SipEvent::Incoming { leg, tenant, trunk, to, from, name, sdp } => {
                if self.legs.len() >= MAX_LEGS {
                    warn!(limit = MAX_LEGS, "no more legs on this edge");
                    out.push(Output::Call(leg, CallCommand::End(Cause::Congestion)));
                    return;
                }
                if self.draining || !self.log.attached(tenant) {
                    let draining = self.draining;
                    warn!(tenant.id = %tenant, draining, "a call was refused with 503: there is no core to take it");
                    out.push(Output::Call(leg, CallCommand::End(Cause::Congestion)));
                    return;
                }
                info!(%leg, tenant.id = %tenant, trunk.id = %trunk, "a call came in");
                let invite = Invite { trunk, to, from, name, sdp };
                self.legs.insert(leg, (Head { id: leg, tenant, role: None }, State::Arriving(Box::new(invite))));
                out.push(Output::OpenRtp(leg));
            }
            SipEvent::Progress { leg, sdp } => {
                self.step(leg, out, |head, state, out| Some(state.on_progress(head, sdp.as_deref(), out)));
            }
            SipEvent::Up { leg, sdp } => {
                self.step(leg, out, |head, state, out| Some(state.on_up(head, sdp.as_deref(), out)));
            }
            SipEvent::Offered { leg, sdp } => {
                self.step(leg, out, |head, state, out| Some(state.on_offered(head, sdp.as_deref(), out)));
            }
            SipEvent::Answered { leg, sdp } => {
                self.step(leg, out, |head, state, out| Some(state.on_answered(head, sdp.as_deref(), out)));
            }
            SipEvent::Digit { leg, digit } => self.tell_of(leg, out, |leg| EdgeEvent::Digit { leg, digit }),
            SipEvent::Referred { leg, to } => self.tell_of(leg, out, |leg| EdgeEvent::Referred { leg, to }),
            SipEvent::Ended { leg, cause } => {
                self.step(leg, out, |head, state, out| Some(state.on_sip_ended(head, cause, out)));
            }
            SipEvent::TrunkTested { tenant, trunk, status, took, fault } => {
                out.push(Output::Event(tenant, EdgeEvent::TrunkTested { trunk, status, took, fault }));
            }
        }
    }

    fn on_media(&mut self, event: MediaEvent, out: &mut Vec<Output>) {
        match event {
            MediaEvent::Flowing { leg, flowing } => {
                self.tell_of(leg, out, |leg| EdgeEvent::Media { leg, flowing });
                self.on_flowing(leg, flowing);
            }
            MediaEvent::PeerGone { leg } => {
                self.step(leg, out, |head, state, out| Some(state.on_peer_gone(head, out)));
            }
            MediaEvent::Digit { leg, digit } => self.tell_of(leg, out, |leg| EdgeEvent::Digit { leg, digit }),
            MediaEvent::SourceEnded { room, source } => {
                if let Some((tenant, _)) = self.rooms.get(&room) {
                    out.push(Output::Event(*tenant, EdgeEvent::SourceEnded { room, source }));
                }
            }
            MediaEvent::Quiet { recording, spoken } => {
                if let Some(tenant) = self.recordings.get(&recording) {
                    out.push(Output::Event(*tenant, EdgeEvent::Quiet { recording, spoken }));
                }
            }
            MediaEvent::Fax { leg } => self.tell_of(leg, out, |leg| EdgeEvent::Fax { leg }),
            MediaEvent::Recorded { recording, length, fault } => {
                if let Some(tenant) = self.recordings.remove(&recording) {
                    out.push(Output::Event(tenant, EdgeEvent::Recorded { recording, length, fault }));
                }
            }
            MediaEvent::Closed { leg, quality } => {
                self.step(leg, out, |head, state, out| {
                    state.on_media_closed(head, quality, out);
                    None
                });
            }
        }
    }

    fn on_flowing(&mut self, leg: LegId, flowing: bool) {
        let Some((head, state)) = self.legs.get(&leg) else { return };
        if !state.is_browser() {
            return;
        }
        let attended = self.log.attached(head.tenant);
        if flowing {
            self.silent.remove(&leg);
        } else if self.silent.insert(leg) && !attended {
            self.look_after_the_other(leg, SILENT);
        }
    }

    fn tell_of(&self, leg: LegId, out: &mut Vec<Output>, event: impl FnOnce(LegId) -> EdgeEvent) {
        if let Some((head, state)) = self.legs.get(&leg)
            && state.is_known()
        {
            out.push(Output::Event(head.tenant, event(leg)));
        }
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
