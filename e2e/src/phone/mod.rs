//! A telephone, or a carrier's switch: an independent SIP and RTP user agent on bare UDP sockets.
//!
//! It shares nothing with the product's stack, because it judges it. It follows RFC 3261 as far as one telephone needs
//! it, misbehaves on request, and keeps a trace of all its messages for the case that a story fails.

pub mod call;
mod callee;
mod caller;
mod dialog;
pub mod digest;
mod endpoint;
mod hearing;
pub mod line;
pub mod message;
pub mod rtp;
pub mod sdp;

pub use call::{Call, End, Phase, State};
pub use callee::Answering;
pub use digest::Account;
pub use sdp::{Direction, Law};

use crate::sound::Voice;
use crate::story::{Story, Witness};
use anyhow::{Context, Result};
use call::lock;
use dialog::Dialog;
use endpoint::Endpoint;
use futures_util::future::BoxFuture;
use line::Line;
use message::Message;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Calls that may wait for the story to look at them.
const INCOMING: usize = 256;

/// How a telephone behaves; changed between calls with [`Phone::behave`].
#[derive(Clone, Debug)]
pub struct Manners {
    /// Its number.
    pub number: String,
    /// The name that it shows, written as it is between quotes.
    pub name: Option<String>,
    /// What it says once connected.
    pub voice: Voice,
    /// What it does when called.
    pub answering: Answering,
    /// Laws it speaks, the preferred first.
    pub laws: Vec<Law>,
    /// What it signs in with when challenged.
    pub account: Option<Account>,
    /// Whom it challenges before it takes a call.
    pub challenges: Option<Account>,
    /// Answers an incoming call in the moment in which the CANCEL arrives: the 2xx that crosses it.
    pub answer_on_cancel: bool,
    /// Further headers of its INVITE, like `P-Asserted-Identity`.
    pub headers: Vec<(String, String)>,
}

impl Manners {
    /// A polite telephone with this number that says a tone of this frequency and answers at once.
    #[must_use]
    pub fn tone(number: &str, frequency: f64) -> Self {
        Self {
            number: number.to_owned(),
            name: None,
            voice: Voice::Tone(frequency),
            answering: Answering::AtOnce,
            laws: vec![Law::Pcma, Law::Pcmu],
            account: None,
            challenges: None,
            answer_on_cancel: false,
            headers: Vec::new(),
        }
    }
}

/// A telephone.
#[derive(Debug)]
pub struct Phone {
    shared: Arc<Shared>,
    incoming: tokio::sync::Mutex<mpsc::Receiver<Call>>,
    task: tokio::task::JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    endpoint: Arc<Endpoint>,
    manners: Mutex<Manners>,
    calls: Mutex<HashMap<String, Call>>,
    incoming: mpsc::Sender<Call>,
    began: Instant,
}

impl Phone {
    /// Plugs a telephone in on a free loopback port; the story calls it as a witness.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn plug_in(story: &Story, manners: Manners) -> Result<Self> {
        Self::plug_in_at(story, manners, SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Plugs a telephone in at an address of one's own choice, for instance another loopback address for a stranger.
    ///
    /// # Errors
    /// When the address is taken or not ours.
    pub async fn plug_in_at(story: &Story, manners: Manners, address: SocketAddr) -> Result<Self> {
        let endpoint = Endpoint::bind(address).await?;
        let (sender, receiver) = mpsc::channel(INCOMING);
        let shared = Arc::new(Shared {
            endpoint,
            manners: Mutex::new(manners),
            calls: Mutex::default(),
            incoming: sender,
            began: Instant::now(),
        });
        story.witness(Arc::clone(&shared) as Arc<dyn Witness>);
        let task = tokio::spawn(callee::serve(Arc::clone(&shared)));
        Ok(Self { shared, incoming: tokio::sync::Mutex::new(receiver), task })
    }

    /// Where it listens for SIP.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.endpoint.address()
    }

    /// Changes its manners for calls to come.
    pub fn behave(&self, change: impl FnOnce(&mut Manners)) {
        change(&mut lock(&self.shared.manners));
    }

    /// Calls `number` at the switch that listens at `to`. Returns once the INVITE is on its way.
    ///
    /// # Errors
    /// When no RTP port is free.
    pub async fn call(&self, number: &str, to: SocketAddr) -> Result<Call> {
        let manners = lock(&self.shared.manners).clone();
        let endpoint = Arc::clone(&self.shared.endpoint);
        let own = endpoint.address();
        let line = Line::open(own.ip(), manners.voice.clone())?;
        let name = manners.name.as_ref().map(|name| format!("\"{name}\" ")).unwrap_or_default();
        let mut dialog = Dialog {
            call_id: Endpoint::token(),
            local: format!("{name}<sip:{}@{own}>;tag={}", manners.number, Endpoint::token()),
            remote: format!("<sip:{number}@{to}>"),
            target: format!("sip:{number}@{to}"),
            routes: Vec::new(),
            sequence: 0,
            contact: format!("<sip:{}@{own}>", manners.number),
        };
        let mut invite = dialog.request(&endpoint, "INVITE");
        invite.push("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO");
        for (name, value) in &manners.headers {
            invite.push(name, value);
        }
        let call_id = dialog.call_id.clone();
        let call = Call::new(endpoint, dialog, line, manners.laws, invite.clone(), to);
        invite.set_sdp(call.sdp(Direction::SendRecv)?.to_text());
        lock(&call.inner.invite).0 = invite;
        lock(&self.shared.calls).insert(call_id, call.clone());
        tokio::spawn(caller::drive(call.clone(), manners.account));
        Ok(call)
    }

    /// The next call that comes in.
    ///
    /// # Errors
    /// When none comes `within`.
    pub async fn incoming(&self, within: Duration) -> Result<Call> {
        let call = tokio::time::timeout(within, async { self.incoming.lock().await.recv().await }).await;
        call.ok().flatten().with_context(|| format!("no call came in within {within:?}:\n{}", self.trace()))
    }

    /// Asks another switch with OPTIONS for its health.
    ///
    /// # Errors
    /// When no answer comes `within`.
    pub async fn options(&self, to: SocketAddr, within: Duration) -> Result<u16> {
        Ok(self.ask("OPTIONS", to, within, |_| ()).await?.status())
    }

    /// Sends a request outside of any call, changed by `dress`, and awaits its final response.
    ///
    /// # Errors
    /// When none comes `within`.
    pub async fn ask(
        &self,
        method: &str,
        to: SocketAddr,
        within: Duration,
        dress: impl FnOnce(&mut Message),
    ) -> Result<Message> {
        let own = self.address();
        let number = lock(&self.shared.manners).number.clone();
        let mut dialog = Dialog {
            call_id: Endpoint::token(),
            local: format!("<sip:{number}@{own}>;tag={}", Endpoint::token()),
            remote: format!("<sip:{to}>"),
            target: format!("sip:{to}"),
            routes: Vec::new(),
            sequence: 0,
            contact: format!("<sip:{number}@{own}>"),
        };
        let mut request = dialog.request(&self.shared.endpoint, method);
        dress(&mut request);
        let mut transaction = self.shared.endpoint.request(&request, to).await;
        let response = tokio::time::timeout(within, transaction.last()).await;
        response.with_context(|| format!("no answer to {method} within {within:?}"))?
    }

    /// Sends bytes that need not be SIP.
    ///
    /// # Errors
    /// When the socket refuses.
    pub async fn send_raw(&self, bytes: &[u8], to: SocketAddr) -> Result<()> {
        self.shared.endpoint.send_raw(bytes, to).await
    }

    /// Every message sent and received, one line each.
    #[must_use]
    pub fn trace(&self) -> String {
        self.shared.endpoint.trace()
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        self.task.abort();
        for call in lock(&self.shared.calls).values() {
            call.close();
        }
    }
}

impl Witness for Shared {
    fn name(&self) -> String {
        format!("telephone {} at {}", lock(&self.manners).number, self.endpoint.address())
    }

    fn testify<'a>(&'a self, _folder: &'a Path) -> BoxFuture<'a, String> {
        Box::pin(async {
            let heard: Vec<String> = lock(&self.calls)
                .values()
                .map(|call| format!("{:?}\n  heard: {}\n", call.state(), call.describe(self.began)))
                .collect();
            heard.concat() + &self.endpoint.trace()
        })
    }
}
