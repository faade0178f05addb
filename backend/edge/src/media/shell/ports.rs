//! Pairs of UDP ports for telephone legs: RTP on an even port, RTCP on the next (RFC 3550, 11). All media threads take
//! from one range, and a pair moves between them with its leg.

use super::{Shared, reading};
use hark_shared::ids::LegId;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use tokio::net::UdpSocket;
use tokio::task::JoinHandle;

/// Two bound sockets that no thread reads yet.
#[derive(Debug)]
pub(super) struct Open {
    rtp: std::net::UdpSocket,
    rtcp: std::net::UdpSocket,
}

/// The sockets of a leg and the tasks that read them.
pub(super) struct Pair {
    /// RTP.
    pub rtp: Rc<UdpSocket>,
    /// RTCP.
    pub rtcp: Rc<UdpSocket>,
    readers: [Reader; 2],
}

/// A task that ends with its owner.
struct Reader(JoinHandle<()>);

impl Drop for Reader {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Pair {
    /// Reads the sockets on this thread from now on.
    ///
    /// # Errors
    /// When the thread's runtime takes no more sockets.
    pub(super) fn new(shell: &Shared, leg: LegId, sockets: Open) -> io::Result<Self> {
        let rtp = Rc::new(UdpSocket::from_std(sockets.rtp)?);
        let rtcp = Rc::new(UdpSocket::from_std(sockets.rtcp)?);
        let read = |socket: &Rc<UdpSocket>, sound| {
            Reader(tokio::task::spawn_local(reading::read_leg(shell.clone(), leg, socket.clone(), sound)))
        };
        let readers = [read(&rtp, true), read(&rtcp, false)];
        Ok(Self { rtp, rtcp, readers })
    }

    /// Lets the sockets go, for another thread; what arrives from now on waits in them.
    ///
    /// # Errors
    /// When the runtime does not give them back.
    pub(super) async fn let_go(self) -> io::Result<Open> {
        for mut reader in self.readers {
            reader.0.abort();
            let _ = (&mut reader.0).await; // cancelled: then it holds its socket no more
        }
        let plain = |socket: Rc<UdpSocket>| {
            Rc::into_inner(socket).ok_or_else(|| io::Error::other("the socket is still in use"))?.into_std()
        };
        Ok(Open { rtp: plain(self.rtp)?, rtcp: plain(self.rtcp)? })
    }

    /// The RTP port.
    pub(super) fn port(&self) -> u16 {
        self.rtp.local_addr().map_or(0, |address| address.port())
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
    pub(super) fn open(&mut self) -> Option<Open> {
        for _ in 0..self.pairs {
            let port = self.first + 2 * self.next;
            self.next = (self.next + 1) % self.pairs;
            if let (Ok(rtp), Ok(rtcp)) = (self.bind(port), self.bind(port + 1)) {
                return Some(Open { rtp, rtcp });
            }
        }
        None
    }

    fn bind(&self, port: u16) -> io::Result<std::net::UdpSocket> {
        let socket = std::net::UdpSocket::bind(SocketAddr::new(self.address, port))?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_even_and_run_out() {
        let mut ports = Ports::new(IpAddr::from([127, 0, 0, 1]), (39_401, 39_406));
        let (a, b) = (ports.open().unwrap(), ports.open().unwrap());
        for Open { rtp, rtcp } in [&a, &b] {
            let port = rtp.local_addr().unwrap().port();
            assert_eq!((port % 2, rtcp.local_addr().unwrap().port()), (0, port + 1));
        }
        assert!(ports.open().is_none());
        drop(a);
        assert!(ports.open().is_some());
    }
}
