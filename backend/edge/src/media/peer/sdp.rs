//! A browser's offer, as far as we look at it ourselves: what it may contain, which codecs lead, who it is.
//!
//! The answer keeps the offer's order of codecs and the browser sends the first, so our preference is applied to the
//! offer before the stack sees it. The stack parses leniently; what would surprise it later is refused here.

use crate::media::world::leg::Format;
use crate::media::{Codec, MediaError};

/// A browser's offer with one audio section is 2 to 6 kB.
const MAX_OFFER: usize = 32 * 1024;
/// SSRCs of one sender: media, and a spare for retransmission.
pub(crate) const MAX_SSRCS: usize = 4;

/// What an offer says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Offer {
    /// Rewritten: our codecs only, in the order of our preference.
    pub text: String,
    /// Session and certificate: the same for a re-offer on the same connection, another after a reload.
    pub identity: String,
    /// Declared SSRCs; empty when the browser declares none.
    pub ssrcs: Vec<u32>,
}

fn refuse<T>(why: impl Into<String>) -> Result<T, MediaError> {
    Err(MediaError::Offer(why.into()))
}

/// The codec of an `a=rtpmap` value like `111 opus/48000/2`, with its payload type.
fn rtpmap(value: &str) -> Option<Format> {
    let (payload_type, name) = value.split_once(' ')?;
    let codec = match name.trim().to_ascii_lowercase().as_str() {
        "pcmu/8000" | "pcmu/8000/1" => Codec::Pcmu,
        "pcma/8000" | "pcma/8000/1" => Codec::Pcma,
        "opus/48000/2" => Codec::Opus,
        _ => return None,
    };
    Some(Format { codec, payload_type: payload_type.parse().ok().filter(|number| *number < 128)? })
}

/// Our codecs in a section's `m=` line, in its order. Static payload types need no rtpmap (RFC 3551, 6).
fn formats(text: &str) -> Vec<Format> {
    let Some(media) = text.lines().find_map(|line| line.strip_prefix("m=audio ")) else { return Vec::new() };
    let maps: Vec<Format> = text.lines().filter_map(|line| line.strip_prefix("a=rtpmap:")).filter_map(rtpmap).collect();
    let fixed = |payload_type| match payload_type {
        0 => Some(Codec::Pcmu),
        8 => Some(Codec::Pcma),
        _ => None,
    };
    media
        .split_whitespace()
        .skip(2)
        .filter_map(|number| number.parse::<u8>().ok())
        .filter_map(|payload_type| {
            let mapped = maps.iter().find(|format| format.payload_type == payload_type).copied();
            mapped.or_else(|| fixed(payload_type).map(|codec| Format { codec, payload_type }))
        })
        .fold(Vec::new(), |mut list, format| {
            if !list.iter().any(|known: &Format| known.codec == format.codec) {
                list.push(format);
            }
            list
        })
}

/// What an answer of ours has settled on, in its order.
pub(crate) fn negotiated(answer: &str) -> Vec<Format> {
    formats(answer)
}

/// Our ICE user name in an answer.
pub(crate) fn ufrag(answer: &str) -> Option<&str> {
    answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")).map(str::trim)
}

/// The answer, marked with the ICE user name of the offer that it answers: a page that has made another connection since
/// must not give it to that one. Nobody else looks at an attribute that they do not know (RFC 8866, 5.13).
pub(crate) fn marked(answer: &str, offer: &str) -> String {
    let name = ufrag(offer).unwrap_or_default();
    format!("{answer}a=x-hark-answers:{name}\r\n")
}

impl Offer {
    /// Reads an offer and puts the codecs of `prefer` first, in that order; others are left out.
    ///
    /// # Errors
    /// When it is too long, has not exactly one audio section, lacks ICE or DTLS attributes, or no codec is common.
    pub(crate) fn read(text: &str, prefer: &[Codec]) -> Result<Self, MediaError> {
        if text.len() > MAX_OFFER {
            return refuse(format!("longer than {MAX_OFFER} bytes"));
        }
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        let sections: Vec<&&str> = lines.iter().filter(|line| line.starts_with("m=")).collect();
        if sections.len() != 1 || !sections[0].starts_with("m=audio ") {
            return refuse("exactly one section is wanted, and that of audio");
        }
        let value = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name));
        let Some(fingerprint) = value("a=fingerprint:") else { return refuse("no DTLS fingerprint") };
        if value("a=ice-ufrag:").is_none() || value("a=ice-pwd:").is_none() || value("a=mid:").is_none() {
            return refuse("no ICE user name, password or mid");
        }
        let session = value("o=").and_then(|origin| origin.split_whitespace().nth(1)).unwrap_or_default();
        let offered = formats(text);
        let chosen: Vec<Format> =
            prefer.iter().filter_map(|codec| offered.iter().find(|format| format.codec == *codec).copied()).collect();
        if chosen.is_empty() {
            return refuse("no common codec: we speak Opus, PCMA and PCMU");
        }
        let mut ssrcs = Vec::new();
        for line in lines.iter().filter_map(|line| line.strip_prefix("a=ssrc:")) {
            let number = line.split_whitespace().next().and_then(|number| number.parse().ok());
            if let Some(ssrc) = number.filter(|ssrc| !ssrcs.contains(ssrc) && ssrcs.len() < MAX_SSRCS) {
                ssrcs.push(ssrc);
            }
        }
        Ok(Self { text: rewrite(&lines, &chosen), identity: format!("{session} {fingerprint}"), ssrcs })
    }
}

/// The offer with only `chosen` in its `m=` line and without the attributes of other payload types.
fn rewrite(lines: &[&str], chosen: &[Format]) -> String {
    let mut text = String::with_capacity(lines.iter().map(|line| line.len() + 2).sum());
    for line in lines {
        if let Some(media) = line.strip_prefix("m=") {
            let head: Vec<&str> = media.split_whitespace().take(3).collect();
            text.push_str("m=");
            text.push_str(&head.join(" "));
            for format in chosen {
                text.push_str(&format!(" {}", format.payload_type));
            }
        } else {
            let about = ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"].iter().find_map(|name| line.strip_prefix(name));
            let payload_type = about.and_then(|value| value.split(' ').next()?.parse::<u8>().ok());
            if payload_type.is_some_and(|number| chosen.iter().all(|format| format.payload_type != number)) {
                continue;
            }
            text.push_str(line);
        }
        text.push_str("\r\n");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n\
        a=group:BUNDLE 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\nc=IN IP4 0.0.0.0\r\n\
        a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AA:BB\r\na=setup:actpass\r\n\
        a=mid:0\r\na=sendrecv\r\na=rtcp-mux\r\na=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\n\
        a=fmtp:111 minptime=10;useinbandfec=1\r\na=rtpmap:63 red/48000/2\r\na=rtpmap:9 G722/8000\r\n\
        a=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:110 telephone-event/48000\r\n\
        a=ssrc:1234 cname:x\r\na=ssrc:1234 msid:a b\r\n";

    #[test]
    fn our_preference_leads_and_the_rest_is_gone() {
        let offer = Offer::read(OFFER, &[Codec::Pcma, Codec::Pcmu, Codec::Opus]).unwrap();
        assert!(offer.text.contains("m=audio 9 UDP/TLS/RTP/SAVPF 8 0 111\r\n"), "{}", offer.text);
        assert!(!offer.text.contains("telephone-event") && !offer.text.contains("G722"));
        assert!(offer.text.contains("a=fmtp:111 "));
        assert_eq!(offer.ssrcs, [1234]);
        let only = Offer::read(OFFER, &[Codec::Opus]).unwrap();
        assert!(only.text.contains("SAVPF 111\r\n"));
    }

    #[test]
    fn an_answer_names_the_offer_that_it_answers() {
        let answer = "v=0\r\na=ice-ufrag:ours\r\n";
        assert_eq!(marked(answer, OFFER), format!("{answer}a=x-hark-answers:abcd\r\n"));
    }

    #[test]
    fn identity_tells_a_restart_from_a_reload() {
        let read = |text: &str| Offer::read(text, &[Codec::Opus]).unwrap().identity;
        let restart = OFFER.replace("ice-ufrag:abcd", "ice-ufrag:wxyz").replace("336 2 IN", "336 3 IN");
        assert_eq!(read(OFFER), read(&restart));
        assert_ne!(read(OFFER), read(&OFFER.replace("AA:BB", "CC:DD")));
    }

    #[test]
    fn bad_offers_are_answered_in_words() {
        let refused = |text: &str| Offer::read(text, &[Codec::Opus]).unwrap_err().to_string();
        assert!(refused("").contains("section"));
        assert!(refused(&OFFER.replace("m=audio", "m=video")).contains("audio"));
        assert!(refused(&OFFER.replace("a=fingerprint", "a=finger")).contains("fingerprint"));
        assert!(refused(&OFFER.replace("opus/48000/2", "vorbis/1/1")).contains("codec"));
        assert!(refused(&"x".repeat(MAX_OFFER + 1)).contains("longer"));
    }
}
