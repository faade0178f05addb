//! What media was told. Ports are real, sound is not: these tests are about signalling.

use hark_edge::handle::MediaPort;
use hark_edge::media::{MediaCommand, MediaEvent, RtpTarget};
use hark_shared::edge::Quality;
use hark_shared::ids::LegId;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use tokio::sync::mpsc;

/// Where legs were pointed, in order.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<HashMap<LegId, Vec<RtpTarget>>>>);

impl Log {
    pub fn targets(&self, leg: LegId) -> Vec<RtpTarget> {
        self.0.lock().unwrap().get(&leg).cloned().unwrap_or_default()
    }

    pub fn last(&self, leg: LegId) -> RtpTarget {
        self.targets(leg).pop().expect("the leg was pointed somewhere")
    }
}

pub fn start(log: Log, events: mpsc::Sender<MediaEvent>) -> MediaPort {
    let (sender, mut commands) = mpsc::channel(64);
    tokio::spawn(async move {
        let mut sockets = HashMap::new();
        while let Some(command) = commands.recv().await {
            match command {
                MediaCommand::OpenRtp { leg, reply } => {
                    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
                    let address = socket.local_addr().unwrap();
                    sockets.insert(leg, socket);
                    reply.send(Ok(address)).unwrap();
                }
                MediaCommand::SetRtp { leg, target } => log.0.lock().unwrap().entry(leg).or_default().push(target),
                MediaCommand::CloseLeg { leg } => {
                    if sockets.remove(&leg).is_some() {
                        events.send(MediaEvent::Closed { leg, quality: Quality::default() }).await.unwrap();
                    }
                }
                other => panic!("not expected here: {other:?}"),
            }
        }
    });
    (sender, "127.0.0.1:9".parse().unwrap())
}
