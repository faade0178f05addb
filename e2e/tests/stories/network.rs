//! The agent's network is cut, or becomes another one. The call goes on.

use anyhow::{Context, Result, ensure};
use hark_e2e::browser::Patch;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::relay::Relay;
use hark_e2e::scene::{AGENT, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::{Story, story};
use hark_shared::wire::rest::Outcome;
use std::time::{Duration, Instant};

/// A scene whose agent, ready at the desk, reaches the server through the relay only.
async fn behind_a_relay(story: &Story) -> Result<(Scene, Relay, Desk)> {
    let options = Options { environment: Relay::environment(), ..Options::default() };
    let scene = Scene::open_with(story, &["amy"], options, |_| ()).await?;
    let network = Relay::before(&scene.server).await?;
    let amy = Desk::sign_in_with(story, &network.origin(), "amy", AGENT, &[Patch::Peers]).await?;
    amy.ready().await?;
    Ok((scene, network, amy))
}

#[test]
fn a_network_cut_of_5_s_keeps_the_call() {
    story("network-cut", async |story| {
        let (scene, network, amy) = behind_a_relay(story).await?;
        let call = scene.talk(&amy, AGENT).await?;
        network.cut();
        amy.expect_silence(SOON).await?;
        // The rest of the five seconds: the caller hears nothing of the agent, and is not hung up on.
        call.expect_no_tone(AGENT, Duration::from_secs(5), SOON).await?;
        network.join();
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.expect_phase("talking").await?;
        amy.hang_up().await?;
        call.ended(SOON).await?;
        amy.wrap_up("").await?;
        scene.only_contact().await.map(drop)
    });
}

#[test]
fn an_agent_who_changes_networks_keeps_the_call() {
    story("network-change", async |story| {
        let (scene, network, amy) = behind_a_relay(story).await?;
        let call = scene.talk(&amy, AGENT).await?;
        let (connections, before) = amy.ice().await?;
        let began = Instant::now();
        network.change();
        call.expect_no_tone(AGENT, Duration::from_millis(500), SOON).await?;
        // Nobody touches the page: it notices and restarts ICE by itself.
        scene.expect_both_hear(&call, &amy, AGENT).await.context("after the change")?;
        let gap = call.longest_gap(AGENT, began, Instant::now());
        // Chromium takes some 5 s to call a path dead; the rest is ours, on a machine that does more than this.
        ensure!(gap < Duration::from_secs(15), "the caller did not hear the agent for {gap:?}");
        let (again, after) = amy.ice().await?;
        ensure!(again == connections && after != before, "not an ICE restart: {connections} {before}, {again} {after}");
        amy.expect_phase("talking").await?;
        call.hang_up().await?;
        amy.wrap_up("").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered, "{contact:#?}");
        Ok(())
    });
}
