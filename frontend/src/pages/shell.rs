//! Inside: the call bar on top of every page, the way around at the side, the page.

use crate::components::icon::{Glyph, Icon};
use crate::components::switches::{LanguageSwitch, ThemeSwitch};
use crate::desk::phone::use_phone;
use crate::desk::store::use_desk;
use crate::pages::admin::AdminPage;
use crate::pages::check::CheckPage;
use crate::pages::contacts::ContactsPage;
use crate::pages::desk::call_bar::CallBar;
use crate::pages::desk::offer::OfferLayer;
use crate::pages::desk::{DeskPage, Lapsed, Offline};
use crate::session::use_session;
use crate::text::*;
use hark_shared::perms::Permission;
use hark_shared::wire::desk::DeskCommand;
use leptos::prelude::*;
use leptos_router::components::{A, Redirect, Route, Routes};
use leptos_router::path;

/// The frame that no route change unmounts.
#[component]
pub fn Shell() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
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
                <Routes fallback=|| view! { <NotFound /> }>
                    <Route path=path!("/") view=Home />
                    <Route path=path!("/contacts") view=ContactsPage />
                    <Route path=path!("/check") view=CheckPage />
                    <Route path=path!("/admin") view=AdminPage />
                    <Route path=path!("/admin/:part") view=AdminPage />
                </Routes>
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
        view! { <Redirect path="/admin" /> }.into_any()
    }
}

#[component]
fn NotFound() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <section class="card">
            <h1>{t!(i18n, common.not_found)}</h1>
            <A href="/">{t!(i18n, common.home)}</A>
        </section>
    }
}

#[component]
fn Nav() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let may_administer = move || {
        [Permission::ManageUsers, Permission::ManageRouting, Permission::ManageTrunks, Permission::ReadAudit]
            .into_iter()
            .any(|permission| session.may(permission))
    };
    view! {
        <nav class="side" aria-label=move || t_string!(i18n, common.navigation)>
            <Show when=move || session.may(Permission::TakeContacts)>
                <A href="/" exact=true>
                    <Glyph icon=Icon::Headset />
                    <span>{t!(i18n, common.desk)}</span>
                </A>
            </Show>
            <A href="/contacts">
                <Glyph icon=Icon::List />
                <span>{t!(i18n, common.contacts)}</span>
            </A>
            <A href="/check">
                <Glyph icon=Icon::Check />
                <span>{t!(i18n, common.check)}</span>
            </A>
            <Show when=may_administer>
                <A href="/admin">
                    <Glyph icon=Icon::Settings />
                    <span>{t!(i18n, common.admin)}</span>
                </A>
            </Show>
            <NavFoot />
        </nav>
    }
}

#[component]
fn NavFoot() -> impl IntoView {
    let (session, desk, phone, i18n) = (use_session(), use_desk(), use_phone(), use_i18n());
    let leave = move |_| {
        if session.may_now(Permission::TakeContacts) {
            desk.send(DeskCommand::SignOut);
        }
        phone.close();
        session.sign_out();
    };
    view! {
        <div class="side-foot">
            <LanguageSwitch />
            <ThemeSwitch />
            <button type="button" class="quiet" data-testid="sign-out" on:click=leave>
                <Glyph icon=Icon::Leave />
                <span>{t!(i18n, common.sign_out)}</span>
            </button>
            <p class="who" title=move || session.me().map(|me| me.login)>{move || session.me().map(|me| me.name)}</p>
        </div>
    }
}
