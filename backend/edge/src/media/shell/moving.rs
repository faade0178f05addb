//! A leg on its way from one media thread to another: what it knows, and its sockets or its connection.
//!
//! What arrives meanwhile waits in the kernel for a telephone; of a browser at most the packets of that moment are lost.

use super::ports::{Open, Pair};
use super::{Shared, Shell};
use crate::media::peer::Peer;
use crate::media::world::leg::Leg;
use hark_shared::ids::LegId;
use std::time::Instant;

/// The leg, whole.
pub(super) struct Moving {
    leg: Leg,
    sockets: Option<Open>,
    peer: Option<Peer>,
}

/// Takes a leg out of a thread; `None` when it is not there any more.
pub(super) async fn release(shell: &Shared, leg: LegId) -> Option<Box<Moving>> {
    let pair = shell.borrow_mut().pairs.remove(&leg);
    let sockets = match pair {
        // Nothing is borrowed while the readers end.
        Some(pair) => pair.let_go().await.inspect_err(|error| tracing::error!(%error, "a leg's sockets are lost")).ok(),
        None => None,
    };
    let mut shell = shell.borrow_mut();
    let peer = shell.peers.remove(&leg);
    let released = shell.world.release(leg);
    shell.flush(Instant::now());
    released.map(|leg| Box::new(Moving { leg, sockets, peer }))
}

impl Shell {
    /// Takes a leg in.
    pub(super) fn adopt(&mut self, shared: &Shared, moving: Moving, now: Instant) {
        let Moving { leg, sockets, peer } = moving;
        let id = leg.id;
        match sockets.map(|sockets| Pair::new(shared, id, sockets)) {
            Some(Ok(pair)) => drop(self.pairs.insert(id, pair)),
            Some(Err(error)) => tracing::error!(%error, "a leg's sockets are lost"),
            None => {}
        }
        if let Some(peer) = peer {
            self.peers.insert(id, peer);
            self.demux.write().settle(id, self.number);
        }
        self.world.adopt(leg);
        self.flush(now);
    }
}
