//! Black list (黑名单) and white list (白名单): whose calls are turned away before anything answers, and whose never are.
//!
//! An entry is a whole number or a beginning, with a reason and, if wanted, an end. The white list wins: a company's
//! range may be blocked but for one of its numbers.

use crate::ids::ListingId;
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What an entry means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// Hears busy.
    Blocked,
    /// Is never blocked; flows can ask for it.
    Allowed,
}

/// `GET|POST|PUT /api/listings`: an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Listing {
    /// The id, drawn by the client when it creates.
    pub id: ListingId,
    /// What it means.
    pub listed: Listed,
    /// The caller's number as the trunk sends it, or its beginning; unique in its list.
    pub number: PhoneNumber,
    /// Whether every number that begins so is meant.
    #[serde(default)]
    pub prefix: bool,
    /// Why, for whoever looks later.
    #[serde(default)]
    pub reason: String,
    /// No longer from then on; `None`: for good.
    #[serde(default)]
    pub until: Option<Timestamp>,
}

/// Both lists, indexed: a question costs a look-up for each digit of the number, however long the lists are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// By what they begin with, or are.
    by_number: BTreeMap<String, Vec<Listing>>,
}

impl Lists {
    /// The lists of these entries.
    #[must_use]
    pub fn new(entries: Vec<Listing>) -> Self {
        let mut by_number: BTreeMap<String, Vec<Listing>> = BTreeMap::new();
        for entry in entries {
            by_number.entry(entry.number.as_str().to_owned()).or_default().push(entry);
        }
        Self { by_number }
    }

    /// What holds for this caller now: an entry of the white list, else the longest that fits of the black list.
    #[must_use]
    pub fn find(&self, now: Timestamp, number: &PhoneNumber) -> Option<&Listing> {
        let text = number.as_str();
        // Numbers are plain ASCII, so every length is a boundary.
        let beginnings = (1..=text.len()).filter_map(|length| self.by_number.get(&text[..length]));
        let fits = beginnings.flatten().filter(|entry| {
            let whole = entry.number == *number;
            (whole || entry.prefix) && entry.until.is_none_or(|until| now < until)
        });
        // Of equals `max_by_key` takes the last: the longest.
        fits.max_by_key(|entry| entry.listed)
    }

    /// Whether this caller hears busy.
    #[must_use]
    pub fn blocks(&self, now: Timestamp, number: &PhoneNumber) -> bool {
        self.find(now, number).is_some_and(|entry| entry.listed == Listed::Blocked)
    }

    /// Whether this caller is on the white list.
    #[must_use]
    pub fn allows(&self, now: Timestamp, number: &PhoneNumber) -> bool {
        self.find(now, number).is_some_and(|entry| entry.listed == Listed::Allowed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: u128, listed: Listed, number: &str, prefix: bool, until: Option<i64>) -> Listing {
        let number = PhoneNumber::parse(number).unwrap();
        let until = until.map(Timestamp);
        Listing { id: ListingId::from_u128(id), listed, number, prefix, reason: String::new(), until }
    }

    fn lists() -> Lists {
        Lists::new(vec![
            entry(1, Listed::Blocked, "139", true, None),
            entry(2, Listed::Allowed, "13900001111", false, None),
            entry(3, Listed::Blocked, "13800138000", false, Some(500)),
            entry(4, Listed::Blocked, "13912", true, None),
        ])
    }

    fn found(number: &str, now: i64) -> Option<u128> {
        let number = PhoneNumber::parse(number).unwrap();
        lists().find(Timestamp(now), &number).map(|entry| entry.id.0.as_u128())
    }

    #[test]
    fn numbers_and_beginnings_are_blocked_but_for_the_white_list() {
        assert_eq!(found("13955556666", 0), Some(1));
        assert_eq!(found("13912556666", 0), Some(4), "the longest that fits says why");
        assert_eq!(found("13900001111", 0), Some(2), "the white list wins");
        assert_eq!(found("139000011112", 0), Some(1), "a whole number is no beginning");
        assert_eq!(found("13700000000", 0), None);
        let number = PhoneNumber::parse("13900001111").unwrap();
        assert!(lists().allows(Timestamp(0), &number) && !lists().blocks(Timestamp(0), &number));
    }

    #[test]
    fn an_entry_ends() {
        assert_eq!(found("13800138000", 499), Some(3));
        assert_eq!(found("13800138000", 500), None);
    }
}
