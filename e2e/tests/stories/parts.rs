//! Pages that are loaded apart: what an agent in a call sees when one cannot be had, and when it can.

use anyhow::{Result, ensure};
use hark_e2e::browser::Patch;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::scene::{AGENT, Scene};
use hark_e2e::story::story;
use std::time::{Duration, Instant};

/// No interruption that a person would hear as one. The machine under test is slow and does much else.
const UNHEARD: Duration = Duration::from_millis(800);

async fn go(desk: &Desk, path: &str) -> Result<()> {
    desk.client().execute(&format!("document.querySelector(\"a[href='{path}']\").click()"), Vec::new()).await?;
    Ok(())
}

#[test]
fn a_page_that_cannot_be_loaded_is_tried_again_and_the_call_goes_on() {
    story("parts", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready_with(story, "amy", AGENT, &[Patch::NoParts]).await?;
        let call = scene.talk(&amy, AGENT).await?;
        let began = Instant::now();
        go(&amy, "/contacts").await?;
        amy.expect_text("not-loaded", "could not be loaded", SOON).await?;
        // Still not.
        amy.click("load-again", SOON).await?;
        amy.expect_text("not-loaded", "could not be loaded", SOON).await?;
        amy.let_parts_through().await?;
        amy.click("load-again", SOON).await?;
        amy.expect_gone("not-loaded", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        let gap = call.longest_gap(AGENT, began, Instant::now());
        ensure!(gap < UNHEARD, "the caller did not hear the agent for {gap:?}");
        amy.hang_up().await?;
        go(&amy, "/").await?;
        amy.wrap_up("").await?;
        amy.find("recent-contact", SOON).await?;
        // What was loaded for the page shows a contact in the desk's list, too.
        amy.client()
            .execute("document.querySelector(\"[data-testid='recent-contact'] button\").click()", Vec::new())
            .await?;
        amy.find("contact-detail", SOON).await?;
        Ok(())
    });
}
