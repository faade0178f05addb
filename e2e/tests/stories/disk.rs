//! The disk takes no more: recordings suffer, calls do not, and the record says so.

use anyhow::{Result, ensure};
use hark_e2e::desk::SOON;
use hark_e2e::postgres::Postgres;
use hark_e2e::scene::{AGENT, CALLER, Recording, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::story;
use hark_shared::wire::rest::{Contact, Outcome};
use std::time::Duration;

/// Less than a recording writes in ten seconds, more than the journal of so short a day.
const FULL: u64 = 60 * 1024;

/// Awaits that the contact with these notes has a recording, and gives what is wrong with it.
async fn fault(scene: &Scene, notes: &str) -> Result<(Contact, Option<String>)> {
    let recorded = |contact: &Contact| contact.form.notes == notes && contact.recording.is_some();
    let contact = scene.tenant.admin.expect_contacts(1, SOON, recorded).await?.remove(0);
    ensure!(contact.outcome == Outcome::Answered, "{contact:#?}");
    let fault = contact.recording.as_ref().and_then(|recording| recording.fault.clone());
    Ok((contact, fault))
}

#[test]
fn a_full_disk_costs_the_recording_and_not_the_call() {
    story("disk-full", async |story| {
        // The database has a disk of its own.
        let postgres = Postgres::start(story).await?;
        let database = Some(postgres.url());
        let options = Options { database, files_may_be_limited: true, ..Options::default() };
        let scene = Scene::open_with(story, &["amy"], options, |_| ()).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;

        // Full in the middle of a call.
        let call = scene.talk(&amy, AGENT).await?;
        scene.server.limit_files(Some(FULL)).await?;
        let log = scene.server.output();
        let noticed = log.find(Duration::from_secs(60), |line| {
            line.contains("a recording cannot be written any more").then_some(())
        });
        noticed.await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        amy.click("hold", SOON).await?;
        call.expect_no_tone(AGENT, Duration::from_millis(500), SOON).await?;
        amy.click("hold", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("it became full").await?;
        scene.server.limit_files(None).await?;
        let (_, words) = fault(&scene, "it became full").await?;
        ensure!(words.as_ref().is_some_and(|words| words.contains("cannot be written")), "{words:?}");
        // The agent reads it too.
        let open = "(() => { const row = document.querySelector(\"[data-testid='recent-contact'] button\"); row?.click(); return !!row })()";
        amy.expect_value("recent contacts", open, &|clicked| clicked == true, SOON).await?;
        amy.expect_text("contact-detail", "This recording is not whole", SOON).await?;

        // Not to be written from the first byte on.
        let spool = scene.server.data().join("spool");
        let away = scene.server.data().join("spool.away");
        std::fs::rename(&spool, &away)?;
        std::fs::write(&spool, "in the way")?;
        let call = scene.talk(&amy, AGENT).await?;
        amy.hang_up().await?;
        call.ended(SOON).await?;
        amy.wrap_up("it was gone").await?;
        let (_, words) = fault(&scene, "it was gone").await?;
        ensure!(words.as_ref().is_some_and(|words| words.contains("cannot be written")), "{words:?}");

        // There is room again: nothing needs a restart.
        std::fs::remove_file(&spool)?;
        std::fs::rename(&away, &spool)?;
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("room again").await?;
        let (contact, words) = fault(&scene, "room again").await?;
        ensure!(words.is_none(), "{words:?}");
        let recording = scene.recording(&contact).await?;
        let heard = |channel: &[i16], tone| Recording::carries(channel, recording.rate, tone);
        ensure!(heard(&recording.left, CALLER) > Duration::from_millis(300), "the caller is not on the left");
        ensure!(heard(&recording.right, AGENT) > Duration::from_millis(300), "the agent is not on the right");
        Ok(())
    });
}

#[test]
fn without_the_reserve_calls_go_on_unrecorded_and_their_records_say_why() {
    story("disk-reserve", async |story| {
        // More than any disk of a machine that runs stories has free.
        let environment = vec![("HARK_EDGE__SPOOL_FREE_MB".to_owned(), "100000000".to_owned())];
        let scene = Scene::open_with(story, &["amy"], Options { environment, ..Options::default() }, |_| ()).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        for notes in ["the first", "the second"] {
            let call = scene.talk(&amy, AGENT).await?;
            scene.expect_both_hear(&call, &amy, AGENT).await?;
            call.hang_up().await?;
            amy.wrap_up(notes).await?;
            let (_, words) = fault(&scene, notes).await?;
            ensure!(words.as_ref().is_some_and(|words| words.contains("not begun")), "{words:?}");
        }
        let log = scene.server.output().text();
        let said = log.lines().filter(|line| line.contains("megabytes are free")).count();
        ensure!(said == 1, "the log says it {said} times");
        let spooled = std::fs::read_dir(scene.server.data().join("spool"))?.count();
        ensure!(spooled == 0, "{spooled} files were begun");
        Ok(())
    });
}
