//! The server under load: started on ports that stay the same over its lives, and looked at through `/proc`.

use anyhow::{Context, Result, bail};
use hark_e2e::ports;
use hark_e2e::process::Program;
use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use tokio::process::Command;

/// The longest that a start may take before something is wrong.
const READY: Duration = Duration::from_secs(60);
/// The longest that an orderly end may take.
const END: Duration = Duration::from_secs(60);
/// Sound of 1,000 calls: below the ports that the operating system hands out, above those of the stories.
const RTP: &str = "26000-27999";
/// `/proc` counts processor time in these (`USER_HZ`), whatever the kernel's own tick is.
const TICK_MS: f64 = 10.0;

/// How the server is started, every time in the same way.
#[derive(Debug)]
pub struct Plan {
    binary: PathBuf,
    /// Where it keeps everything; removed with the plan.
    data: PathBuf,
    /// HTTP and WebSocket.
    pub http: SocketAddr,
    /// SIP over UDP.
    pub sip: SocketAddr,
    webrtc: SocketAddr,
}

/// A running server.
#[derive(Debug)]
pub struct Hark {
    program: Program,
    pid: u32,
    /// From the start of the process until it said that it is ready.
    pub took: Duration,
    /// The key of the one-time set-up link, on an empty database.
    pub setup: Option<String>,
}

/// A look at the process.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// When.
    pub at: Instant,
    /// Processor time used so far, user and system, in milliseconds.
    pub cpu_ms: f64,
    /// Memory of its own in kB of 1,024 bytes: without the pages of the binary, which are shared.
    pub memory_kb: f64,
    /// Open descriptors.
    pub descriptors: usize,
    /// UDP sockets among them.
    pub udp_ports: usize,
}

impl Plan {
    /// A plan on free ports with a folder of its own.
    ///
    /// # Errors
    /// When no port is free or the folder cannot be made.
    pub fn new(binary: &Path) -> Result<Self> {
        let binary = fs::canonicalize(binary).with_context(|| format!("{} is not built", binary.display()))?;
        let data = std::env::temp_dir().join(format!("hark-bench-{}", uuid::Uuid::now_v7().simple()));
        fs::create_dir_all(&data).with_context(|| format!("create {}", data.display()))?;
        let local = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Self {
            binary,
            data,
            http: local(ports::free_tcp()?),
            sip: local(ports::free_udp()?),
            webrtc: local(ports::free_udp()?),
        })
    }

    /// The origin that agents open.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.http.port())
    }

    /// Starts it and awaits its line `ready …`.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn start(&self) -> Result<Hark> {
        let mut command = Command::new(&self.binary);
        command.arg("serve").arg("--data").arg(&self.data).current_dir(&self.data);
        command.env("HARK_HTTP__LISTEN", self.http.to_string());
        command.env("HARK_EDGE__SIP", self.sip.to_string());
        command.env("HARK_EDGE__WEBRTC", self.webrtc.to_string());
        command.env("HARK_EDGE__RTP_PORTS", RTP);
        let began = Instant::now();
        let mut program = Program::start("hark", command)?;
        program.find("its ready line", READY, |line| line.starts_with("ready ").then_some(())).await?;
        let took = began.elapsed();
        let key = |line: &str| line.strip_prefix("setup ")?.split_once("key=").map(|(_, key)| key.trim().to_owned());
        let setup = program.output().text().lines().find_map(key);
        let pid = program.pid()?;
        Ok(Hark { program, pid, took, setup })
    }
}

impl Drop for Plan {
    fn drop(&mut self) {
        // What is left lies in the system's folder for passing things.
        let _ = fs::remove_dir_all(&self.data);
    }
}

impl Hark {
    /// Stops it in an orderly way.
    ///
    /// # Errors
    /// When it does not end.
    pub async fn stop(mut self) -> Result<()> {
        self.program.signal("TERM").await?;
        self.program.ended(END).await.map(drop)
    }

    /// Looks at the process now.
    ///
    /// # Errors
    /// When it has ended; with its last words.
    pub fn look(&self) -> Result<Look> {
        self.read().with_context(|| format!("the server is gone; its last words:\n{}", self.program.output().tail(40)))
    }

    fn read(&self) -> Result<Look> {
        let proc = PathBuf::from(format!("/proc/{}", self.pid));
        let stat = fs::read_to_string(proc.join("stat"))?;
        // The name in parentheses may hold anything; utime and stime are the 12th and 13th field after it.
        let fields: Vec<&str> = stat.rsplit_once(')').context("no name in stat")?.1.split_whitespace().collect();
        let [user, system] = fields.get(11..13).context("a short stat")? else { bail!("a short stat") };
        let status = fs::read_to_string(proc.join("status"))?;
        let anon = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
        let anon = anon.and_then(|rest| rest.split_whitespace().next()).context("no RssAnon in status")?;
        let (descriptors, sockets) = descriptors(&proc)?;
        let udp = [fs::read_to_string(proc.join("net/udp"))?, fs::read_to_string(proc.join("net/udp6"))?];
        let udp_ports = udp
            .iter()
            .flat_map(|table| table.lines().skip(1))
            .filter(|line| line.split_whitespace().nth(9).is_some_and(|inode| sockets.contains(inode)))
            .count();
        Ok(Look {
            at: Instant::now(),
            cpu_ms: (user.parse::<f64>()? + system.parse::<f64>()?) * TICK_MS,
            memory_kb: anon.parse()?,
            descriptors,
            udp_ports,
        })
    }
}

/// How many descriptors are open, and the inodes of those that are sockets.
fn descriptors(proc: &Path) -> Result<(usize, BTreeSet<String>)> {
    let mut count = 0;
    let mut sockets = BTreeSet::new();
    for entry in fs::read_dir(proc.join("fd"))? {
        count += 1;
        // One that was closed since has no target any more.
        let target = fs::read_link(entry?.path()).unwrap_or_default();
        let inode = target.to_string_lossy();
        if let Some(inode) = inode.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']')) {
            sockets.insert(inode.to_owned());
        }
    }
    Ok((count, sockets))
}
