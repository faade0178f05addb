//! An agent at a desk: the WebSocket that the page would hold, answering at once whatever rings.
//!
//! The product has no setting for automatic answer, so this is it: the page's *accept*, sent in the moment in which the
//! offer is read.

use crate::browser::Browser;
use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use hark_e2e::api::Api;
use hark_shared::wire::VERSION;
use hark_shared::wire::desk::{AgentState, DeskChange, DeskCommand, FromDesk, ToDesk, WantedState};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::tungstenite::http::header::{COOKIE, ORIGIN};
use tokio_tungstenite::{WebSocketStream, client_async};
use uuid::Uuid;

/// As often as the page says that it lives.
const PING: Duration = Duration::from_secs(10);
/// For everything that the server does at once, on a busy machine.
const SOON: Duration = Duration::from_secs(30);
/// Messages of ours that may wait.
const OUTGOING: usize = 16;

/// When each call was first offered to anybody, by the name that its caller shows.
#[derive(Clone, Debug, Default)]
pub struct Offers(Arc<Mutex<HashMap<String, Instant>>>);

impl Offers {
    fn note(&self, caller: &str, at: Instant) {
        let mut offers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        offers.entry(caller.to_owned()).or_insert(at);
    }

    /// When this caller's call was offered; forgotten thereby.
    #[must_use]
    pub fn take(&self, caller: &str) -> Option<Instant> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(caller)
    }
}

/// What the page knows.
#[derive(Clone, Debug, Default)]
struct Known {
    opened: bool,
    state: Option<AgentState>,
    answer: Option<String>,
    over: Option<String>,
}

/// An agent at a desk; leaves it when dropped.
#[derive(Debug)]
pub struct Agent {
    commands: mpsc::Sender<DeskCommand>,
    known: watch::Receiver<Known>,
    browser: Option<Browser>,
}

impl Agent {
    /// Opens the desk of whoever is signed in at `api`.
    ///
    /// # Errors
    /// When the server does not let us in.
    pub async fn sit(api: &Api, http: SocketAddr, origin: &str, offers: Offers) -> Result<Self> {
        let mut request = format!("ws{}/api/desk", origin.trim_start_matches("http")).into_client_request()?;
        request.headers_mut().insert(ORIGIN, HeaderValue::from_str(origin)?);
        request.headers_mut().insert(COOKIE, HeaderValue::from_str(&api.cookies())?);
        let stream = TcpStream::connect(http).await?;
        stream.set_nodelay(true)?;
        let (socket, _) = client_async(request, stream).await.context("the desk's socket")?;
        let (commands, inbox) = mpsc::channel(OUTGOING);
        let (sender, known) = watch::channel(Known::default());
        tokio::spawn(async move {
            let over = serve(socket, inbox, &offers, &sender).await.err();
            sender.send_modify(|known| known.over = over.map(|error| format!("{error:#}")));
        });
        let mut agent = Self { commands, known, browser: None };
        agent.until("the desk", |known| known.opened).await?;
        Ok(agent)
    }

    /// Connects a browser's sound, as a page does as soon as it is open.
    ///
    /// # Errors
    /// When it does not connect.
    pub async fn connect(&mut self) -> Result<()> {
        let mut browser = Browser::open().await?;
        let sdp = browser.offer().await?;
        self.command(DeskCommand::Connect { sdp }).await?;
        let known = self.until("an SDP answer", |known| known.answer.is_some()).await?;
        browser.connect(known.answer.unwrap_or_default()).await?;
        self.browser = Some(browser);
        Ok(())
    }

    /// Takes contacts from now on.
    ///
    /// # Errors
    /// When the server does not agree.
    pub async fn ready(&mut self) -> Result<()> {
        self.command(DeskCommand::SetState { state: WantedState::Ready }).await?;
        self.until("ready", |known| known.state == Some(AgentState::Ready)).await.map(drop)
    }

    /// The browser, once connected.
    #[must_use]
    pub fn browser(&self) -> Option<&Browser> {
        self.browser.as_ref()
    }

    /// Whether the agent talks.
    #[must_use]
    pub fn talks(&self) -> bool {
        self.known.borrow().state == Some(AgentState::Talking)
    }

    async fn command(&self, command: DeskCommand) -> Result<()> {
        self.commands.send(command).await.ok().context("the desk's socket is closed")
    }

    async fn until(&mut self, what: &str, holds: impl Fn(&Known) -> bool) -> Result<Known> {
        let wait = self.known.wait_for(|known| holds(known) || known.over.is_some());
        let known = tokio::time::timeout(SOON, wait).await.with_context(|| format!("no {what}"))??.clone();
        match &known.over {
            Some(over) => bail!("{what}: the desk is closed: {over}"),
            None => Ok(known),
        }
    }
}

type Socket = WebSocketStream<TcpStream>;

async fn serve(
    mut socket: Socket,
    mut inbox: mpsc::Receiver<DeskCommand>,
    offers: &Offers,
    known: &watch::Sender<Known>,
) -> Result<()> {
    send(&mut socket, &FromDesk::Hello { version: VERSION, tab: Uuid::now_v7(), take_over: true }).await?;
    let mut ping = tokio::time::interval(PING);
    loop {
        tokio::select! {
            command = inbox.recv() => match command {
                Some(command) => send_command(&mut socket, command).await?,
                None => return Ok(()),
            },
            _ = ping.tick() => send(&mut socket, &FromDesk::Ping { at: 0.0 }).await?,
            message = socket.next() => {
                let at = Instant::now();
                match message.context("the server closed the socket")?? {
                    Message::Text(text) => {
                        if let Some(command) = heed(serde_json::from_str(&text)?, at, offers, known)? {
                            send_command(&mut socket, command).await?;
                        }
                    }
                    Message::Close(frame) => bail!("closed: {frame:?}"),
                    Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
                }
            }
        }
    }
}

/// What a message changes, and what the agent does about it.
fn heed(message: ToDesk, at: Instant, offers: &Offers, known: &watch::Sender<Known>) -> Result<Option<DeskCommand>> {
    match message {
        ToDesk::Snapshot { desk, .. } => known.send_modify(|known| {
            known.opened = true;
            known.state = Some(desk.status.state);
        }),
        ToDesk::Change { change, .. } => match *change {
            DeskChange::Status(status) => known.send_modify(|known| known.state = Some(status.state)),
            DeskChange::Offer(Some(card)) => {
                // The same card comes again once the customer was looked up: accepted already.
                if known.borrow().state == Some(AgentState::Talking) {
                    return Ok(None);
                }
                offers.note(card.party.name.as_deref().unwrap_or_default(), at);
                return Ok(Some(DeskCommand::Accept { offer: card.offer }));
            }
            DeskChange::Offer(None)
            | DeskChange::Contact(_)
            | DeskChange::Connected(_)
            | DeskChange::Telephone(_)
            | DeskChange::Tasks(_) => {}
        },
        ToDesk::Answer { sdp } => known.send_modify(|known| known.answer = Some(sdp)),
        // An offer that was accepted twice or whose caller has gone.
        ToDesk::Refused { error, .. } if error.key == "offer.gone" => {}
        ToDesk::Refused { error, .. } => bail!("refused: {error:?}"),
        ToDesk::InUse | ToDesk::TakenOver | ToDesk::SignedOut | ToDesk::Reload => bail!("sent away: {message:?}"),
        ToDesk::Done { .. } | ToDesk::Pong { .. } | ToDesk::Floor { .. } | ToDesk::Messages => {}
    }
    Ok(None)
}

async fn send_command(socket: &mut Socket, command: DeskCommand) -> Result<()> {
    send(socket, &FromDesk::Command { id: Uuid::now_v7(), command }).await
}

async fn send(socket: &mut Socket, message: &FromDesk) -> Result<()> {
    Ok(socket.send(Message::text(serde_json::to_string(message)?)).await?)
}
