//! A browser's connection: ICE, DTLS and SRTP, hidden behind offer, answer, packets in and out, and state.
//!
//! The sans-IO core `rtc` does the protocols and our shell the sockets; nothing of its types leaves this module. We are
//! ICE-lite and the DTLS server. RTP is numbered by the core's egress and reports are made by [`super::rtcp`], so none
//! of the stack's interceptors but one is used: it lets RTCP through to us. Its log targets (`rtc`, `rtc_ice`,
//! `rtc_dtls`, `rtc_srtp`, ...) warn about every bad packet and must be filtered to `error` by the binary.

mod build;
pub(crate) mod demux;
pub(crate) mod sdp;

use super::MediaError;
use super::packet::Header;
use super::world::leg::Format;
use bytes::{Bytes, BytesMut};
use demux::{Kind, Remote, Transport};
use hark_shared::ids::LegId;
use rtc::peer_connection::RTCPeerConnection;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::state::RTCIceConnectionState;
use rtc::peer_connection::transport::RTCDtlsTransportState;
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::sansio::Protocol as _;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

pub(crate) use build::Context;

/// What a browser sent, decrypted.
#[derive(Debug)]
pub(crate) enum Received {
    /// An RTP packet.
    Rtp(Header, Bytes),
    /// An RTCP compound, as bytes.
    Rtcp(Bytes),
}

/// A datagram to send.
#[derive(Debug)]
pub(crate) struct Transmit {
    /// Where to.
    pub to: Remote,
    /// What.
    pub bytes: BytesMut,
}

/// One connection.
pub(crate) struct Peer {
    connection: RTCPeerConnection,
    sender: RTCRtpSenderId,
    track: String,
    identity: String,
    /// SSRCs that are let in; see [`Peer::admits`].
    ssrcs: Vec<u32>,
    declared: bool,
    name: String,
    formats: Vec<Format>,
    deadline: Option<Instant>,
    gone: bool,
}

impl Peer {
    /// Our ICE user name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What was negotiated, in the order of preference.
    pub(crate) fn formats(&self) -> &[Format] {
        &self.formats
    }

    /// When [`Peer::on_timeout`] wants to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.deadline
    }

    /// Whether the browser said goodbye or ICE has failed for good; never takes back a yes.
    pub(crate) fn gone(&self) -> bool {
        self.gone
    }

    /// Whether a datagram may reach the stack: SRTP only of declared SSRCs, since the stack keeps state for every SSRC
    /// that it has ever seen. Where none is declared the first few are taken.
    pub(crate) fn admits(&mut self, kind: Kind) -> bool {
        match kind {
            Kind::Stun | Kind::Dtls => true,
            // A browser that only listens reports as SSRC 1.
            Kind::Rtcp(1) => true,
            Kind::Rtp(ssrc) | Kind::Rtcp(ssrc) => {
                let known = self.ssrcs.contains(&ssrc);
                if !known && !self.declared && self.ssrcs.len() < sdp::MAX_SSRCS {
                    self.ssrcs.push(ssrc);
                    return true;
                }
                known
            }
        }
    }

    /// Takes a datagram that came from `from` to our address `local`.
    pub(crate) fn on_datagram(&mut self, kind: Kind, from: Remote, local: SocketAddr, bytes: &[u8], now: Instant) {
        let transport_protocol = match from.0 {
            Transport::Udp => TransportProtocol::UDP,
            Transport::Tcp => TransportProtocol::TCP,
        };
        let transport = TransportContext { local_addr: local, peer_addr: from.1, ecn: None, transport_protocol };
        self.guarded(|peer| {
            // Errors are about the datagram, not the connection.
            let _ = peer.connection.handle_read(TaggedBytesMut { now, transport, message: BytesMut::from(bytes) });
            if matches!(kind, Kind::Stun | Kind::Dtls) {
                peer.events();
                peer.settle(now);
            }
        });
    }

    /// Runs what the far end can provoke. The thread serves hundreds of calls: should the stack panic over what one
    /// browser sent, that browser is gone and nobody else.
    fn guarded(&mut self, run: impl FnOnce(&mut Self)) {
        if catch_unwind(AssertUnwindSafe(|| run(self))).is_err() {
            tracing::error!(leg = %self.track, "the WebRTC stack panicked, the connection is given up");
            self.gone = true;
        }
    }

    /// The next thing that the browser sent.
    pub(crate) fn received(&mut self) -> Option<Received> {
        loop {
            let TaggedRTCMessage { message, .. } = self.connection.poll_media_read()?;
            match message {
                RTCMessage::RtpPacket(_, packet) => {
                    let header = Header {
                        marker: packet.header.marker,
                        payload_type: packet.header.payload_type,
                        sequence: packet.header.sequence_number,
                        timestamp: packet.header.timestamp,
                        ssrc: packet.header.ssrc,
                    };
                    return Some(Received::Rtp(header, packet.payload));
                }
                RTCMessage::RtcpPacket(_, packets) => {
                    if let Ok(bytes) = rtc::rtcp::packet::marshal(&packets) {
                        return Some(Received::Rtcp(bytes.freeze()));
                    }
                }
                _ => {}
            }
        }
    }

    /// Sends an RTP packet; dropped while the connection is not up.
    pub(crate) fn send_rtp(&mut self, header: &Header, payload: &[u8], now: Instant) {
        let packet = rtc::rtp::Packet {
            header: rtc::rtp::header::Header {
                version: 2,
                marker: header.marker,
                payload_type: header.payload_type,
                sequence_number: header.sequence,
                timestamp: header.timestamp,
                ssrc: header.ssrc,
                ..Default::default()
            },
            payload: Bytes::copy_from_slice(payload),
        };
        let message = RTCMessage::RtpPacket(self.track.clone(), packet);
        let _ = self.connection.handle_write(TaggedRTCMessage { now, message });
    }

    /// Sends an RTCP compound.
    pub(crate) fn send_rtcp(&mut self, mut bytes: &[u8], now: Instant) {
        if let Ok(packets) = rtc::rtcp::packet::unmarshal(&mut bytes) {
            let message = RTCMessage::RtcpPacket(self.track.clone(), packets);
            let _ = self.connection.handle_write(TaggedRTCMessage { now, message });
        }
    }

    /// The next datagram to send.
    pub(crate) fn transmit(&mut self) -> Option<Transmit> {
        let TaggedBytesMut { transport, message, .. } = self.connection.poll_write()?;
        let kind = match transport.transport_protocol {
            TransportProtocol::TCP => Transport::Tcp,
            _ => Transport::Udp,
        };
        Some(Transmit { to: (kind, transport.peer_addr), bytes: message })
    }

    /// Lets the connection's timers run.
    pub(crate) fn on_timeout(&mut self, now: Instant) {
        self.guarded(|peer| {
            let _ = peer.connection.handle_timeout(now);
            peer.events();
            peer.settle(now);
        });
    }

    /// Says goodbye; what is to be sent comes from [`Peer::transmit`].
    pub(crate) fn close(&mut self) {
        let _ = self.connection.close();
        self.gone = true;
    }

    fn settle(&mut self, now: Instant) {
        // A deadline in the past would be served at every tick for nothing.
        self.deadline = self.connection.poll_timeout().map(|at| at.max(now));
    }

    fn events(&mut self) {
        while let Some(event) = self.connection.poll_event() {
            if let RTCPeerConnectionEvent::OnIceConnectionStateChangeEvent(state) = event {
                self.gone |= matches!(state, RTCIceConnectionState::Failed | RTCIceConnectionState::Closed);
            }
        }
        // A close_notify does not change the connection's state, only its transport's.
        let closed = self
            .connection
            .rtp_sender(self.sender)
            .and_then(|sender| sender.transport().map(|transport| transport.state()))
            .is_some_and(|state| state == RTCDtlsTransportState::Closed);
        self.gone |= closed;
    }

    /// Answers a re-offer of the same page, with or without an ICE restart; `None` when the offer is another page's.
    ///
    /// # Errors
    /// When the offer cannot be answered.
    pub(crate) fn reoffer(
        &mut self,
        context: &Context,
        offer: &sdp::Offer,
        now: Instant,
    ) -> Option<Result<String, MediaError>> {
        if self.gone || offer.identity != self.identity {
            return None;
        }
        Some(context.renegotiate(self, offer, now))
    }
}

impl std::fmt::Debug for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Peer").field("formats", &self.formats).field("gone", &self.gone).finish_non_exhaustive()
    }
}

/// A name for logs and SDP that says nothing about a person.
fn label(leg: LegId) -> String {
    leg.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::Codec;
    use rtc::peer_connection::RTCPeerConnectionBuilder;
    use rtc::peer_connection::configuration::media_engine::MediaEngine;
    use rtc::rtp_transceiver::rtp_sender::RtpCodecKind;

    /// An offer as a browser makes it, with or without a declared SSRC.
    fn offer(ssrc: Option<u32>) -> sdp::Offer {
        let mut engine = MediaEngine::default();
        engine.register_default_codecs().unwrap();
        let mut browser = RTCPeerConnectionBuilder::new().with_media_engine(engine).build(Instant::now()).unwrap();
        browser.add_transceiver_from_kind(RtpCodecKind::Audio, None).unwrap();
        let mut text = browser.create_offer(None).unwrap().sdp;
        text = text
            .lines()
            .filter(|line| !line.starts_with("a=ssrc:"))
            .fold(String::new(), |all, line| all + line + "\r\n");
        if let Some(ssrc) = ssrc {
            text += &format!("a=ssrc:{ssrc} cname:x\r\n");
        }
        sdp::Offer::read(&text, &[Codec::Pcma, Codec::Opus]).unwrap()
    }

    fn peer(ssrc: Option<u32>) -> Peer {
        let context = Context::new(vec!["127.0.0.1:4000".parse().unwrap()], true).unwrap();
        context.connect(LegId::from_u128(1), &offer(ssrc), 77, Instant::now()).unwrap().0
    }

    #[test]
    fn forged_sources_never_reach_the_stack() {
        let mut declared = peer(Some(5));
        assert!(declared.admits(Kind::Rtp(5)) && declared.admits(Kind::Rtcp(5)));
        assert_eq!((6..100_000).filter(|ssrc| declared.admits(Kind::Rtp(*ssrc))).count(), 0);
        let mut silent = peer(None);
        let let_in = (6..100_000).filter(|ssrc| silent.admits(Kind::Rtp(*ssrc))).count();
        assert_eq!((let_in, silent.ssrcs.len()), (sdp::MAX_SSRCS, sdp::MAX_SSRCS));
    }

    #[test]
    fn the_answer_leads_with_our_preference_and_names_both_transports() {
        let context = Context::new(vec!["127.0.0.1:4000".parse().unwrap()], true).unwrap();
        let (peer, answer) = context.connect(LegId::from_u128(1), &offer(None), 77, Instant::now()).unwrap();
        let codecs: Vec<Codec> = peer.formats().iter().map(|format| format.codec).collect();
        assert_eq!(codecs, [Codec::Pcma, Codec::Opus]);
        for wanted in
            ["a=ice-lite", "a=setup:passive", "udp 2130706431 127.0.0.1 4000", "tcptype passive", "a=ssrc:77 "]
        {
            assert!(answer.contains(wanted), "{wanted} is missing in {answer}");
        }
    }
}
