//! What can stand in the way of a start, each with a message that names the key and says what to do.

use crate::config::Config;
use anyhow::{Context, anyhow};
use hark_edge::handle::EdgeError;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::Path;
use tokio::net::TcpListener;

/// Makes the data folder and sees that files can be written there.
///
/// # Errors
/// When they cannot.
pub fn data_folder(folder: &Path) -> anyhow::Result<()> {
    let words = || {
        let folder = folder.display();
        format!(
            "data: the folder {folder} cannot be written. Choose another (`data` in hark.toml, --data FOLDER), or give it \
             to the user that hark runs as"
        )
    };
    std::fs::create_dir_all(folder).with_context(words)?;
    let probe = folder.join(".probe");
    std::fs::write(&probe, b"?").and_then(|()| std::fs::remove_file(&probe)).with_context(words)
}

/// Opens the web server's port.
///
/// # Errors
/// When it is taken or not ours to take.
pub async fn listen(config: &Config) -> anyhow::Result<TcpListener> {
    let address = config.http.listen;
    TcpListener::bind(address).await.map_err(|error| refused("http.listen", "HARK_HTTP__LISTEN", address, &error))
}

/// Opens the port where a core awaits its edge.
///
/// # Errors
/// When it is taken or not ours to take.
pub async fn listen_for_edge(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| refused("link.listen", "HARK_LINK__LISTEN", address, &error))
}

/// Opens the port where an edge shows its health.
///
/// # Errors
/// When it is taken or not ours to take.
pub async fn listen_for_watchers(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| refused("edge.watch", "HARK_EDGE__WATCH", address, &error))
}

/// Words for an edge that did not start.
#[must_use]
pub fn edge(error: EdgeError) -> anyhow::Error {
    match &error {
        EdgeError::Listen { what: "SIP", address, source } => refused("edge.sip", "HARK_EDGE__SIP", *address, source),
        EdgeError::Listen { address, source, .. } => refused("edge.webrtc", "HARK_EDGE__WEBRTC", *address, source),
        EdgeError::Start { .. } | EdgeError::Stopped => anyhow!(error).context("the edge cannot be started"),
    }
}

fn refused(key: &str, variable: &str, address: SocketAddr, error: &std::io::Error) -> anyhow::Error {
    let port = address.port();
    let advice = match error.kind() {
        ErrorKind::AddrInUse => format!(
            "port {port} is taken by another program, perhaps another hark: stop it (`ss -lptun` shows which), or choose \
             another port"
        ),
        ErrorKind::AddrNotAvailable => {
            format!("this machine does not have the address {}: `ip address` shows those that it has", address.ip())
        }
        ErrorKind::PermissionDenied => {
            format!("ports below 1024 need the right to be opened (CAP_NET_BIND_SERVICE): choose another than {port}")
        }
        _ => error.to_string(),
    };
    anyhow!("{key} is \"{address}\", but {advice}. It is set in hark.toml or by {variable}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use hark_store::testing::TempFolder;

    #[tokio::test]
    async fn a_busy_port_says_which_key_and_what_to_do() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut config = Config::default();
        config.http.listen = taken.local_addr().unwrap();
        let error = listen(&config).await.unwrap_err().to_string();
        for part in ["http.listen", &config.http.listen.to_string(), "another program", "HARK_HTTP__LISTEN"] {
            assert!(error.contains(part), "{part:?} is not in: {error}");
        }
        config.http.listen = "192.0.2.1:0".parse().unwrap();
        let error = listen(&config).await.unwrap_err().to_string();
        assert!(error.contains("does not have the address 192.0.2.1"), "{error}");
        let busy = || std::io::Error::from(ErrorKind::AddrInUse);
        let address = "127.0.0.1:5060".parse().unwrap();
        let error = edge(EdgeError::Listen { what: "SIP", address, source: busy() }).to_string();
        assert!(error.contains("edge.sip") && error.contains("port 5060"), "{error}");
        let error = edge(EdgeError::Listen { what: "browsers over UDP", address, source: busy() }).to_string();
        assert!(error.contains("edge.webrtc"), "{error}");
    }

    #[test]
    fn a_data_folder_that_cannot_be_written_is_named() {
        let folder = TempFolder::new();
        let file = folder.path().join("file");
        std::fs::write(&file, "x").unwrap();
        // Below a file nobody can make a folder, not even root.
        let error = data_folder(&file.join("data")).unwrap_err().to_string();
        assert!(error.contains("file/data") && error.contains("--data"), "{error}");
        data_folder(&folder.path().join("new/data")).unwrap();
    }
}
