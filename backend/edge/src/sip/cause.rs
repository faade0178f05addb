//! SIP statuses and Q.850 causes to and from the one word of reports, [`Cause`]. Pure.

use hark_shared::edge::Cause;

/// Why a call failed that got this final status (RFC 3261, 21).
pub(crate) fn from_status(status: u16) -> Cause {
    match status {
        486 | 600 => Cause::Busy,
        408 | 480 => Cause::NoAnswer,
        401 | 402 | 403 | 407 | 603 | 607 | 608 => Cause::Rejected,
        404 | 410 | 484 | 604 => Cause::NotFound,
        503 => Cause::Congestion,
        415 | 488 | 606 => Cause::Incompatible,
        487 => Cause::Cancelled,
        _ => Cause::Failed,
    }
}

/// What an unanswered inbound call is rejected with.
pub(crate) fn to_status(cause: Cause) -> u16 {
    match cause {
        // The flow hung up without an answer: nobody refused, nobody was there.
        Cause::Normal | Cause::Ended | Cause::NoAnswer => 480,
        Cause::Cancelled => 487,
        Cause::Busy => 486,
        Cause::Rejected => 603,
        Cause::NotFound => 404,
        Cause::Congestion => 503,
        Cause::Incompatible => 488,
        Cause::Lost | Cause::Failed => 500,
    }
}

/// The value of a Reason header (RFC 3326) with the cause's number in ITU-T Q.850.
pub(crate) fn to_reason(cause: Cause) -> String {
    let (number, text) = match cause {
        Cause::Normal | Cause::Cancelled | Cause::Ended => (16, "Normal call clearing"),
        Cause::Busy => (17, "User busy"),
        Cause::NoAnswer => (19, "No answer from user"),
        Cause::Rejected => (21, "Call rejected"),
        Cause::NotFound => (1, "Unallocated number"),
        Cause::Congestion => (34, "No circuit available"),
        Cause::Incompatible => (88, "Incompatible destination"),
        Cause::Lost => (27, "Destination out of order"),
        Cause::Failed => (41, "Temporary failure"),
    };
    format!("Q.850;cause={number};text=\"{text}\"")
}

/// Why the far end hung up an answered call: its Reason header tells a network's failure from a person's decision.
pub(crate) fn from_bye_reason(reason: Option<&str>) -> Cause {
    match reason.and_then(q850) {
        Some(27 | 38) => Cause::Lost,
        Some(34 | 42 | 44 | 47) => Cause::Congestion,
        Some(41 | 102 | 111 | 127) => Cause::Failed,
        Some(_) | None => Cause::Normal,
    }
}

/// The number of a Q.850 cause in a Reason header; other protocols' causes are passed over.
fn q850(header: &str) -> Option<u16> {
    header.split(',').find_map(|reason| {
        let mut parts = reason.split(';').map(str::trim);
        parts.next().filter(|protocol| protocol.eq_ignore_ascii_case("Q.850"))?;
        parts
            .find_map(|p| p.split_once('=').filter(|(name, _)| name.trim().eq_ignore_ascii_case("cause")))?
            .1
            .trim()
            .parse()
            .ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_reads_back_as_what_was_meant() {
        for cause in
            [Cause::Busy, Cause::NoAnswer, Cause::Rejected, Cause::NotFound, Cause::Congestion, Cause::Incompatible]
        {
            assert_eq!(from_status(to_status(cause)), cause);
        }
        assert_eq!(from_status(600), Cause::Busy);
        assert_eq!(from_status(500), Cause::Failed);
        assert_eq!(from_status(302), Cause::Failed);
    }

    #[test]
    fn the_far_ends_reason_is_read() {
        for (header, cause) in [
            (None, Cause::Normal),
            (Some("Q.850;cause=16;text=\"Normal call clearing\""), Cause::Normal),
            (Some("SIP;cause=200, q.850 ; cause=38"), Cause::Lost),
            (Some("Q.850; cause = 47"), Cause::Congestion),
            (Some("SIP;cause=41"), Cause::Normal),
            (Some("Q.850;cause=x"), Cause::Normal),
        ] {
            assert_eq!(from_bye_reason(header), cause, "{header:?}");
        }
    }
}
