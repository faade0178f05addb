//! `/api/desk`: the desk of the signed-in agent.

use super::{HELLO_WITHIN, MESSAGE_MAX, READ_BUFFER, Received, SILENT_FOR, receive, refuse, send};
use crate::api::{ApiError, AppState};
use crate::auth::{SessionWatch, SignedIn};
use crate::floor::handle::{DeskSocket, FloorHandle};
use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use hark_shared::perms::Permission;
use hark_shared::wire::VERSION;
use hark_shared::wire::desk::{FromDesk, ToDesk};

/// Upgrades, for somebody who may sit at a desk.
pub(super) async fn upgrade(
    State(state): State<AppState>,
    who: SignedIn,
    socket: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    who.require(Permission::TakeContacts)?;
    let floor =
        state.floors.get(who.tenant).ok_or_else(|| ApiError::Unavailable("the floor does not run".to_owned()))?;
    let over = state.auth.watch(&who);
    Ok(socket
        .max_message_size(MESSAGE_MAX)
        .read_buffer_size(READ_BUFFER)
        .on_upgrade(move |socket| serve(socket, who, floor, over)))
}

async fn serve(mut socket: WebSocket, who: SignedIn, floor: FloorHandle, over: SessionWatch) {
    let (tab, take_over) = match receive(&mut socket, HELLO_WITHIN).await {
        Received::Message(FromDesk::Hello { version: VERSION, tab, take_over }) => (tab, take_over),
        Received::Message(FromDesk::Hello { .. }) => {
            send(&mut socket, &ToDesk::Reload).await;
            return;
        }
        Received::Message(_) => return refuse(socket, "the first message must be hello").await,
        Received::Malformed(why) => return refuse(socket, &why).await,
        Received::Gone => return,
    };
    let Ok(desk) = floor.open_desk(who.user, tab, take_over).await else { return };
    let id = desk.id;
    pump(socket, desk, &floor, over).await;
    // Nobody is left to tell when the floor has stopped.
    let _ = floor.close_desk(id).await;
}

/// Carries messages both ways until either side ends.
async fn pump(mut socket: WebSocket, mut desk: DeskSocket, floor: &FloorHandle, mut over: SessionWatch) {
    loop {
        tokio::select! {
            message = desk.messages.recv() => match message {
                Some(message) => if !send(&mut socket, &message).await { return },
                None => return,
            },
            received = receive(&mut socket, SILENT_FOR) => match received {
                Received::Message(FromDesk::Command { id, command }) => {
                    if floor.desk(desk.id, id, command).await.is_err() { return }
                }
                Received::Message(FromDesk::Ping { at }) => {
                    if !send(&mut socket, &ToDesk::Pong { at }).await { return }
                }
                Received::Message(FromDesk::Hello { .. }) => return refuse(socket, "hello was said already").await,
                Received::Malformed(why) => return refuse(socket, &why).await,
                Received::Gone => return,
            },
            () = over.over() => {
                send(&mut socket, &ToDesk::SignedOut).await;
                return;
            }
        }
    }
}
