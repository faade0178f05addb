//! A SIP message as text in its three parts, read leniently from a datagram and written strictly.
//!
//! Lenient where equipment in the field is: bare line feeds, folded lines, compact names, GBK text, a missing
//! Content-Length. What is written out again has none of that, so the stack behind never sees it. What cannot be read
//! keeps as much as was understood, because a 400 needs the request's Via, From, To, Call-ID and CSeq.

use encoding_rs::GB18030;

/// Header lines that a message may have: a Via and a Record-Route for each of 70 hops (RFC 3261, 16.6), and the rest.
const MAX_HEADERS: usize = 256;

/// Compact names (RFC 3261, 7.3.3, and the registry of header fields at IANA).
const COMPACT: &[(&str, &str)] = &[
    ("i", "Call-ID"),
    ("m", "Contact"),
    ("e", "Content-Encoding"),
    ("l", "Content-Length"),
    ("c", "Content-Type"),
    ("f", "From"),
    ("s", "Subject"),
    ("k", "Supported"),
    ("t", "To"),
    ("v", "Via"),
    ("o", "Event"),
    ("u", "Allow-Events"),
    ("r", "Refer-To"),
    ("b", "Referred-By"),
    ("x", "Session-Expires"),
];

/// The first line of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    /// `INVITE sip:1001@host SIP/2.0`, the three words as they came.
    Request {
        /// The method, not yet checked.
        method: String,
        /// The Request-URI, not yet checked.
        uri: String,
        /// `SIP/2.0`, not yet checked.
        version: String,
    },
    /// A status line, whole.
    Response {
        /// 100 to 699.
        status: u16,
        /// What follows it.
        reason: String,
    },
}

/// A message in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The first line.
    pub start: Start,
    /// Names (compact ones written out) and values, unfolded, in order.
    pub headers: Vec<(String, String)>,
    /// Everything after the empty line.
    pub body: Vec<u8>,
    /// The first thing that was wrong with the header lines, for the reason phrase of a 400.
    pub flaw: Option<&'static str>,
}

impl Message {
    /// Reads a datagram. `None` when its first line is neither a request's nor a response's: noise.
    pub(crate) fn read(datagram: &[u8]) -> Option<Self> {
        let (head, body, ended) = split_body(datagram);
        let mut flaw = (!ended).then_some("Missing empty line after the headers");
        let mut lines = head.split(|&b| b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
        let start = read_start(&decode(lines.next()?))?;
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            let text = decode(line);
            if text.chars().any(|c| c.is_control() && c != '\t') {
                flaw = flaw.or(Some("Control character in a header"));
                continue;
            }
            if text.starts_with([' ', '\t']) {
                match headers.last_mut() {
                    Some((_, value)) => {
                        value.push(' ');
                        value.push_str(text.trim());
                    }
                    None => flaw = flaw.or(Some("First header is folded")),
                }
                continue;
            }
            if text.is_empty() {
                continue;
            }
            let Some((name, value)) = text.split_once(':') else {
                flaw = flaw.or(Some("Header without a colon"));
                continue;
            };
            let name = name.trim_end();
            if name.is_empty() || !name.bytes().all(is_token) {
                flaw = flaw.or(Some("Malformed header name"));
                continue;
            }
            if headers.len() == MAX_HEADERS {
                flaw = flaw.or(Some("Too many headers"));
                break;
            }
            headers.push((expand(name), value.trim().to_owned()));
        }
        Some(Self { start, headers, body: body.to_vec(), flaw })
    }

    /// The first value of this header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Every value of this header, line by line.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The method of a request.
    pub(crate) fn method(&self) -> Option<&str> {
        match &self.start {
            Start::Request { method, .. } => Some(method),
            Start::Response { .. } => None,
        }
    }

    /// Writes the message as the standard wants it: CRLF, full names, one right Content-Length.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = match &self.start {
            Start::Request { method, uri, version } => format!("{method} {uri} {version}\r\n"),
            Start::Response { status, reason } => format!("SIP/2.0 {status} {reason}\r\n"),
        };
        for (name, value) in &self.headers {
            if !name.eq_ignore_ascii_case("Content-Length") {
                out.push_str(name);
                out.push_str(": ");
                out.push_str(value);
                out.push_str("\r\n");
            }
        }
        out.push_str(&format!("Content-Length: {}\r\n\r\n", self.body.len()));
        let mut out = out.into_bytes();
        out.extend_from_slice(&self.body);
        out
    }
}

/// Head, body, and whether an empty line parted them.
fn split_body(datagram: &[u8]) -> (&[u8], &[u8], bool) {
    let mut at = 0;
    while let Some(offset) = datagram[at..].iter().position(|&b| b == b'\n') {
        let end = at + offset;
        let rest = &datagram[end + 1..];
        if let Some(body) = rest.strip_prefix(b"\r\n").or_else(|| rest.strip_prefix(b"\n")) {
            return (&datagram[..end], body, true);
        }
        at = end + 1;
    }
    (datagram, &[], false)
}

/// UTF-8 as the standard says, else GB18030 (of which GBK and GB2312 are parts), else what can be saved.
fn decode(line: &[u8]) -> String {
    match std::str::from_utf8(line) {
        Ok(text) => text.to_owned(),
        Err(_) => match GB18030.decode_without_bom_handling_and_without_replacement(line) {
            Some(text) => text.into_owned(),
            None => String::from_utf8_lossy(line).into_owned(),
        },
    }
}

fn read_start(line: &str) -> Option<Start> {
    if line.chars().any(char::is_control) {
        return None;
    }
    let mut words = line.splitn(3, ' ');
    let (first, second, third) = (words.next()?, words.next()?, words.next());
    if first.eq_ignore_ascii_case("SIP/2.0") {
        let status = second.parse().ok().filter(|code| (100..700).contains(code))?;
        return Some(Start::Response { status, reason: third.unwrap_or_default().trim().to_owned() });
    }
    let version = third?.trim_end();
    // Anything may fly in on a UDP port; only a line that ends like a SIP request is worth an answer.
    let is_sip = version.rsplit(' ').next()?.get(..4)?.eq_ignore_ascii_case("SIP/");
    is_sip.then(|| Start::Request { method: first.to_owned(), uri: second.to_owned(), version: version.to_owned() })
}

fn expand(name: &str) -> String {
    COMPACT
        .iter()
        .find(|(short, _)| short.eq_ignore_ascii_case(name))
        .map_or_else(|| name.to_owned(), |(_, full)| (*full).to_owned())
}

/// A character of a token (RFC 3261, 25.1).
pub(crate) fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_field_sends_and_writes_what_the_standard_says() {
        let wire = b"OPTIONS sip:a@b SIP/2.0\nv: SIP/2.0/UDP h;branch=z9hG4bK1\nSubject: one\n  two\nl:0\n\nbody";
        let message = Message::read(wire).unwrap();
        assert_eq!(message.flaw, None);
        assert_eq!(
            String::from_utf8(message.write()).unwrap(),
            "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nSubject: one two\r\nContent-Length: 4\r\n\r\nbody"
        );
    }

    #[test]
    fn gbk_becomes_utf8() {
        // 张三 in GBK, written as bytes so that the check does not use the decoder.
        let wire = b"INVITE sip:a@b SIP/2.0\r\nFrom: \"\xd5\xc5\xc8\xfd\" <sip:1@b>;tag=1\r\n\r\n";
        let message = Message::read(wire).unwrap();
        assert_eq!(message.header("from"), Some("\"张三\" <sip:1@b>;tag=1"));
    }

    #[test]
    fn noise_is_not_a_message() {
        for noise in [&b""[..], b"\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"hello", b"\x00\x01\x02 \x80 SIP/2.0\r\n\r\n"]
        {
            assert_eq!(Message::read(noise), None, "{noise:?}");
        }
    }

    #[test]
    fn flaws_are_told_and_the_rest_is_kept() {
        let message = Message::read(b"BYE sip:a@b SIP/2.0\r\nno colon here\r\nTo: x\r\n\r\n").unwrap();
        assert_eq!(message.flaw, Some("Header without a colon"));
        assert_eq!(message.header("To"), Some("x"));
        let message = Message::read(b"BYE sip:a@b SIP/2.0\r\nTo: a\rVia: b\r\n\r\n").unwrap();
        assert_eq!(message.flaw, Some("Control character in a header"));
    }
}
