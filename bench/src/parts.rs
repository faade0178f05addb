//! What is measured, part by part. Every part runs on a server of its own, started on the same set-up data.

use crate::Part;
use crate::agent::{Agent, Offers};
use crate::carrier::{Carrier, Talk, Times};
use crate::center::{Center, MENU, PLAIN, RECORDED, caller};
use crate::figures::{ms, print, quantile};
use crate::hark::{Hark, Look};
use anyhow::{Context, Result, ensure};
use futures_util::future::try_join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// Starts measured.
const STARTS: usize = 5;
/// Until what a burst of work touched has settled.
const SETTLE: Duration = Duration::from_secs(3);
/// How long an idle server is watched.
const IDLE: Duration = Duration::from_secs(10);
/// The rate of calls. Also of those whose number alone counts: at a higher one more transactions would live at once,
/// and the memory that they need would look like something left behind.
const RATE: u32 = 20;
/// Rounds whose latencies are measured, and their calls.
const ROUNDS: usize = 3;
const ROUND_CALLS: usize = 300;
/// How long a call without sound talks: until nothing of its answer is left to do, well below the 2 s after which the
/// server notices that nobody says anything.
const TALK: Duration = Duration::from_millis(200);
/// Until no transaction is left: 64 times T1 (RFC 3261, 17) and some.
const FORGOTTEN: Duration = Duration::from_secs(36);
/// How long talking calls are watched.
const WATCH: Duration = Duration::from_secs(15);
/// Agents who connect their sound at once.
const AT_ONCE: usize = 8;
/// Keys pressed in a call: as often as a loop of a flow goes round.
const KEYS: usize = 20;
/// Sound that must have arrived of what was said, or the figures are not of calls that talk.
const HEARD: f64 = 0.95;

/// Ready, from the start of the process, on the data of a set-up center.
pub async fn start(center: &mut Center) -> Result<()> {
    for _ in 0..STARTS {
        let hark = center.start().await?;
        print("start.ready_ms", ms(hark.took), "ms");
        hark.stop().await?;
    }
    Ok(())
}

/// Idle agents, then calls through the queue, then thousands of them.
pub async fn queue(center: &mut Center, agents: usize, calls: usize, wanted: impl Fn(Part) -> bool) -> Result<()> {
    let hark = center.start().await?;
    let offers = Offers::default();
    let (_agents, idle) = staff(center, &hark, agents, &offers).await?;
    if wanted(Part::Agents) {
        idle.print(agents);
    }
    let site = Site { carrier: &center.carrier, sip: center.plan.sip, hark: &hark, offers: &offers };
    // Measured after these: the first calls touch code and pages for the first time.
    let mut made = site.round(0, calls.div_ceil(10), RATE).await?.len();
    let first = if wanted(Part::Soak) { Some(site.forgotten("soak.first").await?) } else { None };
    if wanted(Part::Queue) {
        for _ in 0..ROUNDS {
            made += site.measured(made, idle.cpu_share).await?;
        }
    }
    if let Some(first) = first {
        site.round(made, calls.saturating_sub(made), RATE).await?;
        let last = site.forgotten("soak.last").await?;
        print("soak.growth_percent", (last.memory_kb / first.memory_kb - 1.0) * 100.0, "%");
        let more = |now: usize, before: usize| now as f64 - before as f64;
        print("soak.descriptors_left", more(last.descriptors, first.descriptors), "descriptors");
        print("soak.udp_ports_left", more(last.udp_ports, first.udp_ports), "ports");
    }
    hark.stop().await
}

/// What idle agents cost.
struct Idle {
    socket_kb: f64,
    sound_kb: f64,
    /// Share of a processor that the server takes with all of them.
    cpu_share: f64,
}

impl Idle {
    fn print(&self, agents: usize) {
        let each = |kb: f64| kb * 1.024 / agents as f64;
        print("agents.idle_kb", each(self.socket_kb + self.sound_kb), "kB");
        print("agents.idle_without_sound_kb", each(self.socket_kb), "kB");
        print("agents.idle_cpu_ms", self.cpu_share * 1000.0 / agents as f64, "ms");
    }
}

/// Brings agents to their desks, connects their sound, and makes them ready.
async fn staff(center: &Center, hark: &Hark, count: usize, offers: &Offers) -> Result<(Vec<Agent>, Idle)> {
    sleep(SETTLE).await;
    let empty = hark.look()?;
    let agents = center.sit(count, offers).await?;
    sleep(SETTLE).await;
    let seated = hark.look()?;
    let mut agents: Vec<Agent> = stream::iter(agents)
        .map(|mut agent| async move { agent.connect().await.map(|()| agent) })
        .buffered(AT_ONCE)
        .try_collect()
        .await?;
    try_join_all(agents.iter_mut().map(Agent::ready)).await?;
    sleep(SETTLE).await;
    let connected = hark.look()?;
    sleep(IDLE).await;
    let later = hark.look()?;
    let idle = Idle {
        socket_kb: seated.memory_kb - empty.memory_kb,
        sound_kb: connected.memory_kb - seated.memory_kb,
        cpu_share: (later.cpu_ms - connected.cpu_ms) / ms(later.at - connected.at),
    };
    Ok((agents, idle))
}

/// Where calls come from and go to.
struct Site<'a> {
    carrier: &'a Carrier,
    sip: SocketAddr,
    hark: &'a Hark,
    offers: &'a Offers,
}

impl Site<'_> {
    /// Places calls at an even pace and awaits their ends. Their names begin at `first`.
    async fn round(&self, first: usize, calls: usize, rate: u32) -> Result<Vec<Times>> {
        let began = Instant::now();
        let mut running = JoinSet::new();
        for n in 0..calls {
            sleep_until(began + Duration::from_secs(1) * u32::try_from(n)? / rate).await;
            let (carrier, sip) = (self.carrier.clone(), self.sip);
            running.spawn(async move {
                let (number, name) = (caller(n), format!("call {}", first + n));
                carrier.call(PLAIN, sip, (&number, &name), Talk::Silent(TALK)).await
            });
        }
        let mut done = Vec::new();
        while let Some(call) = running.join_next().await {
            done.push(call??);
        }
        Ok(done)
    }

    /// A round at the rate whose figures count.
    async fn measured(&self, first: usize, idle_share: f64) -> Result<usize> {
        let before = self.hark.look()?;
        let calls = self.round(first, ROUND_CALLS, RATE).await?;
        sleep(Duration::from_secs(1)).await;
        let after = self.hark.look()?;
        let mut offered = Vec::new();
        for call in &calls {
            let at = self.offers.take(&call.caller).with_context(|| format!("{} was not offered", call.caller))?;
            offered.push(at.saturating_duration_since(call.invited));
        }
        let mut answered: Vec<_> = calls.iter().map(|call| call.answered - call.invited).collect();
        for (name, share) in [("p50", 0.5), ("p99", 0.99), ("max", 1.0)] {
            let offer = quantile(&mut offered, share).context("no call was made")?;
            print(&format!("queue.offer_{name}_ms"), ms(offer), "ms");
        }
        for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
            let answer = quantile(&mut answered, share).context("no call was made")?;
            print(&format!("queue.answer_{name}_ms"), ms(answer), "ms");
        }
        let idle = idle_share * ms(after.at - before.at);
        print("queue.cpu_ms_per_call", (after.cpu_ms - before.cpu_ms - idle) / calls.len() as f64, "ms");
        Ok(calls.len())
    }

    /// A look once everything about the calls so far is over.
    async fn forgotten(&self, name: &str) -> Result<Look> {
        sleep(FORGOTTEN).await;
        let look = self.hark.look()?;
        print(&format!("{name}_memory_mb"), look.memory_kb * 1.024 / 1000.0, "MB");
        Ok(look)
    }
}

/// From a key's first packet to the first packet of the prompt that answers it.
pub async fn keys(center: &mut Center) -> Result<()> {
    let hark = center.start().await?;
    sleep(SETTLE).await;
    for n in 0..ROUNDS {
        let (tell, told) = oneshot::channel();
        let talk = Talk::Keys(KEYS, tell);
        center.carrier.call(MENU, center.plan.sip, (&caller(n), "keys"), talk).await?;
        let mut took = told.await?;
        for (name, share) in [("p50", 0.5), ("max", 1.0)] {
            print(
                &format!("keys.prompt_{name}_ms"),
                ms(quantile(&mut took, share).context("no key was pressed")?),
                "ms",
            );
        }
    }
    hark.stop().await
}

/// Calls that talk: without a recording, then with one.
pub async fn bridge(center: &mut Center, calls: usize) -> Result<()> {
    let hark = center.start().await?;
    let offers = Offers::default();
    let (agents, _) = staff(center, &hark, calls, &offers).await?;
    let empty = hark.look()?;
    for (number, name) in [(PLAIN, "forwarded"), (RECORDED, "recorded")] {
        let (hang_up, talking) = connect(center, number, calls).await?;
        for agent in &agents {
            ensure!(agent.talks(), "an agent does not talk, although every call was answered");
            agent.browser().context("an agent without sound")?.speak(true).await?;
        }
        sleep(SETTLE).await;
        let heard = || agents.iter().filter_map(Agent::browser).map(|browser| browser.heard()).sum::<u64>();
        let (before, by_agents, by_callers) = (hark.look()?, heard(), center.carrier.heard());
        sleep(WATCH).await;
        let after = hark.look()?;
        let frames = ms(after.at - before.at) / 20.0 * calls as f64;
        for (who, packets) in [("agents", heard() - by_agents), ("callers", center.carrier.heard() - by_callers)] {
            let share = packets as f64 / frames;
            ensure!(share > HEARD, "{name}: {who} heard {:.1} % of what was said to them", share * 100.0);
        }
        let call_seconds = calls as f64 * (after.at - before.at).as_secs_f64();
        print(&format!("call.{name}_ms_per_call_second"), (after.cpu_ms - before.cpu_ms) / call_seconds, "ms");
        if number == PLAIN {
            let each = (after.memory_kb - empty.memory_kb) * 1.024 / calls as f64;
            print("call.memory_kb", each, "kB");
        }
        for agent in &agents {
            agent.browser().context("an agent without sound")?.speak(false).await?;
        }
        drop(hang_up);
        for call in talking.join_all().await {
            call?;
        }
        sleep(SETTLE).await;
    }
    hark.stop().await
}

/// Calls of one kind that talk until the senders are dropped.
type Talking = (Vec<oneshot::Sender<()>>, JoinSet<Result<Times>>);

async fn connect(center: &Center, number: &'static str, calls: usize) -> Result<Talking> {
    let (mut hang_up, mut running) = (Vec::new(), JoinSet::new());
    let pace = Duration::from_secs(1) / RATE;
    for n in 0..calls {
        let (sender, told) = oneshot::channel();
        hang_up.push(sender);
        let (carrier, sip) = (center.carrier.clone(), center.plan.sip);
        running.spawn(async move {
            let caller = caller(n);
            carrier.call(number, sip, (&caller, &format!("{number} {n}")), Talk::Until(told)).await
        });
        sleep(pace).await;
    }
    sleep(SETTLE).await;
    Ok((hang_up, running))
}
