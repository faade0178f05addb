//! Commands, carried out: the core decides about rooms, the shell about sockets and connections.

use super::ports::Pair;
use super::{Shared, Shell};
use crate::media::peer::sdp::Offer;
use crate::media::{Codec, MediaCommand, MediaError};
use hark_shared::ids::LegId;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;
use tokio::net::UdpSocket;

/// Datagrams read from one socket before others have their turn.
const FAIR: usize = 16;

/// Carries out a command.
pub(super) fn handle(shell: &Shared, command: MediaCommand) {
    let now = Instant::now();
    let mut this = shell.borrow_mut();
    match command {
        MediaCommand::OpenRtp { leg, reply } => {
            let opened = this.open_rtp(shell, leg, now);
            let _ = reply.send(opened);
        }
        MediaCommand::SetRtp { leg, target } => this.world.set_rtp(leg, target),
        MediaCommand::OpenPeer { leg, offer, prefer, reply } => {
            let answer = this.open_peer(leg, &offer, &prefer, now);
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
            let port = pair.rtp.local_addr().map_or(0, |address| address.port());
            return Ok(SocketAddr::new(self.config.sip_public, port));
        }
        let (first, last) = self.config.rtp_ports;
        let (rtp, rtcp) = self.ports.open().ok_or(MediaError::NoPort(first, last))?;
        self.world.open_rtp(leg, now)?;
        let port = rtp.local_addr().map_or(0, |address| address.port());
        let (rtp, rtcp) = (Rc::new(rtp), Rc::new(rtcp));
        let reader = tokio::task::spawn_local(read_pair(shared.clone(), leg, rtp.clone(), rtcp.clone()));
        self.pairs.insert(leg, Pair { rtp, rtcp, reader });
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
            self.demux.name(leg, peer.name());
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
    }

    fn hang_up(&mut self, leg: LegId) {
        if let Some(peer) = self.peers.get_mut(&leg) {
            peer.close();
            self.drain_peer(leg, None);
            self.peers.remove(&leg);
        }
        self.demux.forget(leg);
    }
}

async fn read_pair(shell: Shared, leg: LegId, rtp: Rc<UdpSocket>, rtcp: Rc<UdpSocket>) {
    loop {
        let sound = tokio::select! {
            ready = rtp.readable() => ready.map(|()| true),
            ready = rtcp.readable() => ready.map(|()| false),
        };
        let Ok(sound) = sound else { return };
        let socket = if sound { &rtp } else { &rtcp };
        let mut buffer = [0; 2048];
        for _ in 0..FAIR {
            match socket.try_recv_from(&mut buffer) {
                Ok((length, from)) => {
                    let now = Instant::now();
                    let mut shell = shell.borrow_mut();
                    if sound {
                        shell.on_rtp(leg, from, &buffer[..length], now);
                    } else {
                        shell.on_rtcp(leg, from, &buffer[..length], now);
                    }
                }
                // An ICMP error of an earlier packet is reported here too; it is not about the socket.
                Err(_) => break,
            }
        }
        tokio::task::yield_now().await;
    }
}

/// Reads the browsers' port.
pub(super) async fn read_peers(shell: Shared, udp: Rc<UdpSocket>) {
    use crate::media::peer::demux::Transport;
    let mut buffer = [0; 2048];
    loop {
        if udp.readable().await.is_err() {
            return;
        }
        for _ in 0..4 * FAIR {
            match udp.try_recv_from(&mut buffer) {
                Ok((length, from)) => {
                    let from = SocketAddr::new(from.ip().to_canonical(), from.port());
                    shell.borrow_mut().on_peer_datagram((Transport::Udp, from), &buffer[..length], Instant::now());
                }
                Err(_) => break,
            }
        }
        tokio::task::yield_now().await;
    }
}
