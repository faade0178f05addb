//! The first administrator, once, with the key from the link that the server printed.

use crate::api;
use crate::components::form::{FormError, TextField};
use crate::components::switches::{LanguageSwitch, ThemeSwitch};
use crate::route::{go, query};
use crate::session::use_session;
use crate::text::*;
use hark_shared::wire::rest::{Setup, SignIn};
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The page.
#[component]
pub fn SetupPage() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let key = query("key").unwrap_or_default();
    let has_key = !key.is_empty();
    let [key, tenant, tenant_name, login, password] =
        [key, String::new(), String::new(), "admin".to_owned(), String::new()].map(RwSignal::new);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(None);
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let form = Setup {
            key: key.get_untracked().trim().to_owned(),
            tenant: tenant.get_untracked().trim().to_owned(),
            tenant_name: tenant_name.get_untracked().trim().to_owned(),
            login: login.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        spawn_local(async move {
            let entry =
                SignIn { tenant: form.tenant.clone(), login: form.login.clone(), password: form.password.clone() };
            let done = match api::post::<_, serde_json::Value>("/api/setup", &form).await {
                Ok(_) => session.sign_in(&entry).await,
                Err(failed) => Err(failed),
            };
            match done {
                Ok(()) => go("/admin/users"),
                Err(failed) => error.set(Some(failed.error)),
            }
            busy.set(false);
        });
    };
    view! {
        <main class="gate">
            <form class="card gate-card" on:submit=submit>
                <h1 class="brand">"Hark"</h1>
                <p class="muted">{t!(i18n, sign_in.setup_lead)}</p>
                <Show when=move || !has_key>
                    <TextField
                        label=t_label!(i18n, sign_in.key)
                        hint=t_label!(i18n, sign_in.key_hint)
                        value=key
                        required=true
                    />
                </Show>
                <TextField
                    label=t_label!(i18n, sign_in.tenant_name)
                    value=tenant_name
                    testid="setup-tenant-name"
                    focus=true
                    autocomplete="organization"
                    required=true
                />
                <TextField
                    label=t_label!(i18n, sign_in.tenant)
                    hint=t_label!(i18n, sign_in.tenant_hint)
                    value=tenant
                    testid="setup-tenant"
                    required=true
                />
                <TextField
                    label=t_label!(i18n, sign_in.login)
                    value=login
                    testid="setup-login"
                    autocomplete="username"
                    required=true
                />
                <TextField
                    label=t_label!(i18n, sign_in.password)
                    hint=t_label!(i18n, sign_in.password_hint)
                    value=password
                    kind="password"
                    testid="setup-password"
                    autocomplete="new-password"
                    required=true
                />
                <FormError error />
                <button type="submit" class="primary" data-testid="setup-submit" aria-busy=move || busy.get().to_string()>
                    {t!(i18n, sign_in.setup_submit)}
                </button>
                <footer class="gate-foot">
                    <LanguageSwitch />
                    <ThemeSwitch />
                </footer>
            </form>
        </main>
    }
}
