//! From an offer to a connection and its answer.

use super::sdp::{self, Offer};
use super::{Peer, label};
use crate::media::{Codec, MediaError};
use hark_shared::ids::LegId;
use rtc::crypto::SignatureScheme;
use rtc::interceptor::{Attribute, Interceptor, Packet, Registry, Slot, StreamInfo, TaggedPacket};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::certificate::{CertificateParams, RTCCertificate};
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MIME_TYPE_PCMA, MIME_TYPE_PCMU, MediaEngine};
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::{RTCDtlsRole, RTCIceCandidateInit};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::sansio::Protocol;
use rtc::shared::error::Error;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

/// A browser checks consent every few seconds (RFC 7675); after this long without a check ICE is disconnected, ...
const DISCONNECTED: Duration = Duration::from_secs(6);
/// ... and after this long it has failed: time for a phone to change networks and restart ICE.
const FAILED: Duration = Duration::from_secs(15);

/// What all connections of a thread share.
pub(crate) struct Context {
    certificate: RTCCertificate,
    /// Announced as candidates, with the real port.
    addresses: Vec<SocketAddr>,
    /// Whether the same addresses are offered over TCP.
    tcp: bool,
    multicast_off: rtc::ice::mdns::MulticastDnsMode,
}

impl Context {
    /// Makes the thread's certificate.
    ///
    /// # Errors
    /// When no key can be made.
    pub(crate) fn new(addresses: Vec<SocketAddr>, tcp: bool) -> Result<Self, String> {
        let provider = rtc::crypto::default_provider().map_err(|error| error.to_string())?;
        let params = CertificateParams::new(vec!["hark".to_owned()]).map_err(|error| error.to_string())?;
        let certificate = RTCCertificate::generate(provider.crypto(), SignatureScheme::EcdsaP256Sha256, params)
            .map_err(|error| error.to_string())?;
        Ok(Self { certificate, addresses, tcp, multicast_off: rtc::ice::mdns::MulticastDnsMode::Disabled })
    }

    /// Our address as a datagram from `from` must have reached it: the candidate of its family.
    pub(crate) fn local_for(&self, from: SocketAddr) -> Option<SocketAddr> {
        self.addresses.iter().find(|address| address.is_ipv4() == from.is_ipv4()).copied()
    }

    /// Answers the offer of a page that we do not know yet; `ssrc` is what we shall send with.
    ///
    /// # Errors
    /// When the offer cannot be answered.
    pub(crate) fn connect(
        &self,
        leg: LegId,
        offer: &Offer,
        ssrc: u32,
        now: Instant,
    ) -> Result<(Peer, String), MediaError> {
        let leading = sdp::negotiated(&offer.text).first().map(|format| format.codec);
        let leading = leading.ok_or_else(|| MediaError::Offer("no common codec".to_owned()))?;
        let mut connection = self.build(now).map_err(refused)?;
        let track = label(leg);
        let sender = connection.add_track(track_of(&track, ssrc, leading)).map_err(refused)?;
        let mut peer = Peer {
            connection,
            sender,
            track,
            identity: offer.identity.clone(),
            ssrcs: offer.ssrcs.clone(),
            declared: !offer.ssrcs.is_empty(),
            name: String::new(),
            formats: Vec::new(),
            deadline: None,
            gone: false,
        };
        let answer = self.renegotiate(&mut peer, offer, now)?;
        Ok((peer, answer))
    }

    /// Answers a first or a further offer.
    pub(super) fn renegotiate(&self, peer: &mut Peer, offer: &Offer, now: Instant) -> Result<String, MediaError> {
        let description = RTCSessionDescription::offer(offer.text.clone()).map_err(refused)?;
        peer.connection.set_remote_description(now, description).map_err(refused)?;
        for candidate in self.candidates() {
            peer.connection.add_local_candidate(candidate).map_err(refused)?;
        }
        let answer = peer.connection.create_answer(None).map_err(refused)?;
        peer.connection.set_local_description(now, answer).map_err(refused)?;
        let answer = peer.connection.local_description().map(|description| description.sdp);
        let answer = answer.ok_or_else(|| MediaError::Offer("no answer was made".to_owned()))?;
        peer.name = sdp::ufrag(&answer).unwrap_or_default().to_owned();
        peer.formats = sdp::negotiated(&answer);
        peer.declared = !offer.ssrcs.is_empty();
        peer.ssrcs.clone_from(&offer.ssrcs);
        peer.events();
        peer.settle(now);
        Ok(sdp::marked(&answer, &offer.text))
    }

    fn build(&self, now: Instant) -> Result<RTCPeerConnection, Error> {
        let mut engine = MediaEngine::default();
        for codec in [Codec::Opus, Codec::Pcma, Codec::Pcmu] {
            let parameters = RTCRtpCodecParameters { rtp_codec: codec_of(codec), payload_type: usual(codec) };
            engine.register_codec(parameters, RtpCodecKind::Audio)?;
        }
        let settings = SettingEngineBuilder::new()
            .with_lite(true)
            .with_answering_dtls_role(RTCDtlsRole::Server)
            .with_multicast_dns_mode(self.multicast_off)
            .with_ice_timeouts(Some(DISCONNECTED), Some(FAILED), None)
            .with_include_loopback_candidate(true)
            .build();
        let configuration = RTCConfigurationBuilder::new().with_certificates(vec![self.certificate.clone()]).build();
        RTCPeerConnectionBuilder::new()
            .with_configuration(configuration)
            .with_media_engine(engine)
            .with_interceptor_registry(Registry::new().with(Slot::ReceiverReport, Deliver::default()))
            .with_setting_engine(settings)
            .build(now)
    }

    /// Host candidates with the priorities of RFC 8445, 5.1.2.1 (UDP) and RFC 6544, 4.2 (TCP, passive), then the end.
    fn candidates(&self) -> Vec<RTCIceCandidateInit> {
        let mut lines = Vec::new();
        for (number, address) in self.addresses.iter().enumerate() {
            let (ip, port, preference) = (address.ip(), address.port(), 65_535 - number as u32);
            let priority = (126 << 24) | (preference << 8) | 255;
            lines.push(format!("candidate:{number} 1 udp {priority} {ip} {port} typ host"));
            if self.tcp {
                let priority = (90 << 24) | ((65_535 - 100 - number as u32) << 8) | 255;
                lines.push(format!("candidate:{} 1 tcp {priority} {ip} {port} typ host tcptype passive", 100 + number));
            }
        }
        lines.push(String::new());
        lines.into_iter().map(|candidate| RTCIceCandidateInit { candidate, ..Default::default() }).collect()
    }
}

fn refused(error: impl std::fmt::Display) -> MediaError {
    MediaError::Offer(error.to_string())
}

fn usual(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::Opus => 111,
    }
}

fn codec_of(codec: Codec) -> RTCRtpCodec {
    let (mime_type, clock_rate, channels, fmtp) = match codec {
        Codec::Pcmu => (MIME_TYPE_PCMU, 8000, 0, ""),
        Codec::Pcma => (MIME_TYPE_PCMA, 8000, 0, ""),
        Codec::Opus => (MIME_TYPE_OPUS, 48_000, 2, "minptime=10;useinbandfec=1"),
    };
    RTCRtpCodec {
        mime_type: mime_type.to_owned(),
        clock_rate,
        channels,
        sdp_fmtp_line: fmtp.to_owned(),
        rtcp_feedback: Vec::new(),
    }
}

fn track_of(label: &str, ssrc: u32, codec: Codec) -> MediaStreamTrack {
    let coding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec: codec_of(codec),
        ..Default::default()
    };
    MediaStreamTrack::new("hark".to_owned(), label.to_owned(), label.to_owned(), RtpCodecKind::Audio, vec![coding])
}

/// Lets RTCP through to us, which the stack's chain would swallow.
#[derive(Default)]
struct Deliver {
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for Deliver {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, mut packet: TaggedPacket) -> Result<(), Error> {
        if matches!(packet.message.packet, Packet::Rtcp(_)) {
            packet.message.add(Attribute::DeliverToApplication);
        }
        self.reads.push_back(packet);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, packet: TaggedPacket) -> Result<(), Error> {
        self.writes.push_back(packet);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for Deliver {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}
