//! Calls that walk flows on the floor.

use super::stage::{HOTLINE, QUEUE, Stage, agent, commands, phone, setup};
use super::*;
use crate::flow::dip;
use crate::flow::model::{Fetch, Flow, Kind, Method, Node, NodeId, Place, Taken, Test};
use crate::flow::{Exit, Key, MASKED_DIGIT, Phrase, Template};
use crate::hours::DayState;
use crate::ids::FlowId;
use crate::setup::PublishedFlow;

const FLOW: FlowId = FlowId::from_u128(77);

fn name(name: &str) -> VarName {
    VarName::new(name).unwrap()
}

pub(super) fn play(name: &str) -> Kind {
    Kind::Play { say: vec![Phrase::Prompt { name: name.into() }] }
}

fn hang_up() -> (Kind, Vec<(Exit, NodeId)>) {
    (Kind::HangUp { cause: Cause::Normal }, vec![])
}

/// Nodes from 1 on.
pub(super) fn flow(nodes: Vec<(Kind, Vec<(Exit, NodeId)>)>) -> Flow {
    let node = |(kind, exits): (Kind, Vec<(Exit, NodeId)>)| Node {
        name: String::new(),
        at: Place::default(),
        kind,
        exits: exits.into_iter().collect(),
    };
    Flow { start: 1, language: Language::En, nodes: (1..).zip(nodes.into_iter().map(node)).collect() }
}

pub(super) fn with(flow: Flow, version: u32) -> TenantSetup {
    let mut setup = setup(1);
    setup.numbers[0].entry = Entry::Flow(FLOW);
    setup.flows = vec![PublishedFlow { id: FLOW, version, flow, name: "Welcome".into() }];
    setup
}

pub(super) fn stage(flow: Flow) -> Stage {
    let mut stage = Stage::new(1);
    stage.input(Input::Setup(Box::new(with(flow, 1))));
    stage
}

pub(super) fn only(stage: &Stage) -> ContactId {
    *stage.floor.calls.keys().next().expect("a call lives")
}

pub(super) fn heard(stage: &Stage) -> Option<Sound> {
    stage.plan(only(stage)).sources.first().map(|source| source.sound.clone())
}

pub(super) fn prompt(name: &str) -> Option<Sound> {
    Some(Sound::Prompt(vec![format!("en/{name}")]))
}

pub(super) fn played(stage: &mut Stage) {
    let plan = stage.plan(only(stage)).clone();
    stage.edge(EdgeEvent::SourceEnded { room: plan.room, source: plan.sources[0].id });
}

pub(super) fn digit(stage: &mut Stage, digit: char) {
    stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(1), digit });
}

#[test]
fn a_call_stays_on_its_version_and_its_trail_is_kept() {
    let of = |name: &str| {
        flow(vec![(play(name), vec![(Exit::Next, 2)]), (play("goodbye"), vec![(Exit::Next, 3)]), hang_up()])
    };
    let mut stage = stage(of("welcome"));
    stage.ring(1);
    assert_eq!(heard(&stage), prompt("welcome"));
    let mut gone = with(of("menu"), 2);
    gone.flows[0].flow.nodes.remove(&2);
    stage.input(Input::Setup(Box::new(gone)));
    played(&mut stage);
    assert_eq!(heard(&stage), prompt("goodbye"), "the node that the new version no longer has");
    played(&mut stage);
    let trail = stage.facts().into_iter().find_map(|fact| match fact {
        Fact::Trail(trail) => Some(trail.steps.iter().map(|at| (at.flow.version, at.node)).collect::<Vec<_>>()),
        _ => None,
    });
    assert_eq!(trail.unwrap(), [(1, 1), (1, 2), (1, 3)]);
    stage.gone(1);
    stage.input(Input::Setup(Box::new(with(of("menu"), 3))));
    let known = stage.floor.setup.flow(crate::flow::FlowRef { flow: FLOW, version: 1 });
    assert!(known.is_none(), "nobody walks it any more");
}

#[test]
fn an_endless_flow_leads_to_the_numbers_fall_back_or_to_an_apology() {
    let endless = || flow(vec![(Kind::Answer, vec![(Exit::Next, 1)])]);
    let mut without = stage(endless());
    let said = without.ring(1);
    assert!(said.iter().any(|output| matches!(output, Output::Alarm { .. })), "{said:?}");
    assert_eq!(heard(&without), prompt("busy"));
    played(&mut without);
    assert!(without.floor.calls.values().all(Call::is_over));

    let mut setup = with(endless(), 1);
    setup.numbers[0].fallback = Some(QUEUE);
    let mut stage = Stage::new(1);
    stage.input(Input::Setup(Box::new(setup)));
    stage.ring(1);
    assert!(matches!(stage.floor.calls[&only(&stage)].phase, Phase::Queued { queue: QUEUE, .. }));
}

#[test]
fn a_prompt_that_is_missing_is_skipped_with_an_alarm() {
    let mut setup =
        with(flow(vec![(play("gone"), vec![(Exit::Next, 2)]), (play("welcome"), vec![(Exit::Next, 3)]), hang_up()]), 1);
    setup.sounds = ["en/welcome".to_owned()].into();
    let mut stage = Stage::new(1);
    stage.input(Input::Setup(Box::new(setup)));
    let said = stage.ring(1);
    assert!(said.iter().any(|output| matches!(output, Output::Alarm { .. })));
    assert_eq!(heard(&stage), prompt("welcome"));
}

fn pin() -> Flow {
    let collect = Kind::Collect {
        say: vec![Phrase::Prompt { name: "enter-pin".into() }],
        into: name("pin"),
        min: 2,
        max: 4,
        end: Key::new('#'),
        first: Millis(5000),
        between: Millis(3000),
        tries: 2,
        wrong: vec![],
        masked: true,
    };
    let fetch = Fetch {
        method: Method::Post,
        url: Template("https://crm.example/".into()),
        headers: BTreeMap::new(),
        body: Template(r#"{{"pin":"{pin}"}}"#.into()),
        timeout: Millis(2000),
        tries: 1,
        take: vec![Taken { pointer: "/ok".into(), into: name("ok") }],
    };
    flow(vec![
        (collect, vec![(Exit::Next, 2), (Exit::Otherwise, 4)]),
        (Kind::Fetch(Box::new(fetch)), vec![(Exit::Next, 3), (Exit::Error, 4)]),
        (play("thanks"), vec![(Exit::Next, 4)]),
        hang_up(),
    ])
}

#[test]
fn masked_digits_are_told_from_others_and_a_dip_gets_the_answer() {
    let mut stage = stage(pin());
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), DigitUse::Unused, "nobody is there");
    stage.ring(1);
    let contact = only(&stage);
    let masked = |so_far| DigitUse::Masked { contact, into: name("pin"), so_far };
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), masked(0));
    digit(&mut stage, MASKED_DIGIT);
    digit(&mut stage, MASKED_DIGIT);
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), masked(2));
    stage.said.clear();
    digit(&mut stage, '#');
    let request = stage.said.iter().find_map(|output| match output {
        Output::Fetch { request, .. } => Some(request.clone()),
        _ => None,
    });
    let request = request.expect("the dip is asked for");
    let body = request.body.reveal(|_, digits| Some("x".repeat(digits.into())));
    assert_eq!(body.as_deref(), Some(r#"{"pin":"xx"}"#));
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), DigitUse::Unused);
    assert!(stage.floor.walks(contact));
    assert_eq!(heard(&stage), None, "most systems answer sooner than music would begin");
    stage.pass(2);
    assert_eq!(heard(&stage), Some(Sound::Music("music/calm".into())));
    stage.input(Input::Fetched { contact, values: dip::take(r#"{"ok":true}"#, &request.take) });
    assert_eq!(heard(&stage), prompt("thanks"));
    stage.gone(1);
    assert!(!stage.floor.walks(contact));
}

#[test]
fn a_dip_whose_shell_died_takes_the_error_branch() {
    let mut stage = stage(pin());
    stage.ring(1);
    digit(&mut stage, MASKED_DIGIT);
    digit(&mut stage, MASKED_DIGIT);
    digit(&mut stage, '#');
    let said = stage.input(Input::Restarted);
    assert!(commands(&said).iter().any(|command| matches!(command, EdgeCommand::End { .. })), "{said:?}");
}

fn outside(to: &str) -> Flow {
    let kind = Kind::Outside { to: Template(to.into()), ring: Millis(20_000) };
    flow(vec![
        (kind, vec![(Exit::Busy, 2), (Exit::NoAnswer, 3), (Exit::Error, 4)]),
        (play("busy"), vec![(Exit::Next, 5)]),
        (play("closed"), vec![(Exit::Next, 5)]),
        (play("not-available"), vec![(Exit::Next, 5)]),
        hang_up(),
    ])
}

fn dialled(said: &[Output]) -> LegId {
    let leg = commands(said).into_iter().find_map(|command| match command {
        EdgeCommand::Dial { leg, .. } => Some(*leg),
        _ => None,
    });
    leg.expect("somebody is dialled")
}

#[test]
fn a_number_outside_rings_answers_and_both_have_each_other() {
    let mut stage = stage(outside("13900000000"));
    let said = stage.ring(1);
    let far = dialled(&said);
    assert_eq!(heard(&stage), Some(Sound::Ringback));
    stage.edge(EdgeEvent::Ringing { leg: far, early_media: false });
    stage.edge(EdgeEvent::Answered { leg: far });
    let contact = only(&stage);
    let near = LegId::from_u128(1);
    let hears: Vec<_> = stage.plan(contact).listeners.iter().map(|one| (one.leg, one.hears.clone())).collect();
    assert_eq!(hears, [(near, vec![Voice::Leg(far)]), (far, vec![Voice::Leg(near)])]);
    let said = stage.gone(1);
    let ended = |command: &&EdgeCommand| matches!(command, EdgeCommand::End { leg, .. } if *leg == far);
    assert!(commands(&said).into_iter().any(|command| ended(&command)), "{said:?}");
    stage.edge(EdgeEvent::Ended { leg: far, cause: Cause::Normal, quality: Quality::default() });
    assert!(stage.floor.calls.is_empty() && stage.floor.legs.is_empty(), "{:?}", stage.floor.legs);
}

#[test]
fn a_number_outside_that_is_not_reached_takes_its_way_out() {
    for (cause, heard_then) in [(Cause::Busy, "busy"), (Cause::NoAnswer, "closed"), (Cause::NotFound, "not-available")]
    {
        let mut stage = stage(outside("13900000000"));
        let said = stage.ring(1);
        let quality = Quality::default();
        stage.edge(EdgeEvent::Ended { leg: dialled(&said), cause, quality });
        assert_eq!(heard(&stage), prompt(heard_then));
    }
    for forbidden in ["99", "no number", ""] {
        let mut stage = stage(outside(forbidden));
        let said = stage.ring(1);
        let dials = commands(&said).into_iter().any(|command| matches!(command, EdgeCommand::Dial { .. }));
        assert!(!dials, "{forbidden} is refused before anything rings");
        assert_eq!(heard(&stage), prompt("not-available"));
    }
}

#[test]
fn the_white_list_and_calendars_are_asked() {
    let listed = || {
        let test = Kind::If { test: Test::Listed };
        flow(vec![
            (test, vec![(Exit::Yes, 2), (Exit::No, 3)]),
            (play("welcome"), vec![(Exit::Next, 4)]),
            (play("closed"), vec![(Exit::Next, 4)]),
            hang_up(),
        ])
    };
    let mut stage = stage(listed());
    stage.ring(1);
    assert_eq!(heard(&stage), prompt("closed"));
    let mut setup = with(listed(), 1);
    setup.listings = vec![Listing {
        id: ListingId::from_u128(1),
        listed: Listed::Allowed,
        number: phone("138"),
        prefix: true,
        reason: String::new(),
        until: None,
    }];
    stage.gone(1);
    stage.input(Input::Setup(Box::new(setup)));
    stage.ring(1);
    assert_eq!(heard(&stage), prompt("welcome"));
    assert_eq!(stage.floor.setup.hours(stage.now, crate::ids::CalendarId::from_u128(1)), None::<DayState>);
    assert_eq!(stage.floor.staffed(&phone(HOTLINE)), Some(false), "no queue, nobody who serves");
}

/// The store's word on who talked with the caller last comes after the flow has led them into the queue.
#[test]
fn the_last_agent_is_rung_though_the_store_answers_late() {
    let last = Kind::LastAgent { queue: QUEUE, days: 7, patience: Millis::from_secs(30) };
    for known in [true, false] {
        let mut stage = Stage::new(2);
        let mut with = with(flow(vec![(last.clone(), vec![])]), 1);
        with.users = setup(2).users;
        stage.input(Input::Setup(Box::new(with)));
        stage.sit(1);
        stage.pass(5);
        stage.sit(2);
        stage.ring(1);
        let contact = *stage.floor.calls.keys().next().unwrap();
        let last = known.then(|| LastAgent { agent: agent(2), ended: Timestamp(stage.now.0 - 1_000) });
        stage.input(Input::Card { contact, card: None, last });
        let rung: Vec<bool> = (1..=2).map(|n| stage.desk(n).offer.is_some()).collect();
        assert_eq!(rung, [!known, known], "else whoever has been idle for longest");
    }
}
