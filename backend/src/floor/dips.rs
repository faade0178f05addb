//! Data dips and masked digits at the floor: what the loop keeps from its own journal, and asks for beside itself.

use super::handle::Request as ToLoop;
use super::run::Shell;
use hark_shared::edge::EdgeEvent;
use hark_shared::floor::{DigitUse, Input, SocketId};
use hark_shared::flow::dip::{Part, Request};
use hark_shared::flow::{MASKED_DIGIT, VarName, meeting_pin};
use hark_shared::ids::{ContactId, MeetingRoomId};
use hark_shared::wire::visitor::FromVisitor;
use std::collections::BTreeMap;
use zeroize::Zeroizing;

/// Digits of one message of a widget; the rest is dropped.
const MAX_DIGITS: usize = 32;

impl Shell {
    /// An event without what nobody may know of it: a digit is replaced unless the floor waits for it in the clear.
    pub(super) fn masked(&mut self, event: EdgeEvent) -> EdgeEvent {
        match event {
            EdgeEvent::Digit { leg, digit } => {
                let digit = self.keep_digit(self.floor.digit_use(leg), digit);
                EdgeEvent::Digit { leg, digit }
            }
            other => other,
        }
    }

    /// Digits of a widget, one by one, since each may change what becomes of the next.
    pub(super) fn visitor_digits(&mut self, socket: SocketId, digits: &str) {
        for digit in digits.chars().take(MAX_DIGITS) {
            let digit = self.keep_digit(self.floor.visitor_digit_use(socket), digit);
            self.input(Input::Visitor { socket, message: FromVisitor::Digits { digits: digit.to_string() } });
        }
    }

    fn keep_digit(&mut self, what: DigitUse, digit: char) -> char {
        match what {
            DigitUse::Plain => digit,
            DigitUse::Star if digit == '*' => digit,
            DigitUse::Unused | DigitUse::Star => MASKED_DIGIT,
            DigitUse::Masked { contact, into, so_far } if digit.is_ascii_digit() => {
                self.vault.keep(contact, into, so_far, digit);
                MASKED_DIGIT
            }
            // A terminator says nothing.
            DigitUse::Masked { .. } => digit,
        }
    }

    /// Forgets digits whose walk is over.
    pub(super) fn tidy_vault(&mut self) {
        if !self.vault.is_empty() {
            let floor = &self.floor;
            self.vault.keep_only(|contact| floor.walks(contact));
        }
    }

    /// Makes the PIN that a caller typed for a meeting room into its hash, which alone is journaled.
    pub(super) fn hash_pin(&mut self, contact: ContactId, room: MeetingRoomId, digits: u8) {
        let typed = self.vault.digits(contact, &meeting_pin(), digits);
        let pin = typed.map(|typed| self.parts.store.hash_pin(self.parts.tenant, room, &typed));
        self.input(Input::Pin { contact, room, pin });
    }

    /// Asks another system beside the loop; the answer comes back as an input.
    pub(super) fn dip(&self, contact: ContactId, request: Box<Request>) {
        let Some(requests) = self.requests.upgrade() else { return };
        let dips = self.parts.dips.clone();
        let digits = self.digits_for(contact, &request);
        tokio::spawn(async move {
            let digits_of = |name: &VarName, wanted: u8| {
                let digits = digits.get(name).filter(|digits| digits.len() == usize::from(wanted))?;
                Some(digits.to_string())
            };
            let values = dips.ask(&request, digits_of).await;
            let _ = requests.send(ToLoop::Input(Input::Fetched { contact, values })).await;
        });
    }

    /// The masked digits that a request needs, as far as they are there.
    fn digits_for(&self, contact: ContactId, request: &Request) -> BTreeMap<VarName, Zeroizing<String>> {
        let texts = request.headers.values().chain([&request.url, &request.body]);
        let digits = |part: &Part| match part {
            Part::Masked { name, digits } => Some((name.clone(), self.vault.digits(contact, name, *digits)?)),
            Part::Plain(_) => None,
        };
        texts.flat_map(|text| &text.0).filter_map(digits).collect()
    }
}
