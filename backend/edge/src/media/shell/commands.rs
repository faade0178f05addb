//! Commands, carried out: the core decides about rooms, the shell about sockets and connections.

use super::director::Order;
use super::ports::Pair;
use super::{Shared, Shell, moving};
use crate::media::peer::sdp::Offer;
use crate::media::{Codec, MediaCommand, MediaError};
use hark_shared::ids::LegId;
use std::net::SocketAddr;
use std::sync::PoisonError;
use std::time::Instant;

/// Carries out an order of the director.
pub(super) async fn obey(shell: &Shared, order: Order) {
    match order {
        Order::Do(command) => handle(shell, command),
        Order::Release { leg, reply } => {
            // Nobody waits any more only when the edge ends.
            let _ = reply.send(moving::release(shell, leg).await);
        }
        Order::Adopt(moving) => shell.borrow_mut().adopt(shell, *moving, Instant::now()),
    }
}

fn handle(shell: &Shared, command: MediaCommand) {
    let now = Instant::now();
    let mut this = shell.borrow_mut();
    match command {
        MediaCommand::OpenRtp { leg, reply } => {
            let opened = this.open_rtp(shell, leg, now);
            this.place(leg);
            let _ = reply.send(opened);
        }
        MediaCommand::SetRtp { leg, target } => this.world.set_rtp(leg, target),
        MediaCommand::OpenPeer { leg, offer, prefer, reply } => {
            let answer = this.open_peer(leg, &offer, &prefer, now);
            this.place(leg);
            let _ = reply.send(answer);
        }
        MediaCommand::CloseLeg { leg } => this.close(leg, now),
        MediaCommand::SetRoom { plan, seal } => this.world.set_room(plan, seal, now),
        MediaCommand::CloseRoom { room } => this.world.close_room(room, now),
        MediaCommand::SendDigits { leg, digits } => this.world.send_digits(leg, &digits),
    }
    this.flush(now);
}

impl Shell {
    fn open_rtp(&mut self, shared: &Shared, leg: LegId, now: Instant) -> Result<SocketAddr, MediaError> {
        if let Some(pair) = self.pairs.get(&leg) {
            return Ok(SocketAddr::new(self.config.sip_public, pair.port()));
        }
        let (first, last) = self.config.rtp_ports;
        let sockets = self.ports.lock().unwrap_or_else(PoisonError::into_inner).open();
        let pair = sockets.and_then(|sockets| Pair::new(shared, leg, sockets).ok());
        let pair = pair.ok_or(MediaError::NoPort(first, last))?;
        self.world.open_rtp(leg, now)?;
        let port = pair.port();
        self.pairs.insert(leg, pair);
        Ok(SocketAddr::new(self.config.sip_public, port))
    }

    fn open_peer(&mut self, leg: LegId, offer: &str, prefer: &[Codec], now: Instant) -> Result<String, MediaError> {
        let offer = Offer::read(offer, prefer)?;
        if self.pairs.contains_key(&leg) {
            return Err(MediaError::Offer("the leg is a telephone leg".to_owned()));
        }
        let again = self.peers.get_mut(&leg).and_then(|peer| peer.reoffer(&self.context, &offer, now));
        if let Some(answer) = again {
            let answer = answer?;
            self.connected(leg, now);
            return Ok(answer);
        }
        let living = self.world.is_peer(leg);
        let ssrc = self.world.open_peer(leg, None, now)?;
        let (peer, answer) = match self.context.connect(leg, &offer, ssrc, now) {
            Ok(made) => made,
            Err(error) => {
                if !living {
                    self.world.abandon(leg);
                }
                return Err(error);
            }
        };
        // The page's old connection, if any, is told that it is over; its events no longer concern anybody.
        self.hang_up(leg);
        self.peers.insert(leg, peer);
        self.connected(leg, now);
        Ok(answer)
    }

    /// Notes a connection's new ICE name and codecs.
    fn connected(&mut self, leg: LegId, now: Instant) {
        if let Some(peer) = self.peers.get(&leg) {
            self.demux.write().name(leg, peer.name(), self.number);
            self.world.set_peer(leg, peer.formats().to_vec());
        }
        self.drain_peer(leg, None);
        self.flush(now);
    }

    fn close(&mut self, leg: LegId, now: Instant) {
        self.world.close_leg(leg);
        self.flush(now);
        self.hang_up(leg);
        self.pairs.remove(&leg);
        self.place(leg);
    }

    /// Tells the director whether a leg is here: it could not know whether it would be opened.
    fn place(&self, leg: LegId) {
        let mut places = self.places.lock();
        if self.world.has(leg) {
            places.settle(leg, self.number);
        } else {
            places.forget(leg);
        }
    }

    fn hang_up(&mut self, leg: LegId) {
        if let Some(peer) = self.peers.get_mut(&leg) {
            peer.close();
            self.drain_peer(leg, None);
            self.peers.remove(&leg);
        }
        self.demux.write().forget(leg);
    }
}
