//! Session descriptions for one audio stream (RFC 8866), offered and answered (RFC 3264).

use anyhow::{Context, Result};
use std::net::{IpAddr, SocketAddr};

/// Which way sound flows, as seen by the one who says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Both ways.
    SendRecv,
    /// I send, you listen: hold with music.
    SendOnly,
    /// You send, I listen.
    RecvOnly,
    /// Nobody sends: hold.
    Inactive,
}

impl Direction {
    /// The attribute's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// What the other side says when it agrees (RFC 3264, 6.1).
    #[must_use]
    pub fn answer(self) -> Self {
        match self {
            Self::SendRecv => Self::SendRecv,
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            Self::Inactive => Self::Inactive,
        }
    }

    /// Whether the one who says it sends.
    #[must_use]
    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }
}

/// The two laws of G.711 with their static payload types (RFC 3551, 6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// µ-law, 0.
    Pcmu,
    /// A-law, 8.
    Pcma,
}

impl Law {
    /// The payload type.
    #[must_use]
    pub fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
        }
    }

    /// The law of a static payload type.
    #[must_use]
    pub fn of(payload_type: u8) -> Option<Self> {
        [Self::Pcmu, Self::Pcma].into_iter().find(|law| law.payload_type() == payload_type)
    }
}

/// One side's audio stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Sdp {
    /// Where it wants packets.
    pub address: SocketAddr,
    /// G.711 laws in order of preference.
    pub laws: Vec<Law>,
    /// Payload type of telephone-event (RFC 4733).
    pub events: Option<u8>,
    /// Direction.
    pub direction: Direction,
    /// `o=` version, which grows with every change (RFC 3264, 8).
    pub version: u64,
}

impl Sdp {
    /// As text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let (ip, port) = (self.address.ip(), self.address.port());
        let family = if ip.is_ipv6() { "IP6" } else { "IP4" };
        let types: Vec<String> =
            self.laws.iter().map(|law| law.payload_type()).chain(self.events).map(|pt| pt.to_string()).collect();
        let mut text = format!(
            "v=0\r\no=phone 1 {} IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP {}\r\n",
            self.version,
            types.join(" ")
        );
        for law in &self.laws {
            text += &format!("a=rtpmap:{} {}/8000\r\n", law.payload_type(), law.name());
        }
        if let Some(events) = self.events {
            text += &format!("a=rtpmap:{events} telephone-event/8000\r\na=fmtp:{events} 0-15\r\n");
        }
        text + &format!("a=ptime:20\r\na={}\r\n", self.direction.name())
    }

    /// Reads the first audio stream.
    ///
    /// # Errors
    /// When there is none, or no address belongs to it.
    pub fn parse(text: &str) -> Result<Self> {
        let (session, media) = text.split_once("m=audio ").context("no m=audio")?;
        let media = media.split("\nm=").next().unwrap_or(media);
        let connection = |part: &str| {
            let line = part.lines().find_map(|line| line.trim().strip_prefix("c=IN ").map(str::to_owned));
            line.and_then(|line| line.split_whitespace().nth(1).map(str::to_owned))
        };
        let ip: IpAddr = connection(media).or_else(|| connection(session)).context("no c=")?.parse()?;
        let mut words = media.lines().next().unwrap_or_default().split_whitespace();
        let port: u16 = words.next().context("no port")?.parse()?;
        let types: Vec<u8> = words.skip(1).filter_map(|word| word.parse().ok()).collect();
        let attributes: Vec<&str> = media.lines().filter_map(|line| line.trim().strip_prefix("a=")).collect();
        let events = attributes.iter().find_map(|a| {
            let (pt, name) = a.strip_prefix("rtpmap:")?.split_once(' ')?;
            name.eq_ignore_ascii_case("telephone-event/8000").then(|| pt.parse().ok())?
        });
        let all = [Direction::SendRecv, Direction::SendOnly, Direction::RecvOnly, Direction::Inactive];
        let named = |lines: &[&str]| all.into_iter().find(|d| lines.contains(&d.name()));
        let of_session: Vec<&str> = session.lines().filter_map(|line| line.trim().strip_prefix("a=")).collect();
        let origin = session.lines().find_map(|line| line.trim().strip_prefix("o="));
        Ok(Self {
            address: SocketAddr::new(ip, port),
            laws: types.into_iter().filter_map(Law::of).collect(),
            events,
            direction: named(&attributes).or_else(|| named(&of_session)).unwrap_or(Direction::SendRecv),
            version: origin.and_then(|o| o.split_whitespace().nth(2)?.parse().ok()).unwrap_or_default(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let sdp = Sdp {
            address: "127.0.0.1:4000".parse().unwrap(),
            laws: vec![Law::Pcma, Law::Pcmu],
            events: Some(101),
            direction: Direction::SendOnly,
            version: 3,
        };
        assert_eq!(Sdp::parse(&sdp.to_text()).unwrap(), sdp);
    }

    #[test]
    fn a_foreign_description_is_read() {
        let text = "v=0\r\no=- 9 9 IN IP4 1.1.1.1\r\ns=x\r\nc=IN IP4 1.1.1.1\r\nt=0 0\r\na=inactive\r\n\
            m=audio 40000 RTP/AVP 18 8 96\r\nc=IN IP4 2.2.2.2\r\na=rtpmap:96 telephone-event/8000\r\n\
            m=video 0 RTP/AVP 34\r\nc=IN IP4 3.3.3.3\r\n";
        let sdp = Sdp::parse(text).unwrap();
        assert_eq!(sdp.address, "2.2.2.2:40000".parse().unwrap());
        assert_eq!((sdp.laws, sdp.events, sdp.direction), (vec![Law::Pcma], Some(96), Direction::Inactive));
    }
}
