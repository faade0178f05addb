//! Agents who take calls on a telephone.

use super::stage::setup;
use super::*;
use crate::wire::control::TelephoneStage;

const OWN: &str = "13911112222";

/// Agent 1 sits without a headset and takes calls on a telephone.
fn away() -> Stage {
    let mut stage = Stage::new(2);
    let mut with = setup(2);
    with.outbound = OutboundLimits { at_once: 10, per_day: 100, ..OutboundLimits::default() };
    stage.input(Input::Setup(Box::new(with)));
    stage.input(Input::DeskOpened { user: agent(1), socket: SocketId(1), tab: Uuid::from_u128(1), take_over: false });
    assert_eq!(refused(&stage.command(1, DeskCommand::Telephone { number: Some(phone(OWN)) })), None);
    stage.command(1, DeskCommand::SetState { state: WantedState::Ready });
    stage
}

fn dialled(said: &[Output]) -> Option<(LegId, PhoneNumber)> {
    commands(said).into_iter().find_map(|command| match command {
        EdgeCommand::Dial { leg, to, .. } => Some((*leg, to.clone())),
        _ => None,
    })
}

fn at(stage: &Stage) -> TelephoneStage {
    stage.desk(1).telephone.unwrap().stage
}

fn hung_up(stage: &mut Stage, leg: LegId, cause: Cause) -> Vec<Output> {
    stage.edge(EdgeEvent::Ended { leg, cause, quality: Quality::default() })
}

/// A customer calls, and the telephone rings.
fn rung(stage: &mut Stage) -> LegId {
    let said = stage.ring(1);
    let (leg, to) = dialled(&said).expect("the telephone is called");
    assert_eq!((to.as_str(), at(stage), stage.state(1)), (OWN, TelephoneStage::Rings, AgentState::Ringing));
    leg
}

#[test]
fn a_call_is_taken_with_key_one_and_never_by_a_mailbox() {
    let mut stage = away();
    let leg = rung(&mut stage);
    let card = stage.desk(1).offer.unwrap();
    let said = stage.command(1, DeskCommand::Accept { offer: card.offer });
    assert_eq!(refused(&said).as_deref(), Some("telephone.answer_there"));
    let said = stage.edge(EdgeEvent::Answered { leg });
    let asks = commands(&said).into_iter().find_map(|command| match command {
        EdgeCommand::SetRoom(plan) => Some(plan.clone()),
        _ => None,
    });
    let asks = asks.expect("it hears a sentence");
    assert_eq!(asks.sources[0].sound, Sound::Music("en/press-one".into()), "over and over");
    assert_eq!(stage.state(1), AgentState::Ringing, "answered by whom is not known");
    assert_eq!(stage.floor.digit_use(leg), DigitUse::Plain);
    stage.edge(EdgeEvent::Digit { leg, digit: '5' });
    assert_eq!(stage.state(1), AgentState::Ringing);
    let said = stage.edge(EdgeEvent::Digit { leg, digit: '1' });
    assert!(commands(&said).contains(&&EdgeCommand::CloseRoom { room: asks.room }));
    assert_eq!((stage.state(1), at(&stage)), (AgentState::Talking, TelephoneStage::Talks));
    let contact = stage.desk(1).contact.unwrap().contact;
    let customer = LegId::from_u128(1);
    let ear = |of: LegId| stage.plan(contact).listeners.iter().find(|ear| ear.leg == of).unwrap().hears.clone();
    assert_eq!((ear(customer), ear(leg)), (vec![Voice::Leg(leg)], vec![Voice::Leg(customer)]));
    assert_eq!(stage.floor.digit_use(leg), DigitUse::Unused);

    stage.edge(EdgeEvent::FarHold { leg, held: true });
    assert_eq!(stage.state(1), AgentState::Hold);
    stage.edge(EdgeEvent::FarHold { leg, held: false });
    assert_eq!(stage.state(1), AgentState::Talking);
    let room = stage.plan(contact).room;
    assert!(stage.plan(contact).recording.is_some());
    let said = hung_up(&mut stage, leg, Cause::Normal);
    assert!(commands(&said).contains(&&EdgeCommand::End { leg: customer, cause: Cause::Normal }));
    assert!(commands(&said).contains(&&EdgeCommand::CloseRoom { room }), "{said:?}");
    assert_eq!((stage.state(1), at(&stage)), (AgentState::WrapUp, TelephoneStage::Idle));
}

#[test]
fn the_page_takes_and_ends_the_call_of_an_answered_telephone() {
    let mut stage = away();
    let leg = rung(&mut stage);
    stage.edge(EdgeEvent::Answered { leg });
    let contact = stage.accept(1);
    assert_eq!(at(&stage), TelephoneStage::Talks);
    let said = stage.command(1, DeskCommand::HangUp { contact });
    assert!(commands(&said).contains(&&EdgeCommand::End { leg, cause: Cause::Normal }));
    assert_eq!(stage.state(1), AgentState::WrapUp);
    hung_up(&mut stage, leg, Cause::Normal);
    stage.pass(31);
    let said = stage.command(1, DeskCommand::Dial { to: phone("10086") });
    assert_eq!(refused(&said).as_deref(), Some("telephone.only_takes"));
}

#[test]
fn a_telephone_that_is_not_reached_is_not_asked_again_and_again() {
    let mut stage = away();
    let leg = rung(&mut stage);
    let said = hung_up(&mut stage, leg, Cause::Busy);
    assert_eq!(dialled(&said), None);
    assert_eq!(stage.state(1), AgentState::Missed);
    stage.sit(2);
    assert_eq!(stage.accept(2), stage.desk(2).contact.unwrap().contact, "the next one has it");

    stage.command(1, DeskCommand::SetState { state: WantedState::Ready });
    let said = stage.ring(2);
    let (leg, _) = dialled(&said).unwrap();
    let said = stage.pass(21);
    assert!(commands(&said).contains(&&EdgeCommand::End { leg, cause: Cause::Cancelled }), "it rang out");
    assert_eq!(stage.state(1), AgentState::Missed);
}

#[test]
fn a_customer_who_gives_up_lets_the_telephone_go() {
    let mut stage = away();
    let leg = rung(&mut stage);
    stage.edge(EdgeEvent::Answered { leg });
    let said = stage.gone(1);
    assert!(commands(&said).contains(&&EdgeCommand::End { leg, cause: Cause::Cancelled }));
    assert_eq!((stage.state(1), at(&stage)), (AgentState::Ready, TelephoneStage::Idle));
    let said = stage.edge(EdgeEvent::Digit { leg, digit: '1' });
    assert!(commands(&said).is_empty());
}

#[test]
fn a_line_that_was_lost_is_no_farewell() {
    let mut stage = away();
    let leg = rung(&mut stage);
    stage.edge(EdgeEvent::Answered { leg });
    let contact = stage.accept(1);
    stage.sit(2);
    hung_up(&mut stage, leg, Cause::Lost);
    assert_eq!(stage.desk(2).offer.unwrap().contact, contact, "the customer goes to the next agent");
}

#[test]
fn numbers_that_may_not_be_dialled_are_no_telephones_and_limits_hold() {
    let mut stage = away();
    let said = stage.command(1, DeskCommand::Telephone { number: Some(phone("0085212345678")) });
    assert_eq!(refused(&said).as_deref(), Some("number.not_allowed"));
    let mut with = setup(2);
    with.outbound = OutboundLimits { at_once: 0, per_day: 0, ..OutboundLimits::default() };
    stage.input(Input::Setup(Box::new(with)));
    let said = stage.ring(1);
    assert_eq!(dialled(&said), None);
    stage.pass(1);
    assert_eq!(stage.state(1), AgentState::Missed, "not offered for ever what cannot be taken");
}

#[test]
fn a_floor_that_finds_its_edge_again_knows_the_telephone() {
    let mut stage = away();
    let leg = rung(&mut stage);
    stage.edge(EdgeEvent::Answered { leg });
    let life = |leg| crate::edge::LivingLeg { leg, role: None, stage: crate::edge::Stage::Up };
    let legs = vec![life(LegId::from_u128(1)), life(leg)];
    let said = stage.edge(EdgeEvent::Living { answers: 1, legs, rooms: vec![], recordings: vec![] });
    assert!(!commands(&said).iter().any(|command| matches!(command, EdgeCommand::End { .. })), "{said:?}");
    let again = commands(&said)
        .into_iter()
        .any(|command| matches!(command, EdgeCommand::SetRoom(plan) if plan.listeners[0].leg == leg));
    assert!(again, "it hears the sentence again");
}
