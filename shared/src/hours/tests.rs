//! Days of a real calendar, and the arithmetic against another way to count.

use super::*;
use proptest::prelude::*;

const HOUR: i64 = 3_600_000;

fn minute(text: &str) -> Minute {
    Minute::parse(text).unwrap()
}

fn interval(from: &str, to: &str) -> Interval {
    Interval { from: minute(from), to: minute(to) }
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// Nine to twelve and half past one to six on working days, in Shanghai.
fn calendar() -> Calendar {
    let day = || vec![interval("09:00", "12:00"), interval("13:30", "18:00")];
    let special = |at: &str, kind| SpecialDay { date: date(at), name: String::new(), kind };
    Calendar {
        id: CalendarId::from_u128(1),
        name: "Office".into(),
        zone: "Asia/Shanghai".into(),
        week: [day(), day(), day(), day(), day(), vec![], vec![]],
        days: vec![
            special("2026-10-01", SpecialKind::Holiday),
            // The Saturday after the holidays is worked like a Thursday.
            special("2026-10-10", SpecialKind::Like { weekday: Weekday::Thursday }),
            special("2026-12-31", SpecialKind::Hours { open: vec![interval("09:00", "11:00")] }),
        ],
        emergency: false,
    }
}

fn shanghai() -> Zone {
    Zone::fixed(8 * HOUR)
}

fn at(day: &str, time: &str) -> Timestamp {
    Timestamp(date(day).days() * DAY + i64::from(minute(time).0) * MINUTE - 8 * HOUR)
}

#[test]
fn a_week_has_hours_holidays_and_moved_days() {
    let (calendar, zone) = (calendar(), shanghai());
    calendar.check().unwrap();
    let state = |day, time| calendar.state(at(day, time), &zone);
    assert_eq!(state("2026-09-28", "08:59"), DayState::Closed, "a Monday");
    assert_eq!(state("2026-09-28", "09:00"), DayState::Open);
    assert_eq!(state("2026-09-28", "12:00"), DayState::Closed);
    assert_eq!(state("2026-09-28", "17:59"), DayState::Open);
    assert_eq!(state("2026-10-01", "10:00"), DayState::Holiday, "a Thursday");
    assert_eq!(state("2026-10-03", "10:00"), DayState::Closed, "a Saturday");
    assert_eq!(state("2026-10-10", "10:00"), DayState::Open, "a Saturday that is worked");
    assert_eq!(state("2026-12-31", "10:59"), DayState::Open);
    assert_eq!(state("2026-12-31", "14:00"), DayState::Closed);
    let closed = Calendar { emergency: true, ..calendar.clone() };
    assert_eq!(closed.state(at("2026-09-28", "10:00"), &zone), DayState::Emergency);
}

#[test]
fn it_knows_when_it_opens_next() {
    let (calendar, zone) = (calendar(), shanghai());
    let opens = |day, time| calendar.opens(at(day, time), &zone);
    assert_eq!(opens("2026-09-28", "10:00"), Some(at("2026-09-28", "10:00")), "it is open");
    assert_eq!(opens("2026-09-28", "12:30"), Some(at("2026-09-28", "13:30")));
    assert_eq!(opens("2026-09-30", "18:00"), Some(at("2026-10-02", "09:00")), "over the holiday");
    assert_eq!(opens("2026-10-09", "20:00"), Some(at("2026-10-10", "09:00")), "the Saturday that is worked");
    let never = Calendar { week: Default::default(), days: vec![], ..calendar.clone() };
    assert_eq!(never.opens(at("2026-09-28", "10:00"), &zone), None);
    let emergency = Calendar { emergency: true, ..calendar };
    assert_eq!(emergency.opens(at("2026-09-28", "10:00"), &zone), None);
}

/// Berlin in 2026: summer time from March 29th 01:00 UTC to October 25th 01:00 UTC.
#[test]
fn clocks_that_change_lose_and_repeat_an_hour() {
    let spring = Timestamp(date("2026-03-29").days() * DAY + HOUR);
    let autumn = Timestamp(date("2026-10-25").days() * DAY + HOUR);
    let zone = Zone::new(vec![(autumn, HOUR), (Timestamp(0), HOUR), (spring, 2 * HOUR)]);
    assert_eq!(zone.offset(Timestamp(spring.0 - 1)), HOUR);
    assert_eq!(zone.offset(spring), 2 * HOUR);
    let local = |day: &str, hours: i64| date(day).days() * DAY + hours * HOUR;
    assert_eq!(zone.moment(local("2026-03-29", 1)), Timestamp(spring.0 - HOUR));
    assert_eq!(zone.moment(local("2026-03-29", 3)), spring);
    assert_eq!(zone.moment(local("2026-03-29", 2)), spring + crate::time::Millis(0), "02:00 is skipped: it is 03:00");
    assert_eq!(zone.moment(local("2026-10-25", 2)), Timestamp(autumn.0 - HOUR), "02:00 comes twice: the first");
}

#[test]
fn nonsense_is_refused() {
    let with = |open: Vec<Interval>| {
        let mut calendar = calendar();
        calendar.week[6] = open;
        calendar.check()
    };
    assert_eq!(with(vec![interval("22:00", "06:00")]), Err(BadCalendar::Backwards(minute("22:00"), minute("06:00"))));
    assert_eq!(
        with(vec![interval("10:00", "12:00"), interval("09:00", "10:01")]),
        Err(BadCalendar::Overlap(minute("10:00")))
    );
    assert_eq!(with(vec![interval("09:00", "10:00"); 9]), Err(BadCalendar::TooManyIntervals));
    let mut twice = calendar();
    twice.days.push(twice.days[0].clone());
    assert_eq!(twice.check(), Err(BadCalendar::Twice(date("2026-10-01"))));
    for bad in ["24:01", "9:00", "09:60", "09", "", "-1:00"] {
        assert!(Minute::parse(bad).is_err(), "{bad}");
    }
    for bad in ["2026-02-29", "2026-13-01", "2026-1-1", "0000-01-01", "2026-01-01-", "２026-01-01"] {
        assert!(Date::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(minute("24:00").to_string(), "24:00");
}

proptest! {
    /// Against plain counting from one day to the next.
    #[test]
    fn dates_follow_each_other(days in -700_000_i64..2_900_000) {
        let (today, tomorrow) = (Date::from_days(days), Date::from_days(days + 1));
        prop_assert_eq!(today.days(), days);
        let (y, m, d) = today.parts();
        let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
        let length = match m { 2 => 28 + u8::from(leap), 4 | 6 | 9 | 11 => 30, _ => 31 };
        let next = if d < length { (y, m, d + 1) } else if m < 12 { (y, m + 1, 1) } else { (y + 1, 1, 1) };
        prop_assert_eq!(tomorrow.parts(), next);
        if (1..=9999).contains(&y) {
            prop_assert_eq!(Date::parse(&today.to_string()), Ok(today));
        }
    }

    /// What opens is open, and was not open at any whole minute before.
    #[test]
    fn nothing_opens_earlier_than_it_says(minutes in 0_i64..40 * 1440) {
        let (calendar, zone) = (calendar(), shanghai());
        let now = Timestamp(at("2026-09-20", "00:00").0 + minutes * MINUTE);
        let opens = calendar.opens(now, &zone).unwrap();
        prop_assert_eq!(calendar.state(opens, &zone), DayState::Open);
        let mut before = now;
        while before < opens {
            prop_assert_ne!(calendar.state(before, &zone), DayState::Open);
            before = before + crate::time::Millis(MINUTE);
        }
    }
}
