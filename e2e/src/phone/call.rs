//! One call, placed or received: what a test does with it and what it can await.

use super::dialog::Dialog;
use super::endpoint::{Endpoint, T2};
use super::line::Line;
use super::message::{Message, Start};
use super::sdp::{Direction, Law, Sdp};
use anyhow::{Context, Result, bail, ensure};
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::sync::{Notify, watch};

/// How long a request within a call may wait for its final response.
const ANSWER: Duration = Duration::from_secs(10);

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing came back yet, or only 100.
    Calling,
    /// 180, or 183 without sound.
    Ringing,
    /// A provisional response with SDP.
    EarlyMedia,
    /// 200.
    Answered,
    /// Over.
    Ended(End),
}

/// Why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// With this final status, 300 to 699.
    Refused(u16),
    /// The caller's CANCEL.
    Cancelled,
    /// Our BYE.
    ByUs,
    /// Their BYE.
    ByThem,
    /// No answer of any kind.
    Unreachable,
}

/// What is known about a call.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// Where it is.
    pub phase: Phase,
    /// Every status that came for our INVITE, in order.
    pub statuses: Vec<u16>,
    /// The direction that the other side last asked for.
    pub far_direction: Direction,
    /// How many re-INVITEs the other side sent.
    pub reinvites: u32,
    /// Digits that came by INFO.
    pub info_digits: String,
    /// How many ACKs came.
    pub acks: u32,
}

/// A call; clones are the same call.
#[derive(Clone, Debug)]
pub struct Call {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub endpoint: Arc<Endpoint>,
    pub dialog: Mutex<Dialog>,
    pub state: watch::Sender<State>,
    pub line: Line,
    pub laws: Vec<Law>,
    pub version: Mutex<u64>,
    /// The INVITE: ours as sent last, or theirs, and the address of the next hop.
    pub invite: Mutex<(Message, SocketAddr)>,
    /// Our last response to an INVITE of theirs, for its retransmissions.
    pub answer: Mutex<Option<Message>>,
    /// Their ACK came.
    pub acknowledged: Arc<Notify>,
    /// We want to cancel.
    pub cancelled: watch::Sender<bool>,
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no holder of this lock panics")
}

/// A call's sound is its own.
impl Deref for Call {
    type Target = Line;
    fn deref(&self) -> &Line {
        &self.inner.line
    }
}

impl Call {
    pub(super) fn new(
        endpoint: Arc<Endpoint>,
        dialog: Dialog,
        line: Line,
        laws: Vec<Law>,
        invite: Message,
        hop: SocketAddr,
    ) -> Self {
        let state = State {
            phase: Phase::Calling,
            statuses: Vec::new(),
            far_direction: Direction::SendRecv,
            reinvites: 0,
            info_digits: String::new(),
            acks: 0,
        };
        let inner = Inner {
            endpoint,
            dialog: Mutex::new(dialog),
            state: watch::Sender::new(state),
            line,
            laws,
            version: Mutex::new(1),
            invite: Mutex::new((invite, hop)),
            answer: Mutex::default(),
            acknowledged: Arc::default(),
            cancelled: watch::Sender::new(false),
        };
        Self { inner: Arc::new(inner) }
    }

    /// What is known now.
    #[must_use]
    pub fn state(&self) -> State {
        self.inner.state.borrow().clone()
    }

    /// The INVITE as we sent or got it, to look at its headers.
    #[must_use]
    pub fn invite(&self) -> Message {
        lock(&self.inner.invite).0.clone()
    }

    /// Awaits that `holds` of the call's state.
    ///
    /// # Errors
    /// When it does not `within`, or the call ends first.
    pub async fn until(&self, what: &str, within: Duration, holds: impl Fn(&State) -> bool) -> Result<State> {
        let mut states = self.inner.state.subscribe();
        let over = |state: &State| matches!(state.phase, Phase::Ended(_));
        let met = tokio::time::timeout(within, states.wait_for(|s| holds(s) || over(s))).await;
        let Ok(Ok(state)) = met.map(|met| met.map(|state| state.clone())) else {
            bail!("{what}: not within {within:?}; the call: {:?}", self.state());
        };
        ensure!(holds(&state), "{what}: the call ended instead: {state:?}");
        Ok(state)
    }

    /// Awaits 180 or 183.
    ///
    /// # Errors
    /// See [`Call::until`].
    pub async fn ringing(&self, within: Duration) -> Result<State> {
        self.until("ringing", within, |s| matches!(s.phase, Phase::Ringing | Phase::EarlyMedia)).await
    }

    /// Awaits the answer.
    ///
    /// # Errors
    /// See [`Call::until`].
    pub async fn answered(&self, within: Duration) -> Result<State> {
        self.until("the answer", within, |s| s.phase == Phase::Answered).await
    }

    /// Awaits the end.
    ///
    /// # Errors
    /// When the call goes on for longer than `within`.
    pub async fn ended(&self, within: Duration) -> Result<End> {
        let state = self.until("the end", within, |s| matches!(s.phase, Phase::Ended(_))).await?;
        match state.phase {
            Phase::Ended(end) => Ok(end),
            phase => bail!("not ended: {phase:?}"),
        }
    }

    /// Hangs up: BYE on an answered call, CANCEL on one that we placed, 480 on one that rings here.
    ///
    /// # Errors
    /// When the other side does not answer the BYE rightly.
    pub async fn hang_up(&self) -> Result<()> {
        match self.state().phase {
            Phase::Answered => self.bye().await,
            Phase::Ended(_) => Ok(()),
            _ if self.placed() => {
                self.cancel();
                Ok(())
            }
            _ => self.refuse(480, "Temporarily Unavailable").await,
        }
    }

    /// Cancels a call that we placed: as soon as a provisional response allows it (RFC 3261, 9.1). If the 2xx crosses
    /// it, or came just before, the call is acknowledged and ended with BYE, as 9.1 wants.
    pub fn cancel(&self) {
        self.inner.cancelled.send_replace(true);
    }

    async fn bye(&self) -> Result<()> {
        self.end(End::ByUs);
        let response = self.request("BYE", |_| ()).await?;
        ensure!(response.status() == 200, "BYE was answered with {}", response.first_line());
        Ok(())
    }

    /// Puts the other side on hold: `SendOnly` or `Inactive`.
    ///
    /// # Errors
    /// When the re-INVITE is refused.
    pub async fn hold(&self, direction: Direction) -> Result<()> {
        self.renegotiate(direction).await
    }

    /// Takes the other side back.
    ///
    /// # Errors
    /// When the re-INVITE is refused.
    pub async fn resume(&self) -> Result<()> {
        self.renegotiate(Direction::SendRecv).await
    }

    /// Moves our sound to other ports and says so by re-INVITE.
    ///
    /// # Errors
    /// When no port is free or the re-INVITE is refused.
    pub async fn move_media(&self) -> Result<()> {
        self.inner.line.move_ports()?;
        self.renegotiate(Direction::SendRecv).await
    }

    /// Sends a digit by INFO (`application/dtmf-relay`).
    ///
    /// # Errors
    /// When it is refused.
    pub async fn info_digit(&self, digit: char) -> Result<()> {
        let response = self.request("INFO", |info| {
            info.push("Content-Type", "application/dtmf-relay");
            info.body = format!("Signal={digit}\r\nDuration=100\r\n");
        });
        let response = response.await?;
        ensure!(response.status() == 200, "INFO was answered with {}", response.first_line());
        Ok(())
    }

    /// Sends a request within the call, changed by `dress`, and awaits its final response.
    ///
    /// # Errors
    /// When none comes in time.
    pub async fn request(&self, method: &str, dress: impl FnOnce(&mut Message)) -> Result<Message> {
        let (mut request, hop) = {
            let mut dialog = lock(&self.inner.dialog);
            (dialog.request(&self.inner.endpoint, method), dialog.next_hop()?)
        };
        dress(&mut request);
        let mut transaction = self.inner.endpoint.request(&request, hop).await;
        tokio::time::timeout(ANSWER, transaction.last()).await.with_context(|| format!("no answer to {method}"))?
    }

    async fn renegotiate(&self, direction: Direction) -> Result<()> {
        let offer = self.sdp(direction)?;
        let response = self.request("INVITE", |invite| invite.set_sdp(offer.to_text())).await?;
        let sequence = response.sequence();
        ensure!(response.status() == 200, "re-INVITE was answered with {}", response.first_line());
        self.acknowledge(sequence).await?;
        self.connect(&Sdp::parse(&response.body)?, direction.sends());
        Ok(())
    }

    /// Answers a call that rings here.
    ///
    /// # Errors
    /// When the caller's description cannot be used.
    pub async fn answer(&self) -> Result<()> {
        let (invite, from) = lock(&self.inner.invite).clone();
        let far = Sdp::parse(&invite.body)?;
        self.connect(&far, true);
        let ok = self.dressed(&invite, 200, "OK", Some(far.direction.answer()))?;
        ensure!(self.leave_ringing(Phase::Answered), "it does not ring any more: {:?}", self.state());
        self.insist(ok, from);
        Ok(())
    }

    /// Rings without sound (180) or with it (183).
    ///
    /// # Errors
    /// When the caller's description cannot be used.
    pub async fn ring(&self, early_media: bool) -> Result<()> {
        let (invite, from) = lock(&self.inner.invite).clone();
        let response = if early_media {
            self.connect(&Sdp::parse(&invite.body)?, true);
            self.dressed(&invite, 183, "Session Progress", Some(Direction::SendRecv))?
        } else {
            self.dressed(&invite, 180, "Ringing", None)?
        };
        self.set(if early_media { Phase::EarlyMedia } else { Phase::Ringing });
        self.inner.endpoint.respond(response, from).await;
        Ok(())
    }

    /// Refuses a call that rings here.
    ///
    /// # Errors
    /// When our own description cannot be written.
    pub async fn refuse(&self, status: u16, reason: &str) -> Result<()> {
        let (invite, from) = lock(&self.inner.invite).clone();
        let response = self.dressed(&invite, status, reason, None)?;
        self.end(End::Refused(status));
        self.insist(response, from);
        Ok(())
    }

    /// Sends a final response to an INVITE again and again until the ACK comes (13.3.1.4, 17.2.1).
    pub(super) fn insist(&self, response: Message, to: SocketAddr) {
        *lock(&self.inner.answer) = Some(response.clone());
        let endpoint = Arc::clone(&self.inner.endpoint);
        let acknowledged = Arc::clone(&self.inner.acknowledged);
        tokio::spawn(async move {
            endpoint.respond(response.clone(), to).await;
            endpoint.repeat(response, to, T2, acknowledged).await;
        });
    }

    pub(super) async fn acknowledge(&self, sequence: u32) -> Result<()> {
        let (ack, hop) = {
            let dialog = lock(&self.inner.dialog);
            (dialog.ack(&self.inner.endpoint, sequence), dialog.next_hop()?)
        };
        self.inner.endpoint.send(&ack, hop).await;
        Ok(())
    }

    /// A response of ours with tag, Contact and, if wanted, description.
    pub(super) fn dressed(
        &self,
        request: &Message,
        status: u16,
        reason: &str,
        direction: Option<Direction>,
    ) -> Result<Message> {
        let mut response = Message::response(request, status, reason);
        let (local, contact) = {
            let dialog = lock(&self.inner.dialog);
            (dialog.local.clone(), dialog.contact.clone())
        };
        response.set("To", local);
        response.push("Contact", contact);
        if let Some(direction) = direction {
            response.set_sdp(self.sdp(direction)?.to_text());
        }
        Ok(response)
    }

    /// Our own description, as a new version.
    pub(super) fn sdp(&self, direction: Direction) -> Result<Sdp> {
        let mut version = lock(&self.inner.version);
        *version += 1;
        let address = self.inner.line.address()?;
        Ok(Sdp { address, laws: self.inner.laws.clone(), events: Some(101), direction, version: *version })
    }

    /// Takes the other side's description: sends there if both sides want that.
    pub(super) fn connect(&self, far: &Sdp, we_send: bool) {
        let listens = matches!(far.direction, Direction::SendRecv | Direction::RecvOnly) && far.address.port() != 0;
        let law = far.laws.iter().find(|law| self.inner.laws.contains(law)).copied();
        let target = (listens && we_send).then_some(far.address);
        self.inner.line.connect(target.filter(|_| law.is_some()), law.unwrap_or(Law::Pcma), far.events);
        self.inner.state.send_modify(|state| state.far_direction = far.direction);
    }

    /// Answers or ends a call that rings; `false` when somebody was quicker, so that there is one final response.
    pub(super) fn leave_ringing(&self, phase: Phase) -> bool {
        let left = self.inner.state.send_if_modified(|state| {
            let rings = matches!(state.phase, Phase::Calling | Phase::Ringing | Phase::EarlyMedia);
            if rings {
                state.phase = phase;
            }
            rings
        });
        if left && matches!(phase, Phase::Ended(_)) {
            self.inner.line.close();
        }
        left
    }

    pub(super) fn set(&self, phase: Phase) {
        self.inner.state.send_if_modified(|state| {
            let open = !matches!(state.phase, Phase::Ended(_));
            if open {
                state.phase = phase;
            }
            open
        });
    }

    pub(super) fn end(&self, end: End) {
        self.set(Phase::Ended(end));
        self.inner.line.close();
    }

    fn placed(&self) -> bool {
        let invite = lock(&self.inner.invite);
        let Start::Request { .. } = invite.0.start else {
            return false;
        };
        let via = invite.0.header("Via").unwrap_or_default();
        via.contains(&self.inner.endpoint.address().to_string())
    }
}
