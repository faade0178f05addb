//! Whole calls with sound: SIP signalling, the real media thread, and telephones that listen.

mod common;
#[path = "media/phone.rs"]
#[allow(dead_code, reason = "other tests use more of it")]
mod phone;
#[path = "media/tone.rs"]
mod tone;

/// What the telephone needs of the media tests' surroundings.
mod site {
    pub async fn within<T>(future: impl std::future::Future<Output = T>) -> T {
        tokio::time::timeout(crate::common::PATIENCE, future).await.expect("nothing came in time")
    }
}

use common::agent::Agent;
use common::{Core, free_port};
use hark_shared::edge::{Cause, EdgeCommand, EdgeEvent, Listener, RoomPlan, Voice};
use hark_shared::ids::{LegId, RoomId};
use hark_shared::time::Millis;
use phone::Phone;

const ROOM: RoomId = RoomId::from_u128(77);

fn bridge(a: LegId, b: LegId) -> EdgeCommand {
    let listener = |leg, other| Listener { leg, hears: vec![Voice::Leg(other)] };
    EdgeCommand::SetRoom(RoomPlan {
        room: ROOM,
        sources: vec![],
        listeners: vec![listener(a, b), listener(b, a)],
        recording: None,
    })
}

/// A caller who was answered: its signalling, its sound, and its leg.
async fn caller(core: &mut Core, frequency: f64) -> (Agent, Phone, LegId) {
    let mut agent = Agent::new(core.sip()).await;
    let mut phone = Phone::new().await;
    agent.invite(phone.address).await;
    let leg = core.incoming().await;
    core.answer(leg).await;
    let to = agent.answered().await;
    core.answered(leg).await;
    phone.speak(to, 8, frequency, 1);
    (agent, phone, leg)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_callers_hear_each_other_and_one_moves() {
    let mut core = Core::with_sound(free_port()).await;
    let (mut a, mut phone_a, leg_a) = caller(&mut core, 440.0).await;
    let (mut b, mut phone_b, leg_b) = caller(&mut core, 1000.0).await;
    core.send(bridge(leg_a, leg_b)).await;
    phone_a.hears(1000.0).await;
    phone_b.hears(440.0).await;

    // The call is moved to another telephone, with another SSRC and from another port.
    phone_a.hush();
    let mut moved = Phone::new().await;
    a.reinvite(moved.address, "sendrecv").await;
    let to = a.answered().await;
    moved.speak(to, 8, 700.0, 99);
    moved.hears(1000.0).await;
    phone_b.hears(700.0).await;

    // On hold nothing reaches the holder; resumed, it hears again.
    a.reinvite(moved.address, "inactive").await;
    a.answered().await;
    assert_eq!(core.next().await, EdgeEvent::FarHold { leg: leg_a, held: true });
    a.reinvite(moved.address, "sendrecv").await;
    a.answered().await;
    assert_eq!(core.next().await, EdgeEvent::FarHold { leg: leg_a, held: false });
    moved.drain();
    moved.hears(1000.0).await;

    a.bye().await;
    let EdgeEvent::Ended { leg, cause: Cause::Normal, quality } = core.next().await else { panic!("no end") };
    assert!(leg == leg_a && quality.received > 15, "{quality:?}");
    core.end(leg_b, Cause::Ended).await;
    assert_eq!(core.ended(leg_b).await, Cause::Ended);
    b.hung_up().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dialled_party_is_heard_before_and_after_it_answers() {
    let carrier = free_port();
    let mut core = Core::with_sound(carrier).await;
    let (_a, mut phone_a, leg_a) = caller(&mut core, 440.0).await;
    let mut b = Agent::at(carrier, core.sip()).await;
    let mut phone_b = Phone::new().await;
    let leg_b = core.dial("01088880000", Millis::from_secs(60)).await;
    let to = b.called().await;
    b.progress(phone_b.address).await;
    assert_eq!(core.next().await, EdgeEvent::Ringing { leg: leg_b, early_media: true });
    core.send(bridge(leg_a, leg_b)).await;
    phone_b.speak(to, 8, 1000.0, 5);
    phone_a.hears(1000.0).await;
    b.accept(phone_b.address).await;
    core.answered(leg_b).await;
    phone_b.hears(440.0).await;
    core.end(leg_b, Cause::Normal).await;
    assert_eq!(core.ended(leg_b).await, Cause::Normal);
    b.hung_up().await;
}
