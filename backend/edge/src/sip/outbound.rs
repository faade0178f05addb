//! Calls that we place: everything that forbids one is checked before the first packet.

use super::call::{Call, Phase};
use super::stack::{Entry, Shared, Sip};
use super::trunk::Trunk;
use super::{CallCommand, SipEvent};
use hark_shared::edge::Cause;
use hark_shared::ids::{LegId, TenantId, TrunkId};
use hark_shared::phone::PhoneNumber;
use hark_shared::time::Millis;
use rsipstack::dialog::authenticate::Credential;
use rsipstack::dialog::invitation::InviteOption;
use rsipstack::sip::{Auth, Header, HostWithPort, Scheme, Transport, Uri};
use rsipstack::transport::SipAddr;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tracing::{debug, warn};

/// How long a name may take to resolve when a call waits for it.
const RESOLVE: Duration = Duration::from_secs(3);
/// The longest a call may ring: timer C of RFC 3261, after which proxies give up as well.
const LONGEST: Duration = Duration::from_secs(180);

/// A call to place.
#[derive(Debug)]
pub(crate) struct Dial {
    /// Its id.
    pub leg: LegId,
    /// Whose call.
    pub tenant: TenantId,
    /// Over which of its trunks.
    pub trunk: TrunkId,
    /// Whom to call.
    pub to: PhoneNumber,
    /// The number to show.
    pub from: PhoneNumber,
    /// Give up after this long without an answer.
    pub timeout: Millis,
    /// Our SDP offer.
    pub offer: String,
}

impl Sip {
    /// Whether a call may be placed: the trunk is this tenant's and the number is on its list.
    ///
    /// # Errors
    /// Why not.
    pub(crate) fn may_dial(&self, tenant: TenantId, trunk: TrunkId, to: &PhoneNumber) -> Result<(), Cause> {
        let trunk = self.shared.trunks.get(tenant, trunk).ok_or(Cause::Failed)?;
        if trunk.allows(to) { Ok(()) } else { Err(Cause::Rejected) }
    }

    /// Places a call. Whatever comes of it is told by events that end in [`SipEvent::Ended`].
    ///
    /// # Errors
    /// Why it may not be placed; then nothing was sent and no event follows.
    pub(crate) fn dial(&self, dial: Dial) -> Result<(), Cause> {
        let shared = Arc::clone(&self.shared);
        self.may_dial(dial.tenant, dial.trunk, &dial.to)?;
        let trunk = shared.trunks.get(dial.tenant, dial.trunk).ok_or(Cause::Failed)?;
        let permit = trunk.seize().ok_or(Cause::Congestion)?;
        let channel = shared.register(dial.leg);
        tokio::spawn(async move {
            let leg = dial.leg;
            match place(&shared, &trunk, dial, channel).await {
                Ok(mut call) => {
                    call.hold_permit(permit);
                    call.run(None).await;
                }
                Err(why) => {
                    warn!(%leg, trunk.id = %trunk.plan.trunk, why, "a call could not be placed");
                    shared.release(leg, None);
                    shared.events.send(SipEvent::Ended { leg, cause: Cause::Failed }).await.ok();
                }
            }
        });
        Ok(())
    }
}

async fn place(
    shared: &Arc<Shared>,
    trunk: &Trunk,
    dial: Dial,
    channel: (mpsc::Sender<CallCommand>, mpsc::Receiver<CallCommand>),
) -> Result<Call, String> {
    let address = destination(trunk).await?;
    let (state_sender, states) = shared.layer.new_dialog_state_channel();
    let option = option(shared, trunk, &dial, address)?;
    let (dialog, invite) = shared.layer.do_invite_async(option, state_sender).map_err(|error| error.to_string())?;
    shared.bind(&dialog.id(), Entry { dialog: dialog.clone(), commands: channel.0.clone() });
    let patience = Duration::from_millis(u64::try_from(dial.timeout.0).unwrap_or_default()).min(LONGEST);
    let phase = Phase::Dialling { until: Instant::now() + patience };
    let mut call = Call::new(Arc::clone(shared), dial.leg, dialog, channel, states, phase);
    call.let_refer(trunk.plan.refer);
    call.set_invite(invite, dial.offer);
    Ok(call)
}

/// Where the trunk is: the address known, or a look-up.
pub(super) async fn destination(trunk: &Trunk) -> Result<SocketAddr, String> {
    if let Some(address) = trunk.address() {
        return Ok(address);
    }
    debug!(trunk.id = %trunk.plan.trunk, "the trunk's name is looked up for a request");
    tokio::time::timeout(RESOLVE, trunk.resolve()).await.map_err(|_| "the name server did not answer".to_owned())?
}

fn option(shared: &Shared, trunk: &Trunk, dial: &Dial, address: SocketAddr) -> Result<InviteOption, String> {
    let user = |number: &PhoneNumber, host: HostWithPort| Uri {
        scheme: Some(Scheme::Sip),
        auth: Some(Auth { user: number.as_str().to_owned(), password: None }),
        host_with_port: host,
        ..Uri::default()
    };
    let credential = trunk.plan.credentials.as_ref().map(|known| Credential {
        username: known.username.clone(),
        password: known.password.clone(),
        realm: None,
        auth_username: None,
    });
    Ok(InviteOption {
        caller: user(&dial.from, shared.host.clone()),
        callee: user(&dial.to, host_of(trunk)?),
        destination: Some(SipAddr::new(Transport::Udp, address.into())),
        content_type: Some("application/sdp".into()),
        offer: Some(dial.offer.clone().into_bytes()),
        contact: user(&dial.from, shared.host.clone()),
        credential,
        headers: Some(vec![super::allow(), Header::Supported("timer".into())]),
        ..InviteOption::default()
    })
}

/// The trunk's address as the host of a URI.
pub(super) fn host_of(trunk: &Trunk) -> Result<HostWithPort, String> {
    HostWithPort::try_from(trunk.plan.address.as_str()).map_err(|error| error.to_string())
}
