//! The harness proves itself before it judges anybody: telephone to telephone, through Kamailio, browser to itself.

use anyhow::{Result, ensure};
use hark_e2e::kamailio::Kamailio;
use hark_e2e::phone::{Account, Answering, Direction, End, Manners, Phone};
use hark_e2e::postgres::Postgres;
use hark_e2e::sound::Voice;
use hark_e2e::story::story;
use std::time::{Duration, Instant};

/// For anything that happens at once on a machine that is busy.
const SOON: Duration = Duration::from_secs(10);
/// How long a tone is watched for gaps.
const WATCH: Duration = Duration::from_secs(1);

const ALICE: f64 = 850.0;
const BOB: f64 = 1250.0;

#[test]
fn two_telephones_hear_each_other() {
    story("two-telephones", async |story| {
        let alice = Phone::plug_in(story, Manners::tone("1001", ALICE)).await?;
        let bob = Phone::plug_in(story, Manners::tone("1002", BOB)).await?;
        let placed = alice.call("1002", bob.address()).await?;
        placed.answered(SOON).await?;
        let taken = bob.incoming(SOON).await?;
        placed.expect_tone(BOB, SOON).await?;
        taken.expect_tone(ALICE, SOON).await?;
        ensure!(placed.expect_tone(ALICE, WATCH).await.is_err(), "alice heard herself");
        let began = Instant::now();
        ensure!(taken.expect_no_tone(ALICE, WATCH, WATCH).await.is_err(), "the tone is there all the time");
        let gap = taken.longest_gap(ALICE, began, Instant::now());
        ensure!(gap < Duration::from_millis(200), "a continuous tone has a gap of {gap:?}");
        placed.hang_up().await?;
        ensure!(taken.ended(SOON).await? == End::ByThem);
        taken.expect_silence(Duration::from_millis(300), SOON).await
    });
}

#[test]
fn the_callee_hangs_up_and_asks_and_signals() {
    story("callee", async |story| {
        let alice = Phone::plug_in(story, Manners::tone("1001", ALICE)).await?;
        let bob = Phone::plug_in(story, Manners::tone("1002", BOB)).await?;
        ensure!(alice.options(bob.address(), SOON).await? == 200);
        let placed = alice.call("1002", bob.address()).await?;
        placed.answered(SOON).await?;
        let taken = bob.incoming(SOON).await?;
        placed.dial("12#");
        taken.expect_digits("12#", SOON).await?;
        taken.info_digit('7').await?;
        ensure!(placed.state().info_digits == "7");
        placed.change_ssrc();
        taken.expect_tone(ALICE, SOON).await?;
        taken.say(Voice::Silence);
        placed.expect_silence(Duration::from_millis(300), SOON).await?;
        taken.hang_up().await?;
        ensure!(placed.ended(SOON).await? == End::ByThem);
        Ok(())
    });
}

#[test]
fn hold_resume_and_moved_media() {
    story("hold", async |story| {
        let alice = Phone::plug_in(story, Manners::tone("1001", ALICE)).await?;
        let bob = Phone::plug_in(story, Manners::tone("1002", BOB)).await?;
        let placed = alice.call("1002", bob.address()).await?;
        placed.answered(SOON).await?;
        let taken = bob.incoming(SOON).await?;
        placed.hold(Direction::Inactive).await?;
        ensure!(taken.state().far_direction == Direction::Inactive);
        taken.expect_silence(Duration::from_millis(300), SOON).await?;
        placed.expect_silence(Duration::from_millis(300), SOON).await?;
        placed.resume().await?;
        taken.expect_tone(ALICE, SOON).await?;
        placed.expect_tone(BOB, SOON).await?;
        taken.hold(Direction::SendOnly).await?;
        taken.expect_silence(Duration::from_millis(300), SOON).await?;
        placed.expect_tone(BOB, SOON).await?;
        taken.resume().await?;
        placed.move_media().await?;
        taken.expect_tone(ALICE, SOON).await?;
        placed.expect_tone(BOB, SOON).await?;
        ensure!(taken.state().reinvites == 3 && placed.state().reinvites == 2);
        placed.hang_up().await
    });
}

#[test]
fn calls_that_are_not_answered() {
    story("unanswered", async |story| {
        let alice = Phone::plug_in(story, Manners::tone("1001", ALICE)).await?;
        let bob = Phone::plug_in(story, Manners::tone("1002", BOB)).await?;
        bob.behave(|manners| manners.answering = Answering::Refuses(486));
        let refused = alice.call("1002", bob.address()).await?;
        ensure!(refused.ended(SOON).await? == End::Refused(486));

        bob.behave(|manners| manners.answering = Answering::EarlyMedia);
        let _ = bob.incoming(SOON).await?;
        let early = alice.call("1002", bob.address()).await?;
        early.ringing(SOON).await?;
        early.expect_tone(BOB, SOON).await?;
        early.hang_up().await?;
        ensure!(early.ended(SOON).await? == End::Cancelled);
        ensure!(bob.incoming(SOON).await?.ended(SOON).await? == End::Cancelled);

        bob.behave(|manners| (manners.answering, manners.answer_on_cancel) = (Answering::Rings, true));
        let crossed = alice.call("1002", bob.address()).await?;
        crossed.ringing(SOON).await?;
        crossed.cancel();
        ensure!(crossed.ended(SOON).await? == End::ByUs);
        ensure!(crossed.state().statuses == [100, 180, 200], "{:?}", crossed.state());
        ensure!(bob.incoming(SOON).await?.ended(SOON).await? == End::ByThem);
        Ok(())
    });
}

#[test]
fn a_challenged_call_signs_in() {
    story("digest", async |story| {
        let account = Account { username: "hark".to_owned(), password: "secret".to_owned() };
        let alice = Phone::plug_in(story, Manners::tone("1001", ALICE)).await?;
        let bob = Phone::plug_in(story, Manners::tone("1002", BOB)).await?;
        bob.behave(|manners| manners.challenges = Some(account.clone()));
        let refused = alice.call("1002", bob.address()).await?;
        ensure!(refused.ended(SOON).await? == End::Refused(407));
        alice.behave(|manners| manners.account = Some(account));
        let placed = alice.call("1002", bob.address()).await?;
        placed.answered(SOON).await?;
        placed.expect_tone(BOB, SOON).await?;
        placed.hang_up().await
    });
}

#[test]
fn a_failed_story_says_so() {
    let told = std::panic::catch_unwind(|| story("failing", async |_| -> Result<()> { anyhow::bail!("on purpose") }));
    let words = told.unwrap_err();
    assert!(words.downcast_ref::<String>().unwrap().contains("on purpose"));
}

#[test]
fn calls_travel_through_kamailio_both_ways() {
    story("kamailio", async |story| {
        let carrier = Phone::plug_in(story, Manners::tone("1001", ALICE)).await?;
        let inside = Phone::plug_in(story, Manners::tone("1002", BOB)).await?;
        let sbc = Kamailio::start(story, carrier.address(), inside.address()).await?;
        for (from, to, door) in [(&carrier, &inside, sbc.outside), (&inside, &carrier, sbc.inside)] {
            let tones = if door == sbc.outside { (ALICE, BOB) } else { (BOB, ALICE) };
            let placed = from.call("95588", door).await?;
            placed.answered(SOON).await?;
            let taken = to.incoming(SOON).await?;
            ensure!(taken.invite().all("Record-Route").count() == 2, "one a face: {:?}", taken.invite());
            placed.expect_tone(tones.1, SOON).await?;
            taken.expect_tone(tones.0, SOON).await?;
            taken.hold(Direction::Inactive).await?;
            placed.expect_silence(Duration::from_millis(300), SOON).await?;
            taken.resume().await?;
            placed.expect_tone(tones.1, SOON).await?;
            taken.hang_up().await?;
            ensure!(placed.ended(SOON).await? == End::ByThem);

            let placed = from.call("95588", door).await?;
            placed.answered(SOON).await?;
            let taken = to.incoming(SOON).await?;
            placed.hang_up().await?;
            ensure!(taken.ended(SOON).await? == End::ByThem);

            to.behave(|manners| manners.answering = Answering::Rings);
            let placed = from.call("95588", door).await?;
            placed.ringing(SOON).await?;
            placed.hang_up().await?;
            ensure!(placed.ended(SOON).await? == End::Cancelled);
            ensure!(to.incoming(SOON).await?.ended(SOON).await? == End::Cancelled);
            to.behave(|manners| manners.answering = Answering::Refuses(486));
            let placed = from.call("95588", door).await?;
            ensure!(placed.ended(SOON).await? == End::Refused(486));
            let _ = to.incoming(SOON).await?;
        }
        Ok(())
    });
}

#[test]
fn a_database_is_made_stopped_and_started() {
    story("postgres", async |story| {
        let postgres = Postgres::start(story).await?;
        postgres.query("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)").await?;
        postgres.stop().await?;
        ensure!(postgres.query("SELECT n FROM kept").await.is_err(), "it answers while it is stopped");
        postgres.resume().await?;
        ensure!(postgres.query("SELECT n FROM kept").await?.trim() == "7");
        Ok(())
    });
}
