//! The checks of RFC 3261, 8.2, that the stack does not make, on a message's text. Pure.
//!
//! Invariant: what [`check`] lets through parses in the stack, has every header the stack's dialogs rely on, and its
//! method is one of [`ALLOWED`].

use super::message::{Message, Start, is_token};
use rsipstack::sip::SipMessage;
use rsipstack::sip::prelude::{HeadersExt, ToTypedHeader};
use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::net::SocketAddr;

/// The methods that the edge takes.
pub(crate) const ALLOWED: &[&str] = &["INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "REFER"];
/// Methods that are known but refused with 405; any other is not known and gets 501 (RFC 3261, 21.4.6 and 21.5.2).
const KNOWN: &[&str] = &["REGISTER", "SUBSCRIBE", "NOTIFY", "PUBLISH", "MESSAGE", "PRACK"];
/// Option tags of `Require` that the edge understands.
const SUPPORTED: &[&str] = &["timer"];
/// The default port of SIP over UDP.
const SIP_PORT: u16 = 5060;

/// What comes of a datagram.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Hand this message to the stack.
    Pass(Message),
    /// Answer it from here.
    Refuse(Message, Refusal),
    /// Neither: no answer is possible or wanted.
    Drop(&'static str),
}

/// A final response that the guard gives by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// 400 to 699.
    pub status: u16,
    /// In words.
    pub reason: &'static str,
    /// Headers besides those of every response.
    pub headers: Vec<(&'static str, String)>,
}

impl Refusal {
    /// A refusal without further headers.
    pub(crate) fn new(status: u16, reason: &'static str) -> Self {
        Self { status, reason, headers: Vec::new() }
    }

    /// With one more header.
    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Reads and checks a datagram.
pub(crate) fn check(datagram: &[u8]) -> Verdict {
    let Some(mut message) = Message::read(datagram) else {
        return Verdict::Drop("not SIP");
    };
    let Start::Request { .. } = &message.start else {
        return check_response(message);
    };
    if let Err(refusal) = check_request(&mut message) {
        // An ACK is never answered (RFC 3261, 17): it could only start a loop.
        let answerable = message.method() != Some("ACK")
            && ["Via", "From", "To", "Call-ID", "CSeq"].iter().all(|name| message.header(name).is_some());
        return if answerable { Verdict::Refuse(message, refusal) } else { Verdict::Drop("malformed") };
    }
    Verdict::Pass(message)
}

fn check_response(mut message: Message) -> Verdict {
    if message.flaw.is_some() || frame_body(&mut message).is_err() {
        return Verdict::Drop("malformed response");
    }
    prefer_md5(&mut message);
    if stack_reads(&message) { Verdict::Pass(message) } else { Verdict::Drop("malformed response") }
}

fn check_request(message: &mut Message) -> Result<(), Refusal> {
    let Start::Request { method, uri, version } = message.start.clone() else {
        return Err(bad("Not a request"));
    };
    check_start(&method, &uri, &version)?;
    if let Some(flaw) = message.flaw {
        return Err(bad(flaw));
    }
    check_mandatory(message, &method)?;
    frame_body(message).map_err(bad)?;
    check_method(&method)?;
    check_scheme(&uri)?;
    let initial = !has_tag(message.header("To").unwrap_or_default());
    if initial
        && !matches!(method.as_str(), "ACK" | "CANCEL" | "OPTIONS")
        && message.header("Max-Forwards") == Some("0")
    {
        // Not a proxy, but the call goes on behind us: RFC 7332 asks the same of a back-to-back user agent.
        return Err(Refusal::new(483, "Too Many Hops"));
    }
    if !matches!(method.as_str(), "ACK" | "CANCEL") {
        check_require(message)?;
    }
    if let Start::Request { uri, .. } = &mut message.start {
        *uri = without_user_params(uri);
    }
    if stack_reads(message) { Ok(()) } else { Err(bad("Malformed header")) }
}

fn bad(reason: &'static str) -> Refusal {
    Refusal::new(400, reason)
}

fn check_start(method: &str, uri: &str, version: &str) -> Result<(), Refusal> {
    if method.is_empty() || !method.bytes().all(is_token) {
        return Err(bad("Malformed method"));
    }
    if version.contains(' ') || uri.is_empty() {
        return Err(bad("Malformed request line"));
    }
    if !version.eq_ignore_ascii_case("SIP/2.0") {
        return Err(Refusal::new(505, "Version Not Supported"));
    }
    Ok(())
}

fn check_mandatory(message: &Message, method: &str) -> Result<(), Refusal> {
    for (name, missing, twice) in [
        ("From", "Missing From", "Two From headers"),
        ("To", "Missing To", "Two To headers"),
        ("Call-ID", "Missing Call-ID", "Two Call-ID headers"),
        ("CSeq", "Missing CSeq", "Two CSeq headers"),
    ] {
        match message.all(name).count() {
            0 => return Err(bad(missing)),
            1 if message.header(name) != Some("") => {}
            1 => return Err(bad(missing)),
            _ => return Err(bad(twice)),
        }
    }
    if message.header("Via").is_none() {
        return Err(bad("Missing Via"));
    }
    let mut cseq = message.header("CSeq").unwrap_or_default().split_whitespace();
    let number = cseq.next().and_then(|n| n.parse::<u32>().ok()).filter(|n| *n < 1 << 31);
    if number.is_none() || cseq.next() != Some(method) || cseq.next().is_some() {
        return Err(bad("CSeq does not fit the request"));
    }
    if !has_tag(message.header("From").unwrap_or_default()) {
        return Err(bad("Missing From tag"));
    }
    if method == "INVITE" && message.header("Contact").is_none() {
        return Err(bad("Missing Contact"));
    }
    let mut hops = message.all("Max-Forwards");
    let hop_ok = hops.next().is_none_or(|value| value.parse::<u8>().is_ok());
    if !hop_ok || hops.next().is_some() {
        return Err(bad("Malformed Max-Forwards"));
    }
    Ok(())
}

/// Cuts the body to Content-Length, as RFC 3261, 18.3, wants for UDP; a missing one means the whole datagram.
fn frame_body(message: &mut Message) -> Result<(), &'static str> {
    let mut length = None;
    for value in message.all("Content-Length") {
        let value: usize = value.parse().map_err(|_| "Malformed Content-Length")?;
        if length.is_some_and(|before| before != value) {
            return Err("Two Content-Lengths");
        }
        length = Some(value);
    }
    match length {
        Some(length) if length > message.body.len() => Err("Body shorter than Content-Length"),
        Some(length) => {
            message.body.truncate(length);
            Ok(())
        }
        None => Ok(()),
    }
}

fn check_method(method: &str) -> Result<(), Refusal> {
    if ALLOWED.contains(&method) {
        Ok(())
    } else if KNOWN.contains(&method) {
        Err(Refusal::new(405, "Method Not Allowed").with("Allow", ALLOWED.join(", ")))
    } else {
        Err(Refusal::new(501, "Not Implemented").with("Allow", ALLOWED.join(", ")))
    }
}

fn check_scheme(uri: &str) -> Result<(), Refusal> {
    match uri.split_once(':') {
        Some((scheme, rest)) if !rest.is_empty() && !scheme.is_empty() => {
            if scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("tel") {
                Ok(())
            } else {
                Err(Refusal::new(416, "Unsupported URI Scheme"))
            }
        }
        _ => Err(bad("Malformed Request-URI")),
    }
}

fn check_require(message: &Message) -> Result<(), Refusal> {
    let unknown: Vec<&str> = message
        .all("Require")
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|tag| !tag.is_empty() && !SUPPORTED.iter().any(|known| known.eq_ignore_ascii_case(tag)))
        .collect();
    if unknown.is_empty() {
        Ok(())
    } else {
        Err(Refusal::new(420, "Bad Extension").with("Unsupported", unknown.join(", ")))
    }
}

/// `sip:+8610;npdi@host` becomes `sip:+8610@host`: the stack would take the user for the host.
fn without_user_params(uri: &str) -> String {
    match uri.split_once('@') {
        Some((user, host)) => match user.split_once(';') {
            Some((user, _)) => format!("{user}@{host}"),
            None => uri.to_owned(),
        },
        None => uri.to_owned(),
    }
}

/// The stack answers the first challenge it sees and knows MD5 only, so one of MD5 hides all others (RFC 8760, 2.4).
fn prefer_md5(message: &mut Message) {
    let is_challenge =
        |name: &str| name.eq_ignore_ascii_case("WWW-Authenticate") || name.eq_ignore_ascii_case("Proxy-Authenticate");
    let is_md5 = |value: &str| {
        let lower = value.to_ascii_lowercase().replace([' ', '"'], "");
        !lower.contains("algorithm=") || lower.contains("algorithm=md5,") || lower.ends_with("algorithm=md5")
    };
    if message.headers.iter().any(|(name, value)| is_challenge(name) && is_md5(value)) {
        message.headers.retain(|(name, value)| !is_challenge(name) || is_md5(value));
    }
}

/// Whether a From or To value has a tag of its own (not one inside the angle brackets).
pub(crate) fn has_tag(value: &str) -> bool {
    let params = value.rsplit_once('>').map_or(value, |(_, params)| params);
    params.split(';').skip(1).any(|p| p.trim().get(..4).is_some_and(|name| name.eq_ignore_ascii_case("tag=")))
}

/// Whether the stack's own parsers take the parts that its transactions and dialogs need.
fn stack_reads(message: &Message) -> bool {
    let Ok(parsed) = SipMessage::try_from(message.write().as_slice()) else {
        return false;
    };
    fn all_read(m: &impl HeadersExt) -> bool {
        m.top_via_header().and_then(|via| via.typed()).is_ok()
            && m.from_header().and_then(|h| h.clone().typed()).is_ok()
            && m.to_header().and_then(|h| h.clone().typed()).is_ok()
            && m.cseq_header().and_then(|h| h.clone().typed()).is_ok()
            && m.call_id_header().is_ok_and(|h| !h.value().is_empty())
            && m.typed_contact_headers().is_ok()
    }
    match parsed {
        SipMessage::Request(request) => all_read(&request),
        SipMessage::Response(response) => all_read(&response),
    }
}

/// Writes the response to a refused request, stateless as RFC 3261, 8.2.7, describes: the To tag comes from the
/// request and `seed` alone, so that a retransmission gets the same.
pub(crate) fn answer(message: &Message, refusal: &Refusal, source: SocketAddr, seed: u64) -> Vec<u8> {
    let mut out = format!("SIP/2.0 {} {}\r\n", refusal.status, refusal.reason);
    let mut first = true;
    for value in message.all("Via") {
        let value = if first { received(value, source) } else { value.to_owned() };
        first = false;
        out.push_str(&format!("Via: {value}\r\n"));
    }
    for name in ["From", "To", "Call-ID", "CSeq"] {
        let value = message.header(name).unwrap_or_default();
        out.push_str(&format!("{name}: {value}"));
        if name == "To" && !has_tag(value) {
            out.push_str(&format!(";tag={:016x}", tag(message, seed)));
        }
        out.push_str("\r\n");
    }
    for (name, value) in &refusal.headers {
        out.push_str(&format!("{name}: {value}\r\n"));
    }
    out.push_str("Content-Length: 0\r\n\r\n");
    out.into_bytes()
}

/// What names a request: the same for its retransmissions, different for any other.
pub(crate) fn identity(message: &Message, seed: u64) -> u64 {
    let mut hasher = DefaultHasher::new();
    seed.hash(&mut hasher);
    for name in ["Via", "From", "Call-ID", "CSeq"] {
        message.header(name).hash(&mut hasher);
    }
    hasher.finish()
}

fn tag(message: &Message, seed: u64) -> u64 {
    identity(message, seed.rotate_left(17))
}

/// The topmost Via with the source written into it (RFC 3261, 18.2.1, and RFC 3581).
fn received(via: &str, source: SocketAddr) -> String {
    let (first, rest) = via.split_once(',').map_or((via, None), |(first, rest)| (first, Some(rest)));
    let mut out = String::new();
    for (i, part) in first.split(';').map(str::trim).enumerate() {
        let name = part.split('=').next().unwrap_or_default().trim();
        if i > 0 && name.eq_ignore_ascii_case("received") {
            continue;
        }
        if i > 0 {
            out.push(';');
        }
        out.push_str(part);
        if i > 0 && part.eq_ignore_ascii_case("rport") {
            out.push_str(&format!("={}", source.port()));
        }
    }
    out.push_str(&format!(";received={}", source.ip()));
    if let Some(rest) = rest {
        out.push(',');
        out.push_str(rest);
    }
    out
}

/// Where a response goes: the source's address, and its port if `rport` was asked for, else the one in the Via.
pub(crate) fn return_address(message: &Message, source: SocketAddr) -> SocketAddr {
    let via = message.header("Via").unwrap_or_default();
    let first = via.split(',').next().unwrap_or_default();
    let asked =
        first.split(';').skip(1).any(|p| p.split('=').next().is_some_and(|n| n.trim().eq_ignore_ascii_case("rport")));
    if asked {
        return source;
    }
    let sent_by = first.split(';').next().and_then(|p| p.split_whitespace().nth(1)).unwrap_or_default();
    let after_host = sent_by.rsplit_once(']').map_or(sent_by, |(_, rest)| rest);
    let port = after_host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(SIP_PORT);
    SocketAddr::new(source.ip(), port)
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
