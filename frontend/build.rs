//! Makes the typed texts and the table of error sentences of the locale files in `static/locales`.
//!
//! A key that one language lacks fails the build. `errors.json` is apart from the typed texts: its keys come over the
//! network ([`WireError`](../shared/src/wire/mod.rs)), so it becomes a sorted table that is searched at run time.

use leptos_i18n_parser::parse_locales::options::{Config, ParseOptions};
use leptos_i18n_parser::parse_locales::parse_locales;
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// One file each and language; a page's texts are together.
const AREAS: [&str; 6] = ["common", "sign_in", "desk", "contacts", "check", "admin"];
const LANGUAGES: [&str; 2] = ["en", "zh"];

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = manifest.join("../static/locales");
    println!("cargo::rerun-if-changed={}", root.display());
    let [en, zh] = LANGUAGES.map(|language| read(&root.join(language)));
    for (path, missing) in differences(&en, &zh) {
        println!("cargo::error=locales: `{path}` is missing in `{missing}`");
    }
    let table: String = en
        .iter()
        .filter_map(|(path, text)| {
            let key = path.strip_prefix("errors/")?;
            let other = zh.get(path)?;
            Some(format!("    ({key:?}, {text:?}, {other:?}),\n"))
        })
        .collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("errors.rs"), format!("&[\n{table}]\n")).expect("cargo's own folder can be written");
    fs::write(out.join("texts.rs"), texts(manifest)).expect("cargo's own folder can be written");
}

/// The module of typed texts.
fn texts(manifest: PathBuf) -> String {
    let options = ParseOptions::new().interpolate_display(true);
    let config = Config::new(LANGUAGES[0])
        .and_then(|config| config.add_locale(LANGUAGES[1]))
        .and_then(|config| config.add_namespaces(AREAS))
        .map(|config| config.locales_path("../static/locales").parse_options(options))
        .expect("the names of languages and areas are valid");
    let parsed = parse_locales(Some(manifest), config).unwrap_or_else(|error| panic!("locales: {error}"));
    let code = leptos_i18n_codegen::gen_code(&parsed, None, false, None, false);
    code.unwrap_or_else(|error| panic!("locales: {error}")).to_string()
}

/// Every text of a language by `file/key.key`.
fn read(folder: &Path) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    let files = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for file in files.flatten() {
        let path = file.path();
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let tree: Map<String, Value> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        flatten(&format!("{name}/"), &tree, &mut texts);
    }
    texts
}

fn flatten(prefix: &str, tree: &Map<String, Value>, texts: &mut BTreeMap<String, String>) {
    for (key, value) in tree {
        match value {
            Value::Object(inner) => flatten(&format!("{prefix}{key}."), inner, texts),
            Value::String(text) => {
                texts.insert(format!("{prefix}{key}"), text.clone());
            }
            other => panic!("{prefix}{key}: a text was expected, not {other}"),
        }
    }
}

/// Keys that one language has and the other, named with it, lacks.
fn differences(en: &BTreeMap<String, String>, zh: &BTreeMap<String, String>) -> Vec<(String, &'static str)> {
    let lacking = |from: &BTreeMap<String, String>, to: &BTreeMap<String, String>, language| {
        from.keys().filter(|key| !to.contains_key(*key)).map(|key| (key.clone(), language)).collect::<Vec<_>>()
    };
    [lacking(en, zh, "zh"), lacking(zh, en, "en")].concat()
}
