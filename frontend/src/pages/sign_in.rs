//! Signing in. Which tenant is asked only when the address says so (`?tenant`) or the person wants it.

use crate::components::form::{FormError, TextField};
use crate::components::switches::{LanguageSwitch, ThemeSwitch};
use crate::route::query;
use crate::session::use_session;
use crate::text::*;
use hark_shared::wire::WireError;
use hark_shared::wire::rest::SignIn;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// The page.
#[component]
pub fn SignInPage() -> impl IntoView {
    let (session, i18n) = (use_session(), use_i18n());
    let named = query("tenant");
    let ask_tenant = RwSignal::new(named.is_some());
    let [tenant, login, password] = [named.unwrap_or_default(), String::new(), String::new()].map(RwSignal::new);
    let busy = RwSignal::new(false);
    let error = RwSignal::new(session.why_out());
    let submit = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        error.set(None);
        let form = SignIn {
            tenant: tenant.get_untracked().trim().to_owned(),
            login: login.get_untracked().trim().to_owned(),
            password: password.get_untracked(),
        };
        spawn_local(async move {
            if let Err(failed) = session.sign_in(&form).await {
                error.set(Some(told(failed.status, failed.error)));
                busy.set(false);
            }
        });
    };
    view! {
        <main class="gate">
            <form class="card gate-card" on:submit=submit>
                <h1 class="brand">"Hark"</h1>
                <p class="muted">{t!(i18n, sign_in.lead)}</p>
                <Show when=move || ask_tenant.get()>
                    <TextField
                        label=t_label!(i18n, sign_in.tenant)
                        value=tenant
                        testid="sign-in-tenant"
                        autocomplete="organization"
                    />
                </Show>
                <TextField
                    label=t_label!(i18n, sign_in.login)
                    value=login
                    testid="sign-in-login"
                    focus=true
                    autocomplete="username"
                    required=true
                />
                <TextField
                    label=t_label!(i18n, sign_in.password)
                    value=password
                    kind="password"
                    testid="sign-in-password"
                    autocomplete="current-password"
                    required=true
                />
                <FormError error />
                <button type="submit" class="primary" data-testid="sign-in-submit" aria-busy=move || busy.get().to_string()>
                    {t!(i18n, sign_in.submit)}
                </button>
                <Show when=move || !ask_tenant.get()>
                    <button type="button" class="link" data-testid="other-tenant" on:click=move |_| ask_tenant.set(true)>
                        {t!(i18n, sign_in.other_tenant)}
                    </button>
                </Show>
                <footer class="gate-foot">
                    <LanguageSwitch />
                    <ThemeSwitch />
                </footer>
            </form>
        </main>
    }
}

/// A refusal without a body, from a proxy for instance, still is about the password here, not about a session.
fn told(status: u16, error: WireError) -> WireError {
    if status == 401 && error.key == "session.over" { WireError::new("sign_in.wrong") } else { error }
}
