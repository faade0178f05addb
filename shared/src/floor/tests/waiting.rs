//! Hours, overflow and keys: where contacts are led, and that every chain ends.

use super::stage::{HOTLINE, QUEUE, Stage, agent, commands, phone, setup};
use super::*;
use crate::flow::model::{Flow, Kind, Mailbox, Node, Place};
use crate::flow::{Exit, Key, Phrase};
use crate::hours::{Calendar, Date, DayState, Interval, Minute, SpecialDay, SpecialKind};
use crate::ids::{CalendarId, FlowId};
use crate::setup::PublishedFlow;
use crate::time::Millis;
use crate::wire::routing::Destination;
use crate::wire::waiting::{HopReason, Overflow, QueueHours, WaitKey, When};

const HOURS: CalendarId = CalendarId::from_u128(5);
const NIGHT: FlowId = FlowId::from_u128(50);

pub(super) fn second(n: u128) -> QueueId {
    QueueId::from_u128(n)
}

pub(super) fn waited(seconds: i64, to: Destination) -> Overflow {
    Overflow { when: When::Waited { after: Millis::from_secs(seconds) }, to }
}

/// One agent in the first queue, none in the others, which are like it.
pub(super) fn chain(change: impl FnOnce(&mut TenantSetup)) -> Stage {
    let mut stage = Stage::new(1);
    let mut setup = setup(1);
    for n in [12, 13] {
        let greeting = Some(format!("en/greeting-{n}"));
        let queue = Queue { id: second(n), name: format!("Queue {n}"), greeting, ..setup.queues[0].clone() };
        setup.queues.push(queue);
    }
    change(&mut setup);
    stage.input(Input::Setup(Box::new(setup)));
    stage
}

/// Open from `from` to `to` every day, UTC; the stage begins at 00:16:40.
pub(super) fn calendar(from: &str, to: &str) -> Calendar {
    let minute = |text| Minute::parse(text).unwrap();
    let open = vec![Interval { from: minute(from), to: minute(to) }];
    Calendar {
        id: HOURS,
        name: "Office".into(),
        zone: "UTC".into(),
        week: std::array::from_fn(|_| open.clone()),
        days: vec![],
        emergency: false,
    }
}

pub(super) fn hours(to: Destination) -> QueueHours {
    QueueHours {
        calendar: HOURS,
        closed: to,
        holiday: Destination::Voicemail(Mailbox::Queue(QUEUE)),
        emergency: Destination::HangUp,
    }
}

fn says(name: &str) -> Flow {
    let node = |kind, exits: &[(Exit, u16)]| Node {
        name: String::new(),
        at: Place::default(),
        kind,
        exits: exits.iter().copied().collect(),
    };
    let play = Kind::Play { say: vec![Phrase::Prompt { name: name.into() }] };
    let back = Kind::Queue { queue: QUEUE, priority: 0 };
    let nodes = [(1, node(play, &[(Exit::Next, 2)])), (2, node(back, &[]))];
    Flow { start: 1, language: Language::En, nodes: nodes.into() }
}

pub(super) fn only(stage: &Stage) -> ContactId {
    *stage.floor.calls.keys().next().expect("a call lives")
}

fn queue_of(stage: &Stage) -> Option<QueueId> {
    match stage.floor.calls[&only(stage)].phase {
        Phase::Queued { queue, .. } => Some(queue),
        _ => None,
    }
}

pub(super) fn heard(stage: &Stage, contact: ContactId) -> String {
    match stage.plan(contact).sources.first().map(|source| &source.sound) {
        Some(Sound::Prompt(pieces)) => pieces.join(" "),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

pub(super) fn played(stage: &mut Stage, contact: ContactId) {
    let plan = stage.plan(contact).clone();
    stage.edge(EdgeEvent::SourceEnded { room: plan.room, source: plan.sources[0].id });
}

pub(super) fn press(stage: &mut Stage, n: u128, digit: char) -> Vec<Output> {
    stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(n), digit })
}

fn hops(stage: &Stage) -> Vec<HopReason> {
    stage.floor.calls[&only(stage)].hops.iter().map(|hop| hop.why).collect()
}

#[test]
fn a_chain_of_queues_ends_where_it_has_no_new_queue() {
    let mut stage = chain(|setup| {
        setup.queues[0].waiting.overflow = vec![waited(20, Destination::Queue(second(12)))];
        setup.queues[1].waiting.overflow = vec![waited(20, Destination::Queue(second(13)))];
        setup.queues[2].waiting.overflow =
            vec![waited(20, Destination::Queue(QUEUE)), waited(30, Destination::Queue(second(12)))];
    });
    stage.ring(1);
    let contact = only(&stage);
    let came = stage.now;
    stage.pass(19);
    assert_eq!(queue_of(&stage), Some(QUEUE));
    stage.pass(2);
    assert_eq!(queue_of(&stage), Some(second(12)));
    assert_eq!(heard(&stage, contact), "en/greeting-12", "each queue greets");
    stage.pass(20);
    assert_eq!(queue_of(&stage), Some(second(13)));
    stage.pass(600);
    assert_eq!(queue_of(&stage), Some(second(13)), "the end of the chain");
    assert_eq!(hops(&stage).len(), 2);
    assert_eq!(stage.floor.calls[&contact].queued, Some(came), "it has waited since the first queue");
    stage.gone(1);
    let record = stage.facts().into_iter().find_map(|fact| match fact {
        Fact::Contact(record) => Some(record),
        _ => None,
    });
    assert_eq!(record.map(|record| (record.outcome, record.hops.len())), Some((Outcome::Abandoned, 2)));
}

#[test]
fn who_was_led_on_keeps_the_place_of_their_arrival() {
    let mut stage = chain(|setup| {
        setup.queues[0].waiting.overflow = vec![waited(20, Destination::Queue(second(12)))];
        setup.users[0].queues = vec![second(12)];
        let direct = Number { number: phone("95599"), id: NumberId::from_u128(4), ..setup.numbers[0].clone() };
        setup.numbers.push(Number { entry: Entry::Queue(second(12)), ..direct });
    });
    stage.ring(1);
    let first = only(&stage);
    stage.pass(10);
    let from = Some(phone("13900139000"));
    let to = phone("95599");
    stage.edge(EdgeEvent::Incoming { leg: LegId::from_u128(2), trunk: stage::TRUNK, to, from, name: None });
    stage.pass(11);
    assert_eq!(stage.floor.acd.position(first), Some(1), "they came before the other");
    stage.sit(1);
    assert_eq!(stage.desk(1).offer.unwrap().contact, first);
}

#[test]
fn a_rule_waits_until_the_ringing_is_over() {
    let mut stage = chain(|setup| {
        setup.queues[0].waiting.overflow = vec![waited(10, Destination::Queue(second(12)))];
    });
    stage.sit(1);
    stage.ring(1);
    stage.pass(19);
    assert_eq!(queue_of(&stage), Some(QUEUE), "it rings");
    stage.pass(2);
    assert_eq!((stage.state(1), queue_of(&stage)), (AgentState::Missed, Some(second(12))));
}

#[test]
fn length_estimate_and_staff_are_asked_at_the_door() {
    let rule = |when| {
        move |setup: &mut TenantSetup| {
            setup.queues[0].waiting.overflow = vec![Overflow { when, to: Destination::Queue(second(12)) }];
        }
    };
    let mut stage = chain(rule(When::Length { at_least: 1 }));
    stage.ring(1);
    assert_eq!(queue_of(&stage), Some(QUEUE), "nobody waited");
    stage.ring(2);
    assert_eq!((stage.floor.waiting(QUEUE), stage.floor.waiting(second(12))), (1, 1));

    let mut stage = chain(rule(When::Estimate { at_least: Millis::from_secs(60) }));
    stage.ring(1);
    assert_eq!(queue_of(&stage), Some(QUEUE), "nothing is known of the wait");
    stage.gone(1);
    stage.sit(1);
    stage.ring(2);
    stage.accept(1);
    stage.pass(100);
    stage.gone(2);
    stage.pass(31);
    stage.ring(3);
    stage.accept(1);
    stage.ring(4);
    assert_eq!(stage.floor.waiting(second(12)), 1, "a hundred seconds are to be expected");

    let mut stage = chain(rule(When::Unstaffed));
    stage.ring(1);
    assert_eq!(queue_of(&stage), Some(second(12)));
    stage.gone(1);
    stage.sit(1);
    stage.ring(2);
    stage.accept(1);
    stage.ring(3);
    assert_eq!(stage.floor.waiting(QUEUE), 1, "somebody is there, if busy");
    stage.command(1, DeskCommand::HangUp { contact: stage.desk(1).contact.unwrap().contact });
    let tired = SocketId(1);
    stage.input(Input::Revoked(agent(1)));
    assert!(!stage.floor.desks.contains_key(&tired));
    stage.pass(31);
    assert_eq!((stage.floor.waiting(QUEUE), stage.floor.waiting(second(12))), (0, 1), "the last one has gone");
}

#[test]
fn closed_hours_lead_elsewhere_and_who_waits_already_stays() {
    let closed_to = |to: Destination, calendar: Calendar| {
        move |setup: &mut TenantSetup| {
            setup.queues[0].waiting.hours = Some(hours(to));
            setup.calendars = vec![calendar];
            setup.flows = vec![PublishedFlow { id: NIGHT, version: 1, name: "Night".into(), flow: says("closed") }];
        }
    };
    let mut stage = chain(closed_to(Destination::Queue(second(12)), calendar("00:00", "00:17")));
    stage.ring(1);
    assert_eq!(queue_of(&stage), Some(QUEUE), "open until seventeen past");
    stage.pass(60);
    assert_eq!(queue_of(&stage), Some(QUEUE), "who waits stays");
    stage.ring(2);
    assert_eq!((stage.floor.waiting(QUEUE), stage.floor.waiting(second(12))), (1, 1));

    // The night's flow leads back here: then the call ends, instead of going round.
    let mut stage = chain(closed_to(Destination::Flow(NIGHT), calendar("08:00", "18:00")));
    stage.ring(1);
    let contact = only(&stage);
    assert_eq!(heard(&stage, contact), "en/closed");
    played(&mut stage, contact);
    assert!(stage.floor.calls[&contact].is_over());

    let holiday =
        SpecialDay { date: Date::parse("1970-01-01").unwrap(), name: "New Year".into(), kind: SpecialKind::Holiday };
    let off = Calendar { days: vec![holiday], ..calendar("00:00", "24:00") };
    let mut stage = chain(closed_to(Destination::HangUp, off));
    stage.ring(1);
    assert_eq!(hops(&stage), [HopReason::Holiday]);

    let emergency = Calendar { emergency: true, ..calendar("00:00", "24:00") };
    let mut stage = chain(closed_to(Destination::Queue(second(12)), emergency));
    assert_eq!(stage.floor.setup.hours(stage.now, HOURS), Some(DayState::Emergency));
    let said = stage.ring(1);
    assert!(commands(&said).iter().any(|it| matches!(it, EdgeCommand::End { cause: Cause::Ended, .. })), "{said:?}");
}

#[test]
fn two_closed_queues_do_not_pass_a_caller_to_and_fro() {
    let mut stage = chain(|setup| {
        setup.queues[0].waiting.hours = Some(hours(Destination::Queue(second(12))));
        setup.queues[1].waiting.hours = Some(hours(Destination::Queue(QUEUE)));
        setup.calendars = vec![calendar("08:00", "18:00")];
    });
    stage.ring(1);
    assert!(stage.floor.calls[&only(&stage)].is_over());
}

#[test]
fn a_key_leads_a_waiting_caller_elsewhere() {
    let key = |place: usize, to| WaitKey { key: Key::ALL[place], to, say: None };
    let mut stage = chain(|setup| {
        setup.queues[0].waiting.keys =
            vec![key(0, Destination::Queue(second(12))), key(1, Destination::Callback(QUEUE))];
    });
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), DigitUse::Unused);
    let withheld = EdgeEvent::Incoming {
        leg: LegId::from_u128(9),
        trunk: stage::TRUNK,
        to: phone(HOTLINE),
        from: None,
        name: None,
    };
    stage.edge(withheld);
    assert_eq!(heard(&stage, only(&stage)), "en/queue-greeting en/press-elsewhere en/1", "nobody can call them back");
    stage.gone(9);
    stage.ring(1);
    let contact = only(&stage);
    assert_eq!(heard(&stage, contact), "en/queue-greeting en/press-elsewhere en/1 en/press-callback en/2");
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), DigitUse::Plain);
    press(&mut stage, 1, '7');
    assert_eq!(queue_of(&stage), Some(QUEUE));
    press(&mut stage, 1, '1');
    assert_eq!((queue_of(&stage), heard(&stage, contact)), (Some(second(12)), "en/greeting-12".into()));
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), DigitUse::Unused, "this queue has no keys");
}

#[test]
fn whoever_lost_their_agent_goes_back_to_the_line_whatever_the_hours() {
    let mut stage = chain(|setup| {
        setup.queues[0].waiting.hours = Some(hours(Destination::HangUp));
        setup.calendars = vec![calendar("00:00", "00:17")];
    });
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    stage.input(Input::DeskClosed { socket: SocketId(1) });
    let leg = stage.floor.agents[&agent(1)].leg.unwrap();
    stage.edge(EdgeEvent::Media { leg, flowing: false });
    stage.pass(40);
    let call = &stage.floor.calls[&contact];
    assert!(matches!(call.phase, Phase::Queued { queue: QUEUE, .. }), "{:?}", call.phase);
}
