//! Meeting rooms: who is let in, who hears whom, how meetings end.

use super::flows::{digit, flow, played, prompt};
use super::stage::{HOTLINE, Stage, TRUNK, agent, commands, phone, refused, setup};
use super::*;
use crate::flow::model::{Flow, Kind};
use crate::flow::{Exit, MASKED_DIGIT};
use crate::ids::{FlowId, MeetingRoomId};
use crate::meeting::{GUESSES_OF_CALLER, GuardedRoom, LOCKED_FOR, MeetingNumber, MeetingRoom, PinHash};
use crate::setup::PublishedFlow;
use crate::wire::meetings::{Attendance, AttendanceEnd, MeetingDeed, MeetingLine};
use crate::wire::parties::{Supervision, Watch};

const ROOM: MeetingRoomId = MeetingRoomId::from_u128(50);
const FLOW: FlowId = FlowId::from_u128(78);
const GUEST: &str = "guest";
const LEAD: &str = "lead";

fn room() -> GuardedRoom {
    let hash = |text: &str| PinHash(text.to_owned());
    GuardedRoom {
        room: MeetingRoom {
            id: ROOM,
            name: "Board".into(),
            number: MeetingNumber::new("8001").unwrap(),
            most: 50,
            recorded: false,
            waits: false,
            music: "music/calm".into(),
            tones: true,
            ends_after: None,
        },
        pin: hash(GUEST),
        moderator_pin: Some(hash(LEAD)),
    }
}

/// The door of a room, and a sentence for each way out.
fn door(room: Option<MeetingRoomId>) -> Flow {
    let say = |name: &str| super::flows::play(name);
    flow(vec![
        (Kind::Meeting { room }, vec![(Exit::Refused, 2), (Exit::Full, 3)]),
        (say("closed"), vec![(Exit::Next, 4)]),
        (say("busy"), vec![(Exit::Next, 4)]),
        (Kind::HangUp { cause: Cause::Normal }, vec![]),
    ])
}

fn house(named: Option<MeetingRoomId>, change: impl FnOnce(&mut MeetingRoom)) -> TenantSetup {
    let mut guarded = room();
    change(&mut guarded.room);
    let mut setup = setup(2);
    setup.users[0].roles = vec![Role::Supervisor];
    setup.numbers[0].entry = Entry::Flow(FLOW);
    setup.flows = vec![PublishedFlow { id: FLOW, version: 1, flow: door(named), name: "Door".into() }];
    setup.meeting_rooms = vec![guarded];
    setup
}

/// A room that every call of the hotline is led to.
fn stage(change: impl FnOnce(&mut MeetingRoom)) -> Stage {
    let mut stage = Stage::new(2);
    stage.input(Input::Setup(Box::new(house(Some(ROOM), change))));
    stage
}

fn ring(stage: &mut Stage, n: u128) -> ContactId {
    let leg = LegId::from_u128(n);
    let from = PhoneNumber::parse(&format!("1380000{n:04}")).ok();
    let before: BTreeSet<ContactId> = stage.floor.calls.keys().copied().collect();
    stage.edge(EdgeEvent::Incoming { leg, trunk: TRUNK, to: phone(HOTLINE), from, name: None });
    stage.floor.calls.keys().copied().find(|contact| !before.contains(contact)).expect("a new call")
}

/// Types a PIN of four digits that hashes to this.
fn typed(stage: &mut Stage, n: u128, contact: ContactId, pin: Option<&str>) -> Vec<Output> {
    for _ in 0..4 {
        stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(n), digit: MASKED_DIGIT });
    }
    let mut said = stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(n), digit: '#' });
    let asked = said.iter().find_map(|output| match output {
        Output::Pin { contact: asked, room, .. } => Some((*asked, *room)),
        _ => None,
    });
    if let Some(asked) = asked {
        assert_eq!(asked, (contact, ROOM));
        let pin = pin.map(|pin| PinHash(pin.to_owned()));
        said.extend(stage.input(Input::Pin { contact, room: ROOM, pin }));
    }
    said
}

fn join(stage: &mut Stage, n: u128, pin: &str) -> ContactId {
    let contact = ring(stage, n);
    typed(stage, n, contact, Some(pin));
    contact
}

fn line(stage: &Stage) -> Option<MeetingLine> {
    stage.floor.meetings_view().into_iter().next()
}

fn names(stage: &Stage) -> usize {
    line(stage).map_or(0, |line| line.parties.len())
}

/// What a leg hears: others' legs by number, the house by its first sound.
fn hears(stage: &Stage, n: u128) -> Vec<String> {
    let meeting = stage.floor.meetings.values().next().expect("a meeting");
    let plan = meeting.told.as_ref().expect("a plan");
    let listener = plan.listeners.iter().find(|it| it.leg == LegId::from_u128(n)).expect("a party");
    let word = |voice: &Voice| match voice {
        Voice::Leg(leg) => leg.0.as_u128().to_string(),
        Voice::Source(id) => {
            let source = plan.sources.iter().find(|source| source.id == *id).expect("a source");
            match &source.sound {
                Sound::Prompt(names) => names.join(" "),
                Sound::Music(name) => name.clone(),
                Sound::Ringback => "ringback".to_owned(),
            }
        }
    };
    listener.hears.iter().map(word).collect()
}

/// All that plays in the meeting is over.
fn silence(stage: &mut Stage) {
    let Some(meeting) = stage.floor.meetings.values().next() else { return };
    let plan = meeting.told.clone().expect("a plan");
    for source in plan.sources.into_iter().filter(|source| matches!(source.sound, Sound::Prompt(_))) {
        stage.edge(EdgeEvent::SourceEnded { room: plan.room, source: source.id });
    }
}

fn says(stage: &Stage, contact: ContactId) -> Option<Sound> {
    stage.plan(contact).sources.first().map(|source| source.sound.clone())
}

fn over(stage: &mut Stage, contact: ContactId) {
    let plan = stage.plan(contact).clone();
    stage.edge(EdgeEvent::SourceEnded { room: plan.room, source: plan.sources[0].id });
}

fn attendance(stage: &Stage, contact: ContactId) -> (Outcome, Attendance) {
    let record = stage.facts().into_iter().rev().find_map(|fact| match fact {
        Fact::Contact(record) if record.id == contact => Some(record),
        _ => None,
    });
    let record = record.expect("a record");
    (record.outcome, record.attendance.expect("it was at a door"))
}

#[test]
fn number_and_pin_are_asked_and_wrong_ones_said_in_words() {
    let mut stage = Stage::new(1);
    stage.input(Input::Setup(Box::new(house(None, |_| ()))));
    let contact = ring(&mut stage, 1);
    assert_eq!(says(&stage, contact), prompt("meeting-number"));
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), DigitUse::Plain);
    for key in "9999#".chars() {
        digit(&mut stage, key);
    }
    assert_eq!(says(&stage, contact), prompt("meeting-unknown"));
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), DigitUse::Unused, "a PIN typed now is known to nobody");
    played(&mut stage);
    assert_eq!(says(&stage, contact), prompt("meeting-number"));
    for key in "8001".chars() {
        digit(&mut stage, key);
    }
    stage.pass(4);
    assert_eq!(says(&stage, contact), prompt("meeting-pin"), "a pause ends it too");
    let masked = DigitUse::Masked { contact, into: crate::flow::meeting_pin(), so_far: 0 };
    assert_eq!(stage.floor.digit_use(LegId::from_u128(1)), masked);
    typed(&mut stage, 1, contact, Some("wrong"));
    assert_eq!(says(&stage, contact), prompt("meeting-wrong-pin"));
    played(&mut stage);
    typed(&mut stage, 1, contact, None);
    assert_eq!(says(&stage, contact), prompt("meeting-pin"), "digits that were lost are asked for again");
    typed(&mut stage, 1, contact, Some(GUEST));
    assert_eq!(names(&stage), 1);
    assert!(!stage.floor.walks(contact), "its digits may be forgotten");
    stage.pass(60);
    stage.gone(1);
    let (outcome, attendance) = attendance(&stage, contact);
    assert_eq!((outcome, attendance.wrong_pins, attendance.stayed), (Outcome::Meeting, 1, Millis(60_000)));
    assert!(stage.floor.meetings.is_empty() && stage.floor.calls.is_empty() && stage.floor.rooms.is_empty());
}

#[test]
fn three_wrong_pins_lead_on_and_guessing_goes_on_nowhere() {
    let mut stage = stage(|_| ());
    let mut wrong = 0;
    while wrong < GUESSES_OF_CALLER {
        let contact = ring(&mut stage, 1);
        for _ in 0..3 {
            typed(&mut stage, 1, contact, Some("wrong"));
            wrong += 1;
            assert_eq!(says(&stage, contact), prompt("meeting-wrong-pin"));
            over(&mut stage, contact);
        }
        assert_eq!(says(&stage, contact), prompt("closed"), "the way out");
        stage.gone(1);
        assert_eq!(attendance(&stage, contact).1.wrong_pins, 3);
    }
    let guessed =
        |fact: &Fact| matches!(fact, Fact::Audit(deed) if deed.action == "meeting.guessed" && deed.user.is_none());
    assert_eq!(stage.facts().iter().filter(|fact| guessed(fact)).count(), 1);
    assert!(stage.said.iter().any(|output| matches!(output, Output::Alarm { .. })));
    let contact = ring(&mut stage, 1);
    let said = typed(&mut stage, 1, contact, Some(GUEST));
    assert!(!said.iter().any(|output| matches!(output, Output::Pin { .. })), "nobody looks at it");
    assert_eq!(says(&stage, contact), prompt("meeting-barred"));
    over(&mut stage, contact);
    assert_eq!(says(&stage, contact), prompt("closed"));
    stage.gone(1);
    join(&mut stage, 2, GUEST);
    assert_eq!(names(&stage), 1, "others come in");
    stage.pass(LOCKED_FOR.0 / 1000);
    join(&mut stage, 1, GUEST);
    assert_eq!(names(&stage), 2);
}

#[test]
fn everybody_hears_everybody_with_tones_as_they_come_and_go() {
    let mut stage = stage(|_| ());
    let first = join(&mut stage, 1, GUEST);
    assert_eq!(hears(&stage, 1), ["music/calm"], "alone");
    let room_of_call = stage.floor.calls[&first].room;
    assert!(stage.said.contains(&Output::Edge(EdgeCommand::CloseRoom { room: room_of_call })));
    join(&mut stage, 2, GUEST);
    assert_eq!(hears(&stage, 1), ["2", "tones/joined"]);
    silence(&mut stage);
    join(&mut stage, 3, GUEST);
    silence(&mut stage);
    assert_eq!(hears(&stage, 1), ["2", "3"]);
    assert_eq!(hears(&stage, 3), ["1", "2"]);
    stage.gone(2);
    assert_eq!(hears(&stage, 1), ["3", "tones/left"]);
    stage.gone(3);
    assert_eq!(hears(&stage, 1), ["music/calm"]);
    let said = stage.gone(1);
    assert!(commands(&said).iter().any(|command| matches!(command, EdgeCommand::CloseRoom { .. })));
    let ends = |fact: &&Fact| matches!(fact, Fact::Contact(_));
    assert_eq!(stage.facts().iter().filter(ends).count(), 3, "exactly one record each");
}

#[test]
fn a_room_waits_for_its_moderator_and_ends_after_the_last_one() {
    let mut stage = stage(|room| (room.waits, room.ends_after, room.recorded) = (true, Some(5), true));
    let guest = join(&mut stage, 1, GUEST);
    assert_eq!(hears(&stage, 1), ["en/meeting-recorded en/meeting-waits"]);
    silence(&mut stage);
    join(&mut stage, 2, GUEST);
    silence(&mut stage);
    assert_eq!((hears(&stage, 1), hears(&stage, 2)), (vec!["music/calm".to_owned()], vec!["music/calm".to_owned()]));
    let plan = |stage: &Stage| stage.floor.meetings.values().next().unwrap().told.clone().unwrap();
    assert!(plan(&stage).recording.is_none(), "nobody talks");
    let lead = join(&mut stage, 3, LEAD);
    assert_eq!(hears(&stage, 3), ["1", "2", "tones/joined", "en/meeting-recorded en/meeting-count en/3"]);
    silence(&mut stage);
    let recording = plan(&stage).recording.expect("it is recorded");
    assert_eq!(recording.left, [LegId::from_u128(3)]);
    stage.gone(3);
    stage.pass(299);
    assert_eq!(names(&stage), 2);
    stage.pass(1);
    assert_eq!(names(&stage), 0);
    assert_eq!(says(&stage, guest), prompt("meeting-over"));
    over(&mut stage, guest);
    stage.gone(1);
    assert_eq!(attendance(&stage, guest).1.ended, Some(AttendanceEnd::Expired));
    assert!(attendance(&stage, lead).1.moderator);
    stage.edge(EdgeEvent::Recorded { recording: recording.recording, length: Millis(9000), fault: None });
    let kept = stage.facts().into_iter().find_map(|fact| match fact {
        Fact::Recording(recording) => Some(recording.contact),
        _ => None,
    });
    assert_eq!(kept, Some(lead), "the recording is the moderator's");
}

#[test]
fn a_moderator_who_is_back_in_time_keeps_the_meeting() {
    let mut stage = stage(|room| room.ends_after = Some(5));
    join(&mut stage, 1, GUEST);
    join(&mut stage, 2, LEAD);
    stage.gone(2);
    stage.pass(200);
    join(&mut stage, 3, LEAD);
    stage.pass(1000);
    assert_eq!(names(&stage), 2);
    stage.pass(12 * 3600);
    assert_eq!(names(&stage), 0, "the longest meeting");
}

#[test]
fn keys_mute_count_lock_and_end() {
    let mut stage = stage(|_| ());
    let guest = join(&mut stage, 1, GUEST);
    join(&mut stage, 2, LEAD);
    silence(&mut stage);
    let press = |stage: &mut Stage, n: u128, keys: &str| {
        for digit in keys.chars() {
            stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(n), digit });
        }
    };
    let leg = LegId::from_u128(1);
    assert_eq!(stage.floor.digit_use(leg), DigitUse::Star);
    press(&mut stage, 1, "*");
    assert_eq!(stage.floor.digit_use(leg), DigitUse::Plain);
    press(&mut stage, 1, "6");
    assert_eq!(hears(&stage, 1), ["2", "en/meeting-muted"]);
    assert_eq!(hears(&stage, 2), Vec::<String>::new());
    press(&mut stage, 1, "*6");
    assert_eq!(hears(&stage, 2), ["1"]);
    press(&mut stage, 2, "*5");
    assert_eq!(hears(&stage, 2), ["en/meeting-all-muted"]);
    press(&mut stage, 2, "*5*1");
    assert_eq!(hears(&stage, 2), ["1", "en/meeting-count en/2"]);
    press(&mut stage, 2, "*7");
    let late = ring(&mut stage, 3);
    typed(&mut stage, 3, late, Some(GUEST));
    assert_eq!(says(&stage, late), prompt("meeting-is-locked"));
    let second = join(&mut stage, 4, LEAD);
    assert_eq!(names(&stage), 3, "a moderator comes in: {second}");
    press(&mut stage, 2, "*9");
    assert_eq!(says(&stage, guest), prompt("meeting-over"));
    assert!(stage.floor.meetings.is_empty());
}

#[test]
fn a_full_room_takes_nobody_more() {
    let mut stage = stage(|room| room.tones = false);
    for n in 1..=50 {
        join(&mut stage, n, GUEST);
    }
    assert_eq!(names(&stage), 50);
    assert_eq!(hears(&stage, 50).len(), 49);
    let late = ring(&mut stage, 51);
    typed(&mut stage, 51, late, Some(LEAD));
    assert_eq!(says(&stage, late), prompt("meeting-full"));
    over(&mut stage, late);
    assert_eq!(says(&stage, late), prompt("busy"), "the way out");
    stage.gone(7);
    join(&mut stage, 52, GUEST);
    assert_eq!(names(&stage), 50);
}

fn supervise(stage: &mut Stage, n: u128, deed: MeetingDeed) -> Option<String> {
    let meeting = *stage.floor.meetings.keys().next().expect("a meeting");
    refused(&stage.command(n, DeskCommand::Supervise { action: Supervision::Meeting { meeting, deed } }))
}

#[test]
fn a_supervisor_sees_mutes_kicks_locks_and_ends() {
    let mut stage = stage(|_| ());
    stage.sit(1);
    stage.sit(2);
    let first = join(&mut stage, 11, GUEST);
    let second = join(&mut stage, 12, GUEST);
    let third = join(&mut stage, 13, LEAD);
    silence(&mut stage);
    let said = stage.command(1, DeskCommand::Watch { what: Watch::Floor });
    let shown = said.iter().find_map(|output| match output {
        Output::Desk { message, .. } => match message.as_ref() {
            ToDesk::Floor { floor } => Some(floor.meetings.clone()),
            _ => None,
        },
        _ => None,
    });
    let parties = shown.expect("the floor is shown").remove(0).parties;
    assert_eq!(
        parties.iter().map(|it| it.name.as_str()).collect::<Vec<_>>(),
        ["13800000011", "13800000012", "13800000013"]
    );
    assert_eq!(parties.iter().filter(|it| it.moderator).count(), 1);
    let hush = |on| MeetingDeed::Hush { contact: first, on };
    assert_eq!(supervise(&mut stage, 2, hush(true)).as_deref(), Some("not_allowed"), "an agent may not");
    assert_eq!(supervise(&mut stage, 1, hush(true)), None);
    assert_eq!(hears(&stage, 12), ["13"]);
    stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(11), digit: '*' });
    stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(11), digit: '6' });
    stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(11), digit: '*' });
    stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(11), digit: '6' });
    assert_eq!(hears(&stage, 12), ["13"], "they cannot lift it");
    assert_eq!(supervise(&mut stage, 1, hush(false)), None);
    assert_eq!(hears(&stage, 12), ["11", "13"]);
    assert_eq!(supervise(&mut stage, 1, MeetingDeed::Lock { on: true }), None);
    assert_eq!(supervise(&mut stage, 1, MeetingDeed::Kick { contact: second }), None);
    let end = EdgeCommand::End { leg: LegId::from_u128(12), cause: Cause::Normal };
    assert!(stage.said.contains(&Output::Edge(end)));
    stage.gone(12);
    assert_eq!(attendance(&stage, second).1.ended, Some(AttendanceEnd::Kicked));
    assert_eq!(supervise(&mut stage, 1, MeetingDeed::Kick { contact: second }).as_deref(), Some("party.gone"));
    assert_eq!(supervise(&mut stage, 1, MeetingDeed::End), None);
    assert_eq!(says(&stage, third), prompt("meeting-over"));
    let deeds: Vec<String> = stage
        .facts()
        .into_iter()
        .filter_map(|fact| match fact {
            Fact::Audit(deed) => Some((deed.user == Some(agent(1))).then_some(deed.action).expect("the supervisor's")),
            _ => None,
        })
        .collect();
    assert_eq!(deeds, ["meeting.muted", "meeting.unmuted", "meeting.locked", "meeting.kicked", "meeting.ended"]);
}

#[test]
fn a_room_that_changes_is_another_at_once_and_one_that_goes_lasts_until_it_is_empty() {
    let mut stage = stage(|_| ());
    join(&mut stage, 1, GUEST);
    join(&mut stage, 2, GUEST);
    stage.input(Input::Setup(Box::new(house(Some(ROOM), |room| (room.most, room.name) = (2, "Hall".into())))));
    assert_eq!(line(&stage).unwrap().name, "Hall");
    let late = ring(&mut stage, 3);
    typed(&mut stage, 3, late, Some(GUEST));
    assert_eq!(says(&stage, late), prompt("meeting-full"));
    stage.gone(3);
    let at_the_door = ring(&mut stage, 4);
    let mut gone = house(Some(ROOM), |_| ());
    gone.meeting_rooms.clear();
    stage.input(Input::Setup(Box::new(gone)));
    assert_eq!(names(&stage), 2, "it goes on");
    typed(&mut stage, 4, at_the_door, Some(GUEST));
    assert_eq!(says(&stage, at_the_door), prompt("meeting-unknown"));
    stage.gone(1);
    stage.gone(2);
    assert!(stage.floor.meetings.is_empty());
}

#[test]
fn a_meeting_outlives_its_core() {
    let mut stage = stage(|_| ());
    join(&mut stage, 1, GUEST);
    join(&mut stage, 2, GUEST);
    silence(&mut stage);
    let asked = ring(&mut stage, 3);
    for _ in 0..2 {
        stage.edge(EdgeEvent::Digit { leg: LegId::from_u128(3), digit: MASKED_DIGIT });
    }
    let snapshot = serde_json::to_string(&stage.floor).unwrap();
    assert_eq!(serde_json::from_str::<Floor>(&snapshot).unwrap(), stage.floor);
    stage.input(Input::Restarted);
    let meeting = stage.floor.meetings.values().next().unwrap().told.clone().unwrap();
    let living = |n: u128| LivingLeg { leg: LegId::from_u128(n), role: None, stage: Reached::Up };
    let rooms = vec![meeting.room];
    let legs = vec![living(1), living(3)];
    let said = stage.edge(EdgeEvent::Living { answers: 1, legs, rooms, recordings: vec![] });
    assert!(
        !commands(&said)
            .iter()
            .any(|command| matches!(command, EdgeCommand::CloseRoom { room } if *room == meeting.room))
    );
    assert_eq!(hears(&stage, 1), ["music/calm"], "the other one is gone");
    // The digits of before are lost: whoever typed them is asked once more.
    typed(&mut stage, 3, asked, None);
    assert_eq!(says(&stage, asked), prompt("meeting-pin"));
    typed(&mut stage, 3, asked, Some(GUEST));
    assert_eq!(names(&stage), 2);
}
