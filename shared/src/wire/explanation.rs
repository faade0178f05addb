//! Why an offer went to this agent: shown with the offer, stored with it, and read in the contact's history.

use super::routing::Strategy;
use crate::ids::UserId;
use crate::time::Millis;
use serde::{Deserialize, Serialize};

/// Why the offer went to this agent: the winner, the best others, how many were passed over and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Explanation {
    /// The winner and at most four more, best first.
    pub best: Vec<Candidate>,
    /// Agents of the queue who could not be asked, by reason; only reasons that occur.
    pub passed_over: Vec<PassedOver>,
    /// How many contacts waited in this queue, this one included.
    pub waiting: u32,
    /// The contact's priority after ageing; higher goes first.
    pub priority: i64,
    /// What ranked them.
    #[serde(default)]
    pub strategy: Strategy,
    /// How many were rung at once; 0 in records from before there was a choice.
    #[serde(default)]
    pub rung: u8,
    /// How many steps of relaxed skills the contact's wait had reached.
    #[serde(default)]
    pub step: u8,
    /// How many the queue has.
    #[serde(default)]
    pub steps: u8,
    /// Whom the contact would rather have had: the last agent, or one that the flow named.
    #[serde(default)]
    pub preferred: Option<Preferred>,
}

/// An agent whom a contact prefers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Preferred {
    /// Who.
    pub user: UserId,
    /// Shown name.
    pub name: String,
    /// The contact waited for this agent alone, and got them; else the patience was over, or they were not there.
    pub alone: bool,
}

/// An agent who could take the contact, and the figures that ranked them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Candidate {
    /// Who.
    pub user: UserId,
    /// Shown name.
    pub name: String,
    /// The lowest level among the skills that the queue asks for, 1 to 9; 9 when it asks for none.
    pub level: u8,
    /// How long ready without a contact.
    pub idle: Millis,
    /// Contacts talked in since signing in.
    #[serde(default)]
    pub contacts: u32,
    /// Time talked in them, hold included.
    #[serde(default)]
    pub talked: Millis,
    /// The first step whose skills the agent meets; 0 is what the queue asks itself.
    #[serde(default)]
    pub step: u8,
    /// Turns that others had since the agent's last one; only where the queue gives turns, `None` before the first.
    #[serde(default)]
    pub turns_ago: Option<u32>,
    /// The agent's place in the queue's fixed order, from 1.
    #[serde(default)]
    pub order: Option<u32>,
}

/// How many agents were passed over for one reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PassedOver {
    /// Why.
    pub reason: PassedOverReason,
    /// How many.
    pub count: u32,
}

/// Why an agent of the queue could not be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PassedOverReason {
    /// Not signed in, or the desk's connection lost.
    Offline,
    /// Busy for a reason of their own, or missed an offer.
    Busy,
    /// On another contact, ringing or in wrap-up.
    OnContact,
    /// Lacks a skill or its level.
    Skill,
    /// The browser's page or its sound is not connected at the moment.
    NoSound,
    /// Ready, but comes into question only when the contact has waited longer: skills, or the agent's delay.
    NotYet,
    /// Ready, but the contact waits for another agent alone.
    NotPreferred,
    /// Works on tasks, which calls do not interrupt.
    OnTask,
    /// Has as many tasks in hand as one may have.
    Full,
}
