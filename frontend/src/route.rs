//! Addresses: the page's path as a signal, links that change it without a reload, the browser's back and forward.
//!
//! There are a handful of pages and no nesting, so a `match` on [`Page`] is the whole table. The server answers every
//! one of these addresses with the same document.

use leptos::prelude::*;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{HtmlAnchorElement, MouseEvent, UrlSearchParams};

/// A page that has an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    /// The agent's desk, or what its user has instead.
    Home,
    /// Past contacts.
    Contacts,
    /// Who is to be called back.
    Callbacks,
    /// Messages that callers left.
    Messages,
    /// The live floor.
    Floor,
    /// Microphone, speaker, network.
    Check,
    /// The administration; which part is read by the page.
    Admin,
    /// Who is signed in, and the password.
    Account,
    /// The first administrator.
    Setup,
    /// No such page.
    Unknown,
}

/// The page of a path.
pub fn page(path: &str) -> Page {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    match parts[..] {
        [] => Page::Home,
        ["contacts"] => Page::Contacts,
        ["callbacks"] => Page::Callbacks,
        ["messages"] => Page::Messages,
        ["floor"] => Page::Floor,
        ["check"] => Page::Check,
        ["admin"] | ["admin", _] | ["admin", "flows", _] => Page::Admin,
        ["account"] => Page::Account,
        ["setup"] => Page::Setup,
        _ => Page::Unknown,
    }
}

/// Where the browser is; a context.
#[derive(Clone, Copy)]
pub struct Route(RwSignal<String>);

impl Route {
    /// Follows the browser, and takes clicks on links of ours.
    pub fn start() -> Self {
        let route = Self(RwSignal::new(address()));
        let back = window_event_listener(leptos::ev::popstate, move |_| route.follow());
        let click = window_event_listener(leptos::ev::click, move |event| {
            if let Some(path) = followed(&event) {
                event.prevent_default();
                go(&path);
            }
        });
        on_cleanup(move || {
            back.remove();
            click.remove();
        });
        route
    }

    /// The page, tracked.
    pub fn page(self) -> Page {
        self.0.with(|path| page(path))
    }

    /// The path's second part, like `users` in `/admin/users`; tracked.
    pub fn part(self) -> Option<String> {
        self.nth(1)
    }

    /// The path's third part, like the id in `/admin/flows/7`; tracked.
    pub fn item(self) -> Option<String> {
        self.nth(2)
    }

    fn nth(self, at: usize) -> Option<String> {
        self.0.with(|path| path.split('/').filter(|part| !part.is_empty()).nth(at).map(str::to_owned))
    }

    /// Goes to a path of ours in the place of this one.
    pub fn replace(self, path: &str) {
        if let Ok(history) = window().history() {
            // A path of our own site is never refused.
            let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(path));
        }
        tell();
    }

    fn follow(self) {
        let address = address();
        // A jump within the page, as by the skip link, changes nothing here.
        if self.0.with_untracked(|path| *path != address) {
            self.0.set(address);
        }
    }
}

/// Goes to a path of ours, so that *back* leads here again.
pub fn go(path: &str) {
    if let Ok(history) = window().history()
        && history.push_state_with_url(&JsValue::NULL, "", Some(path)).is_ok()
    {
        window().scroll_to_with_x_and_y(0.0, 0.0);
    }
    tell();
}

/// Whoever changes the address tells every [`Route`] of the page, its own too: browsers tell of *back* only.
fn tell() {
    if let Ok(event) = web_sys::Event::new("popstate") {
        let _ = window().dispatch_event(&event);
    }
}

/// The page's address.
pub fn use_route() -> Route {
    expect_context()
}

/// A value of the address's query.
pub fn query(name: &str) -> Option<String> {
    let search = window().location().search().ok()?;
    UrlSearchParams::new_with_str(&search).ok()?.get(name)
}

fn address() -> String {
    window().location().pathname().unwrap_or_default()
}

/// The path that a click leads to, if it is one for us: a plain click on a link of this site that is not to be opened
/// elsewhere or saved.
fn followed(event: &MouseEvent) -> Option<String> {
    if event.default_prevented()
        || event.button() != 0
        || event.meta_key()
        || event.alt_key()
        || event.ctrl_key()
        || event.shift_key()
    {
        return None;
    }
    let clicked = event.target()?.dyn_into::<web_sys::Element>().ok()?;
    let link = clicked.closest("a[href]").ok()??.dyn_into::<HtmlAnchorElement>().ok()?;
    let elsewhere = !link.target().is_empty() || link.has_attribute("download");
    let within = link.get_attribute("href").is_some_and(|href| href.starts_with('#'));
    let ours = window().location().origin().is_ok_and(|origin| origin == link.origin());
    (ours && !elsewhere && !within && page(&link.pathname()) != Page::Unknown).then(|| link.pathname())
}

/// A link to a page of ours, marked when it is where we are.
#[component]
pub fn Link(
    /// The path.
    #[prop(into)]
    to: String,
    /// Marked only on exactly this page, not on those below it.
    #[prop(optional)]
    exact: bool,
    /// For the stories.
    #[prop(optional, into)]
    testid: Option<String>,
    /// What it says.
    children: Children,
) -> impl IntoView {
    let route = use_route();
    let path = to.clone();
    let here = move || {
        let below = |at: &str| !exact && at.strip_prefix(path.as_str()).is_some_and(|rest| rest.starts_with('/'));
        route.0.with(|at| *at == path || below(at)).then_some("page")
    };
    view! {
        <a href=to aria-current=here data-testid=testid>
            {children()}
        </a>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn every_address_has_its_page_and_others_have_none() {
        for (path, expected) in [
            ("/", Page::Home),
            ("", Page::Home),
            ("/contacts", Page::Contacts),
            ("/contacts/", Page::Contacts),
            ("/callbacks", Page::Callbacks),
            ("/messages", Page::Messages),
            ("/floor", Page::Floor),
            ("/check", Page::Check),
            ("/admin", Page::Admin),
            ("/admin/users", Page::Admin),
            ("/admin/flows/7", Page::Admin),
            ("/admin/flows/7/8", Page::Unknown),
            ("/account", Page::Account),
            ("/setup", Page::Setup),
            ("/admin/users/7", Page::Unknown),
            ("/contacts/7", Page::Unknown),
            ("/api/docs", Page::Unknown),
        ] {
            assert_eq!(page(path), expected, "{path}");
        }
    }
}
