//! Calls in, by SIPp: answered, rejected, cancelled, held, refreshed; what the core hears and what media is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::sipp::Sipp;
use common::{Core, free_port, number};
use hark_shared::edge::{Cause, EdgeCommand, EdgeEvent};
use hark_shared::ids::LegId;
use std::time::Duration;

/// An edge with a trunk, and SIPp calling it.
async fn call(scenario: &str) -> (Core, Sipp) {
    let far = free_port();
    let core = Core::with_trunk(far).await;
    let sipp = Sipp::start(scenario, far, core.sip(), &[]);
    (core, sipp)
}

#[tokio::test]
async fn answered_and_the_caller_hangs_up() {
    let (mut core, sipp) = call("uac_bye.xml").await;
    let EdgeEvent::Incoming { leg, from, name, .. } = core.next().await else { panic!("no call") };
    assert_eq!((from.map(String::from).as_deref(), name.as_deref()), (Some("13800138000"), Some("Zhang")));
    core.send(EdgeCommand::Ring { leg, early_media: false }).await;
    core.answer(leg).await;
    core.answered(leg).await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
    core.expect_nothing().await;
}

#[tokio::test]
async fn answered_with_early_media_and_hung_up_by_us() {
    let (mut core, sipp) = call("uac_is_hung_up.xml").await;
    let leg = core.incoming().await;
    core.send(EdgeCommand::Ring { leg, early_media: true }).await;
    core.answer(leg).await;
    core.answered(leg).await;
    core.end(leg, Cause::Ended).await;
    assert_eq!(core.ended(leg).await, Cause::Ended);
    sipp.done().await;
    assert_eq!(core.media.targets(leg).len(), 1);
}

/// The end comes before the ACK: the BYE has to wait for it.
#[tokio::test]
async fn hung_up_by_us_before_the_ack() {
    let (mut core, sipp) = call("uac_is_hung_up.xml").await;
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.end(leg, Cause::Ended).await;
    assert_eq!(core.ended(leg).await, Cause::Ended);
    sipp.done().await;
}

#[tokio::test]
async fn cancelled_while_it_rings() {
    let (mut core, sipp) = call("uac_cancel.xml").await;
    let leg = core.incoming().await;
    core.send(EdgeCommand::Ring { leg, early_media: false }).await;
    assert_eq!(core.ended(leg).await, Cause::Cancelled);
    sipp.done().await;
}

#[tokio::test]
async fn a_bye_before_the_answer_ends_it_too() {
    let (mut core, sipp) = call("uac_early_bye.xml").await;
    let leg = core.incoming().await;
    core.send(EdgeCommand::Ring { leg, early_media: false }).await;
    assert_eq!(core.ended(leg).await, Cause::Cancelled);
    sipp.done().await;
}

#[tokio::test]
async fn rejected_as_busy() {
    let (mut core, sipp) = call("uac_rejected.xml").await;
    let leg = core.incoming().await;
    core.end(leg, Cause::Busy).await;
    assert_eq!(core.ended(leg).await, Cause::Busy);
    sipp.done().await;
}

#[tokio::test]
async fn a_cancel_that_crosses_the_answer_changes_nothing() {
    let (mut core, sipp) = call("uac_late_cancel.xml").await;
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.answered(leg).await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

#[tokio::test]
async fn hold_resume_refresh_and_digits() {
    let (mut core, sipp) = call("uac_hold.xml").await;
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.answered(leg).await;
    assert_eq!(core.next().await, EdgeEvent::FarHold { leg, held: true });
    assert_eq!(core.next().await, EdgeEvent::FarHold { leg, held: false });
    assert_eq!(core.next().await, EdgeEvent::Digit { leg, digit: '7' });
    assert_eq!(core.next().await, EdgeEvent::Digit { leg, digit: '#' });
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
    let targets: Vec<(String, bool)> =
        core.media.targets(leg).into_iter().map(|t| (t.address.ip().to_string(), t.send)).collect();
    let seen: Vec<(&str, bool)> = targets.iter().map(|(ip, send)| (ip.as_str(), *send)).collect();
    assert_eq!(seen, [("127.0.0.1", true), ("127.0.0.1", false), ("127.0.0.9", true)]);
}

#[tokio::test]
async fn an_invite_without_an_offer_is_given_ours() {
    let (mut core, sipp) = call("uac_late_offer.xml").await;
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.answered(leg).await;
    assert_eq!(core.next().await, EdgeEvent::FarHold { leg, held: true });
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
    assert_eq!(core.media.targets(leg).len(), 2);
}

#[tokio::test]
async fn session_timers_are_negotiated() {
    let (mut core, sipp) = call("uac_timer.xml").await;
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.answered(leg).await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

/// A call that stands, with a carrier that may pass calls on.
async fn referring(scenario: &str) -> (Core, Sipp, LegId) {
    let far = free_port();
    let mut core = Core::with_trunk(far).await;
    let mut plan = common::trunk(far);
    plan.refer = true;
    core.send(EdgeCommand::SetTrunks(vec![plan])).await;
    core.settle().await;
    let sipp = Sipp::start(scenario, far, core.sip(), &[]);
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.answered(leg).await;
    (core, sipp, leg)
}

/// The far end names whom we shall call in its place.
async fn referred(core: &mut Core, leg: LegId) {
    assert_eq!(core.next().await, EdgeEvent::Referred { leg, to: number("13900139000") });
}

/// What the floor does when who was named has answered.
async fn replaced(core: &mut Core, leg: LegId) {
    core.send(EdgeCommand::ReferDone { leg, failed: None }).await;
    core.end(leg, Cause::Normal).await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
}

#[tokio::test]
async fn a_carrier_passes_its_call_on_and_is_told_what_came_of_it() {
    let (mut core, sipp, leg) = referring("uac_refer.xml").await;
    referred(&mut core, leg).await;
    replaced(&mut core, leg).await;
    sipp.done().await;
    core.expect_nothing().await;
}

#[tokio::test]
async fn a_carrier_whose_choice_is_busy_is_told_and_may_name_another() {
    let (mut core, sipp, leg) = referring("uac_refer_fails.xml").await;
    referred(&mut core, leg).await;
    // The second REFER is declined meanwhile, and nobody hears of it.
    assert_eq!(core.next().await, EdgeEvent::Digit { leg, digit: '5' });
    core.send(EdgeCommand::ReferDone { leg, failed: Some(Cause::Busy) }).await;
    referred(&mut core, leg).await;
    replaced(&mut core, leg).await;
    sipp.done().await;
    core.expect_nothing().await;
}

#[tokio::test]
async fn what_cannot_be_passed_on_is_declined_and_the_call_goes_on() {
    let (mut core, sipp, leg) = referring("uac_refer_declined.xml").await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

#[tokio::test]
async fn a_carrier_that_may_not_pass_calls_on_is_declined() {
    let (mut core, sipp) = call("uac_refer_forbidden.xml").await;
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.answered(leg).await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

/// Half of the interval of 90 s passes, in which both ends do nothing: the session is ours to refresh.
async fn refresh_is_due() {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(45)).await;
    tokio::time::resume();
}

/// Glare: the scenario measures how long we wait.
#[tokio::test]
async fn two_that_change_a_call_at_once_try_again_at_different_times() {
    let (mut core, sipp) = call("uac_glare.xml").await;
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.answered(leg).await;
    refresh_is_due().await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

#[tokio::test]
async fn options_are_answered() {
    let (mut core, sipp) = call("uac_options.xml").await;
    sipp.done().await;
    core.expect_nothing().await;
}

/// A hundred calls a second: each is answered and ended once, none disturbs another.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_calls_in_two_seconds() {
    const CALLS: usize = 200;
    let far = free_port();
    let mut core = Core::with_trunk(far).await;
    let mut plan = common::trunk(far);
    plan.limit = 200;
    core.send(EdgeCommand::SetTrunks(vec![plan])).await;
    core.settle().await;
    let sipp = Sipp::start("uac_bye.xml", far, core.sip(), &["-m", "200", "-r", "100", "-l", "200"]);
    let (mut answered, mut ended) = (0, 0);
    while ended < CALLS {
        match core.next().await {
            EdgeEvent::Incoming { leg, .. } => {
                core.send(EdgeCommand::Ring { leg, early_media: false }).await;
                core.answer(leg).await;
            }
            EdgeEvent::Answered { .. } => answered += 1,
            EdgeEvent::Ended { cause: Cause::Normal, .. } => ended += 1,
            other => panic!("not expected: {other:?}"),
        }
    }
    assert_eq!(answered, CALLS);
    sipp.done().await;
    core.expect_nothing().await;
}
