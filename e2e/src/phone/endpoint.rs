//! A UDP socket that speaks SIP transactions (RFC 3261, 17) as far as a telephone needs them: retransmission until an
//! answer comes, responses matched by branch, everything seen kept for the witness stand.

use super::message::{Message, Start};
use anyhow::{Context, Result};
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::sync::{Notify, mpsc};

/// First interval of retransmission (RFC 3261, 17.1.1.1).
pub const T1: Duration = Duration::from_millis(500);
/// The longest interval for requests other than INVITE, and for 2xx.
pub const T2: Duration = Duration::from_secs(4);
/// When a transaction gives up: 64 T1.
pub const GIVE_UP: Duration = Duration::from_secs(32);
/// Responses that may wait to be read by their transaction: provisional ones and repeated finals.
const RESPONSES: usize = 64;
/// Messages kept for the witness stand.
const TRACE: usize = 2000;

/// Names a transaction: branch and method, since CANCEL shares the INVITE's branch.
type Key = (String, String);

/// The socket and its client transactions.
#[derive(Debug)]
pub struct Endpoint {
    socket: UdpSocket,
    address: SocketAddr,
    transactions: Mutex<HashMap<Key, Waiting>>,
    trace: Mutex<VecDeque<String>>,
    began: Instant,
}

#[derive(Debug)]
struct Waiting {
    responses: mpsc::Sender<Message>,
    answered: Arc<Notify>,
}

/// A client transaction: its responses as they come.
#[derive(Debug)]
pub struct Transaction {
    responses: mpsc::Receiver<Message>,
}

impl Endpoint {
    /// Binds a free port on `ip`.
    ///
    /// # Errors
    /// When the address is not ours.
    pub async fn bind(address: SocketAddr) -> Result<Arc<Self>> {
        let socket = UdpSocket::bind(address).await.with_context(|| format!("bind {address}"))?;
        let address = socket.local_addr()?;
        Ok(Arc::new(Self {
            socket,
            address,
            transactions: Mutex::default(),
            trace: Mutex::default(),
            began: Instant::now(),
        }))
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A token that occurs once: for branches, tags and Call-IDs.
    #[must_use]
    pub fn token() -> String {
        uuid::Uuid::now_v7().simple().to_string()
    }

    /// A Via of ours with this branch (RFC 3581 `rport`).
    #[must_use]
    pub fn via(&self, branch: &str) -> String {
        format!("SIP/2.0/UDP {};branch={branch};rport", self.address)
    }

    /// A new branch with the magic cookie of RFC 3261, 8.1.1.7.
    #[must_use]
    pub fn branch() -> String {
        format!("z9hG4bK{}", Self::token())
    }

    /// Sends once.
    pub async fn send(&self, message: &Message, to: SocketAddr) {
        self.note(&format!("-> {to}"), message);
        // UDP: what cannot be sent is lost, and the retransmission is the remedy.
        let _ = self.socket.send_to(message.to_text().as_bytes(), to).await;
    }

    /// Sends bytes as they are: for what a well-mannered telephone never says.
    ///
    /// # Errors
    /// When the socket refuses.
    pub async fn send_raw(&self, bytes: &[u8], to: SocketAddr) -> Result<()> {
        self.socket.send_to(bytes, to).await?;
        Ok(())
    }

    /// Answers a request to where it came from (RFC 3581, 4).
    pub async fn respond(&self, mut response: Message, to: SocketAddr) {
        response.push("User-Agent", "story phone");
        self.send(&response, to).await;
    }

    /// Begins a client transaction; retransmits until the first response (INVITE) or the final one (others).
    pub async fn request(self: &Arc<Self>, request: &Message, to: SocketAddr) -> Transaction {
        let key = (request.branch().to_owned(), request.method().to_owned());
        let (responses, receiver) = mpsc::channel(RESPONSES);
        let answered = Arc::new(Notify::new());
        let waiting = Waiting { responses, answered: Arc::clone(&answered) };
        self.transactions.lock().expect("no holder of this lock panics").insert(key, waiting);
        self.send(request, to).await;
        let cap = if request.method() == "INVITE" { GIVE_UP } else { T2 };
        tokio::spawn(Arc::clone(self).repeat(request.clone(), to, cap, answered));
        Transaction { responses: receiver }
    }

    /// Sends a message again and again, at growing intervals up to `cap`, until `stop` or the end of its time.
    pub async fn repeat(self: Arc<Self>, message: Message, to: SocketAddr, cap: Duration, stop: Arc<Notify>) {
        let mut interval = T1;
        let mut passed = Duration::ZERO;
        while passed < GIVE_UP {
            tokio::select! {
                () = stop.notified() => return,
                () = tokio::time::sleep(interval) => self.send(&message, to).await,
            }
            passed += interval;
            interval = (interval * 2).min(cap);
        }
    }

    /// The next request for us; responses go to their transactions on the way, what is no SIP is dropped.
    ///
    /// # Errors
    /// When the socket is broken.
    pub async fn next_request(&self) -> Result<(Message, SocketAddr)> {
        let mut buffer = vec![0; 65_535];
        loop {
            let (length, from) = match self.socket.recv_from(&mut buffer).await {
                Ok(received) => received,
                // ICMP port unreachable of an earlier packet, reported on the next call.
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => continue,
                Err(error) => return Err(error.into()),
            };
            let Ok(message) = Message::parse(&buffer[..length]) else {
                continue;
            };
            self.note(&format!("<- {from}"), &message);
            match message.start {
                Start::Request { .. } => return Ok((message, from)),
                Start::Response { .. } => self.dispatch(message),
            }
        }
    }

    fn dispatch(&self, response: Message) {
        let key = (response.branch().to_owned(), response.method().to_owned());
        let mut transactions = self.transactions.lock().expect("no holder of this lock panics");
        if let Some(waiting) = transactions.get(&key) {
            if response.status() >= 200 || response.method() == "INVITE" {
                waiting.answered.notify_one();
            }
            if let Err(mpsc::error::TrySendError::Closed(_)) = waiting.responses.try_send(response) {
                transactions.remove(&key);
            }
        }
    }

    fn note(&self, direction: &str, message: &Message) {
        let mut trace = self.trace.lock().expect("no holder of this lock panics");
        if trace.len() == TRACE {
            trace.pop_front();
        }
        let call = message.header("Call-ID").unwrap_or_default();
        let short: String = call.chars().take(8).collect();
        let at = self.began.elapsed().as_secs_f64();
        let body = if message.body.is_empty() { "" } else { " +body" };
        let cseq = message.header("CSeq").unwrap_or_default();
        trace.push_back(format!("{at:8.3} {direction} {} [{cseq}] {short}{body}", message.first_line()));
    }

    /// Every message sent and received, one line each.
    #[must_use]
    pub fn trace(&self) -> String {
        let trace = self.trace.lock().expect("no holder of this lock panics");
        trace.iter().fold(String::new(), |text, line| text + line + "\n")
    }
}

impl Transaction {
    /// The next response, provisional, final or repeated.
    ///
    /// # Errors
    /// When none comes `within`.
    pub async fn next(&mut self, within: Duration) -> Result<Message> {
        let response = tokio::time::timeout(within, self.responses.recv()).await.context("no response")?;
        response.context("the transaction is over")
    }

    /// The final response.
    ///
    /// # Errors
    /// When none comes within 64 T1.
    pub async fn last(&mut self) -> Result<Message> {
        loop {
            let response = self.next(GIVE_UP).await?;
            if response.status() >= 200 {
                return Ok(response);
            }
        }
    }
}
