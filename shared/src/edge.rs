//! What crosses between the core and an edge: commands out, events back.
//!
//! Everything is serialisable, because core and edge may be two processes. A command carries its id and the floor's
//! epoch ([`ToEdge`]): an edge ignores duplicates and refuses older epochs. An event carries a sequence number per
//! edge's life and tenant ([`FromEdge`]) and is kept until the core has journaled and acknowledged it.
//!
//! The two may lose each other at any time. A floor that finds its edge (again) says [`EdgeCommand::Resume`]; the edge
//! repeats what was not acknowledged and then says what lives ([`EdgeEvent::Living`]). Commands that were lost in
//! between need no repetition: the floor compares what lives with what should, and says the difference.

use crate::ids::{ContactId, LegId, RecordingId, RoomId, SourceId, TenantId, TrunkId, UserId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// A command in its envelope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToEdge {
    /// Grows by one per floor and epoch; a repeated id is a duplicate.
    pub id: u64,
    /// The floor's life; an edge refuses one older than it has seen for this tenant.
    pub epoch: u64,
    /// Whose floor speaks.
    pub tenant: TenantId,
    /// What to do.
    pub command: EdgeCommand,
    /// What to seal recordings with that this command starts; beside the command, so that no journal holds it.
    pub seal: Option<SealKey>,
}

/// A tenant's key for recordings (AES-256-GCM).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealKey {
    /// Which of the tenant's keys; written into the file's header.
    pub id: u32,
    /// The key itself.
    pub key: [u8; 32],
}

impl std::fmt::Debug for SealKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SealKey({})", self.id)
    }
}

/// One life of an edge's process. Legs, rooms and sequence numbers die with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EdgeLife(pub u64);

/// How far a floor has journaled an edge's events.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// Of which life.
    pub life: EdgeLife,
    /// Up to and with this one.
    pub seq: u64,
}

impl Seen {
    /// Whether an event is the very next one. A repeated one was handled already; one after a gap will come again in
    /// its order once the floor resumes. A new life begins with 1.
    #[must_use]
    pub fn precedes(seen: Option<Self>, event: &FromEdge) -> bool {
        let last = seen.filter(|seen| seen.life == event.life).map_or(0, |seen| seen.seq);
        event.seq == last + 1
    }
}

/// An event in its envelope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FromEdge {
    /// Which life of the edge speaks.
    pub life: EdgeLife,
    /// Grows by one per life and tenant; kept by the edge until acknowledged.
    pub seq: u64,
    /// Whose floor it is for.
    pub tenant: TenantId,
    /// When the edge saw it.
    pub at: Timestamp,
    /// What happened.
    pub event: EdgeEvent,
}

/// Whom a leg stands for. Opaque to the edge, which only gives it back when a new core adopts its legs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum LegRole {
    /// A customer on the telephone network or on a web page, in this contact.
    Customer(ContactId),
    /// An agent's warm browser connection; it outlives calls.
    Agent(UserId),
    /// A party that an agent dialled, in this contact.
    Dialled(ContactId),
}

/// A leg that lives at an edge, as a floor needs to know it to go on with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LivingLeg {
    /// The leg.
    pub leg: LegId,
    /// Whom it stands for, if a floor has said so.
    pub role: Option<LegRole>,
    /// How far it has come.
    pub stage: Stage,
}

/// How far a leg has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Came in and waits for our answer.
    Waiting,
    /// Was dialled and waits for theirs.
    Dialled,
    /// Answered, or a browser.
    Up,
}

/// What the core asks of an edge.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EdgeCommand {
    /// The floor is there (again): events after `seen` are repeated in their order, then comes [`EdgeEvent::Living`],
    /// then what happens from now on. Without a floor the edge takes no new calls for the tenant.
    Resume {
        /// What the floor has journaled; `None` when it knows of nothing.
        seen: Option<Seen>,
    },
    /// Events up to this one are journaled and may be forgotten.
    Acknowledge {
        /// Of the edge's present life.
        seq: u64,
    },
    /// The tenant's trunks, whole: those not named are closed for new calls.
    SetTrunks(Vec<TrunkPlan>),
    /// Ask a trunk with OPTIONS; answered by [`EdgeEvent::TrunkTested`].
    TestTrunk {
        /// Which.
        trunk: TrunkId,
    },
    /// Tell the far end of an inbound SIP leg that it is ringing (180), or with sound before the answer (183).
    Ring {
        /// The inbound leg.
        leg: LegId,
        /// Whether sound should reach the caller already.
        early_media: bool,
    },
    /// Answer an inbound SIP leg (200).
    Answer {
        /// The inbound leg.
        leg: LegId,
        /// Whom it stands for from now on.
        role: LegRole,
    },
    /// End a leg, answered or not: rejects, cancels or hangs up, as its state wants.
    End {
        /// Any leg.
        leg: LegId,
        /// Why; becomes a SIP status or a Reason header.
        cause: Cause,
    },
    /// Place a call through a trunk.
    Dial {
        /// The id the new leg shall have.
        leg: LegId,
        /// Whom it stands for.
        role: LegRole,
        /// The trunk to use.
        trunk: TrunkId,
        /// Who is called.
        to: PhoneNumber,
        /// The caller number to show.
        from: PhoneNumber,
        /// Give up after this long without an answer.
        timeout: Millis,
    },
    /// Connect a browser: answer its SDP offer, on a new leg or, for an ICE restart, on a living one.
    Connect {
        /// The id the leg has or shall have.
        leg: LegId,
        /// Whom it stands for.
        role: LegRole,
        /// The browser's SDP offer.
        offer: String,
    },
    /// Set who hears whom in a room, whole: legs and sources not named leave it.
    SetRoom(RoomPlan),
    /// Everybody leaves, sources end, the recording is closed.
    CloseRoom {
        /// The room.
        room: RoomId,
    },
    /// Say what came of [`EdgeEvent::Referred`].
    ReferDone {
        /// The leg whose far end asked.
        leg: LegId,
        /// Why nobody was reached; `None`: who was named has answered.
        failed: Option<Cause>,
    },
    /// Send digits on a SIP leg (RFC 4733).
    SendDigits {
        /// The leg that shall hear them.
        leg: LegId,
        /// From `0-9 * # A-D`, at most 32.
        digits: String,
    },
}

/// A trunk as the edge needs to know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrunkPlan {
    /// Which.
    pub trunk: TrunkId,
    /// Its signalling address, `host:port`.
    pub address: String,
    /// Source addresses of its requests, IP addresses or networks like `10.0.0.0/8`; empty: those of `address`.
    pub sources: Vec<String>,
    /// For digest, when the carrier challenges.
    pub credentials: Option<Credentials>,
    /// The numbers of this tenant that it may call; a call to another number gets 404.
    pub numbers: Vec<PhoneNumber>,
    /// Outbound numbers must begin with one of these; empty: no outbound calls.
    pub allowed: Vec<String>,
    /// Simultaneous calls; more get 503 with Retry-After.
    pub limit: u32,
    /// Whether its far end may pass calls on (REFER).
    #[serde(default)]
    pub refer: bool,
}

/// A digest user and password (RFC 8760 and RFC 2617).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Credentials({})", self.username)
    }
}

/// Who hears whom in one room: the whole matrix, so that a command can be repeated or sent by a new core.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomPlan {
    /// The room; opened by its first plan.
    pub room: RoomId,
    /// What is heard besides people. A source that stays in the plan plays on without a break.
    pub sources: Vec<Source>,
    /// One entry a leg in the room. A leg is in one room at a time; a later plan of another room takes it over.
    pub listeners: Vec<Listener>,
    /// What is recorded, if anything.
    pub recording: Option<RecordingPlan>,
}

/// One leg of a room and what reaches its ear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// The leg.
    pub leg: LegId,
    /// Everything it hears; empty is silence.
    pub hears: Vec<Voice>,
}

/// Something that can be heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Voice {
    /// Another leg of the room.
    Leg(LegId),
    /// A source of the room.
    Source(SourceId),
}

/// A prompt, music or a tone that plays into a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Names this playing, not the file: playing it again needs another id.
    pub id: SourceId,
    /// What is heard.
    pub sound: Sound,
}

/// What a source sounds like.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Sound {
    /// Files one after the other, once; then [`EdgeEvent::SourceEnded`]. Names as in `static/sounds`, like `zh/welcome`.
    Prompt(Vec<String>),
    /// A file over and over.
    Music(String),
    /// Ringback as the caller expects it while nobody has answered.
    Ringback,
}

/// What a recording takes, on which channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordingPlan {
    /// The recording; a new id starts a new file.
    pub recording: RecordingId,
    /// On the left channel: the customer.
    pub left: Vec<LegId>,
    /// On the right channel: the agents.
    pub right: Vec<LegId>,
    /// Silence is written instead, for instance while a card number is spoken.
    pub paused: bool,
    /// Report once the left channel has said nothing for this long ([`EdgeEvent::Quiet`]); `None`: do not listen.
    #[serde(default)]
    pub quiet: Option<Millis>,
    /// Nobody shall hear the keys that the left channel presses, not even as tones: a card number is keyed in.
    #[serde(default)]
    pub secret_keys: bool,
}

/// Why a leg ended or shall end. One word each in reports; SIP statuses map to and from it in the edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A party hung up (BYE, 16 of Q.850).
    Normal,
    /// The caller gave up before the answer (CANCEL, 487).
    Cancelled,
    /// 486, 600.
    Busy,
    /// 408, 480, or nobody answered in time.
    NoAnswer,
    /// 403, 603: refused.
    Rejected,
    /// 404, 410, 484, 604: no such number.
    NotFound,
    /// 503: no capacity here or there.
    Congestion,
    /// 488, 415: no common codec.
    Incompatible,
    /// The far end fell silent, or its connection was lost.
    Lost,
    /// Our fault or the network's: 500, a time-out, a broken message.
    Failed,
    /// The system ends the call itself: the flow is over, the drain's limit passed.
    Ended,
}

/// What an edge reports.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EdgeEvent {
    /// Everything of the tenant's that lives, after the repeated events and before any new one.
    Living {
        /// The id of the [`EdgeCommand::Resume`] that this answers; an older answer says nothing any more.
        answers: u64,
        /// Legs that the floor has heard of, or will end because it has not.
        legs: Vec<LivingLeg>,
        /// Open rooms.
        rooms: Vec<RoomId>,
        /// Recordings that are not closed.
        recordings: Vec<RecordingId>,
    },
    /// A valid INVITE from a known trunk, to a number of this tenant. The edge has said 100 Trying, no more.
    Incoming {
        /// The new leg.
        leg: LegId,
        /// Where it came from.
        trunk: TrunkId,
        /// The number that was called.
        to: PhoneNumber,
        /// Who calls (P-Asserted-Identity before From); `None` when withheld.
        from: Option<PhoneNumber>,
        /// The caller's display name, already UTF-8.
        name: Option<String>,
    },
    /// The SDP answer to [`EdgeCommand::Connect`].
    Connected {
        /// The browser leg.
        leg: LegId,
        /// The SDP answer.
        answer: String,
    },
    /// A dialled leg rings at the far end.
    Ringing {
        /// The dialled leg.
        leg: LegId,
        /// Whether the far end already sends sound (183 with SDP).
        early_media: bool,
    },
    /// A leg is answered and its media negotiated.
    Answered {
        /// The leg.
        leg: LegId,
    },
    /// A browser leg's sound stopped or came back; neither ends the leg.
    Media {
        /// The leg.
        leg: LegId,
        /// Whether packets arrive.
        flowing: bool,
    },
    /// The far end put the leg on hold or resumed it (re-INVITE with another direction).
    FarHold {
        /// The leg.
        leg: LegId,
        /// Whether it is on hold now.
        held: bool,
    },
    /// The far end pressed a key (RFC 4733 or SIP INFO).
    Digit {
        /// The leg.
        leg: LegId,
        /// One of `0-9 * # A-D`.
        digit: char,
    },
    /// The far end asks to be replaced by somebody else (REFER); it was told that we try. Answered by
    /// [`EdgeCommand::ReferDone`].
    Referred {
        /// The leg.
        leg: LegId,
        /// By whom.
        to: PhoneNumber,
    },
    /// A prompt has been played to its end.
    SourceEnded {
        /// Where.
        room: RoomId,
        /// Which.
        source: SourceId,
    },
    /// A leg is gone, by whichever side; reported exactly once a leg.
    Ended {
        /// The leg.
        leg: LegId,
        /// Why.
        cause: Cause,
        /// How its sound was.
        quality: Quality,
    },
    /// What came of [`EdgeCommand::TestTrunk`].
    TrunkTested {
        /// Which.
        trunk: TrunkId,
        /// The SIP status of the answer; `None` when none came.
        status: Option<u16>,
        /// How long it took.
        took: Millis,
        /// Set when the address could not be resolved or reached at all: the operating system's words.
        fault: Option<String>,
    },
    /// Nothing has been said on a recording's left channel for as long as its plan asks ([`RecordingPlan::quiet`]); once a
    /// recording.
    Quiet {
        /// Which.
        recording: RecordingId,
        /// Whether anything was said on it before.
        spoken: bool,
    },
    /// The far end of an inbound call is a fax machine: its calling tone was heard (CNG, ITU-T T.30, 4.1.2). Once a leg.
    Fax {
        /// The leg.
        leg: LegId,
    },
    /// A recording is closed.
    Recorded {
        /// Which.
        recording: RecordingId,
        /// How long it plays.
        length: Millis,
        /// `None` when it is whole; else what went wrong, in words for an operator.
        fault: Option<String>,
    },
}

/// A leg's sound in figures, as the edge measured it over the leg's life.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Quality {
    /// RTP packets received.
    pub received: u64,
    /// Packets missing by sequence number.
    pub lost: u64,
    /// Interarrival jitter (RFC 3550, 6.4.1) in milliseconds.
    pub jitter_ms: f32,
    /// Round trip from RTCP in milliseconds; `None` when the far end sends no reports.
    pub round_trip_ms: Option<f32>,
    /// Mean opinion score by the E-model (ITU-T G.107), 1 to 4.5; `None` before anything was heard.
    pub mos: Option<f32>,
}
