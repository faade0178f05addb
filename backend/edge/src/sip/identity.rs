//! Who calls and who is called, from the text of SIP headers. Pure.

use hark_shared::phone::PhoneNumber;

/// The longest display name that is passed on; the desktop shows one line.
const MAX_NAME: usize = 80;

/// A caller as shown to agents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Caller {
    /// Its number; `None` when withheld or none.
    pub number: Option<PhoneNumber>,
    /// Its name, if it says one.
    pub name: Option<String>,
}

/// Reads the caller: P-Asserted-Identity (RFC 3325), which the carrier vouches for, goes before From, which anybody
/// may write. A caller who asked for privacy (RFC 3323) is nobody.
pub(crate) fn caller(asserted: &[&str], from: &str, privacy: Option<&str>) -> Caller {
    let withheld = privacy.is_some_and(|value| {
        value.split(';').any(|p| matches!(p.trim().to_ascii_lowercase().as_str(), "id" | "user" | "header"))
    });
    if withheld {
        return Caller::default();
    }
    let from = Address::read(from);
    // A proxy may send a sip and a tel identity in one header or in two; the first that is a number counts.
    let known = asserted
        .iter()
        .flat_map(|value| split_addresses(value))
        .map(|part| Address::read(&part))
        .find(|a| a.number().is_some());
    if let Some(known) = known {
        return Caller { number: known.number(), name: known.name.or(from.name).and_then(shown_name) };
    }
    if from.is_anonymous() {
        return Caller::default();
    }
    Caller { number: from.number(), name: from.name.clone().and_then(shown_name) }
}

/// The number in a Request-URI or any other URI; `None` when it is no number.
pub(crate) fn number(uri: &str) -> Option<PhoneNumber> {
    Address::read(&format!("<{}>", uri.trim_matches(['<', '>']))).number()
}

/// A name-addr or addr-spec (RFC 3261, 25.1) as far as callers go.
#[derive(Debug)]
struct Address {
    name: Option<String>,
    user: String,
    host: String,
}

impl Address {
    fn read(value: &str) -> Self {
        let (name, uri) = match value.rfind('<') {
            Some(at) => (value[..at].trim(), value[at + 1..].split('>').next().unwrap_or_default()),
            None => ("", value.split(';').next().unwrap_or_default()),
        };
        let name = unquote(name);
        let (scheme, rest) = uri.trim().split_once(':').unwrap_or(("", uri.trim()));
        let (user, host) =
            if scheme.eq_ignore_ascii_case("tel") { (rest, "") } else { rest.rsplit_once('@').unwrap_or(("", rest)) };
        // A password or parameters (RFC 3261, 19.1.1; `;phone-context`, `;cpc`) may follow the user.
        let user = user.split([';', ':']).next().unwrap_or_default();
        let host = host.split([';', '?', ':']).next().unwrap_or_default();
        Self { name: (!name.is_empty()).then_some(name), user: unescape(user), host: host.to_ascii_lowercase() }
    }

    fn number(&self) -> Option<PhoneNumber> {
        PhoneNumber::parse(&self.user).ok()
    }

    fn is_anonymous(&self) -> bool {
        self.user.eq_ignore_ascii_case("anonymous") || self.host == "anonymous.invalid"
    }
}

/// Splits at commas outside quotes and angle brackets.
fn split_addresses(value: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted, mut angle) = (Vec::new(), String::new(), false, false);
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' if quoted => {
                part.push(c);
                part.extend(chars.next());
                continue;
            }
            '"' => quoted = !quoted,
            '<' if !quoted => angle = true,
            '>' if !quoted => angle = false,
            ',' if !quoted && !angle => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(c);
    }
    parts.push(part);
    parts
}

fn unquote(name: &str) -> String {
    let Some(inner) = name.strip_prefix('"') else { return name.to_owned() };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut out = String::new();
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        if c == '\\' {
            out.extend(chars.next());
        } else {
            out.push(c);
        }
    }
    out.trim().to_owned()
}

/// What is worth showing: not the word "anonymous", no control characters, one line.
fn shown_name(name: String) -> Option<String> {
    let name: String = name.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
    (!name.is_empty() && !name.eq_ignore_ascii_case("anonymous")).then_some(name)
}

/// `%23` becomes `#` (RFC 3261, 19.1.2).
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut i = 0;
    while i < bytes.len() {
        let hex = bytes
            .get(i + 1..i + 3)
            .and_then(|h| std::str::from_utf8(h).ok())
            .and_then(|h| u8::from_str_radix(h, 16).ok());
        match (bytes[i], hex) {
            (b'%', Some(byte)) => {
                out.push(byte);
                i += 3;
            }
            (byte, _) => {
                out.push(byte);
                i += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(asserted: &[&str], from: &str, privacy: Option<&str>) -> (Option<String>, Option<String>) {
        let caller = caller(asserted, from, privacy);
        (caller.number.map(String::from), caller.name)
    }

    #[test]
    fn the_carriers_word_goes_before_the_callers() {
        let some = |n: &str| Some(n.to_owned());
        for (asserted, from, privacy, number, name) in [
            (&[][..], "\"张三\" <sip:13800138000@c.example>;tag=1", None, some("13800138000"), some("张三")),
            (
                &["<sip:+8613800138000@ims.example>"],
                "\"Li\" <sip:12345@c>;tag=1",
                None,
                some("+8613800138000"),
                some("Li"),
            ),
            (
                &["\"A, B\" <sip:gw@h>, <tel:+861062345678;cpc=ordinary>"],
                "<sip:x@c>;tag=1",
                None,
                some("+861062345678"),
                None,
            ),
            (&["<sip:01062345678;npdi=yes@h>"], "<sip:x@c>;tag=1", None, some("01062345678"), None),
            (&[], "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1", None, None, None),
            (&["<tel:+861062345678>"], "<sip:anonymous@anonymous.invalid>;tag=1", Some("id"), None, None),
            (&["<tel:+861062345678>"], "<sip:1@c>;tag=1", Some("none"), some("+861062345678"), None),
            (&[], "sip:8001:secret@c;tag=1", None, some("8001"), None),
            (&[], "\"He said \\\"hi\\\"\" <sip:8001@c>;tag=1", None, some("8001"), some("He said \"hi\"")),
            (&[], "<sip:alice@c>;tag=1", None, None, None),
            (&[], "", None, None, None),
        ] {
            assert_eq!(seen(asserted, from, privacy), (number, name), "{asserted:?} {from}");
        }
    }

    #[test]
    fn called_numbers_are_unescaped() {
        let text = |uri: &str| number(uri).map(String::from);
        assert_eq!(text("sip:*72%23@edge:5060;user=phone"), Some("*72#".into()));
        assert_eq!(text("tel:+86-400-800-1234;phone-context=x"), Some("+864008001234".into()));
        assert_eq!(text("sip:edge.example"), None);
        assert_eq!(text("sip:%zz@edge"), None);
    }

    proptest::proptest! {
        #[test]
        fn no_text_brings_it_down(text in "\\PC{0,80}", header in "[<>\";,:@%\\\\a-z0-9]{0,40}") {
            for text in [&text, &header] {
                caller(&[text], text, Some(text));
                number(text);
            }
        }
    }
}
