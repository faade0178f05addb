//! The agent's headset lets them down. The call goes on.

use anyhow::ensure;
use hark_e2e::browser::Patch;
use hark_e2e::desk::SOON;
use hark_e2e::scene::{AGENT, CALLER, Scene};
use hark_e2e::story::story;
use hark_shared::wire::rest::Outcome;
use std::time::Duration;

#[test]
fn a_microphone_is_unplugged_in_a_call() {
    story("unplugged", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready_with(story, "amy", AGENT, &[Patch::Plug]).await?;
        let call = scene.talk(&amy, AGENT).await?;
        amy.plug_microphone(false).await?;
        amy.expect_text("trouble", "Plug in a headset", SOON).await?;
        call.expect_no_tone(AGENT, Duration::from_secs(1), SOON).await?;
        // The house keeps the caller company; the agent still hears the caller.
        call.expect_sound(SOON).await?;
        amy.expect_tone(CALLER, SOON).await?;
        amy.expect_phase("talking").await?;
        amy.plug_microphone(true).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.expect_text("notices", "microphone", SOON).await?;
        amy.expect_value(
            "trouble",
            "document.querySelector(\"[data-testid='trouble']\").hidden",
            &|got| got == true,
            SOON,
        )
        .await?;
        call.hang_up().await?;
        amy.wrap_up("").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered, "{contact:#?}");
        let detail = scene.tenant.admin.contact(&contact).await?;
        ensure!(detail.offers.len() == 1, "{detail:#?}");
        Ok(())
    });
}
