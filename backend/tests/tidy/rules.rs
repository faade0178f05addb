//! The rules: pure functions from files to faults, each fault a line that says where and what.

use crate::source::{File, code, is_word, line_of, named_after, test_code, words};
use crate::{CRATES, DEBTS, HOMES, IMPURE, LANGUAGES, MAX_LINES, ModuleMap, ONLY_IN};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The top-level module that a file belongs to: `floor/run.rs` and `floor/mod.rs` to `floor`.
fn module_of<'a>(source: &str, path: &'a str) -> Option<&'a str> {
    let inside = path.strip_prefix(source)?.strip_prefix('/')?;
    inside.split('/').next().map(|first| first.trim_end_matches(".rs"))
}

/// Arrows between modules that are not on the crate's map.
pub fn module_arrows(source: &str, map: ModuleMap, files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".rs")) {
        let Some(module) = module_of(source, &file.path) else { continue };
        let Some((_, allowed)) = map.iter().find(|(name, _)| *name == module) else {
            faults.push(format!("{}: module `{module}` is not on the map", file.path));
            continue;
        };
        let code = code(&file.text);
        let mut names: Vec<(usize, String)> =
            ["crate", "hark_backend"].iter().flat_map(|root| named_after(&code, root)).collect();
        names.retain(|(_, name)| map.iter().any(|(known, _)| known == name));
        names.extend(named_after(&code, "hark_edge").into_iter().map(|(at, name)| (at, format!("edge::{name}"))));
        // What a store's tests lend to other crates' tests is no arrow of the product.
        let store = named_after(&code, "hark_store").into_iter().filter(|(_, name)| name != "testing");
        names.extend(store.map(|(at, _)| (at, "store".to_owned())));
        for (at, name) in names {
            let owed = DEBTS.contains(&(file.path.as_str(), name.as_str()));
            if name != module && !allowed.contains(&name.as_str()) && !owed {
                faults.push(format!("{}:{}: `{module}` may not name `{name}`", file.path, line_of(&code, at)));
            }
        }
    }
    faults
}

/// What a manifest depends on, whichever section says so, and the package's name.
fn manifest(text: &str) -> (String, BTreeSet<String>) {
    let (mut section, mut name, mut dependencies) = ("", String::new(), BTreeSet::new());
    for line in text.lines().map(str::trim) {
        if let Some(header) = line.strip_prefix('[') {
            section = header.trim_end_matches(']');
        } else if let Some((key, value)) = line.split_once('=') {
            let key = key.trim().split('.').next().unwrap_or_default();
            if section == "package" && key == "name" {
                name = value.trim().trim_matches('"').to_owned();
            } else if section.ends_with("dependencies") && section != "workspace.dependencies" {
                dependencies.insert(key.to_owned());
            }
        }
    }
    (name, dependencies)
}

/// Arrows between crates that are not on the map, and dependencies in the wrong crate.
pub fn crate_arrows(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with("Cargo.toml")) {
        let (name, dependencies) = manifest(&file.text);
        if name.is_empty() {
            continue;
        }
        let Some((_, allowed)) = CRATES.iter().find(|(known, _)| *known == name) else {
            faults.push(format!("{}: crate `{name}` is not on the map", file.path));
            continue;
        };
        for dependency in &dependencies {
            let ours = CRATES.iter().any(|(known, _)| known == dependency);
            if ours && *dependency != name && !allowed.contains(&dependency.as_str()) {
                faults.push(format!("{}: `{name}` may not depend on `{dependency}`", file.path));
            }
            if ONLY_IN.iter().any(|(only, homes)| only == dependency && !homes.contains(&name.as_str())) {
                faults.push(format!("{}: `{dependency}` is not for `{name}`", file.path));
            }
        }
    }
    faults
}

/// Rust files that are too long.
pub fn long_files(files: &[File]) -> Vec<String> {
    let lengths = rust(files).map(|file| (file, file.text.lines().count()));
    let long = lengths.filter(|(_, lines)| *lines > MAX_LINES);
    long.map(|(file, lines)| format!("{}: {lines} lines, more than {MAX_LINES}", file.path)).collect()
}

/// Clocks, sockets, hash maps and `async` in the pure crate.
pub fn impurities(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in rust(files).filter(|file| file.path.starts_with("shared/src/")) {
        let code = code(&file.text);
        for (word, why) in IMPURE {
            let found = words(&code, word).map(|at| format!("{}:{}: `{word}`: {why}", file.path, line_of(&code, at)));
            faults.extend(found);
        }
    }
    faults
}

/// Modules that do not say what they are.
pub fn unexplained(files: &[File]) -> Vec<String> {
    let mute = rust(files).filter(|file| !file.text.starts_with("//! "));
    mute.map(|file| format!("{}: does not open with `//! `", file.path)).collect()
}

/// Tests that wait for time to pass instead of advancing a clock or awaiting an event. A sleep that is one arm of a
/// `select!` is a deadline, not a wait.
pub fn bare_sleeps(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in rust(files) {
        let code = code(&file.text);
        for tests in test_code(&file.path, &code) {
            let found = ["sleep", "sleep_until"].into_iter().flat_map(|word| words(&code, word));
            for at in found.filter(|at| tests.contains(at)) {
                let before = code[..at].trim_end_matches(|c: char| c == ':' || c == '_' || c.is_alphanumeric());
                let before = before.trim_end();
                if before.ends_with([';', '{', '}']) || before.ends_with("=>") {
                    faults.push(format!("{}:{}: a test sleeps", file.path, line_of(&code, at)));
                }
            }
        }
    }
    faults
}

/// Paths that exist on one machine only.
pub fn private_paths(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    for file in files {
        for (number, line) in file.text.lines().enumerate() {
            let found = HOMES.iter().any(|home| {
                let begins = line.match_indices(home).map(|(at, _)| line[..at].bytes().next_back().unwrap_or(b' '));
                begins.into_iter().any(|before| !is_word(before) && !b"./-*}>:".contains(&before))
            });
            if found {
                faults.push(format!("{}:{}: a path of somebody's machine", file.path, number + 1));
            }
        }
    }
    faults
}

/// Every text of a JSON file by its path of keys.
fn texts(prefix: &str, value: &Value, into: &mut BTreeMap<String, String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(key, value)| texts(&format!("{prefix}/{key}"), value, into)),
        Value::String(text) => {
            into.insert(prefix.to_owned(), text.clone());
        }
        other => {
            into.insert(prefix.to_owned(), other.to_string());
        }
    }
}

/// The `{{ values }}` that a text has room for.
fn holes(text: &str) -> BTreeSet<&str> {
    text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(hole, _)| hole.trim()).collect()
}

/// A language's texts by `file/key`.
fn language(folder: &str, files: &[File], faults: &mut Vec<String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for file in files {
        let Some(name) = file.path.strip_prefix(folder).and_then(|name| name.strip_suffix(".json")) else { continue };
        match serde_json::from_str(&file.text) {
            Ok(value) => texts(name.trim_start_matches('/'), &value, &mut found),
            Err(error) => faults.push(format!("{}: {error}", file.path)),
        }
    }
    found
}

/// Texts that one language lacks or that take other values there.
pub fn untranslated(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let [first, second] = LANGUAGES.map(|folder| language(folder, files, &mut faults));
    for key in first.keys().chain(second.keys()).collect::<BTreeSet<_>>() {
        match (first.get(key), second.get(key)) {
            (Some(one), Some(other)) if holes(one) != holes(other) => {
                faults.push(format!("{key}: the two languages take different values"));
            }
            (Some(one), Some(other)) if one.trim().is_empty() || other.trim().is_empty() => {
                faults.push(format!("{key}: an empty text"));
            }
            (Some(_), Some(_)) => {}
            (Some(_), None) | (None, _) => faults.push(format!("{key}: one language lacks it")),
        }
    }
    faults
}

fn rust(files: &[File]) -> impl Iterator<Item = &File> {
    files.iter().filter(|file| file.path.ends_with(".rs"))
}

/// Keys of errors in the code that no language has a sentence for.
pub fn wordless_errors(files: &[File]) -> Vec<String> {
    let mut faults = Vec::new();
    let known = language(LANGUAGES[0], files, &mut faults);
    for file in rust(files).filter(|file| file.path.contains("/src/")) {
        let code = code(&file.text);
        let tests = test_code(&file.path, &code);
        let calls =
            file.text.match_indices("WireError::new(\"").filter(|(at, _)| !tests.iter().any(|t| t.contains(at)));
        for (at, call) in calls {
            let key = file.text[at + call.len()..].split('"').next().unwrap_or_default();
            // Keys with dots are nested in the file or not: both are found.
            let path = format!("errors/{key}");
            // The widget has its own table and one sentence for whatever it does not know.
            if key.starts_with("visitor.") {
                continue;
            }
            if !known.contains_key(&path) && !known.contains_key(&path.replace('.', "/")) {
                faults.push(format!("{}:{}: no sentence for `{key}`", file.path, line_of(&file.text, at)));
            }
        }
    }
    faults
}
