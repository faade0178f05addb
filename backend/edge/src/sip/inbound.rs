//! What the stack received: new calls, OPTIONS, and requests inside dialogs.

use super::call::{Call, Phase};
use super::guard::check::ALLOWED;
use super::stack::{Entry, Shared};
use super::trunk::{Match, Permit, Trunk};
use super::{ACCEPT, CallCommand, SipEvent, body, cause, identity, timer};
use hark_shared::ids::LegId;
use hark_shared::phone::PhoneNumber;
use rsipstack::dialog::dialog::DialogState;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Request, StatusCode};
use rsipstack::transaction::TransactionReceiver;
use rsipstack::transaction::key::TransactionRole;
use rsipstack::transaction::transaction::Transaction;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use std::task::Poll;
use tracing::{debug, info};

/// Takes transactions until the stack stops.
pub(super) async fn run(shared: Arc<Shared>, mut incoming: TransactionReceiver) {
    while let Some(tx) = incoming.recv().await {
        dispatch(&shared, tx).await;
    }
}

async fn dispatch(shared: &Arc<Shared>, tx: Transaction) {
    let tagged = tx.original.to_header().and_then(|to| to.tag()).ok().flatten();
    match (tx.original.method, tagged) {
        (Method::Ack, _) => {}
        (_, Some(tag)) => inside(shared, tx, tag.value()).await,
        (Method::Invite, None) => invite(shared, tx).await,
        (Method::Options, None) => reply(tx, 200, options_headers()),
        (Method::Bye | Method::Info | Method::Update, None) => reply(tx, 481, vec![]),
        (_, None) => reply(tx, 405, vec![]),
    }
}

/// What the edge can do, in answer to OPTIONS (RFC 3261, 11.2).
fn options_headers() -> Vec<Header> {
    vec![Header::Allow(ALLOWED.join(", ").into()), Header::Accept(ACCEPT.into()), Header::Supported("timer".into())]
}

/// Sends a final response, and keeps an INVITE's transaction until its ACK or time-out.
fn reply(mut tx: Transaction, status: u16, headers: Vec<Header>) {
    tokio::spawn(async move {
        if let Err(error) = tx.reply_with(StatusCode::from(status), headers, None).await {
            debug!(%error, status, "a response could not be sent");
            return;
        }
        if tx.original.method == Method::Invite {
            while tx.receive().await.is_some() {}
        }
    });
}

/// A request inside a dialog (RFC 3261, 12.2.2).
async fn inside(shared: &Arc<Shared>, tx: Transaction, local_tag: &str) {
    let call_id = tx.original.call_id_header().map(|h| h.value().to_owned()).unwrap_or_default();
    let from_tag = tx.original.from_header().and_then(|from| from.tag()).ok().flatten();
    let entry = shared.dialog(&call_id, local_tag).filter(|entry| {
        let remote = entry.dialog.id().remote_tag;
        remote.is_empty() || from_tag.as_ref().is_some_and(|tag| tag.value() == remote)
    });
    let Some(entry) = entry else {
        return reply(tx, 481, vec![]);
    };
    let state = entry.dialog.state();
    if tx.original.method == Method::Bye {
        let reason = tx.original.reason_header().map(|reason| reason.value().to_owned());
        // Full only when the far end floods its own call; then the plain reason must do.
        entry.commands.try_send(CallCommand::FarBye(cause::from_bye_reason(reason.as_deref()))).ok();
        if state.can_cancel() && entry.dialog.role() == TransactionRole::Server {
            // A BYE before the answer also ends the INVITE (RFC 3261, 15.1.2); the stack would leave it open.
            entry.dialog.reject(Some(StatusCode::RequestTerminated), None).ok();
        }
    } else if !matches!(state, DialogState::Confirmed(..)) {
        return match tx.original.method {
            Method::Options => reply(tx, 200, options_headers()),
            _ => reply(tx, 491, vec![]),
        };
    } else if is_stale(&entry, &tx) {
        return reply(tx, 500, vec![]);
    }
    hand_over(entry, tx).await;
}

/// A CSeq below the last one is out of order (RFC 3261, 12.2.2); the stack drops it without an answer.
fn is_stale(entry: &Entry, tx: &Transaction) -> bool {
    let cseq = tx.original.cseq_header().and_then(|cseq| cseq.seq()).unwrap_or_default();
    cseq < entry.dialog.snapshot().remote_cseq
}

/// Lets the dialog handle the request. It is started here, so that two requests keep their order, and goes on in a
/// task of its own, because it waits for our answer.
async fn hand_over(entry: Entry, mut tx: Transaction) {
    let mut dialog = entry.dialog;
    let mut handling = Box::pin(async move {
        if let Err(error) = dialog.handle(&mut tx).await {
            debug!(%error, "a request inside a dialog failed");
        }
    });
    let first = std::future::poll_fn(|cx| Poll::Ready(handling.as_mut().poll(cx))).await;
    if first.is_pending() {
        tokio::spawn(handling);
    }
}

/// A new call, once it is somebody's.
struct Welcome {
    trunk: Arc<Trunk>,
    permit: Permit,
    to: PhoneNumber,
    sdp: Option<String>,
    session: timer::Response,
}

/// A refusal: status and headers.
type Refused = (u16, Vec<Header>);

fn welcome(shared: &Shared, request: &Request, source: Option<IpAddr>) -> Result<Welcome, Refused> {
    let to = identity::number(&request.uri.to_string());
    let found = source.map(|source| shared.trunks.find(source, to.as_ref()));
    let (Some(Match::Trunk(trunk)), Some(to)) = (found, to) else {
        return Err((404, vec![]));
    };
    let expires = request.session_expires_header().map(|h| h.value().to_owned());
    let session = timer::answer(expires.as_deref(), supports_timer(request));
    if session == timer::Response::TooSmall {
        return Err((422, vec![Header::MinSE(timer::MIN_SE.to_string().into())]));
    }
    let sdp = sdp_of(request).map_err(|_| (415, vec![Header::Accept("application/sdp".into())]))?;
    let Some(permit) = trunk.seize() else {
        info!(trunk.id = %trunk.plan.trunk, tenant.id = %trunk.tenant, "a call was refused: the trunk is at its limit");
        return Err((503, vec![]));
    };
    Ok(Welcome { trunk, permit, to, sdp, session })
}

/// The SDP in a request.
pub(super) fn sdp_of(request: &Request) -> Result<Option<String>, body::UnsupportedMedia> {
    body::sdp(header(request, "Content-Type"), header(request, "Content-Encoding"), &request.body)
}

/// The first value of a header.
pub(super) fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|h| h.name().eq_ignore_ascii_case(name)).map(Header::value)
}

/// Whether the far end knows session timers.
pub(super) fn supports_timer(request: &Request) -> bool {
    request
        .headers
        .iter()
        .filter(|h| matches!(h, Header::Supported(_) | Header::Require(_)))
        .flat_map(|h| h.value().split(','))
        .any(|tag| tag.trim().eq_ignore_ascii_case("timer"))
}

async fn invite(shared: &Arc<Shared>, mut tx: Transaction) {
    let source = tx.connection.as_ref().and_then(|c| c.get_remote_addr()).and_then(|a| a.get_socketaddr().ok());
    let welcome = match welcome(shared, &tx.original, source.map(|s| s.ip())) {
        Ok(welcome) => welcome,
        Err((status, headers)) => return reply(tx, status, headers),
    };
    let (state_sender, states) = shared.layer.new_dialog_state_channel();
    let dialog = match shared.layer.get_or_create_server_invite(&tx, state_sender, None, Some(shared.contact())) {
        Ok(dialog) => dialog,
        Err(error) => {
            debug!(%error, "an INVITE made no dialog");
            return reply(tx, 400, vec![]);
        }
    };
    let leg = LegId::from_u128(shared.source.fresh());
    let (sender, commands) = shared.register(leg);
    let id = dialog.id();
    shared.bind(&id, Entry { dialog: dialog.clone(), commands: sender.clone() });
    let caller = caller_of(&tx.original);
    let event = SipEvent::Incoming {
        leg,
        tenant: welcome.trunk.tenant,
        trunk: welcome.trunk.plan.trunk,
        to: welcome.to,
        from: caller.number,
        name: caller.name,
        sdp: welcome.sdp,
    };
    let mut call = Call::new(Arc::clone(shared), leg, dialog.clone(), (sender, commands), states, Phase::Offered);
    call.let_refer(welcome.trunk.plan.refer);
    call.hold_permit(welcome.permit);
    call.set_session(welcome.session);
    let mut dialog = dialog;
    tokio::spawn(async move {
        if let Err(error) = dialog.handle(&mut tx).await {
            debug!(%error, "an INVITE's transaction failed");
        }
    });
    tokio::spawn(call.run(Some(event)));
}

fn caller_of(request: &Request) -> identity::Caller {
    let asserted: Vec<&str> =
        request.headers.iter().filter(|h| matches!(h, Header::PAssertedIdentity(_))).map(Header::value).collect();
    let from = request.from_header().map(|from| from.value().to_owned()).unwrap_or_default();
    identity::caller(&asserted, &from, header(request, "Privacy"))
}

/// The URI of a request's Contact: where requests go from now on (RFC 3261, 12.2.1.2).
pub(super) fn contact_of(request: &Request) -> Option<rsipstack::sip::Uri> {
    request.typed_contact_headers().ok()?.first().map(|contact| contact.uri.clone())
}
