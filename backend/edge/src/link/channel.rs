//! Messages over TCP, authenticated and encrypted: the Noise protocol with a shared key (`NNpsk0`, noiseprotocol.org
//! revision 34), JSON inside. Two keys that differ fail on the first message.
//!
//! A Noise message holds at most 65,535 bytes (revision 34, section 3); a longer message of ours goes in pieces. Each
//! piece is preceded by its length in two bytes, and begins inside with [`MORE`] or [`LAST`].

use super::LinkKey;
use serde::Serialize;
use serde::de::DeserializeOwned;
use snow::{Builder, StatelessTransportState};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader, BufWriter};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

const PATTERN: &str = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";
/// What both ends mean to speak; a connection to anything else fails its handshake.
const PROLOGUE: &[u8] = b"hark link";
/// The longest Noise message.
const PIECE: usize = 65_535;
/// What is left of it after the tag and our own byte.
const ROOM: usize = PIECE - 16 - 1;
/// The longest message: a tenant's trunks with 100,000 numbers.
const LONGEST: usize = 4 << 20;
const MORE: u8 = 1;
const LAST: u8 = 0;

/// Why a channel cannot go on.
#[derive(Debug, thiserror::Error)]
pub(super) enum ChannelError {
    /// The connection.
    #[error("the connection ended: {0}")]
    Lost(#[from] std::io::Error),
    /// Not our key, or changed on the way.
    #[error("the other end does not hold the same link key, or the connection was tampered with")]
    Key,
    /// No message of ours.
    #[error("a message cannot be read: {0}")]
    Message(#[from] serde_json::Error),
    /// Longer than any message of ours.
    #[error("a message is longer than {LONGEST} bytes")]
    Long,
}

impl From<snow::Error> for ChannelError {
    fn from(_: snow::Error) -> Self {
        Self::Key
    }
}

/// Both directions, after the handshake.
pub(super) struct Channel {
    pub from: Receiver,
    pub to: Sender,
}

/// One direction in.
pub(super) struct Receiver {
    socket: BufReader<OwnedReadHalf>,
    state: Arc<StatelessTransportState>,
    nonce: u64,
}

/// One direction out.
pub(super) struct Sender {
    socket: BufWriter<OwnedWriteHalf>,
    state: Arc<StatelessTransportState>,
    nonce: u64,
}

impl Channel {
    /// From who dialled.
    pub(super) async fn dial(socket: TcpStream, key: &LinkKey) -> Result<Self, ChannelError> {
        let (mut from, mut to) = split(socket)?;
        let mut noise = builder(key)?.build_initiator()?;
        let mut buffer = vec![0; PIECE];
        let length = noise.write_message(&[], &mut buffer)?;
        write_piece(&mut to, &buffer[..length]).await?;
        to.flush().await?;
        let answer = read_piece(&mut from).await?;
        noise.read_message(&answer, &mut buffer)?;
        Self::ready(from, to, noise)
    }

    /// From who was dialled.
    pub(super) async fn accept(socket: TcpStream, key: &LinkKey) -> Result<Self, ChannelError> {
        let (mut from, mut to) = split(socket)?;
        let mut noise = builder(key)?.build_responder()?;
        let mut buffer = vec![0; PIECE];
        let first = read_piece(&mut from).await?;
        noise.read_message(&first, &mut buffer)?;
        let length = noise.write_message(&[], &mut buffer)?;
        write_piece(&mut to, &buffer[..length]).await?;
        to.flush().await?;
        Self::ready(from, to, noise)
    }

    fn ready(
        from: BufReader<OwnedReadHalf>,
        to: BufWriter<OwnedWriteHalf>,
        noise: snow::HandshakeState,
    ) -> Result<Self, ChannelError> {
        let state = Arc::new(noise.into_stateless_transport_mode()?);
        let from = Receiver { socket: from, state: Arc::clone(&state), nonce: 0 };
        Ok(Self { from, to: Sender { socket: to, state, nonce: 0 } })
    }
}

impl Receiver {
    /// The next message. Must not be dropped half way: what it has read would be lost.
    pub(super) async fn next<T: DeserializeOwned>(&mut self) -> Result<T, ChannelError> {
        let mut message = Vec::new();
        let mut plain = vec![0; PIECE];
        loop {
            let piece = read_piece(&mut self.socket).await?;
            let length = self.state.read_message(self.nonce, &piece, &mut plain)?;
            self.nonce += 1;
            let (kind, rest) = plain[..length].split_first().ok_or(ChannelError::Key)?;
            if message.len() + rest.len() > LONGEST {
                return Err(ChannelError::Long);
            }
            message.extend_from_slice(rest);
            if *kind == LAST {
                return Ok(serde_json::from_slice(&message)?);
            }
        }
    }
}

impl Sender {
    /// Writes a message; it leaves with [`Sender::flush`] at the latest.
    pub(super) async fn send<T: Serialize + Sync>(&mut self, message: &T) -> Result<(), ChannelError> {
        let message = serde_json::to_vec(message)?;
        if message.len() > LONGEST {
            return Err(ChannelError::Long);
        }
        let mut pieces = message.chunks(ROOM).peekable();
        while let Some(piece) = pieces.next() {
            let mut plain = Vec::with_capacity(piece.len() + 1);
            plain.push(if pieces.peek().is_some() { MORE } else { LAST });
            plain.extend_from_slice(piece);
            let mut sealed = vec![0; plain.len() + 16];
            let length = self.state.write_message(self.nonce, &plain, &mut sealed)?;
            self.nonce += 1;
            write_piece(&mut self.socket, &sealed[..length]).await?;
        }
        Ok(())
    }

    /// Sends what was written.
    pub(super) async fn flush(&mut self) -> Result<(), ChannelError> {
        Ok(self.socket.flush().await?)
    }
}

fn builder(key: &LinkKey) -> Result<Builder<'_>, ChannelError> {
    let pattern = PATTERN.parse().expect("the pattern's name is a constant that the library knows");
    Ok(Builder::new(pattern).prologue(PROLOGUE)?.psk(0, &key.0)?)
}

fn split(socket: TcpStream) -> Result<(BufReader<OwnedReadHalf>, BufWriter<OwnedWriteHalf>), ChannelError> {
    socket.set_nodelay(true)?;
    let (from, to) = socket.into_split();
    Ok((BufReader::new(from), BufWriter::new(to)))
}

async fn read_piece(socket: &mut BufReader<OwnedReadHalf>) -> Result<Vec<u8>, ChannelError> {
    let length = socket.read_u16().await?;
    let mut piece = vec![0; usize::from(length)];
    socket.read_exact(&mut piece).await?;
    Ok(piece)
}

async fn write_piece(socket: &mut BufWriter<OwnedWriteHalf>, piece: &[u8]) -> Result<(), ChannelError> {
    let length = u16::try_from(piece.len()).map_err(|_| ChannelError::Long)?;
    socket.write_u16(length).await?;
    Ok(socket.write_all(piece).await?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    async fn pair(ours: [u8; 32], theirs: [u8; 32]) -> (Result<Channel, ChannelError>, Result<Channel, ChannelError>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let socket = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (other, _) = listener.accept().await.unwrap();
        let (a, b) = (LinkKey::new(ours), LinkKey::new(theirs));
        tokio::join!(Channel::dial(socket, &a), Channel::accept(other, &b))
    }

    #[tokio::test]
    async fn messages_of_any_length_arrive_as_they_were_sent() {
        let (dialled, accepted) = pair([7; 32], [7; 32]).await;
        let (mut dialled, mut accepted) = (dialled.unwrap(), accepted.unwrap());
        for length in [0, 1, ROOM - 2, ROOM, 3 * ROOM + 5] {
            let text: String = "ab号".chars().cycle().take(length).collect();
            let (sent, got) = tokio::join!(
                async {
                    dialled.to.send(&text).await?;
                    dialled.to.flush().await
                },
                accepted.from.next::<String>()
            );
            sent.unwrap();
            assert_eq!(got.unwrap(), text);
        }
        accepted.to.send(&5).await.unwrap();
        accepted.to.flush().await.unwrap();
        assert_eq!(dialled.from.next::<i32>().await.unwrap(), 5);
        assert!(matches!(dialled.to.send(&"x".repeat(LONGEST)).await, Err(ChannelError::Long)));
    }

    #[tokio::test]
    async fn another_key_is_refused() {
        let (dialled, accepted) = pair([7; 32], [8; 32]).await;
        assert!(matches!(accepted, Err(ChannelError::Key)));
        assert!(dialled.is_err());
    }
}
