//! Rooms, the guard and a meeting's plan.

use super::*;
use crate::edge::{Sound, Source, Voice};
use crate::ids::{ContactId, LegId, MeetingId, RoomId, SourceId};
use crate::phone::PhoneNumber;
use crate::time::{Millis, Timestamp};
use crate::wire::rest::Language;

fn hash(text: &str) -> PinHash {
    PinHash(text.to_owned())
}

pub(crate) fn room() -> GuardedRoom {
    GuardedRoom {
        room: MeetingRoom {
            id: MeetingRoomId::from_u128(1),
            name: "Board".into(),
            number: MeetingNumber::new("8001").unwrap(),
            most: 50,
            recorded: false,
            waits: true,
            music: "music/calm".into(),
            tones: true,
            ends_after: Some(5),
        },
        pin: hash("guest"),
        moderator_pin: Some(hash("lead")),
    }
}

#[test]
fn what_makes_no_room_is_named() {
    let bad = |change: fn(&mut GuardedRoom)| {
        let mut room = room();
        change(&mut room);
        room.check().unwrap_err()
    };
    assert_eq!(room().check(), Ok(()));
    assert_eq!(bad(|room| room.room.most = 1), BadRoom::Parties);
    assert_eq!(bad(|room| room.room.most = 51), BadRoom::Parties);
    assert_eq!(bad(|room| room.room.ends_after = Some(0)), BadRoom::EndsAfter);
    assert_eq!(bad(|room| room.moderator_pin = None), BadRoom::NoModerator);
    assert_eq!(bad(|room| room.moderator_pin = Some(room.pin.clone())), BadRoom::SamePin);
    for wrong in ["123", "12345678901", "12a4", ""] {
        assert!(MeetingNumber::new(wrong).is_err(), "{wrong}");
    }
    assert_eq!(room().admits(&hash("guest")), Some(false));
    assert_eq!(room().admits(&hash("lead")), Some(true));
    assert_eq!(room().admits(&hash("other")), None);
    assert!(!format!("{:?}", room()).contains("guest"), "no log shows a hash");
}

#[test]
fn a_stored_room_is_read_as_it_is_written() {
    let text = serde_json::to_string(&room()).unwrap();
    assert_eq!(serde_json::from_str::<GuardedRoom>(&text).unwrap(), room());
}

#[test]
fn wrong_pins_bar_a_caller_and_a_room_for_a_while() {
    let (mut guard, room, other) = (Guard::default(), MeetingRoomId::from_u128(1), MeetingRoomId::from_u128(2));
    let caller = |n: u32| PhoneNumber::parse(&format!("1380000{n:04}")).unwrap();
    let mut now = Timestamp(1_000_000);
    let (ann, bo) = (caller(1), caller(2));
    for guess in 1..GUESSES_OF_CALLER {
        assert!(!guard.wrong(now, Some(&ann), room), "{guess}");
    }
    assert!(!guard.bars(now, Some(&ann), room));
    assert!(guard.wrong(now, Some(&ann), other), "guesses at several rooms count together");
    assert!(guard.bars(now, Some(&ann), room));
    assert!(!guard.bars(now, Some(&bo), room), "others are not barred by it");
    assert!(!guard.bars(now, None, room));
    now = now + LOCKED_FOR;
    assert!(!guard.bars(now, Some(&ann), room), "for a while only");
    assert!(!guard.wrong(now, Some(&ann), room), "it is counted anew");
    guard.right(Some(&ann));
    for n in 0..u32::from(GUESSES_OF_ROOM) - 2 {
        assert!(!guard.wrong(now, Some(&caller(n + 10)), room));
    }
    assert!(guard.wrong(now, Some(&bo), room));
    assert!(guard.bars(now, Some(&caller(999)), room), "the room is closed to everybody");
    assert!(!guard.bars(now, Some(&caller(999)), other));
}

#[test]
fn guesses_that_are_far_apart_are_not_counted_together() {
    let (mut guard, room) = (Guard::default(), MeetingRoomId::from_u128(1));
    let mut now = Timestamp(0);
    for _ in 0..3 * GUESSES_OF_CALLER {
        assert!(!guard.wrong(now, None, room));
        now = now + Millis(WINDOW.0 / 4);
    }
}

#[test]
fn the_guard_stays_small() {
    let (mut guard, now) = (Guard::default(), Timestamp(0));
    for n in 0..3000_u32 {
        let caller = PhoneNumber::parse(&format!("1380000{n:04}")).unwrap();
        guard.wrong(now, Some(&caller), MeetingRoomId::from_u128(u128::from(n % 7)));
    }
    assert!(serde_json::to_string(&guard).unwrap().len() < 100_000);
}

fn attendee(n: u128, moderator: bool) -> Attendee {
    Attendee {
        contact: ContactId::from_u128(n),
        leg: LegId::from_u128(n),
        language: Language::En,
        moderator,
        since: Timestamp(0),
        muted: false,
        hushed: false,
        star: false,
        note: None,
    }
}

fn meeting() -> Meeting {
    Meeting::new(MeetingId::from_u128(1), room().room, RoomId::from_u128(9), Timestamp(0))
}

fn hears(meeting: &Meeting, n: u128) -> Vec<Voice> {
    let plan = meeting.plan().unwrap();
    plan.listeners.into_iter().find(|it| it.leg == LegId::from_u128(n)).unwrap().hears
}

fn press(meeting: &mut Meeting, n: u128, keys: &str) -> Option<Deed> {
    keys.chars().map(|key| meeting.key(ContactId::from_u128(n), key)).last().flatten()
}

#[test]
fn all_wait_with_music_for_the_moderator_and_then_hear_each_other() {
    let mut meeting = meeting();
    assert_eq!(meeting.plan(), None);
    meeting.music = Some(Source { id: SourceId::from_u128(7), sound: Sound::Music("music/calm".into()) });
    let music = Voice::Source(SourceId::from_u128(7));
    meeting.join(Timestamp(1), attendee(1, false));
    meeting.join(Timestamp(2), attendee(2, false));
    assert_eq!((hears(&meeting, 1), hears(&meeting, 2)), (vec![music], vec![music]));
    meeting.join(Timestamp(3), attendee(3, true));
    let leg = |n| Voice::Leg(LegId::from_u128(n));
    assert_eq!(hears(&meeting, 1), [leg(2), leg(3)]);
    assert_eq!(hears(&meeting, 3), [leg(1), leg(2)]);
    meeting.leave(Timestamp(4), ContactId::from_u128(3));
    assert_eq!(hears(&meeting, 1), [leg(2)], "it goes on");
    assert_eq!(meeting.ends(), Timestamp(4) + Millis::from_secs(300));
    meeting.leave(Timestamp(5), ContactId::from_u128(2));
    assert_eq!(hears(&meeting, 1), [music], "alone");
}

#[test]
fn keys_mute_lock_and_end() {
    let mut meeting = meeting();
    for (n, moderator) in [(1, false), (2, false), (3, true)] {
        meeting.join(Timestamp(0), attendee(n, moderator));
    }
    let leg = |n| Voice::Leg(LegId::from_u128(n));
    assert_eq!(press(&mut meeting, 1, "6"), None, "a key alone is nothing");
    assert_eq!(press(&mut meeting, 1, "**6"), Some(Deed::Muted(true)));
    assert_eq!(hears(&meeting, 2), [leg(3)]);
    assert_eq!(hears(&meeting, 1), [leg(2), leg(3)], "who is muted hears on");
    assert_eq!(press(&mut meeting, 1, "*6"), Some(Deed::Muted(false)));
    for keys in ["*1", "*5", "*7", "*9", "*0", "*#"] {
        assert_eq!(press(&mut meeting, 1, keys), None, "{keys}: the moderator's alone");
    }
    assert_eq!(press(&mut meeting, 3, "*5"), Some(Deed::AllMuted(true)));
    assert_eq!((hears(&meeting, 1), hears(&meeting, 3)), (vec![leg(3)], vec![]));
    assert_eq!(press(&mut meeting, 1, "*6*6"), Some(Deed::Muted(false)), "it lifts nothing");
    assert_eq!(hears(&meeting, 3), []);
    assert_eq!(press(&mut meeting, 3, "*5"), Some(Deed::AllMuted(false)));
    assert_eq!(press(&mut meeting, 3, "*7"), Some(Deed::Locked(true)));
    assert_eq!(press(&mut meeting, 3, "*9"), Some(Deed::End));
}

#[test]
fn fifty_hear_forty_nine_each() {
    let mut meeting = meeting();
    for n in 1..=50 {
        assert!(!meeting.is_full(), "{n}");
        meeting.join(Timestamp(0), attendee(n, n == 1));
    }
    assert!(meeting.is_full());
    let plan = meeting.plan().unwrap();
    assert_eq!(plan.listeners.len(), 50);
    for listener in plan.listeners {
        assert_eq!(listener.hears.len(), 49);
        assert!(!listener.hears.contains(&Voice::Leg(listener.leg)), "nobody hears themselves");
    }
}
