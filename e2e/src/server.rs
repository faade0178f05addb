//! The real binary, `hark serve`, on free loopback ports with a data folder of the story's own.
//!
//! It lies in the target folder beside the tests and is built by the command that runs the stories; a missing binary is
//! said in words.

use crate::ports;
use crate::process::{Output, Program, run};
use crate::story::{Story, Witness};
use anyhow::{Context, Result, bail, ensure};
use futures_util::future::BoxFuture;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::process::Command;

/// The longest that the server may take until it is ready; it takes a second when the machine is idle.
const READY: Duration = Duration::from_secs(30);

/// What a server is started with.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// `HARK_DATABASE__URL`; `None` is SQLite in the data folder.
    pub database: Option<String>,
    /// Further environment variables.
    pub environment: Vec<(String, String)>,
    /// Core and edge in two processes.
    pub apart: bool,
    /// Whether [`Server::limit_files`] will be used: writing beyond the limit is then an error, not a deadly signal.
    pub files_may_be_limited: bool,
}

impl Options {
    /// What the process that serves pages is.
    fn role(&self) -> &'static str {
        if self.apart { "core" } else { "serve" }
    }
}

/// A server, started and perhaps killed and started again.
pub struct Server {
    /// Shared with the witness: it runs on until the witnesses have been heard, so that pages show what they showed.
    program: Running,
    log: Arc<Log>,
    /// The edge, when it is a process of its own.
    edge: Option<tokio::sync::Mutex<Program>>,
    link: SocketAddr,
    data: PathBuf,
    options: Options,
    rtp: (u16, u16),
    addresses: Addresses,
    setup: Option<String>,
}

type Running = Arc<tokio::sync::Mutex<Program>>;

/// Where the server listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// HTTP and WebSocket.
    pub http: SocketAddr,
    /// SIP over UDP.
    pub sip: SocketAddr,
    /// Browsers' sound.
    pub webrtc: SocketAddr,
}

impl Server {
    /// Starts one on free ports.
    ///
    /// # Errors
    /// When the binary is missing or does not get ready.
    pub async fn start(story: &Story, options: Options) -> Result<Self> {
        let data = story.folder().join("data");
        std::fs::create_dir_all(&data)?;
        let rtp = ports::rtp_range()?;
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let log = Arc::new(Log::default());
        story.witness(Arc::clone(&log) as Arc<dyn Witness>);
        let link = SocketAddr::from(([127, 0, 0, 1], ports::free_tcp()?));
        let mut addresses = Addresses { http: any, sip: any, webrtc: any };
        let (program, ready) = launch(options.role(), &data, &options, rtp, addresses, link, &log).await?;
        let key = |line: &str| line.strip_prefix("setup ")?.split_once("key=").map(|(_, key)| key.trim().to_owned());
        let setup = program.output().text().lines().find_map(key);
        addresses.take(&ready);
        let program = Arc::new(tokio::sync::Mutex::new(program));
        let _ = log.program.set(Arc::clone(&program));
        let edge = if options.apart {
            let (edge, ready) = launch("edge", &data, &options, rtp, addresses, link, &log).await?;
            addresses.take(&ready);
            Some(tokio::sync::Mutex::new(edge))
        } else {
            None
        };
        Ok(Self { program, log, edge, link, data, options, rtp, addresses, setup })
    }

    /// The origin that people open.
    #[must_use]
    pub fn origin(&self) -> String {
        format!("http://localhost:{}", self.addresses.http.port())
    }

    /// Where it listens.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.addresses
    }

    /// Its data folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The key of the one-time set-up link that it printed on an empty database.
    ///
    /// # Errors
    /// When it printed none.
    pub fn setup_key(&self) -> Result<&str> {
        self.setup.as_deref().context("the server printed no set-up link")
    }

    /// Everything that the present process has printed.
    #[must_use]
    pub fn output(&self) -> Arc<Output> {
        self.log.last().expect("a server that was started has an output")
    }

    /// Sends it a signal, for instance `STOP` and `CONT`.
    ///
    /// # Errors
    /// When it does not run.
    pub async fn signal(&self, signal: &str) -> Result<()> {
        self.program.lock().await.signal(signal).await
    }

    /// Lets no file grow beyond so many bytes from now on (`RLIMIT_FSIZE`): a disk that is full for whoever writes much.
    /// `None` lifts the limit.
    ///
    /// # Errors
    /// When the server was not started for it, or the operating system refuses.
    pub async fn limit_files(&self, bytes: Option<u64>) -> Result<()> {
        ensure!(self.options.files_may_be_limited, "start it with `files_may_be_limited`");
        let pid = self.program.lock().await.pid()?;
        // Only the soft limit, so that it can be lifted again.
        let limit = bytes.map_or_else(|| "unlimited:".to_owned(), |bytes| format!("{bytes}:"));
        let mut prlimit = Command::new("prlimit");
        prlimit.arg(format!("--pid={pid}")).arg(format!("--fsize={limit}"));
        run(prlimit, READY).await.map(drop)
    }

    /// `kill -9`: no goodbye of any kind.
    ///
    /// # Errors
    /// When the operating system refuses.
    pub async fn kill(&self) -> Result<()> {
        self.program.lock().await.kill().await
    }

    /// SIGTERM, then awaits its end.
    ///
    /// # Errors
    /// When it still runs after `within`.
    pub async fn terminate(&self, within: Duration) -> Result<ExitStatus> {
        let mut program = self.program.lock().await;
        program.signal("TERM").await?;
        program.ended(within).await
    }

    /// Starts it again on the same data and the same ports, after it was killed or has ended.
    ///
    /// # Errors
    /// When it does not get ready.
    pub async fn restart(&self) -> Result<()> {
        let mut program = self.program.lock().await;
        ensure!(!program.runs(), "the server still runs");
        let (started, ready) =
            launch(self.options.role(), &self.data, &self.options, self.rtp, self.addresses, self.link, &self.log)
                .await?;
        let mut addresses = self.addresses;
        addresses.take(&ready);
        ensure!(addresses == self.addresses, "started at {addresses:?} instead of {:?}", self.addresses);
        *program = started;
        Ok(())
    }

    /// Kills the edge, which is a process of its own, and starts it again on the same ports.
    ///
    /// # Errors
    /// When it is none, or does not get ready.
    pub async fn replace_edge(&self) -> Result<()> {
        let mut edge = self.edge.as_ref().context("the edge is no process of its own")?.lock().await;
        edge.kill().await?;
        let (started, _) =
            launch("edge", &self.data, &self.options, self.rtp, self.addresses, self.link, &self.log).await?;
        *edge = started;
        Ok(())
    }
}

/// Starts the binary in a role and awaits its line `ready http=… sip=… webrtc=…`, of which a role has its part.
async fn launch(
    role: &str,
    data: &Path,
    options: &Options,
    rtp: (u16, u16),
    at: Addresses,
    link: SocketAddr,
    log: &Log,
) -> Result<(Program, Vec<(String, SocketAddr)>)> {
    let mut command = if options.files_may_be_limited {
        // An ignored signal stays ignored over `exec`.
        let mut command = Command::new("sh");
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(binary()?);
        command
    } else {
        Command::new(binary()?)
    };
    command.arg(role).arg("--data").arg(data).current_dir(data);
    command.env("HARK_HTTP__LISTEN", at.http.to_string());
    command.env("HARK_EDGE__SIP", at.sip.to_string());
    command.env("HARK_EDGE__WEBRTC", at.webrtc.to_string());
    command.env("HARK_EDGE__RTP_PORTS", format!("{}-{}", rtp.0, rtp.1));
    command.env("HARK_LINK__LISTEN", link.to_string());
    command.env("HARK_LINK__CORE", link.to_string());
    if let Some(url) = &options.database {
        command.env("HARK_DATABASE__URL", url);
    }
    command.envs(options.environment.iter().map(|(key, value)| (key, value)));
    let mut program = Program::start(&format!("hark {role}"), command)?;
    log.add(Arc::clone(program.output()));
    let addresses = program.find("its ready line", READY, addresses).await?;
    Ok((program, addresses))
}

fn addresses(line: &str) -> Option<Vec<(String, SocketAddr)>> {
    let words = line.strip_prefix("ready ")?.split_whitespace();
    words.map(|word| word.split_once('=').and_then(|(name, at)| Some((name.to_owned(), at.parse().ok()?)))).collect()
}

impl Addresses {
    /// Takes over what a role has printed.
    fn take(&mut self, ready: &[(String, SocketAddr)]) {
        for (name, at) in ready {
            match name.as_str() {
                "http" => self.http = *at,
                "sip" => self.sip = *at,
                "webrtc" => self.webrtc = *at,
                _ => {}
            }
        }
    }
}

/// The binary beside the tests' own: `target/<profile>/hark`.
fn binary() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let folder = own.ancestors().find(|folder| folder.join("deps").is_dir()).context("tests run in a target folder")?;
    let binary = folder.join("hark");
    if !binary.is_file() {
        bail!("{} is missing: build it first (`cargo build -p hark-backend`)", binary.display());
    }
    Ok(binary)
}

/// What all lives of a server have printed.
#[derive(Debug, Default)]
struct Log {
    lives: Mutex<Vec<Arc<Output>>>,
    program: OnceLock<Running>,
}

impl Log {
    fn add(&self, output: Arc<Output>) {
        self.lives.lock().expect("no holder of this lock panics").push(output);
    }

    fn last(&self) -> Option<Arc<Output>> {
        self.lives.lock().expect("no holder of this lock panics").last().cloned()
    }
}

impl Witness for Log {
    fn name(&self) -> String {
        "hark".to_owned()
    }

    fn testify<'a>(&'a self, folder: &'a Path) -> BoxFuture<'a, String> {
        Box::pin(async move {
            let lives = self.lives.lock().expect("no holder of this lock panics").clone();
            let mut words = String::new();
            for (life, output) in lives.iter().enumerate() {
                let file = folder.join(format!("hark-{life}.log"));
                let kept = std::fs::write(&file, output.text()).map(|()| file.display().to_string());
                words += &format!("life {life}, whole in {kept:?}, the end of it:\n{}", output.tail(150));
            }
            words
        })
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            if let Some(program) = self.program.get() {
                // Ended already is as good.
                let _ = program.lock().await.kill().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ready_line_is_read() {
        let mut got = Addresses { http: at(9), sip: at(9), webrtc: at(9) };
        got.take(&addresses("ready http=127.0.0.1:1 sip=127.0.0.1:2 webrtc=127.0.0.1:3 link=127.0.0.1:4").unwrap());
        assert_eq!(got, Addresses { http: at(1), sip: at(2), webrtc: at(3) });
        assert_eq!(addresses("ready http=127.0.0.1"), None);
        assert_eq!(addresses("steady"), None);
    }

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }
}
