//! Tests of the trial.

use super::super::doc::Doc;
use super::super::templates::{Beginning as Template, lookup, menu};
use super::*;
use hark_shared::edge::Cause;
use hark_shared::flow::model::{Kind, Place};
use hark_shared::flow::test::try_out;
use hark_shared::hours::DayState;
use hark_shared::ids::CalendarId;
use hark_shared::time::Millis;
use hark_shared::wire::rest::Language;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const NOW: Timestamp = Timestamp(1_000_000);

fn trial(doc: &Doc, given: Given) -> Trial {
    let id = FlowId::from_u128(1);
    let (others, sounds, notices) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    Trial::begin(NOW, Begin { id, flow: doc.flow.clone(), others, sounds, notices, given })
}

fn hotline() -> Doc {
    let queue = QueueId::from_u128(7);
    Template::Menu.doc("Test", Language::En, Some(queue), Some(CalendarId::from_u128(3)))
}

#[test]
fn a_call_by_keys_lights_its_way_and_becomes_a_test() {
    let doc = hotline();
    let mut trial = trial(&doc, Given::default());
    assert!(matches!(trial.waiting(), Waiting::Playing(said) if said.len() == 1), "{:?}", trial.waiting());
    assert!(trial.listens(), "a menu takes keys while it speaks");
    trial.played(NOW);
    assert_eq!(*trial.waiting(), Waiting::Keys);
    trial.press(NOW, Key::ALL[1]);
    assert_eq!(*trial.waiting(), Waiting::Over);
    let test = trial.test("Two leads to the second queue");
    assert_eq!(test.acts, [Act::Press(vec![Key::ALL[1]])]);
    assert_eq!(test.path.len(), 3);
    assert_eq!(trial.lit().edges.len(), 2);
    assert_eq!(trial.lit().node, test.path.last().copied());
}

/// Two keys may lead to the same node: only the one that was pressed is lit.
#[test]
fn of_two_edges_between_the_same_nodes_the_walked_one_is_lit() {
    let mut doc = Doc::empty("Test", Language::En);
    doc.add(1, menu("menu", &[Key::ALL[0], Key::ALL[1]]), Place::default());
    doc.add(2, Kind::HangUp { cause: Cause::Normal }, Place::default());
    for exit in [Exit::Key(Key::ALL[0]), Exit::Key(Key::ALL[1]), Exit::Otherwise] {
        assert!(doc.connect(1, exit, 2));
    }
    let mut trial = trial(&doc, Given::default());
    trial.press(NOW, Key::ALL[1]);
    assert!(trial.is_over());
    let way = (1, Exit::Key(Key::ALL[1]));
    assert_eq!(trial.lit().edges, BTreeSet::from([way]));
    let outcome = try_out(FlowId::from_u128(1), &doc.flow, &BTreeMap::new(), &trial.test("Two"));
    assert_eq!((outcome.ways, outcome.departs), (vec![way], None), "a stored test lights the same");
}

#[test]
fn silence_is_an_act_and_the_clock_decides() {
    let doc = hotline();
    let mut trial = trial(&doc, Given::default());
    for _ in 0..2 {
        while let Waiting::Playing(_) = trial.waiting() {
            trial.played(NOW);
        }
        let until = trial.deadline().unwrap();
        trial.tick(until + Millis(-1));
        assert_eq!(*trial.waiting(), Waiting::Keys);
        trial.tick(until);
    }
    assert!(trial.is_over(), "{:?}", trial.waiting());
    assert_eq!(trial.test("").acts, [Act::Wait, Act::Wait]);
}

#[test]
fn a_closed_calendar_is_part_of_the_world() {
    let doc = hotline();
    let calendars = BTreeMap::from([(CalendarId::from_u128(3), DayState::Holiday)]);
    let mut trial = trial(&doc, Given { calendars, ..Given::default() });
    trial.played(NOW);
    assert!(matches!(trial.log().last(), Some(Line::Ended(Step::HangUp(Cause::Normal)))), "{:?}", trial.log());
}

#[test]
fn a_secret_is_in_no_log_and_in_no_test() {
    let doc = Template::SelfService.doc("Test", Language::En, Some(QueueId::from_u128(7)), None);
    let mut trial = trial(&doc, Given::default());
    for key in "4711#".chars().chain("8642#".chars()) {
        trial.press(NOW, Key::new(key).unwrap());
    }
    assert!(matches!(trial.waiting(), Waiting::Dip(_)), "{:?}", trial.waiting());
    let pin = trial.variables().into_iter().find(|(name, _)| name == "pin").unwrap();
    assert_eq!(pin.1, None);
    trial.answer(NOW, Some(r#"{"balance": 12.5}"#.to_owned()));
    assert!(matches!(trial.waiting(), Waiting::Playing(_)));
    let pressed = trial.log().iter().filter_map(|line| if let Line::Pressed(key) = line { Some(*key) } else { None });
    assert_eq!(pressed.collect::<String>(), "4711#••••#");
    let keys = |act: &Act| {
        if let Act::Press(keys) = act { keys.iter().map(|key| key.char()).collect() } else { String::new() }
    };
    assert_eq!(trial.test("").acts.iter().map(keys).collect::<Vec<_>>(), ["4711#", "0000#"]);
    assert_eq!(trial.test("").given.answers.len(), 1, "what was answered by hand is given to the test");
}

#[test]
fn given_answers_are_used_in_turn_and_failures_go_their_way() {
    let mut doc = Doc::empty("Test", Language::En);
    doc.add(1, lookup(), Place::default());
    doc.add(2, lookup(), Place::default());
    doc.add(3, Kind::HangUp { cause: Cause::Busy }, Place::default());
    doc.add(4, menu("", &[Key::ALL[0]]), Place::default());
    for (from, exit, to) in [(1, Exit::Next, 2), (1, Exit::Error, 4), (2, Exit::Next, 4), (2, Exit::Error, 3)] {
        assert!(doc.connect(from, exit, to));
    }
    let answers = vec![Some(r#"{"balance":"1"}"#.to_owned()), None];
    let trial = trial(&doc, Given { answers, ..Given::default() });
    assert!(trial.is_over());
    assert_eq!(trial.test("").path, [1, 2, 3]);
}

#[test]
fn a_saved_call_passes_as_a_test_until_the_flow_goes_elsewhere() {
    let mut doc = hotline();
    let mut trial = trial(&doc, Given::default());
    trial.played(NOW);
    trial.press(NOW, Key::ALL[0]);
    let test = trial.test("One");
    let id = FlowId::from_u128(1);
    assert_eq!(try_out(id, &doc.flow, &BTreeMap::new(), &test).departs, None);
    let (menu, other) = (test.path[1], doc.flow.nodes.keys().next_back().copied().unwrap());
    assert!(doc.connect(menu, Exit::Key(Key::ALL[0]), other));
    let outcome = try_out(id, &doc.flow, &BTreeMap::new(), &test);
    assert_eq!((outcome.departs, outcome.walked.last()), (Some(2), Some(&other)));
}

#[test]
fn digits_that_were_given_up_are_one_act_and_the_shared_runner_walks_the_same_way() {
    let doc = Template::SelfService.doc("Test", Language::En, Some(QueueId::from_u128(7)), None);
    let mut trial = trial(&doc, Given::default());
    for key in "47".chars() {
        trial.press(NOW, Key::new(key).unwrap());
    }
    for _ in 0..20 {
        match trial.waiting() {
            Waiting::Playing(_) => trial.played(NOW),
            Waiting::Keys
            | Waiting::Dip(_)
            | Waiting::Agent(_)
            | Waiting::Duty
            | Waiting::Outside(_)
            | Waiting::Pin
            | Waiting::Message
            | Waiting::Callback(_)
            | Waiting::Over => trial.tick(trial.deadline().unwrap_or(NOW)),
        }
    }
    assert!(trial.is_over());
    let test = trial.test("Nobody types on");
    assert_eq!(test.acts[0], Act::Press(vec![Key::ALL[3], Key::ALL[6]]));
    let outcome = try_out(FlowId::from_u128(1), &doc.flow, &BTreeMap::new(), &test);
    assert_eq!(outcome.departs, None, "{:?} {outcome:?}", test.acts);
}
