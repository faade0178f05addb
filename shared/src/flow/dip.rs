//! A data dip, purely: the request with its values filled in, and what is taken from the answer.
//!
//! Masked values are named, not filled in: only the shell knows them, and puts them in on the way out.

use super::model::{Fetch, Method, Taken};
use super::vars::{MAX_VALUE, Piece, Template, VarName};
use crate::time::Millis;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;

/// A request, ready but for masked values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// How.
    pub method: Method,
    /// Where.
    pub url: Filled,
    /// Further headers.
    pub headers: BTreeMap<String, Filled>,
    /// JSON; empty: none.
    pub body: Filled,
    /// How long one try may take.
    pub timeout: Millis,
    /// How often it is tried in all.
    pub tries: u8,
    /// What is wanted of the answer.
    pub take: Vec<Taken>,
}

/// A text of which parts may be masked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled(pub Vec<Part>);

/// A part of such a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// As it stands.
    Plain(String),
    /// So many digits that only the shell knows. Digits need no escaping anywhere.
    Masked {
        /// The variable.
        name: VarName,
        /// How many there must be.
        digits: u8,
    },
}

impl Filled {
    /// The whole text, with masked parts by `masked`; `None` when it does not know one.
    #[must_use]
    pub fn reveal(&self, masked: impl Fn(&VarName, u8) -> Option<String>) -> Option<String> {
        self.0
            .iter()
            .map(|part| match part {
                Part::Plain(text) => Some(text.clone()),
                Part::Masked { name, digits } => masked(name, *digits),
            })
            .collect()
    }
}

/// The values of a walk, as a request needs them.
pub(super) struct Values<'a> {
    pub plain: &'a BTreeMap<VarName, String>,
    pub masked: &'a BTreeMap<VarName, u8>,
}

impl Values<'_> {
    fn fill(&self, template: &Template, escape: fn(&str) -> String) -> Filled {
        // A faulty template is refused before a flow is published, see the lint; here it becomes an empty text.
        let pieces = template.pieces().unwrap_or_default();
        let part = |piece: Piece<'_>| match piece {
            Piece::Text(text) => Part::Plain(text.to_owned()),
            Piece::Name(name) => match self.masked.get(&name) {
                Some(digits) => Part::Masked { name, digits: *digits },
                None => Part::Plain(escape(self.plain.get(&name).map_or("", String::as_str))),
            },
        };
        Filled(pieces.into_iter().map(part).collect())
    }

    /// The request of a node.
    pub fn request(&self, fetch: &Fetch) -> Request {
        Request {
            method: fetch.method,
            url: self.fill(&fetch.url, percent),
            headers: fetch.headers.iter().map(|(name, value)| (name.clone(), self.fill(value, one_line))).collect(),
            body: self.fill(&fetch.body, json),
            timeout: fetch.timeout,
            tries: fetch.tries,
            take: fetch.take.clone(),
        }
    }
}

/// Percent-encoding of all but unreserved characters (RFC 3986, 2.3): a value cannot leave its place in an address.
fn percent(value: &str) -> String {
    value.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

/// What stands between the quotes of a JSON string.
fn json(value: &str) -> String {
    let quoted = Value::from(value).to_string();
    quoted[1..quoted.len() - 1].to_owned()
}

/// A header's value ends with its line.
fn one_line(value: &str) -> String {
    value.chars().filter(|c| !c.is_control()).collect()
}

/// What is wanted of an answer. `null` is an empty value; a part that is missing, or is itself made of parts, makes the
/// whole answer useless: it is not the one that was agreed.
#[must_use]
pub fn take(answer: &str, wanted: &[Taken]) -> Option<Vec<(VarName, String)>> {
    let answer: Value = if wanted.is_empty() { Value::Null } else { serde_json::from_str(answer).ok()? };
    let value = |taken: &Taken| {
        let text = match answer.pointer(&taken.pointer)? {
            Value::String(text) => text.chars().take(MAX_VALUE).collect(),
            Value::Number(number) => number.to_string(),
            Value::Bool(yes) => yes.to_string(),
            Value::Null => String::new(),
            Value::Array(_) | Value::Object(_) => return None,
        };
        Some((taken.into.clone(), text))
    };
    wanted.iter().map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> VarName {
        VarName::new(name).unwrap()
    }

    #[test]
    fn values_cannot_leave_their_place() {
        let plain = BTreeMap::from([(name("a"), "x/?&\"\r\n余".to_owned())]);
        let masked = BTreeMap::from([(name("pin"), 4)]);
        let template = |text: &str| Template(text.to_owned());
        let fetch = Fetch {
            method: Method::Post,
            url: template("https://crm.example/{a}?p={pin}"),
            headers: BTreeMap::from([("X-A".to_owned(), template("{a}"))]),
            body: template(r#"{{"a":"{a}"}}"#),
            timeout: Millis(1000),
            tries: 1,
            take: vec![],
        };
        let request = Values { plain: &plain, masked: &masked }.request(&fetch);
        let reveal = |text: &Filled| text.reveal(|_, digits| Some("9".repeat(digits.into()))).unwrap();
        assert_eq!(reveal(&request.url), "https://crm.example/x%2F%3F%26%22%0D%0A%E4%BD%99?p=9999");
        assert_eq!(reveal(&request.headers["X-A"]), "x/?&\"余");
        let body: Value = serde_json::from_str(&reveal(&request.body)).unwrap();
        assert_eq!(body["a"], "x/?&\"\r\n余");
        assert_eq!(request.url.reveal(|_, _| None), None, "what nobody knows is not sent");
    }

    #[test]
    fn an_answer_gives_what_was_agreed_or_nothing() {
        let taken = |pointer: &str| Taken { pointer: pointer.to_owned(), into: name("v") };
        let answer = r#"{"a":{"b":[1,"two",2.50,null,true]}}"#;
        let value = |pointer: &str| take(answer, &[taken(pointer)]).map(|mut values| values.remove(0).1);
        assert_eq!(value("/a/b/0").as_deref(), Some("1"));
        assert_eq!(value("/a/b/1").as_deref(), Some("two"));
        assert_eq!(value("/a/b/2").as_deref(), Some("2.5"));
        assert_eq!(value("/a/b/3").as_deref(), Some(""));
        assert_eq!(value("/a/b/4").as_deref(), Some("true"));
        assert_eq!(value("/a/b"), None);
        assert_eq!(value("/a/c"), None);
        assert_eq!(take("no json", &[taken("")]), None);
        assert_eq!(take("no json", &[]), Some(vec![]), "nothing is wanted of it");
    }
}
