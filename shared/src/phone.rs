//! Telephone numbers as the network writes them: checked at the edge of the house, compared inside.

use serde::{Deserialize, Serialize};
use std::fmt;

/// The longest number we carry: 15 digits (ITU-T E.164) plus room for an extension.
const MAX_LEN: usize = 32;

/// A dialable number or extension: an optional `+`, then digits, `*` or `#`. Never empty, at most 32 characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "String", into = "String")]
pub struct PhoneNumber(String);

/// Why a text is no telephone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PhoneError {
    /// Nothing was left after removing spaces and dashes.
    #[error("the number is empty")]
    Empty,
    /// Longer than 32 characters.
    #[error("the number is longer than {MAX_LEN} characters")]
    TooLong,
    /// A character that cannot be dialled.
    #[error("'{0}' cannot be dialled: use digits, * and #, with + only in front")]
    NotDialable(char),
}

impl PhoneNumber {
    /// Reads what a person or a SIP user part wrote; spaces, dashes, dots and brackets are dropped.
    ///
    /// # Errors
    /// When nothing dialable is left, see [`PhoneError`].
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let kept: String = text.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}')).collect();
        let digits = kept.strip_prefix('+').unwrap_or(&kept);
        if digits.is_empty() {
            return Err(PhoneError::Empty);
        }
        if kept.len() > MAX_LEN {
            return Err(PhoneError::TooLong);
        }
        match digits.chars().find(|c| !matches!(c, '0'..='9' | '*' | '#')) {
            Some(c) => Err(PhoneError::NotDialable(c)),
            None => Ok(Self(kept)),
        }
    }

    /// The number as it is dialled.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for PhoneNumber {
    type Error = PhoneError;
    fn try_from(text: String) -> Result<Self, PhoneError> {
        Self::parse(&text)
    }
}

impl From<PhoneNumber> for String {
    fn from(number: PhoneNumber) -> Self {
        number.0
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Only the last two digits: a number is personal and `Debug` ends up in logs.
impl fmt::Debug for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tail: String = self.0.chars().skip(self.0.chars().count().saturating_sub(2)).collect();
        write!(f, "PhoneNumber(…{tail})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_write_numbers_in_many_ways() {
        assert_eq!(PhoneNumber::parse("+86 (10) 8888-0000").unwrap().as_str(), "+861088880000");
        assert_eq!(PhoneNumber::parse("*72#").unwrap().as_str(), "*72#");
        assert_eq!(PhoneNumber::parse(" - "), Err(PhoneError::Empty));
        assert_eq!(PhoneNumber::parse("12;tag"), Err(PhoneError::NotDialable(';')));
        assert_eq!(PhoneNumber::parse("1+2"), Err(PhoneError::NotDialable('+')));
        assert_eq!(PhoneNumber::parse(&"1".repeat(33)), Err(PhoneError::TooLong));
    }

    #[test]
    fn debug_hides_the_number() {
        let number = PhoneNumber::parse("13800138000").unwrap();
        assert_eq!(format!("{number:?}"), "PhoneNumber(…00)");
    }
}
