//! Agents place calls.

use anyhow::ensure;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Answering, End};
use hark_e2e::scene::{AGENT, CALLER, CALLER_NUMBER, Scene};
use hark_e2e::story::story;
use hark_e2e::tenant::HOTLINE;
use hark_shared::wire::rest::Outcome;

#[test]
fn an_agent_dials_and_signals() {
    story("outbound", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::EarlyMedia);
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        amy.dial(CALLER_NUMBER).await?;
        let call = scene.carrier.incoming(SOON).await?;
        ensure!(call.invite().need("From")?.contains(HOTLINE), "the trunk's caller number is shown");
        amy.expect_phase("dialling").await?;
        // The carrier's sound before the answer.
        amy.expect_tone(CALLER, SOON).await?;
        call.answer().await?;
        amy.expect_phase("talking").await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        for key in ["keypad-1", "keypad-5", "keypad-hash"] {
            amy.click(key, SOON).await?;
        }
        call.expect_digits("15#", SOON).await?;
        amy.hang_up().await?;
        ensure!(call.ended(SOON).await? == End::ByThem);
        amy.expect_phase("wrap_up").await?;
        amy.click("wrap-up-finish", SOON).await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Connected, "{contact:#?}");
        Ok(())
    });
}

#[test]
fn calls_that_reach_nobody() {
    story("outbound-nobody", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::Refuses(486));
        amy.dial(CALLER_NUMBER).await?;
        amy.expect_phase("wrap_up").await?;
        amy.click("wrap-up-finish", SOON).await?;
        let _ = scene.carrier.incoming(SOON).await?;

        // The agent gives up while it rings.
        scene.carrier.behave(|manners| manners.answering = Answering::Rings);
        amy.dial(CALLER_NUMBER).await?;
        let call = scene.carrier.incoming(SOON).await?;
        amy.expect_phase("dialling").await?;
        amy.hang_up().await?;
        ensure!(call.ended(SOON).await? == End::Cancelled, "{:?}", call.state());
        amy.expect_phase("wrap_up").await?;
        amy.click("wrap-up-finish", SOON).await?;
        let contacts = scene.tenant.admin.expect_contacts(2, SOON, |c| c.outcome == Outcome::NotConnected);
        contacts.await.map(drop)
    });
}

#[test]
fn numbers_that_are_not_allowed_are_not_dialled() {
    story("outbound-forbidden", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        amy.dial("0085212345678").await?;
        amy.expect_text("notices", "not allowed", SOON).await?;
        ensure!(scene.carrier.incoming(std::time::Duration::from_secs(1)).await.is_err(), "it was dialled");
        Ok(())
    });
}
