//! Scripts that not everybody needs, loaded when they are wanted.

use hark_shared::wire::WireError;
use js_sys::Promise;
use std::future::Future;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// `static/boot.js`.
    #[wasm_bindgen(js_name = harkLoad, catch)]
    fn load(path: &str) -> Result<Promise, JsValue>;
}

/// The module at this path of the site; it is on its way when this returns.
///
/// # Errors
/// `net.offline`, when it cannot be loaded.
pub fn module(path: &str) -> impl Future<Output = Result<JsValue, WireError>> + use<> {
    let begun = load(path);
    async move {
        let offline = |_| WireError::new("net.offline");
        JsFuture::from(begun.map_err(offline)?).await.map_err(offline)
    }
}
