//! Requests to the page's own server. What an answer means is its reader's business.

use std::pin::Pin;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, RequestInit, Response};

/// A request under way; boxed, so that it is one type for all who wait for it.
pub type Fetching<T> = Pin<Box<dyn Future<Output = Option<T>>>>;

/// Asks for `path`, with a body of JSON if there is one. `None` when no answer came.
pub fn fetch(method: &str, path: &str, body: Option<String>) -> Fetching<Response> {
    let asked = ask(method, path, body);
    Box::pin(async move { JsFuture::from(asked?).await.ok().map(Response::from) })
}

/// The whole of an answer's text. `None` when the connection broke meanwhile.
pub fn text(answer: &Response) -> Fetching<String> {
    let text = answer.text();
    Box::pin(async move { JsFuture::from(text.ok()?).await.ok()?.as_string() })
}

fn ask(method: &str, path: &str, body: Option<String>) -> Option<js_sys::Promise> {
    let (init, headers) = (RequestInit::new(), Headers::new().ok()?);
    headers.set("accept", "application/json").ok()?;
    if let Some(body) = body {
        headers.set("content-type", "application/json").ok()?;
        init.set_body(&JsValue::from_str(&body));
    }
    init.set_method(method);
    init.set_headers(&headers);
    Some(web_sys::window()?.fetch_with_str_and_init(path, &init))
}
