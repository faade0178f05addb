//! What callers hear that nobody recorded, in the place of what was recorded, and who hears nothing.

use crate::drawn::{flow, hang_up, lead, play, publish};
use anyhow::{Context, ensure};
use hark_e2e::desk::SOON;
use hark_e2e::phone::End;
use hark_e2e::scene::{CALLER_NUMBER, Scene};
use hark_e2e::sound::write_tone;
use hark_e2e::story::story;
use hark_shared::edge::Cause;
use hark_shared::flow::model::{Kind, Question, Scale};
use hark_shared::flow::speech::sentence;
use hark_shared::flow::{Exit, Phrase};
use hark_shared::ids::{ListingId, NoticeId, PromptId};
use hark_shared::listing::{Listed, Listing};
use hark_shared::notice::Notice;
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::rest::{Language, Outcome};
use hyper::Method;
use std::time::Instant;
use uuid::Uuid;

const LINE: &str = "95501";

fn text(en: &str) -> Phrase {
    Phrase::Text { zh: String::new(), en: en.to_owned() }
}

/// A sentence of a flow and one of a notice are spoken by the synthesiser; a notice that is off is not.
#[test]
fn sentences_are_spoken() {
    const MOVED: &str = "Our office has moved to another street. Please write to us.";
    const OUTAGE: &str = "There is a power cut in the north of the city.";
    story("voices-sentences", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let admin = &scene.tenant.admin;
        let mut notice =
            Notice { id: NoticeId(Uuid::now_v7()), name: "Outage".to_owned(), on: true, say: vec![text(OUTAGE)] };
        admin.send(Method::POST, "/api/notices", &notice).await?;
        let say = Kind::Play { say: vec![text(MOVED)] };
        let tell = Kind::Notice { notice: notice.id };
        let nodes = vec![(say, vec![(Exit::Next, 2)]), (tell, vec![(Exit::Next, 3)]), play("goodbye", 4), hang_up()];
        let id = publish(&scene, "Moved", flow(nodes)).await?;
        lead(&scene, LINE, id, false).await?;
        let file = |text: &str| scene.server.data().join(format!("sounds/{}.wav", sentence(Language::En, text)));
        let since = Instant::now();
        let call = scene.carrier.call(LINE, scene.door).await?;
        call.expect_wav("the flow's sentence", &file(MOVED), since, SOON).await?;
        call.expect_wav("the notice", &file(OUTAGE), since, SOON).await?;
        call.expect_prompt("en/goodbye", since, SOON).await?;
        ensure!(call.ended(SOON).await? == End::ByThem, "{:?}", call.state());
        notice.on = false;
        admin.send(Method::PUT, &format!("/api/notices/{}", notice.id), &notice).await?;
        lead(&scene, "95502", id, false).await.context("known after the notice was switched off")?;
        let since = Instant::now();
        let call = scene.carrier.call("95502", scene.door).await?;
        call.expect_prompt("en/goodbye", since, SOON).await?;
        ensure!(call.ended(SOON).await? == End::ByThem, "{:?}", call.state());
        let heard = call.expect_wav("the notice", &file(OUTAGE), since, std::time::Duration::ZERO).await;
        ensure!(heard.is_err(), "a notice that is off was said");
        Ok(())
    });
}

/// A prompt of the tenant's own is heard in the place of the house's.
#[test]
fn an_own_prompt_replaces_the_houses() {
    const OWN: f64 = 700.0;
    story("voices-own", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let file = story.folder().join("own.wav");
        write_tone(&file, OWN)?;
        let id = PromptId(Uuid::now_v7());
        let to = format!("/api/prompts?id={id}&name=welcome&language=en");
        let body = Some(("audio/wav", std::fs::read(&file)?));
        let answer = scene.tenant.admin.ask_bytes(Method::POST, &to, body).await?;
        ensure!(answer.status.as_u16() == 201, "{} {}", answer.status, answer.text());
        let id = publish(&scene, "Own", flow(vec![play("welcome", 2), play("goodbye", 3), hang_up()])).await?;
        lead(&scene, LINE, id, false).await?;
        let since = Instant::now();
        let call = scene.carrier.call(LINE, scene.door).await?;
        call.expect_tone(OWN, SOON).await?;
        call.expect_prompt("en/goodbye", since, SOON).await?;
        let house = call.expect_prompt("en/welcome", since, std::time::Duration::ZERO).await;
        ensure!(house.is_err(), "the house's prompt was heard");
        Ok(())
    });
}

/// Who is on the black list hears busy before anything answers; the contact says that it was turned away.
#[test]
fn a_blocked_number_hears_busy() {
    story("voices-blocked", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let blocked = Listing {
            id: ListingId(Uuid::now_v7()),
            listed: Listed::Blocked,
            number: PhoneNumber::parse(&CALLER_NUMBER[..4])?,
            prefix: true,
            reason: "Robots".to_owned(),
            until: None,
        };
        scene.tenant.admin.send(Method::POST, "/api/listings", &blocked).await?;
        let id = publish(&scene, "Main", flow(vec![play("welcome", 2), hang_up()])).await?;
        lead(&scene, LINE, id, false).await.context("known after the list was")?;
        let call = scene.carrier.call(LINE, scene.door).await?;
        ensure!(call.ended(SOON).await? == End::Refused(486), "{:?}", call.state());
        let contact = scene.only_contact().await?;
        ensure!(contact.cause == Cause::Busy && contact.talked.0 == 0, "{contact:#?}");
        Ok(())
    });
}

/// Two questions are asked, answered by keys and stored with the contact.
#[test]
fn a_flow_asks_how_it_was() {
    story("voices-survey", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let question = |en: &str, scale| Question { say: vec![text(en)], scale };
        let (score, solved) = ("How did we do? Press one to five.", "Is it solved? Press one for yes, two for no.");
        let questions = vec![question(score, Scale::Score), question(solved, Scale::Solved)];
        let nodes = vec![(Kind::Survey { questions }, vec![(Exit::Next, 2)]), play("goodbye", 3), hang_up()];
        let id = publish(&scene, "Survey", flow(nodes)).await?;
        lead(&scene, LINE, id, false).await?;
        let file = |text: &str| scene.server.data().join(format!("sounds/{}.wav", sentence(Language::En, text)));
        let since = Instant::now();
        let call = scene.carrier.call(LINE, scene.door).await?;
        call.expect_wav("the first question", &file(score), since, SOON).await?;
        call.dial("4");
        call.expect_wav("the second question", &file(solved), since, SOON).await?;
        call.dial("1");
        call.expect_prompt("en/goodbye", since, SOON).await?;
        ensure!(call.ended(SOON).await? == End::ByThem, "{:?}", call.state());
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::LeftInMenu, "{contact:#?}");
        let answers = scene.tenant.admin.contact(&contact).await?.answers;
        let given: Vec<(Scale, u8)> = answers.iter().map(|answer| (answer.scale, answer.score)).collect();
        ensure!(given == [(Scale::Score, 4), (Scale::Solved, 1)], "{answers:#?}");
        Ok(())
    });
}
