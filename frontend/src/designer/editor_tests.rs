//! Tests of the editor.

use super::*;
use hark_shared::flow::Key;
use hark_shared::flow::model::Test;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const AT: Place = Place { x: 0, y: 0 };

fn add(editor: &mut Editor, kind: Kind) -> NodeId {
    editor.apply(Edit::Add { kind, at: AT, from: None }).unwrap();
    editor.one().unwrap()
}

fn editor() -> Editor {
    Editor::new(Doc::empty("Test", Language::En))
}

fn menu(keys: &[Key]) -> Kind {
    let wait = hark_shared::time::Millis(4000);
    Kind::Menu { say: vec![], keys: keys.to_vec(), plays: 2, wait, wrong: vec![], silence: vec![] }
}

#[test]
fn every_step_is_taken_back_and_done_again() {
    let mut editor = editor();
    let mut seen = vec![editor.doc().clone()];
    let one = add(&mut editor, Kind::Answer);
    seen.push(editor.doc().clone());
    let two = add(&mut editor, Kind::Return);
    seen.push(editor.doc().clone());
    let edits = [
        Edit::Connect { from: one, exit: Exit::Next, to: two },
        Edit::Name { node: two, name: "Back".into() },
        Edit::Start(two),
        Edit::Language(Language::Zh),
        Edit::Rename("Other".into()),
        Edit::Remove,
    ];
    for edit in edits {
        editor.apply(edit).unwrap();
        seen.push(editor.doc().clone());
    }
    for expected in seen.iter().rev().skip(1) {
        assert!(editor.undo());
        assert_eq!(editor.doc(), expected);
    }
    assert!(!editor.undo());
    for expected in seen.iter().skip(1) {
        assert!(editor.redo());
        assert_eq!(editor.doc(), expected);
    }
    assert!(!editor.redo());
}

#[test]
fn typing_in_one_field_is_one_step_and_another_field_begins_a_new_one() {
    let mut editor = editor();
    let node = add(&mut editor, Kind::Answer);
    for name in ["M", "Ma", "Mai", "Main"] {
        editor.apply(Edit::Name { node, name: name.into() }).unwrap();
    }
    editor.apply(Edit::Rename("Flow".into())).unwrap();
    assert!(editor.undo() && editor.undo());
    assert_eq!(editor.node(node).unwrap().name, "");
    assert!(editor.redo());
    assert_eq!(editor.node(node).unwrap().name, "Main");
    editor.apply(Edit::Name { node, name: "x".into() }).unwrap();
    assert!(!editor.can_redo(), "a change after an undo forgets what was taken back");
}

#[test]
fn a_key_that_goes_takes_its_edge_along_and_undo_brings_both_back() {
    let mut editor = editor();
    let to = add(&mut editor, Kind::Return);
    let node = add(&mut editor, menu(&[Key::ALL[0], Key::ALL[1]]));
    editor.apply(Edit::Connect { from: node, exit: Exit::Key(Key::ALL[1]), to }).unwrap();
    editor.apply(Edit::Kind { node, kind: menu(&[Key::ALL[0]]), field: String::new() }).unwrap();
    assert!(editor.doc().edges().is_empty());
    editor.undo();
    assert_eq!(editor.doc().edges().len(), 1);
}

#[test]
fn numbers_are_never_given_twice() {
    let mut editor = editor();
    let first = add(&mut editor, Kind::Answer);
    editor.apply(Edit::Remove).unwrap();
    assert_ne!(add(&mut editor, Kind::Answer), first);
    editor.undo();
    editor.undo();
    assert_eq!(editor.node(first).map(|node| node.kind.name()), Some("answer"));
    editor.undo();
    assert!(add(&mut editor, Kind::Answer) > first + 1);
}

#[test]
fn what_is_pasted_is_wired_as_it_was_and_selected() {
    let mut editor = editor();
    let test = add(&mut editor, Kind::If { test: Test::Vip });
    let yes = add(&mut editor, Kind::Return);
    editor.apply(Edit::Connect { from: test, exit: Exit::Yes, to: yes }).unwrap();
    let outside = add(&mut editor, Kind::Answer);
    editor.apply(Edit::Connect { from: test, exit: Exit::No, to: outside }).unwrap();
    editor.select([test, yes]);
    let text = editor.copied().text();
    let clip = Clip::read(&text).unwrap();
    editor.apply(Edit::Paste { clip, at: Place { x: 480, y: 240 } }).unwrap();
    assert_eq!(editor.doc().flow.nodes.len(), 5);
    let pasted: Vec<NodeId> = editor.selected().iter().copied().collect();
    assert_eq!(pasted.len(), 2);
    let copy = editor.node(pasted[0]).unwrap();
    assert_eq!((copy.at, copy.exits.len()), (Place { x: 480, y: 240 }, 1));
    assert_eq!(copy.exits[&Exit::Yes], pasted[1]);
    for other in ["", "{}", "[1]", r#"{"mark":"other","nodes":{}}"#] {
        assert_eq!(Clip::read(other), None, "{other}");
    }
}

#[test]
fn a_flow_has_no_more_nodes_than_it_may() {
    let mut editor = editor();
    for _ in 0..MAX_NODES {
        add(&mut editor, Kind::Answer);
    }
    let more = Edit::Add { kind: Kind::Answer, at: AT, from: None };
    assert_eq!(editor.apply(more), Err(Refused::TooMany));
    let clip = editor.copied();
    assert_eq!(editor.apply(Edit::Paste { clip, at: AT }), Err(Refused::TooMany));
    assert_eq!(editor.doc().flow.nodes.len(), MAX_NODES);
}

#[test]
fn new_nodes_find_a_free_place() {
    let mut editor = editor();
    for _ in 0..6 {
        let at = editor.free_place();
        editor.apply(Edit::Add { kind: menu(&[Key::ALL[0], Key::ALL[1]]), at, from: None }).unwrap();
        let cards: Vec<_> = editor.doc().flow.nodes.values().map(geometry::card).collect();
        assert!(cards.iter().enumerate().all(|(at, one)| cards[at + 1..].iter().all(|other| !one.meets(*other))));
    }
    editor.select([]);
    let at = editor.free_place();
    assert!(editor.doc().flow.nodes.values().all(|node| !geometry::card(node).touches(at)));
}

#[test]
fn moving_goes_by_the_grid_and_is_one_step() {
    let mut editor = editor();
    let node = add(&mut editor, Kind::Answer);
    for _ in 0..3 {
        editor.apply(Edit::Move { by: Place { x: GRID, y: 0 } }).unwrap();
    }
    assert_eq!(editor.node(node).unwrap().at, Place { x: 3 * GRID, y: 0 });
    editor.undo();
    assert_eq!(editor.node(node).unwrap().at, AT);
    assert_eq!(editor.apply(Edit::Move { by: AT }), Err(Refused::Nothing));
}
