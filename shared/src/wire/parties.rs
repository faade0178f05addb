//! More than two in a call, as desks see it: consultations, transfers, conferences, supervision; and who is there to ask.
//!
//! Parts of [`super::desk`], in a module of their own for their number.

use super::control::{Audience, FlowLine, ParkedLine, RingLine};
use super::desk::{AgentState, AgentStatus};
use super::meetings::{MeetingDeed, MeetingLine};
use crate::edge::Cause;
use crate::ids::{ContactId, FlowId, LegId, MeetingId, QueueId, UserId};
use crate::phone::PhoneNumber;
use crate::team::Team;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

/// Whom to ask, to add or to pass a call on to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "to", rename_all = "snake_case")]
pub enum Target {
    /// A colleague.
    Agent {
        /// Who.
        user: UserId,
    },
    /// Whoever serves this queue.
    Queue {
        /// Which.
        queue: QueueId,
    },
    /// An outside number.
    Number {
        /// Which.
        number: PhoneNumber,
    },
    /// A published flow: the customer alone can be sent there, by [`Purpose::Transfer`].
    Flow {
        /// Which.
        flow: FlowId,
    },
}

/// What shall happen once somebody at the side answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The agent talks to them apart, while the customer is on hold (attended transfer, 咨询).
    Consult,
    /// They get the customer (blind transfer, 转接).
    Transfer,
    /// They join the call (conference, 会议).
    Invite,
}

/// How a guest takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Hears everybody and is heard by everybody.
    Talks,
    /// Hears everybody and is heard by nobody (监听).
    Listens,
    /// Hears everybody and is heard by the responsible agent alone (耳语).
    Whispers,
}

/// What an agent can do with more than two in a call. The contact beside it is the call at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum CallAction {
    /// Ask somebody to the side.
    Reach {
        /// Whom.
        target: Target,
        /// What for.
        purpose: Purpose,
    },
    /// Give up what was begun with [`CallAction::Reach`]; a consultation ends, and the agent talks to the customer again.
    Cancel {
        /// Which call at the side.
        side: ContactId,
    },
    /// Change over between the customer and the consulted party; the other one hears music.
    Toggle,
    /// Bring customer and consulted party together in one conference.
    Join,
    /// Pass the call on to the consulted party.
    Complete,
    /// Stop a party from being heard, or let it be heard again.
    Hush {
        /// Which.
        leg: LegId,
        /// Stop or let.
        on: bool,
    },
    /// Remove a party.
    Kick {
        /// Which.
        leg: LegId,
    },
    /// Make a colleague in the conference responsible; the agent stays as a guest.
    HandOver {
        /// Whom.
        user: UserId,
    },
    /// Leave a conference, which goes on without this agent.
    Leave,
    /// Begin to record, where that is not done by itself.
    Record,
    /// Let the recording hold silence for a while, or go on with it.
    Pause {
        /// Pause or go on.
        on: bool,
    },
    /// Leave the customer with music in a numbered place, from which any colleague takes them.
    Park,
    /// Play a sound of [`super::desk::ContactView::sounds`].
    Play {
        /// Its name.
        sound: String,
        /// Who hears it.
        to: Audience,
    },
    /// Stop the sound that plays.
    StopPlaying,
    /// Say that the caller was identified, or was not.
    Verify {
        /// Was.
        on: bool,
    },
}

/// What a supervisor can do with somebody else's call or desk. Each is written to the audit log; one that concerns an agent
/// of a team that others lead is refused with `supervise.other_team`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Supervision {
    /// Be in the call in this way: listen, whisper, or talk to both (barge, 强插).
    Enter {
        /// Which call.
        contact: ContactId,
        /// How.
        mode: Mode,
    },
    /// Take the call over: its agent wraps up (拦截).
    TakeOver {
        /// Which call.
        contact: ContactId,
    },
    /// Remove a party from the call (强踢).
    Kick {
        /// Which call.
        contact: ContactId,
        /// Which party.
        leg: LegId,
    },
    /// Send the call to a queue (强转).
    ToQueue {
        /// Which call.
        contact: ContactId,
        /// Where.
        queue: QueueId,
    },
    /// End the call (强拆).
    Disconnect {
        /// Which call.
        contact: ContactId,
    },
    /// Make an agent ready or busy (强制示闲, 强制示忙).
    SetState {
        /// Whom.
        user: UserId,
        /// As what.
        state: super::desk::WantedState,
    },
    /// Something in a meeting.
    Meeting {
        /// Which.
        meeting: MeetingId,
        /// What.
        deed: MeetingDeed,
    },
    /// Sign an agent out; a call at hand is finished first (强制签出).
    SignOut {
        /// Whom.
        user: UserId,
    },
}

impl Supervision {
    /// Its name in the audit log.
    #[must_use]
    pub const fn audit_action(&self) -> &'static str {
        match self {
            Self::Enter { mode: Mode::Listens, .. } => "call.listened",
            Self::Enter { mode: Mode::Whispers, .. } => "call.whispered",
            Self::Enter { mode: Mode::Talks, .. } => "call.barged",
            Self::TakeOver { .. } => "call.taken_over",
            Self::Kick { .. } => "call.kicked",
            Self::ToQueue { .. } => "call.forced_to_queue",
            Self::Disconnect { .. } => "call.disconnected",
            Self::Meeting { deed, .. } => deed.audit_action(),
            Self::SetState { .. } => "agent.forced",
            Self::SignOut { .. } => "agent.signed_out",
        }
    }
}

/// What an agent is in the call at hand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Answers for it, and leads it if it is a conference.
    #[default]
    Responsible,
    /// Is asked by a colleague; the customer is not there.
    Consulted,
    /// Is a guest who talks.
    Guest,
    /// Listens.
    Listens,
    /// Whispers to the agent.
    Whispers,
}

/// One party in a call's list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct PartyView {
    /// Names it for [`CallAction`].
    pub leg: LegId,
    /// Who.
    pub who: PartyWho,
    /// How it takes part.
    pub mode: Mode,
    /// Not heard, by own choice or by that of whoever leads.
    pub muted: bool,
    /// Muted by whoever leads the call.
    pub hushed: bool,
    /// No sound comes from it.
    pub silent: bool,
    /// When it joined.
    pub since: Timestamp,
}

/// Who a party is.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum PartyWho {
    /// The customer.
    Customer,
    /// An agent.
    Agent {
        /// Who.
        user: UserId,
        /// Their name.
        name: String,
        /// Whether they lead the call.
        leads: bool,
    },
    /// A number that was dialled.
    Outside {
        /// Which.
        number: PhoneNumber,
    },
}

/// A call at the side of the one at hand.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SideView {
    /// Names it.
    pub side: ContactId,
    /// What for.
    pub purpose: Purpose,
    /// With whom: a colleague's or queue's name, or the number.
    pub with: String,
    /// How far it has come.
    pub stage: SideStage,
    /// Whether the agent is heard there, not by the customer.
    pub front: bool,
    /// Since when in this stage.
    pub since: Timestamp,
}

/// How far a call at the side has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SideStage {
    /// Waits in a queue.
    Queued,
    /// Rings.
    Ringing,
    /// They talk.
    Talking,
}

/// How the last call at the side ended by itself: the desk says it in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideEnded {
    /// What for it was.
    pub purpose: Purpose,
    /// With whom.
    pub with: String,
    /// Why it ended.
    pub cause: Cause,
    /// Whether they had answered.
    pub answered: bool,
    /// When.
    pub at: Timestamp,
}

/// An agent who had the contact before, and what they wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierView {
    /// Their name.
    pub name: String,
    /// When they passed it on; `None` while they still have it.
    pub left: Option<Timestamp>,
    /// Their notes.
    pub notes: String,
}

/// Which live lists a page wants to see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// None.
    #[default]
    Nothing,
    /// What rings at colleagues and what is parked, as far as this agent may take it.
    Around,
    /// Colleagues, queues and flows, to choose from.
    Directory,
    /// The whole floor, with its calls.
    Floor,
}

/// What a page that watches sees: whole, at most once a second.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FloorView {
    /// Agents by name. For a directory without what they talk on.
    pub agents: Vec<AgentLine>,
    /// Queues by name.
    pub queues: Vec<QueueLine>,
    /// Calls with an agent, the longest first; none for a directory.
    pub calls: Vec<CallLine>,
    /// Flows by name, for a directory.
    #[serde(default)]
    pub flows: Vec<FlowLine>,
    /// What rings at colleagues and may be picked up, the longest first.
    #[serde(default)]
    pub ringing: Vec<RingLine>,
    /// What is parked, by place.
    #[serde(default)]
    pub parked: Vec<ParkedLine>,
    /// Meetings, the longest first; none for a directory.
    #[serde(default)]
    pub meetings: Vec<MeetingLine>,
    /// Teams by name, with those leaders who may supervise; none for a directory.
    #[serde(default)]
    pub teams: Vec<Team>,
}

/// An agent in a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AgentLine {
    /// Who.
    pub user: UserId,
    /// Their name.
    pub name: String,
    /// Their own short number, if any.
    pub number: Option<String>,
    /// Their state and since when.
    pub status: AgentStatus,
    /// Whether they can be asked now.
    pub free: bool,
    /// The call at hand.
    pub contact: Option<ContactId>,
    /// Tasks in hand.
    #[serde(default)]
    pub tasks: usize,
}

impl AgentLine {
    /// Whether they are there at all.
    #[must_use]
    pub const fn is_there(&self) -> bool {
        !matches!(self.status.state, AgentState::Offline)
    }
}

/// A queue in a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct QueueLine {
    /// Which.
    pub queue: QueueId,
    /// Its name.
    pub name: String,
    /// How many wait.
    pub waiting: usize,
    /// Since when the longest waits.
    pub longest: Option<Timestamp>,
    /// Agents signed in who serve it.
    pub staffed: bool,
    /// How many tasks wait for an agent's hand.
    #[serde(default)]
    pub tasks: usize,
}

/// A call in a list.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallLine {
    /// Which.
    pub contact: ContactId,
    /// The customer's name or number.
    pub customer: String,
    /// Through which queue.
    pub queue: Option<String>,
    /// The responsible agent.
    pub agent: Option<UserId>,
    /// When the two began to talk.
    pub answered: Option<Timestamp>,
    /// On hold at this moment.
    pub held: bool,
    /// Everybody in it, listeners too.
    pub parties: Vec<PartyView>,
    /// How long the customer waited.
    pub waited: Millis,
}
