//! People look after their own account; administrators after what may be dialled.

use anyhow::{Result, ensure};
use hark_e2e::api::Api;
use hark_e2e::browser::Browser;
use hark_e2e::desk::SOON;
use hark_e2e::scene::{AGENT, Scene};
use hark_e2e::story::story;
use hark_e2e::tenant::{PASSWORD, TENANT};
use hark_shared::wire::rest::{Me, OutboundLimits};
use hyper::Method;
use serde_json::json;
use std::time::Duration;

/// The first page: see `hark_e2e::desk`.
const LOAD: Duration = Duration::from_secs(60);
const NEW: &str = "a-story-has-a-second-one";

async fn change(browser: &Browser, old: &str, new: &str, again: &str) -> Result<()> {
    browser.fill("password-old", old, SOON).await?;
    browser.fill("password-new", new, SOON).await?;
    browser.fill("password-again", again, SOON).await?;
    browser.click("password-save", SOON).await
}

#[test]
fn a_password_is_changed_in_a_call_and_only_other_sessions_end() {
    story("account-password", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let elsewhere = Api::signed_in(&scene.server.origin(), TENANT, "amy", PASSWORD).await?;
        let call = scene.talk(&amy, AGENT).await?;
        amy.click("account", SOON).await?;
        change(&amy, PASSWORD, NEW, "something else").await?;
        amy.expect_text("form-error", "differ", SOON).await?;
        change(&amy, "not the password", NEW, NEW).await?;
        amy.expect_text("form-error", "old password is wrong", SOON).await?;
        change(&amy, PASSWORD, "short", "short").await?;
        amy.expect_text("form-error", "at least 10", SOON).await?;
        elsewhere.get::<Me>("/api/session").await?;
        change(&amy, PASSWORD, NEW, NEW).await?;
        amy.expect_text("password-done", "is changed", SOON).await?;

        let gone = elsewhere.ask(Method::GET, "/api/session", None::<&()>).await?;
        ensure!(gone.status == 401, "the other session lives: {}", gone.status);
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.expect_phase("talking").await?;
        call.hang_up().await?;
        amy.click("sign-out", SOON).await?;
        amy.enter("amy", PASSWORD).await?;
        amy.expect_text("form-error", "wrong", SOON).await?;
        amy.enter("amy", NEW).await?;
        amy.expect_connected(true).await
    });
}

#[test]
fn an_administrator_limits_what_may_be_dialled_and_finds_the_way_on_a_telephone() {
    story("account-limits", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let admin = Browser::open(story, "admin", AGENT).await?;
        let telephone = json!({ "width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true });
        admin.cdp("Emulation.setDeviceMetricsOverride", telephone).await?;
        admin.goto(&scene.server.origin()).await?;
        admin.enter("admin", PASSWORD).await?;
        // Tabs that do not fit scroll; the one that is open is in sight, whichever way one came.
        for part in ["outbound", "audit", "users", "outbound"] {
            admin.find(&format!("admin-{part}"), SOON).await?;
            admin.evaluate(&format!("(document.querySelector('[data-testid=admin-{part}]').click(), true)")).await?;
            let seen = "(() => { const tab = document.querySelector('.tabs [aria-current=page]'); \
                        const at = tab.getBoundingClientRect(); \
                        return [tab.dataset.testid, at.left >= 0 && at.right <= innerWidth]; })()";
            admin.expect_value("tab", seen, &|seen| *seen == json!([format!("admin-{part}"), true]), SOON).await?;
        }
        admin.expect_value("width", "document.documentElement.scrollWidth", &|width| *width == 390, SOON).await?;
        admin.fill("outbound-at-once", "10001", SOON).await?;
        admin.click("save", SOON).await?;
        admin.expect_text("form-error", "10000", SOON).await?;
        admin.fill("outbound-at-once", "3", SOON).await?;
        admin.fill("outbound-per-day", "77", SOON).await?;
        admin.click("save", SOON).await?;
        admin.expect_text("outbound-saved", "Saved", SOON).await?;
        let limits: OutboundLimits = scene.tenant.admin.get("/api/outbound").await?;
        ensure!(limits == OutboundLimits { at_once: 3, per_day: 77, ..OutboundLimits::default() }, "{limits:?}");
        admin.reload().await?;
        let shown = "document.querySelector('[data-testid=outbound-per-day]')?.value ?? null";
        admin.expect_value("limits after a reload", shown, &|shown| shown == "77", LOAD).await
    });
}
