//! What a queue's routing does on the floor: several desks, last agents, wrap-ups, answers by themselves, estimates.

use super::stage::{QUEUE, Stage, agent, refused, setup};
use super::*;
use crate::edge::Voice;
use crate::ids::DispositionId;
use crate::wire::desk::Disposition;
use crate::wire::rest::{Choice, Menu};
use crate::wire::routing::{Routing, Sticky, WrapUpMode};

const GOLD: QueueId = QueueId::from_u128(77);
const DISPOSITION: DispositionId = DispositionId::from_u128(5);

/// A floor whose queue routes so; one disposition can be chosen.
fn routed(agents: u128, routing: Routing) -> Stage {
    let mut stage = Stage::new(agents);
    let mut setup = setup(agents);
    setup.queues[0].routing = routing;
    setup.dispositions = vec![Disposition { id: DISPOSITION, zh: "已解决".into(), en: "Solved".into() }];
    stage.input(Input::Setup(Box::new(setup)));
    stage
}

fn ends(stage: &Stage) -> Vec<(UserId, OfferEnd)> {
    let facts = stage.facts().into_iter();
    let ends = facts.filter_map(|fact| match fact {
        Fact::Offer(offer) => Some((offer.agent, offer.end)),
        Fact::Contact(_)
        | Fact::Leg(_)
        | Fact::Span(_)
        | Fact::Recording(_)
        | Fact::Consult(_)
        | Fact::Audit(_)
        | Fact::Callback(_)
        | Fact::Trail(_)
        | Fact::Survey(_)
        | Fact::Message(_) => None,
    });
    ends.collect()
}

fn card(vip: bool) -> CustomerCard {
    CustomerCard {
        customer: CustomerId::from_u128(1),
        name: "Li Lei".to_owned(),
        company: None,
        vip,
        remark: None,
        contacts: 1,
        last_contact: None,
    }
}

#[test]
fn several_desks_ring_and_the_others_see_it_withdrawn_with_the_same_input() {
    let mut stage = routed(3, Routing { ring: 3, ..Routing::default() });
    for n in 1..=3 {
        stage.sit(n);
        stage.pass(10);
    }
    stage.ring(1);
    assert!((1..=3).all(|n| stage.state(n) == AgentState::Ringing));
    let late = stage.desk(3).offer.unwrap().offer;
    stage.accept(2);
    assert_eq!([1, 2, 3].map(|n| stage.state(n)), [AgentState::Ready, AgentState::Talking, AgentState::Ready]);
    assert!([1, 3].iter().all(|n| stage.desk(*n).offer.is_none()));
    let taken = |n| (agent(n), OfferEnd::Taken);
    let all: BTreeSet<_> = ends(&stage).into_iter().map(|(user, end)| (user, format!("{end:?}"))).collect();
    let expected = [(agent(2), OfferEnd::Accepted), taken(1), taken(3)];
    assert_eq!(all, expected.map(|(user, end)| (user, format!("{end:?}"))).into());
    let said = stage.command(3, DeskCommand::Accept { offer: late });
    assert_eq!(refused(&said).as_deref(), Some("offer.gone"));
    // Who was rung in vain is idle since before.
    stage.ring(2);
    assert_eq!(stage.desk(1).offer.unwrap().why.best[0].idle, Millis(30_000));
}

#[test]
fn a_customer_who_calls_again_waits_for_their_last_agent() {
    let sticky = Some(Sticky { days: 30, patience: Millis::from_secs(40) });
    let mut stage = routed(2, Routing { sticky, ..Routing::default() });
    stage.sit(1);
    stage.sit(2);
    let last = |stage: &Stage, days: i64| {
        Some(LastAgent { agent: agent(2), ended: Timestamp(stage.now.0 - days * 86_400_000) })
    };
    stage.ring(1);
    assert_eq!(
        (stage.state(1), stage.state(2)),
        (AgentState::Ready, AgentState::Ready),
        "held until it is known who calls"
    );
    let contact = *stage.floor.calls.keys().next().unwrap();
    stage.input(Input::Card { contact, card: None, last: last(&stage, 3) });
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Ready, AgentState::Ringing));
    stage.accept(2);
    stage.ring(2);
    let second = *stage.floor.calls.keys().find(|id| **id != contact).unwrap();
    stage.input(Input::Card { contact: second, card: None, last: last(&stage, 3) });
    assert_eq!(stage.state(1), AgentState::Ready, "agent 2 talks; the caller has patience");
    stage.pass(40);
    assert_eq!(stage.state(1), AgentState::Ringing);
    assert!(stage.desk(1).offer.unwrap().why.preferred.is_some_and(|it| it.user == agent(2) && !it.alone));
    stage.gone(2);
    stage.ring(3);
    let third = *stage.floor.calls.keys().find(|id| ![contact, second].contains(id)).unwrap();
    stage.input(Input::Card { contact: third, card: None, last: last(&stage, 31) });
    assert_eq!(stage.state(1), AgentState::Ringing, "too long ago");
}

#[test]
fn a_store_that_is_slow_holds_nobody_for_long() {
    let sticky = Some(Sticky { days: 30, patience: Millis::from_secs(40) });
    let mut stage = routed(1, Routing { sticky, ..Routing::default() });
    stage.sit(1);
    stage.ring(1);
    assert_eq!(stage.state(1), AgentState::Ready);
    stage.pass(1);
    assert_eq!(stage.state(1), AgentState::Ringing);
    stage.gone(1);
    stage.ring(2);
    stage.gone(2);
    stage.pass(1);
    assert!(stage.floor.held.is_empty() && stage.floor.looked_up.is_empty() && stage.floor.calls.is_empty());
}

#[test]
fn a_very_important_customer_skips_the_portal() {
    let mut stage = Stage::new(2);
    let mut setup = setup(2);
    let mut gold = setup.queues[0].clone();
    (gold.id, gold.name) = (GOLD, "Gold".to_owned());
    setup.queues.push(gold);
    setup.users[1].queues = vec![GOLD];
    setup.numbers[0].vip = Some(GOLD);
    let choices = vec![Choice { digit: '1', queue: QUEUE }];
    setup.numbers[0].entry = Entry::Menu(Menu { prompt: "en/menu".into(), choices, otherwise: QUEUE });
    stage.input(Input::Setup(Box::new(setup)));
    stage.sit(1);
    stage.sit(2);
    stage.ring(1);
    stage.ring(2);
    let [first, second] = stage.floor.calls.keys().copied().collect::<Vec<_>>()[..] else { panic!("two calls") };
    stage.input(Input::Card { contact: first, card: Some(card(false)), last: None });
    assert!(matches!(stage.floor.calls[&first].phase, Phase::Portal(_)), "anybody else hears the menu");
    stage.input(Input::Card { contact: second, card: Some(card(true)), last: None });
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Ready, AgentState::Ringing));
    assert_eq!(stage.desk(2).offer.unwrap().queue, "Gold");
}

/// A call through the queue, until its agent wraps up.
fn wrapping(mode: WrapUpMode) -> (Stage, ContactId) {
    let mut stage = routed(1, Routing { wrap_up: mode, ..Routing::default() });
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    stage.pass(10);
    stage.gone(1);
    (stage, contact)
}

#[test]
fn a_queue_without_wrap_up_has_none() {
    let (stage, _) = wrapping(WrapUpMode::None);
    assert_eq!(stage.state(1), AgentState::Ready);
}

#[test]
fn a_timed_wrap_up_takes_its_whole_time() {
    let (mut stage, contact) = wrapping(WrapUpMode::Timed);
    assert_eq!(stage.desk(1).contact.unwrap().wrap_up, WrapUpMode::Timed);
    let said = stage.command(1, DeskCommand::FinishWrapUp { contact, form: WrapUpForm::default() });
    assert_eq!(refused(&said).as_deref(), Some("wrap_up.timed"));
    stage.pass(30);
    assert_eq!(stage.state(1), AgentState::Ready);
}

#[test]
fn a_wrap_up_that_asks_for_a_disposition_ends_with_one_and_not_before() {
    let (mut stage, contact) = wrapping(WrapUpMode::MustClassify);
    stage.pass(300);
    assert_eq!(stage.state(1), AgentState::WrapUp, "not by itself");
    for command in [DeskCommand::FinishWrapUp { contact, form: WrapUpForm::default() }, DeskCommand::SignOut] {
        let said = stage.command(1, command);
        assert_eq!(refused(&said).as_deref(), Some("disposition.required"));
    }
    let form = WrapUpForm { disposition: Some(DISPOSITION), ..WrapUpForm::default() };
    stage.command(1, DeskCommand::FinishWrapUp { contact, form });
    assert_eq!(stage.state(1), AgentState::Ready);
}

#[test]
fn who_is_given_up_classifies_nothing_any_more() {
    let (mut stage, _) = wrapping(WrapUpMode::MustClassify);
    stage.input(Input::DeskClosed { socket: SocketId(1) });
    stage.pass(601);
    assert_eq!(stage.state(1), AgentState::Offline);
    assert!(stage.floor.calls.is_empty());
}

#[test]
fn a_call_that_is_answered_for_its_agent_begins_with_a_tone_that_the_caller_does_not_hear() {
    let mut stage = routed(1, Routing { auto_answer: true, ring: 3, ..Routing::default() });
    stage.sit(1);
    stage.ring(1);
    assert!(stage.desk(1).offer.unwrap().auto, "the page shows it");
    stage.pass(1);
    assert_eq!(stage.state(1), AgentState::Talking);
    let contact = stage.desk(1).contact.unwrap().contact;
    let plan = stage.plan(contact).clone();
    let (customer, own) = (&plan.listeners[0], &plan.listeners[1]);
    let [tone] = &plan.sources[..] else { panic!("one tone: {plan:?}") };
    assert_eq!(tone.sound, Sound::Prompt(vec!["tones/beep".into()]));
    assert_eq!((&own.hears[..], &customer.hears[..]), (&[Voice::Source(tone.id)][..], &[Voice::Leg(own.leg)][..]));
    stage.edge(EdgeEvent::SourceEnded { room: plan.room, source: tone.id });
    let plan = stage.plan(contact);
    assert_eq!(plan.listeners[1].hears, [Voice::Leg(LegId::from_u128(1))]);
    assert!(plan.sources.is_empty());
}

#[test]
fn the_record_says_what_wait_was_expected_and_how_wrong_that_was() {
    let mut stage = routed(1, Routing { wrap_up: WrapUpMode::None, ..Routing::default() });
    stage.sit(1);
    for n in 1..=3 {
        stage.ring(n);
    }
    for n in 1..=3 {
        stage.accept(1);
        stage.pass(60);
        stage.gone(n);
    }
    stage.ring(4);
    stage.ring(5);
    stage.accept(1);
    stage.pass(50);
    stage.gone(4);
    stage.accept(1);
    stage.gone(5);
    let records: BTreeMap<_, _> = stage
        .facts()
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Contact(record) => Some((record.id, (record.estimated, record.estimate_error))),
            Fact::Offer(_)
            | Fact::Leg(_)
            | Fact::Span(_)
            | Fact::Recording(_)
            | Fact::Consult(_)
            | Fact::Audit(_)
            | Fact::Callback(_)
            | Fact::Trail(_)
            | Fact::Survey(_)
            | Fact::Message(_) => None,
        })
        .collect();
    let all: Vec<_> = records.into_values().collect();
    assert_eq!(all.len(), 5);
    assert!(all.contains(&(Some(Millis::ZERO), Some(0))), "who came when the agent was free: {all:?}");
    assert!(all.contains(&(None, None)), "at first nothing was known: {all:?}");
    assert!(all.contains(&(Some(Millis(60_000)), Some(-10_000))), "one place, an agent who takes 60 s: {all:?}");
}
