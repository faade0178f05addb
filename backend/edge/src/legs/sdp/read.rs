//! One stream of the far end's SDP and the checks that make it usable.

use super::{Remote, SdpError};
use crate::media::{Codec, RtpTarget};
use sdp_types::{Attribute, Media, Session};
use std::net::{IpAddr, SocketAddr};

/// Packet lengths that media can send, in steps of 10 ms.
const PTIME: std::ops::RangeInclusive<u8> = 10..=60;
/// What is meant when nothing is said (RFC 3551, 4.2).
const DEFAULT_PTIME: u8 = 20;

/// Who sends, from the far end's point of view (RFC 3264, 5.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// The same stream as we say it (RFC 3264, 6.1).
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::SendOnly => Self::RecvOnly,
            Self::RecvOnly => Self::SendOnly,
            Self::SendRecv | Self::Inactive => self,
        }
    }

    fn of(attributes: &[Attribute]) -> Option<Self> {
        attributes.iter().find_map(|a| match a.attribute.to_ascii_lowercase().as_str() {
            "sendrecv" => Some(Self::SendRecv),
            "sendonly" => Some(Self::SendOnly),
            "recvonly" => Some(Self::RecvOnly),
            "inactive" => Some(Self::Inactive),
            _ => None,
        })
    }
}

/// A usable stream.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pub codec: Codec,
    pub payload_type: u8,
    pub events: Option<u8>,
    pub ptime_ms: u8,
    pub direction: Direction,
    address: SocketAddr,
    rtcp: SocketAddr,
}

impl Stream {
    pub(super) fn into_remote(self) -> Remote {
        let held = matches!(self.direction, Direction::SendOnly | Direction::Inactive);
        let target = RtpTarget {
            address: self.address,
            rtcp: self.rtcp,
            codec: self.codec,
            payload_type: self.payload_type,
            events: self.events,
            ptime_ms: self.ptime_ms,
            send: !held,
        };
        Remote { target, held }
    }
}

/// Reads one stream. `offered` limits the codecs to those of our own offer; empty takes any we know.
pub(super) fn stream(session: &Session, media: &Media, v4: bool, offered: &[Codec]) -> Result<Stream, SdpError> {
    // Secure RTP and T.38 name other transports, and a port of 0 is a refused stream (RFC 3264, 6).
    if !media.media.eq_ignore_ascii_case("audio") || !media.proto.eq_ignore_ascii_case("RTP/AVP") || media.port == 0 {
        return Err(SdpError::NoAudio);
    }
    let ip = connection(session, media).ok_or(SdpError::NoAudio)?;
    if ip.is_ipv4() != v4 || ip.is_multicast() {
        return Err(SdpError::NoAudio);
    }
    let mut direction =
        Direction::of(&media.attributes).or_else(|| Direction::of(&session.attributes)).unwrap_or(Direction::SendRecv);
    if ip.is_unspecified() {
        // The old way to hold (RFC 3264, 8.4): nothing may be sent there.
        direction = match direction {
            Direction::SendRecv | Direction::SendOnly => Direction::SendOnly,
            Direction::RecvOnly | Direction::Inactive => Direction::Inactive,
        };
    }
    let payload_types: Vec<u8> =
        media.fmt.split_whitespace().filter_map(|pt| pt.parse().ok()).filter(|pt| *pt < 128).collect();
    let (codec, payload_type) = payload_types
        .iter()
        .find_map(|pt| codec(media, *pt).filter(|c| offered.is_empty() || offered.contains(c)).map(|c| (c, *pt)))
        .ok_or(SdpError::NoCodec)?;
    let events = payload_types
        .iter()
        .copied()
        .find(|pt| encoding(media, *pt).is_some_and(|(name, rate)| name == "telephone-event" && rate == 8000));
    let address = SocketAddr::new(ip, media.port);
    Ok(Stream { codec, payload_type, events, ptime_ms: ptime(media), direction, address, rtcp: rtcp(media, address) })
}

/// `c=` of the stream, else of the session. Names are not looked up: no equipment sends them.
fn connection(session: &Session, media: &Media) -> Option<IpAddr> {
    let connection = media.connections.first().or(session.connection.as_ref())?;
    connection.try_address().ok().map(|address| address.ip)
}

/// What a payload type means by its rtpmap (RFC 8866, 6.6).
fn encoding(media: &Media, payload_type: u8) -> Option<(String, u32)> {
    media.get_attribute_values("rtpmap").flatten().find_map(|value| {
        let (pt, rest) = value.trim().split_once(char::is_whitespace)?;
        if pt.parse() != Ok(payload_type) {
            return None;
        }
        let mut parts = rest.trim().split('/');
        Some((parts.next()?.to_ascii_lowercase(), parts.next()?.trim().parse().ok()?))
    })
}

/// G.711 by rtpmap, or by its static payload type when there is none (RFC 3551, 6).
fn codec(media: &Media, payload_type: u8) -> Option<Codec> {
    match encoding(media, payload_type) {
        Some((name, 8000)) if name == "pcmu" => Some(Codec::Pcmu),
        Some((name, 8000)) if name == "pcma" => Some(Codec::Pcma),
        Some(_) => None,
        None => match payload_type {
            0 => Some(Codec::Pcmu),
            8 => Some(Codec::Pcma),
            _ => None,
        },
    }
}

/// The length of packets that the far end wants, within what we can send and it can take.
fn ptime(media: &Media) -> u8 {
    let number =
        |name| media.get_first_attribute_value(name).flatten().and_then(|value| value.trim().parse::<f32>().ok());
    let wanted = number("ptime").unwrap_or_else(|| f32::from(DEFAULT_PTIME));
    let wanted = number("maxptime").map_or(wanted, |most| wanted.min(most));
    // The cast saturates; what is no number becomes 0 and so the shortest.
    let whole = wanted as u8 / 10 * 10;
    whole.clamp(*PTIME.start(), *PTIME.end())
}

/// `a=rtcp` (RFC 3605), else the next port.
fn rtcp(media: &Media, rtp: SocketAddr) -> SocketAddr {
    let next = SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1));
    let Some(value) = media.get_first_attribute_value("rtcp").flatten() else { return next };
    let mut words = value.split_whitespace();
    let Some(port) = words.next().and_then(|port| port.parse().ok()).filter(|port| *port != 0) else { return next };
    let ip = words.nth(2).and_then(|ip| ip.parse().ok()).filter(|ip: &IpAddr| ip.is_ipv4() == rtp.is_ipv4());
    SocketAddr::new(ip.unwrap_or(rtp.ip()), port)
}
