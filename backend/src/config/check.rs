//! What must hold of the values, alone and together.

use super::keys::find;
use super::{Config, ConfigError, Edge, Http, MAX_MEDIA_THREADS, Mail, PrivateHosts};
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

/// A hundred terabytes: whoever wants more to stay free has mistaken the unit.
const MAX_SPOOL_FREE_MB: u64 = 100_000_000;

/// How the web server encrypts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tls {
    /// Not at all.
    Off,
    /// With a certificate of its own making, which browsers warn of.
    SelfSigned,
    /// With these PEM files.
    Files {
        /// The certificate and those that signed it.
        certificate: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// How the way to the mail server is encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailTls {
    /// Not at all.
    Off,
    /// After a command; a server that cannot is refused.
    Starttls,
    /// From the first byte.
    Whole,
}

/// `key` is `value`, and should be what the list of keys says.
fn wrong(key: &'static str, value: impl Into<String>) -> ConfigError {
    because(key, value, find(key).map_or("", |key| key.allowed))
}

fn because(key: &'static str, value: impl Into<String>, allowed: impl Into<String>) -> ConfigError {
    ConfigError::Value { key: key.to_owned(), value: value.into(), from: String::new(), allowed: allowed.into() }
}

impl Config {
    /// Checks everything; the first fault is told.
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        if self.data.as_os_str().is_empty() {
            return Err(wrong("data", "empty"));
        }
        let url = &self.database.url;
        if !(url.is_empty() || ["sqlite:", "postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme))) {
            // Not the whole: it may hold a password.
            return Err(wrong("database.url", format!("{:?}", url.split(':').next().unwrap_or_default())));
        }
        self.http.check()?;
        let core = self.link.core.rsplit_once(':');
        if !core.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
            return Err(wrong("link.core", format!("{:?}", self.link.core)));
        }
        if let Err(why) = PrivateHosts::read(&self.flows.private_hosts) {
            return Err(wrong("flows.private_hosts", format!("{:?}", why.0)));
        }
        self.mail.check()?;
        self.edge.check()
    }
}

impl Mail {
    fn check(&self) -> Result<(), ConfigError> {
        if !matches!(self.tls.as_str(), "starttls" | "tls" | "none") {
            return Err(wrong("mail.tls", format!("{:?}", self.tls)));
        }
        if self.server.is_empty() {
            return Ok(());
        }
        if self.server().is_none() {
            return Err(wrong("mail.server", format!("{:?}", self.server)));
        }
        if self.from.parse::<lettre::message::Mailbox>().is_err() {
            return Err(wrong("mail.from", format!("{:?}", self.from)));
        }
        Ok(())
    }

    /// Host and port of the server; `None` when there is none.
    #[must_use]
    pub fn server(&self) -> Option<(String, u16)> {
        let (host, port) = self.server.rsplit_once(':')?;
        Some((host.to_owned(), port.parse().ok()?)).filter(|(host, port)| !host.is_empty() && *port > 0)
    }

    /// How the way there is encrypted.
    #[must_use]
    pub fn encryption(&self) -> MailTls {
        match self.tls.as_str() {
            "none" => MailTls::Off,
            "tls" => MailTls::Whole,
            // Whatever else it says: a checked configuration says this.
            _ => MailTls::Starttls,
        }
    }
}

impl Http {
    fn check(&self) -> Result<(), ConfigError> {
        self.encryption()?;
        for origin in &self.public_origins {
            if !is_origin(origin) {
                return Err(wrong("http.public_origins", format!("{origin:?}")));
            }
        }
        let token = &self.metrics_token;
        let good = token.is_empty() || (16..=200).contains(&token.len()) && token.bytes().all(|b| b.is_ascii_graphic());
        if good { Ok(()) } else { Err(wrong("http.metrics_token", "something else")) }
    }

    /// How to encrypt.
    ///
    /// # Errors
    /// When `tls` is none of its forms.
    pub fn encryption(&self) -> Result<Tls, ConfigError> {
        match self.tls.trim() {
            "" => Ok(Tls::Off),
            "self-signed" => Ok(Tls::SelfSigned),
            files => match files.split(',').map(str::trim).collect::<Vec<_>>()[..] {
                [certificate, key] if !certificate.is_empty() && !key.is_empty() => {
                    Ok(Tls::Files { certificate: certificate.into(), key: key.into() })
                }
                _ => Err(wrong("http.tls", format!("{files:?}"))),
            },
        }
    }
}

/// `scheme://host` with an optional port, as browsers write an origin: lower case, no path, no slash at the end.
fn is_origin(text: &str) -> bool {
    let Some(host) = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")) else { return false };
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-_:[]".contains(&byte);
    let port = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map(|(_, port)| port);
    !host.is_empty()
        && !host.starts_with(':')
        && host.bytes().all(plain)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

impl Edge {
    fn check(&self) -> Result<(), ConfigError> {
        let (first, last) = self.ports()?;
        for (key, address) in [("edge.sip", self.sip), ("edge.webrtc", self.webrtc)] {
            if (first..=last).contains(&address.port()) {
                let allowed = format!("a port outside edge.rtp_ports ({first}-{last})");
                return Err(because(key, format!("\"{address}\""), allowed));
            }
        }
        if self.sip == self.webrtc && self.sip.port() != 0 {
            return Err(because("edge.webrtc", format!("\"{}\"", self.webrtc), "another port than that of edge.sip"));
        }
        if !(1..=100_000).contains(&self.invites_per_second) {
            return Err(wrong("edge.invites_per_second", self.invites_per_second.to_string()));
        }
        if self.media_threads.is_some_and(|threads| !(1..=MAX_MEDIA_THREADS).contains(&threads)) {
            return Err(wrong("edge.media_threads", self.media_threads.unwrap_or_default().to_string()));
        }
        if self.spool_free_mb > MAX_SPOOL_FREE_MB {
            return Err(wrong("edge.spool_free_mb", self.spool_free_mb.to_string()));
        }
        reachable("edge.sip", self.sip, "edge.sip_public", self.sip_public.as_slice(), "trunks")?;
        reachable("edge.webrtc", self.webrtc, "edge.webrtc_public", &self.webrtc_public, "browsers")
    }

    /// First and last RTP port.
    ///
    /// # Errors
    /// When the text is no such range.
    pub fn ports(&self) -> Result<(u16, u16), ConfigError> {
        let range = self.rtp_ports.split_once('-').and_then(|(first, last)| {
            let range: (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (range.0 >= 1024 && range.1 > range.0 + 1).then_some(range)
        });
        range.ok_or_else(|| wrong("edge.rtp_ports", format!("{:?}", self.rtp_ports)))
    }
}

/// Who listens on every address must say which one others reach: in a container or behind a NAT none of this machine's
/// own is right, and a wrong one is a call without sound.
fn reachable(
    listens: &'static str,
    on: SocketAddr,
    announces: &'static str,
    public: &[IpAddr],
    whom: &str,
) -> Result<(), ConfigError> {
    if let Some(nowhere) = public.iter().find(|ip| ip.is_unspecified() || ip.is_multicast()) {
        return Err(wrong(announces, format!("\"{nowhere}\"")));
    }
    if on.ip().is_unspecified() && public.is_empty() {
        let allowed = format!(
            "the address that {whom} reach this machine at: {listens} listens on every address ({on}), so it must be said \
             which one to tell them. In a container it is the host's, behind a NAT the public one; for tests on this \
             machine alone it is 127.0.0.1"
        );
        return Err(because(announces, "empty", allowed));
    }
    Ok(())
}
