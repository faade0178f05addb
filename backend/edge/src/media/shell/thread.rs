//! Starting the thread: ports first, so that a busy one is the caller's error.

use super::ports::Ports;
use super::tcp::{self, Streams};
use super::{Shared, Shell, begin, commands, sounds};
use crate::config::EdgeConfig;
use crate::handle::EdgeError;
use crate::media::peer::Context;
use crate::media::peer::demux::Demux;
use crate::media::recording::thread::Ring;
use crate::media::world::World;
use crate::media::{MediaCommand, MediaEvent};
use socket2::{Domain, Protocol, Socket, Type};
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::rc::Rc;
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

fn bind_udp(address: SocketAddr) -> std::io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    // The system may grant less; that costs packets under load, not the start.
    let _ = socket.set_recv_buffer_size(RECEIVE_BUFFER);
    socket.set_nonblocking(true)?;
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

/// UDP and TCP on one port number.
fn bind(wanted: SocketAddr) -> Result<(UdpSocket, TcpListener, SocketAddr), EdgeError> {
    let mut tries = if wanted.port() == 0 { PORT_TRIES } else { 1 };
    loop {
        tries -= 1;
        let udp = bind_udp(wanted).map_err(listen_error("WebRTC over UDP", wanted))?;
        let real = udp.local_addr().map_err(listen_error("WebRTC over UDP", wanted))?;
        match bind_tcp(real) {
            Ok(tcp) => return Ok((udp, tcp, real)),
            Err(error) if tries == 0 => return Err(listen_error("WebRTC over TCP", real)(error)),
            Err(_) => {}
        }
    }
}

/// Binds the browsers' port and starts the thread.
///
/// # Errors
/// When the port is taken, or the thread or its certificate cannot be made.
pub(in crate::media) fn start(
    config: &EdgeConfig,
    events: mpsc::Sender<MediaEvent>,
) -> Result<(mpsc::Sender<MediaCommand>, SocketAddr), EdgeError> {
    let failed = |why: String| EdgeError::Start { what: "the media thread", why };
    let (udp, tcp, real) = bind(config.webrtc)?;
    let addresses: Vec<SocketAddr> = config
        .webrtc_public
        .iter()
        .filter(|ip| real.is_ipv6() || ip.is_ipv4())
        .map(|ip| SocketAddr::new(*ip, real.port()))
        .collect();
    let context = Context::new(addresses, true).map_err(failed)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| failed(error.to_string()))?;
    let (sender, receiver) = mpsc::channel(COMMAND_QUEUE);
    let config = config.clone();
    std::thread::Builder::new()
        .name("hark-media".to_owned())
        .spawn(move || {
            let local = tokio::task::LocalSet::new();
            if let Err(error) = local.block_on(&runtime, run(config, context, udp, tcp, events, receiver)) {
                tracing::error!(%error, "the media thread cannot use its sockets");
            }
        })
        .map_err(|error| failed(error.to_string()))?;
    Ok((sender, real))
}

async fn run(
    config: EdgeConfig,
    context: Context,
    udp: UdpSocket,
    tcp: TcpListener,
    events: mpsc::Sender<MediaEvent>,
    mut receiver: mpsc::Receiver<MediaCommand>,
) -> std::io::Result<()> {
    let udp = Rc::new(tokio::net::UdpSocket::from_std(udp)?);
    let tcp = tokio::net::TcpListener::from_std(tcp)?;
    let ports = Ports::new(config.sip.ip(), config.rtp_ports);
    let (loader, mut loaded) = sounds::Loader::start(config.sounds.clone())?;
    let (ring, mut recorded) = Ring::start(config.spool.clone())?;
    let shell: Shared = Rc::new(RefCell::new(Shell {
        config,
        context,
        world: World::new(begin()),
        peers: HashMap::new(),
        demux: Demux::default(),
        udp: udp.clone(),
        streams: Streams::default(),
        ports,
        pairs: HashMap::new(),
        events,
        backlog: VecDeque::new(),
        loader,
        ring: Some(ring),
        cut_at: Instant::now(),
    }));
    tokio::task::spawn_local(commands::read_peers(shell.clone(), udp));
    tokio::task::spawn_local(tcp::listen(shell.clone(), tcp));
    loop {
        // Bound at once: a borrow must not outlive this line, the readers need it too.
        let deadline = shell.borrow().world.deadline();
        tokio::select! {
            command = receiver.recv() => match command {
                Some(command) => commands::handle(&shell, command),
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
