//! Who gets whom: several desks that ring at once, calls that are answered for their agent, the last agent first.

use anyhow::ensure;
use hark_e2e::browser::Patch;
use hark_e2e::desk::SOON;
use hark_e2e::scene::{AGENT, CALLER, SECOND, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::story;
use hark_shared::time::Millis;
use hark_shared::wire::rest::OfferEnd;
use hark_shared::wire::routing::{Sticky, WrapUpMode};
use std::time::Duration;

/// How soon a colleague's desk stops ringing once somebody has answered.
const WITHDRAWN_WITHIN_MS: f64 = 100.0;

#[test]
fn several_desks_ring_one_answers_and_the_other_sees_it_withdrawn() {
    story("ring-several", async |story| {
        let scene = Scene::open_with(story, &["amy", "ben"], Options::default(), |plan| {
            plan.queue.routing.ring = 2;
            plan.queue.routing.wrap_up = WrapUpMode::None;
        })
        .await?;
        let amy = scene.ready_with(story, "amy", AGENT, &[Patch::Ringing]).await?;
        let ben = scene.ready_with(story, "ben", SECOND, &[Patch::Ringing]).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        ben.expect_ring().await?;
        ben.answer().await?;
        amy.expect_gone("offer-card", SOON).await?;
        let took = amy.card_gone().await? - ben.pressed().await?;
        println!("ring-several: withdrawn {took:.1} ms after the colleague's click");
        ensure!(took <= WITHDRAWN_WITHIN_MS, "withdrawn only after {took:.1} ms");
        amy.expect_state("ready").await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        amy.expect_no_tone(CALLER, Duration::from_secs(1)).await?;
        call.hang_up().await?;
        ben.expect_state("ready").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.agent == Some(scene.tenant.agent("ben")?), "{contact:#?}");
        let detail = scene.tenant.admin.contact(&contact).await?;
        let end_of = |login| {
            let agent = scene.tenant.agent(login).ok()?;
            detail.offers.iter().find(|offer| offer.agent == agent).map(|offer| (offer.end, offer.why.rung))
        };
        ensure!(detail.offers.len() == 2, "{detail:#?}");
        ensure!(end_of("amy") == Some((OfferEnd::Taken, 2)), "{detail:#?}");
        ensure!(end_of("ben") == Some((OfferEnd::Accepted, 2)), "{detail:#?}");
        Ok(())
    });
}

#[test]
fn a_call_is_answered_for_its_agent_and_the_next_one_comes_to_the_same() {
    story("auto-answer", async |story| {
        let scene = Scene::open_with(story, &["amy", "ben"], Options::default(), |plan| {
            plan.queue.routing.auto_answer = true;
            plan.queue.routing.wrap_up = WrapUpMode::None;
            plan.queue.routing.sticky = Some(Sticky { days: 1, patience: Millis::from_secs(30) });
        })
        .await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.call().await?;
        amy.expect_phase("talking").await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.expect_state("ready").await?;
        scene.only_contact().await?;
        // Amy has just had a call; Ben would be next, were it not for the last agent.
        let ben = scene.ready(story, "ben", SECOND).await?;
        amy.click("state-menu", SOON).await?;
        amy.click("state-busy-break", SOON).await?;
        amy.expect_state("busy").await?;
        let call = scene.call().await?;
        call.expect_sound(SOON).await?;
        ben.expect_state("ready").await?;
        amy.click("state-menu", SOON).await?;
        amy.click("state-ready", SOON).await?;
        amy.expect_phase("talking").await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.expect_state("ready").await
    });
}
