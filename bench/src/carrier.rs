//! A carrier's switch that only calls: INVITE, ACK, BYE over UDP (RFC 3261), and G.711 where calls talk.
//!
//! As light as it can be, because it shares the processor with what it measures: one socket for all signalling, one for
//! all sound. It retransmits as the RFC wants, and counts a call that was answered otherwise than by 200 as an error.

use crate::browser::SOUND;
use anyhow::{Context, Result, bail, ensure};
use hark_e2e::phone::message::{Message, Start, uri};
use hark_e2e::phone::rtp::{Packet, event_payload};
use hark_e2e::phone::sdp::Sdp;
use std::collections::{HashMap, VecDeque};
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::MissedTickBehavior;

/// Before a request is sent again (RFC 3261, 17.1.1.1), and the most that grows to.
const T1: Duration = Duration::from_millis(500);
const T2: Duration = Duration::from_secs(4);
/// A request without a final response for so long has failed.
const GIVE_UP: Duration = Duration::from_secs(32);
/// Messages of one call that may wait.
const MESSAGES: usize = 16;
/// Calls speak in turns, so that packets come spread over the 20 ms of a frame as they do from many telephones.
const TURNS: u32 = 5;
const TURN: Duration = Duration::from_millis(4);

/// A switch.
#[derive(Clone, Debug)]
pub struct Carrier(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    sip: UdpSocket,
    rtp: UdpSocket,
    own: SocketAddr,
    own_rtp: SocketAddr,
    calls: Mutex<HashMap<String, mpsc::Sender<Message>>>,
    /// Where each talking call's sound goes, by its Call-ID.
    lines: Mutex<HashMap<String, Line>>,
    heard: AtomicU64,
    /// When the last packet came that is no silence.
    loud: watch::Sender<Option<Instant>>,
    /// When the last key was pressed: its first packet went out.
    pressed: Mutex<Option<Instant>>,
}

#[derive(Debug)]
struct Line {
    to: SocketAddr,
    packet: Packet,
    turn: u32,
    /// A key being pressed: what is sent in the place of sound.
    key: VecDeque<Vec<u8>>,
}

/// An answered call's times.
#[derive(Clone, Debug)]
pub struct Times {
    /// The name that the caller showed.
    pub caller: String,
    /// When the INVITE went out.
    pub invited: Instant,
    /// When the 200 was here.
    pub answered: Instant,
}

/// How long a call talks.
pub enum Talk {
    /// So long, without sound.
    Silent(Duration),
    /// With sound, until told.
    Until(oneshot::Receiver<()>),
    /// With sound; a key is pressed so often, each time when it has become quiet, and the time until something is heard
    /// is told.
    Keys(usize, oneshot::Sender<Vec<Duration>>),
}

/// It is quiet when so long nothing was heard.
const QUIET: Duration = Duration::from_millis(400);
/// A key is answered by sound within this, or the bench fails.
const ANSWER: Duration = Duration::from_secs(5);
/// The payload type of telephone events.
const EVENTS: u8 = 101;

/// The packets of the key 1, pressed for 100 ms; the end comes three times (RFC 4733, 2.5.1.4).
fn key_one() -> VecDeque<Vec<u8>> {
    let packet = |(frames, end): (u16, bool)| event_payload(1, end, frames * 160);
    (1..=5).map(|frames| (frames, false)).chain([(5, true); 3]).map(packet).collect()
}

/// Whether G.711 A-law is more than silence or noise: from the fifth segment on samples are above -30 dB (G.711, table 1a).
fn is_loud(payload: &[u8]) -> bool {
    payload.iter().filter(|code| ((*code ^ 0x55) & 0x7f) >> 4 >= 4).count() > payload.len() / 8
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn token() -> String {
    uuid::Uuid::now_v7().simple().to_string()
}

/// One call as its caller knows it.
struct Dialog {
    call_id: String,
    from: String,
    to: String,
    target: String,
    sequence: u32,
}

impl Carrier {
    /// Opens one on free ports.
    ///
    /// # Errors
    /// When none is free.
    pub async fn open() -> Result<Self> {
        let (sip, rtp) =
            (UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?, UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
        let (own, own_rtp) = (sip.local_addr()?, rtp.local_addr()?);
        let (calls, lines, heard) = (Mutex::default(), Mutex::default(), AtomicU64::new(0));
        let (loud, pressed) = (watch::Sender::new(None), Mutex::default());
        let inner = Arc::new(Inner { sip, rtp, own, own_rtp, calls, lines, heard, loud, pressed });
        tokio::spawn(Arc::clone(&inner).read());
        tokio::spawn(Arc::clone(&inner).speak());
        tokio::spawn(Arc::clone(&inner).hear());
        Ok(Self(inner))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.own
    }

    /// Packets of sound that have come so far.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.0.heard.load(Ordering::Relaxed)
    }

    /// Calls `number` at `to` as `caller`, a number and the name that it shows; talks; hangs up.
    ///
    /// # Errors
    /// When the call is not answered with 200, or the other side hangs up first.
    pub async fn call(&self, number: &str, to: SocketAddr, caller: (&str, &str), talk: Talk) -> Result<Times> {
        let dialog = Dialog {
            call_id: token(),
            from: format!("\"{}\" <sip:{}@{}>;tag={}", caller.1, caller.0, self.0.own, token()),
            to: format!("<sip:{number}@{to}>"),
            target: format!("sip:{number}@{to}"),
            sequence: 1,
        };
        let (sender, inbox) = mpsc::channel(MESSAGES);
        let call_id = dialog.call_id.clone();
        lock(&self.0.calls).insert(call_id.clone(), sender);
        let done = self.converse(dialog, inbox, to, talk).await.with_context(|| format!("the call of {}", caller.1));
        lock(&self.0.calls).remove(&call_id);
        lock(&self.0.lines).remove(&call_id);
        let (invited, answered) = done?;
        Ok(Times { caller: caller.1.to_owned(), invited, answered })
    }

    async fn converse(
        &self,
        mut dialog: Dialog,
        mut inbox: mpsc::Receiver<Message>,
        to: SocketAddr,
        talk: Talk,
    ) -> Result<(Instant, Instant)> {
        let mut invite = self.request(&dialog, "INVITE", &dialog.target);
        invite.set_sdp(self.sdp());
        let invited = Instant::now();
        let ok = self.transact(&invite, &mut inbox, to).await?;
        let answered = Instant::now();
        ensure!(ok.status() == 200, "answered with {}", ok.first_line());
        dialog.to = ok.need("To")?.to_owned();
        dialog.target = uri(ok.need("Contact")?).to_owned();
        self.send(&self.request(&dialog, "ACK", &dialog.target), to).await?;
        match talk {
            Talk::Silent(span) => tokio::time::sleep(span).await,
            Talk::Until(told) => {
                self.talk(&dialog.call_id, &ok)?;
                // Whoever tells may be gone: that is as good.
                let _ = told.await;
            }
            Talk::Keys(times, tell) => {
                self.talk(&dialog.call_id, &ok)?;
                let _ = tell.send(self.press(&dialog.call_id, times).await?);
            }
        }
        while let Ok(message) = inbox.try_recv() {
            ensure!(!matches!(message.start, Start::Request { .. }), "the server sent {}", message.first_line());
        }
        dialog.sequence += 1;
        let bye = self.request(&dialog, "BYE", &dialog.target);
        let done = self.transact(&bye, &mut inbox, to).await?;
        ensure!(done.status() == 200, "BYE was answered with {}", done.first_line());
        Ok((invited, answered))
    }

    /// Presses a key so often; how long each time passed until something was heard.
    async fn press(&self, call_id: &str, times: usize) -> Result<Vec<Duration>> {
        let mut loud = self.0.loud.subscribe();
        let mut took = Vec::new();
        for _ in 0..times {
            while tokio::time::timeout(QUIET, loud.changed()).await.is_ok() {}
            *lock(&self.0.pressed) = None;
            let line = key_one();
            lock(&self.0.lines).get_mut(call_id).context("the call is gone")?.key = line;
            tokio::time::timeout(ANSWER, loud.changed()).await.context("a key was not answered by sound")??;
            let heard = loud.borrow_and_update().context("heard")?;
            let pressed = lock(&self.0.pressed).context("heard before the key was pressed")?;
            took.push(heard - pressed);
        }
        Ok(took)
    }

    fn talk(&self, call_id: &str, ok: &Message) -> Result<()> {
        let to = Sdp::parse(&ok.body)?.address;
        let mut lines = lock(&self.0.lines);
        let turn = u32::try_from(lines.len()).unwrap_or_default();
        let packet = Packet {
            marker: true,
            payload_type: 8,
            sequence: 1,
            timestamp: 1,
            ssrc: rand::random(),
            payload: SOUND.to_vec(),
        };
        lines.insert(call_id.to_owned(), Line { to, packet, turn: turn % TURNS, key: VecDeque::new() });
        Ok(())
    }

    fn request(&self, dialog: &Dialog, method: &str, target: &str) -> Message {
        let mut request = Message::request(method, target);
        request.push("Via", format!("SIP/2.0/UDP {};branch=z9hG4bK{};rport", self.0.own, token()));
        request.push("Max-Forwards", 70);
        request.push("From", &dialog.from);
        request.push("To", &dialog.to);
        request.push("Call-ID", &dialog.call_id);
        request.push("CSeq", format!("{} {method}", dialog.sequence));
        request.push("Contact", format!("<sip:carrier@{}>", self.0.own));
        request
    }

    fn sdp(&self) -> String {
        let (ip, port) = (self.0.own_rtp.ip(), self.0.own_rtp.port());
        format!(
            "v=0\r\no=carrier 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8 {EVENTS}\r\n\
             a=rtpmap:8 PCMA/8000\r\na=rtpmap:{EVENTS} telephone-event/8000\r\na=ptime:20\r\na=sendrecv\r\n"
        )
    }

    async fn send(&self, message: &Message, to: SocketAddr) -> Result<()> {
        self.0.sip.send_to(message.to_text().as_bytes(), to).await.map(drop).context("send")
    }

    /// Sends a request, again where it must be, and awaits its final response.
    async fn transact(
        &self,
        request: &Message,
        inbox: &mut mpsc::Receiver<Message>,
        to: SocketAddr,
    ) -> Result<Message> {
        let began = Instant::now();
        let mut interval = T1;
        let mut repeat = true;
        self.send(request, to).await?;
        loop {
            ensure!(began.elapsed() < GIVE_UP, "no final response to {}", request.method());
            let message = match tokio::time::timeout(interval, inbox.recv()).await {
                Ok(message) => message.context("the carrier is closed")?,
                Err(_) => {
                    if repeat {
                        self.send(request, to).await?;
                    }
                    interval = (interval * 2).min(T2);
                    continue;
                }
            };
            match message.start {
                Start::Request { .. } => bail!("the server sent {}", message.first_line()),
                Start::Response { .. } if message.method() != request.method() => {}
                Start::Response { status, .. } if status >= 200 => return Ok(message),
                // A provisional response ends the retransmission of an INVITE (17.1.1.2).
                Start::Response { .. } => repeat = request.method() != "INVITE",
            }
        }
    }
}

impl Inner {
    /// Gives every message to its call; a request is answered with 200, so that a call that failed ends.
    async fn read(self: Arc<Self>) {
        let mut buffer = vec![0; 65_535];
        loop {
            let Ok((length, from)) = self.sip.recv_from(&mut buffer).await else { continue };
            let Ok(message) = Message::parse(&buffer[..length]) else { continue };
            if let Start::Request { method, .. } = &message.start
                && method != "ACK"
            {
                let ok = Message::response(&message, 200, "OK");
                // UDP: what is lost is asked for again.
                let _ = self.sip.send_to(ok.to_text().as_bytes(), from).await;
            }
            if message.method() == "OPTIONS" {
                continue;
            }
            let call = message.header("Call-ID").and_then(|id| lock(&self.calls).get(id).cloned());
            if let Some(call) = call {
                // A call that is over, or flooded, needs no more messages.
                let _ = call.try_send(message);
            }
        }
    }

    /// Says a packet on every line each 20 ms.
    async fn speak(self: Arc<Self>) {
        let mut beat = tokio::time::interval(TURN);
        beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for turn in (0..TURNS).cycle() {
            beat.tick().await;
            for line in lock(&self.lines).values_mut().filter(|line| line.turn == turn) {
                let key = line.key.pop_front();
                let packet = match &key {
                    // All packets of a key have its time (RFC 4733, 2.5.1.2).
                    Some(payload) => {
                        lock(&self.pressed).get_or_insert_with(Instant::now);
                        Packet { payload_type: EVENTS, payload: payload.clone(), ..line.packet.clone() }
                    }
                    None => line.packet.clone(),
                };
                // A full buffer loses sound, which shows in what the browsers hear.
                let _ = self.rtp.try_send_to(&packet.to_bytes(), line.to);
                line.packet.marker = false;
                line.packet.sequence = line.packet.sequence.wrapping_add(1);
                if line.key.is_empty() {
                    line.packet.timestamp = line.packet.timestamp.wrapping_add(160);
                }
            }
        }
    }

    async fn hear(self: Arc<Self>) {
        let mut buffer = [0; 2048];
        loop {
            // An error is about a port that was closed, reported late.
            if let Ok((length, _)) = self.rtp.recv_from(&mut buffer).await {
                self.heard.fetch_add(1, Ordering::Relaxed);
                if is_loud(buffer[..length].get(12..).unwrap_or_default()) {
                    self.loud.send_replace(Some(Instant::now()));
                }
            }
        }
    }
}
