//! Consultation and transfer: who hears whom at each step, and what the next agent reads.

use anyhow::ensure;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Answering, Call, End};
use hark_e2e::scene::{AGENT, CALLER, Recording, SECOND, Scene};
use hark_e2e::sound::Voice;
use hark_e2e::story::{Story, story};
use hark_shared::wire::parties::Purpose;
use hark_shared::wire::rest::Outcome;
use std::time::Duration;

/// A time in which a tone would have been heard.
const WHILE: Duration = Duration::from_secs(1);
/// What an outside party says, and its number.
const OUTSIDE: f64 = 2250.0;
const OUTSIDE_NUMBER: &str = "13900139000";

/// Amy talks to a caller, Ben is ready.
async fn begun(story: &Story) -> anyhow::Result<(Scene, Desk, Desk, Call)> {
    let scene = Scene::open(story, &["amy", "ben"]).await?;
    let amy = scene.ready(story, "amy", AGENT).await?;
    let call = scene.talk(&amy, AGENT).await?;
    let ben = scene.ready(story, "ben", SECOND).await?;
    Ok((scene, amy, ben, call))
}

/// Finds `whom` by name or number in the list, and asks in this way.
async fn reach(desk: &Desk, whom: &str, way: &str) -> anyhow::Result<()> {
    desk.click("reach", SOON).await?;
    desk.fill("reach-search", whom, SOON).await?;
    desk.click(way, SOON).await
}

#[test]
fn a_colleague_is_consulted_toggled_and_gets_the_call() {
    story("consult-complete", async |story| {
        let (scene, amy, ben, call) = begun(story).await?;
        amy.fill("wrap-up-notes", "The boiler leaks.", SOON).await?;
        reach(&amy, "Agent ben", "way-consult").await?;
        ben.expect_ring().await?;
        ben.expect_text("offer-asks", "Agent amy", SOON).await?;
        ben.expect_text("earlier", "The boiler leaks.", SOON).await?;
        call.expect_no_tone(AGENT, WHILE, SOON).await?;
        call.expect_sound(SOON).await?;
        ben.answer().await?;
        amy.expect_tone(SECOND, SOON).await?;
        ben.expect_tone(AGENT, SOON).await?;
        call.expect_no_tone(AGENT, WHILE, SOON).await?;
        call.expect_no_tone(SECOND, WHILE, SOON).await?;

        amy.click("side-toggle", SOON).await?;
        amy.expect_attribute("side", "data-front", "false", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        ben.expect_no_tone(AGENT, SOON).await?;
        ben.expect_sound(SOON).await?;
        amy.click("side-toggle", SOON).await?;
        amy.expect_tone(SECOND, SOON).await?;
        call.expect_no_tone(AGENT, WHILE, SOON).await?;

        amy.click("side-complete", SOON).await?;
        amy.expect_state("wrap_up").await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        amy.expect_silence(SOON).await?;
        ben.expect_text("earlier", "The boiler leaks.", SOON).await?;
        amy.wrap_up("The boiler leaks, passed on.").await?;
        call.hang_up().await?;
        ben.wrap_up("Comes on Monday.").await?;

        let contact = scene.only_contact().await?;
        ensure!(
            contact.outcome == Outcome::Answered && contact.agent == Some(scene.tenant.agent("ben")?),
            "{contact:#?}"
        );
        ensure!(contact.form.notes == "Agent amy: The boiler leaks, passed on.\n\nComes on Monday.", "{contact:#?}");
        let detail = scene.tenant.admin.contact(&contact).await?;
        let asked: Vec<_> = detail.consults.iter().map(|it| (it.purpose, it.agent_name.as_deref())).collect();
        ensure!(asked == [(Purpose::Consult, Some("Agent ben"))], "{detail:#?}");
        Ok(())
    });
}

#[test]
fn a_consultation_is_joined_and_another_one_cancelled() {
    story("consult-join-cancel", async |story| {
        let (scene, amy, ben, call) = begun(story).await?;
        reach(&amy, "Agent ben", "way-consult").await?;
        ben.expect_ring().await?;
        amy.click("side-cancel", SOON).await?;
        ben.expect_state("ready").await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;

        reach(&amy, "8002", "way-consult").await?;
        ben.answer().await?;
        amy.expect_tone(SECOND, SOON).await?;
        amy.click("side-join", SOON).await?;
        let (first, second) = tokio::join!(call.expect_tone(AGENT, SOON), call.expect_tone(SECOND, SOON));
        first.and(second)?;
        ben.find("parties", SOON).await?;
        // A guest leaves, the two go on.
        ben.hang_up().await?;
        ben.expect_state("ready").await?;
        call.expect_no_tone(SECOND, WHILE, SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.hang_up().await?;
        ensure!(call.ended(SOON).await? == End::ByThem);
        amy.wrap_up("").await
    });
}

#[test]
fn a_blind_transfer_goes_to_the_queue_with_everything() {
    story("transfer-queue", async |story| {
        let (scene, amy, ben, call) = begun(story).await?;
        amy.fill("wrap-up-notes", "Wants a refund.", SOON).await?;
        reach(&amy, "Repairs", "way-transfer").await?;
        amy.expect_state("wrap_up").await?;
        ben.expect_ring().await?;
        ben.expect_text("offer-asks", "Agent amy", SOON).await?;
        ben.expect_text("earlier", "Wants a refund.", SOON).await?;
        ben.answer().await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        call.expect_no_tone(AGENT, WHILE, SOON).await?;
        amy.wrap_up("Wants a refund.").await?;
        call.hang_up().await?;
        ben.wrap_up("").await?;
        ensure!(scene.only_contact().await?.agent == Some(scene.tenant.agent("ben")?));
        Ok(())
    });
}

#[test]
fn an_outside_number_that_is_busy_comes_back_and_one_that_answers_gets_the_caller() {
    story("transfer-outside", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::Refuses(486));
        reach(&amy, OUTSIDE_NUMBER, "way-transfer").await?;
        let _ = scene.carrier.incoming(SOON).await?;
        amy.expect_text("side-ended", "Busy", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;

        reach(&amy, "0085212345678", "way-transfer").await?;
        amy.expect_text("notices", "not allowed", SOON).await?;
        ensure!(scene.carrier.incoming(WHILE).await.is_err(), "it was dialled");

        scene.carrier.behave(|manners| {
            manners.answering = Answering::AtOnce;
            manners.voice = Voice::Tone(OUTSIDE);
        });
        reach(&amy, OUTSIDE_NUMBER, "way-consult").await?;
        let outside = scene.carrier.incoming(SOON).await?;
        amy.expect_tone(OUTSIDE, SOON).await?;
        outside.expect_tone(AGENT, SOON).await?;
        call.expect_no_tone(OUTSIDE, WHILE, SOON).await?;
        amy.click("side-complete", SOON).await?;
        let (caller, far) = tokio::join!(call.expect_tone(OUTSIDE, SOON), outside.expect_tone(CALLER, SOON));
        caller.and(far)?;
        amy.wrap_up("").await?;
        // Without an agent they go on until one of them hangs up.
        call.hang_up().await?;
        ensure!(outside.ended(SOON).await? == End::ByThem);
        Ok(())
    });
}

#[test]
fn a_paused_recording_holds_silence() {
    story("recording-paused", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        amy.click("recording-control", SOON).await?;
        amy.find("recording-paused", SOON).await?;
        let paused = std::time::Instant::now();
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        hark_e2e::story::after(Duration::from_secs(2)).await;
        let pause = paused.elapsed();
        amy.click("recording-control", SOON).await?;
        amy.expect_gone("recording-paused", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        hark_e2e::story::after(WHILE).await;
        call.hang_up().await?;
        amy.wrap_up("").await?;
        let recording = scene.recording(&scene.only_contact().await?).await?;
        for (channel, tone) in [(&recording.left, CALLER), (&recording.right, AGENT)] {
            let carries = |part: &[i16]| Recording::carries(part, recording.rate, tone);
            ensure!(carries(channel) > WHILE, "nothing was recorded");
            let silent = longest_silence(channel, recording.rate);
            ensure!(silent + Duration::from_millis(200) >= pause, "silent for {silent:?}, paused for {pause:?}");
        }
        Ok(())
    });
}

/// The longest stretch of a channel in which there is nothing at all.
fn longest_silence(channel: &[i16], rate: u32) -> Duration {
    let quiet = |frame: &[i16]| hark_e2e::tone::level(frame) < hark_e2e::tone::AUDIBLE_DBFS;
    let frames = channel.chunks_exact(rate as usize / 50).map(quiet);
    let longest = frames.fold((0_u64, 0_u64), |(longest, now), quiet| {
        let now = if quiet { now + 1 } else { 0 };
        (longest.max(now), now)
    });
    Duration::from_millis(20 * longest.0)
}
