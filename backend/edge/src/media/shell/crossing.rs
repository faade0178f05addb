//! Packets of browsers that meet the wrong thread, on their way to the right one.
//!
//! The browsers' port is one, but every thread reads a socket of its own on it and the kernel spreads browsers over them
//! by address; ICE-TCP connections are all with the first thread. What belongs to another thread's leg crosses over by a
//! bounded ring: when a thread is so far behind that its ring is full, packets are lost and counted, and nobody waits.

use crate::media::peer::demux::Remote;
use bytes::Bytes;
use hark_shared::ids::LegId;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Packets that wait for one thread: 20 ms of all its legs.
const RING: usize = 1024;

/// A packet that crosses.
#[derive(Debug)]
pub(super) enum Crossing {
    /// From a browser to the thread of its leg.
    In { leg: LegId, from: Remote, bytes: Bytes },
    /// To a browser behind ICE-TCP, by the first thread.
    Out { to: SocketAddr, bytes: Bytes },
}

/// The ways to all threads.
#[derive(Clone, Debug)]
pub(super) struct Crossings {
    rings: Vec<mpsc::Sender<Crossing>>,
    lost: Arc<AtomicU64>,
}

impl Crossings {
    /// Rings for so many threads, with their receiving ends in order.
    pub(super) fn new(threads: usize) -> (Self, Vec<mpsc::Receiver<Crossing>>) {
        let (rings, ends) = (0..threads).map(|_| mpsc::channel(RING)).unzip();
        (Self { rings, lost: Arc::default() }, ends)
    }

    /// Hands a packet over; one that finds no room is lost.
    pub(super) fn hand(&self, thread: usize, crossing: Crossing) {
        let handed = self.rings.get(thread).is_some_and(|ring| ring.try_send(crossing).is_ok());
        if !handed {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Packets lost since it was last asked.
    pub(super) fn take_lost(&self) -> u64 {
        self.lost.swap(0, Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_ring_loses_and_counts() {
        let (crossings, mut ends) = Crossings::new(2);
        let to = SocketAddr::from(([127, 0, 0, 1], 1));
        for _ in 0..RING + 3 {
            crossings.hand(1, Crossing::Out { to, bytes: Bytes::new() });
        }
        assert_eq!((crossings.take_lost(), crossings.take_lost()), (3, 0));
        assert!(ends[0].try_recv().is_err() && ends[1].try_recv().is_ok());
    }
}
