//! What callers meet in a queue: the estimate, keys, overflow, hours, and the callback that keeps their place.

use anyhow::{Context, Result, ensure};
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Answering, Call, End, Phase};
use hark_e2e::scene::{AGENT, CALLER_NUMBER, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::story;
use hark_shared::edge::Cause;
use hark_shared::flow::model::{Flow, Kind, Node, Place};
use hark_shared::flow::{Exit, Key, Phrase};
use hark_shared::hours::{Calendar, Date, Interval, Minute, SpecialDay, SpecialKind};
use hark_shared::ids::{CalendarId, FlowId, NumberId, QueueId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;
use hark_shared::wire::callbacks::{CallbackLine, End as Over, First, Stage};
use hark_shared::wire::flows::{FlowDraft, Publication};
use hark_shared::wire::rest::{Language, Number, Outcome, Page, Queue};
use hark_shared::wire::routing::Destination;
use hark_shared::wire::waiting::{HopReason, Overflow, QueueHours, WaitKey, Waiting, When};
use hyper::Method;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use uuid::Uuid;

/// What a caller shows who comes later.
const LATER: &str = "13900139000";

fn key(key: char, to: Destination) -> WaitKey {
    WaitKey { key: Key::new(key).expect("a key"), to, say: None }
}

fn after(seconds: i64, to: Destination) -> Overflow {
    Overflow { when: When::Waited { after: Millis::from_secs(seconds) }, to }
}

/// A queue like the first one, with another greeting.
async fn another(scene: &Scene, name: &str, greeting: &str, waiting: Waiting) -> Result<QueueId> {
    let queue = Queue {
        id: QueueId(Uuid::now_v7()),
        name: name.to_owned(),
        greeting: Some(greeting.to_owned()),
        waiting,
        ..scene.tenant.queue.clone()
    };
    scene.tenant.admin.send(Method::POST, "/api/queues", &queue).await?;
    Ok(queue.id)
}

/// Changes the first queue.
async fn change(scene: &Scene, waiting: Waiting) -> Result<()> {
    let queue = Queue { waiting, ..scene.tenant.queue.clone() };
    scene.tenant.admin.send(Method::PUT, &format!("/api/queues/{}", queue.id), &queue).await?;
    Ok(())
}

/// Awaits that the floor knows everything that was set up before.
async fn settled(scene: &Scene, line: &str) -> Result<()> {
    let number =
        Number { id: NumberId(Uuid::now_v7()), number: PhoneNumber::parse(line)?, ..scene.tenant.number.clone() };
    scene.tenant.admin.send(Method::POST, "/api/numbers", &number).await?;
    scene.knows(line).await
}

/// A flow that says one thing and hangs up, published.
async fn says(scene: &Scene, name: &str, prompt: &str) -> Result<FlowId> {
    let node = |kind, exits: &[(Exit, u16)]| Node {
        name: String::new(),
        at: Place::default(),
        kind,
        exits: exits.iter().copied().collect(),
    };
    let say = vec![Phrase::Prompt { name: prompt.to_owned() }];
    let nodes =
        [(1, node(Kind::Play { say }, &[(Exit::Next, 2)])), (2, node(Kind::HangUp { cause: Cause::Normal }, &[]))];
    let flow = Flow { start: 1, language: Language::En, nodes: nodes.into() };
    let draft = FlowDraft { id: FlowId(Uuid::now_v7()), name: name.to_owned(), revision: 1, flow, tests: vec![] };
    scene.tenant.admin.send(Method::POST, "/api/flows", &draft).await?;
    let publication = Publication { revision: 1, note: String::new() };
    scene.tenant.admin.send(Method::POST, &format!("/api/flows/{}/publish", draft.id), &publication).await?;
    Ok(draft.id)
}

async fn over(call: &Call) -> Result<()> {
    ensure!(call.ended(SOON).await? == End::ByThem, "{:?}", call.state());
    Ok(())
}

async fn callbacks(scene: &Scene, ended: bool) -> Result<Vec<CallbackLine>> {
    let page: Page<CallbackLine> = scene.tenant.admin.get(&format!("/api/callbacks?ended={ended}")).await?;
    Ok(page.rows)
}

/// Through three queues, each of which greets; at the end of the chain the caller stays.
#[test]
fn a_caller_overflows_through_three_queues() {
    story("overflow-chain", async |story| {
        let greeted = |plan: &mut hark_e2e::tenant::Plan| plan.queue.greeting = Some("en/welcome".to_owned());
        let scene = Scene::open_with(story, &[], Options::default(), greeted).await?;
        let first = Destination::Queue(scene.tenant.queue.id);
        let back = Waiting { overflow: vec![after(5, first)], ..Waiting::default() };
        let third = another(&scene, "Third", "en/recorded", back).await?;
        let on = Waiting { overflow: vec![after(5, Destination::Queue(third))], ..Waiting::default() };
        let second = another(&scene, "Second", "en/comfort", on).await?;
        change(&scene, Waiting { overflow: vec![after(5, Destination::Queue(second))], ..Waiting::default() }).await?;
        settled(&scene, "95588001").await?;
        let since = Instant::now();
        let call = scene.call().await?;
        for greeting in ["en/welcome", "en/comfort", "en/recorded"] {
            call.expect_prompt(greeting, since, Duration::from_secs(20)).await.context(greeting.to_owned())?;
        }
        // Longer than the last queue's rule, which leads nowhere any more: the music goes on.
        call.expect_sound(Duration::from_secs(8)).await?;
        call.hang_up().await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Abandoned && contact.queue == Some(third), "{contact:#?}");
        let hops = scene.tenant.admin.contact(&contact).await?.hops;
        let whys: Vec<HopReason> = hops.iter().map(|hop| hop.why).collect();
        let rule = HopReason::Rule { rule: When::Waited { after: Millis::from_secs(5) } };
        ensure!(whys == [rule, rule], "{hops:#?}");
        Ok(())
    });
}

/// A key, a goodbye, and later the telephone rings: before whoever came after them.
#[test]
fn a_callback_keeps_its_place() {
    story("callback-place", async |story| {
        let scene = Scene::open_with(story, &["amy"], Options::default(), |plan| {
            plan.queue.wrap_up = Millis::ZERO;
            plan.queue.waiting.keys = vec![key('1', Destination::Callback(plan.queue.id))];
        })
        .await?;
        let since = Instant::now();
        let call = scene.call().await?;
        call.expect_prompt("en/press-callback", since, SOON).await?;
        call.dial("1");
        call.expect_prompt("en/callback-booked", since, SOON).await?;
        over(&call).await?;
        let asked = scene.only_contact().await?;
        ensure!(asked.outcome == Outcome::Callback, "{asked:#?}");
        let detail = scene.tenant.admin.contact(&asked).await?;
        ensure!(detail.callback.is_some(), "its history says so: {detail:#?}");

        scene.carrier.behave(|manners| manners.number = LATER.to_owned());
        let later = scene.call().await?;
        later.answered(SOON).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::Rings);
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        amy.ready_for_the_next().await?;
        amy.find("offer-callback", SOON).await?;
        amy.click("offer-accept", SOON).await?;
        let back = scene.carrier.incoming(SOON).await.context("the customer's telephone")?;
        ensure!(back.invite().first_line().contains(CALLER_NUMBER), "{}", back.invite().first_line());
        amy.expect_state("dialling").await?;
        back.answer().await?;
        scene.expect_both_hear(&back, &amy, AGENT).await?;
        ensure!(later.state().phase == Phase::Answered, "who came later still waits");
        back.hang_up().await?;
        amy.expect_ring().await.context("then whoever came later")?;
        amy.answer().await?;
        scene.expect_both_hear(&later, &amy, AGENT).await?;
        later.hang_up().await?;

        scene.tenant.admin.expect_contacts(3, SOON, |_| true).await?;
        let ended = callbacks(&scene, true).await?;
        let done = matches!(ended[0].callback.stage, Stage::Over { end: Over::Reached, .. });
        ensure!(ended.len() == 1 && done && ended[0].callback.tries.len() == 1, "{ended:#?}");
        ensure!(ended[0].tried_by.as_deref() == Some("Agent amy"), "{ended:#?}");
        ensure!(callbacks(&scene, false).await?.is_empty());
        Ok(())
    });
}

/// Busy is said to the agent; called from the page afterwards.
#[test]
fn nobody_reached_is_tried_again_from_the_page() {
    story("callback-busy", async |story| {
        let scene = Scene::open_with(story, &["amy"], Options::default(), |plan| {
            plan.queue.waiting.keys = vec![key('1', Destination::Callback(plan.queue.id))];
        })
        .await?;
        let since = Instant::now();
        let call = scene.call().await?;
        call.expect_prompt("en/press-callback", since, SOON).await?;
        call.dial("1");
        over(&call).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::Refuses(486));
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        amy.ready_for_the_next().await?;
        amy.click("offer-accept", SOON).await?;
        let _ = scene.carrier.incoming(SOON).await?;
        amy.expect_state("wrap_up").await?;
        amy.expect_state_within("ready", Duration::from_secs(20)).await?;
        let open = callbacks(&scene, false).await?;
        ensure!(open.len() == 1 && open[0].callback.tries[0].cause == Some(Cause::Busy), "{open:#?}");

        scene.carrier.behave(|manners| manners.answering = Answering::Rings);
        amy.click("nav-callbacks", SOON).await?;
        amy.click("callback-call", SOON).await?;
        let back = scene.carrier.incoming(SOON).await?;
        back.answer().await?;
        scene.expect_both_hear(&back, &amy, AGENT).await?;
        back.hang_up().await?;
        scene.tenant.admin.expect_contacts(3, SOON, |_| true).await.map(drop)
    });
}

/// The customer first: rings as an agent is there, waits a moment, has the head of the line.
#[test]
fn a_customer_who_is_called_first_gets_the_next_agent() {
    story("callback-first", async |story| {
        let scene = Scene::open_with(story, &["amy"], Options::default(), |plan| {
            plan.queue.waiting.keys = vec![key('1', Destination::Callback(plan.queue.id))];
            plan.queue.waiting.callback.first = First::Customer;
        })
        .await?;
        let since = Instant::now();
        let call = scene.call().await?;
        call.expect_prompt("en/press-callback", since, SOON).await?;
        call.dial("1");
        over(&call).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::Rings);
        let amy = scene.ready(story, "amy", AGENT).await?;
        let back = scene.carrier.incoming(SOON).await?;
        amy.expect_state("ready").await?;
        back.answer().await?;
        amy.expect_ring().await?;
        amy.answer().await?;
        scene.expect_both_hear(&back, &amy, AGENT).await?;
        back.hang_up().await
    });
}

/// Night, holiday and emergency, each by its calendar.
#[test]
fn closed_hours_have_flows_of_their_own() {
    story("queue-hours", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let (night, holiday) =
            (says(&scene, "Night", "closed").await?, says(&scene, "Holiday", "not-available").await?);
        let id = CalendarId(Uuid::now_v7());
        let always = Interval { from: Minute::parse("00:00")?, to: Minute::parse("24:00")? };
        let calendar = |week, days, emergency| Calendar {
            id,
            name: "Office".to_owned(),
            zone: "UTC".to_owned(),
            week,
            days,
            emergency,
        };
        let nobody: [Vec<Interval>; 7] = Default::default();
        let everybody: [Vec<Interval>; 7] = std::array::from_fn(|_| vec![always]);
        let admin = &scene.tenant.admin;
        admin.send(Method::POST, "/api/calendars", &calendar(nobody, vec![], false)).await?;
        let hours = QueueHours {
            calendar: id,
            closed: Destination::Flow(night),
            holiday: Destination::Flow(holiday),
            emergency: Destination::HangUp,
        };
        change(&scene, Waiting { hours: Some(hours), ..Waiting::default() }).await?;
        settled(&scene, "95588001").await?;
        let hears = async |prompt: &str| -> Result<()> {
            let since = Instant::now();
            let call = scene.call().await?;
            call.expect_prompt(prompt, since, SOON).await.context(prompt.to_owned())?;
            over(&call).await
        };
        hears("en/closed").await?;

        // Also if midnight passes meanwhile.
        let today = i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 86_400)?;
        let free =
            |day| SpecialDay { date: Date::from_days(day), name: "Feast".to_owned(), kind: SpecialKind::Holiday };
        let days = vec![free(today), free(today + 1)];
        let path = format!("/api/calendars/{id}");
        admin.send(Method::PUT, &path, &calendar(everybody.clone(), days, false)).await?;
        settled(&scene, "95588002").await?;
        hears("en/not-available").await?;

        admin.send(Method::PUT, &path, &calendar(everybody.clone(), vec![], true)).await?;
        settled(&scene, "95588003").await?;
        let call = scene.call().await?;
        let end = call.ended(SOON).await?;
        ensure!(matches!(end, End::Refused(_)), "nothing is answered: {end:?}");

        admin.send(Method::PUT, &path, &calendar(everybody, vec![], false)).await?;
        settled(&scene, "95588004").await?;
        let call = scene.call().await?;
        call.answered(SOON).await.context("open again")?;
        call.hang_up().await
    });
}

/// With the position comes the wait; a key leads to another queue.
#[test]
fn a_waiting_caller_hears_the_estimate_and_leaves_by_a_key() {
    story("estimate-key", async |story| {
        let scene = Scene::open_with(story, &["amy"], Options::default(), |plan| {
            plan.queue.wrap_up = Millis::ZERO;
            plan.queue.announce_every = Some(Millis::from_secs(10));
        })
        .await?;
        let other = another(&scene, "Other", "en/recorded", Waiting::default()).await?;
        let keys = vec![key('2', Destination::Queue(other))];
        change(&scene, Waiting { estimate: true, keys, ..Waiting::default() }).await?;
        settled(&scene, "95588001").await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        // How long a call takes is known after the first.
        let known = scene.talk(&amy, AGENT).await?;
        known.hang_up().await?;
        amy.expect_state("ready").await?;
        let talking = scene.talk(&amy, AGENT).await?;
        let since = Instant::now();
        let waiting = scene.call().await?;
        for words in ["en/press-elsewhere", "en/estimate", "en/less-than-a-minute"] {
            waiting.expect_prompt(words, since, Duration::from_secs(30)).await.context(words.to_owned())?;
        }
        let pressed = Instant::now();
        waiting.dial("2");
        waiting.expect_prompt("en/recorded", pressed, SOON).await?;
        waiting.hang_up().await?;
        talking.hang_up().await
    });
}
