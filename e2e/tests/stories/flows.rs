//! Flows, published over REST and walked by a telephone; which prompt plays is heard.

use crate::drawn::{flow, hang_up, key, lead, name, play, prompt, publish};
use anyhow::{Context, Result, ensure};
use hark_e2e::desk::SOON;
use hark_e2e::phone::{Answering, Call, End};
use hark_e2e::scene::{CALLER, CALLER_NUMBER, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::{Story, story};
use hark_shared::flow::model::{Compare, Fetch, Flow, Kind, Method as Ask, NodeId, Taken, Test};
use hark_shared::flow::{Exit, Phrase, ReadAs, Template};
use hark_shared::time::Millis;
use hark_shared::wire::flows::{FlowDraft, FlowVersion, Publication};
use hark_shared::wire::rest::Outcome;
use hyper::Method;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Instant;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Numbers of ours that lead to flows.
const LINE: &str = "95501";
const SECOND: &str = "95502";

/// A customer calls it.
async fn rings(scene: &Scene, line: &str) -> Result<Call> {
    scene.carrier.call(line, scene.door).await
}

/// The caller hears this prompt from now on.
async fn hears(call: &Call, name: &str) -> Result<()> {
    call.expect_prompt(name, Instant::now(), SOON).await
}

/// A call whose caller hears this first.
async fn greeted(scene: &Scene, line: &str, name: &str) -> Result<Call> {
    let since = Instant::now();
    let call = rings(scene, line).await?;
    call.expect_prompt(name, since, SOON).await?;
    Ok(call)
}

async fn ends(call: &Call) -> Result<()> {
    ensure!(call.ended(SOON).await? == End::ByThem, "{:?}", call.state());
    Ok(())
}

/// Greeting, menu, digits, a question, a loop and a sub-flow, to the end.
#[test]
fn a_caller_walks_a_flow() {
    story("flow-walk", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let sub = publish(&scene, "Bye", flow(vec![play("goodbye", 2), (Kind::Return, vec![])])).await?;
        let menu = Kind::Menu {
            say: vec![prompt("menu")],
            keys: vec![key('1')],
            plays: 2,
            wait: Millis::from_secs(4),
            wrong: vec![prompt("wrong-key")],
            silence: vec![],
        };
        let collect = Kind::Collect {
            say: vec![prompt("enter-account")],
            into: name("account"),
            min: 3,
            max: 6,
            end: Some(key('#')),
            first: Millis::from_secs(5),
            between: Millis::from_secs(3),
            tries: 2,
            wrong: vec![prompt("wrong-entry")],
            masked: false,
        };
        let test = Test::Variable { name: name("account"), is: Compare::Equal, to: Template("105".to_owned()) };
        let say = vec![prompt("balance"), Phrase::Value { name: name("account"), read: ReadAs::Money }];
        let main = publish(
            &scene,
            "Main",
            flow(vec![
                play("welcome", 2),
                (menu, vec![(Exit::Key(key('1')), 3), (Exit::Otherwise, 9)]),
                (collect, vec![(Exit::Next, 4), (Exit::Otherwise, 9)]),
                (Kind::If { test }, vec![(Exit::Yes, 5), (Exit::No, 9)]),
                (Kind::Set { name: name("account"), to: Template("{account}.20".to_owned()) }, vec![(Exit::Next, 6)]),
                (Kind::Play { say }, vec![(Exit::Next, 7)]),
                (Kind::Loop { times: 1 }, vec![(Exit::Again, 8), (Exit::Done, 9)]),
                (Kind::SubFlow { flow: sub }, vec![(Exit::Next, 7)]),
                hang_up(),
            ]),
        )
        .await?;
        lead(&scene, LINE, main, false).await?;
        let call = greeted(&scene, LINE, "en/welcome").await?;
        hears(&call, "en/menu").await?;
        call.dial("7");
        hears(&call, "en/wrong-key").await?;
        call.dial("1");
        hears(&call, "en/enter-account").await?;
        call.dial("105#");
        let since = Instant::now();
        for piece in ["balance", "1", "100", "and", "5", "yuan", "20", "cents"] {
            call.expect_prompt(&format!("en/{piece}"), since, SOON)
                .await
                .context("one hundred and five yuan twenty")?;
        }
        // Recognising takes its time: this prompt may have begun while the words before it were looked for.
        call.expect_prompt("en/goodbye", since, SOON).await?;
        ends(&call).await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::LeftInMenu, "{contact:#?}");
        let trail = scene.tenant.admin.contact(&contact).await?.trail;
        let nodes: Vec<NodeId> = trail.iter().filter(|step| step.flow == main).map(|step| step.node).collect();
        ensure!(nodes == [1, 2, 3, 4, 5, 6, 7, 8, 7, 9], "{trail:#?}");
        ensure!(trail.iter().any(|step| step.flow_name.as_deref() == Some("Bye")), "{trail:#?}");
        Ok(())
    });
}

/// A published change counts for the next call, not for the one that walks.
#[test]
fn a_call_stays_on_its_version() {
    story("flow-version", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let say = vec![prompt("welcome"), prompt("recorded")];
        let first = flow(vec![(Kind::Play { say }, vec![(Exit::Next, 2)]), play("goodbye", 3), hang_up()]);
        let id = publish(&scene, "Main", first).await?;
        lead(&scene, LINE, id, false).await?;
        let old = greeted(&scene, LINE, "en/welcome").await?;
        let second = FlowDraft {
            id,
            name: "Main".to_owned(),
            revision: 1,
            flow: flow(vec![play("closed", 2), hang_up()]),
            tests: vec![],
        };
        let admin = &scene.tenant.admin;
        admin.send(Method::PUT, &format!("/api/flows/{id}"), &second).await?;
        let publication = Publication { revision: 2, note: String::new() };
        admin.send(Method::POST, &format!("/api/flows/{id}/publish"), &publication).await?;
        hears(&old, "en/goodbye").await.context("the old version goes on")?;
        ends(&old).await?;
        let new = greeted(&scene, LINE, "en/closed").await?;
        ends(&new).await?;
        let versions: Vec<FlowVersion> = admin.get(&format!("/api/flows/{id}/versions")).await?;
        ensure!(versions.len() == 2 && versions[0].by.is_some(), "{versions:?}");
        Ok(())
    });
}

/// To a number outside: busy first, then both hear each other.
#[test]
fn a_flow_calls_a_number_outside() {
    story("flow-outside", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let outside = Kind::Outside { to: Template(CALLER_NUMBER.to_owned()), ring: Millis::from_secs(20) };
        let exits = vec![(Exit::Busy, 2), (Exit::NoAnswer, 3), (Exit::Error, 3)];
        let id = publish(&scene, "Out", flow(vec![(outside, exits), play("busy", 3), hang_up()])).await?;
        lead(&scene, LINE, id, false).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::Refuses(486));
        let call = rings(&scene, LINE).await?;
        let _ = scene.carrier.incoming(SOON).await?;
        hears(&call, "en/busy").await?;
        ends(&call).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::Rings);
        let call = rings(&scene, LINE).await?;
        let far = scene.carrier.incoming(SOON).await?;
        call.expect_sound(SOON).await.context("ringback")?;
        far.answer().await?;
        let (near, away) = tokio::join!(call.expect_tone(CALLER, SOON), far.expect_tone(CALLER, SOON));
        near.context("the caller hears the number outside")?;
        away.context("the number outside hears the caller")?;
        call.hang_up().await?;
        ensure!(far.ended(SOON).await? == End::ByThem, "{:?}", far.state());
        Ok(())
    });
}

/// An endless flow ends in the number's fall-back queue; without one its caller hears an apology.
#[test]
fn an_endless_flow_ends_at_the_safe_default() {
    story("flow-endless", async |story| {
        let scene = Scene::open(story, &[]).await?;
        // The lint sees a way out, which no call ever takes.
        let test = Test::Variable { name: name("never"), is: Compare::Equal, to: Template("1".to_owned()) };
        let round = (Kind::If { test }, vec![(Exit::Yes, 2), (Exit::No, 1)]);
        let id = publish(&scene, "Round", flow(vec![round, hang_up()])).await?;
        lead(&scene, LINE, id, false).await?;
        let call = greeted(&scene, LINE, "en/busy").await?;
        ends(&call).await?;
        lead(&scene, SECOND, id, true).await?;
        let call = rings(&scene, SECOND).await?;
        call.expect_sound(SOON).await.context("the queue's music")?;
        call.hang_up().await?;
        let queued = |contact: &hark_shared::wire::rest::Contact| contact.outcome == Outcome::Abandoned;
        scene.tenant.admin.expect_contacts(1, SOON, queued).await?;
        Ok(())
    });
}

/// What the other system's server was sent, and what it answers: `None` never.
struct Crm {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
    answer: Arc<Mutex<Option<String>>>,
}

async fn crm() -> Result<Crm> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?.to_string();
    let crm = Crm { address, asked: Arc::default(), answer: Arc::default() };
    let (asked, answer) = (crm.asked.clone(), crm.answer.clone());
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = String::new();
            let mut buffer = vec![0; 4096];
            // The flow's body ends with a brace.
            while !text.ends_with('}') {
                let Ok(more @ 1..) = stream.read(&mut buffer).await else { break };
                text.push_str(&String::from_utf8_lossy(&buffer[..more]));
            }
            asked.lock().expect("nobody panics").push(text);
            let answer = answer.lock().expect("nobody panics").clone();
            match answer {
                Some(answer) => drop(stream.write_all(answer.as_bytes()).await),
                None => open.push(stream),
            }
        }
    });
    Ok(crm)
}

impl Crm {
    fn answers(&self, status: &str, body: &str) {
        let text = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        *self.answer.lock().expect("nobody panics") = Some(text);
    }

    fn falls_asleep(&self) {
        *self.answer.lock().expect("nobody panics") = None;
    }
}

/// Account and PIN, and a data dip that checks them.
fn identify(address: &str) -> Flow {
    let collect = |what: &str, into: &str, masked| Kind::Collect {
        say: vec![prompt(what)],
        into: name(into),
        min: 4,
        max: 12,
        end: Some(key('#')),
        first: Millis::from_secs(5),
        between: Millis::from_secs(3),
        tries: 2,
        wrong: vec![prompt("wrong-entry")],
        masked,
    };
    let fetch = Fetch {
        method: Ask::Post,
        url: Template(format!("http://{address}/check")),
        headers: BTreeMap::new(),
        body: Template(r#"{{"account":"{account}","pin":"{pin}"}}"#.to_owned()),
        timeout: Millis::from_secs(2),
        tries: 1,
        take: vec![Taken { pointer: "/balance".to_owned(), into: name("balance") }],
    };
    let say = vec![prompt("balance"), Phrase::Value { name: name("balance"), read: ReadAs::Money }];
    flow(vec![
        (collect("enter-account", "account", false), vec![(Exit::Next, 2), (Exit::Otherwise, 6)]),
        (collect("enter-pin", "pin", true), vec![(Exit::Next, 3), (Exit::Otherwise, 6)]),
        (Kind::Fetch(Box::new(fetch)), vec![(Exit::Next, 4), (Exit::Error, 5)]),
        (Kind::Play { say }, vec![(Exit::Next, 6)]),
        play("not-available", 6),
        hang_up(),
    ])
}

async fn identified(scene: &Scene, account: &str, pin: &str) -> Result<Call> {
    let call = greeted(scene, LINE, "en/enter-account").await?;
    call.dial(&format!("{account}#"));
    hears(&call, "en/enter-pin").await?;
    call.dial(&format!("{pin}#"));
    Ok(call)
}

/// The other system answers, refuses, and is slow; and the PIN is on no disk afterwards.
#[test]
fn a_caller_is_identified_by_account_and_pin() {
    story("flow-pin", async |story: &Story| {
        let environment = vec![
            ("HARK_FLOWS__PRIVATE_HOSTS".to_owned(), "[\"127.0.0.1\"]".to_owned()),
            ("HARK_LOG".to_owned(), "debug".to_owned()),
        ];
        let options = Options { environment, ..Options::default() };
        let scene = Scene::open_with(story, &[], options, |_| ()).await?;
        let crm = crm().await?;
        let id = publish(&scene, "Identify", identify(&crm.address)).await?;
        lead(&scene, LINE, id, false).await?;

        crm.answers("200 OK", r#"{"balance":"12.35"}"#);
        let (account, pin) = ("47110815", "918273645");
        let call = identified(&scene, account, pin).await?;
        let since = Instant::now();
        for piece in ["balance", "12", "yuan", "30", "5", "cents"] {
            call.expect_prompt(&format!("en/{piece}"), since, SOON).await?;
        }
        ends(&call).await?;
        let asked = crm.asked.lock().expect("nobody panics").pop().context("the other system was asked")?;
        ensure!(asked.contains(account) && asked.contains(pin), "{asked}");

        crm.answers("500 Broken", "");
        let call = identified(&scene, account, pin).await?;
        hears(&call, "en/not-available").await.context("it fails")?;
        ends(&call).await?;
        crm.falls_asleep();
        let call = identified(&scene, account, pin).await?;
        hears(&call, "en/not-available").await.context("it is slow")?;
        ends(&call).await?;

        scene.tenant.admin.expect_contacts(3, SOON, |_| true).await?;
        scene.server.terminate(SOON).await?;
        let found = holding(scene.server.data(), pin.as_bytes())?;
        ensure!(found.is_empty(), "the PIN is in {found:?}");
        ensure!(!scene.server.output().text().contains(pin), "the PIN is in the log");
        Ok(())
    });
}

/// Files below a folder that hold these bytes.
pub fn holding(folder: &Path, wanted: &[u8]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(holding(&path, wanted)?);
        } else if path.is_file() && std::fs::read(&path)?.windows(wanted.len()).any(|bytes| bytes == wanted) {
            found.push(path.display().to_string());
        }
    }
    Ok(found)
}
