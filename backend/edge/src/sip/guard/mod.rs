//! The guard: our own UDP socket in front of the stack, which sees only what passed here.
//!
//! Datagrams from addresses that no trunk names vanish without an answer. What is malformed is answered here
//! ([`check`]), new calls above the configured rate get 503 ([`limit`]), everything else reaches the stack rewritten
//! strictly. Which trunk a call belongs to is decided behind it, in [`super::trunk`].

pub(crate) mod check;
mod limit;
mod message;

use super::trunk::Trunks;
use crate::config::EdgeConfig;
use check::{Refusal, Verdict, answer, check, has_tag, identity, return_address};
use hark_shared::time::Timestamp;
use limit::Limiter;
use rsipstack::platform::net::UdpSocket as StackSocket;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::UdpSocket;
use tracing::{debug, warn};

/// The largest datagram that UDP can carry.
const MAX_DATAGRAM: usize = 65_535;
/// Pause after the operating system refused to read: it may refuse again at once, and no loop may burn a core.
const READ_PAUSE: Duration = Duration::from_millis(20);

/// The socket that the stack is given.
pub(crate) struct Guard {
    socket: UdpSocket,
    trunks: Arc<Trunks>,
    limiter: Mutex<Limiter>,
    now: Box<dyn Fn() -> Timestamp + Send + Sync>,
    seed: u64,
    /// One reader at a time: the stack's receive loop.
    buffer: tokio::sync::Mutex<Vec<u8>>,
}

impl Guard {
    /// Takes over a bound socket.
    pub(crate) fn new(socket: UdpSocket, trunks: Arc<Trunks>, config: &EdgeConfig) -> Self {
        let source = Arc::clone(&config.source);
        let limiter = Mutex::new(Limiter::new(config.invites_per_second, source.now()));
        let seed = u64::try_from(source.fresh() & u128::from(u64::MAX)).expect("masked to 64 bits");
        let now = Box::new(move || source.now());
        Self { socket, trunks, limiter, now, seed, buffer: tokio::sync::Mutex::new(vec![0; MAX_DATAGRAM]) }
    }

    /// The message for the stack, if this datagram is one.
    async fn inspect(&self, datagram: &[u8], source: SocketAddr) -> Option<Vec<u8>> {
        if !self.trunks.knows(source.ip()) {
            dropped("stranger");
            debug!(bytes = datagram.len(), "a stranger was not answered");
            return None;
        }
        if datagram.iter().all(u8::is_ascii_whitespace) {
            return None;
        }
        match check(datagram) {
            Verdict::Pass(message) => {
                if let Some(method) = message.method() {
                    metrics::counter!("hark_sip_requests_total", "method" => known(method)).increment(1);
                }
                let new_call = message.method() == Some("INVITE") && !has_tag(message.header("To").unwrap_or_default());
                if new_call && !self.admit(identity(&message, self.seed)) {
                    let refusal = Refusal::new(503, "Service Unavailable").with("Retry-After", "1");
                    self.refuse(&message, &refusal, source).await;
                    return None;
                }
                Some(message.write())
            }
            Verdict::Refuse(message, refusal) => {
                debug!(status = refusal.status, reason = refusal.reason, "refused a request");
                self.refuse(&message, &refusal, source).await;
                None
            }
            Verdict::Drop(why) => {
                dropped("malformed");
                debug!(why, bytes = datagram.len(), "dropped a datagram");
                None
            }
        }
    }

    fn admit(&self, identity: u64) -> bool {
        let now = (self.now)();
        self.limiter.lock().unwrap_or_else(PoisonError::into_inner).admit(now, identity)
    }

    async fn refuse(&self, message: &message::Message, refusal: &Refusal, source: SocketAddr) {
        metrics::counter!("hark_sip_refusals_total", "status" => refusal.status.to_string()).increment(1);
        let wire = answer(message, refusal, source, self.seed);
        if let Err(error) = self.send(&wire, return_address(message, source)).await {
            debug!(%error, "a refusal could not be sent");
        }
    }

    /// A socket bound to `::` speaks to IPv4 by mapped addresses.
    async fn send(&self, wire: &[u8], to: SocketAddr) -> std::io::Result<usize> {
        let v6 = self.socket.local_addr()?.is_ipv6();
        let to = match to.ip() {
            IpAddr::V4(ip) if v6 => SocketAddr::new(ip.to_ipv6_mapped().into(), to.port()),
            IpAddr::V4(_) | IpAddr::V6(_) => to,
        };
        self.socket.send_to(wire, to).await
    }
}

fn dropped(reason: &'static str) {
    metrics::counter!("hark_sip_dropped_total", "reason" => reason).increment(1);
}

/// A method as a label: those that we understand, so that a sender cannot invent more.
fn known(method: &str) -> &'static str {
    const METHODS: [&str; 8] = ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "INFO", "UPDATE", "PRACK"];
    METHODS.into_iter().find(|known| *known == method).unwrap_or("other")
}

#[async_trait::async_trait]
impl StackSocket for Guard {
    async fn recv_from(&self, buf: &mut [u8]) -> rsipstack::Result<(usize, SocketAddr)> {
        let mut datagram = self.buffer.lock().await;
        loop {
            let (length, source) = match self.socket.recv_from(&mut datagram).await {
                Ok((length, source)) => (length, SocketAddr::new(source.ip().to_canonical(), source.port())),
                Err(error) => {
                    warn!(%error, "cannot read from the SIP socket");
                    tokio::time::sleep(READ_PAUSE).await;
                    continue;
                }
            };
            let Some(message) = self.inspect(&datagram[..length], source).await else { continue };
            // The stack's buffer is smaller than a datagram can be; cut short it would only fail later.
            match buf.get_mut(..message.len()) {
                Some(room) => {
                    room.copy_from_slice(&message);
                    return Ok((message.len(), source));
                }
                None => {
                    debug!(bytes = message.len(), "a message was too large");
                    if let Verdict::Pass(message) = check(&message)
                        && message.method().is_some_and(|method| method != "ACK")
                    {
                        self.refuse(&message, &Refusal::new(513, "Message Too Large"), source).await;
                    }
                }
            }
        }
    }

    async fn send_to(&self, buf: &[u8], addr: SocketAddr) -> rsipstack::Result<usize> {
        Ok(self.send(buf, addr).await?)
    }

    fn local_addr(&self) -> rsipstack::Result<SocketAddr> {
        Ok(self.socket.local_addr()?)
    }
}
