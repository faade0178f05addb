//! Variables of a walk: texts by name, and texts with names in braces.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The longest name.
const MAX_NAME: usize = 32;
/// A value is something to say, to compare or to send, never a document; longer ones are cut.
pub const MAX_VALUE: usize = 1000;
/// Variables that one walk may have: far more than a flow that people can read needs.
pub const MAX_VARIABLES: usize = 100;

/// The name of a variable: a lower-case letter, then letters, digits and `_`, at most 32 in all.
///
/// A walk begins with `caller` (empty when withheld), `called` and, once the customer is known, `customer`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(try_from = "String", into = "String")]
pub struct VarName(String);

/// A text is no name of a variable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("'{0}' cannot name a variable: a lower-case letter, then letters, digits and _, at most {MAX_NAME} in all")]
pub struct BadName(String);

impl VarName {
    /// Reads a name.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(name: &str) -> Result<Self, BadName> {
        let mut chars = name.chars();
        let begins = chars.next().is_some_and(|c| c.is_ascii_lowercase());
        let goes_on = chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if begins && goes_on && name.len() <= MAX_NAME {
            Ok(Self(name.to_owned()))
        } else {
            Err(BadName(name.to_owned()))
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for VarName {
    type Error = BadName;
    fn try_from(name: String) -> Result<Self, BadName> {
        Self::new(&name)
    }
}

impl From<VarName> for String {
    fn from(name: VarName) -> Self {
        name.0
    }
}

impl fmt::Display for VarName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text in which `{name}` stands for a variable's value; `{{` and `}}` are plain braces.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(value_type = String))]
#[serde(transparent)]
pub struct Template(pub String);

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Text as it stands.
    Text(&'a str),
    /// A variable's value.
    Name(VarName),
}

/// What is wrong with a template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// A brace that is not closed, or one that was not opened.
    #[error("a brace has no partner; write {{{{ for a plain one")]
    Brace,
    /// Between braces is no name.
    #[error(transparent)]
    Name(#[from] BadName),
}

impl Template {
    /// The pieces, in order.
    ///
    /// # Errors
    /// When braces do not pair or hold no name.
    pub fn pieces(&self) -> Result<Vec<Piece<'_>>, BadTemplate> {
        let (mut pieces, mut rest) = (Vec::new(), self.0.as_str());
        while let Some(at) = rest.find(['{', '}']) {
            if at > 0 {
                pieces.push(Piece::Text(&rest[..at]));
            }
            let brace = &rest[at..];
            if brace.starts_with("{{") || brace.starts_with("}}") {
                pieces.push(Piece::Text(&brace[..1]));
                rest = &brace[2..];
                continue;
            }
            let end = brace.find('}').filter(|end| *end > 0).ok_or(BadTemplate::Brace)?;
            pieces.push(Piece::Name(VarName::new(&brace[1..end])?));
            rest = &brace[end + 1..];
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest));
        }
        Ok(pieces)
    }

    /// The text with every name replaced, by `value` of it; unknown names are empty. A faulty template is
    /// refused before a flow is published; here it is taken as it stands.
    #[must_use]
    pub fn fill(&self, variables: &BTreeMap<VarName, String>) -> String {
        let Ok(pieces) = self.pieces() else { return self.0.clone() };
        let filled: String = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Text(text) => *text,
                Piece::Name(name) => variables.get(name).map_or("", String::as_str),
            })
            .collect();
        filled.chars().take(MAX_VALUE).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(template: &str) -> String {
        let variables = BTreeMap::from([(VarName::new("account").unwrap(), "4711".to_owned())]);
        Template(template.to_owned()).fill(&variables)
    }

    #[test]
    fn names_in_braces_become_values() {
        assert_eq!(filled("/a/{account}?x={nothing}"), "/a/4711?x=");
        assert_eq!(filled(r#"{{"a":"{account}"}}"#), r#"{"a":"4711"}"#);
        assert_eq!(filled("余额{account}元"), "余额4711元");
    }

    #[test]
    fn faults_are_named() {
        assert_eq!(Template("{account".into()).pieces(), Err(BadTemplate::Brace));
        assert_eq!(Template("a}".into()).pieces(), Err(BadTemplate::Brace));
        assert_eq!(Template("{}".into()).pieces(), Err(BadTemplate::Name(BadName(String::new()))));
        assert!(matches!(Template("{Account}".into()).pieces(), Err(BadTemplate::Name(_))));
        assert!(VarName::new(&"a".repeat(33)).is_err());
    }
}
