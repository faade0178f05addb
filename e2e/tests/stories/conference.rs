//! More than two who talk, and supervisors who listen.

use anyhow::{Context, ensure};
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Call, End};
use hark_e2e::scene::{AGENT, CALLER, SECOND, Scene};
use hark_e2e::sound::Voice;
use hark_e2e::story::story;
use hark_shared::perms::Role;
use hark_shared::wire::rest::UserEdit;
use hyper::Method;
use std::time::Duration;

/// A time in which a tone would have been heard.
const WHILE: Duration = Duration::from_secs(1);
/// What the one outside party says who is removed.
const LOUD: f64 = 2250.0;
/// Outside parties of the conference: twelve with agent and caller.
const OUTSIDE: u64 = 10;

/// Adds a number to the call.
async fn add(scene: &Scene, amy: &Desk, number: u64) -> anyhow::Result<Call> {
    amy.click("reach", SOON).await?;
    amy.fill("reach-search", &number.to_string(), SOON).await?;
    amy.click("way-invite", SOON).await?;
    let call = scene.carrier.incoming(SOON).await?;
    call.answered(SOON).await?;
    Ok(call)
}

#[test]
fn twelve_confer_and_one_is_removed() {
    story("conference", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let caller = scene.talk(&amy, AGENT).await?;
        // A tone of its own for each would be lost in the mix: most are silent, and one is heard by all.
        let mut others = Vec::new();
        for number in 0..OUTSIDE {
            let last = number + 1 == OUTSIDE;
            scene.carrier.behave(|manners| manners.voice = if last { Voice::Tone(LOUD) } else { Voice::Silence });
            others.push(add(&scene, &amy, 13_900_139_000 + number).await?);
        }
        let loud = others.pop().context("ten were added")?;
        // Two tones at a time are told apart in a mix, three hardly: the agent mutes.
        amy.click("mute", SOON).await?;
        caller.expect_tone(LOUD, SOON).await?;
        for other in &others {
            other.expect_tone(LOUD, SOON).await?;
            other.expect_no_tone(AGENT, WHILE, SOON).await?;
        }
        for other in others.iter().chain([&loud]) {
            other.expect_tone(CALLER, SOON).await?;
        }
        let count = "document.querySelectorAll(\"[data-testid='party']\").length";
        amy.expect_value("parties", count, &|got| got.as_u64() == Some(OUTSIDE + 2), SOON).await?;

        // The last row is the last who joined.
        let last = "(() => { const all = document.querySelectorAll(\"[data-testid='party-kick']\"); \
                    all[all.length - 1].click(); return true })()";
        amy.evaluate(last).await?;
        ensure!(loud.ended(SOON).await? == End::ByThem);
        amy.click("mute", SOON).await?;
        for other in others.iter().chain([&caller]) {
            other.expect_no_tone(LOUD, WHILE, SOON).await?;
        }
        // Beside the caller's tone the agent's, which is much fainter, is found by nobody but the caller.
        caller.expect_tone(AGENT, SOON).await?;
        // The moderator leaves; the others go on until the caller hangs up.
        amy.click("leave", SOON).await?;
        amy.expect_state("wrap_up").await?;
        for other in &others {
            other.expect_no_tone(AGENT, WHILE, SOON).await?;
            other.expect_tone(CALLER, SOON).await?;
        }
        caller.hang_up().await?;
        for other in &others {
            ensure!(other.ended(SOON).await? == End::ByThem);
        }
        amy.wrap_up("").await
    });
}

/// Makes somebody a supervisor.
pub async fn promote(scene: &Scene, login: &str) -> anyhow::Result<()> {
    let user = scene.tenant.agents.iter().find(|user| user.login == login).context("no such agent")?;
    let edit = UserEdit {
        login: user.login.clone(),
        name: user.name.clone(),
        number: user.number.clone(),
        roles: vec![Role::Supervisor],
        skills: user.skills.clone(),
        queues: Vec::new(),
        active: true,
        recording: hark_shared::wire::control::RecordRule::Always,
        password: None,
    };
    scene.tenant.admin.send(Method::PUT, &format!("/api/users/{}", user.id), &edit).await?;
    Ok(())
}

#[test]
fn a_supervisor_listens_whispers_barges_and_takes_over() {
    story("supervise", async |story| {
        let scene = Scene::open(story, &["amy", "boss"]).await?;
        promote(&scene, "boss").await?;
        // The caller says nothing, so that the agent's ear shows who whispers.
        scene.carrier.behave(|manners| manners.voice = Voice::Silence);
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        amy.answer().await?;
        call.expect_tone(AGENT, SOON).await?;
        let boss = Desk::sign_in(story, &scene.server, "boss", SECOND).await?;
        boss.goto(&format!("{}/floor", scene.server.origin())).await?;
        boss.expect_connected(true).await?;
        boss.expect_attribute("floor-queue", "data-waiting", "0", SOON).await?;

        boss.click("listen", SOON).await?;
        boss.expect_tone(AGENT, SOON).await?;
        amy.expect_silence(SOON).await?;
        call.expect_no_tone(SECOND, WHILE, SOON).await?;

        boss.click("whisper", SOON).await?;
        amy.expect_tone(SECOND, SOON).await?;
        call.expect_no_tone(SECOND, WHILE, SOON).await?;
        call.expect_tone(AGENT, SOON).await?;

        boss.click("barge", SOON).await?;
        let (agent, barging) = tokio::join!(call.expect_tone(AGENT, SOON), call.expect_tone(SECOND, SOON));
        agent.and(barging)?;
        amy.expect_tone(SECOND, SOON).await?;

        boss.click("take-over", SOON).await?;
        amy.expect_state("wrap_up").await?;
        call.expect_no_tone(AGENT, WHILE, SOON).await?;
        call.expect_tone(SECOND, SOON).await?;
        amy.wrap_up("").await?;
        boss.click("disconnect", SOON).await?;
        ensure!(call.ended(SOON).await? == End::ByThem);
        boss.expect_state("wrap_up").await?;

        let deeds = ["call.listened", "call.whispered", "call.barged", "call.taken_over", "call.disconnected"];
        scene.tenant.admin.expect_audit(&deeds, SOON).await
    });
}
