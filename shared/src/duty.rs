//! Duty rotas (值班表): who takes calls on which telephone when nobody is at a desk, the first one first.
//!
//! Who is on duty is a function of the rota and the time. Left to others: ringing them (`floor::duty`), and resolving the
//! zone's name (`hark-backend`).

use crate::hours::{Date, Minute, Weekday, Zone};
use crate::ids::RotaId;
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// Turns of a rota: three a day of the week, and twice as many to spare.
pub const MAX_TURNS: usize = 42;
/// People of one turn: who is tenth in line is called after minutes, and nobody waits longer than that.
pub const MAX_PEOPLE: usize = 10;
/// Days of their own: ten years of thirty.
pub const MAX_DAYS: usize = 300;

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;

/// `GET|POST|PUT /api/rotas`: a duty rota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Rota {
    /// The id, drawn by the client when it creates.
    pub id: RotaId,
    /// The name, unique in the tenant.
    pub name: String,
    /// The IANA name of its time zone, like `Asia/Shanghai`.
    pub zone: String,
    /// Who is on duty each week. Where two turns overlap the first counts.
    pub turns: Vec<Turn>,
    /// Dates with people of their own; they count from that day's beginning to its end, before all turns.
    #[serde(default)]
    pub days: Vec<DutyDay>,
}

/// A turn of every week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Turn {
    /// The weekdays on which it begins.
    pub weekdays: Vec<Weekday>,
    /// When it begins.
    pub from: Minute,
    /// When it ends; not after `from` is on the next day, so `18:00` to `08:00` is a night.
    pub to: Minute,
    /// Who is on duty, the first one first.
    pub people: Vec<OnDuty>,
}

/// A date with people of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DutyDay {
    /// Which day, in the rota's zone.
    pub date: Date,
    /// Who is on duty, the first one first.
    pub people: Vec<OnDuty>,
}

/// Somebody on duty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OnDuty {
    /// Their name.
    pub name: String,
    /// The telephone on which they are reached.
    pub number: PhoneNumber,
}

/// What is wrong with a rota.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadRota {
    /// More turns than [`MAX_TURNS`].
    #[error("there are more than {MAX_TURNS} turns")]
    TooManyTurns,
    /// More days than [`MAX_DAYS`].
    #[error("there are more than {MAX_DAYS} days")]
    TooManyDays,
    /// More people in a turn than [`MAX_PEOPLE`].
    #[error("a turn has more than {MAX_PEOPLE} people")]
    TooManyPeople,
    /// A turn or day without anybody.
    #[error("a turn has nobody")]
    Nobody,
    /// A turn on no weekday.
    #[error("a turn is on no day")]
    NoWeekday,
    /// A day is named twice.
    #[error("{0} is named twice")]
    Twice(Date),
}

impl Rota {
    /// Who is on duty at `now`, the first one first; empty: nobody. `zone` is that of [`Rota::zone`].
    #[must_use]
    pub fn on_duty(&self, now: Timestamp, zone: &Zone) -> &[OnDuty] {
        let local = now.0.saturating_add(zone.offset(now));
        let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY) / MINUTE);
        let today = Date::from_days(day);
        if let Some(own) = self.days.iter().find(|own| own.date == today) {
            return &own.people;
        }
        let (weekday, yesterday) = (Weekday::of_days(day), Weekday::of_days(day - 1));
        let holds = |turn: &&Turn| {
            let (from, to) = (i64::from(turn.from.minutes()), i64::from(turn.to.minutes()));
            let begins_on = |weekday| turn.weekdays.contains(&weekday);
            if from < to {
                begins_on(weekday) && (from..to).contains(&minute)
            } else {
                begins_on(weekday) && minute >= from || begins_on(yesterday) && minute < to
            }
        };
        self.turns.iter().find(holds).map_or(&[], |turn| &turn.people)
    }

    /// Whether the rota makes sense.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), BadRota> {
        if self.turns.len() > MAX_TURNS {
            return Err(BadRota::TooManyTurns);
        }
        if self.days.len() > MAX_DAYS {
            return Err(BadRota::TooManyDays);
        }
        if self.turns.iter().any(|turn| turn.weekdays.is_empty()) {
            return Err(BadRota::NoWeekday);
        }
        for people in self.turns.iter().map(|turn| &turn.people).chain(self.days.iter().map(|day| &day.people)) {
            match people.len() {
                0 => return Err(BadRota::Nobody),
                1..=MAX_PEOPLE => {}
                _ => return Err(BadRota::TooManyPeople),
            }
        }
        let mut dates: Vec<Date> = self.days.iter().map(|day| day.date).collect();
        dates.sort_unstable();
        match dates.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(BadRota::Twice(pair[0])),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    fn people(names: &[&str]) -> Vec<OnDuty> {
        let one = |name: &&str| OnDuty { name: (*name).to_owned(), number: PhoneNumber::parse("13900000000").unwrap() };
        names.iter().map(one).collect()
    }

    fn turn(weekdays: &[Weekday], from: &str, to: &str, names: &[&str]) -> Turn {
        let minute = |text| Minute::parse(text).unwrap();
        Turn { weekdays: weekdays.to_vec(), from: minute(from), to: minute(to), people: people(names) }
    }

    fn rota() -> Rota {
        Rota {
            id: RotaId::from_u128(1),
            name: "Night".into(),
            zone: "Asia/Shanghai".into(),
            turns: vec![
                turn(&[Weekday::Thursday, Weekday::Friday], "18:00", "08:00", &["Ann", "Bo"]),
                turn(&[Weekday::Saturday], "00:00", "24:00", &["Cem"]),
            ],
            days: vec![DutyDay { date: Date::parse("1970-01-08").unwrap(), people: people(&["Dee"]) }],
        }
    }

    /// Hours by the wall clock of Shanghai since Thursday, 1970-01-01.
    fn at(hours: i64) -> String {
        let rota = rota();
        let on_duty = rota.on_duty(Timestamp((hours - 8) * HOUR), &Zone::fixed(8 * HOUR));
        on_duty.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn nights_reach_into_the_next_day_and_dates_go_before_weekdays() {
        assert_eq!(at(17), "", "Thursday, before the night");
        assert_eq!(at(18), "Ann Bo");
        assert_eq!(at(24 + 7), "Ann Bo", "Friday morning");
        assert_eq!(at(24 + 8), "");
        assert_eq!(at(48 + 7), "Ann Bo", "Saturday morning is Friday's night, which is named first");
        assert_eq!(at(48 + 8), "Cem");
        assert_eq!(at(72), "", "Sunday");
        assert_eq!(at(7 * 24 + 12), "Dee", "the Thursday with people of its own, all day");
        assert_eq!(at(8 * 24 + 1), "Ann Bo", "its night has begun on Thursday all the same");
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        assert_eq!(rota().check(), Ok(()));
        let bad = |change: fn(&mut Rota)| {
            let mut rota = rota();
            change(&mut rota);
            rota.check().unwrap_err()
        };
        assert_eq!(bad(|rota| rota.turns[0].people.clear()), BadRota::Nobody);
        assert_eq!(bad(|rota| rota.turns[0].weekdays.clear()), BadRota::NoWeekday);
        assert_eq!(bad(|rota| rota.turns[0].people = people(&["x"; 11])), BadRota::TooManyPeople);
        assert_eq!(bad(|rota| rota.days.extend(rota.days.clone())), BadRota::Twice(Date::parse("1970-01-08").unwrap()));
        assert_eq!(bad(|rota| rota.turns = vec![rota.turns[0].clone(); 43]), BadRota::TooManyTurns);
    }
}
