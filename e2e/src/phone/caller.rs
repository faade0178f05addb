//! Placing a call: the INVITE transaction from our side, with CANCEL, digest and the 2xx that crosses a CANCEL.

use super::call::{Call, End, Phase, lock};
use super::digest::{self, Account};
use super::endpoint::{Endpoint, GIVE_UP, Transaction};
use super::message::Message;
use super::sdp::Sdp;
use anyhow::Result;
use tokio::sync::watch;

/// Sees the call through its INVITE, until it is over.
pub(super) async fn drive(call: Call, account: Option<Account>) {
    if converse(&call, account).await.is_err() {
        call.end(End::Unreachable);
    }
}

async fn converse(call: &Call, account: Option<Account>) -> Result<()> {
    let endpoint = &call.inner.endpoint;
    let (mut invite, hop) = lock(&call.inner.invite).clone();
    let mut transaction = endpoint.request(&invite, hop).await;
    let mut cancelled = call.inner.cancelled.subscribe();
    let (mut provisional, mut cancel_sent, mut tried) = (false, false, false);
    loop {
        let wanted = *cancelled.borrow_and_update();
        if wanted && provisional && !cancel_sent {
            cancel_sent = true;
            tokio::spawn(cancel(std::sync::Arc::clone(endpoint), invite.clone(), hop));
        }
        // A phone lets it ring for as long as the story lasts; only before the first response there is a limit.
        let limit = if provisional { GIVE_UP * 10 } else { GIVE_UP };
        let response = tokio::select! {
            response = transaction.next(limit) => response?,
            changed = cancelled.changed(), if !wanted => { changed?; continue; }
        };
        let status = response.status();
        call.inner.state.send_modify(|state| state.statuses.push(status));
        match status {
            100..=199 => {
                provisional = true;
                progress(call, &response);
            }
            200..=299 => return established(call, &response, cancelled, transaction).await,
            _ => {
                refuse_acknowledged(endpoint, &invite, &response, hop).await;
                let again = account.as_ref().filter(|_| !tried).and_then(|a| with_credentials(a, &invite, &response));
                let Some(signed) = again else {
                    call.end(if status == 487 { End::Cancelled } else { End::Refused(status) });
                    return Ok(());
                };
                tried = true;
                invite = signed;
                *lock(&call.inner.invite) = (invite.clone(), hop);
                lock(&call.inner.dialog).sequence = invite.sequence();
                transaction = endpoint.request(&invite, hop).await;
            }
        }
    }
}

fn progress(call: &Call, response: &Message) {
    if response.status() == 100 {
        return;
    }
    match Sdp::parse(&response.body) {
        Ok(far) => {
            call.connect(&far, true);
            call.set(Phase::EarlyMedia);
        }
        Err(_) if call.state().phase == Phase::Calling => call.set(Phase::Ringing),
        Err(_) => {}
    }
}

/// The 2xx: acknowledged each time that it comes, and ended as soon as we want to cancel, or wanted before.
async fn established(
    call: &Call,
    ok: &Message,
    mut cancelled: watch::Receiver<bool>,
    mut transaction: Transaction,
) -> Result<()> {
    lock(&call.inner.dialog).learn(ok);
    call.acknowledge(ok.sequence()).await?;
    match Sdp::parse(&ok.body) {
        Ok(far) => call.connect(&far, true),
        Err(error) => eprintln!("the 200 has no description: {error}"),
    }
    call.set(Phase::Answered);
    let mut ending = false;
    let mut states = call.inner.state.subscribe();
    loop {
        tokio::select! {
            again = transaction.next(GIVE_UP * 10) => match again {
                Ok(again) if again.status() / 100 == 2 => call.acknowledge(again.sequence()).await?,
                Ok(_) => {}
                Err(_) => return Ok(()),
            },
            wanted = async { cancelled.wait_for(|wanted| *wanted).await.is_ok() }, if !ending => {
                debug_assert!(wanted, "the call holds its own wishes");
                ending = true;
                call.hang_up().await?;
            }
            over = async { states.wait_for(|s| matches!(s.phase, Phase::Ended(_))).await.is_ok() } => {
                debug_assert!(over, "the call holds its own state");
                return Ok(());
            }
        }
    }
}

/// CANCEL has the INVITE's branch, URI, number and Route (RFC 3261, 9.1).
async fn cancel(endpoint: std::sync::Arc<Endpoint>, invite: Message, hop: std::net::SocketAddr) {
    let mut cancel = of_invite(&invite, "CANCEL");
    cancel.push("To", invite.header("To").unwrap_or_default());
    let mut transaction = endpoint.request(&cancel, hop).await;
    // 200 or 481; what counts is the INVITE's final response.
    let _ = transaction.last().await;
}

/// The ACK of a final response other than 2xx belongs to the INVITE's transaction (17.1.1.3).
async fn refuse_acknowledged(endpoint: &Endpoint, invite: &Message, response: &Message, hop: std::net::SocketAddr) {
    let mut ack = of_invite(invite, "ACK");
    ack.push("To", response.header("To").unwrap_or_default());
    endpoint.send(&ack, hop).await;
}

fn of_invite(invite: &Message, method: &str) -> Message {
    let uri = invite.first_line().split(' ').nth(1).unwrap_or_default().to_owned();
    let mut request = Message::request(method, &uri);
    for name in ["Via", "Max-Forwards", "Route", "From", "Call-ID"] {
        for value in invite.all(name) {
            request.push(name, value);
        }
    }
    request.push("CSeq", format!("{} {method}", invite.sequence()));
    request
}

fn with_credentials(account: &Account, invite: &Message, response: &Message) -> Option<Message> {
    let (asks, answers) = match response.status() {
        401 => ("WWW-Authenticate", "Authorization"),
        407 => ("Proxy-Authenticate", "Proxy-Authorization"),
        _ => return None,
    };
    let uri = invite.first_line().split(' ').nth(1)?.to_owned();
    let credentials = digest::answer(account, response.header(asks)?, "INVITE", &uri)?;
    let mut signed = invite.clone();
    let via = invite.header("Via")?.replace(invite.branch(), &Endpoint::branch());
    signed.set("Via", via);
    signed.set("CSeq", format!("{} INVITE", invite.sequence() + 1));
    signed.set(answers, credentials);
    Some(signed)
}
