//! A visitor of another company's page presses its call button.

use anyhow::{Result, ensure};
use hark_e2e::browser::{Browser, Patch};
use hark_e2e::desk::SOON;
use hark_e2e::pages::Pages;
use hark_e2e::scene::{AGENT, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::{Story, story};
use hark_e2e::tenant::{HOTLINE, TENANT};
use hark_shared::edge::Cause;
use hark_shared::wire::desk::Via;
use hark_shared::wire::rest::Outcome;

/// What the visitor says.
pub const VISITOR: f64 = 1050.0;

pub async fn visit(story: &Story, scene: &Scene, patches: &[Patch]) -> Result<(Browser, Pages)> {
    let origin = scene.server.origin();
    let html = format!(
        "<!doctype html><title>Another company</title><h1>Our products</h1>\
         <script src='{origin}/widget.js' data-tenant='{TENANT}' data-number='{HOTLINE}'></script>"
    );
    // Its origin is http://127.0.0.1:…, the widget's is http://localhost:….
    let pages = Pages::serve([("/", html)]).await?;
    let visitor = Browser::open_with(story, "visitor", VISITOR, patches).await?;
    visitor.goto(&pages.url("/")).await?;
    visitor.open_widget(SOON).await?;
    Ok((visitor, pages))
}

#[test]
fn a_visitor_and_an_agent_hear_each_other() {
    story("click-to-call", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let (visitor, pages) = visit(story, &scene, &[]).await?;
        visitor.click("w-call", SOON).await?;
        amy.expect_ring().await?;
        amy.answer().await?;
        amy.expect_tone(VISITOR, SOON).await?;
        visitor.expect_tone(AGENT, SOON).await?;
        amy.click("hold", SOON).await?;
        visitor.expect_no_tone(AGENT, SOON).await?;
        amy.click("hold", SOON).await?;
        visitor.expect_tone(AGENT, SOON).await?;
        visitor.click("w-mute", SOON).await?;
        amy.expect_no_tone(VISITOR, SOON).await?;
        visitor.click("w-mute", SOON).await?;
        amy.expect_tone(VISITOR, SOON).await?;
        visitor.click("w-hang-up", SOON).await?;
        amy.wrap_up("").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered, "{contact:#?}");
        ensure!(contact.via == Via::Web { page: pages.url("/") }, "{contact:#?}");
        Ok(())
    });
}

#[test]
fn a_visitor_talks_on_over_the_cores_death_and_has_the_buttons_back() {
    story("visitor-over-the-core", async |story| {
        let options = Options { apart: true, ..Options::default() };
        let scene = Scene::open_with(story, &["amy"], options, |_| ()).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let (visitor, _pages) = visit(story, &scene, &[]).await?;
        let hear_each_other = async || {
            amy.expect_tone(VISITOR, SOON).await?;
            visitor.expect_tone(AGENT, SOON).await
        };
        visitor.click("w-call", SOON).await?;
        amy.expect_ring().await?;
        amy.answer().await?;
        hear_each_other().await?;
        scene.server.kill().await?;
        visitor.expect_attribute("w-message", "data-control", "reconnecting", SOON).await?;
        visitor.expect_text("w-message", "Reconnecting", SOON).await?;
        hear_each_other().await?;
        visitor.expect_attribute("w-state", "data-state", "talking", SOON).await?;
        scene.server.restart().await?;
        visitor.expect_attribute("w-message", "data-control", "fine", SOON).await?;
        amy.expect_attribute("offline", "hidden", "", SOON).await?;
        hear_each_other().await?;
        // Words come again.
        amy.click("hold", SOON).await?;
        visitor.expect_attribute("w-state", "data-state", "hold", SOON).await?;
        visitor.expect_no_tone(AGENT, SOON).await?;
        amy.click("hold", SOON).await?;
        visitor.expect_attribute("w-state", "data-state", "talking", SOON).await?;
        hear_each_other().await?;
        visitor.click("w-mute", SOON).await?;
        amy.expect_no_tone(VISITOR, SOON).await?;
        visitor.click("w-mute", SOON).await?;
        hear_each_other().await?;
        visitor.click("w-hang-up", SOON).await?;
        amy.expect_phase("wrap_up").await?;
        amy.wrap_up("over the core's death").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered && contact.cause == Cause::Normal, "{contact:#?}");
        Ok(())
    });
}

#[test]
fn a_visitor_closes_the_page() {
    story("visitor-leaves", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let (visitor, _pages) = visit(story, &scene, &[]).await?;
        visitor.click("w-call", SOON).await?;
        amy.expect_ring().await?;
        amy.answer().await?;
        amy.expect_tone(VISITOR, SOON).await?;
        visitor.enter_frame(None, SOON).await?;
        visitor.goto("about:blank").await?;
        amy.expect_phase("wrap_up").await?;
        Ok(())
    });
}
