//! What is edited: a flow, its name and its tests, and the changes that keep it whole.
//!
//! Invariant: no edge leads to a node that is not there, and none leaves by a way out that its node does not have.

use hark_shared::flow::Exit;
use hark_shared::flow::model::{Flow, Kind, Node, NodeId, Place};
use hark_shared::wire::flows::{FlowDraft, FlowTest};
use hark_shared::wire::rest::Language;
use std::collections::{BTreeMap, BTreeSet};

/// A flow under work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Doc {
    /// Its name, unique in the tenant.
    pub name: String,
    /// The flow.
    pub flow: Flow,
    /// Its tests.
    pub tests: Vec<FlowTest>,
}

impl Doc {
    /// The document of a draft; edges that lead nowhere are cut.
    pub fn of(draft: &FlowDraft) -> Self {
        let mut doc = Self { name: draft.name.clone(), flow: draft.flow.clone(), tests: draft.tests.clone() };
        doc.tidy();
        doc
    }

    /// A flow without nodes.
    pub fn empty(name: &str, language: Language) -> Self {
        let flow = Flow { start: 1, language, nodes: BTreeMap::new() };
        Self { name: name.to_owned(), flow, tests: Vec::new() }
    }

    /// Cuts edges to nodes that are not there and of ways out that are not; lets the flow start at a node of its own.
    pub fn tidy(&mut self) {
        let there: BTreeSet<NodeId> = self.flow.nodes.keys().copied().collect();
        for node in self.flow.nodes.values_mut() {
            let ways = node.kind.exits();
            node.exits.retain(|exit, to| ways.contains(exit) && there.contains(to));
        }
        if !there.contains(&self.flow.start)
            && let Some(first) = there.first()
        {
            self.flow.start = *first;
        }
    }

    /// Puts in a node; the first one is the start.
    pub fn add(&mut self, id: NodeId, kind: Kind, at: Place) {
        if self.flow.nodes.is_empty() {
            self.flow.start = id;
        }
        self.flow.nodes.insert(id, Node { name: String::new(), at, kind, exits: BTreeMap::new() });
    }

    /// Takes nodes out, with the edges that lead to them. When the start goes, what it led to becomes the start.
    pub fn remove(&mut self, nodes: &BTreeSet<NodeId>) {
        let after_start = self.flow.nodes.get(&self.flow.start).map(|node| node.exits.values().copied());
        let heir = after_start.into_iter().flatten().find(|id| !nodes.contains(id));
        self.flow.nodes.retain(|id, _| !nodes.contains(id));
        if nodes.contains(&self.flow.start)
            && let Some(heir) = heir
        {
            self.flow.start = heir;
        }
        self.tidy();
    }

    /// Leads a way out to a node. `false` when the one or the other is not there.
    pub fn connect(&mut self, from: NodeId, exit: Exit, to: NodeId) -> bool {
        if !self.flow.nodes.contains_key(&to) {
            return false;
        }
        match self.flow.nodes.get_mut(&from) {
            Some(node) if node.kind.exits().contains(&exit) => {
                node.exits.insert(exit, to);
                true
            }
            Some(_) | None => false,
        }
    }

    /// The edges: from where, by which way out, to where; in the order of the nodes and their ways out.
    pub fn edges(&self) -> Vec<Edge> {
        let of = |(from, node): (&NodeId, &Node)| {
            let (from, exits) = (*from, node.exits.clone());
            let ways = node.kind.exits().into_iter();
            ways.filter_map(move |exit| Some(Edge { from, exit, to: *exits.get(&exit)? })).collect::<Vec<_>>()
        };
        self.flow.nodes.iter().flat_map(of).collect()
    }
}

/// An edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edge {
    /// The node that it leaves.
    pub from: NodeId,
    /// By which way out.
    pub exit: Exit,
    /// The node that it leads to.
    pub to: NodeId,
}

/// Nodes in the order in which a caller meets them: from the start by the ways out in their order, then those that
/// nothing leads to.
pub fn in_order(flow: &Flow) -> Vec<NodeId> {
    let (mut order, mut seen) = (Vec::new(), BTreeSet::new());
    let mut begins = vec![flow.start];
    begins.extend(flow.nodes.keys().copied());
    for begin in begins {
        let mut stack = vec![begin];
        while let Some(id) = stack.pop() {
            let Some(node) = flow.nodes.get(&id) else { continue };
            if !seen.insert(id) {
                continue;
            }
            order.push(id);
            let ways = node.kind.exits();
            stack.extend(ways.iter().rev().filter_map(|exit| node.exits.get(exit)).copied());
        }
    }
    order
}

/// A step by an arrow key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Toward {
    /// Along the first edge out.
    After,
    /// Back along the first edge in.
    Before,
    /// The next in the flow's order.
    Next,
    /// The one before in the flow's order.
    Previous,
}

/// Where a step leads from `from`; `None` when there is nothing.
pub fn step(flow: &Flow, from: NodeId, toward: Toward) -> Option<NodeId> {
    let order = in_order(flow);
    let at = order.iter().position(|id| *id == from)?;
    match toward {
        Toward::After => {
            let node = flow.nodes.get(&from)?;
            node.kind.exits().iter().find_map(|exit| node.exits.get(exit)).copied()
        }
        Toward::Before => {
            let leads = |id: &&NodeId| flow.nodes.get(id).is_some_and(|node| node.exits.values().any(|to| *to == from));
            order.iter().find(leads).copied()
        }
        Toward::Next => order.get(at + 1).copied(),
        Toward::Previous => at.checked_sub(1).and_then(|at| order.get(at)).copied(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hark_shared::flow::model::{Method, Test};
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn doc() -> Doc {
        let mut doc = Doc::empty("Test", Language::En);
        doc.add(1, Kind::Answer, Place::default());
        doc.add(2, Kind::If { test: Test::Vip }, Place::default());
        doc.add(3, Kind::Return, Place::default());
        doc.add(4, Kind::Return, Place::default());
        for (from, exit, to) in [(1, Exit::Next, 2), (2, Exit::Yes, 4), (2, Exit::No, 3)] {
            assert!(doc.connect(from, exit, to));
        }
        doc
    }

    #[test]
    fn edges_lead_only_where_they_can() {
        let mut doc = doc();
        assert!(!doc.connect(1, Exit::Yes, 2), "an answer has no yes");
        assert!(!doc.connect(1, Exit::Next, 9), "there is no 9");
        assert!(!doc.connect(9, Exit::Next, 1));
        assert_eq!(doc.edges().len(), 3);
        doc.remove(&BTreeSet::from([4]));
        assert_eq!(doc.edges().len(), 2);
    }

    #[test]
    fn a_removed_start_gives_way_to_what_it_led_to() {
        let mut doc = doc();
        doc.remove(&BTreeSet::from([1]));
        assert_eq!(doc.flow.start, 2);
        doc.remove(&BTreeSet::from([2, 3, 4]));
        assert!(doc.flow.nodes.is_empty());
        doc.add(7, Kind::Return, Place::default());
        assert_eq!(doc.flow.start, 7, "the first node of an empty flow is its start");
    }

    #[test]
    fn nodes_are_met_in_the_order_of_the_ways_out() {
        let mut doc = doc();
        doc.add(5, Kind::Return, Place::default());
        assert_eq!(in_order(&doc.flow), [1, 2, 4, 3, 5]);
        assert_eq!(step(&doc.flow, 2, Toward::After), Some(4));
        assert_eq!(step(&doc.flow, 4, Toward::Before), Some(2));
        assert_eq!(step(&doc.flow, 4, Toward::Next), Some(3));
        assert_eq!(step(&doc.flow, 1, Toward::Previous), None);
        assert_eq!(step(&doc.flow, 5, Toward::Before), None);
    }

    #[test]
    fn a_loop_does_not_trap_the_order() {
        let mut doc = doc();
        doc.add(6, Kind::Loop { times: 2 }, Place::default());
        assert!(doc.connect(6, Exit::Again, 1) && doc.connect(2, Exit::Yes, 6));
        assert_eq!(in_order(&doc.flow), [1, 2, 6, 3, 4]);
        let _ = Method::Get;
    }
}
