//! How much a browser downloads: the files that a page needs before it does something, as brotli sends them.

use super::table::Measured;
use crate::split::PARTS;
use anyhow::{Context, ensure};
use brotli::enc::BrotliEncoderParams;
use std::path::{Path, PathBuf};

/// What each first visit loads, or opens. Each file is compressed by itself, as the server sends it.
///
/// `chunk_` are the pieces that several parts of the desktop share: they count for the part that most people load.
const BUNDLES: [(&str, &[&str]); 5] = [
    ("size.desktop_kb", &["index.html", "boot.js", "app.css", "app.js", "app_bg.wasm", "parts/link.js"]),
    ("size.beside_kb", &["parts/split_beside.wasm", "parts/chunk_"]),
    ("size.admin_kb", &["admin.css", "office.js", "parts/split_office.wasm"]),
    ("size.loader_kb", &["widget.js"]),
    (
        "size.frame_kb",
        &["widget/frame.html", "widget/boot.js", "widget/frame.css", "widget/frame.js", "widget/frame_bg.wasm"],
    ),
];

/// Measures what lies in `site`.
///
/// # Errors
/// When a file is missing.
pub fn measure(site: &Path, figures: &mut Measured) -> anyhow::Result<()> {
    for (figure, files) in BUNDLES {
        let mut bytes = 0;
        for file in files.iter().map(|file| find(site, file)).collect::<anyhow::Result<Vec<_>>>()?.concat() {
            let content = std::fs::read(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            bytes += compressed(&content)?;
        }
        figures.entry(figure.to_owned()).or_default().push(bytes as f64 / 1000.0);
    }
    Ok(())
}

/// The files of this name, or with this beginning of a name among the parts, which lie in their program's folder.
fn find(site: &Path, name: &str) -> anyhow::Result<Vec<PathBuf>> {
    let Some(part) = name.strip_prefix("parts/") else { return Ok(vec![site.join(name)]) };
    let mut found = Vec::new();
    for folder in std::fs::read_dir(site.join(PARTS)).context("the site has no parts")? {
        for file in std::fs::read_dir(folder?.path())? {
            let path = file?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(part)) {
                found.push(path);
            }
        }
    }
    ensure!(!found.is_empty(), "{name} is not in the site");
    Ok(found)
}

/// The size at quality 11 with a window of 4 MB, the largest that browsers take.
fn compressed(content: &[u8]) -> std::io::Result<usize> {
    let parameters = BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: content.len(), ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters)?;
    Ok(packed.len())
}
