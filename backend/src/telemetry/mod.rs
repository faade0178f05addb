//! Figures for Prometheus. What happens is counted where it passes ([`Books`], [`http`], [`OpenSocket`]); what *is* is
//! asked when somebody looks ([`Page`]), so that it cannot drift and goes away with what it was of.
//!
//! Labels are bounded: by our own enums, by the routes, or by what an administrator has set up (tenants, queues).
//! None names a person or a number.

mod books;
mod page;
mod process;
mod queues;

pub use books::Books;
pub use page::Page;
pub use process::write_process;
pub use queues::{Queues, write_queues};

use hark_shared::time::Millis;
use metrics::{counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use std::sync::OnceLock;

/// Upper bounds of waiting and talking, in seconds: service levels are promised at 10, 20, 30 or 60.
const WAITS: &[f64] = &[1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0];
/// Upper bounds of requests, in seconds.
const REQUESTS: &[f64] = &[0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0];
/// Upper bounds of the mean opinion score: what ITU-T G.109 calls poor, low, medium, high and best.
const SCORES: &[f64] = &[1.0, 2.0, 2.6, 3.1, 3.6, 4.0, 4.3, 4.5];

const CALLS: &str = "hark_calls_total";
const CALL_WAIT: &str = "hark_call_waiting_seconds";
const CALL_ANSWER: &str = "hark_call_answer_seconds";
const CALL_TALK: &str = "hark_call_talk_seconds";
const OFFERS: &str = "hark_offers_total";
const OFFER_RING: &str = "hark_offer_ringing_seconds";
const RECORDINGS: &str = "hark_recordings_total";
const LEGS_ENDED: &str = "hark_legs_ended_total";
const MOS: &str = "hark_leg_mos";
const RTP: &str = "hark_rtp_packets_total";
const HTTP: &str = "hark_http_requests_total";
const HTTP_TIME: &str = "hark_http_request_seconds";
const SOCKETS: &str = "hark_websockets";
const DIPS: &str = "hark_dips_total";
const FLOW_ALARMS: &str = "hark_flow_alarms_total";
const SLOW: &str = "hark_slow_sockets_total";

/// Begins to count in this process; again it gives the same books. `None` when something else counts already.
#[must_use]
pub fn install() -> Option<PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let install = || begin().inspect_err(|error| tracing::error!(%error, "nothing is counted")).ok();
    HANDLE.get_or_init(install).clone()
}

fn begin() -> Result<PrometheusHandle, BuildError> {
    let mut builder = PrometheusBuilder::new();
    for name in [CALL_WAIT, CALL_ANSWER, CALL_TALK, OFFER_RING] {
        builder = builder.set_buckets_for_metric(Matcher::Full(name.to_owned()), WAITS)?;
    }
    builder = builder.set_buckets_for_metric(Matcher::Full(HTTP_TIME.to_owned()), REQUESTS)?;
    builder = builder.set_buckets_for_metric(Matcher::Full(MOS.to_owned()), SCORES)?;
    let handle = builder.install_recorder()?;
    describe();
    Ok(handle)
}

fn describe() {
    describe_counter!(CALLS, "Calls that are over, by how they came (via) and how they ended (outcome).");
    describe_histogram!(CALL_WAIT, "Time in queues of calls that waited in one.");
    describe_histogram!(CALL_ANSWER, "Time from the first ring to an agent's answer.");
    describe_histogram!(CALL_TALK, "Time that agent and customer talked, hold left out.");
    describe_counter!(OFFERS, "Offers to agents that are over, by how they ended.");
    describe_histogram!(OFFER_RING, "How long offers rang, by how they ended.");
    describe_counter!(RECORDINGS, "Recordings that are closed; fault is yes when something of the sound is missing.");
    describe_counter!(LEGS_ENDED, "Legs that ended, by cause.");
    describe_histogram!(MOS, "Mean opinion score of legs that ended (ITU-T G.107), 1 to 4.5.");
    describe_counter!(RTP, "RTP packets of legs that ended: received, or lost on the way to us.");
    describe_counter!(HTTP, "Requests, by route and status.");
    describe_histogram!(HTTP_TIME, "Time to answer requests, by route.");
    describe_gauge!(SOCKETS, "Open WebSockets.");
    describe_counter!(SLOW, "WebSockets that were closed because their browser did not read.");
    describe_gauge!("hark_spool_free_bytes", "Free where recordings are written, when one was last written.");
    describe_gauge!("hark_spool_short", "1 while so little is free there that no recording begins.");
    describe_counter!(
        "hark_media_packets_dropped_total",
        "Packets dropped because a thread or the disk was too slow, by where."
    );
    describe_counter!(
        "hark_media_events_dropped_total",
        "Events of the sound that the edge's loop did not take in time."
    );
    describe_counter!("hark_sip_requests_total", "SIP requests of known sources, by method.");
    describe_counter!("hark_sip_refusals_total", "SIP requests refused before a call began, by status.");
    describe_counter!(DIPS, "Data dips of flows, by what came of them: answered or failed.");
    describe_counter!(FLOW_ALARMS, "What was wrong with flows, or with what they need, while callers walked them.");
    describe_counter!("hark_sip_dropped_total", "Datagrams without an answer, by reason.");
}

/// A request was answered. `route` is the pattern that matched, never the path itself.
pub fn http(method: &'static str, route: &str, status: u16, took: Millis) {
    counter!(HTTP, "method" => method, "route" => route.to_owned(), "status" => status.to_string()).increment(1);
    histogram!(HTTP_TIME, "route" => route.to_owned()).record(seconds(took));
}

/// A WebSocket's browser did not read: it was dropped.
pub fn slow_socket(kind: &'static str) {
    counter!(SLOW, "kind" => kind).increment(1);
}

/// A data dip is done.
pub fn dip(outcome: &'static str) {
    counter!(DIPS, "outcome" => outcome).increment(1);
}

/// A flow is at fault, or a sound that it needs is missing.
pub fn flow_alarm() {
    counter!(FLOW_ALARMS).increment(1);
}

/// Counts a WebSocket as open for as long as it lives.
#[derive(Debug)]
pub struct OpenSocket(&'static str);

impl OpenSocket {
    /// One more of this kind.
    #[must_use]
    pub fn new(kind: &'static str) -> Self {
        gauge!(SOCKETS, "kind" => kind).increment(1.0);
        Self(kind)
    }
}

impl Drop for OpenSocket {
    fn drop(&mut self) {
        gauge!(SOCKETS, "kind" => self.0).decrement(1.0);
    }
}

#[expect(clippy::cast_precision_loss, reason = "spans of hours in milliseconds fit a float's 53 bits")]
fn seconds(span: Millis) -> f64 {
    span.0 as f64 / 1000.0
}
