//! What the page shares with the server: the lint, files, and the runs of tests.

use super::doc::Doc;
use super::known::Known;
use super::studio::Studio;
use hark_shared::wire::WireError;
use hark_shared::wire::flows::{Finding, FlowDraft, Level};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// What is wrong with the document, tracked.
pub fn findings(doc: &Doc, _known: Known) -> Vec<Finding> {
    let mut all = Vec::new();
    for (id, node) in &doc.flow.nodes {
        for exit in node.kind.exits() {
            if !node.exits.contains_key(&exit) {
                all.push(Finding {
                    node: Some(*id),
                    level: Level::Error,
                    what: WireError::new("lint.open").with("exit", exit),
                });
            }
        }
    }
    all
}

/// Reads an exported file.
pub fn read(text: &str) -> Result<FlowDraft, WireError> {
    serde_json::from_str(text).map_err(|why| WireError::new("flow.import").with("why", why))
}

/// The draft as text.
pub fn write(studio: Studio) -> String {
    let Doc { name, flow, tests } = studio.editor.with_untracked(|editor| editor.doc().clone());
    let draft = FlowDraft { id: studio.id, name, revision: 0, flow, tests };
    serde_json::to_string_pretty(&draft).unwrap_or_default()
}

/// Saves the draft as a file.
pub fn save_file(studio: Studio) {
    let name = studio.editor.with_untracked(|editor| editor.doc().name.clone());
    let _ = offer(&write(studio), &format!("{name}.json"));
}

/// Offers a text as a file to keep.
fn offer(text: &str, name: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("application/json");
    let blob = Blob::new_with_str_sequence_and_options(&js_sys::Array::of1(&text.into()), &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address)
}
