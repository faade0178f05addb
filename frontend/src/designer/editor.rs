//! The editor: a document, what is selected, and every change as a command that can be taken back. No DOM in here.
//!
//! A step of the history holds only what changed, so that a day of editing is small. Node numbers are never given twice
//! while a flow is edited, not even after an undo: tests and a trial name them.

use super::clip::Clip;
use super::doc::Doc;
use super::geometry::{self, GRID};
use super::history::{Step, difference};
use hark_shared::flow::Exit;
use hark_shared::flow::model::{Flow, Kind, MAX_NODES, Node, NodeId, Place};
use hark_shared::wire::flows::FlowTest;
use hark_shared::wire::rest::Language;
use std::collections::BTreeSet;

/// Steps that can be taken back: more than anybody makes in a day; with a node of a kilobyte each, some megabytes.
const MAX_STEPS: usize = 2000;

/// A change.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// A new node, led to from a way out if there is one.
    Add { kind: Kind, at: Place, from: Option<(NodeId, Exit)> },
    /// A node does something else. Changes of one field in a row are one step.
    Kind { node: NodeId, kind: Kind, field: String },
    /// A node is called otherwise.
    Name { node: NodeId, name: String },
    /// A way out leads to a node.
    Connect { from: NodeId, exit: Exit, to: NodeId },
    /// A way out leads nowhere.
    Disconnect { from: NodeId, exit: Exit },
    /// The selected nodes move; on the grid.
    Move { by: Place },
    /// The selected nodes go.
    Remove,
    /// Nodes from elsewhere come, at a place.
    Paste { clip: Clip, at: Place },
    /// The flow starts elsewhere.
    Start(NodeId),
    /// The flow speaks this language first.
    Language(Language),
    /// The flow is called otherwise.
    Rename(String),
    /// Everything is put in order.
    Arrange,
    /// The tests are these.
    Tests(Vec<FlowTest>),
    /// Another flow with other tests: an import, an old version.
    Replace { flow: Flow, tests: Vec<FlowTest> },
}

/// Why a change is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The flow would have more than [`MAX_NODES`].
    TooMany,
    /// There is nothing to change.
    Nothing,
}

/// See the module.
#[derive(Clone, Debug)]
pub struct Editor {
    doc: Doc,
    selected: BTreeSet<NodeId>,
    past: Vec<Step>,
    future: Vec<Step>,
    next: NodeId,
    changes: u64,
}

impl Editor {
    /// An editor that begins with this document.
    pub fn new(doc: Doc) -> Self {
        let next = doc.flow.nodes.keys().next_back().map_or(1, |last| last.saturating_add(1));
        Self { doc, selected: BTreeSet::new(), past: Vec::new(), future: Vec::new(), next, changes: 0 }
    }

    /// The document.
    pub fn doc(&self) -> &Doc {
        &self.doc
    }

    /// A node.
    pub fn node(&self, id: NodeId) -> Option<&Node> {
        self.doc.flow.nodes.get(&id)
    }

    /// What is selected.
    pub fn selected(&self) -> &BTreeSet<NodeId> {
        &self.selected
    }

    /// The node that is selected, if it is one.
    pub fn one(&self) -> Option<NodeId> {
        if self.selected.len() == 1 { self.selected.first().copied() } else { None }
    }

    /// Counts the changes; undo and redo are changes, too.
    pub fn changes(&self) -> u64 {
        self.changes
    }

    /// Whether there is something to take back.
    pub fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    /// Whether there is something to do again.
    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    /// Selects exactly these.
    pub fn select(&mut self, nodes: impl IntoIterator<Item = NodeId>) {
        self.selected = nodes.into_iter().filter(|id| self.doc.flow.nodes.contains_key(id)).collect();
        self.seal();
    }

    /// Selects or unselects one more.
    pub fn toggle(&mut self, node: NodeId) {
        if !self.selected.remove(&node) && self.doc.flow.nodes.contains_key(&node) {
            self.selected.insert(node);
        }
        self.seal();
    }

    /// Carries out a change.
    pub fn apply(&mut self, edit: Edit) -> Result<(), Refused> {
        let before = self.doc.clone();
        let field = field_of(&edit);
        self.change(edit)?;
        self.doc.tidy();
        let step = difference(&before, &self.doc, field);
        if step.is_empty() {
            return Err(Refused::Nothing);
        }
        self.changes += 1;
        self.future.clear();
        match self.past.last_mut() {
            Some(last) if last.field.is_some() && last.field == step.field => last.take_over(step),
            Some(_) | None => self.past.push(step),
        }
        if self.past.len() > MAX_STEPS {
            self.past.remove(0);
        }
        Ok(())
    }

    /// Takes the last step back.
    pub fn undo(&mut self) -> bool {
        let Some(step) = self.past.pop() else { return false };
        step.put(&mut self.doc, false);
        self.future.push(step);
        self.changed_back();
        true
    }

    /// Does the last step that was taken back again.
    pub fn redo(&mut self) -> bool {
        let Some(step) = self.future.pop() else { return false };
        step.put(&mut self.doc, true);
        self.past.push(step);
        self.changed_back();
        true
    }

    /// Takes the last step back as if it had never been.
    pub fn forget_last(&mut self) {
        if self.undo() {
            self.future.pop();
        }
    }

    fn changed_back(&mut self) {
        self.changes += 1;
        let nodes = &self.doc.flow.nodes;
        self.selected.retain(|id| nodes.contains_key(id));
        self.seal();
    }

    /// The next change is a step of its own.
    fn seal(&mut self) {
        if let Some(last) = self.past.last_mut() {
            last.field = None;
        }
    }

    fn change(&mut self, edit: Edit) -> Result<(), Refused> {
        match edit {
            Edit::Add { kind, at, from } => self.add(kind, at, from),
            Edit::Kind { node, kind, field: _ } => self.with_node(node, |node| node.kind = kind),
            Edit::Name { node, name } => self.with_node(node, |node| node.name = name),
            Edit::Connect { from, exit, to } => self.doc.connect(from, exit, to).then_some(()).ok_or(Refused::Nothing),
            Edit::Disconnect { from, exit } => self.with_node(from, |node| {
                node.exits.remove(&exit);
            }),
            Edit::Move { by } => {
                for id in &self.selected {
                    if let Some(node) = self.doc.flow.nodes.get_mut(id) {
                        node.at = geometry::snap(Place { x: node.at.x + by.x, y: node.at.y + by.y });
                    }
                }
                Ok(())
            }
            Edit::Remove => {
                self.doc.remove(&self.selected);
                self.selected.clear();
                Ok(())
            }
            Edit::Paste { clip, at } => self.paste(&clip, at),
            Edit::Start(node) => {
                self.doc.flow.start = node;
                Ok(())
            }
            Edit::Language(language) => {
                self.doc.flow.language = language;
                Ok(())
            }
            Edit::Rename(name) => {
                self.doc.name = name;
                Ok(())
            }
            Edit::Arrange => {
                super::layout::arrange(&mut self.doc.flow);
                Ok(())
            }
            Edit::Tests(tests) => {
                self.doc.tests = tests;
                Ok(())
            }
            Edit::Replace { flow, tests } => {
                let last = flow.nodes.keys().next_back().map_or(1, |last| last.saturating_add(1));
                self.next = self.next.max(last);
                (self.doc.flow, self.doc.tests) = (flow, tests);
                self.selected.clear();
                Ok(())
            }
        }
    }

    fn with_node(&mut self, id: NodeId, change: impl FnOnce(&mut Node)) -> Result<(), Refused> {
        self.doc.flow.nodes.get_mut(&id).map(change).ok_or(Refused::Nothing)
    }

    fn fresh(&mut self) -> NodeId {
        let id = self.next;
        self.next = self.next.saturating_add(1);
        id
    }

    fn add(&mut self, kind: Kind, at: Place, from: Option<(NodeId, Exit)>) -> Result<(), Refused> {
        if self.doc.flow.nodes.len() >= MAX_NODES {
            return Err(Refused::TooMany);
        }
        let id = self.fresh();
        self.doc.add(id, kind, geometry::snap(at));
        if let Some((from, exit)) = from {
            self.doc.connect(from, exit, id);
        }
        self.selected = BTreeSet::from([id]);
        Ok(())
    }

    fn paste(&mut self, clip: &Clip, at: Place) -> Result<(), Refused> {
        if self.doc.flow.nodes.len() + clip.nodes.len() > MAX_NODES {
            return Err(Refused::TooMany);
        }
        let first = self.next;
        let placed = clip.placed(first, geometry::snap(at));
        self.next = self.next.saturating_add(u16::try_from(placed.len()).unwrap_or(u16::MAX));
        if self.doc.flow.nodes.is_empty()
            && let Some((id, _)) = placed.first()
        {
            self.doc.flow.start = *id;
        }
        self.selected = placed.iter().map(|(id, _)| *id).collect();
        self.doc.flow.nodes.extend(placed);
        Ok(())
    }

    /// The selection as a clip; empty when nothing is selected.
    pub fn copied(&self) -> Clip {
        let nodes = self.doc.flow.nodes.iter().filter(|(id, _)| self.selected.contains(id));
        Clip::of(nodes.map(|(id, node)| (*id, node.clone())))
    }

    /// A place for a new node: to the right of the one that is selected, else below everything; never on another.
    pub fn free_place(&self) -> Place {
        let nodes = &self.doc.flow.nodes;
        let mut at = match self.one().and_then(|id| nodes.get(&id)) {
            Some(node) => Place { x: node.at.x + geometry::WIDTH + 4 * GRID, y: node.at.y },
            None => match geometry::bounds(nodes.values()) {
                Some(all) => Place { x: all.left, y: all.bottom + 2 * GRID },
                None => Place { x: 2 * GRID, y: 2 * GRID },
            },
        };
        // As tall as most are, with a little air.
        let room = |at: Place| geometry::Rect {
            left: at.x - GRID,
            top: at.y,
            right: at.x + geometry::WIDTH + GRID,
            bottom: at.y + geometry::height(4),
        };
        while nodes.values().any(|node| geometry::card(node).meets(room(at))) {
            at.y += 2 * GRID;
        }
        geometry::snap(at)
    }
}

/// Of which field a change is, when it is typed or pushed bit by bit.
fn field_of(edit: &Edit) -> Option<(NodeId, String)> {
    match edit {
        Edit::Kind { node, field, .. } if !field.is_empty() => Some((*node, field.clone())),
        Edit::Name { node, .. } => Some((*node, "name".to_owned())),
        Edit::Rename(_) => Some((0, "rename".to_owned())),
        Edit::Move { .. } => Some((0, "move".to_owned())),
        Edit::Kind { .. }
        | Edit::Add { .. }
        | Edit::Connect { .. }
        | Edit::Disconnect { .. }
        | Edit::Remove
        | Edit::Paste { .. }
        | Edit::Start(_)
        | Edit::Language(_)
        | Edit::Arrange
        | Edit::Tests(_)
        | Edit::Replace { .. } => None,
    }
}

#[cfg(test)]
#[path = "editor_tests.rs"]
mod tests;
