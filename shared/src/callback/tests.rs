//! Callbacks by themselves: booked, put off, called, ended.

use super::*;

const QUEUE: QueueId = QueueId::from_u128(1);

/// Open from 8 to 18 o'clock every day; hours of the test's clock.
struct Office(CallbackRules);

impl Around for Office {
    fn rules(&self, queue: QueueId) -> Option<CallbackRules> {
        (queue == QUEUE).then_some(self.0)
    }

    fn opens(&self, now: Timestamp, _queue: QueueId) -> Option<Timestamp> {
        let (day, hour) = (now.0.div_euclid(24 * HOUR), now.0.rem_euclid(24 * HOUR));
        match hour {
            hour if hour < 8 * HOUR => Some(Timestamp(day * 24 * HOUR + 8 * HOUR)),
            hour if hour >= 18 * HOUR => Some(Timestamp((day + 1) * 24 * HOUR + 8 * HOUR)),
            _ => Some(now),
        }
    }
}

const HOUR: i64 = 3_600_000;

fn at(hours: i64, minutes: i64) -> Timestamp {
    Timestamp(hours * HOUR + minutes * 60_000)
}

fn office() -> Office {
    Office(CallbackRules::default())
}

fn id(number: u128) -> CallbackId {
    CallbackId::from_u128(number)
}

fn contact(number: u128) -> ContactId {
    ContactId::from_u128(number)
}

fn booking(number: &str, reason: Reason) -> Booking {
    Booking {
        contact: None,
        queue: Some(QUEUE),
        user: None,
        team: None,
        number: Some(PhoneNumber::parse(number).unwrap()),
        name: None,
        reason,
        message: None,
        due: None,
    }
}

fn place(now: Timestamp) -> Place {
    Place { entered: now, bonus: 0 }
}

fn stage(callbacks: &Callbacks, number: u128) -> Stage {
    callbacks.open[&id(number)].stage
}

#[test]
fn the_same_number_is_booked_once() {
    let mut callbacks = Callbacks::default();
    let book = |callbacks: &mut Callbacks, hours, number, reason| {
        let now = at(hours, 0);
        callbacks.book(now, id(number), booking("1001", reason), place(now), &office())
    };
    assert_eq!(book(&mut callbacks, 9, 1, Reason::Voicemail), Ok(id(1)));
    assert_eq!(book(&mut callbacks, 10, 2, Reason::Asked), Ok(id(1)), "the old one is kept");
    let kept = callbacks.get(id(1)).unwrap();
    assert_eq!((kept.entered, kept.reason), (at(9, 0), Reason::Asked), "with its place, and is called from now on");
    assert_eq!(callbacks.wake(at(10, 0), &office()), [id(1)]);
    assert_eq!(stage(&callbacks, 1), Stage::InLine);
    assert_eq!(callbacks.open().count(), 1);
    let mut withheld = booking("1", Reason::Duty);
    withheld.number = None;
    for number in [3, 4] {
        callbacks.book(at(11, 0), id(number), withheld.clone(), place(at(11, 0)), &office()).unwrap();
    }
    assert_eq!(callbacks.open().count(), 3, "two withheld numbers may be two people");
}

#[test]
fn nobody_is_called_outside_the_hours() {
    let mut callbacks = Callbacks::default();
    callbacks.book(at(19, 0), id(1), booking("1001", Reason::Asked), place(at(19, 0)), &office()).unwrap();
    assert_eq!(callbacks.deadline(), Some(at(32, 0)), "tomorrow at eight");
    assert!(callbacks.wake(at(31, 59), &office()).is_empty());
    assert_eq!(callbacks.wake(at(32, 0), &office()), [id(1)]);
    callbacks.put_off(at(42, 0), id(1), Millis::ZERO, &office());
    assert_eq!(stage(&callbacks, 1), Stage::Over { at: at(42, 0), end: End::Expired }, "kept for a day only");
    assert_eq!(callbacks.changed().len(), 1);
    assert_eq!(callbacks.open.len(), 0);
}

#[test]
fn it_is_tried_as_often_as_the_queue_says_and_keeps_its_place() {
    let mut callbacks = Callbacks::default();
    callbacks.book(at(9, 0), id(1), booking("1001", Reason::Asked), place(at(8, 50)), &office()).unwrap();
    for (number, minutes) in [(1, 0), (2, 20)] {
        let now = at(9, minutes);
        assert_eq!(callbacks.wake(now, &office()), [id(1)]);
        callbacks.call(now, id(1), contact(number), None).unwrap();
        assert_eq!(callbacks.call(now, id(1), contact(9), None), Err(Refused::Calling), "never twice at once");
        assert_eq!(callbacks.cancel(now, id(1)), Err(Refused::Calling));
        callbacks.ended(now, id(1), contact(number), (false, Cause::Busy), &office());
        assert_eq!(callbacks.get(id(1)).unwrap().due, at(9, minutes + 15));
        assert_eq!(callbacks.get(id(1)).unwrap().entered, at(8, 50));
    }
    callbacks.wake(at(9, 35), &office());
    callbacks.call(at(9, 35), id(1), contact(3), None).unwrap();
    callbacks.ended(at(9, 36), id(1), contact(3), (false, Cause::NoAnswer), &office());
    assert_eq!(stage(&callbacks, 1), Stage::Over { at: at(9, 36), end: End::Unreached });
    let told = callbacks.changed();
    assert_eq!(told[0].tries.iter().map(|it| it.cause).collect::<Vec<_>>().len(), 3);
    assert_eq!((callbacks.deadline(), callbacks.open.len()), (None, 0));
}

#[test]
fn a_task_waits_for_an_agent_until_somebody_is_reached() {
    let mut callbacks = Callbacks::default();
    callbacks.book(at(20, 0), id(1), booking("1001", Reason::Duty), place(at(20, 0)), &office()).unwrap();
    assert!(callbacks.wake(at(40, 0), &office()).is_empty(), "not by itself");
    for number in 1..=30 {
        callbacks.call(at(40, 0), id(1), contact(number), Some(UserId::from_u128(7))).unwrap();
        callbacks.ended(at(40, 1), id(1), contact(number), (false, Cause::NoAnswer), &office());
        assert_eq!(stage(&callbacks, 1), Stage::Waiting);
    }
    assert_eq!(callbacks.get(id(1)).unwrap().tries.len(), MOST_TRIES);
    callbacks.call(at(41, 0), id(1), contact(31), None).unwrap();
    callbacks.ended(at(41, 1), id(1), contact(31), (true, Cause::Normal), &office());
    assert_eq!(stage(&callbacks, 1), Stage::Over { at: at(41, 1), end: End::Reached });
}

#[test]
fn another_time_is_within_the_hours_too() {
    let mut callbacks = Callbacks::default();
    callbacks.book(at(9, 0), id(1), booking("1001", Reason::Asked), place(at(9, 0)), &office()).unwrap();
    callbacks.wake(at(9, 0), &office());
    callbacks.put_to(at(9, 1), id(1), at(21, 0), &office()).unwrap();
    assert_eq!((stage(&callbacks, 1), callbacks.deadline()), (Stage::Waiting, Some(at(32, 0))));
    callbacks.put_to(at(9, 1), id(1), at(100, 0), &office()).unwrap();
    assert_eq!(callbacks.get(id(1)).unwrap().due, at(104, 0), "and it is kept until then");
    callbacks.cancel(at(9, 2), id(1)).unwrap();
    assert_eq!(callbacks.cancel(at(9, 2), id(1)), Err(Refused::Gone));
}

#[test]
fn a_flood_has_an_end() {
    let mut callbacks = Callbacks::default();
    for number in 0..MOST_OPEN as u128 {
        let mut task = booking("1", Reason::Missed);
        task.number = None;
        callbacks.book(at(9, 0), id(number), task, place(at(9, 0)), &office()).unwrap();
    }
    let one_more = callbacks.book(at(9, 0), id(99_999), booking("1", Reason::Asked), place(at(9, 0)), &office());
    assert_eq!(one_more, Err(Refused::TooMany));
}

#[test]
fn who_is_served_otherwise_is_not_called_any_more() {
    let (mut callbacks, office, now) = (Callbacks::default(), office(), at(9, 0));
    let mut book = |n, booking: Booking| callbacks.book(now, id(n), booking, place(now), &office).unwrap();
    book(1, booking("13800138000", Reason::Asked));
    book(2, Booking { queue: None, ..booking("13800138000", Reason::Voicemail) });
    book(3, booking("13900139000", Reason::Asked));
    book(4, Booking { user: Some(UserId::from_u128(9)), ..booking("13800138000", Reason::Voicemail) });
    callbacks.call(now, id(4), contact(4), None).unwrap();
    let number = PhoneNumber::parse("13800138000").unwrap();
    assert_eq!(callbacks.serve(now, &number, None, |it| it.queue == Some(QUEUE)), [id(1)]);
    assert_eq!(stage(&callbacks, 1), Stage::Over { at: now, end: End::Served });
    assert_eq!(stage(&callbacks, 2), Stage::Waiting, "another's matter");
    assert_eq!(stage(&callbacks, 4), Stage::Calling { contact: contact(4), hand: None }, "its own call decides");
    assert_eq!(callbacks.serve(now, &number, Some(id(2)), |_| true), [], "the call is what it was booked for");
}

#[test]
fn what_an_earlier_life_left_open_is_taken_up_once() {
    let (office, now) = (office(), at(9, 0));
    let mut before = Callbacks::default();
    for (n, number) in [(1, "13800138000"), (2, "13900139000"), (3, "13700137000"), (4, "13600136000")] {
        before.book(now, id(n), booking(number, Reason::Asked), place(now), &office).unwrap();
    }
    before.call(now, id(2), contact(2), None).unwrap();
    before.cancel(now, id(4)).unwrap();
    let left = before.changed();
    let mut callbacks = Callbacks::default();
    let later = now + Millis::from_secs(60);
    callbacks.book(later, id(33), booking("13700137000", Reason::Asked), place(later), &office).unwrap();
    callbacks.changed();
    for _ in 0..2 {
        callbacks.take_up(later, left.clone());
    }
    let open: Vec<CallbackId> = callbacks.open().map(|it| it.id).collect();
    assert_eq!(open, [id(1), id(2), id(33)], "what is over stays over, and a number is called once");
    assert_eq!(stage(&callbacks, 2), Stage::Waiting, "whoever was being called waits again");
    assert_eq!(callbacks.get(id(1)).map(|it| it.entered), Some(now), "with their place");
    let told = callbacks.changed();
    assert!(told.iter().any(|it| it.id == id(3) && it.stage == Stage::Over { at: later, end: End::Cancelled }));
    assert_eq!(callbacks.wake(later, &office), [id(1), id(2), id(33)]);
}
