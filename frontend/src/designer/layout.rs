//! Puts a flow in order: columns by the distance from the start, each node as near to the height of what leads to it as
//! its column allows.

use super::geometry::{self, GRID, WIDTH};
use hark_shared::flow::model::{Flow, Node, NodeId, Place};
use std::collections::BTreeMap;

/// From one column to the next.
const STEP_X: i32 = WIDTH + 5 * GRID - WIDTH % GRID;
/// Between two cards of a column.
const GAP_Y: i32 = GRID;

/// Gives every node a place.
pub fn arrange(flow: &mut Flow) {
    let columns = columns(flow);
    let mut free: BTreeMap<i32, i32> = BTreeMap::new();
    let order = super::doc::in_order(flow);
    let mut wanted: BTreeMap<NodeId, i32> = BTreeMap::new();
    for id in by_column(&order, &columns) {
        let Some(node) = flow.nodes.get_mut(&id) else { continue };
        let column = columns.get(&id).copied().unwrap_or(0);
        let top = free.get(&column).copied().unwrap_or(0);
        let y = wanted.get(&id).copied().unwrap_or(top).max(top);
        node.at = geometry::snap(Place { x: column * STEP_X, y: y + GRID / 2 - 1 });
        free.insert(column, geometry::card(node).bottom + GAP_Y);
        want(node, &mut wanted);
    }
}

/// What a node leads to would like to stand where the edge is level.
fn want(node: &Node, wanted: &mut BTreeMap<NodeId, i32>) {
    for (position, exit) in node.kind.exits().iter().enumerate() {
        if let Some(to) = node.exits.get(exit) {
            let level = geometry::port(node.at, position).y - geometry::entry(Place::default()).y;
            wanted.entry(*to).or_insert(level.max(0));
        }
    }
}

/// Column by column, in each by the flow's order.
fn by_column(order: &[NodeId], columns: &BTreeMap<NodeId, i32>) -> Vec<NodeId> {
    let mut sorted = order.to_vec();
    sorted.sort_by_key(|id| columns.get(id).copied().unwrap_or(0));
    sorted
}

/// The longest way from the start without going back; what nothing leads to begins at the left again.
fn columns(flow: &Flow) -> BTreeMap<NodeId, i32> {
    let order = super::doc::in_order(flow);
    let rank: BTreeMap<NodeId, usize> = finished(flow, &order).into_iter().rev().zip(0..).collect();
    let mut columns: BTreeMap<NodeId, i32> = BTreeMap::new();
    let mut sorted: Vec<NodeId> = rank.keys().copied().collect();
    sorted.sort_by_key(|id| rank[id]);
    for id in sorted {
        let column = *columns.entry(id).or_insert(0);
        for to in flow.nodes.get(&id).into_iter().flat_map(|node| node.exits.values()) {
            // An edge to what comes earlier leads back and counts for nothing.
            if rank.get(to) > rank.get(&id) {
                let there = columns.entry(*to).or_insert(0);
                *there = (*there).max(column + 1);
            }
        }
    }
    columns
}

/// Nodes in the order in which a search by depth is done with them.
fn finished(flow: &Flow, order: &[NodeId]) -> Vec<NodeId> {
    let mut done = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for begin in order {
        let mut stack = vec![(*begin, false)];
        while let Some((id, leave)) = stack.pop() {
            if leave {
                done.push(id);
                continue;
            }
            let Some(node) = flow.nodes.get(&id) else { continue };
            if !seen.insert(id) {
                continue;
            }
            stack.push((id, true));
            stack.extend(node.kind.exits().iter().filter_map(|exit| node.exits.get(exit)).map(|to| (*to, false)));
        }
    }
    done
}

#[cfg(test)]
mod tests {
    use super::super::doc::Doc;
    use super::*;
    use hark_shared::flow::Exit;
    use hark_shared::flow::model::{Kind, Test};
    use hark_shared::wire::rest::Language;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn flow(kinds: &[Kind], edges: &[(NodeId, Exit, NodeId)]) -> Flow {
        let mut doc = Doc::empty("Test", Language::En);
        for (id, kind) in (1..).zip(kinds) {
            doc.add(id, kind.clone(), Place::default());
        }
        for (from, exit, to) in edges {
            assert!(doc.connect(*from, *exit, *to));
        }
        doc.flow
    }

    fn x(flow: &Flow, id: NodeId) -> i32 {
        flow.nodes[&id].at.x / STEP_X
    }

    #[test]
    fn columns_follow_the_longest_way_and_edges_back_do_not_count() {
        let kinds = [Kind::Answer, Kind::If { test: Test::Vip }, Kind::Loop { times: 2 }, Kind::Return];
        let edges = [(1, Exit::Next, 2), (2, Exit::Yes, 4), (2, Exit::No, 3), (3, Exit::Again, 2), (3, Exit::Done, 4)];
        let mut flow = flow(&kinds, &edges);
        arrange(&mut flow);
        assert_eq!([1, 2, 3, 4].map(|id| x(&flow, id)), [0, 1, 2, 3]);
    }

    #[test]
    fn no_card_covers_another_and_all_stand_on_the_grid() {
        let kinds = vec![Kind::If { test: Test::Vip }; 40];
        let mut edges = Vec::new();
        for id in 1..20 {
            edges.extend([(id, Exit::Yes, id * 2), (id, Exit::No, id * 2 + 1)]);
        }
        let mut flow = flow(&kinds, &edges);
        arrange(&mut flow);
        let cards: Vec<_> = flow.nodes.values().map(geometry::card).collect();
        for (at, card) in cards.iter().enumerate() {
            assert!(cards[at + 1..].iter().all(|other| !card.meets(*other)), "{card:?}");
            assert_eq!((card.left % GRID, card.top % GRID), (0, 0));
        }
        let again = flow.clone();
        arrange(&mut flow);
        assert_eq!(flow, again, "order stays order");
    }
}
