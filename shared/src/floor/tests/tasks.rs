//! Tasks handed out: offered like calls, in the hand until done, and what may interrupt what.

use super::stage::{QUEUE, Stage, agent, phone, refused, setup};
use super::*;
use crate::callback::Booking;
use crate::capacity::Capacity;
use crate::hours::{Calendar, Interval};
use crate::ids::CalendarId;
use crate::wire::callbacks::{Callback, End, Reason, Stage as At, TaskBoard, TaskDeed};
use crate::wire::desk::{BusyReason, PassedOverReason};
use crate::wire::rest::OfferEnd;
use crate::wire::routing::Destination;
use crate::wire::waiting::QueueHours;

const TASK: CallbackId = CallbackId::from_u128(77);
const OTHER: CallbackId = CallbackId::from_u128(78);
const FROM: ContactId = ContactId::from_u128(700);

/// A floor whose agents sit, and take so many tasks.
fn stage(agents: u128, capacity: Capacity) -> Stage {
    let mut stage = Stage::new(agents);
    stage.input(Input::Setup(Box::new(TenantSetup { capacity, ..setup(agents) })));
    for n in 1..=agents {
        stage.sit(n);
    }
    stage
}

fn two() -> Capacity {
    Capacity { tasks: 2, ..Capacity::default() }
}

/// Somebody left a message.
fn book(stage: &mut Stage, id: CallbackId) {
    let number = Some(phone(&format!("1{:05}", id.0.as_u128())));
    let (contact, queue) = (Some(FROM), Some(QUEUE));
    let booking = Booking {
        contact,
        queue,
        user: None,
        team: None,
        number,
        name: None,
        reason: Reason::Voicemail,
        message: None,
        due: None,
    };
    stage.input(Input::Callback(Order::Book(id, Box::new(booking))));
    stage.pass(1);
}

fn board(stage: &Stage, n: u128) -> TaskBoard {
    stage.desk(n).tasks
}

fn offered(stage: &Stage, n: u128) -> Option<CallbackId> {
    board(stage, n).offer.map(|offer| offer.task.id)
}

fn hand(stage: &Stage, n: u128) -> Vec<CallbackId> {
    board(stage, n).hand.iter().map(|task| task.id).collect()
}

fn take(stage: &mut Stage, n: u128) -> CallbackId {
    let offer = board(stage, n).offer.expect("a task is offered");
    stage.command(n, DeskCommand::TakeTask { offer: offer.offer });
    offer.task.id
}

fn deed(stage: &mut Stage, n: u128, deed: TaskDeed) -> Vec<Output> {
    stage.command(n, DeskCommand::Task { callback: TASK, deed })
}

/// How the store has it now.
fn stored(stage: &Stage, id: CallbackId) -> Callback {
    let told = stage.facts().into_iter().rev().find_map(|fact| match fact {
        Fact::Callback(callback) if callback.id == id => Some(*callback),
        _ => None,
    });
    told.expect("the store was told")
}

#[test]
fn a_task_is_offered_taken_and_done() {
    let mut stage = stage(2, two());
    stage.pass(5);
    book(&mut stage, TASK);
    assert_eq!((offered(&stage, 1), offered(&stage, 2)), (Some(TASK), None), "to one, who has been idle longest");
    assert_eq!(stage.state(1), AgentState::Ready);
    assert_eq!(take(&mut stage, 1), TASK);
    assert_eq!((hand(&stage, 1), offered(&stage, 1)), (vec![TASK], None));
    assert!(matches!(stored(&stage, TASK).stage, At::InHand(hand) if hand.user == agent(1)));
    let why = stage.facts().into_iter().find_map(|fact| match fact {
        Fact::Offer(offer) => Some((offer.contact, offer.agent, offer.end, offer.why.best.len())),
        _ => None,
    });
    assert_eq!(why, Some((FROM, agent(1), OfferEnd::Accepted, 2)), "explained where the message was left");
    deed(&mut stage, 1, TaskDeed::Finish);
    assert_eq!(hand(&stage, 1), []);
    assert!(matches!(stored(&stage, TASK).stage, At::Over { end: End::Done, .. }));
}

#[test]
fn nothing_is_handed_out_unless_the_tenant_says_so() {
    let mut stage = stage(1, Capacity::default());
    book(&mut stage, TASK);
    assert_eq!(offered(&stage, 1), None);
    stage.input(Input::Setup(Box::new(TenantSetup { capacity: two(), ..setup(1) })));
    stage.pass(1);
    assert_eq!(offered(&stage, 1), Some(TASK), "what waited on the page is handed out");
    stage.input(Input::Setup(Box::new(setup(1))));
    assert_eq!(offered(&stage, 1), None, "withdrawn");
    assert_eq!(stored(&stage, TASK).stage, At::Waiting);
}

#[test]
fn an_agent_has_at_most_so_many_in_hand_and_they_go_round() {
    let mut stage = stage(2, Capacity { tasks: 1, ..two() });
    for id in [TASK, OTHER, CallbackId::from_u128(79)] {
        book(&mut stage, id);
        for n in [1, 2] {
            if offered(&stage, n).is_some() {
                take(&mut stage, n);
            }
        }
    }
    assert_eq!((hand(&stage, 1).len(), hand(&stage, 2).len()), (1, 1));
    assert_eq!((offered(&stage, 1), offered(&stage, 2)), (None, None), "the third waits");
    deed(&mut stage, 1, TaskDeed::Finish);
    assert_eq!(offered(&stage, 1), Some(CallbackId::from_u128(79)));
}

#[test]
fn a_call_comes_first_and_takes_the_place_of_a_task_that_is_offered() {
    let mut stage = stage(1, two());
    book(&mut stage, TASK);
    assert_eq!(offered(&stage, 1), Some(TASK));
    stage.ring(1);
    assert_eq!((stage.state(1), offered(&stage, 1)), (AgentState::Ringing, None));
    stage.accept(1);
    assert_eq!((stage.state(1), offered(&stage, 1)), (AgentState::Talking, None), "nothing interrupts a call");
    stage.gone(1);
    assert_eq!((stage.state(1), offered(&stage, 1)), (AgentState::WrapUp, None), "nor its wrap-up");
    stage.pass(31);
    assert_eq!((stage.state(1), offered(&stage, 1)), (AgentState::Ready, Some(TASK)));
}

#[test]
fn a_call_interrupts_a_task_in_hand_or_not_as_the_tenant_says() {
    let mut stage = self::stage(1, two());
    book(&mut stage, TASK);
    take(&mut stage, 1);
    stage.ring(1);
    assert_eq!((stage.state(1), hand(&stage, 1)), (AgentState::Ringing, vec![TASK]));

    let mut stage = self::stage(2, Capacity { calls_interrupt_tasks: false, ..two() });
    stage.command(2, DeskCommand::SetState { state: WantedState::Busy { reason: BusyReason::Break } });
    book(&mut stage, TASK);
    take(&mut stage, 1);
    stage.ring(1);
    assert_eq!(stage.state(1), AgentState::Ready, "the caller waits");
    stage.command(2, DeskCommand::SetState { state: WantedState::Ready });
    assert_eq!(stage.state(2), AgentState::Ringing);
    let why = stage.desk(2).offer.unwrap().why.passed_over;
    assert_eq!((why[0].reason, why[0].count), (PassedOverReason::OnTask, 1), "and the explanation says why");
    stage.pass(21);
    assert_eq!(stage.state(2), AgentState::Missed);
    deed(&mut stage, 1, TaskDeed::Finish);
    assert_eq!(stage.state(1), AgentState::Ringing);
}

#[test]
fn a_task_interrupts_a_call_or_a_wrap_up_where_it_may() {
    let mut stage = stage(1, Capacity { tasks_interrupt_calls: true, ..two() });
    stage.ring(1);
    book(&mut stage, TASK);
    assert_eq!(offered(&stage, 1), None, "not while it rings");
    stage.accept(1);
    assert_eq!(offered(&stage, 1), Some(TASK));
    stage.pass(21);
    assert_eq!((stage.state(1), offered(&stage, 1)), (AgentState::Talking, None), "let pass: no other in this call");
    stage.gone(1);
    assert_eq!((stage.state(1), offered(&stage, 1)), (AgentState::WrapUp, None));
    stage.pass(31);
    assert_eq!((stage.state(1), offered(&stage, 1)), (AgentState::Ready, Some(TASK)));

    let mut stage = self::stage(1, Capacity { tasks_interrupt_wrap_up: true, ..two() });
    stage.ring(1);
    stage.accept(1);
    book(&mut stage, TASK);
    assert_eq!(offered(&stage, 1), None);
    stage.gone(1);
    assert_eq!((stage.state(1), offered(&stage, 1)), (AgentState::WrapUp, Some(TASK)));
    take(&mut stage, 1);
    assert_eq!((stage.state(1), hand(&stage, 1)), (AgentState::WrapUp, vec![TASK]), "wrap-up goes on");
}

#[test]
fn who_lets_a_task_pass_while_free_is_not_there() {
    let mut stage = stage(2, two());
    book(&mut stage, TASK);
    stage.pass(21);
    assert_eq!((stage.state(1), offered(&stage, 2)), (AgentState::Missed, Some(TASK)));
    stage.command(1, DeskCommand::SetState { state: WantedState::Ready });
    assert_eq!(take(&mut stage, 2), TASK);
}

#[test]
fn what_is_given_back_keeps_its_place_and_comes_again() {
    let mut stage = stage(1, two());
    book(&mut stage, TASK);
    take(&mut stage, 1);
    let entered = stored(&stage, TASK).entered;
    deed(&mut stage, 1, TaskDeed::GiveBack);
    assert_eq!((hand(&stage, 1), offered(&stage, 1)), (vec![], None));
    stage.pass(14 * 60);
    assert_eq!(offered(&stage, 1), None);
    stage.pass(61);
    assert_eq!((offered(&stage, 1), stored(&stage, TASK).entered), (Some(TASK), entered));
}

#[test]
fn who_leaves_leaves_no_task_behind() {
    let mut stage = stage(2, two());
    book(&mut stage, TASK);
    take(&mut stage, 1);
    stage.command(1, DeskCommand::SignOut);
    stage.pass(1);
    assert_eq!(offered(&stage, 2), Some(TASK));

    // The same of one whose desk is lost for good.
    take(&mut stage, 2);
    stage.sit(1);
    stage.input(Input::DeskClosed { socket: SocketId(2) });
    stage.pass(590);
    assert_eq!(offered(&stage, 1), None, "it may still come back");
    stage.pass(20);
    assert_eq!(offered(&stage, 1), Some(TASK));
}

#[test]
fn a_task_is_called_from_the_hand_and_stays_there_until_they_are_reached() {
    let mut stage = stage(1, two());
    book(&mut stage, TASK);
    take(&mut stage, 1);
    stage.command(1, DeskCommand::CallBack { callback: TASK });
    assert_eq!((stage.state(1), hand(&stage, 1)), (AgentState::Dialling, vec![TASK]));
    let said = deed(&mut stage, 1, TaskDeed::Finish);
    assert_eq!(refused(&said).as_deref(), Some("callback.calling"));
    stage.command(1, DeskCommand::HangUp { contact: stage.desk(1).contact.unwrap().contact });
    assert_eq!(hand(&stage, 1), [TASK], "in vain: it is still theirs");
    assert_eq!(board(&stage, 1).hand[0].tries, 1);
}

#[test]
fn another_agent_cannot_call_what_is_in_a_hand_and_its_customer_ends_it() {
    let mut stage = stage(2, two());
    book(&mut stage, TASK);
    take(&mut stage, 1);
    let said = stage.command(2, DeskCommand::CallBack { callback: TASK });
    assert_eq!(refused(&said).as_deref(), Some("callback.in_hand"));
    stage.input(Input::Callback(Order::Cancel(TASK)));
    assert_eq!(hand(&stage, 1), [], "cancelled from the page");
}

#[test]
fn tasks_keep_to_the_hours_of_their_queue() {
    let id = CalendarId::from_u128(1);
    let day =
        || vec![Interval { from: "00:00".to_owned().try_into().unwrap(), to: "24:00".to_owned().try_into().unwrap() }];
    let (name, zone) = ("Office".to_owned(), "UTC".to_owned());
    let week = std::array::from_fn(|_| day());
    let office = Calendar { id, name, zone, week, days: vec![], emergency: false };
    let calendar = |emergency| Calendar { emergency, ..office.clone() };
    let with = |emergency| {
        let mut setup = TenantSetup { capacity: two(), calendars: vec![calendar(emergency)], ..setup(1) };
        let shut = || Destination::HangUp;
        let hours = QueueHours { calendar: id, closed: shut(), holiday: shut(), emergency: shut() };
        setup.queues[0].waiting.hours = Some(hours);
        Input::Setup(Box::new(setup))
    };
    let mut stage = stage(1, two());
    stage.input(with(true));
    book(&mut stage, TASK);
    assert_eq!((offered(&stage, 1), stored(&stage, TASK).stage), (None, At::Waiting), "closed: it waits on the page");
    stage.input(with(false));
    stage.pass(30 * 60);
    assert_eq!(offered(&stage, 1), Some(TASK));
}

#[test]
fn a_removed_queue_and_a_new_core_lose_no_task() {
    let mut stage = stage(1, two());
    book(&mut stage, TASK);
    book(&mut stage, OTHER);
    take(&mut stage, 1);
    let text = serde_json::to_string(&stage.floor).unwrap();
    let life: Floor = serde_json::from_str(&text).unwrap();
    assert_eq!(life, stage.floor);
    assert_eq!((hand(&stage, 1), offered(&stage, 1)), (vec![TASK], Some(OTHER)));
    stage.input(Input::Setup(Box::new(TenantSetup { capacity: two(), queues: vec![], numbers: vec![], ..setup(1) })));
    assert_eq!((hand(&stage, 1), offered(&stage, 1)), (vec![TASK], None));
    assert_eq!(stored(&stage, OTHER).stage, At::Waiting, "it waits on the page");
}
