//! Who gets whom: several desks that ring at once, calls that are answered for their agent, the last agent first, also by a
//! flow.

use crate::drawn::{flow, lead, publish};
use anyhow::ensure;
use hark_e2e::browser::Patch;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::scene::{AGENT, CALLER, SECOND, Scene};
use hark_e2e::server::Options;
use hark_e2e::sound::Voice;
use hark_e2e::story::story;
use hark_shared::flow::model::Kind;
use hark_shared::ids::DispositionId;
use hark_shared::time::Millis;
use hark_shared::wire::rest::OfferEnd;
use hark_shared::wire::routing::{Sticky, WrapUpMode};
use hyper::Method;
use std::time::Duration;
use uuid::Uuid;

/// How soon a colleague's desk stops ringing once somebody has answered.
const WITHDRAWN_WITHIN_MS: f64 = 100.0;
/// A very important customer: number and voice.
const GOLD: &str = "13700137000";
const GOLDEN: f64 = 2050.0;
/// A number of ours that leads to a flow.
const LINE: &str = "95501";

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

/// The flow leads back to whom the caller talked with, though somebody else has been idle for longer; who never called
/// before gets that one.
#[test]
fn a_flow_leads_a_caller_back_to_the_last_agent() {
    story("last-agent", async |story| {
        let scene = Scene::open_with(story, &["amy", "ben"], Options::default(), |plan| {
            plan.queue.routing.wrap_up = WrapUpMode::None;
        })
        .await?;
        let again = Kind::LastAgent { queue: scene.tenant.queue.id, days: 7, patience: Millis::from_secs(30) };
        let again = publish(&scene, "Again", flow(vec![(again, vec![])])).await?;
        lead(&scene, LINE, again, true).await?;
        let ben = scene.ready(story, "ben", SECOND).await?;
        let call = scene.talk(&ben, SECOND).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        call.hang_up().await?;
        ben.expect_state("ready").await?;
        scene.only_contact().await?;
        let call = scene.carrier.call(LINE, scene.door).await?;
        ben.expect_ring().await?;
        amy.expect_state("ready").await?;
        ben.answer().await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        call.hang_up().await?;
        ben.expect_state("ready").await?;
        scene.carrier.behave(|manners| {
            manners.number = GOLD.to_owned();
            manners.voice = Voice::Tone(GOLDEN);
        });
        let call = scene.carrier.call(LINE, scene.door).await?;
        amy.expect_ring().await?;
        amy.answer().await?;
        amy.expect_tone(GOLDEN, SOON).await?;
        call.hang_up().await
    });
}

#[test]
fn a_very_important_customer_comes_before_those_who_waited_longer() {
    story("vip-first", async |story| {
        let scene = Scene::open_with(story, &["amy"], Options::default(), |plan| {
            plan.queue.routing.wrap_up = WrapUpMode::None;
        })
        .await?;
        let gold = serde_json::json!({ "id": Uuid::now_v7(), "name": "Gold & Sons", "company": null, "vip": true,
            "remark": null, "numbers": [GOLD] });
        scene.tenant.admin.send(Method::POST, "/api/customers", &gold).await?;
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        let first = scene.call().await?;
        first.expect_sound(SOON).await?;
        scene.carrier.behave(|manners| {
            manners.number = GOLD.to_owned();
            manners.voice = Voice::Tone(GOLDEN);
        });
        let second = scene.call().await?;
        second.expect_sound(SOON).await?;
        amy.ready_for_the_next().await?;
        amy.expect_text("offer-card", "Gold & Sons", SOON).await?;
        amy.answer().await?;
        amy.expect_tone(GOLDEN, SOON).await?;
        second.hang_up().await?;
        // Then comes who called first.
        amy.expect_ring().await?;
        amy.answer().await?;
        scene.expect_both_hear(&first, &amy, AGENT).await
    });
}

#[test]
fn a_wrap_up_ends_as_its_queue_says() {
    story("wrap-up-modes", async |story| {
        let scene = Scene::open_with(story, &["amy"], Options::default(), |plan| {
            plan.queue.routing.wrap_up = WrapUpMode::MustClassify;
            plan.queue.wrap_up = Millis::from_secs(2);
        })
        .await?;
        let id = Uuid::now_v7();
        let repaired = serde_json::json!({ "id": id, "zh": "已修复", "en": "Repaired" });
        scene.tenant.admin.send(Method::POST, "/api/dispositions", &repaired).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.find("wrap-up-must", SOON).await?;
        // Its time is over, and still nothing ends it but a disposition.
        hark_e2e::story::after(Duration::from_secs(3)).await;
        amy.click("wrap-up-finish", SOON).await?;
        amy.expect_text("notices", "disposition", SOON).await?;
        amy.expect_state("wrap_up").await?;
        let choose = format!(
            "(() => {{ const list = document.querySelector('[data-testid=wrap-up-disposition]'); list.value = '{id}'; \
            list.dispatchEvent(new Event('change', {{bubbles: true}})); return true }})()"
        );
        amy.evaluate(&choose).await?;
        amy.click("wrap-up-finish", SOON).await?;
        amy.expect_state("ready").await?;
        ensure!(scene.only_contact().await?.form.disposition == Some(DispositionId(id)));

        // Timed: there is no button, and it ends by itself.
        let mut queue = scene.tenant.queue.clone();
        queue.routing.wrap_up = WrapUpMode::Timed;
        queue.wrap_up = Millis::from_secs(6);
        scene.tenant.admin.send(Method::PUT, &format!("/api/queues/{}", queue.id), &queue).await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.expect_phase("wrap_up").await?;
        ensure!(!amy.has("wrap-up-finish").await?, "a timed wrap-up has no end button");
        amy.expect_state("ready").await
    });
}
