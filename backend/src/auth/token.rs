//! What the session cookie holds: the tenant, so that every query can take it, and a secret of which only the hash is
//! stored. 48 bytes in URL-safe base64 are exactly 64 characters.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hark_shared::ids::TenantId;
use hark_store::TokenHash;
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// The cookie's name.
pub const COOKIE: &str = "hark_session";

/// A session's token.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// Whose session.
    pub tenant: TenantId,
    /// 256 random bits.
    pub secret: [u8; 32],
}

impl Token {
    /// The token in a request's cookies, if there is a well-formed one.
    #[must_use]
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        Self::parse(CookieJar::from_headers(headers).get(COOKIE)?.value())
    }

    /// Reads a cookie's value.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 48];
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (tenant, secret) = bytes[..length].split_first_chunk::<16>()?;
        Some(Self { tenant: TenantId(Uuid::from_bytes(*tenant)), secret: secret.try_into().ok()? })
    }

    /// The cookie's value.
    #[must_use]
    pub fn value(&self) -> String {
        let mut bytes = self.tenant.0.into_bytes().to_vec();
        bytes.extend_from_slice(&self.secret);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// What the store knows of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        sha256(&self.secret)
    }

    /// The cookie that brings it back; gone when the browser closes.
    #[must_use]
    pub fn cookie(&self, secure: bool) -> Cookie<'static> {
        cookie(self.value(), secure)
    }
}

/// The cookie that takes the session's away.
pub(crate) fn removal(secure: bool) -> Cookie<'static> {
    let mut cookie = cookie(String::new(), secure);
    cookie.make_removal();
    cookie
}

/// `Lax`, not `Strict`: a link in a mail must open signed in. What changes state is guarded by the Origin check.
fn cookie(value: String, secure: bool) -> Cookie<'static> {
    Cookie::build((COOKIE, value)).path("/").http_only(true).secure(secure).same_site(SameSite::Lax).build()
}

/// SHA-256; enough without salt or stretching, since what is hashed has 256 random bits.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Token(of {})", self.tenant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_back_what_it_wrote_and_nothing_else() {
        let token = Token { tenant: TenantId::from_u128(7), secret: [3; 32] };
        let value = token.value();
        assert_eq!(value.len(), 64);
        assert_eq!(Token::parse(&value), Some(token));
        for bad in ["", "abc", &value[..60], &format!("{value}AAAA"), &value.replace('A', "!")] {
            assert_eq!(Token::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn the_cookie_is_out_of_scripts_reach() {
        let token = Token { tenant: TenantId::from_u128(7), secret: [3; 32] };
        let text = token.cookie(true).to_string();
        for part in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!token.cookie(false).to_string().contains("Secure"));
        assert!(removal(true).to_string().contains("Max-Age=0"));
    }
}
