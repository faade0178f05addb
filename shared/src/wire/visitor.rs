//! The click-to-call widget over its WebSocket (`/api/visitor`). No cookie: the first frame carries a ticket.
//!
//! A ticket admits once. Who wants to come back to the same call after the socket was lost asks for a pass in the first
//! frame, and shows it on the next socket in place of a ticket.

use super::WireError;
use crate::edge::Cause;
use serde::{Deserialize, Serialize};

/// Text that must not get into a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// From the widget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromVisitor {
    /// The first frame: who asks, and the browser's SDP offer.
    Hello {
        /// [`super::VERSION`] of the frame.
        version: u16,
        /// A short-lived, single-use ticket from `POST /api/tickets`.
        ticket: String,
        /// The address of the page around the widget, at most 500 characters.
        page: String,
        /// The SDP offer.
        sdp: String,
        /// Whether the page understands [`ToVisitor::Pass`].
        #[serde(default)]
        resumable: bool,
    },
    /// The first frame of a later socket: back to a call that goes on.
    Resume {
        /// [`super::VERSION`] of the frame.
        version: u16,
        /// From [`ToVisitor::Pass`].
        pass: Secret,
    },
    /// A new SDP offer: ICE restart after the network changed.
    Restart {
        /// The SDP offer.
        sdp: String,
    },
    /// Digits for the menu.
    Digits {
        /// From `0-9 * #`.
        digits: String,
    },
    /// The visitor hangs up.
    HangUp,
}

/// To the widget.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToVisitor {
    /// What leads back to this call after the socket was lost, as long as the call lasts.
    Pass {
        /// To be kept in memory only.
        pass: Secret,
    },
    /// The SDP answer.
    Answer {
        /// The SDP.
        sdp: String,
    },
    /// Where the call is.
    State {
        /// Which.
        state: VisitorState,
    },
    /// The call cannot begin: `visitor.closed`, `visitor.ticket`, `visitor.busy`; or there is none to come back to:
    /// `visitor.gone`. The socket closes.
    Refused {
        /// Why.
        error: WireError,
    },
    /// The call is over. The socket closes.
    Ended {
        /// Why.
        cause: Cause,
    },
}

/// A visitor's call as the visitor sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum VisitorState {
    /// The voice portal speaks.
    Menu,
    /// Waits in a queue.
    Queued {
        /// 1 is next.
        position: u32,
    },
    /// An agent is being rung.
    Ringing,
    /// Talks with an agent.
    Talking,
    /// Put on hold by the agent.
    Hold,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_from_before_passes_asks_for_none() {
        let hello = r#"{"type":"hello","version":1,"ticket":"t","page":"p","sdp":"s"}"#;
        assert!(matches!(serde_json::from_str(hello), Ok(FromVisitor::Hello { resumable: false, .. })));
    }

    #[test]
    fn a_pass_is_not_shown() {
        let resume = FromVisitor::Resume { version: 1, pass: Secret("tell-nobody".to_owned()) };
        assert!(!format!("{resume:?}").contains("tell-nobody"));
        assert!(serde_json::to_string(&resume).unwrap().contains(r#""pass":"tell-nobody""#));
    }
}
