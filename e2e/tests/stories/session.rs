//! The agent's session ends while a customer talks. The customer does not notice.

use anyhow::{Context, Result, ensure};
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Call, End};
use hark_e2e::postgres::Postgres;
use hark_e2e::scene::{AGENT, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::story;
use hark_e2e::tenant::PASSWORD;
use hark_shared::wire::rest::{Contact, OfferEnd, Outcome};
use std::time::{Duration, Instant};

/// No interruption that a person would hear as one. The machine under test is slow and does much else.
const UNHEARD: Duration = Duration::from_millis(800);

fn ensure_unbroken(call: &Call, since: Instant) -> Result<()> {
    let gap = call.longest_gap(AGENT, since, Instant::now());
    ensure!(gap < UNHEARD, "the caller did not hear the agent for {gap:?}");
    Ok(())
}

/// Asks the server for something from within the page, as the page's own code does; gives the status.
async fn status(desk: &Desk, method: &str) -> Result<u64> {
    let asked =
        desk.evaluate(&format!("fetch('/api/session', {{ method: '{method}' }}).then((r) => r.status)")).await?;
    asked.as_u64().context("a status")
}

#[test]
fn a_session_that_expires_in_a_call_lets_it_end_first() {
    story("session-expires", async |story| {
        let postgres = Postgres::start(story).await?;
        let options = Options { database: Some(postgres.url()), ..Options::default() };
        let scene = Scene::open_with(story, &["amy"], options, |_| ()).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        let began = Instant::now();
        let id = scene.tenant.agent("amy")?;
        // As if the session had not been used since last week.
        postgres.query(&format!("UPDATE sessions SET touched = 0 WHERE user_id = '{id}'")).await?;
        ensure!(status(&amy, "GET").await? == 401, "the session is still good");
        // The page learns of it from its next request, says so, and leaves the agent everything that the call needs.
        amy.client().execute("document.querySelector(\"a[href='/contacts']\").click()", Vec::new()).await?;
        amy.expect_text("lapsed", "Your session is over", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        ensure_unbroken(&call, began)?;
        amy.click("hold", SOON).await?;
        amy.expect_phase("hold").await?;
        call.expect_no_tone(AGENT, Duration::from_millis(500), SOON).await?;
        amy.click("hold", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.hang_up().await?;
        ensure!(call.ended(SOON).await? == End::ByThem);
        amy.expect_phase("wrap_up").await?;
        ensure!(!amy.has("sign-in-login").await?, "asked for a password in the middle of the wrap-up");
        amy.client().execute("document.querySelector(\"a[href='/']\").click()", Vec::new()).await?;
        amy.fill("wrap-up-notes", "longer than the session", SOON).await?;
        amy.click("wrap-up-finish", SOON).await?;
        // Only now.
        amy.find("sign-in-login", SOON).await?;
        let noted = |contact: &Contact| contact.form.notes == "longer than the session";
        let contact = scene.tenant.admin.expect_contacts(1, SOON, noted).await?.remove(0);
        ensure!(contact.outcome == Outcome::Answered, "{contact:#?}");

        amy.enter("amy", PASSWORD).await?;
        amy.expect_connected(true).await?;
        amy.ready().await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await
    });
}

#[test]
fn signing_out_elsewhere_in_a_call_asks_to_sign_in_and_the_call_goes_on() {
    story("session-ended", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        let began = Instant::now();
        // What another tab of the browser does when somebody signs out there.
        ensure!(status(&amy, "DELETE").await? == 204, "not signed out");
        amy.find("sign-in-login", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.enter("amy", PASSWORD).await?;
        amy.expect_phase("talking").await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        ensure_unbroken(&call, began)?;
        amy.hang_up().await?;
        ensure!(call.ended(SOON).await? == End::ByThem);
        amy.expect_phase("wrap_up").await?;
        amy.click("wrap-up-finish", SOON).await?;
        let contact = scene.only_contact().await?;
        let offers = scene.tenant.admin.contact(&contact).await?.offers;
        ensure!(offers.len() == 1 && offers[0].end == OfferEnd::Accepted, "{offers:#?}");
        Ok(())
    });
}

#[test]
fn a_session_that_is_gone_in_a_network_outage_is_asked_for_again() {
    story("session-gone", async |story| {
        let postgres = Postgres::start(story).await?;
        let options = Options { database: Some(postgres.url()), ..Options::default() };
        let scene = Scene::open_with(story, &["amy"], options, |_| ()).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        scene.server.signal("STOP").await?;
        let id = scene.tenant.agent("amy")?;
        postgres.query(&format!("DELETE FROM sessions WHERE user_id = '{id}'")).await?;
        // The page gives the silent socket up; the server that comes back refuses the new one.
        amy.expect_value(
            "offline",
            "document.querySelector(\"[data-testid='offline']\").hidden",
            &|got| got == false,
            SOON * 2,
        )
        .await?;
        scene.server.signal("CONT").await?;
        amy.find("sign-in-login", SOON * 2).await?;
        amy.enter("amy", PASSWORD).await?;
        amy.expect_phase("talking").await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.expect_phase("wrap_up").await?;
        amy.click("wrap-up-finish", SOON).await?;
        scene.only_contact().await.map(drop)
    });
}
