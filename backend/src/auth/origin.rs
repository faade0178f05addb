//! Was a request sent by a page of ours? Asked of everything that changes state and of every WebSocket upgrade, since
//! a browser sends our cookie along with both whichever page asks (CSRF, cross-site WebSocket hijacking).

use axum::http::{HeaderMap, Method, Uri, header};

/// Whether a request may go on: its `Origin`, when it has one, must name the host that it was sent to or one of
/// `known` (our public addresses behind a proxy that changes `Host`). Browsers always send an `Origin` with what is
/// checked here; without one the request is let through only if it carries no cookie of ours.
#[must_use]
pub fn allowed(method: &Method, uri: &Uri, headers: &HeaderMap, known: &[String]) -> bool {
    if method.is_safe() && !headers.contains_key(header::UPGRADE) {
        return true;
    }
    let Some(origin) = headers.get(header::ORIGIN) else {
        return super::Token::from_headers(headers).is_none();
    };
    let Ok(origin) = origin.to_str() else { return false };
    if known.iter().any(|known| known.eq_ignore_ascii_case(origin)) {
        return true;
    }
    let authority = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    authority.zip(host(uri, headers)).is_some_and(|(origin, host)| origin.eq_ignore_ascii_case(host))
}

/// Whether the cookie must be `Secure`: always, except that browsers drop such cookies on plain-HTTP localhost.
#[must_use]
pub fn secure_cookie(uri: &Uri, headers: &HeaderMap) -> bool {
    let host = host(uri, headers).unwrap_or_default();
    let name = host.rsplit_once(':').filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()));
    let name = name.map_or(host, |(name, _)| name);
    !(matches!(name, "localhost" | "127.0.0.1" | "[::1]") || name.ends_with(".localhost"))
}

/// The host and port that the request was sent to.
fn host<'a>(uri: &'a Uri, headers: &'a HeaderMap) -> Option<&'a str> {
    match headers.get(header::HOST) {
        Some(host) => host.to_str().ok(),
        // HTTP/2 has it in the address instead.
        None => uri.authority().map(axum::http::uri::Authority::as_str),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter();
        pairs.map(|(name, value)| (header::HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn may(method: Method, pairs: &[(&'static str, &str)]) -> bool {
        let known = ["https://desk.example".to_owned()];
        allowed(&method, &"/api/users".parse().unwrap(), &headers(pairs), &known)
    }

    #[test]
    fn only_our_own_pages_change_anything() {
        let ours = ("host", "localhost:8080");
        assert!(may(Method::GET, &[ours, ("origin", "https://evil.example")]));
        assert!(may(Method::POST, &[ours, ("origin", "http://localhost:8080")]));
        assert!(may(Method::POST, &[ours, ("origin", "https://desk.example")]));
        for evil in ["https://evil.example", "http://localhost", "http://localhost:8081", "null", "localhost:8080", ""]
        {
            assert!(!may(Method::POST, &[ours, ("origin", evil)]), "{evil}");
            assert!(!may(Method::GET, &[ours, ("origin", evil), ("upgrade", "websocket")]), "{evil}");
        }
        let cookie = format!("hark_session={}", "A".repeat(64));
        assert!(may(Method::DELETE, &[ours]), "no browser, no cookie: a program");
        assert!(!may(Method::DELETE, &[ours, ("cookie", &cookie)]));
        assert!(!may(Method::GET, &[ours, ("cookie", &cookie), ("upgrade", "websocket")]));
    }

    #[test]
    fn only_localhost_goes_without_secure() {
        let secure = |host: &str| secure_cookie(&Uri::from_static("/"), &headers(&[("host", host)]));
        for local in ["localhost", "localhost:8080", "127.0.0.1:8080", "[::1]:8080", "[::1]", "demo.localhost:1"] {
            assert!(!secure(local), "{local}");
        }
        for far in ["desk.example", "localhost.example:80", "192.168.0.1:8080", "[2001:db8::1]:80"] {
            assert!(secure(far), "{far}");
        }
    }
}
