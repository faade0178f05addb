//! An agent's browser dies, without a word: while it rings, in a call, in wrap-up. The customer is looked after.

use anyhow::ensure;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::scene::{AGENT, SECOND, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::story;
use hark_e2e::tenant::Plan;
use hark_shared::time::Millis;
use hark_shared::wire::rest::{OfferEnd, Outcome};
use std::time::Duration;

/// The grace of a lost page is 15 s; a customer is kept company for 30 s before the next agent is asked.
const GRACE: Duration = Duration::from_secs(30);
const COMPANY: Duration = Duration::from_secs(50);

/// The browser's process is gone from one moment to the next; the driver finds nobody who could answer.
async fn dies(desk: &Desk) {
    let _ = desk.cdp("Browser.crash", serde_json::json!({})).await;
}

#[test]
fn a_browser_that_dies_while_it_rings_loses_the_offer() {
    story("dies-ringing", async |story| {
        let patient = |plan: &mut Plan| plan.queue.offer_timeout = Millis::from_secs(100);
        let scene = Scene::open_with(story, &["amy", "ben"], Options::default(), patient).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let ben = scene.ready(story, "ben", SECOND).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        dies(&amy).await;
        ben.find("offer-card", GRACE).await?;
        ben.answer().await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        call.hang_up().await?;
        ben.wrap_up("").await?;
        let detail = scene.tenant.admin.contact(&scene.only_contact().await?).await?;
        let ends: Vec<OfferEnd> = detail.offers.iter().map(|offer| offer.end).collect();
        ensure!(ends == [OfferEnd::Lost, OfferEnd::Accepted], "{detail:#?}");
        Ok(())
    });
}

#[test]
fn a_browser_that_dies_in_a_call_leaves_the_customer_to_the_next_agent() {
    story("dies-talking", async |story| {
        let scene = Scene::open(story, &["amy", "ben"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        let ben = scene.ready(story, "ben", SECOND).await?;
        dies(&amy).await;
        call.expect_no_tone(AGENT, Duration::from_secs(1), SOON).await?;
        call.expect_sound(SOON).await?;
        ben.find("offer-card", COMPANY).await?;
        ben.answer().await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        call.hang_up().await?;
        ben.wrap_up("").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered, "{contact:#?}");
        ensure!(contact.agent == Some(scene.tenant.agent("ben")?), "{contact:#?}");
        Ok(())
    });
}

#[test]
fn a_browser_that_dies_in_wrap_up_keeps_what_was_written() {
    story("dies-wrap-up", async |story| {
        let short = |plan: &mut Plan| plan.queue.wrap_up = Millis::from_secs(10);
        let scene = Scene::open_with(story, &["amy"], Options::default(), short).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.expect_phase("wrap_up").await?;
        amy.fill("wrap-up-notes", "The boiler leaks.", SOON).await?;
        let noted = |contact: &hark_shared::wire::rest::Contact| contact.form.notes == "The boiler leaks.";
        // What is typed is saved half a second later.
        hark_e2e::story::after(Duration::from_secs(1)).await;
        dies(&amy).await;
        let ended =
            |contact: &hark_shared::wire::rest::Contact| contact.wrap_up >= Millis::from_secs(10) && noted(contact);
        scene.tenant.admin.expect_contacts(1, GRACE, ended).await.map(drop)
    });
}
