//! REFER from the far end (RFC 3515): a blind transfer, which the floor decides on. We accept the request, and tell by
//! NOTIFY what comes of it. A trunk that may not do so, an attended transfer (`Replaces`) and a second REFER beside the
//! first are declined.

use super::super::SipEvent;
use super::super::cause;
use super::super::inbound::header;
use super::{Call, Phase};
use hark_shared::edge::Cause;
use hark_shared::phone::PhoneNumber;
use rsipstack::dialog::dialog::TransactionHandle;
use rsipstack::sip::{Header, Request, StatusCode};
use tracing::debug;

/// The state of a subscription with its last word.
const OVER: &str = "terminated;reason=noresource";

impl Call {
    /// The far end asks us to call somebody in its place.
    pub(super) async fn on_refer(&mut self, request: &Request, handle: &TransactionHandle) {
        let free = self.refers && !self.referring && matches!(self.phase, Phase::Up);
        let to = match (free, header(request, "Refer-To").map(target)) {
            (false, _) | (true, Some(Target::Replaces)) => return drop(handle.reply(StatusCode::from(603)).await),
            (true, None | Some(Target::Unknown)) => return drop(handle.reply(StatusCode::BadRequest).await),
            (true, Some(Target::Number(to))) => to,
        };
        (self.referring, self.accepting) = (true, true);
        if handle.reply(StatusCode::from(202)).await.is_err() {
            (self.referring, self.accepting) = (false, false);
            return;
        }
        self.report(SipEvent::Referred { leg: self.leg, to }).await;
    }

    /// The 202 is out: the far end is told that we try (RFC 3515, 2.4.4), or what came of it, if that was quicker.
    pub(super) fn refer_accepted(&mut self) {
        if std::mem::take(&mut self.accepting) {
            match self.outcome.take() {
                Some(status) => self.notify(status, OVER),
                None => self.notify(100, "active;expires=60"),
            }
        }
    }

    /// What came of it; the far end is told once.
    pub(super) fn refer_done(&mut self, failed: Option<Cause>) {
        if std::mem::take(&mut self.referring) {
            let status = failed.map_or(200, cause::to_status);
            if self.accepting {
                self.outcome = Some(status);
            } else {
                self.notify(status, OVER);
            }
        }
    }

    /// A status line as a piece of a SIP message (RFC 3420).
    fn notify(&self, status: u16, state: &'static str) {
        let headers = vec![
            Header::Event("refer".into()),
            Header::SubscriptionState(state.into()),
            Header::ContentType("message/sipfrag;version=2.0".into()),
        ];
        let words = match status {
            100 => "Trying",
            200 => "OK",
            _ => "Not Reached",
        };
        let body = format!("SIP/2.0 {status} {words}\r\n").into_bytes();
        let (dialog, leg) = (self.dialog.clone(), self.leg);
        tokio::spawn(async move {
            if let Err(error) = dialog.notify(Some(headers), Some(body)).await {
                debug!(%leg, %error, "a NOTIFY was not answered");
            }
        });
    }
}

/// Whom a Refer-To names.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Number(PhoneNumber),
    /// An attended transfer: another dialog shall be replaced.
    Replaces,
    Unknown,
}

/// Reads `Refer-To`: a name-addr or an addr-spec whose user is a number.
fn target(value: &str) -> Target {
    if value.to_ascii_lowercase().contains("replaces=") {
        return Target::Replaces;
    }
    let uri = value.split_once('<').map_or(value, |(_, rest)| rest);
    let Some((_, rest)) = uri.split_once(':') else { return Target::Unknown };
    let user = rest.split(['@', ';', '>', '?']).next().unwrap_or_default();
    PhoneNumber::parse(user).map_or(Target::Unknown, Target::Number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_every_form() {
        let number = |text: &str| Target::Number(PhoneNumber::parse(text).unwrap());
        assert_eq!(target("<sip:13900139000@carrier.example;user=phone>"), number("13900139000"));
        assert_eq!(target("\"Ben\" <sip:13900139000@10.0.0.1:5080>;x=y"), number("13900139000"));
        assert_eq!(target("sip:10086@10.0.0.1"), number("10086"));
        assert_eq!(target("<tel:+8613900139000>"), number("+8613900139000"));
        assert_eq!(target("<sip:10086@a?Replaces=1%40b%3Bto-tag%3D1>"), Target::Replaces);
        for nonsense in ["", "<sip:ben@10.0.0.1>", "10086", "<:>"] {
            assert_eq!(target(nonsense), Target::Unknown, "{nonsense}");
        }
    }
}
