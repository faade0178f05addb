//! Nodes on their way through the clipboard: JSON with a mark, so that nothing else is taken for them.

use hark_shared::flow::model::{Node, NodeId, Place};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What tells our JSON from any other.
const MARK: &str = "hark-nodes";

/// Copied nodes; edges among them come along, others do not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clip {
    mark: String,
    /// The nodes by the numbers that they had.
    pub nodes: BTreeMap<NodeId, Node>,
}

impl Clip {
    /// A clip of these nodes.
    pub fn of(nodes: impl Iterator<Item = (NodeId, Node)>) -> Self {
        let mut nodes: BTreeMap<NodeId, Node> = nodes.collect();
        let there: Vec<NodeId> = nodes.keys().copied().collect();
        for node in nodes.values_mut() {
            node.exits.retain(|_, to| there.contains(to));
        }
        Self { mark: MARK.to_owned(), nodes }
    }

    /// As text.
    pub fn text(&self) -> String {
        // Plain data with text for keys can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads what [`Self::text`] wrote; `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().filter(|clip| clip.mark == MARK && !clip.nodes.is_empty())
    }

    /// The nodes with numbers from `first` on, their left upper corner at `at`.
    pub fn placed(&self, first: NodeId, at: Place) -> Vec<(NodeId, Node)> {
        let numbers: BTreeMap<NodeId, NodeId> = self.nodes.keys().copied().zip(first..).collect();
        let left = self.nodes.values().map(|node| node.at.x).min().unwrap_or(0);
        let top = self.nodes.values().map(|node| node.at.y).min().unwrap_or(0);
        let place = |(id, node): (&NodeId, &Node)| {
            let mut node = node.clone();
            node.at = Place { x: node.at.x - left + at.x, y: node.at.y - top + at.y };
            node.exits = node.exits.iter().filter_map(|(exit, to)| Some((*exit, *numbers.get(to)?))).collect();
            Some((*numbers.get(id)?, node))
        };
        self.nodes.iter().filter_map(place).collect()
    }
}
