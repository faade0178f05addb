//! *Test this trunk*: one OPTIONS and what came of it.

use super::SipEvent;
use super::outbound::{destination, host_of};
use super::stack::Shared;
use super::trunk::Trunk;
use hark_shared::ids::{TenantId, TrunkId};
use rsipstack::sip::{Header, Method, Scheme, SipMessage, StatusCodeKind, Transport, Uri, typed};
use rsipstack::transaction::key::{TransactionKey, TransactionRole};
use rsipstack::transaction::make_tag;
use rsipstack::transaction::transaction::Transaction;
use rsipstack::transport::SipAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// How long a trunk may take to answer: a person waits for it, and the stack's own 32 s are too long for that.
const PATIENCE: Duration = Duration::from_secs(3);

/// Asks the trunk and reports.
pub(super) async fn run(shared: Arc<Shared>, tenant: TenantId, trunk: TrunkId) {
    let began = shared.source.now();
    let (status, fault) = match shared.trunks.get(tenant, trunk) {
        None => (None, Some("this edge does not know the trunk".to_owned())),
        Some(known) => match destination(&known).await {
            Err(fault) => (None, Some(fault)),
            Ok(address) => match tokio::time::timeout(PATIENCE, ask(&shared, &known, address)).await {
                Ok(Ok(status)) => (status, None),
                Ok(Err(fault)) => (None, Some(fault)),
                Err(_) => (None, None),
            },
        },
    };
    let took = shared.source.now().since(began);
    shared.events.send(SipEvent::TrunkTested { tenant, trunk, status, took, fault }).await.ok();
}

/// The status of the final response. A challenge is one: something lives there and speaks SIP.
async fn ask(shared: &Shared, trunk: &Trunk, address: SocketAddr) -> Result<Option<u16>, String> {
    let words = |error: rsipstack::Error| error.to_string();
    let inner = &shared.endpoint.inner;
    let target = Uri { scheme: Some(Scheme::Sip), host_with_port: host_of(trunk)?, ..Uri::default() };
    let via = inner.get_via(None, None).map_err(words)?;
    let from = typed::From { display_name: None, uri: shared.contact(), params: vec![] }.with_tag(make_tag());
    let to = typed::To { display_name: None, uri: target.clone(), params: vec![] };
    let mut request = inner.make_request(Method::Options, target, via, from, to, 1, None);
    request.headers.push(Header::Accept("application/sdp".into()));
    let key = TransactionKey::from_request(&request, TransactionRole::Client).map_err(words)?;
    let mut tx = Transaction::new_client(key, request, Arc::clone(inner), None);
    tx.destination = Some(SipAddr::new(Transport::Udp, address.into()));
    tx.send().await.map_err(words)?;
    while let Some(message) = tx.receive().await {
        if let SipMessage::Response(response) = message
            && response.status_code.kind() != StatusCodeKind::Provisional
        {
            return Ok(Some(response.status_code.code()));
        }
    }
    Ok(None)
}
