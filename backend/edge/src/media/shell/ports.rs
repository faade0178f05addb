//! Pairs of UDP ports for telephone legs: RTP on an even port, RTCP on the next (RFC 3550, 11).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// The open sockets of a leg and the task that reads them.
pub(super) struct Pair {
    /// RTP.
    pub rtp: Rc<UdpSocket>,
    /// RTCP.
    pub rtcp: Rc<UdpSocket>,
    /// Reads both.
    pub reader: JoinHandle<()>,
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

/// The range to take pairs from, walked round and round so that a port just closed rests for a while: packets of the
/// last call may still come.
#[derive(Debug)]
pub(super) struct Ports {
    address: IpAddr,
    first: u16,
    pairs: u16,
    next: u16,
}

impl Ports {
    /// Pairs of `range`, both ends included, on `address`.
    pub(super) fn new(address: IpAddr, range: (u16, u16)) -> Self {
        let first = range.0.saturating_add(range.0 % 2);
        let pairs = range.1.saturating_add(1).saturating_sub(first) / 2;
        Self { address, first, pairs, next: 0 }
    }

    /// The next free pair; `None` when every one is taken.
    pub(super) fn open(&mut self) -> Option<(UdpSocket, UdpSocket)> {
        for _ in 0..self.pairs {
            let port = self.first + 2 * self.next;
            self.next = (self.next + 1) % self.pairs;
            if let (Ok(rtp), Ok(rtcp)) = (self.bind(port), self.bind(port + 1)) {
                return Some((rtp, rtcp));
            }
        }
        None
    }

    fn bind(&self, port: u16) -> io::Result<UdpSocket> {
        let socket = std::net::UdpSocket::bind(SocketAddr::new(self.address, port))?;
        socket.set_nonblocking(true)?;
        UdpSocket::from_std(socket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn pairs_are_even_and_run_out() {
        let mut ports = Ports::new(IpAddr::from([127, 0, 0, 1]), (39_401, 39_406));
        let (a, b) = (ports.open().unwrap(), ports.open().unwrap());
        for (rtp, rtcp) in [&a, &b] {
            let port = rtp.local_addr().unwrap().port();
            assert_eq!((port % 2, rtcp.local_addr().unwrap().port()), (0, port + 1));
        }
        assert!(ports.open().is_none());
        drop(a);
        assert!(ports.open().is_some());
    }
}
