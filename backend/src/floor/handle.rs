//! How the API and the edges speak to a tenant's floor.

use hark_shared::edge::FromEdge;
use hark_shared::floor::{Figures, Input, Order, Pass, SocketId};
use hark_shared::flow::model::Mailbox;
use hark_shared::ids::{CallbackId, TenantId, TrunkId, UserId};
use hark_shared::phone::PhoneNumber;
use hark_shared::wire::WireError;
use hark_shared::wire::desk::{DeskCommand, ToDesk};
use hark_shared::wire::rest::TrunkTest;
use hark_shared::wire::visitor::{FromVisitor, ToVisitor};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

/// Inputs that may wait: the loop handles one in tens of microseconds, so a full queue is a tenth of a second's work.
pub const INPUT_QUEUE: usize = 4096;
/// Messages that may wait for a browser. A slower one is disconnected and gets a snapshot when it comes back.
pub const SOCKET_QUEUE: usize = 256;

/// The floor's loop has ended: the server is stopping.
#[derive(Debug, thiserror::Error)]
#[error("the floor has stopped")]
pub struct FloorStopped;

/// What the loop takes.
#[derive(Debug)]
pub(super) enum Request {
    Input(Input),
    Edge(Box<FromEdge>),
    OpenDesk {
        user: UserId,
        tab: Uuid,
        take_over: bool,
        to: mpsc::Sender<ToDesk>,
        reply: oneshot::Sender<SocketId>,
    },
    OpenVisitor {
        number: PhoneNumber,
        page: String,
        sdp: String,
        pass: Option<Pass>,
        to: mpsc::Sender<ToVisitor>,
        reply: oneshot::Sender<SocketId>,
    },
    ResumeVisitor {
        pass: Pass,
        to: mpsc::Sender<ToVisitor>,
        reply: oneshot::Sender<Option<SocketId>>,
    },
    Reload,
    TestTrunk {
        trunk: TrunkId,
        reply: oneshot::Sender<TrunkTest>,
    },
    Staffed {
        number: PhoneNumber,
        reply: oneshot::Sender<Option<bool>>,
    },
    Order {
        order: Order,
        reply: oneshot::Sender<Result<CallbackId, WireError>>,
    },
    Stats {
        reply: oneshot::Sender<Stats>,
    },
}

/// A floor in figures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stats {
    /// Calls that are not over.
    pub live_calls: usize,
    /// Everything that is counted on the floor itself.
    pub figures: Figures,
    /// Facts that the database has not taken yet.
    pub unsaved_facts: usize,
}

/// A tenant's running floor; cheap to clone.
#[derive(Clone, Debug)]
pub struct FloorHandle {
    requests: mpsc::Sender<Request>,
}

/// An open desk: what the floor says to it. Closed by the floor when the receiver ends.
#[derive(Debug)]
pub struct DeskSocket {
    /// The floor's number for it.
    pub id: SocketId,
    /// To the browser.
    pub messages: mpsc::Receiver<ToDesk>,
}

/// An open widget.
#[derive(Debug)]
pub struct VisitorSocket {
    /// The floor's number for it.
    pub id: SocketId,
    /// To the browser.
    pub messages: mpsc::Receiver<ToVisitor>,
}

impl FloorHandle {
    pub(super) fn new(requests: mpsc::Sender<Request>) -> Self {
        Self { requests }
    }

    async fn send(&self, request: Request) -> Result<(), FloorStopped> {
        self.requests.send(request).await.map_err(|_| FloorStopped)
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, FloorStopped> {
        let (reply, answer) = oneshot::channel();
        self.send(request(reply)).await?;
        answer.await.map_err(|_| FloorStopped)
    }

    /// A page opens the user's desk. What follows, *in use* included, comes as messages.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn open_desk(&self, user: UserId, tab: Uuid, take_over: bool) -> Result<DeskSocket, FloorStopped> {
        let (to, messages) = mpsc::channel(SOCKET_QUEUE);
        let id = self.ask(|reply| Request::OpenDesk { user, tab, take_over, to, reply }).await?;
        Ok(DeskSocket { id, messages })
    }

    /// A command from a desk; answered by a message with the same id.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn desk(&self, socket: SocketId, id: Uuid, command: DeskCommand) -> Result<(), FloorStopped> {
        self.send(Request::Input(Input::Desk { socket, id, command })).await
    }

    /// A desk's socket is gone.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn close_desk(&self, socket: SocketId) -> Result<(), FloorStopped> {
        self.send(Request::Input(Input::DeskClosed { socket })).await
    }

    /// A visitor with a valid ticket calls; `pass` leads back to the call.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn open_visitor(
        &self,
        number: PhoneNumber,
        page: String,
        sdp: String,
        pass: Option<Pass>,
    ) -> Result<VisitorSocket, FloorStopped> {
        let (to, messages) = mpsc::channel(SOCKET_QUEUE);
        let id = self.ask(|reply| Request::OpenVisitor { number, page, sdp, pass, to, reply }).await?;
        Ok(VisitorSocket { id, messages })
    }

    /// A visitor comes back to a call; `None` when the pass leads to none that lasts.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn resume_visitor(&self, pass: Pass) -> Result<Option<VisitorSocket>, FloorStopped> {
        let (to, messages) = mpsc::channel(SOCKET_QUEUE);
        let id = self.ask(|reply| Request::ResumeVisitor { pass, to, reply }).await?;
        Ok(id.map(|id| VisitorSocket { id, messages }))
    }

    /// A visitor's message.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn visitor(&self, socket: SocketId, message: FromVisitor) -> Result<(), FloorStopped> {
        self.send(Request::Input(Input::Visitor { socket, message })).await
    }

    /// A visitor's socket is gone.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn close_visitor(&self, socket: SocketId) -> Result<(), FloorStopped> {
        self.send(Request::Input(Input::VisitorClosed { socket })).await
    }

    /// An edge reports.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn edge(&self, event: FromEdge) -> Result<(), FloorStopped> {
        self.send(Request::Edge(Box::new(event))).await
    }

    /// The set-up changed: the floor reads it again from the store.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn reload(&self) -> Result<(), FloorStopped> {
        self.send(Request::Reload).await
    }

    /// The user's sessions are over.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn revoke(&self, user: UserId) -> Result<(), FloorStopped> {
        self.send(Request::Input(Input::Revoked(user))).await
    }

    /// No new calls from now on.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn drain(&self) -> Result<(), FloorStopped> {
        self.send(Request::Input(Input::Drain)).await
    }

    /// Sends OPTIONS to a trunk and says what came of it.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn test_trunk(&self, trunk: TrunkId) -> Result<TrunkTest, FloorStopped> {
        self.ask(|reply| Request::TestTrunk { trunk, reply }).await
    }

    /// Whether somebody signed in serves the queue behind this number of ours; `None` when there is no such number.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn staffed(&self, number: PhoneNumber) -> Result<Option<bool>, FloorStopped> {
        self.ask(|reply| Request::Staffed { number, reply }).await
    }

    /// A deed with a callback; says which callback it is about, or why it cannot be done.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn order(&self, order: Order) -> Result<Result<CallbackId, WireError>, FloorStopped> {
        self.ask(|reply| Request::Order { order, reply }).await
    }

    /// What is new in this mailbox has changed.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn messages_changed(&self, mailbox: Mailbox) -> Result<(), FloorStopped> {
        self.send(Request::Input(Input::Messages(mailbox))).await
    }

    /// Inputs that wait for the loop, of [`INPUT_QUEUE`].
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.requests.max_capacity() - self.requests.capacity()
    }

    /// The floor in figures.
    ///
    /// # Errors
    /// When the floor has stopped.
    pub async fn stats(&self) -> Result<Stats, FloorStopped> {
        self.ask(|reply| Request::Stats { reply }).await
    }
}

/// Starts the floor of a tenant that has none yet.
pub type Launch = dyn Fn(TenantId) -> Pin<Box<dyn Future<Output = anyhow::Result<FloorHandle>> + Send>> + Send + Sync;

/// The floors of all tenants in this process; cheap to clone.
#[derive(Clone)]
pub struct Floors {
    running: Arc<RwLock<BTreeMap<TenantId, FloorHandle>>>,
    /// Held while a floor is started, so that nobody starts a second one.
    starting: Arc<tokio::sync::Mutex<()>>,
    launch: Arc<Launch>,
}

impl std::fmt::Debug for Floors {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Floors").field("running", &self.all().len()).finish_non_exhaustive()
    }
}

impl Floors {
    /// No floors yet; `launch` starts one.
    #[must_use]
    pub fn new(launch: Arc<Launch>) -> Self {
        Self { running: Arc::default(), starting: Arc::default(), launch }
    }

    /// The tenant's floor, if it runs here.
    #[must_use]
    pub fn get(&self, tenant: TenantId) -> Option<FloorHandle> {
        self.running.read().unwrap_or_else(PoisonError::into_inner).get(&tenant).cloned()
    }

    /// The tenant's floor, awaited if it is just being started: it speaks to its edge from its first moment, and the
    /// answers come before it can be found here.
    pub async fn find(&self, tenant: TenantId) -> Option<FloorHandle> {
        if let Some(floor) = self.get(tenant) {
            return Some(floor);
        }
        let _starting = self.starting.lock().await;
        self.get(tenant)
    }

    /// The tenant's floor, started now if it doesn't run yet.
    ///
    /// # Errors
    /// When it cannot be started.
    pub async fn open(&self, tenant: TenantId) -> anyhow::Result<FloorHandle> {
        let _starting = self.starting.lock().await;
        if let Some(floor) = self.get(tenant) {
            return Ok(floor);
        }
        let floor = (self.launch)(tenant).await?;
        self.running.write().unwrap_or_else(PoisonError::into_inner).insert(tenant, floor.clone());
        Ok(floor)
    }

    /// All floors.
    #[must_use]
    pub fn all(&self) -> Vec<(TenantId, FloorHandle)> {
        let floors = self.running.read().unwrap_or_else(PoisonError::into_inner);
        floors.iter().map(|(tenant, floor)| (*tenant, floor.clone())).collect()
    }
}
