//! The source tree as the rules see it: files, and their code without comments and strings. Pure but for [`tree`].

use std::fs;
use std::ops::Range;
use std::path::Path;

/// A file of the source tree.
pub struct File {
    /// From the workspace's root, with `/`.
    pub path: String,
    pub text: String,
}

/// The text without what a person reads only: comments and the contents of strings become spaces, lines stay.
pub fn code(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => find(bytes, at, b"\n"),
            b'/' if bytes[at..].starts_with(b"/*") => comment_end(bytes, at),
            b'"' => string_end(bytes, at),
            b'r' if raw_hashes(bytes, at).is_some() => raw_string_end(bytes, at),
            b'\'' if char_length(bytes, at) > 0 => at + char_length(bytes, at),
            _ => {
                at += 1;
                continue;
            }
        };
        out[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        at = end;
    }
    String::from_utf8(out).expect("whole characters are blanked, byte by byte")
}

fn find(bytes: &[u8], from: usize, what: &[u8]) -> usize {
    bytes[from..].windows(what.len()).position(|window| window == what).map_or(bytes.len(), |found| from + found)
}

/// Block comments nest.
fn comment_end(bytes: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0);
    while at < bytes.len() {
        if bytes[at..].starts_with(b"/*") {
            (at, depth) = (at + 2, depth + 1);
        } else if bytes[at..].starts_with(b"*/") {
            (at, depth) = (at + 2, depth - 1);
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at.min(bytes.len())
}

fn string_end(bytes: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    (at + 1).min(bytes.len())
}

/// How many `#` a raw string has that begins here; `None` when none begins.
fn raw_hashes(bytes: &[u8], at: usize) -> Option<usize> {
    // `br"…"` is raw as well; any other letter before makes it a word's end.
    let glued = at > 0 && is_word(bytes[at - 1]) && bytes[at - 1] != b'b';
    let hashes = bytes[at + 1..].iter().take_while(|byte| **byte == b'#').count();
    (!glued && bytes.get(at + 1 + hashes) == Some(&b'"')).then_some(hashes)
}

fn raw_string_end(bytes: &[u8], from: usize) -> usize {
    let hashes = raw_hashes(bytes, from).unwrap_or(0);
    let end = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
    (find(bytes, from + 2 + hashes, &end) + end.len()).min(bytes.len())
}

/// How long the character literal is that begins here; 0 for a lifetime.
fn char_length(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at + 1) {
        Some(b'\\') => find(bytes, at + 3, b"'") + 1 - at,
        // A character has at most four bytes; a lifetime has no second quote so soon.
        Some(_) => (2..=5).find(|length| bytes.get(at + length) == Some(&b'\'')).map_or(0, |length| {
            let inside = &bytes[at + 1..at + length];
            let one = std::str::from_utf8(inside).is_ok_and(|text| text.chars().count() == 1);
            if one { length + 1 } else { 0 }
        }),
        None => 0,
    }
}

pub fn is_word(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

/// Where `word` stands by itself, not inside a longer word.
pub fn words<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let bytes = text.as_bytes();
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let after = bytes.get(at + word.len()).copied().unwrap_or(b' ');
        (*at == 0 || !is_word(bytes[at - 1])) && !is_word(after)
    })
}

pub fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Where the code of tests is: a whole file, or its `#[cfg(test)]` modules.
pub fn test_code(path: &str, code: &str) -> Vec<Range<usize>> {
    if path.contains("/tests/") || path.ends_with("tests.rs") {
        return vec![0..code.len(); 1];
    }
    let begins = code.match_indices("#[cfg(test)]").map(|(at, _)| at);
    begins.map(|at| at..closing(code, at)).collect()
}

/// Where the block ends that opens after `from`; the end of the statement when none opens.
fn closing(code: &str, from: usize) -> usize {
    let mut depth = 0_u32;
    for (at, letter) in code[from..].char_indices() {
        match letter {
            '{' => depth += 1,
            ';' if depth == 0 => return from + at,
            '}' if depth <= 1 => return from + at,
            '}' => depth -= 1,
            _ => {}
        }
    }
    code.len()
}

/// The first names after each `root::`, also in braces: `crate::{a, b::c}` gives `a` and `b`.
pub fn named_after(code: &str, root: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for at in words(code, root) {
        let from_root = !code[..at].ends_with("::");
        let Some(rest) = code[at + root.len()..].strip_prefix("::").filter(|_| from_root) else { continue };
        let items = rest.strip_prefix('{').map_or_else(|| vec![rest], items);
        names.extend(items.into_iter().map(|item| (at, first_word(item))));
    }
    names
}

/// The items of a list in braces, up to the brace that closes it.
fn items(group: &str) -> Vec<&str> {
    let (mut items, mut begin, mut depth) = (Vec::new(), 0, 0_u32);
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' if depth == 0 => {
                items.push(&group[begin..at]);
                begin = at + 1;
            }
            '}' => {
                items.push(&group[begin..at]);
                break;
            }
            _ => {}
        }
    }
    items
}

fn first_word(text: &str) -> String {
    text.trim_start().chars().take_while(|letter| *letter == '_' || letter.is_alphanumeric()).collect()
}

/// Every text file of the workspace, without what is built, hidden or written by a running server.
pub fn tree() -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the crate lies in the workspace");
    let mut files = Vec::new();
    read(root, root, &mut files);
    assert!(files.len() > 100, "only {} files found below {}", files.len(), root.display());
    files
}

fn read(root: &Path, folder: &Path, into: &mut Vec<File>) {
    const LEFT_OUT: [&str; 4] = ["target", "data", ".git", "Cargo.lock"];
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.expect("a folder that opened can be read").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let top = folder == root;
        if top && LEFT_OUT.contains(&name.as_str()) {
            continue;
        }
        if path.is_dir() {
            read(root, &path, into);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let inside = path.strip_prefix(root).expect("it was found below the root");
            into.push(File { path: inside.to_string_lossy().replace('\\', "/"), text });
        }
    }
}
