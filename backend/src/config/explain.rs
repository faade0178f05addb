//! Words for what cannot be read: which key, what stands there, where, and what could.

use super::ConfigError;
use super::keys::{KEYS, find, nearest};
use figment::error::Kind;
use figment::value::Value;
use figment::{Figment, Metadata, Source};

/// The first fault that was found.
pub(super) fn explain(figment: &Figment, error: &figment::Error) -> ConfigError {
    let path = error.path.join(".");
    let from = place(error.metadata.as_ref(), &path);
    match &error.kind {
        Kind::UnknownField(name, _) => {
            let key = if error.path.last() == Some(name) || path.is_empty() && name.contains('.') {
                if path.is_empty() { name.clone() } else { path }
            } else if path.is_empty() {
                name.clone()
            } else {
                format!("{path}.{name}")
            };
            let from = place(figment.find_metadata(&key).or(error.metadata.as_ref()), &key);
            let nearest = match nearest(&key) {
                Some(meant) => format!(". Did you mean {meant}?"),
                None => format!(". There are {}", KEYS.map(|key| key.name).join(", ")),
            };
            ConfigError::Unknown { key, from, nearest }
        }
        // Without a path it is the file itself that makes no sense; the parser says where.
        _ if path.is_empty() => ConfigError::Syntax(format!("{}{from}", error.kind)),
        _ => {
            // An item of a list is explained by its list.
            let known = find(&path).or_else(|| find(path.rsplit_once('.')?.0));
            let path = known.map_or(path, |key| key.name.to_owned());
            let shown = figment.find_value(&path).ok().filter(|_| known.is_some_and(|key| !key.secret));
            ConfigError::Value {
                key: path,
                value: shown.map_or_else(|| "of the wrong kind".to_owned(), |value| text(&value)),
                from,
                allowed: known.map_or_else(|| error.kind.to_string(), |key| key.allowed.to_owned()),
            }
        }
    }
}

/// Where a value stands, as the rest of a sentence.
fn place(metadata: Option<&Metadata>, key: &str) -> String {
    match metadata {
        Some(Metadata { source: Some(Source::File(path)), .. }) => format!(" (in {})", path.display()),
        Some(metadata) if metadata.name.contains("environment") => {
            format!(" (in the variable HARK_{})", key.to_uppercase().replace('.', "__"))
        }
        Some(_) | None => String::new(),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(_, text) => format!("{text:?}"),
        Value::Char(_, char) => format!("{char:?}"),
        Value::Bool(_, on) => on.to_string(),
        Value::Num(_, number) => number.to_i128().map_or_else(|| format!("{number:?}"), |number| number.to_string()),
        Value::Empty(..) => "empty".to_owned(),
        Value::Dict(..) => "a section".to_owned(),
        Value::Array(_, items) => format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", ")),
    }
}
