//! `/metrics`: what was counted ([`crate::telemetry`]), and what is at this moment.

use super::{ApiError, AppState, Peer};
use crate::auth::sha256;
use crate::floor::handle::{INPUT_QUEUE, Stats};
use crate::telemetry::{self, Page, write_process, write_queues};
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::future::join_all;
use hark_store::Tenant;
use secrecy::{ExposeSecret, SecretString};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

/// How long a floor or the database may take to answer: a scrape must show that one hangs, not hang as well.
const PATIENCE: Duration = Duration::from_secs(2);

/// Counts every request that a route was found for, and the others as one.
pub(super) async fn count(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let method = method_word(request.method());
    let route = request.extensions().get::<MatchedPath>().map_or("other", MatchedPath::as_str).to_owned();
    let began = state.now();
    let response = next.run(request).await;
    telemetry::http(method, &route, response.status().as_u16(), state.now().since(began));
    response
}

fn method_word(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// Prometheus' text, for whoever has the token. Without a configured token for this machine alone, and not for what a
/// proxy on it passes on.
pub(super) async fn show(
    State(state): State<AppState>,
    Peer(peer): Peer,
    headers: HeaderMap,
) -> Result<String, ApiError> {
    if !may_read(state.options.metrics_token.as_ref(), peer, &headers) {
        return Err(ApiError::Forbidden);
    }
    let counted = state.metrics.as_ref().ok_or(ApiError::NotFound)?.render();
    Ok(counted + &now(&state).await)
}

/// Whether the figures are shown to whoever asks.
pub(super) fn may_read(token: Option<&SecretString>, peer: Option<IpAddr>, headers: &HeaderMap) -> bool {
    match token {
        Some(token) => {
            let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
            let given = given.and_then(|value| value.strip_prefix("Bearer "));
            // Hashes are compared: where two of them differ tells nothing about where the tokens do.
            given.is_some_and(|given| sha256(token.expose_secret().as_bytes()) == sha256(given.as_bytes()))
        }
        None => {
            let passed_on =
                ["forwarded", "x-forwarded-for", "x-real-ip"].iter().any(|name| headers.contains_key(*name));
            peer.is_some_and(|peer| peer.is_loopback()) && !passed_on
        }
    }
}

/// A running floor, and its figures if it answered.
type Floor = (String, usize, Option<Stats>);

async fn now(state: &AppState) -> String {
    let floors = state.floors.all().into_iter().map(async |(tenant, floor)| {
        let stats = tokio::time::timeout(PATIENCE, floor.stats()).await;
        (tenant.to_string(), floor.backlog(), stats.ok().and_then(Result::ok))
    });
    let (floors, tenants) = tokio::join!(join_all(floors), tokio::time::timeout(PATIENCE, state.db.tenants()));
    let tenants = tenants.ok().and_then(Result::ok);
    let mut page = Page::default();
    write_server(&mut page, state, tenants.as_deref());
    write_floors(&mut page, &floors);
    write_queues(&mut page, &state.queues);
    write_process(&mut page);
    page.text()
}

fn write_server(page: &mut Page, state: &AppState, tenants: Option<&[Tenant]>) {
    write_life(page, state.draining.is_cancelled());
    let up = f64::from(u8::from(tenants.is_some()));
    page.gauge("hark_database_up", "1 while the database answers.", [(vec![], up)]);
    let named: Vec<(String, &str)> =
        tenants.unwrap_or_default().iter().map(|tenant| (tenant.id.to_string(), tenant.slug.as_str())).collect();
    let samples = named.iter().map(|(id, slug)| (vec![("tenant", id.as_str()), ("name", *slug)], 1.0));
    page.gauge("hark_tenant_info", "The short name behind a tenant's id.", samples);
}

/// What is true of every role.
pub(super) fn write_life(page: &mut Page, draining: bool) {
    let version = env!("CARGO_PKG_VERSION");
    page.gauge("hark_info", "The version that runs.", [(vec![("version", version)], 1.0)]);
    page.gauge(
        "hark_draining",
        "1 while the server takes no new calls because it is about to stop.",
        [(vec![], f64::from(u8::from(draining)))],
    );
}

fn write_floors(page: &mut Page, floors: &[Floor]) {
    let each = |value: fn(&Floor) -> Option<usize>| {
        let samples = floors.iter().filter_map(move |floor| Some((vec![("tenant", floor.0.as_str())], value(floor)?)));
        samples.map(|(labels, value)| (labels, float(value)))
    };
    page.gauge(
        "hark_floor_up",
        "1 while the tenant's floor answers.",
        each(|floor| Some(usize::from(floor.2.is_some()))),
    );
    page.gauge("hark_floor_backlog", "Inputs that wait for the floor's loop.", each(|floor| Some(floor.1)));
    page.gauge("hark_floor_backlog_limit", "Inputs that may wait.", each(|_| Some(INPUT_QUEUE)));
    page.gauge("hark_calls", "Calls that are not over.", each(|floor| Some(floor.2.as_ref()?.live_calls)));
    let unsaved = each(|floor| Some(floor.2.as_ref()?.unsaved_facts));
    page.gauge("hark_outbox_facts", "Facts that wait on disk for the database.", unsaved);
    let figures = || floors.iter().filter_map(|(tenant, _, stats)| Some((tenant.as_str(), &stats.as_ref()?.figures)));

    let legs = figures().flat_map(|(tenant, figures)| {
        [("customer", figures.customer_legs), ("agent", figures.agent_legs)]
            .map(|(side, legs)| (vec![("tenant", tenant), ("side", side)], float(legs)))
    });
    page.gauge("hark_legs", "Living legs: customers' calls and agents' browser connections.", legs);
    let agents = figures().flat_map(|(tenant, figures)| {
        let mut words: BTreeMap<&'static str, usize> = BTreeMap::new();
        for (state, agents) in &figures.agents {
            *words.entry(state.name()).or_default() += agents;
        }
        words.into_iter().map(move |(state, agents)| (vec![("tenant", tenant), ("state", state)], float(agents)))
    });
    page.gauge("hark_agents", "Agents in each state.", agents);
    let waiting = figures().flat_map(|(tenant, figures)| {
        let queues = figures.waiting.values();
        queues.map(move |(name, waiting)| (vec![("tenant", tenant), ("queue", name.as_str())], float(*waiting)))
    });
    page.gauge("hark_queue_waiting", "Contacts that wait in a queue; those that ring at a desk left out.", waiting);
}

#[expect(clippy::cast_precision_loss, reason = "nobody has 2^53 of anything")]
fn float(count: usize) -> f64 {
    count as f64
}
