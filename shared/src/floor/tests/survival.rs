//! What survives: a snapshot, a killed core, a lost edge.

use super::*;

#[test]
fn a_snapshot_of_the_floor_goes_on_exactly_where_it_was() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.ring(1);
    let text = serde_json::to_string(&stage.floor).unwrap();
    let mut copy: Floor = serde_json::from_str(&text).unwrap();
    let input = Input::Edge(EdgeEvent::Ended {
        leg: LegId::from_u128(1),
        cause: Cause::Cancelled,
        quality: Quality::default(),
    });
    copy.handle(stage.now, input.clone());
    stage.floor.handle(stage.now, input);
    assert_eq!(copy, stage.floor);
}

fn living(legs: &[LivingLeg], rooms: &[RoomId], recordings: &[RecordingId]) -> Input {
    let (legs, rooms, recordings) = (legs.to_vec(), rooms.to_vec(), recordings.to_vec());
    Input::Edge(EdgeEvent::Living { answers: 1, legs, rooms, recordings })
}

#[test]
fn a_new_core_goes_on_with_the_calls_that_live() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.ring(1);
    stage.accept(1);
    let plan = stage.floor.plans.values().next().unwrap().clone();
    let recording = plan.recording.as_ref().unwrap().recording;
    let legs: Vec<LivingLeg> = stage
        .floor
        .legs
        .keys()
        .map(|leg| LivingLeg { leg: *leg, role: None, stage: Reached::Up })
        .chain([LivingLeg { leg: LegId::from_u128(0xF00D), role: None, stage: Reached::Up }])
        .collect();
    stage.input(Input::Restarted);
    let strange = RoomId::from_u128(0xF00D);
    let said = stage.input(living(&legs, &[plan.room, strange], &[recording]));
    let told = commands(&said);
    assert!(matches!(told[0], EdgeCommand::SetTrunks(_)));
    let rest: Vec<_> = told[1..].iter().map(|command| (*command).clone()).collect();
    let stranger = EdgeCommand::End { leg: LegId::from_u128(0xF00D), cause: Cause::Ended };
    assert_eq!(rest, [stranger, EdgeCommand::CloseRoom { room: strange }, EdgeCommand::SetRoom(plan)]);
    assert_eq!((stage.floor.live_calls(), stage.floor.recordings.len()), (1, 1));
    assert!(!stage.facts().iter().any(|fact| matches!(fact, Fact::Contact(_))), "nothing is over");
    stage.gone(1);
    let records = stage.facts().into_iter().filter(|fact| matches!(fact, Fact::Contact(_))).count();
    assert_eq!(records, 1);
}

#[test]
fn what_was_said_into_the_void_is_said_again() {
    let mut stage = Stage::new(2);
    stage.ring(1);
    let leg = *stage.floor.legs.keys().next().unwrap();
    assert!(stage.floor.calls.values().all(|call| call.customer.answered));
    let waiting = LivingLeg { leg, role: None, stage: Reached::Waiting };
    let said = stage.input(living(&[waiting], &[], &[]));
    assert!(
        commands(&said)
            .iter()
            .any(|command| matches!(command, EdgeCommand::Answer { leg: again, .. } if *again == leg))
    );
}

#[test]
fn a_restart_ends_what_cannot_live_on_with_exactly_one_record_each() {
    let mut stage = Stage::new(2);
    stage.sit(1);
    stage.ring(1);
    stage.accept(1);
    stage.ring(2);
    stage.pass(5);
    stage.said.clear();
    stage.input(Input::Restarted);
    stage.input(living(&[], &[], &[]));
    stage.pass(60);
    let mut outcomes = BTreeMap::new();
    for fact in stage.facts() {
        if let Fact::Contact(record) = fact {
            outcomes.insert(record.id, (record.outcome, record.cause));
        }
    }
    let mut outcomes: Vec<_> = outcomes.into_values().collect();
    outcomes.sort_unstable();
    assert_eq!(outcomes, [(Outcome::Answered, Cause::Lost), (Outcome::Abandoned, Cause::Lost)]);
    assert!(stage.floor.calls.is_empty() && stage.floor.legs.is_empty());
    assert!(stage.facts().iter().any(|fact| matches!(fact, Fact::Recording(recording) if recording.fault.is_some())));
    assert_eq!(stage.state(1), AgentState::Disconnected, "the page has not come back");
}

#[test]
fn a_visitor_comes_back_to_the_same_call_over_the_floors_death_and_to_no_other() {
    let mut stage = Stage::new(1);
    stage.sit(1);
    let (pass, other) = (Pass("aa".into()), Pass("bb".into()));
    let open = |socket, pass: &Pass| Input::VisitorOpened {
        socket: SocketId(socket),
        number: phone(HOTLINE),
        page: String::new(),
        sdp: "offer".into(),
        pass: Some(pass.clone()),
    };
    stage.input(open(70, &pass));
    stage.input(open(71, &other));
    let contact = stage.accept(1);
    let text = serde_json::to_string(&stage.floor).unwrap();
    stage.floor = serde_json::from_str(&text).unwrap();
    stage.input(Input::Restarted);
    assert!(stage.floor.admits(&pass) && !stage.floor.admits(&Pass("cc".into())));
    let told = |socket, state| Output::Visitor { socket: SocketId(socket), message: ToVisitor::State { state } };
    let said = stage.input(Input::VisitorResumed { socket: SocketId(1), pass: pass.clone() });
    assert_eq!(said, [told(1, VisitorState::Talking)]);
    let said = stage.input(Input::VisitorResumed { socket: SocketId(2), pass: other.clone() });
    assert_eq!(said, [told(2, VisitorState::Queued { position: 1 })]);
    let said = stage.input(Input::VisitorResumed { socket: SocketId(3), pass: pass.clone() });
    assert_eq!(
        said,
        [Output::Close(SocketId(1)), told(3, VisitorState::Talking)],
        "the newest socket is the visitor's"
    );
    stage.input(Input::VisitorClosed { socket: SocketId(1) });
    let said = stage.input(Input::Visitor { socket: SocketId(3), message: FromVisitor::HangUp });
    assert!(said.contains(&Output::Close(SocketId(3))));
    assert!(stage.floor.calls[&contact].is_over());
    assert!(!stage.floor.admits(&pass) && stage.floor.admits(&other), "a pass ends with its call");
    let said = stage.input(Input::VisitorResumed { socket: SocketId(4), pass });
    assert!(matches!(&said[..], [Output::Visitor { message: ToVisitor::Refused { .. }, .. }, Output::Close(_)]));
}
