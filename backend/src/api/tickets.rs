//! Visitors' tickets: drawn by `POST /api/tickets`, used up by the first frame of the visitor's WebSocket.
//!
//! Kept in memory: a ticket lives for two minutes, and one that a restart forgets is drawn again by the widget.

use crate::auth::sha256;
use crate::clock::{Entropy, draw};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hark_shared::ids::TenantId;
use hark_shared::phone::PhoneNumber;
use hark_shared::time::{Millis, Timestamp};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// How long a ticket is good: the browser's question about the microphone may stand for a while.
pub const TICKET_LIFE: Millis = Millis::from_secs(120);
/// Tickets kept at once: some 200 bytes each, and more calls than an edge takes in two minutes.
const TICKETS: usize = 50_000;

/// What a ticket admits to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The tenant.
    pub tenant: TenantId,
    /// The number of ours whose entry the call takes.
    pub number: PhoneNumber,
}

/// Tickets that are not used yet, by hash.
#[derive(Default)]
pub struct Tickets(Mutex<BTreeMap<[u8; 32], (Timestamp, Admission)>>);

/// There are too many unused tickets.
#[derive(Debug, thiserror::Error)]
#[error("more than {TICKETS} tickets wait to be used")]
pub struct TooManyTickets;

impl Tickets {
    /// Draws a ticket; says what to send and until when it is good.
    ///
    /// # Errors
    /// [`TooManyTickets`].
    pub fn draw(
        &self,
        admission: Admission,
        entropy: &dyn Entropy,
        now: Timestamp,
    ) -> Result<(String, Timestamp), TooManyTickets> {
        let secret: [u8; 32] = draw(entropy);
        let until = now + TICKET_LIFE;
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if tickets.len() >= TICKETS {
            tickets.retain(|_, (until, _)| *until > now);
            if tickets.len() >= TICKETS {
                return Err(TooManyTickets);
            }
        }
        tickets.insert(sha256(&secret), (until, admission));
        Ok((URL_SAFE_NO_PAD.encode(secret), until))
    }

    /// Forgets those that are too old.
    pub fn sweep(&self, now: Timestamp) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, (until, _)| *until > now);
    }

    /// Uses a ticket up; `None` when it is unknown, used already or too old.
    #[must_use]
    pub fn redeem(&self, ticket: &str, now: Timestamp) -> Option<Admission> {
        let mut secret = [0; 33];
        let length = URL_SAFE_NO_PAD.decode_slice(ticket, &mut secret).ok()?;
        let mut tickets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (until, admission) = tickets.remove(&sha256(&secret[..length]))?;
        (until > now).then_some(admission)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemEntropy;

    #[test]
    fn a_ticket_works_once_and_in_time() {
        let tickets = Tickets::default();
        let number = PhoneNumber::parse("95598").unwrap();
        let admission = Admission { tenant: TenantId::from_u128(1), number };
        let now = Timestamp(1_000);
        let (first, until) = tickets.draw(admission.clone(), &SystemEntropy, now).unwrap();
        let (second, _) = tickets.draw(admission.clone(), &SystemEntropy, now).unwrap();
        assert_eq!(tickets.redeem("", now), None);
        assert_eq!(tickets.redeem(&first[1..], now), None);
        assert_eq!(tickets.redeem(&first, Timestamp(until.0 - 1)), Some(admission));
        assert_eq!(tickets.redeem(&first, now), None, "used up");
        assert_eq!(tickets.redeem(&second, until), None, "too old");
    }

    #[test]
    fn the_table_is_bounded_and_old_tickets_make_room() {
        let tickets = Tickets::default();
        let number = PhoneNumber::parse("95598").unwrap();
        let admission = Admission { tenant: TenantId::from_u128(1), number };
        for _ in 0..TICKETS {
            tickets.draw(admission.clone(), &SystemEntropy, Timestamp(0)).unwrap();
        }
        assert!(tickets.draw(admission.clone(), &SystemEntropy, Timestamp(1)).is_err());
        tickets.draw(admission, &SystemEntropy, Timestamp(TICKET_LIFE.0)).unwrap();
    }
}
