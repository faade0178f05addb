//! Digest sign-in with MD5 (RFC 2617 as SIP uses it, RFC 3261, 22.4), from either side.

use md5::{Digest, Md5};

/// A user and a password.
#[derive(Clone, Debug)]
pub struct Account {
    /// User name.
    pub username: String,
    /// Password.
    pub password: String,
}

/// The nonce that a challenging phone gives out; a story is short and its carrier trusts the loopback.
const NONCE: &str = "5ccc069c403ebaf9f0171e9517f40e41";
const REALM: &str = "carrier.example";

/// The value of `WWW-Authenticate` or `Proxy-Authenticate`.
#[must_use]
pub fn challenge() -> String {
    format!("Digest realm=\"{REALM}\", nonce=\"{NONCE}\", algorithm=MD5, qop=\"auth\"")
}

/// A field of a challenge or of credentials, without its quotes.
fn field<'a>(value: &'a str, name: &str) -> Option<&'a str> {
    let fields = value.trim_start().strip_prefix("Digest ")?;
    fields.split(',').find_map(|part| {
        let (key, value) = part.trim().split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim_matches('"'))
    })
}

fn hash(text: &str) -> String {
    Md5::digest(text.as_bytes()).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// `request-digest` (RFC 2617, 3.2.2.1); `extra` is `(nc, cnonce)` when `qop=auth` is used.
fn response(
    account: &Account,
    realm: &str,
    nonce: &str,
    extra: Option<(&str, &str)>,
    method: &str,
    uri: &str,
) -> String {
    let one = hash(&format!("{}:{realm}:{}", account.username, account.password));
    let two = hash(&format!("{method}:{uri}"));
    match extra {
        Some((count, cnonce)) => hash(&format!("{one}:{nonce}:{count}:{cnonce}:auth:{two}")),
        None => hash(&format!("{one}:{nonce}:{two}")),
    }
}

/// The credentials that answer a challenge.
#[must_use]
pub fn answer(account: &Account, challenge: &str, method: &str, uri: &str) -> Option<String> {
    let (realm, nonce) = (field(challenge, "realm")?, field(challenge, "nonce")?);
    let qop = field(challenge, "qop").is_some();
    let extra = qop.then_some(("00000001", "0a4f113b"));
    let response = response(account, realm, nonce, extra, method, uri);
    let user = &account.username;
    let head = format!(
        "Digest username=\"{user}\", realm=\"{realm}\", nonce=\"{nonce}\", uri=\"{uri}\", response=\"{response}\", \
         algorithm=MD5"
    );
    Some(match extra {
        Some((count, cnonce)) => format!("{head}, qop=auth, nc={count}, cnonce=\"{cnonce}\""),
        None => head,
    })
}

/// Whether credentials answer our own [`challenge`] rightly.
#[must_use]
pub fn verify(account: &Account, credentials: &str, method: &str) -> bool {
    let check = || {
        let extra = match field(credentials, "qop") {
            Some(_) => Some((field(credentials, "nc")?, field(credentials, "cnonce")?)),
            None => None,
        };
        let expected = response(account, REALM, NONCE, extra, method, field(credentials, "uri")?);
        let known = field(credentials, "username")? == account.username && field(credentials, "nonce")? == NONCE;
        Some(known && field(credentials, "response")? == expected)
    };
    check().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The worked example of RFC 2617, 3.5.
    #[test]
    fn the_example_of_the_standard_holds() {
        let account = Account { username: "Mufasa".to_owned(), password: "Circle Of Life".to_owned() };
        let extra = Some(("00000001", "0a4f113b"));
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let got = response(&account, "testrealm@host.com", nonce, extra, "GET", "/dir/index.html");
        assert_eq!(got, "6629fae49393a05397450978507c4ef1");
    }

    #[test]
    fn an_answer_is_verified() {
        let account = Account { username: "hark".to_owned(), password: "secret".to_owned() };
        let credentials = answer(&account, &challenge(), "INVITE", "sip:1@x").unwrap();
        assert!(verify(&account, &credentials, "INVITE"));
        assert!(!verify(&account, &credentials, "BYE"));
        let stranger = Account { password: "guess".to_owned(), ..account };
        assert!(!verify(&stranger, &credentials, "INVITE"));
    }
}
