//! The usual beginning of a story: a server that is set up and a carrier that calls it.

use crate::browser::Patch;
use crate::desk::{Desk, SOON};
use crate::kamailio::Kamailio;
use crate::phone::{Call, End, Manners, Phone};
use crate::server::{Options, Server};
use crate::story::Story;
use crate::tenant::{HOTLINE, Plan, Tenant};
use anyhow::{Context, Result, bail, ensure};
use hark_shared::wire::rest::Contact;
use hyper::Method;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

/// What callers say.
pub const CALLER: f64 = 850.0;
/// What the first agent says, and what the second.
pub const AGENT: f64 = 1250.0;
/// What the second agent says.
pub const SECOND: f64 = 1650.0;
/// The number that callers show.
pub const CALLER_NUMBER: &str = "13800138000";

/// Where the carrier of a second tenant lives: trunks are told apart by their source.
const SECOND_CARRIER: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 8);

/// How often the edge is asked whether it knows a number.
const ASKED_AGAIN: Duration = Duration::from_millis(100);
/// A record that has not changed for so long is the last one: facts are gathered for 100 ms.
const SETTLED: Duration = Duration::from_millis(400);

/// A server, its tenant and the carrier.
pub struct Scene {
    /// The server, perhaps one of several tenants.
    pub server: Arc<Server>,
    /// Its tenant.
    pub tenant: Tenant,
    /// The carrier: whoever calls the hotline, and whom agents call.
    pub carrier: Phone,
    /// Where the carrier sends calls: the server itself, or the SBC in front of it.
    pub door: SocketAddr,
}

impl Scene {
    /// Sets it up with these agents.
    ///
    /// # Errors
    /// When a part of it does not start.
    pub async fn open(story: &Story, agents: &[&str]) -> Result<Self> {
        Self::open_with(story, agents, Options::default(), |_| ()).await
    }

    /// Sets it up, changed by `change` before it is sent.
    ///
    /// # Errors
    /// When a part of it does not start.
    pub async fn open_with(
        story: &Story,
        agents: &[&str],
        options: Options,
        change: impl FnOnce(&mut Plan),
    ) -> Result<Self> {
        let carrier = Phone::plug_in(story, Manners::tone(CALLER_NUMBER, CALLER)).await?;
        let server = Arc::new(Server::start(story, options).await?);
        let mut plan = Plan::new(carrier.address(), agents);
        change(&mut plan);
        let tenant = Tenant::set_up(&server, plan).await?;
        Self::begin(server, tenant, carrier).await
    }

    /// Another tenant on the same server, with a carrier of its own, set up with a one-time key. Hotline and caller have
    /// the same numbers as the first one's.
    ///
    /// # Errors
    /// When a part of it does not start.
    pub async fn beside(&self, story: &Story, key: &str, slug: &str, agents: &[&str], voice: f64) -> Result<Self> {
        let address = SocketAddr::from((SECOND_CARRIER, 0));
        let carrier = Phone::plug_in_at(story, Manners::tone(CALLER_NUMBER, voice), address).await?;
        let plan = Plan::new(carrier.address(), agents);
        let tenant = Tenant::set_up_as(&self.server, key, slug, plan).await?;
        Self::begin(Arc::clone(&self.server), tenant, carrier).await
    }

    async fn begin(server: Arc<Server>, tenant: Tenant, carrier: Phone) -> Result<Self> {
        let door = server.addresses().sip;
        let scene = Self { server, tenant, carrier, door };
        scene.knows(HOTLINE).await?;
        Ok(scene)
    }

    /// Awaits that the edge knows a number, and so the floor all that was set up before it.
    ///
    /// The edge learns of trunk and number a moment after the administrator has saved them. A call without any codec
    /// asks whether it has: 488 when the number is known (and no contact comes of it), 404 or silence before.
    ///
    /// # Errors
    /// When it does not soon.
    pub async fn knows(&self, number: &str) -> Result<()> {
        let began = std::time::Instant::now();
        let mut laws = Vec::new();
        self.carrier.behave(|manners| std::mem::swap(&mut manners.laws, &mut laws));
        loop {
            ensure!(began.elapsed() < SOON, "the edge does not know the number");
            let asked = self.carrier.call(number, self.door).await?;
            // A stranger is not answered: such a call is asked again rather than waited for.
            match asked.ended(Duration::from_secs(1)).await {
                Ok(End::Refused(488)) => break,
                // Asked too often for as long as the set-up is on its way, the trunk is full of calls that are just over.
                Ok(End::Refused(404 | 503)) | Err(_) => asked.cancel(),
                Ok(end) => bail!("a call without a codec ended with {end:?}"),
            }
            tokio::time::sleep(ASKED_AGAIN).await;
        }
        self.carrier.behave(|manners| manners.laws = laws);
        Ok(())
    }

    /// Puts an SBC between the carrier and the server: the trunk leads to its inside, the carrier calls its outside.
    ///
    /// # Errors
    /// When the server refuses the trunk's new address.
    pub async fn behind(mut self, sbc: &Kamailio) -> Result<Self> {
        self.tenant.trunk.address = sbc.inside.to_string();
        let path = format!("/api/trunks/{}", self.tenant.trunk.id);
        self.tenant.admin.send(Method::PUT, &path, &self.tenant.trunk).await?;
        self.door = sbc.outside;
        Ok(self)
    }

    /// An agent at the desk, signed in and ready.
    ///
    /// # Errors
    /// When the desk does not come up.
    pub async fn ready(&self, story: &Story, login: &str, frequency: f64) -> Result<Desk> {
        let desk = Desk::sign_in(story, &self.server, login, frequency).await?;
        desk.ready().await?;
        Ok(desk)
    }

    /// As [`Scene::ready`], in a browser that is patched beforehand.
    ///
    /// # Errors
    /// When the desk does not come up.
    pub async fn ready_with(&self, story: &Story, login: &str, frequency: f64, patches: &[Patch]) -> Result<Desk> {
        let desk = Desk::sign_in_with(story, &self.server.origin(), login, frequency, patches).await?;
        desk.ready().await?;
        Ok(desk)
    }

    /// A customer calls the hotline, the agent answers, both hear each other.
    ///
    /// # Errors
    /// When any of it does not happen.
    pub async fn talk(&self, desk: &Desk, agent: f64) -> Result<Call> {
        let call = self.call().await?;
        desk.expect_ring().await?;
        desk.answer().await?;
        self.expect_both_hear(&call, desk, agent).await?;
        Ok(call)
    }

    /// A customer calls the hotline.
    ///
    /// # Errors
    /// When no port is free.
    pub async fn call(&self) -> Result<Call> {
        self.carrier.call(HOTLINE, self.door).await
    }

    /// Agent and caller hear each other.
    ///
    /// # Errors
    /// When they don't.
    pub async fn expect_both_hear(&self, call: &Call, desk: &Desk, agent: f64) -> Result<()> {
        let (caller, agent) = tokio::join!(desk.expect_tone(CALLER, SOON), call.expect_tone(agent, SOON));
        caller.context("the agent should hear the caller")?;
        agent.context("the caller should hear the agent")
    }

    /// Awaits the only contact record there is, in its last version: facts are saved by the tenth of a second, and what
    /// the agent wrote follows the end of the call.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub async fn only_contact(&self) -> Result<Contact> {
        let read = async || self.tenant.admin.expect_contacts(1, SOON, |_| true).await?.pop().context("one of one");
        let mut last = read().await?;
        loop {
            tokio::time::sleep(SETTLED).await;
            let again = read().await?;
            if again == last {
                return Ok(again);
            }
            last = again;
        }
    }

    /// The recording of a contact: its left and its right channel and their rate.
    ///
    /// # Errors
    /// When there is none, it is not whole or not stereo.
    pub async fn recording(&self, contact: &Contact) -> Result<Recording> {
        // The file is closed, and its fact stored, a moment after the contact.
        let recorded = |c: &Contact| c.id == contact.id && c.recording.is_some();
        let mut contacts = self.tenant.admin.expect_contacts(1, SOON, recorded).await?;
        let recording = contacts.pop().and_then(|c| c.recording).context("the contact has no recording")?;
        ensure!(recording.fault.is_none(), "the recording is not whole: {:?}", recording.fault);
        let path = format!("/api/recordings/{}", recording.id);
        let answer = self.tenant.admin.ask(Method::GET, &path, None::<&()>).await?;
        ensure!(answer.status.is_success(), "GET {path}: {}", answer.status);
        Recording::parse(&answer.body)
    }
}

/// A stereo recording.
#[derive(Clone, Debug)]
pub struct Recording {
    /// The customer.
    pub left: Vec<i16>,
    /// The agent.
    pub right: Vec<i16>,
    /// Samples a second.
    pub rate: u32,
}

impl Recording {
    /// Reads a WAV of two channels.
    ///
    /// # Errors
    /// When it is none.
    pub fn parse(wav: &[u8]) -> Result<Self> {
        let mut reader = hound::WavReader::new(wav)?;
        let spec = reader.spec();
        ensure!(spec.channels == 2, "not stereo: {spec:?}");
        let samples = reader.samples::<i16>().collect::<Result<Vec<_>, _>>()?;
        let (left, right) = samples.as_chunks::<2>().0.iter().map(|&[left, right]| (left, right)).unzip();
        Ok(Self { left, right, rate: spec.sample_rate })
    }

    /// How much of a channel carries a tone.
    #[must_use]
    pub fn carries(channel: &[i16], rate: u32, frequency: f64) -> Duration {
        let frames = channel.chunks_exact(rate as usize / 50);
        let carrying = frames.filter(|frame| crate::tone::read(frame, rate, frequency).carries()).count();
        Duration::from_millis(20 * carrying as u64)
    }
}
