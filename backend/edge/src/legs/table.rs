//! The table of legs: everything that happens to the edge goes in, everything that it does comes out. Pure.
//!
//! Events leave here numbered; commands come in once and only from the newest floor of their tenant ([`super::epoch`]).

use super::epoch::{Admission, Epochs};
use super::leg::{Head, Invite, Left, State};
use crate::media::{Codec, MediaEvent, RtpTarget};
use crate::sip::{CallCommand, Dial, SipEvent};
use hark_shared::edge::{
    Cause, EdgeCommand, EdgeEvent, FromEdge, LegRole, Quality, RoomPlan, SealKey, ToEdge, TrunkPlan,
};
use hark_shared::ids::{LegId, RecordingId, RoomId, TenantId, TrunkId};
use hark_shared::time::Timestamp;
use std::collections::HashMap;
use std::net::SocketAddr;
use tracing::{info, warn};

/// Legs of one edge; what a machine with a few hundred RTP ports free for each core can carry.
pub(super) const MAX_LEGS: usize = 10_000;
/// Rooms and recordings whose tenant is remembered: no more than legs, each of which is in one room.
const MAX_ROOMS: usize = MAX_LEGS;
/// Digits of one command.
const MAX_DIGITS: usize = 32;
/// Codecs for browsers: the carrier's law first, so that its calls need no transcoding.
const BROWSER_CODECS: [Codec; 3] = [Codec::Pcma, Codec::Pcmu, Codec::Opus];

/// Something that happened.
#[derive(Debug)]
pub(super) enum Input {
    /// From the core.
    Command(Box<ToEdge>),
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
    /// The core: not numbered yet.
    Event(TenantId, EdgeEvent),
}

/// The table.
#[derive(Debug, Default)]
pub(super) struct Table {
    legs: HashMap<LegId, (Head, State)>,
    epochs: Epochs,
    rooms: HashMap<RoomId, TenantId>,
    recordings: HashMap<RecordingId, TenantId>,
    seq: u64,
}

impl Table {
    /// Takes one input.
    pub(super) fn handle(&mut self, input: Input) -> Vec<Output> {
        let mut out = Vec::new();
        match input {
            Input::Command(envelope) => self.on_command(*envelope, &mut out),
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

    /// Puts an event into its envelope.
    pub(super) fn number(&mut self, at: Timestamp, tenant: TenantId, event: EdgeEvent) -> FromEdge {
        self.seq += 1;
        FromEdge { seq: self.seq, tenant, at, event }
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
        if let Some(state) = go(&head, state, out) {
            self.legs.insert(leg, (head, state));
        }
        true
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
                if self.rooms.get(&room) == Some(&tenant) {
                    self.rooms.remove(&room);
                    out.push(Output::CloseRoom(room));
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
            || self.rooms.get(&plan.room).is_some_and(|owner| *owner != tenant)
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
        self.rooms.insert(plan.room, tenant);
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
            MediaEvent::Flowing { leg, flowing } => self.tell_of(leg, out, |leg| EdgeEvent::Media { leg, flowing }),
            MediaEvent::PeerGone { leg } => {
                self.step(leg, out, |head, state, out| Some(state.on_peer_gone(head, out)));
            }
            MediaEvent::Digit { leg, digit } => self.tell_of(leg, out, |leg| EdgeEvent::Digit { leg, digit }),
            MediaEvent::SourceEnded { room, source } => {
                if let Some(tenant) = self.rooms.get(&room) {
                    out.push(Output::Event(*tenant, EdgeEvent::SourceEnded { room, source }));
                }
            }
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
