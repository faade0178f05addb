//! The agent's desk over its WebSocket (`/api/desk`): a snapshot, then changes; commands up, each acknowledged.
//!
//! The socket is the signed-in session's (cookie). The first frame is [`FromDesk::Hello`]; the server answers with
//! [`ToDesk::Snapshot`], or [`ToDesk::InUse`] when another tab holds the desk and `take_over` is false.

pub use super::explanation::{Candidate, Explanation, PassedOver, PassedOverReason, Preferred};

use super::WireError;
use super::callbacks::{CallbackCard, TaskBoard, TaskDeed};
use super::control::{RecordRule, TelephoneView, Told, Verified};
use super::parties::{
    CallAction, EarlierView, FloorView, Part, PartyView, Purpose, SideEnded, SideView, Supervision, Watch,
};
use super::routing::WrapUpMode;
use crate::edge::{Cause, Quality};
use crate::ids::{CallbackId, ContactId, CustomerId, DispositionId, OfferId, UserId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// From the browser.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromDesk {
    /// The first frame.
    Hello {
        /// [`super::VERSION`] of the page.
        version: u16,
        /// Names this tab, so that a reload of it is not a second tab (kept in `sessionStorage`).
        tab: Uuid,
        /// Whether to take the desk from another tab.
        take_over: bool,
    },
    /// Something the agent wants; answered by [`ToDesk::Done`] or [`ToDesk::Refused`] with the same id.
    Command {
        /// Drawn by the page; a repeated id is carried out once.
        id: Uuid,
        /// What.
        command: DeskCommand,
    },
    /// Keeps the connection alive and measures the round trip; echoed as [`ToDesk::Pong`].
    Ping {
        /// The page's own clock in milliseconds, given back unread.
        at: f64,
    },
}

/// What an agent can ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum DeskCommand {
    /// Take contacts, or stop taking them. While on a contact it takes effect after it.
    SetState {
        /// The state wanted.
        state: WantedState,
    },
    /// The browser's SDP offer for its warm connection, or for an ICE restart of it.
    Connect {
        /// The SDP.
        sdp: String,
    },
    /// Answer the offer that rings.
    Accept {
        /// Which; an offer that has ended in the meantime is refused with `offer.gone`.
        offer: OfferId,
    },
    /// Refuse what rings because somebody asked for this agent by name; what a queue offers cannot be refused.
    Decline {
        /// Which; see [`OfferCard::decline`].
        offer: OfferId,
    },
    /// Answer a call that rings at a colleague's desk.
    PickUp {
        /// Which; one that was answered in the meantime is refused with `offer.gone`.
        contact: ContactId,
    },
    /// Take a call that is parked.
    Retrieve {
        /// Which.
        contact: ContactId,
    },
    /// Take calls on a telephone from now on, or in the browser again.
    Telephone {
        /// Its number; `None`: in the browser.
        number: Option<PhoneNumber>,
    },
    /// Put the customer on hold, or take the customer back.
    Hold {
        /// Which contact.
        contact: ContactId,
        /// Hold or resume.
        on: bool,
    },
    /// Stop sending the agent's voice; the browser stops its microphone too.
    Mute {
        /// Which contact.
        contact: ContactId,
        /// Mute or not.
        on: bool,
    },
    /// Send digits to the customer's side.
    Digits {
        /// Which contact.
        contact: ContactId,
        /// From `0-9 * # A-D`.
        digits: String,
    },
    /// End the call.
    HangUp {
        /// Which contact.
        contact: ContactId,
    },
    /// Place a call.
    Dial {
        /// To whom.
        to: PhoneNumber,
    },
    /// Call somebody back now who is to be called.
    CallBack {
        /// Which callback.
        callback: CallbackId,
    },
    /// Take a task that is offered.
    TakeTask {
        /// Which; one that has ended in the meantime is refused with `offer.gone`.
        offer: OfferId,
    },
    /// Something with a task in hand.
    Task {
        /// Which callback.
        callback: CallbackId,
        /// What.
        deed: TaskDeed,
    },
    /// Something with more than two in the call.
    Call {
        /// Which contact.
        contact: ContactId,
        /// What.
        action: CallAction,
    },
    /// Something with somebody else's call or desk.
    Supervise {
        /// What.
        action: Supervision,
    },
    /// See live lists from now on, or no longer; [`ToDesk::Floor`] brings them.
    Watch {
        /// Which.
        what: Watch,
    },
    /// Save notes and disposition as they are typed; the contact goes on.
    Note {
        /// Which contact.
        contact: ContactId,
        /// The wrap-up form so far.
        form: WrapUpForm,
    },
    /// Wrap-up is done.
    FinishWrapUp {
        /// Which contact.
        contact: ContactId,
        /// The wrap-up form.
        form: WrapUpForm,
    },
    /// Leave the desk: offline, the socket closes.
    SignOut,
}

/// The states an agent can choose.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum WantedState {
    /// Contacts may come.
    Ready,
    /// No contacts, for this reason.
    Busy {
        /// Why.
        reason: BusyReason,
    },
}

/// Why an agent is busy (示忙); each counts apart in attendance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum BusyReason {
    /// A short break (小休).
    Break,
    /// A meal.
    Meal,
    /// A meeting.
    Meeting,
    /// Training or coaching.
    Training,
    /// Work away from the telephone.
    BackOffice,
}

impl BusyReason {
    /// Every reason, in the order in which the menu lists them.
    pub const ALL: [Self; 5] = [Self::Break, Self::Meal, Self::Meeting, Self::Training, Self::BackOffice];
}

/// What an agent fills in while and after talking.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WrapUpForm {
    /// How the contact ended for the business.
    pub disposition: Option<DispositionId>,
    /// Free text, at most 4,000 characters.
    pub notes: String,
    /// Whether the customer's matter is solved; `None` while not said.
    pub solved: Option<bool>,
}

/// From the server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToDesk {
    /// Everything there is to show; replaces what the page knew.
    Snapshot {
        /// Counts on with every change, so that the page notices a gap.
        seq: u64,
        /// The server's clock, for the page to correct its own.
        now: Timestamp,
        /// The desk.
        desk: Box<Desk>,
    },
    /// One part of the desk has a new value.
    Change {
        /// One more than the last message's.
        seq: u64,
        /// What.
        change: Box<DeskChange>,
    },
    /// The SDP answer to [`DeskCommand::Connect`].
    Answer {
        /// The SDP.
        sdp: String,
    },
    /// The command was carried out.
    Done {
        /// The command's id.
        id: Uuid,
    },
    /// The command was not carried out, and why.
    Refused {
        /// The command's id.
        id: Uuid,
        /// Why.
        error: WireError,
    },
    /// What [`DeskCommand::Watch`] asked for, whole; at most once a second.
    Floor {
        /// How it stands.
        floor: Box<FloorView>,
    },
    /// What is new among the messages that this user may hear has changed: ask for it.
    Messages,
    /// Another tab of this user has the desk: say so and offer to take over. The socket closes.
    InUse,
    /// Another tab took the desk. The socket closes.
    TakenOver,
    /// The session is over, or the role changed: sign in again. The socket closes.
    SignedOut,
    /// The page is of another version: reload it. The socket closes.
    Reload,
    /// The echo of [`FromDesk::Ping`].
    Pong {
        /// As sent.
        at: f64,
    },
}

/// The whole desk as it is now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    /// Whose.
    pub user: UserId,
    /// The agent's state and since when.
    pub status: AgentStatus,
    /// What rings.
    pub offer: Option<OfferCard>,
    /// What the agent talks on or wraps up; at most one voice contact.
    pub contact: Option<ContactView>,
    /// Whether the browser's sound is connected.
    pub connected: bool,
    /// What wrap-up offers to choose from.
    pub dispositions: Vec<Disposition>,
    /// The agent's own telephone, if calls are taken there.
    #[serde(default)]
    pub telephone: Option<TelephoneView>,
    /// There is no desk: the page may watch the floor, and nothing else.
    #[serde(default)]
    pub watches_only: bool,
    /// Tasks, offered and in hand.
    #[serde(default)]
    pub tasks: TaskBoard,
}

/// A part of the desk with its new value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "part", content = "value", rename_all = "snake_case")]
pub enum DeskChange {
    /// The agent's state.
    Status(AgentStatus),
    /// What rings, or nothing any more.
    Offer(Option<OfferCard>),
    /// The contact at hand, or none any more.
    Contact(Option<ContactView>),
    /// Whether the browser's sound is connected.
    Connected(bool),
    /// The agent's own telephone.
    Telephone(Option<TelephoneView>),
    /// Tasks, offered and in hand.
    Tasks(TaskBoard),
}

/// An agent's state as everybody sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AgentStatus {
    /// Which.
    pub state: AgentState,
    /// Since when.
    pub since: Timestamp,
    /// What follows the contact at hand, if the agent asked for it.
    pub next: Option<WantedState>,
}

/// The states of an agent (坐席状态). Every change is timed and stored as an activity span.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "state", content = "reason", rename_all = "snake_case")]
pub enum AgentState {
    /// Not signed in (离线).
    Offline,
    /// Takes contacts (示闲).
    Ready,
    /// Takes none, for a reason (示忙).
    Busy(BusyReason),
    /// An offer rings (振铃).
    Ringing,
    /// Waits for the party that the agent dialled (外拨).
    Dialling,
    /// Talks (通话).
    Talking,
    /// The customer is on hold (保持).
    Hold,
    /// After the call (话后处理).
    WrapUp,
    /// An offer rang out unanswered; takes none until the agent says ready again (未应答).
    Missed,
    /// The desk's connection is lost for longer than the grace (断线).
    Disconnected,
}

impl AgentState {
    /// Its name for figures, style sheets and stories; the reason of *busy* is left out.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Ready => "ready",
            Self::Busy(_) => "busy",
            Self::Ringing => "ringing",
            Self::Dialling => "dialling",
            Self::Talking => "talking",
            Self::Hold => "hold",
            Self::WrapUp => "wrap_up",
            Self::Missed => "missed",
            Self::Disconnected => "disconnected",
        }
    }

    /// Whether a contact is at hand: it rings, goes on, or is wrapped up.
    #[must_use]
    pub const fn on_contact(self) -> bool {
        match self {
            Self::Ringing | Self::Dialling | Self::Talking | Self::Hold | Self::WrapUp => true,
            Self::Offline | Self::Ready | Self::Busy(_) | Self::Missed | Self::Disconnected => false,
        }
    }
}

/// What rings: enough to know who it is before answering.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferCard {
    /// Names the offer.
    pub offer: OfferId,
    /// The contact offered.
    pub contact: ContactId,
    /// Through which queue.
    pub queue: String,
    /// The other party.
    pub party: Party,
    /// How long the customer has waited in queues.
    pub waited: Millis,
    /// When it began to ring.
    pub since: Timestamp,
    /// When it rings out.
    pub until: Timestamp,
    /// Why this agent.
    pub why: Explanation,
    /// The colleague who asks or passes the call on.
    #[serde(default)]
    pub from: Option<String>,
    /// What the colleague wants of whom they ask.
    #[serde(default)]
    pub purpose: Option<Purpose>,
    /// Who had the contact before, and what they wrote.
    #[serde(default)]
    pub earlier: Vec<EarlierView>,
    /// What is called back with it, if it is such a call.
    #[serde(default)]
    pub callback: Option<CallbackCard>,
    /// It is answered for the agent in a moment.
    #[serde(default)]
    pub auto: bool,
    /// It was asked for this agent by name, who may refuse.
    #[serde(default)]
    pub decline: bool,
    /// How the caller was identified, if at all.
    #[serde(default)]
    pub verified: Option<Verified>,
    /// What the caller told the flow.
    #[serde(default)]
    pub told: Vec<Told>,
    /// A flow rings this very agent, past all queues.
    #[serde(default)]
    pub direct: bool,
}

/// The other party of a contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Party {
    /// Number, if any is shown.
    pub number: Option<PhoneNumber>,
    /// Name as the network or the page gave it.
    pub name: Option<String>,
    /// From where.
    pub via: Via,
    /// Our own record of the customer, once looked up.
    pub card: Option<CustomerCard>,
}

impl Party {
    /// The best name: our record's, else the one that the network or the page gave.
    #[must_use]
    pub fn known_as(&self) -> Option<&str> {
        self.card.as_ref().map(|card| card.name.as_str()).or(self.name.as_deref())
    }
}

/// The way a contact came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "via", rename_all = "snake_case")]
pub enum Via {
    /// A telephone call to this number of ours.
    Phone {
        /// The number that was called.
        called: PhoneNumber,
    },
    /// A click on this page.
    Web {
        /// The page's address.
        page: String,
    },
    /// The agent called.
    Outbound,
}

/// The customer's card, popped with the offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CustomerCard {
    /// The record.
    pub customer: CustomerId,
    /// Name.
    pub name: String,
    /// Company or household.
    pub company: Option<String>,
    /// Very important: marked on the card, first in the queue.
    pub vip: bool,
    /// A line that every agent should know.
    pub remark: Option<String>,
    /// How many contacts we had before, and when the last one ended.
    pub contacts: u32,
    /// When the last contact ended.
    pub last_contact: Option<Timestamp>,
}

/// The contact at hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactView {
    /// Which.
    pub contact: ContactId,
    /// The other party.
    pub party: Party,
    /// Through which queue; `None` for a dialled call.
    pub queue: Option<String>,
    /// How long the customer waited.
    pub waited: Millis,
    /// What it is doing.
    pub phase: ContactPhase,
    /// Since when in this phase.
    pub since: Timestamp,
    /// When the two began to talk.
    pub answered: Option<Timestamp>,
    /// Whether the agent's voice is muted.
    pub muted: bool,
    /// Whether it is being recorded.
    pub recording: bool,
    /// The wrap-up form as last saved.
    pub form: WrapUpForm,
    /// What ends the wrap-up.
    #[serde(default)]
    pub wrap_up: WrapUpMode,
    /// Figures of the customer's leg, while it lives.
    pub quality: Option<Quality>,
    /// The recording holds silence until then.
    #[serde(default)]
    pub paused_until: Option<Timestamp>,
    /// What this agent is in it.
    #[serde(default)]
    pub part: Part,
    /// Everybody in it, once there are more than two.
    #[serde(default)]
    pub parties: Vec<PartyView>,
    /// Calls at its side.
    #[serde(default)]
    pub sides: Vec<SideView>,
    /// How the last call at the side ended by itself.
    #[serde(default)]
    pub side_ended: Option<SideEnded>,
    /// Who had it before, and what they wrote; for a consultation also who has it now.
    #[serde(default)]
    pub earlier: Vec<EarlierView>,
    /// How the caller was identified, if at all.
    #[serde(default)]
    pub verified: Option<Verified>,
    /// What the caller told the flow.
    #[serde(default)]
    pub told: Vec<Told>,
    /// The sound that is being played for the agent.
    #[serde(default)]
    pub playing: Option<String>,
    /// Whether it may be recorded.
    #[serde(default)]
    pub record_rule: RecordRule,
    /// The sounds that the agent may play to the customer.
    #[serde(default)]
    pub sounds: Vec<String>,
    /// What is called back with it, if it is such a call.
    #[serde(default)]
    pub callback: Option<CallbackCard>,
}

/// The phases of a contact as its agent sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum ContactPhase {
    /// The dialled party rings.
    Dialling,
    /// They talk.
    Talking,
    /// On hold by the agent.
    Hold,
    /// The call is over; notes are due.
    WrapUp {
        /// When wrap-up ends by itself.
        until: Timestamp,
        /// How the call ended.
        cause: Cause,
    },
}

/// A way a contact can end for the business.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Disposition {
    /// Its id.
    pub id: DispositionId,
    /// Chinese name.
    pub zh: String,
    /// English name.
    pub en: String,
}
