//! Tasks handed out: what a message leaves goes to an agent like a call does, gives way to a call, and is called from the
//! hand.

use crate::drawn::{flow, hang_up, lead, play, prompt, publish};
use anyhow::{Context, Result, ensure};
use hark_e2e::browser::Browser;
use hark_e2e::desk::SOON;
use hark_e2e::phone::{Answering, End};
use hark_e2e::scene::{AGENT, CALLER_NUMBER, Scene};
use hark_e2e::story::{Story, story};
use hark_e2e::tenant::PASSWORD;
use hark_shared::capacity::Capacity;
use hark_shared::flow::Exit;
use hark_shared::flow::model::{Kind, Mailbox};
use hark_shared::time::Millis;
use hark_shared::wire::callbacks::{CallbackLine, End as Over, Stage};
use hark_shared::wire::rest::{Contact, OfferEnd, Outcome};
use std::time::{Duration, Instant};

/// A number of ours that leads to a mailbox.
const LINE: &str = "95501";
/// Who calls meanwhile.
const OTHER: &str = "13700137000";
/// What the caller says after the beep lasts longer than this.
const SPEECH: Duration = Duration::from_secs(3);

/// Plays the message that a task has, until it is under way; how long it is, in seconds.
const PLAYS: &str = "new Promise(done => {
    const sound = document.querySelector('[data-testid=task-sound]');
    sound.addEventListener('timeupdate', () => sound.currentTime > 0.3 && done(sound.duration));
    sound.play();
})";

/// Somebody leaves a tone in the queue's box; the contact in which they did.
async fn leaves_a_message(scene: &Scene, count: usize) -> Result<Contact> {
    let since = Instant::now();
    let call = scene.carrier.call(LINE, scene.door).await?;
    call.expect_prompt("en/leave-message", since, SOON).await?;
    call.expect_prompt("tones/beep", since, SOON).await?;
    call.expect_silence(SPEECH, SOON).await?;
    call.dial("#");
    ensure!(call.ended(SOON).await? == End::ByThem, "{:?}", call.state());
    let contacts =
        scene.tenant.admin.expect_contacts(count, SOON, |contact| contact.outcome == Outcome::Message).await?;
    contacts.into_iter().next().context("no contact")
}

/// How callbacks ended, the last one first.
fn ends(over: &[CallbackLine]) -> Vec<Over> {
    let end = |line: &CallbackLine| match line.callback.stage {
        Stage::Over { end, .. } => Some(end),
        Stage::Waiting | Stage::InLine | Stage::InHand(_) | Stage::Calling { .. } => None,
    };
    over.iter().filter_map(end).collect()
}

/// An administrator decides that tasks are handed out, and that calls go first.
async fn hand_out(story: &Story, scene: &Scene) -> Result<()> {
    let page = Browser::open(story, "admin", AGENT).await?;
    page.goto(&scene.server.origin()).await?;
    page.enter("admin", PASSWORD).await?;
    page.click("admin-capacity", SOON).await?;
    page.fill("capacity-tasks", "21", SOON).await?;
    page.click("save", SOON).await?;
    page.expect_text("form-error", "20", SOON).await?;
    page.fill("capacity-tasks", "2", SOON).await?;
    page.click("save", SOON).await?;
    page.expect_text("capacity-saved", "Saved", SOON).await?;
    let decided: Capacity = scene.tenant.admin.get("/api/capacity").await?;
    ensure!(decided == Capacity { tasks: 2, ..Capacity::default() }, "{decided:?}");
    Ok(())
}

#[test]
fn a_message_is_handed_to_an_agent_and_gives_way_to_a_call() {
    story("tasks", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        hand_out(story, &scene).await?;
        let mailbox = Mailbox::Queue(scene.tenant.queue.id);
        let take = Kind::Voicemail { mailbox, say: vec![prompt("leave-message")], limit: Millis::from_secs(60) };
        let box_flow = flow(vec![(take, vec![(Exit::Next, 2)]), play("goodbye", 3), hang_up()]);
        let id = publish(&scene, "Box", box_flow).await?;
        lead(&scene, LINE, id, false).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let left = leaves_a_message(&scene, 1).await?;
        amy.find("task-offer", SOON).await?;

        // Somebody else's call comes first; nothing interrupts it.
        scene.carrier.behave(|manners| manners.number = OTHER.to_owned());
        let call = scene.call().await?;
        amy.expect_ring().await?;
        amy.expect_gone("task-offer", SOON).await?;
        amy.answer().await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        ensure!(!amy.has("task-offer").await?, "a task interrupts a call");
        call.hang_up().await?;
        amy.wrap_up("").await?;

        // Taken, heard, and called.
        amy.click("task-take", SOON).await?;
        amy.find("task", SOON).await?;
        amy.expect_state("ready").await?;
        let held = |open: &[CallbackLine]| matches!(open, [line] if line.held_by.as_deref() == Some("Agent amy"));
        scene.tenant.admin.expect_callbacks(false, SOON, held).await?;
        let message = scene.tenant.admin.only_message(SOON).await?;
        amy.expect_attribute("task-sound", "src", &format!("/api/messages/{}/sound", message.id), SOON).await?;
        amy.expect_text("new-messages", "1", SOON).await?;
        let plays = amy.evaluate(PLAYS).await?;
        ensure!(plays.as_f64().is_some_and(|seconds| seconds > 2.5), "the message plays for {plays} s");
        amy.expect_gone("new-messages", SOON).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::AtOnce);
        amy.click("task-call", SOON).await?;
        let back = scene.carrier.incoming(SOON).await?;
        amy.expect_phase("talking").await?;
        scene.expect_both_hear(&back, &amy, AGENT).await?;
        back.hang_up().await?;
        amy.wrap_up("").await?;
        amy.expect_gone("task", SOON).await?;
        scene.tenant.admin.expect_callbacks(true, SOON, |over| ends(over) == [Over::Reached]).await?;

        // Whoever leaves another one, and calls again, is served by that call.
        scene.carrier.behave(|manners| manners.number = CALLER_NUMBER.to_owned());
        leaves_a_message(&scene, 2).await?;
        amy.click("task-take", SOON).await?;
        amy.find("task", SOON).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        amy.answer().await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.expect_gone("task", SOON).await?;
        call.hang_up().await?;
        amy.wrap_up("").await?;
        scene.tenant.admin.expect_callbacks(true, SOON, |over| ends(over) == [Over::Served, Over::Reached]).await?;

        // Why it went to whom is told where the message was left.
        let detail = scene.tenant.admin.contact(&left).await?;
        let offers: Vec<OfferEnd> = detail.offers.iter().map(|offer| offer.end).collect();
        ensure!(offers == [OfferEnd::Interrupted, OfferEnd::Accepted], "{detail:#?}");
        ensure!(detail.offers.iter().all(|offer| offer.why.best.len() == 1), "{detail:#?}");
        Ok(())
    });
}
