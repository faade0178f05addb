//! An administrator draws a voice flow, with mouse and keyboard, tries it, tests it and publishes it; a caller walks it.

use anyhow::{Context, Result, ensure};
use hark_e2e::browser::Browser;
use hark_e2e::desk::SOON;
use hark_e2e::scene::{AGENT, Scene};
use hark_e2e::story::story;
use hark_e2e::tenant::PASSWORD;
use hark_shared::wire::flows::{FlowDraft, FlowSummary, FlowVersion};
use hark_shared::wire::rest::{Entry, Number};
use hyper::Method;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// The first page: see `hark_e2e::desk`.
const LOAD: Duration = Duration::from_secs(60);
/// A prompt is heard to its end.
const HEARD: Duration = Duration::from_secs(20);

/// The middle of an element, in the page.
async fn middle(browser: &Browser, id: &str) -> Result<(f64, f64)> {
    browser.find(id, SOON).await?;
    let at = format!(
        "(() => {{ const at = document.querySelector('[data-testid=\"{id}\"]').getBoundingClientRect(); \
         return [at.left + at.width / 2, at.top + at.height / 2]; }})()"
    );
    let at: [f64; 2] = serde_json::from_value(browser.evaluate(&at).await?).context("two numbers")?;
    Ok((at[0], at[1]))
}

async fn mouse(browser: &Browser, kind: &str, (x, y): (f64, f64)) -> Result<()> {
    let buttons = i32::from(kind != "mouseReleased");
    let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "buttons": buttons, "clickCount": 1 });
    browser.cdp("Input.dispatchMouseEvent", event).await.map(|_| ())
}

/// Drags with the mouse, in steps as a hand does.
async fn drag(browser: &Browser, from: (f64, f64), to: (f64, f64)) -> Result<()> {
    mouse(browser, "mousePressed", from).await?;
    for step in 1..=5 {
        let part = f64::from(step) / 5.0;
        let at = (from.0 + (to.0 - from.0) * part, from.1 + (to.1 - from.1) * part);
        mouse(browser, "mouseMoved", at).await?;
    }
    mouse(browser, "mouseReleased", to).await
}

/// Puts the keyboard's focus on a node.
async fn focus(browser: &Browser, node: u16) -> Result<()> {
    browser.find(&format!("node-{node}"), SOON).await?;
    browser.evaluate(&format!("(document.querySelector('[data-node=\"{node}\"]').focus(), true)")).await.map(|_| ())
}

/// Chooses an entry of a list.
async fn choose(browser: &Browser, id: &str, value: &str) -> Result<()> {
    browser.find(id, SOON).await?;
    let change = format!(
        "(() => {{ const list = document.querySelector('[data-testid=\"{id}\"]'); list.value = '{value}'; \
         list.dispatchEvent(new Event('change', {{ bubbles: true }})); return true; }})()"
    );
    browser.evaluate(&change).await.map(|_| ())
}

async fn expect_errors(browser: &Browser, is: impl Fn(u64) -> bool + Sync) -> Result<()> {
    let count = "Number(document.querySelector('[data-testid=errors]')?.textContent ?? NaN)";
    let fits = |value: &Value| value.as_f64().is_some_and(|count| is(count as u64));
    browser.expect_value("errors of the flow", count, &fits, SOON).await
}

async fn sign_in(story: &hark_e2e::story::Story, scene: &Scene) -> Result<Browser> {
    let admin = Browser::open(story, "admin", AGENT).await?;
    admin.goto(&scene.server.origin()).await?;
    admin.enter("admin", PASSWORD).await?;
    admin.click("admin-flows", SOON).await?;
    admin.find("flow-list", LOAD).await?;
    Ok(admin)
}

/// A hotline: node 1 plays the welcome, node 2 is the queue.
async fn new_hotline(admin: &Browser) -> Result<()> {
    admin.click("new", SOON).await?;
    admin.fill("new-flow-name", "Front door", SOON).await?;
    admin.click("begin-hotline", SOON).await?;
    admin.click("save", SOON).await?;
    admin.find("design", LOAD).await?;
    expect_errors(admin, |errors| errors == 0).await
}

/// A menu between the welcome and the queue.
async fn draw_menu(admin: &Browser) -> Result<()> {
    focus(admin, 1).await?;
    admin.press("n").await?;
    admin.fill("chooser-search", "menu", SOON).await?;
    admin.press("\u{e007}").await?;
    admin.find("node-3", SOON).await?;
    expect_errors(admin, |errors| errors > 0).await?;
    admin.click("remove-say-0", SOON).await?;
    admin.click("add-prompt-say", SOON).await?;
    admin.fill("field-say-0-name", "menu", SOON).await?;
    admin.click("key-2", SOON).await?;
    admin.expect_gone("port-3-key_2", SOON).await?;
    admin.click("arrange", SOON).await?;
    // By the mouse: the welcome leads to the menu, one to the queue.
    drag(admin, middle(admin, "port-1-next").await?, middle(admin, "node-3").await?).await?;
    admin.find("edge-1-next-3", SOON).await?;
    drag(admin, middle(admin, "port-3-key_1").await?, middle(admin, "node-2").await?).await?;
    admin.find("edge-3-key_1-2", SOON).await?;
    // By the keyboard: otherwise leads there, too.
    focus(admin, 3).await?;
    admin.press("c").await?;
    choose(admin, "exit-3-otherwise", "2").await?;
    admin.find("edge-3-otherwise-2", SOON).await?;
    expect_errors(admin, |errors| errors == 0).await
}

/// Takes everything back and does it again.
async fn undo_and_redo(admin: &Browser) -> Result<()> {
    admin.click("undo", SOON).await?;
    admin.expect_gone("edge-3-otherwise-2", SOON).await?;
    admin.click("redo", SOON).await?;
    admin.find("edge-3-otherwise-2", SOON).await.map(|_| ())
}

async fn try_and_keep(admin: &Browser) -> Result<()> {
    admin.click("try", SOON).await?;
    admin.click("try-begin", SOON).await?;
    let asked = "performance.getEntriesByType('resource').some((file) => file.name.endsWith('/api/sounds/en/welcome'))";
    admin.expect_value("the welcome is fetched to be heard", asked, &|asked| *asked == json!(true), SOON).await?;
    admin.expect_text("try-said", "en/menu", HEARD).await?;
    let lit = "document.querySelector('.node.lit')?.dataset.node ?? null";
    admin.expect_value("the node that speaks", lit, &|node| node == "3", SOON).await?;
    admin.click("try-key-1", SOON).await?;
    admin.expect_text("try-said", "Repairs", SOON).await?;
    admin.expect_value("the node at the end", lit, &|node| node == "2", SOON).await?;
    admin.fill("test-name", "One leads to repairs", SOON).await?;
    admin.click("save-test", SOON).await?;
    admin.click("tab-tests", SOON).await?;
    admin.expect_attribute("test-0", "data-good", "true", SOON).await
}

#[test]
fn an_administrator_draws_a_flow_tries_it_and_publishes_it() {
    story("designer", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let admin = sign_in(story, &scene).await?;
        new_hotline(&admin).await?;
        draw_menu(&admin).await?;
        undo_and_redo(&admin).await?;
        try_and_keep(&admin).await?;
        admin.click("publish", SOON).await?;
        admin.fill("publish-note", "A menu first", SOON).await?;
        admin.click("save", SOON).await?;
        admin.expect_text("version-1", "A menu first", SOON).await?;

        let api = &scene.tenant.admin;
        let flows: Vec<FlowSummary> = api.get("/api/flows").await?;
        let flow = flows.iter().find(|flow| flow.name == "Front door").context("the flow is in the list")?;
        ensure!(flow.published == Some(1), "{flow:?}");
        let draft: FlowDraft = api.get(&format!("/api/flows/{}", flow.id)).await?;
        ensure!(draft.tests.len() == 1 && draft.tests[0].path == [1, 3, 2], "{:?}", draft.tests);
        // A caller walks what was drawn.
        let number = Number { entry: Entry::Flow(flow.id), ..scene.tenant.number.clone() };
        api.send(Method::PUT, &format!("/api/numbers/{}", number.id), &number).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.call().await?;
        call.expect_prompt("en/menu", Instant::now(), HEARD).await?;
        call.dial("1");
        amy.expect_ring().await?;
        amy.answer().await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        let versions: Vec<FlowVersion> = api.get(&format!("/api/flows/{}/versions", flow.id)).await?;
        ensure!(versions.len() == 1 && versions[0].note == "A menu first", "{versions:?}");
        Ok(())
    });
}
