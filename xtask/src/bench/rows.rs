//! The rows of the table: what is measured, what it must reach, and where it comes from.

/// Where a figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A part of the load against the real binary (`bench/src/parts.rs`).
    Load(&'static str),
    /// A `cargo bench` program: package and name.
    Bench(&'static str, &'static str),
    /// The files that browsers load.
    Sizes,
}

/// A row.
#[derive(Debug)]
pub struct Row {
    /// The figure's name in what the sources print.
    pub figure: &'static str,
    /// What it is, for people.
    pub text: &'static str,
    /// The most that it may be; `None` where it explains another row.
    pub target: Option<f64>,
    /// The unit that it is shown in.
    pub unit: &'static str,
    /// Its source.
    pub source: Source,
}

const fn row(figure: &'static str, text: &'static str, target: Option<f64>, unit: &'static str, source: Source) -> Row {
    Row { figure, text, target, unit, source }
}

const START: Source = Source::Load("start");
const AGENTS: Source = Source::Load("agents");
const QUEUE: Source = Source::Load("queue");
const SOAK: Source = Source::Load("soak");
const CALL: Source = Source::Load("bridge");
const KEYS: Source = Source::Load("keys");
const BRIDGE: Source = Source::Bench("hark-edge", "bridge");
const ROUTING: Source = Source::Bench("hark-shared", "routing");
const DAY: Source = Source::Bench("hark-shared", "day");
const SIZES: Source = Source::Sizes;

/// The table, from the top.
pub const ROWS: &[Row] = &[
    row("queue.offer_p50_ms", "INVITE in to offer out on the agent's WebSocket, p50", Some(2.0), "ms", QUEUE),
    row("queue.offer_p99_ms", "the same, p99", Some(10.0), "ms", QUEUE),
    row("queue.offer_max_ms", "the same, the slowest", None, "ms", QUEUE),
    row("queue.answer_p50_ms", "INVITE in to 200 out, agent answers at once, p50", Some(4.0), "ms", QUEUE),
    row("queue.answer_p99_ms", "the same, p99", None, "ms", QUEUE),
    row("queue.cpu_ms_per_call", "processor per call through the queue, without media", Some(1.5), "ms", QUEUE),
    row("bridge.forwarded_ms_per_call_second", "media thread per bridged call-second", Some(2.0), "ms", BRIDGE),
    row("bridge.recorded_ms_per_call_second", "the same, recorded, with the recorder", Some(2.5), "ms", BRIDGE),
    row(
        "bridge.conference_ms_per_party_second",
        "media threads per party and second of a conference of 50",
        None,
        "ms",
        BRIDGE,
    ),
    row("call.forwarded_ms_per_call_second", "whole server per bridged call-second", Some(2.0), "ms", CALL),
    row("call.recorded_ms_per_call_second", "the same, recorded", Some(2.5), "ms", CALL),
    row("bridge.delay_p50_ms", "one-way delay added to a forwarded packet, p50", None, "ms", BRIDGE),
    row("bridge.delay_p99_ms", "the same, p99", Some(5.0), "ms", BRIDGE),
    row(
        "keys.prompt_p50_ms",
        "a key's first packet to the first of the prompt that answers it, p50",
        Some(60.0),
        "ms",
        KEYS,
    ),
    row("keys.prompt_max_ms", "the same, the slowest of 20", None, "ms", KEYS),
    row("agents.idle_kb", "memory per idle agent, with the warm WebRTC leg", Some(150.0), "kB", AGENTS),
    row("agents.idle_without_sound_kb", "of that without the leg: WebSocket and desk", None, "kB", AGENTS),
    row("agents.idle_cpu_ms", "processor per idle agent and second", None, "ms", AGENTS),
    row("call.memory_kb", "memory per bridged call, whole server", Some(250.0), "kB", CALL),
    row("bridge.memory_kb_per_call", "the same, the edge's media alone", None, "kB", BRIDGE),
    row("bridge.memory_kept_kb_per_finished_call", "kept of a finished call by media", None, "kB", BRIDGE),
    row("soak.first_memory_mb", "memory after the first 500 calls", None, "MB", SOAK),
    row("soak.last_memory_mb", "memory after 5,000 calls", None, "MB", SOAK),
    row("soak.growth_percent", "growth between the two", Some(10.0), "%", SOAK),
    row("soak.descriptors_left", "descriptors left over by 5,000 calls", Some(0.0), "", SOAK),
    row("soak.udp_ports_left", "UDP ports left over by 5,000 calls", Some(0.0), "", SOAK),
    row("routing.ready_100_us", "routing: agent becomes ready, 100 agents", None, "µs", ROUTING),
    row("routing.ready_1000_us", "the same, 1,000 agents", None, "µs", ROUTING),
    row("routing.ready_10000_us", "the same, 10,000 agents", Some(10.0), "µs", ROUTING),
    row("routing.arrival_100_us", "routing: contact arrives, 100 agents", None, "µs", ROUTING),
    row("routing.arrival_1000_us", "the same, 1,000 agents", None, "µs", ROUTING),
    row("routing.arrival_10000_us", "the same, 10,000 agents", Some(10.0), "µs", ROUTING),
    row("routing.several_100_us", "routing: contact arrives and rings at three desks, 100 agents", None, "µs", ROUTING),
    row("routing.several_1000_us", "the same, 1,000 agents", None, "µs", ROUTING),
    row("routing.several_10000_us", "the same, 10,000 agents", None, "µs", ROUTING),
    row("day.distribution_ms", "a day of 20,000 calls and 105 agents through the distribution", Some(50.0), "ms", DAY),
    row(
        "day.floor_us_per_call",
        "a simulated day of the whole floor, per call, hash of all decisions included",
        None,
        "µs",
        DAY,
    ),
    row("start.ready_ms", "start of `hark serve` to ready", Some(1000.0), "ms", START),
    row("size.desktop_kb", "desktop bundle, brotli", Some(400.0), "kB", SIZES),
    row("size.beside_kb", "contacts, floor and other pages beside the desk, on top of it, brotli", None, "kB", SIZES),
    row("size.admin_kb", "administration and flow designer on top of it, brotli", None, "kB", SIZES),
    row("size.loader_kb", "widget loader, brotli", Some(2.0), "kB", SIZES),
    row("size.frame_kb", "widget frame, brotli", Some(150.0), "kB", SIZES),
];
