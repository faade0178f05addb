//! A meeting of three who ring, with a supervisor who sees it live.

use crate::conference::promote;
use crate::drawn::{flow, hang_up, lead, play, publish};
use crate::flows::holding;
use anyhow::{Context, Result, ensure};
use hark_e2e::browser::Browser;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Call, End};
use hark_e2e::scene::{AGENT, CALLER, SECOND, Scene};
use hark_e2e::server::Options;
use hark_e2e::sound::Voice;
use hark_e2e::story::{Story, story};
use hark_e2e::tenant::PASSWORD;
use hark_shared::flow::Exit;
use hark_shared::flow::model::Kind;
use hark_shared::wire::meetings::AttendanceEnd;
use hark_shared::wire::rest::Outcome;
use std::time::{Duration, Instant};

/// The number of ours that leads to the door of meeting rooms.
const LINE: &str = "95503";
/// The room's number, and its PINs: found nowhere else by chance.
const ROOM: &str = "8001";
const PIN: &str = "918273645";
const LEAD_PIN: &str = "564738291";
const WRONG_PIN: &str = "736455463";
/// A time in which a tone would have been heard.
const WHILE: Duration = Duration::from_secs(1);

/// Somebody with this number and voice rings the line and is asked for number and PIN.
async fn at_the_door(scene: &Scene, number: &str, voice: f64) -> Result<Call> {
    scene.carrier.behave(|manners| {
        manners.number = number.to_owned();
        manners.voice = Voice::Tone(voice);
    });
    let since = Instant::now();
    let call = scene.carrier.call(LINE, scene.door).await?;
    call.expect_prompt("en/meeting-number", since, SOON).await?;
    types(&call, ROOM, &["en/meeting-pin"]).await?;
    Ok(call)
}

/// Somebody types digits, and hears these sentences one after the other. Recognising takes its time: a later one may have
/// begun while the one before it was looked for.
async fn types(call: &Call, digits: &str, heard: &[&str]) -> Result<()> {
    let since = Instant::now();
    call.dial(&format!("{digits}#"));
    for name in heard {
        call.expect_prompt(name, since, SOON).await?;
    }
    Ok(())
}

/// An administrator makes the room in the browser.
async fn make_room(story: &Story, scene: &Scene) -> Result<()> {
    let admin = Browser::open(story, "admin", AGENT).await?;
    admin.goto(&scene.server.origin()).await?;
    admin.enter("admin", PASSWORD).await?;
    admin.click("admin-meeting-rooms", SOON).await?;
    admin.click("new", SOON).await?;
    admin.fill("room-name", "Board", SOON).await?;
    admin.fill("room-number", ROOM, SOON).await?;
    admin.fill("room-pin", PIN, SOON).await?;
    let set = "(() => { const what = document.querySelector(\"[data-testid='room-moderator-pin-what']\"); \
               what.value = 'set'; what.dispatchEvent(new Event('change', { bubbles: true })); return true })()";
    admin.evaluate(set).await?;
    admin.fill("room-moderator-pin", LEAD_PIN, SOON).await?;
    // Below the form's foot until somebody scrolls.
    admin.evaluate("(document.querySelector(\"[data-testid='room-waits']\").click(), true)").await?;
    admin.click("save", SOON).await?;
    admin.expect_gone("dialog", SOON).await?;
    let shown = "document.querySelector('main, body').innerText";
    let listed = |text: &serde_json::Value| text.as_str().is_some_and(|it| it.contains("Board") && it.contains(ROOM));
    admin.expect_value("the room is listed", shown, &listed, SOON).await
}

/// Clicks a button of the party with this number in the live list.
async fn party(boss: &Desk, number: &str, testid: &str) -> Result<()> {
    let find = format!(
        "document.querySelector(\"[data-testid='meeting-party'][data-name='{number}'] [data-testid='{testid}']\")"
    );
    let there = |there: &serde_json::Value| there == &serde_json::Value::Bool(true);
    boss.expect_value(testid, &format!("{find} !== null"), &there, SOON).await?;
    boss.evaluate(&format!("({find}.click(), true)")).await.map(|_| ())
}

/// Each hears the two others.
async fn all_hear(calls: [&Call; 3]) -> Result<()> {
    let tones = [CALLER, SECOND, AGENT];
    for (at, call) in calls.into_iter().enumerate() {
        for (of, tone) in tones.into_iter().enumerate().filter(|(of, _)| *of != at) {
            call.expect_tone(tone, SOON).await.with_context(|| format!("party {at} should hear party {of}"))?;
        }
    }
    Ok(())
}

#[test]
fn three_meet_by_number_and_pin_and_a_supervisor_keeps_order() {
    story("meeting", async |story| {
        let options = Options { environment: vec![("HARK_LOG".to_owned(), "debug".to_owned())], ..Options::default() };
        let scene = Scene::open_with(story, &["boss"], options, |_| ()).await?;
        promote(&scene, "boss").await?;
        make_room(story, &scene).await?;
        let door = Kind::Meeting { room: None };
        let drawn = flow(vec![(door, vec![(Exit::Refused, 2), (Exit::Full, 2)]), play("goodbye", 3), hang_up()]);
        let id = publish(&scene, "Meetings", drawn).await?;
        lead(&scene, LINE, id, false).await?;

        let ann = at_the_door(&scene, "13800000001", CALLER).await?;
        types(&ann, WRONG_PIN, &["en/meeting-wrong-pin", "en/meeting-pin"]).await?;
        types(&ann, PIN, &["en/meeting-waits"]).await?;
        let bo = at_the_door(&scene, "13800000002", SECOND).await?;
        types(&bo, PIN, &["en/meeting-waits"]).await?;
        ann.expect_sound(SOON).await.context("music")?;
        ann.expect_no_tone(SECOND, WHILE, SOON).await.context("before the moderator nobody is heard")?;

        let boss = Desk::sign_in(story, &scene.server, "boss", AGENT).await?;
        boss.goto(&format!("{}/floor", scene.server.origin())).await?;
        boss.expect_attribute("floor-meeting", "data-number", ROOM, SOON).await?;

        let lead = at_the_door(&scene, "13800000003", AGENT).await?;
        // The tone is recognised where nobody talks over it.
        for call in [&bo, &lead] {
            call.say(Voice::Silence);
        }
        let came = Instant::now();
        lead.dial(&format!("{LEAD_PIN}#"));
        ann.expect_prompt("tones/joined", came, SOON).await.context("somebody joined")?;
        bo.say(Voice::Tone(SECOND));
        lead.say(Voice::Tone(AGENT));
        all_hear([&ann, &bo, &lead]).await?;
        let count = "document.querySelectorAll(\"[data-testid='meeting-party']\").length";
        boss.expect_value("parties", count, &|got| got.as_u64() == Some(3), SOON).await?;

        ann.dial("*6");
        lead.expect_no_tone(CALLER, WHILE, SOON).await.context("who mutes oneself is not heard")?;
        ann.dial("*6");
        lead.expect_tone(CALLER, SOON).await?;

        party(&boss, "13800000002", "meeting-hush").await?;
        ann.expect_no_tone(SECOND, WHILE, SOON).await.context("who is muted is not heard")?;
        lead.expect_no_tone(SECOND, WHILE, SOON).await?;
        bo.expect_tone(CALLER, SOON).await.context("but hears")?;
        party(&boss, "13800000002", "meeting-hush").await?;
        ann.expect_tone(SECOND, SOON).await?;

        party(&boss, "13800000002", "meeting-kick").await?;
        ensure!(bo.ended(SOON).await? == End::ByThem, "{:?}", bo.state());
        ann.expect_tone(AGENT, SOON).await?;
        boss.click("meeting-lock", SOON).await?;
        boss.expect_attribute("floor-meeting", "data-locked", "true", SOON).await?;
        let late = at_the_door(&scene, "13800000004", SECOND).await?;
        types(&late, PIN, &["en/meeting-is-locked", "en/goodbye"]).await?;
        ensure!(late.ended(SOON).await? == End::ByThem);

        let since = Instant::now();
        boss.click("meeting-end", SOON).await?;
        ann.expect_prompt("en/meeting-over", since, SOON).await?;
        for call in [&ann, &lead] {
            ensure!(call.ended(SOON).await? == End::ByThem);
        }
        boss.expect_gone("floor-meeting", SOON).await?;
        afterwards(&scene).await
    });
}

/// Each has a record, the deeds are in the audit log, and no PIN is on any disk.
async fn afterwards(scene: &Scene) -> Result<()> {
    let admin = &scene.tenant.admin;
    let met = |contact: &hark_shared::wire::rest::Contact| contact.outcome == Outcome::Meeting;
    let contacts = admin.expect_contacts(4, SOON, |_| true).await?;
    ensure!(contacts.iter().filter(|contact| met(contact)).count() == 3, "{contacts:#?}");
    let mut ends = Vec::new();
    for contact in &contacts {
        let attendance = admin.contact(contact).await?.attendance.context("it was at a room's door")?;
        ensure!(attendance.name == "Board" && attendance.joined.is_some() == met(contact), "{attendance:?}");
        ends.extend(attendance.ended);
    }
    ends.sort_by_key(|end| *end == AttendanceEnd::Closed);
    ensure!(ends == [AttendanceEnd::Kicked, AttendanceEnd::Closed, AttendanceEnd::Closed], "{ends:?}");
    admin
        .expect_audit(&["meeting.muted", "meeting.unmuted", "meeting.kicked", "meeting.locked", "meeting.ended"], SOON)
        .await?;
    scene.server.terminate(SOON).await?;
    for pin in [PIN, LEAD_PIN, WRONG_PIN] {
        let found = holding(scene.server.data(), pin.as_bytes())?;
        ensure!(found.is_empty(), "a PIN is in {found:?}");
        ensure!(!scene.server.output().text().contains(pin), "a PIN is in the log");
    }
    Ok(())
}
