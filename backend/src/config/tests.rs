//! Each wrong value is told with its key, what stands there and what could.

use super::*;

fn toml(text: &str) -> Result<Config, ConfigError> {
    Config::read(&Figment::from(Serialized::defaults(Config::default())).merge(Toml::string(text)))
}

/// What is said about this file; every part must be in it.
#[track_caller]
fn refused(text: &str, parts: &[&str]) {
    let error = toml(text).expect_err(text).to_string();
    for part in parts {
        assert!(error.contains(part), "{part:?} is not in: {error}");
    }
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn a_wrong_value_names_key_value_and_what_is_allowed() {
    for (text, parts) in [
        ("http.listen = 'localhost'", &["http.listen", "\"localhost\"", "ADDRESS:PORT"][..]),
        ("http.listen = '127.0.0.1:99999'", &["http.listen", "127.0.0.1:99999", "ADDRESS:PORT"]),
        ("http.listen = 8080", &["http.listen", "8080", "127.0.0.1:8080"]),
        ("edge.sip = '300.0.0.1:5060'", &["edge.sip", "300.0.0.1:5060", "10.0.0.20:5060"]),
        ("edge.sip_public = 'sbc.example'", &["edge.sip_public", "sbc.example", "one IP address"]),
        ("edge.sip_public = '0.0.0.0'", &["edge.sip_public", "0.0.0.0", "one IP address"]),
        ("edge.webrtc_public = '10.0.0.1'", &["edge.webrtc_public", "\"10.0.0.1\"", "a list"]),
        ("edge.webrtc_public = ['10.0.0.1', 'x']", &["edge.webrtc_public", "\"x\"", "a list"]),
        ("edge.rtp_ports = '30000-20000'", &["edge.rtp_ports", "30000-20000", "FIRST-LAST"]),
        ("edge.rtp_ports = '80-90'", &["edge.rtp_ports", "80-90", "1024"]),
        ("edge.rtp_ports = '5000-6000'", &["edge.sip", "127.0.0.1:5060", "outside edge.rtp_ports (5000-6000)"]),
        ("edge.webrtc = '127.0.0.1:5060'", &["edge.webrtc", "another port than that of edge.sip"]),
        ("edge.invites_per_second = 0", &["edge.invites_per_second", "0", "from 1 to"]),
        ("edge.invites_per_second = -5", &["edge.invites_per_second", "-5", "from 1 to"]),
        ("edge.invites_per_second = 'many'", &["edge.invites_per_second", "\"many\"", "whole number"]),
        ("edge.media_threads = 0", &["edge.media_threads", "is 0", "from 1 to 8"]),
        ("edge.media_threads = 9", &["edge.media_threads", "is 9", "from 1 to 8"]),
        ("edge.media_threads = 'all'", &["edge.media_threads", "\"all\"", "from 1 to 8"]),
        ("edge.spool_free_mb = -1", &["edge.spool_free_mb", "-1", "megabytes"]),
        ("edge.spool_free_mb = '1 GB'", &["edge.spool_free_mb", "1 GB", "megabytes"]),
        ("edge.spool_free_mb = 512000000", &["edge.spool_free_mb", "512000000", "megabytes"]),
        ("edge.watch = 8081", &["edge.watch", "8081", "ADDRESS:PORT"]),
        ("http.tls = 'cert.pem'", &["http.tls", "\"cert.pem\"", "self-signed"]),
        ("http.public_origins = ['desk.example']", &["http.public_origins", "desk.example", "https://"]),
        ("http.public_origins = ['https://desk.example/']", &["http.public_origins", "without a path"]),
        ("http.public_origins = ['https://desk.example:0']", &["http.public_origins", "desk.example:0"]),
        ("http.metrics_token = 'secret'", &["http.metrics_token", "16 to 200"]),
        ("http.metrics_token = 1234567890123456", &["http.metrics_token", "in quotes"]),
        ("database.url = 'mysql://root:secret@host/db'", &["database.url", "mysql", "postgres://"]),
        ("database.url = 7", &["database.url", "sqlite:PATH"]),
        ("data = ''", &["data", "folder"]),
        ("data = 7", &["data", "7", "folder"]),
    ] {
        refused(text, parts);
    }
}

#[test]
fn an_unknown_key_is_told_with_the_one_that_was_meant() {
    for (text, parts) in [
        ("http.lisen = '127.0.0.1:80'", &["no key http.lisen", "Did you mean http.listen?"][..]),
        ("listen = '127.0.0.1:80'", &["no key listen", "Did you mean http.listen?"]),
        ("edge.sip_publik = '10.0.0.1'", &["no key edge.sip_publik", "Did you mean edge.sip_public?"]),
        ("sip.webrtc_public = []", &["no key sip", "edge."]),
        ("datta = 'x'", &["no key datta", "Did you mean data?"]),
        ("zzz = 1", &["no key zzz", "There are data, http.listen"]),
    ] {
        refused(text, parts);
    }
}

#[test]
fn listening_everywhere_wants_an_address_to_announce() {
    refused("edge.sip = '0.0.0.0:5060'", &["edge.sip_public", "trunks", "(0.0.0.0:5060)", "container"]);
    refused("edge.webrtc = '[::]:3478'", &["edge.webrtc_public", "browsers", "([::]:3478)"]);
    let config = toml("edge.sip = '0.0.0.0:5060'\nedge.sip_public = '203.0.113.9'").unwrap();
    assert_eq!(config.edge.sip_address(), IpAddr::from([203, 0, 113, 9]));
    let config = toml("edge.webrtc = '10.0.0.1:3478'").unwrap();
    assert_eq!(config.edge.webrtc_addresses(), [IpAddr::from([10, 0, 0, 1])]);
}

#[test]
fn a_file_is_read_and_none_is_needed() {
    Config::read(&from_file(Path::new("no/such/hark.toml"))).expect("the defaults are valid");
    let folder = hark_store::testing::TempFolder::new();
    let file = folder.path().join("hark.toml");
    std::fs::write(&file, "[http]\nlisten = '127.0.0.1:1x'").unwrap();
    let error = Config::read(&from_file(&file)).unwrap_err().to_string();
    assert!(error.contains("http.listen") && error.contains("127.0.0.1:1x") && error.contains("hark.toml)"), "{error}");
}

#[test]
fn a_broken_file_and_a_missing_one_are_told() {
    refused("http = {", &["configuration"]);
    let missing = Config::load(Some(Path::new("no/such/hark.toml"))).unwrap_err().to_string();
    assert!(missing.contains("no/such/hark.toml") && missing.contains("--config"), "{missing}");
}

#[test]
fn what_is_right_is_taken() {
    assert_eq!(toml("").unwrap().http.encryption().unwrap(), Tls::Off);
    let text = "http.tls = 'a.pem, b.pem'\nhttp.public_origins = ['https://desk.example', 'http://[::1]:8080']\n\
        http.metrics_token = 'sixteen-or-more-of-it'\nedge.rtp_ports = '1024 - 1026'\ndatabase.url = 'sqlite:x.db'";
    let config = toml(text).unwrap();
    assert_eq!((config.edge.media_threads, config.edge.spool_free_mb), (None, 512));
    let edge = toml("edge.media_threads = 2\nedge.spool_free_mb = 0").unwrap().edge;
    assert_eq!((edge.media_threads, edge.spool_free_mb), (Some(2), 0));
    assert_eq!(config.http.encryption().unwrap(), Tls::Files { certificate: "a.pem".into(), key: "b.pem".into() });
    assert_eq!(config.database_url(), "sqlite:x.db");
    assert!(!format!("{config:?}").contains("sixteen"), "secrets do not print themselves");
}
