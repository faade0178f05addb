//! `/api/visitor`: a visitor of a web page who calls. No cookie; the first message carries a ticket.

use super::{HELLO_WITHIN, MESSAGE_MAX, READ_BUFFER, Received, receive, refuse, send, send_all};
use crate::api::AppState;
use crate::floor::handle::{FloorHandle, VisitorSocket};
use crate::telemetry::OpenSocket;
use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use hark_shared::wire::visitor::{FromVisitor, ToVisitor};
use hark_shared::wire::{VERSION, WireError};
use std::time::Duration;

/// A widget says nothing for as long as the visitor presses nothing: only its connection's end counts.
const NO_LIMIT: Duration = Duration::from_secs(24 * 3600);

/// Upgrades anybody; the ticket decides.
pub(super) async fn upgrade(State(state): State<AppState>, socket: WebSocketUpgrade) -> Response {
    socket.max_message_size(MESSAGE_MAX).read_buffer_size(READ_BUFFER).on_upgrade(move |socket| serve(socket, state))
}

async fn serve(mut socket: WebSocket, state: AppState) {
    let (ticket, page, sdp) = match receive(&mut socket, HELLO_WITHIN).await {
        Received::Message(FromVisitor::Hello { version: VERSION, ticket, page, sdp }) => (ticket, page, sdp),
        Received::Message(_) => return refuse(socket, "the first message must be hello").await,
        Received::Malformed(why) => return refuse(socket, &why).await,
        Received::Gone => return,
    };
    let Some(admission) = state.tickets.redeem(&ticket, state.now()) else {
        send(&mut socket, &ToVisitor::Refused { error: WireError::new("visitor.ticket") }).await;
        return;
    };
    let Some(floor) = state.floors.get(admission.tenant) else {
        send(&mut socket, &ToVisitor::Refused { error: WireError::new("visitor.closed") }).await;
        return;
    };
    let Ok(visitor) = floor.open_visitor(admission.number, page, sdp).await else { return };
    let id = visitor.id;
    let _open = OpenSocket::new("visitor");
    pump(socket, visitor, &floor).await;
    // Nobody is left to tell when the floor has stopped.
    let _ = floor.close_visitor(id).await;
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
