//! What only a browser can show: Chromium's own peer connection, its made-up microphone and its speakers.
//!
//! The far side of a call is here a second `RTCPeerConnection` of the browser, not code of ours. Run by
//! `cargo xtask test-browser`.

#![cfg(target_arch = "wasm32")]

use hark_voice::line::Ice;
use hark_voice::meter::Meter;
use hark_voice::mic::{self, Mic, MicError};
use hark_voice::peer::{Peer, PeerEvent};
use hark_voice::speaker::Speaker;
use js_sys::{Array, Promise, Reflect};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{MediaStream, RtcPeerConnection, RtcSdpType, RtcSessionDescriptionInit};

/// How often a condition is looked at again, and how many times: 20 seconds in all, for a busy machine.
const POLL_MS: i32 = 50;
const POLLS: usize = 400;

/// Awaits that something holds; says what was awaited when it does not.
async fn until(what: &str, holds: impl Fn() -> bool) {
    for _ in 0..POLLS {
        if holds() {
            return;
        }
        pause().await;
    }
    panic!("still not: {what}");
}

async fn pause() {
    let promise = Promise::new(&mut |done, _| {
        let window = web_sys::window().expect("a page");
        window.set_timeout_with_callback_and_timeout_and_arguments_0(&done, POLL_MS).expect("a timer");
    });
    JsFuture::from(promise).await.expect("a timer does not fail");
}

/// What a peer reported.
#[derive(Clone, Default)]
struct Heard {
    ice: Rc<RefCell<Vec<Ice>>>,
    sound: Rc<RefCell<Option<MediaStream>>>,
}

fn peer() -> (Peer, Heard) {
    let heard = Heard::default();
    let told = heard.clone();
    let peer = Peer::new(move |event| match event {
        PeerEvent::Ice(ice) => told.ice.borrow_mut().push(ice),
        PeerEvent::Sound(stream) => *told.sound.borrow_mut() = Some(stream),
    });
    (peer.expect("Chromium has WebRTC"), heard)
}

/// The browser's own far side. Its candidates are in its answer, as the edge's are; ours it learns from our checks.
async fn answer(far: &RtcPeerConnection, offer: &str) -> String {
    let description = RtcSessionDescriptionInit::new(RtcSdpType::Offer);
    description.set_sdp(offer);
    JsFuture::from(far.set_remote_description(&description)).await.expect("our offer is valid SDP");
    for transceiver in far.get_transceivers() {
        // A browser that only answers would only listen.
        Reflect::set(&transceiver, &"direction".into(), &"sendrecv".into()).expect("a transceiver has a direction");
    }
    let answer = JsFuture::from(far.create_answer()).await.expect("an answer");
    let description: &RtcSessionDescriptionInit = answer.unchecked_ref();
    JsFuture::from(far.set_local_description(description)).await.expect("its own answer");
    until("the far side's candidates", || {
        let sdp = far.local_description().map(|description| description.sdp()).unwrap_or_default();
        sdp.contains("a=candidate")
    })
    .await;
    far.local_description().expect("was set").sdp()
}

async fn wire(peer: &Peer, far: &RtcPeerConnection, restart: bool) -> String {
    let offer = peer.offer(restart).await.expect("an offer");
    let sdp = answer(far, &offer).await;
    assert_eq!(peer.answer(&sdp).await, Ok(true));
    offer
}

fn line<'a>(sdp: &'a str, begin: &str) -> &'a str {
    sdp.lines().find(|line| line.starts_with(begin)).unwrap_or_else(|| panic!("no {begin} in:\n{sdp}"))
}

/// The codecs' names in the order of the `m=` line.
fn codecs(sdp: &str) -> Vec<String> {
    let types = line(sdp, "m=audio").split(' ').skip(3);
    let name = |payload: &str| {
        let begin = format!("a=rtpmap:{payload} ");
        sdp.lines().find_map(|line| line.strip_prefix(&begin)).map(|name| name.split('/').next().unwrap_or(name))
    };
    types.filter_map(|payload| name(payload).map(str::to_owned)).collect()
}

#[wasm_bindgen_test]
async fn an_offer_has_one_audio_line_with_what_the_edge_speaks_and_needs_no_microphone() {
    let (peer, _) = peer();
    let offer = peer.offer(false).await.expect("an offer");
    assert_eq!(offer.lines().filter(|line| line.starts_with("m=")).count(), 1, "{offer}");
    assert!(offer.contains("a=sendrecv"), "both ways, although no track is there yet");
    assert!(offer.contains("a=rtcp-mux") && offer.contains("a=fingerprint:sha-256"), "{offer}");
    let codecs = codecs(&offer);
    for wanted in ["opus", "PCMU", "PCMA", "telephone-event"] {
        assert!(codecs.iter().any(|codec| codec == wanted), "{wanted} is not among {codecs:?}");
    }
}

#[wasm_bindgen_test]
async fn the_far_sides_choice_of_codec_is_taken() {
    let (peer, _) = peer();
    let offer = peer.offer(false).await.expect("an offer");
    let far = RtcPeerConnection::new().expect("a far side");
    // The edge prefers G.711: an answer that names PCMA first, as `legs::sdp` writes it.
    let answer = answer(&far, &offer).await;
    let payload = |name: &str| {
        let of = |line: &str| {
            Some(line.strip_prefix("a=rtpmap:")?.split_once(' ')?)
                .filter(|(_, codec)| codec.starts_with(name))
                .map(|(payload, _)| payload.to_owned())
        };
        answer.lines().find_map(of).unwrap_or_else(|| panic!("no {name}"))
    };
    let (pcma, event) = (payload("PCMA/8000"), payload("telephone-event/8000"));
    let head = line(&answer, "m=audio");
    let narrow = format!("{} {pcma} {event}", head.split(' ').take(3).collect::<Vec<_>>().join(" "));
    let gone = |line: &str| {
        let of = ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"].iter().find_map(|begin| line.strip_prefix(begin));
        of.is_some_and(|rest| ![&pcma, &event].iter().any(|kept| rest.split(' ').next() == Some(kept)))
    };
    let sdp: String = answer
        .lines()
        .filter(|line| !gone(line))
        .map(|line| if line == head { format!("{narrow}\r\n") } else { format!("{line}\r\n") })
        .collect();
    assert_eq!(codecs(&sdp), ["PCMA", "telephone-event"]);
    assert_eq!(peer.answer(&sdp).await, Ok(true));
    far.close();
}

#[wasm_bindgen_test]
async fn an_answer_that_nobody_waits_for_is_ignored_and_nonsense_is_refused() {
    let (peer, _) = peer();
    assert_eq!(peer.answer("v=0\r\n").await, Ok(false), "before any offer");
    let _offer = peer.offer(false).await.expect("an offer");
    assert!(peer.answer("this is no SDP").await.is_err());
    let far = RtcPeerConnection::new().expect("a far side");
    let (fresh, _) = self::peer();
    wire(&fresh, &far, false).await;
    let late = far.local_description().expect("was set").sdp();
    assert_eq!(fresh.answer(&late).await, Ok(false), "a second time");
    far.close();
}

type Arrived = Rc<RefCell<Option<MediaStream>>>;

/// A far side that keeps the stream of what it hears.
fn listening() -> (RtcPeerConnection, Arrived) {
    let far = RtcPeerConnection::new().expect("a far side");
    let arrived = Arrived::default();
    let track = Closure::<dyn FnMut(web_sys::RtcTrackEvent)>::new({
        let arrived = Rc::clone(&arrived);
        move |event: web_sys::RtcTrackEvent| {
            let stream = MediaStream::new().expect("an empty stream");
            stream.add_track(&event.track());
            *arrived.borrow_mut() = Some(stream);
        }
    });
    far.set_ontrack(Some(track.as_ref().unchecked_ref()));
    // As long as the page, like the connection.
    track.forget();
    (far, arrived)
}

/// How loud it is at the far side. Chromium measures a remote stream only while something plays it.
fn meter(arrived: &Arrived) -> Meter {
    let stream = arrived.borrow().clone().expect("the far side has a track");
    Speaker::of_page().expect("a page").attach(&stream);
    Meter::new(&stream).expect("an audio context")
}

#[wasm_bindgen_test]
async fn sound_flows_with_a_track_put_in_later_and_stops_when_it_is_taken_out() {
    let (peer, heard) = peer();
    let (far, arrived) = listening();
    wire(&peer, &far, false).await;
    until("ICE", || heard.ice.borrow().contains(&Ice::Connected)).await;
    assert!(heard.sound.borrow().is_some(), "the far side's track was reported");

    mic::set_processing(false);
    let mic = Mic::open(None, || {}).await.expect("Chromium makes up a microphone");
    peer.send(Some(&mic.track())).await.expect("no new offer is needed");
    let meter = meter(&arrived);
    until("the made-up microphone's beep at the far side", || meter.level() > 0.3).await;

    let loudest = async || {
        let mut loudest = 0.0_f64;
        // The beep comes once a second; what is under way arrives first.
        for _ in 0..40 {
            pause().await;
            loudest = loudest.max(meter.level());
        }
        loudest
    };
    mic.set_enabled(false);
    let _under_way = loudest().await;
    assert!(loudest().await < 0.1, "muted, and still heard");
    mic.set_enabled(true);
    until("the beep again", || meter.level() > 0.3).await;
    peer.send(None).await.expect("taken out");
    let _under_way = loudest().await;
    assert!(loudest().await < 0.1, "taken out, and still heard");
    mic::set_processing(true);
    far.close();
}

#[wasm_bindgen_test]
async fn an_ice_restart_has_new_credentials_and_the_sound_goes_on() {
    let (peer, heard) = peer();
    let (far, arrived) = listening();
    let first = wire(&peer, &far, false).await;
    until("ICE", || heard.ice.borrow().contains(&Ice::Connected)).await;
    let second = wire(&peer, &far, true).await;
    assert_ne!(line(&first, "a=ice-ufrag:"), line(&second, "a=ice-ufrag:"));
    assert_eq!(line(&first, "a=fingerprint:"), line(&second, "a=fingerprint:"), "DTLS goes on");
    let mic = Mic::open(None, || {}).await.expect("Chromium makes up a microphone");
    peer.send(Some(&mic.track())).await.expect("a track");
    let meter = meter(&arrived);
    until("the beep after the restart", || meter.level() > 0.3).await;
    far.close();
}

#[wasm_bindgen_test]
async fn a_microphone_that_is_not_there_is_told_apart_and_a_dropped_one_stops() {
    assert_eq!(Mic::open(Some("no-such-device"), || {}).await.err(), Some(MicError::Missing));
    let mic = Mic::open(None, || panic!("dropping is not unplugging")).await.expect("a microphone");
    let track = mic.track();
    assert_eq!(track.ready_state(), web_sys::MediaStreamTrackState::Live);
    drop(mic);
    assert_eq!(track.ready_state(), web_sys::MediaStreamTrackState::Ended);
}

#[wasm_bindgen_test]
async fn the_wish_for_processing_reaches_the_browser() {
    for on in [false, true] {
        mic::set_processing(on);
        assert_eq!(mic::processing(), on);
        let mic = Mic::open(None, || {}).await.expect("a microphone");
        let settings = Reflect::get(&mic.track(), &"getSettings".into()).expect("a method");
        let settings = settings.unchecked_ref::<js_sys::Function>().call0(&mic.track()).expect("settings");
        for name in ["echoCancellation", "noiseSuppression", "autoGainControl"] {
            let value = Reflect::get(&settings, &name.into()).expect("an object");
            assert_eq!(value.as_bool(), Some(on), "{name}");
        }
    }
}

#[wasm_bindgen_test]
async fn devices_are_listed_and_a_speaker_is_chosen() {
    let mic = Mic::open(None, || {}).await.expect("after it browsers name devices");
    let devices = mic::devices().await;
    assert!(devices.iter().any(|device| !device.output && !device.label.is_empty()), "{devices:?}");
    let speaker = Speaker::of_page().expect("a page");
    // A machine without a sound card can choose among made-up speakers only while nothing plays.
    Reflect::set(&element(), &"srcObject".into(), &JsValue::NULL).expect("an audio element");
    let chosen =
        devices.iter().filter(|device| device.output && device.id != "default").map(|device| device.id.clone());
    for id in chosen.chain([String::new()]) {
        assert!(speaker.use_device(&id).await, "{id}");
        assert_eq!(sink(), id);
    }
    assert!(!speaker.use_device("no-such-device").await);
    assert_eq!(sink(), "", "a refused choice changes nothing");
    assert_eq!(found(), 1, "one element, however often it is asked for");
    let again = Speaker::of_page().expect("a page");
    drop(again);
    assert_eq!(found(), 1);
    drop(mic);
}

fn element() -> web_sys::Element {
    let document = web_sys::window().and_then(|window| window.document()).expect("a page");
    document.get_element_by_id(Speaker::ID).expect("the speaker")
}

fn sink() -> String {
    Reflect::get(&element(), &"sinkId".into()).ok().and_then(|id| id.as_string()).unwrap_or_default()
}

fn found() -> u32 {
    let document = web_sys::window().and_then(|window| window.document()).expect("a page");
    let audio: Array = Array::from(&document.get_elements_by_tag_name("audio"));
    audio.length()
}
