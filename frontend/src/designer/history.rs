//! Steps of an editor's history: only what changed, so that a day of editing is small.

use super::doc::Doc;
use hark_shared::flow::model::{Node, NodeId};
use hark_shared::wire::flows::FlowTest;
use hark_shared::wire::rest::Language;
use std::collections::BTreeSet;

/// One step of the history: what was and what is.
#[derive(Clone, Debug)]
pub struct Step {
    nodes: Vec<(NodeId, Option<Node>, Option<Node>)>,
    head: Option<(Head, Head)>,
    tests: Option<(Vec<FlowTest>, Vec<FlowTest>)>,
    /// What a following change must be of to become part of this step.
    pub field: Option<(NodeId, String)>,
}

/// What a document has beside nodes and tests.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Head {
    name: String,
    start: NodeId,
    language: Language,
}

/// What changed between two documents.
pub fn difference(before: &Doc, after: &Doc, field: Option<(NodeId, String)>) -> Step {
    let ids: BTreeSet<NodeId> = before.flow.nodes.keys().chain(after.flow.nodes.keys()).copied().collect();
    let changed = |id: NodeId| {
        let (was, is) = (before.flow.nodes.get(&id), after.flow.nodes.get(&id));
        (was != is).then(|| (id, was.cloned(), is.cloned()))
    };
    let head = |doc: &Doc| Head { name: doc.name.clone(), start: doc.flow.start, language: doc.flow.language };
    let (was, is) = (head(before), head(after));
    Step {
        nodes: ids.into_iter().filter_map(changed).collect(),
        head: (was != is).then_some((was, is)),
        tests: (before.tests != after.tests).then(|| (before.tests.clone(), after.tests.clone())),
        field,
    }
}

impl Step {
    /// Nothing changed.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty() && self.head.is_none() && self.tests.is_none()
    }

    /// Becomes both steps: this one, then `later`.
    pub fn take_over(&mut self, later: Self) {
        for (id, was, is) in later.nodes {
            match self.nodes.iter_mut().find(|(known, ..)| *known == id) {
                Some((_, _, last)) => *last = is,
                None => self.nodes.push((id, was, is)),
            }
        }
        if let Some((was, is)) = later.head {
            let first = self.head.take().map_or(was, |(first, _)| first);
            self.head = Some((first, is));
        }
        if let Some((was, is)) = later.tests {
            let first = self.tests.take().map_or(was, |(first, _)| first);
            self.tests = Some((first, is));
        }
    }

    /// Makes the document as it was before the step, or after it.
    pub fn put(&self, doc: &mut Doc, after: bool) {
        for (id, was, is) in &self.nodes {
            match if after { is } else { was } {
                Some(node) => drop(doc.flow.nodes.insert(*id, node.clone())),
                None => drop(doc.flow.nodes.remove(id)),
            }
        }
        if let Some((was, is)) = &self.head {
            let head = if after { is } else { was };
            doc.name.clone_from(&head.name);
            (doc.flow.start, doc.flow.language) = (head.start, head.language);
        }
        if let Some((was, is)) = &self.tests {
            doc.tests.clone_from(if after { is } else { was });
        }
    }
}
