//! SIP trunks on rsipstack, behind our guard. Knows nothing of sound: SDP passes through as text.
//!
//! One task a call owns its dialog ([`call`]); one task takes what the stack received ([`inbound`]). The rest of the
//! edge speaks to a call by [`CallCommand`] and hears from all calls by [`SipEvent`]. Each call that was reported or
//! dialled ends in exactly one [`SipEvent::Ended`].

mod body;
mod call;
mod cause;
mod guard;
mod identity;
mod inbound;
mod orphans;
mod outbound;
mod probe;
mod stack;
mod timer;
mod trunk;

pub(crate) use outbound::Dial;
pub(crate) use stack::{Sip, start};

use hark_shared::edge::Cause;
use hark_shared::ids::{LegId, TenantId, TrunkId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;
use std::time::Duration;

/// How often trunks' names are looked up again: carriers move their addresses by DNS, with times to live in minutes.
pub(crate) const RESOLVE_EVERY: Duration = Duration::from_secs(60);
/// Commands that may wait for one call: a whole call needs about five.
const CALL_QUEUE: usize = 32;
/// What the edge takes as a body, for Accept headers.
const ACCEPT: &str = "application/sdp, application/dtmf-relay, application/dtmf";
/// Seconds in Retry-After when a trunk is at its limit: calls end at this pace on a busy trunk.
const RETRY_AFTER: &str = "5";

/// What happened in signalling.
#[derive(Debug)]
pub(crate) enum SipEvent {
    /// A valid INVITE to somebody's number; 100 has been sent.
    Incoming {
        /// Its new id.
        leg: LegId,
        /// Whose number was called.
        tenant: TenantId,
        /// Over which trunk.
        trunk: TrunkId,
        /// The number.
        to: PhoneNumber,
        /// The caller's number, unless withheld.
        from: Option<PhoneNumber>,
        /// The caller's name.
        name: Option<String>,
        /// Its offer; `None` wants ours in the 200.
        sdp: Option<String>,
    },
    /// A dialled call got 180 or 183.
    Progress {
        /// Which.
        leg: LegId,
        /// The SDP of early media.
        sdp: Option<String>,
    },
    /// The session stands: a dialled call got 200, or our 200 got its ACK. `sdp` is the far end's answer, if it was
    /// its turn to answer.
    Up {
        /// Which.
        leg: LegId,
        /// The far end's answer.
        sdp: Option<String>,
    },
    /// A re-INVITE or UPDATE: answer it with [`CallCommand::Reanswer`].
    Offered {
        /// Which.
        leg: LegId,
        /// Its offer; `None` wants ours.
        sdp: Option<String>,
    },
    /// The answer to the offer that we gave to a re-INVITE without one.
    Answered {
        /// Which.
        leg: LegId,
        /// The far end's answer.
        sdp: Option<String>,
    },
    /// INFO with a digit.
    Digit {
        /// Which.
        leg: LegId,
        /// From `0-9 * # A-D`.
        digit: char,
    },
    /// REFER: the far end names who shall take its place; answered with [`CallCommand::ReferDone`].
    Referred {
        /// Which.
        leg: LegId,
        /// Whom.
        to: PhoneNumber,
    },
    /// The call is over. Nothing follows about this leg.
    Ended {
        /// Which.
        leg: LegId,
        /// Why.
        cause: Cause,
    },
    /// What a trunk said to OPTIONS.
    TrunkTested {
        /// Whose.
        tenant: TenantId,
        /// Which.
        trunk: TrunkId,
        /// The status of its answer, if any.
        status: Option<u16>,
        /// Until the answer or the time-out.
        took: Millis,
        /// Why it could not be asked.
        fault: Option<String>,
    },
}

/// What a call is asked to do.
#[derive(Debug)]
pub(crate) enum CallCommand {
    /// 180, or 183 with this SDP.
    Ring(Option<String>),
    /// 200 with this SDP.
    Answer(String),
    /// The answer to [`SipEvent::Offered`]; an error is 488.
    Reanswer(Result<String, Unacceptable>),
    /// What came of [`SipEvent::Referred`]; `None`: who was named has answered.
    ReferDone(Option<Cause>),
    /// Reject, cancel or hang up.
    End(Cause),
    /// From inside: the far end's BYE is about to be handled, and this is its reason.
    FarBye(Cause),
    /// From inside: our refresh of the session was answered so; `None` when no answer came.
    Refreshed(Option<u16>),
}

/// An offer that cannot be answered: 488.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unacceptable;

/// Our Allow header.
fn allow() -> rsipstack::sip::Header {
    rsipstack::sip::Header::Allow(guard::check::ALLOWED.join(", ").into())
}
