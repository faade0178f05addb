//! Bodies of the REST API (`/api/...`), one resource after the other. Errors are [`super::WireError`] with the status.

use super::callbacks::Callback;
use super::control::{Identification, RecordRule};
use super::desk::{BusyReason, CustomerCard, Explanation, Via, WrapUpForm};
use super::meetings::Attendance;
use super::parties::Purpose;
use super::routing::{Destination, Routing};
use super::waiting::{Hop, Waiting};
use crate::edge::{Cause, Quality};
use crate::flow::model::{Mailbox, Scale};
use crate::flow::{NodeId, Thing};
use crate::ids::{
    ContactId, CustomerId, FlowId, LegId, NumberId, OfferId, QueueId, RecordingId, SkillId, TenantId, TrunkId, UserId,
};
use crate::perms::Role;
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use serde::{Deserialize, Serialize};

macro_rules! bodies {
    ($($(#[$doc:meta])* $kind:ident $name:ident $body:tt)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
        #[serde(rename_all = "snake_case")]
        pub $kind $name $body
    )+};
}

bodies! {
    /// `POST /api/session`: sign in.
    struct SignIn {
        /// The tenant's short name; may be empty while there is one tenant.
        #[serde(default)]
        pub tenant: String,
        /// The sign-in name.
        pub login: String,
        /// The password.
        pub password: String,
    }
    /// `GET /api/session`: who is signed in.
    struct Me {
        /// The tenant.
        pub tenant: TenantId,
        /// The tenant's shown name.
        pub tenant_name: String,
        /// The user.
        pub user: UserId,
        /// The sign-in name.
        pub login: String,
        /// The shown name.
        pub name: String,
        /// What the user may do.
        pub roles: Vec<Role>,
    }
    /// `PUT /api/password`: a new password of one's own.
    struct PasswordChange {
        /// The password so far.
        pub old: String,
        /// The new one, at least 10 characters.
        pub new: String,
    }
    /// `POST /api/setup`: the first administrator, with the one-time key that `hark serve` printed.
    struct Setup {
        /// The key from the link.
        pub key: String,
        /// The tenant's short name: lower-case letters, digits and dashes.
        pub tenant: String,
        /// The tenant's shown name.
        pub tenant_name: String,
        /// The administrator's sign-in name.
        pub login: String,
        /// The password, at least 10 characters.
        pub password: String,
    }
    /// A user in `GET /api/users`.
    struct User {
        /// The id.
        pub id: UserId,
        /// The sign-in name: lower-case letters, digits, `.`, `-`, `_`; unique in the tenant.
        pub login: String,
        /// The shown name.
        pub name: String,
        /// The agent's number, announced to callers (工号).
        pub number: Option<String>,
        /// Roles, at least one.
        pub roles: Vec<Role>,
        /// Skills and levels.
        pub skills: Vec<SkillLevel>,
        /// The queues the user serves.
        pub queues: Vec<QueueId>,
        /// May sign in.
        pub active: bool,
        /// Whether what this agent says is recorded, if neither queue nor direction is more restrictive.
        #[serde(default)]
        pub recording: RecordRule,
    }
    /// `POST /api/users`, `PUT /api/users/{id}`.
    struct UserEdit {
        /// See [`User`].
        pub login: String,
        /// See [`User`].
        pub name: String,
        /// See [`User`].
        pub number: Option<String>,
        /// See [`User`].
        pub roles: Vec<Role>,
        /// See [`User`].
        pub skills: Vec<SkillLevel>,
        /// See [`User`].
        pub queues: Vec<QueueId>,
        /// See [`User`].
        pub active: bool,
        /// A new password, at least 10 characters; `None` keeps the old one.
        pub password: Option<String>,
        /// See [`User`].
        #[serde(default)]
        pub recording: RecordRule,
    }
    /// A skill and how well.
    #[derive(Eq)]
    struct SkillLevel {
        /// Which.
        pub skill: SkillId,
        /// 1 to 9.
        pub level: u8,
    }
    /// `GET|POST|PUT /api/skills`.
    struct Skill {
        /// The id, drawn by the client when it creates.
        pub id: SkillId,
        /// The name, unique in the tenant.
        pub name: String,
    }
    /// `GET|POST|PUT /api/queues`.
    struct Queue {
        /// The id, drawn by the client when it creates.
        pub id: QueueId,
        /// The name, unique in the tenant.
        pub name: String,
        /// What an agent must know, and at least how well.
        pub skills: Vec<SkillLevel>,
        /// 0 to 9; higher goes first.
        pub priority: u8,
        /// How long an offer rings, 5 to 120 s.
        pub offer_timeout: Millis,
        /// How long wrap-up may take, 0 to 600 s; 0 is none.
        pub wrap_up: Millis,
        /// Said when a caller enters: a prompt's name.
        pub greeting: Option<String>,
        /// What is heard while waiting: a prompt's name.
        pub music: String,
        /// Say the position every so often; `None` never.
        pub announce_every: Option<Millis>,
        /// Calls are recorded.
        pub record: bool,
        /// What its announcements speak.
        #[serde(default)]
        pub language: Language,
        /// How its contacts come to its agents, and what follows.
        #[serde(default)]
        pub routing: Routing,
        /// What a contact finds while it waits, what leads it elsewhere, hours and callbacks.
        #[serde(default)]
        pub waiting: Waiting,
    }
    /// A language that the house speaks.
    #[derive(Copy, Eq, Default)]
    enum Language {
        /// Mandarin.
        #[default]
        Zh,
        /// English.
        En,
    }
    /// `GET|POST|PUT /api/numbers`: a number of ours and where it leads.
    struct Number {
        /// The id, drawn by the client when it creates.
        pub id: NumberId,
        /// The number as the trunk sends it; unique on its trunk.
        pub number: PhoneNumber,
        /// The trunk it comes through.
        pub trunk: TrunkId,
        /// Where a call goes.
        pub entry: Entry,
        /// Where very important customers go at once (green channel), skipping the portal.
        #[serde(default)]
        pub vip: Option<QueueId>,
        /// The queue for callers whose flow cannot go on; `None`: they hear an apology and the call ends.
        #[serde(default)]
        pub fallback: Option<QueueId>,
        /// Where fax machines go; `None`: they are hung up on.
        #[serde(default)]
        pub fax: Option<Destination>,
    }
    /// Where a call enters.
    enum Entry {
        /// Straight to a queue.
        Queue(QueueId),
        /// To a menu first.
        Menu(Menu),
        /// Through a flow, in the version that is published when the call comes.
        Flow(FlowId),
    }
    /// A one-level menu: what most numbers need; a flow can do more.
    struct Menu {
        /// The prompt that names the choices.
        pub prompt: String,
        /// Which key leads to which queue.
        pub choices: Vec<Choice>,
        /// Where silence leads, after the prompt was played twice.
        pub otherwise: QueueId,
    }
    /// One key of a menu.
    struct Choice {
        /// `0` to `9`, `*` or `#`.
        pub digit: char,
        /// Where it leads.
        pub queue: QueueId,
    }
    /// `GET|POST|PUT /api/trunks`: a carrier or a session border controller.
    struct Trunk {
        /// The id, drawn by the client when it creates.
        pub id: TrunkId,
        /// The name, unique in the tenant.
        pub name: String,
        /// Where its signalling lives: `host:port`, UDP.
        pub address: String,
        /// Source addresses its INVITEs may come from; empty: only those of `address`.
        pub sources: Vec<String>,
        /// Digest user name, if the carrier asks for one.
        pub username: Option<String>,
        /// Digest password; written, never read back.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        pub password: Option<String>,
        /// The caller number that outbound calls show.
        pub caller: Option<PhoneNumber>,
        /// Outbound calls may go to numbers that begin with one of these; empty: none may.
        pub allowed: Vec<String>,
        /// Simultaneous calls, 1 to 10,000.
        pub limit: u32,
        /// Its far end may pass calls on to numbers that may be dialled (REFER); else that is declined.
        #[serde(default)]
        pub refer: bool,
    }
    /// `GET|PUT /api/outbound`: how much a tenant may dial, whatever its trunks would carry.
    #[derive(Copy, Eq)]
    struct OutboundLimits {
        /// Placed calls that may live at once, 0 to 10,000; 0 forbids dialling.
        pub at_once: u32,
        /// Calls that may be placed in 24 hours, 0 to 1,000,000.
        pub per_day: u32,
        /// Whether calls that agents place are recorded.
        #[serde(default)]
        pub recording: RecordRule,
    }
    /// `POST /api/trunks/{id}/test`: what came of an OPTIONS request.
    struct TrunkTest {
        /// Whether the trunk can be used.
        pub ok: bool,
        /// `trunk.ok`, `trunk.no_answer`, `trunk.no_address`, `trunk.refused`: a key of the locale files.
        pub key: String,
        /// The SIP status that came back.
        pub status: Option<u16>,
        /// How long it took.
        pub took: Option<Millis>,
    }
    /// `GET|POST|PUT /api/customers`: a customer in the tenant's own records.
    struct Customer {
        /// The id, drawn by the client when it creates.
        pub id: CustomerId,
        /// Name.
        pub name: String,
        /// Company or household.
        pub company: Option<String>,
        /// Very important: marked on the card, first in the queue.
        pub vip: bool,
        /// A line that every agent should know.
        pub remark: Option<String>,
        /// The customer's numbers; each belongs to one customer of the tenant.
        pub numbers: Vec<PhoneNumber>,
    }
    /// A closed contact in `GET /api/contacts`.
    struct Contact {
        /// The id.
        pub id: ContactId,
        /// How it came.
        pub via: Via,
        /// The other party's number.
        pub number: Option<PhoneNumber>,
        /// The other party's name.
        pub name: Option<String>,
        /// When it began.
        pub began: Timestamp,
        /// When an agent answered.
        pub answered: Option<Timestamp>,
        /// When the call ended.
        pub ended: Timestamp,
        /// The last queue it waited in.
        pub queue: Option<QueueId>,
        /// The queue's name.
        pub queue_name: Option<String>,
        /// The agent who talked.
        pub agent: Option<UserId>,
        /// The agent's name.
        pub agent_name: Option<String>,
        /// Time in queues.
        pub waited: Millis,
        /// Time talking.
        pub talked: Millis,
        /// Time on hold.
        pub held: Millis,
        /// Time in wrap-up.
        pub wrap_up: Millis,
        /// The wait that was to be expected when it entered its first queue; `None` when nothing was known.
        #[serde(default)]
        pub estimated: Option<Millis>,
        /// How much longer than that it really waited until an agent answered, in ms; negative is shorter.
        #[serde(default)]
        pub estimate_error: Option<i64>,
        /// How the queue visit ended.
        pub outcome: Outcome,
        /// How the call ended.
        pub cause: Cause,
        /// What the agent filled in.
        pub form: WrapUpForm,
        /// Its recording.
        pub recording: Option<Recording>,
    }
    /// How a contact ended for the figures (kpis.md): exactly one.
    #[derive(Copy, Eq, PartialOrd, Ord)]
    enum Outcome {
        /// An agent talked with the customer.
        Answered,
        /// The customer gave up in a queue or while ringing.
        Abandoned,
        /// The customer left in the menu.
        LeftInMenu,
        /// The customer booked a callback.
        Callback,
        /// An agent's call reached somebody.
        Connected,
        /// An agent's call reached nobody.
        NotConnected,
        /// The system ended it: refused, overload, drain.
        Refused,
        /// The customer left a message.
        Message,
        /// A fax machine called.
        Fax,
        /// The caller was in a meeting.
        Meeting,
    }
    /// A recording of a contact.
    struct Recording {
        /// The id; `GET /api/recordings/{id}` is the WAV.
        pub id: RecordingId,
        /// How long it plays.
        pub length: Millis,
        /// `None` when whole; else what went wrong.
        pub fault: Option<String>,
    }
    /// `GET /api/contacts/{id}`: one contact with all that belongs to it.
    struct ContactDetail {
        /// The record.
        pub contact: Contact,
        /// The customer, if known.
        pub customer: Option<CustomerCard>,
        /// Every offer, first to last.
        pub offers: Vec<Offer>,
        /// Every leg.
        pub legs: Vec<Leg>,
        /// The nodes of flows that it walked, in order.
        #[serde(default)]
        pub trail: Vec<TrailStep>,
        /// What the customer answered to surveys, in order.
        #[serde(default)]
        pub answers: Vec<SurveyAnswer>,
        /// Whom its agents asked.
        #[serde(default)]
        pub consults: Vec<Consult>,
        /// How it was led on from queues.
        #[serde(default)]
        pub hops: Vec<Hop>,
        /// The callback that it booked, or that it was a try of.
        #[serde(default)]
        pub callback: Option<Callback>,
        /// Whether and by whom the caller was identified, and what they told the flows.
        #[serde(default)]
        pub identification: Identification,
        /// What it had to do with a meeting room.
        #[serde(default)]
        pub attendance: Option<Attendance>,
    }
    /// A node of a flow that a contact walked.
    struct TrailStep {
        /// The flow.
        pub flow: FlowId,
        /// Its name; `None` when it is gone.
        pub flow_name: Option<String>,
        /// The version that was walked.
        pub version: u32,
        /// The node.
        pub node: NodeId,
        /// What it is called; may be empty.
        pub name: String,
        /// The name of its kind, as in the flow's JSON; empty when it is gone.
        pub kind: String,
    }
    /// An answer to a question of a survey.
    struct SurveyAnswer {
        /// The flow that asked.
        pub flow: FlowId,
        /// The node that asked.
        pub node: NodeId,
        /// Which of its questions, from 0.
        pub question: u8,
        /// What the key means.
        pub scale: Scale,
        /// The key: 1 to 5, or 1 for solved and 2 for not.
        pub score: u8,
    }
    /// How an agent asked somebody else.
    struct Consult {
        /// The id.
        pub id: ContactId,
        /// Who asked.
        pub by_name: String,
        /// What for.
        pub purpose: Purpose,
        /// The queue that was asked, if it was one.
        pub queue_name: Option<String>,
        /// The number that was dialled, if it was one.
        pub number: Option<PhoneNumber>,
        /// Who answered, if an agent did.
        pub agent_name: Option<String>,
        /// When it began.
        pub began: Timestamp,
        /// When somebody answered.
        pub answered: Option<Timestamp>,
        /// When it was over.
        pub ended: Timestamp,
        /// How it ended.
        pub cause: Cause,
    }
    /// An offer and why it was made.
    struct Offer {
        /// The id.
        pub id: OfferId,
        /// To whom.
        pub agent: UserId,
        /// Their name.
        pub agent_name: String,
        /// From which queue.
        pub queue: QueueId,
        /// When.
        pub made: Timestamp,
        /// When it ended.
        pub ended: Timestamp,
        /// How.
        pub end: OfferEnd,
        /// Why this agent.
        pub why: Explanation,
    }
    /// How an offer ended; exactly once each.
    #[derive(Copy, Eq)]
    enum OfferEnd {
        /// The agent answered.
        Accepted,
        /// It rang out.
        TimedOut,
        /// The customer left.
        Withdrawn,
        /// The agent's desk or sound was lost.
        Lost,
        /// A colleague who was rung as well answered first.
        Taken,
        /// A call came to the agent, and a task gave way.
        Interrupted,
    }
    /// A leg of a contact.
    struct Leg {
        /// The id.
        pub id: LegId,
        /// Whether it is the customer's (else an agent's).
        pub customer: bool,
        /// The number of an outside guest.
        #[serde(default)]
        pub outside: Option<PhoneNumber>,
        /// Whether it came by SIP (else from a browser).
        pub sip: bool,
        /// When it joined.
        pub began: Timestamp,
        /// When it left.
        pub ended: Timestamp,
        /// Why it ended.
        pub cause: Cause,
        /// How it sounded; `None` for an agent's connection that lives on.
        pub quality: Option<Quality>,
    }
    /// An entry of the audit log.
    struct AuditEntry {
        /// When.
        pub at: Timestamp,
        /// Who; `None` for the system or before sign-in.
        pub user: Option<UserId>,
        /// Their name then.
        pub user_name: Option<String>,
        /// What, like `user.changed` or `recording.played`.
        pub action: String,
        /// On what: an id or a name.
        pub subject: String,
        /// From which address.
        pub address: Option<String>,
    }
    /// `POST /api/tickets`: for the widget, before its WebSocket.
    struct TicketRequest {
        /// The tenant's short name, from the loader's attribute; may be empty while there is one tenant.
        #[serde(default)]
        pub tenant: String,
        /// The number of ours whose entry the call takes, from the loader's attribute.
        pub number: PhoneNumber,
    }
    /// A ticket for one visitor call.
    struct Ticket {
        /// To be sent in the first frame.
        pub ticket: String,
        /// Valid until.
        pub until: Timestamp,
        /// Whether anybody can answer now; when not, the widget says so before it asks for the microphone.
        pub staffed: bool,
    }
    /// A span of an agent's time, as stored for attendance and KPIs.
    struct Span {
        /// The state's name, as in `desk::AgentState`.
        pub state: String,
        /// The reason, when busy.
        pub reason: Option<BusyReason>,
        /// From.
        pub began: Timestamp,
        /// To.
        pub ended: Timestamp,
    }
}

/// A page of a list, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// Pass as `?before=` for the next page; `None` at the end.
    pub next: Option<String>,
}

/// What a new tenant may dial: a team's work, but no fortune in one night.
impl Queue {
    /// Whether it is set up with this thing: plays it, asks it, or leads there.
    #[must_use]
    pub fn names(&self, thing: &Thing) -> bool {
        let (waiting, routing) = (&self.waiting, &self.routing);
        match thing {
            Thing::Calendar(wanted) => waiting.hours.as_ref().is_some_and(|hours| hours.calendar == *wanted),
            Thing::Sound(wanted) => {
                let own = self.greeting.iter().chain([&self.music]);
                let said = waiting.keys.iter().filter_map(|key| key.say.as_ref());
                own.chain(&waiting.comfort).chain(said).any(|name| name == wanted)
            }
            Thing::Flow(wanted) => {
                let leads = waiting.destinations().any(|to| *to == Destination::Flow(*wanted));
                leads || routing.survey == Some(*wanted)
            }
            Thing::Team(wanted) => {
                waiting.destinations().any(|to| *to == Destination::Voicemail(Mailbox::Team(*wanted)))
            }
            Thing::Notice(_) | Thing::Rota(_) | Thing::Meeting(_) => false,
        }
    }
}

impl Default for OutboundLimits {
    fn default() -> Self {
        Self { at_once: 50, per_day: 2000, recording: RecordRule::Always }
    }
}

impl Language {
    /// The folder of its prompts and locale files.
    #[must_use]
    pub const fn folder(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }
}
