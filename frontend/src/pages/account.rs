//! Who is signed in, a new password for them, and the way out.

use crate::api;
use crate::components::form::{FormError, FormFoot, TextField};
use crate::components::icon::{Glyph, Icon};
use crate::components::switches::{LanguageSwitch, ThemeSwitch};
use crate::desk::phone::use_phone;
use crate::desk::store::use_desk;
use crate::route::use_route;
use crate::session::use_session;
use crate::text::{self, *};
use hark_shared::perms::Permission;
use hark_shared::wire::WireError;
use hark_shared::wire::desk::DeskCommand;
use hark_shared::wire::rest::PasswordChange;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The page.
#[component]
pub fn AccountPage() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let me = move || {
        session.me().map(|me| {
            let roles = me.roles.clone();
            let roles =
                move || roles.iter().map(|role| text::role(i18n.get_locale(), *role)).collect::<Vec<_>>().join(" · ");
            view! {
                <dl class="figures">
                    <div>
                        <dt>{t!(i18n, sign_in.name)}</dt>
                        <dd>{me.name}</dd>
                    </div>
                    <div>
                        <dt>{t!(i18n, sign_in.login)}</dt>
                        <dd>{me.login}</dd>
                    </div>
                    <div>
                        <dt>{t!(i18n, sign_in.tenant_name)}</dt>
                        <dd>{me.tenant_name}</dd>
                    </div>
                    <div>
                        <dt>{t!(i18n, admin.roles)}</dt>
                        <dd>{roles}</dd>
                    </div>
                </dl>
            }
        })
    };
    view! {
        <div class="page">
            <h1>{t!(i18n, sign_in.account)}</h1>
            <section class="card">{me}</section>
            // On a narrow screen the way around has no room for them.
            <section class="card narrow">
                <LanguageSwitch />
                <ThemeSwitch />
                <SignOut />
            </section>
            <PasswordForm />
        </div>
    }
}

/// Leaves: the desk, the sound and the session.
#[component]
pub fn SignOut() -> impl IntoView {
    let (session, desk, phone, i18n, route) = (use_session(), use_desk(), use_phone(), use_i18n(), use_route());
    let leave = move |_| {
        if session.may_now(Permission::TakeContacts) {
            desk.send(DeskCommand::SignOut);
        }
        phone.close();
        session.sign_out();
        // Whoever signs in next begins at their own beginning.
        route.replace("/");
    };
    view! {
        <button type="button" class="quiet" data-testid="sign-out" on:click=leave>
            <Glyph icon=Icon::Leave />
            <span>{t!(i18n, common.sign_out)}</span>
        </button>
    }
}

#[component]
fn PasswordForm() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let fields @ [old, new, again] = [String::new(), String::new(), String::new()].map(RwSignal::new);
    let [busy, done] = [false; 2].map(RwSignal::new);
    let error = RwSignal::new(None);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        done.set(false);
        if new.get_untracked() != again.get_untracked() {
            error.set(Some(WireError::new("password.differs")));
            return;
        }
        busy.set(true);
        error.set(None);
        let change = PasswordChange { old: old.get_untracked(), new: new.get_untracked() };
        spawn_local(async move {
            let changed = api::put("/api/password", &change).await;
            // The page may be gone by now.
            let _ = busy.try_set(false);
            match changed {
                Ok(()) => {
                    for field in fields {
                        let _ = field.try_set(String::new());
                    }
                    let _ = done.try_set(true);
                }
                Err(failed) => {
                    let _ = error.try_set(Some(session.told(failed)));
                }
            }
        });
    };
    view! {
        <form class="card form-page" on:submit=submit on:input=move |_| done.set(false)>
            <h2>{t!(i18n, sign_in.password_change)}</h2>
            <p class="muted">{t!(i18n, sign_in.password_about)}</p>
            // Tells the browser's store of passwords whose this is.
            <input type="text" autocomplete="username" readonly hidden prop:value=move || session.me().map(|me| me.login) />
            <TextField
                label=t_label!(i18n, sign_in.password_old)
                value=old
                kind="password"
                testid="password-old"
                autocomplete="current-password"
                required=true
            />
            <TextField
                label=t_label!(i18n, sign_in.password_new)
                hint=t_label!(i18n, sign_in.password_hint)
                value=new
                kind="password"
                testid="password-new"
                autocomplete="new-password"
                required=true
            />
            <TextField
                label=t_label!(i18n, sign_in.password_again)
                value=again
                kind="password"
                testid="password-again"
                autocomplete="new-password"
                required=true
            />
            <FormError error />
            <FormFoot
                said=t_label!(i18n, sign_in.password_changed)
                done
                done_testid="password-done"
                label=t_label!(i18n, sign_in.password_change)
                busy
                testid="password-save"
            />
        </form>
    }
}
