//! WebSockets: an agent's desk and a visitor's widget. Each is a pump between a browser and the floor, no more.

mod desk;
mod visitor;

use super::AppState;
use axum::extract::ws::{CloseFrame, Message, WebSocket, close_code};
use axum::{Router, routing};
use futures_util::SinkExt;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::time::Duration;

/// The largest message of a browser: an SDP offer with many candidates has a tenth of it.
const MESSAGE_MAX: usize = 128 * 1024;

/// What is read at once. The library's 128 kB are held for every socket as long as it is open, and would be most of what
/// an idle agent costs; a page's messages are small but for its SDP offer, which then takes two reads.
const READ_BUFFER: usize = 4 * 1024;

/// A page that has said nothing until then is no page of ours.
const HELLO_WITHIN: Duration = Duration::from_secs(10);

/// A browser that has been silent for so long is gone; its page pings every 10 s.
const SILENT_FOR: Duration = Duration::from_secs(35);

/// The routes, for [`super::router`].
pub fn routes() -> Router<AppState> {
    Router::new().route("/api/desk", routing::any(desk::upgrade)).route("/api/visitor", routing::any(visitor::upgrade))
}

/// What a browser sent.
enum Received<T> {
    Message(T),
    /// Not JSON of ours: costs the socket, with a reason that a developer reads.
    Malformed(String),
    Gone,
}

/// The next message; control frames are answered by the library below.
async fn receive<T: DeserializeOwned>(socket: &mut WebSocket, within: Duration) -> Received<T> {
    loop {
        let message = match tokio::time::timeout(within, socket.recv()).await {
            Ok(Some(Ok(message))) => message,
            Ok(Some(Err(_)) | None) | Err(_) => return Received::Gone,
        };
        match message {
            Message::Text(text) => {
                return match serde_json::from_str(&text) {
                    Ok(message) => Received::Message(message),
                    Err(error) => Received::Malformed(error.to_string()),
                };
            }
            Message::Binary(_) => return Received::Malformed("binary messages are not understood".to_owned()),
            Message::Ping(_) | Message::Pong(_) => {}
            Message::Close(_) => return Received::Gone,
        }
    }
}

/// Sends a message; `false` when the browser is gone.
async fn send<T: Serialize>(socket: &mut WebSocket, message: &T) -> bool {
    socket.send(text(message)).await.is_ok()
}

/// Sends a message and those that already wait behind it, in one write; `false` when the browser is gone.
async fn send_all<T: Serialize>(socket: &mut WebSocket, first: &T, mut next: impl FnMut() -> Option<T>) -> bool {
    if socket.feed(text(first)).await.is_err() {
        return false;
    }
    while let Some(message) = next() {
        if socket.feed(text(&message)).await.is_err() {
            return false;
        }
    }
    socket.flush().await.is_ok()
}

fn text<T: Serialize>(message: &T) -> Message {
    let text = serde_json::to_string(message).expect("wire types have only text as keys, so they are always JSON");
    Message::Text(text.into())
}

/// Closes the socket because of what the browser sent.
async fn refuse(mut socket: WebSocket, why: &str) {
    // A close frame carries at most 125 bytes (RFC 6455, 5.5), two of them the code.
    let reason: String = why.chars().take(40).collect();
    let frame = CloseFrame { code: close_code::POLICY, reason: reason.into() };
    let _ = socket.send(Message::Close(Some(frame))).await;
}
