//! Calls out, with SIPp as the carrier, and what forbids them.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::sipp::Sipp;
use common::{Core, TRUNK, free_port, trunk};
use hark_shared::edge::{Cause, Credentials, EdgeCommand, EdgeEvent};
use hark_shared::ids::LegId;
use hark_shared::time::Millis;
use std::time::Duration;

const LONG: Millis = Millis::from_secs(60);

/// An edge whose trunk is SIPp with this scenario.
async fn carrier(scenario: &str) -> (Core, Sipp) {
    let far = free_port();
    let core = Core::with_trunk(far).await;
    // SIPp wants a peer on its command line even where it only answers.
    let sipp = Sipp::start(scenario, far, core.sip(), &[]);
    common::listens(far).await;
    (core, sipp)
}

async fn ringing(core: &mut Core, leg: LegId, early_media: bool) {
    assert_eq!(core.next().await, EdgeEvent::Ringing { leg, early_media });
}

#[tokio::test]
async fn rings_is_answered_and_hung_up_by_the_callee() {
    let (mut core, sipp) = carrier("uas_bye.xml").await;
    let leg = core.dial("01088880000", LONG).await;
    ringing(&mut core, leg, false).await;
    core.answered(leg).await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
    assert!(core.media.last(leg).send);
}

#[tokio::test]
async fn early_media_then_hung_up_by_us() {
    let (mut core, sipp) = carrier("uas_is_hung_up.xml").await;
    let leg = core.dial("01088880000", LONG).await;
    ringing(&mut core, leg, true).await;
    core.answered(leg).await;
    core.end(leg, Cause::Normal).await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

#[tokio::test]
async fn busy_is_busy() {
    let (mut core, sipp) = carrier("uas_busy.xml").await;
    let leg = core.dial("01088880000", LONG).await;
    assert_eq!(core.ended(leg).await, Cause::Busy);
    sipp.done().await;
}

#[tokio::test]
async fn a_challenge_is_answered_with_md5() {
    let (mut core, sipp) = carrier("uas_auth.xml").await;
    let mut plan = trunk(sipp.local);
    plan.credentials = Some(Credentials { username: "hark".into(), password: "secret".into() });
    core.send(EdgeCommand::SetTrunks(vec![plan])).await;
    let leg = core.dial("01088880000", LONG).await;
    core.answered(leg).await;
    core.end(leg, Cause::Normal).await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

#[tokio::test]
async fn no_answer_in_time_is_cancelled() {
    let (mut core, sipp) = carrier("uas_cancelled.xml").await;
    let leg = core.dial("01088880000", Millis(1500)).await;
    ringing(&mut core, leg, false).await;
    assert_eq!(core.ended(leg).await, Cause::NoAnswer);
    sipp.done().await;
}

#[tokio::test]
async fn given_up_by_us_while_it_rings() {
    let (mut core, sipp) = carrier("uas_cancelled.xml").await;
    let leg = core.dial("01088880000", LONG).await;
    ringing(&mut core, leg, false).await;
    core.end(leg, Cause::Cancelled).await;
    assert_eq!(core.ended(leg).await, Cause::Cancelled);
    sipp.done().await;
}

#[tokio::test]
async fn an_answer_that_crosses_our_cancel_is_hung_up() {
    let (mut core, sipp) = carrier("uas_crossing.xml").await;
    let leg = core.dial("01088880000", LONG).await;
    ringing(&mut core, leg, false).await;
    core.end(leg, Cause::Cancelled).await;
    assert_eq!(core.ended(leg).await, Cause::Cancelled);
    sipp.done().await;
    core.expect_nothing().await;
}

/// Glare in a call of ours: the scenario measures that we wait longer than the far end may.
#[tokio::test]
async fn a_change_that_met_the_far_ends_comes_again_after_two_seconds() {
    let (mut core, sipp) = carrier("uas_glare.xml").await;
    let leg = core.dial("01088880000", LONG).await;
    core.answered(leg).await;
    // Half of the 90 s that the carrier granted.
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(45)).await;
    tokio::time::resume();
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

/// The far end is a socket that must not get a single packet.
#[tokio::test]
async fn what_is_not_allowed_is_never_sent() {
    let far = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    far.set_nonblocking(true).unwrap();
    let mut core = Core::with_trunk(far.local_addr().unwrap()).await;
    let leg = core.dial("+19005550100", LONG).await;
    assert_eq!(core.ended(leg).await, Cause::Rejected);
    let mut full = trunk(far.local_addr().unwrap());
    full.limit = 0;
    core.send(EdgeCommand::SetTrunks(vec![full])).await;
    let leg = core.dial("01088880000", LONG).await;
    assert_eq!(core.ended(leg).await, Cause::Congestion);
    core.send(EdgeCommand::SetTrunks(vec![])).await;
    let leg = core.dial("01088880000", LONG).await;
    assert_eq!(core.ended(leg).await, Cause::Failed);
    assert!(far.recv(&mut [0; 10]).is_err(), "a forbidden call left the house");
}

#[tokio::test]
async fn a_trunk_is_tested() {
    let (mut core, sipp) = carrier("uas_options.xml").await;
    core.send(EdgeCommand::TestTrunk { trunk: TRUNK }).await;
    let EdgeEvent::TrunkTested { trunk: TRUNK, status: Some(200), fault: None, .. } = core.next().await else {
        panic!("no 200")
    };
    sipp.done().await;
    let mut wrong = trunk(free_port());
    wrong.address = "no-such-host.invalid".into();
    core.send(EdgeCommand::SetTrunks(vec![wrong])).await;
    core.send(EdgeCommand::TestTrunk { trunk: TRUNK }).await;
    let EdgeEvent::TrunkTested { status: None, fault: Some(_), .. } = core.next().await else { panic!("no fault") };
}
