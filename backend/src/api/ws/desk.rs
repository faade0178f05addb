//! `/api/desk`: the desk of the signed-in agent.
//!
//! A session that somebody ended closes it at once. One that merely expired closes it as soon as the agent has no
//! contact at hand: nobody decided to take the desk away from a person who talks to a customer.

use super::{HELLO_WITHIN, MESSAGE_MAX, READ_BUFFER, Received, SILENT_FOR, receive, refuse, send, send_all};
use crate::api::{ApiError, AppState};
use crate::auth::{Over, SessionWatch, SignedIn};
use crate::floor::handle::{DeskSocket, FloorHandle};
use crate::telemetry::OpenSocket;
use axum::extract::State;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::response::Response;
use hark_shared::perms::Permission;
use hark_shared::wire::VERSION;
use hark_shared::wire::desk::{BusyReason, DeskChange, DeskCommand, FromDesk, ToDesk, WantedState};
use uuid::Uuid;

/// Upgrades, for somebody who may sit at a desk or watch the floor.
pub(super) async fn upgrade(
    State(state): State<AppState>,
    who: SignedIn,
    socket: WebSocketUpgrade,
) -> Result<Response, ApiError> {
    who.require_any(&[Permission::TakeContacts, Permission::WatchFloor])?;
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
    let _open = OpenSocket::new("desk");
    pump(socket, desk, &floor, over).await;
    // Nobody is left to tell when the floor has stopped.
    let _ = floor.close_desk(id).await;
}

/// Carries messages both ways until either side ends.
async fn pump(mut socket: WebSocket, mut desk: DeskSocket, floor: &FloorHandle, mut over: SessionWatch) {
    let (mut expired, mut at_hand) = (false, false);
    loop {
        if expired && !at_hand {
            send(&mut socket, &ToDesk::SignedOut).await;
            return;
        }
        tokio::select! {
            message = desk.messages.recv() => match message {
                Some(message) => {
                    let mut look = |message: &ToDesk| at_hand = contact_at_hand(message).unwrap_or(at_hand);
                    look(&message);
                    let waiting = || desk.messages.try_recv().ok().inspect(&mut look);
                    if !send_all(&mut socket, &message, waiting).await { return }
                }
                None => return,
            },
            received = receive(&mut socket, SILENT_FOR) => {
                if let (Received::Message(_), Some(note)) = (&received, over.in_use()) {
                    tokio::spawn(note);
                }
                match received {
                Received::Message(FromDesk::Command { id, command }) => {
                    if floor.desk(desk.id, id, command).await.is_err() { return }
                }
                Received::Message(FromDesk::Ping { at }) => {
                    if !send(&mut socket, &ToDesk::Pong { at }).await { return }
                }
                Received::Message(FromDesk::Hello { .. }) => return refuse(socket, "hello was said already").await,
                Received::Malformed(why) => return refuse(socket, &why).await,
                Received::Gone => return,
                }
            },
            why = over.over() => match why {
                Over::Ended => {
                    send(&mut socket, &ToDesk::SignedOut).await;
                    return;
                }
                Over::Expired => {
                    expired = true;
                    // No further contact after this one. The page did not ask: it overlooks that this was done.
                    let state = WantedState::Busy { reason: BusyReason::BackOffice };
                    let after_it = DeskCommand::SetState { state };
                    if floor.desk(desk.id, Uuid::nil(), after_it).await.is_err() { return }
                }
            },
        }
    }
}

/// What a message says about whether the agent has a contact at hand; `None` when it is about something else.
fn contact_at_hand(message: &ToDesk) -> Option<bool> {
    match message {
        ToDesk::Snapshot { desk, .. } => Some(desk.status.state.on_contact()),
        ToDesk::Change { change, .. } => match change.as_ref() {
            DeskChange::Status(status) => Some(status.state.on_contact()),
            DeskChange::Contact(_)
            | DeskChange::Offer(_)
            | DeskChange::Connected(_)
            | DeskChange::Telephone(_)
            | DeskChange::Tasks(_) => None,
        },
        ToDesk::Answer { .. }
        | ToDesk::Done { .. }
        | ToDesk::Refused { .. }
        | ToDesk::InUse
        | ToDesk::TakenOver
        | ToDesk::SignedOut
        | ToDesk::Reload
        | ToDesk::Pong { .. }
        | ToDesk::Messages
        | ToDesk::Floor { .. } => None,
    }
}
