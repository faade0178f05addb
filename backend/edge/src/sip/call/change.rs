//! What changes a session that stands: re-INVITE, UPDATE and INFO from the far end, and our own refreshes.

use super::super::inbound::{contact_of, header, sdp_of, supports_timer};
use super::super::timer::{self, SessionTimer};
use super::super::{CallCommand, SipEvent, Unacceptable, body};
use super::{Call, Phase, content_type};
use rsipstack::dialog::dialog::{Dialog, TransactionHandle};
use rsipstack::sip::prelude::HeadersExt;
use rsipstack::sip::{Header, Method, Request, StatusCode};
use tokio::time::Instant;
use tracing::debug;

/// A re-INVITE or UPDATE that waits for the legs' answer.
pub(super) struct Pending {
    handle: TransactionHandle,
    session: timer::Response,
    /// It had no offer, so ours goes into the 200 and the answer comes in the ACK.
    offerless: bool,
}

impl Call {
    /// A re-INVITE or UPDATE from the far end.
    pub(super) async fn on_update(&mut self, request: &Request, handle: TransactionHandle) {
        if !matches!(self.phase, Phase::Up) {
            drop(handle.reply(StatusCode::RequestPending).await);
            return;
        }
        if self.reinviting && request.method == Method::Invite {
            // Glare (RFC 3261, 14.2): both wait, for times that differ.
            drop(handle.reply(StatusCode::RequestPending).await);
            return;
        }
        if self.pending.is_some() {
            // RFC 3261, 14.2: the one before is not answered yet.
            let later = vec![Header::RetryAfter("1".into())];
            drop(handle.respond(StatusCode::ServerInternalError, Some(later), None).await);
            return;
        }
        let session = timer::answer(header(request, "Session-Expires"), supports_timer(request));
        if session == timer::Response::TooSmall {
            let least = vec![Header::MinSE(timer::MIN_SE.to_string().into())];
            drop(handle.respond(StatusCode::SessionIntervalTooSmall, Some(least), None).await);
            return;
        }
        let Ok(sdp) = sdp_of(request) else {
            drop(handle.reply(StatusCode::UnsupportedMediaType).await);
            return;
        };
        if let Some(uri) = contact_of(request) {
            let contact = request.contact_header().ok().cloned();
            Dialog::Invite(self.dialog.clone()).set_remote_target(uri, contact);
        }
        if sdp.is_none() && request.method == Method::Update {
            let mut headers = Vec::new();
            self.arm(&session, &mut headers);
            drop(handle.respond(StatusCode::OK, Some(headers), None).await);
            return;
        }
        self.pending = Some(Pending { handle, session, offerless: sdp.is_none() });
        self.report(SipEvent::Offered { leg: self.leg, sdp }).await;
    }

    /// The legs' answer to what the far end offered.
    pub(super) async fn reanswer(&mut self, answer: Result<String, Unacceptable>) {
        let Some(pending) = self.pending.take() else { return };
        let sent = match answer {
            Ok(sdp) => {
                let mut headers = vec![content_type()];
                self.arm(&pending.session, &mut headers);
                self.answer_in_ack = pending.offerless;
                self.local_sdp = Some(sdp.clone());
                pending.handle.respond(StatusCode::OK, Some(headers), Some(sdp.into_bytes())).await
            }
            Err(Unacceptable) => pending.handle.reply(StatusCode::NotAcceptableHere).await,
        };
        if sent.is_err() {
            debug!(leg = %self.leg, "a re-INVITE was gone before its answer");
        }
    }

    /// INFO: a digit, or nothing of ours.
    pub(super) async fn on_info(&mut self, request: &Request, handle: &TransactionHandle) {
        let status = match body::digit(header(request, "Content-Type"), &request.body) {
            Ok(digit) => {
                if let (Some(digit), Phase::Up) = (digit, &self.phase) {
                    self.report(SipEvent::Digit { leg: self.leg, digit }).await;
                }
                StatusCode::OK
            }
            Err(body::UnsupportedMedia) => StatusCode::UnsupportedMediaType,
        };
        drop(handle.reply(status).await);
    }

    /// Starts the timer that was negotiated and adds its headers.
    pub(super) fn arm(&mut self, session: &timer::Response, headers: &mut Vec<Header>) {
        match session {
            timer::Response::Runs { timer, header, require } => {
                self.refresh = Some((*timer, Instant::now() + timer.due()));
                headers.push(Header::SessionExpires(header.clone().into()));
                if *require {
                    headers.push(Header::Require("timer".into()));
                }
            }
            timer::Response::None | timer::Response::TooSmall => self.refresh = None,
        }
    }

    /// Keeps the session alive: UPDATE where the far end takes it, else a re-INVITE that changes nothing.
    pub(super) fn send_refresh(&mut self, timer: SessionTimer) {
        let mut headers = vec![
            Header::SessionExpires(format!("{};refresher=uac", timer.interval).into()),
            Header::Supported("timer".into()),
        ];
        let (dialog, own, sdp) = (self.dialog.clone(), self.own.clone(), self.local_sdp.clone());
        let by_update = self.far_updates;
        self.reinviting = !by_update;
        tokio::spawn(async move {
            let answer = if by_update {
                dialog.update(Some(headers), None).await
            } else {
                headers.push(content_type());
                dialog.reinvite(Some(headers), sdp.map(String::into_bytes)).await
            };
            let status = answer.ok().flatten().map(|response| response.status_code.code());
            own.try_send(CallCommand::Refreshed(status)).ok();
        });
    }
}
