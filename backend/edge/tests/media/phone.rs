//! A telephone: two UDP sockets, a tone on the way out, every packet kept on the way in.

use crate::site::within;
use crate::tone;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A received packet.
#[derive(Clone, Debug)]
pub struct Got {
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    pub payload: Vec<u8>,
    pub at: Instant,
}

impl Got {
    pub fn parse(bytes: &[u8]) -> Self {
        assert_eq!(bytes[0], 0x80, "no extension, padding or contributing source leaves us");
        Self {
            payload_type: bytes[1] & 0x7F,
            marker: bytes[1] & 0x80 != 0,
            sequence: u16::from_be_bytes([bytes[2], bytes[3]]),
            timestamp: u32::from_be_bytes(bytes[4..8].try_into().unwrap()),
            ssrc: u32::from_be_bytes(bytes[8..12].try_into().unwrap()),
            payload: bytes[12..].to_vec(),
            at: Instant::now(),
        }
    }
}

/// A telephone.
pub struct Phone {
    pub rtp: Arc<UdpSocket>,
    pub rtcp: UdpSocket,
    pub address: SocketAddr,
    got: mpsc::Receiver<Got>,
    reader: JoinHandle<()>,
    speaker: Option<JoinHandle<()>>,
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.reader.abort();
        self.hush();
    }
}

pub fn packet(payload_type: u8, marker: bool, sequence: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0x80, payload_type | (u8::from(marker) << 7)];
    bytes.extend(sequence.to_be_bytes());
    bytes.extend(timestamp.to_be_bytes());
    bytes.extend(ssrc.to_be_bytes());
    bytes.extend(payload);
    bytes
}

impl Phone {
    pub async fn new() -> Self {
        let (rtp, rtcp) = loop {
            let rtp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            let port = rtp.local_addr().unwrap().port();
            if let Ok(rtcp) = UdpSocket::bind(("127.0.0.1", port.wrapping_add(1))).await {
                break (rtp, rtcp);
            }
        };
        let address = rtp.local_addr().unwrap();
        let rtp = Arc::new(rtp);
        let (sender, got) = mpsc::channel(10_000);
        let socket = rtp.clone();
        let reader = tokio::spawn(async move {
            let mut buffer = [0; 2048];
            while let Ok((length, _)) = socket.recv_from(&mut buffer).await {
                let _ = sender.try_send(Got::parse(&buffer[..length]));
            }
        });
        Self { rtp, rtcp, address, got, reader, speaker: None }
    }

    /// Speaks a tone without end, in G.711.
    pub fn speak(&mut self, to: SocketAddr, payload_type: u8, frequency: f64, ssrc: u32) {
        self.hush();
        let socket = self.rtp.clone();
        self.speaker = Some(tokio::spawn(async move {
            let mut clock = tokio::time::interval(Duration::from_millis(20));
            for n in 0usize.. {
                clock.tick().await;
                let samples = tone::sine(frequency, 8000.0, 8000.0, n * 160, 160);
                let payload = tone::encode(payload_type, &samples);
                let bytes = packet(payload_type, n == 0, n as u16, (n * 160) as u32, ssrc, &payload);
                let _ = socket.send_to(&bytes, to).await;
            }
        }));
    }

    pub fn hush(&mut self) {
        if let Some(speaker) = self.speaker.take() {
            speaker.abort();
        }
    }

    pub async fn packet(&mut self) -> Got {
        within(self.got.recv()).await.unwrap()
    }

    /// The next `count` packets.
    pub async fn packets(&mut self, count: usize) -> Vec<Got> {
        let mut packets = Vec::new();
        while packets.len() < count {
            packets.push(self.packet().await);
        }
        packets
    }

    /// Waits until 200 ms of sound are this tone and nothing else.
    pub async fn hears(&mut self, frequency: f64) {
        let mut samples: Vec<i16> = Vec::new();
        loop {
            let got = self.packet().await;
            if got.payload_type == 0 || got.payload_type == 8 {
                samples.extend(tone::decode(got.payload_type, &got.payload));
            }
            let from = samples.len().saturating_sub(1600);
            if samples.len() >= 1600 && tone::is_tone(&samples[from..], frequency, 8000.0) {
                return;
            }
        }
    }

    /// Forgets what has come so far.
    pub fn drain(&mut self) {
        while self.got.try_recv().is_ok() {}
    }
}
