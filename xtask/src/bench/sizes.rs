//! How much a browser downloads: the files that a page needs before it does something, as brotli sends them.

use super::table::Measured;
use anyhow::Context;
use brotli::enc::BrotliEncoderParams;
use std::path::Path;

/// What each first visit loads, or opens. Each file is compressed by itself, as the server sends it.
const BUNDLES: [(&str, &[&str]); 4] = [
    ("size.desktop_kb", &["index.html", "boot.js", "app.css", "app.js", "app_bg.wasm"]),
    // What an administrator loads in addition.
    ("size.admin_kb", &["admin.css", "admin-boot.js", "admin.js", "admin_bg.wasm"]),
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
        for file in files {
            let content = std::fs::read(site.join(file)).with_context(|| format!("{file} is not in the site"))?;
            bytes += compressed(&content)?;
        }
        figures.entry(figure.to_owned()).or_default().push(bytes as f64 / 1000.0);
    }
    Ok(())
}

/// The size at quality 11 with a window of 4 MB, the largest that browsers take.
fn compressed(content: &[u8]) -> std::io::Result<usize> {
    let parameters = BrotliEncoderParams { quality: 11, lgwin: 22, size_hint: content.len(), ..Default::default() };
    let mut packed = Vec::new();
    brotli::BrotliCompress(&mut &content[..], &mut packed, &parameters)?;
    Ok(packed.len())
}
