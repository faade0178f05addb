//! `/api/visitor`: a visitor of a web page who calls. No cookie; the first message carries a ticket,
//! or the pass that was given with it: a random secret that names its tenant, of which the floor knows the hash.

use super::{HELLO_WITHIN, MESSAGE_MAX, READ_BUFFER, Received, receive, refuse, send, send_all};
use crate::api::AppState;
use crate::auth::Token;
use crate::clock::draw;
use crate::floor::handle::{FloorHandle, VisitorSocket};
use crate::telemetry::OpenSocket;
use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use hark_shared::floor::Pass;
use hark_shared::wire::visitor::{FromVisitor, Secret, ToVisitor};
use hark_shared::wire::{VERSION, WireError};
use std::time::Duration;

/// A widget says nothing for as long as the visitor presses nothing: only its connection's end counts.
const NO_LIMIT: Duration = Duration::from_secs(24 * 3600);

/// Upgrades anybody; ticket or pass decides.
pub(super) async fn upgrade(State(state): State<AppState>, socket: WebSocketUpgrade) -> Response {
    socket.max_message_size(MESSAGE_MAX).read_buffer_size(READ_BUFFER).on_upgrade(move |socket| serve(socket, state))
}

async fn serve(mut socket: WebSocket, state: AppState) {
    let entered = match receive(&mut socket, HELLO_WITHIN).await {
        Received::Message(FromVisitor::Hello { version: VERSION, ticket, page, sdp, resumable }) => {
            call(&mut socket, &state, Hello { ticket, page, sdp, resumable }).await
        }
        Received::Message(FromVisitor::Resume { version: VERSION, pass }) => resume(&mut socket, &state, &pass).await,
        Received::Message(_) => return refuse(socket, "the first message must be hello").await,
        Received::Malformed(why) => return refuse(socket, &why).await,
        Received::Gone => return,
    };
    let Some((floor, visitor)) = entered else { return };
    let id = visitor.id;
    let _open = OpenSocket::new("visitor");
    pump(socket, visitor, &floor).await;
    // Nobody is left to tell when the floor has stopped.
    let _ = floor.close_visitor(id).await;
}

/// What a new visitor says.
struct Hello {
    ticket: String,
    page: String,
    sdp: String,
    resumable: bool,
}

/// A new call; `None` when the visitor was told why not.
async fn call(socket: &mut WebSocket, state: &AppState, hello: Hello) -> Option<(FloorHandle, VisitorSocket)> {
    let Some(admission) = state.tickets.redeem(&hello.ticket, state.now()) else {
        return say_no(socket, "visitor.ticket").await;
    };
    let Some(floor) = state.floors.get(admission.tenant) else { return say_no(socket, "visitor.closed").await };
    let token = Token { tenant: admission.tenant, secret: draw(state.entropy.as_ref()) };
    let pass = hello.resumable.then(|| pass_of(&token));
    if hello.resumable && !send(socket, &ToVisitor::Pass { pass: Secret(token.value()) }).await {
        return None;
    }
    let visitor = floor.open_visitor(admission.number, hello.page, hello.sdp, pass).await.ok()?;
    Some((floor, visitor))
}

/// Back to a call. A floor that does not run yet says nothing: the widget tries again.
async fn resume(socket: &mut WebSocket, state: &AppState, pass: &Secret) -> Option<(FloorHandle, VisitorSocket)> {
    let Some(token) = Token::parse(&pass.0) else { return say_no(socket, "visitor.gone").await };
    let floor = state.floors.get(token.tenant)?;
    match floor.resume_visitor(pass_of(&token)).await.ok()? {
        Some(visitor) => Some((floor, visitor)),
        None => say_no(socket, "visitor.gone").await,
    }
}

/// What the floor may know of a pass.
fn pass_of(token: &Token) -> Pass {
    Pass(token.hash().iter().map(|byte| format!("{byte:02x}")).collect())
}

async fn say_no<T>(socket: &mut WebSocket, why: &str) -> Option<T> {
    send(socket, &ToVisitor::Refused { error: WireError::new(why) }).await;
    None
}

/// Carries messages both ways until either side ends.
async fn pump(mut socket: WebSocket, mut visitor: VisitorSocket, floor: &FloorHandle) {
    loop {
        tokio::select! {
            message = visitor.messages.recv() => match message {
                Some(message) => {
                    if !send_all(&mut socket, &message, || visitor.messages.try_recv().ok()).await { return }
                }
                None => return,
            },
            received = receive(&mut socket, NO_LIMIT) => match received {
                Received::Message(message) => {
                    if floor.visitor(visitor.id, message).await.is_err() { return }
                }
                Received::Malformed(why) => return refuse(socket, &why).await,
                Received::Gone => return,
            },
        }
    }
}
