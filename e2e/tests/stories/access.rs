//! Keyboard and screen reader: what Chromium tells assistive technology of every page, and where the focus goes.

use anyhow::{Result, ensure};
use hark_e2e::browser::Browser;
use hark_e2e::desk::SOON;
use hark_e2e::scene::{AGENT, CALLER_NUMBER, Scene};
use hark_e2e::story::story;
use hark_e2e::tenant::PASSWORD;
use serde_json::{Value, json};
use std::time::Duration;

/// The roles that a person operates or is led to by name (WCAG 2.2, 4.1.2).
const NAMED: [&str; 18] = [
    "alertdialog",
    "button",
    "checkbox",
    "combobox",
    "dialog",
    "group",
    "link",
    "menu",
    "menuitem",
    "meter",
    "navigation",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "table",
    "textbox",
];
/// The first page: see `hark_e2e::desk`.
const LOAD: Duration = Duration::from_secs(60);

/// The page as a screen reader gets it: no operable part of it is without a name, and it says its language.
async fn expect_named(browser: &Browser, page: &str) -> Result<()> {
    browser.cdp("Accessibility.enable", json!({})).await?;
    let tree = browser.cdp("Accessibility.getFullAXTree", json!({})).await?;
    let nodes = tree["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
    let text = |node: &Value, field: &str| node[field]["value"].as_str().unwrap_or_default().trim().to_owned();
    let shown = || nodes.iter().filter(|node| node["ignored"] != true);
    let operable = shown().filter(|node| NAMED.contains(&text(node, "role").as_str())).count();
    ensure!(operable > 2, "{page}: only {operable} controls, was it there at all?");
    // A group may be only a grouping; the others must have a name.
    let silent: Vec<String> = shown()
        .map(|node| (text(node, "role"), text(node, "name")))
        .filter(|(role, name)| role != "group" && name.is_empty() && NAMED.contains(&role.as_str()))
        .map(|(role, _)| role)
        .collect();
    ensure!(silent.is_empty(), "{page}: without a name: {silent:?}");
    let language = browser.evaluate("document.documentElement.lang").await?;
    ensure!(language == "en-GB" || language == "zh-CN", "{page}: its language is {language}");
    let title = browser.evaluate("document.title").await?;
    ensure!(title.as_str().is_some_and(|title| title.contains("Hark") || title.contains('☎')), "{page}: {title}");
    Ok(())
}

async fn follow(browser: &Browser, link: &str) -> Result<()> {
    let click = format!("(document.querySelector('nav.side a[href=\"{link}\"]').click(), true)");
    browser.evaluate(&click).await?;
    let there = format!("location.pathname.startsWith('{link}') && document.querySelector('main h1') !== null");
    browser.expect_value(link, &there, &|there| there == true, SOON).await
}

#[test]
fn a_screen_reader_hears_who_calls_and_every_control_of_the_desk_has_a_name() {
    story("access-desk", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        expect_named(&amy, "desk").await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        let said = "document.querySelector('[data-testid=announcer][role=alert]')?.textContent ?? null";
        let names =
            |said: &Value| said.as_str().is_some_and(|said| said.contains(CALLER_NUMBER) && said.contains("F2"));
        amy.expect_value("what is announced", said, &names, SOON).await?;
        expect_named(&amy, "ringing").await?;
        amy.press("\u{e032}").await?;
        amy.expect_phase("talking").await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        expect_named(&amy, "talking").await?;
        call.hang_up().await?;
        amy.expect_phase("wrap_up").await?;
        expect_named(&amy, "wrap-up").await?;
        amy.click("language", SOON).await?;
        amy.expect_value("language", "document.documentElement.lang", &|lang| lang == "zh-CN", SOON).await?;
        expect_named(&amy, "wrap-up in Chinese").await?;
        for page in ["/contacts", "/check"] {
            follow(&amy, page).await?;
            expect_named(&amy, page).await?;
        }
        Ok(())
    });
}

#[test]
fn a_recording_shows_both_voices_and_is_sought_by_keys() {
    story("access-player", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await?;
        let row = "document.querySelector('[data-testid=recent-contact] button')";
        amy.expect_value("the contact's row", &format!("{row} !== null"), &|there| there == true, SOON).await?;
        amy.evaluate(&format!("({row}.click(), true)")).await?;
        amy.click("play", SOON).await?;
        amy.expect_attribute("wave", "data-loaded", "true", SOON).await?;
        // Each lane is a path of bars around the middle, 20; a tone of a tenth of full scale is taller than 4.
        let tall = |lane: u8| {
            format!(
                "[...document.querySelectorAll('[data-testid=wave] .lane')[{lane}].querySelector('path')\
                 .getAttribute('d').matchAll(/ ([0-9.]+)V/g)].filter(([, top]) => top < 18).length"
            )
        };
        for (lane, side) in [(0, "the caller"), (1, "the agent")] {
            let bars = amy.evaluate(&tall(lane)).await?;
            ensure!(bars.as_u64().is_some_and(|bars| bars > 20), "{side} has {bars} bars");
        }
        amy.evaluate("(document.querySelector('[data-testid=wave]').focus(), true)").await?;
        expect_named(&amy, "player").await?;
        // Of the browser's own player: a call of half a second is 0 to 0 in whole seconds.
        let audio = "document.querySelector('.player audio')";
        amy.press("\u{e010}").await?;
        let at_end = format!("{audio}.duration > 0 && {audio}.currentTime >= {audio}.duration - 0.05");
        amy.expect_value("at the end", &at_end, &|there| there == true, SOON).await?;
        amy.press("\u{e011}").await?;
        let at_begin = format!("{audio}.currentTime < 0.05");
        amy.expect_value("at the begin", &at_begin, &|there| there == true, SOON).await?;
        Ok(())
    });
}

#[test]
fn a_form_keeps_the_focus_and_gives_it_back() {
    story("access-forms", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let admin = Browser::open(story, "admin", AGENT).await?;
        admin.goto(&scene.server.origin()).await?;
        admin.find("sign-in-login", LOAD).await?;
        admin.expect_value("focus", FOCUSED, &|focus| focus == "sign-in-login", SOON).await?;
        expect_named(&admin, "sign-in").await?;
        admin.enter("admin", PASSWORD).await?;
        for part in ["users", "queues", "skills", "numbers", "trunks", "dispositions"] {
            admin.click(&format!("admin-{part}"), SOON).await?;
            admin.click("new", SOON).await?;
            admin.find("dialog", SOON).await?;
            expect_named(&admin, part).await?;
            // Once around: the focus is in the form, or on the browser's own controls between its end and begin.
            for _ in 0..30 {
                admin.press("\u{e004}").await?;
                let inside = "document.activeElement === document.body || \
                              document.activeElement.closest('dialog') !== null";
                ensure!(admin.evaluate(inside).await? == true, "{part}: the focus left the form");
            }
            admin.press("\u{e00c}").await?;
            admin.expect_gone("dialog", SOON).await?;
            admin.expect_value("focus", FOCUSED, &|focus| focus == "new", SOON).await?;
            let inert = admin.evaluate("document.querySelectorAll('[inert]').length").await?;
            ensure!(inert == 0, "{part}: the page stayed inert");
        }
        admin.click("admin-audit", SOON).await?;
        expect_named(&admin, "audit").await
    });
}

/// The `data-testid` of what has the focus.
const FOCUSED: &str = "document.activeElement?.dataset.testid ?? null";
