//! The shape of a flow: what is reached, what leads nowhere, how deep menus go, and which flows call each other.

use super::Lint;
use crate::flow::exit::Exit;
use crate::flow::model::{Kind, NodeId};
use crate::ids::FlowId;
use crate::wire::WireError;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Menus that a caller may have to answer before one gives up in anger.
const MENU_LEVELS: u16 = 3;

impl Lint<'_> {
    pub(super) fn graph(&mut self) {
        let flow = self.flow;
        if !flow.nodes.contains_key(&flow.start) {
            return self.error(None, WireError::new("lint.no_start"));
        }
        self.wires();
        let levels = self.levels();
        let ends = self.can_end();
        for id in flow.nodes.keys() {
            match levels.get(id) {
                None => self.warning(*id, WireError::new("lint.unreachable")),
                Some(_) if !ends.contains(id) => self.error(*id, WireError::new("lint.no_way_out")),
                Some(level) if *level > MENU_LEVELS && self.is_menu(*id) => {
                    self.warning(*id, WireError::new("lint.too_many_levels").with("limit", MENU_LEVELS));
                }
                Some(_) => {}
            }
        }
        self.calls();
    }

    fn is_menu(&self, id: NodeId) -> bool {
        matches!(self.flow.nodes.get(&id).map(|node| &node.kind), Some(Kind::Menu { .. }))
    }

    /// Every way out must lead to a node, and no other may be there.
    fn wires(&mut self) {
        let flow = self.flow;
        for (id, node) in &flow.nodes {
            let ways = node.kind.exits();
            for exit in &ways {
                match node.exits.get(exit) {
                    Some(to) if flow.nodes.contains_key(to) => {}
                    Some(_) => self.error(*id, WireError::new("lint.leads_nowhere").with("exit", exit)),
                    None if *exit == Exit::Error => self.error(*id, WireError::new("lint.no_error_branch")),
                    None => self.error(*id, WireError::new("lint.open").with("exit", exit)),
                }
            }
            for exit in node.exits.keys().filter(|exit| !ways.contains(exit)) {
                self.warning(*id, WireError::new("lint.spare_exit").with("exit", exit));
            }
        }
    }

    /// Where a node's ways out lead.
    fn next(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let node = self.flow.nodes.get(&id);
        let ways = node.map(|node| node.kind.exits()).unwrap_or_default();
        ways.into_iter().filter_map(move |exit| node?.exits.get(&exit).copied())
    }

    /// The nodes that can be reached, with the fewest menus on the way there, themselves counted.
    fn levels(&self) -> BTreeMap<NodeId, u16> {
        let mut levels = BTreeMap::new();
        // Those with fewer menus first: a menu costs one, everything else nothing.
        let mut to_see = VecDeque::from([(self.flow.start, 0)]);
        while let Some((id, before)) = to_see.pop_front() {
            if !self.flow.nodes.contains_key(&id) || levels.contains_key(&id) {
                continue;
            }
            let level = before + u16::from(self.is_menu(id));
            levels.insert(id, level);
            for next in self.next(id) {
                if self.is_menu(next) { to_see.push_back((next, level)) } else { to_see.push_front((next, level)) }
            }
        }
        levels
    }

    /// The nodes from which an end can be reached.
    fn can_end(&self) -> BTreeSet<NodeId> {
        let mut before: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        for id in self.flow.nodes.keys() {
            for next in self.next(*id) {
                before.entry(next).or_default().push(*id);
            }
        }
        let ends = self.flow.nodes.iter().filter(|(_, node)| is_end(&node.kind)).map(|(id, _)| *id);
        let mut to_see: Vec<NodeId> = ends.collect();
        let mut can = BTreeSet::new();
        while let Some(id) = to_see.pop() {
            if can.insert(id) {
                to_see.extend(before.get(&id).into_iter().flatten());
            }
        }
        can
    }

    /// A flow that calls itself, directly or through others, never comes back.
    fn calls(&mut self) {
        let Some(published) = &self.around.flows else { return };
        for (id, node) in &self.flow.nodes {
            let Kind::SubFlow { flow } = node.kind else { continue };
            let (mut seen, mut to_see): (BTreeSet<FlowId>, Vec<FlowId>) = (BTreeSet::new(), vec![flow]);
            while let Some(next) = to_see.pop() {
                if seen.insert(next) && next != self.own {
                    to_see.extend(published.get(&next).into_iter().flatten());
                }
            }
            if seen.contains(&self.own) {
                self.error(*id, WireError::new("lint.calls_itself"));
            } else if !published.contains_key(&flow) {
                self.error(*id, WireError::new("lint.no_flow"));
            }
        }
    }
}

/// Whether a caller can be done here.
fn is_end(kind: &Kind) -> bool {
    match kind {
        Kind::Queue { .. }
        | Kind::LastAgent { .. }
        | Kind::Agent { .. }
        | Kind::Outside { .. }
        | Kind::Duty { .. }
        | Kind::Meeting { .. }
        | Kind::Return
        | Kind::HangUp { .. } => true,
        Kind::Answer
        | Kind::Speak { .. }
        | Kind::Play { .. }
        | Kind::Menu { .. }
        | Kind::Collect { .. }
        | Kind::If { .. }
        | Kind::Hours { .. }
        | Kind::Set { .. }
        | Kind::Fetch(_)
        | Kind::Voicemail { .. }
        | Kind::Callback { .. }
        | Kind::Survey { .. }
        | Kind::SubFlow { .. }
        | Kind::Loop { .. }
        | Kind::Notice { .. } => false,
    }
}
