//! The ledger against hand-written messages.

use super::*;
use hark_shared::ids::{ContactId, UserId};
use hark_shared::time::Millis;
use hark_shared::wire::callbacks::TaskBoard;
use hark_shared::wire::desk::{AgentStatus, BusyReason, ContactView, Party, Via, WrapUpForm};
use hark_shared::wire::parties::Part;
use hark_shared::wire::routing::WrapUpMode;
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const T0: Timestamp = Timestamp(1_000_000);
const CONTACT: ContactId = ContactId::from_u128(7);

fn desk(state: AgentState) -> Desk {
    Desk {
        user: UserId::from_u128(1),
        status: AgentStatus { state, since: T0, next: None },
        offer: None,
        contact: None,
        connected: true,
        dispositions: vec![],
        telephone: None,
        watches_only: false,
        tasks: TaskBoard::default(),
    }
}

fn talking() -> ContactView {
    ContactView {
        contact: CONTACT,
        party: Party { number: None, name: None, via: Via::Outbound, card: None },
        queue: None,
        waited: Millis::ZERO,
        phase: ContactPhase::Talking,
        since: T0,
        answered: Some(T0),
        muted: false,
        recording: true,
        form: WrapUpForm::default(),
        wrap_up: WrapUpMode::default(),
        quality: None,
        paused_until: None,
        part: Part::Responsible,
        parties: vec![],
        sides: vec![],
        side_ended: None,
        callback: None,
        verified: None,
        told: vec![],
        playing: None,
        record_rule: hark_shared::wire::control::RecordRule::Always,
        sounds: vec![],
        earlier: vec![],
    }
}

fn joined(desk: Desk) -> Ledger {
    let mut ledger = Ledger::default();
    let took = ledger.take(ToDesk::Snapshot { seq: 10, now: T0, desk: Box::new(desk) });
    assert_eq!(took, Took::Joined { now: T0, connected: true });
    ledger
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

fn ready() -> DeskCommand {
    DeskCommand::SetState { state: WantedState::Ready }
}

#[test]
fn changes_follow_one_another_or_are_a_gap() {
    let mut ledger = joined(desk(AgentState::Ready));
    let change = |seq| ToDesk::Change { seq, change: Box::new(DeskChange::Connected(false)) };
    assert_eq!(ledger.take(change(11)), Took::Unplugged);
    assert!(!ledger.painted().unwrap().connected);
    assert_eq!(ledger.take(change(12)), Took::Painted, "it is lost once");
    assert_eq!(ledger.take(change(14)), Took::Gap);
    assert_eq!(Ledger::default().take(change(1)), Took::Gap);
}

#[test]
fn a_command_is_painted_at_once_and_gone_when_refused() {
    let mut ledger = joined(desk(AgentState::Busy(BusyReason::Break)));
    assert!(ledger.begin(id(1), Timestamp(1_005_000), ready()));
    assert_eq!(ledger.painted().unwrap().status.state, AgentState::Ready);
    let error = WireError::new("state.refused");
    assert_eq!(ledger.take(ToDesk::Refused { id: id(1), error: error.clone() }), Took::Refused(ready(), error));
    let status = ledger.painted().unwrap().status;
    assert_eq!((status.state, status.since), (AgentState::Busy(BusyReason::Break), T0));
}

#[test]
fn ready_while_talking_is_for_afterwards() {
    let mut ledger = joined(Desk { contact: Some(talking()), ..desk(AgentState::Talking) });
    ledger.begin(id(1), T0, ready());
    let status = ledger.painted().unwrap().status;
    assert_eq!((status.state, status.next), (AgentState::Talking, Some(WantedState::Ready)));
}

#[test]
fn hold_mute_and_finish_are_painted() {
    let mut ledger = joined(Desk { contact: Some(talking()), ..desk(AgentState::Talking) });
    let later = Timestamp(1_060_000);
    ledger.begin(id(1), later, DeskCommand::Hold { contact: CONTACT, on: true });
    ledger.begin(id(2), later, DeskCommand::Mute { contact: CONTACT, on: true });
    let view = ledger.painted().unwrap().contact.unwrap();
    assert_eq!((view.phase, view.since, view.muted), (ContactPhase::Hold, later, true));
    // A command for a contact that is gone paints nothing.
    ledger.begin(
        id(3),
        later,
        DeskCommand::FinishWrapUp { contact: ContactId::from_u128(9), form: WrapUpForm::default() },
    );
    assert!(ledger.painted().unwrap().contact.is_some());
    ledger.begin(id(4), later, DeskCommand::FinishWrapUp { contact: CONTACT, form: WrapUpForm::default() });
    assert!(ledger.painted().unwrap().contact.is_none());
}

#[test]
fn after_an_outage_the_unanswered_is_sent_again_under_its_id() {
    let mut ledger = joined(Desk { contact: Some(talking()), ..desk(AgentState::Talking) });
    let note = |notes: &str| DeskCommand::Note {
        contact: CONTACT,
        form: WrapUpForm { notes: notes.to_owned(), ..WrapUpForm::default() },
    };
    ledger.begin(id(1), T0, DeskCommand::Connect { sdp: String::new() });
    ledger.begin(id(2), T0, note("a"));
    ledger.begin(id(3), T0, DeskCommand::Digits { contact: CONTACT, digits: "1".to_owned() });
    ledger.begin(id(4), T0, note("ab"));
    assert_eq!(ledger.again(), [(id(4), note("ab"))]);
    ledger.take(ToDesk::Done { id: id(4) });
    assert!(ledger.again().is_empty());
}

#[test]
fn too_many_unanswered_commands_are_not_taken() {
    let mut ledger = joined(desk(AgentState::Ready));
    let taken = (0..100).filter(|number| ledger.begin(id(*number), T0, ready())).count();
    assert_eq!(taken, MOST_PENDING);
}
