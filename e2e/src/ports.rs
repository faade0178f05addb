//! Free ports for programs that cannot take port 0.

use anyhow::{Context, Result};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::sync::atomic::{AtomicU16, Ordering};

/// A free UDP port on the loopback. It could be taken before it is used; the operating system hands them out in turn,
/// so in practice it is not.
///
/// # Errors
/// When there is none.
pub fn free_udp() -> Result<u16> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// A free TCP port on the loopback, see [`free_udp`].
///
/// # Errors
/// When there is none.
pub fn free_tcp() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

/// Ports in a range for one server's RTP: 50 calls.
const RANGE: u16 = 100;
/// Ranges lie below the ports that the operating system hands out by itself (from 32768).
const FIRST: u16 = 12_000;
/// How many ranges there are.
const RANGES: u16 = 200;

/// First and last of a range of RTP ports that nobody uses. Stories run in processes of their own, so each begins to
/// look at another place.
///
/// # Errors
/// When all are taken.
pub fn rtp_range() -> Result<(u16, u16)> {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let own = (std::process::id() % u32::from(RANGES)) as u16;
    let free = (0..RANGES).find_map(|_| {
        let at = (own + NEXT.fetch_add(1, Ordering::Relaxed)) % RANGES;
        let first = FIRST + at * RANGE;
        let all = (first..first + RANGE).all(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
        all.then_some((first, first + RANGE - 1))
    });
    free.context("no free range of RTP ports")
}
