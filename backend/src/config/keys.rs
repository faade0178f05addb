//! Every key and what may be written for it: one list for errors, suggestions and the checks.

/// A key.
pub(super) struct Key {
    /// As in the file, with dots.
    pub name: &'static str,
    /// What may be written.
    pub allowed: &'static str,
    /// Whether its value must not be shown.
    pub secret: bool,
}

const fn key(name: &'static str, allowed: &'static str) -> Key {
    Key { name, allowed, secret: false }
}

const fn secret(name: &'static str, allowed: &'static str) -> Key {
    Key { name, allowed, secret: true }
}

/// All of them.
pub(super) const KEYS: [Key; 26] = [
    key("data", "the path of a folder that can be written"),
    key("http.listen", "ADDRESS:PORT, like 127.0.0.1:8080 or 0.0.0.0:8080"),
    key("http.tls", "empty, CERTIFICATE,KEY (two PEM files, like cert.pem,key.pem) or self-signed"),
    key(
        "http.public_origins",
        "a list of addresses as a browser shows them, without a path, like [\"https://desk.example\"]",
    ),
    secret(
        "http.metrics_token",
        "empty, or a text of 16 to 200 visible ASCII characters (in quotes, should it be all digits)",
    ),
    secret("database.url", "empty, sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE"),
    key("edge.sip", "ADDRESS:PORT, like 10.0.0.20:5060"),
    key("edge.sip_public", "one IP address that trunks reach, like 203.0.113.20"),
    key("edge.rtp_ports", "FIRST-LAST with FIRST at least 1024 and LAST at least FIRST + 2, like 20000-29999"),
    key("edge.webrtc", "ADDRESS:PORT, like 0.0.0.0:3478"),
    key("edge.webrtc_public", "a list of IP addresses that browsers reach, like [\"203.0.113.20\"]"),
    key("edge.invites_per_second", "a whole number from 1 to 100000"),
    key("edge.media_threads", "a whole number from 1 to 8; without it one for each core"),
    key("edge.spool_free_mb", "a whole number of megabytes from 0 (no bound) to 100000000"),
    key("edge.sounds", "empty, or the path of a folder that core and edge both see"),
    key("speech.synthesiser", "espeak-ng or none"),
    key("edge.watch", "ADDRESS:PORT of health and figures of `hark edge`, like 127.0.0.1:8081"),
    key("link.listen", "ADDRESS:PORT, like 10.0.0.5:7060"),
    key("link.core", "HOST:PORT, like core.example:7060"),
    key(
        "flows.private_hosts",
        "a list of hosts and networks inside the house that data dips may ask, like [\"crm.intern\", \"10.0.0.0/8\"]",
    ),
    key("mail.server", "empty (nothing is mailed), or HOST:PORT of an SMTP server, like smtp.example:587"),
    key("mail.tls", "starttls, tls (from the first byte, usually port 465) or none (inside the house)"),
    key("mail.user", "empty, or who signs in at the mail server"),
    secret("mail.password", "the password of mail.user"),
    key("mail.from", "an address, or a name with one, like \"Hark <hark@desk.example>\"; needed with mail.server"),
    key("link.key", "empty, or the path of the file that the core has made"),
];

/// What may be written for `name`.
pub(super) fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The key that was probably meant, if any is near enough to be a typing mistake.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    /// Similarity (Jaro-Winkler, 0 to 1) from which a suggestion helps more than it confuses.
    const NEAR: f64 = 0.8;
    let whole = |key: &Key| strsim::jaro_winkler(name, key.name);
    // A key may also stand in the wrong section, or outside of any.
    let last = |key: &Key| strsim::jaro_winkler(last_part(name), last_part(key.name));
    let likeness = |key: &Key| whole(key).max(last(key));
    // Of two that are as near the first: `max_by` keeps the last.
    let best = KEYS.iter().rev().max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= NEAR).then_some(best.name)
}

fn last_part(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
