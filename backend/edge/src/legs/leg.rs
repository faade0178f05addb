//! One leg's state and what each thing that happens makes of it. Pure; every transition consumes the state.
//!
//! A leg that the core knows ends in exactly one `Ended`, once both its signalling and its media are over.

use super::sdp::{Local, Remote, SdpError};
use super::table::Output;
use crate::media::RtpTarget;
use crate::sip::{CallCommand, Dial, Unacceptable};
use hark_shared::edge::{Cause, EdgeEvent, LegRole, Quality, Stage};
use hark_shared::ids::{LegId, TenantId, TrunkId};
use hark_shared::phone::PhoneNumber;
use std::net::SocketAddr;
use tracing::{debug, info, warn};

/// What does not change about a leg.
#[derive(Clone, Debug)]
pub(super) struct Head {
    /// Its id.
    pub id: LegId,
    /// Whose it is.
    pub tenant: TenantId,
    /// Whom it stands for, once the core has said so.
    pub role: Option<LegRole>,
}

impl Head {
    fn tell(&self, event: EdgeEvent, out: &mut Vec<Output>) {
        out.push(Output::Event(self.tenant, event));
    }

    fn call(&self, command: CallCommand, out: &mut Vec<Output>) {
        out.push(Output::Call(self.id, command));
    }

    fn point(&self, target: RtpTarget, out: &mut Vec<Output>) {
        out.push(Output::SetRtp(self.id, target));
    }

    fn ended(&self, cause: Cause, quality: Quality, out: &mut Vec<Output>) {
        debug!(leg = %self.id, role = ?self.role, ?cause, "a leg ended");
        self.tell(EdgeEvent::Ended { leg: self.id, cause, quality }, out);
    }

    /// Media is told to close; its answer ends the leg.
    fn close(&self, cause: Cause, known: bool, out: &mut Vec<Output>) -> State {
        out.push(Output::CloseLeg(self.id));
        State::Closing { cause, known }
    }
}

/// An INVITE that came in.
#[derive(Debug)]
pub(super) struct Invite {
    /// Over which trunk.
    pub trunk: TrunkId,
    /// The number that was called.
    pub to: PhoneNumber,
    /// Who calls.
    pub from: Option<PhoneNumber>,
    /// The caller's name.
    pub name: Option<String>,
    /// Its offer.
    pub sdp: Option<String>,
}

/// Where a leg is. Each variant says what is still to come.
#[derive(Debug)]
pub(super) enum State {
    /// An INVITE waits for an RTP port; the core does not know the leg yet.
    Arriving(Box<Invite>),
    /// The core knows of the call and has not answered it. Without `answer` the INVITE had no offer. `early` once the
    /// caller hears us already.
    Waiting { local: Local, answer: Option<(String, Remote)>, early: bool },
    /// Our 200 waits for its ACK. `offered` if that must bring the answer to our offer.
    Confirming { local: Local, held: bool, offered: bool },
    /// A call to place waits for an RTP port.
    Preparing(Box<Dial>),
    /// Our INVITE is out. `early` is where sound goes that comes before the answer.
    Dialling { local: Local, rung: Option<bool>, early: Option<Remote> },
    /// The SIP session stands.
    Talking { local: Local, held: bool },
    /// A browser's offer is with media.
    Connecting,
    /// A browser is connected.
    Browser,
    /// Signalling is over; media was told to close. `known` if the core must hear of the end.
    Closing { cause: Cause, known: bool },
}

/// What is left of a leg: a state, or nothing.
pub(super) type Left = Option<State>;

impl State {
    /// Media has a port for it, or none.
    pub(super) fn on_port(self, head: &Head, port: Result<SocketAddr, String>, out: &mut Vec<Output>) -> Left {
        let address = match port {
            Ok(address) => address,
            Err(error) => return self.on_no_media(head, &error, Cause::Congestion, out),
        };
        let mut local = Local::new(address, session_number(head.id));
        match self {
            Self::Arriving(invite) => Some(arrive(head, *invite, local, out)),
            Self::Preparing(mut dial) => {
                dial.offer = local.offer();
                out.push(Output::Dial(dial));
                Some(Self::Dialling { local, rung: None, early: None })
            }
            other => Some(other),
        }
    }

    /// Media could not open the leg, so it will not report its end either.
    fn on_no_media(self, head: &Head, error: &str, cause: Cause, out: &mut Vec<Output>) -> Left {
        warn!(leg = %head.id, error, "a leg has no media");
        match self {
            Self::Arriving(_) => {
                head.call(CallCommand::End(cause), out);
                None
            }
            Self::Preparing(_) | Self::Connecting => {
                head.ended(cause, Quality::default(), out);
                None
            }
            Self::Closing { cause, known } => {
                if known {
                    head.ended(cause, Quality::default(), out);
                }
                None
            }
            // A browser's second offer was bad; what its first one made still stands.
            state @ (Self::Browser
            | Self::Waiting { .. }
            | Self::Confirming { .. }
            | Self::Dialling { .. }
            | Self::Talking { .. }) => Some(state),
        }
    }

    /// Media answered a browser's offer, or could not.
    pub(super) fn on_peer(self, head: &Head, answer: Result<String, String>, out: &mut Vec<Output>) -> Left {
        match (answer, self) {
            (Ok(answer), Self::Connecting | Self::Browser) => {
                head.tell(EdgeEvent::Connected { leg: head.id, answer }, out);
                Some(Self::Browser)
            }
            (Ok(_), state) => Some(state),
            (Err(error), state) => state.on_no_media(head, &error, Cause::Incompatible, out),
        }
    }

    /// The core wants the caller to hear that it rings, or more.
    pub(super) fn ring(self, head: &Head, early_media: bool, out: &mut Vec<Output>) -> Self {
        match self {
            Self::Waiting { local, answer: Some((sdp, remote)), early } if early_media => {
                head.call(CallCommand::Ring(Some(sdp.clone())), out);
                if !early {
                    head.point(remote.target.clone(), out);
                }
                Self::Waiting { local, answer: Some((sdp, remote)), early: true }
            }
            // Without an offer there is nowhere to send sound to yet.
            state @ Self::Waiting { .. } => {
                head.call(CallCommand::Ring(None), out);
                state
            }
            state => state,
        }
    }

    /// The core answers the call.
    pub(super) fn answer(self, head: &Head, out: &mut Vec<Output>) -> Self {
        match self {
            Self::Waiting { local, answer: Some((sdp, remote)), early } => {
                head.call(CallCommand::Answer(sdp), out);
                if !early {
                    head.point(remote.target, out);
                }
                Self::Confirming { local, held: remote.held, offered: false }
            }
            Self::Waiting { mut local, answer: None, .. } => {
                head.call(CallCommand::Answer(local.offer()), out);
                Self::Confirming { local, held: false, offered: true }
            }
            state => state,
        }
    }

    /// The core ends the leg.
    pub(super) fn end(self, head: &Head, cause: Cause, out: &mut Vec<Output>) -> Self {
        match self {
            Self::Arriving(_)
            | Self::Waiting { .. }
            | Self::Confirming { .. }
            | Self::Dialling { .. }
            | Self::Talking { .. } => {
                head.call(CallCommand::End(cause), out);
                head.close(cause, true, out)
            }
            Self::Preparing(_) | Self::Connecting | Self::Browser => head.close(cause, true, out),
            state @ Self::Closing { .. } => state,
        }
    }

    /// Signalling is over.
    pub(super) fn on_sip_ended(self, head: &Head, cause: Cause, out: &mut Vec<Output>) -> Self {
        match self {
            Self::Arriving(_) => head.close(cause, false, out),
            Self::Waiting { .. }
            | Self::Confirming { .. }
            | Self::Dialling { .. }
            | Self::Talking { .. }
            | Self::Preparing(_) => head.close(cause, true, out),
            state @ (Self::Closing { .. } | Self::Connecting | Self::Browser) => state,
        }
    }

    /// Media has closed the leg, at our word or by itself.
    pub(super) fn on_media_closed(self, head: &Head, quality: Quality, out: &mut Vec<Output>) {
        match self {
            Self::Closing { cause, known } => {
                if known {
                    head.ended(cause, quality, out);
                }
            }
            Self::Arriving(_) => head.call(CallCommand::End(Cause::Failed), out),
            Self::Waiting { .. } | Self::Confirming { .. } | Self::Dialling { .. } | Self::Talking { .. } => {
                head.call(CallCommand::End(Cause::Lost), out);
                head.ended(Cause::Lost, quality, out);
            }
            Self::Preparing(_) | Self::Connecting | Self::Browser => head.ended(Cause::Lost, quality, out),
        }
    }

    /// A browser has left.
    pub(super) fn on_peer_gone(self, head: &Head, out: &mut Vec<Output>) -> Self {
        match self {
            Self::Connecting | Self::Browser => head.close(Cause::Lost, true, out),
            state => state,
        }
    }

    /// A dialled leg rings, perhaps with sound.
    pub(super) fn on_progress(self, head: &Head, sdp: Option<&str>, out: &mut Vec<Output>) -> Self {
        let Self::Dialling { local, rung, early } = self else { return self };
        // Early media that we cannot use is no reason to end a call that may yet be answered with something better.
        let heard = sdp.and_then(|sdp| local.accept(sdp).ok());
        if let Some(remote) = &heard
            && early.as_ref() != Some(remote)
        {
            head.point(remote.target.clone(), out);
        }
        let early = heard.or(early);
        let early_media = early.is_some();
        if rung != Some(early_media) {
            head.tell(EdgeEvent::Ringing { leg: head.id, early_media }, out);
        }
        Self::Dialling { local, rung: Some(early_media), early }
    }

    /// The session stands: 200 to our INVITE, or ACK to our 200.
    pub(super) fn on_up(self, head: &Head, sdp: Option<&str>, out: &mut Vec<Output>) -> Self {
        match self {
            Self::Confirming { local, held, offered: false } => talk(head, local, held, out),
            Self::Confirming { local, offered: true, .. } => match take(&local, sdp) {
                Ok(remote) => {
                    head.point(remote.target, out);
                    talk(head, local, remote.held, out)
                }
                Err(error) => disagree(head, error, out),
            },
            Self::Dialling { local, early, .. } => match (take(&local, sdp), early) {
                (Ok(remote), early) => {
                    if early.as_ref() != Some(&remote) {
                        head.point(remote.target, out);
                    }
                    talk(head, local, remote.held, out)
                }
                // Some gateways send their SDP in the 183 only.
                (Err(_), Some(early)) if sdp.is_none() => talk(head, local, early.held, out),
                (Err(error), _) => disagree(head, error, out),
            },
            state => state,
        }
    }

    /// A re-INVITE or UPDATE. Without SDP it wants our offer.
    pub(super) fn on_offered(self, head: &Head, sdp: Option<&str>, out: &mut Vec<Output>) -> Self {
        let Self::Talking { mut local, held } = self else {
            head.call(CallCommand::Reanswer(Err(Unacceptable)), out);
            return self;
        };
        let Some(offer) = sdp else {
            let offer = local.offer();
            head.call(CallCommand::Reanswer(Ok(offer)), out);
            return Self::Talking { local, held };
        };
        match local.answer(offer) {
            Ok((answer, remote)) => {
                head.call(CallCommand::Reanswer(Ok(answer)), out);
                changed(head, held, &remote, out);
                Self::Talking { local, held: remote.held }
            }
            Err(error) => {
                info!(leg = %head.id, %error, "a change of the session was refused");
                head.call(CallCommand::Reanswer(Err(Unacceptable)), out);
                Self::Talking { local, held }
            }
        }
    }

    /// The answer to the offer that we gave to a re-INVITE without one. A bad one leaves the session as it was.
    pub(super) fn on_answered(self, head: &Head, sdp: Option<&str>, out: &mut Vec<Output>) -> Self {
        let Self::Talking { local, held } = self else { return self };
        match take(&local, sdp) {
            Ok(remote) => {
                changed(head, held, &remote, out);
                Self::Talking { local, held: remote.held }
            }
            Err(error) => {
                info!(leg = %head.id, %error, "the answer in an ACK cannot be used");
                Self::Talking { local, held }
            }
        }
    }

    /// Whether only its media's farewell is missing.
    pub(super) fn is_over(&self) -> bool {
        matches!(self, Self::Closing { .. })
    }

    /// How far it has come, in the core's words; `None` when the core does not know it and never will.
    pub(super) fn stage(&self) -> Option<Stage> {
        match self {
            Self::Arriving(_) | Self::Closing { known: false, .. } => None,
            Self::Waiting { .. } => Some(Stage::Waiting),
            Self::Preparing(_) | Self::Dialling { .. } => Some(Stage::Dialled),
            Self::Confirming { .. }
            | Self::Talking { .. }
            | Self::Connecting
            | Self::Browser
            | Self::Closing { known: true, .. } => Some(Stage::Up),
        }
    }

    /// Whether the core may hear of this leg.
    pub(super) fn is_known(&self) -> bool {
        !matches!(self, Self::Arriving(_) | Self::Closing { .. })
    }

    /// Whether digits can be sent to it.
    pub(super) fn takes_digits(&self) -> bool {
        matches!(self, Self::Talking { .. } | Self::Confirming { .. } | Self::Dialling { early: Some(_), .. })
    }

    /// Whether a browser is or will be behind it.
    pub(super) fn is_browser(&self) -> bool {
        matches!(self, Self::Connecting | Self::Browser)
    }
}

/// An INVITE has its port: it is reported, unless its offer cannot be answered.
fn arrive(head: &Head, invite: Invite, mut local: Local, out: &mut Vec<Output>) -> State {
    let answer = match invite.sdp.as_deref().map(|offer| local.answer(offer)).transpose() {
        Ok(answer) => answer,
        Err(error) => {
            info!(leg = %head.id, tenant.id = %head.tenant, %error, "a call was refused with 488");
            head.call(CallCommand::End(Cause::Incompatible), out);
            return head.close(Cause::Incompatible, false, out);
        }
    };
    let Invite { trunk, to, from, name, .. } = invite;
    head.tell(EdgeEvent::Incoming { leg: head.id, trunk, to, from, name }, out);
    State::Waiting { local, answer, early: false }
}

fn take(local: &Local, sdp: Option<&str>) -> Result<Remote, SdpError> {
    sdp.ok_or(SdpError::Unreadable).and_then(|sdp| local.accept(sdp))
}

fn talk(head: &Head, local: Local, held: bool, out: &mut Vec<Output>) -> State {
    head.tell(EdgeEvent::Answered { leg: head.id }, out);
    if held {
        head.tell(EdgeEvent::FarHold { leg: head.id, held }, out);
    }
    State::Talking { local, held }
}

/// The session stands, but without a codec in common: it is hung up at once (RFC 3261, 13.2.2.4).
fn disagree(head: &Head, error: SdpError, out: &mut Vec<Output>) -> State {
    info!(leg = %head.id, %error, "an answer cannot be used: the call is hung up");
    head.call(CallCommand::End(Cause::Incompatible), out);
    head.close(Cause::Incompatible, true, out)
}

/// The far end changed something: media learns its source anew in any case, as its SSRC may have changed as well.
fn changed(head: &Head, held: bool, remote: &Remote, out: &mut Vec<Output>) {
    head.point(remote.target.clone(), out);
    if remote.held != held {
        head.tell(EdgeEvent::FarHold { leg: head.id, held: remote.held }, out);
    }
}

/// The number of `o=`: from the leg's id, so that it is unique and nothing is drawn here; 63 bits, as some equipment
/// reads it as a signed number.
fn session_number(leg: LegId) -> u64 {
    let (high, low) = leg.0.as_u64_pair();
    (high.rotate_left(32) ^ low) >> 1
}
