//! What the page shares with the server: the lint, files, and the runs of tests.

use super::doc::Doc;
use super::known::{Known, Source};
use super::studio::Studio;
use hark_shared::flow::exchange::{self, Exchanged};
use hark_shared::flow::lint::{self, Surroundings};
use hark_shared::ids::FlowId;
use hark_shared::wire::WireError;
use hark_shared::wire::flows::Finding;
use leptos::prelude::*;
use std::str::FromStr;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// What is wrong with the document, tracked. What the page does not know, like other flows' versions, the server judges.
pub fn findings(id: FlowId, doc: &Doc, known: Known) -> Vec<Finding> {
    let sounds = known.list(Source::Prompts).with(|list| {
        let of = |name: &str| match name.contains('/') {
            true => vec![name.to_owned()],
            false => vec![format!("zh/{name}"), format!("en/{name}")],
        };
        let names = list.iter().flat_map(|named| of(&named.id)).collect();
        (!list.is_empty()).then_some(names)
    });
    let around = Surroundings {
        queues: ids(known, Source::Queues),
        users: ids(known, Source::Users),
        teams: ids(known, Source::Teams),
        calendars: ids(known, Source::Calendars),
        notices: ids(known, Source::Notices),
        rotas: ids(known, Source::Rotas),
        meetings: ids(known, Source::Meetings),
        sounds,
        ..Surroundings::default()
    };
    lint::lint(id, &doc.flow, &around)
}

/// The ids of a list, once it has come.
fn ids<T: FromStr + Ord>(known: Known, source: Source) -> Option<std::collections::BTreeSet<T>> {
    let ids = known.list(source).with(|list| list.iter().filter_map(|named| named.id.parse().ok()).collect());
    known.has_come(source).then_some(ids)
}

/// Reads an exported file.
pub fn read(text: &str) -> Result<Exchanged, WireError> {
    exchange::import(text)
}

/// The draft as text.
pub fn write(studio: Studio) -> String {
    let Doc { name, flow, tests } = studio.editor.with_untracked(|editor| editor.doc().clone());
    exchange::export(&Exchanged { name, flow, tests })
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
