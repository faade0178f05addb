//! What is wrong with a flow, node by node: whatever would keep a caller from getting on, and what people overlook.
//!
//! An error keeps a flow from being published, a warning does not. Server and designer ask the same function; the
//! designer may not know everything around the flow, and what it does not know is not judged.

mod graph;
mod node;
mod values;

use super::model::{Flow, MAX_NODES, NodeId};
use crate::ids::{CalendarId, FlowId, MeetingRoomId, NoticeId, QueueId, RotaId, TeamId, UserId};
use crate::wire::WireError;
use crate::wire::flows::{Finding, Level};
use crate::wire::rest::Language;
use std::collections::{BTreeMap, BTreeSet};

/// What is around a flow. `None` is not known, and not judged.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// Queues.
    pub queues: Option<BTreeSet<QueueId>>,
    /// Users who take contacts.
    pub users: Option<BTreeSet<UserId>>,
    /// Calendars.
    pub calendars: Option<BTreeSet<CalendarId>>,
    /// Duty rotas; `None`: not known.
    pub rotas: Option<BTreeSet<RotaId>>,
    /// Meeting rooms.
    pub meetings: Option<BTreeSet<MeetingRoomId>>,
    /// Teams.
    pub teams: Option<BTreeSet<TeamId>>,
    /// Notices.
    pub notices: Option<BTreeSet<NoticeId>>,
    /// Flows that are published, each with the flows that it calls.
    pub flows: Option<BTreeMap<FlowId, BTreeSet<FlowId>>>,
    /// Recorded sounds, by their names with the language's folder.
    pub sounds: Option<BTreeSet<String>>,
    /// Whether texts can be spoken.
    pub speaks: Option<bool>,
}

/// The findings so far.
struct Lint<'a> {
    own: FlowId,
    flow: &'a Flow,
    around: &'a Surroundings,
    languages: Vec<Language>,
    findings: Vec<Finding>,
}

impl Lint<'_> {
    fn error(&mut self, node: impl Into<Option<NodeId>>, what: WireError) {
        self.findings.push(Finding { node: node.into(), level: Level::Error, what });
    }

    fn warning(&mut self, node: impl Into<Option<NodeId>>, what: WireError) {
        self.findings.push(Finding { node: node.into(), level: Level::Warning, what });
    }
}

/// Everything that is wrong with a flow, in the order of its nodes; `own` is its id.
#[must_use]
pub fn lint(own: FlowId, flow: &Flow, around: &Surroundings) -> Vec<Finding> {
    let mut lint = Lint { own, flow, around, languages: flow.languages(), findings: Vec::new() };
    if flow.nodes.len() > MAX_NODES {
        lint.error(None, WireError::new("lint.too_many_nodes").with("limit", MAX_NODES));
        return lint.findings;
    }
    lint.values();
    for (id, node) in &flow.nodes {
        lint.node(*id, node);
    }
    lint.graph();
    lint.findings.sort_by_key(|finding| (finding.node, finding.level));
    lint.findings
}

/// Whether something is among them that keeps a flow from being published.
#[must_use]
pub fn forbids(findings: &[Finding]) -> bool {
    findings.iter().any(|finding| finding.level == Level::Error)
}

#[cfg(test)]
mod tests;
