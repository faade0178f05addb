//! An agent's browser as far as sound goes: a full ICE agent and DTLS client with one G.711 track, on `rtc`.
//!
//! The very core that the server uses, because it takes least from the processor that both share. That it speaks like a
//! browser is proven elsewhere: the stories use Chromium.

use anyhow::{Context, Result};
use bytes::{Bytes, BytesMut};
use rtc::ice::mdns::MulticastDnsMode;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_PCMA, MediaEngine};
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::sansio::Protocol as _;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Interval, MissedTickBehavior};

/// Payload type of A-law (RFC 3551, 6).
const PCMA: u8 = 8;
/// A packet: 20 ms, 160 samples.
const FRAME: Duration = Duration::from_millis(20);
const FRAME_SAMPLES: u32 = 160;
/// What a speaker says: the forwarded packet is not looked into, so any sound will do.
pub const SOUND: [u8; FRAME_SAMPLES as usize] = [0x55; FRAME_SAMPLES as usize];
/// The largest datagram that may come.
const DATAGRAM: usize = 2048;
/// Questions that may wait: offer, answer, and whether to speak.
const ASKS: usize = 4;
/// The longest that a connection may take on a busy machine.
const CONNECT: Duration = Duration::from_secs(30);

enum Ask {
    Offer(oneshot::Sender<Result<String>>),
    Answer(String),
    Speak(bool),
}

/// A browser; it is gone when this is dropped.
#[derive(Debug)]
pub struct Browser {
    asks: mpsc::Sender<Ask>,
    connected: watch::Receiver<bool>,
    heard: Arc<AtomicU64>,
}

impl Browser {
    /// Opens one on a free port.
    ///
    /// # Errors
    /// When no port is free or the stack refuses.
    pub async fn open() -> Result<Self> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let local = socket.local_addr()?;
        let ssrc = rand::random();
        let (asks, inbox) = mpsc::channel(ASKS);
        let (sender, connected) = watch::channel(false);
        let heard = Arc::new(AtomicU64::new(0));
        let task = Task {
            connection: connection(ssrc)?,
            socket,
            local,
            connected: sender,
            heard: Arc::clone(&heard),
            sequence: 1,
            timestamp: 1,
            ssrc,
            speaking: None,
        };
        tokio::spawn(task.run(inbox));
        Ok(Self { asks, connected, heard })
    }

    /// The SDP offer.
    ///
    /// # Errors
    /// When the stack makes none.
    pub async fn offer(&self) -> Result<String> {
        let (reply, offer) = oneshot::channel();
        self.ask(Ask::Offer(reply)).await?;
        offer.await.context("the browser is gone")?
    }

    /// Takes the server's answer and awaits the connection.
    ///
    /// # Errors
    /// When it does not come.
    pub async fn connect(&mut self, answer: String) -> Result<()> {
        self.ask(Ask::Answer(answer)).await?;
        let connected = tokio::time::timeout(CONNECT, self.connected.wait_for(|connected| *connected)).await;
        connected.context("no WebRTC connection")?.context("the browser is gone").map(drop)
    }

    /// Speaks without end, or stops.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn speak(&self, on: bool) -> Result<()> {
        self.ask(Ask::Speak(on)).await
    }

    /// Packets of sound that have come so far.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.heard.load(Ordering::Relaxed)
    }

    async fn ask(&self, ask: Ask) -> Result<()> {
        self.asks.send(ask).await.ok().context("the browser is gone")
    }
}

fn connection(ssrc: u32) -> Result<RTCPeerConnection> {
    let codec =
        RTCRtpCodec { mime_type: MIME_TYPE_PCMA.to_owned(), clock_rate: 8000, channels: 1, ..RTCRtpCodec::default() };
    let mut engine = MediaEngine::default();
    engine
        .register_codec(RTCRtpCodecParameters { rtp_codec: codec.clone(), payload_type: PCMA }, RtpCodecKind::Audio)?;
    let settings = SettingEngineBuilder::new()
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(true)
        .build();
    let mut connection =
        RTCPeerConnectionBuilder::new().with_media_engine(engine).with_setting_engine(settings).build(Instant::now())?;
    let coding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..RTCRtpCodingParameters::default() },
        codec,
        ..RTCRtpEncodingParameters::default()
    };
    let name = || "microphone".to_owned();
    connection.add_track(MediaStreamTrack::new(name(), name(), name(), RtpCodecKind::Audio, vec![coding]))?;
    Ok(connection)
}

struct Task {
    connection: RTCPeerConnection,
    socket: UdpSocket,
    local: SocketAddr,
    connected: watch::Sender<bool>,
    heard: Arc<AtomicU64>,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    speaking: Option<Interval>,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Ask>) {
        let mut buffer = vec![0; DATAGRAM];
        loop {
            self.pump().await;
            let wake = self.connection.poll_timeout().unwrap_or_else(|| Instant::now() + Duration::from_secs(1));
            tokio::select! {
                ask = inbox.recv() => match ask {
                    Some(ask) => self.obey(ask),
                    None => return,
                },
                Ok((length, from)) = self.socket.recv_from(&mut buffer) => self.take(&buffer[..length], from),
                () = tokio::time::sleep_until(wake.into()) => {
                    // A timer that fails shows as a connection that does not come.
                    let _ = self.connection.handle_timeout(Instant::now());
                }
                () = beat(&mut self.speaking) => self.say(),
            }
        }
    }

    fn take(&mut self, bytes: &[u8], from: SocketAddr) {
        let transport = TransportContext {
            local_addr: self.local,
            peer_addr: from,
            ecn: None,
            transport_protocol: TransportProtocol::UDP,
        };
        // A bad packet is the server's fault and shows in what is heard.
        let _ = self.connection.handle_read(TaggedBytesMut {
            now: Instant::now(),
            transport,
            message: BytesMut::from(bytes),
        });
    }

    async fn pump(&mut self) {
        while let Some(event) = self.connection.poll_event() {
            if let RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) = event {
                self.connected.send_replace(state == RTCPeerConnectionState::Connected);
            }
        }
        while let Some(TaggedRTCMessage { message, .. }) = self.connection.poll_read() {
            if let RTCMessage::RtpPacket(..) = message {
                self.heard.fetch_add(1, Ordering::Relaxed);
            }
        }
        while let Some(out) = self.connection.poll_write() {
            // UDP: what cannot be sent is lost.
            let _ = self.socket.send_to(&out.message, out.transport.peer_addr).await;
        }
    }

    fn obey(&mut self, ask: Ask) {
        match ask {
            Ask::Offer(reply) => {
                // Whoever asked may have given up.
                let _ = reply.send(self.offer());
            }
            Ask::Answer(answer) => {
                if let Ok(answer) = RTCSessionDescription::answer(answer) {
                    // An answer that cannot be used shows as a connection that does not come.
                    let _ = self.connection.set_remote_description(Instant::now(), answer);
                }
            }
            Ask::Speak(on) => {
                self.speaking = on.then(|| {
                    let mut beat = tokio::time::interval(FRAME);
                    beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
                    beat
                });
            }
        }
    }

    fn offer(&mut self) -> Result<String> {
        let offer = self.connection.create_offer(None)?;
        self.connection.set_local_description(Instant::now(), offer)?;
        let own = format!("candidate:1 1 udp 2130706431 {} {} typ host", self.local.ip(), self.local.port());
        for candidate in [own, String::new()] {
            self.connection.add_local_candidate(RTCIceCandidateInit { candidate, ..RTCIceCandidateInit::default() })?;
        }
        Ok(self.connection.local_description().context("no local description")?.sdp)
    }

    fn say(&mut self) {
        let header = rtc::rtp::Header {
            version: 2,
            payload_type: PCMA,
            sequence_number: self.sequence,
            timestamp: self.timestamp,
            ssrc: self.ssrc,
            ..rtc::rtp::Header::default()
        };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(FRAME_SAMPLES);
        let packet = rtc::rtp::Packet { header, payload: Bytes::from_static(&SOUND) };
        let message = RTCMessage::RtpPacket("microphone".to_owned(), packet);
        let _ = self.connection.handle_write(TaggedRTCMessage { now: Instant::now(), message });
    }
}

async fn beat(interval: &mut Option<Interval>) {
    match interval {
        Some(interval) => {
            interval.tick().await;
        }
        None => std::future::pending().await,
    }
}
