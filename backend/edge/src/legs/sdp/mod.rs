//! Offer and answer (RFC 3264) for RTP legs: one audio stream of G.711, with telephone-event. Pure.
//!
//! sdp-types reads the lines; what they mean together is checked in [`read`], because the crate takes a lot. Text for
//! the wire is written here, so that an answer has the offer's streams in the offer's order.

mod read;
#[cfg(test)]
mod tests;

use crate::media::{Codec, RtpTarget};
use read::{Direction, Stream};
use sdp_types::{Media, Session};
use std::fmt::Write as _;
use std::net::SocketAddr;

/// What we offer, in our order: A-law is what carriers here speak, µ-law what the others do.
const OFFERED: [Codec; 2] = [Codec::Pcma, Codec::Pcmu];
/// Our payload type of telephone-event, the one most equipment expects.
const EVENTS: u8 = 101;

/// The offer or answer cannot be used: 488.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SdpError {
    /// It is no SDP.
    #[error("the SDP cannot be read")]
    Unreadable,
    /// No stream is plain RTP audio with a port, or its address is not one we can send to.
    #[error("the SDP has no audio stream that RTP can reach")]
    NoAudio,
    /// Neither PCMA nor PCMU is in it.
    #[error("the SDP has no codec in common with us")]
    NoCodec,
}

/// Our side of a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// Where we receive, as announced.
    pub address: SocketAddr,
    /// Names the session in `o=`.
    session: u64,
    /// Grows with each change of what we said.
    version: u64,
    last: String,
}

/// What the far end's SDP means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    /// For media.
    pub target: RtpTarget,
    /// It has put us on hold: it wants to hear nothing from us.
    pub held: bool,
}

impl Local {
    /// A session that has said nothing yet.
    pub(crate) fn new(address: SocketAddr, session: u64) -> Self {
        Self { address, session, version: 0, last: String::new() }
    }

    /// Our offer.
    pub(crate) fn offer(&mut self) -> String {
        let list: Vec<(Codec, u8)> = OFFERED.iter().map(|codec| (*codec, static_type(*codec))).collect();
        let mut body = self.head("0 0");
        self.stream(&mut body, &list, Some(EVENTS), 20, Direction::SendRecv);
        self.say(body)
    }

    /// Our answer to an offer, and what the offer means.
    ///
    /// # Errors
    /// When nothing in the offer can be used.
    pub(crate) fn answer(&mut self, offer: &str) -> Result<(String, Remote), SdpError> {
        let session = parse(offer)?;
        let (index, stream) = choose(&session, self.address, &[])?;
        let mut body = self.head(&times(&session));
        for (i, media) in session.medias.iter().enumerate() {
            if i == index {
                let list = [(stream.codec, stream.payload_type)];
                self.stream(&mut body, &list, stream.events, stream.ptime_ms, stream.direction.mirrored());
            } else {
                refuse(&mut body, media);
            }
        }
        Ok((self.say(body), stream.into_remote()))
    }

    /// What the answer to our offer means.
    ///
    /// # Errors
    /// When the far end took nothing of it.
    pub(crate) fn accept(&self, answer: &str) -> Result<Remote, SdpError> {
        let session = parse(answer)?;
        choose(&session, self.address, &OFFERED).map(|(_, stream)| stream.into_remote())
    }

    /// Everything before the streams but `o=`, whose version depends on the rest.
    fn head(&self, times: &str) -> String {
        format!("s=-\r\nc=IN {}\r\nt={times}\r\n", address_of(self.address))
    }

    fn stream(&self, out: &mut String, codecs: &[(Codec, u8)], events: Option<u8>, ptime_ms: u8, direction: Direction) {
        let port = self.address.port();
        let types: Vec<String> = codecs.iter().map(|(_, pt)| *pt).chain(events).map(|pt| pt.to_string()).collect();
        put(out, format_args!("m=audio {port} RTP/AVP {}", types.join(" ")));
        for (codec, pt) in codecs {
            put(out, format_args!("a=rtpmap:{pt} {}/8000", name_of(*codec)));
        }
        if let Some(pt) = events {
            put(out, format_args!("a=rtpmap:{pt} telephone-event/8000"));
            put(out, format_args!("a=fmtp:{pt} 0-15"));
        }
        put(out, format_args!("a=ptime:{ptime_ms}"));
        put(out, format_args!("a={}", direction.word()));
    }

    /// Numbers what is said: the same words keep their version (RFC 3264, 8).
    fn say(&mut self, body: String) -> String {
        if body != self.last {
            self.version += 1;
            self.last = body;
        }
        let address = address_of(self.address);
        format!("v=0\r\no=- {} {} IN {address}\r\n{}", self.session, self.version, self.last)
    }
}

fn put(out: &mut String, line: std::fmt::Arguments<'_>) {
    out.write_fmt(line).and_then(|()| out.write_str("\r\n")).expect("writing to a String does not fail");
}

/// A stream that we don't take keeps its place with port 0 (RFC 3264, 6).
fn refuse(out: &mut String, media: &Media) {
    put(out, format_args!("m={} 0 {} {}", media.media, media.proto, media.fmt));
}

fn parse(text: &str) -> Result<Session, SdpError> {
    Session::parse(text.as_bytes()).map_err(|_| SdpError::Unreadable)
}

/// The `t=` of an answer is the offer's (RFC 3264, 6).
fn times(session: &Session) -> String {
    session.times.first().map_or_else(|| "0 0".to_owned(), |time| format!("{} {}", time.start_time, time.stop_time))
}

/// The first stream that can be used; else the best reason why there is none.
fn choose(session: &Session, local: SocketAddr, offered: &[Codec]) -> Result<(usize, Stream), SdpError> {
    let mut best = SdpError::NoAudio;
    for (index, media) in session.medias.iter().enumerate() {
        match read::stream(session, media, local.is_ipv4(), offered) {
            Ok(stream) => return Ok((index, stream)),
            Err(SdpError::NoCodec) => best = SdpError::NoCodec,
            Err(SdpError::NoAudio | SdpError::Unreadable) => {}
        }
    }
    Err(best)
}

fn address_of(address: SocketAddr) -> String {
    match address {
        SocketAddr::V4(a) => format!("IP4 {}", a.ip()),
        SocketAddr::V6(a) => format!("IP6 {}", a.ip()),
    }
}

/// RFC 3551, 6.
fn static_type(codec: Codec) -> u8 {
    match codec {
        Codec::Pcmu => 0,
        Codec::Pcma => 8,
        Codec::Opus => 96,
    }
}

fn name_of(codec: Codec) -> &'static str {
    match codec {
        Codec::Pcmu => "PCMU",
        Codec::Pcma => "PCMA",
        Codec::Opus => "opus",
    }
}
