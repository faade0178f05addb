//! The floor as a whole, one story a test; `tests/sim` plays weeks of it.

mod callbacks;
mod control;
mod flows;
mod meetings;
mod messages;
mod parties;
mod routing;
mod stage;
mod survival;
mod tasks;
mod teams;
mod telephone;
mod waiting;

use super::*;
use crate::edge::{Cause, LivingLeg, Quality, Sound, Stage as Reached, Voice};
use crate::ids::{CustomerId, ListingId, NumberId, TrunkId};
use crate::listing::{Listed, Listing};
use crate::perms::Role;
use crate::time::Millis;
use crate::wire::desk::{AgentState, ContactPhase, CustomerCard, Desk, DeskChange, WantedState, WrapUpForm};
use crate::wire::rest::{Entry, Language, Number, OfferEnd, OutboundLimits, Outcome, Queue, Trunk, User};
use crate::wire::visitor::VisitorState;

use stage::{HOTLINE, Stage, agent, commands, phone, refused};

#[test]
fn a_call_rings_is_answered_heard_both_ways_recorded_wrapped_up_and_stored() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    let said = stage.ring(1);
    assert!(matches!(commands(&said)[..], [EdgeCommand::Ring { .. }]), "it only rings: {said:?}");
    assert!(said.iter().any(|output| matches!(output, Output::LookUp { .. })));
    assert_eq!(stage.state(1), AgentState::Ringing);
    stage.pass(3);
    let contact = stage.accept(1);
    let plan = stage.plan(contact).clone();
    let (customer, own) = (LegId::from_u128(1), plan.listeners[1].leg);
    assert_eq!(plan.listeners[0].hears, [Voice::Leg(own)]);
    assert_eq!(plan.listeners[1].hears, [Voice::Leg(customer)]);
    assert_eq!(plan.recording.as_ref().unwrap().left, [customer]);
    let card = CustomerCard {
        customer: CustomerId::from_u128(1),
        name: "Li Lei".to_owned(),
        company: None,
        vip: false,
        remark: None,
        contacts: 0,
        last_contact: None,
    };
    stage.input(Input::Card { contact, card: Some(card), last: None });
    stage.pass(60);
    let said = stage.gone(1);
    assert!(matches!(commands(&said)[..], [EdgeCommand::CloseRoom { .. }]));
    assert!(matches!(stage.desk(1).contact.unwrap().phase, ContactPhase::WrapUp { .. }));
    stage.pass(31);
    assert_eq!(stage.state(1), AgentState::Ready);
    let record = stage.facts().into_iter().rev().find_map(|fact| match fact {
        Fact::Contact(record) => Some(record),
        _ => None,
    });
    let record = record.unwrap();
    assert_eq!((record.outcome, record.agent), (Outcome::Answered, Some(agent(1))));
    assert_eq!(record.name.as_deref(), Some("Li Lei"), "as our own record of the customer says");
    assert_eq!((record.waited, record.talked, record.wrap_up), (Millis(3000), Millis(60_000), Millis(30_000)));
    assert!(stage.floor.calls.is_empty(), "nothing is kept of a closed call");
    assert!(stage.floor.rooms.is_empty() && stage.floor.plans.is_empty());
}

#[test]
fn without_an_agent_the_caller_hears_greeting_music_and_position() {
    let mut stage = Stage::new(1);
    let said = stage.ring(1);
    assert!(matches!(commands(&said)[..], [EdgeCommand::Answer { .. }, EdgeCommand::SetRoom(_)]), "{said:?}");
    let contact = *stage.floor.calls.keys().next().unwrap();
    let playing = |stage: &Stage| stage.plan(contact).sources[0].clone();
    assert_eq!(playing(&stage).sound, Sound::Prompt(vec!["en/queue-greeting".into()]));
    let (room, source) = (stage.plan(contact).room, playing(&stage).id);
    stage.edge(EdgeEvent::SourceEnded { room, source });
    assert_eq!(playing(&stage).sound, Sound::Music("music/calm".into()));
    stage.pass(31);
    assert_eq!(playing(&stage).sound, Sound::Prompt(vec!["en/position".into(), "en/1".into()]));
    stage.edge(EdgeEvent::SourceEnded { room, source });
    assert!(matches!(playing(&stage).sound, Sound::Prompt(_)), "an old source's end changes nothing");
    stage.gone(1);
    assert!(stage.floor.calls.is_empty());
    let outcome = stage.facts().iter().find_map(|fact| match fact {
        Fact::Contact(record) => Some(record.outcome),
        _ => None,
    });
    assert_eq!(outcome, Some(Outcome::Abandoned));
}

#[test]
fn an_unanswered_offer_goes_to_the_next_agent_and_the_first_is_missed() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.pass(1);
    stage.sit(2);
    stage.ring(1);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Ringing, AgentState::Ready));
    stage.pass(20);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Missed, AgentState::Ringing));
    stage.accept(2);
    let ends: Vec<_> = stage
        .facts()
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Offer(offer) => Some((offer.agent, offer.end)),
            _ => None,
        })
        .collect();
    assert_eq!(ends, [(agent(1), OfferEnd::TimedOut), (agent(2), OfferEnd::Accepted)]);
}

#[test]
fn a_caller_who_hangs_up_while_ringing_withdraws_the_offer_and_accept_is_refused() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    stage.ring(1);
    let offer = stage.desk(1).offer.unwrap().offer;
    stage.gone(1);
    assert_eq!(stage.state(1), AgentState::Ready);
    assert_eq!(stage.desk(1).offer, None);
    let said = stage.command(1, DeskCommand::Accept { offer });
    assert_eq!(refused(&said).as_deref(), Some("offer.gone"));
}

#[test]
fn hold_plays_music_to_the_customer_and_silence_to_the_agent() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    stage.command(1, DeskCommand::Hold { contact, on: true });
    let plan = stage.plan(contact).clone();
    assert_eq!(plan.listeners[0].hears, [Voice::Source(plan.sources[0].id)]);
    assert_eq!(plan.listeners[1].hears, []);
    assert_eq!(stage.state(1), AgentState::Hold);
    stage.command(1, DeskCommand::Hold { contact, on: false });
    assert_eq!(stage.plan(contact).sources, []);
    assert_eq!(stage.state(1), AgentState::Talking);
}

#[test]
fn a_reload_keeps_the_customer_company_and_joins_again() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    let own = stage.plan(contact).listeners[1].leg;
    stage.input(Input::DeskClosed { socket: SocketId(1) });
    stage.edge(EdgeEvent::Media { leg: own, flowing: false });
    assert!(matches!(stage.plan(contact).sources[0].sound, Sound::Music(_)));
    stage.pass(2);
    let said = stage.input(Input::DeskOpened {
        user: agent(1),
        socket: SocketId(1),
        tab: Uuid::from_u128(1),
        take_over: false,
    });
    let snapshot = said.iter().any(|output| match output {
        Output::Desk { message, .. } => {
            matches!(message.as_ref(), ToDesk::Snapshot { desk, .. } if desk.contact.is_some())
        }
        _ => false,
    });
    assert!(snapshot, "the page gets its contact back");
    stage.command(1, DeskCommand::Connect { sdp: "again".into() });
    assert_eq!(stage.plan(contact).listeners[0].hears, [Voice::Leg(own)]);
    stage.pass(60);
    assert_eq!(stage.state(1), AgentState::Talking, "no timer of the outage fires later");
}

#[test]
fn an_agent_whose_sound_stays_away_loses_the_customer_to_the_queue() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    let own = stage.plan(contact).listeners[1].leg;
    stage.input(Input::DeskClosed { socket: SocketId(1) });
    stage.edge(EdgeEvent::Ended { leg: own, cause: Cause::Lost, quality: Quality::default() });
    stage.sit(2);
    stage.pass(31);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Disconnected, AgentState::Ringing));
    stage.accept(2);
    assert_eq!(stage.state(2), AgentState::Talking);
}

#[test]
fn an_agent_without_a_microphone_keeps_the_customer_as_long_as_the_page_is_there() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    let own = stage.plan(contact).listeners[1].leg;
    stage.sit(2);
    stage.edge(EdgeEvent::Media { leg: own, flowing: false });
    stage.pass(100);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Talking, AgentState::Ready));
    assert!(matches!(stage.plan(contact).sources[0].sound, Sound::Music(_)), "the customer has company meanwhile");
    assert!(!stage.plan(contact).listeners[1].hears.is_empty(), "the agent hears the customer");
    stage.edge(EdgeEvent::Media { leg: own, flowing: true });
    assert_eq!(stage.plan(contact).listeners[0].hears, [Voice::Leg(own)]);
    stage.edge(EdgeEvent::Media { leg: own, flowing: false });
    stage.input(Input::DeskClosed { socket: SocketId(1) });
    stage.pass(28);
    assert_eq!(stage.state(2), AgentState::Ready, "a page that is gone has its whole time");
    stage.pass(3);
    assert_eq!(stage.state(2), AgentState::Ringing);
}

/// Everything that the customer hears of agent and house.
fn heard(stage: &Stage, contact: ContactId) -> Option<Sound> {
    let plan = stage.plan(contact);
    let Some(Voice::Source(source)) = plan.listeners[0].hears.first() else { return None };
    plan.sources.iter().find(|playing| playing.id == *source).map(|playing| playing.sound.clone())
}

#[test]
fn a_customer_who_is_taken_back_to_a_silent_agent_has_company() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    let own = stage.plan(contact).listeners[1].leg;
    stage.edge(EdgeEvent::Media { leg: own, flowing: false });
    for on in [true, false] {
        stage.command(1, DeskCommand::Hold { contact, on });
        assert!(matches!(heard(&stage, contact), Some(Sound::Music(_))), "hold: {on}");
    }
    stage.edge(EdgeEvent::Media { leg: own, flowing: true });
    assert_eq!(stage.plan(contact).listeners[0].hears, [Voice::Leg(own)]);
    assert_eq!(stage.plan(contact).sources, []);
}

#[test]
fn an_agent_who_speaks_again_has_a_moment_before_the_customer_has_company() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    let own = stage.plan(contact).listeners[1].leg;
    stage.command(1, DeskCommand::Mute { contact, on: true });
    stage.edge(EdgeEvent::Media { leg: own, flowing: false });
    assert_eq!(heard(&stage, contact), None, "muted is meant not to be heard");
    stage.command(1, DeskCommand::Mute { contact, on: false });
    assert_eq!(heard(&stage, contact), None, "the page needs a moment");
    stage.pass(3);
    assert!(matches!(heard(&stage, contact), Some(Sound::Music(_))));
    stage.edge(EdgeEvent::Media { leg: own, flowing: true });
    assert_eq!(stage.plan(contact).listeners[0].hears, [Voice::Leg(own)]);
}

#[test]
fn an_agent_who_is_gone_loses_the_customer_also_when_muted() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    stage.sit(2);
    stage.command(1, DeskCommand::Mute { contact, on: true });
    let own = stage.plan(contact).listeners[1].leg;
    stage.input(Input::DeskClosed { socket: SocketId(1) });
    stage.edge(EdgeEvent::Ended { leg: own, cause: Cause::Lost, quality: Quality::default() });
    stage.pass(31);
    assert_eq!(stage.state(2), AgentState::Ringing);
}

#[test]
fn every_loss_of_sound_has_its_whole_time() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    stage.sit(2);
    let own = stage.plan(contact).listeners[1].leg;
    for flowing in [false, true] {
        stage.edge(EdgeEvent::Media { leg: own, flowing });
    }
    stage.pass(25);
    stage.edge(EdgeEvent::Ended { leg: own, cause: Cause::Lost, quality: Quality::default() });
    stage.pass(25);
    assert_eq!(stage.state(2), AgentState::Ready, "the page may still connect again");
    stage.pass(6);
    assert_eq!(stage.state(2), AgentState::Ringing);
}

#[test]
fn a_second_tab_is_told_so_and_may_take_over() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    let open =
        |take_over| Input::DeskOpened { user: agent(1), socket: SocketId(50), tab: Uuid::from_u128(99), take_over };
    let said = stage.input(open(false));
    assert!(
        matches!(&said[..], [Output::Desk { message, .. }, Output::Close(SocketId(50))] if **message == ToDesk::InUse)
    );
    let said = stage.input(open(true));
    assert!(said.contains(&Output::Desk { socket: SocketId(1), message: Box::new(ToDesk::TakenOver) }));
    assert_eq!(stage.state(1), AgentState::Ready, "the state is the user's, not the tab's");
}

#[test]
fn dialling_goes_only_where_the_trunk_may_and_connects_both() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    let said = stage.command(1, DeskCommand::Dial { to: phone("900123") });
    assert_eq!(refused(&said).as_deref(), Some("number.not_allowed"));
    let said = stage.command(1, DeskCommand::Dial { to: phone("13900139000") });
    let leg = commands(&said).iter().find_map(|command| match command {
        EdgeCommand::Dial { leg, .. } => Some(*leg),
        _ => None,
    });
    let leg = leg.unwrap();
    assert_eq!(stage.state(1), AgentState::Dialling);
    let contact = stage.desk(1).contact.unwrap().contact;
    assert_eq!(stage.plan(contact).sources[0].sound, Sound::Ringback);
    stage.edge(EdgeEvent::Answered { leg });
    assert_eq!(stage.plan(contact).listeners[0].hears.len(), 1);
    assert_eq!(stage.state(1), AgentState::Talking);
    let said = stage.command(1, DeskCommand::HangUp { contact });
    assert!(commands(&said).contains(&&EdgeCommand::End { leg, cause: Cause::Normal }));
    assert_eq!(stage.state(1), AgentState::WrapUp);
}

#[test]
fn a_command_that_is_repeated_over_a_reconnect_counts_once() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    let (id, tab) = (Uuid::from_u128(77), Uuid::from_u128(1));
    let command = DeskCommand::Dial { to: phone("13900139000") };
    let dialled = |said: &[Output]| commands(said).iter().any(|said| matches!(said, EdgeCommand::Dial { .. }));
    let said = stage.input(Input::Desk { socket: SocketId(1), id, command: command.clone() });
    assert!(
        dialled(&said) && said.contains(&Output::Desk { socket: SocketId(1), message: Box::new(ToDesk::Done { id }) })
    );
    let contact = stage.desk(1).contact.unwrap().contact;
    stage.command(1, DeskCommand::HangUp { contact });
    stage.command(1, DeskCommand::FinishWrapUp { contact, form: WrapUpForm::default() });
    assert_eq!(stage.state(1), AgentState::Ready, "dialling again would be possible");

    stage.input(Input::DeskClosed { socket: SocketId(1) });
    let socket = SocketId(2);
    stage.input(Input::DeskOpened { user: agent(1), socket, tab, take_over: false });
    let said = stage.input(Input::Desk { socket, id, command: command.clone() });
    assert!(!dialled(&said));
    assert!(said.contains(&Output::Desk { socket, message: Box::new(ToDesk::Done { id }) }), "{said:?}");
    let said = stage.input(Input::Desk { socket, id: Uuid::from_u128(78), command });
    assert!(dialled(&said), "another command is another call");
    let connect = DeskCommand::Connect { sdp: "offer".into() };
    for _ in 0..2 {
        let said = stage.input(Input::Desk { socket, id: Uuid::from_u128(79), command: connect.clone() });
        assert!(commands(&said).iter().any(|said| matches!(said, EdgeCommand::Connect { .. })), "answered anew");
    }
}

#[test]
fn a_tenant_dials_no_more_than_it_may() {
    let mut stage = Stage::new(3);
    (1..=3).for_each(|n| stage.sit(n));
    let dial = |stage: &mut Stage, n| stage.command(n, DeskCommand::Dial { to: phone("13900139000") });
    assert_eq!(refused(&dial(&mut stage, 1)), None);
    assert_eq!(refused(&dial(&mut stage, 2)), None);
    assert_eq!(refused(&dial(&mut stage, 3)).as_deref(), Some("dial.too_many_at_once"));
    let contact = stage.desk(1).contact.unwrap().contact;
    stage.command(1, DeskCommand::HangUp { contact });
    assert_eq!(refused(&dial(&mut stage, 3)), None, "one has ended");
    let contact = stage.desk(2).contact.unwrap().contact;
    stage.command(2, DeskCommand::HangUp { contact });
    stage.command(2, DeskCommand::FinishWrapUp { contact, form: WrapUpForm::default() });
    assert_eq!(refused(&dial(&mut stage, 2)).as_deref(), Some("dial.too_many_today"), "three a day");
}

#[test]
fn an_agent_without_sound_is_offered_nothing() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    let own = stage.floor.agents[&agent(1)].leg.unwrap();
    stage.edge(EdgeEvent::Ended { leg: own, cause: Cause::Lost, quality: Quality::default() });
    stage.ring(1);
    assert_eq!(stage.state(1), AgentState::Ready);
    stage.command(1, DeskCommand::Connect { sdp: "offer".into() });
    assert_eq!(stage.state(1), AgentState::Ringing);
}

#[test]
fn a_desk_that_stays_away_is_disconnected_after_the_grace() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    stage.input(Input::DeskClosed { socket: SocketId(1) });
    stage.pass(14);
    assert_eq!(stage.state(1), AgentState::Ready);
    stage.pass(2);
    assert_eq!(stage.state(1), AgentState::Disconnected);
    stage.pass(600);
    assert_eq!(stage.state(1), AgentState::Offline);
}

#[test]
fn a_visitors_place_moves_when_somebody_ahead_leaves() {
    let mut stage = Stage::new(1);
    stage.ring(1);
    let socket = SocketId(70);
    let (page, sdp) = (String::new(), String::new());
    stage.input(Input::VisitorOpened { socket, number: phone(HOTLINE), page, sdp, pass: None });
    let told = |stage: &Stage| {
        stage.said.iter().rev().find_map(|output| match output {
            Output::Visitor { message: ToVisitor::State { state }, .. } => Some(*state),
            _ => None,
        })
    };
    assert_eq!(told(&stage), Some(VisitorState::Queued { position: 2 }));
    stage.gone(1);
    assert_eq!(told(&stage), Some(VisitorState::Queued { position: 1 }));
}

#[test]
fn a_visitor_hears_where_the_call_is_and_talks_like_any_caller() {
    let mut stage = Stage::new(1);
    let visitor = SocketId(70);
    let open = Input::VisitorOpened {
        socket: visitor,
        number: phone(HOTLINE),
        page: "https://shop.example/".into(),
        sdp: "offer".into(),
        pass: None,
    };
    let said = stage.input(open);
    let state = |said: &[Output]| {
        said.iter().rev().find_map(|output| match output {
            Output::Visitor { message: ToVisitor::State { state }, .. } => Some(*state),
            _ => None,
        })
    };
    assert_eq!(state(&said), Some(VisitorState::Queued { position: 1 }));
    assert!(!commands(&said).iter().any(|command| matches!(command, EdgeCommand::Answer { .. })));
    stage.sit(1);
    assert_eq!(state(&stage.said), Some(VisitorState::Ringing));
    let contact = stage.accept(1);
    assert_eq!(state(&stage.said), Some(VisitorState::Talking));
    let said = stage.command(1, DeskCommand::HangUp { contact });
    assert!(said.contains(&Output::Close(visitor)));
}

#[test]
fn who_is_no_agent_any_more_gets_no_desk_and_keeps_nobody() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.ring(1);
    stage.accept(1);
    let mut less = stage::setup(2);
    less.users.remove(0);
    let said = stage.input(Input::Setup(Box::new(less)));
    assert!(said.contains(&Output::Close(SocketId(1))));
    assert_eq!(stage.floor.live_calls(), 1, "the two may finish");
    let socket = SocketId(60);
    let said = stage.input(Input::DeskOpened { user: agent(1), socket, tab: Uuid::from_u128(1), take_over: false });
    assert_eq!(said, [Output::Desk { socket, message: Box::new(ToDesk::SignedOut) }, Output::Close(socket)]);
}

#[test]
fn a_blocked_number_hears_busy_and_leaves_a_record() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    let mut setup = stage::setup(1);
    setup.listings = vec![Listing {
        id: ListingId::from_u128(1),
        listed: Listed::Blocked,
        number: phone("138"),
        prefix: true,
        reason: "robots".into(),
        until: None,
    }];
    stage.input(Input::Setup(Box::new(setup)));
    let said = stage.ring(1);
    let leg = LegId::from_u128(1);
    assert!(commands(&said).contains(&&EdgeCommand::End { leg, cause: Cause::Busy }));
    assert!(!commands(&said).iter().any(|command| matches!(command, EdgeCommand::Answer { .. })));
    assert_eq!(stage.state(1), AgentState::Ready);
    stage.gone(1);
    let record = stage.facts().into_iter().find_map(|fact| match fact {
        Fact::Contact(record) => Some((record.outcome, record.cause)),
        _ => None,
    });
    assert_eq!(record, Some((Outcome::Refused, Cause::Busy)));
    assert!(stage.floor.calls.is_empty());
}

#[test]
fn drain_refuses_new_calls_and_keeps_the_old() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    stage.ring(1);
    stage.accept(1);
    stage.input(Input::Drain);
    let said = stage.ring(2);
    assert!(matches!(commands(&said)[..], [EdgeCommand::End { cause: Cause::Congestion, .. }]));
    assert_eq!(stage.floor.live_calls(), 1);
}

#[test]
fn changes_count_on_without_a_gap() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    stage.ring(1);
    stage.accept(1);
    stage.gone(1);
    let mut expected = 0;
    for output in &stage.said {
        if let Output::Desk { message, .. } = output {
            match message.as_ref() {
                ToDesk::Snapshot { seq, .. } => expected = *seq,
                ToDesk::Change { seq, change } => {
                    expected += 1;
                    assert_eq!(*seq, expected, "{change:?}");
                    assert!(!matches!(change.as_ref(), DeskChange::Offer(Some(_))) || expected > 0);
                }
                _ => {}
            }
        }
    }
    assert!(expected >= 4);
}
