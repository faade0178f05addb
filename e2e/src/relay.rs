//! A network between the browser and the server that can be cut: TCP for pages and WebSockets, UDP for sound.
//!
//! Cut, it swallows everything without a word, as a dead access point does: no connection is closed and no packet comes
//! back. Joined again, TCP goes on where it was, because the kernel's buffers kept what was sent. Changed, it is another
//! network: connections break, and what comes from the browser's old UDP ports is lost for good.

use crate::server::Server;
use anyhow::{Context, Result};
use std::collections::{HashMap, HashSet};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The address at which browsers reach the server's sound through the relay: another of the loopback's.
const PUBLIC: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 9);

/// A relay in front of one server; it ends when dropped.
#[derive(Debug)]
pub struct Relay {
    http: SocketAddr,
    joined: watch::Sender<bool>,
    changes: watch::Sender<u32>,
    _tasks: JoinSet<Result<()>>,
}

impl Relay {
    /// What a server must be started with so that browsers send their sound through the relay.
    #[must_use]
    pub fn environment() -> Vec<(String, String)> {
        vec![("HARK_EDGE__WEBRTC_PUBLIC".to_owned(), format!("[\"{PUBLIC}\"]"))]
    }

    /// Puts a relay in front of a server that was started with [`Relay::environment`].
    ///
    /// # Errors
    /// When the ports are taken.
    pub async fn before(server: &Server) -> Result<Self> {
        let at = server.addresses();
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let http = tcp.local_addr()?;
        let udp = UdpSocket::bind((IpAddr::from(PUBLIC), at.webrtc.port())).await.context("the relay's UDP port")?;
        let joined = watch::Sender::new(true);
        let changes = watch::Sender::new(0);
        let mut tasks = JoinSet::new();
        tasks.spawn(pages(tcp, at.http, joined.subscribe(), changes.subscribe()));
        tasks.spawn(sound(Arc::new(udp), at.webrtc, joined.subscribe(), changes.subscribe()));
        Ok(Self { http, joined, changes, _tasks: tasks })
    }

    /// The origin to open instead of the server's.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.http.port())
    }

    /// Cuts the network.
    pub fn cut(&self) {
        self.joined.send_replace(false);
    }

    /// The browser is in another network from now on: its connections break, its UDP ports lead nowhere. New ones work.
    pub fn change(&self) {
        self.changes.send_modify(|count| *count += 1);
    }

    /// Joins it again.
    pub fn join(&self) {
        self.joined.send_replace(true);
    }
}

async fn pages(
    listener: TcpListener,
    server: SocketAddr,
    joined: watch::Receiver<bool>,
    mut changes: watch::Receiver<u32>,
) -> Result<()> {
    let mut connections = JoinSet::new();
    loop {
        let (browser, _) = tokio::select! {
            accepted = listener.accept() => accepted?,
            changed = changes.changed() => {
                changed?;
                connections.abort_all();
                continue;
            }
        };
        let joined = joined.clone();
        connections.spawn(async move {
            joined.clone().wait_for(|joined| *joined).await?;
            let (from_browser, to_browser) = browser.into_split();
            let (from_server, to_server) = TcpStream::connect(server).await?.into_split();
            let up = carry(from_browser, to_server, joined.clone());
            let (up, down) = tokio::join!(up, carry(from_server, to_browser, joined));
            up.and(down)
        });
        // What has ended needs no memory.
        while connections.try_join_next().is_some() {}
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut joined: watch::Receiver<bool>,
) -> Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        joined.wait_for(|joined| *joined).await?;
        if length == 0 {
            to.shutdown().await?;
            return Ok(());
        }
        to.write_all(&buffer[..length]).await?;
    }
}

/// Carries datagrams; each browser port has a port of its own towards the server.
async fn sound(
    public: Arc<UdpSocket>,
    server: SocketAddr,
    joined: watch::Receiver<bool>,
    mut changes: watch::Receiver<u32>,
) -> Result<()> {
    let mut ports: HashMap<SocketAddr, Arc<UdpSocket>> = HashMap::new();
    let mut dead = HashSet::new();
    let mut returns = JoinSet::new();
    let mut buffer = vec![0; 2048];
    loop {
        let (length, browser) = tokio::select! {
            received = public.recv_from(&mut buffer) => received?,
            changed = changes.changed() => {
                changed?;
                dead.extend(ports.drain().map(|(browser, _)| browser));
                returns.abort_all();
                continue;
            }
        };
        if !*joined.borrow() || dead.contains(&browser) {
            continue;
        }
        let port = match ports.get(&browser) {
            Some(port) => Arc::clone(port),
            None => {
                let port = Arc::new(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await?);
                port.connect(server).await?;
                ports.insert(browser, Arc::clone(&port));
                returns.spawn(come_back(Arc::clone(&port), Arc::clone(&public), browser, joined.clone()));
                port
            }
        };
        // A server that is not there is silence to the browser.
        let _ = port.send(&buffer[..length]).await;
    }
}

async fn come_back(port: Arc<UdpSocket>, public: Arc<UdpSocket>, browser: SocketAddr, joined: watch::Receiver<bool>) {
    let mut buffer = vec![0; 2048];
    loop {
        // ICMP from a server that is not there is reported here; the next datagram may find it again.
        if let Ok(length) = port.recv(&mut buffer).await
            && *joined.borrow()
        {
            let _ = public.send_to(&buffer[..length], browser).await;
        }
    }
}
