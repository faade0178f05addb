//! Being called: requests that reach the telephone, each answered as its manners say.

use super::Shared;
use super::call::{Call, End, Phase, lock};
use super::dialog::Dialog;
use super::digest;
use super::line::Line;
use super::message::Message;
use super::sdp::Sdp;
use anyhow::Result;
use std::net::SocketAddr;
use std::sync::Arc;

/// What a telephone does when it is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answering {
    /// Answers at once.
    AtOnce,
    /// Rings (180) until the story answers.
    Rings,
    /// Rings with sound (183) until the story answers.
    EarlyMedia,
    /// Refuses with this status.
    Refuses(u16),
    /// Says 100 and no more.
    Trying,
    /// Says nothing at all.
    Dead,
}

/// Serves requests until the telephone is unplugged.
pub(super) async fn serve(shared: Arc<Shared>) {
    while let Ok((request, from)) = shared.endpoint.next_request().await {
        if let Err(error) = shared.handle(&request, from).await {
            eprintln!("telephone: {} of {from}: {error:#}", request.first_line());
        }
    }
}

impl Shared {
    async fn handle(&self, request: &Message, from: SocketAddr) -> Result<()> {
        if lock(&self.manners).answering == Answering::Dead {
            return Ok(());
        }
        let known = request.header("Call-ID").and_then(|id| lock(&self.calls).get(id).cloned());
        let within = known.clone().filter(|call| lock(&call.inner.dialog).owns(request));
        match (request.method(), within, known) {
            ("INVITE", Some(call), _) => self.reinvite(&call, request, from).await,
            ("INVITE", None, Some(call)) => self.again(&call, request, from).await,
            ("INVITE", None, None) => self.invite(request, from).await,
            ("ACK", _, Some(call)) => {
                call.inner.acknowledged.notify_one();
                call.inner.state.send_modify(|state| state.acks += 1);
                Ok(())
            }
            ("ACK", _, None) => Ok(()),
            ("CANCEL", _, Some(call)) => self.cancel(&call, request, from).await,
            ("BYE", Some(call), _) => {
                call.end(End::ByThem);
                self.reply(request, from, 200, "OK").await
            }
            ("INFO", Some(call), _) => {
                let digit = request.body.lines().find_map(|line| line.trim().strip_prefix("Signal="));
                let digit = digit.and_then(|value| value.trim().chars().next());
                call.inner.state.send_modify(|state| state.info_digits.extend(digit));
                self.reply(request, from, 200, "OK").await
            }
            ("OPTIONS", _, _) | ("UPDATE" | "MESSAGE" | "NOTIFY", Some(_), _) => {
                self.reply(request, from, 200, "OK").await
            }
            ("BYE" | "INFO" | "UPDATE" | "CANCEL", _, _) => {
                self.reply(request, from, 481, "Call/Transaction Does Not Exist").await
            }
            _ => self.reply(request, from, 501, "Not Implemented").await,
        }
    }

    async fn reply(&self, request: &Message, to: SocketAddr, status: u16, reason: &str) -> Result<()> {
        self.endpoint.respond(Message::response(request, status, reason), to).await;
        Ok(())
    }

    async fn invite(&self, invite: &Message, from: SocketAddr) -> Result<()> {
        let manners = lock(&self.manners).clone();
        if let Some(account) = &manners.challenges {
            let credentials = invite.header("Proxy-Authorization").unwrap_or_default();
            if !digest::verify(account, credentials, "INVITE") {
                let mut response = Message::response(invite, 407, "Proxy Authentication Required");
                response.set("To", format!("{};tag={}", invite.need("To")?, super::Endpoint::token()));
                response.push("Proxy-Authenticate", digest::challenge());
                self.endpoint.respond(response, from).await;
                return Ok(());
            }
        }
        self.reply(invite, from, 100, "Trying").await?;
        let own = self.endpoint.address();
        let dialog = Dialog::from_invite(invite, format!("<sip:{}@{own}>", manners.number))?;
        let line = Line::open(own.ip(), manners.voice.clone())?;
        let call_id = dialog.call_id.clone();
        let call = Call::new(Arc::clone(&self.endpoint), dialog, line, manners.laws.clone(), invite.clone(), from);
        lock(&self.calls).insert(call_id, call.clone());
        match manners.answering {
            Answering::AtOnce => {
                call.ring(false).await?;
                call.answer().await?;
            }
            Answering::Rings => call.ring(false).await?,
            Answering::EarlyMedia => call.ring(true).await?,
            Answering::Refuses(status) => call.refuse(status, "Refused").await?,
            Answering::Trying | Answering::Dead => {}
        }
        // Full only when a story ignores hundreds of calls; they are served all the same.
        let _ = self.incoming.try_send(call);
        Ok(())
    }

    /// The INVITE of a known call came again: retransmitted, or with credentials after a challenge.
    async fn again(&self, call: &Call, invite: &Message, from: SocketAddr) -> Result<()> {
        let answer = lock(&call.inner.answer).clone().filter(|answer| answer.branch() == invite.branch());
        match answer {
            Some(answer) => self.endpoint.respond(answer, from).await,
            None => self.reply(invite, from, 100, "Trying").await?,
        }
        Ok(())
    }

    async fn reinvite(&self, call: &Call, invite: &Message, from: SocketAddr) -> Result<()> {
        let repeated = lock(&call.inner.answer).clone().filter(|answer| answer.branch() == invite.branch());
        if let Some(answer) = repeated {
            self.endpoint.respond(answer, from).await;
            return Ok(());
        }
        let Ok(far) = Sdp::parse(&invite.body) else {
            // An offer in our answer (RFC 3261, 14.1) is what no telephone of ours has needed so far.
            return self.reply(invite, from, 488, "Not Acceptable Here").await;
        };
        call.connect(&far, far.direction.answer().sends());
        call.inner.state.send_modify(|state| state.reinvites += 1);
        let ok = call.dressed(invite, 200, "OK", Some(far.direction.answer()))?;
        call.insist(ok, from);
        Ok(())
    }

    async fn cancel(&self, call: &Call, cancel: &Message, from: SocketAddr) -> Result<()> {
        let crosses = lock(&self.manners).answer_on_cancel;
        if crosses && matches!(call.state().phase, Phase::Calling | Phase::Ringing | Phase::EarlyMedia) {
            call.answer().await?;
        } else if call.leave_ringing(Phase::Ended(End::Cancelled)) {
            let (invite, hop) = lock(&call.inner.invite).clone();
            let terminated = call.dressed(&invite, 487, "Request Terminated", None)?;
            call.insist(terminated, hop);
        }
        self.reply(cancel, from, 200, "OK").await
    }
}
