//! Flows over REST (`/api/flows`): a draft that is edited, versions that were published, tests and findings.

use super::WireError;
use crate::flow::Key;
use crate::flow::model::{Flow, Measure, NodeId};
use crate::hours::DayState;
use crate::ids::{CalendarId, FlowId, NoticeId, QueueId};
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A flow in `GET /api/flows`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowSummary {
    /// The id.
    pub id: FlowId,
    /// The name, unique in the tenant.
    pub name: String,
    /// The version that callers walk; `None` before the first was published.
    pub published: Option<u32>,
    /// Whether the draft differs from it.
    pub changed: bool,
    /// When the draft was saved last.
    pub saved: Timestamp,
    /// Who saved it.
    pub saved_by: Option<String>,
}

/// `GET|PUT /api/flows/{id}`: the draft, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowDraft {
    /// The id, drawn by the client when it creates.
    pub id: FlowId,
    /// The name, unique in the tenant.
    pub name: String,
    /// Grows with every save. A save or a publication names the one that it was made from; when another came between,
    /// it is refused with `flow.changed_meanwhile`, so that two editors lose nothing.
    pub revision: u32,
    /// The flow.
    pub flow: Flow,
    /// Its tests; all must pass before it is published.
    #[serde(default)]
    pub tests: Vec<FlowTest>,
}

/// `POST /api/flows/{id}/publish`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Publication {
    /// The draft's revision that was looked at.
    pub revision: u32,
    /// What changed, for those who read the list of versions.
    #[serde(default)]
    pub note: String,
}

/// `POST /api/flows/{id}/restore`: rolls back. The version becomes the published one again, under a new number, and the draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Restoration {
    /// Which version.
    pub version: u32,
}

/// A version in `GET /api/flows/{id}/versions`, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowVersion {
    /// Counts from 1.
    pub version: u32,
    /// When it was published.
    pub at: Timestamp,
    /// By whom.
    pub by: Option<String>,
    /// What changed.
    pub note: String,
    /// The version that it brought back, if it is a roll-back.
    pub restored: Option<u32>,
}

/// One of `GET /api/flows/{id}/findings`: what is wrong, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Finding {
    /// At which node; `None`: the flow as a whole.
    pub node: Option<NodeId>,
    /// How bad.
    pub level: Level,
    /// What, as a key of the locale files (`lint.…`) with values.
    pub what: WireError,
}

/// The answer to a publication or roll-back that was refused: `flow.has_errors`, and what is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RefusedPublication {
    /// In one sentence.
    #[serde(flatten)]
    pub error: WireError,
    /// Everything that is wrong, warnings among it.
    pub findings: Vec<Finding>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// It cannot be published.
    Error,
    /// It can, but should not.
    Warning,
}

/// A test of a flow: the world as given, what the caller does, and the nodes that must be walked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FlowTest {
    /// What it shows.
    pub name: String,
    /// The world around the call.
    #[serde(default)]
    pub given: Given,
    /// What the caller does whenever the flow waits for a key, in turn; after the last one the caller is silent.
    #[serde(default)]
    pub acts: Vec<Act>,
    /// The nodes of this flow in the order in which they are entered; those of sub-flows are left out.
    pub path: Vec<NodeId>,
}

/// The world around a test call. What is not named is as on a quiet day: open, nobody waits, one agent is free.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(default)]
pub struct Given {
    /// The caller's number; empty: withheld.
    pub caller: String,
    /// The number that was called.
    pub called: String,
    /// Whether the caller is a very important customer.
    pub vip: bool,
    /// Whether the caller is on the white list.
    pub listed: bool,
    /// Calendars that are not open.
    pub calendars: BTreeMap<CalendarId, DayState>,
    /// Queues, where they differ from a quiet day.
    pub queues: Vec<GivenQueue>,
    /// Notices that are switched on.
    pub notices: BTreeSet<NoticeId>,
    /// What other systems answer to each data dip, in turn: JSON text, or `None` when it fails. After the last one all fail.
    pub answers: Vec<Option<String>>,
}

/// One figure of a queue in a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GivenQueue {
    /// Which queue.
    pub queue: QueueId,
    /// Which figure.
    pub measure: Measure,
    /// How much.
    pub is: u32,
}

/// What a test's caller does when the flow waits for a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "do", content = "keys", rename_all = "snake_case")]
pub enum Act {
    /// Presses these keys, one after the other.
    Press(Vec<Key>),
    /// Presses nothing until it is over.
    Wait,
    /// An outside party is busy, does not answer, or the call fails; or the agent is not reached.
    Fail(crate::flow::Exit),
}
