//! ICE over TCP for networks that block UDP (RFC 6544): the browser connects, frames are those of RFC 4571.
//!
//! A connection that has not sent a check of one of our legs within a few seconds is closed without a byte. The first
//! media thread holds all connections; the others' frames cross to it and from it ([`super::crossing`]).

use super::Shared;
use crate::config::MAX_MEDIA_THREADS as MAX_THREADS;
use crate::media::peer::demux::Transport;
use crate::media::world::MAX_LEGS;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::{Duration, Instant};
use tokio::io::Interest;
use tokio::net::{TcpListener, TcpStream};

/// Open connections: one a leg, and as many that are being tried.
const MAX_STREAMS: usize = 2 * MAX_LEGS * MAX_THREADS;
/// What may wait in a connection that takes nothing: a second of sound. Past that whole packets are lost.
const MAX_WAITING: usize = 16 * 1024;
/// The longest frame that is read; SRTP and DTLS stay below the MTU.
const MAX_FRAME: usize = 2048;
/// How long a new connection may keep us waiting for its first check.
const PROVE_WITHIN: Duration = Duration::from_secs(5);

/// The open connections by their remote address.
#[derive(Default)]
pub(super) struct Streams {
    open: HashMap<SocketAddr, Stream>,
}

struct Stream {
    socket: Rc<TcpStream>,
    /// The rest of a frame that the socket would not take whole, and frames behind it.
    waiting: Vec<u8>,
}

impl Streams {
    /// Sends a frame, or as much of it as goes; a frame is never begun while another is unfinished.
    pub(super) fn send(&mut self, to: SocketAddr, bytes: &[u8]) {
        let Some(stream) = self.open.get_mut(&to) else { return };
        let Ok(length) = u16::try_from(bytes.len()) else { return };
        if stream.waiting.len() + bytes.len() + 2 > MAX_WAITING {
            return;
        }
        stream.waiting.extend(length.to_be_bytes());
        stream.waiting.extend_from_slice(bytes);
        stream.push();
    }
}

impl Stream {
    /// Writes what waits until the socket would block; true when nothing waits any more.
    fn push(&mut self) -> bool {
        let mut done = 0;
        while done < self.waiting.len() {
            match self.socket.try_write(&self.waiting[done..]) {
                Ok(0) | Err(_) => break,
                Ok(count) => done += count,
            }
        }
        self.waiting.drain(..done);
        self.waiting.is_empty()
    }
}

/// Takes connections until the thread ends.
pub(super) async fn listen(shell: Shared, listener: TcpListener) {
    loop {
        match listener.accept().await {
            Ok((stream, from)) => {
                let _ = stream.set_nodelay(true);
                let from = SocketAddr::new(from.ip().to_canonical(), from.port());
                let socket = Rc::new(stream);
                let mut borrowed = shell.borrow_mut();
                if borrowed.wires.streams.open.len() < MAX_STREAMS {
                    borrowed.wires.streams.open.insert(from, Stream { socket: socket.clone(), waiting: Vec::new() });
                    tokio::task::spawn_local(serve(shell.clone(), socket, from));
                }
            }
            // Out of descriptors: wait for some to be closed instead of spinning.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

async fn serve(shell: Shared, socket: Rc<TcpStream>, from: SocketAddr) {
    read(&shell, &socket, from).await;
    shell.borrow_mut().wires.streams.open.remove(&from);
}

async fn read(shell: &Shared, socket: &TcpStream, from: SocketAddr) {
    let mut buffer = Vec::with_capacity(2 * MAX_FRAME);
    let begun = Instant::now();
    loop {
        let blocked = shell.borrow().wires.streams.open.get(&from).is_some_and(|stream| !stream.waiting.is_empty());
        let interest = if blocked { Interest::READABLE | Interest::WRITABLE } else { Interest::READABLE };
        let ready = tokio::time::timeout(PROVE_WITHIN, socket.ready(interest)).await;
        let proven = shell.borrow().demux.read().proven((Transport::Tcp, from));
        match ready {
            Ok(Err(_)) => return,
            Ok(Ok(ready)) if ready.is_writable() && blocked => {
                if let Some(stream) = shell.borrow_mut().wires.streams.open.get_mut(&from) {
                    stream.push();
                }
            }
            Ok(Ok(_)) | Err(_) => {}
        }
        if !proven && begun.elapsed() >= PROVE_WITHIN {
            return;
        }
        match socket.try_read_buf(&mut buffer) {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => continue,
            Err(_) => return,
        }
        if !frames(shell, &mut buffer, from) {
            return;
        }
    }
}

/// Hands every whole frame on; false when the stream makes no sense.
fn frames(shell: &Shared, buffer: &mut Vec<u8>, from: SocketAddr) -> bool {
    let now = Instant::now();
    let mut start = 0;
    while let Some(head) = buffer[start..].first_chunk::<2>() {
        let length = usize::from(u16::from_be_bytes(*head));
        if length > MAX_FRAME {
            return false;
        }
        let Some(frame) = buffer.get(start + 2..start + 2 + length) else { break };
        shell.borrow_mut().on_peer_datagram((Transport::Tcp, from), frame, now);
        start += 2 + length;
    }
    buffer.drain(..start);
    true
}
