//! SIP messages as text (RFC 3261, 7): parsed forgivingly, written strictly. Only what a telephone needs.

use anyhow::{Context, Result, bail};

/// The first line of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Start {
    /// `METHOD uri SIP/2.0`
    Request {
        /// The method in capitals.
        method: String,
        /// The request URI.
        uri: String,
    },
    /// `SIP/2.0 status reason`
    Response {
        /// 100 to 699.
        status: u16,
        /// Words.
        reason: String,
    },
}

/// A message: start line, headers in order, body.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The first line.
    pub start: Start,
    headers: Vec<(String, String)>,
    /// The body; SDP is all that telephones exchange.
    pub body: String,
}

/// Compact forms (RFC 3261, 7.3.3) and their long names.
const COMPACT: [(&str, &str); 8] = [
    ("v", "Via"),
    ("f", "From"),
    ("t", "To"),
    ("m", "Contact"),
    ("i", "Call-ID"),
    ("l", "Content-Length"),
    ("c", "Content-Type"),
    ("k", "Supported"),
];

impl Message {
    /// A request without headers.
    #[must_use]
    pub fn request(method: &str, uri: &str) -> Self {
        let start = Start::Request { method: method.to_owned(), uri: uri.to_owned() };
        Self { start, headers: Vec::new(), body: String::new() }
    }

    /// A response to `request` with what RFC 3261, 8.2.6.2 says it must repeat.
    #[must_use]
    pub fn response(request: &Self, status: u16, reason: &str) -> Self {
        let start = Start::Response { status, reason: reason.to_owned() };
        let mut response = Self { start, headers: Vec::new(), body: String::new() };
        for name in ["Via", "Record-Route", "From", "To", "Call-ID", "CSeq"] {
            for value in request.all(name) {
                response.push(name, value);
            }
        }
        response
    }

    /// Reads a datagram.
    ///
    /// # Errors
    /// When it is no SIP message.
    pub fn parse(datagram: &[u8]) -> Result<Self> {
        let text = String::from_utf8_lossy(datagram);
        let (head, body) = text.split_once("\r\n\r\n").context("no empty line after the headers")?;
        let mut lines = head.split("\r\n");
        let start = parse_start(lines.next().unwrap_or_default())?;
        let mut headers: Vec<(String, String)> = Vec::new();
        for line in lines {
            match (line.starts_with([' ', '\t']), headers.last_mut()) {
                // A folded line (7.3.1) continues the one before.
                (true, Some((_, value))) => *value = format!("{value} {}", line.trim()),
                _ => {
                    let (name, value) = line.split_once(':').with_context(|| format!("no header: {line}"))?;
                    let name = name.trim();
                    let long = COMPACT.iter().find(|(short, _)| short.eq_ignore_ascii_case(name));
                    headers.push((long.map_or(name, |(_, long)| long).to_owned(), value.trim().to_owned()));
                }
            }
        }
        Ok(Self { start, headers, body: body.to_owned() })
    }

    /// The first header of this name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The first header of this name.
    ///
    /// # Errors
    /// When there is none.
    pub fn need(&self, name: &str) -> Result<&str> {
        self.header(name).with_context(|| format!("no {name} in {self:?}"))
    }

    /// Every value of this name in order, lists taken apart at their commas.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self.headers.iter().filter(move |(n, _)| n.eq_ignore_ascii_case(name));
        let lists = matches!(name, "Via" | "Route" | "Record-Route");
        named.flat_map(move |(_, value)| if lists { split_list(value) } else { vec![value.as_str()] })
    }

    /// Adds a header at the end.
    pub fn push(&mut self, name: &str, value: impl ToString) {
        self.headers.push((name.to_owned(), value.to_string()));
    }

    /// Adds a header before all others.
    pub fn push_front(&mut self, name: &str, value: impl ToString) {
        self.headers.insert(0, (name.to_owned(), value.to_string()));
    }

    /// Replaces a header, or adds it.
    pub fn set(&mut self, name: &str, value: impl ToString) {
        match self.headers.iter_mut().find(|(n, _)| n.eq_ignore_ascii_case(name)) {
            Some((_, old)) => *old = value.to_string(),
            None => self.push(name, value),
        }
    }

    /// Gives it an SDP body.
    pub fn set_sdp(&mut self, sdp: String) {
        self.set("Content-Type", "application/sdp");
        self.body = sdp;
    }

    /// The method of a request, or of the request that a response answers (CSeq).
    #[must_use]
    pub fn method(&self) -> &str {
        match &self.start {
            Start::Request { method, .. } => method,
            Start::Response { .. } => {
                self.header("CSeq").and_then(|cseq| cseq.split_whitespace().nth(1)).unwrap_or_default()
            }
        }
    }

    /// The status of a response, 0 for a request.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self.start {
            Start::Response { status, .. } => status,
            Start::Request { .. } => 0,
        }
    }

    /// The number in CSeq.
    #[must_use]
    pub fn sequence(&self) -> u32 {
        let cseq = self.header("CSeq").and_then(|cseq| cseq.split_whitespace().next());
        cseq.and_then(|number| number.parse().ok()).unwrap_or_default()
    }

    /// The branch of the topmost Via, which names the transaction (17.1.3).
    #[must_use]
    pub fn branch(&self) -> &str {
        self.all("Via").next().and_then(|via| parameter(via, "branch")).unwrap_or_default()
    }

    /// Start line, for traces.
    #[must_use]
    pub fn first_line(&self) -> String {
        match &self.start {
            Start::Request { method, uri } => format!("{method} {uri} SIP/2.0"),
            Start::Response { status, reason } => format!("SIP/2.0 {status} {reason}"),
        }
    }

    /// As it goes on the wire; Content-Length is written here.
    #[must_use]
    pub fn to_text(&self) -> String {
        let mut text = self.first_line() + "\r\n";
        for (name, value) in self.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("Content-Length")) {
            text += &format!("{name}: {value}\r\n");
        }
        text + &format!("Content-Length: {}\r\n\r\n{}", self.body.len(), self.body)
    }
}

fn parse_start(line: &str) -> Result<Start> {
    let words: Vec<&str> = line.splitn(3, ' ').collect();
    match words.as_slice() {
        ["SIP/2.0", status, rest @ ..] => {
            let status = status.parse().with_context(|| format!("no status: {line}"))?;
            Ok(Start::Response { status, reason: rest.first().copied().unwrap_or_default().to_owned() })
        }
        [method, uri, "SIP/2.0"] => Ok(Start::Request { method: (*method).to_owned(), uri: (*uri).to_owned() }),
        _ => bail!("no start line: {line}"),
    }
}

/// Takes a comma-separated header apart; commas within quotes and angle brackets stay.
fn split_list(value: &str) -> Vec<&str> {
    let (mut parts, mut from, mut quoted, mut bracketed) = (Vec::new(), 0, false, false);
    for (at, c) in value.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '<' if !quoted => bracketed = true,
            '>' if !quoted => bracketed = false,
            ',' if !quoted && !bracketed => {
                parts.push(value[from..at].trim());
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(value[from..].trim());
    parts
}

/// A parameter of a header value: what follows `;name=`, outside of angle brackets.
#[must_use]
pub fn parameter<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let outside = value.rfind('>').map_or(value, |end| &value[end..]);
    outside.split(';').skip(1).find_map(|part| {
        let (key, value) = part.split_once('=').unwrap_or((part, ""));
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// The URI of an address header: what stands between angle brackets, or the value up to its parameters.
#[must_use]
pub fn uri(value: &str) -> &str {
    match (value.find('<'), value.rfind('>')) {
        (Some(from), Some(to)) if from < to => &value[from + 1..to],
        _ => value.split(';').next().unwrap_or(value).trim(),
    }
}

/// `host` and `port` of a SIP URI; 5060 when it names none.
#[must_use]
pub fn host_port(uri: &str) -> (String, u16) {
    let rest = uri.trim().trim_start_matches("sips:").trim_start_matches("sip:");
    let rest = rest.split([';', '?']).next().unwrap_or(rest);
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    match host.rsplit_once(':') {
        Some((name, port)) if !name.is_empty() && port.parse::<u16>().is_ok() => {
            (name.to_owned(), port.parse().unwrap_or(5060))
        }
        _ => (host.to_owned(), 5060),
    }
}

/// The user part of a SIP URI.
#[must_use]
pub fn user(uri: &str) -> &str {
    let rest = uri.trim().trim_start_matches("sips:").trim_start_matches("sip:");
    rest.split_once('@').map_or("", |(user, _)| user)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:95588@127.0.0.1:5060 SIP/2.0\r\n\
        v: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKa, SIP/2.0/UDP 10.0.0.2;branch=z9hG4bKb\r\n\
        Record-Route: <sip:10.0.0.1;lr;x=a,b>, <sip:10.0.0.2;lr>\r\n\
        f: \"Wang, Li\" <sip:138@carrier>;tag=abc\r\n\
        Subject: a\r\n  folded line\r\n\
        CSeq: 7 INVITE\r\n\r\nv=0\r\n";

    #[test]
    fn lists_folds_and_compact_names_are_read() {
        let message = Message::parse(INVITE.as_bytes()).unwrap();
        assert_eq!(message.branch(), "z9hG4bKa");
        assert_eq!(message.all("Record-Route").collect::<Vec<_>>(), ["<sip:10.0.0.1;lr;x=a,b>", "<sip:10.0.0.2;lr>"]);
        assert_eq!(parameter(message.need("From").unwrap(), "tag"), Some("abc"));
        assert_eq!(uri(message.need("From").unwrap()), "sip:138@carrier");
        assert_eq!(message.header("subject"), Some("a folded line"));
        assert_eq!((message.sequence(), message.method(), message.body.as_str()), (7, "INVITE", "v=0\r\n"));
    }

    #[test]
    fn a_response_repeats_what_it_must() {
        let invite = Message::parse(INVITE.as_bytes()).unwrap();
        let busy = Message::parse(Message::response(&invite, 486, "Busy Here").to_text().as_bytes()).unwrap();
        assert_eq!((busy.status(), busy.method()), (486, "INVITE"));
        assert_eq!(busy.all("Via").count(), 2);
        assert_eq!(busy.header("Content-Length"), Some("0"));
    }

    #[test]
    fn uris_are_taken_apart() {
        assert_eq!(host_port("sip:a@127.0.0.1:5070;transport=udp"), ("127.0.0.1".to_owned(), 5070));
        assert_eq!(host_port("sip:10.0.0.1;lr"), ("10.0.0.1".to_owned(), 5060));
        assert_eq!(user("sip:+8610@x"), "+8610");
        assert_eq!(uri("sip:a@b;tag=1"), "sip:a@b");
        assert!(Message::parse(b"HTTP/1.1 200 OK\r\n\r\n").is_err());
    }
}
