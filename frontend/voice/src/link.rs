//! A WebSocket that carries text. It connects once; connecting again is its owner's decision (see [`crate::backoff`]).

use std::rc::Rc;
use wasm_bindgen::prelude::*;
use web_sys::{MessageEvent, WebSocket};

/// What a link reports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkEvent {
    /// Frames can be sent.
    Open,
    /// A frame.
    Text(String),
    /// It is over, or never came about; reported once and last.
    Closed,
}

/// More unsent bytes than this mean that the network takes nothing: the frame is refused and the caller keeps it.
/// An SDP offer has some 5 kB, all other frames fewer.
const MAX_BUFFERED: u32 = 256 * 1024;

/// An open or opening WebSocket; dropping it closes it without a report.
pub struct Link {
    socket: WebSocket,
    _open: Closure<dyn FnMut()>,
    _message: Closure<dyn FnMut(MessageEvent)>,
    _close: Closure<dyn FnMut()>,
}

impl Link {
    /// Connects to `path` on the page's own host.
    ///
    /// # Errors
    /// `None` when the browser refuses at once, for instance under a policy of the page around us.
    pub fn open(path: &str, report: impl Fn(LinkEvent) + 'static) -> Option<Self> {
        let location = web_sys::window()?.location();
        let scheme = if location.protocol().ok()? == "https:" { "wss" } else { "ws" };
        let socket = WebSocket::new(&format!("{scheme}://{}{path}", location.host().ok()?)).ok()?;
        let report = Rc::new(report);
        let open = Closure::new({
            let report = Rc::clone(&report);
            move || report(LinkEvent::Open)
        });
        let message = Closure::new({
            let report = Rc::clone(&report);
            move |event: MessageEvent| {
                if let Some(text) = event.data().as_string() {
                    report(LinkEvent::Text(text));
                }
            }
        });
        let close = Closure::new(move || report(LinkEvent::Closed));
        socket.set_onopen(Some(open.as_ref().unchecked_ref()));
        socket.set_onmessage(Some(message.as_ref().unchecked_ref()));
        socket.set_onclose(Some(close.as_ref().unchecked_ref()));
        Some(Self { socket, _open: open, _message: message, _close: close })
    }

    /// Sends a frame; says whether it was taken.
    #[must_use]
    pub fn send(&self, text: &str) -> bool {
        self.socket.ready_state() == WebSocket::OPEN
            && self.socket.buffered_amount() < MAX_BUFFERED
            && self.socket.send_with_str(text).is_ok()
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.socket.set_onopen(None);
        self.socket.set_onmessage(None);
        self.socket.set_onclose(None);
        // Closing a closed socket is not an error worth hearing of.
        let _ = self.socket.close();
    }
}
