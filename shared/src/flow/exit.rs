//! The ways out of a node: what the designer draws an edge from, and what the interpreter follows.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A key of a telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "String", into = "String")]
pub struct Key(char);

impl Key {
    /// All twelve, as a keypad shows them.
    pub const ALL: [Self; 12] = [
        Self('1'),
        Self('2'),
        Self('3'),
        Self('4'),
        Self('5'),
        Self('6'),
        Self('7'),
        Self('8'),
        Self('9'),
        Self('*'),
        Self('0'),
        Self('#'),
    ];

    /// The key of this character, `0` to `9`, `*` or `#`.
    #[must_use]
    pub fn new(key: char) -> Option<Self> {
        matches!(key, '0'..='9' | '*' | '#').then_some(Self(key))
    }

    /// Its character.
    #[must_use]
    pub const fn char(self) -> char {
        self.0
    }
}

/// A way out of a node. Which ones a node has follows from its kind, see [`super::Kind::exits`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Exit {
    /// The node is done.
    Next,
    /// The caller pressed this key.
    Key(Key),
    /// Nothing that fits: no valid digits, nobody reached, not to be had.
    Otherwise,
    /// A condition holds.
    Yes,
    /// A condition does not hold.
    No,
    /// The calendar says open.
    Open,
    /// The calendar says closed by its weekly hours.
    Closed,
    /// The calendar names a holiday.
    Holiday,
    /// The calendar is closed for an emergency.
    Emergency,
    /// Once more around a loop.
    Again,
    /// A loop has gone round as often as it may.
    Done,
    /// The outside party is busy.
    Busy,
    /// The outside party does not answer.
    NoAnswer,
    /// It failed: no answer in time, a bad one, or none possible.
    Error,
    /// The caller may not enter: wrong number or PIN too often, locked, or barred.
    Refused,
    /// There is no place left.
    Full,
}

crate::wire::text_schema!(Exit);

impl fmt::Display for Exit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key(key) => return write!(f, "key_{}", key.0),
            Self::Next => "next",
            Self::Otherwise => "otherwise",
            Self::Yes => "yes",
            Self::No => "no",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Holiday => "holiday",
            Self::Emergency => "emergency",
            Self::Again => "again",
            Self::Done => "done",
            Self::Busy => "busy",
            Self::NoAnswer => "no_answer",
            Self::Error => "error",
            Self::Refused => "refused",
            Self::Full => "full",
        })
    }
}

/// No way out has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' is no way out of a node")]
pub struct UnknownExit(String);

impl TryFrom<String> for Exit {
    type Error = UnknownExit;
    fn try_from(name: String) -> Result<Self, UnknownExit> {
        Ok(match name.as_str() {
            "next" => Self::Next,
            "otherwise" => Self::Otherwise,
            "yes" => Self::Yes,
            "no" => Self::No,
            "open" => Self::Open,
            "closed" => Self::Closed,
            "holiday" => Self::Holiday,
            "emergency" => Self::Emergency,
            "again" => Self::Again,
            "done" => Self::Done,
            "busy" => Self::Busy,
            "no_answer" => Self::NoAnswer,
            "error" => Self::Error,
            "refused" => Self::Refused,
            "full" => Self::Full,
            other => {
                let key = other.strip_prefix("key_").and_then(|key| match key.as_bytes() {
                    [byte] => Key::new(char::from(*byte)),
                    _ => None,
                });
                return key.map(Self::Key).ok_or(UnknownExit(name));
            }
        })
    }
}

impl From<Exit> for String {
    fn from(exit: Exit) -> Self {
        exit.to_string()
    }
}

impl TryFrom<String> for Key {
    type Error = UnknownExit;
    fn try_from(text: String) -> Result<Self, UnknownExit> {
        let mut chars = text.chars();
        match (chars.next().and_then(Self::new), chars.next()) {
            (Some(key), None) => Ok(key),
            _ => Err(UnknownExit(text)),
        }
    }
}

impl From<Key> for String {
    fn from(key: Key) -> Self {
        key.0.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_out_is_read_as_it_is_written() {
        let mut all = vec![Exit::Next, Exit::Otherwise, Exit::Yes, Exit::No, Exit::Open, Exit::Closed, Exit::Holiday];
        all.extend([Exit::Emergency, Exit::Again, Exit::Done, Exit::Busy, Exit::NoAnswer, Exit::Error, Exit::Refused]);
        all.push(Exit::Full);
        all.extend(Key::ALL.map(Exit::Key));
        for exit in all {
            assert_eq!(Exit::try_from(exit.to_string()), Ok(exit));
        }
        assert!(Exit::try_from("key_A".to_owned()).is_err());
        assert!(Exit::try_from("key_12".to_owned()).is_err());
    }
}
