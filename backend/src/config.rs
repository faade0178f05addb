//! The configuration: defaults, then `hark.toml`, then `HARK_…` variables; checked whole before anything starts.
//!
//! A key inside a section is written `HARK_EDGE__SIP` in the environment. An unknown key is an error: a typing mistake
//! would otherwise be a default that nobody notices.

use figment::Figment;
use figment::providers::{Env, Format, Serialized, Toml};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};

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
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Http {
    /// Where it listens.
    pub listen: SocketAddr,
}

/// The database.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    /// The addresses that browsers reach us at; empty: those of this machine.
    pub webrtc_public: Vec<IpAddr>,
    /// New calls per second above which callers are asked to try again.
    pub invites_per_second: u32,
}

/// A value that cannot be used: names the key, the value and what is allowed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file or a variable cannot be read.
    #[error("configuration: {0}")]
    Read(#[from] Box<figment::Error>),
    /// A value is out of its range.
    #[error("configuration: {key} is {value:?}; allowed is {allowed}")]
    Value {
        /// The key.
        key: &'static str,
        /// The value.
        value: String,
        /// What it could be.
        allowed: &'static str,
    },
}

impl Default for Config {
    fn default() -> Self {
        Self {
            data: PathBuf::from("data"),
            http: Http { listen: SocketAddr::from(([127, 0, 0, 1], 8080)) },
            database: Database { url: String::new() },
            edge: Edge {
                sip: SocketAddr::from(([127, 0, 0, 1], 5060)),
                sip_public: None,
                rtp_ports: "20000-29999".to_owned(),
                webrtc: SocketAddr::from(([127, 0, 0, 1], 3478)),
                webrtc_public: Vec::new(),
                invites_per_second: 200,
            },
            link: Link {
                listen: SocketAddr::from(([127, 0, 0, 1], 7060)),
                core: "127.0.0.1:7060".to_owned(),
                key: PathBuf::new(),
            },
        }
    }
}

impl Config {
    /// Reads and checks the configuration.
    ///
    /// # Errors
    /// When a value is unknown, of the wrong kind or out of its range.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let file = file.unwrap_or(Path::new("hark.toml"));
        let figment = Figment::from(Serialized::defaults(Self::default()))
            .merge(Toml::file(file))
            .merge(Env::prefixed("HARK_").split("__").ignore(&["log"]));
        let config: Self = figment.extract().map_err(Box::new)?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), ConfigError> {
        self.edge.ports()?;
        let url = &self.database.url;
        if !(url.is_empty() || url.starts_with("sqlite:") || url.starts_with("postgres")) {
            return Err(ConfigError::Value {
                key: "database.url",
                // Not the whole: it may hold a password.
                value: url.split(':').next().unwrap_or_default().to_owned(),
                allowed: "empty, sqlite:PATH or postgres://USER:PASSWORD@HOST/DATABASE",
            });
        }
        let core = self.link.core.rsplit_once(':');
        if !core.is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok()) {
            return Err(ConfigError::Value {
                key: "link.core",
                value: self.link.core.clone(),
                allowed: "HOST:PORT, like 10.0.0.5:7060",
            });
        }
        if self.edge.invites_per_second == 0 {
            return Err(ConfigError::Value {
                key: "edge.invites_per_second",
                value: "0".to_owned(),
                allowed: "1 or more",
            });
        }
        Ok(())
    }

    /// The file with the link's key.
    #[must_use]
    pub fn link_key(&self) -> PathBuf {
        if self.link.key.as_os_str().is_empty() { self.data.join("link.key") } else { self.link.key.clone() }
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

impl Edge {
    /// First and last RTP port.
    ///
    /// # Errors
    /// When the text is no such range.
    pub fn ports(&self) -> Result<(u16, u16), ConfigError> {
        let range = self.rtp_ports.split_once('-').and_then(|(first, last)| {
            let range: (u16, u16) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
            (range.0 >= 1024 && range.1 > range.0 + 1).then_some(range)
        });
        range.ok_or_else(|| ConfigError::Value {
            key: "edge.rtp_ports",
            value: self.rtp_ports.clone(),
            allowed: "FIRST-LAST with FIRST at least 1024 and LAST at least FIRST + 2, like 20000-29999",
        })
    }

    /// The address that trunks reach us at.
    #[must_use]
    pub fn sip_address(&self) -> IpAddr {
        self.sip_public.unwrap_or(if self.sip.ip().is_unspecified() {
            IpAddr::V4(Ipv4Addr::LOCALHOST)
        } else {
            self.sip.ip()
        })
    }

    /// The addresses that browsers reach us at.
    #[must_use]
    pub fn webrtc_addresses(&self) -> Vec<IpAddr> {
        if !self.webrtc_public.is_empty() {
            return self.webrtc_public.clone();
        }
        let listen = self.webrtc.ip();
        vec![if listen.is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { listen }]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_value_names_key_value_and_what_is_allowed() {
        let mut config = Config::default();
        config.edge.rtp_ports = "30000-20000".to_owned();
        let error = config.check().unwrap_err().to_string();
        for part in ["edge.rtp_ports", "30000-20000", "FIRST-LAST"] {
            assert!(error.contains(part), "{error}");
        }
        let mut config = Config::default();
        config.database.url = "mysql://root:secret@host/db".to_owned();
        let error = config.check().unwrap_err().to_string();
        assert!(error.contains("database.url") && !error.contains("secret"), "{error}");
    }

    #[test]
    fn the_defaults_are_valid() {
        Config::default().check().unwrap();
    }
}
