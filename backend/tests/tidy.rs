//! Tidiness as a test: the module map, file lengths, purity of `shared`, and small rules that no lint knows.
//!
//! Each rule is a pure function from files to faults. One test applies it to the source tree, another tries it on a
//! planted fault, so that a rule that has gone blind is noticed. A new arrow is added to [`CRATES`] or [`MODULES`] and to
//! ARCHITECTURE.md, in a commit that says why.

#[path = "tidy/rules.rs"]
mod rules;
#[path = "tidy/source.rs"]
mod source;

use rules::{
    bare_sleeps, crate_arrows, impurities, long_files, module_arrows, private_paths, unexplained, untranslated,
    wordless_errors,
};
use source::{File, code, named_after, tree};

/// Which crates of ours a crate may name.
const CRATES: &[(&str, &[&str])] = &[
    ("hark-shared", &[]),
    ("hark-edge", &["hark-shared"]),
    ("hark-store", &["hark-shared"]),
    ("hark-backend", &["hark-shared", "hark-edge", "hark-store"]),
    ("hark-voice", &["hark-shared"]),
    ("hark-desktop", &["hark-shared", "hark-voice"]),
    ("hark-widget", &["hark-shared", "hark-voice"]),
    ("hark-e2e", &["hark-shared"]),
    ("hark-bench", &["hark-shared", "hark-e2e"]),
    ("xtask", &[]),
];

/// Dependencies that only some crates may have.
const ONLY_IN: &[(&str, &[&str])] =
    &[("sqlx", &["hark-store"]), ("rsipstack", &["hark-edge"]), ("rtc", &["hark-edge", "hark-bench"])];

/// Which modules of its own crate, of the edge and of the store a module may name; `hark-shared` always.
type ModuleMap = &'static [(&'static str, &'static [&'static str])];

/// The maps, by the folder that holds the crate's source.
const MODULES: &[(&str, ModuleMap)] = &[
    (
        "backend/src",
        &[
            ("lib", &[]),
            ("main", &["app", "config", "demo", "edge::config"]),
            ("startup", &["config", "edge::handle"]),
            ("jobs", &["api", "auth", "clock", "files", "store"]),
            ("post", &["assets", "clock", "files", "mail", "store"]),
            ("mail", &["config"]),
            ("tls", &[]),
            (
                "app",
                &[
                    "api",
                    "assets",
                    "auth",
                    "clock",
                    "config",
                    "demo",
                    "dip",
                    "files",
                    "floor",
                    "jobs",
                    "mail",
                    "post",
                    "sounds",
                    "startup",
                    "store",
                    "telemetry",
                    "tls",
                    "edge::config",
                    "edge::handle",
                    "edge::link",
                    "edge::media",
                ],
            ),
            ("demo", &["api", "auth", "clock", "floor", "store", "edge::config", "edge::handle"]),
            ("api", &["auth", "clock", "files", "floor", "mail", "sounds", "store", "telemetry", "zones"]),
            (
                "floor",
                &["clock", "dip", "files", "sounds", "store", "telemetry", "zones", "edge::handle", "edge::link"],
            ),
            ("auth", &["clock", "store"]),
            ("assets", &[]),
            ("sounds", &["assets", "edge::config"]),
            ("files", &[]),
            ("telemetry", &[]),
            ("clock", &[]),
            ("dip", &["clock", "config", "telemetry"]),
            ("config", &[]),
            ("zones", &[]),
        ],
    ),
    (
        "backend/edge/src",
        &[
            ("lib", &[]),
            ("link", &["handle"]),
            ("handle", &["config", "legs", "media"]),
            ("legs", &["config", "handle", "media", "sip"]),
            ("sip", &["config", "handle"]),
            ("media", &["config", "handle"]),
            ("config", &[]),
        ],
    ),
];

/// Arrows that are not on the map yet are there, with what will end them. A removed one is taken off this list.
const DEBTS: &[(&str, &str)] = &[];

/// Lines of a Rust file: more than this are two things in one file.
const MAX_LINES: usize = 600;

/// What the pure crate must not name, and why.
const IMPURE: &[(&str, &str)] = &[
    ("HashMap", "its order is random: use BTreeMap"),
    ("HashSet", "its order is random: use BTreeSet"),
    ("Instant", "time is an argument"),
    ("SystemTime", "time is an argument"),
    ("std::fs", "engines do no I/O"),
    ("std::net", "engines do no I/O"),
    ("std::env", "the configuration is an argument"),
    ("std::thread", "engines have one owner"),
    ("tokio", "engines have no runtime"),
    ("async fn", "engines are polled, never awaited"),
    ("async move", "engines are polled, never awaited"),
    ("now_v7", "ids are arguments"),
];

/// Folders that only exist on somebody's machine. Written in two parts, so that this file passes its own rule.
const HOMES: &[&str] = &[concat!("/ho", "me/"), concat!("/ro", "ot/"), concat!("/Us", "ers/"), concat!("/wo", "rk/")];

/// Texts of both languages.
const LANGUAGES: [&str; 2] = ["static/locales/en", "static/locales/zh"];

#[track_caller]
fn none(rule: &str, faults: &[String]) {
    assert!(faults.is_empty(), "{rule}\n{}", faults.join("\n"));
}

#[test]
fn crates_depend_as_drawn() {
    none("the map of crates is in ARCHITECTURE.md and in CRATES here", &crate_arrows(&tree()));
}

#[test]
fn modules_point_down() {
    let files = tree();
    for (source, map) in MODULES {
        none("the map of modules is in ARCHITECTURE.md and in MODULES here", &module_arrows(source, map, &files));
    }
}

#[test]
fn debts_are_owed_still() {
    let files = tree();
    for (path, name) in DEBTS {
        let file = files.iter().find(|file| file.path == *path);
        let owed = file.is_some_and(|file| named_after(&code(&file.text), "crate").iter().any(|(_, n)| n == name));
        assert!(owed, "{path} no longer names `{name}`: take it off DEBTS");
    }
}

#[test]
fn files_are_short() {
    none("cut these files where their subject changes", &long_files(&tree()));
}

#[test]
fn the_shared_crate_is_pure() {
    none("`shared` gets time, ids and randomness as arguments", &impurities(&tree()));
}

#[test]
fn modules_say_what_they_are() {
    none("a module opens with what it is, its invariants, what it leaves to others", &unexplained(&tree()));
}

#[test]
fn tests_do_not_sleep() {
    none("advance a clock, or await an event with a deadline", &bare_sleeps(&tree()));
}

#[test]
fn no_path_of_a_developers_machine() {
    none("a path must be relative, configured or made for the test", &private_paths(&tree()));
}

#[test]
fn both_languages_say_everything() {
    none("texts are in static/locales", &untranslated(&tree()));
}

#[test]
fn every_error_has_a_sentence() {
    none("sentences for errors are in static/locales/*/errors.json", &wordless_errors(&tree()));
}

/// The rules themselves, each on a planted fault and on something that only looks like one.
mod planted {
    use super::*;

    fn file(path: &str, text: &str) -> Vec<File> {
        vec![File { path: path.to_owned(), text: text.to_owned() }]
    }

    #[test]
    fn comments_and_strings_are_no_code() {
        let text = "a /* b /* c */ */ d // e\n\"f \\\" g\" h r#\"i \" j\"# k 'l' '\\'' &'m n 'ö' o";
        let left = code(text);
        assert_eq!(left.len(), text.len());
        assert_eq!(left.split_whitespace().collect::<Vec<_>>(), ["a", "d", "h", "k", "&'m", "n", "o"]);
    }

    #[test]
    fn a_forbidden_crate_is_seen() {
        let depends = |name: &str, line: &str| {
            let text = format!("[package]\nname = \"{name}\"\n[dependencies]\n{line}\n");
            crate_arrows(&file("x/Cargo.toml", &text)).len()
        };
        assert_eq!(depends("hark-edge", "hark-store.workspace = true"), 1);
        assert_eq!(depends("hark-shared", "hark-edge = { path = \"../edge\" }"), 1);
        assert_eq!(depends("hark-backend", "sqlx = \"0.9\""), 1);
        assert_eq!(depends("hark-nobody", ""), 1);
        assert_eq!(depends("hark-store", "sqlx.workspace = true\nhark-shared.workspace = true"), 0);
    }

    #[test]
    fn a_forbidden_arrow_is_seen() {
        let (source, map) = MODULES[0];
        let faults = |path: &str, text: &str| module_arrows(source, map, &file(path, text)).len();
        assert_eq!(faults("backend/src/floor/run.rs", "use crate::api::ApiError;"), 1);
        assert_eq!(faults("backend/src/floor/mod.rs", "use crate::{clock, api::{a, b}, files::Files};"), 1);
        assert_eq!(faults("backend/src/api/mod.rs", "let x = hark_edge::handle::start();"), 1);
        assert_eq!(faults("backend/src/config.rs", "use hark_store::Db;"), 1);
        assert_eq!(faults("backend/src/surprise.rs", ""), 1);
        assert_eq!(faults("backend/src/files/mod.rs", "use hark_store::testing::TempFolder;"), 0);
        assert_eq!(faults("backend/src/floor/run.rs", "/// See crate::api.\nuse crate::clock::Clock;"), 0);
        let (source, map) = MODULES[1];
        let faults = |path: &str, text: &str| module_arrows(source, map, &file(path, text)).len();
        assert_eq!(faults("backend/edge/src/sip/call.rs", "use crate::media::Codec;"), 1);
        assert_eq!(faults("backend/edge/src/media/mod.rs", "use crate::{config, sip::Sip};"), 1);
        assert_eq!(faults("backend/edge/src/legs/mod.rs", "use crate::{media::Codec, sip::Sip};"), 0);
    }

    #[test]
    fn a_long_file_is_seen() {
        assert_eq!(long_files(&file("a.rs", &"\n".repeat(MAX_LINES + 1))).len(), 1);
        assert!(long_files(&file("a.rs", &"\n".repeat(MAX_LINES))).is_empty());
        assert!(long_files(&file("a.json", &"\n".repeat(MAX_LINES + 1))).is_empty());
    }

    #[test]
    fn an_impurity_is_seen() {
        for text in ["use std::time::Instant;", "pub async fn f() {}", "let m: HashMap<u8, u8>;", "tokio::spawn(f)"] {
            assert_eq!(impurities(&file("shared/src/a.rs", text)).len(), 1, "{text}");
        }
        assert!(impurities(&file("shared/src/a.rs", "// Instant\nlet my_tokio = \"HashMap\";")).is_empty());
        assert!(impurities(&file("backend/src/a.rs", "use std::time::Instant;")).is_empty());
    }

    #[test]
    fn a_mute_module_is_seen() {
        assert_eq!(unexplained(&file("a.rs", "use b;")).len(), 1);
        assert!(unexplained(&file("a.rs", "//! What it is.")).is_empty());
    }

    #[test]
    fn a_bare_sleep_is_seen() {
        let sleeping = "fn f() {\n    tokio::time::sleep(x).await;\n}";
        assert_eq!(bare_sleeps(&file("e2e/tests/a.rs", sleeping)).len(), 1);
        assert_eq!(bare_sleeps(&file("a/src/b.rs", &format!("#[cfg(test)]\nmod tests {{ {sleeping} }}"))).len(), 1);
        assert_eq!(bare_sleeps(&file("a/tests/b.rs", "match x { _ => std::thread::sleep(y) }")).len(), 1);
        assert!(bare_sleeps(&file("a/src/b.rs", &format!("#[cfg(test)]\nmod tests {{}}\n{sleeping}"))).is_empty());
        assert!(bare_sleeps(&file("a/tests/b.rs", "select! { () = tokio::time::sleep_until(x) => {} }")).is_empty());
    }

    #[test]
    fn a_private_path_is_seen() {
        for home in HOMES {
            assert_eq!(private_paths(&file("a.md", &format!("see `{home}me`"))).len(), 1, "{home}");
            assert!(private_paths(&file("a.md", &format!("see http://a.example{home}me"))).is_empty(), "{home}");
        }
    }

    #[test]
    fn a_missing_text_is_seen() {
        let both = |one: &str, other: &str| {
            let mut files = file("static/locales/en/a.json", one);
            files.extend(file("static/locales/zh/a.json", other));
            untranslated(&files).len()
        };
        assert_eq!(both(r#"{"a": {"b": "x"}}"#, r#"{"a": {"c": "y"}}"#), 2);
        assert_eq!(both(r#"{"a": "{{ n }} calls"}"#, r#"{"a": "{{ m }} y"}"#), 1);
        assert_eq!(both(r#"{"a": "x"}"#, r#"{"a": " "}"#), 1);
        assert_eq!(both(r#"{"a": "x""#, r#"{}"#), 1);
        assert_eq!(both(r#"{"a": "{{ n }} calls"}"#, r#"{"a": "y {{n}}"}"#), 0);
    }

    #[test]
    fn an_error_without_a_sentence_is_seen() {
        let mut files = file("static/locales/en/errors.json", r#"{"offer.gone": "The offer is over"}"#);
        files.extend(file("shared/src/a.rs", "WireError::new(\"offer.gone\"); WireError::new(\"offer.lost\");"));
        assert_eq!(wordless_errors(&files).len(), 1);
    }
}
