//! Data dips: flows ask other systems by HTTP.
//!
//! Whatever goes wrong ends as *failed* within the node's own time, and the caller takes the error branch. An answer is
//! bounded; a host that fails again and again is left alone for a while ([`breaker`]); an address that is not public is
//! refused after the name was resolved, at every redirect anew, and the connection goes to the very address that was
//! looked at ([`reach`]). No address, header, body or answer is logged: they are about customers.
//!
//! [`vault`] keeps masked digits. They come here only to be put into a request.

mod breaker;
mod client;
mod reach;
mod vault;

pub use vault::Vault;

use crate::clock::Clock;
use crate::config::PrivateHosts;
use crate::telemetry;
use breaker::Breakers;
use hark_shared::flow::VarName;
use hark_shared::flow::dip::{Request, take};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Dips under way at once, of all tenants: each holds a connection and at most [`client::MAX_ANSWER`] bytes. More take
/// the error branch at once, before they make callers wait.
const AT_ONCE: usize = 256;

/// Between two tries: a system that restarts behind its balancer is back by then.
const PAUSE: Duration = Duration::from_millis(200);

/// Why a try failed.
#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error("the address cannot be used: {0}")]
    Address(&'static str),
    #[error("the address is private and not allowed by flows.private_hosts")]
    Private,
    #[error("the host's name cannot be resolved")]
    Name,
    #[error("no connection: {0}")]
    Connect(std::io::ErrorKind),
    #[error("the exchange broke off")]
    Broken,
    #[error("no answer in time")]
    TimedOut,
    #[error("status {0}")]
    Status(u16),
    #[error("the answer is too large")]
    TooLarge,
    #[error("the answer is not the one that was agreed")]
    Answer,
    #[error("redirected too often, or to where it may not lead")]
    Redirect,
    #[error("the host has failed again and again and is left alone")]
    Open,
    #[error("too many data dips are under way")]
    Busy,
    #[error("masked digits were lost")]
    Lost,
}

impl Failed {
    /// Whether the next try may go better.
    fn may_pass(&self) -> bool {
        match self {
            Self::Name | Self::Connect(_) | Self::Broken | Self::TimedOut | Self::Status(500..=599 | 429) => true,
            Self::Address(_)
            | Self::Private
            | Self::Status(_)
            | Self::TooLarge
            | Self::Answer
            | Self::Redirect
            | Self::Open
            | Self::Busy
            | Self::Lost => false,
        }
    }
}

/// Asks other systems. Cheap to clone: all clones share their bounds and what they know of hosts.
#[derive(Clone)]
pub struct Dips(Arc<Inner>);

struct Inner {
    client: client::Client,
    breakers: Mutex<Breakers>,
    slots: Semaphore,
    clock: Arc<dyn Clock>,
}

impl Dips {
    /// `private` are the hosts that may be asked although they are not public.
    #[must_use]
    pub fn new(private: PrivateHosts, clock: Arc<dyn Clock>) -> Self {
        let slots = Semaphore::new(AT_ONCE);
        let client = client::Client::new(private);
        Self(Arc::new(Inner { client, breakers: Mutex::new(Breakers::default()), slots, clock }))
    }

    /// Asks; `None` is the error branch. `masked` gives masked digits, if it has as many as are wanted.
    pub async fn ask(
        &self,
        request: &Request,
        masked: impl Fn(&VarName, u8) -> Option<String>,
    ) -> Option<Vec<(VarName, String)>> {
        match self.tries(request, masked).await {
            Ok(values) => {
                telemetry::dip("answered");
                Some(values)
            }
            Err(error) => {
                telemetry::dip("failed");
                tracing::warn!(%error, "a data dip failed: its caller takes the error branch");
                None
            }
        }
    }

    async fn tries(
        &self,
        request: &Request,
        masked: impl Fn(&VarName, u8) -> Option<String>,
    ) -> Result<Vec<(VarName, String)>, Failed> {
        let _slot = self.0.slots.try_acquire().map_err(|_| Failed::Busy)?;
        let ready = client::Ready::new(request, masked)?;
        let host = ready.host()?;
        let limit = Duration::from_millis(request.timeout.0.clamp(1, 20_000).unsigned_abs());
        let mut tried = 0;
        loop {
            tried += 1;
            if !self.breakers().admits(&host, self.0.clock.now()) {
                return Err(Failed::Open);
            }
            let answer = tokio::time::timeout(limit, self.0.client.ask(&ready)).await;
            let answer = answer.unwrap_or(Err(Failed::TimedOut));
            let well = answer.as_ref().err().is_none_or(|error| !error.may_pass());
            self.breakers().note(&host, well, self.0.clock.now());
            match answer {
                Ok(text) => return take(&text, &request.take).ok_or(Failed::Answer),
                Err(error) if error.may_pass() && tried < request.tries => tokio::time::sleep(PAUSE).await,
                Err(error) => return Err(error),
            }
        }
    }

    fn breakers(&self) -> std::sync::MutexGuard<'_, Breakers> {
        // A panic while the lock is held is impossible: it guards plain arithmetic.
        self.0.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
