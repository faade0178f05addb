//! The sound of one call: a thread that speaks at absolute 20 ms deadlines, a thread that listens, a bounded history.
//!
//! Threads, because a test's runtime is busy at the worst moments and sound must not wait for it. The history keeps
//! what was heard packet by packet with its time of arrival; [`super::hearing`] asks it questions.

use super::rtp::{self, Packet};
use super::sdp::Law;
use crate::sound::{Speaker, Voice};
use anyhow::{Context, Result};
use audio_codec_algorithms::{decode_alaw, decode_ulaw, encode_alaw, encode_ulaw};
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// A packet's length.
const PACKET: Duration = Duration::from_millis(20);
/// Samples in a packet.
const SAMPLES: u16 = 160;
/// Packets of history: two minutes, more than any story listens back.
const HISTORY: usize = 6000;
/// A digit: 5 packets of event (100 ms) and 4 of pause (80 ms), as telephones send it.
const EVENT_PACKETS: u16 = 5;
const PAUSE_PACKETS: u16 = 4;
/// Attempts at a pair of adjacent ports before giving up; even on a busy machine nearly the first fits.
const PORT_TRIES: usize = 50;

/// A packet of sound as it arrived.
#[derive(Clone, Debug)]
pub struct Heard {
    /// When.
    pub at: Instant,
    /// From where.
    pub from: SocketAddr,
    /// The header and the encoded payload.
    pub packet: Packet,
    /// The sound, 8 kHz.
    pub samples: Vec<i16>,
}

/// What has arrived so far.
#[derive(Debug, Default)]
pub struct History {
    /// Sound, oldest first, at most two minutes of it.
    pub packets: VecDeque<Heard>,
    /// Digits by RFC 4733, each once.
    pub digits: String,
    last_event: Option<(u32, u32)>,
}

/// Both directions of a call's sound.
#[derive(Debug)]
pub struct Line {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    stop: AtomicBool,
    speaking: Mutex<Speaking>,
    history: Mutex<History>,
    /// Counts packets received: the event that listeners await.
    news: watch::Sender<u64>,
}

#[derive(Debug)]
struct Speaking {
    socket: Arc<UdpSocket>,
    /// Held so that nobody else gets the port that RTCP would use.
    _rtcp: UdpSocket,
    target: Option<SocketAddr>,
    law: Law,
    events: Option<u8>,
    speaker: Speaker,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    marker: bool,
    dialling: VecDeque<char>,
    digit: Option<Digit>,
}

#[derive(Clone, Copy, Debug)]
struct Digit {
    event: u8,
    began: u32,
    packets: u16,
}

/// Binds an even port and the odd one after it (RFC 3550, 11).
fn pair(ip: IpAddr) -> Result<(UdpSocket, UdpSocket)> {
    for _ in 0..PORT_TRIES {
        let rtp = UdpSocket::bind((ip, 0))?;
        let port = rtp.local_addr()?.port();
        if port % 2 == 0
            && let Ok(rtcp) = UdpSocket::bind((ip, port + 1))
        {
            return Ok((rtp, rtcp));
        }
    }
    anyhow::bail!("no pair of free ports on {ip}")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}

/// Noise for SSRC and first sequence numbers; need not be good, only different from call to call.
fn draw() -> u32 {
    // The last bytes of a version 7 id are random.
    let [.., a, b, c, d] = uuid::Uuid::now_v7().into_bytes();
    u32::from_be_bytes([a, b, c, d])
}

impl Line {
    /// Opens ports on `ip` and begins to listen. Nothing is sent before [`Line::connect`].
    ///
    /// # Errors
    /// When no port is free.
    pub fn open(ip: IpAddr, voice: Voice) -> Result<Self> {
        let (socket, rtcp) = pair(ip)?;
        let socket = Arc::new(socket);
        let speaking = Speaking {
            socket: Arc::clone(&socket),
            _rtcp: rtcp,
            target: None,
            law: Law::Pcma,
            events: None,
            speaker: Speaker::new(voice),
            ssrc: draw(),
            sequence: (draw() & 0x7fff) as u16,
            timestamp: draw(),
            marker: true,
            dialling: VecDeque::new(),
            digit: None,
        };
        let shared = Arc::new(Shared {
            stop: AtomicBool::new(false),
            speaking: Mutex::new(speaking),
            history: Mutex::default(),
            news: watch::Sender::new(0),
        });
        let speaker = Arc::clone(&shared);
        std::thread::Builder::new().name("phone-speaks".to_owned()).spawn(move || speaker.speak())?;
        listen(&shared, socket)?;
        Ok(Self { shared })
    }

    /// Where packets are wanted.
    ///
    /// # Errors
    /// When the operating system has closed the socket.
    pub fn address(&self) -> Result<SocketAddr> {
        lock(&self.shared.speaking).socket.local_addr().context("RTP socket")
    }

    /// Sends there from now on, or with `None` nowhere.
    pub fn connect(&self, target: Option<SocketAddr>, law: Law, events: Option<u8>) {
        let mut speaking = lock(&self.shared.speaking);
        (speaking.target, speaking.law, speaking.events) = (target, law, events);
    }

    /// Says something else from now on.
    pub fn say(&self, voice: Voice) {
        lock(&self.shared.speaking).speaker = Speaker::new(voice);
    }

    /// Sends digits as telephone events, one after the other, in place of sound.
    pub fn dial(&self, digits: &str) {
        lock(&self.shared.speaking).dialling.extend(digits.chars());
    }

    /// Goes on as another source: new SSRC, sequence and timestamp, as a gateway does after a fail-over.
    pub fn change_ssrc(&self) {
        let mut speaking = lock(&self.shared.speaking);
        (speaking.ssrc, speaking.timestamp, speaking.marker) = (draw(), draw(), true);
        speaking.sequence = (draw() & 0xffff) as u16;
    }

    /// Opens other ports and sends from them; the old ones are listened to as well, until the call is over.
    ///
    /// # Errors
    /// When no port is free.
    pub fn move_ports(&self) -> Result<SocketAddr> {
        let ip = self.address()?.ip();
        let (socket, rtcp) = pair(ip)?;
        let socket = Arc::new(socket);
        listen(&self.shared, Arc::clone(&socket))?;
        let mut speaking = lock(&self.shared.speaking);
        (speaking.socket, speaking._rtcp) = (socket, rtcp);
        Ok(speaking.socket.local_addr()?)
    }

    /// Looks at what has arrived.
    pub fn history<T>(&self, look: impl FnOnce(&History) -> T) -> T {
        look(&lock(&self.shared.history))
    }

    /// Changes with every packet that arrives.
    #[must_use]
    pub fn news(&self) -> watch::Receiver<u64> {
        self.shared.news.subscribe()
    }

    /// Falls silent and deaf for good; the history stays.
    pub fn close(&self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn speak(&self) {
        let mut due = Instant::now();
        while !self.stop.load(Ordering::Relaxed) {
            due += PACKET;
            let now = Instant::now();
            match due.checked_duration_since(now) {
                Some(wait) => std::thread::sleep(wait),
                // Far behind, the machine was asleep: skip rather than burst.
                None if now.duration_since(due) > PACKET * 5 => due = now,
                None => {}
            }
            let (socket, target, packet) = {
                let mut speaking = lock(&self.speaking);
                let packet = speaking.packet();
                (Arc::clone(&speaking.socket), speaking.target, packet)
            };
            if let Some(target) = target {
                // A closed far port answers with ICMP; the next packet is another attempt.
                let _ = socket.send_to(&packet.to_bytes(), target);
            }
        }
    }

    fn hear(&self, from: SocketAddr, packet: Packet) {
        let samples = match packet.payload_type {
            0 => packet.payload.iter().map(|&byte| decode_ulaw(byte)).collect(),
            8 => packet.payload.iter().map(|&byte| decode_alaw(byte)).collect(),
            _ => Vec::new(),
        };
        let events = lock(&self.speaking).events;
        let mut history = lock(&self.history);
        if events == Some(packet.payload_type) {
            history.event(&packet);
        } else {
            if history.packets.len() == HISTORY {
                history.packets.pop_front();
            }
            history.packets.push_back(Heard { at: Instant::now(), from, packet, samples });
        }
        drop(history);
        self.news.send_modify(|count| *count += 1);
    }
}

impl History {
    /// An event is sent in several packets of one timestamp; it counts once.
    fn event(&mut self, packet: &Packet) {
        let this = Some((packet.ssrc, packet.timestamp));
        if self.last_event != this {
            self.last_event = this;
            self.digits.extend(rtp::digit_of(&packet.payload));
        }
    }
}

impl Speaking {
    /// The next packet in time: of the digit being sent, else of sound.
    fn packet(&mut self) -> Packet {
        let samples = self.speaker.next(usize::from(SAMPLES), crate::tone::RATE);
        let event = self.events.and_then(|pt| Some((pt, self.event()?)));
        let (payload_type, marker, timestamp, payload) = match event {
            Some((pt, (digit, payload))) => (pt, digit.packets == 1, digit.began, payload),
            None => {
                let payload = samples.iter().map(|&sample| match self.law {
                    Law::Pcma => encode_alaw(sample),
                    Law::Pcmu => encode_ulaw(sample),
                });
                let marker = std::mem::take(&mut self.marker);
                (self.law.payload_type(), marker, self.timestamp, payload.collect())
            }
        };
        let packet = Packet { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc, payload };
        self.sequence = self.sequence.wrapping_add(1);
        self.timestamp = self.timestamp.wrapping_add(u32::from(SAMPLES));
        packet
    }

    /// The digit being sent and its payload; `None` in the pause after it and when there is none.
    fn event(&mut self) -> Option<(Digit, Vec<u8>)> {
        if self.digit.is_some_and(|digit| digit.packets == EVENT_PACKETS + PAUSE_PACKETS) {
            self.digit = None;
        }
        if self.digit.is_none() {
            let event = self.dialling.pop_front().and_then(rtp::event_of)?;
            self.digit = Some(Digit { event, began: self.timestamp, packets: 0 });
        }
        let digit = self.digit.as_mut()?;
        digit.packets += 1;
        let duration = digit.packets.min(EVENT_PACKETS) * SAMPLES;
        // The end is sent three times (RFC 4733, 2.5.1.4): in the last packet and twice into the pause.
        let end = digit.packets >= EVENT_PACKETS;
        (digit.packets <= EVENT_PACKETS + 2).then(|| (*digit, rtp::event_payload(digit.event, end, duration)))
    }
}

/// Listens on a socket until the line is closed.
fn listen(shared: &Arc<Shared>, socket: Arc<UdpSocket>) -> Result<()> {
    // Short, so that a closed line's thread ends soon.
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    let shared = Arc::clone(shared);
    let listen = move || {
        let mut buffer = [0; 2048];
        while !shared.stop.load(Ordering::Relaxed) {
            if let Ok((length, from)) = socket.recv_from(&mut buffer)
                && let Some(packet) = Packet::parse(&buffer[..length])
            {
                shared.hear(from, packet);
            }
        }
    };
    std::thread::Builder::new().name("phone-hears".to_owned()).spawn(listen)?;
    Ok(())
}
