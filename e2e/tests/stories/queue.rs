//! Waiting, giving up, and offers that are not taken.

use anyhow::ensure;
use hark_e2e::browser::Patch;
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Answering, End};
use hark_e2e::scene::{AGENT, SECOND, Scene};
use hark_e2e::server::Options;
use hark_e2e::story::story;
use hark_e2e::tenant::Plan;
use hark_shared::edge::Cause;
use hark_shared::time::Millis;
use hark_shared::wire::rest::{Choice, Entry, Menu, OfferEnd, Outcome};
use std::time::Duration;

/// The hotline leads to a menu first: 1 and silence lead to the queue.
fn with_menu(plan: &mut Plan) {
    let choices = vec![Choice { digit: '1', queue: plan.queue.id }];
    plan.entry = Some(Entry::Menu(Menu { prompt: "en/menu".to_owned(), choices, otherwise: plan.queue.id }));
}

#[test]
fn a_caller_gives_up_in_the_queue() {
    story("gives-up-queue", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let call = scene.call().await?;
        call.expect_sound(SOON).await?;
        call.hang_up().await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Abandoned && contact.agent.is_none(), "{contact:#?}");
        Ok(())
    });
}

#[test]
fn a_caller_gives_up_while_it_rings() {
    story("gives-up-ringing", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        call.hang_up().await?;
        amy.expect_gone("offer-card", SOON).await?;
        amy.expect_state("ready").await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::Abandoned, "{contact:#?}");
        let detail = scene.tenant.admin.contact(&contact).await?;
        ensure!(detail.offers.len() == 1 && detail.offers[0].end == OfferEnd::Withdrawn, "{detail:#?}");
        Ok(())
    });
}

#[test]
fn an_offer_that_nobody_takes_goes_to_the_next_agent() {
    story("no-answer", async |story| {
        let scene = Scene::open_with(story, &["amy", "ben"], Options::default(), |plan| {
            plan.queue.offer_timeout = Millis::from_secs(5);
        })
        .await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.call().await?;
        amy.expect_ring().await?;
        // Ben comes while it rings at Amy's.
        let ben = Desk::sign_in(story, &scene.server, "ben", SECOND).await?;
        amy.expect_state_within("missed", Duration::from_secs(20)).await?;
        ben.ready_for_the_next().await?;
        ben.answer().await?;
        scene.expect_both_hear(&call, &ben, SECOND).await?;
        call.hang_up().await?;
        ben.wrap_up("").await?;
        let contact = scene.only_contact().await?;
        let detail = scene.tenant.admin.contact(&contact).await?;
        let ends: Vec<OfferEnd> = detail.offers.iter().map(|offer| offer.end).collect();
        ensure!(ends == [OfferEnd::TimedOut, OfferEnd::Accepted], "{detail:#?}");
        ensure!(contact.agent == Some(scene.tenant.agent("ben")?));
        amy.expect_state("missed").await?;
        amy.ready().await
    });
}

#[test]
fn the_menu_listens_to_digits() {
    story("menu", async |story| {
        let scene = Scene::open_with(story, &["amy"], Options::default(), with_menu).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        let call = scene.call().await?;
        call.answered(SOON).await?;
        call.expect_sound(SOON).await?;
        call.dial("1");
        amy.expect_ring().await?;
        amy.answer().await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await?;

        let call = scene.call().await?;
        call.answered(SOON).await?;
        call.expect_sound(SOON).await?;
        call.info_digit('1').await?;
        amy.expect_ring().await?;
        call.hang_up().await?;
        amy.expect_state("ready").await
    });
}

#[test]
fn a_caller_gives_up_in_the_prompt() {
    story("gives-up-prompt", async |story| {
        let scene = Scene::open_with(story, &["amy"], Options::default(), with_menu).await?;
        let amy = scene.ready_with(story, "amy", AGENT, &[Patch::Frames]).await?;
        let call = scene.call().await?;
        call.answered(SOON).await?;
        call.expect_sound(SOON).await?;
        call.hang_up().await?;
        let contact = scene.only_contact().await?;
        ensure!(contact.outcome == Outcome::LeftInMenu && contact.cause == Cause::Normal, "{contact:#?}");
        ensure!(contact.agent.is_none() && contact.recording.is_none(), "{contact:#?}");
        let detail = scene.tenant.admin.contact(&contact).await?;
        ensure!(detail.offers.is_empty() && detail.legs.len() == 1, "{detail:#?}");
        // The agent who was ready all the time has heard nothing of it, not even for a moment.
        let id = contact.id.to_string();
        ensure!(!amy.frames().await?.iter().any(|frame| frame.contains(&id)), "the caller was offered");
        amy.expect_state("ready").await?;
        scene.tenant.admin.expect_contacts(1, SOON, |_| true).await.map(drop)
    });
}

#[test]
fn a_cancelled_invite_leaves_nothing_behind() {
    story("cancel", async |story| {
        let scene = Scene::open(story, &["amy"]).await?;
        scene.carrier.behave(|manners| manners.answering = Answering::Rings);
        // As early as RFC 3261 allows: with the first provisional response. If the 200 was quicker, it crossed. A call
        // that is cancelled before its sound could be opened never was a contact; one that was leaves one record.
        let call = scene.call().await?;
        call.cancel();
        let end = call.ended(SOON).await?;
        ensure!(matches!(end, End::Cancelled | End::ByUs), "{end:?}");
        // The line is free: the next caller is served, and nobody stands before them.
        let next = scene.call().await?;
        next.expect_sound(SOON).await?;
        next.hang_up().await?;
        scene.tenant.admin.expect_contacts(1, SOON, |contact| contact.waited >= Millis(40)).await?;
        let all = scene.tenant.admin.contacts().await?;
        ensure!(all.len() <= 2 && all.iter().all(|contact| contact.agent.is_none()), "{all:#?}");
        Ok(())
    });
}
