//! Two things at one moment: whatever wins, both sides agree, there is one record, and nobody hangs in a dead call.
//!
//! Each story is told in many rounds whose moments are drawn from a seed; a failure prints it, and `HARK_STORY_SEED`
//! draws the same again.

use anyhow::{Context, Result, ensure};
use hark_e2e::desk::{Desk, SOON};
use hark_e2e::phone::{Answering, End};
use hark_e2e::scene::{AGENT, CALLER_NUMBER, Scene};
use hark_e2e::story::{Story, after, story};
use hark_shared::wire::rest::{OfferEnd, Outcome};
use std::time::Duration;

/// Rounds of a story: enough that both orders come about on any machine.
const ROUNDS: usize = 12;
/// The latest moment of either party. A click needs some 20 ms to become a command, a CANCEL less than one to arrive.
const LATEST: Duration = Duration::from_millis(60);

/// SplitMix64 (Steele, Lea, Flood 2014): the moments of the rounds.
struct Dice(u64);

impl Dice {
    fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn moment(&mut self) -> Duration {
        Duration::from_micros(self.roll() % LATEST.as_micros() as u64)
    }
}

fn raced(name: &str, tell: impl AsyncFnOnce(&Story, &mut Dice) -> Result<()>) {
    let given = std::env::var("HARK_STORY_SEED").ok().map(|seed| seed.parse().expect("HARK_STORY_SEED is a number"));
    let seed = given.unwrap_or_else(|| uuid::Uuid::now_v7().as_u64_pair().1);
    story(name, async |story| tell(story, &mut Dice(seed)).await.with_context(|| format!("HARK_STORY_SEED={seed}")));
}

/// Awaits that the agent is in no call and nothing rings; finishes a wrap-up. Says whether there was one.
async fn free(desk: &Desk) -> Result<bool> {
    let state = "document.querySelector(\"[data-testid='agent-state']\")?.dataset.state ?? null";
    desk.expect_value("agent-state", state, &|got| got == "ready" || got == "wrap_up", SOON).await?;
    desk.expect_gone("offer-card", SOON).await?;
    let wrapping = desk.has("wrap-up-finish").await?;
    if wrapping {
        desk.click("wrap-up-finish", SOON).await?;
    }
    desk.expect_state("ready").await?;
    desk.expect_gone("contact", SOON).await?;
    Ok(wrapping)
}

#[test]
fn a_caller_cancels_while_the_agent_accepts() {
    raced("accept-cancel", async |story, dice| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        for round in 1..=ROUNDS {
            let (accept, cancel) = (dice.moment(), dice.moment());
            let told = || format!("round {round}: accept after {accept:?}, cancel after {cancel:?}");
            let call = scene.call().await?;
            amy.expect_ring().await?;
            call.ringing(SOON).await?;
            amy.click_after("offer-accept", accept).await?;
            after(cancel).await;
            call.cancel();
            let end = call.ended(SOON).await.with_context(told)?;
            ensure!(matches!(end, End::Cancelled | End::ByUs), "{}: the caller's end is {end:?}", told());
            let talked = free(&amy).await.with_context(told)?;

            let contacts = scene.tenant.admin.expect_contacts(round, SOON, |_| true).await.with_context(told)?;
            let contact = contacts.iter().max_by_key(|contact| contact.began).context("one at least")?;
            let offers = scene.tenant.admin.contact(contact).await?.offers;
            let ends: Vec<OfferEnd> = offers.iter().map(|offer| offer.end).collect();
            let right = match contact.outcome {
                Outcome::Abandoned => !talked && end == End::Cancelled && ends == [OfferEnd::Withdrawn],
                Outcome::Answered => talked && ends == [OfferEnd::Accepted],
                _ => false,
            };
            ensure!(right, "{}: ended {end:?}, wrapped up: {talked}, {ends:?}, {contact:#?}", told());
        }
        // And the desk is as good as new.
        let call = scene.talk(&amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await
    });
}

#[test]
fn an_agent_gives_up_while_the_far_side_answers() {
    raced("answer-cancel", async |story, dice| {
        let scene = Scene::open(story, &["amy"]).await?;
        let amy = scene.ready(story, "amy", AGENT).await?;
        for round in 1..=ROUNDS {
            // In the first round the 200 crosses the CANCEL for certain.
            let certain = round == 1;
            scene.carrier.behave(|manners| {
                (manners.answering, manners.answer_on_cancel) = (Answering::Rings, certain);
            });
            let (give_up, answer) = (dice.moment(), dice.moment());
            let told = || format!("round {round}: gives up after {give_up:?}, answers after {answer:?}");
            amy.dial(CALLER_NUMBER).await?;
            let call = scene.carrier.incoming(SOON).await?;
            amy.expect_phase("dialling").await?;
            amy.click_after("hang-up", give_up).await?;
            let answered = if certain {
                true
            } else {
                after(answer).await;
                // Refused by the telephone itself when the CANCEL was quicker.
                call.answer().await.is_ok()
            };
            let end = call.ended(SOON).await.with_context(told)?;
            if answered {
                ensure!(end == End::ByThem, "{}: a call that was answered ends {end:?}", told());
                ensure!(call.state().acks > 0, "{}: the 200 was not acknowledged", told());
            } else {
                ensure!(end == End::Cancelled, "{}: {end:?}", told());
            }
            ensure!(free(&amy).await.with_context(told)?, "{}: no wrap-up", told());
            let contacts = scene.tenant.admin.expect_contacts(round, SOON, |_| true).await.with_context(told)?;
            let contact = contacts.iter().max_by_key(|contact| contact.began).context("one at least")?;
            let right = match contact.outcome {
                Outcome::NotConnected => true,
                Outcome::Connected => answered && !certain,
                _ => false,
            };
            ensure!(right, "{}: answered: {answered}, {contact:#?}", told());
        }
        scene.carrier.behave(|manners| {
            (manners.answering, manners.answer_on_cancel) = (Answering::AtOnce, false);
        });
        amy.dial(CALLER_NUMBER).await?;
        let call = scene.carrier.incoming(SOON).await?;
        scene.expect_both_hear(&call, &amy, AGENT).await?;
        call.hang_up().await?;
        amy.wrap_up("").await
    });
}
