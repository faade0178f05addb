//! Bodies of requests: the SDP in them, also inside multipart (SIP-I), and digits in INFO. Pure.

/// The parts of a multipart body that are looked at; SIP-I sends two or three.
const MAX_PARTS: usize = 8;

/// Why a body cannot be used: 415 (RFC 3261, 8.2.3 and 21.4.13).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct UnsupportedMedia;

/// The SDP of a request or response; `None` when it has no body.
///
/// # Errors
/// [`UnsupportedMedia`] when there is a body but no SDP in it.
pub(crate) fn sdp(
    content_type: Option<&str>,
    encoding: Option<&str>,
    body: &[u8],
) -> Result<Option<String>, UnsupportedMedia> {
    if body.is_empty() {
        return Ok(None);
    }
    if encoding.is_some_and(|encoding| !encoding.trim().eq_ignore_ascii_case("identity")) {
        return Err(UnsupportedMedia);
    }
    let content_type = content_type.unwrap_or_default();
    match media_type(content_type).as_str() {
        "application/sdp" => Ok(Some(String::from_utf8_lossy(body).into_owned())),
        kind if kind.starts_with("multipart/") => {
            let boundary = parameter(content_type, "boundary").ok_or(UnsupportedMedia)?;
            part(body, &boundary).map(Some).ok_or(UnsupportedMedia)
        }
        _ => Err(UnsupportedMedia),
    }
}

/// `Application/SDP; charset=utf-8` becomes `application/sdp`.
fn media_type(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}

fn parameter(content_type: &str, name: &str) -> Option<String> {
    content_type.split(';').skip(1).find_map(|p| {
        let (key, value) = p.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// The first SDP part (RFC 2046, 5.1).
fn part(body: &[u8], boundary: &str) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let delimiter = format!("--{boundary}");
    text.split(delimiter.as_str()).skip(1).take(MAX_PARTS).find_map(|part| {
        let part = part.strip_prefix("\r\n").or_else(|| part.strip_prefix('\n'))?;
        let (head, content) = part.split_once("\r\n\r\n").or_else(|| part.split_once("\n\n"))?;
        let is_sdp = head.lines().any(|line| {
            line.split_once(':').is_some_and(|(name, value)| {
                name.trim().eq_ignore_ascii_case("Content-Type") && media_type(value) == "application/sdp"
            })
        });
        is_sdp.then(|| content.to_owned())
    })
}

/// The digit in an INFO request; `Ok(None)` when it is about something else that needs no more than a 200.
///
/// Two forms are in the field: `application/dtmf-relay` with lines `Signal=5` and `Duration=160`, and
/// `application/dtmf` with the digit alone. Some write 10 and 11 for * and #, and 12 to 15 for A to D.
///
/// # Errors
/// [`UnsupportedMedia`] for a body of another type.
pub(crate) fn digit(content_type: Option<&str>, body: &[u8]) -> Result<Option<char>, UnsupportedMedia> {
    if body.is_empty() {
        return Ok(None);
    }
    let text = String::from_utf8_lossy(body);
    let signal = match media_type(content_type.unwrap_or_default()).as_str() {
        "application/dtmf-relay" => text
            .lines()
            .filter_map(|line| line.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("signal"))
            .map(|(_, value)| value.trim().to_owned()),
        "application/dtmf" => Some(text.trim().to_owned()),
        _ => return Err(UnsupportedMedia),
    };
    Ok(signal.as_deref().and_then(one_digit))
}

fn one_digit(signal: &str) -> Option<char> {
    match signal {
        "10" => Some('*'),
        "11" => Some('#'),
        "12" => Some('A'),
        "13" => Some('B'),
        "14" => Some('C'),
        "15" => Some('D'),
        _ => {
            let mut chars = signal.chars();
            let digit = chars.next()?.to_ascii_uppercase();
            (chars.next().is_none() && matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D')).then_some(digit)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sdp_is_found_alone_and_among_isup() {
        assert_eq!(sdp(Some("application/sdp"), None, b"v=0\r\n"), Ok(Some("v=0\r\n".into())));
        assert_eq!(sdp(Some("Application/SDP;charset=x"), Some("identity"), b"v=0"), Ok(Some("v=0".into())));
        assert_eq!(sdp(None, None, b""), Ok(None));
        let multi = b"pre\r\n--b1\r\nContent-Type: application/ISUP;version=itu-t92+\r\n\r\n\x01\xff\r\n--b1\r\ncontent-type: application/sdp\r\n\r\nv=0\r\no=x\r\n--b1--\r\n";
        assert_eq!(sdp(Some("multipart/mixed; boundary=\"b1\""), None, multi), Ok(Some("v=0\r\no=x\r\n".into())));
        for (kind, encoding) in [
            (Some("text/plain"), None),
            (None, None),
            (Some("application/sdp"), Some("gzip")),
            (Some("multipart/mixed"), None),
        ] {
            assert_eq!(sdp(kind, encoding, b"x"), Err(UnsupportedMedia), "{kind:?}");
        }
    }

    #[test]
    fn digits_come_in_both_forms() {
        for (kind, body, expected) in [
            ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", Ok(Some('5'))),
            ("application/dtmf-relay", "signal = *\n", Ok(Some('*'))),
            ("application/dtmf-relay", "Signal=11\r\n", Ok(Some('#'))),
            ("application/dtmf", "a\r\n", Ok(Some('A'))),
            ("application/dtmf", "16", Ok(None)),
            ("application/dtmf-relay", "Duration=1", Ok(None)),
            ("application/media_control+xml", "<x/>", Err(UnsupportedMedia)),
        ] {
            assert_eq!(digit(Some(kind), body.as_bytes()), expected, "{body}");
        }
        assert_eq!(digit(None, b""), Ok(None));
    }

    proptest::proptest! {
        #[test]
        fn no_body_brings_it_down(kind in "(multipart/mixed; ?boundary=\"?[a-z-]{0,3}|application/(sdp|dtmf|dtmf-relay))", body in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
            sdp(Some(&kind), None, &body).ok();
            digit(Some(&kind), &body).ok();
        }
    }
}
