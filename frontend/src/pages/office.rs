//! Where the administration is shown. It is a program of its own ([`crate::administration`]), loaded when it is wanted:
//! agents need not download it.

use crate::clock::use_clock;
use crate::components::form::FormError;
use crate::load;
use crate::session::{LAPSED, use_session};
use crate::text::*;
use hark_shared::wire::WireError;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;
use web_sys::HtmlElement;

#[wasm_bindgen]
extern "C" {
    /// `static/admin-boot.js`.
    type Administration;
    #[wasm_bindgen(method)]
    fn mount(this: &Administration, host: &HtmlElement, offset: f64);
    #[wasm_bindgen(method)]
    fn unmount(this: &Administration);
    #[wasm_bindgen(method)]
    fn speak(this: &Administration, language: &str);
}

/// The administration.
#[component]
pub fn OfficePage() -> impl IntoView {
    let (session, i18n, clock) = (use_session(), use_i18n(), use_clock());
    let host = NodeRef::<html::Div>::new();
    let program = RwSignal::new_local(None::<Administration>);
    let error = RwSignal::new(None::<WireError>);
    leptos::task::spawn_local(async move {
        let loaded = load::module("/admin-boot.js").await;
        // The page may be gone by now.
        let _ = match loaded {
            Ok(module) => program.try_set(Some(module.unchecked_into())).map(|_| ()),
            Err(why) => error.try_set(Some(why)).map(|_| ()),
        };
    });
    Effect::new(move |_| {
        let host = host.get();
        program.with(|program| {
            if let (Some(program), Some(host)) = (program, host) {
                program.mount(&host, clock.offset());
            }
        });
    });
    Effect::new(move |_| {
        let language = i18n.get_locale().tag();
        program.with(|program| program.as_ref().map(|program| program.speak(language)));
    });
    let lapsed = window_event_listener_untyped(LAPSED, move |_| session.expired());
    on_cleanup(move || {
        lapsed.remove();
        program.with_untracked(|program| program.as_ref().map(Administration::unmount));
    });
    let waits = move || program.with(Option::is_none) && error.with(Option::is_none);
    view! {
        <Show when=move || error.with(Option::is_some)>
            <FormError error />
        </Show>
        <Show when=waits>
            <p class="muted" role="status">{t!(i18n, common.loading)}</p>
        </Show>
        <div node_ref=host></div>
    }
}
