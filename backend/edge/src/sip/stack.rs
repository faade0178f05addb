//! The stack with its socket, its registry of calls and its tasks; the way in for the rest of the edge.

use super::guard::Guard;
use super::orphans::Dialogs;
use super::trunk::{Trunk, Trunks};
use super::{CALL_QUEUE, CallCommand, RESOLVE_EVERY, SipEvent, guard, inbound, probe};
use crate::config::{EdgeConfig, Source};
use crate::handle::EdgeError;
use async_trait::async_trait;
use hark_shared::edge::TrunkPlan;
use hark_shared::ids::{LegId, TenantId, TrunkId};
use rsipstack::EndpointBuilder;
use rsipstack::dialog::DialogId;
use rsipstack::dialog::dialog_layer::DialogLayer;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::{Header, Host, HostWithPort, Scheme, SipMessage, StatusCode, Transport, Uri};
use rsipstack::transaction::CallIdFormat;
use rsipstack::transaction::endpoint::{Endpoint, EndpointOption, MessageInspector, TargetLocator};
use rsipstack::transport::udp::UdpConnection;
use rsipstack::transport::{SipAddr, SipConnection, TransportLayer};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tracing::debug;

/// A dialog as in-dialog requests find it: by Call-ID and our own tag, which both are known from the first message on.
#[derive(Clone)]
pub(super) struct Entry {
    /// The stack's side.
    pub dialog: InviteDialog,
    /// Our side.
    pub commands: mpsc::Sender<CallCommand>,
}

/// What the tasks of signalling share.
pub(super) struct Shared {
    /// The stack; dropping it closes the socket.
    pub endpoint: Endpoint,
    /// The stack's dialogs.
    pub layer: Arc<DialogLayer>,
    /// Trunks of all tenants.
    pub trunks: Arc<Trunks>,
    /// To the legs.
    pub events: mpsc::Sender<SipEvent>,
    /// What we call ourselves, `public:port`.
    pub host: HostWithPort,
    /// Time and ids.
    pub source: Arc<dyn Source>,
    /// Dialogs that stand, on disk.
    pub kept: Dialogs,
    calls: Mutex<HashMap<LegId, mpsc::Sender<CallCommand>>>,
    dialogs: Mutex<HashMap<(String, String), Entry>>,
}

impl Shared {
    /// Our Contact.
    pub(super) fn contact(&self) -> Uri {
        Uri { scheme: Some(Scheme::Sip), host_with_port: self.host.clone(), ..Uri::default() }
    }

    /// Makes a call reachable for commands, before anything of it is reported.
    pub(super) fn register(&self, leg: LegId) -> (mpsc::Sender<CallCommand>, mpsc::Receiver<CallCommand>) {
        let (sender, receiver) = mpsc::channel(CALL_QUEUE);
        lock(&self.calls).insert(leg, sender.clone());
        (sender, receiver)
    }

    /// Makes a dialog reachable for requests inside it.
    pub(super) fn bind(&self, id: &DialogId, entry: Entry) {
        lock(&self.dialogs).insert((id.call_id.clone(), id.local_tag.clone()), entry);
    }

    /// Takes back [`Shared::register`] and [`Shared::bind`], and the stack's own entry.
    pub(super) fn release(&self, leg: LegId, dialog: Option<&DialogId>) {
        lock(&self.calls).remove(&leg);
        self.kept.forget(leg);
        if let Some(id) = dialog {
            lock(&self.dialogs).remove(&(id.call_id.clone(), id.local_tag.clone()));
            self.layer.remove_dialog(id);
        }
    }

    /// The dialog that a request with this Call-ID and To tag is in.
    pub(super) fn dialog(&self, call_id: &str, local_tag: &str) -> Option<Entry> {
        lock(&self.dialogs).get(&(call_id.to_owned(), local_tag.to_owned())).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Signalling, as the legs hold it. Dropping it stops the stack.
pub(crate) struct Sip {
    pub(super) shared: Arc<Shared>,
    stop: CancellationToken,
}

impl Drop for Sip {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Sip {
    /// Replaces a tenant's trunks.
    pub(crate) fn set_trunks(&self, tenant: TenantId, plans: Vec<TrunkPlan>) {
        let unresolved = self.shared.trunks.set(tenant, plans);
        tokio::spawn(resolve(unresolved));
    }

    /// Asks a trunk with OPTIONS; [`SipEvent::TrunkTested`] follows.
    pub(crate) fn test(&self, tenant: TenantId, trunk: TrunkId) {
        tokio::spawn(probe::run(Arc::clone(&self.shared), tenant, trunk));
    }

    /// Hands a command to a call; one that is over needs none.
    pub(crate) fn command(&self, leg: LegId, command: CallCommand) {
        let sender = lock(&self.shared.calls).get(&leg).cloned();
        if let Some(sender) = sender
            && sender.try_send(command).is_err()
        {
            debug!(%leg, "a command came too late for its call");
        }
    }

    /// How many calls are known, those that are being hung up included.
    pub(crate) fn live(&self) -> usize {
        lock(&self.shared.calls).len()
    }
}

async fn resolve(trunks: Vec<Arc<Trunk>>) {
    for trunk in trunks {
        if let Err(error) = trunk.resolve().await {
            tracing::warn!(trunk.id = %trunk.plan.trunk, tenant.id = %trunk.tenant, error, "the trunk's address has no IP address");
        }
    }
}

/// Binds the socket and starts the stack. Returns the address it really listens on.
///
/// # Errors
/// When the port is taken.
pub(crate) async fn start(config: &EdgeConfig, events: mpsc::Sender<SipEvent>) -> Result<(Sip, SocketAddr), EdgeError> {
    let listen = |source| EdgeError::Listen { what: "SIP", address: config.sip, source };
    let socket = UdpSocket::bind(config.sip).await.map_err(listen)?;
    let bound = socket.local_addr().map_err(listen)?;
    let stop = CancellationToken::new();
    let trunks = Arc::new(Trunks::default());
    let guard = Arc::new(Guard::new(socket, Arc::clone(&trunks), config));
    let public = SocketAddr::new(config.sip_public, bound.port());
    let start = |why: String| EdgeError::Start { what: "the SIP stack", why };
    let connection = UdpConnection::from_socket(guard, Some(public), Some(stop.child_token()))
        .await
        .map_err(|error| start(error.to_string()))?;
    let transport = TransportLayer::new(stop.child_token());
    transport.add_transport(SipConnection::Udp(connection));
    let endpoint = EndpointBuilder::new()
        .with_user_agent("Hark")
        .with_cancel_token(stop.clone())
        .with_transport_layer(transport)
        .with_option(EndpointOption { callid_format: CallIdFormat::Uuid, ..EndpointOption::default() })
        .with_inspector(Box::new(Polish))
        .with_target_locator(Box::new(Locator(Arc::clone(&trunks))))
        .build();
    let incoming = endpoint.incoming_transactions().map_err(|error| start(error.to_string()))?;
    let (kept, left) =
        Dialogs::open(&config.dialogs).map_err(|error| start(format!("{}: {error}", config.dialogs.display())))?;
    let layer = Arc::new(DialogLayer::new(Arc::clone(&endpoint.inner)));
    let shared = Arc::new(Shared {
        endpoint,
        layer,
        trunks: Arc::clone(&trunks),
        events,
        host: public.into(),
        source: Arc::clone(&config.source),
        kept,
        calls: Mutex::default(),
        dialogs: Mutex::default(),
    });
    let serving = Arc::clone(&shared.endpoint.inner);
    tokio::spawn(async move { serving.serve().await });
    tokio::spawn(inbound::run(Arc::clone(&shared), incoming));
    tokio::spawn(keep_resolving(trunks, stop.clone()));
    let goodbye = left.hang_up(Arc::clone(&shared));
    let stopped = stop.clone();
    tokio::spawn(async move { stopped.run_until_cancelled(goodbye).await });
    Ok((Sip { shared, stop }, bound))
}

async fn keep_resolving(trunks: Arc<Trunks>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(RESOLVE_EVERY)).await.is_some() {
        resolve(trunks.named()).await;
    }
}

/// Sends requests for a trunk's name to the address it was resolved to, so that a CANCEL follows its INVITE.
struct Locator(Arc<Trunks>);

#[async_trait]
impl TargetLocator for Locator {
    async fn locate(&self, uri: &Uri) -> rsipstack::Result<SipAddr> {
        let target = SipAddr::try_from(uri)?;
        if let Host::Domain(_) = target.addr.host
            && let Some(address) = self.0.address_of(&target.addr.to_string())
        {
            return Ok(SipAddr::new(Transport::Udp, address.into()));
        }
        Ok(target)
    }
}

/// Adds to responses what the stack's short cuts leave out.
struct Polish;

impl MessageInspector for Polish {
    fn before_send(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        let SipMessage::Response(mut response) = message else { return message };
        let extra = match response.status_code {
            StatusCode::ServiceUnavailable => Header::RetryAfter(super::RETRY_AFTER.into()),
            StatusCode::MethodNotAllowed => Header::Allow(guard::check::ALLOWED.join(", ").into()),
            StatusCode::UnsupportedMediaType => Header::Accept(super::ACCEPT.into()),
            _ => return SipMessage::Response(response),
        };
        if !response.headers.iter().any(|header| header.name() == extra.name()) {
            response.headers.push(extra);
        }
        SipMessage::Response(response)
    }

    fn after_received(&self, message: SipMessage, _: Option<&SipAddr>) -> SipMessage {
        message
    }
}

#[cfg(test)]
#[path = "stack_tests.rs"]
mod tests;
