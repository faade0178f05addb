//! Cuts a program into what everybody loads and parts that are loaded when they are wanted.
//!
//! The parts are marked in the source (`wasm_split`, by leptos); what only a part reaches goes into it, what several
//! parts reach into a piece that they share, all else stays. The linker must have left its relocations
//! (`frontend/build.rs`). A part fits its own program only: it knows functions and data by their places. So the parts
//! lie in a folder that is named after the program, where a page that is older than the server does not find others.

use anyhow::Context;
use std::fs;
use std::hash::{DefaultHasher, Hasher};
use std::path::{Path, PathBuf};
use walrus::ModuleConfig;
use wasm_split_cli_support::{Options, transform};

/// The folder under the site's root with the parts, in a folder for the program that they belong to.
pub const PARTS: &str = "parts";

/// Cuts `program`, puts its parts into the site and returns where what stays lies, for the bindings. `bindings` is the
/// module at the site's root that will be made of it; parts that are not `named` are as small as they can be. Parts of
/// earlier programs are thrown away.
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
        let wasm = if named { wasm } else { packed(&wasm)? };
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

/// Without names and notes of the tools, and with every number as short as it can be: the linker leaves room in those
/// that it relocates, a tenth of the part.
fn packed(wasm: &[u8]) -> anyhow::Result<Vec<u8>> {
    let mut module = ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse(wasm)
        .context("a part is no module")?;
    module.customs.remove_raw("target_features");
    Ok(module.emit_wasm())
}
