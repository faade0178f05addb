//! Debian's Kamailio as the SBC between a carrier and the product, run with the configuration that we ship as an
//! example (`docs/sbc/kamailio.cfg`), so that the example is known to work.

use crate::ports;
use crate::process::{Output, Program};
use crate::story::{Story, Witness};
use anyhow::{Context, Result, bail};
use futures_util::future::BoxFuture;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::UdpSocket;
use tokio::process::Command;

/// The longest that it may take to start.
const START: Duration = Duration::from_secs(20);

/// A running SBC; it ends with the story.
#[derive(Debug)]
pub struct Kamailio {
    /// Where the carrier sends its calls.
    pub outside: SocketAddr,
    /// Where the product sends its calls: the trunk's address.
    pub inside: SocketAddr,
    _program: Program,
}

impl Kamailio {
    /// Starts it between the two.
    ///
    /// # Errors
    /// When it is not installed or refuses its configuration.
    pub async fn start(story: &Story, carrier: SocketAddr, hark: SocketAddr) -> Result<Self> {
        let folder = story.folder().join("kamailio");
        std::fs::create_dir_all(&folder)?;
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (outside, inside) = (loopback(ports::free_udp()?), loopback(ports::free_udp()?));
        let config = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/sbc/kamailio.cfg");
        let mut command = Command::new("kamailio");
        // In the foreground and to stderr; 64 MB shared and 8 MB a process are plenty for a story.
        command.args(["-DD", "-E", "-m", "64", "-M", "8"]).arg("-f").arg(config);
        command.arg("-w").arg(&folder).arg("-Y").arg(&folder).current_dir(&folder);
        let defines = [
            format!("OUTSIDE=udp:{outside}"),
            format!("INSIDE=udp:{inside}"),
            format!("OUTSIDE_SOCKET=\"udp:{outside}\""),
            format!("INSIDE_SOCKET=\"udp:{inside}\""),
            format!("INSIDE_ADDRESS=\"{}\"", inside.ip()),
            format!("INSIDE_PORT={}", inside.port()),
            format!("CARRIER_ADDRESS=\"{}\"", carrier.ip()),
            format!("CARRIER_PORT={}", carrier.port()),
            format!("HARK_ADDRESS=\"{}\"", hark.ip()),
            format!("HARK_PORT={}", hark.port()),
        ];
        for define in defines {
            command.arg("-A").arg(define);
        }
        let mut program = Program::start("kamailio", command).context("Debian: kamailio")?;
        story.witness(Arc::new(Log(Arc::clone(program.output()))));
        ready(&mut program, outside).await?;
        Ok(Self { outside, inside, _program: program })
    }
}

/// Asks with OPTIONS until it answers: Kamailio prints nothing that says so.
async fn ready(program: &mut Program, address: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind(("127.0.0.1", 0)).await?;
    let own = socket.local_addr()?;
    let began = Instant::now();
    let mut buffer = [0; 2048];
    for attempt in 0.. {
        let options = format!(
            "OPTIONS sip:{address} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKready{attempt};rport\r\n\
             Max-Forwards: 70\r\nFrom: <sip:ready@{own}>;tag=1\r\nTo: <sip:{address}>\r\nCall-ID: ready{attempt}@{own}\r\n\
             CSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        let _ = socket.send_to(options.as_bytes(), address).await;
        let answer = tokio::time::timeout(Duration::from_millis(100), socket.recv_from(&mut buffer)).await;
        if let Ok(Ok(_)) = answer {
            return Ok(());
        }
        if !program.runs() || began.elapsed() > START {
            bail!("kamailio does not answer; its last words:\n{}", program.output().tail(40));
        }
        // A closed port answers at once with ICMP; the time-out above paces the other case.
        if answer.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    Ok(())
}

struct Log(Arc<Output>);

impl Witness for Log {
    fn name(&self) -> String {
        "kamailio".to_owned()
    }

    fn testify<'a>(&'a self, _folder: &'a Path) -> BoxFuture<'a, String> {
        Box::pin(async { self.0.tail(100) })
    }
}
