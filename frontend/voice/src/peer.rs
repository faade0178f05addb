//! One `RTCPeerConnection` with one audio transceiver.
//!
//! The offer is made with no track, so that connecting needs no microphone; a track is put in and taken out with
//! `replaceTrack`, which needs no new offer. Offers leave without waiting for our own ICE candidates: the far side is
//! ICE-lite and learns our address from our checks (RFC 8445, 7.3.1.3).

use crate::grade::Sample;
use crate::js;
use crate::line::Ice;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MediaStream, MediaStreamTrack, RtcConfiguration, RtcIceConnectionState, RtcOfferOptions, RtcPeerConnection,
    RtcRtpSender, RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType, RtcSessionDescriptionInit,
    RtcSignalingState, RtcTrackEvent,
};

/// What a peer connection reports.
pub enum PeerEvent {
    /// ICE changed.
    Ice(Ice),
    /// The far side's sound, to be given to the speaker.
    Sound(MediaStream),
}

/// The browser refused a step; the text is its own, for the console only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PeerError(pub String);

impl From<JsValue> for PeerError {
    fn from(error: JsValue) -> Self {
        Self(format!("{}: {}", js::error_name(&error), js::get(&error, "message").as_string().unwrap_or_default()))
    }
}

/// A peer connection; dropping it closes it without a report.
pub struct Peer {
    connection: RtcPeerConnection,
    sender: RtcRtpSender,
    _ice: Closure<dyn FnMut()>,
    _track: Closure<dyn FnMut(RtcTrackEvent)>,
}

impl Peer {
    /// A new connection that nobody knows of yet. One bundled transport and no ICE servers: the edge has one public
    /// address, so the browser only needs to reach it.
    ///
    /// # Errors
    /// When the browser has no WebRTC or forbids it.
    pub fn new(report: impl Fn(PeerEvent) + 'static) -> Result<Self, PeerError> {
        let configuration = RtcConfiguration::new();
        js_sys::Reflect::set(&configuration, &"bundlePolicy".into(), &"max-bundle".into())?;
        let connection = RtcPeerConnection::new_with_configuration(&configuration)?;
        let init = RtcRtpTransceiverInit::new();
        init.set_direction(RtcRtpTransceiverDirection::Sendrecv);
        let sender = connection.add_transceiver_with_str_and_init("audio", &init).sender();

        let report = Rc::new(report);
        let ice = Closure::new({
            let (connection, report) = (connection.clone(), Rc::clone(&report));
            move || report(PeerEvent::Ice(ice_state(&connection)))
        });
        connection.set_oniceconnectionstatechange(Some(ice.as_ref().unchecked_ref()));
        let track = Closure::new(move |event: RtcTrackEvent| {
            // The far side's SDP may name no stream (`a=msid:-`): then the track becomes a stream of its own.
            let stream = event.streams().get(0).dyn_into::<MediaStream>().ok().or_else(|| alone(&event.track()));
            if let Some(stream) = stream {
                report(PeerEvent::Sound(stream));
            }
        });
        connection.set_ontrack(Some(track.as_ref().unchecked_ref()));
        Ok(Self { connection, sender, _ice: ice, _track: track })
    }

    /// Makes an SDP offer, with new ICE credentials when `restart`, and sets it as the local description.
    ///
    /// # Errors
    /// When the browser refuses, for instance because the connection was closed meanwhile.
    pub async fn offer(&self, restart: bool) -> Result<String, PeerError> {
        let options = RtcOfferOptions::new();
        options.set_ice_restart(restart);
        let offer = JsFuture::from(self.connection.create_offer_with_rtc_offer_options(&options)).await?;
        let sdp = js::get(&offer, "sdp").as_string().ok_or_else(|| PeerError("an offer without SDP".to_owned()))?;
        let description = RtcSessionDescriptionInit::new(RtcSdpType::Offer);
        description.set_sdp(&sdp);
        JsFuture::from(self.connection.set_local_description(&description)).await?;
        Ok(sdp)
    }

    /// Takes the far side's answer. An answer that no offer waits for, or that is to an offer of an earlier connection, is
    /// an old one and is ignored: `Ok(false)`.
    ///
    /// # Errors
    /// When the browser cannot use the SDP.
    pub async fn answer(&self, sdp: &str) -> Result<bool, PeerError> {
        let local = js::get(&js::get(&self.connection, "localDescription"), "sdp").as_string().unwrap_or_default();
        if self.connection.signaling_state() != RtcSignalingState::HaveLocalOffer || !is_answer_to(sdp, &local) {
            return Ok(false);
        }
        let description = RtcSessionDescriptionInit::new(RtcSdpType::Answer);
        description.set_sdp(sdp);
        JsFuture::from(self.connection.set_remote_description(&description)).await?;
        Ok(true)
    }

    /// Whether ICE stands.
    #[must_use]
    pub fn is_connected(&self) -> bool {
        ice_state(&self.connection) == Ice::Connected
    }

    /// Sends `track`, or nothing at all.
    ///
    /// # Errors
    /// When the connection was closed meanwhile.
    pub async fn send(&self, track: Option<&MediaStreamTrack>) -> Result<(), PeerError> {
        JsFuture::from(self.sender.replace_track(track)).await?;
        Ok(())
    }

    /// The counters of what arrives; `None` before anything did.
    pub async fn sample(&self) -> Option<Sample> {
        let report = JsFuture::from(self.connection.get_stats()).await.ok()?;
        let mut sample = None;
        let mut round_trip_ms = None;
        let each = &mut |entry: JsValue, _key: JsValue| match js::get(&entry, "type").as_string().as_deref() {
            Some("inbound-rtp") => {
                sample = Some(Sample {
                    received: js::number(&entry, "packetsReceived").unwrap_or(0.0),
                    lost: js::number(&entry, "packetsLost").unwrap_or(0.0),
                    jitter_ms: js::number(&entry, "jitter").unwrap_or(0.0) * 1000.0,
                    round_trip_ms: None,
                });
            }
            Some("candidate-pair") if js::get(&entry, "nominated").is_truthy() => {
                round_trip_ms = js::number(&entry, "currentRoundTripTime").map(|seconds| seconds * 1000.0);
            }
            _ => {}
        };
        js_sys::Map::from(report).for_each(each);
        sample.map(|sample| Sample { round_trip_ms, ..sample })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.connection.set_oniceconnectionstatechange(None);
        self.connection.set_ontrack(None);
        self.connection.close();
    }
}

/// Whether an answer is one to this offer: our edge names the offer's ICE user name in it.
fn is_answer_to(answer: &str, offer: &str) -> bool {
    let value = |sdp: &str, name: &str| {
        sdp.lines().find_map(|line| line.strip_prefix(name)).map(|value| value.trim().to_owned())
    };
    let named = value(answer, "a=x-hark-answers:");
    named.is_none_or(|named| value(offer, "a=ice-ufrag:") == Some(named))
}

fn ice_state(connection: &RtcPeerConnection) -> Ice {
    match connection.ice_connection_state() {
        RtcIceConnectionState::Connected | RtcIceConnectionState::Completed => Ice::Connected,
        RtcIceConnectionState::Disconnected => Ice::Disconnected,
        RtcIceConnectionState::Failed => Ice::Failed,
        RtcIceConnectionState::Closed => Ice::Closed,
        // `New`, `Checking` and what a later browser may add.
        _ => Ice::Working,
    }
}

fn alone(track: &MediaStreamTrack) -> Option<MediaStream> {
    let stream = MediaStream::new().ok()?;
    stream.add_track(track);
    Some(stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn an_answer_to_an_earlier_connection_is_none_to_this() {
        let offer = "v=0\r\na=ice-ufrag:new\r\n";
        assert!(is_answer_to("a=ice-ufrag:x\r\na=x-hark-answers:new\r\n", offer));
        assert!(!is_answer_to("a=ice-ufrag:x\r\na=x-hark-answers:old\r\n", offer));
        assert!(is_answer_to("a=ice-ufrag:x\r\n", offer), "of a server that names none");
    }
}
