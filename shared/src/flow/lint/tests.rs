//! One planted fault a finding.

use super::*;
use crate::edge::Cause;
use crate::flow::exit::{Exit, Key};
use crate::flow::model::{Compare, Fetch, Kind, Mailbox, Method, Node, Place, Taken, Test};
use crate::flow::say::{Phrase, ReadAs};
use crate::flow::vars::{Template, VarName};
use crate::time::Millis;

const OWN: FlowId = FlowId::from_u128(1);
const OTHER: FlowId = FlowId::from_u128(2);
const QUEUE: QueueId = QueueId::from_u128(3);
const ROOM: MeetingRoomId = MeetingRoomId::from_u128(4);
const TEAM: TeamId = TeamId::from_u128(5);

fn around() -> Surroundings {
    Surroundings {
        queues: Some([QUEUE].into()),
        users: Some(BTreeSet::new()),
        calendars: Some(BTreeSet::new()),
        rotas: Some(BTreeSet::new()),
        meetings: Some([ROOM].into()),
        teams: Some([TEAM].into()),
        notices: Some(BTreeSet::new()),
        flows: Some([(OTHER, BTreeSet::new())].into()),
        sounds: Some(["en/welcome", "zh/welcome", "en/menu", "tones/beep"].map(str::to_owned).into()),
        speaks: Some(true),
    }
}

fn say(name: &str) -> Vec<Phrase> {
    vec![Phrase::Prompt { name: name.to_owned() }]
}

fn name(name: &str) -> VarName {
    VarName::new(name).unwrap()
}

fn end() -> (Kind, Vec<(Exit, NodeId)>) {
    (Kind::HangUp { cause: Cause::Normal }, vec![])
}

fn play() -> Kind {
    Kind::Play { say: say("welcome") }
}

/// Nodes from 1 on.
fn flow(nodes: Vec<(Kind, Vec<(Exit, NodeId)>)>) -> Flow {
    let node = |(kind, exits): (Kind, Vec<(Exit, NodeId)>)| Node {
        name: String::new(),
        at: Place::default(),
        kind,
        exits: exits.into_iter().collect(),
    };
    Flow { start: 1, language: Language::En, nodes: (1..).zip(nodes.into_iter().map(node)).collect() }
}

/// Findings as `node level key`.
fn found(flow: &Flow) -> Vec<String> {
    let words = |finding: Finding| {
        let level = if finding.level == Level::Error { "error" } else { "warning" };
        format!("{} {level} {}", finding.node.map_or("-".to_owned(), |id| id.to_string()), finding.what.key)
    };
    lint(OWN, flow, &around()).into_iter().map(words).collect()
}

/// A node of this kind before an end, all its ways out leading there.
fn alone(kind: Kind) -> Vec<String> {
    let exits = kind.exits().into_iter().map(|exit| (exit, 2)).collect();
    found(&flow(vec![(kind, exits), end()]))
}

#[test]
fn a_sound_flow_has_no_findings() {
    assert_eq!(found(&flow(vec![(play(), vec![(Exit::Next, 2)]), end()])), [""; 0]);
}

#[test]
fn the_shape_is_looked_at() {
    assert_eq!(found(&flow(vec![(play(), vec![])])), ["1 error lint.open", "1 error lint.no_way_out"]);
    assert_eq!(
        found(&flow(vec![(play(), vec![(Exit::Next, 9)]), end()])),
        ["1 error lint.leads_nowhere", "1 error lint.no_way_out", "2 warning lint.unreachable"]
    );
    let round = vec![(play(), vec![(Exit::Next, 2)]), (play(), vec![(Exit::Next, 1)])];
    assert_eq!(found(&flow(round)), ["1 error lint.no_way_out", "2 error lint.no_way_out"]);
    let spare = vec![(play(), vec![(Exit::Next, 2), (Exit::Yes, 2)]), end()];
    assert_eq!(found(&flow(spare)), ["1 warning lint.spare_exit"]);
    assert_eq!(found(&flow(vec![])), ["- error lint.no_start"]);
}

#[test]
fn more_than_three_menus_in_a_row_are_a_warning() {
    let menu = |next| {
        let key = Key::new('1').unwrap();
        let kind = Kind::Menu {
            say: say("menu"),
            keys: vec![key],
            plays: 1,
            wait: Millis(4000),
            wrong: vec![],
            silence: vec![],
        };
        (kind, vec![(Exit::Key(key), next), (Exit::Otherwise, 5)])
    };
    assert_eq!(found(&flow(vec![menu(2), menu(3), menu(4), menu(5), end()])), ["4 warning lint.too_many_levels"]);
    assert_eq!(found(&flow(vec![menu(2), menu(3), menu(5), end(), end()])), ["4 warning lint.unreachable"]);
}

#[test]
fn what_is_named_must_exist() {
    assert_eq!(alone(Kind::Queue { queue: QueueId::from_u128(9), priority: 0 })[0], "1 error lint.no_queue");
    assert_eq!(alone(Kind::Hours { calendar: CalendarId::from_u128(9) }), ["1 error lint.no_calendar"]);
    assert_eq!(alone(Kind::Notice { notice: NoticeId::from_u128(9) }), ["1 error lint.no_notice"]);
    let meeting = |room: u128| Kind::Meeting { room: Some(MeetingRoomId::from_u128(room)) };
    assert_eq!(alone(meeting(9)), ["1 error lint.no_meeting_room"]);
    assert_eq!((alone(meeting(4)), alone(Kind::Meeting { room: None })), (vec![], vec![]));
    let team = |team: u128| {
        let mailbox = Mailbox::Team(TeamId::from_u128(team));
        alone(Kind::Voicemail { mailbox, say: say("welcome"), limit: Millis(60_000) })
    };
    assert_eq!((team(5), team(9)), (vec![], vec!["1 error lint.no_team".to_owned()]));
    let agent = Kind::Agent { user: UserId::from_u128(9), ring: Millis(20_000) };
    assert_eq!(alone(agent), ["1 error lint.no_agent"]);
    assert_eq!(alone(Kind::SubFlow { flow: FlowId::from_u128(9) }), ["1 error lint.no_flow"]);
    let callback = Kind::Callback { queue: QUEUE, number: Template::default() };
    assert_eq!(alone(callback), [""; 0]);
    assert_eq!(alone(Kind::SubFlow { flow: OTHER }), [""; 0]);
    assert_eq!(alone(Kind::SubFlow { flow: OWN }), ["1 error lint.calls_itself"]);
    let around = Surroundings { flows: Some([(OTHER, [OWN].into())].into()), ..around() };
    let calls = flow(vec![(Kind::SubFlow { flow: OTHER }, vec![(Exit::Next, 2)]), end()]);
    assert_eq!(lint(OWN, &calls, &around)[0].what.key, "lint.calls_itself");
    assert_eq!(lint(OWN, &calls, &Surroundings::default()), [], "what is not known is not judged");
    assert_eq!(alone(Kind::Play { say: say("missing") }), ["1 error lint.no_sound"]);
    assert_eq!(alone(Kind::Play { say: say("tones/beep") }), [""; 0]);
}

#[test]
fn every_language_that_is_spoken_has_its_texts() {
    let text = |zh: &str| Kind::Play { say: vec![Phrase::Text { zh: zh.into(), en: "Hello".into() }] };
    assert_eq!(alone(text("")), [""; 0], "it speaks English alone");
    let both = |kind| {
        let speak = Kind::Speak { language: Language::Zh };
        found(&flow(vec![(kind, vec![(Exit::Next, 2)]), (speak, vec![(Exit::Next, 3)]), end()]))
    };
    assert_eq!(both(text("")), ["1 error lint.no_translation"]);
    assert_eq!(both(text("您好")), [""; 0]);
    assert_eq!(both(Kind::Play { say: say("menu") }), ["1 error lint.no_sound"]);
    let mute = Surroundings { speaks: Some(false), ..around() };
    let findings = lint(OWN, &flow(vec![(text("您好"), vec![(Exit::Next, 2)]), end()]), &mute);
    assert_eq!(findings[0].what.key, "lint.no_synthesiser");
}

#[test]
fn a_masked_variable_is_for_data_dips_alone() {
    let with = |kind: Kind| {
        let collect = Kind::Collect {
            say: say("welcome"),
            into: name("pin"),
            min: 4,
            max: 4,
            end: None,
            first: Millis(5000),
            between: Millis(3000),
            tries: 3,
            wrong: vec![],
            masked: true,
        };
        let exits = kind.exits().into_iter().map(|exit| (exit, 3)).collect();
        let nodes = vec![(collect, vec![(Exit::Next, 2), (Exit::Otherwise, 3)]), (kind, exits), end()];
        found(&flow(nodes))
    };
    let spoken = Kind::Play { say: vec![Phrase::Value { name: name("pin"), read: ReadAs::Digits }] };
    assert_eq!(with(spoken), ["2 error lint.masked_spoken"]);
    let test = Test::Variable { name: name("pin"), is: Compare::Equal, to: Template("1234".into()) };
    assert_eq!(with(Kind::If { test }), ["2 error lint.masked_compared"]);
    let copied = Kind::Set { name: name("copy"), to: Template("{pin}".into()) };
    assert_eq!(with(copied), ["2 error lint.masked_copied"]);
    let outside = Kind::Outside { to: Template("{pin}".into()), ring: Millis(20_000) };
    assert_eq!(with(outside), ["2 error lint.masked_copied"]);
    assert_eq!(with(Kind::Fetch(Box::new(fetch("https://crm.example/pin", r#"{{"pin":"{pin}"}}"#)))), [""; 0]);
    let plain = with(Kind::Fetch(Box::new(fetch("http://crm.example/{pin}", ""))));
    assert_eq!(plain, ["2 warning lint.masked_unencrypted", "2 warning lint.masked_in_url"]);
}

fn fetch(url: &str, body: &str) -> Fetch {
    Fetch {
        method: Method::Post,
        url: Template(url.into()),
        headers: std::collections::BTreeMap::new(),
        body: Template(body.into()),
        timeout: Millis(3000),
        tries: 2,
        take: vec![],
    }
}

#[test]
fn a_data_dip_is_looked_at() {
    let dip = |fetch: Fetch| alone(Kind::Fetch(Box::new(fetch)));
    let good = || fetch("https://crm.example/a/{caller}", r#"{{"n":{caller},"t":"{caller}"}}"#);
    assert_eq!(dip(good()), [""; 0]);
    for url in ["", "crm.example", "ftp://crm.example", "https://{caller}/", "https://a b/", "https://a@b/"] {
        assert_eq!(dip(Fetch { url: Template(url.into()), ..good() }), ["1 error lint.bad_url"], "{url}");
    }
    assert_eq!(dip(Fetch { method: Method::Get, ..good() }), ["1 error lint.body_of_get"]);
    assert_eq!(dip(Fetch { body: Template("{{".into()), ..good() }), ["1 error lint.bad_body"]);
    assert_eq!(dip(Fetch { body: Template("{a".into()), ..good() }), ["1 error lint.bad_template"]);
    assert_eq!(dip(Fetch { tries: 9, ..good() }), ["1 error lint.range"]);
    assert_eq!(dip(Fetch { timeout: Millis(100), ..good() }), ["1 error lint.range_seconds"]);
    let headers = [("Content-Length".to_owned(), Template("1".into()))].into();
    assert_eq!(dip(Fetch { headers, ..good() }), ["1 error lint.bad_header"]);
    let take = vec![Taken { pointer: "balance".into(), into: name("b") }];
    assert_eq!(dip(Fetch { take, ..good() }), ["1 error lint.bad_pointer"]);
    let open = flow(vec![(Kind::Fetch(Box::new(good())), vec![(Exit::Next, 2)]), end()]);
    assert_eq!(found(&open), ["1 error lint.no_error_branch"]);
}

#[test]
fn figures_are_within_their_ranges() {
    assert_eq!(alone(Kind::Loop { times: 0 }), ["1 error lint.range"]);
    assert_eq!(alone(Kind::Queue { queue: QUEUE, priority: 10 })[0], "1 error lint.range");
    assert_eq!(alone(Kind::Play { say: vec![] }), ["1 error lint.says_nothing"]);
    assert_eq!(alone(Kind::If { test: Test::Caller { begins: vec![] } }), ["1 error lint.no_beginnings"]);
    let outside = Kind::Outside { to: Template(String::new()), ring: Millis(1000) };
    assert_eq!(alone(outside), ["1 error lint.no_destination", "1 error lint.range_seconds"]);
}
