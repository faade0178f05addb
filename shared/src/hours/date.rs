//! Dates of the Gregorian calendar, as days and as people write them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Weekday {
    /// 周一.
    Monday,
    /// 周二.
    Tuesday,
    /// 周三.
    Wednesday,
    /// 周四.
    Thursday,
    /// 周五.
    Friday,
    /// 周六.
    Saturday,
    /// 周日.
    Sunday,
}

impl Weekday {
    /// All, Monday first.
    pub const ALL: [Self; 7] =
        [Self::Monday, Self::Tuesday, Self::Wednesday, Self::Thursday, Self::Friday, Self::Saturday, Self::Sunday];

    /// 0 for Monday.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// Of a day since 1970-01-01, which was a Thursday.
    #[must_use]
    pub fn of_days(days: i64) -> Self {
        let index = usize::try_from((days + 3).rem_euclid(7)).expect("a remainder by 7 is 0 to 6");
        Self::ALL[index]
    }
}

/// A date, 0001 to 9999; written `YYYY-MM-DD`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

crate::wire::text_schema!(Date);

/// A text is no date.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no date: YYYY-MM-DD is wanted")]
pub struct BadDate(String);

impl Date {
    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// When it is none, like February 30th.
    pub fn parse(text: &str) -> Result<Self, BadDate> {
        let bad = || BadDate(text.to_owned());
        let number = |part: &str, len: usize| {
            let plain = part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
            plain.then(|| part.parse::<i32>().ok()).flatten()
        };
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next(), parts.next(), parts.next());
        let read = |part: Option<&str>, len| part.and_then(|part| number(part, len)).ok_or_else(bad);
        let (year, month, day) = (read(year, 4)?, read(month, 2)?, read(day, 2)?);
        let small = |number: i32| u8::try_from(number).map_err(|_| bad());
        let date = Self { year, month: small(month)?, day: small(day)? };
        let real = year >= 1 && (1..=12).contains(&month) && day >= 1 && Self::from_days(date.days()) == date;
        if real && parts.next().is_none() { Ok(date) } else { Err(bad()) }
    }

    /// Year, month from 1, day from 1.
    #[must_use]
    pub const fn parts(self) -> (i32, u8, u8) {
        (self.year, self.month, self.day)
    }

    /// The date of a day since 1970-01-01. Years are counted from March, so that a leap day is a year's last; 400 of
    /// them are 146,097 days (Howard Hinnant, "chrono-compatible low-level date algorithms", `civil_from_days`).
    #[must_use]
    pub fn from_days(days: i64) -> Self {
        let since_march_0000 = days + 719_468;
        let era = since_march_0000.div_euclid(146_097);
        let day_of_era = since_march_0000.rem_euclid(146_097);
        let leaps = day_of_era / 1460 - day_of_era / 36_524 + day_of_era / 146_096;
        let year_of_era = (day_of_era - leaps) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        let year = era * 400 + year_of_era + i64::from(month <= 2);
        // Far beyond any timestamp of ours a year would not fit: the last one that does is as good.
        let year = i32::try_from(year).unwrap_or(i32::MAX);
        let small = |number: i64| u8::try_from(number).expect("months are at most 12 and days at most 31");
        Self { year, month: small(month), day: small(day) }
    }

    /// Days since 1970-01-01 (`days_from_civil` of the same source).
    #[must_use]
    pub fn days(self) -> i64 {
        let (month, day) = (i64::from(self.month), i64::from(self.day));
        let year = i64::from(self.year) - i64::from(month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let march_month = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * march_month + 2) / 5 + day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl fmt::Debug for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Date {
    type Error = BadDate;
    fn try_from(text: String) -> Result<Self, BadDate> {
        Self::parse(&text)
    }
}

impl From<Date> for String {
    fn from(date: Date) -> Self {
        date.to_string()
    }
}
