//! The core's end: lets its edge in, and carries commands out and events in.
//!
//! A core has one edge. One that comes anew replaces the one before: it is the same edge over a new connection, or its
//! next life.

use super::{Channel, Connection, Hello, Line, LinkError, LinkKey, PATIENCE, VERSION, Way, Welcome, take, tell};
use crate::handle::{COMMAND_QUEUE, Ports};
use hark_shared::edge::{FromEdge, ToEdge};
use std::net::SocketAddr;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tracing::{info, warn};

/// Connections that may be greeting at once; more wait in the operating system's queue.
const GREETING: usize = 16;

/// Lets an edge in on `listener`. Its events come through `events`; it is spoken to over the [`Line`].
#[must_use]
pub fn listen(listener: TcpListener, key: LinkKey, events: mpsc::Sender<FromEdge>) -> Line {
    let (commands, from_floors) = mpsc::channel(COMMAND_QUEUE);
    let (told, state) = watch::channel(None);
    tokio::spawn(run(listener, key, from_floors, events, told));
    Line { way: Way::There(commands), state }
}

/// An edge that was let in.
struct Guest {
    channel: Channel,
    ports: Ports,
    from: SocketAddr,
}

async fn run(
    listener: TcpListener,
    key: LinkKey,
    mut commands: mpsc::Receiver<ToEdge>,
    events: mpsc::Sender<FromEdge>,
    told: watch::Sender<Option<Connection>>,
) {
    let mut greeting: JoinSet<Option<Guest>> = JoinSet::new();
    let mut next = None;
    let mut number = 0;
    loop {
        let guest = match next.take() {
            Some(guest) => guest,
            None => tokio::select! {
                guest = admit(&listener, &key, &mut greeting) => guest,
                command = commands.recv() => match command {
                    // Nobody is there to take it.
                    Some(_) => continue,
                    None => return,
                },
            },
        };
        number += 1;
        info!(from = %guest.from, "the edge is connected");
        told.send_replace(Some(Connection { number, ports: guest.ports }));
        let Channel { from, to } = guest.channel;
        let error = tokio::select! {
            ended = take(from, |event| async { events.send(event).await.is_ok() }) => ended,
            ended = tell(&mut commands, to) => ended,
            guest = admit(&listener, &key, &mut greeting) => {
                next = Some(guest);
                Ok(())
            }
        };
        told.send_replace(None);
        match error {
            Ok(()) => {}
            Err(LinkError::Stopped) => return,
            Err(error) => warn!(%error, "the edge is gone: its calls go on, and are taken up again when it is back"),
        }
    }
}

/// The next edge that greets well. Dropping the future loses nothing: greetings go on.
async fn admit(listener: &TcpListener, key: &LinkKey, greeting: &mut JoinSet<Option<Guest>>) -> Guest {
    loop {
        tokio::select! {
            Some(guest) = greeting.join_next() => if let Ok(Some(guest)) = guest {
                return guest;
            },
            accepted = listener.accept(), if greeting.len() < GREETING => match accepted {
                Ok((socket, from)) => {
                    let key = key.clone();
                    greeting.spawn(async move {
                        let greeted = timeout(PATIENCE, greet(socket, from, &key)).await.map_err(LinkError::from);
                        greeted.flatten().inspect_err(|error| warn!(%from, %error, "an edge was not let in")).ok()
                    });
                }
                Err(error) => {
                    warn!(%error, "the link's port takes nobody for a moment");
                    tokio::time::sleep(super::AGAIN).await;
                }
            },
        }
    }
}

async fn greet(socket: TcpStream, from: SocketAddr, key: &LinkKey) -> Result<Guest, LinkError> {
    let mut channel = Channel::accept(socket, key).await?;
    let hello: Hello = channel.from.next().await?;
    let fits = hello.version == VERSION;
    let answer = if fits { Welcome::Come } else { Welcome::Refused { version: VERSION } };
    channel.to.send(&answer).await?;
    channel.to.flush().await?;
    if fits { Ok(Guest { channel, ports: hello.ports, from }) } else { Err(LinkError::Version(hello.version)) }
}
