//! Control of calls: pick-up, refusal, parking, flows as a target, what is known of the caller, played sounds, the agent's
//! number, and what is recorded.

use super::stage::{HOTLINE, QUEUE, TRUNK, setup};
use super::*;
use crate::flow::model::{Flow, Kind, Node, NodeId, Place};
use crate::flow::{Exit, Phrase, Template};
use crate::setup::PublishedFlow;
use crate::wire::control::{Audience, Identification, RecordRule};
use crate::wire::desk::{BusyReason, ContactView};
use crate::wire::parties::{CallAction, FloorView, Purpose, Target, Watch};

const FLOW: crate::ids::FlowId = crate::ids::FlowId::from_u128(77);

fn customer() -> LegId {
    LegId::from_u128(1)
}

fn leg(stage: &Stage, n: u128) -> LegId {
    stage.floor.agents[&agent(n)].leg.unwrap()
}

fn act(stage: &mut Stage, n: u128, contact: ContactId, action: CallAction) -> Vec<Output> {
    stage.command(n, DeskCommand::Call { contact, action })
}

fn view(stage: &Stage, n: u128) -> ContactView {
    stage.desk(n).contact.expect("a contact at hand")
}

/// What agent `n` sees around them.
fn around(stage: &mut Stage, n: u128) -> FloorView {
    let said = stage.command(n, DeskCommand::Watch { what: Watch::Around });
    let view = said.iter().find_map(|output| match output {
        Output::Desk { message, .. } => match message.as_ref() {
            ToDesk::Floor { floor } => Some((**floor).clone()),
            _ => None,
        },
        _ => None,
    });
    view.expect("a list")
}

/// Changes the set-up that `agents` agents work with.
fn set_up(stage: &mut Stage, agents: u128, change: impl FnOnce(&mut TenantSetup)) {
    let mut with = setup(agents);
    change(&mut with);
    stage.input(Input::Setup(Box::new(with)));
}

/// What a leg hears: other legs, and the sounds of the house.
fn hears(stage: &Stage, contact: ContactId, leg: LegId) -> (Vec<LegId>, Vec<Sound>) {
    let plan = stage.plan(contact);
    let ear = plan.listeners.iter().find(|ear| ear.leg == leg).expect("it is in the room");
    let sound = |id| plan.sources.iter().find(|source| source.id == id).unwrap().sound.clone();
    let (mut legs, mut sounds) = (vec![], vec![]);
    for voice in &ear.hears {
        match voice {
            Voice::Leg(leg) => legs.push(*leg),
            Voice::Source(id) => sounds.push(sound(*id)),
        }
    }
    (legs, sounds)
}

fn prompt(names: &[&str]) -> Sound {
    Sound::Prompt(names.iter().map(|name| (*name).to_owned()).collect())
}

fn records(stage: &Stage, contact: ContactId) -> Option<bool> {
    stage.plan(contact).recording.as_ref().map(|plan| !plan.paused)
}

fn answered() -> (Stage, ContactId) {
    let mut stage = Stage::new(3);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    stage.sit(2);
    stage.sit(3);
    (stage, contact)
}

#[test]
fn a_colleague_picks_up_what_rings_and_exactly_one_has_it() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.ring(1);
    stage.sit(2);
    let card = stage.desk(1).offer.unwrap();
    assert!(!card.decline, "what a queue offers is not refused");
    let said = stage.command(1, DeskCommand::Decline { offer: card.offer });
    assert_eq!(refused(&said).as_deref(), Some("offer.not_declinable"));
    let seen = around(&mut stage, 2).ringing;
    assert_eq!(
        (seen.len(), seen[0].contact, seen[0].agents.as_slice()),
        (1, card.contact, &["Agent 1".to_owned()][..])
    );
    assert!(around(&mut stage, 1).ringing.is_empty(), "one's own is on the card");
    assert_eq!(refused(&stage.command(2, DeskCommand::PickUp { contact: card.contact })), None);
    assert_eq!((stage.state(1), stage.state(2)), (AgentState::Ready, AgentState::Talking));
    assert!(stage.desk(1).offer.is_none());
    let said = stage.command(1, DeskCommand::Accept { offer: card.offer });
    assert_eq!(refused(&said).as_deref(), Some("offer.gone"));
    let said = stage.command(1, DeskCommand::PickUp { contact: card.contact });
    assert_eq!(refused(&said).as_deref(), Some("offer.gone"), "it rings no more");
    assert_eq!(hears(&stage, card.contact, customer()).0, [leg(&stage, 2)]);
    let ends = stage.facts().into_iter().filter_map(|fact| match fact {
        Fact::Offer(offer) => Some(offer.end),
        Fact::Audit(deed) => {
            assert_eq!(deed.action, "call.picked_up");
            None
        }
        _ => None,
    });
    assert_eq!(ends.collect::<Vec<_>>(), [OfferEnd::Taken]);
}

#[test]
fn who_serves_another_queue_picks_nothing_up() {
    let mut stage = Stage::new(2);
    set_up(&mut stage, 2, |with| with.users[1].queues.clear());
    stage.sit(1);
    stage.ring(1);
    let contact = stage.desk(1).offer.unwrap().contact;
    stage.sit(2);
    assert!(around(&mut stage, 2).ringing.is_empty());
    assert_eq!(refused(&stage.command(2, DeskCommand::PickUp { contact })).as_deref(), Some("not_allowed"));
    assert_eq!(stage.state(1), AgentState::Ringing);
}

#[test]
fn who_is_asked_by_name_may_refuse_and_a_colleague_pick_up() {
    let (mut stage, contact) = answered();
    let ask = |stage: &mut Stage| {
        let target = Target::Agent { user: agent(2) };
        act(stage, 1, contact, CallAction::Reach { target, purpose: Purpose::Consult });
        stage.desk(2).offer.unwrap()
    };
    let card = ask(&mut stage);
    assert!(card.decline);
    assert_eq!(refused(&stage.command(2, DeskCommand::Decline { offer: card.offer })), None);
    assert_eq!(stage.state(2), AgentState::Ready, "a refusal is not a missed call");
    let ended = view(&stage, 1).side_ended.unwrap();
    assert_eq!((ended.cause, ended.answered), (Cause::Rejected, false));

    act(&mut stage, 1, contact, CallAction::Cancel { side: card.contact });
    let card = ask(&mut stage);
    assert!(around(&mut stage, 1).ringing.is_empty(), "nobody picks up whom they asked");
    assert_eq!(around(&mut stage, 3).ringing[0].contact, card.contact);
    assert_eq!(refused(&stage.command(3, DeskCommand::PickUp { contact: card.contact })), None);
    assert_eq!((stage.state(2), stage.state(3)), (AgentState::Ready, AgentState::Talking));
    act(&mut stage, 1, contact, CallAction::Complete);
    assert_eq!(hears(&stage, contact, customer()).0, [leg(&stage, 3)]);
}

#[test]
fn a_parked_call_hears_music_and_anybody_takes_it() {
    let (mut stage, contact) = answered();
    let form = WrapUpForm { notes: "Wants Ben.".into(), ..WrapUpForm::default() };
    stage.command(1, DeskCommand::Note { contact, form });
    assert_eq!(refused(&act(&mut stage, 1, contact, CallAction::Park)), None);
    assert_eq!(stage.state(1), AgentState::WrapUp);
    assert!(matches!(hears(&stage, contact, customer()).1[..], [Sound::Music(_)]));
    let lines = around(&mut stage, 2).parked;
    assert_eq!((lines[0].slot, lines[0].by_name.as_str()), (1, "Agent 1"));
    assert_eq!(refused(&stage.command(2, DeskCommand::Retrieve { contact })), None);
    assert_eq!(hears(&stage, contact, customer()).0, [leg(&stage, 2)]);
    assert_eq!(view(&stage, 2).earlier[0].notes, "Wants Ben.");
    let said = stage.command(3, DeskCommand::Retrieve { contact });
    assert_eq!(refused(&said).as_deref(), Some("park.gone"));
    stage.gone(1);
    stage.pass(31);
    assert!(stage.floor.calls.is_empty());
}

#[test]
fn who_parked_takes_it_back_out_of_the_wrap_up_with_the_same_form() {
    let (mut stage, contact) = answered();
    let form = WrapUpForm { notes: "Asks a colleague.".into(), ..WrapUpForm::default() };
    stage.command(1, DeskCommand::Note { contact, form });
    act(&mut stage, 1, contact, CallAction::Park);
    assert_eq!(refused(&stage.command(1, DeskCommand::Retrieve { contact })), None);
    let seen = view(&stage, 1);
    assert_eq!((seen.form.notes.as_str(), seen.earlier.len()), ("Asks a colleague.", 0));
    stage.pass(200);
    assert_eq!(stage.state(1), AgentState::Talking, "nothing comes back that was taken");
}

#[test]
fn a_forgotten_call_comes_back_to_who_parked_it_and_then_to_the_queue() {
    let (mut stage, contact) = answered();
    act(&mut stage, 1, contact, CallAction::Park);
    stage.command(2, DeskCommand::SetState { state: WantedState::Busy { reason: BusyReason::Meal } });
    stage.command(3, DeskCommand::SetState { state: WantedState::Busy { reason: BusyReason::Meal } });
    stage.pass(119);
    assert!(stage.desk(1).offer.is_none());
    stage.pass(2);
    let card = stage.desk(1).offer.expect("it comes back");
    assert!(card.decline && card.contact == contact);
    assert!(matches!(hears(&stage, contact, customer()).1[..], [Sound::Music(_)]), "music until it is taken");
    stage.pass(31);
    assert_eq!(stage.state(1), AgentState::Missed);
    stage.command(1, DeskCommand::SetState { state: WantedState::Ready });
    stage.pass(21);
    let card = stage.desk(1).offer.expect("it is tried again");
    stage.command(1, DeskCommand::Decline { offer: card.offer });
    assert_eq!(stage.state(1), AgentState::Ready);
    stage.command(2, DeskCommand::SetState { state: WantedState::Ready });
    stage.input(Input::DeskClosed { socket: SocketId(1) });
    stage.pass(21);
    let card = stage.desk(2).offer.expect("who parked it is gone: the queue has it");
    assert_eq!((card.contact, card.decline), (contact, false));
    stage.accept(2);
    assert_eq!(hears(&stage, contact, customer()).0, [leg(&stage, 2)]);
}

#[test]
fn a_caller_who_gives_up_in_a_parking_place_frees_whom_it_rang() {
    let (mut stage, contact) = answered();
    act(&mut stage, 1, contact, CallAction::Park);
    stage.pass(121);
    assert_eq!(stage.state(1), AgentState::Ringing);
    stage.gone(1);
    assert_eq!(stage.state(1), AgentState::Ready);
    assert!(stage.floor.calls.is_empty(), "{:?}", stage.floor.calls);
}

/// Sets `account` and `verified`, then leads into the queue.
fn identifying() -> PublishedFlow {
    let name = |text: &str| VarName::new(text).unwrap();
    let node = |kind, exits: &[(Exit, NodeId)]| Node {
        name: String::new(),
        kind,
        exits: exits.iter().copied().collect(),
        at: Place::default(),
    };
    let set = |variable: &str, value: &str| Kind::Set { name: name(variable), to: Template(value.into()) };
    let nodes = [
        node(set("account", "4711"), &[(Exit::Next, 2)]),
        node(set("verified", "true"), &[(Exit::Next, 3)]),
        node(Kind::Queue { queue: QUEUE, priority: 0 }, &[]),
    ];
    let flow = Flow { language: Language::En, start: 1, nodes: (1..).zip(nodes).collect() };
    PublishedFlow { id: FLOW, version: 1, flow, name: "Identify".into() }
}

/// What the contact's record says of the caller.
fn known(said: &[Output]) -> (Option<String>, Vec<String>) {
    let record = said.iter().rev().find_map(|output| match output {
        Output::Fact(Versioned { fact: Fact::Contact(record), .. }) => Some(record.identification.clone()),
        _ => None,
    });
    let Identification { verified, told } = record.expect("the call is over");
    let told = told.into_iter().map(|it| format!("{}={}", it.name, it.value));
    (verified.and_then(|it| it.by), told.collect())
}

#[test]
fn who_hangs_up_on_a_flow_has_told_it_something() {
    let mut flow = identifying();
    let say = vec![Phrase::Prompt { name: "welcome".into() }];
    flow.flow.nodes.get_mut(&3).unwrap().kind = Kind::Play { say };
    let mut stage = Stage::new(1);
    set_up(&mut stage, 1, |with| {
        with.flows = vec![flow];
        with.numbers[0].entry = Entry::Flow(FLOW);
    });
    stage.ring(1);
    assert_eq!(known(&stage.gone(1)), (None, vec!["account=4711".into()]));
}

#[test]
fn a_call_is_passed_on_to_a_flow_and_comes_back_with_what_the_caller_told_it() {
    let mut stage = Stage::new(2);
    set_up(&mut stage, 2, |with| with.flows = vec![identifying()]);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    stage.sit(2);
    let form = WrapUpForm { notes: "Not identified.".into(), ..WrapUpForm::default() };
    stage.command(1, DeskCommand::Note { contact, form });
    let said = stage.command(1, DeskCommand::Watch { what: Watch::Directory });
    assert!(format!("{said:?}").contains("Identify"), "flows are among those to choose from");
    let target = Target::Flow { flow: FLOW };
    let reach = |purpose| CallAction::Reach { target: target.clone(), purpose };
    let said = act(&mut stage, 1, contact, reach(Purpose::Consult));
    assert_eq!(refused(&said).as_deref(), Some("transfer.flow_only_blind"));
    assert_eq!(refused(&act(&mut stage, 1, contact, reach(Purpose::Transfer))), None);
    assert_eq!(stage.state(1), AgentState::WrapUp);
    let card = stage.desk(2).offer.expect("the flow leads into the queue");
    assert_eq!(card.earlier[0].notes, "Not identified.");
    assert_eq!(card.verified.as_ref().map(|it| it.by.clone()), Some(None), "the flow did");
    assert_eq!((card.told.len(), card.told[0].name.as_str(), card.told[0].value.as_str()), (1, "account", "4711"));
    stage.accept(2);
    assert!(view(&stage, 2).verified.is_some());
    act(&mut stage, 2, contact, CallAction::Verify { on: false });
    assert!(view(&stage, 2).verified.is_none());
    act(&mut stage, 2, contact, CallAction::Verify { on: true });
    assert_eq!(view(&stage, 2).verified.unwrap().by.as_deref(), Some("Agent 2"));
    assert_eq!(known(&stage.gone(1)), (Some("Agent 2".into()), vec!["account=4711".into()]));
}

#[test]
fn the_agents_number_is_heard_by_both_before_they_hear_each_other() {
    let mut stage = Stage::new(1);
    set_up(&mut stage, 1, |with| {
        with.users[0].number = Some("8001".into());
        with.queues[0].routing.announce_agent = true;
    });
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    let said = prompt(&["en/agent-number", "en/8", "en/0", "en/0", "en/1"]);
    for ear in [customer(), leg(&stage, 1)] {
        assert_eq!(hears(&stage, contact, ear), (vec![], vec![said.clone()]));
    }
    let source = stage.plan(contact).sources[0].id;
    let room = stage.plan(contact).room;
    stage.edge(EdgeEvent::SourceEnded { room, source });
    assert_eq!(hears(&stage, contact, customer()), (vec![leg(&stage, 1)], vec![]));
    assert_eq!(hears(&stage, contact, leg(&stage, 1)), (vec![customer()], vec![]));
}

#[test]
fn an_agent_plays_a_sound_to_the_customer_or_to_both() {
    let mut stage = Stage::new(1);
    set_up(&mut stage, 1, |with| {
        with.sounds = ["en/closed", "en/7", "zh/closed", "music/calm"].map(str::to_owned).into();
    });
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    assert_eq!(view(&stage, 1).sounds, ["en/closed"], "sentences in the queue's language");
    let play = |sound: &str, to| CallAction::Play { sound: sound.into(), to };
    let said = act(&mut stage, 1, contact, play("zh/closed", Audience::Customer));
    assert_eq!(refused(&said).as_deref(), Some("sound.unknown"));
    let own = leg(&stage, 1);
    act(&mut stage, 1, contact, play("en/closed", Audience::Customer));
    assert_eq!(hears(&stage, contact, customer()), (vec![own], vec![prompt(&["en/closed"])]));
    assert_eq!(hears(&stage, contact, own), (vec![customer()], vec![]));
    assert_eq!(view(&stage, 1).playing.as_deref(), Some("en/closed"));
    act(&mut stage, 1, contact, CallAction::StopPlaying);
    assert_eq!(hears(&stage, contact, customer()), (vec![own], vec![]));
    act(&mut stage, 1, contact, play("en/closed", Audience::Everybody));
    assert_eq!(hears(&stage, contact, own), (vec![customer()], vec![prompt(&["en/closed"])]));
    let (room, source) = (stage.plan(contact).room, stage.plan(contact).sources[0].id);
    stage.edge(EdgeEvent::SourceEnded { room, source });
    assert!(view(&stage, 1).playing.is_none());
}

#[test]
fn the_most_restrictive_rule_of_queue_direction_and_agents_decides_what_is_recorded() {
    let mut stage = Stage::new(2);
    set_up(&mut stage, 2, |with| {
        with.users[1].recording = RecordRule::Never;
        with.outbound.recording = RecordRule::OnDemand;
    });
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    assert_eq!(records(&stage, contact), Some(true));
    stage.sit(2);
    let target = Target::Agent { user: agent(2) };
    act(&mut stage, 1, contact, CallAction::Reach { target, purpose: Purpose::Transfer });
    stage.accept(2);
    assert_eq!(records(&stage, contact), Some(false), "it holds silence as long as this agent talks");
    let said = act(&mut stage, 2, contact, CallAction::Record);
    assert_eq!(refused(&said).as_deref(), Some("recording.never"));
    let target = Target::Agent { user: agent(1) };
    stage.pass(31);
    act(&mut stage, 2, contact, CallAction::Reach { target, purpose: Purpose::Transfer });
    stage.accept(1);
    assert_eq!(records(&stage, contact), Some(true));
    stage.gone(1);
    stage.pass(31);

    let said = stage.command(1, DeskCommand::Dial { to: phone("10086") });
    let far = commands(&said).into_iter().find_map(|command| match command {
        EdgeCommand::Dial { leg, .. } => Some(*leg),
        _ => None,
    });
    stage.edge(EdgeEvent::Answered { leg: far.unwrap() });
    let contact = view(&stage, 1).contact;
    assert_eq!(records(&stage, contact), None, "calls out are recorded on demand");
    act(&mut stage, 1, contact, CallAction::Record);
    assert_eq!(records(&stage, contact), Some(true));
}

#[test]
fn a_queue_that_never_records_never_does() {
    let mut stage = Stage::new(1);
    set_up(&mut stage, 1, |with| with.queues[0].routing.recording = Some(RecordRule::Never));
    stage.sit(1);
    let leg = LegId::from_u128(1);
    let from = Some(phone("13800138000"));
    stage.edge(EdgeEvent::Incoming { leg, trunk: TRUNK, to: phone(HOTLINE), from, name: None });
    let contact = stage.accept(1);
    assert_eq!(records(&stage, contact), None);
    assert_eq!(view(&stage, 1).record_rule, RecordRule::Never);
}

#[test]
fn an_administrator_without_a_desk_watches_and_does_nothing_else() {
    let mut stage = Stage::new(2);
    set_up(&mut stage, 2, |with| with.users[1].roles = vec![Role::Administrator]);
    stage.sit(1);
    stage.ring(1);
    let contact = stage.accept(1);
    let (user, socket, tab) = (agent(2), SocketId(2), Uuid::from_u128(2));
    stage.input(Input::DeskOpened { user, socket, tab, take_over: false });
    let seen = |said: &[Output]| {
        said.iter().any(|output| match output {
            Output::Desk { socket: SocketId(2), message } => {
                matches!(message.as_ref(), ToDesk::Floor { floor } if floor.calls.iter().any(|call| call.contact == contact))
            }
            _ => false,
        })
    };
    assert!(seen(&stage.command(2, DeskCommand::Watch { what: Watch::Floor })));
    let said = stage.command(2, DeskCommand::SetState { state: WantedState::Ready });
    assert_eq!(refused(&said).as_deref(), Some("not_allowed"));
    stage.command(1, DeskCommand::Hold { contact, on: true });
    assert!(seen(&stage.pass(2)), "it changed");
    assert!(!seen(&stage.pass(5)), "nothing changed");
    set_up(&mut stage, 2, |with| with.users[1].roles = vec![Role::Agent]);
    assert!(stage.said.contains(&Output::Close(socket)), "who may not watch any more is shown nothing");
}

/// A caller of a trunk whose far end may pass calls on talks to agent 1, and names somebody else.
fn referred(to: &str) -> (Stage, ContactId, Vec<Output>) {
    let (mut stage, contact) = answered();
    let said = stage.edge(EdgeEvent::Referred { leg: customer(), to: phone(to) });
    (stage, contact, said)
}

fn dialled(said: &[Output]) -> Option<LegId> {
    commands(said).into_iter().find_map(|command| match command {
        EdgeCommand::Dial { leg, .. } => Some(*leg),
        _ => None,
    })
}

#[test]
fn the_far_end_is_replaced_by_whom_it_names() {
    let (mut stage, contact, said) = referred("10086");
    let new = dialled(&said).expect("who was named is called");
    assert_eq!(stage.state(1), AgentState::Dialling);
    assert_eq!(view(&stage, 1).told[0].value, "10086");
    let said = stage.edge(EdgeEvent::Answered { leg: new });
    let commands = commands(&said);
    assert!(commands.contains(&&EdgeCommand::ReferDone { leg: customer(), failed: None }));
    assert!(commands.contains(&&EdgeCommand::End { leg: customer(), cause: Cause::Normal }));
    assert_eq!(hears(&stage, contact, new).0, [leg(&stage, 1)]);
    stage.gone(1);
    assert_eq!(stage.state(1), AgentState::Talking, "the old leg is nobody any more");
    let quality = Quality::default();
    stage.edge(EdgeEvent::Ended { leg: new, cause: Cause::Normal, quality });
    assert_eq!(stage.state(1), AgentState::WrapUp);
    stage.pass(31);
    assert!(stage.floor.calls.is_empty() && stage.floor.legs.len() == 3, "{:?}", stage.floor.legs);
    let legs = stage.facts().into_iter().filter(|fact| matches!(fact, Fact::Leg(leg) if leg.agent.is_none()));
    assert_eq!(legs.count(), 2, "both who stood in the customer's place");
}

#[test]
fn who_was_referred_in_vain_has_the_place_back_and_who_hung_up_has_not() {
    let (mut stage, contact, said) = referred("10086");
    let quality = Quality::default();
    let said = stage.edge(EdgeEvent::Ended { leg: dialled(&said).unwrap(), cause: Cause::Busy, quality });
    let told = EdgeCommand::ReferDone { leg: customer(), failed: Some(Cause::Busy) };
    assert!(commands(&said).contains(&&told));
    assert_eq!(stage.state(1), AgentState::Talking);
    assert_eq!(hears(&stage, contact, customer()).0, [leg(&stage, 1)]);

    let said = stage.edge(EdgeEvent::Referred { leg: customer(), to: phone("10086") });
    let new = dialled(&said).expect("it may try again");
    stage.gone(1);
    assert_eq!(stage.state(1), AgentState::Dialling, "who passes a call on and hangs up has not ended it");
    stage.edge(EdgeEvent::Ended { leg: new, cause: Cause::NoAnswer, quality });
    assert_eq!(stage.state(1), AgentState::WrapUp, "nobody is left");
}

#[test]
fn what_may_not_be_dialled_is_refused_before_anything_rings() {
    let refusal = EdgeCommand::ReferDone { leg: customer(), failed: Some(Cause::Rejected) };
    let (mut stage, contact, said) = referred("0085212345678");
    assert_eq!(commands(&said), [&refusal]);
    assert_eq!(stage.state(1), AgentState::Talking);
    let target = Target::Agent { user: agent(2) };
    act(&mut stage, 1, contact, CallAction::Reach { target, purpose: Purpose::Consult });
    let said = stage.edge(EdgeEvent::Referred { leg: customer(), to: phone("10086") });
    assert_eq!(commands(&said), [&refusal], "not while the agent consults");
}

#[test]
fn whom_a_flow_rings_may_refuse_and_the_walk_goes_on() {
    let mut stage = Stage::new(2);
    let node = |kind, exits: &[(Exit, NodeId)]| Node {
        name: String::new(),
        kind,
        exits: exits.iter().copied().collect(),
        at: Place::default(),
    };
    let ring = Kind::Agent { user: agent(1), ring: Millis::from_secs(30) };
    let nodes = [node(ring, &[(Exit::Otherwise, 2)]), node(Kind::Queue { queue: QUEUE, priority: 0 }, &[])];
    let flow = Flow { language: Language::En, start: 1, nodes: (1..).zip(nodes).collect() };
    set_up(&mut stage, 2, |with| {
        with.flows = vec![PublishedFlow { id: FLOW, version: 1, flow, name: "Ask Amy".into() }];
        with.numbers[0].entry = Entry::Flow(FLOW);
    });
    stage.sit(1);
    stage.sit(2);
    stage.command(2, DeskCommand::SetState { state: WantedState::Busy { reason: BusyReason::Meal } });
    stage.ring(1);
    let card = stage.desk(1).offer.expect("the flow rings this desk");
    assert!(card.decline);
    assert_eq!(refused(&stage.command(1, DeskCommand::Decline { offer: card.offer })), None);
    let card = stage.desk(1).offer.expect("the walk goes on, into the queue");
    assert!(!card.decline);
    stage.command(2, DeskCommand::SetState { state: WantedState::Ready });
    assert_eq!(refused(&stage.command(2, DeskCommand::PickUp { contact: card.contact })), None);
    assert_eq!(stage.state(1), AgentState::Ready);
}
