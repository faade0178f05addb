//! How a queue gives its contacts to its agents, and what follows: the part of a queue's set-up that the distribution
//! reads, and that explanations name.

use crate::flow::model::Mailbox;
use crate::ids::{FlowId, QueueId, UserId};
use crate::phone::PhoneNumber;
use crate::time::Millis;
use crate::wire::control::RecordRule;
use crate::wire::rest::SkillLevel;
use serde::{Deserialize, Serialize};

/// Steps that relax the skills asked for, at most: each is a line and a set of ready agents of its own.
pub const MOST_STEPS: usize = 5;

/// Different delays within a queue, at most, for the same reason.
pub const MOST_DELAYS: usize = 5;

/// Members who are named in a queue's order, at most: more than a center that orders people by hand.
pub const MOST_MEMBERS: usize = 1_000;

/// Agents rung at once, at most: everybody beyond is disturbed for nothing.
pub const MOST_RUNG: u8 = 10;

/// A queue's routing. Its default is what every queue did before there was a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Routing {
    /// Which of the free agents gets the contact.
    pub strategy: Strategy,
    /// How many are rung at once, 1 to 10; the first to accept has the contact.
    pub ring: u8,
    /// What is asked for instead of the queue's skills after so long: at most 5, later ones later.
    pub steps: Vec<Step>,
    /// The members in the order of [`Strategy::Linear`], with their delays; who is not named comes last, at once.
    pub members: Vec<Member>,
    /// Customers who call again are led to whom they talked with last.
    pub sticky: Option<Sticky>,
    /// What ends the wrap-up.
    pub wrap_up: WrapUpMode,
    /// Offers are accepted for the agent, who hears a tone first.
    pub auto_answer: bool,
    /// Both hear the agent's number before they hear each other (工号), where the agent has one.
    pub announce_agent: bool,
    /// Whether its calls are recorded; `None`: as [`crate::wire::rest::Queue::record`] says, on demand where that is off.
    pub recording: Option<RecordRule>,
    /// The flow that customers walk when their agent hangs up: a survey.
    pub survey: Option<FlowId>,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            strategy: Strategy::default(),
            ring: 1,
            steps: Vec::new(),
            members: Vec::new(),
            sticky: None,
            wrap_up: WrapUpMode::default(),
            auto_answer: false,
            announce_agent: false,
            recording: None,
            survey: None,
        }
    }
}

/// Which of the free agents comes first. Whoever is equal by it: longest idle, then the id.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Strategy {
    /// Who has been ready longest.
    #[default]
    LongestIdle,
    /// Who has talked in the fewest contacts since signing in.
    FewestContacts,
    /// Who has talked least since signing in, hold included.
    LeastTalk,
    /// Who meets the earliest step, then has the highest level in what that asks for.
    HighestSkill,
    /// Whose last turn in this queue is longest ago.
    RoundRobin,
    /// The fixed order of [`Routing::members`].
    Linear,
}

/// What is asked for after so long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Step {
    /// How long the contact has waited in this queue, 1 to 3600 s.
    pub after: Millis,
    /// Enough from then on. Whoever was good enough before stays so.
    pub skills: Vec<SkillLevel>,
}

/// A member's place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Gets only contacts that have waited so long, 0 to 3600 s; at most 5 different ones beside 0.
    #[serde(default)]
    pub delay: Millis,
}

/// The last agent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Sticky {
    /// For how many days after the last contact, 1 to 365.
    pub days: u16,
    /// How long the caller waits for that agent alone, 0 to 600 s; not at all while the agent is signed out.
    pub patience: Millis,
}

/// Where a contact is led that does not wait for an agent here (any more).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "to", content = "id", rename_all = "snake_case")]
pub enum Destination {
    /// A queue.
    Queue(QueueId),
    /// A published flow, from its start.
    Flow(FlowId),
    /// A message is taken.
    Voicemail(Mailbox),
    /// A callback is booked in this queue.
    Callback(QueueId),
    /// A number outside; must be allowed to be dialled.
    Outside(PhoneNumber),
    /// The call ends.
    HangUp,
}

/// What ends a wrap-up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WrapUpMode {
    /// There is none.
    None,
    /// Its time, or the agent.
    #[default]
    Optional,
    /// Its time alone.
    Timed,
    /// The agent alone, and not without a disposition.
    MustClassify,
}
