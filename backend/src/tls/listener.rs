//! Accepts connections and shakes hands with many at a time.

use super::{Certificates, TlsError, quick};
use axum::serve::Listener;
use rustls::ServerConfig;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, mpsc};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// Handshakes at a time: each costs a millisecond of processor and some kilobytes; a shift that opens its desks at once
/// is through in a second, and a crowd that says nothing occupies no more than these for [`HANDSHAKE`].
const AT_ONCE: usize = 512;
/// Connections that wait for the web server to take them, which it does at once.
const READY: usize = 64;
/// How long a handshake may take: three round trips of a bad mobile network.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Pause after the operating system gave no connection, for want of descriptors: more come free.
const PAUSE: Duration = Duration::from_millis(100);

/// A listener of encrypted connections.
pub(super) struct Door {
    ready: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    address: SocketAddr,
}

impl Door {
    pub(super) fn open(listener: TcpListener, certificates: Arc<Certificates>) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let acceptor = acceptor(certificates).map_err(io::Error::other)?;
        let (to, ready) = mpsc::channel(READY);
        tokio::spawn(accept(listener, acceptor, to));
        Ok(Self { ready, address })
    }
}

fn acceptor(certificates: Arc<Certificates>) -> Result<TlsAcceptor, TlsError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    let mut config = config.with_no_client_auth().with_cert_resolver(certificates);
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Ends when the door is dropped.
async fn accept(listener: TcpListener, acceptor: TlsAcceptor, to: mpsc::Sender<(TlsStream<TcpStream>, SocketAddr)>) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    loop {
        let Ok(place) = places.clone().acquire_owned().await else { return };
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = to.closed() => return,
        };
        let (mut stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!(%error, "no connection could be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        quick(&mut stream);
        let (acceptor, to) = (acceptor.clone(), to.clone());
        tokio::spawn(async move {
            match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
                // The server may be stopping.
                Ok(Ok(stream)) => drop(to.send((stream, address)).await),
                Ok(Err(error)) => tracing::debug!(%error, "a handshake failed"),
                Err(_) => tracing::debug!("a handshake was not finished in time"),
            }
            drop(place);
        });
    }
}

impl Listener for Door {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        match self.ready.recv().await {
            Some(connection) => connection,
            // The accepting task ends only after this end is dropped.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Ok(self.address)
    }
}
