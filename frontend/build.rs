//! Lets the linker leave what cutting the program into parts needs, and makes items of the locale files in
//! `static/locales`: a constant for each text, a type for each that takes values, and the table of error sentences.
//!
//! A key that one language lacks fails the build, and so does a value that only one of them names. `errors.json` is
//! apart: its keys come over the network ([`WireError`](../shared/src/wire/mod.rs)), so it becomes a sorted table that is
//! searched at run time.

use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The file whose keys are looked up at run time.
const ERRORS: &str = "errors";
/// The file that only the server reads; it is compared like the others.
const MAIL: &str = "mail";
const LANGUAGES: [&str; 2] = ["en", "zh"];

/// The texts of a language: by file, then by key.
type Texts = BTreeMap<String, BTreeMap<String, String>>;

fn main() {
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        // By its relocations `xtask` finds what belongs to which part of the program.
        println!("cargo::rustc-link-arg-bins=--emit-relocs");
    }
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    let root = manifest.join("../static/locales");
    println!("cargo::rerun-if-changed={}", root.display());
    let [mut en, zh] = LANGUAGES.map(|language| read(&root.join(language)));
    for (path, missing) in differences(&en, &zh) {
        println!("cargo::error=locales: `{path}` is missing in `{missing}`");
    }
    en.remove(MAIL);
    let errors = en.remove(ERRORS).unwrap_or_default();
    let table: String = errors
        .iter()
        .filter_map(|(key, text)| {
            Some(format!("    ({key:?}, Text {{ en: {text:?}, zh: {:?} }}),\n", zh[ERRORS].get(key)?))
        })
        .collect();
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("errors.rs"), format!("&[\n{table}]\n")).expect("cargo's own folder can be written");
    fs::write(out.join("words.rs"), words(&en, &zh)).expect("cargo's own folder can be written");
}

/// A module for each file, an item for each text.
fn words(en: &Texts, zh: &Texts) -> String {
    let mut code = String::new();
    for (area, texts) in en {
        let _ =
            writeln!(code, "pub mod {area} {{\n    use crate::language::{{Locale, Text}};\n    use std::fmt::Display;");
        for (key, text) in texts {
            let Some(other) = zh.get(area).and_then(|texts| texts.get(key)) else { continue };
            let values = values(text);
            if values != self::values(other) {
                println!("cargo::error=locales: `{area}/{key}` takes other values in one language than in the other");
            }
            let text = format!("Text {{ en: {text:?}, zh: {other:?} }}");
            code.push_str(&if values.is_empty() {
                format!("    pub const {key}: Text = {text};\n")
            } else {
                filled(key, &text, &values)
            });
        }
        code.push_str("}\n");
    }
    code
}

/// The type of a text that takes values.
fn filled(key: &str, text: &str, values: &BTreeSet<&str>) -> String {
    let fields: String = values.iter().map(|name| format!("pub {name}: &'a dyn Display, ")).collect();
    let pairs: String = values.iter().map(|name| format!("({name:?}, self.{name}), ")).collect();
    format!(
        "    pub struct {key}<'a> {{ {fields}}}\n    impl {key}<'_> {{\n        pub fn of(self, locale: Locale) -> String {{ \
         {text}.filled(locale, &[{pairs}]) }}\n    }}\n"
    )
}

/// The names in `{{ }}`.
fn values(text: &str) -> BTreeSet<&str> {
    text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0.trim())).collect()
}

fn read(folder: &Path) -> Texts {
    let mut texts = Texts::new();
    let files = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for file in files.flatten() {
        let path = file.path();
        println!("cargo::rerun-if-changed={}", path.display());
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let tree: Map<String, Value> =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = |(key, value): (String, Value)| match value {
            Value::String(text) => (key, text),
            other => panic!("{}: {key}: a text was expected, not {other}", path.display()),
        };
        texts.insert(name, tree.into_iter().map(text).collect());
    }
    texts
}

/// Keys that one language has and the other, named with it, lacks.
fn differences(en: &Texts, zh: &Texts) -> Vec<(String, &'static str)> {
    let lacking = |from: &Texts, to: &Texts, language| {
        let missing = |area: &String, key: &String| !to.get(area).is_some_and(|texts| texts.contains_key(key));
        let of_area = |(area, texts): (&String, &BTreeMap<String, String>)| {
            let keys = texts.keys().filter(|key| missing(area, key));
            keys.map(|key| (format!("{area}/{key}"), language)).collect::<Vec<_>>()
        };
        from.iter().flat_map(of_area).collect::<Vec<_>>()
    };
    [lacking(en, zh, "zh"), lacking(zh, en, "en")].concat()
}
