//! Cuts a program into what everybody loads and parts that are loaded when they are wanted.
//!
//! The parts are marked in the source (`wasm_split`, by leptos); what only a part reaches goes into it, what several
//! parts reach into a piece that they share, all else stays. The linker must have left its relocations
//! (`frontend/build.rs`). A part fits its own program only: it knows functions and data by their places. So the parts
//! lie in a folder that is named after the program, where a page that is older than the server does not find others.

use anyhow::{Context, ensure};
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use wasm_split_cli_support::{Options, transform};

/// The folder under the site's root with the parts, in a folder for the program that they belong to.
pub const PARTS: &str = "parts";

/// Cuts `program`, puts its parts into the site and returns where what stays lies, for the bindings. `bindings` is the
/// module at the site's root that will be made of it. Parts of earlier programs are thrown away.
///
/// # Errors
/// When `program` cannot be cut, or on file errors.
pub fn cut(program: &Path, work: &Path, site: &Path, bindings: &str, named: bool) -> anyhow::Result<PathBuf> {
    let wasm = fs::read(program).with_context(|| format!("cannot read {}", program.display()))?;
    let own = format!("{PARTS}/{:016x}", fingerprint(&wasm));
    remove(work)?;
    remove(&site.join(PARTS))?;
    for folder in [work.join(&own), site.join(&own)] {
        fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    let (link, stays, main_module) = (format!("./{own}/link.js"), work.join("stays.wasm"), format!("../../{bindings}"));
    let mut options = Options::new(&wasm);
    options.output_dir = work;
    options.main_out_path = &stays;
    options.link_name = &link;
    options.main_module = &main_module;
    let cut = transform(options).map_err(|error| anyhow::anyhow!("{} cannot be cut: {error:?}", program.display()))?;
    // The parts were written beside the folder by whose name the program finds them.
    for part in &cut.split_modules {
        let name = part.file_name().context("a part is a file")?;
        let wasm = fs::read(part).with_context(|| format!("cannot read {}", part.display()))?;
        let wasm = if named { wasm } else { without_custom_sections(&wasm)? };
        let to = site.join(&own).join(name);
        fs::write(&to, wasm).with_context(|| format!("cannot write {}", to.display()))?;
    }
    fs::copy(work.join(&link), site.join(&link)).with_context(|| format!("cannot write {link}"))?;
    Ok(stays)
}

/// Tells builds apart; nobody has to be kept from making two that are alike.
fn fingerprint(wasm: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(wasm);
    hasher.finish()
}

fn remove(folder: &Path) -> anyhow::Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    Ok(())
}

/// Without names and notes of the tools. A module is a header of eight bytes and sections: a byte that says which, the
/// length in LEB128, the content; 0 is a custom one (WebAssembly core specification, 5.5.2).
fn without_custom_sections(wasm: &[u8]) -> anyhow::Result<Vec<u8>> {
    let (header, mut rest) = wasm.split_at_checked(8).context("a part is no module")?;
    let mut kept = header.to_vec();
    while let Some(&kind) = rest.first() {
        let (mut length, mut at) = (0_usize, 1);
        loop {
            let byte = *rest.get(at).context("a part ends within a length")?;
            ensure!(at <= 5, "a section of a part is longer than 32 bits can say");
            length |= usize::from(byte & 0x7f) << (7 * (at - 1));
            at += 1;
            if byte & 0x80 == 0 {
                break;
            }
        }
        let (section, others) = rest.split_at_checked(at + length).context("a part ends within a section")?;
        if kind != 0 {
            kept.extend_from_slice(section);
        }
        rest = others;
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn custom_sections_go_and_others_stay() {
        let header = *b"\0asm\x01\0\0\0";
        let names = [0, 3, 1, b'n', 7];
        // A length in two bytes where one would do is allowed.
        let kept = [1, 0x82, 0, 4, 5];
        let wasm = [&header[..], &names, &kept, &names].concat();
        assert_eq!(without_custom_sections(&wasm).expect("it is a module"), [&header[..], &kept].concat());
        assert!(without_custom_sections(&wasm[..wasm.len() - 1]).is_err());
    }
}
