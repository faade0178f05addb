//! Calls through Kamailio as the session border controller with record-routing: everything inside a dialog must take
//! the recorded route, or it gets 404 there.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::agent::Agent;
use common::sipp::Sipp;
use common::{Core, free_port, trunk};
use hark_shared::edge::{Cause, EdgeCommand, EdgeEvent};
use hark_shared::time::Millis;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A running Kamailio.
struct Kamailio {
    child: Child,
    folder: PathBuf,
    at: SocketAddr,
}

impl Drop for Kamailio {
    /// By SIGTERM, so that it ends its workers; SIGKILL would leave them behind.
    fn drop(&mut self) {
        Command::new("kill").arg(self.child.id().to_string()).status().ok();
        self.child.wait().ok();
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

impl Kamailio {
    async fn start(edge: SocketAddr, carrier: SocketAddr) -> Self {
        let at = free_port();
        let folder = std::env::temp_dir().join(format!("hark-sbc-{}-{}", std::process::id(), at.port()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sipp/kamailio.cfg");
        let child = Command::new("kamailio")
            .args(["-f", file.to_str().unwrap(), "-DD", "-E", "-m", "16", "-M", "4", "-Y", folder.to_str().unwrap()])
            // One worker: several reorder what SIPp's scenarios, unlike real telephones, insist on getting in order.
            .args(["-n", "1"])
            .args(["-l", &format!("udp:{at}"), "-A", &format!("EDGE_PORT={}", edge.port())])
            .args(["-A", &format!("EDGE=\"sip:{edge}\""), "-A", &format!("CARRIER=\"sip:{carrier}\"")])
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("log")).unwrap())
            .spawn()
            .expect("Kamailio runs (Debian: kamailio)");
        common::listens(at).await;
        Self { child, folder, at }
    }
}

/// An edge whose trunk is Kamailio, and the carrier's address behind it.
async fn behind_sbc() -> (Core, Kamailio, SocketAddr) {
    let mut core = Core::start(1000).await;
    let carrier = free_port();
    let sbc = Kamailio::start(core.sip(), carrier).await;
    core.send(EdgeCommand::SetTrunks(vec![trunk(sbc.at)])).await;
    core.settle().await;
    (core, sbc, carrier)
}

#[tokio::test]
async fn a_call_in_and_the_caller_hangs_up() {
    let (mut core, sbc, carrier) = behind_sbc().await;
    let sipp = Sipp::start("uac_bye.xml", carrier, sbc.at, &[]);
    let leg = core.incoming().await;
    core.send(EdgeCommand::Ring { leg, early_media: false }).await;
    core.answer(leg).await;
    core.answered(leg).await;
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

#[tokio::test]
async fn a_call_in_and_we_hang_up() {
    let (mut core, sbc, carrier) = behind_sbc().await;
    let sipp = Sipp::start("uac_is_hung_up.xml", carrier, sbc.at, &[]);
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.answered(leg).await;
    core.end(leg, Cause::Ended).await;
    assert_eq!(core.ended(leg).await, Cause::Ended);
    sipp.done().await;
}

#[tokio::test]
async fn a_call_in_that_is_cancelled() {
    let (mut core, sbc, carrier) = behind_sbc().await;
    let sipp = Sipp::start("uac_cancel.xml", carrier, sbc.at, &[]);
    let leg = core.incoming().await;
    core.send(EdgeCommand::Ring { leg, early_media: false }).await;
    assert_eq!(core.ended(leg).await, Cause::Cancelled);
    sipp.done().await;
}

#[tokio::test]
async fn hold_and_digits_through_it() {
    let (mut core, sbc, carrier) = behind_sbc().await;
    let sipp = Sipp::start("uac_hold.xml", carrier, sbc.at, &[]);
    let leg = core.incoming().await;
    core.answer(leg).await;
    core.answered(leg).await;
    assert_eq!(core.next().await, EdgeEvent::FarHold { leg, held: true });
    assert_eq!(core.next().await, EdgeEvent::FarHold { leg, held: false });
    assert_eq!(core.next().await, EdgeEvent::Digit { leg, digit: '7' });
    assert_eq!(core.next().await, EdgeEvent::Digit { leg, digit: '#' });
    assert_eq!(core.ended(leg).await, Cause::Normal);
    sipp.done().await;
}

#[tokio::test]
async fn a_call_out_and_each_side_hangs_up() {
    let (mut core, sbc, carrier) = behind_sbc().await;
    let rtp = free_port();
    for ours in [true, false] {
        let mut far = Agent::at(carrier, sbc.at).await;
        let leg = core.dial("01088880000", Millis::from_secs(30)).await;
        far.called().await;
        far.ring().await;
        assert_eq!(core.next().await, EdgeEvent::Ringing { leg, early_media: false });
        far.accept(rtp).await;
        core.answered(leg).await;
        if ours {
            core.end(leg, Cause::Normal).await;
            far.hung_up().await;
        } else {
            far.hang_up().await;
        }
        assert_eq!(core.ended(leg).await, Cause::Normal);
    }
}

#[tokio::test]
async fn a_call_out_that_we_cancel() {
    let (mut core, sbc, carrier) = behind_sbc().await;
    let mut far = Agent::at(carrier, sbc.at).await;
    let leg = core.dial("01088880000", Millis::from_secs(30)).await;
    far.called().await;
    far.ring().await;
    assert_eq!(core.next().await, EdgeEvent::Ringing { leg, early_media: false });
    core.end(leg, Cause::Cancelled).await;
    assert_eq!(core.ended(leg).await, Cause::Cancelled);
    far.cancelled().await;
}
