//! The loop: takes what happens, asks the engine, carries out what it says.

use super::RETRY;
use super::handle::{FloorHandle, INPUT_QUEUE, Request, Stats};
use super::journal::{self, Journal, JournalKey, Recovered};
use super::left_open::{Ready, take_up};
use super::outbox::{self, Outbox};
use super::reach::{Reach, Took};
use super::save::save;
use crate::clock::{Clock, Entropy, draw};
use crate::dip::{Dips, Vault};
use crate::files::Files;
use crate::sounds::Library;
use crate::telemetry::{self, Books};
use crate::zones;
use hark_edge::link::Line;
use hark_shared::edge::{EdgeCommand, EdgeEvent, FromEdge, SealKey};
use hark_shared::engine::Engine;
use hark_shared::facts::Fact;
use hark_shared::floor::{Floor, Input, LastAgent, Output, SocketId};
use hark_shared::ids::{ContactId, RecordingId, TenantId, TrunkId};
use hark_shared::phone::PhoneNumber;
use hark_shared::setup::TenantSetup;
use hark_shared::time::{Millis, Timestamp};
use hark_shared::wire::desk::ToDesk;
use hark_shared::wire::rest::TrunkTest;
use hark_shared::wire::visitor::{FromVisitor, ToVisitor};
use hark_store::{Db, StoreError};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, mpsc, oneshot};

/// How far back a customer's last agent is looked for, in ms: as many days as a queue's setting allows at most.
const LAST_AGENT_WITHIN: i64 = 365 * 86_400_000;

/// What a floor is made of.
pub struct Parts {
    /// Whose floor.
    pub tenant: TenantId,
    /// The database.
    pub store: Db,
    /// Recordings.
    pub files: Files,
    /// The way to the edge.
    pub line: Line,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for the floor's seed.
    pub entropy: Arc<dyn Entropy>,
    /// The floor's own folder.
    pub folder: PathBuf,
    /// What recordings are sealed with.
    pub seal: SealKey,
    /// What the journal is sealed with.
    pub journal: JournalKey,
    /// Asks other systems for flows.
    pub dips: Dips,
    /// All sounds.
    pub sounds: Library,
}

/// Starts a floor; it ends when every handle is dropped.
///
/// # Errors
/// When its folder cannot be used.
pub fn start(parts: Parts) -> std::io::Result<FloorHandle> {
    let (outbox, drainer) = outbox::open(&parts.folder.join("outbox"))?;
    let (requests, inbox) = mpsc::channel(INPUT_QUEUE);
    let reload = Arc::new(Notify::new());
    let folder = parts.folder.join("journal");
    let build = journal::build();
    let recovered = journal::recover(&folder, &build, &parts.journal)?;
    let again = recovered.is_some();
    let ((saved, is_saved), (set_up, is_set_up)) = (oneshot::channel(), oneshot::channel());
    tokio::spawn(save((parts.tenant, parts.store.clone()), drainer, Some(saved), requests.downgrade()));
    tokio::spawn(load(
        (parts.tenant, parts.store.clone(), parts.clock.clone(), parts.sounds.clone()),
        reload.clone(),
        (requests.downgrade(), Some(set_up)),
    ));
    if !again {
        let ready = Ready { saved: is_saved, set_up: is_set_up };
        tokio::spawn(take_up(parts.tenant, parts.store.clone(), ready, requests.downgrade()));
    }
    reload.notify_one();
    let fresh = || Recovered::empty(Floor::new(u64::from_ne_bytes(draw(parts.entropy.as_ref()))));
    let Recovered { floor, at, seen, epoch, same_build } = recovered.unwrap_or_else(fresh);
    // Newer than any life before, whatever the clock says: an edge refuses older ones.
    let epoch = parts.clock.now().0.unsigned_abs().max(epoch + 1);
    let reach = Reach::new(parts.tenant, parts.line.clone(), parts.seal.clone(), epoch, seen);
    let mut shell = Shell {
        journal: Journal::begin(&folder, build, parts.journal.clone(), (epoch, seen), &floor)?,
        floor,
        vault: Vault::default(),
        now: parts.clock.now().max(at),
        reach,
        sockets: 0,
        desks: BTreeMap::new(),
        visitors: BTreeMap::new(),
        tests: BTreeMap::new(),
        probes: Vec::new(),
        resume: false,
        requests: requests.downgrade(),
        reload,
        outbox,
        books: Books::new(parts.tenant),
        parts,
    };
    if again {
        shell.take_over(same_build);
    }
    tokio::spawn(shell.run(inbox));
    Ok(FloorHandle::new(requests))
}

/// Reads the set-up whenever asked, one reading after the other, so that an older one never overtakes a newer; says once
/// that the floor has been given it.
async fn load(
    (tenant, store, clock, sounds): (TenantId, Db, Arc<dyn Clock>, Library),
    asked: Arc<Notify>,
    (requests, mut set_up): (mpsc::WeakSender<Request>, Option<oneshot::Sender<()>>),
) {
    loop {
        asked.notified().await;
        let input = match store.load_setup(tenant).await {
            Ok(Some(mut setup)) => {
                zones::fill(&mut setup, clock.now());
                match speak(&sounds, setup).await {
                    Ok(setup) => Input::Setup(setup),
                    Err(error) => {
                        tracing::error!(%error, "the set-up's sentences were not spoken to their end");
                        continue;
                    }
                }
            }
            Ok(None) => {
                tracing::error!(tenant.id = %tenant, "the tenant is not in the database");
                continue;
            }
            Err(error) => {
                tracing::warn!(%error, "the set-up cannot be read: trying again");
                tokio::time::sleep(RETRY).await;
                asked.notify_one();
                continue;
            }
        };
        let Some(requests) = requests.upgrade() else { return };
        if requests.send(Request::Input(input)).await.is_err() {
            return;
        }
        let _ = set_up.take().map(|set_up| set_up.send(()));
    }
}

/// Has the sentences spoken that the set-up holds, on a thread that may be slow.
async fn speak(sounds: &Library, mut setup: TenantSetup) -> Result<Box<TenantSetup>, tokio::task::JoinError> {
    let sounds = sounds.clone();
    let spoken = move || {
        sounds.prepare(&mut setup);
        Box::new(setup)
    };
    tokio::task::spawn_blocking(spoken).await
}

/// The loop's state.
pub(super) struct Shell {
    pub(super) parts: Parts,
    journal: Journal,
    pub(super) floor: Floor,
    /// Masked digits, which are in no journal.
    pub(super) vault: Vault,
    now: Timestamp,
    reach: Reach,
    sockets: u64,
    desks: BTreeMap<SocketId, mpsc::Sender<ToDesk>>,
    visitors: BTreeMap<SocketId, mpsc::Sender<ToVisitor>>,
    tests: BTreeMap<TrunkId, Vec<oneshot::Sender<TrunkTest>>>,
    /// Trunks to ask, from requests that cannot wait.
    probes: Vec<TrunkId>,
    /// An event was lost on the way.
    resume: bool,
    pub(super) requests: mpsc::WeakSender<Request>,
    reload: Arc<Notify>,
    outbox: Outbox,
    books: Books,
}

impl Shell {
    async fn run(mut self, mut inbox: mpsc::Receiver<Request>) {
        self.greet_edge().await;
        loop {
            let due = self.floor.deadline().map(|at| at.since(self.parts.clock.now()));
            tokio::select! {
                () = self.reach.changed() => self.greet_edge().await,
                request = inbox.recv() => match request {
                    Some(request) => self.request(request),
                    None => return,
                },
                () = sleep(due) => {
                    let now = self.tick();
                    self.note(now, None);
                    self.floor.tick(now);
                }
            }
            self.carry_out().await;
            if std::mem::take(&mut self.resume) {
                tracing::warn!("an event of the edge was lost: asking for it again");
                self.greet_edge().await;
            }
            self.reach.acknowledge(inbox.is_empty()).await;
            if self.journal.is_long()
                && let Err(error) = self.journal.turn(self.reach.epoch(), self.reach.seen(), &self.floor)
            {
                tracing::error!(%error, "the journal's next generation cannot be written: free some space");
            }
        }
    }

    /// The time for the engine: never earlier than the last one, whatever the system's clock does.
    fn tick(&mut self) -> Timestamp {
        self.now = self.now.max(self.parts.clock.now());
        self.now
    }

    fn request(&mut self, request: Request) {
        match request {
            Request::Input(Input::Visitor { socket, message: FromVisitor::Digits { digits } }) => {
                self.visitor_digits(socket, &digits);
            }
            Request::Input(input) => self.input(input),
            Request::Edge(event) => self.edge_event(*event),
            Request::OpenDesk { user, tab, take_over, to, reply } => {
                let socket = self.next_socket();
                self.desks.insert(socket, to);
                let _ = reply.send(socket);
                self.input(Input::DeskOpened { user, socket, tab, take_over });
            }
            Request::OpenVisitor { number, page, sdp, pass, to, reply } => {
                let socket = self.next_socket();
                self.visitors.insert(socket, to);
                let _ = reply.send(socket);
                self.input(Input::VisitorOpened { socket, number, page, sdp, pass });
            }
            // Asked before it is journaled: anybody may try.
            Request::ResumeVisitor { pass, to, reply } => {
                if !self.floor.admits(&pass) {
                    let _ = reply.send(None);
                    return;
                }
                let socket = self.next_socket();
                self.visitors.insert(socket, to);
                let _ = reply.send(Some(socket));
                self.input(Input::VisitorResumed { socket, pass });
            }
            Request::Reload => self.reload.notify_one(),
            Request::TestTrunk { trunk, reply } => self.test_trunk(trunk, reply),
            Request::Staffed { number, reply } => {
                let _ = reply.send(self.floor.staffed(&number));
            }
            Request::Order { order, reply } => {
                let now = self.tick();
                let answer = self.floor.check_order(now, &order);
                if answer.is_ok() {
                    self.input(Input::Callback(order));
                }
                let _ = reply.send(answer);
            }
            Request::Stats { reply } => {
                let _ = reply.send(Stats {
                    live_calls: self.floor.live_calls(),
                    figures: self.floor.figures(),
                    unsaved_facts: self.outbox.unsaved(),
                });
            }
        }
    }

    fn next_socket(&mut self) -> SocketId {
        self.sockets += 1;
        SocketId(self.sockets)
    }

    /// The edge came, went, or is there from the start.
    async fn greet_edge(&mut self) {
        if self.reach.greet().await.is_err() {
            tracing::error!("the edge has stopped");
        }
        // Whatever was asked before: its answer may be lost.
        for reply in std::mem::take(&mut self.tests).into_values().flatten() {
            let _ = reply.send(no_edge());
        }
    }

    fn edge_event(&mut self, event: FromEdge) {
        match self.reach.take(event) {
            Took::New(event) => {
                if let EdgeEvent::TrunkTested { trunk, status, took, fault } = &event {
                    let test = trunk_test(*status, *took, fault.as_deref());
                    for reply in self.tests.remove(trunk).unwrap_or_default() {
                        let _ = reply.send(test.clone());
                    }
                }
                let event = self.masked(event);
                self.input(Input::Edge(event));
            }
            Took::Stale => {
                let now = self.tick();
                self.note(now, None);
                self.floor.tick(now);
            }
            Took::Again => {}
            Took::Gap => self.resume = true,
        }
    }

    pub(super) fn input(&mut self, input: Input) {
        if let Input::Edge(event) = &input {
            self.books.edge(event);
        }
        match &input {
            Input::DeskClosed { socket } => {
                self.desks.remove(socket);
            }
            Input::VisitorClosed { socket } => {
                self.visitors.remove(socket);
            }
            _ => {}
        }
        let now = self.tick();
        self.note(now, Some(&input));
        self.floor.handle(now, input);
        self.tidy_vault();
    }

    /// Journals what is about to be handled. A disk that is full must not end a call.
    fn note(&mut self, now: Timestamp, input: Option<&Input>) {
        if let Err(error) = self.journal.write(now, self.reach.seen(), input) {
            tracing::error!(%error, "the journal cannot be written: a crash now would lose calls");
        }
    }

    /// Goes on with a floor that an earlier life left. Of what the replay says only facts count, since the crash may
    /// have come before they were written; saving one twice changes nothing. Another build may have named them
    /// otherwise, so then even they do not count: the last life wrote them itself, but for the very last input's.
    fn take_over(&mut self, same_build: bool) {
        while let Some(output) = self.floor.poll() {
            if let Output::Fact(fact) = output
                && same_build
                && let Err(error) = self.outbox.append(&fact)
            {
                tracing::error!(%error, "a fact is lost: free some space on the disk");
            }
        }
        tracing::info!(calls = self.floor.live_calls(), "the floor goes on where the last life left it");
        self.input(Input::Restarted);
    }

    fn test_trunk(&mut self, trunk: TrunkId, reply: oneshot::Sender<TrunkTest>) {
        if self.reach.is_there() {
            self.tests.entry(trunk).or_default().push(reply);
            self.probes.push(trunk);
        } else {
            let _ = reply.send(no_edge());
        }
    }

    async fn carry_out(&mut self) {
        for trunk in std::mem::take(&mut self.probes) {
            self.reach.send(EdgeCommand::TestTrunk { trunk }).await;
        }
        while let Some(output) = self.floor.poll() {
            match output {
                Output::Edge(command) => self.reach.send(command).await,
                Output::Desk { socket, message } => {
                    if deliver(&mut self.desks, socket, *message) {
                        telemetry::slow_socket("desk");
                        self.input(Input::DeskClosed { socket });
                    }
                }
                Output::Visitor { socket, message } => {
                    if deliver(&mut self.visitors, socket, message) {
                        telemetry::slow_socket("visitor");
                        self.input(Input::VisitorClosed { socket });
                    }
                }
                Output::Close(socket) => {
                    self.desks.remove(&socket);
                    self.visitors.remove(&socket);
                }
                Output::Fact(fact) => {
                    self.books.fact(&fact.fact);
                    match &fact.fact {
                        Fact::Recording(closed) => self.keep(closed.id),
                        Fact::Message(left) => self.keep(left.id),
                        _ => {}
                    }
                    if let Err(error) = self.outbox.append(&fact) {
                        tracing::error!(%error, "a fact is lost: free some space on the disk");
                    }
                }
                Output::Discard(recording) => self.discard(recording),
                Output::LookUp { contact, number } => self.look_up(contact, number),
                Output::Fetch { contact, request } => self.dip(contact, request),
                Output::Pin { contact, room, digits } => self.hash_pin(contact, room, digits),
                Output::Alarm { contact, alarm } => {
                    telemetry::flow_alarm();
                    tracing::warn!(contact.id = %contact, fault = %alarm.fault, at = ?alarm.at, "a flow is at fault");
                }
            }
        }
        if let Err(error) = self.outbox.flush() {
            tracing::error!(%error, "facts cannot be written to disk and wait in memory: free some space");
        }
    }

    /// Moves a closed recording to where it stays, beside the loop. What cannot be moved is played from the spool.
    fn keep(&self, recording: RecordingId) {
        let (tenant, files) = (self.parts.tenant, self.parts.files.clone());
        tokio::spawn(async move {
            if let Err(error) = files.keep(tenant, recording).await {
                tracing::warn!(%error, recording.id = %recording, "the recording stays in the spool");
            }
        });
    }

    /// Throws a recording away that nobody will ask for, beside the loop.
    fn discard(&self, recording: RecordingId) {
        let files = self.parts.files.clone();
        tokio::spawn(async move {
            if let Err(error) = files.discard(recording).await {
                tracing::warn!(%error, recording.id = %recording, "an empty message stays in the spool");
            }
        });
    }

    /// Looks a customer up beside the loop; a card that cannot be had is no reason to wait.
    fn look_up(&self, contact: ContactId, number: PhoneNumber) {
        let (tenant, store) = (self.parts.tenant, self.parts.store.clone());
        let Some(requests) = self.requests.upgrade() else { return };
        let since = Timestamp(self.now.0 - LAST_AGENT_WITHIN);
        tokio::spawn(async move {
            let found = async {
                let card = store.customer_card(tenant, &number).await?;
                let last = store.last_agent(tenant, &number, since).await?;
                Ok::<_, StoreError>((card, last.map(|(agent, ended)| LastAgent { agent, ended })))
            };
            match found.await {
                Ok((card, last)) => {
                    let _ = requests.send(Request::Input(Input::Card { contact, card, last })).await;
                }
                Err(error) => tracing::warn!(%error, contact.id = %contact, "no customer card"),
            }
        });
    }
}

/// Sends to a browser; true when it is too slow or gone and was dropped.
fn deliver<T>(sockets: &mut BTreeMap<SocketId, mpsc::Sender<T>>, socket: SocketId, message: T) -> bool {
    let Some(to) = sockets.get(&socket) else { return false };
    if to.try_send(message).is_ok() {
        return false;
    }
    sockets.remove(&socket);
    true
}

async fn sleep(span: Option<Millis>) {
    match span {
        Some(span) => tokio::time::sleep(Duration::from_millis(span.0.unsigned_abs())).await,
        None => std::future::pending().await,
    }
}

/// What an administrator reads when there is no edge to ask with.
fn no_edge() -> TrunkTest {
    TrunkTest { ok: false, key: "trunk.no_edge".to_owned(), status: None, took: None }
}

/// What an administrator reads of a trunk's answer.
fn trunk_test(status: Option<u16>, took: Millis, fault: Option<&str>) -> TrunkTest {
    let key = match (status, fault) {
        (Some(401 | 403 | 407), _) => "trunk.refused",
        (Some(200..=299 | 404 | 405 | 501), _) => "trunk.ok",
        (Some(_), _) => "trunk.unwell",
        (None, Some(_)) => "trunk.no_address",
        (None, None) => "trunk.no_answer",
    };
    TrunkTest { ok: key == "trunk.ok", key: key.to_owned(), status, took: status.map(|_| took) }
}
