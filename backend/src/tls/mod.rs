//! HTTPS: the certificate, read anew when its files change, and a listener whose slow handshakes hold up nobody.
//!
//! HTTP/1.1 only: the desk's one WebSocket gains nothing from HTTP/2.

mod certificate;
mod listener;

pub use certificate::Certificates;

use axum::Router;
use axum::serve::ListenerExt;
use listener::Door;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Why HTTPS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read or written.
    #[error("http.tls: {0}: {1}")]
    File(PathBuf, std::io::Error),
    /// A file is not what it should be.
    #[error("http.tls: {0} {1}")]
    Content(PathBuf, String),
    /// The library refused.
    #[error("http.tls: {0}")]
    Rustls(#[from] rustls::Error),
}

/// Serves `router` until it is dropped: in plain, or with these certificates.
///
/// # Errors
/// When the port fails.
pub async fn serve(
    listener: TcpListener,
    certificates: Option<Arc<Certificates>>,
    router: Router,
) -> std::io::Result<()> {
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    match certificates {
        None => axum::serve(listener.tap_io(quick), service).await,
        Some(certificates) => axum::serve(Door::open(listener, certificates)?.tap_io(|_| {}), service).await,
    }
}

/// Small messages must not wait for each other (Nagle's algorithm).
fn quick(stream: &mut tokio::net::TcpStream) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection was over before it began");
    }
}
