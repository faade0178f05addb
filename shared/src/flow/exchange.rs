//! Flows as files: what one house exports another imports. An import that is not ours says where it breaks.

use super::exit::Exit;
use super::model::{Flow, Kind, MAX_NODES, Node, NodeId, Place};
use crate::wire::WireError;
use crate::wire::flows::FlowTest;
use crate::wire::rest::Language;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The format's number; grows when an older build could not read it.
const FORMAT: u64 = 1;

/// The largest file: a flow of [`MAX_NODES`] nodes with long texts is a tenth of it.
pub const MAX_FILE: usize = 2 << 20;

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchanged {
    /// The flow's name where it comes from.
    pub name: String,
    /// The flow.
    pub flow: Flow,
    /// Its tests.
    pub tests: Vec<FlowTest>,
}

/// A flow as a file.
#[must_use]
pub fn export(flow: &Exchanged) -> String {
    let file = json!({ "hark_flow": FORMAT, "name": flow.name, "flow": flow.flow, "tests": flow.tests });
    serde_json::to_string_pretty(&file).expect("names and numbers are JSON")
}

/// Reads a file.
///
/// # Errors
/// `import.too_large`, `import.not_json` with `line` and `column`, `import.not_ours`, `import.newer` with `format`, or
/// `import.broken` with `path`, like `flow.nodes.3.kind`, and `why`.
pub fn import(text: &str) -> Result<Exchanged, WireError> {
    if text.len() > MAX_FILE {
        return Err(WireError::new("import.too_large").with("limit", MAX_FILE >> 20));
    }
    let file: Value = serde_json::from_str(text)
        .map_err(|why| WireError::new("import.not_json").with("line", why.line()).with("column", why.column()))?;
    match file.get("hark_flow").and_then(Value::as_u64) {
        Some(FORMAT) => {}
        Some(format) => return Err(WireError::new("import.newer").with("format", format)),
        None => return Err(WireError::new("import.not_ours")),
    }
    let flow = object(&file, "flow", "flow")?;
    let nodes = object(part(flow, "flow", "nodes")?, "", "flow.nodes")?;
    if nodes.len() > MAX_NODES {
        return Err(broken("flow.nodes", format!("more than {MAX_NODES} nodes")));
    }
    let nodes = nodes.iter().map(|(id, node)| read_node(id, node)).collect::<Result<BTreeMap<_, _>, _>>()?;
    let tests = file.get("tests").cloned().unwrap_or_else(|| json!([]));
    let tests = tests.as_array().ok_or_else(|| broken("tests", "a list is wanted"))?;
    let tests = tests.iter().enumerate().map(|(at, test)| read::<FlowTest>(test, &format!("tests.{at}")));
    Ok(Exchanged {
        name: read(file.get("name").unwrap_or(&json!("")), "name")?,
        flow: Flow {
            start: read::<NodeId>(part(flow, "flow", "start")?, "flow.start")?,
            language: read::<Language>(part(flow, "flow", "language")?, "flow.language")?,
            nodes,
        },
        tests: tests.collect::<Result<_, _>>()?,
    })
}

fn read_node(id: &str, value: &Value) -> Result<(NodeId, Node), WireError> {
    let path = format!("flow.nodes.{id}");
    let number: NodeId = id.parse().map_err(|_| broken(&path, "a node is named by a number from 0 to 65535"))?;
    let node = value.as_object().ok_or_else(|| broken(&path, "an object is wanted"))?;
    let optional = |name: &str| node.get(name).map(|value| (value, format!("{path}.{name}")));
    let name = optional("name").map_or(Ok(String::new()), |(value, path)| read(value, &path))?;
    let at = optional("at").map_or(Ok(Place::default()), |(value, path)| read(value, &path))?;
    let kind: Kind = read(part(node, &path, "kind")?, &format!("{path}.kind"))?;
    let mut exits = BTreeMap::new();
    if let Some((value, path)) = optional("exits") {
        for (exit, to) in value.as_object().ok_or_else(|| broken(&path, "an object is wanted"))? {
            let path = format!("{path}.{exit}");
            let exit = Exit::try_from(exit.clone()).map_err(|why| broken(&path, why))?;
            exits.insert(exit, read(to, &path)?);
        }
    }
    Ok((number, Node { name, at, kind, exits }))
}

fn object<'a>(value: &'a Value, name: &str, path: &str) -> Result<&'a Map<String, Value>, WireError> {
    let value = if name.is_empty() { Some(value) } else { value.get(name) };
    value.and_then(Value::as_object).ok_or_else(|| broken(path, "an object is wanted"))
}

fn part<'a>(object: &'a Map<String, Value>, path: &str, name: &str) -> Result<&'a Value, WireError> {
    object.get(name).ok_or_else(|| broken(&format!("{path}.{name}"), "it is missing"))
}

fn read<T: DeserializeOwned>(value: &Value, path: &str) -> Result<T, WireError> {
    serde_json::from_value(value.clone()).map_err(|why| broken(path, why))
}

fn broken(path: &str, why: impl ToString) -> WireError {
    WireError::new("import.broken").with("path", path).with("why", why)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edge::Cause;
    use crate::flow::{Phrase, Template, VarName};
    use crate::wire::flows::Given;

    fn exchanged() -> Exchanged {
        let node = |kind, exits: &[(Exit, NodeId)]| Node {
            name: "One".into(),
            at: Place { x: 10, y: -20 },
            kind,
            exits: exits.iter().copied().collect(),
        };
        let set = Kind::Set { name: VarName::new("a").unwrap(), to: Template("{caller}".into()) };
        let play = Kind::Play { say: vec![Phrase::Text { zh: "您好".into(), en: "Hello".into() }] };
        let nodes = BTreeMap::from([
            (1, node(set, &[(Exit::Next, 2)])),
            (2, node(play, &[(Exit::Next, 3)])),
            (3, node(Kind::HangUp { cause: Cause::Normal }, &[])),
        ]);
        let test = FlowTest { name: "t".into(), given: Given::default(), acts: vec![], path: vec![1, 2, 3] };
        Exchanged { name: "Main".into(), flow: Flow { start: 1, language: Language::Zh, nodes }, tests: vec![test] }
    }

    #[test]
    fn what_is_exported_is_imported() {
        assert_eq!(import(&export(&exchanged())), Ok(exchanged()));
    }

    #[test]
    fn an_import_that_is_not_ours_says_where_it_breaks() {
        let whole = export(&exchanged());
        let with = |old: &str, new: &str| {
            assert!(whole.contains(old), "{old}");
            let error = import(&whole.replacen(old, new, 1)).unwrap_err();
            let value = |name| error.values.get(name).cloned().unwrap_or_default();
            (error.key.clone(), value("path"), value("why"))
        };
        let (key, path, why) = with(r#""type": "set""#, r#""type": "sett""#);
        assert_eq!((key.as_str(), path.as_str()), ("import.broken", "flow.nodes.1.kind"));
        assert!(why.contains("sett"), "{why}");
        assert_eq!(with(r#""next": 2"#, r#""nex": 2"#).1, "flow.nodes.1.exits.nex");
        assert_eq!(with(r#""start": 1"#, r#""begin": 1"#).1, "flow.start");
        assert_eq!(with(r#""path": ["#, r#""way": ["#).1, "tests.0");
        assert_eq!(with(r#""2": {"#, r#""two": {"#).1, "flow.nodes.two");
        assert_eq!(with(r#""hark_flow": 1"#, r#""hark_flow": 2"#).0, "import.newer");
        assert_eq!(with(r#""hark_flow": 1"#, r#""flow_of_others": 1"#).0, "import.not_ours");
        assert_eq!(import("[1,\n2").unwrap_err().key, "import.not_json");
        assert_eq!(import("<xml/>").unwrap_err().values["line"], "1");
    }
}
