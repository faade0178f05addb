//! More than two in a call: consultations, transfers, conferences, supervision.

use super::stage::{QUEUE, setup};
use super::*;
use crate::call::guest::MAX_PARTIES;
use crate::wire::desk::{BusyReason, ContactView};
use crate::wire::parties::{CallAction, Mode, Part, PartyWho, Purpose, SideStage, Supervision, Target, Watch};

const OUTSIDE: &str = "10086";

/// Agent 1 talks to a customer; the others sit and are ready.
pub(super) fn talking(agents: u128) -> (Stage, ContactId) {
    let mut stage = Stage::new(agents);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    for n in 2..=agents {
        stage.sit(n);
    }
    (stage, contact)
}

fn customer() -> LegId {
    LegId::from_u128(1)
}

pub(super) fn leg(stage: &Stage, n: u128) -> LegId {
    stage.floor.agents[&agent(n)].leg.unwrap()
}

/// Who hears whom in this call's room, without what the house plays.
pub(super) fn ears(stage: &Stage, contact: ContactId) -> BTreeMap<LegId, Vec<LegId>> {
    let voices = |voice: &Voice| match voice {
        Voice::Leg(leg) => Some(*leg),
        Voice::Source(_) => None,
    };
    let plan = stage.plan(contact);
    plan.listeners.iter().map(|ear| (ear.leg, ear.hears.iter().filter_map(voices).collect())).collect()
}

fn hears_music(stage: &Stage, contact: ContactId, leg: LegId) -> bool {
    let plan = stage.plan(contact);
    let music = |voice: &Voice| {
        plan.sources.iter().any(|s| Voice::Source(s.id) == *voice && matches!(s.sound, Sound::Music(_)))
    };
    plan.listeners.iter().any(|ear| ear.leg == leg && ear.hears.iter().any(music))
}

fn act(stage: &mut Stage, n: u128, contact: ContactId, action: CallAction) -> Vec<Output> {
    stage.command(n, DeskCommand::Call { contact, action })
}

fn reach(stage: &mut Stage, contact: ContactId, purpose: Purpose, target: Target) -> Vec<Output> {
    act(stage, 1, contact, CallAction::Reach { target, purpose })
}

fn colleague(n: u128) -> Target {
    Target::Agent { user: agent(n) }
}

fn outside() -> Target {
    Target::Number { number: phone(OUTSIDE) }
}

fn view(stage: &Stage, n: u128) -> ContactView {
    stage.desk(n).contact.expect("a contact at hand")
}

fn dialled(said: &[Output]) -> LegId {
    let leg = commands(said).into_iter().find_map(|command| match command {
        EdgeCommand::Dial { leg, .. } => Some(*leg),
        _ => None,
    });
    leg.expect("a number is dialled")
}

fn ended(stage: &mut Stage, leg: LegId, cause: Cause) -> Vec<Output> {
    stage.edge(EdgeEvent::Ended { leg, cause, quality: Quality::default() })
}

fn note(stage: &mut Stage, n: u128, contact: ContactId, notes: &str) {
    let form = WrapUpForm { notes: notes.into(), ..WrapUpForm::default() };
    assert_eq!(refused(&stage.command(n, DeskCommand::Note { contact, form })), None);
}

#[test]
fn a_colleague_is_consulted_apart_and_gets_the_customer_with_what_was_written() {
    let (mut stage, contact) = talking(2);
    note(&mut stage, 1, contact, "The boiler leaks.");
    reach(&mut stage, contact, Purpose::Consult, colleague(2));
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Hold, AgentState::Ringing));
    assert!(hears_music(&stage, contact, customer()));
    let card = stage.desk(2).offer.unwrap();
    assert_eq!((card.from.as_deref(), card.purpose), (Some("Agent 1"), Some(Purpose::Consult)));
    assert_eq!(card.earlier[0].notes, "The boiler leaks.", "they know before they answer");
    let side = stage.accept(2);
    assert_eq!(view(&stage, 2).part, Part::Consulted);
    assert_eq!(view(&stage, 1).sides[0].stage, SideStage::Talking);
    let (one, two) = (leg(&stage, 1), leg(&stage, 2));
    assert_eq!(ears(&stage, side), BTreeMap::from([(one, vec![two]), (two, vec![one])]));
    assert_eq!(ears(&stage, contact), BTreeMap::from([(customer(), vec![])]), "the customer hears music alone");

    act(&mut stage, 1, contact, CallAction::Toggle);
    assert_eq!(stage.state(1), AgentState::Talking);
    assert_eq!(ears(&stage, contact), BTreeMap::from([(customer(), vec![one]), (one, vec![customer()])]));
    assert!(hears_music(&stage, side, two) && ears(&stage, side)[&two].is_empty(), "the colleague waits");
    act(&mut stage, 1, contact, CallAction::Toggle);
    assert_eq!(ears(&stage, side), BTreeMap::from([(one, vec![two]), (two, vec![one])]));

    act(&mut stage, 1, contact, CallAction::Complete);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::WrapUp, AgentState::Talking));
    assert_eq!(ears(&stage, contact), BTreeMap::from([(customer(), vec![two]), (two, vec![customer()])]));
    assert!(!stage.floor.plans.contains_key(&side) && !stage.floor.calls.contains_key(&side));
    let seen = view(&stage, 2);
    assert_eq!((seen.contact, seen.part), (contact, Part::Responsible));
    assert_eq!((seen.earlier[0].name.as_str(), seen.earlier[0].notes.as_str()), ("Agent 1", "The boiler leaks."));
    assert!(seen.form.notes.is_empty(), "a form of one's own");

    note(&mut stage, 1, contact, "The boiler leaks. Passed on.");
    note(&mut stage, 2, contact, "Comes on Monday.");
    stage.gone(1);
    stage.pass(31);
    assert!(stage.floor.calls.is_empty());
    let facts = stage.facts();
    let record = facts.iter().rev().find_map(|fact| match fact {
        Fact::Contact(record) => Some(record),
        _ => None,
    });
    let record = record.unwrap();
    assert_eq!((record.agent, record.outcome), (Some(agent(2)), Outcome::Answered));
    assert_eq!(record.form.notes, "Agent 1: The boiler leaks. Passed on.\n\nComes on Monday.");
    let contacts: BTreeSet<_> = facts
        .iter()
        .filter_map(|fact| match fact {
            Fact::Contact(record) => Some(record.id),
            _ => None,
        })
        .collect();
    assert_eq!(contacts.len(), 1, "a consultation is no contact");
    assert!(
        facts
            .iter()
            .any(|fact| matches!(fact, Fact::Consult(it) if it.contact == contact && it.agent == Some(agent(2))))
    );
}

#[test]
fn cancelling_brings_the_agent_back_to_the_customer_and_frees_the_colleague() {
    let (mut stage, contact) = talking(2);
    for answered in [false, true] {
        reach(&mut stage, contact, Purpose::Consult, colleague(2));
        if answered {
            stage.accept(2);
        }
        let side = view(&stage, 1).sides[0].side;
        act(&mut stage, 1, contact, CallAction::Cancel { side });
        assert_eq!((stage.state(1), stage.state(2)), (AgentState::Talking, AgentState::Ready));
        let one = leg(&stage, 1);
        assert_eq!(ears(&stage, contact), BTreeMap::from([(customer(), vec![one]), (one, vec![customer()])]));
        assert_eq!(view(&stage, 1).side_ended, None, "it was their own wish");
    }
}

#[test]
fn who_does_not_answer_or_hangs_up_comes_back_as_words_and_the_customer_stays() {
    let (mut stage, contact) = talking(2);
    reach(&mut stage, contact, Purpose::Transfer, colleague(2));
    assert!(hears_music(&stage, contact, customer()));
    stage.pass(30);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Talking, AgentState::Missed));
    let ended_side = view(&stage, 1).side_ended.unwrap();
    assert_eq!((ended_side.cause, ended_side.answered, ended_side.with.as_str()), (Cause::NoAnswer, false, "Agent 2"));

    let said = reach(&mut stage, contact, Purpose::Transfer, outside());
    let far = dialled(&said);
    assert_eq!(view(&stage, 1).side_ended, None);
    ended(&mut stage, far, Cause::Busy);
    assert_eq!(stage.state(1), AgentState::Talking);
    assert_eq!(view(&stage, 1).side_ended.unwrap().cause, Cause::Busy);

    stage.command(2, DeskCommand::SetState { state: WantedState::Ready });
    reach(&mut stage, contact, Purpose::Consult, colleague(2));
    let side = stage.accept(2);
    stage.command(2, DeskCommand::HangUp { contact: side });
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Hold, AgentState::Ready));
    assert!(view(&stage, 1).side_ended.unwrap().answered);
    stage.command(1, DeskCommand::Hold { contact, on: false });
    let one = leg(&stage, 1);
    assert_eq!(ears(&stage, contact)[&customer()], [one]);
}

#[test]
fn what_is_refused_is_refused_before_anything_rings() {
    let (mut stage, contact) = talking(3);
    let is = |stage: &mut Stage, target: Target, why: &str| {
        let said = reach(stage, contact, Purpose::Transfer, target);
        assert_eq!(refused(&said).as_deref(), Some(why));
        assert_eq!(commands(&said), Vec::<&EdgeCommand>::new(), "{why}: nothing rings");
        assert_eq!(stage.state(1), AgentState::Talking);
    };
    is(&mut stage, colleague(1), "transfer.self");
    is(&mut stage, colleague(9), "agent.unknown");
    is(&mut stage, Target::Number { number: phone("0085212345678") }, "number.not_allowed");
    is(&mut stage, Target::Queue { queue: QueueId::from_u128(77) }, "queue.unknown");
    stage.command(3, DeskCommand::SignOut);
    is(&mut stage, colleague(3), "agent.offline");
    stage.ring(2);
    stage.accept(2);
    is(&mut stage, colleague(2), "agent.engaged");
    let said = act(&mut stage, 2, contact, CallAction::Toggle);
    assert_eq!(refused(&said).as_deref(), Some("contact.gone"), "it is not their call");
}

#[test]
fn a_blind_transfer_to_a_queue_is_offered_with_notes_and_who_sent_it() {
    let (mut stage, contact) = talking(2);
    note(&mut stage, 1, contact, "Wants a refund.");
    reach(&mut stage, contact, Purpose::Transfer, Target::Queue { queue: QUEUE });
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::WrapUp, AgentState::Ringing));
    let card = stage.desk(2).offer.unwrap();
    assert_eq!((card.from.as_deref(), card.earlier[0].notes.as_str()), (Some("Agent 1"), "Wants a refund."));
    assert!(stage.plan(contact).listeners[0].hears.len() == 1, "the customer hears the queue");
    stage.accept(2);
    let two = leg(&stage, 2);
    assert_eq!(ears(&stage, contact)[&customer()], [two]);
    let form = WrapUpForm { notes: "Wants a refund, angry.".into(), ..WrapUpForm::default() };
    stage.command(1, DeskCommand::FinishWrapUp { contact, form });
    assert_eq!(stage.state(1), AgentState::Ready);
    assert_eq!(view(&stage, 2).earlier[0].notes, "Wants a refund, angry.");
}

#[test]
fn a_queue_is_consulted_and_a_consultation_still_ringing_is_completed_as_a_transfer() {
    let (mut stage, contact) = talking(2);
    reach(&mut stage, contact, Purpose::Consult, Target::Queue { queue: QUEUE });
    let side = stage.accept(2);
    let (one, two) = (leg(&stage, 1), leg(&stage, 2));
    assert_eq!(ears(&stage, side), BTreeMap::from([(one, vec![two]), (two, vec![one])]));
    assert!(stage.plan(side).recording.is_none());
    act(&mut stage, 1, contact, CallAction::Cancel { side });
    assert_eq!(stage.state(2), AgentState::Ready);

    reach(&mut stage, contact, Purpose::Consult, colleague(2));
    act(&mut stage, 1, contact, CallAction::Complete);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Hold, AgentState::Ringing));
    assert!(!view(&stage, 1).sides[0].front);
    stage.accept(2);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::WrapUp, AgentState::Talking));
    assert_eq!(ears(&stage, contact)[&customer()], [two]);
}

#[test]
fn customer_and_outside_number_go_on_without_an_agent_until_one_hangs_up() {
    let (mut stage, contact) = talking(1);
    let said = reach(&mut stage, contact, Purpose::Consult, outside());
    let far = dialled(&said);
    let side = view(&stage, 1).sides[0].side;
    stage.edge(EdgeEvent::Ringing { leg: far, early_media: true });
    assert_eq!(ears(&stage, side)[&leg(&stage, 1)], [far], "what the far end says while it rings");
    stage.edge(EdgeEvent::Answered { leg: far });
    stage.command(1, DeskCommand::Digits { contact, digits: "7".into() });
    assert!(matches!(commands(&stage.said)[..], [.., EdgeCommand::SendDigits { leg, .. }] if *leg == far));
    act(&mut stage, 1, contact, CallAction::Complete);
    assert_eq!(stage.state(1), AgentState::WrapUp);
    assert_eq!(ears(&stage, contact), BTreeMap::from([(customer(), vec![far]), (far, vec![customer()])]));
    stage.pass(40);
    assert_eq!(stage.state(1), AgentState::Ready);
    let said = ended(&mut stage, far, Cause::Normal);
    assert!(
        commands(&said).iter().any(|it| matches!(it, EdgeCommand::End { leg, .. } if *leg == customer())),
        "{said:?}"
    );
    stage.gone(1);
    assert!(stage.floor.calls.is_empty() && stage.floor.legs.len() == 1);
}

#[test]
fn a_conference_mixes_all_mutes_one_kicks_one_and_goes_on_without_its_moderator() {
    let (mut stage, contact) = talking(3);
    reach(&mut stage, contact, Purpose::Invite, colleague(2));
    let (one, two) = (leg(&stage, 1), leg(&stage, 2));
    assert_eq!(ears(&stage, contact)[&customer()], [one], "the call goes on while the colleague is rung");
    stage.accept(2);
    let said = reach(&mut stage, contact, Purpose::Invite, outside());
    let far = dialled(&said);
    stage.edge(EdgeEvent::Answered { leg: far });
    let all = BTreeMap::from([
        (customer(), vec![one, far, two]),
        (one, vec![customer(), far, two]),
        (two, vec![customer(), one, far]),
        (far, vec![customer(), one, two]),
    ]);
    let sorted = |ears: BTreeMap<LegId, Vec<LegId>>| {
        let sort = |mut legs: Vec<LegId>| {
            legs.sort_unstable();
            legs
        };
        ears.into_iter().map(|(leg, hears)| (leg, sort(hears))).collect::<BTreeMap<_, _>>()
    };
    assert_eq!(sorted(ears(&stage, contact)), sorted(all));
    let chime = stage.plan(contact).sources[0].clone();
    assert_eq!(chime.sound, Sound::Prompt(vec!["tones/beep".into()]));
    let room = stage.plan(contact).room;
    stage.edge(EdgeEvent::SourceEnded { room, source: chime.id });
    assert_eq!(stage.plan(contact).sources, []);
    assert_eq!(view(&stage, 2).parties.len(), 4, "a guest sees who is there");

    act(&mut stage, 1, contact, CallAction::Hush { leg: far, on: true });
    assert!(!ears(&stage, contact)[&customer()].contains(&far));
    assert_eq!(ears(&stage, contact)[&far].len(), 3, "muted, not deaf");
    let said = act(&mut stage, 2, contact, CallAction::Kick { leg: far });
    assert_eq!(refused(&said).as_deref(), Some("contact.gone"), "a guest does not lead");
    let said = act(&mut stage, 1, contact, CallAction::Kick { leg: far });
    assert!(commands(&said).iter().any(|it| matches!(it, EdgeCommand::End { leg, .. } if *leg == far)));
    ended(&mut stage, far, Cause::Normal);
    assert_eq!(ears(&stage, contact)[&customer()].len(), 2);

    act(&mut stage, 1, contact, CallAction::Leave);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::WrapUp, AgentState::Talking));
    assert_eq!(ears(&stage, contact), BTreeMap::from([(customer(), vec![two]), (two, vec![customer()])]));
    assert_eq!(view(&stage, 2).part, Part::Responsible, "the colleague leads now");
    stage.gone(1);
    assert_eq!(stage.state(2), AgentState::WrapUp);
}

#[test]
fn a_moderator_hands_over_and_a_conference_is_full_at_its_limit() {
    let (mut stage, contact) = talking(2);
    reach(&mut stage, contact, Purpose::Invite, colleague(2));
    stage.accept(2);
    act(&mut stage, 1, contact, CallAction::HandOver { user: agent(2) });
    assert_eq!((view(&stage, 1).part, view(&stage, 2).part), (Part::Guest, Part::Responsible));
    assert_eq!(ears(&stage, contact)[&customer()].len(), 2);
    stage.command(1, DeskCommand::HangUp { contact });
    assert_eq!(stage.state(1), AgentState::Ready, "a guest leaves, the call goes on");
    assert_eq!(ears(&stage, contact)[&customer()], [leg(&stage, 2)]);

    stage.floor.setup.outbound = OutboundLimits { at_once: 100, per_day: 100, ..OutboundLimits::default() };
    let ask = CallAction::Reach { target: outside(), purpose: Purpose::Invite };
    for _ in 2..MAX_PARTIES {
        let said = act(&mut stage, 2, contact, ask.clone());
        stage.edge(EdgeEvent::Answered { leg: dialled(&said) });
    }
    assert_eq!(ears(&stage, contact).len(), MAX_PARTIES);
    assert_eq!(refused(&act(&mut stage, 2, contact, ask)).as_deref(), Some("conference.full"));
    let said = stage.command(2, DeskCommand::HangUp { contact });
    let hung_up = commands(&said).iter().filter(|it| matches!(it, EdgeCommand::End { .. })).count();
    assert_eq!(hung_up, MAX_PARTIES - 1, "ended for all");
}

#[test]
fn a_guest_survives_a_reload_and_is_given_up_when_the_page_stays_away() {
    let (mut stage, contact) = talking(2);
    reach(&mut stage, contact, Purpose::Invite, colleague(2));
    stage.accept(2);
    let old = leg(&stage, 2);
    ended(&mut stage, old, Cause::Lost);
    assert!(!ears(&stage, contact)[&customer()].contains(&old));
    stage.command(2, DeskCommand::Connect { sdp: "again".into() });
    let new = leg(&stage, 2);
    assert!(new != old && ears(&stage, contact)[&customer()].contains(&new));
    ended(&mut stage, new, Cause::Lost);
    stage.input(Input::DeskClosed { socket: SocketId(2) });
    stage.pass(31);
    assert_eq!(ears(&stage, contact).len(), 2, "the other two go on");
    assert_ne!(stage.state(2), AgentState::Talking);
}

#[test]
fn the_asking_agents_reload_keeps_the_consultation_and_a_lost_core_or_edge_is_made_good() {
    let (mut stage, contact) = talking(2);
    reach(&mut stage, contact, Purpose::Consult, colleague(2));
    let side = stage.accept(2);
    let old = leg(&stage, 1);
    ended(&mut stage, old, Cause::Lost);
    stage.command(1, DeskCommand::Connect { sdp: "again".into() });
    let (one, two) = (leg(&stage, 1), leg(&stage, 2));
    assert_eq!(ears(&stage, side), BTreeMap::from([(one, vec![two]), (two, vec![one])]));
    act(&mut stage, 1, contact, CallAction::Join);
    let said = reach(&mut stage, contact, Purpose::Invite, outside());
    let far = dialled(&said);
    stage.edge(EdgeEvent::Answered { leg: far });
    assert_eq!(ears(&stage, contact).len(), 4);

    let living = |leg: LegId| LivingLeg { leg, role: None, stage: Reached::Up };
    let legs = [customer(), one, two, LegId::from_u128(99)].map(living).to_vec();
    let rooms = vec![stage.plan(contact).room];
    let said = stage.edge(EdgeEvent::Living { answers: 1, legs, rooms, recordings: vec![] });
    assert_eq!(ears(&stage, contact).len(), 3, "the number's leg died with nobody to tell");
    assert!(commands(&said).iter().any(|it| matches!(it, EdgeCommand::SetRoom(plan) if plan.listeners.len() == 3)));
    assert!(
        commands(&said).iter().any(|it| matches!(it, EdgeCommand::End { leg, .. } if *leg == LegId::from_u128(99)))
    );
}

#[test]
fn an_asking_agent_who_is_lost_loses_the_consultation_and_the_customer_is_queued() {
    let (mut stage, contact) = talking(2);
    reach(&mut stage, contact, Purpose::Consult, colleague(2));
    stage.accept(2);
    let one = leg(&stage, 1);
    ended(&mut stage, one, Cause::Lost);
    stage.input(Input::DeskClosed { socket: SocketId(1) });
    stage.pass(31);
    assert_eq!(stage.state(2), AgentState::Ringing, "the customer is offered to who is free now");
    assert_eq!(stage.desk(2).offer.unwrap().contact, contact);
}

#[test]
fn a_customer_who_hangs_up_ends_everything_at_the_side() {
    let (mut stage, contact) = talking(2);
    reach(&mut stage, contact, Purpose::Consult, colleague(2));
    stage.accept(2);
    stage.gone(1);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::WrapUp, AgentState::Ready));
    stage.pass(31);
    assert!(stage.floor.calls.is_empty() && stage.floor.rooms.is_empty() && stage.floor.plans.is_empty());
}

/// As [`talking`], with agent `n` a supervisor.
fn supervised(agents: u128, n: u128) -> (Stage, ContactId) {
    let (mut stage, contact) = talking(agents);
    let mut set_up = setup(agents);
    set_up.users[n as usize - 1].roles = vec![Role::Supervisor];
    stage.input(Input::Setup(Box::new(set_up)));
    (stage, contact)
}

pub(super) fn supervise(stage: &mut Stage, n: u128, action: Supervision) -> Vec<Output> {
    stage.command(n, DeskCommand::Supervise { action })
}

#[test]
fn a_supervisor_listens_whispers_barges_and_takes_over_and_the_log_says_so() {
    let (mut stage, contact) = supervised(3, 3);
    let enter = |mode| Supervision::Enter { contact, mode };
    assert_eq!(refused(&supervise(&mut stage, 2, enter(Mode::Listens))).as_deref(), Some("not_allowed"));
    let (one, boss) = (leg(&stage, 1), leg(&stage, 3));
    let talkers = |ears: &BTreeMap<LegId, Vec<LegId>>, ear: LegId| ears[&ear].clone();

    assert_eq!(refused(&supervise(&mut stage, 3, enter(Mode::Listens))), None);
    let now = ears(&stage, contact);
    assert_eq!((talkers(&now, customer()), talkers(&now, one)), (vec![one], vec![customer()]));
    assert_eq!(talkers(&now, boss), [customer(), one]);
    assert!(view(&stage, 1).parties.is_empty(), "nobody sees who listens");
    assert_eq!(view(&stage, 3).part, Part::Listens);

    supervise(&mut stage, 3, enter(Mode::Whispers));
    let now = ears(&stage, contact);
    assert_eq!(talkers(&now, one), [customer(), boss]);
    assert_eq!(talkers(&now, customer()), [one], "the customer does not hear it");
    assert_eq!(stage.plan(contact).recording.as_ref().unwrap().right, [one], "nor does the recording");

    supervise(&mut stage, 3, enter(Mode::Talks));
    let now = ears(&stage, contact);
    assert_eq!(talkers(&now, customer()), [one, boss]);
    assert_eq!(talkers(&now, one), [customer(), boss]);
    assert!(matches!(view(&stage, 1).parties[2].who, PartyWho::Agent { leads: false, .. }));

    supervise(&mut stage, 3, Supervision::TakeOver { contact });
    assert_eq!((stage.state(1), stage.state(3)), (AgentState::WrapUp, AgentState::Talking));
    assert_eq!(ears(&stage, contact), BTreeMap::from([(customer(), vec![boss]), (boss, vec![customer()])]));
    supervise(&mut stage, 3, Supervision::Disconnect { contact });
    assert_eq!(stage.state(3), AgentState::WrapUp);
    let said: Vec<String> = stage
        .facts()
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Audit(entry) => Some(entry.action),
            _ => None,
        })
        .collect();
    assert_eq!(said, ["call.listened", "call.whispered", "call.barged", "call.taken_over", "call.disconnected"]);
}

#[test]
fn a_supervisor_forces_states_queues_and_sign_out() {
    let (mut stage, contact) = supervised(3, 3);
    let busy = WantedState::Busy { reason: BusyReason::Meeting };
    supervise(&mut stage, 3, Supervision::SetState { user: agent(2), state: busy });
    assert_eq!(stage.state(2), AgentState::Busy(BusyReason::Meeting));
    supervise(&mut stage, 3, Supervision::SetState { user: agent(2), state: WantedState::Ready });
    supervise(&mut stage, 3, Supervision::ToQueue { contact, queue: QUEUE });
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::WrapUp, AgentState::Ringing));
    stage.accept(2);
    let said = supervise(&mut stage, 3, Supervision::SignOut { user: agent(1) });
    assert!(said.iter().any(|it| matches!(it, Output::Close(SocketId(1)))));
    stage.pass(31);
    assert_eq!(stage.state(1), AgentState::Offline);
    let said = supervise(&mut stage, 3, Supervision::SignOut { user: agent(1) });
    assert_eq!(refused(&said).as_deref(), Some("agent.offline"));
}

#[test]
fn who_watches_sees_the_floor_at_most_once_a_second_and_only_what_they_may() {
    let (mut stage, contact) = supervised(2, 2);
    let lists = |said: &[Output]| {
        let list = |output: &Output| match output {
            Output::Desk { message, .. } => match message.as_ref() {
                ToDesk::Floor { floor } => Some(floor.as_ref().clone()),
                _ => None,
            },
            _ => None,
        };
        said.iter().filter_map(list).collect::<Vec<_>>()
    };
    let said = stage.command(1, DeskCommand::Watch { what: Watch::Floor });
    assert_eq!(refused(&said).as_deref(), Some("not_allowed"));
    let seen = lists(&stage.command(1, DeskCommand::Watch { what: Watch::Directory }));
    assert!(
        seen[0].calls.is_empty() && seen[0].agents.len() == 2 && seen[0].agents.iter().all(|a| a.contact.is_none())
    );
    stage.command(1, DeskCommand::Watch { what: Watch::Nothing });
    let seen = lists(&stage.command(2, DeskCommand::Watch { what: Watch::Floor }));
    assert_eq!((seen[0].calls[0].contact, seen[0].agents[0].contact), (contact, Some(contact)));
    assert_eq!(lists(&stage.ring(2)).len() + lists(&stage.gone(2)).len(), 0, "not with every change");
    stage.ring(3);
    let seen = lists(&stage.pass(2));
    assert_eq!(seen.len(), 1, "once, since nothing changed in the other second");
    stage.command(2, DeskCommand::Watch { what: Watch::Nothing });
    assert_eq!(lists(&stage.pass(5)), []);
    assert!(!stage.floor.watching);
}

#[test]
fn a_recording_holds_silence_while_it_is_paused_and_goes_on_by_itself() {
    let (mut stage, contact) = talking(1);
    let paused = |stage: &Stage| stage.plan(contact).recording.as_ref().map(|plan| plan.paused);
    act(&mut stage, 1, contact, CallAction::Pause { on: true });
    assert_eq!(paused(&stage), Some(true));
    assert_eq!(view(&stage, 1).paused_until, Some(stage.now + Millis::from_secs(60)));
    stage.pass(30);
    act(&mut stage, 1, contact, CallAction::Pause { on: false });
    assert_eq!(paused(&stage), Some(false));
    act(&mut stage, 1, contact, CallAction::Pause { on: true });
    stage.pass(31);
    assert_eq!(paused(&stage), Some(true), "the first pause's end is not the second one's");
    stage.pass(30);
    assert_eq!((paused(&stage), view(&stage, 1).paused_until), (Some(false), None));
}

#[test]
fn a_call_that_is_not_recorded_is_recorded_on_demand() {
    let mut stage = Stage::new(1);
    let mut set_up = setup(1);
    set_up.queues[0].record = false;
    stage.input(Input::Setup(Box::new(set_up)));
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    assert_eq!(stage.plan(contact).recording, None);
    assert_eq!(
        refused(&act(&mut stage, 1, contact, CallAction::Pause { on: true })).as_deref(),
        Some("recording.none")
    );
    act(&mut stage, 1, contact, CallAction::Record);
    let first = stage.plan(contact).recording.clone();
    assert!(first.is_some());
    act(&mut stage, 1, contact, CallAction::Record);
    assert_eq!(stage.plan(contact).recording, first, "once");
}

#[test]
fn a_customer_who_was_muted_is_heard_again_once_the_conference_is_over() {
    let (mut stage, contact) = talking(2);
    reach(&mut stage, contact, Purpose::Invite, colleague(2));
    stage.accept(2);
    let (one, two) = (leg(&stage, 1), leg(&stage, 2));
    act(&mut stage, 1, contact, CallAction::Hush { leg: customer(), on: true });
    assert_eq!(ears(&stage, contact)[&one], [two]);
    act(&mut stage, 1, contact, CallAction::Kick { leg: two });
    assert_eq!(ears(&stage, contact)[&one], [customer()]);
}
