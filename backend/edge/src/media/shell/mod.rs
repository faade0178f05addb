//! The thin shell around the core: sockets, the clock, and the threads that they live on.
//!
//! Several operating-system threads, each with a current-thread runtime, a core and a [`Shell`] of its own. Each socket
//! has a local task that reads and calls straight into the shell; what the core wants sent is sent before that call
//! returns, so a packet is never handed from task to task. Nothing here waits while the shell is borrowed.
//!
//! Between threads: the [`director`] gives each command to the thread that it concerns, by the [`placement`]. A room
//! stays on one thread, and a leg that joins it moves there whole ([`moving`]). Moving costs once a call what rooms over
//! several threads would cost for every packet, and the core knows nothing of threads. What all share is small: the map
//! from browsers' addresses to legs, the range of RTP ports, and the rings for browsers' packets that the kernel gave to
//! the wrong thread ([`crossing`]).

mod commands;
mod crossing;
mod director;
mod flush;
mod moving;
mod placement;
mod ports;
mod reading;
mod sounds;
mod tcp;
mod thread;

use super::peer::demux::{Remote, SharedDemux, kind};
use super::peer::{Context, Peer, Received};
use super::recording::thread::Ring;
use super::world::{Start, World};
use super::{MediaEvent, rtcp};
use crate::config::EdgeConfig;
use bytes::Bytes;
use crossing::Crossing;
use director::Places;
use flush::Wires;
use hark_shared::ids::LegId;
use ports::{Pair, Ports};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use tokio::sync::mpsc;

pub(super) use thread::start;

/// Events that wait while the rest of the edge is busy; past that the oldest news is lost and said so in the log.
const MAX_BACKLOG: usize = 4096;

/// How often the tape goes to the recorder.
const CUT: Duration = Duration::from_millis(200);

/// The thread that holds all ICE-TCP connections.
const STREAMS_AT: usize = 0;

/// What all tasks of the thread share.
type Shared = Rc<RefCell<Shell>>;

/// The shell's state.
pub(super) struct Shell {
    /// Which thread this is.
    number: usize,
    config: EdgeConfig,
    context: Arc<Context>,
    world: World,
    peers: HashMap<LegId, Peer>,
    demux: SharedDemux,
    places: Places,
    wires: Wires,
    ports: Arc<Mutex<Ports>>,
    pairs: HashMap<LegId, Pair>,
    events: mpsc::Sender<MediaEvent>,
    backlog: VecDeque<MediaEvent>,
    loader: sounds::Loader,
    /// Taken when the thread ends.
    ring: Option<Ring>,
    /// When the tape is cut next.
    cut_at: Instant,
}

impl Shell {
    /// A datagram of a browser, perhaps of one whose leg is at another thread.
    fn on_peer_datagram(&mut self, from: Remote, bytes: &[u8], now: Instant) {
        let Some(kind) = kind(bytes) else { return };
        let Some((leg, thread)) = self.demux.read().leg(from, kind, bytes) else { return };
        if thread == self.number {
            self.on_own_datagram(leg, from, bytes, now);
        } else {
            let bytes = Bytes::copy_from_slice(bytes);
            self.wires.crossings.hand(thread, Crossing::In { leg, from, bytes });
        }
    }

    /// A datagram of a browser whose leg is here, unless it has just moved on.
    fn on_own_datagram(&mut self, leg: LegId, from: Remote, bytes: &[u8], now: Instant) {
        let Some(kind) = kind(bytes) else { return };
        let (Some(local), Some(peer)) = (self.context.local_for(from.1), self.peers.get_mut(&leg)) else { return };
        if !peer.admits(kind) {
            return;
        }
        peer.on_datagram(kind, from, local, bytes, now);
        while let Some(received) = peer.received() {
            match received {
                Received::Rtp(header, payload) => self.world.on_packet(leg, from.1, header, &payload, now),
                Received::Rtcp(bytes) => self.world.on_rtcp(leg, from.1, &bytes, now),
            }
        }
        if matches!(kind, super::peer::demux::Kind::Stun | super::peer::demux::Kind::Dtls) {
            self.drain_peer(leg, Some(from));
            self.reap(leg);
        }
        self.flush(now);
    }

    /// A datagram on a telephone leg's RTP port.
    fn on_rtp(&mut self, leg: LegId, from: SocketAddr, bytes: &[u8], now: Instant) {
        self.world.on_rtp(leg, from, bytes, now);
        self.flush(now);
    }

    /// A datagram on a telephone leg's RTCP port.
    fn on_rtcp(&mut self, leg: LegId, from: SocketAddr, bytes: &[u8], now: Instant) {
        self.world.on_rtcp(leg, from, bytes, now);
        self.flush(now);
    }

    /// The core's tick and the connections' timers.
    fn on_tick(&mut self, now: Instant) {
        self.world.tick(now);
        if now >= self.cut_at {
            self.cut_at = now + CUT;
            // Also when nothing came: what is held back becomes due by the clock.
            let at = self.world.samples_at(now);
            if let Some(ring) = &self.ring {
                ring.cut(&mut self.world.out.tape, at);
            }
            let lost = self.wires.crossings.take_lost();
            if lost > 0 {
                metrics::counter!("hark_media_packets_dropped_total", "at" => "crossing").increment(lost);
                tracing::warn!(lost, "browsers' packets were lost: a media thread is too busy");
            }
        }
        let due: Vec<LegId> = self
            .peers
            .iter()
            .filter(|(_, peer)| peer.deadline().is_some_and(|deadline| deadline <= now))
            .map(|(leg, _)| *leg)
            .collect();
        for leg in due {
            if let Some(peer) = self.peers.get_mut(&leg) {
                peer.on_timeout(now);
            }
            self.drain_peer(leg, None);
            self.reap(leg);
        }
        self.flush(now);
    }

    /// Closes everything; waits until the last recording is written.
    fn stop(&mut self, now: Instant) {
        self.world.close(now);
        self.flush(now);
        let at = self.world.samples_at(now);
        if let Some(ring) = self.ring.take() {
            ring.finish(std::mem::take(&mut self.world.out.tape), at);
        }
        for (_, mut peer) in self.peers.drain() {
            peer.close();
            self.wires.transmit(&mut peer);
        }
    }

    /// Reports a connection that is gone, once. The leg lives on until it is closed or connected anew.
    fn reap(&mut self, leg: LegId) {
        if self.peers.get(&leg).is_some_and(Peer::gone) {
            self.peers.remove(&leg);
            self.demux.write().forget(leg);
            self.world.out.events.push(MediaEvent::PeerGone { leg });
        }
    }
}

/// The wall clock as NTP time (RFC 3550, 4): seconds since 1900.
fn ntp(wall: SystemTime) -> rtcp::Ntp {
    const FROM_1900_TO_1970: u64 = 2_208_988_800;
    let since = wall.duration_since(UNIX_EPOCH).unwrap_or_default();
    let fraction = (u64::from(since.subsec_nanos()) << 32) / 1_000_000_000;
    rtcp::Ntp(((since.as_secs() + FROM_1900_TO_1970) << 32) | fraction)
}

/// What the cores are given at start: the only place of this module that reads clocks and draws randomness. All are
/// given the same, but each a seed of its own.
fn begin(limit: usize) -> Start {
    let tag: u64 = rand::random();
    let cname = format!("{tag:016x}@hark");
    Start { now: Instant::now(), ntp: ntp(SystemTime::now()), seed: rand::random(), cname, limit }
}
