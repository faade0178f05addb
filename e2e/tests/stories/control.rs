//! Control of calls: picked up, refused, parked, passed on to a flow, taken on a telephone; played sentences, the agent's
//! number, and a pause in which neither recording nor agent learns a card number.

use anyhow::{Context, ensure};
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Answering, End};
use hark_e2e::scene::{AGENT, CALLER, Recording, SECOND, Scene};
use hark_e2e::server::Options;
use hark_e2e::sound::Voice;
use hark_e2e::story::{Story, story};
use hark_shared::flow::model::{Flow, Kind, Node, Place};
use hark_shared::flow::{Exit, Phrase, Template, VarName};
use hark_shared::ids::FlowId;
use hark_shared::wire::flows::{FlowDraft, Publication};
use hark_shared::wire::rest::{Language, OfferEnd, Outcome};
use hyper::Method;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A time in which a tone would have been heard.
const WHILE: Duration = Duration::from_secs(1);
/// What the agent says into their own telephone, and its number.
const TELEPHONE: f64 = 2250.0;
const TELEPHONE_NUMBER: &str = "13900139000";

async fn reach(desk: &Desk, whom: &str, way: &str) -> anyhow::Result<()> {
    desk.click("reach", SOON).await?;
    desk.fill("reach-search", whom, SOON).await?;
    desk.click(way, SOON).await
}

async fn two(story: &Story) -> anyhow::Result<(Scene, Desk, Desk)> {
    let scene = Scene::open(story, &["amy", "ben"]).await?;
    let amy = scene.ready(story, "amy", AGENT).await?;
    let ben = Desk::sign_in(story, &scene.server, "ben", SECOND).await?;
    Ok((scene, amy, ben))
}

#[test]
fn a_colleague_picks_up_what_rings_elsewhere() {
    story("pick-up", async |story| {
        let (scene, amy, ben) = two(story).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        ben.expect_text("ringing-elsewhere", "Agent amy", SOON).await?;
        ben.click("pick-up", SOON).await?;
        ben.expect_phase("talking").await?;
        amy.expect_gone("offer-card", SOON).await?;
        amy.expect_state("ready").await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        amy.expect_no_tone(CALLER, WHILE).await?;
        ben.expect_gone("ringing-elsewhere", SOON).await?;
        call.hang_up().await?;
        ben.expect_phase("wrap_up").await?;
        ben.click("wrap-up-finish", SOON).await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.agent == Some(scene.tenant.agent("ben")?), "{contact:#?}");
        let detail = scene.tenant.admin.contact(&contact).await?;
        let ends: Vec<OfferEnd> = detail.offers.iter().map(|offer| offer.end).collect();
        ensure!(ends == [OfferEnd::Taken], "{detail:#?}");
        Ok(())
    });
}

#[test]
fn who_is_asked_by_name_refuses() {
    story("decline", async |story| {
        let (scene, amy, ben) = two(story).await?;
        let call = scene.talk(&amy, AGENT).await?;
        reach(&amy, "Agent ben", "way-consult").await?;
        ben.expect_ring().await?;
        ben.click("offer-decline", SOON).await?;
        ben.expect_gone("offer-card", SOON).await?;
        ben.expect_state("busy").await?;
        amy.expect_text("side-ended", "Rejected", SOON).await?;
        amy.click("hold", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await
    });
}

#[test]
fn a_call_is_parked_and_a_colleague_takes_it() {
    story("park", async |story| {
        let (scene, amy, ben) = two(story).await?;
        let call = scene.talk(&amy, AGENT).await?;
        amy.fill("wrap-up-notes", "Wants Ben.", SOON).await?;
        amy.click("verify", SOON).await?;
        amy.expect_text("verified", "Agent amy", SOON).await?;
        amy.click("park", SOON).await?;
        amy.expect_state("wrap_up").await?;
        call.expect_no_tone(AGENT, WHILE, SOON).await?;
        call.expect_sound(SOON).await?;
        ben.expect_attribute("parked", "data-slot", "1", SOON).await?;
        ben.expect_text("parked", "Agent amy", SOON).await?;
        ben.click("retrieve", SOON).await?;
        ben.expect_phase("talking").await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        ben.expect_text("earlier", "Wants Ben.", SOON).await?;
        ben.expect_text("verified", "Agent amy", SOON).await?;
        amy.expect_gone("parked", SOON).await?;
        call.hang_up().await?;
        amy.wrap_up("Wants Ben.").await?;
        ben.click("wrap-up-finish", SOON).await?;
        ensure!(scene.only_contact().await?.agent == Some(scene.tenant.agent("ben")?));
        Ok(())
    });
}

/// Identifies the caller, says welcome, and leads into the queue.
fn identifying(scene: &Scene) -> anyhow::Result<Flow> {
    let set = |name: &str, to: &str| anyhow::Ok(Kind::Set { name: VarName::new(name)?, to: Template(to.to_owned()) });
    let say = vec![Phrase::Prompt { name: "welcome".to_owned() }];
    let kinds = [
        (set("account", "4711")?, Some(2)),
        (set("verified", "true")?, Some(3)),
        (Kind::Play { say }, Some(4)),
        (Kind::Queue { queue: scene.tenant.queue.id, priority: 0 }, None),
    ];
    let node = |(kind, next): (Kind, Option<_>)| Node {
        name: String::new(),
        at: Place::default(),
        kind,
        exits: next.map(|next| (Exit::Next, next)).into_iter().collect(),
    };
    Ok(Flow { start: 1, language: Language::En, nodes: (1..).zip(kinds.into_iter().map(node)).collect() })
}

#[test]
fn a_call_is_passed_on_to_a_flow_and_comes_back_identified() {
    story("transfer-flow", async |story| {
        let (scene, amy, ben) = two(story).await?;
        let (id, flow) = (FlowId(Uuid::now_v7()), identifying(&scene)?);
        let draft = FlowDraft { id, name: "Identify".to_owned(), revision: 1, flow, tests: vec![] };
        scene.tenant.admin.send(Method::POST, "/api/flows", &draft).await?;
        let publication = Publication { revision: 1, note: "For the story".to_owned() };
        scene.tenant.admin.send(Method::POST, &format!("/api/flows/{id}/publish"), &publication).await?;
        let call = scene.talk(&amy, AGENT).await?;
        amy.fill("wrap-up-notes", "Not identified.", SOON).await?;
        ben.ready().await?;
        let since = Instant::now();
        reach(&amy, "Identify", "way-transfer").await?;
        call.expect_prompt("en/welcome", since, SOON).await?;
        amy.expect_state("wrap_up").await?;
        ben.expect_ring().await?;
        ben.expect_text("earlier", "Not identified.", SOON).await?;
        ben.expect_text("told", "4711", SOON).await?;
        ben.find("verified", SOON).await?;
        ben.answer().await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        call.expect_no_tone(AGENT, WHILE, SOON).await?;
        amy.wrap_up("").await?;
        call.hang_up().await?;
        ben.wrap_up("").await?;
        let contact = scene.only_contact().await?;
        let known = scene.tenant.admin.contact(&contact).await?.identification;
        ensure!(known.told.iter().any(|told| (told.name.as_str(), told.value.as_str()) == ("account", "4711")));
        ensure!(known.verified.is_some_and(|verified| verified.by.is_none()), "the flow has identified the caller");
        let open = "(() => { const row = document.querySelector(\"[data-testid='recent-contact'] button\"); row?.click(); return !!row })()";
        ben.expect_value("recent contacts", open, &|clicked| clicked == true, SOON).await?;
        ben.expect_text("contact-detail", "4711", SOON).await
    });
}

#[test]
fn an_agent_without_a_headset_takes_a_call_on_a_telephone() {
    story("follow-me", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        amy.evaluate("document.querySelector('[data-testid=telephone]').open = true").await?;
        amy.fill("telephone-number", TELEPHONE_NUMBER, SOON).await?;
        amy.click("telephone-use", SOON).await?;
        amy.expect_attribute("telephone-stage", "data-stage", "idle", SOON).await?;
        amy.ready().await?;
        let call = scene.call().await?;
        // Only now: the caller's own voice is chosen when a call begins.
        scene.carrier.behave(|manners| {
            manners.answering = Answering::AtOnce;
            manners.voice = Voice::Tone(TELEPHONE);
        });
        let since = Instant::now();
        let own = scene.carrier.incoming(SOON).await?;
        amy.expect_ring().await?;
        own.expect_prompt("en/press-one", since, SOON).await?;
        amy.expect_attribute("telephone-stage", "data-stage", "asks", SOON).await?;
        call.expect_no_tone(TELEPHONE, WHILE, SOON).await?;
        own.dial("1");
        amy.expect_phase("talking").await?;
        let (caller, agent) = tokio::join!(own.expect_tone(CALLER, SOON), call.expect_tone(TELEPHONE, SOON));
        caller.and(agent)?;
        amy.expect_no_tone(CALLER, WHILE).await?;
        // The page stays in control.
        amy.click("hold", SOON).await?;
        call.expect_no_tone(TELEPHONE, WHILE, SOON).await?;
        call.expect_sound(SOON).await?;
        amy.click("hold", SOON).await?;
        call.expect_tone(TELEPHONE, SOON).await?;
        own.hang_up().await?;
        ensure!(call.ended(SOON).await? == End::ByThem);
        amy.wrap_up("On the road.").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered, "{contact:#?}");
        scene.recording(&contact).await.map(drop)
    });
}

#[test]
fn a_mailbox_never_takes_a_call() {
    story("follow-me-mailbox", async |story| {
        let options = Options::default();
        let short = |plan: &mut hark_e2e::tenant::Plan| {
            plan.queue.offer_timeout = hark_shared::time::Millis::from_secs(6);
        };
        let scene = Scene::open_with(story, &["amy"], options, short).await?;
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        amy.evaluate("document.querySelector('[data-testid=telephone]').open = true").await?;
        amy.fill("telephone-number", TELEPHONE_NUMBER, SOON).await?;
        amy.click("telephone-use", SOON).await?;
        amy.ready().await?;
        let call = scene.call().await?;
        scene.carrier.behave(|manners| manners.answering = Answering::AtOnce);
        let mailbox = scene.carrier.incoming(SOON).await?;
        ensure!(mailbox.ended(SOON).await? == End::ByThem, "the offer rang out");
        amy.expect_state("missed").await?;
        call.expect_sound(SOON).await?;
        Ok(())
    });
}

#[test]
fn the_agents_number_is_said_to_both_and_a_sentence_played() {
    story("agent-number", async |story| {
        let announced = |plan: &mut hark_e2e::tenant::Plan| plan.queue.routing.announce_agent = true;
        let scene = Scene::open_with(story, &["amy"], Options::default(), announced).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        let since = Instant::now();
        amy.answer().await?;
        call.expect_prompt("en/agent-number", since, SOON).await?;
        call.expect_prompt("en/8", since, SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        // A sentence for the caller alone: both go on hearing each other.
        amy.click("play-to-both", SOON).await?;
        let choose = "(() => { const list = document.querySelector('[data-testid=play-sound]'); \
            list.value = 'en/closed'; list.dispatchEvent(new Event('change', {bubbles: true})); return true })()";
        amy.find("play-sound", SOON).await?;
        amy.evaluate(choose).await?;
        amy.find("stop-playing", SOON).await?;
        amy.expect_gone("stop-playing", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await
    });
}

/// A key as a telephone says it: 200 ms of its row and its column, the row a little louder, and 40 ms of nothing.
fn key_in_the_sound(row: f64, column: f64) -> Voice {
    let at = |n: f64, frequency: f64| (std::f64::consts::TAU * frequency * n / 8000.0).sin();
    let sound = |n: u16| (5000.0 * at(n.into(), row) + 4000.0 * at(n.into(), column)) as i16;
    Voice::Samples((0..1600).map(sound).chain(std::iter::repeat_n(0, 320)).collect())
}

/// Keys that the customer presses while the recording is paused, by RFC 4733 and in the sound, reach neither recording nor
/// agent.
#[test]
fn a_pause_keeps_card_digits_from_recording_and_agent() {
    story("card-digits", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        call.say(key_in_the_sound(941.0, 1336.0));
        amy.expect_tone(941.0, SOON).await.context("keys in the sound are heard before the pause")?;
        call.say(Voice::Tone(CALLER));
        amy.click("recording-control", SOON).await?;
        amy.find("recording-paused", SOON).await?;
        call.dial("4711");
        // Rows and columns of the keys 4, 7 and 1 (852 Hz is too near the caller's own tone): an agent who heard them could note
        // the digits.
        for tone in [770.0, 697.0, 1209.0] {
            amy.expect_no_tone(tone, SOON).await?;
        }
        hark_e2e::story::after(Duration::from_secs(2)).await;
        // The same by a telephone whose keys are tones in the sound; its voice is heard on.
        call.say(key_in_the_sound(697.0, 1209.0));
        hark_e2e::story::after(Duration::from_secs(3)).await;
        for tone in [697.0, 1209.0] {
            let without = amy.longest_gap(tone, Duration::from_secs(2)).await?;
            ensure!(without > Duration::from_millis(1900), "{tone} Hz is heard by the agent");
        }
        call.say(Voice::Tone(CALLER));
        amy.expect_tone(CALLER, SOON).await?;
        amy.click("recording-control", SOON).await?;
        amy.expect_gone("recording-paused", SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await?;
        let recording = scene.recording(&scene.only_contact().await?).await?;
        for tone in [770.0, 697.0, 1209.0] {
            let keys = Recording::carries(&recording.left, recording.rate, tone);
            ensure!(keys < Duration::from_millis(100), "{tone} Hz is in the recording for {keys:?}");
        }
        Ok(())
    });
}

/// The far end names somebody else (REFER), where the trunk lets it; elsewhere it is declined.
#[test]
fn the_far_end_passes_its_call_on() {
    story("refer", async |story| {
        let may_refer = |plan: &mut hark_e2e::tenant::Plan| plan.trunk.refer = true;
        let scene = Scene::open_with(story, &["amy"], Options::default(), may_refer).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        let refer = async |to: &str| {
            let response = call.request("REFER", |refer| {
                refer.push("Refer-To", format!("<sip:{to}@127.0.0.1>"));
                refer.push("Contact", "<sip:13800138000@127.0.0.1>");
            });
            anyhow::Ok(response.await?.status())
        };
        // A number that may not be dialled: the far end hears so by NOTIFY, and nothing rings.
        ensure!(refer("0085212345678").await? == 202);
        ensure!(scene.carrier.incoming(WHILE).await.is_err(), "it was dialled");
        scene.expect_both_hear(&call, &amy, AGENT).await?;

        scene.carrier.behave(|manners| {
            manners.answering = Answering::AtOnce;
            manners.voice = Voice::Tone(TELEPHONE);
        });
        ensure!(refer(TELEPHONE_NUMBER).await? == 202);
        let other = scene.carrier.incoming(SOON).await?;
        ensure!(call.ended(SOON).await? == End::ByThem, "who passed the call on is out of it");
        let (agent, far) = tokio::join!(amy.expect_tone(TELEPHONE, SOON), other.expect_tone(AGENT, SOON));
        agent.and(far)?;
        let told = scene.carrier.trace();
        ensure!(told.contains("NOTIFY"), "nobody was told what came of it: {told}");
        other.hang_up().await?;
        amy.wrap_up("").await
    });
}

#[test]
fn a_trunk_that_may_not_pass_calls_on_is_declined() {
    story("refer-declined", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        let response = call.request("REFER", |refer| {
            refer.push("Refer-To", format!("<sip:{TELEPHONE_NUMBER}@127.0.0.1>"));
            refer.push("Contact", "<sip:13800138000@127.0.0.1>");
        });
        ensure!(response.await?.status() == 603);
        scene.expect_both_hear(&call, &amy, AGENT).await
    });
}
