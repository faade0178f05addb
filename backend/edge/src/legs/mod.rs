//! Legs: signalling and media of one party joined; the only place where `sip` and `media` meet.
//!
//! [`table`] decides, this loop carries out. Nothing in the loop waits for one side while another has something to say:
//! what media or the core cannot take yet stays in a bounded queue, and while that is full nothing new is taken in.

mod epoch;
mod leg;
mod log;
mod sdp;
mod table;

use crate::config::{EdgeConfig, Source};
use crate::handle::{COMMAND_QUEUE, EVENT_QUEUE, EdgeError, Ports};
use crate::media::{MediaCommand, MediaError, MediaEvent};
use crate::sip::{self, Sip, SipEvent};
use hark_shared::edge::{EdgeLife, FromEdge, ToEdge};
use hark_shared::ids::LegId;
use hark_shared::time::Millis;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use table::{Input, Output, Table};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tracing::{error, warn};

/// Events of signalling that may wait: a burst of 1,000 calls' INVITEs; then call tasks wait, which costs nothing.
const SIP_QUEUE: usize = 1024;
/// Events of media that may wait, the same burst.
const MEDIA_QUEUE: usize = 4096;
/// What may wait for media or the core inside the loop before nothing new is taken in.
const BACKLOG: usize = 4096;
/// How long a stopping edge waits for its BYEs to be answered.
const FAREWELL: Duration = Duration::from_secs(2);

/// What reaches the legs from the core's side.
#[derive(Debug)]
pub(crate) enum FromCore {
    /// A command of a floor's.
    Command(Box<ToEdge>),
    /// The core is gone: events wait until floors resume.
    Away,
    /// No new calls from now on.
    Drain,
}

/// Media as the legs hold it: the way in, and where it really listens for browsers.
pub type MediaPort = (mpsc::Sender<MediaCommand>, SocketAddr);

/// The way in of a loop that runs, where it listens, and what is left of it while it is drained.
pub(crate) type Started = (mpsc::Sender<FromCore>, Ports, watch::Receiver<Option<usize>>);

/// Starts signalling and the loop; `start_media` is handed the way for media's events.
pub(crate) async fn start(
    config: EdgeConfig,
    events: mpsc::Sender<FromEdge>,
    start_media: impl FnOnce(&EdgeConfig, mpsc::Sender<MediaEvent>) -> Result<MediaPort, EdgeError>,
) -> Result<Started, EdgeError> {
    let (media_events, from_media) = mpsc::channel(MEDIA_QUEUE);
    let (media, webrtc) = start_media(&config, media_events)?;
    let (sip_events, from_sip) = mpsc::channel(SIP_QUEUE);
    let (sip, bound) = sip::start(&config, sip_events).await?;
    let (commands, from_core) = mpsc::channel(COMMAND_QUEUE);
    let (left, drained) = watch::channel(None);
    let shell = Shell {
        table: Table::new(life(config.source.as_ref())),
        source: config.source,
        sip,
        media,
        events,
        to_media: VecDeque::new(),
        to_core: VecDeque::new(),
        left,
        asked: JoinSet::new(),
    };
    tokio::spawn(shell.run(from_core, from_sip, from_media));
    Ok((commands, Ports { sip: bound, webrtc }, drained))
}

struct Shell {
    table: Table,
    source: Arc<dyn Source>,
    sip: Sip,
    media: mpsc::Sender<MediaCommand>,
    events: mpsc::Sender<FromEdge>,
    to_media: VecDeque<MediaCommand>,
    to_core: VecDeque<FromEdge>,
    /// How many legs are left, told while the edge is drained.
    left: watch::Sender<Option<usize>>,
    /// Questions to media whose answer is awaited.
    asked: JoinSet<Input>,
}

impl Shell {
    async fn run(
        mut self,
        mut from_core: mpsc::Receiver<FromCore>,
        mut from_sip: mpsc::Receiver<SipEvent>,
        mut from_media: mpsc::Receiver<MediaEvent>,
    ) {
        let (media, events) = (self.media.clone(), self.events.clone());
        let mut stopping = None;
        loop {
            let room = self.to_media.len() < BACKLOG && self.to_core.len() < EVENT_QUEUE;
            let due = self.table.deadline().map(|at| at.since(self.source.now()));
            let input = tokio::select! {
                permit = media.reserve(), if !self.to_media.is_empty() => {
                    let Ok(permit) = permit else {
                        error!("the media thread has stopped, and so does the edge");
                        break;
                    };
                    if let Some(command) = self.to_media.pop_front() {
                        permit.send(command);
                    }
                    None
                }
                permit = events.reserve(), if !self.to_core.is_empty() => {
                    // The core's end is gone only when the process stops; the commands' end says so as well.
                    match (permit, self.to_core.pop_front()) {
                        (Ok(permit), Some(event)) => permit.send(event),
                        (Ok(_), None) => {}
                        (Err(_), _) => self.to_core.clear(),
                    }
                    None
                }
                Some(answer) = self.asked.join_next() => answer.inspect_err(|error| warn!(%error, "a question to media was lost")).ok(),
                Some(event) = from_sip.recv(), if room => Some(Input::Sip(event)),
                Some(event) = from_media.recv(), if room => Some(Input::Media(event)),
                command = from_core.recv(), if room && stopping.is_none() => match command {
                    Some(FromCore::Command(command)) => Some(Input::Command(command)),
                    Some(FromCore::Away) => {
                        // What it has not taken is in the log.
                        self.to_core.clear();
                        Some(Input::Away)
                    }
                    Some(FromCore::Drain) => Some(Input::Drain),
                    None => {
                        stopping = Some(tokio::time::Instant::now() + FAREWELL);
                        let outputs = self.table.end_all();
                        self.carry_out(outputs);
                        None
                    }
                },
                () = after(due) => {
                    let outputs = self.table.tick(self.source.now());
                    self.carry_out(outputs);
                    None
                }
                () = until(stopping) => break,
            };
            if let Some(input) = input {
                let outputs = self.table.handle(self.source.now(), input);
                self.carry_out(outputs);
            }
            if let Some(left) = self.table.left_to_drain() {
                self.left.send_replace(Some(left));
            }
            if stopping.is_some() && self.table.is_empty() && self.sip.live() == 0 && self.to_core.is_empty() {
                break;
            }
        }
    }

    fn carry_out(&mut self, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::OpenRtp(leg) => {
                    let (reply, answer) = oneshot::channel();
                    self.tell_media(MediaCommand::OpenRtp { leg, reply });
                    self.asked.spawn(ask(leg, answer, Input::Port));
                }
                Output::OpenPeer(leg, offer, prefer) => {
                    let (reply, answer) = oneshot::channel();
                    self.tell_media(MediaCommand::OpenPeer { leg, offer, prefer, reply });
                    self.asked.spawn(ask(leg, answer, Input::Peer));
                }
                Output::SetRtp(leg, target) => self.tell_media(MediaCommand::SetRtp { leg, target }),
                Output::CloseLeg(leg) => self.tell_media(MediaCommand::CloseLeg { leg }),
                Output::SetRoom(plan, seal) => self.tell_media(MediaCommand::SetRoom { plan, seal }),
                Output::CloseRoom(room) => self.tell_media(MediaCommand::CloseRoom { room }),
                Output::Digits(leg, digits) => self.tell_media(MediaCommand::SendDigits { leg, digits }),
                Output::Call(leg, command) => self.sip.command(leg, command),
                Output::Dial(dial) => {
                    let leg = dial.leg;
                    if let Err(cause) = self.sip.dial(*dial) {
                        let outputs = self.table.handle(self.source.now(), Input::Undialled(leg, cause));
                        self.carry_out(outputs);
                    }
                }
                Output::Trunks(tenant, plans) => self.sip.set_trunks(tenant, plans),
                Output::Probe(tenant, trunk) => self.sip.test(tenant, trunk),
                Output::Event(tenant, event) => {
                    if let Some(event) = self.table.note(tenant, event) {
                        self.tell_core(event);
                    }
                }
                Output::Again(event) => self.tell_core(event),
            }
        }
    }

    /// At once if it can, else later and in order.
    fn tell_media(&mut self, command: MediaCommand) {
        if !self.to_media.is_empty() {
            return self.to_media.push_back(command);
        }
        if let Err(mpsc::error::TrySendError::Full(command) | mpsc::error::TrySendError::Closed(command)) =
            self.media.try_send(command)
        {
            self.to_media.push_back(command);
        }
    }

    fn tell_core(&mut self, event: FromEdge) {
        if !self.to_core.is_empty() {
            return self.to_core.push_back(event);
        }
        if let Err(mpsc::error::TrySendError::Full(event)) = self.events.try_send(event) {
            self.to_core.push_back(event);
        }
    }
}

/// Waits for media's answer. One that never comes means that its thread is gone.
async fn ask<T>(
    leg: LegId,
    answer: oneshot::Receiver<Result<T, MediaError>>,
    into: fn(LegId, Result<T, String>) -> Input,
) -> Input {
    let answer = answer.await.unwrap_or(Err(MediaError::Stopped));
    into(leg, answer.map_err(|error| error.to_string()))
}

/// A new life's name: not to be mistaken for another, so half of a fresh id.
fn life(source: &dyn Source) -> EdgeLife {
    let fresh = source.fresh();
    EdgeLife(u64::try_from(fresh & u128::from(u64::MAX)).unwrap_or_default())
}

async fn after(span: Option<Millis>) {
    match span {
        Some(span) => tokio::time::sleep(Duration::from_millis(span.0.max(0).unsigned_abs())).await,
        None => std::future::pending().await,
    }
}

async fn until(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}
