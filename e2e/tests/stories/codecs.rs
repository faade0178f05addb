//! Browsers that speak Opus and nothing else, with people who speak G.711: the house interprets.

use crate::web::{VISITOR, visit};
use anyhow::ensure;
use hark_e2e::browser::Patch;
use hark_e2e::desk::SOON;
use hark_e2e::scene::{AGENT, Recording, Scene};
use hark_e2e::story::story;
use hark_shared::wire::rest::Outcome;
use std::time::Duration;

#[test]
fn an_opus_only_visitor_and_a_g711_agent_hear_each_other() {
    story("opus-visitor", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready_with(story, "amy", AGENT, &[Patch::Peers]).await?;
        let (visitor, _pages) = visit(story, &scene, &[Patch::Peers, Patch::OpusOnly]).await?;
        visitor.click("w-call", SOON).await?;
        amy.expect_ring().await?;
        amy.answer().await?;
        amy.expect_tone(VISITOR, SOON).await?;
        visitor.expect_tone(AGENT, SOON).await?;
        let (sent, received) = visitor.codecs().await?;
        ensure!(sent == "audio/opus" && received == "audio/opus", "the visitor speaks {sent} and hears {received}");
        let (sent, received) = amy.codecs().await?;
        ensure!(sent == "audio/PCMA" && received == "audio/PCMA", "the agent speaks {sent} and hears {received}");
        amy.click("hold", SOON).await?;
        visitor.expect_no_tone(AGENT, SOON).await?;
        visitor.expect_sound(SOON).await?;
        amy.click("hold", SOON).await?;
        visitor.expect_tone(AGENT, SOON).await?;
        amy.expect_tone(VISITOR, SOON).await?;
        visitor.click("w-hang-up", SOON).await?;
        amy.wrap_up("").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered, "{contact:#?}");
        // The recording is of one codec, whatever the two spoke.
        let recording = scene.recording(&contact).await?;
        let heard = |channel: &[i16], tone| Recording::carries(channel, recording.rate, tone);
        ensure!(heard(&recording.left, VISITOR) > Duration::from_millis(300), "the visitor is not on the left");
        ensure!(heard(&recording.right, AGENT) > Duration::from_millis(300), "the agent is not on the right");
        Ok(())
    });
}

#[test]
fn an_opus_only_agent_and_a_telephone_hear_each_other() {
    story("opus-agent", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready_with(story, "amy", AGENT, &[Patch::Peers, Patch::OpusOnly]).await?;
        let call = scene.talk(&amy, AGENT).await?;
        let (sent, received) = amy.codecs().await?;
        ensure!(sent == "audio/opus" && received == "audio/opus", "the agent speaks {sent} and hears {received}");
        amy.click("hold", SOON).await?;
        call.expect_no_tone(AGENT, Duration::from_secs(1), SOON).await?;
        amy.click("hold", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await?;
        ensure!(scene.only_contact().await?.outcome == Outcome::Answered);
        Ok(())
    });
}
