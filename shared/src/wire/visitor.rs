//! The click-to-call widget over its WebSocket (`/api/visitor`). No cookie: the first frame carries a ticket.

use super::WireError;
use crate::edge::Cause;
use serde::{Deserialize, Serialize};

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
    /// The call cannot begin: `visitor.closed`, `visitor.ticket`, `visitor.busy`. The socket closes.
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
