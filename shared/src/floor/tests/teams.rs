//! Teams: messages in their boxes and the tasks that follow, and who supervises whom.

use super::flows::{digit, flow, only, played, stage, with};
use super::parties::{ears, leg, supervise, talking};
use super::stage::{QUEUE, setup};
use super::*;
use crate::flow::Exit;
use crate::flow::model::{Kind, Mailbox};
use crate::ids::TeamId;
use crate::team::Team;
use crate::wire::callbacks::{Callback, End, Stage as At};
use crate::wire::desk::BusyReason;
use crate::wire::parties::{CallAction, Mode, Purpose, Supervision, Target, Watch};

const TEAM: TeamId = TeamId::from_u128(40);
const BOX: Mailbox = Mailbox::Team(TEAM);

fn team(id: TeamId, members: &[u128], leaders: &[u128]) -> Team {
    let people = |of: &[u128]| of.iter().map(|n| agent(*n)).collect();
    Team { id, name: format!("Team {id}"), members: people(members), leaders: people(leaders) }
}

/// Agents 3 and 4 are supervisors.
fn house(teams: Vec<Team>) -> TenantSetup {
    let mut house = setup(4);
    house.users[2].roles = vec![Role::Supervisor];
    house.users[3].roles = vec![Role::Supervisor];
    house.teams = teams;
    house
}

fn told(said: &[Output]) -> Vec<u64> {
    let one = |output: &Output| match output {
        Output::Desk { socket, message } if **message == ToDesk::Messages => Some(socket.0),
        _ => None,
    };
    said.iter().filter_map(one).collect()
}

fn callbacks(stage: &Stage) -> Vec<Callback> {
    let one = |fact| match fact {
        Fact::Callback(it) => Some(*it),
        _ => None,
    };
    stage.facts().into_iter().filter_map(one).collect()
}

/// A caller leaves a message of five seconds in the team's box.
fn left() -> Stage {
    let kind = Kind::Voicemail { mailbox: BOX, say: vec![], limit: Millis::from_secs(60) };
    let walk = flow(vec![(kind, vec![(Exit::Next, 2)]), (Kind::HangUp { cause: Cause::Normal }, vec![])]);
    let mut house = with(walk.clone(), 1);
    house.users = setup(3).users;
    house.teams = vec![team(TEAM, &[1], &[])];
    let mut stage = stage(walk);
    stage.input(Input::Setup(Box::new(house)));
    stage.ring(1);
    while stage.plan(only(&stage)).recording.is_none() {
        played(&mut stage);
    }
    let recording = stage.plan(only(&stage)).recording.as_ref().unwrap().recording;
    stage.pass(5);
    digit(&mut stage, '#');
    stage.edge(EdgeEvent::Recorded { recording, length: Millis::from_secs(5), fault: None });
    stage.gone(1);
    stage
}

#[test]
fn a_message_for_a_team_is_its_members_task() {
    let mut stage = left();
    let message = stage.facts().into_iter().find_map(|fact| match fact {
        Fact::Message(message) => Some(message),
        _ => None,
    });
    assert_eq!(message.expect("a message").mailbox, BOX);
    let booked = callbacks(&stage).pop().expect("a task");
    assert_eq!((booked.team, booked.queue, booked.user), (Some(TEAM), None, None));
    stage.sit(1);
    stage.sit(2);
    let said = stage.command(2, DeskCommand::CallBack { callback: booked.id });
    assert_eq!(refused(&said).as_deref(), Some("not_allowed"), "in another team");
    let said = stage.command(1, DeskCommand::CallBack { callback: booked.id });
    assert!(commands(&said).iter().any(|it| matches!(it, EdgeCommand::Dial { .. })));
}

#[test]
fn who_calls_again_and_talks_with_a_member_is_served() {
    for (n, served) in [(1, true), (2, false)] {
        let mut stage = left();
        let mut house = setup(3);
        house.teams = vec![team(TEAM, &[1], &[])];
        stage.input(Input::Setup(Box::new(house)));
        stage.sit(n);
        stage.ring(2);
        stage.accept(n);
        let end = callbacks(&stage).pop().unwrap().stage;
        assert_eq!(matches!(end, At::Over { end: End::Served, .. }), served, "agent {n}: {end:?}");
    }
}

#[test]
fn members_and_leaders_are_told_of_messages_and_of_new_teams() {
    let mut stage = Stage::new(4);
    let mut four = house(vec![team(TEAM, &[1], &[3])]);
    four.users[3].roles = vec![Role::Agent];
    stage.input(Input::Setup(Box::new(four.clone())));
    (1..=4).for_each(|n| stage.sit(n));
    assert_eq!(told(&stage.input(Input::Messages(BOX))), [1, 3]);
    // Who comes and who goes have other messages now; who stays a member of a team that changed asks in vain.
    four.teams = vec![team(TEAM, &[2], &[3])];
    assert_eq!(told(&stage.input(Input::Setup(Box::new(four.clone())))), [1, 2, 3]);
    assert_eq!(told(&stage.input(Input::Messages(BOX))), [2, 3]);
    assert_eq!(told(&stage.input(Input::Setup(Box::new(four.clone())))), [0; 0], "nothing changed");
    four.teams.clear();
    assert_eq!(told(&stage.input(Input::Setup(Box::new(four)))), [2, 3], "it is gone");
}

/// What a supervisor may do to agent 1 and their call.
fn deeds(contact: ContactId) -> Vec<Supervision> {
    let user = agent(1);
    vec![
        Supervision::Enter { contact, mode: Mode::Listens },
        Supervision::Enter { contact, mode: Mode::Whispers },
        Supervision::Enter { contact, mode: Mode::Talks },
        Supervision::Kick { contact, leg: LegId::from_u128(77) },
        Supervision::SetState { user, state: WantedState::Busy { reason: BusyReason::Meeting } },
        Supervision::TakeOver { contact },
        Supervision::ToQueue { contact, queue: QUEUE },
        Supervision::Disconnect { contact },
        Supervision::SignOut { user },
    ]
}

#[test]
fn only_who_leads_a_team_of_the_agent_supervises_them() {
    let (mut stage, contact) = talking(4);
    stage.input(Input::Setup(Box::new(house(vec![team(TEAM, &[1], &[3])]))));
    for deed in deeds(contact) {
        let said = supervise(&mut stage, 4, deed.clone());
        assert_eq!(refused(&said).as_deref(), Some("supervise.other_team"), "{deed:?}");
    }
    assert_eq!(stage.facts().iter().filter(|fact| matches!(fact, Fact::Audit(_))).count(), 0, "nothing was done");
    for deed in deeds(contact).into_iter().take(6) {
        let refused = refused(&supervise(&mut stage, 3, deed.clone()));
        assert_eq!(refused.as_deref(), matches!(deed, Supervision::Kick { .. }).then_some("party.gone"), "{deed:?}");
    }
    // The call is the leader's own now, and every other supervisor's, who is in no team.
    let said = supervise(&mut stage, 4, Supervision::Enter { contact, mode: Mode::Listens });
    assert_eq!(refused(&said), None);
    assert_eq!(refused(&supervise(&mut stage, 4, Supervision::Disconnect { contact })), None);
    let said = supervise(&mut stage, 4, Supervision::SignOut { user: agent(2) });
    assert_eq!(refused(&said), None, "in no team");
}

#[test]
fn a_team_whose_leaders_may_not_supervise_binds_nobody() {
    let (mut stage, contact) = talking(4);
    let mut four = house(vec![team(TEAM, &[1], &[3])]);
    four.users[2].roles = vec![Role::Agent];
    stage.input(Input::Setup(Box::new(four)));
    let said = supervise(&mut stage, 4, Supervision::Enter { contact, mode: Mode::Listens });
    assert_eq!(refused(&said), None);
}

#[test]
fn who_listens_is_let_go_when_the_teams_change_and_who_talks_stays() {
    for (mode, stays) in [(Mode::Listens, false), (Mode::Whispers, false), (Mode::Talks, true)] {
        let (mut stage, contact) = talking(4);
        stage.input(Input::Setup(Box::new(house(vec![]))));
        supervise(&mut stage, 4, Supervision::Enter { contact, mode });
        let ear = leg(&stage, 4);
        assert!(ears(&stage, contact).contains_key(&ear));
        stage.input(Input::Setup(Box::new(house(vec![team(TEAM, &[1], &[3])]))));
        assert_eq!(ears(&stage, contact).contains_key(&ear), stays, "{mode:?}");
        let state = if stays { AgentState::Talking } else { AgentState::Ready };
        assert_eq!((stage.state(1), stage.state(4)), (AgentState::Talking, state));
        let said = supervise(&mut stage, 4, Supervision::Enter { contact, mode: Mode::Listens });
        assert_eq!(refused(&said).as_deref(), Some("supervise.other_team"));
    }
}

#[test]
fn who_listens_is_let_go_when_the_call_goes_on_to_another_teams_agent() {
    let (mut stage, contact) = talking(4);
    stage.input(Input::Setup(Box::new(house(vec![team(TEAM, &[1], &[3]), team(TeamId::from_u128(41), &[2], &[4])]))));
    supervise(&mut stage, 3, Supervision::Enter { contact, mode: Mode::Listens });
    let target = Target::Agent { user: agent(2) };
    stage.command(1, DeskCommand::Call { contact, action: CallAction::Reach { target, purpose: Purpose::Transfer } });
    stage.accept(2);
    assert!(stage.floor.calls[&contact].is_led_by(agent(2)));
    assert!(!ears(&stage, contact).contains_key(&leg(&stage, 3)));
    assert_eq!(stage.state(3), AgentState::Ready);
}

#[test]
fn a_supervisor_picks_up_what_rings_at_agents_whom_they_may_supervise() {
    for (leaders, may) in [(&[4][..], true), (&[3], false)] {
        let mut stage = Stage::new(4);
        let mut four = house(vec![team(TEAM, &[1], leaders)]);
        four.users[3].queues.clear();
        stage.input(Input::Setup(Box::new(four)));
        stage.sit(1);
        stage.ring(1);
        stage.sit(4);
        let contact = stage.desk(1).offer.unwrap().contact;
        let said = stage.command(4, DeskCommand::PickUp { contact });
        assert_eq!(refused(&said).is_none(), may);
    }
}

#[test]
fn the_floors_page_knows_the_teams_with_those_leaders_who_may_supervise() {
    let mut stage = Stage::new(4);
    let teams = vec![team(TEAM, &[1, 2], &[2, 3])];
    stage.input(Input::Setup(Box::new(house(teams))));
    stage.sit(3);
    let seen = |said: &[Output]| {
        let list = |output: &Output| match output {
            Output::Desk { message, .. } => match message.as_ref() {
                ToDesk::Floor { floor } => Some(floor.teams.clone()),
                _ => None,
            },
            _ => None,
        };
        said.iter().find_map(list)
    };
    let said = stage.command(3, DeskCommand::Watch { what: Watch::Floor });
    assert_eq!(seen(&said), Some(vec![team(TEAM, &[1, 2], &[3])]));
    let said = stage.command(3, DeskCommand::Watch { what: Watch::Directory });
    assert_eq!(seen(&said), Some(vec![]));
}
