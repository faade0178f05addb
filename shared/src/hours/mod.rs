//! Hours: when somebody is there. A calendar has several intervals a day, holidays, moved working days (补班日) and an
//! emergency closure.
//!
//! Time zones are data here: whoever loads a calendar also says when the zone's offset changes ([`Zone`]), so the same
//! question has the same answer on every machine and in the browser, and nobody carries a zone database.
//!
//! Left to others: what a caller hears outside the hours (a flow), and who resolves a zone's name (`hark-backend`).

mod date;
mod zone;

pub use date::{BadDate, Date, Weekday};
pub use zone::Zone;

use crate::ids::CalendarId;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// What a calendar says of a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DayState {
    /// Somebody is there.
    Open,
    /// Outside the weekly hours.
    Closed,
    /// A holiday.
    Holiday,
    /// Closed for an emergency, whatever the hours say.
    Emergency,
}

/// A time of day in minutes since midnight, `00:00` to `24:00`; written `HH:MM`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "String", into = "String")]
pub struct Minute(u16);

/// A text is no time of day.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no time of day: 00:00 to 24:00 is wanted")]
pub struct BadMinute(String);

impl Minute {
    /// Reads `HH:MM`.
    ///
    /// # Errors
    /// When it is none, or past 24:00.
    pub fn parse(text: &str) -> Result<Self, BadMinute> {
        let two = |digits: &str| (digits.len() == 2).then(|| digits.parse::<u16>().ok()).flatten();
        let read = text.split_once(':').and_then(|(hours, minutes)| Some((two(hours)?, two(minutes)?)));
        match read {
            Some((hours, minutes)) if minutes < 60 && hours * 60 + minutes <= 1440 => Ok(Self(hours * 60 + minutes)),
            _ => Err(BadMinute(text.to_owned())),
        }
    }

    /// Minutes since midnight, 0 to 1440.
    #[must_use]
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl TryFrom<String> for Minute {
    type Error = BadMinute;
    fn try_from(text: String) -> Result<Self, BadMinute> {
        Self::parse(&text)
    }
}

impl From<Minute> for String {
    fn from(minute: Minute) -> Self {
        minute.to_string()
    }
}

/// From a time of day up to, not including, another. One across midnight is two: until 24:00, and from 00:00 on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Interval {
    /// Its first minute.
    pub from: Minute,
    /// The first minute after it.
    pub to: Minute,
}

/// A day that differs from its weekday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SpecialDay {
    /// Which day, in the calendar's zone.
    pub date: Date,
    /// What it is called.
    pub name: String,
    /// How it differs.
    pub kind: SpecialKind,
}

/// How a day differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum SpecialKind {
    /// Nobody works.
    Holiday,
    /// People work as on this weekday: a moved working day.
    Like {
        /// Which weekday.
        weekday: Weekday,
    },
    /// Hours of its own.
    Hours {
        /// When somebody is there.
        open: Vec<Interval>,
    },
}

/// Intervals of one day: morning, afternoon, evening, night, and twice as many to spare.
pub const MAX_INTERVALS: usize = 8;
/// Special days of one calendar: ten years of thirty.
pub const MAX_DAYS: usize = 300;
/// How far ahead [`Calendar::opens`] looks: a calendar that is closed for longer opens never, as far as a callback cares.
const HORIZON_DAYS: i64 = 370;

const DAY: i64 = 86_400_000;
const MINUTE: i64 = 60_000;

/// A calendar.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Calendar {
    /// The id, drawn by the client when it creates.
    pub id: CalendarId,
    /// The name, unique in the tenant.
    pub name: String,
    /// The IANA name of its time zone, like `Asia/Shanghai`.
    pub zone: String,
    /// The hours of each weekday, Monday first; always seven.
    pub week: [Vec<Interval>; 7],
    /// Days that differ.
    #[serde(default)]
    pub days: Vec<SpecialDay>,
    /// Closed for an emergency until somebody says otherwise.
    #[serde(default)]
    pub emergency: bool,
}

/// What is wrong with a calendar.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCalendar {
    /// An interval ends before it begins, or where it begins.
    #[error("{0} to {1} ends before it begins; one across midnight is two")]
    Backwards(Minute, Minute),
    /// Two intervals of a day overlap.
    #[error("two intervals overlap at {0}")]
    Overlap(Minute),
    /// More intervals in a day than [`MAX_INTERVALS`].
    #[error("a day has more than {MAX_INTERVALS} intervals")]
    TooManyIntervals,
    /// A day is named twice.
    #[error("{0} is named twice")]
    Twice(Date),
    /// More special days than [`MAX_DAYS`].
    #[error("there are more than {MAX_DAYS} special days")]
    TooManyDays,
}

impl Calendar {
    /// What the calendar says of `now`. `zone` is that of [`Calendar::zone`].
    #[must_use]
    pub fn state(&self, now: Timestamp, zone: &Zone) -> DayState {
        if self.emergency {
            return DayState::Emergency;
        }
        let local = now.0.saturating_add(zone.offset(now));
        let (day, minute) = (local.div_euclid(DAY), local.rem_euclid(DAY) / MINUTE);
        let holds =
            |open: &[Interval]| open.iter().any(|it| (i64::from(it.from.0)..i64::from(it.to.0)).contains(&minute));
        match self.hours_of(day) {
            None => DayState::Holiday,
            Some(open) if holds(open) => DayState::Open,
            Some(_) => DayState::Closed,
        }
    }

    /// When the calendar is open next: `now` if it is, `None` if not within a year, or while there is an emergency.
    #[must_use]
    pub fn opens(&self, now: Timestamp, zone: &Zone) -> Option<Timestamp> {
        match self.state(now, zone) {
            DayState::Open => return Some(now),
            DayState::Emergency => return None,
            DayState::Closed | DayState::Holiday => {}
        }
        let today = now.0.saturating_add(zone.offset(now)).div_euclid(DAY);
        (today..today + HORIZON_DAYS).find_map(|day| {
            let starts = self.hours_of(day)?.iter().map(|it| day * DAY + i64::from(it.from.0) * MINUTE);
            // A start that the clocks skip in spring is found open a little later; see `Zone::moment`.
            let moments = starts.map(|local| zone.moment(local));
            moments.filter(|at| *at > now && self.state(*at, zone) == DayState::Open).min()
        })
    }

    /// The hours of a day, counted since 1970 in the calendar's zone; `None` on a holiday.
    fn hours_of(&self, day: i64) -> Option<&[Interval]> {
        let of = |weekday: Weekday| self.week[weekday.index()].as_slice();
        let date = Date::from_days(day);
        match self.days.iter().find(|special| special.date == date).map(|special| &special.kind) {
            Some(SpecialKind::Holiday) => None,
            Some(SpecialKind::Like { weekday }) => Some(of(*weekday)),
            Some(SpecialKind::Hours { open }) => Some(open),
            None => Some(of(Weekday::of_days(day))),
        }
    }

    /// Whether the calendar makes sense.
    ///
    /// # Errors
    /// The first thing that does not.
    pub fn check(&self) -> Result<(), BadCalendar> {
        let own = self.days.iter().filter_map(|special| match &special.kind {
            SpecialKind::Hours { open } => Some(open),
            SpecialKind::Holiday | SpecialKind::Like { .. } => None,
        });
        self.week.iter().chain(own).try_for_each(|open| check_day(open))?;
        if self.days.len() > MAX_DAYS {
            return Err(BadCalendar::TooManyDays);
        }
        let mut dates: Vec<Date> = self.days.iter().map(|special| special.date).collect();
        dates.sort_unstable();
        match dates.windows(2).find(|pair| pair[0] == pair[1]) {
            Some(pair) => Err(BadCalendar::Twice(pair[0])),
            None => Ok(()),
        }
    }
}

fn check_day(open: &[Interval]) -> Result<(), BadCalendar> {
    if open.len() > MAX_INTERVALS {
        return Err(BadCalendar::TooManyIntervals);
    }
    if let Some(it) = open.iter().find(|it| it.from >= it.to) {
        return Err(BadCalendar::Backwards(it.from, it.to));
    }
    let mut sorted = open.to_vec();
    sorted.sort_unstable_by_key(|it| it.from);
    match sorted.windows(2).find(|pair| pair[1].from < pair[0].to) {
        Some(pair) => Err(BadCalendar::Overlap(pair[1].from)),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests;
