//! Which browser leg a datagram on the shared port belongs to.
//!
//! STUN goes by the user name in it (ours is before the colon, RFC 8445, 7.2.2), everything else by the address that it
//! comes from; and an address is believed only after the connection has answered a check from it, which it does only
//! when the check's integrity held. Addresses per leg are bounded, so checks from many addresses cost nothing lasting.

use hark_shared::ids::LegId;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// Addresses of one leg at a time: a browser has a handful of candidates, the oldest gives way.
const MAX_ADDRESSES: usize = 8;
/// User names of one leg: the present one and that of before an ICE restart.
const MAX_NAMES: usize = 2;

/// What travels under an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    /// A datagram each.
    Udp,
    /// Framed by RFC 4571.
    Tcp,
}

/// A remote address with its transport.
pub(crate) type Remote = (Transport, SocketAddr);

/// What a datagram is, by its first bytes (RFC 7983, 7; RFC 5761, 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// STUN.
    Stun,
    /// DTLS.
    Dtls,
    /// SRTP of this SSRC.
    Rtp(u32),
    /// SRTCP of this sender.
    Rtcp(u32),
}

/// What a datagram is; `None` is nothing of ours.
pub(crate) fn kind(datagram: &[u8]) -> Option<Kind> {
    let word = |at: usize| datagram.get(at..at + 4).map(|w| u32::from_be_bytes([w[0], w[1], w[2], w[3]]));
    match datagram {
        [0..=3, ..] => Some(Kind::Stun),
        [20..=63, ..] => Some(Kind::Dtls),
        [128..=191, 192..=223, ..] => word(4).map(Kind::Rtcp),
        [128..=191, ..] => word(8).map(Kind::Rtp),
        _ => None,
    }
}

/// The part before the colon of a STUN message's USERNAME (RFC 8489, 14.3).
fn our_name(message: &[u8]) -> Option<&str> {
    const USERNAME: u16 = 0x0006;
    let mut rest = message.get(20..)?;
    while let Some(head) = rest.first_chunk::<4>() {
        let kind = u16::from_be_bytes([head[0], head[1]]);
        let length = usize::from(u16::from_be_bytes([head[2], head[3]]));
        let value = rest.get(4..4 + length)?;
        if kind == USERNAME {
            let text = std::str::from_utf8(value).ok()?;
            return text.split_once(':').map(|(ours, _)| ours);
        }
        rest = rest.get(4 + length.next_multiple_of(4)..)?;
    }
    None
}

#[derive(Debug, Default)]
struct Known {
    /// The media thread that holds the connection.
    thread: usize,
    names: VecDeque<String>,
    addresses: VecDeque<Remote>,
}

/// The map from datagrams to legs and their threads; all media threads share one.
#[derive(Debug, Default)]
pub(crate) struct Demux {
    by_name: HashMap<String, LegId>,
    by_address: HashMap<Remote, LegId>,
    legs: HashMap<LegId, Known>,
}

impl Demux {
    /// Whose datagram this is, and which thread's.
    pub(crate) fn leg(&self, from: Remote, kind: Kind, datagram: &[u8]) -> Option<(LegId, usize)> {
        let name = if kind == Kind::Stun { our_name(datagram) } else { None };
        let leg = name.map_or_else(|| self.by_address.get(&from), |name| self.by_name.get(name));
        leg.and_then(|leg| self.legs.get(leg).map(|known| (*leg, known.thread)))
    }

    /// The connection of a leg is at this thread from now on.
    pub(crate) fn settle(&mut self, leg: LegId, thread: usize) {
        if let Some(known) = self.legs.get_mut(&leg) {
            known.thread = thread;
        }
    }

    /// Whether an address is known to be this leg's.
    pub(crate) fn knows(&self, from: Remote, leg: LegId) -> bool {
        self.by_address.get(&from) == Some(&leg)
    }

    /// Whether an address has proven to be some leg's.
    pub(crate) fn proven(&self, from: Remote) -> bool {
        self.by_address.contains_key(&from)
    }

    /// A leg at `thread` answers to this ICE user name from now on, and still to the one before.
    pub(crate) fn name(&mut self, leg: LegId, name: &str, thread: usize) {
        let known = self.legs.entry(leg).or_default();
        known.thread = thread;
        if known.names.iter().any(|old| old == name) {
            return;
        }
        known.names.push_back(name.to_owned());
        self.by_name.insert(name.to_owned(), leg);
        if known.names.len() > MAX_NAMES
            && let Some(old) = known.names.pop_front()
        {
            self.by_name.remove(&old);
        }
    }

    /// A check from this address was answered: what comes from there is this leg's.
    pub(crate) fn learn(&mut self, leg: LegId, from: Remote) {
        if let Some(before) = self.by_address.insert(from, leg).filter(|before| *before != leg)
            && let Some(known) = self.legs.get_mut(&before)
        {
            known.addresses.retain(|address| *address != from);
        }
        let known = self.legs.entry(leg).or_default();
        if known.addresses.contains(&from) {
            return;
        }
        known.addresses.push_back(from);
        if known.addresses.len() > MAX_ADDRESSES
            && let Some(old) = known.addresses.pop_front()
        {
            self.by_address.remove(&old);
        }
    }

    /// A connection of this leg is gone.
    pub(crate) fn forget(&mut self, leg: LegId) {
        if let Some(known) = self.legs.remove(&leg) {
            for name in known.names {
                self.by_name.remove(&name);
            }
            for address in known.addresses {
                self.by_address.remove(&address);
            }
        }
    }
}

/// The one map of all media threads. Every datagram reads it, and only a new connection or address writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct SharedDemux(Arc<RwLock<Demux>>);

impl SharedDemux {
    /// For a look; held for one expression.
    pub(crate) fn read(&self) -> RwLockReadGuard<'_, Demux> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// For a change; held for one expression.
    pub(crate) fn write(&self) -> RwLockWriteGuard<'_, Demux> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(username: &str) -> Vec<u8> {
        let mut message = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
        message.extend([0; 12]);
        message.extend([0x80, 0x22, 0, 1, 9, 0, 0, 0]); // another attribute first, padded
        message.extend([0, 6, 0, username.len() as u8]);
        message.extend(username.as_bytes());
        message.resize(message.len().next_multiple_of(4), 0);
        message
    }

    fn remote(port: u16) -> Remote {
        (Transport::Udp, SocketAddr::from(([192, 0, 2, 1], port)))
    }

    #[test]
    fn stun_by_name_and_the_rest_by_proven_address() {
        let (mut demux, leg) = (Demux::default(), LegId::from_u128(1));
        demux.name(leg, "ours", 2);
        assert_eq!(demux.leg(remote(1), Kind::Stun, &request("ours:theirs")), Some((leg, 2)));
        assert_eq!(demux.leg(remote(1), Kind::Stun, &request("theirs:ours")), None);
        assert_eq!(demux.leg(remote(1), Kind::Dtls, &[22]), None);
        demux.learn(leg, remote(1));
        assert_eq!(demux.leg(remote(1), Kind::Dtls, &[22]), Some((leg, 2)));
        demux.settle(leg, 1);
        assert_eq!(demux.leg(remote(1), Kind::Dtls, &[22]), Some((leg, 1)), "it has moved");
        demux.name(leg, "second", 2);
        assert_eq!(demux.leg(remote(1), Kind::Stun, &request("ours:x")), Some((leg, 2)), "the old name still works");
        demux.forget(leg);
        assert_eq!(demux.leg(remote(1), Kind::Stun, &request("second:x")), None);
        assert_eq!(demux.leg(remote(1), Kind::Dtls, &[22]), None);
    }

    #[test]
    fn memory_is_bounded() {
        let (mut demux, leg) = (Demux::default(), LegId::from_u128(1));
        for port in 1..2000 {
            demux.learn(leg, remote(port));
            demux.name(leg, &port.to_string(), 0);
        }
        assert_eq!((demux.by_address.len(), demux.by_name.len()), (MAX_ADDRESSES, MAX_NAMES));
    }

    #[test]
    fn any_bytes_have_a_kind_or_none() {
        for first in 0..=255u8 {
            for length in 0..24 {
                let bytes = vec![first; length];
                if kind(&bytes) == Some(Kind::Stun) {
                    let _ = our_name(&bytes);
                }
            }
        }
    }
}
