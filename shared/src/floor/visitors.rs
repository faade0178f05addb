//! Visitors of web pages who clicked to call: a socket, a browser leg, and the same call as any other.

use super::{Floor, LegOwner, Output, Pass, SocketId};
use crate::call::Phase;
use crate::edge::{Cause, EdgeCommand, LegRole};
use crate::flow;
use crate::ids::{ContactId, LegId, QueueId};
use crate::phone::PhoneNumber;
use crate::time::Timestamp;
use crate::wire::WireError;
use crate::wire::desk::{Party, Via};
use crate::wire::visitor::{FromVisitor, ToVisitor, VisitorState};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A visitor and what the widget shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Visitor {
    pub socket: SocketId,
    shown: Option<VisitorState>,
}

/// Visitors whose position is kept fresh while others move ahead of them; finding a place walks the queue, and with more
/// of them than this nobody counts places any more. Beyond, a position is refreshed with the call's own events.
const KEPT_FRESH: usize = 200;

/// Longer page addresses are cut: they are for reading.
const MAX_PAGE: usize = 500;

impl Floor {
    pub(super) fn visitor_opened(
        &mut self,
        now: Timestamp,
        socket: SocketId,
        number: &PhoneNumber,
        page: String,
        sdp: String,
    ) -> Option<ContactId> {
        let number = self.setup.any_number(number);
        let (Some(number), false) = (number, self.draining) else {
            self.refuse_visitor(socket, "visitor.closed");
            return None;
        };
        let (entered, walk) = (number.id, self.walk_of(number, None));
        let leg = LegId(self.ids.next(now));
        let page = page.chars().take(MAX_PAGE).collect();
        let party = Party { number: None, name: None, via: Via::Web { page }, card: None };
        let contact = self.new_call(now, leg, false, party, Phase::Portal(walk));
        self.visitors.insert(socket, contact);
        self.visitor_of.insert(contact, Visitor { socket, shown: None });
        // A browser's connection is answered by connecting: there is no ringing to send.
        self.with_call(contact, |call| {
            call.customer.answered = true;
            call.entered = Some(entered);
        });
        self.edge(EdgeCommand::Connect { leg, role: LegRole::Customer(contact), offer: sdp });
        self.portal(now, contact, flow::Input::Start);
        Some(contact)
    }

    fn refuse_visitor(&mut self, socket: SocketId, why: &str) {
        let error = WireError::new(why);
        self.out.push_back(Output::Visitor { socket, message: ToVisitor::Refused { error } });
        self.out.push_back(Output::Close(socket));
    }

    /// Whether a pass leads back to a call that lasts.
    #[must_use]
    pub fn admits(&self, pass: &Pass) -> bool {
        self.passes.contains_key(pass)
    }

    /// The widget of a call that goes on has lost its socket and is back on another; it is told at once how things stand.
    pub(super) fn visitor_resumed(&mut self, socket: SocketId, pass: &Pass) {
        let Some(contact) = self.passes.get(pass).copied() else { return self.refuse_visitor(socket, "visitor.gone") };
        if let Some(old) = self.visitor_of.insert(contact, Visitor { socket, shown: None }) {
            self.visitors.remove(&old.socket);
            self.out.push_back(Output::Close(old.socket));
        }
        self.visitors.insert(socket, contact);
        self.touched_calls.insert(contact);
    }

    pub(super) fn visitor_message(&mut self, now: Timestamp, socket: SocketId, message: FromVisitor) {
        let Some(contact) = self.visitors.get(&socket).copied() else { return };
        match message {
            FromVisitor::Hello { .. } | FromVisitor::Resume { .. } => {}
            FromVisitor::Restart { sdp } => {
                if let Some(call) = self.calls.get(&contact).filter(|call| !call.is_over()) {
                    let leg = call.customer.leg;
                    self.legs.insert(leg, LegOwner::Customer(contact));
                    self.edge(EdgeCommand::Connect { leg, role: LegRole::Customer(contact), offer: sdp });
                }
            }
            FromVisitor::Digits { digits } => {
                for digit in
                    digits.chars().filter(|c| matches!(*c, '0'..='9' | '*' | '#' | flow::MASKED_DIGIT)).take(32)
                {
                    self.pressed(now, contact, digit);
                }
            }
            FromVisitor::HangUp => self.end_call(now, contact, Cause::Normal),
        }
    }

    /// The socket alone ends nothing; together with silence it does.
    pub(super) fn visitor_closed(&mut self, now: Timestamp, socket: SocketId) {
        if let Some(contact) = self.visitors.remove(&socket) {
            self.visitor_of.remove(&contact);
            self.customer_silent(now, contact);
        }
    }

    /// Tells the widget where the call is, if that changed.
    pub(super) fn update_visitor(&mut self, contact: ContactId) {
        let Some(call) = self.calls.get(&contact) else { return };
        let state = match &call.phase {
            Phase::Portal(_) => VisitorState::Menu,
            Phase::Queued { rings, .. } if rings.is_empty() => {
                VisitorState::Queued { position: self.acd.position(contact).unwrap_or(1) }
            }
            Phase::Queued { .. } => VisitorState::Ringing,
            Phase::Talking | Phase::Dialling { .. } | Phase::Asked { .. } | Phase::Meeting(_) => VisitorState::Talking,
            Phase::Held | Phase::Parked(_) => VisitorState::Hold,
            Phase::Over { cause, .. } => return self.visitor_over(contact, *cause),
        };
        let Some(visitor) = self.visitor_of.get_mut(&contact) else { return };
        if visitor.shown.replace(state) != Some(state) {
            self.tell_visitor(contact, ToVisitor::State { state });
        }
    }

    /// Somebody entered or left a queue, or is being offered: who waits there may have another place now.
    pub(super) fn update_places(&mut self, queues: &BTreeSet<QueueId>) {
        if queues.is_empty() || self.visitor_of.len() > KEPT_FRESH {
            return;
        }
        let waits = |contact: &ContactId| match self.calls.get(contact).map(|call| &call.phase) {
            Some(Phase::Queued { queue, rings, .. }) => rings.is_empty() && queues.contains(queue),
            _ => false,
        };
        for contact in self.visitor_of.keys().copied().filter(waits).collect::<Vec<_>>() {
            self.update_visitor(contact);
        }
    }

    fn visitor_over(&mut self, contact: ContactId, cause: Cause) {
        self.passes.retain(|_, known| *known != contact);
        let Some(visitor) = self.visitor_of.remove(&contact) else { return };
        self.visitors.remove(&visitor.socket);
        self.out.push_back(Output::Visitor { socket: visitor.socket, message: ToVisitor::Ended { cause } });
        self.out.push_back(Output::Close(visitor.socket));
    }
}
