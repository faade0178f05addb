//! Core and edge in two processes: the core dies, the people keep talking.

use anyhow::{Result, ensure};
use hark_e2e::api::Api;
use hark_e2e::desk::SOON;
use hark_e2e::phone::End;
use hark_e2e::ports;
use hark_e2e::postgres::Postgres;
use hark_e2e::scene::{AGENT, CALLER, Recording, SECOND, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::{Story, story};
use hark_shared::edge::Cause;
use hark_shared::wire::rest::Outcome;
use hyper::Method;
use std::time::{Duration, Instant};

/// A gap in a tone that nobody would notice: a few packets, on a machine that does much else.
const UNNOTICED: Duration = Duration::from_millis(400);
/// How long a caller whose agent's page is gone may stay without a core: 30 s at most, and the time to notice.
const LET_GO: Duration = Duration::from_secs(45);

async fn apart(story: &Story, agents: &[&str]) -> Result<Scene> {
    Scene::open_with(story, agents, Options { apart: true, ..Options::default() }, |_| ()).await
}

#[test]
fn the_core_is_killed_and_the_two_keep_talking() {
    story("core-killed", async |story| {
        let scene = apart(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        let began = Instant::now();
        scene.server.kill().await?;
        amy.expect_text("offline", "out of reach", SOON).await?;
        // Nobody else is let in.
        let refused = scene.call().await?;
        let end = refused.ended(SOON).await?;
        ensure!(end == End::Refused(503), "{end:?}");
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        scene.server.restart().await?;
        amy.expect_attribute("offline", "hidden", "", SOON).await?;
        amy.expect_phase("talking").await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        let gap = call.longest_gap(AGENT, began, Instant::now());
        ensure!(gap < UNNOTICED, "the caller did not hear the agent for {gap:?}");
        // The new core has the call in hand: hold, and its end.
        amy.click("hold", SOON).await?;
        amy.expect_phase("hold").await?;
        call.expect_no_tone(AGENT, Duration::from_millis(500), SOON).await?;
        amy.click("hold", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.hang_up().await?;
        call.ended(SOON).await?;
        amy.wrap_up("over the core's death").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered && contact.cause == Cause::Normal, "{contact:#?}");
        let recording = scene.recording(&contact).await?;
        let heard = |channel: &[i16], tone| Recording::carries(channel, recording.rate, tone);
        ensure!(heard(&recording.left, CALLER) > Duration::from_secs(2), "the caller is not on the left");
        ensure!(heard(&recording.right, AGENT) > Duration::from_secs(2), "the agent is not on the right");
        Ok(())
    });
}

#[test]
fn a_hang_up_in_the_gap_is_honoured() {
    story("hang-up-in-the-gap", async |story| {
        let scene = apart(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        scene.server.kill().await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.expect_silence(SOON).await?;
        scene.server.restart().await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered && contact.cause == Cause::Normal, "{contact:#?}");
        amy.expect_state_within("wrap_up", SOON).await?;
        amy.wrap_up("the caller left while the core was away").await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await
    });
}

#[test]
fn who_is_left_alone_without_a_core_is_let_go() {
    story("left-alone", async |story| {
        let scene = apart(story, &["amy", "bob"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        scene.server.kill().await?;
        amy.goto("about:blank").await?;
        let end = call.ended(LET_GO).await?;
        ensure!(end == End::ByThem, "{end:?}");
        scene.server.restart().await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered, "{contact:#?}");
        let bob = scene.ready(story, "bob", SECOND).await?;
        let call = scene.talk(&bob, SECOND).await?;
        call.hang_up().await?;
        bob.wrap_up("").await
    });
}

#[test]
fn the_database_stops_and_then_the_core_dies() {
    story("database-and-core", async |story| {
        let postgres = Postgres::start(story).await?;
        let options = Options { database: Some(postgres.url()), apart: true, ..Options::default() };
        let scene = Scene::open_with(story, &["amy"], options, |_| ()).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let first = scene.talk(&amy, AGENT).await?;
        postgres.stop().await?;
        first.hang_up().await?;
        amy.wrap_up("ended while it was away").await?;
        // One that begins meanwhile and outlives the core.
        let second = scene.talk(&amy, AGENT).await?;
        scene.server.kill().await?;
        scene.expect_both_hear(&second, &amy, AGENT).await?;
        postgres.resume().await?;
        scene.server.restart().await?;
        amy.expect_attribute("offline", "hidden", "", SOON).await?;
        scene.expect_both_hear(&second, &amy, AGENT).await?;
        second.hang_up().await?;
        amy.wrap_up("began while it was away").await?;
        let contacts = scene.tenant.admin.expect_contacts(2, Duration::from_secs(60), |contact| {
            contact.outcome == Outcome::Answered && contact.form.notes.contains("away")
        });
        contacts.await.map(drop)
    });
}

#[test]
fn an_edge_that_is_killed_loses_its_calls_and_takes_the_next() {
    story("edge-killed", async |story| {
        let scene = apart(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        scene.server.replace_edge().await?;
        let end = call.ended(SOON).await?;
        ensure!(end == End::ByThem, "the orphan was not hung up: {end:?}");
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered && contact.cause == Cause::Lost, "{contact:#?}");
        amy.expect_connected(true).await?;
        amy.wrap_up("").await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await
    });
}

#[test]
fn an_edge_tells_its_watchers_whether_it_has_a_core() {
    story("edge-watched", async |story| {
        let watch = format!("127.0.0.1:{}", ports::free_tcp()?);
        let environment = vec![("HARK_EDGE__WATCH".to_owned(), watch.clone())];
        let options = Options { apart: true, environment, ..Options::default() };
        let scene = Scene::open_with(story, &["amy"], options, |_| ()).await?;
        let edge = Api::new(&format!("http://{watch}"));
        let ask = async |path: &str| edge.ask(Method::GET, path, None::<&()>).await;
        let until = async |status: u16| -> Result<()> {
            tokio::time::timeout(SOON, async {
                while ask("/readyz").await?.status != status {}
                Ok(())
            })
            .await?
        };
        until(200).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        scene.server.kill().await?;
        until(503).await?;
        ensure!(ask("/healthz").await?.status == 200, "an edge without a core is alive");
        let figures = ask("/metrics").await?.text();
        for line in ["hark_core_connected 0", "hark_sip_requests_total{method=\"INVITE\"} ", "hark_spool_short 0"] {
            ensure!(figures.lines().any(|found| found.starts_with(line)), "{line:?} is not in:\n{figures}");
        }
        scene.server.restart().await?;
        until(200).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await
    });
}
