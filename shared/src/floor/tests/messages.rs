//! Voicemail, an agent rung by a flow, the survey after the call, fax machines, who is on duty.

use super::flows::{digit, flow, heard, only, play, played, prompt, stage, with};
use super::stage::{QUEUE, Stage, agent, commands, phone};
use super::*;
use crate::duty::{OnDuty, Rota, Turn};
use crate::flow::model::{Flow, Kind, Mailbox, Question, Scale};
use crate::flow::{Exit, Phrase};
use crate::hours::{Minute, Weekday};
use crate::ids::{FlowId, RotaId};
use crate::setup::PublishedFlow;
use crate::wire::callbacks::Reason;
use crate::wire::control::RecordRule;
use crate::wire::messages::MailboxSetting;
use crate::wire::routing::Destination;

const BOX: Mailbox = Mailbox::Queue(QUEUE);

fn voicemail() -> Flow {
    let say = vec![Phrase::Prompt { name: "leave-message".into() }];
    let kind = Kind::Voicemail { mailbox: BOX, say, limit: Millis::from_secs(60) };
    flow(vec![
        (kind, vec![(Exit::Next, 2)]),
        (play("goodbye"), vec![(Exit::Next, 3)]),
        (Kind::HangUp { cause: Cause::Normal }, vec![]),
    ])
}

/// A caller speaks after the beep.
fn speaking() -> (Stage, RecordingId) {
    let mut stage = stage(voicemail());
    stage.ring(1);
    assert_eq!(heard(&stage), prompt("leave-message"));
    played(&mut stage);
    assert_eq!(heard(&stage), Some(Sound::Prompt(vec!["tones/beep".into()])));
    assert_eq!(stage.plan(only(&stage)).recording, None, "the beep is no part of it");
    played(&mut stage);
    let plan = stage.plan(only(&stage)).recording.clone().expect("it is recorded");
    assert_eq!((plan.left, plan.right, plan.quiet.is_some()), (vec![LegId::from_u128(1)], vec![], true));
    assert_eq!(heard(&stage), None);
    (stage, plan.recording)
}

fn closed(stage: &mut Stage, recording: RecordingId, seconds: i64) -> Vec<Output> {
    stage.edge(EdgeEvent::Recorded { recording, length: Millis::from_secs(seconds), fault: None })
}

fn messages(stage: &Stage) -> usize {
    stage.facts().iter().filter(|fact| matches!(fact, Fact::Message(_))).count()
}

#[test]
fn a_message_ends_by_a_key_and_the_flow_goes_on() {
    let (mut stage, recording) = speaking();
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), DigitUse::Plain);
    stage.pass(5);
    digit(&mut stage, '4');
    assert!(stage.plan(only(&stage)).recording.is_some(), "another key is no end");
    digit(&mut stage, '#');
    assert_eq!(heard(&stage), prompt("goodbye"));
    assert_eq!(stage.plan(only(&stage)).recording, None, "closed");
    closed(&mut stage, recording, 5);
    let left = stage.facts().into_iter().find_map(|fact| match fact {
        Fact::Message(message) => Some(message),
        _ => None,
    });
    let left = left.expect("a message");
    assert_eq!((left.id, left.mailbox, left.length), (recording, BOX, Millis::from_secs(5)));
    assert_eq!(left.number, Some(phone("13800138000")));
    played(&mut stage);
    stage.gone(1);
    let outcome = stage.facts().into_iter().find_map(|fact| match fact {
        Fact::Contact(record) => Some(record.outcome),
        _ => None,
    });
    assert_eq!(outcome, Some(Outcome::Message));
    assert!(stage.floor.messages.is_empty() && stage.floor.recordings.is_empty());
}

#[test]
fn a_message_ends_by_its_limit_by_silence_and_by_hanging_up() {
    let (mut stage, _) = speaking();
    stage.pass(59);
    assert!(stage.plan(only(&stage)).recording.is_some());
    stage.pass(2);
    assert_eq!(heard(&stage), prompt("goodbye"), "limit");

    let (mut stage, recording) = speaking();
    stage.pass(20);
    stage.edge(EdgeEvent::Quiet { recording, spoken: true });
    assert_eq!(heard(&stage), prompt("goodbye"), "silence");
    closed(&mut stage, recording, 20);
    assert_eq!(messages(&stage), 1);

    let (mut stage, recording) = speaking();
    stage.pass(10);
    stage.gone(1);
    closed(&mut stage, recording, 10);
    assert_eq!(messages(&stage), 1, "hung up");
}

#[test]
fn what_nobody_said_anything_in_is_thrown_away() {
    let (mut stage, recording) = speaking();
    stage.pass(1);
    stage.gone(1);
    assert!(closed(&mut stage, recording, 1).contains(&Output::Discard(recording)), "too short");

    let (mut stage, recording) = speaking();
    stage.pass(8);
    stage.edge(EdgeEvent::Quiet { recording, spoken: false });
    assert!(closed(&mut stage, recording, 8).contains(&Output::Discard(recording)), "silence");
    assert_eq!(messages(&stage), 0);
    assert!(!stage.facts().iter().any(|fact| matches!(fact, Fact::Recording(_))));
}

#[test]
fn a_message_outlives_its_floor_and_its_edge() {
    let (mut stage, recording) = speaking();
    stage.pass(10);
    let text = serde_json::to_string(&stage.floor).unwrap();
    stage.floor = serde_json::from_str(&text).unwrap();
    stage.edge(EdgeEvent::Living { answers: 0, legs: vec![], rooms: vec![], recordings: vec![] });
    assert_eq!(messages(&stage), 1, "{recording} ended with its edge, and what was said is there");
}

fn to_agent(n: u128) -> Flow {
    let kind = Kind::Agent { user: agent(n), ring: Millis::from_secs(15) };
    flow(vec![
        (kind, vec![(Exit::Otherwise, 2)]),
        (play("not-available"), vec![(Exit::Next, 3)]),
        (Kind::HangUp { cause: Cause::Normal }, vec![]),
    ])
}

#[test]
fn a_flow_rings_an_agent_who_answers() {
    let mut stage = stage(to_agent(1));
    stage.sit(1);
    let said = stage.ring(1);
    assert!(commands(&said).iter().any(|command| matches!(command, EdgeCommand::Ring { .. })), "{said:?}");
    let card = stage.desk(1).offer.expect("it rings");
    assert!(card.direct && card.party.number == Some(phone("13800138000")));
    let contact = stage.accept(1);
    assert_eq!(stage.state(1), AgentState::Talking);
    assert!(stage.plan(contact).recording.is_some());
    stage.command(1, DeskCommand::HangUp { contact });
    assert_eq!(stage.state(1), AgentState::WrapUp);
    stage.gone(1);
    let record = stage.facts().into_iter().find_map(|fact| match fact {
        Fact::Contact(record) => Some((record.outcome, record.agent, record.queue)),
        _ => None,
    });
    assert_eq!(record, Some((Outcome::Answered, Some(agent(1)), None)));
}

#[test]
fn an_agent_who_does_not_answer_is_not_there_or_goes_takes_the_way_out() {
    let mut stage = super::flows::stage(to_agent(1));
    stage.ring(1);
    assert_eq!(heard(&stage), prompt("not-available"), "nobody sits there");

    let mut stage = super::flows::stage(to_agent(1));
    stage.sit(1);
    stage.ring(1);
    stage.pass(16);
    assert_eq!(heard(&stage), prompt("not-available"), "it rang out");
    assert_eq!(stage.state(1), AgentState::Missed);

    let mut stage = super::flows::stage(to_agent(1));
    stage.sit(1);
    stage.ring(1);
    stage.input(Input::Revoked(agent(1)));
    assert_eq!(heard(&stage), prompt("not-available"), "may no longer sign in");

    let mut stage = super::flows::stage(to_agent(1));
    stage.sit(1);
    stage.ring(1);
    stage.gone(1);
    assert_eq!(stage.state(1), AgentState::Ready, "the caller gave up");
    assert!(stage.floor.calls.is_empty());
}

const SURVEY: FlowId = FlowId::from_u128(78);

fn surveyed() -> (Stage, ContactId) {
    let question = |name: &str, scale| Question { say: vec![Phrase::Prompt { name: name.into() }], scale };
    let kind = Kind::Survey { questions: vec![question("rate", Scale::Score), question("solved", Scale::Solved)] };
    let asks = flow(vec![(kind, vec![(Exit::Next, 2)]), (Kind::HangUp { cause: Cause::Normal }, vec![])]);
    let mut setup = super::stage::setup(1);
    setup.queues[0].routing.survey = Some(SURVEY);
    setup.flows = vec![PublishedFlow { id: SURVEY, version: 1, name: "Survey".into(), flow: asks }];
    let mut stage = Stage::new(1);
    stage.input(Input::Setup(Box::new(setup)));
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    stage.pass(30);
    (stage, contact)
}

#[test]
fn the_customer_is_asked_while_the_agent_wraps_up() {
    let (mut stage, contact) = surveyed();
    stage.command(1, DeskCommand::HangUp { contact });
    assert_eq!(stage.state(1), AgentState::WrapUp);
    assert_eq!((heard(&stage), stage.plan(contact).recording.clone()), (prompt("rate"), None));
    let form = WrapUpForm { notes: "A new tap".into(), ..WrapUpForm::default() };
    stage.command(1, DeskCommand::FinishWrapUp { contact, form });
    assert_eq!(stage.state(1), AgentState::Ready);
    digit(&mut stage, '5');
    assert_eq!(heard(&stage), prompt("solved"));
    let said = {
        digit(&mut stage, '1');
        stage.said.clone()
    };
    assert!(commands(&said).iter().any(|command| matches!(command, EdgeCommand::End { .. })));
    stage.pass(20);
    stage.gone(1);
    let facts = stage.facts();
    let scores: Vec<_> =
        facts.iter().filter_map(|fact| if let Fact::Survey(it) = fact { Some(it.score) } else { None }).collect();
    assert_eq!(scores, [5, 1]);
    let record =
        facts.iter().rev().find_map(|fact| if let Fact::Contact(it) = fact { Some(it) } else { None }).unwrap();
    assert_eq!(
        (record.outcome, record.agent, record.talked),
        (Outcome::Answered, Some(agent(1)), Millis::from_secs(30))
    );
    assert_eq!((record.form.solved, record.form.notes.as_str()), (Some(true), "A new tap"));
    assert!(stage.floor.calls.is_empty(), "nothing is left of it");
}

#[test]
fn who_hangs_up_is_not_asked_and_a_survey_can_be_left() {
    let (mut stage, contact) = surveyed();
    stage.gone(1);
    assert_eq!(stage.state(1), AgentState::WrapUp);
    assert!(!stage.floor.plans.contains_key(&contact));

    let (mut stage, contact) = surveyed();
    stage.command(1, DeskCommand::HangUp { contact });
    stage.gone(1);
    assert_eq!(stage.state(1), AgentState::WrapUp, "the agent's wrap-up is not cut short");
    stage.pass(31);
    assert_eq!(stage.state(1), AgentState::Ready);
    assert!(stage.floor.calls.is_empty());
}

#[test]
fn fax_machines_go_where_the_number_says_or_are_hung_up_on() {
    let fax = || EdgeEvent::Fax { leg: LegId::from_u128(1) };
    let outcome = |stage: &Stage| {
        stage.facts().into_iter().find_map(|fact| if let Fact::Contact(it) = fact { Some(it.outcome) } else { None })
    };
    let mut stage = stage(voicemail());
    stage.ring(1);
    let said = stage.edge(fax());
    assert!(commands(&said).iter().any(|command| matches!(command, EdgeCommand::End { .. })));
    stage.gone(1);
    assert_eq!(outcome(&stage), Some(Outcome::Fax));

    let mut setup = with(voicemail(), 1);
    setup.numbers[0].fax = Some(Destination::Outside(phone("13900000000")));
    let mut stage = Stage::new(1);
    stage.input(Input::Setup(Box::new(setup)));
    stage.ring(1);
    let said = stage.edge(fax());
    let dialled = commands(&said).into_iter().find_map(|command| match command {
        EdgeCommand::Dial { to, leg, .. } => Some((to.clone(), *leg)),
        _ => None,
    });
    let (to, far) = dialled.expect("the machine's own number is called");
    assert_eq!(to, phone("13900000000"));
    stage.edge(EdgeEvent::Answered { leg: far });
    assert_eq!(stage.edge(fax()), [], "once");

    let (mut stage, _) = surveyed();
    assert_eq!(stage.edge(fax()), [], "somebody talks: it is none");
}

fn on_duty(numbers: &[&str]) -> Stage {
    let kind = Kind::Duty { rota: RotaId::from_u128(5), ring: Millis::from_secs(20) };
    let calls = flow(vec![
        (kind, vec![(Exit::Otherwise, 2)]),
        (play("not-available"), vec![(Exit::Next, 3)]),
        (Kind::HangUp { cause: Cause::Normal }, vec![]),
    ]);
    let mut setup = with(calls, 1);
    setup.outbound = OutboundLimits { at_once: 10, per_day: 10, ..OutboundLimits::default() };
    let minute = |text| Minute::parse(text).unwrap();
    setup.rotas = vec![Rota {
        id: RotaId::from_u128(5),
        name: "Night".into(),
        zone: "UTC".into(),
        turns: vec![Turn {
            weekdays: Weekday::ALL.to_vec(),
            from: minute("00:00"),
            to: minute("24:00"),
            people: numbers.iter().map(|number| OnDuty { name: "Ann".into(), number: phone(number) }).collect(),
        }],
        days: vec![],
    }];
    let mut stage = Stage::new(1);
    stage.input(Input::Setup(Box::new(setup)));
    stage
}

fn dialled(said: &[Output]) -> Vec<(PhoneNumber, LegId)> {
    let dial = |command: &EdgeCommand| match command {
        EdgeCommand::Dial { to, leg, .. } => Some((to.clone(), *leg)),
        _ => None,
    };
    commands(said).into_iter().filter_map(dial).collect()
}

fn gone(leg: LegId, cause: Cause) -> EdgeEvent {
    EdgeEvent::Ended { leg, cause, quality: Quality::default() }
}

#[test]
fn who_is_on_duty_takes_the_call_by_a_key_and_the_next_one_is_rung_meanwhile() {
    let mut stage = on_duty(&["13900000001", "99", "13900000002", "13900000003"]);
    let said = stage.ring(1);
    let [(to, first)] = dialled(&said).try_into().expect("one at a time");
    assert_eq!(to, phone("13900000001"));
    let said = stage.edge(gone(first, Cause::NoAnswer));
    let [(to, second)] = dialled(&said).try_into().expect("the next, but for whom no trunk may call");
    assert_eq!(to, phone("13900000002"));
    stage.edge(EdgeEvent::Answered { leg: second });
    let near = LegId::from_u128(1);
    let contact = only(&stage);
    let plan = stage.plan(contact).clone();
    let confirm = plan.sources.iter().find(|source| source.sound == Sound::Music("en/duty-confirm".into())).unwrap();
    let hears = |leg| plan.listeners.iter().find(|one| one.leg == leg).unwrap().hears.clone();
    assert_eq!(hears(second), [Voice::Source(confirm.id)], "not the customer, before the key");
    assert_eq!(heard(&stage), Some(Sound::Ringback), "who goes on hearing it ring");
    assert_eq!(stage.floor.digit_use(second), DigitUse::Plain);
    stage.edge(EdgeEvent::Digit { leg: second, digit: '2' });
    assert_eq!(stage.plan(contact).listeners, plan.listeners, "another key");
    // A mailbox presses nothing.
    let said = stage.pass(21);
    assert!(commands(&said).iter().any(|command| matches!(command, EdgeCommand::End { leg, .. } if *leg == second)));
    let [(to, third)] = dialled(&said).try_into().expect("the third");
    assert_eq!(to, phone("13900000003"));
    stage.edge(gone(second, Cause::NoAnswer));
    assert!(!stage.plan(contact).listeners.iter().any(|one| one.leg == second));
    stage.edge(EdgeEvent::Answered { leg: third });
    stage.edge(EdgeEvent::Digit { leg: third, digit: '1' });
    let hears: Vec<_> = stage.plan(contact).listeners.iter().map(|one| (one.leg, one.hears.clone())).collect();
    assert_eq!(hears, [(near, vec![Voice::Leg(third)]), (third, vec![Voice::Leg(near)])]);
    let recording = stage.plan(contact).recording.clone().expect("recorded as what we dial is");
    assert_eq!((recording.left, recording.right), (vec![near], vec![third]));
    assert!(stage.pass(60).iter().all(|output| !matches!(output, Output::Edge(_))), "and they stay together");
    stage.gone(1);
    stage.edge(gone(third, Cause::Normal));
    assert!(stage.floor.calls.is_empty() && stage.floor.legs.is_empty());
    let tasks: Vec<_> = stage.floor.callbacks.open().map(|it| (it.reason, it.number.clone())).collect();
    assert_eq!(tasks, [(Reason::Duty, Some(phone("13800138000")))], "the task stays all the same");
}

#[test]
fn what_is_said_on_duty_is_kept_only_where_the_rules_say_so() {
    for rule in [RecordRule::Never, RecordRule::OnDemand] {
        let mut stage = on_duty(&["13900000001"]);
        stage.floor.setup.outbound.recording = rule;
        let said = stage.ring(1);
        let (_, leg) = dialled(&said)[0];
        stage.edge(EdgeEvent::Answered { leg });
        stage.edge(EdgeEvent::Digit { leg, digit: '1' });
        assert_eq!(stage.plan(only(&stage)).recording, None, "{rule:?}");
    }
}

#[test]
fn nobody_on_duty_goes_on_by_the_way_out_and_whoever_hangs_up_rings_nobody() {
    for numbers in [&[][..], &["99"]] {
        let mut stage = on_duty(numbers);
        stage.ring(1);
        assert_eq!(heard(&stage), prompt("not-available"));
        assert_eq!(stage.floor.callbacks.open().count(), 1);
    }
    let mut stage = on_duty(&["13900000001", "13900000002"]);
    let said = stage.ring(1);
    let (_, first) = dialled(&said)[0];
    let said = stage.gone(1);
    assert!(commands(&said).iter().any(|command| matches!(command, EdgeCommand::End { leg, .. } if *leg == first)));
    assert_eq!(dialled(&stage.edge(gone(first, Cause::Cancelled))), []);
    assert!(stage.floor.calls.is_empty());
}

#[test]
fn who_may_hear_a_box_is_told_that_it_changed() {
    let told = |said: &[Output]| {
        let one = |output: &Output| match output {
            Output::Desk { socket, message } if **message == ToDesk::Messages => Some(socket.0),
            _ => None,
        };
        said.iter().filter_map(one).collect::<Vec<_>>()
    };
    let mut stage = Stage::new(2);
    let mut setup = super::stage::setup(3);
    setup.users[1].queues = vec![];
    setup.users[2].roles = vec![Role::Supervisor];
    setup.users[2].queues = vec![];
    stage.input(Input::Setup(Box::new(setup)));
    (1..=2).for_each(|n| stage.sit(n));
    assert_eq!(told(&stage.input(Input::Messages(BOX))), [1], "who serves the queue");
    assert_eq!(told(&stage.input(Input::Messages(Mailbox::Agent(agent(2))))), [2], "whose it is");
    let tab = Uuid::from_u128(3);
    stage.input(Input::DeskOpened { user: agent(3), socket: SocketId(3), tab, take_over: false });
    assert_eq!(told(&stage.input(Input::Messages(BOX))), [1, 3], "and who may hear all");
}

#[test]
fn a_mailbox_greets_in_its_own_words_where_it_has_them() {
    let own = |name: &str, sounds: &[&str]| {
        let mut setup = with(voicemail(), 1);
        setup.sounds = sounds.iter().map(|name| (*name).to_owned()).collect();
        setup.mailboxes = vec![MailboxSetting {
            id: BOX.id(),
            mailbox: BOX,
            address: String::new(),
            language: Language::Zh,
            greeting: Some(name.into()),
        }];
        setup
    };
    for (name, sounds, heard_then) in [
        ("repairs-box", &["en/repairs-box", "en/leave-message"][..], "repairs-box"),
        ("repairs-box", &["zh/repairs-box", "en/leave-message"][..], "leave-message"),
    ] {
        let mut stage = stage(voicemail());
        stage.input(Input::Setup(Box::new(own(name, sounds))));
        stage.ring(1);
        assert_eq!(heard(&stage), prompt(heard_then));
        played(&mut stage);
        assert_eq!(heard(&stage), Some(Sound::Prompt(vec!["tones/beep".into()])));
    }
}
