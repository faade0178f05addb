//! Starting the threads: ports first, so that a busy one is the caller's error.

use super::crossing::{Crossing, Crossings};
use super::director::{Director, Order, Places};
use super::flush::Wires;
use super::placement::Placement;
use super::ports::Ports;
use super::tcp::{self, Streams};
use super::{Shared, Shell, begin, commands, reading, sounds};
use crate::config::{EdgeConfig, MAX_MEDIA_THREADS};
use crate::handle::EdgeError;
use crate::media::peer::Context;
use crate::media::peer::demux::SharedDemux;
use crate::media::recording::space::Space;
use crate::media::recording::thread::Ring;
use crate::media::world::{MAX_LEGS, Start, World};
use crate::media::{MediaCommand, MediaEvent};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Commands that may wait for the thread: a room and two legs for each of a burst of 300 calls.
const COMMAND_QUEUE: usize = 1024;
/// Receive buffer of the browsers' shared port: 100 ms of 1,000 legs.
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;
/// A free UDP port may be taken for TCP; then another is tried.
const PORT_TRIES: usize = 20;

fn listen_error(what: &'static str, address: SocketAddr) -> impl FnOnce(std::io::Error) -> EdgeError {
    move |source| EdgeError::Listen { what, address, source }
}

/// The socket that has the port to itself, and more on the same port. The kernel spreads browsers over them by address.
///
/// The first one is bound alone and opened to the others afterwards, so that a port which another program has is still an
/// error, and an edge never shares its browsers with another one.
fn share(first: UdpSocket, address: SocketAddr, threads: usize) -> std::io::Result<Vec<UdpSocket>> {
    if threads > 1 {
        SockRef::from(&first).set_reuse_port(true)?;
    }
    let mut sockets = vec![first];
    while sockets.len() < threads {
        sockets.push(bind_udp(address, true)?);
    }
    Ok(sockets)
}

fn bind_udp(address: SocketAddr, shared: bool) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // The system may grant less; that costs packets under load, not the start.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.set_nonblocking(true)?;
    if shared {
        socket.set_reuse_port(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn bind_tcp(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}

/// UDP and TCP on one port number, with a UDP socket for each thread.
fn bind(wanted: SocketAddr, threads: usize) -> Result<(Vec<UdpSocket>, TcpListener, SocketAddr), EdgeError> {
    let mut tries = if wanted.port() == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        let udp = bind_udp(wanted, false).map_err(listen_error("WebRTC over UDP", wanted))?;
        let real = udp.local_addr().map_err(listen_error("WebRTC over UDP", wanted))?;
        match bind_tcp(real) {
            Ok(tcp) => {
                let udp = share(udp, real, threads).map_err(listen_error("WebRTC over UDP", real))?;
                return Ok((udp, tcp, real));
            }
            Err(error) if tries == 0 => return Err(listen_error("WebRTC over TCP", real)(error)),
            Err(_) => {}
        }
    }
}

/// What all threads are given.
#[derive(Clone)]
struct Common {
    config: EdgeConfig,
    context: Arc<Context>,
    start: Start,
    demux: SharedDemux,
    places: Places,
    ports: Arc<Mutex<Ports>>,
    space: Arc<Space>,
    crossings: Crossings,
    events: mpsc::Sender<MediaEvent>,
    mapped: bool,
}

/// What one thread is given.
struct Own {
    number: usize,
    udp: UdpSocket,
    /// The first thread's alone.
    tcp: Option<TcpListener>,
    crossing: mpsc::Receiver<Crossing>,
    orders: mpsc::Receiver<Order>,
}

/// Binds the browsers' port and starts the threads.
///
/// # Errors
/// When the port is taken, or a thread or the certificate cannot be made.
pub(in crate::media) fn start(
    config: &EdgeConfig,
    events: mpsc::Sender<MediaEvent>,
) -> Result<(mpsc::Sender<MediaCommand>, SocketAddr), EdgeError> {
    let threads = config.media.threads.clamp(1, MAX_MEDIA_THREADS);
    let (udp, tcp, real) = bind(config.webrtc, threads)?;
    let addresses: Vec<SocketAddr> = config
        .webrtc_public
        .iter()
        .filter(|ip| real.is_ipv6() || ip.is_ipv4())
        .map(|ip| SocketAddr::new(*ip, real.port()))
        .collect();
    let limit = threads * MAX_LEGS;
    let places = Places::new(Placement::new(threads, limit));
    let (crossings, ends) = Crossings::new(threads);
    let common = Common {
        config: config.clone(),
        context: Arc::new(Context::new(addresses, true).map_err(failed)?),
        start: begin(limit),
        demux: SharedDemux::default(),
        places: places.clone(),
        ports: Arc::new(Mutex::new(Ports::new(config.sip.ip(), config.rtp_ports))),
        space: Arc::new(Space::new(config.spool.clone(), config.media.spool_free)),
        crossings,
        events,
        mapped: real.is_ipv6(),
    };
    let (mut ways, mut tcp) = (Vec::new(), Some(tcp));
    for (number, (udp, crossing)) in udp.into_iter().zip(ends).enumerate() {
        let (way, orders) = mpsc::channel(COMMAND_QUEUE);
        spawn(common.clone(), Own { number, udp, tcp: tcp.take(), crossing, orders })?;
        ways.push(way);
    }
    let (sender, commands) = mpsc::channel(COMMAND_QUEUE);
    let director = Director { places, threads: ways, limit };
    std::thread::Builder::new()
        .name("hark-media-dir".to_owned())
        .spawn(move || director.run(commands))
        .map_err(|error| failed(error.to_string()))?;
    Ok((sender, real))
}

fn failed(why: String) -> EdgeError {
    EdgeError::Start { what: "a media thread", why }
}

fn spawn(common: Common, own: Own) -> Result<(), EdgeError> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(error.to_string()))?;
    std::thread::Builder::new()
        .name(format!("hark-media-{}", own.number))
        .spawn(move || {
            let local = tokio::task::LocalSet::new();
            if let Err(error) = local.block_on(&runtime, run(common, own)) {
                tracing::error!(%error, "the media thread cannot use its sockets");
            }
        })
        .map_err(|error| failed(error.to_string()))?;
    Ok(())
}

async fn run(common: Common, own: Own) -> std::io::Result<()> {
    let Own { number, udp, tcp, crossing, mut orders } = own;
    let Common { config, context, start, demux, places, ports, space, crossings, events, mapped } = common;
    let udp = Rc::new(tokio::net::UdpSocket::from_std(udp)?);
    let tcp = tcp.map(tokio::net::TcpListener::from_std).transpose()?;
    let (loader, mut loaded) = sounds::Loader::start(config.sounds.clone())?;
    let (ring, mut recorded) = Ring::start(space)?;
    let shell: Shared = Rc::new(RefCell::new(Shell {
        number,
        config,
        context,
        world: World::new(Start { seed: rand::random(), ..start }),
        peers: HashMap::new(),
        demux,
        places,
        wires: Wires { udp: udp.clone(), streams: Streams::default(), mapped, number, crossings },
        ports,
        pairs: HashMap::new(),
        events,
        backlog: VecDeque::new(),
        loader,
        ring: Some(ring),
        cut_at: Instant::now(),
    }));
    tokio::task::spawn_local(reading::read_peers(shell.clone(), udp));
    tokio::task::spawn_local(reading::read_crossings(shell.clone(), crossing));
    if let Some(tcp) = tcp {
        tokio::task::spawn_local(tcp::listen(shell.clone(), tcp));
    }
    loop {
        // Bound at once: a borrow must not outlive this line, the readers need it too.
        let deadline = shell.borrow().world.deadline();
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => commands::obey(&shell, order).await,
                None => break,
            },
            Some((name, samples)) = loaded.recv() => shell.borrow_mut().world.sound_loaded(&name, samples),
            Some(event) = recorded.recv() => shell.borrow_mut().report(event),
            () = until(deadline) => shell.borrow_mut().on_tick(Instant::now()),
        }
    }
    let mut shell = shell.borrow_mut();
    shell.stop(Instant::now());
    while let Ok(event) = recorded.try_recv() {
        shell.report(event);
    }
    Ok(())
}

/// Sleeps until the core wants its tick; for ever while it wants none.
async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => tokio::time::sleep(Duration::from_secs(3600)).await,
    }
}
