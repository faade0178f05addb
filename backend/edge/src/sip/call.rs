//! One call: the task that owns a dialog from its INVITE to its end, whichever side began it.

mod change;
mod refer;

use super::inbound::{header, sdp_of};
use super::stack::Shared;
use super::timer::{self, SessionTimer};
use super::trunk::Permit;
use super::{CallCommand, SipEvent, body, cause};
use change::Pending;
use hark_shared::edge::Cause;
use hark_shared::ids::LegId;
use rsipstack::dialog::dialog::{DialogState, DialogStateReceiver, TerminatedReason};
use rsipstack::dialog::invitation::InviteAsyncResult;
use rsipstack::dialog::invite_dialog::InviteDialog;
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Response, StatusCode};
use rsipstack::transaction::key::TransactionRole;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tracing::{debug, warn};

/// How long an ended call may take to be taken down: the stack gives up on any request after 64*T1 = 32 s.
const TAKE_DOWN: Duration = Duration::from_secs(40);

/// Where a call is.
#[derive(Debug)]
pub(super) enum Phase {
    /// Inbound, no final response yet.
    Offered,
    /// Inbound, our 200 waits for its ACK. A BYE must wait as well (RFC 3261, 15), so an end is kept here.
    Answering { end: Option<Cause> },
    /// Dialled, no final response yet; given up at this moment.
    Dialling { until: Instant },
    /// The session stands.
    Up,
    /// Reported as ended; what the stack has left to do goes on, at most until then.
    Over { until: Instant },
}

/// The task's state.
pub(super) struct Call {
    shared: Arc<Shared>,
    leg: LegId,
    dialog: InviteDialog,
    own: mpsc::Sender<CallCommand>,
    commands: mpsc::Receiver<CallCommand>,
    states: DialogStateReceiver,
    phase: Phase,
    /// Only dialled calls have one.
    invite: Option<JoinHandle<InviteAsyncResult>>,
    permit: Option<Permit>,
    session: timer::Response,
    refresh: Option<(SessionTimer, Instant)>,
    far_updates: bool,
    /// A re-INVITE of ours is not answered yet: one of the far end meanwhile is glare.
    reinviting: bool,
    /// Whether the trunk's far end may pass calls on.
    refers: bool,
    /// A REFER is accepted, and what comes of it is not told yet.
    referring: bool,
    /// Our 202 is on its way: the dialog takes no request of ours before it is confirmed again.
    accepting: bool,
    /// What came of a REFER whose 202 is still on its way.
    outcome: Option<u16>,
    pending: Option<Pending>,
    answer_in_ack: bool,
    local_sdp: Option<String>,
    far_bye: Option<Cause>,
}

impl Call {
    pub(super) fn new(
        shared: Arc<Shared>,
        leg: LegId,
        dialog: InviteDialog,
        (own, commands): (mpsc::Sender<CallCommand>, mpsc::Receiver<CallCommand>),
        states: DialogStateReceiver,
        phase: Phase,
    ) -> Self {
        let far_updates =
            dialog.role() == TransactionRole::Server && allows_update(header(&dialog.initial_request(), "Allow"));
        Self {
            shared,
            leg,
            dialog,
            own,
            commands,
            states,
            phase,
            invite: None,
            permit: None,
            session: timer::Response::None,
            refresh: None,
            far_updates,
            reinviting: false,
            refers: false,
            referring: false,
            accepting: false,
            outcome: None,
            pending: None,
            answer_in_ack: false,
            local_sdp: None,
            far_bye: None,
        }
    }

    /// Keeps the trunk's place for as long as the call lives.
    pub(super) fn hold_permit(&mut self, permit: Permit) {
        self.permit = Some(permit);
    }

    /// Whether the trunk lets its far end pass calls on.
    pub(super) fn let_refer(&mut self, on: bool) {
        self.refers = on;
    }

    /// What the 200 says about session timers.
    pub(super) fn set_session(&mut self, session: timer::Response) {
        self.session = session;
    }

    /// The task that drives a dialled call's INVITE, and the SDP in it.
    pub(super) fn set_invite(&mut self, invite: JoinHandle<InviteAsyncResult>, offer: String) {
        self.invite = Some(invite);
        self.local_sdp = Some(offer);
    }

    /// Runs the call to its end; `first` is reported before anything else.
    pub(super) async fn run(mut self, first: Option<SipEvent>) {
        if let Some(event) = first {
            self.report(event).await;
        }
        loop {
            let wake = self.wake();
            // Commands first: a FarBye must be seen before the end that it explains.
            let go_on = tokio::select! {
                biased;
                Some(command) = self.commands.recv() => self.on_command(command).await,
                state = self.states.recv() => match state {
                    Some(state) => self.on_state(state).await,
                    None => false,
                },
                result = join(&mut self.invite) => self.on_invite_done(result).await,
                () = tokio::time::sleep_until(wake) => self.on_wake().await,
            };
            if !go_on {
                break;
            }
        }
        self.finish().await;
    }

    /// Whatever happened, nothing of the call is left behind.
    async fn finish(mut self) {
        self.end(Cause::Failed).await;
        if let Some(invite) = self.invite.take() {
            // It registers an answered dialog with the stack on its last step: only then can that be taken back.
            if tokio::time::timeout(TAKE_DOWN, invite).await.is_err() {
                warn!(leg = %self.leg, "a dialled call's INVITE did not end");
            }
        }
        self.shared.release(self.leg, Some(&self.dialog.id()));
        drop(self.permit.take());
    }

    async fn report(&self, event: SipEvent) {
        if self.shared.events.send(event).await.is_err() {
            debug!(leg = %self.leg, "nobody hears what happens to calls any more");
        }
    }

    /// Reports the end; once.
    async fn end(&mut self, cause: Cause) {
        if !matches!(self.phase, Phase::Over { .. }) {
            self.phase = Phase::Over { until: Instant::now() + TAKE_DOWN };
            self.refresh = None;
            self.pending = None;
            self.report(SipEvent::Ended { leg: self.leg, cause }).await;
        }
    }

    fn wake(&self) -> Instant {
        let phase = match self.phase {
            Phase::Dialling { until } | Phase::Over { until } => Some(until),
            Phase::Offered | Phase::Answering { .. } | Phase::Up => None,
        };
        let refresh = self.refresh.map(|(_, due)| due);
        phase.into_iter().chain(refresh).min().unwrap_or_else(|| Instant::now() + TAKE_DOWN)
    }

    async fn on_wake(&mut self) -> bool {
        let now = Instant::now();
        match self.phase {
            Phase::Over { until } => return now < until,
            Phase::Dialling { until } if now >= until => self.hang_up(Cause::NoAnswer).await,
            Phase::Offered | Phase::Answering { .. } | Phase::Dialling { .. } | Phase::Up => {}
        }
        if let Some((timer, due)) = self.refresh
            && now >= due
        {
            if timer.ours {
                self.refresh = Some((timer, now + timer.due()));
                self.send_refresh(timer);
            } else {
                debug!(leg = %self.leg, "the far end did not refresh its session");
                self.hang_up(Cause::Lost).await;
            }
        }
        true
    }

    async fn on_command(&mut self, command: CallCommand) -> bool {
        match command {
            CallCommand::Ring(sdp) => self.ring(sdp),
            CallCommand::Answer(sdp) => self.answer(sdp),
            CallCommand::Reanswer(answer) => self.reanswer(answer).await,
            CallCommand::ReferDone(failed) => self.refer_done(failed),
            CallCommand::End(cause) => self.hang_up(cause).await,
            CallCommand::FarBye(cause) => self.far_bye = Some(cause),
            CallCommand::Refreshed(status) => {
                self.reinviting = false;
                if let (Some(491), Some((timer, _))) = (status, self.refresh) {
                    let own_call_id = self.dialog.role() == TransactionRole::Client;
                    let wait = timer::after_glare(own_call_id, self.shared.source.fresh());
                    self.refresh = Some((timer, Instant::now() + wait));
                }
                // The far end does not know the call any more (RFC 4028, 10, and RFC 3261, 12.2.1.2).
                if matches!(status, None | Some(408 | 481)) {
                    self.hang_up(Cause::Lost).await;
                }
            }
        }
        true
    }

    fn ring(&mut self, sdp: Option<String>) {
        if let Phase::Offered = self.phase {
            let headers = sdp.is_some().then(|| vec![content_type()]);
            self.local_sdp.clone_from(&sdp);
            if let Err(error) = self.dialog.ringing(headers, sdp.map(String::into_bytes)) {
                debug!(leg = %self.leg, %error, "ringing was not sent");
            }
        }
    }

    fn answer(&mut self, sdp: String) {
        if let Phase::Offered = self.phase {
            let mut headers = vec![content_type(), super::allow(), Header::Supported("timer".into())];
            let session = std::mem::replace(&mut self.session, timer::Response::None);
            self.arm(&session, &mut headers);
            self.phase = Phase::Answering { end: None };
            self.local_sdp = Some(sdp.clone());
            if let Err(error) = self.dialog.accept(Some(headers), Some(sdp.into_bytes())) {
                debug!(leg = %self.leg, %error, "the answer was not sent");
            }
        }
    }

    /// Ends the call from our side in the way that its phase wants.
    async fn hang_up(&mut self, cause: Cause) {
        match &mut self.phase {
            Phase::Offered => {
                let status = StatusCode::from(cause::to_status(cause));
                if let Err(error) = self.dialog.reject(Some(status), Some(cause::to_reason(cause))) {
                    debug!(leg = %self.leg, %error, "the rejection was not sent");
                }
                self.end(cause).await;
            }
            Phase::Answering { end } => *end = Some(cause),
            Phase::Dialling { .. } => {
                let dialog = self.dialog.clone();
                let leg = self.leg;
                tokio::spawn(async move {
                    if let Err(error) = dialog.cancel().await {
                        debug!(%leg, %error, "CANCEL was not answered with 200");
                    }
                });
                self.end(cause).await;
            }
            Phase::Up => {
                let dialog = self.dialog.clone();
                let leg = self.leg;
                tokio::spawn(async move {
                    if let Err(error) = dialog.bye_with_reason(cause::to_reason(cause)).await {
                        debug!(%leg, %error, "BYE was not sent");
                    }
                });
                self.end(cause).await;
            }
            Phase::Over { .. } => {}
        }
    }

    async fn on_state(&mut self, state: DialogState) -> bool {
        match state {
            DialogState::Early(_, response) => self.on_progress(&response).await,
            DialogState::Confirmed(_, response) => self.on_confirmed(&response).await,
            DialogState::Updated(_, request, handle) => self.on_update(&request, handle).await,
            DialogState::Info(_, request, handle) => self.on_info(&request, &handle).await,
            DialogState::Options(_, _, handle) => {
                drop(handle.respond(StatusCode::OK, Some(vec![super::allow()]), None).await)
            }
            DialogState::Refer(_, request, handle) => self.on_refer(&request, &handle).await,
            DialogState::Publish(_, _, handle)
            | DialogState::Notify(_, _, handle)
            | DialogState::Message(_, _, handle) => drop(handle.reply(StatusCode::MethodNotAllowed).await),
            DialogState::Terminated(_, reason) => {
                let cause = self.cause_of(&reason);
                self.end(cause).await;
                return false;
            }
            DialogState::Calling(_) | DialogState::Trying(_) | DialogState::WaitAck(..) => {}
        }
        true
    }

    fn cause_of(&self, reason: &TerminatedReason) -> Cause {
        let far_bye = self.far_bye.unwrap_or(Cause::Normal);
        match (reason, self.dialog.role()) {
            (TerminatedReason::UacBye, TransactionRole::Server)
            | (TerminatedReason::UasBye, TransactionRole::Client) => far_bye,
            // A BYE before our answer: the caller gave up.
            (TerminatedReason::UasDecline, _) if self.far_bye.is_some() => Cause::Cancelled,
            (TerminatedReason::UacCancel, _) => Cause::Cancelled,
            (TerminatedReason::UacBye | TerminatedReason::UasBye, _) => Cause::Normal,
            (TerminatedReason::UacBusy | TerminatedReason::UasBusy, _) => Cause::Busy,
            (TerminatedReason::UasDecline | TerminatedReason::ProxyAuthRequired, _) => Cause::Rejected,
            (
                TerminatedReason::ProxyError(status)
                | TerminatedReason::UacOther(status)
                | TerminatedReason::UasOther(status),
                _,
            ) => cause::from_status(status.code()),
            (TerminatedReason::Timeout, _) => Cause::Failed,
        }
    }

    async fn on_progress(&mut self, response: &Response) {
        if let Phase::Dialling { .. } = self.phase {
            let sdp = sdp_in(response);
            self.report(SipEvent::Progress { leg: self.leg, sdp }).await;
        }
    }

    async fn on_confirmed(&mut self, response: &Response) {
        self.refer_accepted();
        match self.phase {
            Phase::Answering { end } => {
                self.phase = Phase::Up;
                self.shared.kept.keep(self.leg, &self.dialog.snapshot());
                let sdp = self.sdp_in_ack();
                self.report(SipEvent::Up { leg: self.leg, sdp }).await;
                if let Some(cause) = end {
                    self.hang_up(cause).await;
                }
            }
            Phase::Dialling { .. } => {
                self.phase = Phase::Up;
                self.shared.kept.keep(self.leg, &self.dialog.snapshot());
                self.far_updates =
                    response.headers.iter().any(|h| matches!(h, Header::Allow(_)) && allows_update(Some(h.value())));
                let expires =
                    response.headers.iter().find(|h| matches!(h, Header::SessionExpires(_))).map(Header::value);
                self.refresh = timer::agreed(expires).map(|timer| (timer, Instant::now() + timer.due()));
                self.report(SipEvent::Up { leg: self.leg, sdp: sdp_in(response) }).await;
            }
            // Also said after each INFO or UPDATE, and then about nothing.
            Phase::Up if self.answer_in_ack => {
                let of_invite =
                    response.cseq_header().and_then(|cseq| cseq.method()).is_ok_and(|m| m == Method::Invite);
                if of_invite {
                    self.answer_in_ack = false;
                    let sdp = self.sdp_in_ack();
                    self.report(SipEvent::Answered { leg: self.leg, sdp }).await;
                }
            }
            Phase::Up | Phase::Offered | Phase::Over { .. } => {}
        }
    }

    fn sdp_in_ack(&self) -> Option<String> {
        self.dialog.last_remote_ack().and_then(|ack| sdp_of(&ack).ok().flatten())
    }

    /// The INVITE's task is over. The dialog's state mostly tells why, but not every end is a state.
    async fn on_invite_done(&mut self, result: Option<InviteAsyncResult>) -> bool {
        let Phase::Dialling { .. } = self.phase else { return true };
        match result {
            Some(Ok((_, Some(response)))) if response.status_code == StatusCode::OK => true,
            Some(Ok((_, Some(response)))) => {
                self.end(cause::from_status(response.status_code.code())).await;
                false
            }
            Some(Ok((_, None)) | Err(_)) | None => {
                self.end(Cause::Failed).await;
                false
            }
        }
    }
}

/// Waits for the INVITE's task, for ever when there is none (any more).
async fn join(invite: &mut Option<JoinHandle<InviteAsyncResult>>) -> Option<InviteAsyncResult> {
    match invite {
        Some(handle) => {
            let result = handle.await.ok();
            *invite = None;
            result
        }
        None => std::future::pending().await,
    }
}

fn content_type() -> Header {
    Header::ContentType("application/sdp".into())
}

fn allows_update(allow: Option<&str>) -> bool {
    allow.is_some_and(|allow| allow.split(',').any(|method| method.trim() == "UPDATE"))
}

/// The SDP in a response; what is no SDP counts as none.
fn sdp_in(response: &Response) -> Option<String> {
    let value = |name: &str| response.headers.iter().find(|h| h.name().eq_ignore_ascii_case(name)).map(Header::value);
    body::sdp(value("Content-Type"), value("Content-Encoding"), &response.body).ok().flatten()
}
