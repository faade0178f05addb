//! Teams: a message in a team's box, and supervision that ends at one's own teams.

use crate::conference::promote;
use crate::drawn::{flow, hang_up, lead, play, prompt, publish};
use anyhow::{Context, Result, ensure};
use hark_e2e::browser::Patch;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::scene::{AGENT, CALLER, SECOND, Scene};
use hark_e2e::sound::Voice;
use hark_e2e::story::story;
use hark_shared::flow::Exit;
use hark_shared::flow::model::{Kind, Mailbox};
use hark_shared::ids::{ContactId, TeamId};
use hark_shared::team::Team;
use hark_shared::time::Millis;
use hark_shared::wire::callbacks::CallbackLine;
use hark_shared::wire::desk::{DeskCommand, FromDesk, ToDesk};
use hark_shared::wire::parties::{Mode, Supervision};
use hark_shared::wire::rest::Page;
use hyper::Method;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A number of ours that leads to a flow.
const LINE: &str = "95501";
/// The voice of the third desk.
const THIRD: f64 = 2050.0;

fn team(scene: &Scene, members: &[&str], leaders: &[&str]) -> Result<Team> {
    let people = |logins: &[&str]| logins.iter().map(|login| scene.tenant.agent(login)).collect::<Result<_>>();
    let id = TeamId(Uuid::now_v7());
    Ok(Team { id, name: "Red".to_owned(), members: people(members)?, leaders: people(leaders)? })
}

/// The one call that a page sees live.
async fn live(desk: &Desk) -> Result<ContactId> {
    let frames = desk.frames().await?;
    let seen = frames.iter().rev().find_map(|frame| match serde_json::from_str(frame) {
        Ok(ToDesk::Floor { floor }) => floor.calls.first().map(|call| call.contact),
        Ok(_) | Err(_) => None,
    });
    seen.context("no call on the live floor")
}

/// Left by telephone with a tone; the member sees the mark and hears the tone, the task is the team's, and an agent of
/// another team sees none of it.
#[test]
fn a_message_for_a_team_is_heard_by_its_members_alone() {
    story("team-voicemail", async |story| {
        let scene = Scene::open(story, &["amy", "zoe"]).await?;
        let red = team(&scene, &["amy"], &[])?;
        scene.tenant.admin.send(Method::POST, "/api/teams", &red).await?;
        let mailbox = Mailbox::Team(red.id);
        let take = Kind::Voicemail { mailbox, say: vec![prompt("leave-message")], limit: Millis::from_secs(60) };
        let nodes = vec![(take, vec![(Exit::Next, 2)]), play("goodbye", 3), hang_up()];
        let id = publish(&scene, "Red's box", flow(nodes)).await?;
        lead(&scene, LINE, id, false).await?;
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        let zoe = Desk::sign_in(story, &scene.server, "zoe", SECOND).await?;

        let since = Instant::now();
        let call = scene.carrier.call(LINE, scene.door).await?;
        call.expect_prompt("en/leave-message", since, SOON).await?;
        call.expect_prompt("tones/beep", since, SOON).await?;
        call.expect_silence(Duration::from_secs(4), SOON).await.context("the caller speaks")?;
        call.dial("#");
        call.ended(SOON).await?;
        let message = scene.tenant.admin.only_message(SOON).await?;
        ensure!(message.mailbox == mailbox && message.mailbox_name.as_deref() == Some("Red"), "{message:#?}");

        amy.expect_text("new-messages", "1", SOON).await?;
        amy.click("nav-messages", SOON).await?;
        amy.expect_text("message", "Red", SOON).await?;
        amy.click("play", SOON).await?;
        amy.expect_attribute("wave", "data-loaded", "true", SOON).await?;
        amy.expect_played(CALLER, SOON).await.context("the member hears the caller's tone")?;
        let tasks: Page<CallbackLine> = scene.tenant.admin.get("/api/callbacks").await?;
        let of: Vec<Option<TeamId>> = tasks.rows.iter().map(|line| line.callback.team).collect();
        ensure!(of == [Some(red.id)] && message.task.is_some(), "{tasks:#?}");

        // Whoever is in no team of the box has no mark, and an empty list.
        ensure!(!zoe.has("new-messages").await?, "the mark is not hers");
        zoe.click("nav-messages", SOON).await?;
        amy.click("message-mark", SOON).await?;
        amy.expect_text("new-messages", "1", SOON).await?;
        ensure!(!zoe.has("new-messages").await? && !zoe.has("message").await?, "nor is the message");

        // She becomes a member: at once it is hers, too.
        let grown = Team { members: [scene.tenant.agent("amy")?, scene.tenant.agent("zoe")?].into(), ..red };
        scene.tenant.admin.send(Method::PUT, &format!("/api/teams/{}", grown.id), &grown).await?;
        zoe.expect_text("new-messages", "1", SOON).await?;
        zoe.expect_text("message", "Red", SOON).await
    });
}

/// The leader of the agent's team listens; a supervisor who leads no team of theirs has no button and is refused by the
/// server. When the other leads the team, it is the other way round at once, also for who is listening.
#[test]
fn a_supervisor_supervises_their_own_teams() {
    story("team-supervision", async |story| {
        let scene = Scene::open(story, &["amy", "boss", "rival"]).await?;
        promote(&scene, "boss").await?;
        promote(&scene, "rival").await?;
        let red = team(&scene, &["amy"], &["boss"])?;
        scene.tenant.admin.send(Method::POST, "/api/teams", &red).await?;
        // The caller says nothing, so that the ears show the agent.
        scene.carrier.behave(|manners| manners.voice = Voice::Silence);
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        amy.answer().await?;
        call.expect_tone(AGENT, SOON).await?;
        let origin = scene.server.origin();
        let boss = Desk::sign_in(story, &scene.server, "boss", SECOND).await?;
        let rival = Desk::sign_in_with(story, &origin, "rival", THIRD, &[Patch::Frames]).await?;
        for desk in [&boss, &rival] {
            desk.goto(&format!("{origin}/floor")).await?;
            desk.expect_connected(true).await?;
            desk.find("floor-call", SOON).await?;
        }

        let chosen = "document.querySelector(\"[data-testid='floor-team']\")?.value";
        boss.expect_value("the team that is shown", chosen, &|value| value == "own", SOON).await?;
        boss.click("listen", SOON).await?;
        boss.expect_tone(AGENT, SOON).await.context("the leader hears")?;
        ensure!(!rival.has("listen").await? && !rival.has("take-over").await?, "the call is none of the other's");
        let contact = live(&rival).await?;
        let action = Supervision::Enter { contact, mode: Mode::Listens };
        let command = FromDesk::Command { id: Uuid::now_v7(), command: DeskCommand::Supervise { action } };
        rival.send_frame(&serde_json::to_string(&command)?).await?;
        let refused = "window.__frames.some((frame) => frame.includes('supervise.other_team'))";
        rival.expect_value("what the server refused", refused, &|value| value == true, SOON).await?;
        rival.expect_no_tone(AGENT, SOON).await?;

        let other = Team { leaders: [scene.tenant.agent("rival")?].into(), ..red };
        scene.tenant.admin.send(Method::PUT, &format!("/api/teams/{}", other.id), &other).await?;
        boss.expect_no_tone(AGENT, SOON).await.context("who listened is let go")?;
        boss.expect_gone("listen", SOON).await?;
        rival.click("listen", SOON).await?;
        rival.expect_tone(AGENT, SOON).await.context("the new leader hears")?;
        call.expect_tone(AGENT, SOON).await.context("the customer has noticed nothing")?;
        amy.hang_up().await?;
        amy.wrap_up("").await?;
        scene.tenant.admin.expect_audit(&["call.listened"], SOON).await
    });
}
