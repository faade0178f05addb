//! Control of calls as desks see it: what rings at colleagues, what is parked, what is known of the caller from a flow, an
//! agent's own telephone, and what may be recorded.
//!
//! Parts of [`super::desk`] and [`super::rest`], in a module of their own for their number.

use crate::ids::{ContactId, FlowId, UserId};
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether conversations may be recorded. Several may have a say: the queue or the direction, and each agent who talks;
/// the most restrictive counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RecordRule {
    /// By itself, from the first word.
    #[default]
    Always,
    /// When the agent begins it.
    OnDemand,
    /// Not at all: a recording that runs holds silence as long as this is so.
    Never,
}

impl RecordRule {
    /// Every rule, in the order in which a form lists them.
    pub const ALL: [Self; 3] = [Self::Always, Self::OnDemand, Self::Never];
}

/// Who hears a sound that an agent plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Audience {
    /// The customer alone; the agent waits, or goes on talking.
    Customer,
    /// Everybody in the call.
    Everybody,
}

/// How the caller was identified.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Verified {
    /// The agent who says so; `None`: a flow did, for instance by account and PIN.
    pub by: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// A variable of the flow that the caller walked.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Told {
    /// Its name.
    pub name: String,
    /// Its value, cut to what a card can show.
    pub value: String,
}

/// What was known of the caller beyond the number, for the contact's record. Masked digits are never in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Identification {
    /// Who identified the caller, if anybody did.
    #[serde(default)]
    pub verified: Option<Verified>,
    /// What the caller told the flows, at most [`crate::call::MOST_TOLD`].
    #[serde(default)]
    pub told: Vec<Told>,
}

/// A call that rings at colleagues and may be picked up.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct RingLine {
    /// Which.
    pub contact: ContactId,
    /// The customer's name or number.
    pub customer: String,
    /// Through which queue; `None` when somebody was asked by name.
    pub queue: Option<String>,
    /// At whose desks.
    pub agents: Vec<String>,
    /// Since when.
    pub since: Timestamp,
}

/// A call that was parked and can be retrieved.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ParkedLine {
    /// Which.
    pub contact: ContactId,
    /// Its place: what colleagues tell each other.
    pub slot: u16,
    /// The customer's name or number.
    pub customer: String,
    /// Who parked it.
    pub by: UserId,
    /// Their name.
    pub by_name: String,
    /// Since when.
    pub since: Timestamp,
    /// When it comes back to who parked it.
    pub until: Timestamp,
}

/// A flow that a call can be passed on to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FlowLine {
    /// Its name.
    pub name: String,
    /// Which.
    pub flow: FlowId,
}

/// The telephone on which an agent takes calls instead of in the browser.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TelephoneView {
    /// Its number.
    pub number: PhoneNumber,
    /// What it does.
    pub stage: TelephoneStage,
}

/// What an agent's telephone does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TelephoneStage {
    /// Nothing.
    Idle,
    /// It is being called.
    Rings,
    /// It was answered; key 1 takes the call.
    Asks,
    /// It is in the call.
    Talks,
}
