//! The door to the telephone network: strangers, nonsense and carriers with rules of their own. No browser needed.

use anyhow::ensure;
use hark_e2e::api::Api;
use hark_e2e::desk::SOON;
use hark_e2e::phone::{Direction, End, Manners, Phone};
use hark_e2e::scene::{CALLER, Scene};
use hark_e2e::server::{Options, Server};
use hark_e2e::story::story;
use hark_e2e::tenant::{HOTLINE, PASSWORD, TENANT};
use hark_shared::wire::rest::SignIn;
use hyper::{Method, StatusCode};
use std::time::Duration;

/// A time in which an answer would have come.
const WHILE: Duration = Duration::from_secs(2);

#[test]
fn strangers_hear_nothing() {
    story("stranger", async |story| {
        let scene = Scene::open(story, &[]).await?;
        // Another loopback address: the trunk's list has the carrier's only.
        let stranger = Phone::plug_in_at(story, Manners::tone("666", CALLER), "127.0.0.7:0".parse()?).await?;
        let call = stranger.call(HOTLINE, scene.door).await?;
        ensure!(stranger.options(scene.door, WHILE).await.is_err(), "a stranger's OPTIONS was answered");
        ensure!(call.state().statuses.is_empty(), "{:?}", call.state());
        // The known carrier is served meanwhile.
        scene.call().await?.answered(SOON).await?;
        Ok(())
    });
}

#[test]
fn requests_that_cannot_be_served_are_refused_by_the_book() {
    story("refusals", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let carrier = &scene.carrier;
        let unknown = carrier.call("999999", scene.door).await?;
        ensure!(unknown.ended(SOON).await? == End::Refused(404), "{:?}", unknown.state());
        let publish = carrier.ask("PUBLISH", scene.door, SOON, |_| ()).await?;
        ensure!(matches!(publish.status(), 405 | 501), "{}", publish.first_line());
        let strict = carrier.ask("OPTIONS", scene.door, SOON, |request| request.push("Require", "x-magic")).await?;
        ensure!(strict.status() == 420, "{}", strict.first_line());
        // Nonsense costs itself only.
        for nonsense in [&b"\r\n\r\n"[..], b"INVITE\r\n\r\n", b"INVITE sip:x SIP/9.9\r\n\r\n", &[0xff; 1400]] {
            carrier.send_raw(nonsense, scene.door).await?;
        }
        ensure!(carrier.options(scene.door, SOON).await? == 200);
        Ok(())
    });
}

#[test]
fn a_caller_in_the_queue_can_hold_and_move() {
    story("queue-reinvite", async |story| {
        let scene = Scene::open(story, &[]).await?;
        let call = scene.call().await?;
        call.answered(SOON).await?;
        call.expect_sound(SOON).await?;
        call.hold(Direction::Inactive).await?;
        call.expect_silence(Duration::from_millis(500), SOON).await?;
        call.resume().await?;
        call.expect_sound(SOON).await?;
        call.move_media().await?;
        call.expect_sound(SOON).await?;
        call.hang_up().await?;
        scene.only_contact().await.map(drop)
    });
}

#[test]
fn a_wrong_password_locks_the_door_for_a_while() {
    story("locked", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let sign_in = |password: &str| SignIn {
            tenant: TENANT.to_owned(),
            login: "amy".to_owned(),
            password: password.to_owned(),
        };
        let stranger = Api::new(&scene.server.origin());
        let mut statuses = Vec::new();
        for _ in 0..20 {
            let answer = stranger.ask(Method::POST, "/api/session", Some(&sign_in("wrong-password"))).await?;
            statuses.push(answer.status);
            if answer.status == StatusCode::TOO_MANY_REQUESTS {
                break;
            }
        }
        ensure!(statuses.last() == Some(&StatusCode::TOO_MANY_REQUESTS), "{statuses:?}");
        let right = stranger.ask(Method::POST, "/api/session", Some(&sign_in(PASSWORD))).await?;
        ensure!(right.status == StatusCode::TOO_MANY_REQUESTS, "the right password opens a locked door");
        Ok(())
    });
}

#[test]
fn a_server_ends_when_it_is_asked_to() {
    story("drain", async |story| {
        let server = Server::start(story, Options::default()).await?;
        let status = server.terminate(Duration::from_secs(10)).await?;
        ensure!(status.success(), "{status}");
        server.restart().await?;
        ensure!(Api::new(&server.origin()).ask(Method::GET, "/", None::<&()>).await.is_ok());
        Ok(())
    });
}
