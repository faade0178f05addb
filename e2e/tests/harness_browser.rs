//! The browser's microphone and ears prove themselves on a page that calls itself, before the product is judged.

use anyhow::{Result, ensure};
use hark_e2e::browser::Browser;
use hark_e2e::pages::{LOOP, Pages};
use hark_e2e::story::{Story, story};
use std::time::Duration;

const SOON: Duration = Duration::from_secs(20);
const AGENT: f64 = 1000.0;

async fn looped(story: &Story, query: &str) -> Result<(Browser, Pages)> {
    let pages = Pages::serve([("/", LOOP.to_owned()), ("/?processing", LOOP.to_owned())]).await?;
    let browser = Browser::open(story, "agent", AGENT).await?;
    browser.goto(&pages.url(query)).await?;
    browser.expect_attribute("state", "data-state", "connected", SOON).await?;
    browser.expect_tone(AGENT, SOON).await?;
    Ok((browser, pages))
}

#[test]
fn a_browser_hears_what_its_microphone_says() {
    story("browser-loop", async |story| {
        let (browser, _pages) = looped(story, "/").await?;
        ensure!(browser.expect_tone(AGENT + 250.0, Duration::from_secs(1)).await.is_err(), "a tone nobody says");
        let gap = browser.longest_gap(AGENT, Duration::from_secs(1)).await?;
        ensure!(gap < Duration::from_millis(250), "a continuous tone has a gap of {gap:?}");
        browser.click("mute", SOON).await?;
        browser.expect_no_tone(AGENT, SOON).await?;
        browser.expect_silence(SOON).await?;
        browser.reload().await?;
        browser.expect_tone(AGENT, SOON).await
    });
}

/// Noise suppression may take a steady tone for noise after some seconds, or not: it differs from run to run. What the
/// stories rely on is that a voice that has just begun passes.
#[test]
fn a_tone_that_begins_passes_the_browsers_own_processing() {
    story("browser-processing", async |story| looped(story, "/?processing").await.map(drop));
}

#[test]
fn tabs_and_network_are_switched() {
    story("browser-tabs", async |story| {
        let (browser, pages) = looped(story, "/").await?;
        let first = browser.second_tab(&pages.url("/")).await?;
        browser.expect_tone(AGENT, SOON).await?;
        browser.client().switch_to_window(first).await?;
        browser.set_offline(true).await?;
        let fetched =
            "fetch('/').then(() => 'fetched', () => 'offline').then(t => { window.__net = t; }) && window.__net";
        browser.expect_value("network", fetched, &|got| got == "offline", SOON).await?;
        browser.set_offline(false).await?;
        browser.expect_value("network", fetched, &|got| got == "fetched", SOON).await
    });
}
