//! SIPp as the far end: a process with a scenario, a port of its own and a time-out.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::{Child, Command};

/// A running SIPp; ended when dropped.
pub struct Sipp {
    child: Child,
    folder: PathBuf,
    name: String,
    /// Where it listens.
    pub local: SocketAddr,
}

impl Sipp {
    /// Calls `remote` with a scenario of `tests/sipp`, from `local`.
    pub fn start(scenario: &str, local: SocketAddr, remote: SocketAddr, extra: &[&str]) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sipp").join(scenario);
        let folder = std::env::temp_dir().join(format!("hark-sipp-{}-{}", std::process::id(), local.port()));
        std::fs::create_dir_all(&folder).unwrap();
        let child = Command::new("sipp")
            .arg(remote.to_string())
            .args(["-sf", file.to_str().unwrap(), "-i", &local.ip().to_string(), "-p", &local.port().to_string()])
            .args(["-mi", &local.ip().to_string(), "-mp", &super::free_port().port().to_string()])
            .args(["-s", super::NUMBER, "-m", "1", "-nostdin", "-timeout", "15s", "-timeout_error"])
            .args(["-trace_err", "-error_file", "errors.log", "-trace_msg", "-message_file", "messages.log"])
            .args(extra)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("SIPp runs (Debian: sip-tester)");
        Self { child, folder, name: scenario.to_owned(), local }
    }

    /// Waits for its end; every call must have gone as the scenario says.
    pub async fn done(mut self) {
        let status = self.child.wait().await.unwrap();
        let read = |file: &str| std::fs::read_to_string(self.folder.join(file)).unwrap_or_default();
        assert!(status.success(), "{} failed: {status}\n{}\n{}", self.name, read("errors.log"), read("messages.log"));
        std::fs::remove_dir_all(&self.folder).ok();
    }
}
