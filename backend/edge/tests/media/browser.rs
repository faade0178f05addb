//! A browser: a full ICE agent and DTLS client on the same sans-IO stack, offering audio like Chromium does.

use crate::phone::Got;
use crate::site::within;
use crate::tone;
use bytes::{Bytes, BytesMut};
use rtc::ice::network_type::NetworkType;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::transport::RTCIceCandidateInit;
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::sansio::Protocol as _;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::{mpsc, oneshot};

/// What the test asks of the browser's task.
pub enum Ask {
    Offer {
        restart: bool,
        reply: oneshot::Sender<String>,
    },
    Answer(String),
    /// One packet; payload type, timestamp step, payload.
    Say(u8, u32, Vec<u8>),
    /// Another local port, as when a network changes.
    Move,
    Close,
}

/// A browser.
pub struct Browser {
    asks: mpsc::Sender<Ask>,
    got: mpsc::Receiver<Got>,
    speaker: Option<tokio::task::JoinHandle<()>>,
}

/// Speaks for a browser, packet by packet.
pub struct Mouth(mpsc::Sender<Ask>);

impl Mouth {
    /// Says one packet, whose timestamp goes on by `step`.
    pub async fn say(&self, payload_type: u8, step: u32, payload: Vec<u8>) {
        let _ = self.0.send(Ask::Say(payload_type, step, payload)).await;
    }
}

/// How the browser reaches us.
enum Link {
    Udp(UdpSocket),
    /// Where UDP is blocked: frames of RFC 4571.
    Tcp(TcpStream, Vec<u8>),
}

impl Link {
    /// The next datagram or frame.
    async fn read(&mut self, peer: &mut SocketAddr) -> Vec<u8> {
        match self {
            Self::Udp(socket) => {
                let mut buffer = vec![0; 2048];
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                buffer.truncate(length);
                *peer = from;
                buffer
            }
            Self::Tcp(stream, buffer) => loop {
                if buffer.len() >= 2 {
                    let end = 2 + usize::from(u16::from_be_bytes([buffer[0], buffer[1]]));
                    if buffer.len() >= end {
                        let frame = buffer[2..end].to_vec();
                        buffer.drain(..end);
                        *peer = stream.peer_addr().unwrap();
                        return frame;
                    }
                }
                if stream.read_buf(buffer).await.unwrap_or(0) == 0 {
                    std::future::pending::<()>().await;
                }
            },
        }
    }

    async fn write(&mut self, bytes: &[u8], to: SocketAddr) {
        match self {
            Self::Udp(socket) => {
                let _ = socket.send_to(bytes, to).await;
            }
            Self::Tcp(stream, _) => {
                let mut frame = (bytes.len() as u16).to_be_bytes().to_vec();
                frame.extend_from_slice(bytes);
                let _ = stream.write_all(&frame).await;
            }
        }
    }

    fn protocol(&self) -> TransportProtocol {
        match self {
            Self::Udp(_) => TransportProtocol::UDP,
            Self::Tcp(..) => TransportProtocol::TCP,
        }
    }
}

struct Task {
    connection: RTCPeerConnection,
    link: Link,
    local: SocketAddr,
    got: mpsc::Sender<Got>,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
}

fn connection(ssrc: u32, protocol: TransportProtocol) -> RTCPeerConnection {
    let network = if protocol == TransportProtocol::TCP { NetworkType::Tcp4 } else { NetworkType::Udp4 };
    let mut engine = MediaEngine::default();
    engine.register_default_codecs().unwrap();
    let settings = SettingEngineBuilder::new()
        .with_multicast_dns_mode(rtc::ice::mdns::MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(true)
        .with_network_types(vec![network])
        .build();
    let mut connection = RTCPeerConnectionBuilder::new()
        .with_configuration(RTCConfigurationBuilder::new().build())
        .with_media_engine(engine)
        .with_setting_engine(settings)
        .build(Instant::now())
        .unwrap();
    let coding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec: RTCRtpCodec { mime_type: "audio/opus".into(), clock_rate: 48_000, channels: 2, ..Default::default() },
        ..Default::default()
    };
    let track = MediaStreamTrack::new("mic".into(), "mic".into(), "mic".into(), RtpCodecKind::Audio, vec![coding]);
    connection.add_track(track).unwrap();
    // Without this the offer names only the codec of the track.
    let codec = |mime: &str, clock_rate, channels, payload_type| RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec { mime_type: mime.into(), clock_rate, channels, ..Default::default() },
        payload_type,
    };
    let all =
        vec![codec("audio/opus", 48_000, 2, 111), codec("audio/PCMU", 8000, 0, 0), codec("audio/PCMA", 8000, 0, 8)];
    let id = connection.get_transceivers().next().unwrap();
    connection.rtp_transceiver(id).unwrap().set_codec_preferences(all).unwrap();
    connection
}

impl Browser {
    pub async fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let local = socket.local_addr().unwrap();
        Self::over(Link::Udp(socket), local)
    }

    /// A browser whose network blocks UDP; `to` is the edge's port.
    pub async fn over_tcp(to: SocketAddr) -> Self {
        let stream = TcpStream::connect(to).await.unwrap();
        let local = stream.local_addr().unwrap();
        Self::over(Link::Tcp(stream, Vec::new()), local)
    }

    fn over(link: Link, local: SocketAddr) -> Self {
        let ssrc = rand::random();
        let (asks, inbox) = mpsc::channel(100);
        let (sender, got) = mpsc::channel(10_000);
        let connection = connection(ssrc, link.protocol());
        let task = Task { connection, link, local, got: sender, sequence: 7, timestamp: 1000, ssrc };
        tokio::spawn(task.run(inbox));
        Self { asks, got, speaker: None }
    }

    pub async fn offer(&self, restart: bool) -> String {
        let (reply, offer) = oneshot::channel();
        self.asks.send(Ask::Offer { restart, reply }).await.ok().unwrap();
        within(offer).await.unwrap()
    }

    pub async fn answer(&self, answer: String) {
        self.asks.send(Ask::Answer(answer)).await.ok().unwrap();
    }

    pub async fn move_away(&self) {
        self.asks.send(Ask::Move).await.ok().unwrap();
    }

    pub async fn close(&self) {
        self.asks.send(Ask::Close).await.ok().unwrap();
    }

    /// A way to speak packet by packet.
    pub fn mouth(&self) -> Mouth {
        Mouth(self.asks.clone())
    }

    /// Speaks a tone in G.711 without end.
    pub fn speak(&mut self, payload_type: u8, frequency: f64) {
        self.hush();
        let mouth = self.mouth();
        self.speaker = Some(tokio::spawn(async move {
            let mut clock = tokio::time::interval(Duration::from_millis(20));
            for n in 0usize.. {
                clock.tick().await;
                let samples = tone::sine(frequency, 8000.0, 8000.0, n * 160, 160);
                let payload = tone::encode(payload_type, &samples);
                mouth.say(payload_type, 160, payload).await;
            }
        }));
    }

    /// Speaks a tone in Opus without end.
    pub fn speak_opus(&mut self, frequency: f64) {
        self.hush();
        let asks = self.asks.clone();
        self.speaker = Some(tokio::spawn(async move {
            let mut encoder = opus_rs::OpusEncoder::new(48_000, 1, opus_rs::Application::Voip).unwrap();
            let mut clock = tokio::time::interval(Duration::from_millis(20));
            for n in 0usize.. {
                clock.tick().await;
                let samples = tone::sine(frequency, 8000.0, 48_000.0, n * 960, 960);
                let mut payload = vec![0; 1275];
                let length = encoder.encode_i16(&samples, 960, &mut payload).unwrap();
                payload.truncate(length);
                if asks.send(Ask::Say(111, 960, payload)).await.is_err() {
                    return;
                }
            }
        }));
    }

    pub async fn hears_opus(&mut self, frequency: f64) {
        let mut decoder = opus_rs::OpusDecoder::new(48_000, 1).unwrap();
        let mut samples: Vec<i16> = Vec::new();
        loop {
            let got = self.packet().await;
            assert_eq!(got.payload_type, 111);
            let mut sound = vec![0.0; 960];
            decoder.decode(&got.payload, 960, &mut sound).unwrap();
            samples.extend(sound.iter().map(|sample| (sample * 32_767.0) as i16));
            let from = samples.len().saturating_sub(9600);
            if samples.len() >= 9600 && tone::is_tone(&samples[from..], frequency, 48_000.0) {
                return;
            }
        }
    }

    pub fn hush(&mut self) {
        if let Some(speaker) = self.speaker.take() {
            speaker.abort();
        }
    }

    pub async fn packet(&mut self) -> Got {
        within(self.got.recv()).await.unwrap()
    }

    pub fn drain(&mut self) {
        while self.got.try_recv().is_ok() {}
    }

    pub async fn hears(&mut self, frequency: f64) {
        let mut samples: Vec<i16> = Vec::new();
        loop {
            let got = self.packet().await;
            assert!(got.payload_type == 0 || got.payload_type == 8, "G.711 is expected, not {}", got.payload_type);
            samples.extend(tone::decode(got.payload_type, &got.payload));
            let from = samples.len().saturating_sub(1600);
            if samples.len() >= 1600 && tone::is_tone(&samples[from..], frequency, 8000.0) {
                return;
            }
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.hush();
    }
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Ask>) {
        let mut from = self.local;
        loop {
            self.pump().await;
            let wake = self.connection.poll_timeout().unwrap_or(Instant::now() + Duration::from_secs(1));
            tokio::select! {
                ask = inbox.recv() => match ask {
                    Some(ask) => self.on_ask(ask).await,
                    None => return,
                },
                bytes = self.link.read(&mut from) => {
                    let transport = TransportContext {
                        local_addr: self.local,
                        peer_addr: from,
                        ecn: None,
                        transport_protocol: self.link.protocol(),
                    };
                    let message = BytesMut::from(&bytes[..]);
                    let _ = self.connection.handle_read(TaggedBytesMut { now: Instant::now(), transport, message });
                }
                () = tokio::time::sleep_until(wake.into()) => {
                    let _ = self.connection.handle_timeout(Instant::now());
                }
            }
        }
    }

    async fn pump(&mut self) {
        while self.connection.poll_event().is_some() {}
        while let Some(TaggedRTCMessage { message, .. }) = self.connection.poll_read() {
            if let RTCMessage::RtpPacket(_, packet) = message {
                let got = Got {
                    payload_type: packet.header.payload_type,
                    marker: packet.header.marker,
                    sequence: packet.header.sequence_number,
                    timestamp: packet.header.timestamp,
                    ssrc: packet.header.ssrc,
                    payload: packet.payload.to_vec(),
                    at: Instant::now(),
                };
                let _ = self.got.try_send(got);
            }
        }
        while let Some(out) = self.connection.poll_write() {
            self.link.write(&out.message, out.transport.peer_addr).await;
        }
    }

    async fn on_ask(&mut self, ask: Ask) {
        match ask {
            Ask::Offer { restart, reply } => {
                if restart {
                    self.connection.restart_ice();
                }
                let offer = self.connection.create_offer(None).unwrap();
                self.connection.set_local_description(Instant::now(), offer).unwrap();
                self.candidate();
                let _ = reply.send(self.connection.local_description().unwrap().sdp);
            }
            Ask::Answer(answer) => {
                let answer = RTCSessionDescription::answer(answer).unwrap();
                self.connection.set_remote_description(Instant::now(), answer).unwrap();
            }
            Ask::Say(payload_type, step, payload) => {
                let header = rtc::rtp::Header {
                    version: 2,
                    payload_type,
                    sequence_number: self.sequence,
                    timestamp: self.timestamp,
                    ssrc: self.ssrc,
                    ..Default::default()
                };
                self.sequence = self.sequence.wrapping_add(1);
                self.timestamp = self.timestamp.wrapping_add(step);
                let packet = rtc::rtp::Packet { header, payload: Bytes::from(payload) };
                let message = RTCMessage::RtpPacket("mic".into(), packet);
                let _ = self.connection.handle_write(TaggedRTCMessage { now: Instant::now(), message });
            }
            Ask::Move => {
                let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
                self.local = socket.local_addr().unwrap();
                self.link = Link::Udp(socket);
            }
            Ask::Close => {
                let _ = self.connection.close();
            }
        }
    }

    fn candidate(&mut self) {
        let (ip, port) = (self.local.ip(), self.local.port());
        let line = match self.link {
            Link::Udp(_) => format!("candidate:1 1 udp 2130706431 {ip} {port} typ host"),
            Link::Tcp(..) => format!("candidate:1 1 tcp 1526726655 {ip} {port} typ host tcptype active"),
        };
        for candidate in [line, String::new()] {
            let init = RTCIceCandidateInit { candidate, ..Default::default() };
            self.connection.add_local_candidate(init).unwrap();
        }
    }
}
