//! A customer calls the hotline and an agent answers in the browser.

use anyhow::ensure;
use hark_e2e::desk::SOON;
use hark_e2e::phone::{Direction, End};
use hark_e2e::scene::{AGENT, CALLER, CALLER_NUMBER, Recording, Scene};
use hark_e2e::story::story;
use hark_shared::edge::Cause;
use hark_shared::wire::rest::{OfferEnd, Outcome};
use std::time::Duration;

/// A time in which a tone would have been heard.
const WHILE: Duration = Duration::from_secs(1);

#[test]
fn a_caller_and_an_agent_hear_each_other() {
    story("inbound", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        amy.expect_text("offer-card", CALLER_NUMBER, SOON).await?;
        amy.answer().await?;
        call.answered(SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.expect_state("wrap_up").await?;
        amy.wrap_up("asked for a spare part").await?;

        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered && contact.cause == Cause::Normal, "{contact:#?}");
        ensure!(contact.agent == Some(scene.tenant.agent("amy")?), "{contact:#?}");
        ensure!(contact.form.notes == "asked for a spare part", "{contact:#?}");
        let detail = scene.tenant.admin.contact(&contact).await?;
        ensure!(detail.offers.len() == 1 && detail.offers[0].end == OfferEnd::Accepted, "{detail:#?}");
        ensure!(detail.legs.len() == 2, "{detail:#?}");
        Ok(())
    });
}

#[test]
fn a_call_is_recorded_on_two_channels() {
    story("recorded", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await?;
        let contact = scene.only_contact().await?;
        let recording = scene.recording(&contact).await?;
        let heard = |channel: &[i16], tone| Recording::carries(channel, recording.rate, tone);
        ensure!(heard(&recording.left, CALLER) > Duration::from_millis(300), "the caller is not on the left");
        ensure!(heard(&recording.right, AGENT) > Duration::from_millis(300), "the agent is not on the right");
        ensure!(heard(&recording.right, CALLER) < Duration::from_millis(100), "the caller is on the right");
        Ok(())
    });
}

#[test]
fn the_agent_hangs_up() {
    story("agent-hangs-up", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        amy.hang_up().await?;
        ensure!(call.ended(SOON).await? == End::ByThem);
        amy.wrap_up("").await?;
        ensure!(scene.only_contact().await?.outcome == Outcome::Answered);
        Ok(())
    });
}

#[test]
fn the_agent_holds_and_resumes() {
    story("agent-holds", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        amy.click("hold", SOON).await?;
        amy.expect_phase("hold").await?;
        call.expect_no_tone(AGENT, WHILE, SOON).await?;
        call.expect_sound(SOON).await?;
        amy.expect_no_tone(CALLER, SOON).await?;
        amy.click("hold", SOON).await?;
        amy.expect_phase("talking").await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.click("mute", SOON).await?;
        call.expect_no_tone(AGENT, WHILE, SOON).await?;
        amy.expect_tone(CALLER, SOON).await?;
        amy.click("mute", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await?;
        ensure!(scene.only_contact().await?.held.0 > 500);
        Ok(())
    });
}

#[test]
fn the_caller_holds_moves_and_changes_its_source() {
    story("caller-holds", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hold(Direction::Inactive).await?;
        amy.expect_no_tone(CALLER, SOON).await?;
        call.expect_silence(WHILE, SOON).await?;
        call.resume().await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hold(Direction::SendOnly).await?;
        call.expect_silence(WHILE, SOON).await?;
        amy.expect_tone(CALLER, SOON).await?;
        call.resume().await?;
        call.change_ssrc();
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.move_media().await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await
    });
}
