//! The configuration: defaults, then `hark.toml`, then `HARK_…` variables; checked whole before anything starts.
//!
//! A key inside a section is written `HARK_EDGE__SIP` in the environment. An unknown key is an error: a typing mistake
//! would otherwise be a default that nobody notices. What may be written is in [`keys`], its rules in [`check`], and
//! [`explain`] finds the words for what cannot be read at all.

mod check;
mod explain;
mod hosts;
mod keys;

pub use check::{MailTls, Tls};
pub use hosts::{PrivateHosts, Unusable, plain};

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

/// The file that is read when none is named.
const FILE: &str = "hark.toml";

/// Everything that can be set.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where recordings, journal and the SQLite database live.
    pub data: PathBuf,
    /// The web server.
    pub http: Http,
    /// The database.
    pub database: Database,
    /// Telephone network and browsers' sound.
    pub edge: Edge,
    /// Between `hark core` and `hark edge`.
    pub link: Link,
    /// What flows may do.
    pub flows: Flows,
    /// How messages are mailed.
    pub mail: Mail,
    /// Sentences that nobody has recorded.
    pub speech: Speech,
}

/// The mail server that messages are sent through.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mail {
    /// Where it is, `host:port`; empty: nothing is mailed.
    pub server: String,
    /// How the way there is encrypted: `starttls`, `tls` from the first byte, or `none`.
    pub tls: String,
    /// Who signs in there; empty: nobody does.
    pub user: String,
    /// The password.
    pub password: String,
    /// Who writes: an address, or a name with one.
    pub from: String,
}

/// Sentences that nobody has recorded.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Speech {
    /// Who speaks them.
    pub synthesiser: Voice,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Voice {
    /// The program espeak-ng, if this machine has it.
    #[default]
    EspeakNg,
    /// Nobody: flows play recorded prompts only.
    None,
}

/// What flows may do.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Flows {
    /// Hosts and networks that data dips may ask although they are not public.
    pub private_hosts: Vec<String>,
}

/// The connection between a core and an edge in two processes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// Where the core awaits its edge.
    pub listen: SocketAddr,
    /// Where the edge finds its core, `host:port`.
    pub core: String,
    /// The file with the key that both hold; empty: `link.key` in the data folder, made by the core.
    pub key: PathBuf,
}

/// The web server.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where it listens.
    pub listen: SocketAddr,
    /// `CERTIFICATE,KEY` as PEM files, or `self-signed`; empty: plain HTTP, for localhost or behind a proxy.
    pub tls: String,
    /// Our own addresses as browsers see them, like `https://desk.example`, when a proxy changes `Host`.
    pub public_origins: Vec<String>,
    /// Who may read `/metrics` from elsewhere; empty: only this machine.
    pub metrics_token: String,
}

/// The database.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Database {
    /// `postgres://…`, or `sqlite:PATH`; empty: `hark.db` in the data folder.
    pub url: String,
}

/// Telephone network and browsers' sound.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edge {
    /// Where SIP over UDP listens.
    pub sip: SocketAddr,
    /// The address that trunks reach us at; empty: the one that `sip` listens on.
    pub sip_public: Option<IpAddr>,
    /// First and last RTP port, like `20000-29999`.
    pub rtp_ports: String,
    /// The one UDP and TCP port of all browsers.
    pub webrtc: SocketAddr,
    /// The addresses that browsers reach us at; empty: the one that `webrtc` listens on.
    pub webrtc_public: Vec<IpAddr>,
    /// New calls per second above which callers are asked to try again.
    pub invites_per_second: u32,
    /// Threads of the sound; without it one for each core, at most [`MAX_MEDIA_THREADS`].
    pub media_threads: Option<usize>,
    /// Megabytes that recordings leave free on their disk; 0 is no bound.
    pub spool_free_mb: u64,
    /// The folder of uploaded prompts and spoken sentences; empty: `sounds` in the data folder. An edge apart must see
    /// its core's.
    pub sounds: PathBuf,
    /// Where `hark edge` shows its health and figures; without it nowhere.
    pub watch: Option<SocketAddr>,
}

/// The most media threads that may be asked for.
pub const MAX_MEDIA_THREADS: usize = 8;

/// A configuration that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file that was named is not there.
    #[error("configuration: {0} cannot be read: {1}. Name another file with --config, or leave it out")]
    File(PathBuf, std::io::Error),
    /// The file is not TOML.
    #[error("configuration: {0}")]
    Syntax(String),
    /// A key that does not exist, with the one that was probably meant.
    #[error("configuration: there is no key {key}{from}{nearest}")]
    Unknown {
        /// The key.
        key: String,
        /// Where it stands.
        from: String,
        /// Which is meant, as the rest of a sentence.
        nearest: String,
    },
    /// A value of the wrong kind or out of its range: names the key, the value and what is allowed.
    #[error("configuration: {key} is {value}{from}; allowed is {allowed}")]
    Value {
        /// The key.
        key: String,
        /// The value; secrets are left out.
        value: String,
        /// Where it stands, as the rest of a sentence.
        from: String,
        /// What it could be.
        allowed: String,
    },
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            http: Http {
                listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
                tls: String::new(),
                public_origins: Vec::new(),
                metrics_token: String::new(),
            },
            database: Database { url: String::new() },
            edge: Edge {
                sip: SocketAddr::from(([127, 0, 0, 1], 5060)),
                sip_public: None,
                rtp_ports: "20000-29999".to_owned(),
                webrtc: SocketAddr::from(([127, 0, 0, 1], 3478)),
                webrtc_public: Vec::new(),
                invites_per_second: 200,
                media_threads: None,
                spool_free_mb: 512,
                sounds: PathBuf::new(),
                watch: None,
            },
            link: Link {
                listen: SocketAddr::from(([127, 0, 0, 1], 7060)),
                core: "127.0.0.1:7060".to_owned(),
                key: PathBuf::new(),
            },
            flows: Flows::default(),
            mail: Mail::default(),
            speech: Speech::default(),
        }
    }
}

impl Config {
    /// Reads and checks the configuration: `file`, or `hark.toml` in the working folder if there is one.
    ///
    /// # Errors
    /// When a named file is missing, or a value is unknown, of the wrong kind or out of its range.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        if let Some(file) = file {
            std::fs::File::open(file).map_err(|error| ConfigError::File(file.to_owned(), error))?;
        }
        let variables = Env::prefixed("HARK_").split("__").ignore(&["log"]);
        Self::read(&from_file(file.unwrap_or(Path::new(FILE))).merge(variables))
    }

    fn read(figment: &Figment) -> Result<Self, ConfigError> {
        let config: Self = figment.extract().map_err(|error| explain::explain(figment, &error))?;
        config.check()?;
        Ok(config)
    }

    /// Names and addresses that browsers may know this server by, for a certificate of its own making.
    #[must_use]
    pub fn own_names(&self) -> Vec<String> {
        let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        let listen = self.http.listen.ip();
        names.extend(Some(listen).filter(|ip| !ip.is_unspecified()).map(|ip| ip.to_string()));
        names.extend(self.edge.webrtc_public.iter().map(IpAddr::to_string));
        names.extend(self.http.public_origins.iter().filter_map(|origin| {
            let host = origin.split_once("://")?.1;
            let host = host.rsplit_once(':').filter(|_| !host.ends_with(']')).map_or(host, |(host, _)| host);
            Some(host.trim_matches(['[', ']']).to_owned())
        }));
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The file with the link's key.
    #[must_use]
    pub fn link_key(&self) -> PathBuf {
        if self.link.key.as_os_str().is_empty() { self.data.join("link.key") } else { self.link.key.clone() }
    }

    /// The folder of uploaded prompts and spoken sentences.
    #[must_use]
    pub fn sounds(&self) -> PathBuf {
        if self.edge.sounds.as_os_str().is_empty() { self.data.join("sounds") } else { self.edge.sounds.clone() }
    }

    /// The database to open.
    #[must_use]
    pub fn database_url(&self) -> String {
        if self.database.url.is_empty() {
            format!("sqlite:{}", self.data.join("hark.db").display())
        } else {
            self.database.url.clone()
        }
    }
}

/// The defaults, and what a file says, if it is there. In this folder alone: one further up is another server's.
fn from_file(file: &Path) -> Figment {
    let defaults = Figment::from(Serialized::defaults(Config::default()));
    if file.exists() { defaults.merge(Toml::file_exact(file)) } else { defaults }
}

impl Edge {
    /// The address that trunks reach us at. A checked configuration has one that can be reached.
    #[must_use]
    pub fn sip_address(&self) -> IpAddr {
        self.sip_public.unwrap_or(self.sip.ip())
    }

    /// The addresses that browsers reach us at. A checked configuration has some that can be reached.
    #[must_use]
    pub fn webrtc_addresses(&self) -> Vec<IpAddr> {
        if self.webrtc_public.is_empty() { vec![self.webrtc.ip()] } else { self.webrtc_public.clone() }
    }
}

impl Default for Mail {
    fn default() -> Self {
        Self {
            server: String::new(),
            tls: "starttls".to_owned(),
            user: String::new(),
            password: String::new(),
            from: String::new(),
        }
    }
}

/// Without the password.
impl std::fmt::Debug for Mail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mail").field("server", &self.server).field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// Without the token.
impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Http").field("listen", &self.listen).field("tls", &self.tls).finish_non_exhaustive()
    }
}

/// Without the password.
impl std::fmt::Debug for Database {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Database").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
