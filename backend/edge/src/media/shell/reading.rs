//! The tasks that read: a socket each, straight into the shell.

use super::Shared;
use super::crossing::Crossing;
use crate::media::peer::demux::Transport;
use hark_shared::ids::LegId;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Instant;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;

/// Datagrams read from a telephone's socket before others have their turn.
const FAIR: usize = 16;
/// The same for the browsers' port, which hundreds share.
const FAIR_SHARED: usize = 4 * FAIR;
/// The longest datagram: more than any MTU that a call meets.
const DATAGRAM: usize = 2048;

/// Reads one socket of a telephone leg: its RTP (`sound`), or its RTCP.
pub(super) async fn read_leg(shell: Shared, leg: LegId, socket: Rc<UdpSocket>, sound: bool) {
    read(&socket, FAIR, |from, bytes| {
        let now = Instant::now();
        let mut shell = shell.borrow_mut();
        if sound {
            shell.on_rtp(leg, from, bytes, now);
        } else {
            shell.on_rtcp(leg, from, bytes, now);
        }
    })
    .await;
}

/// Reads this thread's socket on the browsers' port.
pub(super) async fn read_peers(shell: Shared, socket: Rc<UdpSocket>) {
    read(&socket, FAIR_SHARED, |from, bytes| {
        let from = SocketAddr::new(from.ip().to_canonical(), from.port());
        shell.borrow_mut().on_peer_datagram((Transport::Udp, from), bytes, Instant::now());
    })
    .await;
}

/// Takes what crosses over from other threads.
pub(super) async fn read_crossings(shell: Shared, mut ring: mpsc::Receiver<Crossing>) {
    while let Some(crossing) = ring.recv().await {
        let mut shell = shell.borrow_mut();
        match crossing {
            Crossing::In { leg, from, bytes } => shell.on_own_datagram(leg, from, &bytes, Instant::now()),
            Crossing::Out { to, bytes } => shell.wires.streams.send(to, &bytes),
        }
    }
}

/// Empties a socket whenever something comes, with turns for the others in between.
async fn read(socket: &UdpSocket, fair: usize, mut take: impl FnMut(SocketAddr, &[u8])) {
    while socket.readable().await.is_ok() {
        let mut buffer = [0; DATAGRAM];
        let mut taken = 0;
        // An ICMP error of an earlier packet is reported here too; it is not about the socket.
        while taken < fair
            && let Ok((length, from)) = socket.try_recv_from(&mut buffer)
        {
            take(from, &buffer[..length]);
            taken += 1;
        }
        // A yield costs a look at every socket, so it is left for those who have more.
        if taken == fair {
            tokio::task::yield_now().await;
        }
    }
}
