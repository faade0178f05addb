//! Messages after the beep, heard in the browser and mailed; an agent rung by name; the survey after the call; fax
//! machines; who is on duty.

use crate::drawn::{flow, hang_up, lead, play, prompt, publish};
use anyhow::{Context, Result, ensure};
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Answering, Call, End};
use hark_e2e::scene::{AGENT, CALLER, CALLER_NUMBER, Recording, SECOND, Scene};
use hark_e2e::server::Options;
use hark_e2e::smtp::MailServer;
use hark_e2e::sound::{AMPLITUDE, Voice};
use hark_e2e::story::story;
use hark_shared::duty::{OnDuty, Rota, Turn};
use hark_shared::flow::Exit;
use hark_shared::flow::model::{Kind, Mailbox, Question, Scale};
use hark_shared::hours::{Minute, Weekday};
use hark_shared::ids::{NumberId, RotaId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;
use hark_shared::wire::callbacks::{CallbackLine, End as Over, Stage};
use hark_shared::wire::messages::MailboxSetting;
use hark_shared::wire::rest::{Language, Number, Outcome, Page};
use hark_shared::wire::routing::Destination;
use hyper::Method;
use std::time::{Duration, Instant};
use uuid::Uuid;

/// A number of ours that leads to a flow.
const LINE: &str = "95501";
/// What the caller says after the beep lasts longer than this.
const SPEECH: Duration = Duration::from_secs(3);
/// The post looks every five seconds, and a letter that is put off is tried again after a minute.
const POST: Duration = Duration::from_secs(90);

async fn hears(call: &Call, name: &str) -> Result<()> {
    call.expect_prompt(name, Instant::now(), SOON).await
}

async fn greeted(scene: &Scene, name: &str) -> Result<Call> {
    let since = Instant::now();
    let call = scene.carrier.call(LINE, scene.door).await?;
    call.expect_prompt(name, since, SOON).await?;
    Ok(call)
}

async fn ends(call: &Call) -> Result<()> {
    ensure!(call.ended(SOON).await? == End::ByThem, "{:?}", call.state());
    Ok(())
}

/// Left with a tone; the queue's agent sees that it is new, plays it, and it is not new any more. The mail server is busy
/// at first; then the letter has the tone.
#[test]
fn a_message_is_left_heard_and_mailed() {
    story("voicemail", async |story| {
        let mail = MailServer::open(1).await?;
        let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let options = Options {
            environment: vec![
                set("HARK_MAIL__SERVER", &mail.address().to_string()),
                set("HARK_MAIL__TLS", "none"),
                set("HARK_MAIL__FROM", "Hark <hark@desk.example>"),
            ],
            ..Options::default()
        };
        let scene = Scene::open_with(story, &["amy"], options, |_| ()).await?;
        let mailbox = Mailbox::Queue(scene.tenant.queue.id);
        let address = "repairs@desk.example".to_owned();
        let greeting = Some("welcome".to_owned());
        let setting =
            MailboxSetting { id: mailbox.id(), mailbox, address: address.clone(), language: Language::En, greeting };
        scene.tenant.admin.send(Method::POST, "/api/mailboxes", &setting).await?;
        let take = Kind::Voicemail { mailbox, say: vec![prompt("leave-message")], limit: Millis::from_secs(60) };
        let id =
            publish(&scene, "Box", flow(vec![(take, vec![(Exit::Next, 2)]), play("goodbye", 3), hang_up()])).await?;
        lead(&scene, LINE, id, false).await?;
        let amy = Desk::sign_in(story, &scene.server, "amy", AGENT).await?;
        let since = Instant::now();
        // The box greets in its own words, not the node's.
        let call = greeted(&scene, "en/welcome").await?;
        // Recognising takes its time: the beep may be over by now.
        call.expect_prompt("tones/beep", since, SOON).await?;
        call.expect_silence(SPEECH, SOON).await.context("nothing is played while the caller speaks")?;
        call.dial("#");
        hears(&call, "en/goodbye").await?;
        ends(&call).await?;
        let message = scene.tenant.admin.only_message(SOON).await?;
        ensure!(message.mailbox == mailbox && message.length >= Millis(2500), "{message:#?}");
        ensure!(message.number.as_ref().is_some_and(|number| number.as_str() == CALLER_NUMBER), "{message:#?}");
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Message && contact.id == message.contact, "{contact:#?}");
        let path = format!("/api/messages/{}/sound", message.id);
        let answer = scene.tenant.admin.ask(Method::GET, &path, None::<&()>).await?;
        ensure!(answer.status.is_success(), "GET {path}: {}", answer.status);
        let sound = Recording::parse(&answer.body)?;
        let heard = |channel: &[i16], rate| Recording::carries(channel, rate, CALLER);
        ensure!(heard(&sound.left, sound.rate) > Duration::from_secs(2), "the caller's tone is not in it");

        // The page is told, it need not be loaded again.
        amy.expect_text("new-messages", "1", SOON).await?;
        amy.click("nav-messages", SOON).await?;
        amy.expect_attribute("message", "data-new", "true", SOON).await?;
        amy.click("play", SOON).await?;
        amy.expect_attribute("wave", "data-loaded", "true", SOON).await?;
        amy.expect_attribute("message", "data-new", "false", SOON).await?;
        amy.expect_gone("new-messages", SOON).await?;
        scene.tenant.admin.expect_audit(&["message.played"], SOON).await?;

        let letter = mail.letter(POST).await?;
        ensure!(letter.to == [address] && mail.busy() == 0, "{letter:?}");
        let wav = letter.attachment("audio/wav")?;
        let mut reader = hound::WavReader::new(wav.as_slice())?;
        let rate = reader.spec().sample_rate;
        ensure!(reader.spec().channels == 1, "{:?}", reader.spec());
        let samples = reader.samples::<i16>().collect::<Result<Vec<_>, _>>()?;
        ensure!(heard(&samples, rate) > Duration::from_secs(2), "the caller's tone is not in the letter");

        // Called back from here, the task is done; the message, which somebody has made new again, with it.
        ensure!(message.task.is_some(), "{message:#?}");
        amy.click("message-mark", SOON).await?;
        amy.expect_text("new-messages", "1", SOON).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::AtOnce);
        amy.click("message-call", SOON).await?;
        let back = scene.carrier.incoming(SOON).await?;
        amy.expect_phase("talking").await?;
        back.hang_up().await?;
        amy.expect_phase("wrap_up").await?;
        amy.expect_gone("new-messages", SOON).await?;
        let path = "/api/callbacks?ended=true";
        let over: Page<CallbackLine> = scene.tenant.admin.get(path).await?;
        let ends: Vec<Stage> = over.rows.iter().map(|line| line.callback.stage).collect();
        ensure!(matches!(ends[..], [Stage::Over { end: Over::Reached, .. }]), "{over:#?}");

        let path = format!("/api/messages/{}/sound", message.id);
        amy.click("message-remove", SOON).await?;
        amy.click("message-remove-really", SOON).await?;
        amy.expect_gone("message", SOON).await?;
        let gone = scene.tenant.admin.ask(Method::GET, &path, None::<&()>).await?;
        ensure!(gone.status == 404, "{}", gone.status);
        scene.tenant.admin.expect_audit(&["message.removed"], SOON).await
    });
}

/// The one who is meant rings, and nobody else; who does not answer sends the caller on.
#[test]
fn a_flow_rings_the_desk_of_one_agent() {
    story("flow-agent", async |story| {
        let scene = Scene::open(story, &["amy", "ben"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let ben = scene.ready(story, "ben", SECOND).await?;
        let rings = Kind::Agent { user: scene.tenant.agent("ben")?, ring: Millis::from_secs(15) };
        let id = publish(
            &scene,
            "Ben",
            flow(vec![(rings, vec![(Exit::Otherwise, 2)]), play("not-available", 3), hang_up()]),
        )
        .await?;
        lead(&scene, LINE, id, false).await?;
        let call = scene.carrier.call(LINE, scene.door).await?;
        call.ringing(SOON).await.context("the caller hears it ring")?;
        ben.expect_ring().await?;
        ensure!(ben.has("offer-direct").await?, "the card says why");
        amy.expect_state("ready").await?;
        ben.answer().await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        ben.hang_up().await?;
        ends(&call).await?;
        ben.wrap_up("").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.agent == Some(scene.tenant.agent("ben")?) && contact.queue.is_none(), "{contact:#?}");
        let recording = scene.recording(&contact).await?;
        let heard = Recording::carries(&recording.right, recording.rate, SECOND);
        ensure!(heard > Duration::from_millis(300), "the agent is not on the right");
        Ok(())
    });
}

/// The agent hangs up and wraps up; the customer stays and answers.
#[test]
fn a_customer_is_asked_after_the_call() {
    story("survey-after", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let question = |name: &str, scale| Question { say: vec![prompt(name)], scale };
        let asks = Kind::Survey { questions: vec![question("rate", Scale::Score), question("solved", Scale::Solved)] };
        let id =
            publish(&scene, "Survey", flow(vec![(asks, vec![(Exit::Next, 2)]), play("thanks", 3), hang_up()])).await?;
        let mut queue = scene.tenant.queue.clone();
        queue.routing.survey = Some(id);
        scene.tenant.admin.send(Method::PUT, &format!("/api/queues/{}", queue.id), &queue).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.talk(&amy, AGENT).await?;
        amy.hang_up().await?;
        amy.expect_phase("wrap_up").await?;
        hears(&call, "en/rate").await?;
        amy.wrap_up("Told how to change the filter").await?;
        call.dial("4");
        hears(&call, "en/solved").await?;
        call.dial("1");
        hears(&call, "en/thanks").await?;
        ends(&call).await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Answered && contact.form.solved == Some(true), "{contact:#?}");
        ensure!(contact.form.notes == "Told how to change the filter", "{contact:#?}");
        let answers = scene.tenant.admin.contact(&contact).await?.answers;
        let scores: Vec<(Scale, u8)> = answers.iter().map(|answer| (answer.scale, answer.score)).collect();
        ensure!(scores == [(Scale::Score, 4), (Scale::Solved, 1)], "{answers:#?}");
        Ok(())
    });
}

/// A machine's calling tone: 1100 Hz for half a second, then three seconds of nothing.
fn calling_tone() -> Voice {
    let tone = |n: usize| (AMPLITUDE * (std::f64::consts::TAU * 1100.0 * n as f64 / 8000.0).sin()) as i16;
    Voice::Samples((0..28_000).map(|n| if n < 4000 { tone(n) } else { 0 }).collect())
}

/// To its number, or to the end.
#[test]
fn fax_machines_are_led_to_their_number() {
    story("fax", async |story| {
        let scene = Scene::open(story, &[]).await?;
        scene.carrier.behave(|manners| manners.voice = calling_tone());
        let call = scene.call().await?;
        call.answered(SOON).await?;
        ends(&call).await.context("a number without a place for machines hangs up")?;
        let fax = PhoneNumber::parse("13900139000")?;
        let number = Number {
            id: NumberId(Uuid::now_v7()),
            number: PhoneNumber::parse(LINE)?,
            fax: Some(Destination::Outside(fax.clone())),
            ..scene.tenant.number.clone()
        };
        scene.tenant.admin.send(Method::POST, "/api/numbers", &number).await?;
        scene.knows(LINE).await?;
        let call = scene.carrier.call(LINE, scene.door).await?;
        let machine = scene.carrier.incoming(SOON).await?;
        let invite = machine.invite();
        ensure!(invite.first_line().contains(fax.as_str()), "{}", invite.first_line());
        machine.expect_tone(1100.0, SOON).await.context("the machine hears the other")?;
        call.hang_up().await?;
        ensure!(machine.ended(SOON).await? == End::ByThem, "{:?}", machine.state());
        let outcome = |contact: &hark_shared::wire::rest::Contact| contact.outcome == Outcome::Fax;
        scene.tenant.admin.expect_contacts(2, SOON, outcome).await?;
        Ok(())
    });
}

/// The first telephone rings in vain, the second one's owner presses the key.
#[test]
fn who_is_on_duty_takes_the_call() {
    story("duty", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let person = |name: &str, number: &str| -> Result<OnDuty> {
            Ok(OnDuty { name: name.to_owned(), number: PhoneNumber::parse(number)? })
        };
        let rota = Rota {
            id: RotaId(Uuid::now_v7()),
            name: "Always".to_owned(),
            zone: "Asia/Shanghai".to_owned(),
            turns: vec![Turn {
                weekdays: Weekday::ALL.to_vec(),
                from: Minute::parse("00:00")?,
                to: Minute::parse("24:00")?,
                people: vec![person("Ann", "13900000001")?, person("Bo", "13900000002")?],
            }],
            days: vec![],
        };
        scene.tenant.admin.send(Method::POST, "/api/rotas", &rota).await?;
        let rings = Kind::Duty { rota: rota.id, ring: Millis::from_secs(5) };
        let nodes = vec![(rings, vec![(Exit::Otherwise, 2)]), play("not-available", 3), hang_up()];
        let id = publish(&scene, "Duty", flow(nodes)).await?;
        lead(&scene, LINE, id, false).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::Rings);
        let call = scene.carrier.call(LINE, scene.door).await?;
        let ann = scene.carrier.incoming(SOON).await?;
        ensure!(ann.invite().first_line().contains("13900000001"), "{}", ann.invite().first_line());
        call.expect_sound(SOON).await.context("the caller hears it ring")?;
        let bo = scene.carrier.incoming(SOON).await?;
        ensure!(bo.invite().first_line().contains("13900000002"), "{}", bo.invite().first_line());
        let since = Instant::now();
        bo.answer().await?;
        bo.expect_prompt("en/duty-confirm", since, SOON).await?;
        bo.expect_no_tone(CALLER, Duration::from_secs(1), SOON).await.context("not before the key")?;
        bo.dial("1");
        let (near, far) = tokio::join!(call.expect_tone(CALLER, SOON), bo.expect_tone(CALLER, SOON));
        near.context("the caller hears who is on duty")?;
        far.context("who is on duty hears the caller")?;
        bo.hang_up().await?;
        ends(&call).await
    });
}
