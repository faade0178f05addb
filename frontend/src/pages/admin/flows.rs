//! Where the flow designer is shown. It is a program of its own, loaded when it is wanted: agents need not download it.

use crate::components::form::FormError;
use crate::route::use_route;
use crate::session::use_session;
use crate::text::*;
use hark_shared::wire::WireError;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlElement;

#[wasm_bindgen]
extern "C" {
    /// The designer, once it is loaded; `static/boot.js` makes the loader.
    #[wasm_bindgen(js_name = harkLoad, catch)]
    fn load(path: &str) -> Result<js_sys::Promise, JsValue>;

    type Designer;
    #[wasm_bindgen(method)]
    fn mount(this: &Designer, host: &HtmlElement, flow: &str);
    #[wasm_bindgen(method)]
    fn unmount(this: &Designer);
    #[wasm_bindgen(method)]
    fn speak(this: &Designer, language: &str);
}

/// What the designer's window event is called that says the session is over.
const LAPSED: &str = "hark-lapsed";

/// The designer.
#[component]
pub fn Flows() -> impl IntoView {
    let (session, i18n, route) = (use_session(), use_i18n(), use_route());
    let host = NodeRef::<html::Div>::new();
    let designer = RwSignal::new_local(None::<Designer>);
    let error = RwSignal::new(None::<WireError>);
    leptos::task::spawn_local(async move {
        let loaded = match load("/designer-boot.js") {
            Ok(loading) => JsFuture::from(loading).await,
            Err(why) => Err(why),
        };
        // The page may be gone by now.
        let _ = match loaded {
            Ok(module) => designer.try_set(Some(module.unchecked_into())).map(|_| ()),
            Err(_) => error.try_set(Some(WireError::new("net.offline"))).map(|_| ()),
        };
    });
    Effect::new(move |_| {
        let (item, host) = (route.item().unwrap_or_default(), host.get());
        designer.with(|designer| {
            if let (Some(designer), Some(host)) = (designer, host) {
                designer.mount(&host, &item);
            }
        });
    });
    Effect::new(move |_| {
        let language = i18n.get_locale().tag();
        designer.with(|designer| designer.as_ref().map(|designer| designer.speak(language)));
    });
    let lapsed = window_event_listener_untyped(LAPSED, move |_| session.expired());
    on_cleanup(move || {
        lapsed.remove();
        designer.with_untracked(|designer| designer.as_ref().map(Designer::unmount));
    });
    view! {
        <FormError error />
        <div node_ref=host class="designer-host" data-testid="designer"></div>
    }
}
