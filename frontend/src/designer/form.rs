//! Forms as data: which rows the form of a node has, and what an input makes of its kind.
//!
//! A field is addressed by a JSON pointer into the kind's own wire form, so that one component serves all fields, and the
//! shared types decide what may stand in them: what they do not read is not taken, and is said beside the field.

use super::known::Source;
use super::rows::{self, Control};
use hark_shared::flow::model::Kind;
use hark_shared::flow::{Template, VarName};
use hark_shared::phone::PhoneNumber;
use serde_json::{Value, json};

/// What is wrong with an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No number, or one out of these limits.
    Number(i64, i64),
    /// No name of a variable.
    Name,
    /// Braces that do not pair, or that hold no name.
    Braces,
    /// No telephone number.
    Phone,
    /// A line without a colon.
    Header,
    /// No JSON pointer.
    Pointer,
    /// Nothing was written or chosen.
    Empty,
}

/// What an input leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The kind with it, if it can stand there.
    pub kind: Option<Kind>,
    /// What is wrong with it all the same.
    pub fault: Option<Fault>,
}

fn value_of(kind: &Kind) -> Value {
    // Plain data with text for keys can always be written.
    serde_json::to_value(kind).unwrap_or_default()
}

/// What a field shows.
pub fn read(kind: &Kind, at: &str, control: &Control) -> String {
    let whole = value_of(kind);
    let value = whole.pointer(at).unwrap_or(&Value::Null);
    match control {
        Control::Seconds(..) => seconds(value.as_i64().unwrap_or(0)),
        Control::Lines => value.as_array().map(|lines| joined(lines.iter().map(plain))).unwrap_or_default(),
        Control::Headers => {
            let pairs = value.as_object().into_iter().flatten();
            joined(pairs.map(|(name, value)| format!("{name}: {}", plain(value))))
        }
        Control::Count(..)
        | Control::Long
        | Control::Template
        | Control::LongTemplate
        | Control::Name
        | Control::Pointer
        | Control::Tick
        | Control::Choice(_)
        | Control::Pick(_)
        | Control::Prompt
        | Control::Keys
        | Control::Key => plain(value),
    }
}

fn joined(lines: impl Iterator<Item = String>) -> String {
    lines.collect::<Vec<_>>().join("\n")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Bool(_) | Value::Number(_) | Value::Object(_) => value.to_string(),
    }
}

/// Milliseconds as seconds, without a fraction where there is none.
fn seconds(millis: i64) -> String {
    let (whole, rest) = (millis / 1000, millis % 1000);
    if rest == 0 { whole.to_string() } else { format!("{whole}.{rest:03}").trim_end_matches('0').to_owned() }
}

/// Seconds as people write them, with `.` or `,`, as milliseconds.
fn millis(text: &str) -> Option<i64> {
    let text = text.trim().replace(',', ".");
    let (whole, part) = text.split_once('.').unwrap_or((&text, ""));
    let part = format!("{part:0<3}");
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = part.get(..3)?.parse().ok()?;
    (whole >= 0).then(|| whole.saturating_mul(1000).saturating_add(part))
}

/// What an input makes of the kind.
pub fn write(kind: &Kind, at: &str, control: &Control, input: &str) -> Change {
    let (value, mut fault) = match valued(control, input) {
        Ok(read) => read,
        Err(fault) => return Change { kind: None, fault: Some(fault) },
    };
    let mut whole = value_of(kind);
    rows::adjust(&mut whole, at, input);
    if let Some(place) = whole.pointer_mut(at) {
        *place = value;
    }
    let kind = serde_json::from_value(whole).ok();
    if kind.is_none() && fault.is_none() {
        fault = Some(refused(control));
    }
    Change { kind, fault }
}

/// The value of an input, and what is wrong with one that can be stored all the same.
fn valued(control: &Control, input: &str) -> Result<(Value, Option<Fault>), Fault> {
    let within = |number: i64, low: i64, high: i64, fault: Fault| (!(low..=high).contains(&number)).then_some(fault);
    Ok(match control {
        Control::Seconds(low, high) => {
            let fault = Fault::Number(*low, *high);
            let span = millis(input).ok_or(fault)?;
            (json!(span), within(span, low * 1000, high * 1000, fault))
        }
        Control::Count(low, high) => {
            let fault = Fault::Number(*low, *high);
            let number: i64 = input.trim().parse().map_err(|_| fault)?;
            (json!(number), within(number, *low, *high, fault))
        }
        Control::Tick => (json!(input == "true"), None),
        Control::Template | Control::LongTemplate => {
            let template = Template(input.to_owned());
            let fault = template.pieces().err().map(|_| Fault::Braces);
            (json!(input), fault)
        }
        Control::Name => {
            VarName::new(input.trim()).map_err(|_| Fault::Name)?;
            (json!(input.trim()), None)
        }
        Control::Pick(Source::Numbers) => {
            PhoneNumber::parse(input).map_err(|_| Fault::Phone)?;
            (json!(input), None)
        }
        // No room is one that the caller names.
        Control::Pick(Source::Meetings) if input.is_empty() => (Value::Null, None),
        Control::Pick(_) if input.is_empty() => return Err(Fault::Empty),
        Control::Prompt => (json!(input.trim()), input.trim().is_empty().then_some(Fault::Empty)),
        Control::Pointer => {
            let good = input.is_empty() || input.starts_with('/');
            (json!(input.trim()), (!good).then_some(Fault::Pointer))
        }
        Control::Key => (if input.is_empty() { Value::Null } else { json!(input) }, None),
        Control::Keys => (input.chars().map(|key| json!(key.to_string())).collect(), None),
        Control::Lines => {
            let lines = input.split(['\n', ',', '，']).map(str::trim).filter(|line| !line.is_empty());
            (lines.map(|line| json!(line)).collect(), None)
        }
        Control::Headers => (headers(input)?, None),
        Control::Long | Control::Choice(_) | Control::Pick(_) => (json!(input), None),
    })
}

fn headers(input: &str) -> Result<Value, Fault> {
    let mut map = serde_json::Map::new();
    for line in input.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(':').ok_or(Fault::Header)?;
        map.insert(name.trim().to_owned(), json!(value.trim()));
    }
    Ok(Value::Object(map))
}

/// Why the shared types did not take it.
fn refused(control: &Control) -> Fault {
    match control {
        Control::Seconds(low, high) | Control::Count(low, high) => Fault::Number(*low, *high),
        Control::Name => Fault::Name,
        Control::Pick(Source::Numbers) => Fault::Phone,
        Control::Long
        | Control::Template
        | Control::LongTemplate
        | Control::Pointer
        | Control::Tick
        | Control::Choice(_)
        | Control::Pick(_)
        | Control::Prompt
        | Control::Keys
        | Control::Key
        | Control::Lines
        | Control::Headers => Fault::Empty,
    }
}

/// Something done to a list within a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListEdit {
    /// Puts a new item at the end.
    Push(Value),
    /// Takes an item out.
    Remove(usize),
    /// Exchanges an item with the one before it.
    Up(usize),
}

/// The kind with a list changed; `None` when there is no such list or item.
pub fn edit_list(kind: &Kind, at: &str, edit: ListEdit) -> Option<Kind> {
    let mut whole = value_of(kind);
    let list = whole.pointer_mut(at)?.as_array_mut()?;
    match edit {
        ListEdit::Push(value) => list.push(value),
        ListEdit::Remove(item) if item < list.len() => drop(list.remove(item)),
        ListEdit::Up(item) if item > 0 && item < list.len() => list.swap(item - 1, item),
        ListEdit::Remove(_) | ListEdit::Up(_) => return None,
    }
    serde_json::from_value(whole).ok()
}

#[cfg(test)]
mod tests {
    use super::super::rows::{Row, rows};
    use super::*;
    use hark_shared::flow::model::Test;
    use hark_shared::flow::{Key, Phrase};
    use hark_shared::time::Millis;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn collect() -> Kind {
        Kind::Collect {
            say: vec![Phrase::Prompt { name: "welcome".into() }],
            into: VarName::new("account").unwrap(),
            min: 4,
            max: 6,
            end: Key::new('#'),
            first: Millis(8000),
            between: Millis(2500),
            tries: 3,
            wrong: vec![],
            masked: false,
        }
    }

    fn written(at: &str, control: &Control, input: &str) -> Change {
        write(&collect(), at, control, input)
    }

    #[test]
    fn times_are_seconds_for_people() {
        let control = Control::Seconds(1, 30);
        assert_eq!(read(&collect(), "/first", &control), "8");
        assert_eq!(read(&collect(), "/between", &control), "2.5");
        let changed = written("/between", &control, "1,25");
        assert!(matches!(changed.kind, Some(Kind::Collect { between: Millis(1250), .. })) && changed.fault.is_none());
        assert_eq!(written("/between", &control, "soon").fault, Some(Fault::Number(1, 30)));
        let long = written("/between", &control, "99");
        assert!(long.kind.is_some() && long.fault == Some(Fault::Number(1, 30)), "kept and complained about");
    }

    #[test]
    fn names_and_templates_are_read_by_the_shared_types() {
        assert_eq!(written("/into", &Control::Name, "Konto").fault, Some(Fault::Name));
        assert!(written("/into", &Control::Name, "konto").kind.is_some());
        let set = Kind::Set { name: VarName::new("a").unwrap(), to: Template::default() };
        let open = write(&set, "/to", &Control::Template, "{a");
        assert_eq!(open.fault, Some(Fault::Braces));
        assert!(open.kind.is_some(), "half a template is what one has while typing");
        assert_eq!(written("/max", &Control::Count(1, 32), "300").kind, None, "more than the type holds");
    }

    #[test]
    fn an_end_key_may_be_none_and_keys_are_a_list() {
        let none = written("/end", &Control::Key, "").kind.unwrap();
        assert!(matches!(none, Kind::Collect { end: None, .. }));
        let menu = super::super::templates::menu("", &[Key::ALL[0]]);
        let more = write(&menu, "/keys", &Control::Keys, "12#").kind.unwrap();
        assert_eq!(more.exits().len(), 4);
        assert_eq!(read(&more, "/keys", &Control::Keys), "12#");
    }

    #[test]
    fn lists_grow_shrink_and_change_places() {
        let text = json!({"say": "text", "zh": "", "en": "Good day"});
        let two = edit_list(&collect(), "/say", ListEdit::Push(text)).unwrap();
        let turned = edit_list(&two, "/say", ListEdit::Up(1)).unwrap();
        assert_eq!(read(&turned, "/say/0/en", &Control::Long), "Good day");
        let one = edit_list(&turned, "/say", ListEdit::Remove(1)).unwrap();
        assert_eq!(edit_list(&one, "/say", ListEdit::Remove(1)), None);
        assert_eq!(edit_list(&one, "/nothing", ListEdit::Remove(0)), None);
    }

    #[test]
    fn another_question_has_its_own_fields() {
        let kind = Kind::If { test: Test::Vip };
        let ask = rows(&kind).into_iter().find_map(|row| match row {
            Row::Field(field) if field.at == "/test/ask" => Some(field.control),
            Row::Field(_)
            | Row::Title(_)
            | Row::Phrase { .. }
            | Row::AddPhrase { .. }
            | Row::Item { .. }
            | Row::AddItem { .. } => None,
        });
        let ask = ask.unwrap();
        for (name, fields) in [("queue", 4), ("variable", 4), ("caller", 2), ("called", 2), ("withheld", 1)] {
            let changed = write(&kind, "/test/ask", &ask, name).kind.unwrap_or_else(|| panic!("{name}"));
            assert_eq!(rows(&changed).len(), fields, "{name}");
        }
    }

    #[test]
    fn headers_are_lines() {
        let fetch = super::super::templates::lookup();
        let with = write(&fetch, "/headers", &Control::Headers, "X-Key: {secret}\n\nAccept: text/json").kind.unwrap();
        assert_eq!(read(&with, "/headers", &Control::Headers), "Accept: text/json\nX-Key: {secret}");
        assert_eq!(write(&fetch, "/headers", &Control::Headers, "nothing").fault, Some(Fault::Header));
    }
}
