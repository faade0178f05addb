//! Callbacks on the floor: the place is kept, who is called first, what follows when nobody is reached.

use super::stage::{QUEUE, Stage, agent, commands, phone, refused};
use super::waiting::{calendar, chain, heard, hours, only, played, press};
use super::*;
use crate::flow::Key;
use crate::ids::CallbackId;
use crate::time::Millis;
use crate::wire::callbacks::{Callback, CallbackRules, End, First, Reason, Stage as At};
use crate::wire::routing::Destination;
use crate::wire::waiting::WaitKey;

fn callers_may_ask(rules: CallbackRules) -> impl FnOnce(&mut TenantSetup) {
    move |setup| {
        setup.queues[0].waiting.keys = vec![WaitKey { key: Key::ALL[0], to: Destination::Callback(QUEUE), say: None }];
        setup.queues[0].waiting.callback = rules;
        setup.queues[0].announce_every = None;
    }
}

/// A caller presses the key, is told, and is gone.
fn ask(stage: &mut Stage) -> CallbackId {
    stage.ring(1);
    let contact = only(stage);
    press(stage, 1, '1');
    assert_eq!(heard(stage, contact), "en/callback-booked");
    played(stage, contact);
    stage.gone(1);
    assert!(!stage.floor.calls.contains_key(&contact));
    stage.pass(1);
    stage.floor.callbacks.open().next().expect("it is booked").id
}

fn told(stage: &Stage) -> Callback {
    let told = |fact: &Fact| match fact {
        Fact::Callback(callback) => Some(Callback::clone(callback)),
        _ => None,
    };
    stage.facts().iter().rev().find_map(told).expect("the store was told")
}

fn dialled(said: &[Output]) -> Option<(LegId, PhoneNumber)> {
    commands(said).into_iter().find_map(|command| match command {
        EdgeCommand::Dial { leg, to, .. } => Some((*leg, to.clone())),
        _ => None,
    })
}

fn ends(stage: &mut Stage, leg: LegId, cause: Cause) -> Vec<Output> {
    stage.edge(EdgeEvent::Ended { leg, cause, quality: Quality::default() })
}

fn accept(stage: &mut Stage, n: u128) -> Vec<Output> {
    let offer = stage.desk(n).offer.expect("an offer rings").offer;
    stage.command(n, DeskCommand::Accept { offer })
}

#[test]
fn who_asked_is_called_before_those_who_came_later() {
    let mut stage = chain(callers_may_ask(CallbackRules::default()));
    let id = ask(&mut stage);
    let outcomes: Vec<Outcome> = stage
        .facts()
        .iter()
        .filter_map(|fact| match fact {
            Fact::Contact(record) => Some(record.outcome),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes, [Outcome::Callback], "they neither gave up nor were answered");
    assert_eq!(stage.floor.live_calls(), 0, "a place is no call that a server would wait for");
    stage.ring(2);
    let later = stage.floor.calls.values().find(|call| !call.is_only_a_place()).unwrap().id;
    assert_eq!(stage.floor.acd.position(later), Some(2));
    stage.sit(1);
    let card = stage.desk(1).offer.unwrap();
    assert_eq!(card.party.number, Some(phone("13800138000")));
    let why = card.callback.expect("it says that it is a callback");
    assert_eq!((why.id, why.reason, why.tries, why.agent_first), (id, Reason::Asked, 0, true));
    let said = accept(&mut stage, 1);
    let (leg, number) = dialled(&said).expect("the customer is dialled only now");
    assert_eq!((number, stage.state(1)), (phone("13800138000"), AgentState::Dialling));
    assert_eq!(stage.floor.live_calls(), 2);
    stage.edge(EdgeEvent::Answered { leg });
    let contact = stage.desk(1).contact.unwrap();
    assert_eq!((stage.state(1), contact.callback.map(|it| it.id)), (AgentState::Talking, Some(id)));
    let ears: Vec<LegId> = stage.plan(contact.contact).listeners.iter().map(|listener| listener.leg).collect();
    assert!(ears.contains(&leg) && ears.len() == 2, "both hear each other: {ears:?}");
    ends(&mut stage, leg, Cause::Normal);
    let last = told(&stage);
    assert!(matches!(last.stage, At::Over { end: End::Reached, .. }), "{last:?}");
    assert_eq!((last.tries.len(), last.tries[0].agent, last.tries[0].reached), (1, Some(agent(1)), Some(true)));
    assert_eq!(stage.floor.callbacks.open().count(), 0);
}

#[test]
fn nobody_reached_is_said_to_the_agent_and_tried_again() {
    let rules = CallbackRules { tries: 2, interval: Millis::from_secs(120), ..CallbackRules::default() };
    let mut stage = chain(callers_may_ask(rules));
    ask(&mut stage);
    stage.sit(1);
    let (leg, _) = dialled(&accept(&mut stage, 1)).unwrap();
    stage.edge(EdgeEvent::Ringing { leg, early_media: false });
    ends(&mut stage, leg, Cause::Busy);
    let ContactPhase::WrapUp { until, cause } = stage.desk(1).contact.unwrap().phase else { panic!("no wrap-up") };
    assert_eq!((cause, until.since(stage.now)), (Cause::Busy, Millis::from_secs(8)), "as long as it takes to read");
    stage.pass(119);
    assert_eq!((stage.state(1), stage.desk(1).offer), (AgentState::Ready, None));
    stage.pass(2);
    assert_eq!(stage.desk(1).offer.unwrap().callback.unwrap().tries, 1);
    let (leg, _) = dialled(&accept(&mut stage, 1)).unwrap();
    ends(&mut stage, leg, Cause::NoAnswer);
    let last = told(&stage);
    assert!(matches!(last.stage, At::Over { end: End::Unreached, .. }), "{last:?}");
    let causes: Vec<_> = last.tries.iter().map(|tried| tried.cause).collect();
    assert_eq!(causes, [Some(Cause::Busy), Some(Cause::NoAnswer)]);
    stage.pass(1000);
    assert_eq!(stage.desk(1).offer, None, "as often as the queue says, and no more");
}

#[test]
fn the_customer_first_is_dialled_in_turn_and_gets_the_head_of_the_line() {
    let rules = CallbackRules { first: First::Customer, ..CallbackRules::default() };
    let mut stage = chain(callers_may_ask(rules));
    stage.ring(5);
    stage.pass(1);
    stage.ring(1);
    press(&mut stage, 1, '1');
    let asker = *stage.floor.calls.keys().last().unwrap();
    played(&mut stage, asker);
    stage.gone(1);
    stage.pass(1);
    stage.ring(2);
    let said = stage.pass(60);
    assert_eq!(dialled(&said), None, "nobody is there");
    stage.sit(1);
    assert!(dialled(&stage.said).is_none_or(|_| stage.desk(1).offer.is_some()));
    let before = stage.accept(1);
    assert_eq!(stage.floor.calls[&before].customer.leg, LegId::from_u128(5), "who came before is served before");
    let (leg, number) = dialled(&stage.said).expect("their turn is next");
    assert_eq!(number, phone("13800138000"));
    stage.edge(EdgeEvent::Ringing { leg, early_media: false });
    stage.edge(EdgeEvent::Answered { leg });
    let called = stage.floor.calls.values().find(|call| call.customer.leg == leg).unwrap().id;
    assert_eq!(heard(&stage, called), "en/your-callback");
    assert_eq!(stage.floor.acd.position(called), Some(1), "the head of the line");
    stage.gone(5);
    stage.pass(31);
    let card = stage.desk(1).offer.unwrap();
    assert_eq!((card.contact, card.callback.map(|it| it.agent_first)), (called, Some(false)));
    accept(&mut stage, 1);
    ends(&mut stage, leg, Cause::Normal);
    assert!(matches!(told(&stage).stage, At::Over { end: End::Reached, .. }));
}

#[test]
fn nobody_is_called_while_the_queue_is_closed() {
    let rules = CallbackRules::default();
    let mut stage = chain(|setup| {
        callers_may_ask(rules)(setup);
        setup.queues[0].waiting.hours = Some(hours(Destination::HangUp));
        setup.calendars = vec![calendar("00:00", "00:20")];
    });
    ask(&mut stage);
    assert_eq!(stage.floor.waiting(QUEUE), 1, "it stands in the line");
    stage.pass(240);
    assert_eq!((stage.floor.waiting(QUEUE), stage.floor.calls.len()), (0, 0), "and leaves it as the queue closes");
    let put_off = told(&stage);
    assert_eq!((put_off.stage, put_off.due), (At::Waiting, Timestamp(24 * 3_600_000)), "until tomorrow");
    stage.sit(1);
    assert_eq!(stage.desk(1).offer, None);
    let said = stage.command(1, DeskCommand::CallBack { callback: put_off.id });
    assert_eq!(refused(&said).as_deref(), Some("callback.outside_hours"));
    stage.pass(24 * 3600);
    assert!(stage.desk(1).offer.is_some() || stage.state(1) == AgentState::Missed, "called when it opens");
}

#[test]
fn an_offer_that_rings_as_the_queue_closes_dials_nobody() {
    let mut stage = chain(|setup| {
        callers_may_ask(CallbackRules::default())(setup);
        setup.queues[0].offer_timeout = Millis::from_secs(120);
        setup.queues[0].waiting.hours = Some(hours(Destination::HangUp));
        setup.calendars = vec![calendar("00:00", "00:17")];
    });
    ask(&mut stage);
    stage.pass(15);
    stage.sit(1);
    stage.pass(6);
    let said = accept(&mut stage, 1);
    assert_eq!((refused(&said).as_deref(), dialled(&said)), (Some("callback.outside_hours"), None));
    assert_eq!((stage.state(1), told(&stage).stage), (AgentState::Ready, At::Waiting));
}

#[test]
fn a_page_cancels_moves_and_calls_at_once() {
    let mut stage = chain(callers_may_ask(CallbackRules::default()));
    let id = ask(&mut stage);
    let later = stage.now + Millis::from_secs(600);
    assert_eq!(stage.floor.check_order(stage.now, &Order::PutTo(id, later)), Ok(id));
    stage.input(Input::Callback(Order::PutTo(id, later)));
    assert_eq!((stage.floor.waiting(QUEUE), told(&stage).due), (0, later));
    stage.sit(1);
    let said = stage.command(1, DeskCommand::CallBack { callback: id });
    let (leg, _) = dialled(&said).expect("called now, whatever was agreed");
    assert_eq!(stage.floor.check_order(stage.now, &Order::Cancel(id)).unwrap_err().key, "callback.calling");
    let said = stage.command(1, DeskCommand::CallBack { callback: id });
    assert_eq!(refused(&said).as_deref(), Some("callback.calling"), "never twice at once");
    ends(&mut stage, leg, Cause::NoAnswer);
    stage.input(Input::Callback(Order::Cancel(id)));
    assert!(matches!(told(&stage).stage, At::Over { end: End::Cancelled, .. }));
    assert_eq!(stage.floor.check_order(stage.now, &Order::Cancel(id)).unwrap_err().key, "callback.gone");
    stage.pass(1000);
    assert_eq!(stage.desk(1).offer, None);
}

#[test]
fn a_forbidden_number_is_not_even_booked() {
    let mut stage = chain(callers_may_ask(CallbackRules::default()));
    let booking = |reason, number| crate::callback::Booking {
        contact: None,
        queue: Some(QUEUE),
        user: None,
        team: None,
        number,
        name: None,
        reason,
        message: None,
        due: None,
    };
    let now = stage.now;
    let foreign = Some(phone("0099123456"));
    let refused = stage.floor.book_callback(now, booking(Reason::Asked, foreign.clone()));
    assert_eq!(refused.unwrap_err().key, "number.not_allowed");
    let refused = stage.floor.book_callback(now, booking(Reason::Asked, None));
    assert_eq!(refused.unwrap_err().key, "callback.no_number");
    assert!(stage.floor.book_callback(now, booking(Reason::Voicemail, foreign)).is_ok(), "a task is for people");
    stage.pass(3600);
    assert_eq!(stage.floor.waiting(QUEUE), 0, "and is not dialled by itself");
}

#[test]
fn callbacks_survive_a_restart_and_a_stop() {
    let mut stage = chain(callers_may_ask(CallbackRules::default()));
    let id = ask(&mut stage);
    let text = serde_json::to_string(&stage.floor).unwrap();
    stage.floor = serde_json::from_str(&text).unwrap();
    stage.input(Input::Restarted);
    stage.pass(1);
    stage.sit(1);
    assert_eq!(stage.desk(1).offer.unwrap().callback.map(|it| it.id), Some(id));
    stage.input(Input::Drain);
    let said = accept(&mut stage, 1);
    assert_eq!(refused(&said).as_deref(), Some("dial.stopping"));
    stage.input(Input::Restarted);
    stage.pass(61);
    assert_eq!(stage.floor.callbacks.open().count(), 1, "kept for the next life");
}

/// Whoever calls again and talks with an agent of the same queue is not called back any more; what another queue was asked
/// for stays.
#[test]
fn who_is_served_in_another_call_is_not_called_back() {
    let mut stage = chain(|setup| {
        callers_may_ask(CallbackRules::default())(setup);
        setup.users = super::stage::setup(2).users;
    });
    let id = ask(&mut stage);
    let other = crate::callback::Booking {
        contact: None,
        queue: Some(super::waiting::second(12)),
        user: None,
        team: None,
        number: Some(phone("13800138000")),
        name: None,
        reason: Reason::Voicemail,
        message: None,
        due: None,
    };
    let other = stage.floor.book_callback(stage.now, other).unwrap();
    // The same number calls again: its place is ahead, so that rings first, and the call at the next desk.
    stage.ring(2);
    stage.sit(1);
    assert_eq!(stage.desk(1).offer.as_ref().and_then(|it| it.callback.as_ref()).map(|it| it.id), Some(id));
    stage.sit(2);
    let contact = stage.accept(2);
    assert_eq!(stage.floor.calls[&contact].customer.leg, LegId::from_u128(2));
    let ended: Vec<Callback> = stage
        .facts()
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Callback(it) if it.id == id => Some(*it),
            _ => None,
        })
        .collect();
    let last = ended.last().unwrap();
    assert!(matches!(last.stage, At::Over { end: End::Served, .. }), "{last:?}");
    assert_eq!((stage.desk(1).offer, stage.state(1)), (None, AgentState::Ready), "what rang for it is withdrawn");
    assert_eq!(stage.floor.callbacks.open().map(|it| it.id).collect::<Vec<_>>(), [other], "another queue's matter");
    stage.pass(2000);
    assert!(stage.floor.callbacks.get(id).is_none());
}

#[test]
fn what_the_store_has_open_is_called_by_a_floor_without_a_past() {
    let mut before = chain(callers_may_ask(CallbackRules::default()));
    let id = ask(&mut before);
    let left = vec![told(&before)];
    let mut stage = chain(callers_may_ask(CallbackRules::default()));
    stage.now = before.now;
    stage.input(Input::LeftOpen(left.clone()));
    stage.input(Input::LeftOpen(left));
    stage.pass(1);
    assert_eq!(stage.floor.waiting(QUEUE), 1, "it stands in the line, once");
    stage.sit(1);
    assert_eq!(stage.desk(1).offer.unwrap().callback.map(|it| it.id), Some(id));
}
