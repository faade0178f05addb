//! Inside: the call bar on top of every page, the way around at the side, the page.

use crate::components::icon::{Glyph, Icon};
use crate::components::switches::{LanguageSwitch, ThemeSwitch};
use crate::desk::store::use_desk;
use crate::pages::account::SignOut;
use crate::pages::desk::call_bar::CallBar;
use crate::pages::desk::offer::OfferLayer;
use crate::pages::desk::{DeskPage, Lapsed, Offline};
use crate::pages::messages::{NewMessages, may_hear};
use crate::parts::{Apart, Beside, OfficePage, use_parts};
use crate::route::{Link, Page, use_route};
use crate::session::use_session;
use crate::text::*;
use hark_shared::perms::Permission;
use leptos::prelude::*;
use std::time::Duration;

/// When the pages beside the desk are loaded although nobody asked for them: the desk is painted and connected by then,
/// and whoever opens one finds it there.
const LOAD_AHEAD: Duration = Duration::from_secs(2);

/// The frame that no route change unmounts.
#[component]
pub fn Shell() -> impl IntoView {
    let (session, i18n, route) = (use_session(), use_i18n(), use_route());
    // A memo, so that a page stays mounted while only its own part of the address changes.
    let page = Memo::new(move |_| route.page());
    provide_context(NewMessages::start(session, use_desk()));
    let parts = use_parts();
    set_timeout(move || parts.want_beside(), LOAD_AHEAD);
    view! {
        <a class="skip" href="#main">{t!(i18n, common.skip)}</a>
        <div class="shell">
            <Show when=move || session.may(Permission::TakeContacts)>
                <CallBar />
            </Show>
            <Offline />
            <Lapsed />
            <Nav />
            <main id="main" tabindex="-1">
                <OfferLayer />
                {move || match page.get() {
                    Page::Home => view! { <Home /> }.into_any(),
                    Page::Contacts => view! { <Apart what=Beside::Contacts /> }.into_any(),
                    Page::Callbacks => view! { <Apart what=Beside::Callbacks /> }.into_any(),
                    Page::Messages => view! { <Apart what=Beside::Messages /> }.into_any(),
                    Page::Floor => view! { <Apart what=Beside::Floor /> }.into_any(),
                    Page::Check => view! { <Apart what=Beside::Check /> }.into_any(),
                    Page::Admin => view! { <OfficePage /> }.into_any(),
                    Page::Account => view! { <Apart what=Beside::Account /> }.into_any(),
                    Page::Setup | Page::Unknown => view! { <NotFound /> }.into_any(),
                }}
            </main>
        </div>
    }
}

/// The desk for who has one, else the first thing to look at.
#[component]
fn Home() -> impl IntoView {
    if use_session().may_now(Permission::TakeContacts) {
        view! { <DeskPage /> }.into_any()
    } else {
        let route = use_route();
        // After this page was mounted, since it makes way for the other.
        Effect::new(move |_| route.replace("/admin"));
        ().into_any()
    }
}

#[component]
fn NotFound() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="card nothing">
            <h1>{t!(i18n, common.not_found)}</h1>
            <Link to="/">{t!(i18n, common.home)}</Link>
        </section>
    }
}

#[component]
fn Nav() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let new = expect_context::<NewMessages>();
    let may_administer = move || {
        [Permission::ManageUsers, Permission::ManageRouting, Permission::ManageTrunks, Permission::ReadAudit]
            .into_iter()
            .any(|permission| session.may(permission))
    };
    view! {
        <nav class="side" aria-label=t!(i18n, common.navigation)>
            <Show when=move || session.may(Permission::TakeContacts)>
                <Link to="/" exact=true>
                    <Glyph icon=Icon::Headset />
                    <span>{t!(i18n, common.desk)}</span>
                </Link>
            </Show>
            <Show when=move || session.may(Permission::WatchFloor)>
                <Link to="/floor">
                    <Glyph icon=Icon::Eye />
                    <span>{t!(i18n, common.floor)}</span>
                </Link>
            </Show>
            <Link to="/contacts">
                <Glyph icon=Icon::List />
                <span>{t!(i18n, common.contacts)}</span>
            </Link>
            <Link to="/callbacks" testid="nav-callbacks">
                <Glyph icon=Icon::Swap />
                <span>{t!(i18n, common.callbacks)}</span>
            </Link>
            <Show when=move || may_hear(session)>
                <Link to="/messages" testid="nav-messages">
                    <Glyph icon=Icon::Voicemail />
                    <span>{t!(i18n, common.messages)}</span>
                    {move || {
                        let count = new.count();
                        (count > 0)
                            .then(|| {
                                view! {
                                    <span class="badge" data-testid="new-messages" aria-label=t_string!(i18n, messages.new_count, count = count)>
                                        {count}
                                    </span>
                                }
                            })
                    }}
                </Link>
            </Show>
            <Link to="/check">
                <Glyph icon=Icon::Check />
                <span>{t!(i18n, common.check)}</span>
            </Link>
            <Show when=may_administer>
                <Link to="/admin">
                    <Glyph icon=Icon::Settings />
                    <span>{t!(i18n, common.admin)}</span>
                </Link>
            </Show>
            <NavFoot />
        </nav>
    }
}

#[component]
fn NavFoot() -> impl IntoView {
    let session = use_session();
    view! {
        <div class="side-foot">
            <Link to="/account" testid="account">
                <Glyph icon=Icon::Person />
                <span class="who">{move || session.me().map(|me| me.name)}</span>
            </Link>
            <LanguageSwitch />
            <ThemeSwitch />
            <SignOut />
        </div>
    }
}
